//! Robust statistics segmenter: a region that grows over what looks like its seeds.

mod features;
mod field;

use std::time::{Duration, Instant};

use microtome_image::{Array, Blank, Buffer, Image, Scalar, Statistics, with_values};
use rayon::prelude::*;

use super::label_map;
use crate::declare::Operation;
use crate::operation;
use crate::parameter::parameter_error;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;
use features::{Features, Model, Volume};
use field::Field;

operation! {
    /// Grows a region from seeds over voxels whose surroundings look like those of the seeds, and keeps its
    /// surface smooth. Of each voxel's 27 surroundings the median, the inter-quartile range and the median
    /// absolute deviation count (Gao and others, Medical Image Analysis 16(6), 2012). The region is the
    /// inside of a level set that grows the faster the more probable these are, until it has the expected
    /// volume or does not grow any more.
    ///
    /// Seeds are the voxels of the label value if the label map has several labels and this among them, else
    /// all labelled voxels.
    ///
    /// Memory: inputs, output, 5 bytes a voxel, and 8 for each voxel that the surface passed.
    pub struct RobustStatisticsSegmenter("robust-statistics-segmenter", "Robust statistics segmenter", "segmentation");
    inputs {
        /// The volume to segment.
        input: Image,
        /// Some voxels of the object, labelled, on the same voxels.
        seeds: LabelImage,
    }
    parameters {
        /// About how large the object is: growing stops once it is larger. Above 0.
        expected_volume: f64 = 50.0, minimum 0, maximum 1000000, unit "mL";
        /// How alike the voxels of the object are: the higher, the more they have to look like the seeds.
        intensity_homogeneity: f64 = 0.6, minimum 0, maximum 1;
        /// How smooth the surface is kept.
        curvature_weight: f64 = 0.5, minimum 0, maximum 1;
        /// The label of the object, and of its seeds.
        label_value: u32 = 1, minimum 1, maximum 1000;
        /// It stops after this time at the latest; what it has by then depends on the machine. Above 0.
        max_running_time: f64 = 10.0, minimum 0, maximum 60, unit "min";
    }
    outputs {
        /// The object.
        output: LabelImage,
    }
    values {
        /// How many voxels are labelled.
        voxels: u64,
        /// How many steps it grew.
        iterations: u32,
    }
    example "It grows from one seed over what looks alike" {
        inputs {
            "input": { "dimensions": [5, 1, 1], "type": "int16", "values": [7, 7, 7, 7, 7] },
            "seeds": { "dimensions": [5, 1, 1], "type": "uint8", "values": [0, 0, 3, 0, 0] }
        }
        parameters { "label-value": 2 }
        gives { "output": { "values": [2, 2, 2, 2, 2] }, "voxels": 5 }
    }
}

/// It never takes more steps.
const MOST: u32 = 10_000;

impl Operation for RobustStatisticsSegmenter {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let (image, seeds) = (inputs.input, inputs.seeds.into_image());
        scalar("input", &image)?;
        scalar("seeds", &seeds)?;
        label_map::countable("input", &image)?;
        for (name, value) in
            [("expected-volume", self.expected_volume), ("max-running-time", self.max_running_time)]
        {
            if value <= 0.0 || value.is_nan() {
                return Err(parameter_error(name, &value, "it must be above 0").into());
            }
        }
        let refused = |why: String| OperationError::Input { name: "seeds".to_owned(), why };
        if seeds.dims() != image.dims() {
            return Err(refused(format!(
                "its dimensions are {:?}, but the input's {:?}",
                seeds.dims(),
                image.dims()
            )));
        }
        let chosen = with_values!(seeds.array(), values => chosen(values, self.label_value));
        if chosen.is_empty() {
            return Err(refused("no voxel is labelled".to_owned()));
        }
        let (phi, iterations) = with_values!(image.array(), values => {
            self.grow(Volume { values, dims: image.dims() }, &image, &chosen, progress)?
        });
        // The surface stands where the outer layers end.
        let mut labels = Blank::new(phi.len());
        let value = self.label_value as u16;
        labels.iter_mut().zip(&phi).for_each(|(label, phi)| *label = if *phi <= 2.0 { value } else { 0 });
        let voxels = labels.iter().filter(|label| **label != 0).count() as u64;
        progress.report(1.0)?;
        let labels = Array::UInt16(Buffer::from(labels));
        let labels = if value <= 255 { labels.cast(microtome_image::ScalarType::UInt8) } else { labels };
        Ok(Outputs { output: LabelImage::new(image.with_array(labels)?), voxels, iterations })
    }
}

