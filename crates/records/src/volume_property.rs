//! Transfer functions.

/// A point of a transfer function, and how the function goes on from it to the next point, as VTK's functions do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferPoint<const N: usize> {
    /// The value that is looked up.
    pub x: f64,
    /// What it becomes.
    pub y: [f64; N],
    /// Where on the way to the next point the function has come half way, 0 to 1.
    pub midpoint: f64,
    /// How much of the change happens there: from 0 (it is spread evenly) to 1 (all of it).
    pub sharpness: f64,
}

/// A value and its opacity, 0 to 1.
pub type OpacityPoint = TransferPoint<1>;

/// A value and its red, green and blue, 0 to 1.
pub type ColorPoint = TransferPoint<3>;

impl<const N: usize> TransferPoint<N> {
    /// A point from which the function goes straight to the next.
    pub const fn new(x: f64, y: [f64; N]) -> Self {
        Self { x, y, midpoint: 0.5, sharpness: 0.0 }
    }

    /// Whether the function goes straight to the next point.
    pub fn is_straight(&self) -> bool {
        self.midpoint == 0.5 && self.sharpness == 0.0
    }

    /// The number that is looked up, then what it becomes.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.x).chain(self.y)
    }

    /// The function at `x`, which lies between this point and the `next`, whose value is greater. The midpoint bends the
    /// way linearly; beyond a sharpness of 0.01 it follows a cubic Hermite curve that grows steeper with the sharpness.
    /// Colours become steps beyond 0.99, opacities never do: so vtkColorTransferFunction and vtkPiecewiseFunction have it.
    pub fn towards(&self, next: &Self, x: f64) -> [f64; N] {
        let t = (x - self.x) / (next.x - self.x);
        let way = |t: f64| std::array::from_fn(|n| self.y[n] + (next.y[n] - self.y[n]) * t);
        if self.is_straight() {
            return way(t);
        }
        let midpoint = self.midpoint.clamp(1e-5, 1.0 - 1e-5);
        let t = if t < midpoint { 0.5 * t / midpoint } else { 0.5 + 0.5 * (t - midpoint) / (1.0 - midpoint) };
        let sharpness = self.sharpness;
        if N > 1 && sharpness > 0.99 {
            return if t < 0.5 { self.y } else { next.y };
        }
        if sharpness < 0.01 {
            return way(t);
        }
        let power = 1.0 + 10.0 * sharpness;
        let t = if t < 0.5 { 0.5 * (2.0 * t).powf(power) } else { 1.0 - 0.5 * (2.0 * (1.0 - t)).powf(power) };
        let (t2, t3) = (t * t, t * t * t);
        // Both ends have the same slope.
        let share = 3.0 * t2 - 2.0 * t3 + (1.0 - sharpness) * (2.0 * t3 - 3.0 * t2 + t);
        way(share.clamp(0.0, 1.0))
    }
}

impl From<[f64; 2]> for OpacityPoint {
    fn from([x, y]: [f64; 2]) -> Self {
        Self::new(x, [y])
    }
}

impl From<[f64; 4]> for ColorPoint {
    fn from([x, r, g, b]: [f64; 4]) -> Self {
        Self::new(x, [r, g, b])
    }
}

/// Transfer functions of a volume rendering: from a voxel's value to colour and opacity.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeProperty {
    /// Colours, by rising value.
    pub color: Vec<ColorPoint>,
    /// Opacities, by rising value.
    pub scalar_opacity: Vec<OpacityPoint>,
    /// Factors of the opacity, by rising length of the gradient.
    pub gradient_opacity: Vec<OpacityPoint>,
    /// Whether values between voxels are interpolated.
    pub linear_interpolation: bool,
    /// Whether light falls on it.
    pub shade: bool,
    /// Ambient light, 0 to 1.
    pub ambient: f64,
    /// Diffuse light, 0 to 1.
    pub diffuse: f64,
    /// Highlights, 0 to 1.
    pub specular: f64,
    /// How sharp highlights are.
    pub specular_power: f64,
    /// The values that matter; the first above the second for none given.
    pub effective_range: [f64; 2],
}

