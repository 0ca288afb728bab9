//! The surface of a label by Crofton's formula: how often lines through the voxels cross it.
//!
//! Lines run in the 13 directions to the neighbours of a voxel, each weighted by the part of the unit sphere that is nearest
//! to it (Lehmann and Legland, Efficient N-dimensional surface estimation using Crofton formula and run-length encoding,
//! Insight Journal, 2012); the weights are those of cubic voxels whatever the spacing, as ITK has them.

use super::super::runs::Run;

/// How often lines cross the surface, by how they run: along i, j, k, ij, ik, jk, ijk. Each crossing counts where the line
/// leaves the label, so a line through it counts twice.
pub(super) type Crossings = [u64; 7];

/// Parts of the unit sphere that are nearest to a direction along an axis, a diagonal of a face, of a cube.
const WEIGHTS: [f64; 3] =
    [0.045_777_891_204_76 * 2.0, 0.036_980_627_876_08 * 2.0, 0.035_195_639_782_32 * 2.0];

/// The rows beside a row: steps along j and k.
pub(super) const BESIDE: [[isize; 2]; 8] =
    [[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]];

/// Adds the crossings from the runs of a row to the row beside it, `step` away; `add` is given each run's label, the kind of
/// line, and how often.
pub(super) fn cross(row: &[Run], beside: &[Run], step: [isize; 2], mut add: impl FnMut(usize, usize, u64)) {
    let (straight, diagonal) = match (step[0] != 0, step[1] != 0) {
        (true, false) => (1, 3),
        (false, true) => (2, 4),
        _ => (5, 6),
    };
    let mut first = 0;
    for (n, run) in row.iter().enumerate() {
        // Runs that end before the voxel to the left of this one matter to none that follows either.
        while beside.get(first).is_some_and(|other| other.end < run.start) {
            first += 1;
        }
        let length = (run.end - run.start) as u64;
        let (mut same, mut left, mut right) = (0, 0, 0);
        for other in beside[first..].iter().take_while(|other| other.start <= run.end) {
            if other.label == run.label {
                let shared = |start: usize, end: usize| {
                    end.min(other.end).saturating_sub(start.max(other.start)) as u64
                };
                same += shared(run.start, run.end);
                right += shared(run.start + 1, run.end + 1);
                left += match run.start.checked_sub(1) {
                    Some(before) => shared(before, run.end - 1),
                    None => shared(0, run.end - 1),
                };
            }
        }
        add(n, straight, length - same);
        add(n, diagonal, 2 * length - left - right);
    }
}

/// The surface in mm² from the crossings.
pub(super) fn area(crossings: &Crossings, spacing: [f64; 3]) -> f64 {
    let [x, y, z] = spacing;
    let volume = x * y * z;
    let steps = [x, y, z, x.hypot(y), x.hypot(z), y.hypot(z), (x * x + y * y + z * z).sqrt()];
    let kind = [0, 0, 0, 1, 1, 1, 2];
    let parts = (0..7).map(|n| volume / steps[n] * crossings[n] as f64 / 2.0 * WEIGHTS[kind[n]]);
    4.0 * parts.sum::<f64>()
}
