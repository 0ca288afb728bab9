//! Curves through points, and what can be measured on them.
//!
//! A curve is a row of points so close that straight lines between them will do. Curves are parametrised by the number of the
//! control point, not by length, as 3D Slicer's are.

mod bend;
mod cubic;
mod frames;
mod polynomial;
mod resample;
mod surface;

pub use bend::{Profile, curvature, frenet_torsion, transport_torsion};
pub use frames::{CurveFrame, parallel_transport};
pub use resample::{Sample, Spread, resample};
pub use surface::{BestPlane, best_plane, enclosed_area};

use crate::frame::{Frame, Point};

/// How a curve goes through its control points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// Straight from point to point.
    Linear,
    /// A cubic spline with continuous curvature. At open ends it comes to rest (its derivative by the number of the point is
    /// zero), which is what VTK's parametric splines do, and so 3D Slicer's curves.
    Cubic,
    /// A cubic spline with continuous curvature, which is zero at open ends.
    NaturalCubic,
    /// A Kochanek spline with tension, continuity and bias 0: the tangent at a point is half the way from the point before to
    /// the point after. At open ends it comes to rest, as VTK's parametric splines do.
    Kochanek,
    /// The polynomial of third order that comes nearest to all points by least squares. It is open always.
    Polynomial,
}

/// The curve through (or near) `points`, with `per_segment` points from one control point to the next (at least one). Of a
/// closed curve the last point is the first again. Fewer than two control points make no curve.
pub fn through<F: Frame>(
    points: &[Point<F>],
    how: Interpolation,
    closed: bool,
    per_segment: usize,
) -> Vec<Point<F>> {
    let n = points.len();
    if n < 2 {
        return points.to_vec();
    }
    let closed = closed && how != Interpolation::Polynomial;
    let segments = if closed { n } else { n - 1 };
    let each = per_segment.max(1);
    let at: Box<dyn Fn(usize, f64) -> Point<F>> = match how {
        Interpolation::Linear => Box::new(|i, t| points[i].lerp(points[(i + 1) % n], t)),
        Interpolation::Cubic => cubic::spline(points, closed, cubic::Ends::AtRest),
        Interpolation::NaturalCubic => cubic::spline(points, closed, cubic::Ends::Straight),
        Interpolation::Kochanek => cubic::kochanek(points, closed),
        Interpolation::Polynomial => polynomial::nearest(points),
    };
    let mut curve = Vec::with_capacity(segments.saturating_mul(each).saturating_add(1));
    for segment in 0..segments {
        curve.extend((0..each).map(|k| at(segment, k as f64 / each as f64)));
    }
    curve.push(at(segments - 1, 1.0));
    curve
}

