//! Which node a file's data becomes, and what of a node a file can hold.

use std::path::Path;

use microtome_formats::{
    ColorTableData, Data, ImageData, MarkupsData, MeshData, Metadata, SegmentationData, TableData, TextData,
    TransformData, VolumePropertyData, Warning,
};
use microtome_image::{Image, Labels, Meaning};
use microtome_scene::{Content, Node, Role, nodes};

use crate::{color_function, diffusion};

/// Metadata becomes node attributes under this prefix where it is a header field rather than a free key/value pair.
fn attributes(metadata: &Metadata) -> impl Iterator<Item = (String, String)> {
    metadata.iter().map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Attributes under this prefix come from DICOM and may name the patient.
pub(crate) const DICOM: &str = "DICOM.";

/// The node's attributes as a file's texts, but for those from DICOM: someone who converts a series to another format
/// does not expect the patient's name to come along.
pub(crate) fn metadata(node: &Node) -> Metadata {
    let mut metadata = Metadata::default();
    let kept = node.attributes.iter().filter(|(key, _)| !key.starts_with(DICOM));
    kept.for_each(|(key, value)| metadata.set(key, value));
    metadata
}

/// A file's name without its folders and its extension.
pub(crate) fn name_of(path: &Path, extension: &str) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.len().saturating_sub(extension.len());
    match name.get(..stem) {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ => name,
    }
}

/// The content of an image's node: blocks for label maps, dense for all else.
pub(crate) fn volume(image: Image, warnings: &mut Vec<Warning>) -> Content {
    if image.meaning() == Meaning::Label {
        match Labels::from_image(&image) {
            Ok(labels) => return nodes::LabelVolume::new(labels).into(),
            Err(error) => {
                warnings.push(Warning::new(format!("loaded as a volume, not as a label map: {error}")))
            }
        }
    }
    nodes::Volume::new(image).into()
}

/// The node of a file's data.
pub(crate) fn from_data(data: Data, name: String, warnings: &mut Vec<Warning>) -> Node {
    let (content, metadata): (Content, Metadata) = match data {
        Data::Image(ImageData { image, metadata }) => {
            let mut content = volume(image, warnings);
            if let Content::Volume(volume) = &mut content {
                let frames = volume.image.as_ref().map_or(0, Image::frames);
                volume.diffusion = diffusion::read(&metadata, frames);
                if volume.diffusion.is_some() {
                    volume.kind = nodes::VolumeKind::DiffusionWeighted;
                }
            }
            (content, metadata)
        }
        Data::Segmentation(SegmentationData { segmentation, source, metadata }) => {
            (nodes::Segmentation { data: segmentation, source, ..Default::default() }.into(), metadata)
        }
        Data::Mesh(MeshData { mesh, metadata }) => (nodes::Model { mesh }.into(), metadata),
        Data::Transform(TransformData { transform, to_parent, metadata }) => {
            (nodes::Transform::new(transform, to_parent).into(), metadata)
        }
        Data::Markups(data) => {
            let MarkupsData { name: own, markups, metadata, .. } = *data;
            let mut node = Node::new(own.unwrap_or(name), markups);
            node.attributes.extend(attributes(&metadata));
            return node;
        }
        Data::Table(TableData { table, metadata }) => (nodes::Table::from(table).into(), metadata),
        Data::ColorTable(ColorTableData { colors, metadata }) => {
            (nodes::ColorTable::from(colors).into(), metadata)
        }
        Data::VolumeProperty(VolumePropertyData { property, metadata }) => (property.into(), metadata),
        Data::Text(TextData { text, metadata }) if color_function::is_ours(&text) => {
            match color_function::read(&text) {
                Ok(points) => (nodes::ProceduralColor { points, ..Default::default() }.into(), metadata),
                Err(why) => {
                    warnings.push(Warning::new(format!("loaded as a text, not as colours: {why}")));
                    (nodes::Text { text, ..Default::default() }.into(), metadata)
                }
            }
        }
        Data::Text(TextData { text, metadata }) => {
            (nodes::Text { text, ..Default::default() }.into(), metadata)
        }
        Data::Terminology(terminology) => {
            let own = Some(&terminology.name).filter(|own| !own.is_empty()).cloned();
            return Node::new(own.unwrap_or(name), nodes::Table::from(terminology.table()));
        }
    };
    let mut node = Node::new(name, content);
    node.attributes.extend(attributes(&metadata));
    node
}

/// What a file holds of a node; `None` for nodes without data of their own, and for sequences.
pub(crate) fn to_data(node: &Node) -> Option<Data> {
    let mut metadata = metadata(node);
    Some(match &node.content {
        Content::Volume(volume) => {
            volume.diffusion.iter().for_each(|gradients| diffusion::write(gradients, &mut metadata));
            Data::Image(ImageData { image: volume.image.clone()?, metadata })
        }
        Content::LabelVolume(volume) => {
            Data::Image(ImageData { image: volume.labels.as_ref()?.to_image(), metadata })
        }
        Content::Segmentation(node) => Data::Segmentation(SegmentationData {
            segmentation: node.data.clone(),
            source: node.source,
            metadata,
        }),
        Content::Model(model) => Data::Mesh(MeshData { mesh: model.mesh.clone(), metadata }),
        Content::Transform(transform) => Data::Transform(TransformData {
            transform: transform.map.clone(),
            to_parent: transform.maps_to_parent,
            metadata,
        }),
        Content::Markups(list) => Data::from(MarkupsData {
            name: Some(node.name.clone()),
            markups: measured(node, list),
            display: None,
            metadata,
        }),
        Content::Table(table) => Data::Table(TableData { table: table.table.clone(), metadata }),
        Content::ColorTable(table) => {
            Data::ColorTable(ColorTableData { colors: table.colors.clone(), metadata })
        }
        Content::VolumeProperty(property) => {
            Data::VolumeProperty(VolumePropertyData { property: property.clone(), metadata })
        }
        Content::ProceduralColor(colors) => {
            Data::Text(TextData { text: color_function::write(&colors.points, &node.name), metadata })
        }
        Content::Text(text) => Data::Text(TextData { text: text.text.clone(), metadata }),
        _ => return None,
    })
}

/// The markups with their measurements as they are now. What is measured under a transform is not known here: it stays as
/// `Scene::measured` has it.
fn measured(node: &Node, markups: &nodes::Markups) -> nodes::Markups {
    match node.reference(&Role::TRANSFORM) {
        Some(_) => markups.clone(),
        None => nodes::Markups { measurements: markups.measured(&|p| p), ..markups.clone() },
    }
}
