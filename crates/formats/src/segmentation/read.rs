//! Reading segmentations.

use std::collections::BTreeMap;

use microtome_image::{Array, Image, Labels, ScalarType};
use microtome_records::{
    ColorTable, ConversionParameter, Segment, SegmentPlace, SegmentRepresentation, Segmentation,
    generated_color,
};
use rayon::prelude::*;

use super::{MOST_WARNINGS, NAME, fractional, keys};
use crate::data::{Data, ImageData, Loaded, Metadata, SegmentationData, Warning};
use crate::error::Error;
use crate::image::nrrd::read_image;
use crate::image::voxels::planar;
use crate::source::{ReadOptions, Source};

pub(super) fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let (ImageData { image, metadata }, mut warnings) = read_image(source, options)?;
    let mut header = Header::new(&metadata);
    let image = whole_numbers(layers_as_frames(image)?, &mut warnings);
    let mut segmentation = header.segmentation(&image, &mut warnings);
    let form = header.source(&mut warnings);
    let rest = header.rest;

    if form == SegmentRepresentation::FractionalLabelmap {
        fractional::take(&mut segmentation, &image)?;
    } else {
        let layers = Labels::from_frames(&image);
        let layers = layers
            .map_err(|error| Error::Unsupported { format: NAME, what: format!("a file where {error}") })?;
        if segmentation.segments.is_empty() {
            take_all_labels(&mut segmentation, layers);
        } else {
            segmentation.layers = layers;
        }
    }
    for (n, old) in segmentation.make_ids_unique() {
        let new = &segmentation.segments[n].id;
        let what =
            if old.is_empty() { "has no ID".to_owned() } else { format!("has the ID \"{old}\" of another") };
        warnings.push(Warning::new(format!("segment {n} {what} and is called \"{new}\"")));
    }
    for segment in segmentation.segments.iter_mut().filter(|segment| segment.name.is_empty()) {
        segment.name.clone_from(&segment.id);
    }
    warnings.truncate(MOST_WARNINGS);
    let data = SegmentationData { segmentation, source: form, metadata: rest };
    Ok(Loaded::new(Data::Segmentation(data), warnings))
}

/// A layer for each frame. Where a header does not say that its layers are a list, they were taken for components.
fn layers_as_frames(image: Image) -> Result<Image, Error> {
    match (image.components(), image.frames()) {
        (1, _) => Ok(image),
        (layers, 1) => {
            let array = planar(image.array(), layers);
            Ok(Image::new(*image.grid(), 1, layers, image.meaning(), array)?)
        }
        _ => Err(Error::Unsupported { format: NAME, what: "more than one axis of layers".to_owned() }),
    }
}

/// Numbers with a fraction cut to whole ones.
fn whole_numbers(image: Image, warnings: &mut Vec<Warning>) -> Image {
    fn cut<T: Copy + Sync>(values: &[T], whole: impl Fn(T) -> i32 + Sync + Send) -> Array {
        Array::from(values.par_iter().map(|&v| whole(v)).collect::<Vec<i32>>())
    }
    let wide = match image.array() {
        // A cast to a whole type cuts the fraction off and stays within its limits.
        Array::Float32(values) => cut(values, |v| v as i32),
        Array::Float64(values) => cut(values, |v| v as i32),
        _ => return image,
    };
    warnings.push(Warning::new(format!("labels of type {} were cut to whole numbers", image.scalar_type())));
    // The widest whole type makes the label maps take the narrowest that fits.
    let array = wide.cast(ScalarType::Int64);
    image.with_array(array).unwrap_or(image)
}

/// Makes every label of every layer a segment.
fn take_all_labels(segmentation: &mut Segmentation, layers: Vec<Labels>) {
    for (layer, labels) in layers.into_iter().enumerate() {
        let mut found = Segmentation::from_labels(labels, &ColorTable::default());
        for segment in &mut found.segments {
            segment.place.iter_mut().for_each(|place| place.layer = layer);
        }
        segmentation.segments.append(&mut found.segments);
        segmentation.layers.append(&mut found.layers);
    }
}

/// A file's key/value pairs, sorted.
struct Header<'a> {
    of_segments: BTreeMap<usize, BTreeMap<&'a str, &'a str>>,
    of_all: BTreeMap<&'a str, &'a str>,
    rest: Metadata,
}

impl<'a> Header<'a> {
    fn new(metadata: &'a Metadata) -> Self {
        let ours =
            [keys::MASTER, keys::SOURCE, keys::OFFSET, keys::CONTAINED, keys::CONVERSION, keys::EXTENT];
        // How the file's axes lie follows from the layers.
        let of_axes = ["nrrd/axes", "nrrd/kinds"];
        let mut header =
            Self { of_segments: BTreeMap::new(), of_all: BTreeMap::new(), rest: Metadata::default() };
        let mut rest = Vec::new();
        for (key, value) in metadata.iter() {
            if let Some((number, name)) = keys::of_segment(key) {
                header.of_segments.entry(number).or_default().insert(name, value);
            } else if ours.contains(&key) {
                header.of_all.insert(key, value);
            } else if !of_axes.contains(&key) {
                rest.push((key.to_owned(), value.to_owned()));
            }
        }
        header.rest = rest.into_iter().collect();
        header
    }

