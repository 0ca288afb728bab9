//! Where an NRRD array stands in the patient.

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Vector};

use crate::error::Error;

use super::NAME;
use super::axes::{Layout, Role};
use super::header::Header;

/// The space that directions, origin and measurement frame are given in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Space {
    /// Numbers per vector; `None` where the header names no space.
    pub(super) dimension: Option<usize>,
    /// The signs that take its first three axes to RAS.
    signs: [f64; 3],
    /// Whether its last axis is time.
    pub(super) time: bool,
}

impl Space {
    /// The space that the header names. One that says nothing of the patient, and a missing one, is taken for LPS, as ITK
    /// takes it.
    pub(super) fn of(header: &mut Header) -> Result<Self, Error> {
        const LPS: [f64; 3] = [-1.0, -1.0, 1.0];
        let dimension = header.integer("space dimension")?;
        let Some(name) = header.get("space").map(str::to_owned) else {
            let dimension = match dimension {
                None => None,
                Some(n @ 1..=8) => Some(n as usize),
                Some(n) => {
                    return Err(Error::field(NAME, "space dimension", &n.to_string(), "it should be 1 to 8"));
                }
            };
            return Ok(Self { dimension, signs: LPS, time: false });
        };
        let lower = name.to_ascii_lowercase();
        let (base, time) = match lower.strip_suffix("-time") {
            Some(base) => (base, true),
            None if matches!(lower.as_str(), "rast" | "last" | "lpst") => (&lower[..3], true),
            None => (lower.as_str(), false),
        };
        let signs = match base {
            "right-anterior-superior" | "ras" => [1.0, 1.0, 1.0],
            "left-anterior-superior" | "las" => [-1.0, 1.0, 1.0],
            "left-posterior-superior" | "lps" => LPS,
            "scanner-xyz" | "3d-right-handed" | "3d-left-handed" => {
                header.warn(format!("NRRD space \"{name}\" does not say how the patient lies; taken as LPS"));
                LPS
            }
            _ => return Err(Error::field(NAME, "space", &name, "no space of this name is known")),
        };
        Ok(Self { dimension: Some(if time { 4 } else { 3 }), signs, time })
    }

    /// The vector's part in space, in RAS.
    pub(super) fn to_ras(self, vector: &[f64]) -> [f64; 3] {
        // Adding zero turns -0 into 0.
        std::array::from_fn(|a| vector.get(a).map_or(0.0, |v| v * self.signs[a] + 0.0))
    }

    /// The numbers of a vector that do not belong to time.
    pub(super) fn part<'a>(&self, vector: &'a [f64]) -> &'a [f64] {
        if self.time { &vector[..vector.len().min(3)] } else { vector }
    }
}

/// Directions, spacings and limits of the axes, as far as the header gives them.
pub(super) struct AxisFields {
    pub(super) directions: Option<Vec<Option<Vec<f64>>>>,
    pub(super) spacings: Option<Vec<f64>>,
    pub(super) mins: Option<Vec<f64>>,
    pub(super) maxs: Option<Vec<f64>>,
    /// Whether an axis's samples stand on nodes rather than in cells.
    pub(super) nodes: Vec<bool>,
}

/// The image's grid.
///
/// # Errors
/// [`Error::Field`] for directions, spacings or an origin that are not finite, or zero.
pub(super) fn grid(
    header: &Header,
    space: Space,
    layout: &Layout,
    fields: &AxisFields,
) -> Result<Grid, Error> {
    let mut columns: [Option<[f64; 3]>; 3] = [None; 3];
    let mut corner = [0.0; 3];
    let mut dims = [1; 3];
    for (n, (role, size)) in layout.axes.iter().enumerate() {
        let Role::Space(a) = *role else { continue };
        dims[a] = *size;
        let direction = fields.directions.as_ref().and_then(|d| d[n].as_deref());
        let column = match direction {
            Some(direction) => {
                if direction.iter().any(|v| !v.is_finite()) || direction.iter().all(|v| *v == 0.0) {
                    let why = "directions should be finite and not zero";
                    return Err(Error::field(NAME, "space directions", &format!("{direction:?}"), why));
                }
                space.to_ras(space.part(direction))
            }
            None => {
                let (spacing, first) = along_axis(n, *size, fields)?;
                let mut column = [0.0; 3];
                column[a] = spacing;
                corner[a] = first;
                space.to_ras(&column)
            }
        };
        columns[a] = Some(column);
    }
    let origin = origin(header, space, corner)?;
    let columns = completed(columns, space.dimension == Some(3)).map(Vector::<Ras>::from_array);
    let ijk_to_ras: Affine<Ijk, Ras> =
        Affine::from_columns(columns[0], columns[1], columns[2], Point::from_array(origin));
    Ok(Grid::new(dims, ijk_to_ras))
}

