//! Points at even distances along a curve.

use super::length;
use crate::frame::{Frame, Point};

/// How the points of a curve are to be spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// So many points.
    Count(usize),
    /// So far apart along the curve, mm.
    Distance(f64),
}

/// A point that was put on a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<F: Frame> {
    /// Where it is.
    pub point: Point<F>,
    /// Between which points of the curve: the number of the one before it, and how far it is on the way to the next.
    pub place: f64,
}

/// The most points that are put on a curve.
const MOST: f64 = 10_000_000.0;

/// Points along a row of points, evenly spread: `Count` from end to end, round a closed curve so that the way from the last
/// back to the first is as long as the others; `Distance` from the first point on, as 3D Slicer does it: where the distance
/// does not fit the length, the last point but one of an open curve (of a closed one the last) goes half way between those
/// beside it, so that no stretch is much longer or shorter. A closed curve may repeat its first point at the end. `None` for
/// fewer than two points, a curve without a length, and numbers that make no sense.
pub fn resample<F: Frame>(points: &[Point<F>], how: Spread, closed: bool) -> Option<Vec<Sample<F>>> {
    let (first, last) = (*points.first()?, *points.last()?);
    let total = length(points) + if closed { last.distance(first) } else { 0.0 };
    if points.len() < 2 || !(total > 0.0 && total.is_finite()) {
        return None;
    }
    let step = match how {
        Spread::Count(count) if closed => total / count as f64,
        Spread::Count(count) => total / (count as f64 - 1.0),
        Spread::Distance(distance) => distance,
    };
    let whole = (total / step).floor();
    if !(step > 0.0 && step.is_finite() && whole <= MOST) {
        return None;
    }
    let rest = total - whole * step;
    let mut ways: Vec<f64> = (0..=whole as usize).map(|n| n as f64 * step).collect();
    let short = rest < step / 2.0;
    match (closed, short) {
        (true, true) => {
            ways.pop();
            move_last(&mut ways, total - step - rest / 2.0);
        }
        (true, false) => move_last(&mut ways, total - (step + rest) / 2.0),
        (false, true) => move_last(&mut ways, total),
        (false, false) => {
            move_last(&mut ways, total - (step + rest) / 2.0);
            ways.push(total);
        }
    }
    if !closed && ways.len() == 1 {
        ways.push(total);
    }
    Some(along(points, &ways, closed))
}

/// Moves the last of the ways, unless it is the first, where the curve begins.
fn move_last(ways: &mut Vec<f64>, to: f64) {
    match ways.as_mut_slice() {
        [_, .., last] => *last = to,
        [] => ways.push(0.0),
        [_] => {}
    }
}

