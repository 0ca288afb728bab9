//! What files hold, format by format alike.

use std::collections::HashSet;

use microtome_geometry::Transform;
use microtome_image::Image;
use microtome_mesh::Mesh;
use microtome_records::{
    ColorTable, Markups, SegmentRepresentation, Segmentation, Table, Terminology, VolumeProperty,
};

/// Text about a file's data that the data itself has no place for, in the file's order.
///
/// Free key/value pairs stand under their own names (`DWMRI_b-value`). Header fields that the data model does not hold
/// stand under `<format>/<field>` (`nrrd/measurement frame`, `nifti/descrip`), and the writer of the same format writes
/// them back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    entries: Vec<(String, String)>,
}

impl Metadata {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// Sets `key`, replacing an earlier value in its place.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self.entries.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
        }
    }

    /// All keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(String, String)> for Metadata {
    /// All of `entries`; of those under one key the first.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        let mut seen = HashSet::new();
        Self { entries: entries.into_iter().filter(|(key, _)| seen.insert(key.clone())).collect() }
    }
}

/// Partial trouble that did not stop a reader or writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What happened, to which field, with which value, and what was done about it: one sentence.
    pub message: String,
}

impl Warning {
    /// A warning that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// What kind of data a format holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Images and label maps.
    Image,
    /// Segmentations.
    Segmentation,
    /// Surfaces, lines and solid meshes.
    Mesh,
    /// Spatial transforms.
    Transform,
    /// Control points.
    Markups,
    /// Tables.
    Table,
    /// Colour tables.
    ColorTable,
    /// Transfer functions of volume renderings.
    VolumeProperty,
    /// Lists of coded concepts.
    Terminology,
    /// Texts.
    Text,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Image,
        Self::Segmentation,
        Self::Mesh,
        Self::Transform,
        Self::Markups,
        Self::Table,
        Self::ColorTable,
        Self::VolumeProperty,
        Self::Terminology,
        Self::Text,
    ];

    /// The word for people, with its article.
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Image => "an image",
            Self::Segmentation => "a segmentation",
            Self::Mesh => "a mesh",
            Self::Transform => "a transform",
            Self::Markups => "markups",
            Self::Table => "a table",
            Self::ColorTable => "a colour table",
            Self::VolumeProperty => "a volume property",
            Self::Terminology => "a terminology",
            Self::Text => "a text",
        }
    }

    /// The word for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Segmentation => "segmentation",
            Self::Mesh => "mesh",
            Self::Transform => "transform",
            Self::Markups => "markups",
            Self::Table => "table",
            Self::ColorTable => "colour table",
            Self::VolumeProperty => "volume property",
            Self::Terminology => "terminology",
            Self::Text => "text",
        }
    }
}

/// What a reader found.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The data; of a file with several items the first.
    pub data: Data,
    /// The other items, in the file's order.
    pub others: Vec<Data>,
    /// Partial trouble on the way.
    pub warnings: Vec<Warning>,
}

impl Loaded {
    /// One item.
    pub const fn new(data: Data, warnings: Vec<Warning>) -> Self {
        Self { data, others: Vec::new(), warnings }
    }
}

impl From<Data> for Loaded {
    fn from(data: Data) -> Self {
        Self::new(data, Vec::new())
    }
}

/// One item of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// An image or label map.
    Image(ImageData),
    /// A segmentation.
    Segmentation(SegmentationData),
    /// A mesh.
    Mesh(MeshData),
    /// A transform.
    Transform(TransformData),
    /// Markups.
    Markups(Box<MarkupsData>),
    /// A table.
    Table(TableData),
    /// A colour table.
    ColorTable(ColorTableData),
    /// Transfer functions of a volume rendering.
    VolumeProperty(VolumePropertyData),
    /// A list of coded concepts.
    Terminology(Terminology),
    /// A text.
    Text(TextData),
}

impl From<MarkupsData> for Data {
    fn from(data: MarkupsData) -> Self {
        Self::Markups(Box::new(data))
    }
}

impl Data {
    /// What kind of data this is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Image(_) => Kind::Image,
            Self::Segmentation(_) => Kind::Segmentation,
            Self::Mesh(_) => Kind::Mesh,
            Self::Transform(_) => Kind::Transform,
            Self::Markups(_) => Kind::Markups,
            Self::Table(_) => Kind::Table,
            Self::ColorTable(_) => Kind::ColorTable,
            Self::VolumeProperty(_) => Kind::VolumeProperty,
            Self::Terminology(_) => Kind::Terminology,
            Self::Text(_) => Kind::Text,
        }
    }
}

/// An image with the texts around it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageData {
    /// The voxels and where they stand.
    pub image: Image,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// A segmentation with the texts around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentationData {
    /// The segments and their voxels.
    pub segmentation: Segmentation,
    /// The form that is edited; the others follow from it.
    pub source: SegmentRepresentation,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// A mesh (in RAS) with the texts around it.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshData {
    /// Points, cells and attributes.
    pub mesh: Mesh,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// A transform with the texts around it.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformData {
    /// The map in RAS, in the direction that [`to_parent`](Self::to_parent) says.
    pub transform: Transform,
    /// Whether `transform` takes points of the transformed node to its parent. Linear transforms always do; a warping
    /// transform file holds the map from the parent (the resampling transform), which is kept as it is.
    pub to_parent: bool,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// Markups with the texts around them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MarkupsData {
    /// Their own name, if the file states one.
    pub name: Option<String>,
    /// The points, and what they mark.
    pub markups: Markups,
    /// How they are shown, if the file says something about that: properties by the names and in the text form that scenes
    /// have (`color` → `0.4 1 1`).
    pub display: Option<Metadata>,
    /// Whatever else the file says (JSON members that the model does not hold, as JSON text).
    pub metadata: Metadata,
}

/// A table with the texts around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableData {
    /// The columns.
    pub table: Table,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// A colour table with the texts around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColorTableData {
    /// The colours.
    pub colors: ColorTable,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// Transfer functions of a volume rendering with the texts around them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumePropertyData {
    /// The functions and the light.
    pub property: VolumeProperty,
    /// Whatever else the file says.
    pub metadata: Metadata,
}

/// A text with the texts around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextData {
    /// The text.
    pub text: String,
    /// Whatever else is said of it.
    pub metadata: Metadata,
}
