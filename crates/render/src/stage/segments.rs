//! Segmentations: label layers for slice views, surfaces for 3D views.

use microtome_geometry::{Affine, Ras};
use microtome_records::Segment;
use microtome_scene::{Content, NodeId, Role, Scene, nodes};

use super::{StagedLabels, StagedSurface};
use crate::color::LabelColors;
use crate::picture::{Rgba8, to_byte};
use crate::surface::SurfaceGeometry;

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
    pub(super) fn layers(&self, name: &str, to_world: Affine<Ras, Ras>) -> Vec<StagedLabels> {
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
                to_world,
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
    pub(super) fn surfaces(&self, to_world: Affine<Ras, Ras>) -> Vec<StagedSurface> {
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
                    geometry: SurfaceGeometry::new(surface),
                    color: color(segment, &display),
                    opacity: opacity as f32,
                    to_world,
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
