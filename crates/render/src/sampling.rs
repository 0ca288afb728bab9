//! Trilinear interpolation along straight lines through a volume: the innermost loop of slices and rays.
//!
//! Everything here is written for the compiler's vectoriser: samples come in groups, indices and weights of a whole
//! group are computed at once, and the voxels are fetched in pairs along i.

use std::ops::{Add, Mul, Sub};

use microtome_image::{Array, Image, Scalar};

/// A floating-point type in which voxels are interpolated.
pub(crate) trait Real:
    Copy + Default + PartialOrd + Send + Sync + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + 'static
{
    fn from_f32(value: f32) -> Self;
    fn to_f32(self) -> f32;
}

impl Real for f32 {
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
}

impl Real for f64 {
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        Self::from(value)
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }
}

/// A voxel type with the precision that its interpolation needs.
pub trait Voxel: Scalar + Blend {}
impl<T: Scalar + Blend> Voxel for T {}

mod sealed {
    /// How a voxel type is interpolated. Public in name only.
    pub trait Blend: Sized {
        #[allow(private_bounds)]
        type Real: super::Real;
        fn real(self) -> Self::Real;
        fn from_real(value: Self::Real) -> Self;
    }
}
pub(crate) use sealed::Blend;

/// Adding this to a float of magnitude below 2²² leaves its nearest whole number in the low bits.
const MAGIC: f32 = 12_582_912.0;

macro_rules! blend_narrow {
    ($($t:ty),*) => {$(
        impl Blend for $t {
            type Real = f32;
            #[inline(always)]
            fn real(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn from_real(value: f32) -> Self {
                // Interpolated values never leave the type's range, so that the low bits are the whole answer.
                (value + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()) as Self
            }
        }
    )*};
}

macro_rules! blend_wide {
    ($($t:ty),*) => {$(
        impl Blend for $t {
            type Real = f64;
            #[inline(always)]
            fn real(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_real(value: f64) -> Self {
                <$t as Scalar>::from_f64(value)
            }
        }
    )*};
}

blend_narrow!(i8, u8, i16, u16);
blend_wide!(i32, u32, i64, u64, f64);

impl Blend for f32 {
    type Real = f32;
    #[inline(always)]
    fn real(self) -> f32 {
        self
    }
    #[inline(always)]
    fn from_real(value: f32) -> Self {
        value
    }
}

/// One frame of a scalar image, ready for interpolation.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a, T> {
    values: &'a [T],
    dims: [usize; 3],
    /// From a voxel to its neighbour along j and k; zero along an axis of one voxel.
    steps: [usize; 2],
}

impl<'a, T: Scalar> Field<'a, T> {
    /// `None` if the values do not fit the dimensions, there are fewer than two voxels along i, or more voxels than
    /// 31 bits count.
    pub(crate) fn new(values: &'a [T], dims: [usize; 3]) -> Option<Self> {
        let count = dims.into_iter().fold(1_usize, usize::saturating_mul);
        if values.len() != count || dims[0] < 2 || count == 0 || i32::try_from(count).is_err() {
            return None;
        }
        let [ni, nj, nk] = dims;
        Some(Self { values, dims, steps: [if nj > 1 { ni } else { 0 }, if nk > 1 { ni * nj } else { 0 }] })
    }

    pub(crate) const fn dims(&self) -> [usize; 3] {
        self.dims
    }

    pub(crate) const fn values(&self) -> &'a [T] {
        self.values
    }
}

/// Where `N` samples along a line lie: the voxel at the lower corner of each sample's cell and the position in the cell.
pub(crate) struct Places<const N: usize> {
    /// Index into the field's values.
    pub(crate) index: [u32; N],
    /// Position within the cell along i, j and k, 0 to 1.
    pub(crate) weight: [[f32; N]; 3],
}

