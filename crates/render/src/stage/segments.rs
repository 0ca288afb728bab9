//! Segmentations: label layers for slice views, surfaces for 3D views.

use microtome_geometry::Transform;
use microtome_records::Segment;
use microtome_scene::{Content, NodeId, Role, Scene, nodes};

use super::place::Place;
use super::{StagedLabels, StagedSurface};
use crate::color::LabelColors;
use crate::picture::{Rgba8, to_byte};

/// A segmentation and how it is shown.
pub(super) struct Segments<'a> {
    node: &'a nodes::Segmentation,
    display: nodes::SegmentationDisplay,
}

impl<'a> Segments<'a> {
    /// The segmentation `id` as its display node says, or as by default.
    pub(super) fn of(scene: &Scene, id: &NodeId, node: &'a nodes::Segmentation) -> Self {
        let display = match scene.referenced(id, &Role::DISPLAY).map(|(_, node)| &node.content) {
            Some(Content::SegmentationDisplay(display)) => display.clone(),
            _ => nodes::SegmentationDisplay::default(),
        };
        Self { node, display }
    }

    fn display_of(&self, segment: &Segment) -> nodes::SegmentDisplay {
        self.display.segments.get(&segment.id).cloned().unwrap_or_default()
    }

    /// What slice views show: each layer of voxels.
    pub(super) fn layers(&self, name: &str, to_world: &Transform) -> Vec<StagedLabels> {
        let common = &self.display.display;
        if !common.visibility || !common.visibility_2d {
            return Vec::new();
        }
        let opacity = |shown: bool, opacity: f64| if shown { (opacity * common.opacity) as f32 } else { 0.0 };
        let fill = opacity(self.display.fill_2d, self.display.opacity_2d_fill);
        let outline = opacity(self.display.outline_2d, self.display.opacity_2d_outline);
        let layers = self.node.data.layers.iter().enumerate();
        layers
            .map(|(layer, labels)| StagedLabels {
                name: (layer == 0).then(|| name.to_owned()),
                labels: labels.clone(),
                grid: to_world.lattice_of_image(labels.grid()),
                to_world: to_world.clone(),
                colors: self.colors(layer, |d| if d.visible_2d_fill { d.opacity_2d_fill } else { 0.0 }),
                outline_colors: Some(
                    self.colors(layer, |d| if d.visible_2d_outline { d.opacity_2d_outline } else { 0.0 }),
                ),
                fill,
                outline,
            })
            .collect()
    }

    /// Colours of the labels of a layer, with the opacity that a segment's display says as alpha.
    fn colors(&self, layer: usize, opacity: impl Fn(&nodes::SegmentDisplay) -> f64) -> LabelColors {
        let of_layer = self.node.data.segments.iter().filter_map(|segment| {
            let place = segment.place.filter(|place| place.layer == layer)?;
            let display = self.display_of(segment);
            let alpha = if display.visible { opacity(&display) } else { 0.0 };
            let [r, g, b] = color(segment, &display);
            let color: Rgba8 = [r, g, b, alpha as f32].map(to_byte);
            Some((i64::from(place.label), color))
        });
        LabelColors::new(of_layer)
    }

    /// What 3D views show: the surfaces of those segments that have one.
    pub(super) fn surfaces(&self, place: &Place) -> Vec<StagedSurface> {
        let common = &self.display.display;
        if !common.visibility || !common.visibility_3d {
            return Vec::new();
        }
        let segments = self.node.data.segments.iter();
        segments
            .filter_map(|segment| {
                let display = self.display_of(segment);
                let surface = segment.surface.as_deref().filter(|_| display.visible && display.visible_3d)?;
                let opacity = common.opacity * self.display.opacity_3d * display.opacity_3d;
                Some(StagedSurface {
                    geometry: place.surface(surface),
                    color: color(segment, &display),
                    opacity: opacity as f32,
                    to_world: place.rest(),
                })
            })
            .collect()
    }
}

/// The segment's colour, or the one that its display puts in its place.
fn color(segment: &Segment, display: &nodes::SegmentDisplay) -> [f32; 3] {
    let instead = [display.override_red, display.override_green, display.override_blue];
    let color = if instead.iter().all(|c| *c >= 0.0) { instead } else { segment.color };
    color.map(|c| c as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::{Grid, Point};
    use microtome_image::Labels;
    use microtome_records::{SegmentPlace, Segmentation};
    use microtome_scene::nodes::{SegmentDisplay, SegmentationDisplay};

    fn segmentation() -> nodes::Segmentation {
        let grid = Grid::axis_aligned([4, 4, 4], [1.0; 3], Point::zero());
        let segment = |id: &str, label| Segment {
            id: id.to_owned(),
            color: [1.0, 0.0, 0.0],
            place: Some(SegmentPlace { layer: 0, label }),
            ..Segment::default()
        };
        let segments = vec![segment("a", 1), segment("b", 2), segment("c", 3)];
        Segmentation { segments, layers: vec![Labels::uniform(grid, 0)], ..Segmentation::default() }.into()
    }

    fn layers(display: SegmentationDisplay) -> Vec<StagedLabels> {
        Segments { node: &segmentation(), display }.layers("s", &Transform::identity())
    }

    #[test]
    fn segments_are_shown_as_their_display_says() {
        let blue = SegmentDisplay {
            override_red: 0.0,
            override_green: 0.0,
            override_blue: 1.0,
            opacity_2d_fill: 0.2,
            visible_2d_outline: false,
            ..SegmentDisplay::default()
        };
        let hidden = SegmentDisplay { visible: false, ..SegmentDisplay::default() };
        let segments = [("a".to_owned(), blue), ("b".to_owned(), hidden)].into();
        let shown = layers(SegmentationDisplay { segments, ..SegmentationDisplay::default() });
        let [layer] = &shown[..] else { panic!("{} layers", shown.len()) };
        assert_eq!((layer.fill, layer.outline), (0.5, 1.0));
        let outlines = layer.outline_colors.as_ref().unwrap();
        let colors = |label| (layer.colors.color(label), outlines.color(label));
        assert_eq!(colors(1), ([0, 0, 255, 51], [0, 0, 255, 0]));
        assert_eq!(colors(2), ([255, 0, 0, 0], [255, 0, 0, 0]));
        assert_eq!(colors(3), ([255, 0, 0, 255], [255, 0, 0, 255]));
    }

    #[test]
    fn hidden_segmentations_have_no_layers() {
        let mut display = SegmentationDisplay::default();
        display.display.visibility = false;
        assert!(layers(display).is_empty());
        let no_fill = layers(SegmentationDisplay { fill_2d: false, ..SegmentationDisplay::default() });
        assert_eq!((no_fill[0].fill, no_fill[0].outline), (0.0, 1.0));
    }
}
