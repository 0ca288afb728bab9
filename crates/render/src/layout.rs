//! Layouts: several views in one picture.

use microtome_geometry::{Bounds, Grid, Ras};

use crate::annotate::{
    Corner, draw_bounding_box, draw_corner_text, draw_orientation_axes, draw_orientation_letters, draw_ruler,
    draw_title_bar, text_size, title_height,
};
use crate::camera::{Camera, LookFrom};
use crate::picture::{Picture, PictureError, Rgba8};
use crate::scene3d::{Scene3d, render_3d};
use crate::slice::{Orientation, SliceScene, SliceView, render_slice};

/// A view of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewName {
    /// Axial slices.
    Red,
    /// Sagittal slices.
    Yellow,
    /// Coronal slices.
    Green,
    /// The 3D view.
    ThreeD,
}

impl ViewName {
    /// The plane of a slice view; `None` for the 3D view.
    pub const fn orientation(self) -> Option<Orientation> {
        match self {
            Self::Red => Some(Orientation::Axial),
            Self::Yellow => Some(Orientation::Sagittal),
            Self::Green => Some(Orientation::Coronal),
            Self::ThreeD => None,
        }
    }

    /// The view's colour.
    pub const fn color(self) -> Rgba8 {
        match self {
            Self::Red => [0xf3, 0x4a, 0x33, 255],
            Self::Yellow => [0xed, 0xd5, 0x4c, 255],
            Self::Green => [0x6e, 0xb0, 0x4b, 255],
            Self::ThreeD => [0x74, 0x9a, 0xdc, 255],
        }
    }

    /// The short label on its title bar.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Red => "R",
            Self::Yellow => "Y",
            Self::Green => "G",
            Self::ThreeD => "1",
        }
    }

    /// The view of this name (`red`, `yellow`, `green`, `3d`).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "red" => Some(Self::Red),
            "yellow" => Some(Self::Yellow),
            "green" => Some(Self::Green),
            "3d" => Some(Self::ThreeD),
            _ => None,
        }
    }
}

/// How views share a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Axial and 3D above, coronal and sagittal below.
    #[default]
    FourUp,
    /// 3D above, axial, coronal and sagittal below.
    Conventional,
    /// 3D on the left (five eighths), axial, coronal and sagittal one below the other on the right.
    ConventionalWidescreen,
    /// One view.
    Single(ViewName),
}

/// A part of a picture, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Layout {
    /// Names that [`from_name`](Self::from_name) knows.
    pub const NAMES: [&'static str; 7] =
        ["four-up", "conventional", "conventional-widescreen", "red", "yellow", "green", "3d"];

    /// The layout of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "four-up" => Some(Self::FourUp),
            "conventional" => Some(Self::Conventional),
            "conventional-widescreen" => Some(Self::ConventionalWidescreen),
            other => ViewName::from_name(other).map(Self::Single),
        }
    }

    /// The views and where they lie in a picture of `size`; together they fill it exactly. Views without pixels are left
    /// out.
    pub fn rectangles(self, size: [usize; 2]) -> Vec<(ViewName, Rectangle)> {
        use ViewName::{Green, Red, ThreeD, Yellow};
        let [w, h] = size;
        // Part n of `count` equal parts of a length: its start and its size. Remainders go to the later ones.
        let part = |length: usize, n: usize, count: usize| {
            let start = length * n / count;
            (start, length * (n + 1) / count - start)
        };
        let cell = |name, (x, width), (y, height)| (name, Rectangle { x, y, width, height });
        let all = match self {
            Self::FourUp => vec![
                cell(Red, part(w, 0, 2), part(h, 0, 2)),
                cell(ThreeD, part(w, 1, 2), part(h, 0, 2)),
                cell(Green, part(w, 0, 2), part(h, 1, 2)),
                cell(Yellow, part(w, 1, 2), part(h, 1, 2)),
            ],
            Self::Conventional => vec![
                cell(ThreeD, (0, w), part(h, 0, 2)),
                cell(Red, part(w, 0, 3), part(h, 1, 2)),
                cell(Green, part(w, 1, 3), part(h, 1, 2)),
                cell(Yellow, part(w, 2, 3), part(h, 1, 2)),
            ],
            Self::ConventionalWidescreen => {
                let left = w * 5 / 8;
                vec![
                    cell(ThreeD, (0, left), (0, h)),
                    cell(Red, (left, w - left), part(h, 0, 3)),
                    cell(Green, (left, w - left), part(h, 1, 3)),
                    cell(Yellow, (left, w - left), part(h, 2, 3)),
                ]
            }
            Self::Single(name) => vec![cell(name, (0, w), (0, h))],
        };
        all.into_iter().filter(|(_, r)| r.width > 0 && r.height > 0).collect()
    }
}

