//! GIPL (Guys Image Processing Lab): `.gipl`, `.gipl.gz`.
//!
//! Source: the header's layout as ITK reads and writes it: 256 bytes, big-endian, then the voxels. Axes are those of LPS
//! patient space; the header's matrix is not used, so a grid with other directions cannot be written.

use microtome_geometry::{Affine, Grid, Ijk, Lps};
use microtome_image::{Array, Endian, Image, Meaning, ScalarType, Statistics};

use super::content::{self, Content, tail};
use super::fields::{Fields, FieldsMut};
use super::voxels::{along_lps_axes, as_one_of, bytes_in_order, claimed_bytes};
use crate::data::{Data, ImageData, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "GIPL";
/// Bytes before the voxels.
const HEADER: usize = 256;
/// The mark in the header's last four bytes: the usual one, and the one of older files.
const MAGIC: [u32; 2] = [0xefff_e9b0, 719_555_000];
const TYPES: [(u16, ScalarType); 8] = [
    (7, ScalarType::Int8),
    (8, ScalarType::UInt8),
    (15, ScalarType::Int16),
    (16, ScalarType::UInt16),
    (31, ScalarType::UInt32),
    (32, ScalarType::Int32),
    (64, ScalarType::Float32),
    (65, ScalarType::Float64),
];
/// The types that ITK reads too, narrow before wide.
const WRITTEN: [ScalarType; 6] = [
    ScalarType::Int8,
    ScalarType::UInt8,
    ScalarType::Int16,
    ScalarType::UInt16,
    ScalarType::Float32,
    ScalarType::Float64,
];
const PATIENT: &str = "gipl/patient";

/// GIPL.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".gipl", ".gipl.gz"], sniff, read, writers: &[Writer::Image(write)] };

fn has_magic(head: &[u8]) -> bool {
    head.len() >= HEADER && MAGIC.contains(&Fields::new(head, Endian::Big).get::<u32>(252))
}

fn sniff(_: &str, head: &[u8]) -> Match {
    if has_magic(head) { Match::Content } else { Match::No }
}

fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let file = Content::new(NAME, source.bytes()?);
    let head = file.head(HEADER)?;
    if !has_magic(&head) {
        let why = "bytes 252 to 255 do not have its mark".to_owned();
        return Err(Error::NotThisFormat { format: NAME, why });
    }
    let fields = Fields::new(&head, Endian::Big);
    // An axis that is not there has size 0.
    let [i, j, k, frames] = fields.array::<u16, 4>(0).map(|size| usize::from(size.max(1)));
    let code = fields.get::<u16>(8);
    let Some(&(_, scalar_type)) = TYPES.iter().find(|t| t.0 == code) else {
        return Err(Error::Unsupported { format: NAME, what: format!("the image type {code}") });
    };
    let byte_count = claimed_bytes(NAME, &[i, j, k, frames].map(|n| n as u64), scalar_type.size(), options)?;
    let voxels = tail(&file.prefix("the header with the voxels", HEADER.saturating_add(byte_count))?, HEADER);
    let array = Array::from_bytes(voxels, scalar_type, byte_count / scalar_type.size(), Endian::Big)?;
    let mut warnings = Vec::new();
    let spacing = fields.reals::<f32, 3>(10).map(|size| {
        if size > 0.0 && size.is_finite() {
            return size;
        }
        warnings.push(Warning::new(format!("a voxel size is {size}; 1 mm was taken")));
        1.0
    });
    let origin = fields.reals::<f64, 3>(204).map(|o| if o.is_finite() { o } else { 0.0 });
    let matrix: Affine<Ijk, Lps> = Affine::from_scale(spacing, origin);
    let image = Image::new(Grid::new([i, j, k], matrix.to_ras()), 1, frames, Meaning::Scalar, array)?;
    let mut metadata = Metadata::default();
    let patient = fields.text(26, 80);
    if !patient.is_empty() {
        metadata.set(PATIENT, patient);
    }
    Ok(Loaded::new(Data::Image(ImageData { image, metadata }), warnings))
}

fn write(data: &ImageData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    let cannot = |what: String| Error::CannotHold { format: NAME, what };
    if image.components() > 1 {
        return Err(cannot(format!("{} components per voxel", image.components())));
    }
    if !along_lps_axes(image.grid()) {
        return Err(cannot("axes other than left, posterior, superior (resample first)".to_owned()));
    }
    let array = as_one_of(NAME, image.array(), &WRITTEN)?;
    let mut header = FieldsMut::new(HEADER, Endian::Big);
    let [i, j, k] = image.dims();
    for (n, size) in [i, j, k, image.frames()].into_iter().enumerate() {
        header.put(2 * n, u16::try_from(size).map_err(|_| cannot(format!("a dimension of {size}")))?);
    }
    header.put(8, TYPES.iter().find(|t| t.1 == array.scalar_type()).map_or(0, |t| t.0));
    header.put_reals::<f32>(10, &image.grid().spacing());
    header.put(22, 1_f32);
    header.put_text(26, 80, data.metadata.get(PATIENT).unwrap_or_default());
    let range = Statistics::of(&array);
    header.put_reals::<f64>(188, &[range.min, range.max]);
    header.put_reals::<f64>(204, &image.grid().origin().to_lps().coords());
    header.put(252, MAGIC[0]);
    let voxels = bytes_in_order(&array, Endian::Big);
    let compressed = content::is_gzip_name(name);
    content::write(sink, name, &[&header.into_bytes(), &voxels], compressed, options.compression)
}
