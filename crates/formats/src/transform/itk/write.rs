//! From a transform in memory to a file's list of transforms.

use microtome_geometry::transform::Warp;
use microtome_geometry::{Affine, Ras, Transform};

use super::Entry;
use super::read::CENTER;
use super::warp::entry_of;
use crate::data::TransformData;
use crate::error::Error;

/// The entries of a file: the map from the parent, in LPS, every linear part as `AffineTransform`. Several parts follow a
/// composite, the last applied first.
pub(in crate::transform) fn disassemble(
    format: &'static str,
    data: &TransformData,
) -> Result<Vec<Entry>, Error> {
    let from_parent = if data.to_parent {
        let singular = || Error::CannotHold { format, what: "a matrix without inverse".to_owned() };
        data.transform.inverse().ok_or_else(singular)?
    } else {
        data.transform.clone()
    };
    let mut parts = Vec::new();
    flatten(&from_parent, &mut parts);
    Ok(match parts.as_slice() {
        [] => vec![affine_entry(&Affine::identity(), [0.0; 3])],
        [Transform::Linear(matrix)] => vec![affine_entry(matrix, center_of(data))],
        [part] => vec![entry(part)],
        parts => {
            let composite = Entry::new("CompositeTransform_double_3_3", Vec::new(), Vec::new());
            std::iter::once(composite).chain(parts.iter().rev().map(entry)).collect()
        }
    })
}

fn flatten(transform: &Transform, parts: &mut Vec<Transform>) {
    match transform {
        Transform::Composite(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        part => parts.push(part.clone()),
    }
}

fn entry(part: &Transform) -> Entry {
    match part {
        Transform::Linear(matrix) => affine_entry(matrix, [0.0; 3]),
        Transform::BSpline(warp) => entry_of(&Warp::BSpline(warp.clone()), false),
        Transform::Displacement(warp) => entry_of(&Warp::Displacement(warp.clone()), false),
        Transform::ThinPlate(warp) => entry_of(&Warp::ThinPlate(warp.clone()), false),
        Transform::Inverse(warp) => entry_of(warp, true),
        // Composites are flattened before.
        Transform::Composite(_) => affine_entry(&Affine::identity(), [0.0; 3]),
    }
}

fn affine_entry(from_parent: &Affine<Ras, Ras>, center: [f64; 3]) -> Entry {
    let rows = from_parent.to_lps().rows();
    let mut parameters: Vec<f64> = rows.iter().flat_map(|r| [r[0], r[1], r[2]]).collect();
    parameters.extend(
        rows.iter()
            .zip(center)
            .map(|(r, c)| r[3] - c + r[0] * center[0] + r[1] * center[1] + r[2] * center[2]),
    );
    // −0 from the change of frame means nothing.
    Entry::new(
        "AffineTransform_double_3_3",
        parameters.into_iter().map(|v| v + 0.0).collect(),
        center.to_vec(),
    )
}

/// The centre (LPS) that the transform was read with.
fn center_of(data: &TransformData) -> [f64; 3] {
    let mut center = [0.0; 3];
    let text = data.metadata.get(CENTER).unwrap_or_default();
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
    if let Some([x, y, z]) = numbers.as_deref()
        && [x, y, z].iter().all(|c| c.is_finite())
    {
        center = [*x, *y, *z];
    }
    center
}
