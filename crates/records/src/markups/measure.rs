//! Measuring markups.

use microtome_geometry::{Point, Ras, Vector, angle, curve};

use super::{AngleMode, Markups, MarkupsKind, Measurement};

/// What a quantity comes in, in terms of millimetres and degrees.
#[derive(Clone, Copy)]
enum Quantity {
    Length,
    Area,
    Volume,
    PerLength,
    Angle,
}

impl Quantity {
    /// What a value in millimetres or degrees is multiplied by for a unit; `None` for a unit that is not known.
    fn factor(self, units: &str) -> Option<f64> {
        let millimetres = |symbol: &str| match symbol {
            "um" => Some(1e-3),
            "mm" => Some(1.0),
            "cm" => Some(10.0),
            "m" => Some(1e3),
            _ => None,
        };
        let power = |suffix: &str| millimetres(units.strip_suffix(suffix)?);
        Some(match self {
            _ if units.is_empty() => 1.0,
            Self::Length => 1.0 / millimetres(units)?,
            Self::Area => 1.0 / power("2")?.powi(2),
            Self::Volume => 1.0 / power("3")?.powi(3),
            Self::PerLength => power("-1")?,
            Self::Angle => match units {
                "deg" | "°" => 1.0,
                "rad" => 1.0_f64.to_radians(),
                _ => return None,
            },
        })
    }
}

impl Markups {
    /// The measurements, those that are enabled with the values that the points give under `to_world` (a parent transform).
    /// One that cannot be computed, because points are missing or its name or unit is not known, is as it was if it has
    /// nothing to do with the points, and without value otherwise.
    pub fn measured(&self, to_world: &dyn Fn(Point<Ras>) -> Point<Ras>) -> Vec<Measurement> {
        let world = World { markups: self, to_world };
        let measured = |measurement: &Measurement| {
            let mut measurement = measurement.clone();
            if measurement.enabled
                && let Some((value, quantity)) = world.measure(&measurement.name)
                && let Some(factor) = quantity.factor(&measurement.units)
            {
                measurement.value = value.map(|v| v * factor).filter(|v| v.is_finite());
            }
            measurement
        };
        self.measurements.iter().map(measured).collect()
    }
}

struct World<'a> {
    markups: &'a Markups,
    to_world: &'a dyn Fn(Point<Ras>) -> Point<Ras>,
}

impl World<'_> {
    /// The value (`None` without the points for it) in millimetres or degrees of what is called `name`; `None` for what is
    /// not computed here.
    fn measure(&self, name: &str) -> Option<(Option<f64>, Quantity)> {
        use MarkupsKind as Kind;
        let kind = self.markups.kind;
        Some(match name {
            "length" if kind == Kind::Line || kind.is_curve() => (self.length()?, Quantity::Length),
            "angle" if kind == Kind::Angle => (self.angle(), Quantity::Angle),
            "area" if kind == Kind::Plane => (self.plane_area(), Quantity::Area),
            "area" if kind == Kind::ClosedCurve => (self.closed_area()?, Quantity::Area),
            "volume" if kind == Kind::Roi => (self.volume(), Quantity::Volume),
            "curvature mean" | "curvature max" | "torsion mean" | "torsion max" if kind.is_curve() => {
                let points = self.curve()?;
                let bend =
                    if name.starts_with("curvature") { curve::curvature } else { curve::transport_torsion };
                let profile = bend(&points, self.markups.is_closed());
                let value = profile.map(|p| if name.ends_with("mean") { p.mean } else { p.max });
                (value, Quantity::PerLength)
            }
            _ => return None,
        })
    }

    fn curve(&self) -> Option<Vec<Point<Ras>>> {
        Some(self.markups.curve()?.into_iter().map(self.to_world).collect())
    }

    fn length(&self) -> Option<Option<f64>> {
        let points = self.curve()?;
        Some((points.len() >= 2).then(|| curve::length(&points)))
    }

    fn angle(&self) -> Option<f64> {
        let points: Vec<_> = self.markups.positions().map(self.to_world).collect();
        let [a, vertex, b] = *points.as_slice() else { return None };
        let axis = self.markups.rotation_axis.unwrap_or([0.0, 0.0, 1.0]);
        let signed = || angle::oriented(a - vertex, b - vertex, Vector::from_array(axis));
        match self.markups.angle_mode.unwrap_or_default() {
            AngleMode::Minimal => angle::minimal(a - vertex, b - vertex),
            AngleMode::OrientedSigned => signed(),
            AngleMode::OrientedPositive => signed().map(|degrees| degrees.rem_euclid(360.0)),
        }
    }

    fn plane_area(&self) -> Option<f64> {
        let [a, b, _, d] = self.markups.plane.as_ref()?.corners().map(self.to_world);
        (!self.markups.points.is_empty()).then(|| (b - a).cross(d - a).length())
    }

    fn closed_area(&self) -> Option<Option<f64>> {
        let points = self.curve()?;
        Some((self.markups.positions().count() >= 3).then(|| curve::enclosed_area(&points)).flatten())
    }

    fn volume(&self) -> Option<f64> {
        let corners = self.markups.roi.as_ref()?.corners().map(self.to_world);
        let [x, y, z] = [1, 2, 4].map(|n| corners[n] - corners[0]);
        Some(x.dot(y.cross(z)).abs())
    }
}