/// The points at rising ways from the first.
fn along<F: Frame>(points: &[Point<F>], ways: &[f64], closed: bool) -> Vec<Sample<F>> {
    let stretches = if closed { points.len() } else { points.len() - 1 };
    let (mut n, mut begun) = (0, 0.0);
    let stretch = |n: usize| (points[n], points[(n + 1) % points.len()]);
    let length = |n: usize| stretch(n).0.distance(stretch(n).1);
    let sample = |way: &f64| {
        while n + 1 < stretches && begun + length(n) < *way {
            begun += length(n);
            n += 1;
        }
        let (from, to) = stretch(n);
        let share = if length(n) > 0.0 { ((way - begun) / length(n)).clamp(0.0, 1.0) } else { 0.0 };
        Sample { point: from.lerp(to, share), place: n as f64 + share }
    };
    ways.iter().map(sample).collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::{Interpolation, through};
    use super::*;
    use crate::frame::Ras;

    fn at(samples: Option<Vec<Sample<Ras>>>) -> Vec<f64> {
        samples.unwrap().iter().map(|s| s.point.x()).collect()
    }

    fn steps(samples: &[Sample<Ras>]) -> Vec<f64> {
        samples.windows(2).map(|pair| pair[0].point.distance(pair[1].point)).collect()
    }

    #[test]
    fn distances_on_a_line() {
        let line = [0.0, 4.0, 10.0].map(|x| Point::<Ras>::new(x, 0.0, 0.0));
        let by = |distance: f64| at(resample(&line, Spread::Distance(distance), false));
        assert_eq!(by(2.5), [0.0, 2.5, 5.0, 7.5, 10.0]);
        // A short rest goes to the last stretch, a long one makes a stretch of its own.
        assert_eq!(by(3.0), [0.0, 3.0, 6.0, 10.0]);
        assert_eq!(by(3.7), [0.0, 3.7, 6.85, 10.0]);
        assert_eq!(by(30.0), [0.0, 10.0]);
        assert_eq!(by(12.0), [0.0, 10.0]);
        assert_eq!(at(resample(&line, Spread::Count(6), false)), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let places: Vec<f64> =
            resample(&line, Spread::Distance(2.5), false).unwrap().iter().map(|s| s.place).collect();
        assert_eq!(places, [0.0, 0.625, 1.0 + 1.0 / 6.0, 1.0 + 3.5 / 6.0, 2.0]);
        for bad in [
            Spread::Distance(0.0),
            Spread::Distance(-1.0),
            Spread::Distance(f64::NAN),
            Spread::Distance(1e-9),
            Spread::Count(0),
            Spread::Count(1),
            Spread::Count(usize::MAX),
        ] {
            assert_eq!(resample(&line, bad, false), None, "{bad:?}");
        }
        assert_eq!(resample(&line[..1], Spread::Count(5), false), None);
        assert_eq!(resample(&[line[0]; 4], Spread::Count(5), true), None);
    }

    #[test]
    fn any_number_of_points_round_a_circle() {
        let circle: Vec<Point<Ras>> = (0..3600)
            .map(|n| f64::from(n) * TAU / 3600.0)
            .map(|a| Point::new(50.0 * a.cos(), 50.0 * a.sin(), 1.0))
            .collect();
        for count in [3, 7, 12, 100, 997] {
            let samples = resample(&circle, Spread::Count(count), true).unwrap();
            assert_eq!(samples.len(), count);
            for (n, sample) in samples.iter().enumerate() {
                let angle = n as f64 * TAU / count as f64;
                let expected = Point::new(50.0 * angle.cos(), 50.0 * angle.sin(), 1.0);
                assert!(sample.point.distance(expected) < 1e-3, "{count} {n}");
            }
        }
        // A round of 314.16 mm: 31 stretches of 10 mm, and 4.16 mm, which the last two share.
        let samples = resample(&circle, Spread::Distance(10.0), true).unwrap();
        assert_eq!(samples.len(), 31);
        let back = samples[30].point.distance(circle[0]);
        let last = steps(&samples)[29];
        assert!((back - last).abs() < 1e-5 && (11.9..12.1).contains(&back), "{back} {last}");
    }

    /// The points lie where numpy's `interp` (2.4.6) has them by arc length on the curve of `vtkParametricSpline` (VTK 9.7.2)
    /// with ten points a segment.
    #[test]
    fn points_on_a_spline() {
        let control =
            [[0.0, 0.0, 0.0], [10.0, 5.0, -3.0], [20.0, -5.0, 4.0], [28.0, 7.0, 9.0], [40.0, 0.0, 1.0]];
        let curve = through(&control.map(Point::<Ras>::from), Interpolation::Cubic, false, 10);
        let samples = resample(&curve, Spread::Count(5), false).unwrap();
        for (sample, expected) in samples.iter().zip(EXPECTED) {
            assert!(sample.point.distance(expected.into()) < 1e-9, "{:?}", sample.point);
        }
    }

    const EXPECTED: [[f64; 3]; 5] = [
        [0.0, 0.0, 0.0],
        [12.637201793586511, 3.2449530698709035, -2.484446423410126],
        [21.005233945791563, -4.0485212433460465, 5.531106261793768],
        [28.964173235066927, 7.049866825131812, 8.583374258782602],
        [40.0, 1.7763568394002505e-15, 1.0000000000000009],
    ];
}
