//! A data set as the files have it: what both syntaxes share.

use microtome_image::Array;
use microtome_mesh::{Attribute, Role};

use super::cells::CellList;
use crate::data::Warning;
use crate::error::Error;

/// The values of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    Numbers(Array),
    Text(Vec<String>),
}

impl Field {
    /// A field of one text.
    pub(crate) fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), components: 1, values: Values::Text(vec![text.into()]) }
    }
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }
}

/// A named array of the field data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) components: usize,
    pub(crate) values: Values,
}

/// Where the voxels of an image stand, in LPS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lattice {
    pub(super) dims: [usize; 3],
    /// The index of the first voxel.
    pub(super) start: [i64; 3],
    /// Where index 0 0 0 is.
    pub(super) origin: [f64; 3],
    pub(super) spacing: [f64; 3],
    /// Rows of the matrix whose columns are the axes.
    pub(super) direction: [[f64; 3]; 3],
}

impl Lattice {
    pub(super) const IDENTITY: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
}

/// What a data set is.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Vertices, lines, polygons and strips: the order in which VTK numbers the cells.
    PolyData([CellList; 4]),
    /// Cells of any kind, with VTK's numbers for the kinds.
    Grid(CellList, Vec<u8>),
    /// Voxels.
    Image(Lattice),
}

/// A data set with its arrays, in file coordinates.
#[derive(Clone, Debug)]
pub(super) struct DataSet {
    pub(super) shape: Shape,
    /// Coordinates, x y z together; empty for images.
    pub(super) points: Array,
    pub(super) point_data: Vec<Attribute>,
    pub(super) cell_data: Vec<Attribute>,
    pub(super) fields: Vec<Field>,
}

/// The most arrays on points, cells or beside them.
const MAX_ARRAYS: usize = 4096;

/// Refuses one array more than [`MAX_ARRAYS`].
pub(super) fn check_room(format: &'static str, arrays: usize) -> Result<(), Error> {
    let what = || format!("a file with more than {MAX_ARRAYS} arrays");
    if arrays < MAX_ARRAYS { Ok(()) } else { Err(Error::Unsupported { format, what: what() }) }
}

/// Adds an array to the point or cell data: texts cannot be held, an array of the same name is replaced, and only the
/// first array of each role has it.
pub(super) fn add_attribute(
    attributes: &mut Vec<Attribute>,
    name: String,
    components: usize,
    role: Role,
    values: Values,
    warnings: &mut Vec<Warning>,
) {
    let Values::Numbers(values) = values else {
        warnings.push(Warning::new(format!("the text array \"{name}\" on points or cells is not kept")));
        return;
    };
    let name = if name.is_empty() { "array".to_owned() } else { name };
    attributes.retain(|a| a.name != name);
    let taken = attributes.iter().any(|a| a.role == role);
    let role = if taken { Role::Field } else { role };
    attributes.push(Attribute { name, components, role, values });
}

/// The product of two counts of a file.
pub(super) fn product(format: &'static str, what: &'static str, a: usize, b: usize) -> Result<usize, Error> {
    a.checked_mul(b).ok_or(Error::TooLarge {
        format,
        what,
        claimed: a as u128 * b as u128,
        limit: usize::MAX as u128,
    })
}
