//! NRRD, attached (`.nrrd`) and detached (`.nhdr`): <https://teem.sourceforge.net/nrrd/format.html>.
//!
//! Read are versions 1 to 5, all types but `block`, all encodings, data in the file, in another, in a list or numbered
//! pattern of files, every space, and any number of axes that comes down to components × i × j × k × frames.
//!
//! Axes with a direction are axes of space; where no axis has one, the first three of kind `domain` or `space` are, or of
//! no kind. Of the others, colours, vectors and matrices are components; `list`, `time`, `scalar` and further domains are
//! frames; one without a kind is components if it is the fastest and has at most nine values, and frames otherwise.
//! Values stay in the file's order of voxels; axes are reordered only where an image wants them elsewhere, as for the
//! gradient directions of a diffusion-weighted file, which stand first there and are frames here. Three floats of kind
//! `vector` in a volume are a spatial vector (a displacement), as are three values with a measurement frame that is
//! that of patient space.
//!
//! Key/value pairs stand in [`Metadata`] under their own names, what else the image does not hold
//! under:
//!
//! | entry | holds |
//! | --- | --- |
//! | `nrrd/axes` | the file's axes, fastest first, where they are not the usual `components i j k frames` |
//! | `nrrd/kinds`, `nrrd/labels`, `nrrd/units`, `nrrd/centerings`, `nrrd/thicknesses` | a value for each file axis |
//! | `nrrd/spacings`, `nrrd/axis mins`, `nrrd/axis maxs` | the same; of axes of space they are in the grid instead |
//! | `nrrd/measurement frame` | the frame's three columns, in LPS whatever the file's space |
//! | `nrrd/content`, `nrrd/sample units`, `nrrd/space units`, `nrrd/min`, `nrrd/max`, `nrrd/old min`, `nrrd/old max` | the field |
//!
//! Written is LPS; frames come last, but first in files of diffusion and segmentation, whose readers want them there.

mod axes;
mod header;
mod space;
mod voxels;
mod write;

use microtome_image::{Bytes, Image, Meaning, ScalarType};

use crate::data::{Data, ImageData, Loaded, Metadata, TransformData, Warning};
use crate::error::Error;
use crate::image::permute::permuted;
use crate::image::voxels::claimed_bytes;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};
use crate::transform::displacement;

use axes::{Axis, Kind, Layout, Role};
use header::Header;
use space::{AxisFields, Space};

pub(crate) use write::write as write_image;

const NAME: &str = "NRRD";

/// NRRD images.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".nrrd", ".nhdr", ".seq.nrrd", ".seq.nhdr"],
    sniff,
    read,
    writers: &[Writer::Image(write::write), Writer::Transform(write_field)],
};

/// Writes a displacement grid as the image of its vectors.
fn write_field(
    data: &TransformData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    write::write(&displacement::image_data(NAME, data, true)?, name, options, sink)
}

fn sniff(_name: &str, head: &[u8]) -> Match {
    if has_magic(head) { Match::Content } else { Match::No }
}

/// Whether these bytes begin an NRRD file.
pub(crate) fn has_magic(head: &[u8]) -> bool {
    matches!(head, [b'N', b'R', b'R', b'D', b'0', b'0', b'0' | b'.', b'0'..=b'9', ..])
}

fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let (data, warnings) = read_image(source, options)?;
    Ok(Loaded::new(Data::Image(data), warnings))
}

/// Reads the image, whatever it stands for.
pub(crate) fn read_image(
    source: &dyn Source,
    options: &ReadOptions,
) -> Result<(ImageData, Vec<Warning>), Error> {
    let bytes = source.bytes()?;
    let mut header = Header::parse(&bytes)?;
    let scalar_type = scalar_type(header.require("type")?)?;
    let space = Space::of(&mut header)?;
    let layout_of = AxisTable::parse(&mut header, space)?;
    let AxisTable { axes, fields } = layout_of;
    let layout = layout(&header, &axes)?;
    let grid = space::grid(&header, space, &layout, &fields)?;

    let sizes: Vec<u64> = axes.iter().map(|axis| axis.size as u64).collect();
    let claimed = claimed_bytes(NAME, &sizes, scalar_type.size(), options)?;
    let array = voxels::read(source, &bytes, &mut header, scalar_type, claimed)?;
    let array = permuted(&array, &layout.sizes(), &layout.image_order());

    let (components, frames) = (layout.size_of(Role::Components), layout.size_of(Role::Frames));
    let meaning = meaning(&mut header, &axes, &layout, scalar_type, space)?;
    let image = Image::new(grid, components, frames, meaning, array)?;
    let metadata = metadata(&header, &axes, &layout, &fields, &image, space)?;
    Ok((ImageData { image, metadata }, header.warnings))
}

