//! Contrast limited adaptive histogram equalisation.

use microtome_image::{Blank, Buffer, Image, Scalar, Statistics, with_values};
use rayon::prelude::*;

use crate::declare::Operation;
use crate::kernels::{pointwise, rows};
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{operation, parameter_error, single};

operation! {
    /// Evens out contrast: the histogram of each of many blocks is equalised, and between the middles of blocks the results go over into each
    /// other. Bins of a histogram that stick out are cut, so that noise is not brought out in even regions.
    ///
    /// The method (CLAHE) is that of K. Zuiderveld ("Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994), in
    /// the details as in scikit-image. Memory: the result, a volume of 16 bits, and one number for each bin of each block.
    pub struct Clahe("clahe", "CLAHE", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The size of a block along i, j and k; 0 stands for an eighth of the volume.
        kernel_size: [u32; 3] = [0, 0, 0], maximum 100000, unit "voxels";
        /// The part of a block's voxels that one bin may hold; 0 for no limit.
        clip_limit: f64 = 0.01, minimum 0.0, maximum 1.0;
        /// The number of bins.
        bins: u32 = 256, minimum 2, maximum 16384;
    }
    outputs {
        /// The new values, from 0 to 1, as 32-bit floating point.
        output: Image,
    }
    values {}
    example "Two values" {
        inputs { "input": { "dimensions": [2, 1, 1], "type": "int16", "values": [-5, 5] } }
        parameters { "kernel-size": [2, 1, 1], "clip-limit": 0 }
        gives { "output": { "type": "float32", "values": [0, 1] } }
    }
}

/// Values are first brought to as many levels.
const LEVELS: usize = 1 << 14;

impl Operation for Clahe {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        single::scalar("input", &image)?;
        let dims = image.dims();
        let blocks = Blocks::new(dims, self.kernel_size);
        let numbers = blocks.count() as f64 * f64::from(self.bins);
        if numbers > 8.0 * (image.array().len() as f64).max(1e6) {
            let why =
                "the blocks are so small that their histograms would take far more memory than the volume";
            return Err(parameter_error("kernel-size", &self.kernel_size, why).into());
        }
        let statistics = Statistics::of(image.array());
        let bin = 1 + LEVELS / self.bins as usize;
        let levels = with_values!(image.array(), values => levels(values, &statistics, bin, progress)?);
        let maps = self.maps(&levels, &blocks, &progress.step(0.1..0.5))?;
        let bins = self.bins as usize;
        let mut out = Blank::<f32>::new(levels.len());
        rows::fill(&mut out, dims, &progress.step(0.5..0.9), |j, k, out| {
            let (at_j, at_k) = (blocks.between(1, j), blocks.between(2, k));
            for (i, out) in out.iter_mut().enumerate() {
                let level = usize::from(levels[(k * dims[1] + j) * dims[0] + i]);
                let mut sum = 0.0;
                for (bk, wk) in at_k {
                    for (bj, wj) in at_j {
                        for (bi, wi) in blocks.between(0, i) {
                            let block = (bk * blocks.counts[1] + bj) * blocks.counts[0] + bi;
                            sum += wi * wj * wk * f64::from(maps[block * bins + level]);
                        }
                    }
                }
                *out = (sum as f32).floor();
            }
        })?;
        let out = Buffer::from(out);
        let range = Statistics::of(&out.clone().into());
        let width = (range.max - range.min).max(1.0);
        let scaled =
            pointwise::map(&out, &progress.step(0.9..1.0), |v| ((f64::from(v) - range.min) / width) as f32)?;
        Ok(Outputs { output: image.with_array(scaled)? })
    }
}

/// The bin of each voxel.
fn levels<T: Scalar>(
    values: &[T],
    statistics: &Statistics,
    bin: usize,
    progress: &Progress,
) -> Result<Buffer<u16>, Cancelled> {
    let (min, width) = (statistics.min, statistics.max - statistics.min);
    let scale = if width > 0.0 && width.is_finite() { (LEVELS - 1) as f64 / width } else { 0.0 };
    pointwise::map(values, &progress.step(0.0..0.1), |v| {
        let level = (v.to_f64() - min) * scale;
        (level.round_ties_even().clamp(0.0, (LEVELS - 1) as f64) as usize / bin) as u16
    })
}

