//! Measuring markups.

use microtome_geometry::{Point, Ras, Vector, angle, curve};

use microtome_mesh::Mesh;

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
    /// One whose name or unit is not known stays as it was; one without the points for it has no value.
    pub fn measured(&self, to_world: &dyn Fn(Point<Ras>) -> Point<Ras>) -> Vec<Measurement> {
        self.measured_on(None, to_world)
    }

    /// Like [`measured`](Self::measured), for a curve that belongs to a surface, whose points are in the curve's own
    /// coordinates: one that goes over it (see [`curve_over`](Self::curve_over)), or one of another type, which is drawn
    /// onto it.
    pub fn measured_on(
        &self,
        surface: Option<&Mesh>,
        to_world: &dyn Fn(Point<Ras>) -> Point<Ras>,
    ) -> Vec<Measurement> {
        let curve = match surface {
            Some(surface) => self.curve_on(surface, to_world),
            None => self.curve().map(|points| points.into_iter().map(to_world).collect()),
        };
        let world = World { markups: self, to_world, curve };
        let measured = |measurement: &Measurement| {
            let mut measurement = measurement.clone();
            if measurement.enabled
                && let Some((value, quantity)) = world.measure(&measurement.name)
                && let Some(factor) = quantity.factor(&measurement.units)
            {
                let value = value.map(|v| v * factor).filter(|v| v.is_finite());
                // What is the same but for rounding is left as it was written.
                let same =
                    measurement.value.zip(value).is_some_and(|(a, b)| (a - b).abs() <= b.abs() * 1e-12);
                if !same {
                    measurement.value = value;
                }
            }
            measurement
        };
        self.measurements.iter().map(measured).collect()
    }
}

/// What 3D Slicer takes for no volume, mm³.
const LEAST_VOLUME: f64 = 1e-6;

