//! Where a slice view looks.

use microtome_geometry::{Affine, Bounds, Grid, Point, Ras, Slice, Vector, View};

/// The standard planes, patient right on the screen's left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// Seen from the feet: left to the right, front up.
    Axial,
    /// Seen from the left: front to the left, head up.
    Sagittal,
    /// Seen from the front: left to the right, head up.
    Coronal,
}

impl Orientation {
    /// Directions of the screen's right, the screen's up, and the slice axis along which the offset grows.
    pub const fn axes(self) -> [Vector<Ras>; 3] {
        match self {
            Self::Axial => {
                [Vector::new(-1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)]
            }
            Self::Sagittal => {
                [Vector::new(0.0, -1.0, 0.0), Vector::new(0.0, 0.0, 1.0), Vector::new(-1.0, 0.0, 0.0)]
            }
            Self::Coronal => {
                [Vector::new(-1.0, 0.0, 0.0), Vector::new(0.0, 0.0, 1.0), Vector::new(0.0, 1.0, 0.0)]
            }
        }
    }

    /// The plane's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Axial => "Axial",
            Self::Sagittal => "Sagittal",
            Self::Coronal => "Coronal",
        }
    }
}

/// A slice view: a plane in the patient and the part of it that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliceView {
    /// From the slice frame (x to the screen's right, y up, z along the slice axis) to the patient. The columns of its
    /// linear part have length 1; it may be left-handed.
    pub slice_to_ras: Affine<Slice, Ras>,
    /// Width and height of the shown part, mm.
    pub field_of_view: [f64; 2],
    /// Where the middle of the view lies in the slice frame, mm.
    pub center: [f64; 2],
}

impl SliceView {
    /// A view in a standard plane through the origin, 250 mm wide and high.
    pub fn new(orientation: Orientation) -> Self {
        let [x, y, z] = orientation.axes();
        Self::from_axes(x, y, z, Point::zero())
    }

    /// A view through `position` with these axes (screen right, screen up, slice axis), 250 mm wide and high.
    pub fn from_axes(right: Vector<Ras>, up: Vector<Ras>, axis: Vector<Ras>, position: Point<Ras>) -> Self {
        let slice_to_ras = Affine::from_columns(right, up, axis, position);
        Self { slice_to_ras, field_of_view: [250.0; 2], center: [0.0; 2] }
    }

    /// The view fitted to a volume: through its centre, snapped to a voxel centre, the whole volume visible.
    pub fn fitted(orientation: Orientation, grid: &Grid, size: [usize; 2]) -> Self {
        let mut view = Self::new(orientation);
        view.fit(grid, size);
        view.set_offset(view.snapped(grid, view.offset()));
        view
    }

    /// The plane's standard name, if it is one of the presets.
    pub fn orientation(&self) -> Option<Orientation> {
        [Orientation::Axial, Orientation::Sagittal, Orientation::Coronal].into_iter().find(|o| {
            let axes = o.axes();
            (0..3).all(|a| (self.slice_to_ras.column(a) - axes[a]).length() < 1e-6)
        })
    }

    fn rotation_inverse(&self) -> Affine<Ras, Slice> {
        let linear = self.slice_to_ras.with_translation(Point::zero());
        linear.inverse().unwrap_or_else(|| Affine::from_scale([1.0; 3], [0.0; 3]))
    }

    /// Position of the plane along its slice axis, mm.
    pub fn offset(&self) -> f64 {
        self.rotation_inverse().apply(self.slice_to_ras.translation()).z()
    }

    /// Moves the plane along its slice axis so that [`offset`](Self::offset) becomes `offset`.
    pub fn set_offset(&mut self, offset: f64) {
        let [x, y, _] = self.rotation_inverse().apply(self.slice_to_ras.translation()).coords();
        let linear = self.slice_to_ras.with_translation(Point::zero());
        self.slice_to_ras = linear.with_translation(linear.apply(Point::new(x, y, offset)));
    }

    /// The volume's box in the directions of the slice, half voxels included, mm.
    pub fn bounds_of(&self, grid: &Grid) -> Bounds<Slice> {
        let map = self.rotation_inverse();
        let corners = grid.corners().map(|c| map.apply(c));
        corners[1..].iter().fold(Bounds { min: corners[0], max: corners[0] }, |b, &c| b.including(c))
    }

    /// Distance between neighbouring slices of a volume seen in this plane, mm: the extent along the slice axis of the
    /// voxel axis that runs along it most.
    pub fn slice_spacing(&self, grid: &Grid) -> f64 {
        let to_slice = grid.ijk_to_ras().then(&self.rotation_inverse());
        let directions = grid.directions().map(|d| self.rotation_inverse().apply_vector(d).z().abs());
        let along =
            (0..3).fold(0, |best, axis| if directions[axis] > directions[best] { axis } else { best });
        let spacing = to_slice.column(along).z().abs();
        if spacing > 0.0 && spacing.is_finite() { spacing } else { 1.0 }
    }

    /// The offset of the slice of voxel centres that holds `offset`.
    pub fn snapped(&self, grid: &Grid, offset: f64) -> f64 {
        let (spacing, bounds) = (self.slice_spacing(grid), self.bounds_of(grid));
        let (low, high) = (bounds.min.z(), bounds.max.z());
        // Whole slices only, and none beyond the volume: a middle between two slices takes the upper one.
        let last = (((high - low) / spacing).round() - 1.0).max(0.0);
        let slice = ((offset - low) / spacing + 1e-9).floor().clamp(0.0, last);
        (slice + 0.5) * spacing + low
    }

