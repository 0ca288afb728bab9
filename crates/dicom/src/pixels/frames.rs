//! Where the frames of pixel data lie (PS3.5 annex A.4).

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use dicom_core::VR;
use dicom_dictionary_std::tags;
use microtome_image::{Bytes, Endian};

use super::format::PixelFormat;
use crate::error::Error;
use crate::object::Object;
use crate::syntax::Compression;

/// An object's frames, located but not decoded.
pub(crate) struct Frames {
    bytes: Bytes,
    place: Place,
}

enum Place {
    /// One after the other.
    Native {
        /// All frames.
        range: Range<usize>,
        /// Byte order of samples.
        endian: Endian,
        /// Whether 8-bit samples were written as 16-bit words of the other byte order.
        swapped_words: bool,
    },
    /// The fragments of each frame.
    Encapsulated(Vec<Vec<Range<usize>>>),
}

/// The bytes of one frame.
pub(crate) enum FrameBytes<'a> {
    /// Samples.
    Native { bytes: Cow<'a, [u8]>, endian: Endian },
    /// 1-bit samples, the first in bit `first_bit` of the first byte.
    Bits { bytes: &'a [u8], first_bit: usize },
    /// A compressed stream.
    Compressed(Cow<'a, [u8]>),
}

impl Frames {
    /// Locates the frames of `object`.
    ///
    /// # Errors
    /// [`Error::Truncated`] where bytes of native pixels lack, [`Error::Damaged`] where fragments lack, and
    /// [`Error::Unsupported`] for transfer syntaxes without decoder.
    pub fn locate(object: &Object, format: &PixelFormat) -> Result<Self, Error> {
        let dataset = object.dataset();
        let syntax = object.transfer_syntax();
        let tag = format.pixel_tag();
        let element = dataset.element(tag).ok_or(Error::Missing { tag })?;
        let bytes = dataset.shared_bytes().clone();
        let compression = syntax.compression();
        // Some files keep a compressed transfer syntax although their pixels are native, and the reverse.
        if !element.undefined {
            let lossless_copy = matches!(compression, Compression::None | Compression::Other)
                || has_native_length(format, element.range().len());
            if !lossless_copy {
                return Err(Error::unsupported(format!(
                    "pixel data of {} that is not in fragments",
                    syntax.name()
                )));
            }
            let range = element.range();
            let needed = format.native_bytes();
            let found = bytes.len().min(range.end).saturating_sub(range.start) as u64;
            if u128::from(found) < needed {
                return Err(Error::Truncated {
                    what: "the pixel data".to_owned(),
                    needed: u64::try_from(needed).unwrap_or(u64::MAX),
                    found,
                });
            }
            let endian = syntax.pixel_endian();
            let swapped_words =
                endian == Endian::Big && format.bits_allocated == 8 && element.vr != Some(VR::OB);
            return Ok(Self { bytes, place: Place::Native { range, endian, swapped_words } });
        }
        if matches!(compression, Compression::Other) {
            return Err(Error::unsupported(format!("transfer syntax {} ({})", syntax.name(), syntax.uid())));
        }
        let mut fragments = dataset.fragments(element);
        if fragments.is_empty() {
            return Err(Error::Damaged {
                offset: element.range().start,
                why: "pixel data has no offset table",
            });
        }
        let table = fragments.remove(0);
        let offsets = offsets(object, &bytes, table);
        let frames = group(&bytes, fragments, &offsets, format.frames).ok_or(Error::Damaged {
            offset: element.range().start,
            why: "there are fewer fragments of pixel data than frames",
        })?;
        Ok(Self { bytes, place: Place::Encapsulated(frames) })
    }

    /// Bytes that all compressed frames have together; `None` for native pixels.
    pub fn compressed_len(&self) -> Option<usize> {
        match &self.place {
            Place::Native { .. } => None,
            Place::Encapsulated(frames) => Some(frames.iter().flatten().map(|r| r.len()).sum()),
        }
    }

    /// The bytes of frame `frame`, from 0.
    pub fn frame(&self, format: &PixelFormat, frame: usize) -> Result<FrameBytes<'_>, Error> {
        let lacking = Error::Damaged { offset: 0, why: "a frame lies beyond the pixel data" };
        match &self.place {
            Place::Native { range, endian, swapped_words } => {
                if format.bits_allocated == 1 {
                    let first = format.frame_samples().saturating_mul(frame);
                    let start = range.start.saturating_add(first / 8);
                    let bytes = self.bytes.get(start..range.end.min(self.bytes.len())).ok_or(lacking)?;
                    return Ok(FrameBytes::Bits { bytes, first_bit: first % 8 });
                }
                let length = format.native_frame_bytes();
                let start = length.checked_mul(frame).and_then(|n| n.checked_add(range.start));
                let part = start.and_then(|s| Some(s..s.checked_add(length)?)).filter(|p| p.end <= range.end);
                let bytes = part.and_then(|part| self.bytes.get(part)).ok_or(lacking)?;
                let bytes = if *swapped_words {
                    let mut swapped = bytes.to_vec();
                    swapped.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
                    Cow::Owned(swapped)
                } else {
                    Cow::Borrowed(bytes)
                };
                Ok(FrameBytes::Native { bytes, endian: *endian })
            }
            Place::Encapsulated(frames) => {
                let parts = frames.get(frame).ok_or(lacking)?;
                let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
                Ok(FrameBytes::Compressed(match parts.as_slice() {
                    [one] => Cow::Borrowed(part(one)),
                    many => Cow::Owned(many.iter().map(part).collect::<Vec<_>>().concat()),
                }))
            }
        }
    }
}

fn has_native_length(format: &PixelFormat, length: usize) -> bool {
    let needed = format.native_bytes();
    (needed..=needed + 1).contains(&(length as u128))
}

/// Offsets of frames from the first fragment's item: the extended table, else the basic one; empty if there is none.
fn offsets(object: &Object, bytes: &[u8], basic: Range<usize>) -> Vec<u64> {
    let words = |bytes: &[u8], size: usize| -> Vec<u64> {
        let word = |b: &[u8]| b.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b));
        bytes.chunks_exact(size).map(word).collect()
    };
    if let Some(extended) = object.dataset().bytes(tags::EXTENDED_OFFSET_TABLE).filter(|t| t.len() >= 8) {
        return words(extended, 8);
    }
    words(bytes.get(basic).unwrap_or_default(), 4)
}