/// The type of this name.
fn scalar_type(name: &str) -> Result<ScalarType, Error> {
    let words: Vec<String> = name.split_whitespace().map(str::to_ascii_lowercase).collect();
    Ok(match words.join(" ").as_str() {
        "signed char" | "char" | "int8" | "int8_t" => ScalarType::Int8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => ScalarType::UInt8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => {
            ScalarType::Int16
        }
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => ScalarType::UInt16,
        "int" | "signed int" | "int32" | "int32_t" => ScalarType::Int32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => ScalarType::UInt32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => ScalarType::Int64,
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => {
            ScalarType::UInt64
        }
        "float" => ScalarType::Float32,
        "double" => ScalarType::Float64,
        "block" => {
            return Err(Error::Unsupported { format: NAME, what: "the type \"block\"".to_owned() });
        }
        _ => return Err(Error::field(NAME, "type", name, "no type of this name is known")),
    })
}

/// What the header says of each axis.
struct AxisTable {
    axes: Vec<Axis>,
    fields: AxisFields,
}

impl AxisTable {
    fn parse(header: &mut Header, space: Space) -> Result<Self, Error> {
        let dimension = header.require("dimension")?;
        let count = match dimension.parse::<usize>() {
            Ok(count @ 1..=16) => count,
            _ => return Err(Error::field(NAME, "dimension", dimension, "it should be 1 to 16")),
        };
        let sizes_text = header.require("sizes")?;
        let sizes: Result<Vec<usize>, _> = sizes_text.split_whitespace().map(str::parse).collect();
        let sizes = match sizes {
            Ok(sizes) if sizes.len() == count && sizes.iter().all(|&size| size > 0) => sizes,
            _ => {
                let why = format!("it should be {count} whole numbers above 0");
                return Err(Error::field(NAME, "sizes", sizes_text, why));
            }
        };
        let mut kinds = vec![Kind::Unknown; count];
        let mut odd_kinds = Vec::new();
        for (kind, name) in kinds.iter_mut().zip(header.words("kinds", count)?.unwrap_or_default()) {
            match Kind::from_name(name) {
                Some(known) => *kind = known,
                None => odd_kinds.push(name.to_owned()),
            }
        }
        for name in odd_kinds {
            header.warn(format!("NRRD kind \"{name}\" is not known and taken as none"));
        }
        let directions = match (space.dimension, header.get("space directions")) {
            (Some(length), Some(value)) => {
                let vectors = header.vectors("space directions", length)?.unwrap_or_default();
                if vectors.len() != count {
                    let why = format!("it should be {count} vectors or \"none\"");
                    return Err(Error::field(NAME, "space directions", value, why));
                }
                Some(vectors)
            }
            (None, Some(value)) => {
                let why = "directions need a \"space\" or \"space dimension\"";
                return Err(Error::field(NAME, "space directions", value, why));
            }
            (_, None) => None,
        };
        let directed = |n: usize| {
            let vector = directions.as_ref()?[n].as_deref();
            Some(vector.is_some_and(|v| !space.time || space.part(v).iter().any(|x| *x != 0.0)))
        };
        let axes: Vec<Axis> =
            (0..count).map(|n| Axis { size: sizes[n], kind: kinds[n], directed: directed(n) }).collect();
        let centerings = header.words("centerings", count)?;
        let nodes = (0..count)
            .map(|n| centerings.as_ref().is_some_and(|c| c[n].eq_ignore_ascii_case("node")))
            .collect();
        let fields = AxisFields {
            spacings: header.numbers("spacings", count)?,
            mins: header.numbers("axis mins", count)?,
            maxs: header.numbers("axis maxs", count)?,
            directions,
            nodes,
        };
        Ok(Self { axes, fields })
    }
}

fn layout(header: &Header, axes: &[Axis]) -> Result<Layout, Error> {
    let diffusion = header.pairs.iter().any(|(key, value)| key == "modality" && value.trim() == "DWMRI");
    let roles = axes::roles(axes, diffusion)?;
    Ok(Layout { axes: roles.into_iter().zip(axes).map(|(role, axis)| (role, axis.size)).collect() })
}

/// What the components mean, by the kind of their axis and the measurement frame.
fn meaning(
    header: &mut Header,
    axes: &[Axis],
    layout: &Layout,
    scalar_type: ScalarType,
    space: Space,
) -> Result<Meaning, Error> {
    let components = layout.size_of(Role::Components);
    let spatial = layout.axes.iter().filter(|(role, _)| matches!(role, Role::Space(_))).count();
    let mut of_components = axes.iter().zip(&layout.axes).filter(|(_, (role, _))| *role == Role::Components);
    let kind = match (of_components.next(), of_components.next()) {
        (None, _) => {
            let labels =
                scalar_type.is_integer() && header.pairs.iter().any(|(key, _)| is_segmentation_key(key));
            return Ok(if labels { Meaning::Label } else { Meaning::Scalar });
        }
        (Some((axis, _)), None) => axis.kind,
        (Some(_), Some(_)) => Kind::Unknown,
    };
    let measured = frame_in_lps(header, space)?;
    let (meaning, size) = match kind {
        Kind::Components(meaning, size) => (meaning, size),
        _ => (Meaning::Vector, 0),
    };
    if components == 1 {
        return Ok(Meaning::Scalar);
    }
    if size != 0 && size != components {
        let message =
            format!("NRRD axis of {components} has a kind for {size} values, and is taken as a plain vector");
        header.warn(message);
        return Ok(Meaning::Vector);
    }
    // Three numbers of kind "vector" are a displacement or direction where the file says in which frame, or they are
    // floats; those in another frame than patient space stay plain.
    Ok(match (meaning, measured) {
        (Meaning::SpatialVector | Meaning::CovariantVector, _) if components != 3 || spatial != 3 => {
            Meaning::Vector
        }
        (Meaning::SpatialVector | Meaning::CovariantVector, Some(frame)) if frame != IDENTITY => {
            header.warn(
                "NRRD measurement frame is not that of patient space: the vectors are kept as they are and the frame \
                 with them"
                    .to_owned(),
            );
            Meaning::Vector
        }
        (Meaning::SpatialVector, None) if scalar_type.is_integer() => Meaning::Vector,
        (Meaning::Vector, Some(frame)) if size == 3 && spatial == 3 && frame == IDENTITY => {
            Meaning::SpatialVector
        }
        (meaning, _) => meaning,
    })
}