/// Blocks that cover a volume; beyond its end it is mirrored at the last voxel.
struct Blocks {
    dims: [usize; 3],
    size: [usize; 3],
    counts: [usize; 3],
}

impl Blocks {
    fn new(dims: [usize; 3], size: [u32; 3]) -> Self {
        let size = std::array::from_fn(|a| match size[a] as usize {
            0 => (dims[a] / 8).max(1),
            // A block may not be so large that a mirrored volume does not fill it.
            given => given.min(2 * dims[a]),
        });
        Self { dims, size, counts: std::array::from_fn(|a| dims[a].div_ceil(size[a])) }
    }

    fn count(&self) -> usize {
        self.counts.iter().product()
    }

    /// The voxels of a block along an axis.
    fn voxels(&self, axis: usize, block: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let (size, last) = (self.size[axis], self.dims[axis] - 1);
        (block * size..(block + 1) * size).map(move |n| {
            let period = (2 * last).max(1);
            let n = n % period;
            if last == 0 { 0 } else { n.min(period - n) }
        })
    }

    /// The two blocks between whose middles voxel n of an axis stands, and their weights.
    fn between(&self, axis: usize, n: usize) -> [(usize, f64); 2] {
        let size = self.size[axis];
        let at = n + size / 2;
        let part = (at % size) as f64 / size as f64;
        let (before, behind) = ((at / size).saturating_sub(1), (at / size).min(self.counts[axis] - 1));
        [(before, 1.0 - part), (behind, part)]
    }
}

impl Clahe {
    /// For each block what each bin becomes, 0 to [`LEVELS`] - 1.
    fn maps(&self, levels: &[u16], blocks: &Blocks, progress: &Progress) -> Result<Vec<u16>, Cancelled> {
        let bins = self.bins as usize;
        let voxels: u64 = blocks.size.iter().map(|&n| n as u64).product();
        let limit = match self.clip_limit {
            0.0 => voxels,
            part => ((part * voxels as f64) as u64).max(1),
        };
        let [ni, nj, _] = blocks.dims;
        let mut maps = vec![0; blocks.count() * bins];
        maps.par_chunks_exact_mut(bins).enumerate().try_for_each(|(n, map)| {
            progress.report(n as f64 / blocks.count() as f64)?;
            let [bi, bj, _] = blocks.counts;
            let mut histogram = vec![0_u64; bins];
            for k in blocks.voxels(2, n / bi / bj) {
                for j in blocks.voxels(1, n / bi % bj) {
                    let row = &levels[(k * nj + j) * ni..][..ni];
                    blocks.voxels(0, n % bi).for_each(|i| histogram[usize::from(row[i])] += 1);
                }
            }
            clip(&mut histogram, limit);
            let scale = (LEVELS - 1) as f64 / voxels as f64;
            let mut sum = 0;
            for (to, count) in map.iter_mut().zip(histogram) {
                sum += count;
                *to = (sum as f64 * scale).min((LEVELS - 1) as f64) as u16;
            }
            Ok(())
        })?;
        Ok(maps)
    }
}

/// Cuts bins at the limit and spreads what is cut off over the others.
fn clip(histogram: &mut [u64], limit: u64) {
    let mut excess: u64 = histogram.iter().map(|n| n.saturating_sub(limit)).sum();
    histogram.iter_mut().for_each(|n| *n = (*n).min(limit));
    let share = excess / histogram.len() as u64;
    let upper = limit.saturating_sub(share);
    for n in histogram.iter_mut() {
        let before = *n;
        *n += if before < upper { share } else { 0 };
        // Those that come near the limit are filled up.
        if *n >= upper {
            *n = limit;
        }
        excess = excess.saturating_sub(*n - before);
    }
    // The rest goes round, one by one, to bins that are evenly apart.
    while excess > 0 {
        let before = excess;
        for start in 0..histogram.len() {
            let free = histogram.iter().filter(|n| **n < limit).count() as u64;
            let step = (free / excess).max(1) as usize;
            for n in histogram[start..].iter_mut().step_by(step).filter(|n| **n < limit) {
                *n += 1;
                excess = excess.saturating_sub(1);
            }
            if excess == 0 {
                break;
            }
        }
        if excess == before {
            break;
        }
    }
}
