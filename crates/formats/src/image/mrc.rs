//! MRC / CCP4 maps: `.mrc`, `.map`, `.rec`, `.ccp4`.
//!
//! Source: Cheng et al., "MRC2014: Extensions to the MRC format header for electron cryo-microscopy and tomography",
//! J. Struct. Biol. 192 (2015) 146. A header of 1024 bytes in either byte order, an extended header that is passed over,
//! and the voxels. Lengths (ångströms by the standard) are taken as millimetres along the axes of LPS patient space, as
//! ITK does; the header says which of them the file's columns, rows and sections follow.

use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Vector};
use microtome_image::{Array, Bytes, Endian, Image, Meaning, Scalar, ScalarType, Statistics, with_values};
use rayon::prelude::*;

use super::content::{self, Content, tail};
use super::fields::{Fields, FieldsMut};
use super::voxels::{as_one_of, bytes_in_order, claimed_bytes};
use crate::data::{Data, ImageData, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "MRC";
/// Bytes before the extended header.
const HEADER: usize = 1024;
/// Number and length of the texts at the header's end.
const LABELS: usize = 10;
const LABEL: usize = 80;
/// The version of the standard in `nversion`, and its first.
const VERSION: i32 = 20141;
const FIRST_VERSION: i32 = 20140;
/// `ispg` of stacks of volumes.
const VOLUME_STACKS: std::ops::RangeInclusive<i32> = 401..=630;
/// What IMOD writes at 152, and the flag at 156 that says that its bytes are signed.
const IMOD: i32 = 1_146_047_817;

/// MRC / CCP4 maps.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".mrc", ".map", ".rec", ".ccp4", ".mrc.gz", ".map.gz"],
    sniff,
    read,
    writers: &[Writer::Image(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    if head.get(208..212) == Some(b"MAP ") {
        return Match::Content;
    }
    let by_name = [".mrc", ".rec", ".ccp4", ".mrc.gz"].iter().any(|e| name.to_ascii_lowercase().ends_with(e));
    if by_name && endian(head).is_some() { Match::Name } else { Match::No }
}

/// The byte order by the machine stamp, or else by which one makes sense of the axes' order and the mode.
fn endian(head: &[u8]) -> Option<Endian> {
    let sensible = |endian: &Endian| {
        let fields = Fields::new(head, *endian);
        let mut axes = fields.array::<i32, 3>(64);
        axes.sort_unstable();
        (axes == [1, 2, 3] || axes == [0, 0, 0])
            && (0..=101).contains(&fields.get::<i32>(12))
            && fields.array::<i32, 3>(0).iter().all(|&n| n > 0)
    };
    let stamped = match head.get(212) {
        Some(0x44) => Some(Endian::Little),
        Some(0x11) => Some(Endian::Big),
        _ => None,
    };
    stamped.or_else(|| [Endian::Little, Endian::Big].into_iter().find(sensible))
}

/// What the mode says of one voxel.
struct Mode {
    scalar_type: ScalarType,
    components: usize,
    /// Whether the two stored bytes are a half-precision float.
    half: bool,
}

fn mode(fields: Fields<'_>) -> Result<Mode, Error> {
    let plain = |scalar_type| Mode { scalar_type, components: 1, half: false };
    Ok(match fields.get::<i32>(12) {
        0 => plain(if bytes_are_signed(fields) { ScalarType::Int8 } else { ScalarType::UInt8 }),
        1 => plain(ScalarType::Int16),
        2 => plain(ScalarType::Float32),
        3 => Mode { components: 2, ..plain(ScalarType::Int16) },
        4 => Mode { components: 2, ..plain(ScalarType::Float32) },
        6 => plain(ScalarType::UInt16),
        12 => Mode { half: true, ..plain(ScalarType::UInt16) },
        other => return Err(Error::Unsupported { format: NAME, what: format!("mode {other}") }),
    })
}

/// The standard says that bytes are signed, but files from before it (and ITK's) may have them unsigned: the range that
/// the header states then decides.
fn bytes_are_signed(fields: Fields<'_>) -> bool {
    if fields.get::<i32>(152) == IMOD {
        return fields.get::<i32>(156) & 1 == 1;
    }
    let [min, max] = fields.reals::<f32, 2>(76);
    fields.get::<i32>(108) >= FIRST_VERSION || min < 0.0 || max <= 127.0
}

fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let file = Content::new(NAME, source.bytes()?);
    let head = file.head(HEADER)?;
    let Some(endian) = endian(&head) else {
        let why = "neither byte order gives sizes, mode and axes that can be".to_owned();
        return Err(Error::NotThisFormat { format: NAME, why });
    };
    if head.len() < HEADER {
        let (expected, found) = (HEADER as u64, head.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "the header", expected, found });
    }
    let fields = Fields::new(&head, endian);
    let mut sizes = [0; 3];
    for (n, name) in ["nx", "ny", "nz"].into_iter().enumerate() {
        let stored = fields.get::<i32>(4 * n);
        sizes[n] = usize::try_from(stored)
            .ok()
            .filter(|&size| size > 0)
            .ok_or_else(|| Error::field(NAME, name, &stored.to_string(), "a size is above 0"))?;
    }
    let mode = mode(fields)?;
    let size = mode.scalar_type.size();
    let byte_count = claimed_bytes(
        NAME,
        &[sizes[0], sizes[1], sizes[2], mode.components].map(|n| n as u64),
        size,
        options,
    )?;
    let extended = fields.get::<i32>(92);
    let start = usize::try_from(extended).map_err(|_| {
        Error::field(NAME, "nsymbt", &extended.to_string(), "a number of bytes is not negative")
    })?;
    let start = HEADER + start;
    let voxels = tail(&file.prefix("the header with the voxels", start.saturating_add(byte_count))?, start);
    let array = array(voxels, &mode, byte_count / size, endian)?;
    let sections = usize::try_from(fields.get::<i32>(36)).unwrap_or(0);
    let stack =
        VOLUME_STACKS.contains(&fields.get::<i32>(88)) && sections > 0 && sizes[2].is_multiple_of(sections);
    let frames = if stack { sizes[2] / sections } else { 1 };
    let dims = [sizes[0], sizes[1], sizes[2] / frames];
    let mut warnings = Vec::new();
    let grid = Grid::new(dims, ijk_to_lps(fields, &mut warnings)?.to_ras());
    let meaning = if mode.components == 2 { Meaning::Complex } else { Meaning::Scalar };
    let image = Image::new(grid, mode.components, frames, meaning, array)?;
    Ok(Loaded::new(Data::Image(ImageData { image, metadata: labels(fields) }), warnings))
}

