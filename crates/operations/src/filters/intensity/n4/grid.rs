//! Where a bias field is estimated: every so many voxels of a volume, which may have a margin.

use microtome_image::{Blank, Histogram, Image, Scalar, with_values};
use rayon::prelude::*;

use super::estimate::Working;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// The box that the spline is spread over.
pub(super) struct Domain {
    dims: [usize; 3],
    /// Voxels with the margin, and those of it that stand before the first voxel.
    padded: [u64; 3],
    lower: [u64; 3],
    pub(super) spans: [usize; 3],
}

impl Domain {
    /// With as many spans as the mesh says or, where `distance` is above 0, spans of that width in mm.
    pub(super) fn new(dims: [usize; 3], spacing: [f64; 3], mesh: [u32; 3], distance: f64) -> Self {
        let mut domain =
            Self { dims, padded: dims.map(|n| n as u64), lower: [0; 3], spans: mesh.map(|n| n as usize) };
        if distance > 0.0 {
            for axis in 0..3 {
                let length = spacing[axis] * (dims[axis] - 1) as f64;
                let spans = (length / distance).ceil().max(1.0);
                let margin = ((spans * distance - length) / spacing[axis] + 0.5).min(1e15) as u64;
                // An axis of one voxel has nothing to spread over.
                let margin = if length > 0.0 { margin } else { 0 };
                domain.spans[axis] = spans.min(1e9) as usize;
                domain.padded[axis] += margin;
                domain.lower[axis] = margin / 2;
            }
        }
        domain
    }

    /// Where voxel n of an axis stands in the box, 0 to 1.
    pub(super) fn place(&self, axis: usize, n: usize) -> f64 {
        (n as u64 + self.lower[axis]) as f64 / (self.padded[axis].max(2) - 1) as f64
    }

    /// The voxels of an axis that are sampled, and where they stand in the box. It ends at the first and the last sample, as in
    /// ITK, though these stand a little inside the volume.
    fn samples(&self, axis: usize, factor: u64) -> Vec<(usize, f64)> {
        let (padded, lower) = (self.padded[axis], self.lower[axis]);
        let count = (padded / factor).max(1);
        // Samples and voxels have the same middle; a sample between two voxels is taken from the second.
        let first = (padded - 1).saturating_sub((count - 1) * factor).div_ceil(2);
        let from = lower.saturating_sub(first).div_ceil(factor);
        let voxels = (from..count).map(|n| (first + n * factor, n)).skip_while(|(voxel, _)| *voxel < lower);
        voxels
            .map(|(voxel, n)| ((voxel - lower) as usize, n as f64 / (count.max(2) - 1) as f64))
            .take_while(|(voxel, _)| *voxel < self.dims[axis])
            .collect()
    }

    /// The logarithms of the samples that count.
    pub(super) fn working(
        &self,
        image: &Image,
        mask: Option<&Image>,
        weights: Option<&Image>,
        factor: usize,
        progress: &Progress,
    ) -> Result<Working, OperationError> {
        let samples = [0, 1, 2].map(|axis| self.samples(axis, factor as u64));
        let voxels = samples.each_ref().map(|s| s.iter().map(|s| s.0).collect::<Vec<_>>());
        let mut logs = self.sampled(image, &voxels, progress, |v| {
            if v > 0.0 && v < f64::INFINITY { v.ln() as f32 } else { f32::NAN }
        })?;
        match mask {
            Some(mask) => {
                let label = with_values!(mask.array(), values => values.iter().map(|v| v.to_f64()).find(|v| *v != 0.0));
                let Some(label) = label else {
                    let why = "it is empty".to_owned();
                    return Err(OperationError::Input { name: "mask".to_owned(), why });
                };
                self.restrict(mask, &voxels, &mut logs, progress, |v| v == label)?;
            }
            None => {
                let threshold = otsu(&Histogram::over_range(image.array(), 200));
                self.restrict(image, &voxels, &mut logs, progress, |v| v > threshold)?;
            }
        }
        let mut counting = None;
        if let Some(weights) = weights {
            self.restrict(weights, &voxels, &mut logs, progress, |v| v > 0.0 && v < f64::INFINITY)?;
            counting = Some(self.sampled(weights, &voxels, progress, |v| v as f32)?);
        }
        let places = samples.map(|s| s.into_iter().map(|s| s.1).collect());
        Ok(Working { dims: voxels.each_ref().map(Vec::len), logs, weights: counting, places })
    }

    /// Leaves the samples out of which an image's values do not let count.
    fn restrict(
        &self,
        image: &Image,
        voxels: &[Vec<usize>; 3],
        logs: &mut [f32],
        progress: &Progress,
        counts: impl Fn(f64) -> bool + Sync,
    ) -> Result<(), Cancelled> {
        let counted = self.sampled(image, voxels, progress, |v| if counts(v) { 0.0 } else { f32::NAN })?;
        logs.iter_mut().zip(&*counted).for_each(|(log, zero)| *log += zero);
        Ok(())
    }

    fn sampled(
        &self,
        image: &Image,
        [vi, vj, vk]: &[Vec<usize>; 3],
        progress: &Progress,
        f: impl Fn(f64) -> f32 + Sync,
    ) -> Result<Blank<f32>, Cancelled> {
        let [ni, nj, _] = self.dims;
        let count = vi.len() * vj.len() * vk.len();
        let mut out = Blank::new(count);
        let rows = vi.len().max(1);
        with_values!(image.array(), values => {
            out.par_chunks_exact_mut(rows).enumerate().try_for_each(|(n, row)| {
                progress.check()?;
                let start = (vk[n / vj.len()] * nj + vj[n % vj.len()]) * ni;
                row.iter_mut().zip(vi).for_each(|(o, &i)| *o = f(values[start + i].to_f64()));
                Ok(())
            })?;
        });
        Ok(out)
    }
}

/// The upper bound of the bins below the threshold that parts a histogram in two with the greatest variance between both
/// (N. Otsu, IEEE Trans. SMC 9(1), 1979).
fn otsu(histogram: &Histogram) -> f64 {
    let total: f64 = histogram.counts.iter().map(|&n| n as f64).sum();
    let moment: f64 = histogram.counts.iter().enumerate().map(|(bin, &n)| bin as f64 * n as f64).sum();
    let (mut below, mut first, mut best) = (0.0, 0.0, (f64::NEG_INFINITY, 0));
    for (bin, &count) in histogram.counts.iter().enumerate() {
        below += count as f64;
        first += bin as f64 * count as f64;
        let apart = first / below - (moment - first) / (total - below);
        let variance = below * (total - below) * apart * apart;
        if variance > best.0 {
            best = (variance, bin);
        }
    }
    histogram.start + (best.1 + 1) as f64 * histogram.bin_width
}
