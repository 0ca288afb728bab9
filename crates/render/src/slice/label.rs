//! Label maps and segmentations in slice views: fill and outline.

use microtome_geometry::{Affine, Grid, Ras, Transform, View};
use microtome_image::{Image, Labels, Lattice, Scalar, with_labelmap};
use rayon::prelude::*;

use super::course::{Course, Way};
use super::reslice::nearest;
use crate::color::LabelColors;
use crate::picture::{Picture, Rgba8};
use crate::sampling::with_frame;

/// Where labels come from.
#[derive(Clone, Copy, Debug)]
pub enum LabelSource<'a> {
    /// An image of whole numbers, one frame of it.
    Image(&'a Image, usize),
    /// A label map in blocks.
    Blocks(&'a Labels),
}

/// Stands for pixels outside the label map. No label in use has this number.
const OUTSIDE: i64 = i64::MIN;

impl LabelSource<'_> {
    /// Where the voxels stand.
    pub fn grid(&self) -> &Grid {
        match self {
            Self::Image(image, _) => image.grid(),
            Self::Blocks(labels) => labels.grid(),
        }
    }

    /// The label of the nearest voxel of each pixel, row 0 first; `OUTSIDE` outside.
    fn reslice(&self, course: &Course<'_>) -> Vec<i64> {
        match self {
            Self::Image(image, frame) => with_frame!(*image, *frame, voxels => {
                let (components, dims) = (image.components(), image.dims());
                read(dims, course, |[i, j, k]| {
                    voxels[((k * dims[1] + j) * dims[0] + i) * components].to_f64() as i64
                })
            }),
            Self::Blocks(labels) => with_labelmap!(*labels, map => {
                read(map.dims(), course, |ijk| i64::from(map.get(ijk, 0)))
            }),
        }
    }
}

fn read(dims: [usize; 3], course: &Course<'_>, label: impl Fn([usize; 3]) -> i64 + Sync) -> Vec<i64> {
    let [width, height] = course.size();
    let mut out = vec![OUTSIDE; width * height];
    out.par_chunks_mut(width.max(1)).enumerate().for_each_init(
        || vec![[0.0; 3]; width],
        |places, (y, row)| {
            course.row(y, places);
            for (pixel, place) in row.iter_mut().zip(places) {
                if let Some(ijk) = nearest(dims, *place) {
                    *pixel = label(ijk);
                }
            }
        },
    );
    out
}

/// A label map in a slice view.
#[derive(Clone, Debug)]
pub struct LabelLayer<'a> {
    /// The labels.
    pub source: LabelSource<'a>,
    /// From the label map's own space to the scene's.
    pub to_world: Transform,
    /// Colours of the labels.
    pub colors: LabelColors,
    /// Colours of their outlines, where they are others; a label that has none here has no outline.
    pub outline_colors: Option<LabelColors>,
    /// Opacity of the areas, 0 to 1.
    pub fill: f32,
    /// Opacity of the outlines, 0 to 1.
    pub outline: f32,
    /// Width of the outlines in pixels, inwards from the edge.
    pub thickness: usize,
}

impl<'a> LabelLayer<'a> {
    /// Filled areas without outlines, as label maps are shown.
    pub fn filled(source: LabelSource<'a>, colors: LabelColors) -> Self {
        let to_world = Transform::identity();
        Self { source, to_world, colors, outline_colors: None, fill: 1.0, outline: 0.0, thickness: 1 }
    }

    /// Half transparent areas with full outlines, as segmentations are shown.
    pub fn segmentation(source: LabelSource<'a>, colors: LabelColors) -> Self {
        Self { fill: 0.5, outline: 1.0, ..Self::filled(source, colors) }
    }

    /// Puts the labels over the picture.
    pub(super) fn draw(&self, picture: &mut Picture, view_to_ras: &Affine<View, Ras>) {
        let size = [picture.width(), picture.height()];
        let Some(way) = Way::into_voxels(self.source.grid(), &self.to_world) else { return };
        let labels = self.source.reslice(&way.course(view_to_ras, size));
        let outline =
            if self.outline > 0.0 { edges(&labels, size, self.thickness) } else { vec![false; labels.len()] };
        let mut last: (i64, LabelPaint) = (OUTSIDE, LabelPaint::default());
        for (n, (&label, &edge)) in labels.iter().zip(&outline).enumerate() {
            if label == OUTSIDE {
                continue;
            }
            if last.0 != label {
                last = (label, self.paint(label));
            }
            let (color, opacity) = if edge { last.1.edge } else { last.1.area };
            if color[3] > 0 && opacity > 0.0 {
                let (x, y) = (n % size[0], size[1] - 1 - n / size[0]);
                picture.blend(x as isize, y as isize, color, opacity);
            }
        }
    }

    /// How a label is drawn.
    fn paint(&self, label: i64) -> LabelPaint {
        let area = (self.colors.color(label), self.fill);
        let edge = match &self.outline_colors {
            None => (area.0, self.outline.max(self.fill)),
            Some(colors) => (colors.color(label), self.outline),
        };
        LabelPaint { area, edge: if edge.0[3] > 0 { edge } else { area } }
    }
}

