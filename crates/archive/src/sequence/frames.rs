//! Sequences in one image with frames (`.seq.nrrd`).
//!
//! Keys and values say what the frames are: `axis 3 index type`, `axis 3 index values`, `axis 3 item 0007 <attribute>`
//! (older files, whose frames come first, have `axis 0`), `DataNodeClassName`; the label and unit of the axis of frames are
//! those of the index. All other pairs are attributes of the sequence.

use std::collections::BTreeMap;

use microtome_formats::transform::displacement;
use microtome_formats::{ImageData, Metadata, Warning};
use microtome_geometry::transform::Vectors;
use microtome_geometry::{Grid, Transform as Map};
use microtome_image::{Array, Image, Labels, Meaning, Scalar, ScalarType, with_scalar_type};
use microtome_scene::nodes::{self, IndexType, Sequence, SequenceItem};
use microtome_scene::{Content, FieldValue, Node};

use crate::mrml::{decode_name, encode_name};

const CLASS: &str = "DataNodeClassName";
/// The attribute of an item that is not called after its file; Slicer keeps it as that.
const ITEM_NAME: &str = "Sequences.ItemName";
/// What is said of the axes, in the file's order, which is another when the sequence is written.
const OF_AXES: [&str; 9] = [
    "nrrd/axes",
    "nrrd/kinds",
    "nrrd/labels",
    "nrrd/units",
    "nrrd/centerings",
    "nrrd/thicknesses",
    "nrrd/spacings",
    "nrrd/axis mins",
    "nrrd/axis maxs",
];

/// What a key says of the axis of frames.
enum Key<'a> {
    IndexType,
    IndexValues,
    /// An attribute of one item.
    Item(usize, &'a str),
}

impl<'a> Key<'a> {
    fn parse(key: &'a str) -> Option<Self> {
        let (axis, rest) = key.strip_prefix("axis ")?.split_once(' ')?;
        axis.parse::<u8>().ok()?;
        Some(match rest {
            "index type" => Self::IndexType,
            "index values" => Self::IndexValues,
            _ => {
                let (number, attribute) = rest.strip_prefix("item ")?.split_once(' ')?;
                Self::Item(number.parse().ok()?, attribute)
            }
        })
    }
}

/// More frames than any recording has would make far more of a file than it is: such an image stays one.
pub(super) const MOST_ITEMS: usize = 100_000;

/// Whether an image says that its frames are a sequence, by its file's name or its keys.
pub(crate) fn is_sequence(file_name: &str, data: &ImageData) -> bool {
    if data.image.frames() > MOST_ITEMS {
        return false;
    }
    let name = file_name.to_ascii_lowercase();
    let named = name.ends_with(".seq.nrrd") || name.ends_with(".seq.nhdr");
    named
        || data
            .metadata
            .iter()
            .any(|(key, _)| matches!(Key::parse(key), Some(Key::IndexType | Key::IndexValues)))
}

