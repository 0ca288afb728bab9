//! Values of a volume on a plane.

use microtome_geometry::{Affine, Ijk, Point, View};
use microtome_image::{Boundary, DenseView, Image, Interpolation, Sampler, Scalar};
use rayon::prelude::*;

use super::course::Course;
use crate::lines::{BATCH, is_inside, line, scattered};
use crate::sampling::{Blend, Field, Voxel, inside, with_frame};

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
const TILE: [usize; 2] = [BATCH, 16];

/// The values of component 0 on a plane, row 0 first; NaN outside the image.
///
/// Nearest and linear interpolation reach half a voxel beyond the outermost voxel centres.
pub fn reslice(image: &Image, frame: usize, plane: &Plane, interpolation: Interpolation) -> Vec<f32> {
    reslice_component(image, frame, 0, &Course::Straight(*plane), interpolation)
}

/// As [`reslice`], for any component and course.
pub(super) fn reslice_component(
    image: &Image,
    frame: usize,
    component: usize,
    course: &Course<'_>,
    interpolation: Interpolation,
) -> Vec<f32> {
    let mut out = vec![f32::NAN; course.size()[0] * course.size()[1]];
    with_frame!(image, frame, voxels => {
        match Field::new(voxels, image.dims()) {
            Some(field) if image.components() == 1 && interpolation == Interpolation::Linear => match course {
                Course::Straight(plane) => linear(field, plane, &mut out, crate::sampling::Real::to_f32),
                Course::Warped { .. } => linear_warped(field, course, &mut out),
            },
            _ => sampled(voxels, image, component, course, interpolation, &mut out),
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
    is_inside(dims, p)
        .then(|| std::array::from_fn(|a| ((p[a] + 0.5).floor() as usize).min(dims[a].saturating_sub(1))))
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

/// Trilinear values on a warped plane; pixels outside keep what `out` holds.
fn linear_warped<T: Voxel>(field: Field<'_, T>, course: &Course<'_>, out: &mut [f32]) {
    let width = course.size()[0].max(1);
    out.par_chunks_mut(width).enumerate().for_each_init(
        || vec![[0.0; 3]; width],
        |places, (y, row)| {
            course.row(y, places);
            for (row, places) in row.chunks_mut(BATCH).zip(places.chunks(BATCH)) {
                scattered(field, places, row);
            }
        },
    );
}

fn sampled<T: Scalar>(
    voxels: &[T],
    image: &Image,
    component: usize,
    course: &Course<'_>,
    interpolation: Interpolation,
    out: &mut [f32],
) {
    let width = course.size()[0].max(1);
    let Some(view) = DenseView::new(voxels, image.dims(), image.components()) else { return };
    let each = |value: &(dyn Fn(Point<Ijk>) -> Option<f64> + Sync), out: &mut [f32]| {
        out.par_chunks_mut(width).enumerate().for_each_init(
            || vec![[0.0; 3]; width],
            |places, (y, row)| {
                course.row(y, places);
                for (pixel, place) in row.iter_mut().zip(places) {
                    if let Some(v) = value(Point::from_array(*place)) {
                        *pixel = v as f32;
                    }
                }
            },
        );
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
