//! Voting hole filling.

use microtome_image::{Array, Blank, Buffer, Scalar, with_values};
use rayon::prelude::*;

use crate::declare::Operation;
use crate::kernels::rows::{self, Rows};
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;
use crate::{operation, parameter_error};

operation! {
    /// Fills holes: background voxels become foreground where enough voxels around them are.
    ///
    /// A background voxel changes where at least half of the other voxels of a box around it, and some more, are foreground: their
    /// number must reach (box - 1) / 2 + majority. Other labels stay, which ITK makes foreground. Beyond the border the nearest voxel goes on. With several
    /// iterations holes close from their rims; it ends early where nothing changes. Memory: two bytes a voxel and the result.
    pub struct VotingHoleFilling("voting-hole-filling", "Voting hole filling", "segmentation");
    inputs {
        /// The label map.
        input: LabelImage,
    }
    parameters {
        /// How far the box reaches along i, j and k beyond the voxel in its middle.
        radius: [u32; 3] = [1, 1, 1], maximum 100, unit "voxel";
        /// How many foreground voxels beyond half of the box are needed.
        majority_threshold: u32 = 1;
        /// The label of voxels that may be filled.
        background: i64 = 0;
        /// The label that counts and that they are filled with.
        foreground: i64 = 255;
        /// How often it is done at the most.
        iterations: u32 = 1, minimum 1, maximum 100000;
    }
    outputs {
        /// The label map with holes filled.
        output: LabelImage,
    }
    values {
        /// How many voxels were filled.
        filled: u64,
    }
    example "A hole is filled, a corner stays" {
        inputs { "input": { "dimensions": [3, 3, 1], "type": "uint8", "values": [1, 1, 1, 1, 0, 1, 0, 1, 1] } }
        parameters { "radius": [1, 1, 0], "foreground": 1 }
        gives { "output": { "type": "uint8", "values": [1, 1, 1, 1, 1, 1, 0, 1, 1] }, "filled": 1 }
    }
}

impl Operation for VotingHoleFilling {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        for (name, label) in [("background", self.background), ("foreground", self.foreground)] {
            let (low, high) = image.scalar_type().limits();
            if !(low..=high).contains(&(label as f64)) {
                return Err(parameter_error(name, &label, "the type of the label map cannot hold it").into());
            }
        }
        let (array, filled) = with_values!(image.array(), values => {
            let (filled, count) = fill(values, image.dims(), self, progress)?;
            (Array::from(filled), count)
        });
        Ok(Outputs { output: LabelImage::new(image.with_array(array)?), filled })
    }
}

/// The labels with holes filled, and how many voxels were.
fn fill<T: Scalar>(
    values: &[T],
    dims: [usize; 3],
    voting: &VotingHoleFilling,
    progress: &Progress,
) -> Result<(Buffer<T>, u64), Cancelled> {
    let (background, foreground) =
        (T::from_f64(voting.background as f64), T::from_f64(voting.foreground as f64));
    let radius = voting.radius.map(|r| r as usize);
    let size: usize = radius.iter().map(|r| 2 * r + 1).product();
    let needed = ((size - 1) / 2).saturating_add(voting.majority_threshold as usize);
    let needed = u32::try_from(needed).unwrap_or(u32::MAX);
    let mut out = Blank::<T>::new(values.len());
    out.par_chunks_mut(1 << 16)
        .zip(values.par_chunks(1 << 16))
        .for_each(|(out, values)| out.copy_from_slice(values));
    let mut total = 0;
    for n in 0..voting.iterations {
        let done = f64::from(n) / f64::from(voting.iterations);
        let progress = progress.step(done..done + 1.0 / f64::from(voting.iterations));
        let mask = Rows::new(&out, dims, radius[0], &progress, |v| u8::from(v == foreground))?;
        let before = total;
        let votes = |sums: &mut Vec<u32>, j: usize, k: usize, row: &mut [T]| {
            count(&mask, radius, j, k, row.len(), sums);
            for (value, &sum) in row.iter_mut().zip(sums.iter()) {
                if *value == background && sum >= needed {
                    *value = foreground;
                }
            }
        };
        rows::fill_with(&mut out, dims, &progress, Vec::new, votes)?;
        let now = |range: std::ops::Range<usize>| {
            out[range.clone()].iter().zip(&values[range]).filter(|(a, b)| a != b).count()
        };
        total = (0..values.len().div_ceil(1 << 16))
            .into_par_iter()
            .map(|n| now(n << 16..((n + 1) << 16).min(values.len())) as u64)
            .sum();
        if total == before {
            break;
        }
    }
    Ok((out.into(), total))
}

/// How many voxels of the mask lie in the box around each voxel of a row.
fn count(mask: &Rows<u8>, radius: [usize; 3], j: usize, k: usize, length: usize, sums: &mut Vec<u32>) {
    let width = 2 * radius[0] + 1;
    sums.clear();
    sums.resize(length + width - 1, 0);
    let (rj, rk) = (radius[1] as isize, radius[2] as isize);
    for c in -rk..=rk {
        for b in -rj..=rj {
            let row = mask.row(j as isize + b, k as isize + c);
            sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += u32::from(v));
        }
    }
    let mut sum: u32 = sums[..width - 1].iter().sum();
    for n in 0..length {
        sum += sums[n + width - 1];
        let first = sums[n];
        sums[n] = sum;
        sum -= first;
    }
    sums.truncate(length);
}