    /// Shows the whole volume, half voxels included, with square pixels in a view of `size` pixels, through its centre.
    pub fn fit(&mut self, grid: &Grid, size: [usize; 2]) {
        let bounds = self.bounds_of(grid);
        let [width, height, _] = bounds.size();
        let pixel = (width / size[0].max(1) as f64).max(height / size[1].max(1) as f64);
        let pixel = if pixel > 0.0 && pixel.is_finite() { pixel } else { 1.0 };
        self.field_of_view = size.map(|n| n.max(1) as f64 * pixel);
        self.center = [0.0; 2];
        let linear = self.slice_to_ras.with_translation(Point::zero());
        self.slice_to_ras = linear.with_translation(linear.apply(bounds.center()));
    }

    /// Width of a pixel in a view of `size` pixels, mm.
    pub fn pixel_size(&self, size: [usize; 2]) -> [f64; 2] {
        [0, 1].map(|a| self.field_of_view[a] / size[a].max(1) as f64)
    }

    /// From pixels (x to the right, y up, whole numbers at pixel centres, the lower left pixel first) to the slice.
    ///
    /// The pixels tile the field of view: the centre of the first one lies half a pixel inside its edge.
    pub fn view_to_slice(&self, size: [usize; 2]) -> Affine<View, Slice> {
        let pixel = self.pixel_size(size);
        let corner = [0, 1].map(|a| self.center[a] - self.field_of_view[a] / 2.0 + pixel[a] / 2.0);
        Affine::from_scale([pixel[0], pixel[1], 1.0], [corner[0], corner[1], 0.0])
    }

    /// From pixels (see [`view_to_slice`](Self::view_to_slice)) to the patient.
    pub fn view_to_ras(&self, size: [usize; 2]) -> Affine<View, Ras> {
        self.view_to_slice(size).then(&self.slice_to_ras)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        // Left-posterior-superior axes as most CT series have them.
        Grid::new(
            [100, 80, 40],
            Affine::from_rows([[-0.5, 0.0, 0.0, 20.0], [0.0, -0.5, 0.0, 30.0], [0.0, 0.0, 2.0, -10.0]]),
        )
    }

    #[test]
    fn presets_put_the_patients_right_on_the_left() {
        let view = SliceView::fitted(Orientation::Axial, &grid(), [200, 160]);
        let map = view.view_to_ras([200, 160]);
        let (left, right) = (map.apply(Point::new(0.0, 80.0, 0.0)), map.apply(Point::new(199.0, 80.0, 0.0)));
        assert!(left.x() > right.x());
        let (low, high) = (map.apply(Point::new(0.0, 0.0, 0.0)), map.apply(Point::new(0.0, 159.0, 0.0)));
        assert!(high.y() > low.y());
        assert!(view.slice_to_ras.determinant() < 0.0);
        assert_eq!(view.orientation(), Some(Orientation::Axial));
    }

    #[test]
    fn fitting_holds_half_voxels_and_square_pixels() {
        let view = SliceView::fitted(Orientation::Axial, &grid(), [200, 100]);
        // 50 mm × 40 mm into 200 × 100 pixels: 0.4 mm a pixel.
        assert!((view.field_of_view[0] - 80.0).abs() < 1e-9 && (view.field_of_view[1] - 40.0).abs() < 1e-9);
        let map = view.view_to_ras([200, 100]);
        let middle = map.apply(Point::new(99.5, 49.5, 0.0));
        assert!(
            (middle.x() - grid().center().x()).abs() < 1e-9
                && (middle.y() - grid().center().y()).abs() < 1e-9
        );
    }

    #[test]
    fn offsets_snap_to_voxel_centres() {
        let view = SliceView::fitted(Orientation::Axial, &grid(), [64, 64]);
        // 40 slices from −10 to 68; the middle, 29, lies between two.
        assert!((view.offset() - 30.0).abs() < 1e-9, "{}", view.offset());
        assert!((view.slice_spacing(&grid()) - 2.0).abs() < 1e-12);
        assert!((view.snapped(&grid(), -500.0) + 10.0).abs() < 1e-9);
        assert!((view.snapped(&grid(), 500.0) - 68.0).abs() < 1e-9);
        let sagittal = SliceView::fitted(Orientation::Sagittal, &grid(), [64, 64]);
        assert!((sagittal.slice_spacing(&grid()) - 0.5).abs() < 1e-12);
        let k = (20.0 - -sagittal.offset()) / 0.5;
        assert!((k - k.round()).abs() < 1e-9, "{k}");
    }

    #[test]
    fn offset_changes_only_along_the_axis() {
        let mut view = SliceView::fitted(Orientation::Coronal, &grid(), [64, 64]);
        let before = view.slice_to_ras.translation();
        view.set_offset(12.5);
        let after = view.slice_to_ras.translation();
        assert!((view.offset() - 12.5).abs() < 1e-12);
        assert!((after.x() - before.x()).abs() < 1e-12 && (after.z() - before.z()).abs() < 1e-12);
        assert!((after.y() - 12.5).abs() < 1e-12);
    }
}
