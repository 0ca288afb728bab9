//! Files: preamble, meta information, dataset (PS3.10 section 7).

use dicom_core::VR;
use dicom_dictionary_std::tags;
use microtome_deflate::{Size, raw};
use microtome_image::{Bytes, Endian};

use crate::dataset::Dataset;
use crate::error::Error;
use crate::parser::Extent;
use crate::syntax::{Encoding, TransferSyntax};

/// A DICOM object as a file holds it.
#[derive(Clone, Debug)]
pub struct Object {
    meta: Dataset,
    dataset: Dataset,
    transfer_syntax: TransferSyntax,
}

/// Whether a file that begins with `head` (132 bytes suffice) can be DICOM. Files without preamble count if their first
/// element is of group 0002 or 0008.
pub fn is_dicom(head: &[u8]) -> bool {
    start_of_elements(head).is_some()
}

fn start_of_elements(bytes: &[u8]) -> Option<usize> {
    if bytes.get(128..132) == Some(b"DICM") {
        return Some(132);
    }
    if bytes.starts_with(b"DICM") {
        return Some(4);
    }
    // One stray byte before a headerless dataset is known from files whose preamble was cut off by hand.
    [0, 1].into_iter().find(|&at| begins_with_element(bytes, at))
}

/// Whether the first element of a headerless dataset, of group 0002 or 0008, stands at `at`.
fn begins_with_element(bytes: &[u8], at: usize) -> bool {
    let Some(head) = bytes.get(at..at + 8) else { return false };
    let (group, element) = match head[..4] {
        [g, 0, e, f] => (g, u16::from_le_bytes([e, f])),
        [0, g, f, e] => (g, u16::from_be_bytes([f, e])),
        _ => return false,
    };
    if !matches!(group, 2 | 8) || element > 0x0120 {
        return false;
    }
    if VR::from_binary([head[4], head[5]]).is_some() {
        return true;
    }
    // Implicit: the first values of these groups are short.
    at == 0 && head[0] != 0 && u32::from_le_bytes([head[4], head[5], head[6], head[7]]) <= 1024
}

/// The encoding that the element at `at` seems to have.
fn guess_encoding(bytes: &[u8], at: usize) -> Option<Encoding> {
    let head = bytes.get(at..at + 6)?;
    let endian = if head[0] == 0 && head[1] != 0 { Endian::Big } else { Endian::Little };
    Some(Encoding { explicit: VR::from_binary([head[4], head[5]]).is_some(), endian })
}

impl Object {
    /// Indexes a file's elements. Nothing is copied unless the dataset is deflated.
    ///
    /// Accepted besides proper files: no preamble, no meta information, and a dataset whose value representations are
    /// explicit where the transfer syntax says implicit or the reverse.
    ///
    /// # Errors
    /// [`Error::NotDicom`], and whatever is wrong with the elements.
    pub fn parse(bytes: &Bytes, extent: Extent) -> Result<Self, Error> {
        let start = start_of_elements(bytes).ok_or(Error::NotDicom {
            why: "there is no \"DICM\" after 128 bytes, and it does not begin with an element of group 0002 or 0008",
        })?;
        let (meta, end) = if bytes.get(start..start + 2) == Some(&[2, 0]) {
            Dataset::index(bytes, start..bytes.len(), Encoding::EXPLICIT_LITTLE, Extent::Whole, Some(2))?
        } else {
            (Dataset::empty(), start)
        };
        let stated = meta.code(tags::TRANSFER_SYNTAX_UID).map(|uid| TransferSyntax::new(uid.into_owned()));
        if let Some(syntax) = stated.clone().filter(TransferSyntax::is_deflated) {
            let deflated = &bytes[end..];
            let limit = (64 << 20_usize).max(deflated.len().saturating_mul(64));
            let inflated = Bytes::from(raw::decompress(deflated, Size::AtMost(limit))?.bytes);
            let encoding = syntax.encoding();
            let (dataset, _) = Dataset::index(&inflated, 0..inflated.len(), encoding, extent, None)?;
            return Ok(Self { meta, dataset, transfer_syntax: syntax });
        }
        let guess = guess_encoding(bytes, end);
        let syntax = stated.unwrap_or_else(|| {
            TransferSyntax::new(match guess {
                Some(Encoding { endian: Endian::Big, .. }) => "1.2.840.10008.1.2.2",
                Some(Encoding { explicit: true, .. }) => "1.2.840.10008.1.2.1",
                _ => "1.2.840.10008.1.2",
            })
        });
        let mut encoding = syntax.encoding();
        if let Some(guess) = guess.filter(|g| g.endian == encoding.endian) {
            encoding.explicit = guess.explicit;
        }
        let (dataset, _) = Dataset::index(bytes, end..bytes.len(), encoding, extent, None)?;
        if dataset.entries().next().is_none() && meta.entries().next().is_none() {
            return Err(Error::NotDicom { why: "it has no elements" });
        }
        Ok(Self { meta, dataset, transfer_syntax: syntax })
    }

    /// The file's meta information (group 0002); empty where the file has none.
    pub fn meta(&self) -> &Dataset {
        &self.meta
    }

    /// The dataset.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The transfer syntax that the file states, else the one that its first element shows.
    pub fn transfer_syntax(&self) -> &TransferSyntax {
        &self.transfer_syntax
    }

    /// SOP Class UID; empty if the object names none.
    pub fn sop_class(&self) -> String {
        let stated = self.dataset.code(tags::SOP_CLASS_UID);
        let stated = stated.or_else(|| self.meta.code(tags::MEDIA_STORAGE_SOP_CLASS_UID));
        stated.map(|uid| uid.into_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_dicom() {
        assert!(!is_dicom(b"In this directory are different variants"));
        assert!(!is_dicom(b""));
        assert!(is_dicom(b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100"));
        assert!(is_dicom(b" \x08\x00\x05\x00CS\x0a\x00ISO_IR 100"));
        assert!(is_dicom(b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100"));
    }
}