/// The fragments of each frame; `None` if there are fewer of them than frames.
fn group(
    bytes: &[u8],
    fragments: Vec<Range<usize>>,
    offsets: &[u64],
    frames: usize,
) -> Option<Vec<Vec<Range<usize>>>> {
    if fragments.len() < frames {
        return None;
    }
    if frames == 1 {
        return Some(vec![fragments]);
    }
    if fragments.len() == frames {
        return Some(fragments.into_iter().map(|f| vec![f]).collect());
    }
    let first = fragments.first()?.start;
    let starts_by_marker = |f: &Range<usize>| {
        let head = bytes.get(f.clone()).unwrap_or_default();
        head.starts_with(&[0xFF, 0xD8]) || head.starts_with(&[0xFF, 0x4F, 0xFF, 0x51])
    };
    let by = |starts: &dyn Fn(&Range<usize>) -> bool| {
        let mut groups: Vec<Vec<Range<usize>>> = Vec::with_capacity(frames);
        for fragment in &fragments {
            match groups.last_mut() {
                Some(last) if !starts(fragment) => last.push(fragment.clone()),
                _ => groups.push(vec![fragment.clone()]),
            }
        }
        (groups.len() == frames).then_some(groups)
    };
    if offsets.len() == frames {
        // Offsets count from the first fragment's item, as the distances between fragments do.
        let table: HashSet<u64> = offsets.iter().copied().collect();
        if let Some(groups) = by(&|f| table.contains(&((f.start - first) as u64))) {
            return Some(groups);
        }
    }
    by(&starts_by_marker).or_else(|| Some(fragments.iter().take(frames).map(|f| vec![f.clone()]).collect()))
}
