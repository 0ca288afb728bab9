//! Dilation, erosion and distances of objects.

use microtome_operations::filters::morphology::binary_dilate::{self, BinaryDilate};
use microtome_operations::filters::morphology::binary_erode::{self, BinaryErode};
use microtome_operations::filters::morphology::distance::{self, DistanceMap};
use microtome_operations::{LabelImage, Operation as _, Progress};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("dilate3", |inputs, _| dilated(inputs)),
    operation("erode3", |inputs, _| eroded(inputs)),
    operation("signed_distance", |inputs, _| measured(inputs)),
];

fn dilated(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("mask256")?;
    Ok(Box::new(move || {
        let input = LabelImage::new(image.clone());
        let dilate = BinaryDilate { radius: [3; 3], ..BinaryDilate::default() };
        let found = dilate.run(binary_dilate::Inputs { input }, &Progress::ignored())?;
        Ok(Outcome::Image(found.output.into_image()).into())
    }))
}

fn eroded(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("mask256")?;
    Ok(Box::new(move || {
        let input = LabelImage::new(image.clone());
        let erode = BinaryErode { radius: [3; 3], ..BinaryErode::default() };
        let found = erode.run(binary_erode::Inputs { input }, &Progress::ignored())?;
        Ok(Outcome::Image(found.output.into_image()).into())
    }))
}

fn measured(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("mask256")?;
    Ok(Box::new(move || {
        let input = image.clone();
        let found = DistanceMap::default().run(distance::Inputs { input }, &Progress::ignored())?;
        Ok(Outcome::Image(found.output).into())
    }))
}
