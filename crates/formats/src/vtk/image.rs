//! Between data sets and images.

use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Vector};
use microtome_image::{Array, Image, Meaning, ScalarType, with_values};
use microtome_mesh::{Attribute, Role};

use super::dataset::{DataSet, Lattice, Shape};
use super::fields;
use crate::data::{ImageData, Metadata, Warning};
use crate::error::Error;

/// The image that image data are: of the active scalars, else of the first array on the points. Data on cells only
/// become voxels centred in them.
pub(super) fn into_image(
    format: &'static str,
    set: DataSet,
    mut metadata: Metadata,
    warnings: &mut Vec<Warning>,
) -> Result<ImageData, Error> {
    let Shape::Image(mut lattice) = set.shape else {
        return Err(Error::Unsupported { format, what: "a mesh as an image".to_owned() });
    };
    fields::into_metadata(set.fields, &mut metadata);
    let mut first = [0.0; 3];
    let mut arrays = set.point_data;
    if arrays.is_empty() && !set.cell_data.is_empty() {
        lattice.dims = lattice.dims.map(|d| d.saturating_sub(1).max(1));
        first = [0.5; 3];
        arrays = set.cell_data;
    } else if !set.cell_data.is_empty() {
        warnings.push(Warning::new("the arrays on the image's cells are not kept"));
    }
    let active = arrays.iter().position(|a| a.role == Role::Scalars).unwrap_or(0);
    if arrays.is_empty() {
        return Err(Error::Missing { format, field: "an array of voxels".to_owned() });
    }
    let array = arrays.swap_remove(active);
    for other in &arrays {
        warnings
            .push(Warning::new(format!("the array \"{}\" is not kept: \"{}\" is", other.name, array.name)));
    }
    metadata.set(NAME_KEY, array.name.as_str());

    let [x, y, z] = lattice.direction;
    let column = |n: usize| Vector::<Lps>::new(x[n], y[n], z[n]) * lattice.spacing[n];
    let to_lps: Affine<Ijk, Lps> =
        Affine::from_columns(column(0), column(1), column(2), Point::from_array(lattice.origin));
    let start: [f64; 3] = std::array::from_fn(|n| lattice.start[n] as f64 + first[n]);
    let to_lps = to_lps.with_translation(to_lps.apply(Point::from_array(start)));
    if !to_lps.is_finite() {
        return Err(Error::field(
            format,
            "origin and spacing",
            &format!("{lattice:?}"),
            "they must be finite",
        ));
    }
    let grid = Grid::new(lattice.dims, to_lps.to_ras());
    let meaning = meaning(&array);
    Ok(ImageData { image: Image::new(grid, array.components, 1, meaning, array.values)?, metadata })
}

/// The metadata key of the name of the array that the voxels are.
const NAME_KEY: &str = "vtk/array";

fn meaning(array: &Attribute) -> Meaning {
    let byte = array.values.scalar_type() == ScalarType::UInt8;
    match (array.role, array.components) {
        (_, 1) => Meaning::Scalar,
        (Role::Scalars, 3) if byte => Meaning::Rgb,
        (Role::Scalars, 4) if byte => Meaning::Rgba,
        (Role::Tensors, 9) => Meaning::Tensor,
        (_, 6) => Meaning::SymmetricTensor,
        (_, 2 | 3) => Meaning::Vector,
        _ => Meaning::Scalar,
    }
}

