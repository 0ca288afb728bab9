//! Reading.

use microtome_geometry::Grid;
use microtome_image::{Array, Image, Meaning};

use super::super::analyze;
use super::super::content::{Content, tail};
use super::super::pair::{self, Part};
use super::super::voxels::{claimed_bytes, rescaled, rescaled_complex};
use super::header::{Header, Version, has_magic};
use super::layout::Layout;
use super::{NAME, extensions, geometry, texts};
use crate::data::{Data, ImageData, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::source::{ReadOptions, Source};

/// Bytes of extensions beside a header of its own that are looked at.
const MOST_EXTENSIONS: usize = 16 << 20;

/// Reads a single file or a pair, whichever half the source names.
pub(super) fn read(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let header_bytes = Content::new(NAME, pair::bytes_of(source, Part::Header)?);
    let head = header_bytes.head(Version::Two.size())?;
    if !has_magic(&head) && pair::part_of(source.name()).is_some() {
        return analyze::read(source, options);
    }
    let header = Header::parse(&head)?;
    let mut warnings = Vec::new();
    let layout = Layout::of(&header, &mut warnings)?;
    let byte_count = claimed_bytes(NAME, &layout.sizes(), layout.element.scalar_type.size(), options)?;
    let is_pair = pair::part_of(source.name()).is_some() && !header.single;
    if !header.single && !is_pair {
        let message = "the header says that the voxels are in a file of their own, but this is a single file";
        warnings.push(Warning::new(message));
    }
    let offset = voxel_offset(&header, is_pair, &mut warnings)?;
    let total = offset.checked_add(byte_count).ok_or_else(|| {
        let (claimed, limit) = (offset as u128 + byte_count as u128, isize::MAX as u128);
        Error::TooLarge { format: NAME, what: "voxels", claimed, limit }
    })?;
    let header_size = header.version.size();
    let (stored, extension_bytes) = if is_pair {
        let voxels =
            Content::new(NAME, pair::bytes_of(source, Part::Voxels)?).prefix("the voxel file", total)?;
        (voxels, header_bytes.prefix_and_rest("the header", header_size, MOST_EXTENSIONS)?.1)
    } else {
        let whole = header_bytes.prefix("the header with the voxels", total)?;
        let between = whole.get(header_size..offset).unwrap_or_default().to_vec();
        (whole, between)
    };
    let mut metadata = texts::keep(&header, &layout)?;
    extensions::keep(&extension_bytes, header.endian, &mut metadata, &mut warnings);
    let count = byte_count / layout.element.scalar_type.size();
    let array = Array::from_bytes(tail(&stored, offset), layout.element.scalar_type, count, header.endian)?;
    let image = image(&header, &layout, &array, &mut warnings)?;
    Ok(loaded(image, metadata, warnings))
}

fn loaded(image: Image, metadata: Metadata, warnings: Vec<Warning>) -> Loaded {
    Loaded::new(Data::Image(ImageData { image, metadata }), warnings)
}

fn image(
    header: &Header,
    layout: &Layout,
    stored: &Array,
    warnings: &mut Vec<Warning>,
) -> Result<Image, Error> {
    let scaled = if header.scl_slope == 0.0 || !header.scl_slope.is_finite() || layout.meaning.is_color() {
        stored.clone()
    } else {
        let intercept = if header.scl_inter.is_finite() { header.scl_inter } else { 0.0 };
        if layout.meaning == Meaning::Complex {
            rescaled_complex(stored, header.scl_slope, intercept)
        } else {
            rescaled(stored, header.scl_slope, intercept)
        }
    };
    let meaning = match layout.meaning {
        Meaning::Label if !scaled.scalar_type().is_integer() => Meaning::Scalar,
        meaning => meaning,
    };
    let grid = Grid::new(layout.dims, geometry::ijk_to_ras(header, layout.dims, warnings));
    Ok(Image::new(grid, layout.components(), layout.frames, meaning, layout.to_memory(&scaled))?)
}

/// Where the voxels begin in their file.
fn voxel_offset(header: &Header, is_pair: bool, warnings: &mut Vec<Warning>) -> Result<usize, Error> {
    let stored = header.vox_offset;
    let least = if is_pair { 0 } else { header.version.size() };
    let usual = least.next_multiple_of(16);
    if !(0.0..9e15).contains(&stored) {
        return Err(Error::field(
            NAME,
            "vox_offset",
            &stored.to_string(),
            "the voxels begin within their file",
        ));
    }
    let offset = stored as usize;
    if offset >= least {
        return Ok(offset);
    }
    if offset > 0 {
        let message =
            format!("vox_offset is {offset}, within the header; the voxels were taken from byte {usual} on");
        warnings.push(Warning::new(message));
    }
    Ok(usual)
}
