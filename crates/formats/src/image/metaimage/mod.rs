//! MetaImage, attached (`.mha`) and detached (`.mhd`): the images of MetaIO, ITK's own format.
//!
//! Read are all element types, raw, zlib-compressed and text data, in the file, in another, in a list or numbered pattern of
//! files. Two-dimensional images have one slice; a fourth and further axes are frames. Positions are LPS; row *i* of the
//! matrix is the direction of axis *i*. The format does not say what several channels mean: three or four bytes are taken
//! for colours, three floats in a volume for a spatial vector, anything else for a plain vector.
//!
//! Fields of the format that the image does not hold stand in [`Metadata`] under `metaimage/<field>`
//! (`metaimage/NDims` where it is not what the image says by itself; `metaimage/frame spacing` and `metaimage/frame offset`
//! for the fourth axis), all others under their own names.

mod header;
mod write;

use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Vector};
use microtome_image::{Array, Bytes, Endian, Image, Meaning, ScalarType};

use crate::data::{Data, ImageData, Loaded, Metadata, TransformData};
use crate::error::Error;
use crate::gzip::unzlib;
use crate::image::byte_order::reverse_in_place;
use crate::image::data_files::{DataFiles, Numbered};
use crate::image::text_numbers::decimal;
use crate::image::voxels::claimed_bytes;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};
use crate::transform::displacement;

use header::Header;

const NAME: &str = "MetaImage";

/// MetaImage files.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".mha", ".mhd", ".seq.mha", ".seq.mhd"],
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
    write::write(&displacement::image_data(NAME, data, false)?, name, options, sink)
}

fn sniff(name: &str, head: &[u8]) -> Match {
    let header = Header::parse(head);
    let other = header.get("ObjectType").is_some_and(|kind| !kind.eq_ignore_ascii_case("image"));
    if !other
        && header.get("NDims").is_some()
        && (header.get("DimSize").is_some() || header.get("ObjectType").is_some())
    {
        return Match::Content;
    }
    let text = head.iter().take(64).all(|&b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    if !other && text && FORMAT.extension_of(name).is_some() { Match::Name } else { Match::No }
}

fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let header = Header::parse(&bytes);
    if header.get("NDims").is_none() && header.get("DimSize").is_none() {
        return Err(Error::NotThisFormat { format: NAME, why: "it has no NDims and no DimSize".to_owned() });
    }
    if let Some(kind) = header.get("ObjectType")
        && !kind.eq_ignore_ascii_case("image")
    {
        return Err(Error::NotThisFormat {
            format: NAME,
            why: format!("it holds an object of type \"{kind}\""),
        });
    }
    let shape = Shape::of(&header)?;
    let grid = grid(&header, &shape)?;
    let scalar_type = scalar_type(header.require("ElementType")?)?;
    let components = match header.integer("ElementNumberOfChannels")? {
        None => 1,
        Some(n) => usize::try_from(n).ok().filter(|&n| n > 0).ok_or_else(|| {
            Error::field(NAME, "ElementNumberOfChannels", &n.to_string(), "it should be 1 or more")
        })?,
    };
    let mut sizes: Vec<u64> = shape.sizes.iter().map(|&size| size as u64).collect();
    sizes.push(components as u64);
    let claimed = claimed_bytes(NAME, &sizes, scalar_type.size(), options)?;
    let array = voxels(source, &bytes, &header, scalar_type, claimed)?;
    let meaning = match (components, scalar_type) {
        (1, _) => Meaning::Scalar,
        (3, ScalarType::UInt8) => Meaning::Rgb,
        (4, ScalarType::UInt8) => Meaning::Rgba,
        (3, ScalarType::Float32 | ScalarType::Float64) if shape.sizes.len() > 2 => Meaning::SpatialVector,
        _ => Meaning::Vector,
    };
    let image = Image::new(grid, components, shape.frames, meaning, array)?;
    let metadata = metadata(&header, &shape)?;
    Ok(Loaded::from(Data::Image(ImageData { image, metadata })))
}

/// The element types and how wide they are, whatever the machine's own types are.
const TYPES: [(&str, ScalarType); 10] = [
    ("MET_CHAR", ScalarType::Int8),
    ("MET_UCHAR", ScalarType::UInt8),
    ("MET_SHORT", ScalarType::Int16),
    ("MET_USHORT", ScalarType::UInt16),
    ("MET_INT", ScalarType::Int32),
    ("MET_UINT", ScalarType::UInt32),
    ("MET_LONG_LONG", ScalarType::Int64),
    ("MET_ULONG_LONG", ScalarType::UInt64),
    ("MET_FLOAT", ScalarType::Float32),
    ("MET_DOUBLE", ScalarType::Float64),
];