/// The length of a row of points.
pub fn length<F: Frame>(points: &[Point<F>]) -> f64 {
    points.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Ras;

    const ALL: [Interpolation; 5] = [
        Interpolation::Linear,
        Interpolation::Cubic,
        Interpolation::NaturalCubic,
        Interpolation::Kochanek,
        Interpolation::Polynomial,
    ];

    fn zigzag() -> Vec<Point<Ras>> {
        [[0.0, 0.0, 0.0], [10.0, 5.0, -3.0], [20.0, -5.0, 4.0], [28.0, 7.0, 9.0], [40.0, 0.0, 1.0]]
            .map(Point::from_array)
            .to_vec()
    }

    #[test]
    fn curves_have_ten_points_a_segment_and_go_through_their_control_points() {
        let points = zigzag();
        for how in ALL {
            for closed in [false, true] {
                let curve = through(&points, how, closed, 10);
                let round = closed && how != Interpolation::Polynomial;
                assert_eq!(curve.len(), if round { 51 } else { 41 }, "{how:?}");
                if how == Interpolation::Polynomial {
                    continue;
                }
                for (n, point) in points.iter().enumerate() {
                    assert!(curve[10 * n].distance(*point) < 1e-12, "{how:?} {closed} {n}");
                }
                assert!(!round || curve[50].distance(curve[0]) < 1e-12, "{how:?}");
            }
        }
        for how in ALL {
            assert!(through::<Ras>(&[], how, true, 10).is_empty());
            assert_eq!(through(&points[..1], how, true, 10).len(), 1);
            for closed in [false, true] {
                assert!(through(&points[..2], how, closed, 0).iter().all(|p| p.is_finite()));
            }
        }
    }

    fn assert_middles(how: Interpolation, closed: bool, expected: &[[f64; 3]]) {
        let curve = through(&zigzag(), how, closed, 2);
        for (n, expected) in expected.iter().enumerate() {
            let found = curve[2 * n + 1];
            assert!(found.distance((*expected).into()) < 1e-12, "{how:?} {closed} {n}: {found:?}");
        }
    }

    /// `scipy.interpolate.CubicSpline` of SciPy 1.17.1 with `bc_type="natural"` and, with the first point again at the end,
    /// `"periodic"`, at 0.5, 1.5, ….
    #[test]
    fn cubic_splines_are_scipys() {
        let natural = [
            [4.919642857142857, 4.723214285714286, -2.470982142857143],
            [15.241071428571429, -1.0446428571428568, -0.3370535714285716],
            [23.86607142857143, 0.3303571428571428, 7.819196428571429],
            [33.544642857142854, 6.098214285714286, 6.185267857142858],
        ];
        assert_middles(Interpolation::NaturalCubic, false, &natural);
        let periodic = [
            [-0.25, 4.170454545454545, -1.875],
            [16.977272727272727, -0.9545454545454546, -0.5568181818181817],
            [22.09090909090909, 0.5227272727272725, 8.102272727272727],
            [38.909090909090914, 5.238636363636363, 5.2727272727272725],
            [20.272727272727273, -1.977272727272727, 0.05681818181818199],
        ];
        for how in [Interpolation::NaturalCubic, Interpolation::Cubic] {
            assert_middles(how, true, &periodic);
        }
    }

    /// `vtkParametricSpline` of VTK 9.7.2 without `ParameterizeByLength`, as 3D Slicer uses it, with `vtkCardinalSpline` (its
    /// closed ones are SciPy's periodic ones above) and `vtkKochanekSpline`.
    #[test]
    fn parametric_splines_are_vtks() {
        let cardinal = [
            [3.3392857142857144, 3.022321428571429, -1.5602678571428572],
            [15.803571428571427, -0.7366071428571432, -0.6986607142857144],
            [23.196428571428573, 0.7991071428571423, 8.354910714285715],
            [35.660714285714285, 3.915178571428572, 4.404017857142858],
        ];
        assert_middles(Interpolation::Cubic, false, &cardinal);
        let open = [
            [3.75, 2.8125, -1.75],
            [15.125, -0.4375, 0.0],
            [23.875, 0.8125, 7.4375],
            [35.25, 3.8125, 4.8125],
        ];
        assert_middles(Interpolation::Kochanek, false, &open);
        let closed = [
            [1.875, 3.125, -2.0],
            [15.125, -0.4375, 0.0],
            [23.875, 0.8125, 7.4375],
            [37.0, 4.25, 5.375],
            [20.125, -0.75, 0.1875],
        ];
        assert_middles(Interpolation::Kochanek, true, &closed);
    }

    #[test]
    fn a_polynomial_of_third_order_is_met_exactly() {
        let cubic = |t: f64| Point::<Ras>::new(t * t * t - 2.0 * t, 5.0 * t * t, 1.0 - t);
        let points: Vec<_> = (0..9).map(|n| cubic(f64::from(n) / 8.0)).collect();
        let curve = through(&points, Interpolation::Polynomial, false, 10);
        for (n, point) in curve.iter().enumerate() {
            assert!(point.distance(cubic(n as f64 / 80.0)) < 1e-12, "{n}");
        }
        let line = [Point::<Ras>::zero(), Point::new(3.0, 4.0, 0.0)];
        let straight = through(&line, Interpolation::Polynomial, false, 4);
        assert!((length(&straight) - 5.0).abs() < 1e-12);
    }

    #[test]
    fn lengths_add_up() {
        let square =
            [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [3.0, 4.0, 0.0], [0.0, 4.0, 0.0]].map(Point::<Ras>::from);
        assert!((length(&through(&square, Interpolation::Linear, true, 10)) - 14.0).abs() < 1e-12);
        assert_eq!(length::<Ras>(&[]), 0.0);
        // Eight points are almost a circle for a closed spline.
        let circle: Vec<_> = (0..8)
            .map(|n| f64::from(n).to_radians() * 45.0)
            .map(|a| Point::<Ras>::new(20.0 * a.cos(), 20.0 * a.sin(), 7.0))
            .collect();
        let round = length(&through(&circle, Interpolation::NaturalCubic, true, 100));
        assert!((round - 40.0 * std::f64::consts::PI).abs() < 0.1, "{round}");
    }
}
