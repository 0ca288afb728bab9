//! Data arrays on points and cells.

use microtome_image::Array;

/// What a data array is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing special: an array with a name.
    #[default]
    Field,
    /// The active scalars.
    Scalars,
    /// Surface normals, unit length, in RAS.
    Normals,
    /// Texture coordinates.
    TextureCoordinates,
    /// Vectors along the RAS axes.
    Vectors,
    /// 3×3 tensors.
    Tensors,
}

/// A named array with `components` values for each point or cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The array's name.
    pub name: String,
    /// Values per point or cell, at least 1.
    pub components: usize,
    /// What the values are for.
    pub role: Role,
    /// All values, a point's or cell's together.
    pub values: Array,
}