struct World<'a> {
    markups: &'a Markups,
    to_world: &'a dyn Fn(Point<Ras>) -> Point<Ras>,
    /// The points of the line or curve in the world, where they are known.
    curve: Option<Vec<Point<Ras>>>,
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
                let points = self.curve.as_ref()?;
                let bend =
                    if name.starts_with("curvature") { curve::curvature } else { curve::transport_torsion };
                let profile = bend(points, self.markups.is_closed());
                let value = profile.map(|p| if name.ends_with("mean") { p.mean } else { p.max });
                (value, Quantity::PerLength)
            }
            _ => return None,
        })
    }

    fn length(&self) -> Option<Option<f64>> {
        let points = self.curve.as_ref()?;
        let [first, .., last] = points[..] else { return Some(None) };
        // Closed curves end where they begin, but for polynomials.
        let closing = if self.markups.is_closed() { last.distance(first) } else { 0.0 };
        Some(Some(curve::length(points) + closing))
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
        let enough = !self.markups.points.is_empty();
        enough.then(|| (b - a).length() * (d - a).length())
    }

    fn closed_area(&self) -> Option<Option<f64>> {
        let points = self.curve.as_ref()?;
        Some((self.markups.positions().count() >= 3).then(|| curve::enclosed_area(points)).flatten())
    }

    /// The product of the edges' lengths. A region without a volume has not been placed.
    fn volume(&self) -> Option<f64> {
        let corners = self.markups.roi.as_ref()?.corners().map(self.to_world);
        let [x, y, z] = [1, 2, 4].map(|n| (corners[n] - corners[0]).length());
        Some(x * y * z).filter(|volume| *volume >= LEAST_VOLUME)
    }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::Affine;

    use super::*;
    use crate::{ControlPoint, CurveType, PlaneShape, PositionStatus, RoiShape};

    fn placed(kind: MarkupsKind, points: &[[f64; 3]]) -> Markups {
        let point =
            |position: &[f64; 3]| ControlPoint { position: (*position).into(), ..ControlPoint::default() };
        let mut markups = Markups { points: points.iter().map(point).collect(), ..Markups::of_kind(kind) };
        markups.measurements.iter_mut().for_each(|m| m.enabled = true);
        markups
    }

    fn value(markups: &Markups, name: &str) -> Option<f64> {
        let measured = markups.measured(&|p| p);
        measured.into_iter().find(|m| m.name == name).unwrap().value
    }

    #[track_caller]
    fn assert_close(found: Option<f64>, expected: f64, tolerance: f64) {
        assert!((found.unwrap() - expected).abs() <= tolerance, "{found:?} instead of {expected}");
    }

    #[test]
    fn lines_and_their_units() {
        let mut line = placed(MarkupsKind::Line, &[[1.0, 1.0, 1.0], [4.0, 5.0, 1.0]]);
        assert_close(value(&line, "length"), 5.0, 1e-12);
        for (units, expected) in [("mm", 5.0), ("cm", 0.5), ("m", 0.005), ("um", 5000.0), ("", 5.0)] {
            line.measurements[0].units = units.to_owned();
            assert_close(value(&line, "length"), expected, 1e-12);
        }
        // Under a transform that doubles everything.
        line.measurements[0].units = "mm".to_owned();
        let double = Affine::from_scale([2.0; 3], [7.0; 3]);
        assert_close(line.measured(&|p| double.apply(p))[0].value, 10.0, 1e-12);
        // What is not known stays.
        line.measurements[0] =
            Measurement { units: "ell".into(), value: Some(3.0), ..line.measurements[0].clone() };
        assert_eq!(value(&line, "length"), Some(3.0));
        line.measurements[0] = Measurement { name: "dose".into(), ..line.measurements[0].clone() };
        assert_eq!(value(&line, "dose"), Some(3.0));
    }

    #[test]
    fn without_the_points_there_is_no_value() {
        let mut line = placed(MarkupsKind::Line, &[[1.0, 1.0, 1.0], [4.0, 5.0, 1.0]]);
        line.points[0].status = PositionStatus::Undefined;
        line.measurements[0].value = Some(7.0);
        assert_eq!(value(&line, "length"), None);
        line.measurements[0].enabled = false;
        assert_eq!(value(&line, "length"), Some(7.0), "what is not enabled is not computed");
        assert_eq!(value(&placed(MarkupsKind::Angle, &[[0.0; 3]; 2]), "angle"), None);
        assert_eq!(value(&placed(MarkupsKind::Angle, &[[0.0; 3]; 3]), "angle"), None);
        let curve = placed(MarkupsKind::ClosedCurve, &[[0.0; 3], [1.0, 0.0, 0.0]]);
        assert_eq!(value(&curve, "area"), None);
        assert_eq!(value(&placed(MarkupsKind::Curve, &[[0.0; 3]]), "curvature max"), None);
        assert_eq!(value(&placed(MarkupsKind::Plane, &[]), "area"), None);
    }

    #[test]
    fn angles_in_three_modes() {
        let mut angle = placed(MarkupsKind::Angle, &[[2.0, 0.0, 0.0], [0.0; 3], [0.0, -3.0, 0.0]]);
        for (mode, axis, expected) in [
            (AngleMode::Minimal, 1.0, 90.0),
            (AngleMode::OrientedSigned, 1.0, -90.0),
            (AngleMode::OrientedSigned, -1.0, 90.0),
            (AngleMode::OrientedPositive, 1.0, 270.0),
            (AngleMode::OrientedPositive, -1.0, 90.0),
        ] {
            (angle.angle_mode, angle.rotation_axis) = (Some(mode), Some([0.0, 0.0, axis]));
            assert_close(value(&angle, "angle"), expected, 1e-12);
        }
        angle.measurements[0].units = "rad".to_owned();
        assert_close(value(&angle, "angle"), std::f64::consts::FRAC_PI_2, 1e-12);
    }

    #[test]
    fn areas_and_volumes() {
        let mut plane = placed(MarkupsKind::Plane, &[[0.0; 3]]);
        plane.plane = Some(PlaneShape { size: [30.0, 70.0], ..PlaneShape::default() });
        assert_close(value(&plane, "area"), 21.0, 1e-12);
        let mut roi = placed(MarkupsKind::Roi, &[[5.0; 3]]);
        let orientation = [0.6, -0.8, 0.0, 0.8, 0.6, 0.0, 0.0, 0.0, 1.0];
        roi.roi = Some(RoiShape { orientation, size: [10.0, 20.0, 30.0], ..RoiShape::default() });
        assert_close(value(&roi, "volume"), 6.0, 1e-12);
        // 3D Slicer multiplies the lengths of the edges, askew or not: √(18² + 8²) · √(48² + 12²) · 30.
        let stretch = Affine::from_scale([3.0, -1.0, 1.0], [0.0; 3]);
        let askew = 388.0_f64.sqrt() * 2448.0_f64.sqrt() * 0.03;
        assert_close(roi.measured(&|p| stretch.apply(p))[0].value, askew, 1e-12);
        roi.roi = Some(RoiShape::default());
        assert_eq!(value(&roi, "volume"), None);
    }

    /// By hand: a polynomial of third order goes through four points, here (t, 3 t (t − 1)) for t from 0 to 1, and 3D Slicer
    /// closes it by a straight line of length 1.
    #[test]
    fn a_closed_polynomial_is_closed_by_a_line() {
        let points: Vec<_> =
            (0..4).map(|n| f64::from(n) / 3.0).map(|t| [t, 3.0 * t * (t - 1.0), 0.0]).collect();
        let mut curve = placed(MarkupsKind::ClosedCurve, &points);
        (curve.curve_type, curve.points_per_segment) = (Some(CurveType::Polynomial), Some(500));
        // The parabola's slope goes from −3 to 3.
        let arc = (3.0 * 10.0_f64.sqrt() + 3.0_f64.asinh()) / 6.0;
        assert_close(value(&curve, "length"), arc + 1.0, 1e-5);
        assert_close(value(&curve, "area"), 0.5 / 100.0, 1e-5);
    }

    #[test]
    fn a_closed_curve_round_a_circle() {
        let circle = |n: i32| {
            let angle = f64::from(n) * std::f64::consts::TAU / 24.0;
            [40.0 * angle.cos(), 5.0, 40.0 * angle.sin()]
        };
        let points: Vec<_> = (0..24).map(circle).collect();
        let curve = placed(MarkupsKind::ClosedCurve, &points);
        assert_close(value(&curve, "length"), 80.0 * std::f64::consts::PI, 0.02);
        assert_close(value(&curve, "area"), 16.0 * std::f64::consts::PI, 0.01);
        assert_close(value(&curve, "curvature mean"), 1.0 / 40.0, 2e-4);
        assert_close(value(&curve, "curvature max"), 1.0 / 40.0, 1e-3);
        assert_close(value(&curve, "torsion max"), 0.0, 1e-9);
    }
}
