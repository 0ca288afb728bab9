//! Piecewise linear functions of the voxel value.

/// A piecewise linear function from a value to `N` numbers; constant beyond its first and last point.
///
/// Two points at one value make a step: the value itself belongs to the later point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piecewise<const N: usize> {
    points: Vec<(f64, [f64; N])>,
}

/// Opacity (0 to 1) as a function of a value.
pub type OpacityFunction = Piecewise<1>;

/// Red, green and blue (0 to 1) as a function of a value.
pub type ColorFunction = Piecewise<3>;

impl<const N: usize> Piecewise<N> {
    /// The function through these points. They are sorted by value (keeping the order of equal ones); points that are
    /// not finite are left out.
    pub fn new(points: impl IntoIterator<Item = (f64, [f64; N])>) -> Self {
        let mut points: Vec<_> =
            points.into_iter().filter(|(x, y)| x.is_finite() && y.iter().all(|v| v.is_finite())).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points }
    }

    /// The points, sorted by value.
    pub fn points(&self) -> &[(f64, [f64; N])] {
        &self.points
    }

    /// First and last value at which there is a point; `None` without points.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.points.first()?.0, self.points.last()?.0))
    }

    /// The function at `x`; zeros where there are no points.
    pub fn at(&self, x: f64) -> [f64; N] {
        let after = self.points.partition_point(|p| p.0 <= x);
        match (after.checked_sub(1).map(|n| self.points[n]), self.points.get(after)) {
            (Some((x0, y0)), Some(&(x1, y1))) => {
                let t = (x - x0) / (x1 - x0);
                std::array::from_fn(|n| y0[n] + (y1[n] - y0[n]) * t)
            }
            (Some((_, y)), None) | (None, Some(&(_, y))) => y,
            (None, None) => [0.0; N],
        }
    }

    /// The function moved along the value axis by `shift` and stretched about the middle of its range by `stretch`.
    pub fn shifted(&self, shift: f64, stretch: f64) -> Self {
        let middle = self.range().map_or(0.0, |(a, b)| (a + b) / 2.0);
        Self::new(self.points.iter().map(|&(x, y)| ((x - middle) * stretch + middle + shift, y)))
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
}
