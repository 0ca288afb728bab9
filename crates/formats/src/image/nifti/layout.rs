//! How dimensions, intent and data type together say what the numbers are.

use microtome_image::{Array, Image, Meaning, ScalarType};

use super::super::voxels::{interleaved, planar, reordered, with_xy_negated};
use super::NAME;
use super::datatype::Datatype;
use super::header::{Header, Version};
use crate::data::Warning;
use crate::error::Error;

const INTENT_LABEL: i32 = 1002;
const INTENT_MATRIX: i32 = 1004;
const INTENT_SYMMETRIC_MATRIX: i32 = 1005;
const INTENT_DISPLACEMENT: i32 = 1006;
const INTENT_VECTOR: i32 = 1007;
const INTENT_RGB: i32 = 2003;
const INTENT_RGBA: i32 = 2004;
/// Intents whose fifth axis counts the parts of one voxel: distributions' parameters aside, all that nifti1.h describes
/// so (estimates, matrices, vectors, point sets, triangles, quaternions, colours, shapes).
const OF_COMPONENTS: [i32; 11] = [
    INTENT_LABEL,
    INTENT_MATRIX,
    INTENT_SYMMETRIC_MATRIX,
    INTENT_DISPLACEMENT,
    INTENT_VECTOR,
    1008,
    1009,
    1010,
    INTENT_RGB,
    INTENT_RGBA,
    2005,
];
/// The intent name under which covariant vectors are written; the format has no code for them.
const COVARIANT: &str = "covariant";
/// From rows of the lower triangle (xx yx yy zx zy zz) to rows of the upper (xx xy xz yy yz zz), and back.
const TRIANGLE: [usize; 6] = [0, 1, 3, 2, 4, 5];

/// The sizes of the image in a file, and what its numbers mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) dims: [usize; 3],
    pub(super) frames: usize,
    /// The numbers of one stored element.
    pub(super) element: Datatype,
    /// Elements that make one voxel, a whole volume each.
    pub(super) planes: usize,
    pub(super) meaning: Meaning,
}

impl Layout {
    pub(super) fn of(header: &Header, warnings: &mut Vec<Warning>) -> Result<Self, Error> {
        let rank = header.dim[0];
        if !(1..=7).contains(&rank) {
            return Err(Error::field(NAME, "dim[0]", &rank.to_string(), "there are 1 to 7 dimensions"));
        }
        let mut sizes = [1_usize; 7];
        for axis in 0..rank as usize {
            let stored = header.dim[axis + 1];
            let field = || format!("dim[{}]", axis + 1);
            sizes[axis] = match usize::try_from(stored) {
                Ok(0) if axis >= 3 => {
                    warnings.push(Warning::new(format!("{} is 0; 1 was taken", field())));
                    1
                }
                Ok(size) if size > 0 => size,
                _ => return Err(Error::field(NAME, field(), &stored.to_string(), "a size is above 0")),
            };
        }
        let element = Datatype::of(NAME, header.datatype)?;
        let [i, j, k, time, fifth, sixth, seventh] = sizes;
        let counted = |sizes: &[usize]| sizes.iter().fold(1_usize, |n, &s| n.saturating_mul(s));
        let of_components = OF_COMPONENTS.contains(&header.intent_code);
        let (planes, frames) = if element.components == 1 && rank >= 5 && (of_components || time == 1) {
            (fifth, counted(&[time, sixth, seventh]))
        } else {
            (1, counted(&[time, fifth, sixth, seventh]))
        };
        let meaning = if element.components > 1 {
            element.meaning
        } else {
            meaning_of(header, planes, rank >= 5, element.scalar_type)
        };
        Ok(Self { dims: [i, j, k], frames, element, planes, meaning })
    }

    /// All sizes whose product is the number of stored values.
    pub(super) fn sizes(&self) -> [u64; 6] {
        let [i, j, k] = self.dims;
        [i, j, k, self.frames, self.planes, self.element.components].map(|n| n as u64)
    }

    /// Values per voxel.
    pub(super) const fn components(&self) -> usize {
        self.element.components * self.planes
    }

    /// The values as an image has them, from the order and axes of the file.
    pub(super) fn to_memory(self, stored: &Array) -> Array {
        let array = interleaved(stored, self.planes);
        match self.meaning {
            Meaning::SpatialVector | Meaning::CovariantVector => with_xy_negated(&array, self.planes),
            Meaning::SymmetricTensor => reordered(&array, TRIANGLE),
            _ => array,
        }
    }
}

