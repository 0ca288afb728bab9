//! Trilinear interpolation along straight lines through a volume: the innermost loop of slices and rays.
//!
//! Everything here is written for the compiler's vectoriser: samples come in groups, indices and weights of a whole
//! group are computed at once, and the voxels are fetched in pairs along i.

use std::ops::{Add, Mul, Sub};

use microtome_image::{Array, Image, Scalar};

/// A floating-point type in which voxels are interpolated.
pub(crate) trait Real:
    Copy
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + 'static
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
        /// Two neighbouring voxels in one word, where that helps.
        type Pair: Copy + Default + Send + Sync;
        fn real(self) -> Self::Real;
        fn from_real(value: Self::Real) -> Self;
        fn pair(first: Self, second: Self) -> Self::Pair;
        fn split(pair: Self::Pair) -> (Self::Real, Self::Real);
    }
}
pub(crate) use sealed::Blend;

/// Adding this to a float of magnitude below 2²² leaves its nearest whole number in the low bits.
const MAGIC: f32 = 12_582_912.0;

macro_rules! blend_narrow {
    ($($t:ty as $unsigned:ty, $pair:ty;)*) => {$(
        impl Blend for $t {
            type Real = f32;
            type Pair = $pair;
            // One load fetches both, and shifts take them apart again in vector code.
            #[inline(always)]
            fn pair(first: Self, second: Self) -> $pair {
                <$pair>::from(first as $unsigned) | <$pair>::from(second as $unsigned) << <$t>::BITS
            }
            #[inline(always)]
            fn split(pair: $pair) -> (f32, f32) {
                (f32::from(pair as $t), f32::from((pair >> <$t>::BITS) as $t))
            }
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
            type Pair = [$t; 2];
            #[inline(always)]
            fn pair(first: Self, second: Self) -> [$t; 2] {
                [first, second]
            }
            #[inline(always)]
            fn split(pair: [$t; 2]) -> (f64, f64) {
                (pair[0].real(), pair[1].real())
            }
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

blend_narrow!(i8 as u8, u16; u8 as u8, u16; i16 as u16, u32; u16 as u16, u32;);
blend_wide!(i32, u32, i64, u64, f64);

impl Blend for f32 {
    type Real = f32;
    type Pair = u64;
    #[inline(always)]
    fn pair(first: Self, second: Self) -> u64 {
        u64::from(first.to_bits()) | u64::from(second.to_bits()) << 32
    }
    #[inline(always)]
    fn split(pair: u64) -> (f32, f32) {
        (Self::from_bits(pair as u32), Self::from_bits((pair >> 32) as u32))
    }
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

    /// The trilinear value at one place in voxels.
    #[inline(always)]
    pub(crate) fn at(&self, p: [f64; 3], nearest: bool) -> f32
    where
        T: Voxel,
    {
        let mut batch = Batch::<T, 1>::new();
        (0..3).for_each(|a| batch.position[a][0] = p[a] as f32);
        batch.sample(self, [0; 3], 1, nearest);
        batch.value[0].to_f32()
    }
}

/// Work space for up to `N` samples of one field. The arrays are walked by plain loops of many turns, which is what the
/// compiler makes vector code of.
pub(crate) struct Batch<T: Voxel, const N: usize> {
    /// Where the samples are to be taken, in voxels from the batch's origin.
    pub(crate) position: [[f32; N]; 3],
    /// Index of the voxel at the lower corner of each sample's cell.
    pub(crate) index: [u32; N],
    /// Position within the cell along i, j and k, 0 to 1.
    pub(crate) weight: [[f32; N]; 3],
    pairs: [[T::Pair; N]; 4],
    /// The interpolated values.
    pub(crate) value: [T::Real; N],
}

/// Loops run in whole groups of this many, so that none is left for a scalar remainder.
pub(crate) const GROUP: usize = 16;

/// `count` up to the next whole group, at most `N`.
#[inline(always)]
pub(crate) fn grouped<const N: usize>(count: usize) -> usize {
    (count.div_ceil(GROUP) * GROUP).min(N)
}

impl<T: Voxel, const N: usize> Batch<T, N> {
    pub(crate) fn new() -> Self {
        Self {
            position: [[0.0; N]; 3],
            index: [0; N],
            weight: [[0.0; N]; 3],
            pairs: [[T::Pair::default(); N]; 4],
            value: [T::Real::default(); N],
        }
    }

    /// Interpolates at the first `count` positions, counted from voxel `origin`. Positions beyond the outermost voxel
    /// centres are moved onto them.
    #[inline(always)]
    pub(crate) fn sample(&mut self, field: &Field<'_, T>, origin: [i32; 3], count: usize, nearest: bool) {
        let count = count.min(N);
        let all = grouped::<N>(count);
        self.index[..all].fill(0);
        let strides = [1, field.dims[0] as i32, (field.dims[0] * field.dims[1]) as i32];
        for axis in 0..3 {
            let size = field.dims[axis] as f32 - origin[axis] as f32;
            let limits = [
                -origin[axis] as f32,
                size - 1.0,
                if field.dims[axis] > 1 { size - 2.0 } else { size - 1.0 },
            ];
            let offset = origin[axis].wrapping_mul(strides[axis]);
            place(
                all,
                &self.position[axis],
                limits,
                strides[axis],
                offset,
                &mut self.weight[axis],
                &mut self.index,
            );
            if nearest {
                self.weight[axis][..all].iter_mut().for_each(|w| *w = if *w < 0.5 { 0.0 } else { 1.0 });
            }
        }
        fetch::<T, N>(count, field, &self.index, &mut self.pairs);
        blend::<T, N>(all, &self.pairs, &self.weight, &mut self.value);
    }
}

#[inline(always)]
fn place<const N: usize>(
    count: usize,
    position: &[f32; N],
    [low, high, last]: [f32; 3],
    stride: i32,
    offset: i32,
    weight: &mut [f32; N],
    index: &mut [u32; N],
) {
    for n in 0..count.min(N) {
        let x = position[n];
        let x = if x > low { x } else { low };
        let x = if x < high { x } else { high };
        let cell = x.floor();
        let cell = if cell < last { cell } else { last };
        weight[n] = x - cell;
        let cell = ((cell + MAGIC).to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
        index[n] = index[n].wrapping_add(cell.wrapping_mul(stride).wrapping_add(offset) as u32);
    }
}

#[inline(always)]
fn fetch<T: Voxel, const N: usize>(
    count: usize,
    field: &Field<'_, T>,
    index: &[u32; N],
    pairs: &mut [[T::Pair; N]; 4],
) {
    let [sj, sk] = field.steps;
    let v = field.values;
    let length = v.len().saturating_sub(sj + sk);
    let corners = [v, &v[sj..], &v[sk..], &v[sj + sk..]].map(|c| &c[..length]);
    let [p0, p1, p2, p3] = pairs;
    for n in 0..count.min(N) {
        let first = (index[n] as usize).min(length.saturating_sub(2));
        p0[n] = T::pair(corners[0][first], corners[0][first + 1]);
        p1[n] = T::pair(corners[1][first], corners[1][first + 1]);
        p2[n] = T::pair(corners[2][first], corners[2][first + 1]);
        p3[n] = T::pair(corners[3][first], corners[3][first + 1]);
    }
}

#[inline(always)]
fn blend<T: Voxel, const N: usize>(
    count: usize,
    [p0, p1, p2, p3]: &[[T::Pair; N]; 4],
    [wi, wj, wk]: &[[f32; N]; 3],
    out: &mut [T::Real; N],
) {
    for n in 0..count.min(N) {
        let (ti, tj, tk) = (T::Real::from_f32(wi[n]), T::Real::from_f32(wj[n]), T::Real::from_f32(wk[n]));
        let mix = |pair: T::Pair| {
            let (x, y) = T::split(pair);
            x + (y - x) * ti
        };
        let (a, b, c, d) = (mix(p0[n]), mix(p1[n]), mix(p2[n]), mix(p3[n]));
        let (near, far) = (a + (b - a) * tj, c + (d - c) * tj);
        out[n] = near + (far - near) * tk;
    }
}

/// The samples n of a line `start + n · step`, 0 ≤ n < `count`, that lie inside the box from −½ to `dims` − ½, as a
/// range. Empty if there are none or a number is not finite.
pub(crate) fn inside(
    start: [f64; 3],
    step: [f64; 3],
    dims: [usize; 3],
    count: usize,
) -> std::ops::Range<usize> {
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
        let origin = [2, 3, -1];
        let place = |n: usize, a: usize| start[a] + n as f64 * step[a];
        let mut batch = Batch::<i16, 32>::new();
        for a in 0..3 {
            batch.position[a] = std::array::from_fn(|n| (place(n, a) - f64::from(origin[a])) as f32);
        }
        batch.sample(&field, origin, 20, false);
        for (n, v) in batch.value.into_iter().enumerate().take(20) {
            let p = Point::from_array(std::array::from_fn(|a| place(n, a)));
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
