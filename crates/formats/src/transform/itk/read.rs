//! From a file's list of transforms to one transform in memory.

use microtome_geometry::transform::{BSpline, ThinPlate, Warp};
use microtome_geometry::{Affine, Grid, Ras, Transform};

use super::class::Class;
use super::linear::matrix_of;
use super::warp::warp_of;
use super::{Entry, numbers_text};
use crate::data::{Data, Loaded, Metadata, TransformData, Warning};
use crate::error::Error;

/// The metadata key of a linear transform's centre: three LPS coordinates.
pub(super) const CENTER: &str = "itk/center";

/// The one transform that a file's entries make.
///
/// A composite applies the last entry first. Several entries without a composite before them are taken as one, with a
/// warning, but for a B-spline of ITK 3 and the linear part that is added to it.
pub(in crate::transform) fn assemble(format: &'static str, entries: &[Entry]) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let mut metadata = Metadata::default();
    let (first, composite) = match entries {
        [] => return Err(Error::Missing { format, field: "Transform".to_owned() }),
        [first, rest @ ..] if Class::parse(format, &first.class)?.name == "CompositeTransform" => {
            (rest, true)
        }
        all => (all, false),
    };
    let splines = entries.iter().filter(|entry| entry.class.contains("SplineKernel"));
    let landmarks: usize = splines.map(|entry| entry.fixed.len() / 3).sum();
    if landmarks > ThinPlate::MAX_LANDMARKS {
        let what =
            format!("{landmarks} landmarks of thin-plate splines, more than {}", ThinPlate::MAX_LANDMARKS);
        return Err(Error::Unsupported { format, what });
    }
    let mut parts = Vec::new();
    let mut rest = first;
    while let [entry, after @ ..] = rest {
        let class = Class::parse(format, &entry.class)?;
        if class.name == "BSplineDeformableTransform"
            && let [bulk, after @ ..] = after
            && let Some(spline) = with_bulk(format, entry, bulk)?
        {
            parts.push(spline);
            rest = after;
        } else {
            parts.push(part(format, class, entry)?);
            rest = after;
        }
    }
    if let ([entry], [Transform::Linear(_)]) = (first, parts.as_slice())
        && matches!(entry.fixed.as_slice(), [x, y, z, ..] if [x, y, z].iter().any(|c| **c != 0.0))
        && entry.class.ends_with("_3_3")
    {
        metadata.set(CENTER, numbers_text(&entry.fixed[..3]));
    }
    if parts.len() > 1 && !composite {
        let message = format!(
            "the file lists {} transforms without saying how they belong together; the last is applied first, as in a composite",
            parts.len()
        );
        warnings.push(Warning::new(message));
    }
    // Memory lists what is applied first at the beginning.
    parts.reverse();
    let from_parent = match parts.len() {
        1 => parts.swap_remove(0),
        0 => Transform::identity(),
        _ => Transform::Composite(parts),
    };
    let (transform, to_parent) = directed(format, from_parent)?;
    Ok(Loaded::new(Data::Transform(TransformData { transform, to_parent, metadata }), warnings))
}

/// The direction that is kept: to the parent for linear maps and for warps that are stored as inverses.
fn directed(format: &'static str, from_parent: Transform) -> Result<(Transform, bool), Error> {
    fn has_forward_warp(transform: &Transform) -> bool {
        match transform {
            Transform::Linear(_) | Transform::Inverse(_) => false,
            Transform::BSpline(_) | Transform::Displacement(_) | Transform::ThinPlate(_) => true,
            Transform::Composite(parts) => parts.iter().any(has_forward_warp),
        }
    }
    if has_forward_warp(&from_parent) {
        return Ok((from_parent, false));
    }
    let singular = || Error::Unsupported { format, what: "a matrix without inverse".to_owned() };
    from_parent.inverse().map(|to_parent| (to_parent, true)).ok_or_else(singular)
}

fn part(format: &'static str, class: Class<'_>, entry: &Entry) -> Result<Transform, Error> {
    if let Some(value) = entry.parameters.iter().chain(&entry.fixed).find(|v| !v.is_finite()) {
        return Err(Error::field(format, "Parameters", &value.to_string(), "a parameter is a finite number"));
    }
    if let Some(warp) = warp_of(format, class, entry)? {
        return Ok(if class.inverse { Transform::Inverse(warp) } else { warp.into() });
    }
    if !class.inverse
        && let Some(matrix) = matrix_of(format, class, entry)?
    {
        return Ok(Transform::Linear(matrix.to_ras()));
    }
    Err(Error::Unsupported { format, what: format!("the transform class {}", entry.class) })
}

/// A B-spline of ITK 3 with the linear part `B` that follows it: `x ↦ B·x + d(x)`. That is `B`, then the displacement of
/// the lattice that `B` has moved. `None` if what follows is no linear part.
fn with_bulk(format: &'static str, spline: &Entry, bulk: &Entry) -> Result<Option<Transform>, Error> {
    let bulk_class = Class::parse(format, &bulk.class)?;
    let (Transform::BSpline(field) | Transform::Inverse(Warp::BSpline(field)), Ok(Transform::Linear(matrix))) =
        (part(format, Class::parse(format, &spline.class)?, spline)?, part(format, bulk_class, bulk))
    else {
        return Ok(None);
    };
    let whole = if matrix == Affine::<Ras, Ras>::identity() {
        Transform::BSpline(field)
    } else {
        let lattice = field.lattice();
        let moved = Grid::new(lattice.dims(), lattice.ijk_to_ras().then(&matrix));
        let field = BSpline::new(moved, field.coefficients().to_vec()).map_err(|error| {
            Error::field(format, "Parameters", &numbers_text(&bulk.parameters), error.to_string())
        })?;
        Transform::Composite(vec![Transform::Linear(matrix), Transform::BSpline(field)])
    };
    let inverse = Class::parse(format, &spline.class)?.inverse;
    Ok(if inverse { whole.inverse() } else { Some(whole) })
}