/// Spacing and first centre of an axis without a direction: from the spacing, or from the axis's limits.
fn along_axis(n: usize, size: usize, fields: &AxisFields) -> Result<(f64, f64), Error> {
    let of = |values: &Option<Vec<f64>>| values.as_ref().map_or(f64::NAN, |v| v[n]);
    let (given, min, max) = (of(&fields.spacings), of(&fields.mins), of(&fields.maxs));
    let node = fields.nodes[n];
    let steps = if node { size.saturating_sub(1) } else { size };
    let spacing = if !given.is_nan() {
        given
    } else if (max - min).is_finite() && max != min && steps > 0 {
        (max - min) / steps as f64
    } else {
        1.0
    };
    if !spacing.is_finite() || spacing == 0.0 {
        return Err(Error::field(
            NAME,
            "spacings",
            &spacing.to_string(),
            "spacings should be finite and not zero",
        ));
    }
    // As ITK, an axis has a place only if the header gives its least position and how far it goes.
    let placed = min.is_finite() && (!given.is_nan() || max.is_finite());
    let first = match (placed, node) {
        (false, _) => 0.0,
        (true, true) => min,
        (true, false) => min + spacing / 2.0,
    };
    Ok((spacing, first))
}

fn origin(header: &Header, space: Space, corner: [f64; 3]) -> Result<[f64; 3], Error> {
    if let Some(dimension) = space.dimension
        && let Some(vectors) = header.vectors("space origin", dimension)?
        && let [Some(origin)] = &vectors[..]
    {
        if origin.iter().any(|v| !v.is_finite()) {
            return Err(Error::field(NAME, "space origin", &format!("{origin:?}"), "it should be finite"));
        }
        return Ok(space.to_ras(space.part(origin)));
    }
    Ok(space.to_ras(&corner))
}

/// All three columns: those that a file of fewer axes lacks are of length one and stand on the others, in a volume's space
/// (`three`) perpendicular.
fn completed(columns: [Option<[f64; 3]>; 3], three: bool) -> [[f64; 3]; 3] {
    let lps_unit = |a: usize| {
        let mut unit = [0.0; 3];
        unit[a] = [-1.0, -1.0, 1.0][a];
        unit
    };
    let i = columns[0].unwrap_or_else(|| lps_unit(0));
    let perpendicular = |to: [f64; 3]| {
        let least = (0..3).fold(0, |best, a| if to[a].abs() < to[best].abs() { a } else { best });
        let axis = if to[1] == 0.0 { 1 } else { least };
        let unit = Vector::<Ras>::from_array(lps_unit(axis));
        let to = Vector::from_array(to);
        let along = to * (unit.dot(to) / to.dot(to));
        (unit - along).normalized().map_or(lps_unit(axis), Vector::coords)
    };
    let j = columns[1].unwrap_or_else(|| perpendicular(i));
    let k = columns[2].unwrap_or_else(|| {
        let normal = Vector::<Ras>::from_array(i).cross(Vector::from_array(j)).normalized();
        match normal {
            Some(normal) if three => normal.coords().map(|v| v + 0.0),
            _ => lps_unit(2),
        }
    });
    [i, j.map(|v| v + 0.0), k]
}
