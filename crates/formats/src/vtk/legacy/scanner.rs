//! Lines and arrays of a legacy file.

use microtome_image::{Array, Bytes, Endian, ScalarType};

use super::NAME;
use crate::error::Error;
use crate::text::{NumbersError, Words, numbers};
use crate::vtk::dataset::{Values, product};
use crate::vtk::names::{Stored, legacy_type, unpacked};

/// A position in a legacy file.
pub(super) struct Scanner {
    bytes: Bytes,
    at: usize,
    /// Whether arrays are binary.
    pub(super) binary: bool,
}

impl Scanner {
    pub(super) const fn new(bytes: Bytes) -> Self {
        Self { bytes, at: 0, binary: false }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// The rest of the line, without blanks at its ends.
    pub(super) fn line(&mut self) -> String {
        let rest = self.rest();
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = String::from_utf8_lossy(&rest[..length]).trim().to_owned();
        self.at = (self.at + length + 1).min(self.bytes.len());
        line
    }

    /// The next line that is not empty, as words; `None` at the end of the file.
    pub(super) fn words(&mut self) -> Option<Vec<String>> {
        let blank = self.rest().iter().position(|&b| b > b' ')?;
        self.at += blank;
        Some(self.line().split_ascii_whitespace().map(str::to_owned).collect())
    }

    /// Whether the next word is `keyword`; the position stays.
    pub(super) fn comes(&self, keyword: &str) -> bool {
        let rest = self.rest();
        let blank = rest.iter().position(|&b| b > b' ').unwrap_or(rest.len());
        let rest = &rest[blank..];
        rest.get(..keyword.len()).is_some_and(|word| word.eq_ignore_ascii_case(keyword.as_bytes()))
            && rest.get(keyword.len()).is_none_or(|&b| b <= b' ')
    }

    /// Steps over a `METADATA` block, which lasts until an empty line.
    pub(super) fn skip_metadata(&mut self) {
        while self.comes("METADATA") {
            let _ = self.words();
            while self.at < self.bytes.len() && !self.line().is_empty() {}
        }
    }

    /// An array of `tuples` × `components` values of the type called `type_name`, and the metadata behind it.
    pub(super) fn array(
        &mut self,
        type_name: &str,
        components: usize,
        tuples: usize,
    ) -> Result<Values, Error> {
        let stored = legacy_type(type_name)
            .ok_or_else(|| Error::field(NAME, "data type", type_name, "it is none of VTK's number types"))?;
        let count = product(NAME, "values", components, tuples)?;
        let values = match stored {
            Stored::Text => Values::Text(self.texts(count)?),
            Stored::Bits if self.binary => {
                let bytes = self.take(count.div_ceil(8))?;
                Values::Numbers(Array::from(unpacked(&bytes, count).unwrap_or_default()))
            }
            Stored::Bits => Values::Numbers(self.numbers(ScalarType::UInt8, count)?),
            Stored::Index if self.binary => {
                Values::Numbers(self.numbers(ScalarType::Int32, count)?.cast(ScalarType::Int64))
            }
            Stored::Index => Values::Numbers(self.numbers(ScalarType::Int64, count)?),
            Stored::Numbers(scalar_type) => Values::Numbers(self.numbers(scalar_type, count)?),
        };
        self.skip_metadata();
        Ok(values)
    }

    /// `count` numbers.
    pub(super) fn numbers(&mut self, scalar_type: ScalarType, count: usize) -> Result<Array, Error> {
        if self.binary {
            let bytes = self.take(product(NAME, "values", count, scalar_type.size())?)?;
            return Ok(Array::from_bytes(bytes, scalar_type, count, Endian::Big)?);
        }
        let mut words = Words::new(&self.bytes, self.at);
        let values = numbers(&mut words, scalar_type, count);
        let at = words.at();
        let values = values.map_err(|error| match error {
            NumbersError::Few(found) => Error::Truncated {
                format: NAME,
                what: "an array, counted in numbers,",
                expected: count as u64,
                found: found as u64,
            },
            NumbersError::Bad(word) => {
                Error::field(NAME, "array", &word, format!("a number of type {scalar_type} is needed"))
            }
        })?;
        self.at = at;
        Ok(values)
    }

    /// The next `count` bytes.
    fn take(&mut self, count: usize) -> Result<Bytes, Error> {
        let end = self.at.saturating_add(count);
        let found = (self.bytes.len() - self.at) as u64;
        let truncated = Error::Truncated { format: NAME, what: "an array", expected: count as u64, found };
        let bytes = self.bytes.slice(self.at..end).ok_or(truncated)?;
        self.at = end;
        Ok(bytes)
    }

    /// `count` texts: a line each with `%` escapes, or in binary files each behind its length.
    fn texts(&mut self, count: usize) -> Result<Vec<String>, Error> {
        let mut texts = Vec::new();
        for found in 0..count {
            if self.at >= self.bytes.len() {
                let (expected, found) = (count as u64, found as u64);
                return Err(Error::Truncated { format: NAME, what: "an array of texts", expected, found });
            }
            if self.binary {
                // The two highest bits of the first byte say how many bytes the length has.
                let size = match self.rest()[0] >> 6 {
                    3 => 1,
                    2 => 2,
                    1 => 4,
                    _ => 8,
                };
                let bytes = self.take(size)?;
                let length = bytes.iter().fold(0_u64, |length, &b| length << 8 | u64::from(b));
                let length = if size == 8 { length } else { length & !(3 << (size * 8 - 2)) };
                let text = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
                texts.push(String::from_utf8_lossy(&text).into_owned());
            } else {
                texts.push(decoded(&self.line()));
            }
        }
        if self.binary {
            self.line();
        }
        Ok(texts)
    }
}

/// A name or text without its `%xx` escapes.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(value) if byte == b'%' => {
                bytes.push(value);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A name or text with everything but plain letters, digits and signs as `%xx`.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'%' | b'"') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_there_and_back() {
        assert_eq!(encoded("a b%\né"), "a%20b%25%0A%C3%A9");
        for text in ["a b%\né", "%", "100%2", "", "%zz"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
    }

    #[test]
    fn metadata_ends_at_an_empty_line() {
        let text = b"\nMETADATA\r\nCOMPONENT_NAMES\r\nx\r\n\r\nNEXT 1".to_vec();
        let mut scanner = Scanner::new(Bytes::from(text));
        scanner.skip_metadata();
        assert_eq!(scanner.words(), Some(vec!["NEXT".to_owned(), "1".to_owned()]));
        assert_eq!(scanner.words(), None);
    }
}
