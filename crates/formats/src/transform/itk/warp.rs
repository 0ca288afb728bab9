//! ITK's warping classes.

use microtome_geometry::transform::{
    BSpline, Between, Displacement, ThinPlate, TransformError, Vectors, Warp,
};
use microtome_geometry::{Affine, Grid, Lps, Point, Ras};

use super::Entry;
use super::class::Class;
use super::lattice::{from_fixed, to_fixed};
use crate::error::Error;

/// The warp of an entry, without regard to whether the class is inverse; `None` for a class that is not one.
pub(super) fn warp_of(format: &'static str, class: Class<'_>, entry: &Entry) -> Result<Option<Warp>, Error> {
    let known = matches!(
        class.name,
        "BSplineTransform"
            | "BSplineDeformableTransform"
            | "DisplacementFieldTransform"
            | "ThinPlateSplineKernelTransform"
            | "ThinPlateR2LogRSplineKernelTransform"
    );
    if !known {
        return Ok(None);
    }
    if class.dimensions != 3 || class.name == "ThinPlateR2LogRSplineKernelTransform" {
        return Err(Error::Unsupported { format, what: format!("the transform class {}", entry.class) });
    }
    let refused = |error: TransformError| Error::field(format, "Transform", &entry.class, error.to_string());
    let (parameters, fixed) = (&entry.parameters, &entry.fixed);
    let warp = match class.name {
        "DisplacementFieldTransform" => {
            let grid = fitting_lattice(format, entry)?;
            let vectors: Vec<[f64; 3]> = parameters.as_chunks().0.iter().copied().map(flipped).collect();
            let field = Displacement::new(grid, vectors).map_err(refused)?;
            Warp::Displacement(field.with_interpolation(Between::Cubic))
        }
        "ThinPlateSplineKernelTransform" => {
            let spline = ThinPlate::new(landmarks(format, parameters)?, landmarks(format, fixed)?);
            Warp::ThinPlate(spline.map_err(refused)?)
        }
        _ => {
            let lattice = fitting_lattice(format, entry)?;
            let (x, rest) = parameters.split_at(parameters.len() / 3);
            let (y, z) = rest.split_at(rest.len() / 2);
            let coefficients = x.iter().zip(y).zip(z).map(|((&x, &y), &z)| flipped([x, y, z])).collect();
            Warp::BSpline(BSpline::new(lattice, coefficients).map_err(refused)?)
        }
    };
    Ok(Some(warp))
}

/// The entry of a warp; `inverse` for the class that 3D Slicer gives to a warp's inverse.
pub(super) fn entry_of(warp: &Warp, inverse: bool) -> Entry {
    let (name, parameters, fixed) = match warp {
        Warp::BSpline(spline) => {
            let component = |c: usize| spline.coefficients().iter().map(move |v| flipped(*v)[c]);
            let parameters = component(0).chain(component(1)).chain(component(2)).collect();
            ("BSplineTransform", parameters, to_fixed(spline.lattice()))
        }
        Warp::Displacement(field) => {
            let parameters = match field.vectors() {
                Vectors::Single(vectors) => vectors.iter().flat_map(|v| flipped(v.map(f64::from))).collect(),
                Vectors::Double(vectors) => vectors.iter().flat_map(|v| flipped(*v)).collect(),
            };
            ("DisplacementFieldTransform", parameters, to_fixed(field.grid()))
        }
        Warp::ThinPlate(spline) => {
            let numbers = |points: &[Point<Ras>]| points.iter().flat_map(|p| flipped(p.coords())).collect();
            ("ThinPlateSplineKernelTransform", numbers(spline.source()), numbers(spline.target()))
        }
    };
    let prefix = if inverse { "Inverse" } else { "" };
    Entry::new(format!("{prefix}{name}_double_3_3"), parameters, fixed)
}

/// The lattice of an entry, with three parameters for each node.
fn fitting_lattice(format: &'static str, entry: &Entry) -> Result<Grid, Error> {
    let grid = from_fixed(format, &entry.class, &entry.fixed)?;
    let (expected, found) = (grid.voxel_count().saturating_mul(3), entry.parameters.len());
    if expected != found {
        let why = format!("a lattice of {:?} nodes has {expected} of them", grid.dims());
        return Err(Error::field(format, "number of Parameters", &found.to_string(), why));
    }
    Ok(grid)
}

fn landmarks(format: &'static str, numbers: &[f64]) -> Result<Vec<Point<Ras>>, Error> {
    let (points, rest) = numbers.as_chunks();
    if !rest.is_empty() {
        let why = "a landmark has three coordinates";
        return Err(Error::field(format, "number of landmark coordinates", &numbers.len().to_string(), why));
    }
    Ok(points.iter().map(|&p| Affine::<Lps, Ras>::LPS_TO_RAS.apply(Point::from_array(p))).collect())
}

/// LPS from RAS, or the other way.
fn flipped([x, y, z]: [f64; 3]) -> [f64; 3] {
    [-x, -y, z]
}
