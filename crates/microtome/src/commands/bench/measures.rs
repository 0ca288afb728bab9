//! Numbers about labels, and thresholds.

use microtome_image::{Array, Image};
use microtome_operations::Progress;
use microtome_operations::measure::compare::hausdorff::between_volumes;
use microtome_operations::measure::compare::overlap::label_overlaps;
use microtome_operations::measure::shapes::{Wanted, label_shapes};
use microtome_operations::segmentation::thresholds::multi_otsu::MultiOtsu;
use microtome_operations::segmentation::thresholds::otsu::{Otsu, above};
use rayon::prelude::*;
use serde_json::{Map, json};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("label_stats_obb", |inputs, _| boxes(inputs)),
    operation("dice", |inputs, _| overlaps(inputs)),
    operation("hausdorff", |inputs, _| distances(inputs)),
    operation("otsu", |inputs, _| threshold(inputs)),
    operation("multi_otsu", |inputs, _| thresholds(inputs)),
];

fn boxes(inputs: &Inputs) -> Result<Job, Failure> {
    let labels = inputs.image("labels256")?;
    let wanted = Wanted { oriented_box: true, ..Wanted::default() };
    Ok(Box::new(move || {
        let shapes = label_shapes(labels.array(), labels.grid(), wanted, &Progress::ignored())?;
        let rows: Map<_, _> = shapes
            .iter()
            .map(|shape| {
                let mut size = shape.oriented_box.map(|b| b.size).unwrap_or_default();
                size.sort_by(f64::total_cmp);
                let numbers = json!({
                    "voxels": shape.voxels,
                    "centroid": shape.centroid.to_lps().coords(),
                    "moments": shape.principal_moments,
                    "obb_size": size,
                });
                (shape.label.to_string(), numbers)
            })
            .collect();
        Ok(Outcome::Numbers(json!({ "labels": rows })).into())
    }))
}

fn pair(inputs: &Inputs) -> Result<[Image; 2], Failure> {
    Ok([inputs.image("labels256")?, inputs.image("labels256b")?])
}

fn overlaps(inputs: &Inputs) -> Result<Job, Failure> {
    let [a, b] = pair(inputs)?;
    Ok(Box::new(move || {
        let found = label_overlaps(a.array(), b.array(), &Progress::ignored())?;
        let dice: Vec<f64> = found.iter().map(|(_, overlap)| overlap.dice()).collect();
        Ok(Outcome::Numbers(json!({ "dice": dice })).into())
    }))
}

fn distances(inputs: &Inputs) -> Result<Job, Failure> {
    let [a, b] = pair(inputs)?;
    Ok(Box::new(move || {
        let (dims, spacing) = (a.dims(), a.grid().spacing());
        let found = between_volumes(a.array(), b.array(), dims, spacing, &Progress::ignored())?;
        let found = found.ok_or_else(|| Failure::new("one of the label maps is empty"))?;
        Ok(Outcome::Numbers(json!({ "hausdorff": found.maximum, "average": found.average })).into())
    }))
}

fn threshold(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?;
    Ok(Box::new(move || {
        let threshold = Otsu::default().threshold(&image, None)?;
        let (_, voxels) = above(&image, None, threshold, 1)?;
        Ok(Outcome::Numbers(json!({ "thresholds": [threshold], "voxels_above": voxels })).into())
    }))
}

fn thresholds(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?;
    let parameters = MultiOtsu { thresholds: 3, ..MultiOtsu::default() };
    Ok(Box::new(move || {
        let (labels, thresholds) = parameters.labels(&image)?;
        let count = |label: u8| match labels.array() {
            Array::UInt8(labels) => labels.par_iter().filter(|l| **l == label).count(),
            _ => 0,
        };
        let voxels: Vec<usize> = (0..4).map(count).collect();
        Ok(Outcome::Numbers(json!({ "thresholds": thresholds, "voxels": voxels })).into())
    }))
}
