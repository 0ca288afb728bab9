//! Label maps of any label type.

use std::collections::BTreeMap;

use microtome_geometry::Grid;

use crate::array::Array;
use crate::image::{Image, ImageError};
use crate::label_extent::LabelExtent;
use crate::labelmap::Labelmap;
use crate::lattice::{Lattice, Region};
use crate::scalar::{Scalar, ScalarType};
use crate::statistics::Statistics;

/// A label map of one of the types that labels come in.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// Labels 0 to 255.
    UInt8(Labelmap<u8>),
    /// Labels 0 to 65535.
    UInt16(Labelmap<u16>),
    /// Labels of either sign, 16 bits.
    Int16(Labelmap<i16>),
    /// Labels of either sign, 32 bits.
    Int32(Labelmap<i32>),
}

/// Why an image cannot be a label map.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LabelsError {
    /// More than one value a voxel, or more than one frame.
    #[error(
        "a label map has one value a voxel, but this image has {components} components and {frames} frames"
    )]
    Layout {
        /// Values per voxel.
        components: usize,
        /// Repetitions of the grid.
        frames: usize,
    },
    /// Values that are not whole or that need more than 32 bits.
    #[error("values from {min} to {max} of type {scalar_type} are not labels")]
    Values {
        /// The image's type.
        scalar_type: ScalarType,
        /// Its least value.
        min: f64,
        /// Its greatest value.
        max: f64,
    },
    /// The parts do not fit.
    #[error(transparent)]
    Image(#[from] ImageError),
}

/// Runs `$body` with `$map` bound to the label map, whatever its type.
#[macro_export]
macro_rules! with_labelmap {
    ($labels:expr, $map:ident => $body:expr) => {
        match $labels {
            $crate::Labels::UInt8($map) => $body,
            $crate::Labels::UInt16($map) => $body,
            $crate::Labels::Int16($map) => $body,
            $crate::Labels::Int32($map) => $body,
        }
    };
}

impl Labels {
    /// The image's voxels as blocks. Wider types become the narrowest label type that holds their values; floats must
    /// be whole numbers.
    ///
    /// # Errors
    /// [`LabelsError`] for images of several components or frames and for values that are no labels.
    pub fn from_image(image: &Image) -> Result<Self, LabelsError> {
        let (components, frames) = (image.components(), image.frames());
        let layout = LabelsError::Layout { components, frames };
        if frames == 1 { Self::from_frames(image)?.pop().ok_or(layout) } else { Err(layout) }
    }

    /// A label map for each frame of the image, all of the same type; otherwise as [`from_image`](Self::from_image).
    ///
    /// # Errors
    /// [`LabelsError`] for images of several components and for values that are no labels.
    pub fn from_frames(image: &Image) -> Result<Vec<Self>, LabelsError> {
        let (components, frames) = (image.components(), image.frames());
        if components != 1 {
            return Err(LabelsError::Layout { components, frames });
        }
        let grid = *image.grid();
        let array = match image.array() {
            Array::UInt8(_) | Array::UInt16(_) | Array::Int16(_) | Array::Int32(_) => image.array().clone(),
            other => narrowed(other)?,
        };
        match &array {
            Array::UInt8(v) => split(grid, v, Self::UInt8),
            Array::UInt16(v) => split(grid, v, Self::UInt16),
            Array::Int16(v) => split(grid, v, Self::Int16),
            other => {
                let wide = other.cast(ScalarType::Int32);
                split(grid, wide.as_slice().unwrap_or_default(), Self::Int32)
            }
        }
    }

    /// One label everywhere, of the narrowest type that holds it.
    pub fn uniform(grid: Grid, label: i32) -> Self {
        if let Ok(label) = u8::try_from(label) {
            Self::UInt8(Labelmap::uniform(grid, label))
        } else if let Ok(label) = u16::try_from(label) {
            Self::UInt16(Labelmap::uniform(grid, label))
        } else if let Ok(label) = i16::try_from(label) {
            Self::Int16(Labelmap::uniform(grid, label))
        } else {
            Self::Int32(Labelmap::uniform(grid, label))
        }
    }

    /// The label at voxel `ijk`, which must lie within the grid.
    pub fn get(&self, ijk: [usize; 3]) -> i32 {
        with_labelmap!(self, map => wide_at(map, ijk))
    }

    /// Copies a region's labels (i fastest, then j, k) into `out`.
    ///
    /// # Panics
    /// If the region reaches outside, or `out` has another length than the region's voxels.
    pub fn read(&self, region: &Region, out: &mut [i32]) {
        with_labelmap!(self, map => read_wide(map, region, out));
    }

    /// How many voxels each label has, and where; labels without voxels are left out.
    pub fn extents(&self) -> BTreeMap<i32, LabelExtent> {
        with_labelmap!(self, map => map.extents())
    }

    /// Bytes that the voxel blocks occupy, shared ones included.
    pub fn block_bytes(&self) -> usize {
        with_labelmap!(self, map => map.block_bytes())
    }

    /// All voxels as a dense image (i fastest, then j, k).
    pub fn to_image(&self) -> Image {
        with_labelmap!(self, map => map.to_image())
    }

    /// Where the voxels stand.
    pub fn grid(&self) -> &Grid {
        with_labelmap!(self, map => map.grid())
    }

    /// The type of each label.
    pub const fn scalar_type(&self) -> ScalarType {
        match self {
            Self::UInt8(_) => ScalarType::UInt8,
            Self::UInt16(_) => ScalarType::UInt16,
            Self::Int16(_) => ScalarType::Int16,
            Self::Int32(_) => ScalarType::Int32,
        }
    }
}

/// A label map for each of the grids that `values` fill.
fn split<T: Scalar>(
    grid: Grid,
    values: &[T],
    labels: fn(Labelmap<T>) -> Labels,
) -> Result<Vec<Labels>, LabelsError> {
    let frames = values.chunks_exact(grid.voxel_count().max(1));
    frames.map(|frame| Ok(labels(Labelmap::from_values(grid, frame)?))).collect()
}

fn wide_at<T: Scalar + Into<i32>>(map: &Labelmap<T>, ijk: [usize; 3]) -> i32 {
    map.get(ijk, 0).into()
}

fn read_wide<T: Scalar + Into<i32>>(map: &Labelmap<T>, region: &Region, out: &mut [i32]) {
    let mut values = vec![T::default(); out.len()];
    map.read(region, &mut values);
    out.iter_mut().zip(values).for_each(|(wide, value)| *wide = value.into());
}

/// The array as the narrowest label type that holds its values.
fn narrowed(array: &Array) -> Result<Array, LabelsError> {
    let statistics = Statistics::of(array);
    let (min, max) = (statistics.min, statistics.max);
    let error = || LabelsError::Values { scalar_type: array.scalar_type(), min, max };
    let label_types = [ScalarType::UInt8, ScalarType::UInt16, ScalarType::Int16, ScalarType::Int32];
    let fits = |t: &ScalarType| t.limits().0 <= min && max <= t.limits().1;
    let target = label_types.into_iter().find(fits).ok_or_else(error)?;
    let labels = array.cast(target);
    let whole = array.scalar_type().is_integer() || labels.cast(array.scalar_type()) == *array;
    if whole { Ok(labels) } else { Err(error()) }
}
