//! How a node is shown that says nothing about it: every node that can be seen gets a display node of its kind, as Slicer
//! expects of a scene.

use microtome_scene::nodes::{
    DiffusionTensorVolumeDisplay, DiffusionWeightedVolumeDisplay, LabelVolumeDisplay, MarkupsDisplay,
    MarkupsDisplayKind, MarkupsKind, ModelDisplay, SegmentationDisplay, VectorVolumeDisplay, VolumeDisplay,
    VolumeKind,
};
use microtome_scene::{Content, Node, NodeId, Role, Transaction};

/// Slicer's built-in colours for label maps, and for models and all other volumes. They are no nodes of the scene.
const LABEL_COLORS: &str = "vtkMRMLProceduralColorNodeRandomIntegers";
const GREY: &str = "vtkMRMLColorTableNodeGrey";
const MODEL_COLORS: &str = "vtkMRMLProceduralColorNodeRedGreenBlue";

/// Adds a node, and a display node for it if it can be seen and has none.
pub(crate) fn add_shown(change: &mut Transaction, mut node: Node) -> NodeId {
    if node.reference(&Role::DISPLAY).is_none()
        && let Some((display, colors)) = default_display(&node.content)
    {
        let mut display = Node::new(format!("{} display", node.name), display);
        display.refer(Role::COLOR, colors.map(NodeId::from));
        node.refer(Role::DISPLAY, Some(change.add(display)));
    }
    change.add(node)
}

fn default_display(content: &Content) -> Option<(Content, Option<&'static str>)> {
    Some(match content {
        Content::Volume(volume) => {
            let display = match volume.kind {
                VolumeKind::Scalar | VolumeKind::Streaming => VolumeDisplay::default().into(),
                VolumeKind::Vector => VectorVolumeDisplay::default().into(),
                VolumeKind::DiffusionWeighted => DiffusionWeightedVolumeDisplay::default().into(),
                VolumeKind::DiffusionTensor => DiffusionTensorVolumeDisplay::default().into(),
            };
            (display, Some(GREY))
        }
        Content::LabelVolume(_) => (LabelVolumeDisplay::default().into(), Some(LABEL_COLORS)),
        Content::Model(_) => (ModelDisplay::default().into(), Some(MODEL_COLORS)),
        Content::Segmentation(_) => (SegmentationDisplay::default().into(), None),
        Content::Markups(list) => {
            let kind = match list.kind {
                MarkupsKind::Fiducial => MarkupsDisplayKind::Fiducial,
                MarkupsKind::Plane => MarkupsDisplayKind::Plane,
                MarkupsKind::Roi => MarkupsDisplayKind::Roi,
                _ => MarkupsDisplayKind::Any,
            };
            (MarkupsDisplay::of_kind(kind).into(), None)
        }
        _ => return None,
    })
}
