//! How much curves bend and twist.

use super::frames::parallel_transport;
use crate::frame::{Frame, Point, Vector};

/// A quantity along a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// At every point.
    pub values: Vec<f64>,
    /// The mean over the curve's length.
    pub mean: f64,
    /// The greatest.
    pub max: f64,
}

/// The curvature (1/mm) at every point of a curve: the change of direction from one stretch to the next, over the length of
/// the next. At open ends it is 0, where a closed curve closes it is the neighbour's. The mean counts each point by the
/// way between the middles of the stretches beside it, and the last half stretch as straight. As 3D Slicer computes it.
/// `None` for fewer than three points, or where two neighbours coincide.
pub fn curvature<F: Frame>(points: &[Point<F>], closed: bool) -> Option<Profile> {
    let n = points.len();
    if n < 3 {
        return None;
    }
    let mut values = vec![0.0; n];
    let (mut sum, mut way) = (0.0, 0.0);
    let mut direction = (points[1] - points[0]).normalized()?;
    let mut middle = points[1];
    for i in 1..n - 1 {
        let stretch = points[i + 1] - points[i];
        let next = stretch.normalized()?;
        values[i] = (next - direction).length() / stretch.length();
        let next_middle = points[i].lerp(points[i + 1], 0.5);
        let part = next_middle.distance(middle);
        sum += values[i] * part;
        way += part;
        (direction, middle) = (next, next_middle);
    }
    way += points[n - 1].distance(middle);
    close(&mut values, closed);
    Some(Profile { mean: sum / way, max: greatest(&values), values })
}

/// What 3D Slicer calls torsion: how far the binormal of the parallel transport frame goes from each point to the next. It
/// is neither signed nor divided by a length; see [`frenet_torsion`] for the torsion of geometry. `None` for fewer than
/// three points or if all coincide.
pub fn transport_torsion<F: Frame>(points: &[Point<F>], closed: bool) -> Option<Profile> {
    let n = points.len();
    if n < 3 {
        return None;
    }
    let frames = parallel_transport(points);
    let mut values = vec![0.0; n];
    let mut binormal = frames.get(1)?.binormal;
    for i in 1..n - 1 {
        let next = frames.get(i + 1)?.binormal;
        values[i] = (next - binormal).length();
        binormal = next;
    }
    let sum: f64 = values.iter().sum();
    let max = greatest(&values);
    if closed {
        close(&mut values, true);
    } else {
        values[n - 1] = values[n - 2];
    }
    Some(Profile { mean: sum / (n - 1) as f64, max, values })
}

/// The torsion (1/mm) at every point of a curve: how fast it leaves the plane that it bends in, positive like a right-handed
/// screw. From the turn about each stretch between the planes of its two bends, over the stretch's length; 0 where the curve
/// is straight, and beyond the ends. The mean is that over the length, the greatest that of the absolute values. `None` for
/// fewer than four points or where two neighbours coincide.
pub fn frenet_torsion<F: Frame>(points: &[Point<F>]) -> Option<Profile> {
    let n = points.len();
    if n < 4 {
        return None;
    }
    let mut values = vec![0.0; n];
    let (mut sum, mut way) = (0.0, 0.0);
    for i in 0..n - 3 {
        let [a, b, c] = [0, 1, 2].map(|k| points[i + k + 1] - points[i + k]);
        let length = b.length();
        let axis = b.normalized()?;
        let planes: [Vector<F>; 2] = [a.cross(b), b.cross(c)];
        let turn = planes[0].cross(planes[1]).dot(axis).atan2(planes[0].dot(planes[1]));
        values[i + 1] = turn / length;
        sum += turn;
        way += length;
    }
    let max = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
    Some(Profile { mean: sum / way, max, values })
}

fn close(values: &mut [f64], closed: bool) {
    let n = values.len();
    if closed {
        values[0] = values[1];
        values[n - 1] = values[n - 2];
    }
}

fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Ras;

    /// A helix of radius 10 that rises 2 mm a radian: curvature r/(r² + c²), torsion c/(r² + c²).
    fn helix() -> Vec<Point<Ras>> {
        (0..2001)
            .map(|n| f64::from(n) * 0.005)
            .map(|a| Point::new(10.0 * a.cos(), 10.0 * a.sin(), 2.0 * a))
            .collect()
    }

    #[test]
    fn a_helix_bends_and_twists_evenly() {
        let curvature = curvature(&helix(), false).unwrap();
        assert!((curvature.max - 10.0 / 104.0).abs() < 1e-5, "{}", curvature.max);
        assert!((curvature.mean - 10.0 / 104.0).abs() < 1e-4, "{}", curvature.mean);
        assert_eq!((curvature.values[0], curvature.values[2000]), (0.0, 0.0));
        let torsion = frenet_torsion(&helix()).unwrap();
        assert!((torsion.mean - 2.0 / 104.0).abs() < 1e-6, "{}", torsion.mean);
        assert!((torsion.max - 2.0 / 104.0).abs() < 1e-6);
        let left: Vec<_> = helix().into_iter().map(|p| Point::<Ras>::new(p.x(), -p.y(), p.z())).collect();
        assert!((frenet_torsion(&left).unwrap().mean + 2.0 / 104.0).abs() < 1e-6);
    }

    #[test]
    fn flat_curves_do_not_twist() {
        let circle: Vec<Point<Ras>> =
            (0..=360).map(|n| f64::from(n).to_radians()).map(|a| Point::new(a.cos(), 0.0, a.sin())).collect();
        let closed = curvature(&circle, true).unwrap();
        assert!(closed.values.iter().all(|k| (k - 1.0).abs() < 1e-4));
        assert!(frenet_torsion(&circle).unwrap().max < 1e-6);
        let line: Vec<Point<Ras>> = (0..10).map(|n| Point::new(f64::from(n), 0.0, 0.0)).collect();
        assert_eq!(curvature(&line, false).unwrap().max, 0.0);
        assert_eq!(transport_torsion(&line, false).unwrap().max, 0.0);
        assert_eq!(frenet_torsion(&line).unwrap().max, 0.0);
        assert_eq!(curvature(&line[..2], false), None);
        assert_eq!(curvature(&[line[0], line[0], line[1]], false), None);
    }
}