/// Colour and opacity of a label's inner pixels and of those of its outline.
#[derive(Clone, Copy, Default)]
struct LabelPaint {
    area: (Rgba8, f32),
    edge: (Rgba8, f32),
}

/// Whether each pixel belongs to its label's outline: some pixel at most `thickness` away along both axes has another
/// label or lies outside the view.
fn edges(labels: &[i64], size: [usize; 2], thickness: usize) -> Vec<bool> {
    let [width, height] = size;
    let reach = thickness.clamp(1, 64);
    // Whether all pixels within reach have the same label is decided axis by axis: first along rows, then a column of
    // such runs of the same label.
    let mut same = vec![false; labels.len()];
    for (y, row) in labels.chunks_exact(width).enumerate() {
        for x in reach..width.saturating_sub(reach) {
            same[y * width + x] = row[x - reach..=x + reach].iter().all(|&l| l == row[x]);
        }
    }
    let mut edge = vec![true; labels.len()];
    for y in reach..height.saturating_sub(reach) {
        for x in reach..width.saturating_sub(reach) {
            let at = y * width + x;
            edge[at] =
                !(y - reach..=y + reach).all(|r| same[r * width + x] && labels[r * width + x] == labels[at]);
        }
    }
    edge
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slice::{Orientation, SliceScene, SliceView, render_slice};
    use microtome_geometry::Point;
    use microtome_image::Labelmap;

    #[test]
    fn labels_have_outlines_of_their_own() {
        let grid = Grid::axis_aligned([8, 4, 1], [1.0; 3], Point::zero());
        let values: Vec<u8> = (0..32).map(|n| u8::from(n % 8 > 3) + 1).collect();
        let labels = Labels::UInt8(Labelmap::from_values(grid, &values).unwrap());
        let layer = LabelLayer {
            outline_colors: Some(LabelColors::new([(1, [0, 255, 0, 255])])),
            fill: 1.0,
            outline: 1.0,
            ..LabelLayer::segmentation(
                LabelSource::Blocks(&labels),
                LabelColors::new([(1, [255, 0, 0, 0]), (2, [0, 0, 255, 255])]),
            )
        };
        let size = [80, 40];
        let view = SliceView::fitted(Orientation::Axial, &grid, size);
        let scene = SliceScene { labels: vec![layer], ..SliceScene::default() };
        let picture = render_slice(&scene, &view, size).unwrap();
        let count = |color: [u8; 3]| picture.pixels().iter().filter(|p| p[..3] == color).count();
        // The first label has an outline and no area, the second an area and no outline.
        assert_eq!(count([255, 0, 0]), 0);
        assert!(count([0, 255, 0]) > 0 && count([0, 0, 0]) > count([0, 255, 0]));
        assert_eq!(count([0, 0, 255]), 40 * 40);
    }

    /// The law as the specification words it.
    fn is_edge(labels: &[i64], size: [usize; 2], at: [isize; 2], reach: isize) -> bool {
        let get = |x: isize, y: isize| {
            let inside = x >= 0 && y >= 0 && x < size[0] as isize && y < size[1] as isize;
            inside.then(|| labels[y as usize * size[0] + x as usize])
        };
        let own = get(at[0], at[1]);
        (-reach..=reach).any(|dy| (-reach..=reach).any(|dx| get(at[0] + dx, at[1] + dy) != own))
    }

    #[test]
    fn the_outline_law() {
        let size = [23, 17];
        let labels: Vec<i64> = (0..23 * 17).map(|n| i64::from((n % 23 / 6 + n / 23 / 5) % 3)).collect();
        for reach in [1, 2] {
            let found = edges(&labels, size, reach);
            for (n, &edge) in found.iter().enumerate() {
                let at = [(n % 23) as isize, (n / 23) as isize];
                assert_eq!(edge, is_edge(&labels, size, at, reach as isize), "{at:?}");
            }
        }
    }

    #[test]
    fn blocks_and_dense_images_look_the_same() {
        let grid = Grid::axis_aligned([40, 36, 3], [1.0; 3], Point::zero());
        let values: Vec<u8> =
            (0..40 * 36 * 3).map(|n: usize| ((n % 40 / 7 + n / 40 % 36 / 9) % 4) as u8).collect();
        let blocks = Labelmap::from_values(grid, &values).unwrap();
        let dense = blocks.to_image();
        let size = [80, 80];
        let view = SliceView::fitted(Orientation::Axial, &grid, size);
        let picture = |source| {
            let layer = LabelLayer::segmentation(source, LabelColors::by_number());
            render_slice(&SliceScene { labels: vec![layer], ..SliceScene::default() }, &view, size).unwrap()
        };
        let (a, b) = (
            picture(LabelSource::Blocks(&Labels::UInt8(blocks.clone()))),
            picture(LabelSource::Image(&dense, 0)),
        );
        assert_eq!(a, b);
        assert!(a.pixels().iter().any(|p| p[..3] != [0, 0, 0]));
    }
}