/// What the camera of the 3D view does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CameraChoice {
    /// Looks from a standard direction and shows everything.
    Fitted(LookFrom),
    /// Stands where it is told.
    Given(Camera),
}

impl Default for CameraChoice {
    fn default() -> Self {
        Self::Fitted(LookFrom::Front)
    }
}

/// What the views of a layout show.
#[derive(Clone, Debug, Default)]
pub struct Contents<'a> {
    /// What slice views show.
    pub slices: SliceScene<'a>,
    /// The grid that slice views are fitted to; without one they show 250 mm about the origin.
    pub grid: Option<Grid>,
    /// Offsets of the planes along their slice axes, mm; views that are not listed show the middle.
    pub offsets: Vec<(ViewName, f64)>,
    /// What the 3D view shows.
    pub scene: Scene3d<'a>,
    /// The box around what the 3D view shows.
    pub bounds: Option<Bounds<Ras>>,
    /// Where the 3D view looks from.
    pub camera: CameraChoice,
    /// Title bars, letters, rulers, box and text; `None` for pictures alone.
    pub annotations: Option<Annotations>,
}

/// What is written over views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// Lines in the lower left corner of slice views: which volumes they show.
    pub volumes: Vec<String>,
    /// Lines in the upper left corner of the first view: patient and study.
    pub patient: Vec<String>,
}

/// The picture of a layout, `size` = width and height in pixels.
///
/// # Errors
/// [`PictureError::Size`] for a picture without pixels or with too many.
pub fn render_layout(
    layout: Layout,
    contents: &Contents<'_>,
    size: [usize; 2],
) -> Result<Picture, PictureError> {
    let mut picture = Picture::new(size[0], size[1], [0, 0, 0, 255])?;
    for (n, (name, place)) in layout.rectangles(size).into_iter().enumerate() {
        let view = contents.view(name, [place.width, place.height], n == 0)?;
        picture.place(&view, place.x, place.y);
    }
    Ok(picture)
}

