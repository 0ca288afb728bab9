//! How many voxels there are and how they are spread, in whole numbers: no rounding, whatever the order of adding.

use microtome_geometry::{Affine, Ijk, Point, Ras};

use super::super::runs::Run;

/// Sums over the voxels of a label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moments {
    pub(super) voxels: u64,
    /// Sums of the indices.
    first: [i128; 3],
    /// Sums of the products ii, jj, kk, ij, ik, jk.
    second: [i128; 6],
    /// The smallest box around the voxels: first and last index.
    pub(super) low: [u32; 3],
    pub(super) high: [u32; 3],
    /// Voxels at the border of the grid.
    pub(super) on_border: u64,
    /// Faces of voxels at the border of the grid, across i, j and k.
    pub(super) border_faces: [u64; 3],
}

impl Moments {
    pub(super) const NONE: Self = Self {
        voxels: 0,
        first: [0; 3],
        second: [0; 6],
        low: [u32::MAX; 3],
        high: [0; 3],
        on_border: 0,
        border_faces: [0; 3],
    };

    pub(super) fn add_run(&mut self, run: &Run, j: usize, k: usize, dims: [usize; 3]) {
        let count = (run.end - run.start) as u64;
        let (first, last) = (run.start as i128, run.end as i128 - 1);
        let (n, j_, k_) = (i128::from(count), j as i128, k as i128);
        let sum = (first + last) * n / 2;
        // The sum of the squares up to m is m (m + 1) (2 m + 1) / 6.
        let squares = |m: i128| m * (m + 1) * (2 * m + 1) / 6;
        self.voxels += count;
        let added = [sum, n * j_, n * k_];
        (0..3).for_each(|a| self.first[a] += added[a]);
        let added =
            [squares(last) - squares(first - 1), n * j_ * j_, n * k_ * k_, sum * j_, sum * k_, n * j_ * k_];
        (0..6).for_each(|a| self.second[a] += added[a]);
        let (low, high) = ([run.start, j, k], [run.end - 1, j, k]);
        for a in 0..3 {
            self.low[a] = self.low[a].min(low[a] as u32);
            self.high[a] = self.high[a].max(high[a] as u32);
        }
        let ends = [u64::from(run.start == 0), u64::from(run.end == dims[0])];
        let faces = |at: usize, a: usize| u64::from(at == 0) + u64::from(at + 1 == dims[a]);
        self.border_faces[0] += ends[0] + ends[1];
        self.border_faces[1] += count * faces(j, 1);
        self.border_faces[2] += count * faces(k, 2);
        self.on_border += if faces(j, 1) + faces(k, 2) > 0 { count } else { (ends[0] + ends[1]).min(count) };
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.voxels += other.voxels;
        self.on_border += other.on_border;
        for a in 0..3 {
            self.first[a] += other.first[a];
            self.low[a] = self.low[a].min(other.low[a]);
            self.high[a] = self.high[a].max(other.high[a]);
            self.border_faces[a] += other.border_faces[a];
        }
        (0..6).for_each(|a| self.second[a] += other.second[a]);
    }

    /// The mean index.
    pub(super) fn center(&self) -> Point<Ijk> {
        Point::from_array(self.first.map(|sum| sum as f64 / self.voxels as f64))
    }

    /// The covariance of the voxels' positions (divided by their number), mm².
    pub(super) fn covariance(&self, to_ras: &Affine<Ijk, Ras>) -> [[f64; 3]; 3] {
        let n = i128::from(self.voxels);
        let place = [[0, 3, 4], [3, 1, 5], [4, 5, 2]];
        // Exact up to 2³⁰ voxels and 2¹⁶ along an axis, and far beyond within rounding.
        let of = |a: usize, b: usize| {
            let (second, first) = (self.second[place[a][b]], [self.first[a], self.first[b]]);
            let exact = second
                .checked_mul(n)
                .zip(first[0].checked_mul(first[1]))
                .and_then(|(square, product)| square.checked_sub(product));
            let n = n as f64;
            match exact {
                Some(difference) => difference as f64 / n / n,
                None => second as f64 / n - (first[0] as f64 / n) * (first[1] as f64 / n),
            }
        };
        let index: [[f64; 3]; 3] = std::array::from_fn(|a| std::array::from_fn(|b| of(a, b)));
        let axes: [[f64; 3]; 3] = std::array::from_fn(|a| to_ras.column(a).coords());
        let mut covariance = [[0.0; 3]; 3];
        for (r, row) in covariance.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                for a in 0..3 {
                    for b in 0..3 {
                        *value += axes[a][r] * index[a][b] * axes[b][c];
                    }
                }
            }
        }
        covariance
    }
}