fn array(bytes: Bytes, mode: &Mode, count: usize, endian: Endian) -> Result<Array, Error> {
    let array = Array::from_bytes(bytes, mode.scalar_type, count, endian)?;
    if !mode.half {
        return Ok(array);
    }
    let bits = array.as_slice::<u16>().unwrap_or_default();
    Ok(Array::from(bits.par_iter().with_min_len(1 << 16).map(|&b| half_to_f32(b)).collect::<Vec<f32>>()))
}

/// IEEE 754 binary16.
fn half_to_f32(bits: u16) -> f32 {
    let magnitude = match (bits >> 10 & 31, f32::from(bits & 0x3ff)) {
        (0, mantissa) => mantissa * 2_f32.powi(-24),
        (31, 0.0) => f32::INFINITY,
        (31, _) => f32::NAN,
        (exponent, mantissa) => (1024.0 + mantissa) * 2_f32.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

fn ijk_to_lps(fields: Fields<'_>, warnings: &mut Vec<Warning>) -> Result<Affine<Ijk, Lps>, Error> {
    let stored = fields.array::<i32, 3>(64);
    let mut sorted = stored;
    sorted.sort_unstable();
    // Old files leave the order open.
    let axes: [usize; 3] = match sorted {
        [1, 2, 3] => stored.map(|a| a as usize - 1),
        [0, 0, 0] => [0, 1, 2],
        _ => {
            return Err(Error::field(
                NAME,
                "mapc, mapr, maps",
                &format!("{stored:?}"),
                "they are 1, 2 and 3 in some order",
            ));
        }
    };
    if fields.reals::<f32, 3>(52).iter().any(|&angle| angle != 0.0 && (angle - 90.0).abs() > 1e-3) {
        warnings.push(Warning::new("the cell's angles are not 90 degrees; they were taken for such"));
    }
    let (cell, intervals) = (fields.reals::<f32, 3>(40), fields.array::<i32, 3>(28));
    let spacing: [f64; 3] = std::array::from_fn(|axis| {
        let size = cell[axis] / f64::from(intervals[axis]);
        if size > 0.0 && size.is_finite() {
            return size;
        }
        let message = format!(
            "cell length {} over {} intervals is no voxel size; 1 mm was taken",
            cell[axis], intervals[axis]
        );
        warnings.push(Warning::new(message));
        1.0
    });
    let starts = fields.array::<i32, 3>(16);
    let mut origin = fields.reals::<f32, 3>(196);
    if origin.iter().all(|&o| o == 0.0) || origin.iter().any(|o| !o.is_finite()) {
        for (n, &axis) in axes.iter().enumerate() {
            origin[axis] = f64::from(starts[n]) * spacing[axis];
        }
    }
    let column = |n: usize| {
        let mut v = [0.0; 3];
        v[axes[n]] = spacing[axes[n]];
        Vector::from_array(v)
    };
    Ok(Affine::from_columns(column(0), column(1), column(2), Point::from_array(origin)))
}

fn label_key(number: usize) -> String {
    format!("mrc/label[{number}]")
}

fn labels(fields: Fields<'_>) -> Metadata {
    let mut metadata = Metadata::default();
    let count = usize::try_from(fields.get::<i32>(220)).unwrap_or(0).min(LABELS);
    for number in 0..count {
        metadata.set(label_key(number), fields.text(224 + LABEL * number, LABEL));
    }
    metadata
}

fn write(data: &ImageData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    let cannot = |what: String| Error::CannotHold { format: NAME, what };
    let complex = image.meaning() == Meaning::Complex && image.components() == 2;
    if image.components() > 1 && !complex {
        return Err(cannot(format!("{} components per voxel", image.components())));
    }
    let types: &[ScalarType] = if complex {
        &[ScalarType::Int16, ScalarType::Float32]
    } else {
        &[ScalarType::Int8, ScalarType::Int16, ScalarType::UInt16, ScalarType::Float32]
    };
    let array = as_one_of(NAME, image.array(), types)?;
    let mode = match (array.scalar_type(), complex) {
        (ScalarType::Int8, _) => 0,
        (ScalarType::Int16, false) => 1,
        (ScalarType::Int16, true) => 3,
        (ScalarType::UInt16, _) => 6,
        (_, false) => 2,
        (_, true) => 4,
    };
    let axes = axes(image.grid())
        .ok_or_else(|| cannot("axes other than those of patient space (resample first)".to_owned()))?;
    let [i, j, k] = image.dims();
    let sizes = [Some(i), Some(j), k.checked_mul(image.frames())];
    let mut header = FieldsMut::new(HEADER, Endian::Little);
    for (n, size) in sizes.into_iter().enumerate() {
        let size = size.and_then(|s| i32::try_from(s).ok());
        header.put(4 * n, size.ok_or_else(|| cannot(format!("dimensions {:?}", image.dims())))?);
    }
    header.put(12, mode);
    let spacing = image.grid().spacing();
    for (n, &axis) in axes.iter().enumerate() {
        let size = image.dims()[n];
        header.put(28 + 4 * axis, size as i32);
        header.put_reals::<f32>(40 + 4 * axis, &[spacing[n] * size as f64]);
        header.put_reals::<f32>(52 + 4 * axis, &[90.0]);
        header.put(64 + 4 * n, axis as i32 + 1);
    }
    let range = Statistics::of(&array);
    header.put_reals::<f32>(76, &[range.min, range.max, range.mean()]);
    header.put(88, if image.frames() > 1 { *VOLUME_STACKS.start() } else { 1 });
    header.put(108, VERSION);
    header.put_reals::<f32>(196, &image.grid().origin().to_lps().coords());
    header.put_bytes(208, b"MAP \x44\x44\0\0");
    header.put_reals::<f32>(216, &[deviation(&array, range.mean())]);
    let labels: Vec<&str> = (0..LABELS).map_while(|n| data.metadata.get(&label_key(n))).collect();
    header.put(220, labels.len() as i32);
    for (n, label) in labels.into_iter().enumerate() {
        header.put_text(224 + LABEL * n, LABEL, label);
    }
    let voxels = bytes_in_order(&array, Endian::Little);
    let compressed = content::is_gzip_name(name);
    content::write(sink, name, &[&header.into_bytes(), &voxels], compressed, options.compression)
}

/// Which axis of LPS space i, j and k follow; `None` if one follows none, or points against it.
fn axes(grid: &Grid) -> Option<[usize; 3]> {
    let matrix = grid.ijk_to_ras().to_lps();
    let mut found = [0; 3];
    for (n, axis) in found.iter_mut().enumerate() {
        let v = matrix.column(n);
        *axis = (0..3)
            .find(|&a| (0..3).all(|b| if a == b { v[b] > 0.0 } else { v[b].abs() <= 1e-4 * v[a].abs() }))?;
    }
    Some(found)
}

/// Root mean square deviation from the mean. Summed in a fixed order, so that it is the same for any number of threads.
fn deviation(array: &Array, mean: f64) -> f64 {
    let square = |v: f64| (v - mean) * (v - mean);
    let sum: f64 = with_values!(array, values => {
        let parts: Vec<f64> =
            values.par_chunks(1 << 16).map(|part| part.iter().map(|v| square(v.to_f64())).sum()).collect();
        parts.iter().sum()
    });
    (sum / array.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_numbers() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half_to_f32(bits), value);
        }
        assert!(half_to_f32(0x7e00).is_nan());
    }
}
