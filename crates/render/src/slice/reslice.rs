//! Values of a volume on a plane.

use microtome_geometry::{Affine, Ijk, Point, View};
use microtome_image::{Boundary, DenseView, Image, Interpolation, Sampler, Scalar};
use multiversion::multiversion;
use rayon::prelude::*;

use crate::sampling::{Batch, Blend, Field, Voxel, inside, with_frame};

/// A plane of pixels in voxel coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// From pixels to voxel indices. Row 0 of the output is view row 0.
    pub view_to_ijk: Affine<View, Ijk>,
    /// Pixels across and pixels up.
    pub size: [usize; 2],
}

/// Pixels across and rows of the tiles in which a plane is walked: few enough that their voxels stay in the nearest
/// cache while an oblique plane crosses one voxel row after the other.
const TILE: [usize; 2] = [64, 16];

/// The values of component 0 on a plane, row 0 first; NaN outside the image.
///
/// Nearest and linear interpolation reach half a voxel beyond the outermost voxel centres.
pub fn reslice(image: &Image, frame: usize, plane: &Plane, interpolation: Interpolation) -> Vec<f32> {
    reslice_component(image, frame, 0, plane, interpolation)
}

/// As [`reslice`], for any component.
pub(crate) fn reslice_component(
    image: &Image,
    frame: usize,
    component: usize,
    plane: &Plane,
    interpolation: Interpolation,
) -> Vec<f32> {
    let mut out = vec![f32::NAN; plane.size[0] * plane.size[1]];
    with_frame!(image, frame, voxels => {
        match Field::new(voxels, image.dims()) {
            Some(field) if image.components() == 1 && interpolation == Interpolation::Linear => {
                linear(field, plane, &mut out, crate::sampling::Real::to_f32);
            }
            _ => sampled(voxels, image, component, plane, interpolation, &mut out),
        }
    });
    out
}

/// Trilinear values of a scalar image on a plane, rounded to the voxel type `T`; pixels outside keep what `out` holds.
///
/// `out` has `plane.size[0] * plane.size[1]` values, row 0 first. Returns `false`, and leaves `out` alone, if the
/// image's type is not `T`, it has several components, or `out` has another length.
pub fn reslice_into<T: Voxel>(image: &Image, frame: usize, plane: &Plane, out: &mut [T]) -> bool {
    let Some(view) = image.view::<T>(frame) else { return false };
    if image.components() != 1 || out.len() != plane.size[0] * plane.size[1] {
        return false;
    }
    let Some(field) = Field::new(view.values(), image.dims()) else { return false };
    linear(field, plane, out, T::from_real);
    true
}

/// Nearest voxel of each pixel, as an index into one component's values; `None` outside.
pub(crate) fn nearest(dims: [usize; 3], p: [f64; 3]) -> Option<[usize; 3]> {
    let mut ijk = [0; 3];
    for axis in 0..3 {
        if !(p[axis] >= -0.5 && p[axis] <= dims[axis] as f64 - 0.5) {
            return None;
        }
        ijk[axis] = ((p[axis] + 0.5).floor() as usize).min(dims[axis] - 1);
    }
    Some(ijk)
}

fn linear<T: Voxel, O: Copy + Send>(
    field: Field<'_, T>,
    plane: &Plane,
    out: &mut [O],
    store: impl Fn(<T as Blend>::Real) -> O + Sync + Copy,
) {
    let width = plane.size[0];
    if width == 0 {
        return;
    }
    let step = plane.view_to_ijk.column(0).coords();
    out.par_chunks_mut(width * TILE[1]).enumerate().for_each(|(strip, rows)| {
        let first = strip * TILE[1];
        let spans: Vec<_> = (0..rows.len() / width)
            .map(|row| {
                let start = plane.view_to_ijk.apply(Point::new(0.0, (first + row) as f64, 0.0)).coords();
                (start, inside(start, step, field.dims(), width))
            })
            .collect();
        for left in (0..width).step_by(TILE[0]) {
            for (row, (start, span)) in rows.chunks_exact_mut(width).zip(&spans) {
                let (from, to) = (span.start.max(left), span.end.min(left + TILE[0]));
                if from < to {
                    let start = std::array::from_fn(|a| start[a] + from as f64 * step[a]);
                    line(field, start, step, &mut row[from..to], store);
                }
            }
        }
    });
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2",
    "x86_64+avx2+fma+bmi2",
    "x86_64+sse4.2"
))]
fn line<T: Voxel, O: Copy, F: Fn(<T as Blend>::Real) -> O>(
    field: Field<'_, T>,
    start: [f64; 3],
    step: [f64; 3],
    out: &mut [O],
    store: F,
) {
    let mut batch = Batch::<T, { TILE[0] }>::new();
    // Positions are counted from a voxel at the start of the line: f32 then holds them precisely enough.
    let origin = start.map(|s| s.floor() as i32);
    let mut base: [f32; 3] = std::array::from_fn(|a| (start[a] - f64::from(origin[a])) as f32);
    let step = step.map(|s| s as f32);
    for chunk in out.chunks_mut(TILE[0]) {
        for a in 0..3 {
            batch.position[a].iter_mut().enumerate().for_each(|(n, p)| *p = base[a] + n as f32 * step[a]);
            base[a] += step[a] * TILE[0] as f32;
        }
        batch.sample(&field, origin, chunk.len(), false);
        chunk.iter_mut().zip(&batch.value).for_each(|(o, &v)| *o = store(v));
    }
}

