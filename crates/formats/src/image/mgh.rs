//! FreeSurfer's MGH: `.mgh`, and gzip-compressed `.mgz` and `.mgh.gz`.
//!
//! Source: the format's description in FreeSurfer's wiki (FsTutorial/MghFormat). Everything is big-endian: a header of
//! 284 bytes, the voxels with frames slowest, then five acquisition parameters and tags, which are kept as texts. The
//! header has direction cosines in RAS and the position of the voxel at half the dimensions.

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Vector};
use microtome_image::{Array, Endian, Image, Meaning, ScalarType};

use super::content::{self, Content, tail};
use super::fields::{Fields, FieldsMut};
use super::hex;
use super::voxels::{as_one_of, bytes_in_order, claimed_bytes};
use crate::data::{Data, ImageData, Loaded, Metadata};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "MGH";
/// Bytes before the voxels.
const HEADER: usize = 284;
/// The type codes that files have. The last is FreeSurfer's own addition of version 7.
const TYPES: [(i32, ScalarType); 5] = [
    (0, ScalarType::UInt8),
    (1, ScalarType::Int32),
    (3, ScalarType::Float32),
    (4, ScalarType::Int16),
    (10, ScalarType::UInt16),
];
/// Types that every reader knows, narrow before wide.
const WRITTEN: [ScalarType; 4] =
    [ScalarType::UInt8, ScalarType::Int16, ScalarType::Int32, ScalarType::Float32];
/// The parameters after the voxels.
const PARAMETERS: [&str; 5] = ["mgh/TR", "mgh/flip_angle", "mgh/TE", "mgh/TI", "mgh/FoV"];
const TAGS: &str = "mgh/tags";
/// Tags (file histories) beyond this are not kept.
const MOST_TAGS: usize = 1 << 20;

/// FreeSurfer's MGH.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".mgz", ".mgh", ".mgh.gz"],
    sniff,
    read,
    writers: &[Writer::Image(write)],
};

fn sniff(_: &str, head: &[u8]) -> Match {
    let fields = Fields::new(head, Endian::Big);
    let sizes = fields.array::<i32, 4>(4);
    let known = TYPES.iter().any(|t| t.0 == fields.get::<i32>(20));
    let flag = fields.get::<i16>(28);
    if head.len() >= HEADER
        && version(fields) == 1
        && known
        && sizes.iter().all(|&s| s > 0)
        && (0..=1).contains(&flag)
    {
        Match::Content
    } else {
        Match::No
    }
}

/// The version; newer files have an intent in the bits above it.
fn version(fields: Fields<'_>) -> i32 {
    fields.get::<i32>(0) & 0xff
}

fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let file = Content::new(NAME, source.bytes()?);
    let head = file.head(HEADER)?;
    if head.len() < HEADER {
        let (expected, found) = (HEADER as u64, head.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "the header", expected, found });
    }
    let fields = Fields::new(&head, Endian::Big);
    if version(fields) != 1 {
        let why = format!("its version is {}, not 1", fields.get::<i32>(0));
        return Err(Error::NotThisFormat { format: NAME, why });
    }
    let mut sizes = [0; 4];
    for (n, name) in ["width", "height", "depth", "nframes"].into_iter().enumerate() {
        let stored = fields.get::<i32>(4 + 4 * n);
        sizes[n] = usize::try_from(stored)
            .ok()
            .filter(|&size| size > 0)
            .ok_or_else(|| Error::field(NAME, name, &stored.to_string(), "a size is above 0"))?;
    }
    let code = fields.get::<i32>(20);
    let Some(&(_, scalar_type)) = TYPES.iter().find(|t| t.0 == code) else {
        return Err(Error::field(NAME, "type", &code.to_string(), "known are 0, 1, 3, 4 and 10"));
    };
    let [i, j, k, frames] = sizes;
    let dims = [i, j, k];
    let byte_count = claimed_bytes(NAME, &sizes.map(|s| s as u64), scalar_type.size(), options)?;
    let total = HEADER.saturating_add(byte_count);
    let most = 4 * PARAMETERS.len() + MOST_TAGS;
    let (whole, rest) = file.prefix_and_rest("the header with the voxels", total, most)?;
    let voxels = tail(&whole, HEADER);
    let array = Array::from_bytes(voxels, scalar_type, byte_count / scalar_type.size(), Endian::Big)?;
    let image = Image::new(grid(fields, dims)?, 1, frames, Meaning::Scalar, array)?;
    let metadata = footer(&rest);
    Ok(Data::Image(ImageData { image, metadata }).into())
}

