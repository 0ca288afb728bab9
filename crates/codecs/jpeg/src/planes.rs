//! Component planes, and their way to the interleaved image: upsampling, interleaving, colour.

use crate::Upsampling;
use crate::color::ybr_to_rgb_row;
use crate::frame::{Component, Frame};
use crate::sample::Sample;

/// The decoded samples of one component.
pub(crate) struct Plane<T> {
    /// Rows of `stride` samples.
    pub(crate) samples: Vec<T>,
    /// Samples from one row to the next, at least `width`.
    pub(crate) stride: usize,
    /// Samples of a row that belong to the image.
    width: usize,
    /// Rows that belong to the image.
    height: usize,
}

impl<T: Sample> Plane<T> {
    /// A plane of whole 8 × 8 blocks.
    pub(crate) fn of_blocks(component: &Component) -> Self {
        Self::new(component, component.blocks_wide * 8, component.blocks_high * 8)
    }

    /// A plane of just the component's samples.
    pub(crate) fn of_samples(component: &Component) -> Self {
        Self::new(component, component.width, component.height)
    }

    fn new(component: &Component, stride: usize, rows: usize) -> Self {
        Self {
            samples: vec![T::default(); stride * rows],
            stride,
            width: component.width,
            height: component.height,
        }
    }

    /// Row `y` of the component; rows past the last repeat it.
    fn row(&self, y: usize) -> &[T] {
        let start = y.min(self.height - 1) * self.stride;
        &self.samples[start..start + self.width]
    }
}

/// How one component's rows become rows of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// The component has the image's size.
    Copy,
    /// Each sample stands for a rectangle: numerator and denominator of the horizontal and the vertical factor.
    Replicate { across: (usize, usize), down: (usize, usize) },
    /// Triangle filter, two samples for one across.
    TriangleAcross,
    /// Triangle filter, two rows for one.
    TriangleDown,
    /// Triangle filter in both directions.
    TriangleBoth,
}

impl Method {
    fn choose(component: &Component, frame: &Frame, upsampling: Upsampling) -> Self {
        let (double_h, same_h) = (component.h * 2 == frame.h_max, component.h == frame.h_max);
        let (double_v, same_v) = (component.v * 2 == frame.v_max, component.v == frame.v_max);
        // The horizontal filter needs three samples.
        let triangle = upsampling == Upsampling::Triangle;
        let across = triangle && double_h && component.width > 2;
        match () {
            () if same_h && same_v => Self::Copy,
            () if across && same_v => Self::TriangleAcross,
            () if across && double_v => Self::TriangleBoth,
            () if triangle && same_h && double_v => Self::TriangleDown,
            () => Self::Replicate { across: (component.h, frame.h_max), down: (component.v, frame.v_max) },
        }
    }
}

/// The two rows that row `y` of a doubled image lies between: the nearer and the farther.
fn nearer_and_farther<T: Sample>(plane: &Plane<T>, y: usize) -> (&[T], &[T]) {
    let near = y / 2;
    let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
    (plane.row(near), plane.row(far))
}

/// Two samples for one: weights 3/4 and 1/4, as the IJG's library rounds them.
fn triangle_across<T: Sample>(row: &[T], out: &mut [T]) {
    let get = |x: usize| row[x.min(row.len() - 1)].to_i32();
    for (x, pair) in out.chunks_mut(2).enumerate() {
        let center = 3 * get(x);
        pair[0] = T::from_i32((center + get(x.saturating_sub(1)) + 1) >> 2);
        if let Some(second) = pair.get_mut(1) {
            *second = T::from_i32((center + get(x + 1) + 2) >> 2);
        }
    }
}

/// Two rows for one. The rounding differs between the upper and the lower row of a pair.
fn triangle_down<T: Sample>(near: &[T], far: &[T], lower: bool, out: &mut [T]) {
    let bias = 1 + i32::from(lower);
    for ((&near, &far), out) in near.iter().zip(far).zip(out) {
        *out = T::from_i32((3 * near.to_i32() + far.to_i32() + bias) >> 2);
    }
}

