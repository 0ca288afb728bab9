//! The small picture that goes into a saved bundle.

use microtome_scene::{Content, Node, NodeId, Role};

use crate::picture::{Layout, PictureRequest, ViewName};
use crate::workbench::Workbench;

/// Width and height in pixels, as file managers show them.
const SIZE: [usize; 2] = [256, 256];
/// Saving is not to wait for its picture: scenes with more voxels, or more points of surfaces, than are looked at within
/// half a second go without. A bound in numbers rather than in time gives the same bytes on every machine.
const MOST_VOXELS: usize = 128 << 20;
const MOST_POINTS: usize = 1 << 20;

impl Workbench {
    /// An axial slice of the first volume with what is marked in it or, without any volume, the surfaces and markups in 3D.
    /// `None` for a scene in which nothing is to be seen, or too much to be drawn at once.
    pub(crate) fn thumbnail(&self) -> Option<Vec<u8>> {
        let scene = self.scene();
        let shown = |node: &Node| {
            let display = node.reference(&Role::DISPLAY).and_then(|id| scene.node(id)?.content.display());
            !node.hidden && display.is_none_or(|display| display.visibility)
        };
        let (mut volumes, mut marks, mut surfaces): (Vec<&NodeId>, Vec<&NodeId>, Vec<&NodeId>) =
            Default::default();
        let (mut voxels, mut points) = (0_usize, 0_usize);
        for (id, node) in scene.nodes().filter(|(_, node)| shown(node)) {
            match &node.content {
                Content::Volume(volume) if volumes.is_empty() => {
                    let Some(image) = &volume.image else { continue };
                    voxels = voxels.saturating_add(image.array().len());
                    volumes.push(id);
                }
                Content::LabelVolume(volume) => {
                    let Some(labels) = &volume.labels else { continue };
                    voxels = voxels.saturating_add(labels.grid().voxel_count());
                    marks.push(id);
                }
                Content::Segmentation(_) | Content::Markups(_) => marks.push(id),
                Content::Model(model) => {
                    points = points.saturating_add(model.mesh.points().len());
                    surfaces.push(id);
                }
                _ => {}
            }
        }
        if voxels > MOST_VOXELS || points > MOST_POINTS {
            return None;
        }
        let view = if volumes.is_empty() && !surfaces.is_empty() { ViewName::ThreeD } else { ViewName::Red };
        let ids: Vec<&NodeId> = volumes.into_iter().chain(marks).chain(surfaces).collect();
        let request = PictureRequest {
            layout: Layout::Single(view),
            size: SIZE,
            annotated: false,
            ..PictureRequest::default()
        };
        // A scene is saved with or without its picture.
        self.picture(&ids, &request).ok()
    }
}