fn sampled<T: Scalar>(
    voxels: &[T],
    image: &Image,
    component: usize,
    plane: &Plane,
    interpolation: Interpolation,
    out: &mut [f32],
) {
    let width = plane.size[0].max(1);
    let Some(view) = DenseView::new(voxels, image.dims(), image.components()) else { return };
    let each = |value: &(dyn Fn(Point<Ijk>) -> Option<f64> + Sync), out: &mut [f32]| {
        out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                if let Some(v) = value(plane.view_to_ijk.apply(Point::new(x as f64, y as f64, 0.0))) {
                    *pixel = v as f32;
                }
            }
        });
    };
    if interpolation == Interpolation::Nearest {
        let value = |p: Point<Ijk>| {
            let ijk = nearest(image.dims(), p.coords())?;
            voxels.get(view.index(ijk) + component).map(|v| v.to_f64())
        };
        each(&value, out);
    } else {
        let sampler = Sampler::new(&view, interpolation, Boundary::Ends);
        each(&|p| sampler.sample(p, component), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::Grid;

    fn image() -> Image {
        let values: Vec<i16> = (0..9 * 8 * 7).map(|n: i32| (n * 7919 % 601 - 300) as i16).collect();
        Image::scalar(Grid::axis_aligned([9, 8, 7], [1.0; 3], Point::zero()), values).unwrap()
    }

    fn oblique() -> Plane {
        let rows = [[0.11, 0.02, 0.0, -1.5], [-0.03, 0.1, 0.0, 0.5], [0.05, -0.06, 0.0, 3.0]];
        Plane { view_to_ijk: Affine::from_rows(rows), size: [100, 90] }
    }

    #[test]
    fn oblique_planes_agree_with_the_sampler_inside_and_outside() {
        let (image, plane) = (image(), oblique());
        let view = image.view::<i16>(0).unwrap();
        let sampler = Sampler::new(&view, Interpolation::Linear, Boundary::Ends);
        let found = reslice(&image, 0, &plane, Interpolation::Linear);
        let mut inside = 0;
        for (n, v) in found.into_iter().enumerate() {
            let p = plane.view_to_ijk.apply(Point::new((n % 100) as f64, (n / 100) as f64, 0.0));
            // On the very edge, rounding decides.
            if (0..3).any(|a| (p[a] + 0.5).abs() < 1e-5 || (p[a] + 0.5 - [9.0, 8.0, 7.0][a]).abs() < 1e-5) {
                continue;
            }
            let expected = sampler.sample(p, 0);
            assert_eq!(expected.is_some(), !v.is_nan(), "pixel {n}");
            if let Some(expected) = expected {
                assert!((expected - f64::from(v)).abs() < 0.01, "pixel {n}: {v} {expected}");
                inside += 1;
            }
        }
        assert!(inside > 1000 && inside < 9000, "{inside}");
    }

    #[test]
    fn every_type_gives_the_same_values() {
        use microtome_image::ScalarType;
        let shifted = image().with_array(image().array().rescale(1.0, 300.0, ScalarType::Float32)).unwrap();
        let reference = reslice(&shifted, 0, &oblique(), Interpolation::Linear);
        for scalar_type in ScalarType::ALL.into_iter().filter(|t| t.limits().1 >= 600.0) {
            let found = reslice(&shifted.cast(scalar_type), 0, &oblique(), Interpolation::Linear);
            for (a, b) in reference.iter().zip(&found) {
                assert!(
                    a.is_nan() == b.is_nan() && (a.is_nan() || (a - b).abs() < 0.01),
                    "{scalar_type}: {a} {b}"
                );
            }
        }
    }

    #[test]
    fn typed_output_is_rounded_and_keeps_what_is_outside() {
        let mut typed = vec![-1000_i16; 9000];
        assert!(reslice_into(&image(), 0, &oblique(), &mut typed));
        for (t, v) in typed.iter().zip(reslice(&image(), 0, &oblique(), Interpolation::Linear)) {
            assert!(if v.is_nan() { *t == -1000 } else { (f32::from(*t) - v).abs() <= 0.5 });
        }
        assert!(!reslice_into(&image(), 0, &oblique(), &mut [0_u8; 9000]));
    }

    #[test]
    fn flat_and_tiny_images_are_drawn_too() {
        for dims in [[5, 1, 1], [1, 5, 1], [1, 1, 5], [1, 1, 1], [4, 4, 1]] {
            let grid = Grid::axis_aligned(dims, [1.0; 3], Point::zero());
            let image = Image::scalar(grid, vec![7_u8; dims.iter().product()]).unwrap();
            for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::CubicBSpline]
            {
                let rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
                let plane = Plane { view_to_ijk: Affine::from_rows(rows), size: [6, 6] };
                let found = reslice(&image, 0, &plane, interpolation);
                let inside = found.iter().filter(|v| !v.is_nan()).count();
                assert_eq!(inside, dims[0] * dims[1], "{dims:?} {interpolation:?}");
                assert!(found.iter().all(|v| v.is_nan() || (v - 7.0).abs() < 1e-4));
            }
        }
    }
}