/// Places of the samples `base + n · step`, n = 0 … N−1, in voxel coordinates; coordinates beyond the outermost voxel
/// centres are moved onto them.
#[inline(always)]
pub(crate) fn places<const N: usize, T: Scalar>(field: &Field<'_, T>, base: [f64; 3], step: [f32; 3]) -> Places<N> {
    let mut index = [0_u32; N];
    let mut weight = [[0.0_f32; N]; 3];
    let strides = [1, field.dims[0] as i32, (field.dims[0] * field.dims[1]) as i32];
    for axis in 0..3 {
        // Whole and fractional part are kept apart: f32 would not hold both to the precision that is needed.
        let origin = base[axis].floor();
        let start = (base[axis] - origin) as f32;
        let whole = origin as i32;
        let low = (-origin) as f32;
        let high = ((field.dims[axis] - 1) as f64 - origin) as f32;
        let last = ((field.dims[axis].max(2) - 2) as f64 - origin) as f32;
        let stride = strides[axis];
        for n in 0..N {
            let x = (start + n as f32 * step[axis]).max(low).min(high);
            let cell = x.floor().min(last);
            weight[axis][n] = x - cell;
            let cell = ((cell + MAGIC).to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
            index[n] = index[n].wrapping_add(cell.wrapping_add(whole).wrapping_mul(stride) as u32);
        }
    }
    Places { index, weight }
}

/// Interpolated values at these places.
#[inline(always)]
pub(crate) fn values<const N: usize, T: Voxel>(field: &Field<'_, T>, at: &Places<N>) -> [T::Real; N] {
    let [sj, sk] = field.steps;
    let v = field.values;
    let count = v.len().saturating_sub(sj + sk);
    let corners = [v, &v[sj..], &v[sk..], &v[sj + sk..]].map(|c| &c[..count]);
    let mut pairs = [[[T::default(); 2]; N]; 4];
    for n in 0..N {
        let first = (at.index[n] as usize).min(count.saturating_sub(2));
        for c in 0..4 {
            pairs[c][n] = [corners[c][first], corners[c][first + 1]];
        }
    }
    let mut out = [T::Real::default(); N];
    for n in 0..N {
        let [ti, tj, tk] = [0, 1, 2].map(|a| T::Real::from_f32(at.weight[a][n]));
        let [a, b, c, d] = [0, 1, 2, 3].map(|c| {
            let [x, y] = pairs[c][n].map(T::real);
            x + (y - x) * ti
        });
        let (near, far) = (a + (b - a) * tj, c + (d - c) * tj);
        out[n] = near + (far - near) * tk;
    }
    out
}

/// The samples n of a line `start + n · step`, 0 ≤ n < `count`, that lie inside the box from −½ to `dims` − ½, as a
/// range. Empty if there are none or a number is not finite.
pub(crate) fn inside(start: [f64; 3], step: [f64; 3], dims: [usize; 3], count: usize) -> std::ops::Range<usize> {
    let (mut low, mut high) = (0.0_f64, count as f64);
    for axis in 0..3 {
        let (first, last) = (-0.5 - start[axis], dims[axis] as f64 - 0.5 - start[axis]);
        if step[axis] == 0.0 {
            if !(first <= 0.0 && last >= 0.0) {
                return 0..0;
            }
        } else {
            let (a, b) = (first / step[axis], last / step[axis]);
            // A millionth of a voxel of tolerance, so that an edge which rounding moved still counts as inside.
            let slack = 1e-6 / step[axis].abs();
            low = low.max(a.min(b) - slack);
            high = high.min(a.max(b) + slack + 1e-12);
        }
    }
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return 0..0;
    }
    let (start, end) = (low.ceil() as usize, (high.floor() as usize).saturating_add(1).min(count));
    if start < end { start..end } else { 0..0 }
}

/// Runs `$body` with `$values` bound to one frame's values as `&[T]`, whatever the image's type `T` is.
macro_rules! with_frame {
    ($image:expr, $frame:expr, $values:ident => $body:expr) => {{
        let (image, length): (&microtome_image::Image, usize) = ($image, $image.frame_len());
        let start = length.saturating_mul($frame.min(image.frames() - 1));
        microtome_image::with_values!(image.array(), all => {
            let $values = &all[start..start + length];
            $body
        })
    }};
}
pub(crate) use with_frame;

/// The image's values as `f32` where its type is one that rays do not read directly.
pub(crate) fn narrowed(image: &Image) -> Option<Array> {
    use microtome_image::ScalarType as T;
    match image.scalar_type() {
        T::Int8 | T::UInt8 | T::Int16 | T::UInt16 | T::Float32 => None,
        _ => Some(image.array().cast(T::Float32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::Point;
    use microtome_image::{Boundary, DenseView, Interpolation, Sampler};

    #[test]
    fn lines_agree_with_the_sampler() {
        let dims = [7, 5, 4];
        let values: Vec<i16> = (0..140).map(|n: i32| (n * 7919 % 601 - 300) as i16).collect();
        let field = Field::new(&values, dims).unwrap();
        let view = DenseView::new(&values, dims, 1).unwrap();
        let sampler = Sampler::new(&view, Interpolation::Linear, Boundary::Clamp);
        let (start, step) = ([-0.7, 4.6, 0.3], [0.53, -0.31, 0.27]);
        let found = super::values(&field, &places::<16, _>(&field, start, step.map(|s| s as f32)));
        for (n, v) in found.into_iter().enumerate() {
            let p = Point::from_array(std::array::from_fn(|a| start[a] + n as f64 * step[a]));
            let expected = sampler.sample(p, 0).unwrap();
            assert!((f64::from(v) - expected).abs() < 2e-3, "{n}: {v} {expected}");
        }
    }

    #[test]
    fn ranges_of_lines_inside() {
        assert_eq!(inside([-3.0, 0.0, 0.0], [1.0, 0.0, 0.0], [4, 1, 1], 100), 3..7);
        assert_eq!(inside([3.2, 0.0, 0.0], [-1.0, 0.0, 0.0], [4, 1, 1], 100), 0..4);
        assert_eq!(inside([0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [4, 1, 1], 100), 0..0);
        assert_eq!(inside([f64::NAN; 3], [1.0, 0.0, 0.0], [4, 1, 1], 100), 0..0);
        assert_eq!(inside([-0.5, 0.0, 0.0], [0.1, 0.0, 0.0], [1, 1, 1], 100), 0..11);
    }
}
