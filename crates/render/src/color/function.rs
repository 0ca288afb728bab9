//! Piecewise functions of the voxel value.

use microtome_records::TransferPoint;

/// A piecewise function from a value to `N` numbers, straight from point to point or bent as the points say; constant beyond
/// its first and last point.
///
/// Two points at one value make a step: the value itself belongs to the later point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piecewise<const N: usize> {
    points: Vec<TransferPoint<N>>,
}

/// Opacity (0 to 1) as a function of a value.
pub type OpacityFunction = Piecewise<1>;

/// Red, green and blue (0 to 1) as a function of a value.
pub type ColorFunction = Piecewise<3>;

impl<const N: usize> Piecewise<N> {
    /// The function through these points. They are sorted by value (keeping the order of equal ones); points that are
    /// not finite are left out.
    pub fn new(points: impl IntoIterator<Item = (f64, [f64; N])>) -> Self {
        Self::bent(points.into_iter().map(|(x, y)| TransferPoint::new(x, y)))
    }

    /// As [`new`](Self::new), with points that say how the function goes on from them.
    pub fn bent(points: impl IntoIterator<Item = TransferPoint<N>>) -> Self {
        let finite = |p: &TransferPoint<N>| p.numbers().chain([p.midpoint, p.sharpness]).all(f64::is_finite);
        let mut points: Vec<_> = points.into_iter().filter(finite).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        Self { points }
    }

    /// The points, sorted by value.
    pub fn points(&self) -> &[TransferPoint<N>] {
        &self.points
    }

    /// First and last value at which there is a point; `None` without points.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.points.first()?.x, self.points.last()?.x))
    }

    /// The function at `x`; zeros where there are no points.
    pub fn at(&self, x: f64) -> [f64; N] {
        let after = self.points.partition_point(|p| p.x <= x);
        match (after.checked_sub(1).map(|n| self.points[n]), self.points.get(after)) {
            (Some(before), Some(after)) => before.towards(after, x),
            (Some(point), None) | (None, Some(&point)) => point.y,
            (None, None) => [0.0; N],
        }
    }

    /// The function moved along the value axis by `shift` and stretched about the middle of its range by `stretch`.
    pub fn shifted(&self, shift: f64, stretch: f64) -> Self {
        let middle = self.range().map_or(0.0, |(a, b)| (a + b) / 2.0);
        Self::bent(
            self.points.iter().map(|&p| TransferPoint { x: (p.x - middle) * stretch + middle + shift, ..p }),
        )
    }
}

impl OpacityFunction {
    /// From pairs of value and opacity.
    pub fn from_pairs(points: &[(f64, f64)]) -> Self {
        Self::new(points.iter().map(|&(x, a)| (x, [a])))
    }
}

impl ColorFunction {
    /// From rows of value, red, green, blue.
    pub fn from_rows(points: &[[f64; 4]]) -> Self {
        Self::new(points.iter().map(|&[x, r, g, b]| (x, [r, g, b])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_between_points_constant_beyond_with_steps() {
        let f = OpacityFunction::from_pairs(&[(10.0, 0.0), (20.0, 1.0), (20.0, 0.5), (30.0, 0.25)]);
        assert_eq!([0.0, 15.0, 20.0, 25.0, 99.0].map(|x| f.at(x)[0]), [0.0, 0.5, 0.5, 0.375, 0.25]);
        assert_eq!(OpacityFunction::default().at(1.0), [0.0]);
    }

    /// `vtkPiecewiseFunction` of VTK 9.7.2.
    #[test]
    fn bent_between_points_that_say_so() {
        let bent = TransferPoint { midpoint: 0.3, sharpness: 0.5, ..TransferPoint::new(10.0, [0.9]) };
        let f = OpacityFunction::bent([bent, TransferPoint::new(20.0, [0.2])]);
        assert!((f.at(12.5)[0] - 0.8152383229163496).abs() < 1e-12);
        assert!((f.shifted(5.0, 1.0).at(17.5)[0] - 0.8152383229163496).abs() < 1e-12);
        assert_eq!([0.0, 10.0, 20.0, 30.0].map(|x| f.at(x)[0]), [0.9, 0.9, 0.2, 0.2]);
    }
}
