//! Flooding from markers.
//!
//! Without lines: Beucher and Meyer, "The morphological approach to segmentation: the watershed
//! transformation", in Mathematical Morphology in Image Processing, 1993. With lines: Meyer, "Un algorithme
//! optimal pour la ligne de partage des eaux", 1991.

use super::queue::Queue;
use super::relief::{Height, Relief, range};
use crate::progress::{Cancelled, Progress};
use crate::segmentation::regions::neighbours::Neighbours;

/// What a voxel holds that waits in the queue, or that lies on a line between basins.
const WAITING: u32 = u32::MAX;

/// Reports come after so many voxels.
const REPORT: usize = 1 << 16;

/// Lets the markers (`labels` that are not 0, below [`u32::MAX`]) grow over the relief, low places first and
/// equally high ones in the order in which they are reached, until every voxel that can be reached has a
/// label. With `lines`, voxels where two labels meet get none, and stay 0. There are at most [`u32::MAX`]
/// voxels, as many labels as heights.
pub(in super::super) fn flood(
    relief: &Relief,
    labels: &mut [u32],
    neighbours: &Neighbours,
    lines: bool,
    progress: &Progress,
) -> Result<(), Cancelled> {
    match (relief, lines) {
        (Relief::Single(heights), false) => meeting(heights, labels, neighbours, progress),
        (Relief::Double(heights), false) => meeting(heights, labels, neighbours, progress),
        (Relief::Single(heights), true) => parted(heights, labels, neighbours, progress),
        (Relief::Double(heights), true) => parted(heights, labels, neighbours, progress),
    }
}

fn meeting<H: Height>(
    heights: &[H],
    labels: &mut [u32],
    neighbours: &Neighbours,
    progress: &Progress,
) -> Result<(), Cancelled> {
    progress.report(0.0)?;
    let mut queue = Queue::new(range(heights));
    for n in 0..labels.len() {
        if labels[n] != 0 {
            let mut open = false;
            neighbours.each(n, |m| open |= labels[m] == 0);
            if open {
                queue.push(heights[n], n as u32);
            }
        }
    }
    let mut done = 0;
    while let Some(voxel) = queue.pop() {
        done += 1;
        if done % REPORT == 0 {
            progress.report(done as f64 / labels.len() as f64)?;
        }
        let n = voxel as usize;
        let label = labels[n];
        neighbours.each(n, |m| {
            if labels[m] == 0 {
                labels[m] = label;
                queue.push(heights[m], m as u32);
            }
        });
    }
    progress.report(1.0)
}

fn parted<H: Height>(
    heights: &[H],
    labels: &mut [u32],
    neighbours: &Neighbours,
    progress: &Progress,
) -> Result<(), Cancelled> {
    progress.report(0.0)?;
    let mut queue = Queue::new(range(heights));
    for n in 0..labels.len() {
        if labels[n] != 0 && labels[n] != WAITING {
            neighbours.each(n, |m| {
                if labels[m] == 0 {
                    labels[m] = WAITING;
                    queue.push(heights[m], m as u32);
                }
            });
        }
    }
    let mut done = 0;
    while let Some(voxel) = queue.pop() {
        done += 1;
        if done % REPORT == 0 {
            progress.report(done as f64 / labels.len() as f64)?;
        }
        let n = voxel as usize;
        let (mut label, mut one) = (0, true);
        neighbours.each(n, |m| {
            let beside = labels[m];
            if beside != 0 && beside != WAITING {
                one &= label == 0 || label == beside;
                label = beside;
            }
        });
        if one {
            labels[n] = label;
            neighbours.each(n, |m| {
                if labels[m] == 0 {
                    labels[m] = WAITING;
                    queue.push(heights[m], m as u32);
                }
            });
        }
    }
    labels.iter_mut().filter(|label| **label == WAITING).for_each(|label| *label = 0);
    progress.report(1.0)
}
