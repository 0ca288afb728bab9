//! From the coordinates of a file to RAS millimetres and back.
//!
//! Positions and directions in LPS change the sign of x and y; axes, which stand in the columns of matrices, that of the
//! first two rows. We write LPS millimetres always.

use microtome_geometry::{Affine, Point, Ras};
use serde_json::Value;

use super::NAME;
use super::members::Members;
use crate::error::Error;

/// How a markup's coordinates become RAS millimetres.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    /// What x and y are multiplied by: −1 for LPS.
    sign: f64,
    /// Millimetres for a unit.
    unit: f64,
}

impl Edge {
    pub(super) fn of(members: &mut Members<'_>) -> Result<Self, Error> {
        Ok(Self { sign: sign_of(members)?, unit: unit_of(members)? })
    }

    pub(super) fn position(self, [x, y, z]: [f64; 3]) -> Point<Ras> {
        Point::from_array(self.direction([x * self.unit, y * self.unit, z * self.unit]))
    }

    pub(super) fn direction(self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        // The zero is for −0, which nobody means.
        [x * self.sign + 0.0, y * self.sign + 0.0, z]
    }

    pub(super) fn lengths<const N: usize>(self, lengths: [f64; N]) -> [f64; N] {
        lengths.map(|length| length * self.unit)
    }

    /// Three axes as columns, row by row.
    pub(super) fn axes(self, axes: [f64; 9]) -> [f64; 9] {
        std::array::from_fn(|n| if n < 6 { axes[n] * self.sign + 0.0 } else { axes[n] })
    }

    /// A matrix, row by row; its last row says nothing.
    pub(super) fn pose(self, m: [f64; 16]) -> Affine<Ras, Ras> {
        let row = |r: usize| {
            let sign = if r < 2 { self.sign } else { 1.0 };
            std::array::from_fn(|c| m[4 * r + c] * sign * if c == 3 { self.unit } else { 1.0 } + 0.0)
        };
        Affine::from_rows([row(0), row(1), row(2)])
    }
}

const WRITTEN: Edge = Edge { sign: -1.0, unit: 1.0 };

pub(super) fn position_out(position: Point<Ras>) -> [f64; 3] {
    WRITTEN.position(position.coords()).coords()
}

pub(super) fn direction_out(direction: [f64; 3]) -> [f64; 3] {
    WRITTEN.direction(direction)
}

pub(super) fn axes_out(axes: [f64; 9]) -> [f64; 9] {
    WRITTEN.axes(axes)
}

pub(super) fn pose_out(pose: &Affine<Ras, Ras>) -> [f64; 16] {
    let rows = pose.matrix();
    let flipped = |r: usize, v: f64| if r < 2 { -v + 0.0 } else { v };
    std::array::from_fn(|n| flipped(n / 4, rows[n / 4][n % 4]))
}

fn sign_of(members: &mut Members<'_>) -> Result<f64, Error> {
    let value = members.take("coordinateSystem");
    match value.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_ascii_uppercase)).as_deref() {
        None | Some("LPS" | "1") => Ok(-1.0),
        Some("RAS" | "0") => Ok(1.0),
        Some(other) => Err(Error::field(NAME, "coordinateSystem", other, "it is LPS or RAS")),
    }
}

/// Millimetres for a unit: `mm` (the default) or `um`, as text or as a code `[value, scheme, meaning]`.
fn unit_of(members: &mut Members<'_>) -> Result<f64, Error> {
    let Some(value) = members.take("coordinateUnits") else { return Ok(1.0) };
    let bad = |why: &str| Error::field(NAME, "coordinateUnits", &value.to_string(), why);
    let code = match value {
        Value::Array(code) => {
            if code.get(1).and_then(Value::as_str) != Some("UCUM") {
                return Err(bad("the coding scheme of units is UCUM"));
            }
            code.first().and_then(Value::as_str)
        }
        value => value.as_str(),
    };
    match code {
        Some("mm") => Ok(1.0),
        Some("um") => Ok(0.001),
        _ => Err(bad("the unit is mm or um")),
    }
}
