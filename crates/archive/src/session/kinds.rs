//! In which files the data of nodes are written.

use microtome_formats::segmentation::multiblock;
use microtome_formats::table::delimited;
use microtome_formats::{Kind, for_writing};
use microtome_geometry::Affine;
use microtome_records::{ColumnValues, Table};
use microtome_scene::Content;
use microtome_scene::nodes::{MarkupsKind, TransformKind, VolumeKind};

use crate::sequence::Form;

/// Texts longer than this go to a file of their own, bytes.
const LONGEST_TEXT: usize = 256;

/// A kind of file for the data of a node: the class of the storage node and the extension without its dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DataFile {
    /// The class of the storage node, without prefix and suffix.
    pub storage: &'static str,
    /// The extension, without the first dot.
    pub extension: &'static str,
}

const fn file(storage: &'static str, extension: &'static str) -> DataFile {
    DataFile { storage, extension }
}

/// The files that hold all that a node's data is: the one for new files first. None for nodes without data files.
pub(crate) fn data_files(content: &Content) -> &'static [DataFile] {
    match content {
        Content::Volume(volume) if volume.kind == VolumeKind::DiffusionWeighted => {
            const { &[file("NRRDStorage", "nrrd")] }
        }
        Content::Volume(volume) if volume.kind == VolumeKind::DiffusionTensor => {
            const { &[file("NRRDStorage", "nrrd")] }
        }
        Content::Volume(_) | Content::LabelVolume(_) => {
            const {
                &[
                    file("VolumeArchetypeStorage", "nrrd"),
                    file("VolumeArchetypeStorage", "nhdr"),
                    file("VolumeArchetypeStorage", "mha"),
                    file("VolumeArchetypeStorage", "mhd"),
                ]
            }
        }
        Content::Model(_) => {
            const { &[file("ModelStorage", "vtk"), file("ModelStorage", "vtp"), file("ModelStorage", "vtu")] }
        }
        Content::Segmentation(node) if node.source.is_mesh() => {
            const { &[file("SegmentationStorage", "seg.vtm"), file("SegmentationStorage", "vtm")] }
        }
        Content::Segmentation(_) => const { &[file("SegmentationStorage", "seg.nrrd")] },
        Content::Markups(markups) => match markups.kind {
            MarkupsKind::Plane => const { &[file("MarkupsPlaneJsonStorage", "mrk.json")] },
            MarkupsKind::Roi => const { &[file("MarkupsROIJsonStorage", "mrk.json")] },
            _ => const { &[file("MarkupsJsonStorage", "mrk.json")] },
        },
        Content::Transform(_) => const { &[file("TransformStorage", "h5"), file("TransformStorage", "tfm")] },
        // Only one of them has a way to write tabs and line ends inside of cells.
        Content::Table(table) if has_breaks(&table.table) => const { &[file("TableStorage", "csv")] },
        Content::Table(_) => const { &[file("TableStorage", "tsv"), file("TableStorage", "csv")] },
        Content::ColorTable(_) => {
            const { &[file("ColorTableStorage", "csv"), file("ColorTableStorage", "ctbl")] }
        }
        Content::ProceduralColor(_) => const { &[file("ProceduralColorStorage", "txt")] },
        Content::Text(_) => const { &[file("TextStorage", "txt")] },
        Content::VolumeProperty(_) => {
            const { &[file("VolumePropertyJsonStorage", "vp.json"), file("VolumePropertyStorage", "vp")] }
        }
        Content::Sequence(sequence) => match Form::of(sequence) {
            Form::Volumes => {
                const { &[file("VolumeSequenceStorage", "seq.nrrd"), file("SequenceStorage", "seq.mrb")] }
            }
            Form::GridTransforms => {
                const { &[file("TransformSequenceStorage", "seq.nrrd"), file("SequenceStorage", "seq.mrb")] }
            }
            Form::LinearTransforms => {
                const { &[file("LinearTransformSequenceStorage", "seq.mha"), file("SequenceStorage", "seq.mrb")] }
            }
            Form::Scene => const { &[file("SequenceStorage", "seq.mrb")] },
        },
        _ => &[],
    }
}

/// Whether a name or cell of a table has a tab or line end in it.
fn has_breaks(table: &Table) -> bool {
    let breaks = |text: &String| text.contains(['\t', '\n', '\r']);
    table.columns.iter().any(|column| {
        let in_cells = match &column.values {
            ColumnValues::Text(cells) => cells.iter().any(breaks),
            ColumnValues::Numbers(_) => false,
        };
        in_cells || breaks(&column.name)
    })
}

fn kind(content: &Content) -> Option<Kind> {
    Some(match content {
        Content::Volume(_) | Content::LabelVolume(_) => Kind::Image,
        Content::Model(_) => Kind::Mesh,
        Content::Segmentation(_) => Kind::Segmentation,
        Content::Markups(_) => Kind::Markups,
        Content::Transform(_) => Kind::Transform,
        Content::Table(_) => Kind::Table,
        Content::ColorTable(_) => Kind::ColorTable,
        Content::VolumeProperty(_) => Kind::VolumeProperty,
        _ => return None,
    })
}