impl VolumeProperty {
    /// Whether all functions go straight from point to point.
    pub fn is_straight(&self) -> bool {
        self.color.iter().all(TransferPoint::is_straight)
            && self.scalar_opacity.iter().chain(&self.gradient_opacity).all(TransferPoint::is_straight)
    }
}

impl Default for VolumeProperty {
    fn default() -> Self {
        Self {
            color: Vec::new(),
            scalar_opacity: Vec::new(),
            gradient_opacity: Vec::new(),
            linear_interpolation: true,
            shade: true,
            ambient: 0.3,
            diffuse: 0.6,
            specular: 0.5,
            specular_power: 40.0,
            effective_range: [0.0, -1.0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_way<const N: usize>(points: &[TransferPoint<N>], expected: &[(f64, [f64; N])]) {
        for (x, y) in expected {
            let after = points.partition_point(|p| p.x <= *x);
            let found = points[after - 1].towards(&points[after], *x);
            let off = found.iter().zip(y).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{x}: {found:?} instead of {y:?}");
        }
    }

    /// `vtkPiecewiseFunction` of VTK 9.7.2.
    #[test]
    fn opacities_bend_as_vtks() {
        let point =
            |x: f64, y: f64, midpoint: f64, sharpness: f64| TransferPoint { x, y: [y], midpoint, sharpness };
        let points = [
            point(0.0, 0.1, 0.5, 0.0),
            point(10.0, 0.9, 0.3, 0.5),
            point(20.0, 0.2, 0.8, 0.05),
            point(30.0, 0.7, 0.25, 0.995),
            point(40.0, 0.0, 0.0, 0.0),
            point(50.0, 1.0, 0.5, 0.0),
        ];
        let expected = [
            (2.5, 0.30000000000000004),
            (10.0, 0.9),
            (11.0, 0.8997594514161074),
            (12.5, 0.8152383229163496),
            (15.0, 0.22766695456844788),
            (19.0, 0.20000148749442156),
            (23.0, 0.25545250268463254),
            (28.0, 0.4499999999999999),
            (29.0, 0.6139635333204986),
            (32.0, 0.6960206875143322),
            (33.0, 0.09805728370380079),
            (41.0, 0.5499954999549995),
            (45.0, 0.7499974999749998),
        ];
        assert_way(&points, &expected.map(|(x, y)| (x, [y])));
    }

    /// `vtkColorTransferFunction` of VTK 9.7.2.
    #[test]
    fn colors_bend_as_vtks() {
        let point =
            |x: f64, y: [f64; 3], midpoint: f64, sharpness: f64| TransferPoint { x, y, midpoint, sharpness };
        let points = [
            point(0.0, [0.1, 0.2, 1.0], 0.5, 0.0),
            point(10.0, [0.9, 0.1, 0.0], 0.3, 0.5),
            point(20.0, [0.2, 1.0, 0.5], 0.8, 0.05),
            point(30.0, [0.7, 0.6, 0.5], 0.25, 0.995),
            point(40.0, [0.0, 0.0, 0.0], 0.5, 0.0),
        ];
        let expected = [
            (5.0, [0.5, 0.15000000000000002, 0.5]),
            (11.0, [0.8997594514161074, 0.10030927675071931, 0.00017182041706627457]),
            (12.5, [0.8152383229163496, 0.20897929910755067, 0.06054405505975037]),
            (15.0, [0.22766695456844788, 0.9644282012691384, 0.4802378895939658]),
            (19.0, [0.20000148749442156, 0.9999980875071722, 0.4999989375039846]),
            (23.0, [0.25545250268463254, 0.955637997852294, 0.5]),
            (28.0, [0.4499999999999999, 0.8, 0.5]),
            (31.0, [0.7, 0.6, 0.5]),
            (33.0, [0.0, 0.0, 0.0]),
        ];
        assert_way(&points, &expected);
    }
}
