//! A volume made ready for rays.

use std::sync::{Arc, Mutex, PoisonError};

use microtome_geometry::Grid;
use microtome_image::{Array, Image, Scalar, with_values};

use super::blocks::Blocks;
use super::lookup::Lookup;
use super::property::VolumeProperty;
use crate::sampling::{narrowed, with_frame};

/// One frame of a scalar image with what rays need to skip through it: the range of values in each block of 4³ cells.
///
/// Making one reads the whole image once; keep it as long as the image stays the same (see
/// [`identity`](Self::identity)).
#[derive(Debug)]
pub struct VolumeData {
    grid: Grid,
    values: Array,
    blocks: Blocks,
    identity: (usize, usize),
    /// The table made last: a view that only turns does not need a new one.
    lookup: Mutex<Option<Arc<Lookup>>>,
}

impl VolumeData {
    /// Of component 0 of one frame (the last one if there are fewer). Types wider than 16 bits become `f32`; NaN and
    /// infinities become the least finite value.
    pub fn new(image: &Image, frame: usize) -> Self {
        let identity = (image.array().identity(), frame);
        let narrow = narrowed(image).and_then(|array| image.with_array(array).ok());
        let image = narrow.as_ref().unwrap_or(image);
        let components = image.components();
        let mut values = if image.frames() == 1 && components == 1 {
            image.array().clone()
        } else {
            with_frame!(image, frame, v => Array::from(v.iter().step_by(components).copied().collect::<Vec<_>>()))
        };
        if let Array::Float32(floats) = &values
            && floats.iter().any(|v| !v.is_finite())
        {
            let least = floats.iter().copied().filter(|v| v.is_finite()).fold(f32::INFINITY, f32::min);
            let least = if least.is_finite() { least } else { 0.0 };
            values = Array::from(
                floats.iter().map(|&v| if v.is_finite() { v } else { least }).collect::<Vec<_>>(),
            );
        }
        let blocks = with_values!(&values, v => Blocks::new(v, image.dims(), |v| v.to_f64() as f32));
        Self { grid: *image.grid(), values, blocks, identity, lookup: Mutex::new(None) }
    }

    /// Where the voxels stand.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Least and greatest value.
    pub const fn range(&self) -> (f32, f32) {
        self.blocks.range()
    }

    /// Identity of the image's shared memory, and the frame.
    pub const fn identity(&self) -> (usize, usize) {
        self.identity
    }

    /// The tables for a property and a distance of samples, mm.
    pub(super) fn lookup(&self, property: &VolumeProperty, step: f64) -> Arc<Lookup> {
        let mut kept = self.lookup.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(lookup) if lookup.is_for(property, step) => Arc::clone(lookup),
            _ => Arc::clone(kept.insert(Arc::new(Lookup::new(property, &self.blocks, step)))),
        }
    }

    pub(super) const fn values(&self) -> &Array {
        &self.values
    }

    pub(super) const fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}
