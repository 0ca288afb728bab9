//! Affine maps between frames.

use std::fmt;
use std::marker::PhantomData;

use crate::frame::{Frame, Ijk, Lps, Point, Ras, Vector};

/// An affine map that takes coordinates in frame `A` to coordinates in frame `B`.
///
/// Stored as the upper three rows of a 4×4 matrix that multiplies column vectors; the last row is 0 0 0 1.
#[derive(Clone, Copy, PartialEq)]
pub struct Affine<A, B> {
    rows: [[f64; 4]; 3],
    frames: PhantomData<(A, B)>,
}

impl<A: Frame, B: Frame> fmt::Debug for Affine<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}→{} {:?}", A::NAME, B::NAME, self.rows)
    }
}

impl<A: Frame> Affine<A, A> {
    /// The map that changes nothing.
    pub const fn identity() -> Self {
        Self::from_rows([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    }
}

impl<A: Frame, B: Frame> Affine<A, B> {
    /// From the upper three rows of the 4×4 matrix.
    pub const fn from_rows(rows: [[f64; 4]; 3]) -> Self {
        Self { rows, frames: PhantomData }
    }

    /// From the images of A's three axis vectors and of A's origin.
    pub fn from_columns(x: Vector<B>, y: Vector<B>, z: Vector<B>, origin: Point<B>) -> Self {
        Self::from_rows(std::array::from_fn(|r| [x[r], y[r], z[r], origin[r]]))
    }

    /// A diagonal scale followed by a translation.
    pub const fn from_scale(scale: [f64; 3], translation: [f64; 3]) -> Self {
        Self::from_rows([
            [scale[0], 0.0, 0.0, translation[0]],
            [0.0, scale[1], 0.0, translation[1]],
            [0.0, 0.0, scale[2], translation[2]],
        ])
    }

    /// The upper three rows of the 4×4 matrix.
    pub const fn rows(&self) -> [[f64; 4]; 3] {
        self.rows
    }

    /// All four rows of the matrix.
    pub const fn matrix(&self) -> [[f64; 4]; 4] {
        [self.rows[0], self.rows[1], self.rows[2], [0.0, 0.0, 0.0, 1.0]]
    }

    /// The image of A's axis vector number `axis` (0, 1 or 2).
    pub fn column(&self, axis: usize) -> Vector<B> {
        Vector::new(self.rows[0][axis], self.rows[1][axis], self.rows[2][axis])
    }

    /// The image of A's origin.
    pub const fn translation(&self) -> Point<B> {
        Point::new(self.rows[0][3], self.rows[1][3], self.rows[2][3])
    }

    /// The same linear part with another image of the origin.
    pub fn with_translation(mut self, origin: Point<B>) -> Self {
        for (row, value) in self.rows.iter_mut().zip(origin.coords()) {
            row[3] = value;
        }
        self
    }

    /// Where a point goes.
    pub fn apply(&self, p: Point<A>) -> Point<B> {
        let [x, y, z] = p.coords();
        Point::from_array(self.rows.map(|r| r[0] * x + r[1] * y + r[2] * z + r[3]))
    }

    /// Where a displacement goes; translations do not touch it.
    pub fn apply_vector(&self, v: Vector<A>) -> Vector<B> {
        let [x, y, z] = v.coords();
        Vector::from_array(self.rows.map(|r| r[0] * x + r[1] * y + r[2] * z))
    }

    /// First `self`, then `next`.
    pub fn then<C: Frame>(&self, next: &Affine<B, C>) -> Affine<A, C> {
        let mut rows = [[0.0; 4]; 3];
        for (row, n) in rows.iter_mut().zip(next.rows) {
            for (c, value) in row.iter_mut().enumerate() {
                *value = n[0] * self.rows[0][c] + n[1] * self.rows[1][c] + n[2] * self.rows[2][c];
            }
            row[3] += n[3];
        }
        Affine::from_rows(rows)
    }

    /// Determinant of the linear part: signed ratio of volumes.
    pub fn determinant(&self) -> f64 {
        self.column(0).dot(self.column(1).cross(self.column(2)))
    }

    /// The map back; `None` if the linear part is singular or not finite.
    pub fn inverse(&self) -> Option<Affine<B, A>> {
        let (x, y, z) = (self.column(0), self.column(1), self.column(2));
        let det = self.determinant();
        let scale = x.length() * y.length() * z.length();
        if !det.is_finite() || !scale.is_finite() || det.abs() <= scale * 1e-14 || det == 0.0 {
            return None;
        }
        let linear = [y.cross(z) / det, z.cross(x) / det, x.cross(y) / det];
        let t = self.translation().to_vector();
        Some(Affine::from_rows(linear.map(|r| [r[0], r[1], r[2], -r.dot(t)])))
    }

    /// Whether no entry is NaN or infinite.
    pub fn is_finite(&self) -> bool {
        self.rows.iter().flatten().all(|v| v.is_finite())
    }

    /// The largest absolute difference between entries of the two matrices.
    pub fn max_difference(&self, other: &Self) -> f64 {
        let pairs = self.rows.iter().flatten().zip(other.rows.iter().flatten());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    /// The same numbers, said to map between other frames: for the edges where files state what their numbers mean.
    pub const fn reinterpret<C: Frame, D: Frame>(self) -> Affine<C, D> {
        Affine::from_rows(self.rows)
    }
}

impl Affine<Lps, Ras> {
    /// The change of frame from LPS to RAS.
    pub const LPS_TO_RAS: Self = Self::from_scale([-1.0, -1.0, 1.0], [0.0; 3]);
}

impl Affine<Ras, Lps> {
    /// The change of frame from RAS to LPS.
    pub const RAS_TO_LPS: Self = Self::from_scale([-1.0, -1.0, 1.0], [0.0; 3]);
}

impl Affine<Ijk, Lps> {
    /// The same image geometry in RAS.
    pub fn to_ras(&self) -> Affine<Ijk, Ras> {
        self.then(&Affine::LPS_TO_RAS)
    }
}

impl Affine<Ijk, Ras> {
    /// The same image geometry in LPS.
    pub fn to_lps(&self) -> Affine<Ijk, Lps> {
        self.then(&Affine::RAS_TO_LPS)
    }
}

impl Affine<Lps, Lps> {
    /// The same map of patient space, written for RAS coordinates (sign changes on both sides).
    pub fn to_ras(&self) -> Affine<Ras, Ras> {
        Affine::RAS_TO_LPS.then(self).then(&Affine::LPS_TO_RAS)
    }
}

impl Affine<Ras, Ras> {
    /// The same map of patient space, written for LPS coordinates (sign changes on both sides).
    pub fn to_lps(&self) -> Affine<Lps, Lps> {
        Affine::LPS_TO_RAS.then(self).then(&Affine::RAS_TO_LPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_the_map() {
        let m: Affine<Ijk, Ras> =
            Affine::from_rows([[-0.5, 0.1, 0.0, 60.0], [0.0, 0.2, -2.0, 70.0], [0.0, -0.75, 0.0, 80.0]]);
        let p = Point::new(3.0, -4.0, 5.5);
        let back = m.inverse().unwrap().apply(m.apply(p));
        assert!(back.distance(p) < 1e-12);
    }

    #[test]
    fn singular_maps_have_no_inverse() {
        let flat: Affine<Ijk, Ras> = Affine::from_scale([1.0, 0.0, 1.0], [0.0; 3]);
        assert!(flat.inverse().is_none());
    }

    #[test]
    fn an_itk_transform_becomes_ras_by_two_sided_flips() {
        // formats.md §7.2: file rows 0 -1 0 10; 1 0 0 20; 0 0 1 30 (from parent, LPS).
        let file: Affine<Lps, Lps> =
            Affine::from_rows([[0.0, -1.0, 0.0, 10.0], [1.0, 0.0, 0.0, 20.0], [0.0, 0.0, 1.0, 30.0]]);
        let to_parent = file.to_ras().inverse().unwrap();
        let expected = [[0.0, 1.0, 0.0, 20.0], [-1.0, 0.0, 0.0, -10.0], [0.0, 0.0, 1.0, -30.0]];
        assert!(to_parent.max_difference(&Affine::from_rows(expected)) < 1e-12);
    }
}
