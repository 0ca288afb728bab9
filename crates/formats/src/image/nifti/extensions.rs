//! Header extensions: blocks of bytes with a code, kept as texts `code:hexadecimal digits`.

use microtome_image::Endian;

use super::super::fields::{Fields, FieldsMut};
use super::super::hex;
use super::NAME;
use crate::data::{Metadata, Warning};
use crate::error::Error;

/// Bytes of the mark before the first extension.
const MARK: usize = 4;

fn key(number: usize) -> String {
    format!("nifti/extension[{number}]")
}

/// Keeps the extensions in `bytes`, which are those between the header and the voxels.
pub(super) fn keep(bytes: &[u8], endian: Endian, metadata: &mut Metadata, warnings: &mut Vec<Warning>) {
    if bytes.first().is_none_or(|&mark| mark == 0) {
        return;
    }
    let fields = Fields::new(bytes, endian);
    let mut at = MARK;
    let mut number = 0;
    while bytes.len() >= at + 8 {
        let (size, code) = (fields.get::<i32>(at), fields.get::<i32>(at + 4));
        let content = usize::try_from(size).ok().and_then(|size| fields.bytes(at + 8, size.checked_sub(8)?));
        let Some(content) = content else {
            if size != 0 {
                let message = format!(
                    "header extension {number} says it has {size} bytes; it and any after it were left out"
                );
                warnings.push(Warning::new(message));
            }
            return;
        };
        metadata.set(key(number), format!("{code}:{}", hex::to_text(content)));
        at += content.len() + 8;
        number += 1;
    }
}

/// The bytes between header and voxels: the mark and the extensions that `metadata` has, padded to whole sixteens.
///
/// # Errors
/// [`Error::Field`] if a text is not as [`keep`] makes them.
pub(super) fn to_bytes(metadata: &Metadata, endian: Endian) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; MARK];
    for number in 0.. {
        let Some(text) = metadata.get(&key(number)) else { break };
        let parsed = text
            .split_once(':')
            .and_then(|(code, hex)| Some((code.parse::<i32>().ok()?, hex::from_text(hex)?)));
        let wrong =
            || Error::field(NAME, key(number), text, "a code, a colon and hexadecimal digits belong here");
        let (code, content) = parsed.ok_or_else(wrong)?;
        let size = (content.len() + 8).next_multiple_of(16);
        let mut block = FieldsMut::new(size, endian);
        block.put(0, i32::try_from(size).map_err(|_| wrong())?);
        block.put(4, code);
        block.put_bytes(8, &content);
        bytes.extend(block.into_bytes());
        bytes[0] = 1;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_come_back_with_their_padding() {
        let mut metadata = Metadata::default();
        metadata.set(key(0), format!("6:{}", hex::to_text(b"a comment")));
        metadata.set(key(1), "4:00ff");
        for endian in [Endian::Little, Endian::Big] {
            let bytes = to_bytes(&metadata, endian).unwrap();
            assert_eq!(bytes.len(), 4 + 32 + 16);
            let (mut back, mut warnings) = (Metadata::default(), Vec::new());
            keep(&bytes, endian, &mut back, &mut warnings);
            assert_eq!(back.get(&key(0)).unwrap().trim_end_matches('0'), metadata.get(&key(0)).unwrap());
            assert_eq!(back.get(&key(1)).unwrap(), "4:00ff000000000000");
            assert!(warnings.is_empty());
            assert_eq!(to_bytes(&back, endian).unwrap(), bytes);
        }
    }

    #[test]
    fn a_wrong_size_ends_the_list_with_a_warning() {
        let mut bytes = vec![1, 0, 0, 0];
        bytes.extend(1_000_000_i32.to_le_bytes());
        bytes.extend(4_i32.to_le_bytes());
        let (mut metadata, mut warnings) = (Metadata::default(), Vec::new());
        keep(&bytes, Endian::Little, &mut metadata, &mut warnings);
        assert!(metadata.is_empty());
        assert_eq!(warnings.len(), 1);
    }
}