/// The data set that holds an image. Without `directions` the axes must stand along those of the patient, and the
/// voxels are put into the order of rising L, P, S.
///
/// # Errors
/// [`Error::CannotHold`] for several frames, and for rotated axes without `directions`.
pub(super) fn from_image(format: &'static str, data: &ImageData, directions: bool) -> Result<DataSet, Error> {
    let image = &data.image;
    if image.frames() > 1 {
        return Err(Error::CannotHold { format, what: format!("{} frames", image.frames()) });
    }
    let to_lps = image.grid().ijk_to_ras().to_lps();
    let spacing = image.grid().spacing();
    let column = |n: usize| if spacing[n] > 0.0 { to_lps.column(n) / spacing[n] } else { Vector::zero() };
    let (mut dims, mut origin) = (image.dims(), to_lps.translation());
    let mut sizes = spacing;
    let mut direction: [[f64; 3]; 3] =
        std::array::from_fn(|row| std::array::from_fn(|n| positive(column(n)[row])));
    let mut values = image.array().clone();
    if !directions && direction != Lattice::IDENTITY {
        let what = || "rotated axes: resample the image along the patient's axes first".to_owned();
        let axes = axes_of(&direction).ok_or_else(|| Error::CannotHold { format, what: what() })?;
        for axis in axes.iter().filter(|a| a.reversed) {
            let last = dims[axis.source] as f64 - 1.0;
            origin = origin + to_lps.column(axis.source) * last;
        }
        values = along(&values, image.components(), dims, axes);
        dims = axes.map(|a| image.dims()[a.source]);
        sizes = axes.map(|a| spacing[a.source]);
        direction = Lattice::IDENTITY;
    }
    let role = match (image.meaning(), image.components()) {
        (Meaning::Vector | Meaning::SpatialVector | Meaning::CovariantVector, 3) => Role::Vectors,
        (Meaning::Tensor, 9) => Role::Tensors,
        (_, 1..=4) => Role::Scalars,
        _ => Role::Field,
    };
    let name = data.metadata.get(NAME_KEY).filter(|name| !name.is_empty()).unwrap_or("scalars").to_owned();
    let array = Attribute { name, components: image.components(), role, values };
    let origin = origin.coords().map(positive);
    let lattice = Lattice { dims, start: [0; 3], origin, spacing: sizes, direction };
    Ok(DataSet {
        shape: Shape::Image(lattice),
        points: Array::from(Vec::<f32>::new()),
        point_data: vec![array],
        cell_data: Vec::new(),
        fields: fields::from_metadata(&data.metadata),
    })
}

/// −0 as 0.
fn positive(value: f64) -> f64 {
    value + 0.0
}

/// Which axis of the image becomes an axis of the file.
#[derive(Clone, Copy)]
struct FileAxis {
    source: usize,
    reversed: bool,
}

/// How the image's axes must be swapped and reversed to stand along L, P and S; `None` where they are rotated by more
/// than rounding.
fn axes_of(direction: &[[f64; 3]; 3]) -> Option<[FileAxis; 3]> {
    let mut axes = [FileAxis { source: 0, reversed: false }; 3];
    let mut used = [false; 3];
    for (row, axis) in direction.iter().zip(&mut axes) {
        let source = (0..3).find(|&n| (row[n].abs() - 1.0).abs() < 1e-6)?;
        let rest = (0..3).filter(|&n| n != source).all(|n| row[n].abs() < 1e-4);
        if !rest || std::mem::replace(&mut used[source], true) {
            return None;
        }
        *axis = FileAxis { source, reversed: row[source] < 0.0 };
    }
    Some(axes)
}

/// The voxels in the order of the file's axes.
fn along(values: &Array, components: usize, dims: [usize; 3], axes: [FileAxis; 3]) -> Array {
    let strides = [1, dims[0], dims[0] * dims[1]];
    // The position of the old voxel at index `n` along a new axis.
    let step = |axis: FileAxis, n: usize| {
        (if axis.reversed { dims[axis.source] - 1 - n } else { n }) * strides[axis.source]
    };
    with_values!(values, values => {
        let mut out = Vec::with_capacity(values.len());
        for k in 0..dims[axes[2].source] {
            for j in 0..dims[axes[1].source] {
                let row = step(axes[2], k) + step(axes[1], j);
                for i in 0..dims[axes[0].source] {
                    let at = (row + step(axes[0], i)) * components;
                    out.extend_from_slice(&values[at..at + components]);
                }
            }
        }
        Array::from(out)
    })
}