fn is_writable(content: &Content, data_file: DataFile) -> bool {
    matches!(content, Content::Text(_) | Content::ProceduralColor(_) | Content::Sequence(_))
        || kind(content).is_some_and(|kind| for_writing(&format!("x.{}", data_file.extension), kind).is_ok())
}

/// The kind of file for new data; `None` if the node's data cannot be written.
pub(crate) fn new_file(content: &Content) -> Option<DataFile> {
    data_files(content).iter().copied().find(|file| is_writable(content, *file))
}

/// The kind of file that `name` is, if it holds all that the node's data is and can be written.
pub(crate) fn same_file(content: &Content, name: &str) -> Option<DataFile> {
    let lower = name.to_ascii_lowercase();
    let fits = |file: &DataFile| lower.strip_suffix(file.extension).is_some_and(|stem| stem.ends_with('.'));
    data_files(content).iter().copied().find(|file| fits(file) && is_writable(content, *file))
}

/// The kinds of files that are tried one after the other where the one in `first` cannot hold a node's data.
pub(crate) fn other_files(content: &Content, first: Option<DataFile>) -> Vec<DataFile> {
    let others = data_files(content).iter().copied().filter(|other| Some(*other) != first);
    others.filter(|other| is_writable(content, *other)).collect()
}

/// Whether a file of this name may hold the data of a node.
pub(crate) fn is_data_file(name: &str) -> bool {
    const EXTENSIONS: [&str; 29] = [
        "nrrd", "nhdr", "raw", "zraw", "nii", "gz", "mha", "mhd", "mgh", "mgz", "vtk", "vtp", "vtu", "stl",
        "ply", "obj", "json", "fcsv", "h5", "tfm", "txt", "tsv", "csv", "ctbl", "vp", "png", "mrb", "xml",
        "vtm",
    ];
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

/// All files that the data becomes in one called `name`, where it becomes several; else none. Names are relative to the
/// same folder as `name`.
pub(crate) fn members(content: &Content, name: &str) -> Vec<String> {
    let (folder, last) = name.split_at(name.rfind('/').map_or(0, |at| at + 1));
    let node = match content {
        Content::Segmentation(node) => node,
        Content::Table(table) => {
            // 3D Slicer lists only the schema.
            let schema = delimited::schema_of(&table.table, last);
            return schema.map(|schema| format!("{folder}{schema}")).into_iter().collect();
        }
        _ => return Vec::new(),
    };
    let others = multiblock::members(last, node.source, node.data.segments.len());
    if others.is_empty() {
        return others;
    }
    // 3D Slicer lists the main file first.
    std::iter::once(name.to_owned())
        .chain(others.into_iter().map(|other| format!("{folder}{other}")))
        .collect()
}

/// Whether there is anything to write.
pub(crate) fn has_data(content: &Content) -> bool {
    match content {
        Content::Volume(volume) => volume.image.is_some(),
        Content::LabelVolume(volume) => volume.labels.is_some(),
        Content::Model(model) => !model.mesh.points().is_empty(),
        Content::Segmentation(node) => !node.data.segments.is_empty(),
        Content::Markups(markups) => {
            !markups.points.is_empty() || markups.roi.as_ref().is_some_and(|roi| roi.size != [0.0; 3])
        }
        Content::Transform(node) => {
            node.kind == TransformKind::Linear
                || node.map.as_linear().is_none_or(|map| map != Affine::identity())
        }
        Content::VolumeProperty(node) => !node.color.is_empty() || !node.scalar_opacity.is_empty(),
        Content::Table(table) => !table.table.columns.is_empty(),
        Content::ColorTable(table) => !table.colors.entries.is_empty(),
        Content::ProceduralColor(colors) => !colors.points.is_empty(),
        Content::Text(text) => !text.text.is_empty(),
        Content::Sequence(sequence) => !sequence.items.is_empty(),
        _ => false,
    }
}

/// Whether just any file could be read as the data of such a node.
pub(crate) const fn is_free_text(content: &Content) -> bool {
    matches!(content, Content::Text(_) | Content::Table(_))
}

/// Whether the scene file itself can hold the data.
pub(crate) fn fits_the_scene(content: &Content) -> bool {
    match content {
        Content::Transform(transform) => transform.kind == TransformKind::Linear,
        // Scene files have no words for functions that bend.
        Content::VolumeProperty(property) => property.is_straight(),
        Content::Text(text) => text.text.len() <= LONGEST_TEXT,
        _ => false,
    }
}

/// A file's name without the extension of its format.
pub(crate) fn stem(name: &str) -> &str {
    const DOUBLE: [&str; 12] = [
        ".seg.nrrd",
        ".seg.nhdr",
        ".seq.nrrd",
        ".seq.nhdr",
        ".seq.mha",
        ".seq.mhd",
        ".seq.mrb",
        ".mrk.json",
        ".vp.json",
        ".nii.gz",
        ".labels.csv",
        ".seg.vtm",
    ];
    let lower = name.to_ascii_lowercase();
    let length = DOUBLE
        .iter()
        .find(|end| lower.ends_with(**end))
        .map_or_else(|| name.rfind('.').map_or(0, |at| name.len() - at), |end| end.len());
    match &name[..name.len() - length] {
        "" => name,
        stem => stem,
    }
}
