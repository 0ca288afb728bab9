//! Which patient axes a mesh file's coordinates follow.
//!
//! A tag in the file (`SPACE=LPS` or `SPACE=RAS` in a title, header or comment; a field array `SPACE` in VTK XML files)
//! decides; a file without a tag is LPS. Readers note a tag under the metadata key [`KEY`]. Scenes from before the tag
//! existed hold RAS files: [`untagged_as_ras`] makes up for that. Writers write LPS and say so.

use microtome_geometry::{Affine, Point, Ras};
use microtome_image::{Array, ScalarType, with_values};
use microtome_mesh::{Attribute, Mesh, Role};

use crate::data::{MeshData, Metadata, Warning};

/// The metadata key under which a reader notes the tag of the file: `LPS` or `RAS`.
pub const KEY: &str = "SPACE";

/// What writers put into the title, header or first comment.
pub(crate) const WRITTEN: &str = "3D Slicer output. SPACE=LPS";

/// The axes of a file's coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Lps,
    Ras,
}

impl Space {
    /// The tag in a text, if there is one.
    pub(crate) fn tagged(text: &str) -> Option<Self> {
        if text.contains("SPACE=LPS") {
            Some(Self::Lps)
        } else if text.contains("SPACE=RAS") {
            Some(Self::Ras)
        } else {
            None
        }
    }

    /// The space by its name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "LPS" => Some(Self::Lps),
            "RAS" => Some(Self::Ras),
            _ => None,
        }
    }

    /// The space of a file with this tag; notes the tag in the metadata, or its absence as a warning.
    pub(crate) fn decide(tag: Option<Self>, metadata: &mut Metadata, warnings: &mut Vec<Warning>) -> Self {
        match tag {
            Some(space) => metadata.set(KEY, if space == Self::Lps { "LPS" } else { "RAS" }),
            None => {
                warnings.push(Warning::new("the file has no SPACE tag: its coordinates are taken as LPS"))
            }
        }
        tag.unwrap_or(Self::Lps)
    }

    /// A position in the file as a point in memory.
    pub(crate) fn point(self, [x, y, z]: [f64; 3]) -> Point<Ras> {
        match self {
            Self::Lps => Point::new(-x, -y, z),
            Self::Ras => Point::new(x, y, z),
        }
    }

    /// An attribute of the file as it is in memory: normals and vectors are turned.
    pub(crate) fn attribute(self, attribute: Attribute) -> Attribute {
        let spatial = matches!(attribute.role, Role::Normals | Role::Vectors) && attribute.components == 3;
        if self == Self::Lps && spatial { flipped(&attribute) } else { attribute }
    }
}

/// The attribute with the first two of each three values negated: between LPS and RAS either way. Unsigned integers
/// have no such vectors and become floats.
pub(crate) fn flipped(attribute: &Attribute) -> Attribute {
    fn flip<T: Copy>(values: &[T], negate: impl Fn(T) -> T) -> Vec<T> {
        let mut values = values.to_vec();
        for [x, y, _] in values.as_chunks_mut::<3>().0 {
            (*x, *y) = (negate(*x), negate(*y));
        }
        values
    }
    let values = match &attribute.values {
        Array::Float32(values) => Array::from(flip(values, |v| -v)),
        Array::Float64(values) => Array::from(flip(values, |v| -v)),
        Array::Int8(values) => Array::from(flip(values, i8::saturating_neg)),
        Array::Int16(values) => Array::from(flip(values, i16::saturating_neg)),
        Array::Int32(values) => Array::from(flip(values, i32::saturating_neg)),
        Array::Int64(values) => Array::from(flip(values, i64::saturating_neg)),
        unsigned => match unsigned.cast(ScalarType::Float64) {
            Array::Float64(values) => Array::from(flip(&values, |v| -v)),
            other => other,
        },
    };
    Attribute { values, ..attribute.clone() }
}

/// A mesh whose file had no tag and that was therefore read as LPS, taken as RAS instead: the rule for files of scenes
/// from before the tag. A mesh whose file had a tag is handed back as it is.
pub fn untagged_as_ras(data: MeshData) -> MeshData {
    if data.metadata.get(KEY).is_some() {
        return data;
    }
    let turn: Affine<Ras, Ras> = Affine::from_scale([-1.0, -1.0, 1.0], [0.0; 3]);
    MeshData { mesh: data.mesh.transformed(&turn), ..data }
}

/// The points' LPS coordinates for a file, as [`coordinates_in`].
pub(crate) fn file_coordinates(mesh: &Mesh) -> Array {
    coordinates_in(Space::Lps, mesh)
}

/// The points' coordinates in a space, x y z together: `float32` where that holds all of them exactly, else `float64`.
pub(crate) fn coordinates_in(space: Space, mesh: &Mesh) -> Array {
    let own = |p: &Point<Ras>| match space {
        Space::Lps => p.to_lps().coords(),
        Space::Ras => p.coords(),
    };
    let written = |p: &Point<Ras>| own(p).map(|c| if c == 0.0 { 0.0 } else { c });
    let exact = |c: f64| f64::from(c as f32).to_bits() == c.to_bits() || c.is_nan();
    if mesh.points().iter().all(|p| p.coords().into_iter().all(exact)) {
        Array::from(mesh.points().iter().flat_map(|p| written(p).map(|c| c as f32)).collect::<Vec<f32>>())
    } else {
        Array::from(mesh.points().iter().flat_map(written).collect::<Vec<f64>>())
    }
}

/// The points of a file whose coordinates are `values`, x y z together; a remainder of less than three is left out.
pub(crate) fn file_points(values: &Array, space: Space) -> Vec<Point<Ras>> {
    use microtome_image::Scalar;
    with_values!(values, values => {
        values.as_chunks::<3>().0.iter().map(|p| space.point(p.map(Scalar::to_f64))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_mesh::Cells;

    #[test]
    fn the_tag_decides_and_is_case_sensitive() {
        assert_eq!(Space::tagged("3D Slicer output. SPACE=RAS"), Some(Space::Ras));
        assert_eq!(Space::tagged("space=ras"), None);
        let mut metadata = Metadata::default();
        let mut warnings = Vec::new();
        assert_eq!(Space::decide(None, &mut metadata, &mut warnings), Space::Lps);
        assert_eq!((metadata.is_empty(), warnings.len()), (true, 1));
    }

    #[test]
    fn an_untagged_mesh_can_be_taken_as_ras() {
        let mesh = Mesh::new(vec![Point::new(-1.0, -2.0, 3.0)], Cells::new()).unwrap();
        let data = untagged_as_ras(MeshData { mesh, metadata: Metadata::default() });
        assert_eq!(data.mesh.points()[0].coords(), [1.0, 2.0, 3.0]);
        let mut tagged = data.clone();
        tagged.metadata.set(KEY, "LPS");
        assert_eq!(untagged_as_ras(tagged.clone()), tagged);
    }

    #[test]
    fn coordinates_are_single_precision_where_that_is_exact() {
        let mesh = |x| Mesh::new(vec![Point::new(x, 0.0, 0.0)], Cells::new()).unwrap();
        assert_eq!(file_coordinates(&mesh(0.5)), Array::from(vec![-0.5_f32, 0.0, 0.0]));
        assert_eq!(file_coordinates(&mesh(0.1)), Array::from(vec![-0.1_f64, 0.0, 0.0]));
    }
}
