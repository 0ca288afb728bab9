//! Dense images.

use microtome_geometry::Grid;

use crate::array::Array;
use crate::lattice::DenseView;
use crate::scalar::{Scalar, ScalarType};

/// What the components of a voxel mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Plain numbers.
    #[default]
    Scalar,
    /// Integer labels, each standing for a structure.
    Label,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
    /// Real and imaginary part.
    Complex,
    /// A vector without relation to the patient's axes.
    Vector,
    /// A vector along the axes of LPS patient space, as its file holds it; millimetres for displacements.
    SpatialVector,
    /// A covariant vector (gradient) along the axes of LPS patient space, as its file holds it.
    CovariantVector,
    /// A symmetric tensor's six values xx xy xz yy yz zz.
    SymmetricTensor,
    /// A tensor's nine values, row by row.
    Tensor,
}

impl Meaning {
    /// Whether each voxel is a colour.
    pub const fn is_color(self) -> bool {
        matches!(self, Self::Rgb | Self::Rgba)
    }
}

/// Why an image could not be made of the given parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The array's length is not the product of dimensions, components and frames.
    #[error(
        "{dims:?} voxels × {components} components × {frames} frames need {expected} values, but there are {found}"
    )]
    Length {
        /// Dimensions i, j, k.
        dims: [usize; 3],
        /// Values per voxel.
        components: usize,
        /// Repetitions of the whole grid.
        frames: usize,
        /// Values needed.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A dimension, the components or the frames are zero.
    #[error("an image of {dims:?} voxels × {components} components × {frames} frames is empty")]
    Empty {
        /// Dimensions i, j, k.
        dims: [usize; 3],
        /// Values per voxel.
        components: usize,
        /// Repetitions of the whole grid.
        frames: usize,
    },
}

/// A dense image: a grid, and one shared array of voxels that is never changed in place.
///
/// Value order: components fastest, then i, j, k, and frames slowest. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    grid: Grid,
    components: usize,
    frames: usize,
    meaning: Meaning,
    array: Array,
}

impl Image {
    /// An image of one scalar per voxel and one frame.
    ///
    /// # Errors
    /// [`ImageError`] if the array's length does not fit the grid.
    pub fn scalar(grid: Grid, array: impl Into<Array>) -> Result<Self, ImageError> {
        Self::new(grid, 1, 1, Meaning::Scalar, array.into())
    }

    /// An image of `components` values per voxel and `frames` repetitions of the grid (time points, gradient
    /// directions, echoes).
    ///
    /// # Errors
    /// [`ImageError`] if any size is zero or the array's length is not their product.
    pub fn new(
        grid: Grid,
        components: usize,
        frames: usize,
        meaning: Meaning,
        array: Array,
    ) -> Result<Self, ImageError> {
        let dims = grid.dims();
        let sizes = dims.into_iter().chain([components, frames]);
        let expected = sizes.fold(1_usize, usize::saturating_mul);
        if expected == 0 {
            return Err(ImageError::Empty { dims, components, frames });
        }
        let found = array.len();
        if found != expected {
            return Err(ImageError::Length { dims, components, frames, expected, found });
        }
        Ok(Self { grid, components, frames, meaning, array })
    }

    /// Where the voxels stand.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Number of voxels along i, j and k.
    pub const fn dims(&self) -> [usize; 3] {
        self.grid.dims()
    }

    /// Values per voxel.
    pub const fn components(&self) -> usize {
        self.components
    }

    /// Repetitions of the whole grid: time points, gradient directions, echoes.
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// What the components mean.
    pub const fn meaning(&self) -> Meaning {
        self.meaning
    }

    /// All values: components fastest, then i, j, k, frames slowest.
    pub const fn array(&self) -> &Array {
        &self.array
    }

    /// The type of each value.
    pub fn scalar_type(&self) -> ScalarType {
        self.array.scalar_type()
    }

    /// Values in one frame.
    pub fn frame_len(&self) -> usize {
        self.grid.voxel_count() * self.components
    }

    /// The values as a lattice of type `T`, frame `frame`; `None` for another type or a frame beyond the last.
    pub fn view<T: Scalar>(&self, frame: usize) -> Option<DenseView<'_, T>> {
        let values = self.array.as_slice::<T>()?;
        let length = self.frame_len();
        let start = frame.checked_mul(length)?;
        DenseView::new(values.get(start..start.checked_add(length)?)?, self.dims(), self.components)
    }

    /// The same voxels on another grid.
    ///
    /// # Errors
    /// [`ImageError::Length`] if the new grid has another number of voxels.
    pub fn with_grid(self, grid: Grid) -> Result<Self, ImageError> {
        Self::new(grid, self.components, self.frames, self.meaning, self.array)
    }

    /// The same voxels with another meaning of their components.
    pub const fn with_meaning(mut self, meaning: Meaning) -> Self {
        self.meaning = meaning;
        self
    }

    /// The same geometry with other values.
    ///
    /// # Errors
    /// [`ImageError::Length`] if their number differs.
    pub fn with_array(&self, array: impl Into<Array>) -> Result<Self, ImageError> {
        Self::new(self.grid, self.components, self.frames, self.meaning, array.into())
    }

    /// The image with its values converted to `scalar_type`: rounded and saturated where that is narrower.
    pub fn cast(&self, scalar_type: ScalarType) -> Self {
        Self { array: self.array.cast(scalar_type), ..self.clone() }
    }
}