fn grid(fields: Fields<'_>, dims: [usize; 3]) -> Result<Grid, Error> {
    // Without the flag, FreeSurfer takes coronal slices.
    let (spacing, [x, y, z], center) = if fields.get::<i16>(28) == 1 {
        let axes = [42, 54, 66].map(|at| Vector::from_array(fields.reals::<f32, 3>(at)));
        (fields.reals::<f32, 3>(30), axes, Vector::from_array(fields.reals::<f32, 3>(78)))
    } else {
        let axes = [Vector::new(-1.0, 0.0, 0.0), Vector::new(0.0, 0.0, -1.0), Vector::new(0.0, 1.0, 0.0)];
        ([1.0; 3], axes, Vector::zero())
    };
    let axes = [x * spacing[0], y * spacing[1], z * spacing[2]];
    let half = dims.map(|d| d as f64 / 2.0);
    let origin = center - (axes[0] * half[0] + axes[1] * half[1] + axes[2] * half[2]);
    let matrix: Affine<Ijk, Ras> = Affine::from_columns(axes[0], axes[1], axes[2], origin.to_point());
    // Single precision is what the header's numbers have, and what other programs compute the matrix in.
    let matrix = Affine::from_rows(matrix.rows().map(|row| row.map(|v| f64::from(v as f32))));
    if !matrix.is_finite() || matrix.inverse().is_none() {
        return Err(Error::field(
            NAME,
            "spacing and x_ras to c_ras",
            &format!("{matrix:?}"),
            "the matrix is singular",
        ));
    }
    Ok(Grid::new(dims, matrix))
}

fn footer(bytes: &[u8]) -> Metadata {
    let fields = Fields::new(bytes, Endian::Big);
    let mut metadata = Metadata::default();
    for (n, key) in PARAMETERS.into_iter().enumerate() {
        let value = fields.get::<f32>(4 * n);
        if value != 0.0 && value.is_finite() {
            metadata.set(key, value.to_string());
        }
    }
    let tags = bytes.get(4 * PARAMETERS.len()..).unwrap_or_default();
    if tags.iter().any(|&b| b != 0) && tags.len() < MOST_TAGS {
        metadata.set(TAGS, hex::to_text(tags));
    }
    metadata
}

fn write(data: &ImageData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    if image.components() > 1 {
        let what = format!("{} components per voxel", image.components());
        return Err(Error::CannotHold { format: NAME, what });
    }
    let array = as_one_of(NAME, image.array(), &WRITTEN)?;
    let mut header = FieldsMut::new(HEADER, Endian::Big);
    header.put(0, 1_i32);
    let [i, j, k] = image.dims();
    for (n, size) in [i, j, k, image.frames()].into_iter().enumerate() {
        let what = || format!("a dimension of {size}");
        header.put(
            4 + 4 * n,
            i32::try_from(size).map_err(|_| Error::CannotHold { format: NAME, what: what() })?,
        );
    }
    header.put(20, TYPES.iter().find(|t| t.1 == array.scalar_type()).map_or(0, |t| t.0));
    header.put(28, 1_i16);
    header.put_reals::<f32>(30, &image.grid().spacing());
    for (n, axis) in image.grid().directions().into_iter().enumerate() {
        header.put_reals::<f32>(42 + 12 * n, &axis.coords());
    }
    let half = image.dims().map(|d| d as f64 / 2.0);
    header.put_reals::<f32>(78, &image.grid().ijk_to_ras().apply(Point::from_array(half)).coords());
    let footer = footer_bytes(&data.metadata)?;
    let voxels = bytes_in_order(&array, Endian::Big);
    let compressed = content::is_gzip_name(name);
    content::write(sink, name, &[&header.into_bytes(), &voxels, &footer], compressed, options.compression)
}

fn footer_bytes(metadata: &Metadata) -> Result<Vec<u8>, Error> {
    let mut fields = FieldsMut::new(4 * PARAMETERS.len(), Endian::Big);
    for (n, key) in PARAMETERS.into_iter().enumerate() {
        if let Some(text) = metadata.get(key) {
            let parsed = text.trim().parse::<f32>();
            fields.put(4 * n, parsed.map_err(|_| Error::field(NAME, key, text, "a number belongs here"))?);
        }
    }
    let mut bytes = fields.into_bytes();
    if let Some(text) = metadata.get(TAGS) {
        bytes.extend(
            hex::from_text(text)
                .ok_or_else(|| Error::field(NAME, TAGS, text, "hexadecimal digits belong here"))?,
        );
    }
    Ok(bytes)
}