/// The sequence that an image's frames are, called `name`, with its attributes.
pub(crate) fn from_image(data: ImageData, name: String, warnings: &mut Vec<Warning>) -> Node {
    let ImageData { image, metadata } = data;
    let count = image.frames();
    let mut sequence =
        Sequence { index_name: "frame".to_owned(), index_unit: String::new(), ..Sequence::default() };
    let mut attributes = BTreeMap::new();
    let mut of_items: BTreeMap<usize, Vec<(&str, &str)>> = BTreeMap::new();
    let mut values = Vec::new();
    for (key, value) in metadata.iter() {
        match Key::parse(key) {
            Some(Key::IndexType) => match IndexType::from_text(value) {
                Ok(index_type) => sequence.index_type = index_type,
                Err(error) => warnings.push(Warning::new(format!("{key}: {error}; taken as numeric"))),
            },
            Some(Key::IndexValues) => values = value.split_ascii_whitespace().map(decode_name).collect(),
            Some(Key::Item(number, attribute)) if number < count => {
                of_items.entry(number).or_default().push((attribute, value));
            }
            Some(Key::Item(..)) => {
                warnings.push(Warning::new(format!("{key}: there are only {count} frames; left out")));
            }
            None if key == CLASS || OF_AXES.contains(&key) => {}
            None => drop(attributes.insert(key.to_owned(), value.to_owned())),
        }
    }
    let axis = axis_of_frames(&metadata, &image);
    if let Some(label) = entry(&metadata, "nrrd/labels", axis) {
        sequence.index_name = label;
    }
    if let Some(unit) = entry(&metadata, "nrrd/units", axis) {
        sequence.index_unit = unit;
    }
    if !values.is_empty() && values.len() != count {
        let message = format!("{} index values for {count} frames: the others are numbered", values.len());
        warnings.push(Warning::new(message));
    }
    values.truncate(count);
    values.extend((values.len()..count).map(|n| n.to_string()));

    let class = metadata
        .get(CLASS)
        .map(|class| class.trim_start_matches("vtkMRML").trim_end_matches("Node").to_owned());
    let direction = attributes.remove(displacement::DIRECTION);
    let maps_to_parent = direction.as_deref() == Some("modeling");
    let is_transform = direction.is_some() || class.as_deref() == Some("GridTransform");
    for (number, value) in values.into_iter().enumerate() {
        let Some(frame) = frame(&image, number) else { continue };
        let content = match (is_transform, &class) {
            (true, _) => transform(&frame, maps_to_parent, warnings),
            (false, class) => Some(volume(frame, class.as_deref(), warnings)),
        };
        let Some(content) = content else { continue };
        let mut node = Node::new(format!("{name}_{number:04}"), content);
        let own = of_items.remove(&number).unwrap_or_default();
        node.attributes.extend(own.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        if let Some(own) = node.attributes.remove(ITEM_NAME) {
            node.name = own;
        }
        sequence.items.push(SequenceItem::new(value, node));
    }
    let mut node = Node::new(name, sequence);
    node.attributes = attributes;
    node
}

/// One frame as an image of its own.
fn frame(image: &Image, number: usize) -> Option<Image> {
    let length = image.frame_len();
    let start = number.checked_mul(length)?;
    let array = image.array().part(start..start.checked_add(length)?)?;
    Image::new(*image.grid(), image.components(), 1, image.meaning(), array).ok()
}

fn volume(image: Image, class: Option<&str>, warnings: &mut Vec<Warning>) -> Content {
    match class.and_then(Content::of_class) {
        Some(Content::LabelVolume(_)) => crate::node::volume(image.with_meaning(Meaning::Label), warnings),
        Some(Content::Volume(of_class)) => {
            let mut volume = nodes::Volume::new(image);
            volume.kind = of_class.kind;
            volume.into()
        }
        _ => crate::node::volume(image, warnings),
    }
}

fn transform(image: &Image, maps_to_parent: bool, warnings: &mut Vec<Warning>) -> Option<Content> {
    match displacement::from_image(image) {
        Ok(field) => Some(nodes::Transform::new(Map::Displacement(field), maps_to_parent).into()),
        Err(error) => {
            warnings.push(Warning::new(format!("a frame is no displacement field: {error}; left out")));
            None
        }
    }
}

/// Which of the file's axes is that of frames.
fn axis_of_frames(metadata: &Metadata, image: &Image) -> usize {
    let usual = 3 + usize::from(image.components() > 1);
    let axes =
        metadata.get("nrrd/axes").map(|axes| axes.split(' ').position(|axis| axis.starts_with("frames")));
    axes.flatten().unwrap_or(usual)
}

/// The text of one axis in a field that has one for each, in quotes.
fn entry(metadata: &Metadata, field: &str, axis: usize) -> Option<String> {
    let mut rest = metadata.get(field)?;
    let mut text = String::new();
    for _ in 0..=axis {
        text.clear();
        rest = &rest[rest.find('"')? + 1..];
        let mut escaped = false;
        let end = rest.char_indices().find_map(|(at, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            if !ends && !escaped {
                text.push(c);
            }
            ends.then_some(at)
        })?;
        rest = &rest[end + 1..];
    }
    Some(text).filter(|text| !text.is_empty())
}

/// What frames of one image have in common.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    grid: Grid,
    components: usize,
    meaning: Meaning,
    scalar_type: ScalarType,
    /// Of grid transforms: whether they lead to the parent.
    maps_to_parent: Option<bool>,
}

impl Shape {
    /// That of an item; `None` if it is no frame.
    fn of(content: &Content) -> Option<Self> {
        match content {
            Content::Volume(volume) => {
                let image = volume.image.as_ref().filter(|image| image.frames() == 1)?;
                Some(Self {
                    grid: *image.grid(),
                    components: image.components(),
                    meaning: image.meaning(),
                    scalar_type: image.scalar_type(),
                    maps_to_parent: None,
                })
            }
            Content::LabelVolume(volume) => {
                let labels = volume.labels.as_ref()?;
                Some(Self {
                    grid: *labels.grid(),
                    components: 1,
                    meaning: Meaning::Label,
                    scalar_type: labels.scalar_type(),
                    maps_to_parent: None,
                })
            }
            Content::Transform(transform) => {
                let Map::Displacement(field) = &transform.map else { return None };
                let scalar_type = match field.vectors() {
                    Vectors::Single(_) => ScalarType::Float32,
                    Vectors::Double(_) => ScalarType::Float64,
                };
                Some(Self {
                    grid: *field.grid(),
                    components: 3,
                    meaning: Meaning::SpatialVector,
                    scalar_type,
                    maps_to_parent: Some(transform.maps_to_parent),
                })
            }
            _ => None,
        }
    }

