//! Images in two files: `.hdr` and `.img`.

use std::io;

use microtome_image::Bytes;

use crate::error::Error;
use crate::source::Source;

/// Which of the two files a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Header,
    Voxels,
}

/// Which part of a pair the name is, and its length without extension; `None` for other names.
pub(crate) fn part_of(name: &str) -> Option<(Part, usize)> {
    let lower = name.to_ascii_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let stem = plain.len().checked_sub(4)?;
    match plain.get(stem..)? {
        ".hdr" => Some((Part::Header, stem)),
        ".img" => Some((Part::Voxels, stem)),
        _ => None,
    }
}

/// The bytes of the given part of the pair that the source's file belongs to.
///
/// # Errors
/// [`Error::Companion`] if the other file cannot be had.
pub(crate) fn bytes_of(source: &dyn Source, wanted: Part) -> Result<Bytes, Error> {
    let name = source.name();
    let Some((found, stem)) = part_of(name) else {
        return Ok(source.bytes()?);
    };
    if found == wanted {
        return Ok(source.bytes()?);
    }
    let extensions = match wanted {
        Part::Header => [".hdr", ".HDR", ".hdr.gz", ".HDR.GZ"],
        Part::Voxels => [".img", ".IMG", ".img.gz", ".IMG.GZ"],
    };
    let mut first_error = None;
    for extension in extensions {
        let partner = format!("{}{extension}", &name[..stem]);
        match source.companion(&partner) {
            Ok(bytes) => return Ok(bytes),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                first_error.get_or_insert(Error::Companion { name: partner, source });
            }
            Err(source) => return Err(Error::Companion { name: partner, source }),
        }
    }
    Err(first_error.unwrap_or_else(|| Error::Io(io::ErrorKind::NotFound.into())))
}

/// The names of the header and voxel files for an output of the given name.
pub(crate) fn names(name: &str) -> Option<(String, String)> {
    let (part, stem) = part_of(name)?;
    let (base, extension) = name.split_at(stem);
    let gz = extension.get(4..).unwrap_or_default();
    let own = extension.get(..4).unwrap_or_default();
    let upper = own.chars().any(|c| c.is_ascii_uppercase());
    let other = match (part, upper) {
        (Part::Header, false) => ".img",
        (Part::Header, true) => ".IMG",
        (Part::Voxels, false) => ".hdr",
        (Part::Voxels, true) => ".HDR",
    };
    let (own, other) = (name.to_owned(), format!("{base}{other}{gz}"));
    Some(if part == Part::Header { (own, other) } else { (other, own) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_keep_letter_case_and_compression() {
        assert_eq!(names("a.hdr"), Some(("a.hdr".into(), "a.img".into())));
        assert_eq!(names("A.IMG.gz"), Some(("A.HDR.gz".into(), "A.IMG.gz".into())));
        assert_eq!(names("a.nii"), None);
    }
}
