//! Datasets: elements by tag, their values read on demand from shared bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use microtome_image::{Bytes, Endian};

use crate::charset::Charset;
use crate::dictionary::representation;
use crate::error::Error;
use crate::parser::{Element, Extent, Parser};
use crate::syntax::Encoding;

/// The elements of a file or of an item of a sequence. Values stay in the shared (often mapped) bytes until asked for.
#[derive(Clone)]
pub struct Dataset {
    bytes: Bytes,
    encoding: Encoding,
    charset: Charset,
    /// Sorted by tag.
    elements: Vec<Element>,
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset({} elements)", self.elements.len())
    }
}

/// An element of a [`Dataset`], for listing.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    dataset: &'a Dataset,
    element: &'a Element,
}

impl Entry<'_> {
    /// The attribute.
    pub fn tag(&self) -> Tag {
        self.element.tag
    }

    /// The value representation that the file states, else the dictionary's.
    pub fn representation(&self) -> VR {
        self.dataset.representation(self.element)
    }

    /// Bytes of the value.
    pub fn len(&self) -> usize {
        self.element.range().len()
    }

    /// Whether the value is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value is a sequence of items.
    pub fn is_sequence(&self) -> bool {
        let vr = self.representation();
        vr == VR::SQ || self.element.undefined && !crate::parser::is_pixel_data(self.element.tag)
    }

    /// The value as text: numbers in decimal, several values joined by `\`; `None` for sequences and raw bytes.
    pub fn text(&self) -> Option<String> {
        use VR::{AT, FD, FL, OB, OD, OF, OL, OV, OW, SL, SQ, SS, SV, UL, UN, US, UV};
        match self.representation() {
            SQ | OB | OW | OF | OD | OL | OV | UN => None,
            US | SS | UL | SL | FL | FD | SV | UV => {
                let numbers = self.dataset.numbers(self.element.tag);
                Some(numbers.iter().map(f64::to_string).collect::<Vec<_>>().join("\\"))
            }
            AT => {
                let numbers = self.dataset.unsigned_shorts(self.element.tag);
                let tags = numbers.chunks_exact(2).map(|t| format!("({:04X},{:04X})", t[0], t[1]));
                Some(tags.collect::<Vec<_>>().join("\\"))
            }
            _ => self.dataset.text(self.element.tag),
        }
    }
}

impl Dataset {
    /// Indexes `range` of `bytes`; gives the dataset and the place where it ended.
    pub(crate) fn index(
        bytes: &Bytes,
        range: Range<usize>,
        encoding: Encoding,
        extent: Extent,
        group: Option<u16>,
    ) -> Result<(Self, usize), Error> {
        let (mut elements, end) = Parser::new(bytes, encoding).elements(range, extent, group)?;
        if !elements.is_sorted_by_key(|e| e.tag) {
            elements.sort_by_key(|e| e.tag);
        }
        let mut dataset = Self { bytes: bytes.clone(), encoding, charset: Charset::default(), elements };
        if let Some(value) = dataset.bytes(tags::SPECIFIC_CHARACTER_SET) {
            dataset.charset = Charset::new(value);
        }
        Ok((dataset, end))
    }

    /// A dataset without elements.
    pub(crate) fn empty() -> Self {
        Self {
            bytes: Bytes::from(Vec::new()),
            encoding: Encoding::EXPLICIT_LITTLE,
            charset: Charset::default(),
            elements: Vec::new(),
        }
    }

