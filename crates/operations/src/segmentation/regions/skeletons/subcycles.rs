//! Thinning in 18 directional subcycles.
//!
//! In every pass voxels are removed that lie open to one of 18 directions (faces, then edges), one direction
//! after the other, all at once for each. A voxel can go if that changes neither the Euler number nor cuts
//! the object in the two planes that contain the direction. The scheme is that of P. Drozz (ETH Zürich,
//! 1992), which Slicer uses.

use rayon::prelude::*;

use super::code::{Code, Step, around, bit, is_one_piece, keeps_euler_number, ring};
use super::object::Object;
use super::simple::expose;
use crate::progress::{Cancelled, Progress};

/// What an object is thinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Curves,
    Sheets,
}

const AXES: [Step; 3] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

/// The directions: open faces, in their order, then pairs of them.
const DIRECTIONS: [&[Step]; 18] = [
    &[[0, -1, 0]],
    &[[0, 1, 0]],
    &[[1, 0, 0]],
    &[[-1, 0, 0]],
    &[[0, 0, 1]],
    &[[0, 0, -1]],
    &[[-1, 0, 0], [0, 0, 1]],
    &[[1, 0, 0], [0, 0, -1]],
    &[[1, 0, 0], [0, 0, 1]],
    &[[-1, 0, 0], [0, 0, -1]],
    &[[0, 1, 0], [0, 0, -1]],
    &[[0, -1, 0], [0, 0, 1]],
    &[[0, -1, 0], [0, 0, -1]],
    &[[0, 1, 0], [0, 0, 1]],
    &[[-1, 0, 0], [0, 1, 0]],
    &[[1, 0, 0], [0, -1, 0]],
    &[[-1, 0, 0], [0, -1, 0]],
    &[[1, 0, 0], [0, 1, 0]],
];

/// When a voxel that lies open to a direction can go.
struct Subcycle {
    /// The voxels that have to be background.
    open: Code,
    /// The rings of two planes.
    planes: [[Code; 8]; 2],
    /// The voxel behind, seen from the direction.
    behind: Code,
    kind: Kind,
}

impl Subcycle {
    fn new(faces: &[Step], kind: Kind) -> Self {
        let direction =
            faces.iter().fold([0; 3], |d: Step, face| [d[0] + face[0], d[1] + face[1], d[2] + face[2]]);
        let across = AXES.into_iter().filter(|axis| (0..3).all(|n| axis[n] == 0 || direction[n] == 0));
        let across: Vec<Step> = across.collect();
        let planes = match (faces, across.as_slice()) {
            // Sheets are looked at in the same two planes for all pairs.
            ([_, _], _) if kind == Kind::Sheets => SHEETS,
            ([a, b], [axis]) => [ring(*a, *b), ring(direction, *axis)],
            ([a], [first, second]) => [ring(*a, *first), ring(*a, *second)],
            _ => SHEETS,
        };
        Self {
            open: faces.iter().map(|&face| bit(face)).sum(),
            planes,
            behind: bit(direction.map(|d| -d)),
            kind,
        }
    }

    fn removes(&self, code: Code) -> bool {
        code & self.open == 0
            && code.count_ones() > 2
            && keeps_euler_number(code)
            && keeps_planes(code, self.planes, self.kind == Kind::Curves && code & self.behind != 0)
    }
}

const SHEETS: [[Code; 8]; 2] = [ring(AXES[1], AXES[2]), ring(AXES[0], AXES[2])];

/// Whether the object stays whole in both planes, and has more than one neighbour in each, unless that does
/// not matter.
fn keeps_planes(code: Code, planes: [[Code; 8]; 2], any_number: bool) -> bool {
    planes.into_iter().all(|plane| {
        let (whole, object) = around(code, plane);
        whole && (any_number || object > 1)
    })
}

/// Thins the object to curves or sheets.
pub(super) fn thin(object: &mut Object, kind: Kind, progress: &Progress) -> Result<(), Cancelled> {
    let subcycles = DIRECTIONS.map(|faces| Subcycle::new(faces, kind));
    let all = object.all();
    let total = all.len().max(1) as f64;
    let mut removed = 0;
    // Only voxels that share a face with the background can go.
    let mut surface: Vec<u32> = all.into_par_iter().filter(|&n| object.is_surface(n as usize)).collect();
    loop {
        let before = removed;
        for subcycle in &subcycles {
            progress.report(removed as f64 / total)?;
            let going: Vec<u32> =
                surface.par_iter().copied().filter(|&n| subcycle.removes(object.code(n as usize))).collect();
            going.iter().for_each(|&n| object.remove(n as usize));
            removed += going.len();
            if !going.is_empty() {
                expose(object, &mut surface, &going);
            }
        }
        if removed == before {
            break;
        }
    }
    // What is left of double curves goes voxel by voxel.
    let mut left: Vec<u32> = object.all();
    loop {
        let mut any = false;
        for &n in &left {
            let code = object.code(n as usize);
            let removes = code.count_ones() > 2
                && keeps_euler_number(code)
                && match kind {
                    Kind::Curves => is_one_piece(code),
                    Kind::Sheets => keeps_planes(code, SHEETS, false),
                };
            if removes {
                object.remove(n as usize);
                any = true;
            }
        }
        if !any {
            return progress.report(1.0);
        }
        left.retain(|&n| object.has(n as usize));
    }
}

#[cfg(test)]
mod tests {
    use super::super::code::FACES;
    use super::*;

    #[test]
    fn every_direction_is_one_of_the_faces_and_edges() {
        let mut all: Vec<Step> = DIRECTIONS
            .iter()
            .map(|faces| faces.iter().fold([0; 3], |d: Step, f| [d[0] + f[0], d[1] + f[1], d[2] + f[2]]))
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 18);
        assert!(FACES.into_iter().all(|face| all.contains(&face)));
    }

    #[test]
    fn a_box_becomes_a_line_or_a_sheet() {
        let dims = [15, 9, 5];
        let values = vec![1_u8; dims.iter().product()];
        let thinned = |kind| {
            let mut object = Object::new(&values, dims, |v| v > 0);
            thin(&mut object, kind, &Progress::ignored()).unwrap();
            object
        };
        let curves = thinned(Kind::Curves).all().len();
        let sheets = thinned(Kind::Sheets).all().len();
        assert!(curves > 0 && curves < 30, "{curves}");
        assert!(sheets > curves && sheets <= 15 * 9 + 60, "{sheets}");
    }
}
