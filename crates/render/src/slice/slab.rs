//! Thick slabs: several parallel planes seen as one.

use microtome_geometry::{Affine, Point, Ras, View};
use microtome_image::{Image, Interpolation};

use super::reslice::{Plane, reslice_component};

/// What a thick slab shows of the values along its depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlabKind {
    /// The greatest (maximum intensity projection).
    #[default]
    Max,
    /// The least.
    Min,
    /// The mean.
    Mean,
    /// The sum.
    Sum,
}

/// A slab centred on the slice plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slab {
    /// What is shown of the values along the depth.
    pub kind: SlabKind,
    /// Depth, mm.
    pub thickness: f64,
    /// Samples per slice spacing, at least.
    pub oversampling: f64,
}

impl Default for Slab {
    fn default() -> Self {
        Self { kind: SlabKind::Max, thickness: 1.0, oversampling: 2.0 }
    }
}

/// The most planes that a slab samples.
const MOST_PLANES: f64 = 4096.0;

impl Slab {
    /// Values of a slab, row 0 first; NaN where no plane of it meets the image.
    pub(super) fn values(
        self,
        image: &Image,
        frame: usize,
        component: usize,
        view_to_ras: &Affine<View, Ras>,
        size: [usize; 2],
        interpolation: Interpolation,
    ) -> Vec<f32> {
        let Some(ras_to_ijk) = image.grid().ras_to_ijk() else { return vec![f32::NAN; size[0] * size[1]] };
        let normal = view_to_ras.column(0).cross(view_to_ras.column(1)).normalized().unwrap_or_default();
        let spacing = image.grid().min_spacing().max(1e-3);
        // Planes from one face of the slab to the other, both included.
        let planes = (self.thickness.abs() / spacing * self.oversampling.max(1.0)).ceil().min(MOST_PLANES)
            as usize
            + 1;
        let mut sum = vec![f32::NAN; size[0] * size[1]];
        let mut counts = vec![0_u16; sum.len()];
        for n in 0..planes {
            let t = if planes > 1 { n as f64 / (planes - 1) as f64 - 0.5 } else { 0.0 };
            let origin: Point<Ras> = view_to_ras.translation() + normal * (t * self.thickness.abs());
            let plane = Plane { view_to_ijk: view_to_ras.with_translation(origin).then(&ras_to_ijk), size };
            let values = reslice_component(image, frame, component, &plane, interpolation);
            for ((total, count), v) in sum.iter_mut().zip(&mut counts).zip(values) {
                if v.is_nan() {
                    continue;
                }
                *total = match self.kind {
                    _ if *count == 0 => v,
                    SlabKind::Max => total.max(v),
                    SlabKind::Min => total.min(v),
                    SlabKind::Mean | SlabKind::Sum => *total + v,
                };
                *count += 1;
            }
        }
        if self.kind == SlabKind::Mean {
            sum.iter_mut().zip(&counts).for_each(|(total, &count)| *total /= f32::from(count.max(1)));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slice::{Orientation, SliceView};
    use microtome_geometry::Grid;

    #[test]
    fn a_slab_reaches_half_its_thickness_to_both_sides() {
        // Value = height, 1 mm slices; the slab of 10 mm about z = 20 reaches from 15 to 25.
        let grid = Grid::axis_aligned([4, 4, 41], [1.0; 3], Point::zero());
        let image = Image::scalar(grid, (0..16 * 41).map(|n| (n / 16) as f32).collect::<Vec<_>>()).unwrap();
        let size = [4, 4];
        let mut view = SliceView::fitted(Orientation::Axial, &grid, size);
        view.set_offset(20.0);
        for (kind, expected) in [(SlabKind::Max, 25.0), (SlabKind::Min, 15.0), (SlabKind::Mean, 20.0)] {
            let slab = Slab { kind, thickness: 10.0, oversampling: 2.0 };
            let values = slab.values(&image, 0, 0, &view.view_to_ras(size), size, Interpolation::Linear);
            assert!(values.iter().all(|v| (v - expected).abs() < 1e-3), "{kind:?} {values:?}");
        }
        let slab = Slab { kind: SlabKind::Sum, thickness: 10.0, oversampling: 2.0 };
        let values = slab.values(&image, 0, 0, &view.view_to_ras(size), size, Interpolation::Linear);
        assert!(values.iter().all(|v| (v - 21.0 * 20.0).abs() < 1e-2));
    }
}
