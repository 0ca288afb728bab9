//! Displacement fields as images of vectors, and back.
//!
//! The vectors of such an image are millimetres along the axes of LPS space (image readers leave vectors as the file has
//! them, and bring NIfTI's into LPS). Whether a field leads from the parent (the resampling direction, the default) or to
//! it is for the reader of the image to know: NRRD says so under `displacement field type`.

use microtome_geometry::Transform;
use microtome_geometry::transform::{Between, Displacement, Vectors, Warp};
use microtome_image::{Array, Image, Meaning, Scalar, with_values};

use crate::data::{ImageData, TransformData};
use crate::error::Error;

const NAME: &str = "displacement field";

/// The metadata key (and NRRD field) that says which way a field leads: `resampling`, from the parent, or `modeling`.
pub const DIRECTION: &str = "displacement field type";
/// A field from the parent: where the voxels of a resampled image come from.
const RESAMPLING: &str = "resampling";
/// A field to the parent: where points go.
const MODELING: &str = "modeling";

/// The displacement grid that an image of three components and one frame holds, cubic between its nodes as in 3D Slicer.
///
/// Doubles stay doubles, all other types become single precision.
///
/// # Errors
/// [`Error::CannotHold`] for other numbers of components or frames and for a singular geometry.
pub fn from_image(image: &Image) -> Result<Displacement, Error> {
    if image.components() != 3 || image.frames() != 1 {
        let what = format!("{} components and {} frames for a voxel", image.components(), image.frames());
        return Err(Error::CannotHold { format: NAME, what });
    }
    fn flipped<T: Scalar, U>(values: &[T], to: impl Fn(T) -> U) -> Vec<[U; 3]>
    where
        U: std::ops::Neg<Output = U>,
    {
        values.as_chunks().0.iter().map(|&[x, y, z]| [-to(x), -to(y), to(z)]).collect()
    }
    let vectors = match image.array() {
        Array::Float64(values) => Vectors::from(flipped(values, |v| v)),
        values => with_values!(values, values => Vectors::from(flipped(values, |v| v.to_f64() as f32))),
    };
    let field = Displacement::new(*image.grid(), vectors);
    let field = field.map_err(|error| Error::CannotHold { format: NAME, what: error.to_string() })?;
    Ok(field.with_interpolation(Between::Cubic))
}

/// The image of a displacement grid: three components along the LPS axes, in the field's own precision.
///
/// # Errors
/// [`Error::Image`] never in practice: a field has a vector for each node.
pub fn to_image(field: &Displacement) -> Result<Image, Error> {
    let array = match field.vectors() {
        Vectors::Single(vectors) => {
            Array::from(vectors.iter().flat_map(|&[x, y, z]| [-x, -y, z]).collect::<Vec<f32>>())
        }
        Vectors::Double(vectors) => {
            Array::from(vectors.iter().flat_map(|&[x, y, z]| [-x, -y, z]).collect::<Vec<f64>>())
        }
    };
    Ok(Image::new(*field.grid(), 3, 1, Meaning::SpatialVector, array)?)
}

/// The displacement grid of a file's image, with its direction; as a file that says nothing means it, from the parent.
///
/// # Errors
/// As [`from_image`].
pub fn transform_of(data: &ImageData) -> Result<TransformData, Error> {
    let transform = Transform::Displacement(from_image(&data.image)?);
    let to_parent = data.metadata.get(DIRECTION) == Some(MODELING);
    Ok(TransformData { transform, to_parent, metadata: data.metadata.clone() })
}

/// The image that a file of `format` holds of a transform. Where `with_direction` says that the format has words for it, the
/// image says which way it leads; else only fields from the parent can be written.
///
/// # Errors
/// [`Error::CannotHold`] for a transform that is no displacement grid, or one that leads the other way.
pub(crate) fn image_data(
    format: &'static str,
    data: &TransformData,
    with_direction: bool,
) -> Result<ImageData, Error> {
    let cannot = |what: &str| Error::CannotHold { format, what: what.to_owned() };
    // The inverse of a field that leads one way is the field as it leads the other.
    let (field, to_parent) = match &data.transform {
        Transform::Displacement(field) => (field, data.to_parent),
        Transform::Inverse(Warp::Displacement(field)) => (field, !data.to_parent),
        _ => return Err(cannot("a transform that is not a displacement grid (.h5 and .tfm can)")),
    };
    if to_parent && !with_direction {
        return Err(cannot("a displacement grid that leads to the parent (.nrrd, .h5 and .tfm can)"));
    }
    let mut metadata = data.metadata.clone();
    if with_direction {
        metadata.set(DIRECTION, if to_parent { MODELING } else { RESAMPLING });
    }
    Ok(ImageData { image: to_image(field)?, metadata })
}

/// Samples any transform as a displacement grid with the geometry of `grid`, in single precision: what to write where a
/// format can hold nothing else.
///
/// # Errors
/// [`Error::CannotHold`] for an empty or singular geometry.
pub fn sampled(transform: &Transform, grid: microtome_geometry::Grid) -> Result<Displacement, Error> {
    use rayon::prelude::*;
    let [i, j, k] = grid.dims();
    let row = |n: usize| {
        let (j, k) = (n % j, n / j);
        (0..i).map(move |i| {
            let p = grid.ijk_to_ras().apply(microtome_geometry::Point::new(i as f64, j as f64, k as f64));
            (transform.apply(p) - p).coords().map(|v| v as f32)
        })
    };
    let vectors: Vec<[f32; 3]> = (0..j.saturating_mul(k)).into_par_iter().flat_map_iter(row).collect();
    let field = Displacement::new(grid, vectors);
    field.map_err(|error| Error::CannotHold { format: NAME, what: error.to_string() })
}