    /// That of all items; `None` if they differ or are no frames.
    fn of_all(sequence: &Sequence) -> Option<Self> {
        let mut items = sequence.items.iter().map(|item| (item.node.class(), Self::of(&item.node.content)));
        let first = items.next()?;
        if items.all(|item| item == first) { first.1 } else { None }
    }
}

/// Whether an image of frames holds all that an item is: its data, its name and its attributes.
pub(super) fn is_plain(item: &SequenceItem) -> bool {
    let node = &item.node;
    let of_volume = match &node.content {
        Content::Volume(volume) => {
            volume.quantity.is_none() && volume.units.is_none() && volume.diffusion.is_none()
        }
        _ => true,
    };
    of_volume && item.displays.is_empty() && node.description.is_empty() && node.unknown.is_empty()
}

/// Whether [`to_image`] can make an image of a sequence, and if so, whether of grid transforms.
pub(crate) fn is_uniform(sequence: &Sequence) -> Option<bool> {
    Shape::of_all(sequence).map(|shape| shape.maps_to_parent.is_some())
}

fn item_image(content: &Content) -> Option<Image> {
    match content {
        Content::Volume(volume) => volume.image.clone(),
        Content::LabelVolume(volume) => volume.labels.as_ref().map(Labels::to_image),
        Content::Transform(transform) => match &transform.map {
            Map::Displacement(field) => displacement::to_image(field).ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The image with the items of a sequence as its frames, for a file called `stem` and its extension; `None` if they are not
/// all volumes, or all grid transforms, of one class, geometry and type. `attributes` are those of the sequence; `keeps` says
/// which of an item's are written.
pub(crate) fn to_image(
    sequence: &Sequence,
    attributes: &Metadata,
    stem: &str,
    keeps: impl Fn(&str) -> bool,
) -> Option<ImageData> {
    let direction = Shape::of_all(sequence)?.maps_to_parent;
    let images: Option<Vec<Image>> =
        sequence.items.iter().map(|item| item_image(&item.node.content)).collect();
    let images = images?;
    let first = images.first()?;
    let arrays: Vec<&Array> = images.iter().map(Image::array).collect();
    let array = with_scalar_type!(first.scalar_type(), T => Array::from(joined::<T>(&arrays)?));
    let image = Image::new(*first.grid(), first.components(), images.len(), first.meaning(), array).ok()?;

    let class = sequence.items.first()?.node.class();
    let mut metadata: Metadata = attributes
        .iter()
        .filter(|(key, _)| !OF_AXES.contains(key) && Key::parse(key).is_none())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let vector = image.components() > 1;
    if image.frames() == 1 {
        // An axis of one frame is left out unless it is asked for.
        let components = if vector { format!("components={} ", image.components()) } else { String::new() };
        metadata.set("nrrd/axes", format!("{components}i j k frames=1"));
    }
    let of_axes = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{}\"\" \"\" \"\" \"{text}\"", if vector { "\"\" " } else { "" })
    };
    metadata.set("nrrd/labels", of_axes(&sequence.index_name));
    metadata.set("nrrd/units", of_axes(&sequence.index_unit));
    metadata.set(CLASS, format!("vtkMRML{class}Node"));
    if let Some(maps_to_parent) = direction {
        metadata.set(displacement::DIRECTION, if maps_to_parent { "modeling" } else { "resampling" });
    }
    metadata.set("axis 3 index type", sequence.index_type.name());
    let values: Vec<String> = sequence.items.iter().map(|item| encode_name(&item.value)).collect();
    metadata.set("axis 3 index values", values.join(" "));
    for (number, item) in sequence.items.iter().enumerate() {
        for (key, value) in &item.node.attributes {
            if key != super::BASE_NAME && keeps(key) {
                metadata.set(format!("axis 3 item {number:04} {key}"), value);
            }
        }
        if item.node.name != format!("{stem}_{number:04}") {
            metadata.set(format!("axis 3 item {number:04} {ITEM_NAME}"), &item.node.name);
        }
    }
    Some(ImageData { image, metadata })
}

fn joined<T: Scalar>(arrays: &[&Array]) -> Option<Vec<T>> {
    let parts: Option<Vec<&[T]>> = arrays.iter().map(|array| array.as_slice::<T>()).collect();
    Some(parts?.concat())
}