/// The labelled voxels, or of several labels those of `label` if there are any.
fn chosen<T: Scalar>(values: &[T], label: u32) -> Vec<u32> {
    let of = |wanted: &dyn Fn(f64) -> bool| -> Vec<u32> {
        let found = values.iter().enumerate().filter(|(_, v)| wanted(v.to_f64()));
        found.map(|(n, _)| n as u32).collect()
    };
    let own = of(&|v| v == f64::from(label));
    if own.is_empty() { of(&|v| v != 0.0 && !v.is_nan()) } else { own }
}

impl RobustStatisticsSegmenter {
    /// The level set, and after how many steps.
    fn grow<T: Scalar>(
        &self,
        volume: Volume<'_, T>,
        image: &Image,
        seeds: &[u32],
        progress: &Progress,
    ) -> Result<(Vec<f32>, u32), Cancelled> {
        progress.report(0.0)?;
        let began = Instant::now();
        let limit = Duration::from_secs_f64(self.max_running_time * 60.0);
        let most = self.expected_volume * 1000.0 / image.grid().voxel_volume().abs();
        let spacing = image.grid().spacing();
        let weight = self.curvature_weight / 1.5;
        let sharpness = self.intensity_homogeneity * (20.0 - 0.1) + 0.1;
        let known: Vec<Features> = seeds.par_iter().map(|&n| volume.features(n as usize)).collect();
        let range = Statistics::of(image.array());
        let model = Model::new(&known, (range.min, range.max), T::TYPE.is_integer(), sharpness);
        let mut field = Field::new(&grown_by_one(seeds, volume.dims), volume.dims);
        // Probabilities that were needed before; with their sign turned, so that 0 is one that was not.
        let mut probabilities = vec![0.0_f64; volume.values.len()];
        let mut iterations = 0;
        while iterations < MOST && !field.front().is_empty() {
            progress.report((field.inside() as f64 / most).min(1.0))?;
            let before = field.inside();
            let terms: Vec<(f64, f64)> = field
                .front()
                .par_iter()
                .with_min_len(256)
                .map(|&n| {
                    let n = n as usize;
                    let stored = probabilities[n];
                    let probability =
                        if stored.to_bits() != 0 { stored } else { -model.probability(volume.features(n)) };
                    (probability, field.curvature(n, spacing))
                })
                .collect();
            for (&n, term) in field.front().iter().zip(&terms) {
                probabilities[n as usize] = term.0;
            }
            field.step(&forces(&terms, weight));
            iterations += 1;
            let stalled = iterations > 3 && before >= field.inside();
            if stalled || field.inside() as f64 > most || began.elapsed() > limit {
                break;
            }
        }
        Ok((field.into_phi(), iterations))
    }
}

/// Both terms, each relative to its greatest, weighted, and scaled so that no step is longer than 0.49.
fn forces(terms: &[(f64, f64)], weight: f64) -> Vec<f64> {
    let greatest = |values: &mut dyn Iterator<Item = f64>| values.map(f64::abs).fold(0.0, f64::max);
    let probable = greatest(&mut terms.iter().map(|t| t.0)) + 1e-10;
    let bent = greatest(&mut terms.iter().map(|t| t.1)) + 1e-10;
    let mut forces: Vec<f64> =
        terms.iter().map(|t| (1.0 - weight) * t.0 / probable + weight * t.1 / bent).collect();
    let scale = greatest(&mut forces.iter().copied()) / 0.49 + 1e-10;
    forces.iter_mut().for_each(|force| *force /= scale);
    forces
}

/// The seeds and all voxels that touch them.
fn grown_by_one(seeds: &[u32], dims: [usize; 3]) -> Vec<bool> {
    let mut mask = vec![false; dims.iter().product()];
    let around = super::neighbours::Neighbours::new(dims, true);
    for &n in seeds {
        mask[n as usize] = true;
        around.each(n as usize, |m| mask[m] = true);
    }
    mask
}