fn meaning_of(header: &Header, planes: usize, has_fifth: bool, scalar_type: ScalarType) -> Meaning {
    let square = header.intent_p[0] == 3.0 && header.intent_p[1] == 3.0;
    match (header.intent_code, planes) {
        (INTENT_LABEL, 1) if scalar_type.is_integer() => Meaning::Label,
        (INTENT_SYMMETRIC_MATRIX, 6) => Meaning::SymmetricTensor,
        (INTENT_MATRIX, 9) if square => Meaning::Tensor,
        (INTENT_DISPLACEMENT, _) if has_fifth => Meaning::SpatialVector,
        (INTENT_VECTOR, _) if has_fifth && header.intent_name == COVARIANT => Meaning::CovariantVector,
        (INTENT_VECTOR, _) if has_fifth => Meaning::Vector,
        (INTENT_RGB, 3) => Meaning::Rgb,
        (INTENT_RGBA, 4) => Meaning::Rgba,
        (_, 1) => Meaning::Scalar,
        _ => Meaning::Vector,
    }
}

/// Whether the intent is one that an image's [`Meaning`] holds, so that no text needs to.
pub(super) fn intent_is_meaning(layout: &Layout, header: &Header) -> bool {
    header.intent_code == 0
        || (layout.meaning != Meaning::Scalar && OF_COMPONENTS.contains(&header.intent_code))
}

/// Fills the header's dimensions, data type and intent for `image`, and gives its values in the order and along the axes
/// of the file.
///
/// # Errors
/// [`Error::CannotHold`] for complex integers of more than the formats' range of sizes.
pub(super) fn set(header: &mut Header, image: &Image) -> Result<Array, Error> {
    let meaning = image.meaning();
    let mut array = image.array().clone();
    if meaning == Meaning::Complex && array.scalar_type() != ScalarType::Float64 {
        array = array.cast(ScalarType::Float32);
    }
    let compound = Datatype::compound_code(array.scalar_type(), meaning)
        .filter(|&code| Datatype::of(NAME, code).is_ok_and(|d| d.components == image.components()));
    let vector = compound.is_none() && (image.components() > 1 || has_fifth_axis(meaning));
    let planes = if vector { image.components() } else { 1 };
    let [i, j, k] = image.dims();
    let rank = match (vector, image.frames()) {
        (true, _) => 5,
        (false, 1) => 3,
        (false, _) => 4,
    };
    let sizes = [rank, i, j, k, image.frames(), planes, 1, 1];
    for (stored, size) in header.dim.iter_mut().zip(sizes) {
        let what = || format!("a dimension of {size}");
        *stored = i64::try_from(size).map_err(|_| Error::CannotHold { format: NAME, what: what() })?;
    }
    if sizes.into_iter().any(|size| size > i16::MAX as usize) {
        header.version = Version::Two;
    }
    let (intent, p) = match (meaning, image.components()) {
        (Meaning::Label, 1) => (INTENT_LABEL, [0.0; 3]),
        (Meaning::SymmetricTensor, 6) => (INTENT_SYMMETRIC_MATRIX, [3.0, 0.0, 0.0]),
        (Meaning::Tensor, 9) => (INTENT_MATRIX, [3.0, 3.0, 0.0]),
        (Meaning::SpatialVector, _) => (INTENT_DISPLACEMENT, [0.0; 3]),
        (Meaning::Rgb, 3) if vector => (INTENT_RGB, [0.0; 3]),
        (Meaning::Rgba, 4) if vector => (INTENT_RGBA, [0.0; 3]),
        _ if vector => (INTENT_VECTOR, [0.0; 3]),
        _ => (0, [0.0; 3]),
    };
    (header.intent_code, header.intent_p) = (intent, p);
    if meaning == Meaning::CovariantVector {
        header.intent_name = COVARIANT.to_owned();
    }
    array = match (meaning, image.components()) {
        (Meaning::SpatialVector | Meaning::CovariantVector, n) => with_xy_negated(&array, n),
        (Meaning::SymmetricTensor, 6) => reordered(&array, TRIANGLE),
        _ => array,
    };
    header.datatype = compound.unwrap_or_else(|| Datatype::scalar_code(array.scalar_type()));
    let bits = array.scalar_type().size() * 8 * if compound.is_some() { image.components() } else { 1 };
    header.bitpix = bits as i16;
    Ok(planar(&array, planes))
}

/// Whether even a single component of this meaning needs the fifth axis, to be known again.
const fn has_fifth_axis(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Vector | Meaning::SpatialVector | Meaning::CovariantVector)
}