fn scalar_type(name: &str) -> Result<ScalarType, Error> {
    let upper = name.to_ascii_uppercase();
    let base = upper.strip_suffix("_ARRAY").unwrap_or(&upper);
    // MetaIO's long has four bytes everywhere.
    let base = match base {
        "MET_LONG" => "MET_INT",
        "MET_ULONG" => "MET_UINT",
        base => base,
    };
    TYPES
        .iter()
        .find(|(n, _)| *n == base)
        .map(|(_, t)| *t)
        .ok_or_else(|| Error::field(NAME, "ElementType", name, "no type of numbers of this name is known"))
}

/// Sizes of the file's axes and what they are.
struct Shape {
    /// Of all axes in the file.
    sizes: Vec<usize>,
    dims: [usize; 3],
    frames: usize,
}

impl Shape {
    fn of(header: &Header) -> Result<Self, Error> {
        let text = header.require("DimSize")?;
        let sizes: Result<Vec<usize>, _> = text.split_whitespace().map(str::parse).collect();
        let count = header.integer("NDims")?;
        let sizes = match (sizes, count) {
            (Ok(sizes), count)
                if (1..=10).contains(&sizes.len())
                    && count.is_none_or(|n| n == sizes.len() as i64)
                    && sizes.iter().all(|&size| size > 0) =>
            {
                sizes
            }
            _ => {
                let why = "it should be as many whole numbers above 0 as NDims says (1 to 10)";
                return Err(Error::field(NAME, "DimSize", text, why));
            }
        };
        let mut dims = [1; 3];
        let spatial = if is_stack(header.get("Kinds"), sizes.len()) { 2 } else { 3 };
        dims.iter_mut().zip(sizes.iter().take(spatial)).for_each(|(dim, size)| *dim = *size);
        let frames = sizes.iter().skip(spatial).fold(1, |n: usize, &size| n.saturating_mul(size));
        Ok(Self { sizes, dims, frames })
    }
}

/// Whether the third axis counts pictures rather than slices, as in recordings of tracked ultrasound.
fn is_stack(kinds: Option<&str>, axes: usize) -> bool {
    let third = kinds.and_then(|kinds| kinds.split_whitespace().nth(2));
    axes == 3 && third.is_some_and(|kind| ["list", "time"].iter().any(|k| kind.eq_ignore_ascii_case(k)))
}

fn grid(header: &Header, shape: &Shape) -> Result<Grid, Error> {
    let count = shape.sizes.len();
    let spacing = match header.numbers(&["ElementSpacing", "ElementSize"], count)? {
        Some((name, values)) => {
            if values.iter().take(3).any(|v| !v.is_finite() || *v == 0.0) {
                let why = "spacings should be finite and not zero";
                return Err(Error::field(NAME, name, &format!("{values:?}"), why));
            }
            values
        }
        None => vec![1.0; count],
    };
    let offset =
        header.numbers(&["Offset", "Position", "Origin"], count)?.map_or(vec![0.0; count], |(_, v)| v);
    let matrix =
        header.numbers(&["TransformMatrix", "Orientation", "Rotation"], count * count)?.map(|(_, v)| v);
    let column = |axis: usize| {
        let mut direction = [0.0; 3];
        if axis < count {
            for (row, value) in direction.iter_mut().enumerate().take(count) {
                *value = match &matrix {
                    Some(matrix) => matrix[axis * count + row],
                    None => f64::from(u8::from(axis == row)),
                };
            }
        } else {
            direction[axis] = 1.0;
        }
        let length = spacing.get(axis).copied().unwrap_or(1.0);
        Vector::<Lps>::from_array(direction) * length
    };
    let columns = [column(0), column(1), column(2)];
    let origin = Point::<Lps>::from_array(std::array::from_fn(|a| offset.get(a).copied().unwrap_or(0.0)));
    let lps: Affine<Ijk, Lps> = Affine::from_columns(columns[0], columns[1], columns[2], origin);
    if !lps.is_finite() || columns.iter().any(|c| c.length() == 0.0) {
        let why = "position and directions should be finite, and no direction zero";
        return Err(Error::field(NAME, "TransformMatrix", &format!("{:?}", lps.rows()), why));
    }
    // Adding zero turns -0 into 0.
    let rows = lps.to_ras().rows().map(|row| row.map(|v| v + 0.0));
    Ok(Grid::new(shape.dims, Affine::from_rows(rows)))
}

/// The `claimed` bytes of voxels.
fn voxels(
    source: &dyn Source,
    bytes: &Bytes,
    header: &Header,
    scalar_type: ScalarType,
    claimed: usize,
) -> Result<Array, Error> {
    let decoder = Decoder::of(header, scalar_type)?;
    let value = header.require("ElementDataFile")?;
    let voxels = if value.eq_ignore_ascii_case("LOCAL") {
        let data = bytes.slice(header.end..bytes.len()).unwrap_or_else(|| Bytes::from(Vec::new()));
        decoder.decode(&data, claimed)?
    } else {
        let files = data_files(value, header)?;
        files.read(NAME, "ElementDataFile", source, claimed, |file, each| decoder.decode(file, each))?
    };
    let count = claimed / scalar_type.size();
    Ok(Array::from_bytes(voxels, scalar_type, count, decoder.endian_of_result())?)
}

