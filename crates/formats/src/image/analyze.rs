//! Analyze 7.5: pairs of `.hdr` and `.img` from before NIfTI, with what SPM added to them. Read only.
//!
//! Source: the Mayo Clinic's description of the ANALYZE 7.5 header, and nibabel for SPM's fields. The header says nothing
//! sure about axes: i points to the left, j to the front, k to the head, and the middle of the volume (or the voxel that
//! SPM names as origin) is at the origin of space. SPM's scale factor and intercept are applied.

use microtome_geometry::{Affine, Grid, Ijk, Ras};
use microtome_image::{Array, Endian, Image, Meaning};

use super::content::{Content, tail};
use super::fields::Fields;
use super::nifti::{Datatype, has_magic};
use super::pair::{self, Part};
use super::voxels::{claimed_bytes, rescaled, rescaled_complex};
use crate::data::{Data, ImageData, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match};

const NAME: &str = "Analyze 7.5";
/// Bytes of the header.
const SIZE: usize = 348;

/// Analyze 7.5.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".hdr", ".img", ".hdr.gz", ".img.gz"], sniff, read, writers: &[] };

fn sniff(name: &str, head: &[u8]) -> Match {
    match pair::part_of(name) {
        Some((Part::Header, _)) if has_magic(head) => Match::No,
        Some((Part::Header, _)) if endian(head).is_some() => Match::Content,
        Some(_) => Match::Name,
        None => Match::No,
    }
}

/// The byte order in which the header begins with its own size.
fn endian(head: &[u8]) -> Option<Endian> {
    [Endian::Little, Endian::Big].into_iter().find(|&e| Fields::new(head, e).get::<i32>(0) == SIZE as i32)
}

pub(super) fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let head = Content::new(NAME, pair::bytes_of(source, Part::Header)?).head(SIZE)?;
    let Some(endian) = endian(&head) else {
        let why = "it does not begin with the header's size, 348".to_owned();
        return Err(Error::NotThisFormat { format: NAME, why });
    };
    if head.len() < SIZE {
        let (expected, found) = (SIZE as u64, head.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "the header", expected, found });
    }
    let fields = Fields::new(&head, endian);
    let mut warnings = Vec::new();
    let [i, j, k, frames] = sizes(fields)?;
    // SPM marks types of the other signedness by adding 128.
    let code = match fields.get::<i16>(70) {
        130 => 256,
        132 => 512,
        136 => 768,
        code => code,
    };
    let element = Datatype::of(NAME, code)?;
    let size = element.scalar_type.size();
    let dims = [i, j, k];
    let byte_count =
        claimed_bytes(NAME, &[i, j, k, frames, element.components].map(|n| n as u64), size, options)?;
    let offset = f64::from(fields.get::<f32>(108)).abs();
    let offset = if offset < 9e15 { offset as usize } else { 0 };
    let total = offset.saturating_add(byte_count);
    let voxels = Content::new(NAME, pair::bytes_of(source, Part::Voxels)?).prefix("the voxel file", total)?;
    let stored = Array::from_bytes(tail(&voxels, offset), element.scalar_type, byte_count / size, endian)?;
    let array = scaled(fields, element, &stored);
    let grid = Grid::new(dims, ijk_to_ras(fields, dims, &mut warnings));
    let image = Image::new(grid, element.components, frames, element.meaning, array)?;
    Ok(Loaded::new(Data::Image(ImageData { image, metadata: texts(fields) }), warnings))
}

fn sizes(fields: Fields<'_>) -> Result<[usize; 4], Error> {
    let rank = fields.get::<i16>(40);
    if !(1..=7).contains(&rank) {
        return Err(Error::field(NAME, "dim[0]", &rank.to_string(), "there are 1 to 7 dimensions"));
    }
    let mut sizes = [1; 4];
    for axis in 0..7 {
        let stored = fields.get::<i16>(42 + 2 * axis);
        // Many writers leave the sizes of axes that are not there at 0.
        let size = if axis < rank as usize && (stored != 0 || axis < 3) { stored } else { 1 };
        match usize::try_from(size) {
            Ok(size) if size > 0 => sizes[axis.min(3)] *= size,
            _ => {
                let field = format!("dim[{}]", axis + 1);
                return Err(Error::field(NAME, field, &stored.to_string(), "a size is above 0"));
            }
        }
    }
    Ok(sizes)
}

fn scaled(fields: Fields<'_>, element: Datatype, stored: &Array) -> Array {
    let [slope, intercept] = fields.reals::<f32, 2>(112);
    if slope == 0.0 || !slope.is_finite() || element.meaning.is_color() {
        return stored.clone();
    }
    let intercept = if intercept.is_finite() { intercept } else { 0.0 };
    if element.meaning == Meaning::Complex {
        rescaled_complex(stored, slope, intercept)
    } else {
        rescaled(stored, slope, intercept)
    }
}

fn ijk_to_ras(fields: Fields<'_>, dims: [usize; 3], warnings: &mut Vec<Warning>) -> Affine<Ijk, Ras> {
    let spacing: [f64; 3] = std::array::from_fn(|axis| {
        let size = f64::from(fields.get::<f32>(80 + 4 * axis)).abs();
        if size > 0.0 && size.is_finite() {
            return size;
        }
        if dims[axis] > 1 {
            let message = format!("the voxel size pixdim[{}] is {size}; 1 mm was taken", axis + 1);
            warnings.push(Warning::new(message));
        }
        1.0
    });
    // SPM counts voxels from 1; an origin far outside is another program's text in the same bytes.
    let origin = fields.reals::<i16, 3>(253);
    let named = origin.iter().any(|&o| o != 0.0)
        && origin.iter().zip(dims).all(|(&o, size)| o > -(size as f64) && o < 2.0 * size as f64);
    let center = std::array::from_fn::<f64, 3, _>(|axis| {
        if named { origin[axis] - 1.0 } else { (dims[axis] as f64 - 1.0) / 2.0 }
    });
    let scale = [-spacing[0], spacing[1], spacing[2]];
    Affine::from_scale(scale, std::array::from_fn(|axis| -scale[axis] * center[axis]))
}

fn texts(fields: Fields<'_>) -> Metadata {
    let mut metadata = Metadata::default();
    for (key, at, len) in [("analyze/descrip", 148, 80), ("analyze/aux_file", 228, 24)] {
        let text = fields.text(at, len);
        if !text.is_empty() {
            metadata.set(key, text);
        }
    }
    metadata
}