const IDENTITY: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The measurement frame's three columns in LPS; `None` without one, or outside three-dimensional space.
fn frame_in_lps(header: &Header, space: Space) -> Result<Option<[[f64; 3]; 3]>, Error> {
    let Some(dimension) = space.dimension else { return Ok(None) };
    let Some(vectors) = header.vectors("measurement frame", dimension)? else { return Ok(None) };
    let columns: Vec<[f64; 3]> = vectors
        .iter()
        .flatten()
        .take(3)
        .map(|v| {
            let [r, a, s] = space.to_ras(space.part(v));
            [-r + 0.0, -a + 0.0, s]
        })
        .collect();
    let three = dimension - usize::from(space.time) == 3;
    Ok(columns.try_into().ok().filter(|_| three))
}

/// Whether a key belongs to a segmentation file.
fn is_segmentation_key(key: &str) -> bool {
    key.starts_with("Segmentation_") || key == "Segment0_ID"
}

/// Everything that the image does not hold.
fn metadata(
    header: &Header,
    axes: &[Axis],
    layout: &Layout,
    fields: &AxisFields,
    image: &Image,
    space: Space,
) -> Result<Metadata, Error> {
    let count = axes.len();
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut put = |field: &str, value: String| entries.push((format!("nrrd/{field}"), value));
    for field in ["content", "min", "max", "old min", "old max", "sample units", "space units"] {
        if let Some(value) = header.get(field) {
            put(field, value.to_owned());
        }
    }
    let usual = write::usual_layout(image, header.pairs.iter().map(|(key, _)| key.as_str()));
    // A line is written as a volume of one row.
    if *layout != usual && write::spatial_axes(layout) > 1 {
        put("axes", layout.to_text());
    }
    if let Some(kinds) = header.words("kinds", count)?
        && !same_kinds(&kinds, layout, image)
    {
        put("kinds", kinds.join(" "));
    }
    for field in ["labels", "units"] {
        if header.quoted(field, count)?.is_some_and(|texts| texts.iter().any(|text| !text.is_empty())) {
            put(field, header.get(field).unwrap_or_default().to_owned());
        }
    }
    if let Some(words) = header.words("centerings", count)? {
        put("centerings", words.join(" "));
    }
    if let Some(thicknesses) = header.numbers("thicknesses", count)? {
        put("thicknesses", write::numbers(&thicknesses));
    }
    // Along axes of space these are in the grid now, along a time axis with a direction they stand there.
    let of_time = |n: usize| match (&layout.axes[n].0, &fields.directions) {
        (Role::Frames, Some(directions)) if space.time => {
            directions[n].as_ref().and_then(|v| v.last().copied())
        }
        _ => None,
    };
    for (field, values) in
        [("spacings", &fields.spacings), ("axis mins", &fields.mins), ("axis maxs", &fields.maxs)]
    {
        let of_frames = |n: usize| if field == "spacings" { of_time(n) } else { None };
        let kept: Vec<f64> = (0..count)
            .map(|n| match layout.axes[n].0 {
                Role::Space(_) => f64::NAN,
                _ => of_frames(n).or_else(|| values.as_ref().map(|v| v[n])).unwrap_or(f64::NAN),
            })
            .collect();
        if kept.iter().any(|v| !v.is_nan()) {
            put(field, write::numbers(&kept));
        }
    }
    match frame_in_lps(header, space)? {
        Some(frame) if frame != IDENTITY || image.meaning() != Meaning::SpatialVector => {
            put("measurement frame", write::vectors(&frame));
        }
        _ => {}
    }
    Ok(entries.into_iter().chain(header.pairs.iter().cloned()).collect())
}

/// Whether the writer would give the axes these kinds by itself.
fn same_kinds(kinds: &[&str], layout: &Layout, image: &Image) -> bool {
    kinds.iter().zip(write::usual_kinds(layout, image)).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// The bytes after the header.
fn after_header(bytes: &Bytes, header: &Header) -> Option<Bytes> {
    bytes.slice(header.end..bytes.len())
}
