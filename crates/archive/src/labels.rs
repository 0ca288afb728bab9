//! Label maps as segmentations and the other way round, and volumes of vectors as transforms.

use microtome_formats::transform::displacement;
use microtome_formats::{
    Data, Error as FormatError, ImageData, Kind, Metadata, SegmentationData, for_writing,
};
use microtome_image::{Image, Labels, LabelsError, Meaning};
use microtome_records::{ColorTable, SegmentRepresentation, Segmentation};
use microtome_scene::{Content, Node, Role, nodes};

use crate::node::metadata;

/// The segmentation that has a segment for each label of a label map, or of a volume whose values are labels. Segments
/// have names, colours and codes from `colors`; those that it does not know are called `Segment_` and the label.
///
/// # Errors
/// [`LabelsError`] for a volume whose values are no labels; `None`, inside, for a node that is no volume or has no voxels.
pub fn segmentation_of(node: &Node, colors: &ColorTable) -> Result<Option<Node>, LabelsError> {
    let labels = match &node.content {
        Content::LabelVolume(volume) => volume.labels.clone(),
        Content::Volume(volume) => volume.image.as_ref().map(Labels::from_image).transpose()?,
        _ => None,
    };
    let content = |labels| nodes::Segmentation::from(Segmentation::from_labels(labels, colors));
    Ok(labels.map(|labels| beside(node, content(labels).into())))
}

/// The label map of a segmentation: label n for the n-th segment, counted from 1; where segments overlap, the later one is
/// seen. `None` for other nodes, and for a segmentation without label maps.
pub fn label_map_of(node: &Node) -> Option<Node> {
    let Content::Segmentation(segmentation) = &node.content else { return None };
    let labels = Labels::from_image(&segmentation.data.merged()?).ok()?;
    Some(beside(node, nodes::LabelVolume::new(labels).into()))
}

/// The displacement grid of a volume of vectors; as files mean it, from the parent, unless one says otherwise. `None` for other
/// nodes.
pub fn transform_of(node: &Node) -> Option<Node> {
    let Content::Volume(nodes::Volume { image: Some(image), .. }) = &node.content else { return None };
    let data =
        displacement::transform_of(&ImageData { image: image.clone(), metadata: metadata(node) }).ok()?;
    Some(beside(node, nodes::Transform::new(data.transform, data.to_parent).into()))
}

/// A node of the same name in the same place.
fn beside(node: &Node, content: Content) -> Node {
    let mut other = Node::new(node.name.clone(), content);
    other.refer(Role::TRANSFORM, node.reference(&Role::TRANSFORM).cloned());
    other
}

/// The data as a file called `name` holds it: labels as segments in a segmentation file, segments as labels in an image
/// file, all else as it is.
pub(crate) fn fitted(data: Data, name: &str) -> Result<Data, FormatError> {
    let for_segments = for_writing(name, Kind::Segmentation).is_ok();
    match data {
        Data::Image(image) if for_segments => segments_of(&image.image).map(Data::Segmentation),
        Data::Segmentation(data) if !for_segments => merged(data).map(Data::Image),
        data => Ok(data),
    }
}

fn segments_of(image: &Image) -> Result<SegmentationData, FormatError> {
    let labels = Labels::from_image(image).map_err(|error| FormatError::CannotHold {
        format: "a segmentation file",
        what: format!("this image: {error}"),
    })?;
    let segmentation = Segmentation::from_labels(labels, &ColorTable::default());
    let source = SegmentRepresentation::BinaryLabelmap;
    Ok(SegmentationData { segmentation, source, metadata: Metadata::default() })
}

fn merged(data: SegmentationData) -> Result<ImageData, FormatError> {
    let image = data.segmentation.merged().ok_or_else(|| FormatError::CannotHold {
        format: "an image file",
        what: "a segmentation without label maps".to_owned(),
    })?;
    Ok(ImageData { image: image.with_meaning(Meaning::Label), metadata: Metadata::default() })
}
