//! Thinning by removing simple voxels, side after side.
//!
//! Lee, Kashyap, Chu, "Building skeleton models via 3-D medial surface/axis thinning algorithms", CVGIP:
//! Graphical Models and Image Processing 56(6), 1994.

use rayon::prelude::*;

use super::code::{FACES, is_one_piece, keeps_euler_number};
use super::object::Object;
use crate::progress::{Cancelled, Progress};

/// The faces in the order in which voxels are removed that lie open there: before and after along j, after
/// and before along i, after and before along k.
const SIDES: [usize; 6] = [2, 3, 1, 0, 5, 4];

/// Thins the object to curves one voxel wide, which stay connected as it was.
pub(super) fn thin(object: &mut Object, progress: &Progress) -> Result<(), Cancelled> {
    // Along an axis of one voxel everything lies open.
    let sides: Vec<usize> = SIDES.into_iter().filter(|side| object.dims()[side / 2] > 1).collect();
    let all = object.all();
    let total = all.len().max(1) as f64;
    let mut removed = 0;
    // Voxels inside become candidates when a neighbour goes.
    let mut surface: Vec<u32> = all.into_par_iter().filter(|&n| object.is_surface(n as usize)).collect();
    let mut idle = 0;
    while idle < sides.len() {
        idle = 0;
        for &side in &sides {
            progress.report(f64::from(removed) / total)?;
            let open = |n: usize| !object.has(object.beside(n, FACES[side]));
            let candidates: Vec<u32> = surface
                .par_iter()
                .copied()
                .filter(|&n| {
                    let n = n as usize;
                    object.has(n) && open(n) && {
                        let code = object.code(n);
                        // The last one at the end of a curve stays.
                        code.count_ones() != 2 && keeps_euler_number(code) && is_one_piece(code)
                    }
                })
                .collect();
            let before = removed;
            let mut exposed = Vec::new();
            for n in candidates {
                // Others have gone meanwhile.
                if is_one_piece(object.code(n as usize)) {
                    object.remove(n as usize);
                    removed += 1;
                    exposed.push(n);
                }
            }
            idle += usize::from(removed == before);
            expose(object, &mut surface, &exposed);
        }
    }
    progress.report(1.0)
}

/// Adds what has come to the surface as voxels were removed, in scan order, and leaves out what is gone.
pub(super) fn expose(object: &Object, surface: &mut Vec<u32>, removed: &[u32]) {
    let mut added: Vec<u32> = removed
        .iter()
        .flat_map(|&n| FACES.map(|face| object.beside(n as usize, face)))
        .filter(|&n| object.has(n))
        .map(|n| n as u32)
        .collect();
    surface.retain(|&n| object.has(n as usize));
    surface.append(&mut added);
    surface.par_sort_unstable();
    surface.dedup();
}
