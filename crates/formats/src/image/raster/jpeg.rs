//! JPEG, read only: grey and colour of 8 bits, and what the medical processes add (up to 16 bits).

use microtome_image::Array;
use microtome_jpeg::{ColorTransform, Options, decode_u8, decode_u16, read_header};

use super::super::voxels::claimed_bytes;
use super::Picture;
use crate::error::Error;
use crate::source::ReadOptions;
use crate::table_of_formats::{Format, Match};

const NAME: &str = "JPEG";

/// JPEG.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".jpg", ".jpeg", ".jpe", ".jfif"],
    sniff: |_, head| if head.starts_with(b"\xff\xd8\xff") { Match::Content } else { Match::No },
    read: |source, options| super::read(NAME, decode, source, options),
    writers: &[],
};

fn refused(error: microtome_jpeg::Error) -> Error {
    match error {
        microtome_jpeg::Error::NotJpeg => Error::NotThisFormat { format: NAME, why: error.to_string() },
        microtome_jpeg::Error::Unsupported { feature } => {
            Error::Unsupported { format: NAME, what: feature.to_owned() }
        }
        error => Error::Compression { format: NAME, why: error.to_string() },
    }
}

fn decode(bytes: &[u8], options: &ReadOptions) -> Result<Picture, Error> {
    let header = read_header(bytes).map_err(refused)?;
    let components = usize::from(header.components);
    // An Adobe segment says whether three components are YCbCr; without one they are, as JFIF has it.
    let color = match (components, header.adobe_transform) {
        (1, _) | (3, Some(0)) => ColorTransform::None,
        (3, _) => ColorTransform::YbrToRgb,
        _ => {
            let what = format!("a picture of {components} components (CMYK?)");
            return Err(Error::Unsupported { format: NAME, what });
        }
    };
    let bytes_per_sample = if header.precision > 8 { 2 } else { 1 };
    claimed_bytes(NAME, &[header.samples()], bytes_per_sample, options)?;
    let max_samples = usize::try_from(header.samples()).unwrap_or(usize::MAX);
    let options = Options { max_samples, color, ..Options::default() };
    let array = if bytes_per_sample == 1 {
        Array::from(decode_u8(bytes, &options).map_err(refused)?.1)
    } else {
        Array::from(decode_u16(bytes, &options).map_err(refused)?.1)
    };
    Ok(Picture::new(usize::from(header.width), usize::from(header.height), components, array))
}