/// Four samples for one: weights 9/16, 3/16, 3/16, 1/16.
fn triangle_both<T: Sample>(near: &[T], far: &[T], sums: &mut Vec<i32>, out: &mut [T]) {
    sums.clear();
    sums.extend(near.iter().zip(far).map(|(&near, &far)| 3 * near.to_i32() + far.to_i32()));
    let get = |x: usize| sums[x.min(sums.len() - 1)];
    for (x, pair) in out.chunks_mut(2).enumerate() {
        let center = 3 * get(x);
        pair[0] = T::from_i32((center + get(x.saturating_sub(1)) + 8) >> 4);
        if let Some(second) = pair.get_mut(1) {
            *second = T::from_i32((center + get(x + 1) + 7) >> 4);
        }
    }
}

fn upsample_row<T: Sample>(plane: &Plane<T>, method: Method, y: usize, sums: &mut Vec<i32>, out: &mut [T]) {
    match method {
        Method::Copy => out.copy_from_slice(plane.row(y)),
        Method::Replicate { across: (h, h_max), down: (v, v_max) } => {
            let row = plane.row(y * v / v_max);
            if h_max == 2 * h {
                for (pair, &sample) in out.chunks_mut(2).zip(row) {
                    pair.fill(sample);
                }
            } else {
                for (x, out) in out.iter_mut().enumerate() {
                    *out = row[x * h / h_max];
                }
            }
        }
        Method::TriangleAcross => triangle_across(plane.row(y), out),
        Method::TriangleDown => {
            let (near, far) = nearer_and_farther(plane, y);
            triangle_down(near, far, y % 2 == 1, out);
        }
        Method::TriangleBoth => {
            let (near, far) = nearer_and_farther(plane, y);
            triangle_both(near, far, sums, out);
        }
    }
}

/// Copies one component's row into every `count`-th sample of `out`, from `index` on.
pub(crate) fn scatter<T: Sample>(row: &[T], index: usize, count: usize, out: &mut [T]) {
    for (pixel, &sample) in out.chunks_exact_mut(count).zip(row) {
        if let Some(slot) = pixel.get_mut(index) {
            *slot = sample;
        }
    }
}

/// Writes the image: `out` has the frame's rows of interleaved samples.
pub(crate) fn assemble<T: Sample>(
    frame: &Frame,
    planes: &[Plane<T>],
    upsampling: Upsampling,
    to_rgb: bool,
    out: &mut [T],
) {
    let (width, count) = (usize::from(frame.width), planes.len());
    let methods: Vec<Method> =
        frame.components.iter().map(|component| Method::choose(component, frame, upsampling)).collect();
    let mut rows: Vec<Vec<T>> = methods
        .iter()
        .map(|&method| if method == Method::Copy { Vec::new() } else { vec![T::default(); width] })
        .collect();
    let mut sums = Vec::new();
    for (y, line) in out.chunks_exact_mut(width * count).enumerate() {
        for ((plane, &method), row) in planes.iter().zip(&methods).zip(&mut rows) {
            if method != Method::Copy {
                upsample_row(plane, method, y, &mut sums, row);
            }
        }
        let source = |index: usize| {
            if methods[index] == Method::Copy { planes[index].row(y) } else { rows[index].as_slice() }
        };
        match count {
            1 => line.copy_from_slice(source(0)),
            3 => {
                let pixels = line.as_chunks_mut::<3>().0.iter_mut();
                for (((pixel, &a), &b), &c) in pixels.zip(source(0)).zip(source(1)).zip(source(2)) {
                    *pixel = [a, b, c];
                }
            }
            _ => {
                for index in 0..count {
                    scatter(source(index), index, count, line);
                }
            }
        }
        if to_rgb {
            ybr_to_rgb_row(line, frame.precision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangle_filters_keep_constants_and_interpolate_ramps() {
        let mut out = [0u8; 7];
        triangle_across(&[9u8; 4], &mut out);
        assert_eq!(out, [9; 7]);
        triangle_across(&[0u8, 40, 80, 120], &mut out);
        assert_eq!(out, [0, 10, 30, 50, 70, 90, 110]);
        let mut out = [0u8; 8];
        triangle_both(&[0u8, 40, 80, 120], &[40, 80, 120, 160], &mut Vec::new(), &mut out);
        assert_eq!(out, [10, 20, 40, 60, 80, 100, 120, 130]);
        triangle_down(&[10u8; 8], &[13; 8], false, &mut out);
        assert_eq!(out, [11; 8]);
        triangle_down(&[10u8; 8], &[12; 8], true, &mut out);
        assert_eq!(out, [11; 8]);
    }
}
