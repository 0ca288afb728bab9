//! The greatest distance between two voxels of a label: first all but the corners of the convex hulls of its slices are left
//! out, for no other voxel can be an end of it.

use microtome_geometry::{Affine, Ijk, Ras};
use rayon::prelude::*;

use super::super::runs::Run;

/// A voxel.
pub(super) type Voxel = [u32; 3];

/// Adds the corners of the convex hull of a slice's runs: `rows` are row numbers, rising, with the first and the last voxel
/// of a label there.
pub(super) fn add_corners(rows: &[(usize, Run)], k: usize, out: &mut Vec<Voxel>) {
    let ends = rows.iter().flat_map(|(j, run)| {
        let (first, last) = (run.start as i64, run.end as i64 - 1);
        std::iter::once([first, *j as i64]).chain((last > first).then_some([last, *j as i64]))
    });
    out.extend(hull(ends.collect()).into_iter().map(|[i, j]| [i as u32, j as u32, k as u32]));
}

/// The corners of the convex hull of points in a plane (Andrew's monotone chain), those within an edge left out.
fn hull(mut points: Vec<[i64; 2]>) -> Vec<[i64; 2]> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let chain = |points: &mut dyn Iterator<Item = [i64; 2]>| {
        let mut chain: Vec<[i64; 2]> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && (b[0] - a[0]) * (p[1] - a[1]) <= (b[1] - a[1]) * (p[0] - a[0])
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut corners = chain(&mut points.iter().copied());
    corners.extend(chain(&mut points.iter().rev().copied()));
    corners
}

/// Keeps the corners of the convex hulls of the planes across axis `axis`.
fn thin(voxels: &mut Vec<Voxel>, axis: usize) {
    let [u, v] = [[1, 2], [0, 2], [0, 1]][axis];
    voxels.sort_unstable_by_key(|voxel| voxel[axis]);
    let planes = voxels.chunk_by(|a, b| a[axis] == b[axis]).flat_map(|plane| {
        let at = plane[0][axis];
        let corners = hull(plane.iter().map(|p| [i64::from(p[u]), i64::from(p[v])]).collect());
        corners.into_iter().map(move |corner| {
            let mut voxel = [at; 3];
            voxel[u] = corner[0] as u32;
            voxel[v] = corner[1] as u32;
            voxel
        })
    });
    *voxels = planes.collect();
}

/// The greatest distance between two of the voxels, mm; 0 for fewer than two.
pub(super) fn diameter(mut voxels: Vec<Voxel>, to_ras: &Affine<Ijk, Ras>) -> f64 {
    for axis in [1, 0, 2] {
        thin(&mut voxels, axis);
    }
    let axes: [[f64; 3]; 3] = std::array::from_fn(|a| to_ras.column(a).coords());
    let place = |voxel: &Voxel| -> [f64; 3] {
        std::array::from_fn(|r| (0..3).map(|a| axes[a][r] * f64::from(voxel[a])).sum())
    };
    let mut points: Vec<[f64; 3]> = voxels.iter().map(place).collect();
    let square = |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|r| (a[r] - b[r]) * (a[r] - b[r])).sum::<f64>();
    // From the outermost point inwards: two points are no further apart than both are from the middle.
    let middle: [f64; 3] = std::array::from_fn(|r| {
        let range =
            points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p[r]), h.max(p[r])));
        (range.0 + range.1) / 2.0
    });
    points.sort_by(|a, b| square(b, &middle).total_cmp(&square(a, &middle)));
    let radii: Vec<f64> = points.iter().map(|p| square(p, &middle).sqrt()).collect();
    let Some(start) = points.first().map(|first| points.iter().map(|p| square(first, p)).fold(0.0, f64::max))
    else {
        return 0.0;
    };
    let most = (0..points.len())
        .into_par_iter()
        .map(|n| {
            let mut most = start;
            for m in n + 1..points.len() {
                let reach = radii[n] + radii[m];
                if reach * reach < most {
                    break;
                }
                most = most.max(square(&points[n], &points[m]));
            }
            most
        })
        .reduce(|| 0.0, f64::max);
    most.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_a_square_with_points_within() {
        let points = (0..5).flat_map(|y| (0..4).map(move |x| [x, y])).collect();
        let mut corners = hull(points);
        corners.sort_unstable();
        assert_eq!(corners, [[0, 0], [0, 4], [3, 0], [3, 4]]);
        assert_eq!(hull(vec![[1, 1], [1, 1]]), [[1, 1]]);
        assert_eq!(hull(vec![[0, 0], [1, 1], [2, 2]]).len(), 2);
    }

    #[test]
    fn nothing_is_lost_by_thinning() {
        let mut seed = 7_u32;
        let mut next = |most: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % most
        };
        let to_ras = Affine::from_scale([0.7, 1.1, 2.5], [3.0, 4.0, 5.0]);
        for _ in 0..30 {
            let voxels: Vec<Voxel> = (0..200).map(|_| [next(20), next(13), next(9)]).collect();
            let mut most = 0.0_f64;
            for a in &voxels {
                for b in &voxels {
                    let d = |n: usize, s: f64| ((f64::from(a[n]) - f64::from(b[n])) * s).powi(2);
                    most = most.max((d(0, 0.7) + d(1, 1.1) + d(2, 2.5)).sqrt());
                }
            }
            assert!((diameter(voxels, &to_ras) - most).abs() < 1e-9);
        }
    }
}