    /// How the elements are written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// All elements, by ascending tag.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.elements.iter().map(|element| Entry { dataset: self, element })
    }

    pub(crate) fn element(&self, tag: Tag) -> Option<&Element> {
        let at = self.elements.binary_search_by_key(&tag, |e| e.tag).ok()?;
        Some(&self.elements[at])
    }

    /// Whether there is such an element, empty or not.
    pub fn contains(&self, tag: Tag) -> bool {
        self.element(tag).is_some()
    }

    fn representation(&self, element: &Element) -> VR {
        match element.vr {
            Some(VR::UN) | None => representation(element.tag),
            Some(vr) => vr,
        }
    }

    /// The value's bytes as they lie in the file, padding included. `None` if absent, or not within the bytes parsed.
    pub fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        self.bytes.get(self.element(tag)?.range())
    }

    /// The bytes that [`bytes`](Self::bytes) and the fragments lie in.
    pub(crate) fn shared_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The first value as plain text without padding: for UIDs, codes and other values of the default repertoire.
    /// `None` if absent or empty.
    pub fn code(&self, tag: Tag) -> Option<Cow<'_, str>> {
        let first = self.bytes(tag)?.split(|&b| b == b'\\').next()?;
        let text = String::from_utf8_lossy(first);
        let trimmed = match text {
            Cow::Borrowed(t) => Cow::Borrowed(trim(t)),
            Cow::Owned(t) => Cow::Owned(trim(&t).to_owned()),
        };
        (!trimmed.is_empty()).then_some(trimmed)
    }

    /// The whole value as text in the dataset's character set, several values joined by `\`, without padding at the
    /// end. `None` if absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let text = self.charset.decode(self.bytes(tag)?);
        let text = trim(&text);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// All numbers of a numeric attribute, whatever its representation; those that are not numbers are left out.
    pub fn numbers(&self, tag: Tag) -> Vec<f64> {
        let Some(element) = self.element(tag) else { return Vec::new() };
        let Some(bytes) = self.bytes.get(element.range()) else { return Vec::new() };
        let vr = self.representation(element);
        binary_numbers(bytes, vr, self.encoding.endian).unwrap_or_else(|| decimal_numbers(bytes))
    }

    /// The first number of a numeric attribute.
    pub fn number(&self, tag: Tag) -> Option<f64> {
        let element = self.element(tag)?;
        let bytes = self.bytes.get(element.range())?;
        match binary_size(self.representation(element)) {
            Some(size) => {
                let first =
                    binary_numbers(bytes.get(..size)?, self.representation(element), self.encoding.endian);
                first?.first().copied()
            }
            None => decimal_numbers(bytes).first().copied(),
        }
    }

    /// The first number as an integer; `None` if absent or not whole.
    pub fn integer(&self, tag: Tag) -> Option<i64> {
        let value = self.number(tag)?;
        (value.fract() == 0.0 && value.abs() <= 9e15).then_some(value as i64)
    }

    /// Exactly `N` finite numbers.
    pub fn vector<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        let numbers: [f64; N] = self.numbers(tag).try_into().ok()?;
        numbers.iter().all(|v| v.is_finite()).then_some(numbers)
    }

    /// The value as 16-bit words, whatever its representation: for look-up tables.
    pub fn unsigned_shorts(&self, tag: Tag) -> Vec<u16> {
        let words = self.bytes(tag).unwrap_or_default().chunks_exact(2);
        match self.encoding.endian {
            Endian::Little => words.map(|b| u16::from_le_bytes([b[0], b[1]])).collect(),
            Endian::Big => words.map(|b| u16::from_be_bytes([b[0], b[1]])).collect(),
        }
    }

    /// The items of a sequence; none if it is absent or empty.
    ///
    /// # Errors
    /// [`Error::Damaged`] and [`Error::Truncated`] if the bytes are not items of elements.
    pub fn items(&self, tag: Tag) -> Result<Vec<Self>, Error> {
        let Some(element) = self.element(tag) else { return Ok(Vec::new()) };
        let encoding = match element.vr {
            Some(VR::UN) => Encoding::IMPLICIT_LITTLE,
            _ => self.encoding,
        };
        let ranges = Parser::new(&self.bytes, encoding).items(element.range())?;
        ranges.into_iter().map(|range| self.item(range, encoding)).collect()
    }

    fn item(&self, range: Range<usize>, encoding: Encoding) -> Result<Self, Error> {
        let (mut item, _) = Self::index(&self.bytes, range, encoding, Extent::Whole, None)?;
        if !item.contains(tags::SPECIFIC_CHARACTER_SET) {
            item.charset = self.charset.clone();
        }
        Ok(item)
    }

    /// The first item of a sequence; `None` if there is none or it is damaged.
    pub fn first_item(&self, tag: Tag) -> Option<Self> {
        let element = self.element(tag)?;
        let encoding = if element.vr == Some(VR::UN) { Encoding::IMPLICIT_LITTLE } else { self.encoding };
        let ranges = Parser::new(&self.bytes, encoding).items(element.range()).ok()?;
        self.item(ranges.into_iter().next()?, encoding).ok()
    }

    /// The fragments of encapsulated pixel data, the basic offset table first.
    pub(crate) fn fragments(&self, element: &Element) -> Vec<Range<usize>> {
        let end = element.range().end.min(self.bytes.len());
        Parser::new(&self.bytes, Encoding::EXPLICIT_LITTLE).fragments(element.range().start.min(end)..end)
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\0', '\t', '\r', '\n'])
}

fn binary_size(vr: VR) -> Option<usize> {
    use VR::{AT, FD, FL, OB, OD, OF, OL, OV, OW, SL, SS, SV, UL, UN, US, UV};
    match vr {
        OB | UN => Some(1),
        US | SS | AT | OW => Some(2),
        UL | SL | FL | OL | OF => Some(4),
        FD | SV | UV | OD | OV => Some(8),
        _ => None,
    }
}

fn binary_numbers(bytes: &[u8], vr: VR, endian: Endian) -> Option<Vec<f64>> {
    let size = binary_size(vr)?;
    let unsigned = |chunk: &[u8]| {
        let fold = |n: u64, &b: &u8| n << 8 | u64::from(b);
        match endian {
            Endian::Little => chunk.iter().rev().fold(0, fold),
            Endian::Big => chunk.iter().fold(0, fold),
        }
    };
    let number = |chunk: &[u8]| {
        let n = unsigned(chunk);
        match vr {
            VR::SS => f64::from(n as u16 as i16),
            VR::SL => f64::from(n as u32 as i32),
            VR::SV => n as i64 as f64,
            VR::FL | VR::OF => f64::from(f32::from_bits(n as u32)),
            VR::FD | VR::OD => f64::from_bits(n),
            _ => n as f64,
        }
    };
    Some(bytes.chunks_exact(size).map(number).collect())
}

fn decimal_numbers(bytes: &[u8]) -> Vec<f64> {
    let parse = |part: &[u8]| {
        let text = trim(std::str::from_utf8(part).ok()?);
        // Some devices write a decimal comma.
        text.parse().ok().or_else(|| text.replace(',', ".").parse().ok())
    };
    bytes.split(|&b| b == b'\\').filter_map(parse).collect()
}