    /// The form that is edited.
    fn source(&self, warnings: &mut Vec<Warning>) -> SegmentRepresentation {
        let Some(name) = self.of_all.get(keys::MASTER).or_else(|| self.of_all.get(keys::SOURCE)) else {
            return SegmentRepresentation::default();
        };
        match SegmentRepresentation::from_name(name.trim()) {
            Some(
                form @ (SegmentRepresentation::BinaryLabelmap | SegmentRepresentation::FractionalLabelmap),
            ) => form,
            _ => {
                let message =
                    format!("{} \"{name}\" is not one of label maps; taken as binary", keys::MASTER);
                warnings.push(Warning::new(message));
                SegmentRepresentation::BinaryLabelmap
            }
        }
    }

    /// The segments, without their voxels.
    fn segmentation(&mut self, image: &Image, warnings: &mut Vec<Warning>) -> Segmentation {
        let all = |key| self.of_all.get(key).copied();
        let segments = std::mem::take(&mut self.of_segments);
        let legacy = all(keys::EXTENT).is_some();
        let frames = if legacy { Frames::OfSegments } else { Frames::Shared(image.frames()) };
        let gap = segments.keys().enumerate().find(|(n, found)| n != *found).map(|(n, found)| (n, *found));
        let segments: Vec<Segment> = segments
            .into_iter()
            .map(|(n, keys)| segment(n, keys, &frames, image.frames(), warnings))
            .collect();
        if let Some((expected, found)) = gap {
            let message = format!(
                "the numbers of the segments have a gap: Segment{expected} is missing before Segment{found}; all are \
                 read, but other programs stop there"
            );
            warnings.push(Warning::new(message));
        }
        let mut conversion = all(keys::CONVERSION).map_or_else(Vec::new, keys::parse_conversion);
        let mut contained = all(keys::CONTAINED).map_or_else(Vec::new, keys::parse_names);
        if segments.is_empty() && self.of_all.is_empty() {
            conversion.push(ConversionParameter::reference_geometry(image.grid()));
            contained.push(SegmentRepresentation::BinaryLabelmap.name().to_owned());
        }
        let offset = match (all(keys::OFFSET), all(keys::EXTENT)) {
            (Some(text), _) => keys::numbers::<i64, 3>(text).ok_or((keys::OFFSET, text)),
            (None, Some(text)) => {
                let extent = keys::numbers::<i64, 6>(text).ok_or((keys::EXTENT, text));
                extent.map(|[i, _, j, _, k, _]| [i, j, k])
            }
            (None, None) => Ok([0; 3]),
        };
        let offset = offset.unwrap_or_else(|(key, text)| {
            let text: String = text.chars().take(80).collect();
            warnings.push(Warning::new(format!("{key} \"{text}\" is not whole numbers; 0 was taken")));
            [0; 3]
        });
        Segmentation { segments, layers: Vec::new(), conversion, contained, offset }
    }
}

/// How layers belong to segments that do not name theirs.
enum Frames {
    /// Each segment has its own.
    OfSegments,
    /// There are so many, which segments may share.
    Shared(usize),
}

/// The segment that the file numbers `n`, of which it says `keys`.
fn segment(
    n: usize,
    mut keys: BTreeMap<&str, &str>,
    frames: &Frames,
    layers: usize,
    warnings: &mut Vec<Warning>,
) -> Segment {
    let mut warn = |key: &str, text: &str, what: &str| {
        let text: String = text.chars().take(80).collect();
        // No more are kept than all in the end.
        if warnings.len() < MOST_WARNINGS {
            warnings.push(Warning::new(format!("Segment{n}_{key} \"{text}\" {what}")));
        }
    };
    let id = keys.remove("ID").unwrap_or_default().to_owned();
    let name = keys.remove("Name").unwrap_or_default().to_owned();
    let legacy_color = keys.remove("DefaultColor");
    let color = match keys.remove("Color").or(legacy_color) {
        None => generated_color(n),
        Some(text) => match keys::numbers::<f64, 3>(text).filter(|c| c.iter().all(|v| v.is_finite())) {
            Some(color) => color,
            None => {
                warn("Color", text, "is not three numbers; a colour was made up");
                generated_color(n)
            }
        },
    };
    let flag = |text: Option<&str>| text.is_some_and(|text| matches!(text.trim(), "1" | "true"));
    let name_automatic = flag(keys.remove("NameAutoGenerated"));
    let color_automatic = flag(keys.remove("ColorAutoGenerated"));
    let tags = keys::parse_tags(keys.remove("Tags").unwrap_or_default());
    keys.remove("Extent");

    let value = keys.remove("LabelValue");
    let label = value.map_or(Some(1), |text| text.trim().parse::<i32>().ok().filter(|label| *label != 0));
    if label.is_none() {
        warn("LabelValue", value.unwrap_or_default(), "is not a whole number other than 0; it has no voxels");
    }
    let layer = match (keys.remove("Layer"), frames) {
        (Some(text), _) => {
            let layer = text.trim().parse().ok().filter(|layer| *layer < layers);
            if layer.is_none() {
                warn("Layer", text, &format!("is not one of the {layers} layers; it has no voxels"));
            }
            layer
        }
        // Labels that differ say that a single layer is shared.
        (None, Frames::Shared(1)) if value.is_some() => Some(0),
        (None, _) => {
            if n >= layers {
                warn("Layer", "", "is missing, and there are fewer layers than segments; it has no voxels");
            }
            Some(n).filter(|n| *n < layers)
        }
    };
    Segment {
        id,
        name,
        color,
        name_automatic,
        color_automatic,
        tags,
        unknown: keys.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        place: layer.zip(label).map(|(layer, label)| SegmentPlace { layer, label }),
        ..Segment::default()
    }
}