impl Contents<'_> {
    /// The picture of one view with its annotations.
    fn view(&self, name: ViewName, size: [usize; 2], first: bool) -> Result<Picture, PictureError> {
        let text = text_size(size[0], size[1]);
        // Views too small to hold one go without a title bar.
        let bar = if self.annotations.is_some() && size[1] > 6 * title_height(text) {
            title_height(text)
        } else {
            0
        };
        let inner = [size[0], size[1] - bar];
        let (body, title) = match name.orientation() {
            Some(orientation) => self.slice(name, orientation, inner, text)?,
            None => (self.three_d(inner, text)?, String::new()),
        };
        let Some(annotations) = &self.annotations else { return Ok(body) };
        let mut picture = Picture::new(size[0], size[1], [0, 0, 0, 255])?;
        picture.place(&body, 0, bar);
        if bar > 0 {
            draw_title_bar(&mut picture, name.color(), name.label(), &title, text);
        }
        if first {
            draw_corner_text(&mut picture, Corner::TopLeft, &annotations.patient, bar, text);
        }
        Ok(picture)
    }

    fn slice(
        &self,
        name: ViewName,
        orientation: Orientation,
        size: [usize; 2],
        text: f32,
    ) -> Result<(Picture, String), PictureError> {
        let mut view = match &self.grid {
            Some(grid) => SliceView::fitted(orientation, grid, size),
            None => SliceView::new(orientation),
        };
        if let Some(&(_, offset)) = self.offsets.iter().rev().find(|(n, _)| *n == name) {
            view.set_offset(offset);
        }
        let mut picture = render_slice(&self.slices, &view, size)?;
        if let Some(annotations) = &self.annotations {
            draw_orientation_letters(&mut picture, &view, text);
            draw_ruler(&mut picture, view.pixel_size(size)[0], text);
            draw_corner_text(&mut picture, Corner::BottomLeft, &annotations.volumes, 0, text);
        }
        let offset = view.offset();
        let axis = view.slice_to_ras.column(2) * if offset < 0.0 { -1.0 } else { 1.0 };
        let letters = crate::annotate::letters_of(axis);
        Ok((picture, format!("{}   {letters} {:.1} mm", orientation.name(), offset.abs())))
    }

    fn three_d(&self, size: [usize; 2], text: f32) -> Result<Picture, PictureError> {
        let aspect = size[0] as f64 / size[1].max(1) as f64;
        let camera = match (self.camera, &self.bounds) {
            (CameraChoice::Given(camera), _) => camera,
            (CameraChoice::Fitted(from), Some(bounds)) => Camera::fitted(from, bounds, aspect),
            (CameraChoice::Fitted(from), None) => {
                let (towards, up) = from.axes();
                let camera = Camera::default();
                Camera { position: camera.focal_point + towards * 500.0, up, ..camera }
            }
        };
        let view = render_3d(&self.scene, &camera, size)?;
        let mut picture = view.picture;
        if self.annotations.is_some() {
            if let Some(bounds) = &self.bounds {
                draw_bounding_box(&mut picture, &view.depth, &camera, bounds, [255, 0, 255, 255], text);
            }
            let basis = camera.basis();
            draw_orientation_axes(&mut picture, [basis.right, basis.up, basis.forward], 0.2, text);
        }
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_fill_the_picture_exactly() {
        for name in Layout::NAMES {
            let layout = Layout::from_name(name).unwrap();
            for size in [[800, 600], [801, 601], [3, 5], [1, 1]] {
                let mut hits = vec![0_u8; size[0] * size[1]];
                for (_, r) in layout.rectangles(size) {
                    for y in r.y..r.y + r.height {
                        hits[y * size[0] + r.x..y * size[0] + r.x + r.width].iter_mut().for_each(|h| *h += 1);
                    }
                }
                assert!(hits.iter().all(|&h| h == 1), "{name} {size:?}");
            }
        }
        assert_eq!(Layout::from_name("sideways"), None);
    }

    #[test]
    fn four_up_is_red_three_d_green_yellow() {
        let all = Layout::FourUp.rectangles([512, 512]);
        assert_eq!(
            all.iter().map(|v| v.0).collect::<Vec<_>>(),
            [ViewName::Red, ViewName::ThreeD, ViewName::Green, ViewName::Yellow]
        );
        assert!(all.iter().all(|(_, r)| r.width == 256 && r.height == 256));
        assert_eq!(all[2].1, Rectangle { x: 0, y: 256, width: 256, height: 256 });
    }

    #[test]
    fn empty_contents_are_drawn() {
        for annotations in [None, Some(Annotations::default())] {
            let contents = Contents { annotations, ..Contents::default() };
            for size in [[640, 480], [17, 9], [1, 1]] {
                let picture = render_layout(Layout::FourUp, &contents, size).unwrap();
                assert_eq!([picture.width(), picture.height()], size);
            }
        }
    }
}
