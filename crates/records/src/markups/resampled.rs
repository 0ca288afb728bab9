//! Curves with other control points.

use microtome_geometry::curve::{Spread, resample};
use microtome_geometry::{Point, Ras};

use super::{CurveType, Markups, is_there};
use crate::control_point::ControlPoint;

impl Markups {
    /// The curve with control points that are spread evenly along it in the world. `curve` is the curve's points in its own
    /// coordinates ([`curve`](Self::curve) or [`curve_over`](Self::curve_over)), `to_world` and `to_local` lead to the world
    /// and back. Each label goes to the new point that is nearest to the old one; values of each control point are
    /// interpolated, or dropped for curves that do not go through their points. `None` for what is no curve, and where
    /// [`resample`] gives no points.
    pub fn resampled(
        &self,
        curve: &[Point<Ras>],
        how: Spread,
        to_world: &dyn Fn(Point<Ras>) -> Point<Ras>,
        to_local: &dyn Fn(Point<Ras>) -> Point<Ras>,
    ) -> Option<Self> {
        if !self.kind.is_curve() {
            return None;
        }
        let world: Vec<_> = curve.iter().map(|point| to_world(*point)).collect();
        let samples = resample(&world, how, self.is_closed())?;
        let mut points: Vec<ControlPoint> = (1..)
            .zip(&samples)
            .map(|(n, sample): (u32, _)| ControlPoint {
                id: n.to_string(),
                position: to_local(sample.point),
                ..ControlPoint::default()
            })
            .collect();
        for old in self.points.iter().filter(|old| !old.label.is_empty() && is_there(old)) {
            let place = to_world(old.position);
            let far = |n: &usize| samples[*n].point.distance(place);
            if let Some(nearest) = (0..samples.len()).min_by(|a, b| far(a).total_cmp(&far(b))) {
                points[nearest].label.clone_from(&old.label);
            }
        }
        let controls = self.positions().count();
        let segments = if self.is_closed() { controls } else { controls.saturating_sub(1) };
        let each = (curve.len().saturating_sub(1)) as f64 / segments.max(1) as f64;
        let through = !matches!(
            self.curve_type.unwrap_or_default(),
            CurveType::Polynomial | CurveType::ShortestSurfaceDistance
        );
        let interpolated = |values: &Vec<f64>| {
            (through && controls > 0 && values.len() == controls).then(|| {
                let at = |place: f64| {
                    let n = (place.floor() as usize).min(controls - 1);
                    let next = if self.is_closed() { (n + 1) % controls } else { (n + 1).min(controls - 1) };
                    let (a, b) = (values[n], values[next]);
                    a + (b - a) * (place - n as f64).clamp(0.0, 1.0)
                };
                samples.iter().map(|sample| at(sample.place / each)).collect::<Vec<f64>>()
            })
        };
        let mut resampled = Self { points, last_point_number: samples.len() as u64, ..self.clone() };
        for measurement in &mut resampled.measurements {
            measurement.per_point = measurement.per_point.as_ref().and_then(interpolated);
        }
        Some(resampled)
    }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::Affine;

    use super::*;
    use crate::{MarkupsKind, Measurement, PositionStatus};

    fn curve(kind: MarkupsKind) -> Markups {
        let point = |n: u32, [x, y]: [f64; 2]| ControlPoint {
            label: format!("C-{n}"),
            position: Point::new(x, y, 0.0),
            ..ControlPoint::default()
        };
        let places = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
        let mut points: Vec<_> = (1..).zip(places).map(|(n, place)| point(n, place)).collect();
        points.push(ControlPoint { status: PositionStatus::Undefined, ..point(9, [5.0, 5.0]) });
        let radius = Measurement {
            name: "radius".into(),
            per_point: Some(vec![1.0, 2.0, 4.0, 8.0]),
            ..Measurement::default()
        };
        let usual = Markups::of_kind(kind);
        Markups { points, curve_type: Some(CurveType::Linear), measurements: vec![radius], ..usual }
    }

    fn values(markups: &Markups) -> Option<Vec<f64>> {
        markups.measurements[0].per_point.clone()
    }

    #[test]
    fn points_are_spread_evenly_in_the_world() {
        let open = curve(MarkupsKind::Curve);
        let stay = |p: Point<Ras>| p;
        let points = open.curve().unwrap();
        let even = open.resampled(&points, Spread::Count(7), &stay, &stay).unwrap();
        let places: Vec<_> = even.points.iter().map(|p| [p.position.x(), p.position.y()]).collect();
        assert_eq!(places[..4], [[0.0, 0.0], [5.0, 0.0], [10.0, 0.0], [10.0, 5.0]]);
        let labels: Vec<_> = even.points.iter().map(|p| p.label.as_str()).collect();
        assert_eq!(labels, ["C-1", "", "C-2", "", "C-3", "", "C-4"]);
        let expected = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0];
        assert!(values(&even).unwrap().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9));
        let closed = curve(MarkupsKind::ClosedCurve);
        let points = closed.curve().unwrap();
        let even = closed.resampled(&points, Spread::Count(8), &stay, &stay).unwrap();
        assert_eq!((even.points.len(), even.last_point_number), (8, 8));
        let expected = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 4.5];
        assert!(values(&even).unwrap().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9));

        // Under a transform that doubles x, a step of 10 mm is 5 mm of the curve's own along x.
        let wide = Affine::<Ras, Ras>::from_scale([2.0, 1.0, 1.0], [3.0, 0.0, 0.0]);
        let back = wide.inverse().unwrap();
        let points = open.curve().unwrap();
        let (to_world, to_local) = (|p| wide.apply(p), |p| back.apply(p));
        let even = open.resampled(&points, Spread::Distance(10.0), &to_world, &to_local).unwrap();
        let places: Vec<_> = even.points.iter().map(|p| [p.position.x(), p.position.y()]).collect();
        assert_eq!(places, [[0.0, 0.0], [5.0, 0.0], [10.0, 0.0], [10.0, 10.0], [5.0, 10.0], [0.0, 10.0]]);
        let mut near = open;
        near.curve_type = Some(CurveType::Polynomial);
        let even = near.resampled(&points, Spread::Count(3), &stay, &stay).unwrap();
        assert_eq!(values(&even), None);
        assert_eq!(curve(MarkupsKind::Line).resampled(&points, Spread::Count(3), &stay, &stay), None);
    }
}