/// How to find and decode the voxels in a file.
struct Decoder {
    scalar_type: ScalarType,
    endian: Endian,
    binary: bool,
    compressed: bool,
    /// Bytes before the data; −1: whatever stands before the data at the file's end.
    header_size: i64,
}

impl Decoder {
    fn of(header: &Header, scalar_type: ScalarType) -> Result<Self, Error> {
        let most_significant_first = header
            .boolean("BinaryDataByteOrderMSB")
            .or(header.boolean("ElementByteOrderMSB"))
            .unwrap_or(false);
        let binary = header.boolean("BinaryData").unwrap_or(true);
        let header_size = header.integer("HeaderSize")?.unwrap_or(0);
        if header_size < -1 {
            return Err(Error::field(
                NAME,
                "HeaderSize",
                &header_size.to_string(),
                "it should be −1, 0 or more",
            ));
        }
        Ok(Self {
            scalar_type,
            endian: if most_significant_first { Endian::Big } else { Endian::Little },
            binary,
            compressed: binary && header.boolean("CompressedData").unwrap_or(false),
            header_size,
        })
    }

    /// The byte order of what [`decode`](Self::decode) returns.
    const fn endian_of_result(&self) -> Endian {
        if self.binary && !self.compressed { self.endian } else { Endian::NATIVE }
    }

    fn decode(&self, data: &Bytes, expected: usize) -> Result<Bytes, Error> {
        let skip = usize::try_from(self.header_size).unwrap_or(0).min(data.len());
        let rest = data.slice(skip..data.len()).unwrap_or_else(|| data.clone());
        if !self.binary {
            let size = self.scalar_type.size();
            if !expected.is_multiple_of(size) {
                let why = "voxels cannot be shared out evenly to so many files";
                return Err(Error::field(NAME, "ElementDataFile", "", why));
            }
            let numbers = decimal(NAME, &rest, self.scalar_type, expected / size)?;
            return Ok(Bytes::from(numbers.as_bytes().to_vec()));
        }
        if self.compressed {
            let mut voxels = unzlib(NAME, &rest, expected)?;
            if self.endian != Endian::NATIVE {
                reverse_in_place(&mut voxels, self.scalar_type.size());
            }
            return Ok(Bytes::from(voxels));
        }
        let start = if self.header_size == -1 { data.len().saturating_sub(expected) } else { skip };
        let found = data.len() - start;
        data.slice(start..start.saturating_add(expected)).ok_or(Error::Truncated {
            format: NAME,
            what: "the raw data",
            expected: expected as u64,
            found: found as u64,
        })
    }
}

/// The files that `ElementDataFile` names.
fn data_files(value: &str, header: &Header) -> Result<DataFiles, Error> {
    let wrong = |why: String| Error::field(NAME, "ElementDataFile", value, why);
    let words: Vec<&str> = value.split_whitespace().collect();
    match &words[..] {
        [] => Err(wrong("it should name a file".to_owned())),
        // How many axes a file holds follows from the number of files.
        [list] | [list, _] if list.eq_ignore_ascii_case("LIST") => {
            Ok(DataFiles::Named(header.listed.clone()))
        }
        [pattern, numbers @ ..] if pattern.contains('%') && (2..=3).contains(&numbers.len()) => {
            let numbers: Result<Vec<i64>, _> = numbers.iter().map(|n| n.parse()).collect();
            let numbers =
                numbers.map_err(|_| wrong("first, last and step should be whole numbers".to_owned()))?;
            let step = numbers.get(2).copied().unwrap_or(1);
            Ok(DataFiles::Numbered(Numbered::new(pattern, numbers[0], numbers[1], step).map_err(wrong)?))
        }
        _ => Ok(DataFiles::Named(vec![value.to_owned()])),
    }
}

/// Everything that the image does not hold.
fn metadata(header: &Header, shape: &Shape) -> Result<Metadata, Error> {
    let mut entries = Vec::new();
    let mut put = |field: &str, value: String| entries.push((format!("metaimage/{field}"), value));
    let count = shape.sizes.len();
    if !(3..=4).contains(&count) {
        put("NDims", count.to_string());
    }
    for (entry, fields) in [
        ("frame spacing", &["ElementSpacing", "ElementSize"][..]),
        ("frame offset", &["Offset", "Position", "Origin"][..]),
    ] {
        if let Some((_, values)) = header.numbers(fields, count)?
            && let Some(last) = values.get(3)
            && last.is_finite()
        {
            put(entry, last.to_string());
        }
    }
    let kept = header.fields().filter_map(|(name, value)| {
        // A comment of dashes is how our own files align their data.
        let padding = name == "Comment" && value.bytes().all(|b| b == b'-');
        match header::place(name) {
            header::Place::Image => None,
            _ if padding => None,
            header::Place::Format(name) => Some((format!("metaimage/{name}"), value.to_owned())),
            header::Place::Free => Some((name.to_owned(), value.to_owned())),
        }
    });
    entries.extend(kept);
    Ok(entries.into_iter().collect())
}
