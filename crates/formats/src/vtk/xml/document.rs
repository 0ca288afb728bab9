//! The outer shape of a file: one XML element, and appended data that need not be XML.

use memchr::memmem;
use microtome_image::Bytes;

use super::NAME;
use crate::error::Error;

/// The most XML nodes that a file may have.
const MAX_NODES: u32 = 1 << 20;

/// A file cut into its XML text and the data behind it.
pub(super) struct Document {
    /// The XML, closed where the appended data were cut off.
    pub(super) text: String,
    pub(super) appended: Option<Appended>,
}

/// The appended data, from behind their `_`.
pub(super) struct Appended {
    pub(super) data: Bytes,
    pub(super) base64: bool,
}

impl Document {
    pub(super) fn cut(bytes: &Bytes) -> Result<Self, Error> {
        let not_text = |_| Error::NotThisFormat { format: NAME, why: "its XML is not UTF-8".to_owned() };
        let Some(start) = memmem::find(bytes, b"<AppendedData") else {
            let text = std::str::from_utf8(bytes).map_err(not_text)?.to_owned();
            return Ok(Self { text, appended: None });
        };
        let text = std::str::from_utf8(&bytes[..start]).map_err(not_text)?;
        let text = format!("{text}</VTKFile>");
        let missing = || Error::Missing { format: NAME, field: "AppendedData and its _".to_owned() };
        let tag = memchr::memchr(b'>', &bytes[start..]).map(|n| start..start + n).ok_or_else(missing)?;
        let base64 = memmem::find(&bytes[tag.clone()], b"base64").is_some();
        let mark = memchr::memchr(b'_', &bytes[tag.end..]).ok_or_else(missing)?;
        let data = bytes.slice(tag.end + mark + 1..bytes.len()).ok_or_else(missing)?;
        Ok(Self { text, appended: Some(Appended { data, base64 }) })
    }

    /// The XML's elements. Document types, and with them entities, are refused.
    pub(super) fn parse(&self) -> Result<roxmltree::Document<'_>, Error> {
        let options =
            roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
        roxmltree::Document::parse_with_options(&self.text, options)
            .map_err(|error| Error::NotThisFormat { format: NAME, why: error.to_string() })
    }
}
