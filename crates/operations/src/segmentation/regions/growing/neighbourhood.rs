//! Voxels whose whole surroundings fit.

use microtome_image::{Blank, Scalar};
use rayon::prelude::*;

use crate::kernels::lines;
use crate::progress::{Cancelled, Progress};

/// 1 for the voxels within whose box (`radius` voxels to each side, as far as the volume goes) `inside` holds
/// everywhere, else 0.
pub(super) fn all_around<T: Scalar>(
    values: &[T],
    dims: [usize; 3],
    radius: [u32; 3],
    inside: impl Fn(T) -> bool + Sync + Copy,
    progress: &Progress,
) -> Result<Blank<u8>, Cancelled> {
    const TASK: usize = 1 << 16;
    let mut mask = Blank::new(values.len());
    mask.par_chunks_mut(TASK).zip(values.par_chunks(TASK)).for_each(|(mask, values)| {
        mask.iter_mut().zip(values).for_each(|(m, &v)| *m = u8::from(inside(v)));
    });
    for (axis, reach) in radius.into_iter().enumerate().filter(|(_, reach)| *reach > 0) {
        let step = progress.step(axis as f64 / 3.0..(axis + 1) as f64 / 3.0);
        lines::within(&mut mask, dims, axis, &step, Vec::new, |since: &mut Vec<[u32; 16]>, line| {
            // How far back the last misfit was, and then how far ahead the next is.
            since.clear();
            let mut far = [reach; 16];
            for element in line.iter() {
                for (far, fits) in far.iter_mut().zip(element) {
                    *far = if *fits == 0 { 0 } else { far.saturating_add(1).min(reach + 1) };
                }
                since.push(far.map(|f| f.min(reach + 1)));
            }
            let mut far = [reach + 1; 16];
            for (element, before) in line.iter_mut().zip(since.iter()).rev() {
                for ((fits, far), before) in element.iter_mut().zip(&mut far).zip(before) {
                    *far = if *fits == 0 { 0 } else { far.saturating_add(1) };
                    *fits = u8::from(*far > reach && *before > reach);
                }
            }
        })?;
    }
    Ok(mask)
}
