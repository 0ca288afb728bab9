//! Thick slabs: several parallel planes seen as one.

use microtome_geometry::{Affine, Point, Ras, View};

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
    /// Values of a slab, row 0 first, of those that `plane` gives for each of its planes; NaN where no plane has one.
    /// `spacing` is the least distance of voxels, mm.
    pub(super) fn values(
        self,
        spacing: f64,
        view_to_ras: &Affine<View, Ras>,
        plane: impl Fn(&Affine<View, Ras>) -> Vec<f32>,
    ) -> Vec<f32> {
        let normal = view_to_ras.column(0).cross(view_to_ras.column(1)).normalized().unwrap_or_default();
        let spacing = spacing.max(1e-3);
        // Planes from one face of the slab to the other, both included.
        let planes = (self.thickness.abs() / spacing * self.oversampling.max(1.0)).ceil().min(MOST_PLANES)
            as usize
            + 1;
        let (mut sum, mut counts) = (Vec::new(), Vec::new());
        for n in 0..planes {
            let t = if planes > 1 { n as f64 / (planes - 1) as f64 - 0.5 } else { 0.0 };
            let origin: Point<Ras> = view_to_ras.translation() + normal * (t * self.thickness.abs());
            let values = plane(&view_to_ras.with_translation(origin));
            sum.resize(values.len(), f32::NAN);
            counts.resize(values.len(), 0_u16);
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
    use crate::slice::{Orientation, Plane, SliceView, reslice};
    use microtome_geometry::Grid;
    use microtome_image::{Image, Interpolation};

    #[test]
    fn a_slab_reaches_half_its_thickness_to_both_sides() {
        // Value = height, 1 mm slices; the slab of 10 mm about z = 20 reaches from 15 to 25.
        let grid = Grid::axis_aligned([4, 4, 41], [1.0; 3], Point::zero());
        let image = Image::scalar(grid, (0..16 * 41).map(|n| (n / 16) as f32).collect::<Vec<_>>()).unwrap();
        let size = [4, 4];
        let values_on = |view_to_ras: &Affine<View, Ras>| {
            let view_to_ijk = view_to_ras.then(&grid.ras_to_ijk().unwrap());
            reslice(&image, 0, &Plane { view_to_ijk, size }, Interpolation::Linear)
        };
        let mut view = SliceView::fitted(Orientation::Axial, &grid, size);
        view.set_offset(20.0);
        for (kind, expected) in [(SlabKind::Max, 25.0), (SlabKind::Min, 15.0), (SlabKind::Mean, 20.0)] {
            let slab = Slab { kind, thickness: 10.0, oversampling: 2.0 };
            let values = slab.values(1.0, &view.view_to_ras(size), values_on);
            assert!(values.iter().all(|v| (v - expected).abs() < 1e-3), "{kind:?} {values:?}");
        }
        let slab = Slab { kind: SlabKind::Sum, thickness: 10.0, oversampling: 2.0 };
        let values = slab.values(1.0, &view.view_to_ras(size), values_on);
        assert!(values.iter().all(|v| (v - 21.0 * 20.0).abs() < 1e-2));
    }
}
