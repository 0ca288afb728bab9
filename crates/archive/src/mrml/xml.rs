//! XML: read within bounds, written as Slicer writes it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Attributes by name.
pub(crate) type Attributes = BTreeMap<String, String>;

/// How deep elements may be nested.
const MAX_DEPTH: usize = 256;
/// How many attributes an element may have. The parser compares each with each.
const MAX_ATTRIBUTES: usize = 20_000;
/// How long an attribute's text may be, bytes.
const MAX_ATTRIBUTE_BYTES: usize = 16 << 20;
/// How many elements a scene may have: many times what people's largest scenes have, and still a matter of a second.
const MAX_ELEMENTS: usize = 200_000;
/// How long a scene may be, bytes. As many nodes with all their attributes fit.
const MAX_BYTES: usize = 1 << 30;
/// How often namespaces may be declared; scenes do not use any.
const MAX_NAMESPACES: usize = 64;

/// Why a text is not a scene.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// It is not well-formed XML.
    #[error("it is not XML: {0}")]
    Malformed(String),
    /// It declares a document type, by which entities could be defined.
    #[error("it declares a document type, which scenes do not have")]
    DocumentType,
    /// It goes beyond a bound.
    #[error("it has {found} {what}, more than the {limit} that a scene may have")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much there is, at least.
        found: usize,
        /// How much there may be.
        limit: usize,
    },
    /// Its root is another element.
    #[error("its root element is <{0}>, not <MRML>")]
    Root(String),
}

/// Parses a text.
///
/// # Errors
/// [`XmlError`].
pub(crate) fn parse(text: &str) -> Result<roxmltree::Document<'_>, XmlError> {
    check(text)?;
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| XmlError::Malformed(error.to_string()))
}

/// Checks the bounds that the parser does not have, in one pass.
fn check(text: &str) -> Result<(), XmlError> {
    let within = |what, found, limit| {
        if found > limit { Err(XmlError::TooMuch { what, found, limit }) } else { Ok(()) }
    };
    within("bytes", text.len(), MAX_BYTES)?;
    within("namespaces", memchr::memmem::find_iter(text.as_bytes(), "xmlns").count(), MAX_NAMESPACES)?;
    let (mut depth, mut elements) = (0_usize, 0_usize);
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = &rest[at..];
        let until = |end: &[u8]| memchr::memmem::find(rest, end).map_or(rest.len(), |at| at + end.len());
        let length = if rest.starts_with(b"<!--") {
            until(b"-->")
        } else if rest.starts_with(b"<![CDATA[") {
            until(b"]]>")
        } else if rest.starts_with(b"<?") {
            until(b"?>")
        } else if rest.starts_with(b"<!") {
            return Err(XmlError::DocumentType);
        } else if rest.starts_with(b"</") {
            depth = depth.saturating_sub(1);
            until(b">")
        } else {
            let tag = start_tag(rest);
            within("attributes in one element", tag.attributes, MAX_ATTRIBUTES)?;
            within("bytes in one attribute", tag.longest, MAX_ATTRIBUTE_BYTES)?;
            elements += 1;
            within("elements", elements, MAX_ELEMENTS)?;
            if !tag.closed {
                depth += 1;
                within("elements within each other", depth, MAX_DEPTH)?;
            }
            tag.length
        };
        rest = &rest[length.max(1)..];
    }
    Ok(())
}

struct StartTag {
    length: usize,
    attributes: usize,
    /// The length of the longest attribute's text.
    longest: usize,
    closed: bool,
}

/// How long the start tag at the beginning is, and how many attributes it has.
fn start_tag(bytes: &[u8]) -> StartTag {
    let (mut at, mut attributes, mut longest) = (0, 0, 0);
    while let Some(step) = memchr::memchr3(b'"', b'\'', b'>', &bytes[at..]) {
        at += step;
        let quote = bytes[at];
        if quote == b'>' {
            return StartTag { length: at + 1, attributes, longest, closed: at > 0 && bytes[at - 1] == b'/' };
        }
        attributes += 1;
        match memchr::memchr(quote, &bytes[at + 1..]) {
            Some(end) => {
                longest = longest.max(end);
                at += end + 2;
            }
            None => break,
        }
    }
    StartTag { length: bytes.len(), attributes, longest, closed: false }
}

/// Where `&` begins no entity of XML's own it stands for itself: Slicer writes file names so.
pub(crate) fn with_bare_ampersands(text: &str) -> String {
    let is_entity = |rest: &str| {
        let Some(end) = rest.as_bytes().iter().take(12).position(|&b| b == b';') else { return false };
        matches!(&rest[..end], "amp" | "lt" | "gt" | "quot" | "apos") || rest.starts_with('#')
    };
    let mut out = String::with_capacity(text.len() + 64);
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(if is_entity(part) { "&" } else { "&amp;" });
        out.push_str(part);
    }
    out
}

/// The text between an element's tags, as it stands there; `None` if it would mean nothing elsewhere, because it uses
/// names that are declared outside.
pub(crate) fn inner_text(element: roxmltree::Node<'_, '_>) -> Option<String> {
    if element.first_child().is_none() {
        return Some(String::new());
    }
    let text = element.document().input_text().get(element.range())?;
    let begin = start_tag(text.as_bytes()).length;
    let inner = text.get(begin..text.rfind("</")?)?;
    // Blanks alone come from the layout of the file.
    if inner.trim().is_empty() {
        return Some(String::new());
    }
    let declared = element.namespaces().any(|space| space.name().is_some_and(|name| name != "xml"));
    (!declared).then(|| inner.to_owned())
}

/// An element to write.
#[derive(Debug, Default)]
pub(crate) struct Element {
    tag: String,
    attributes: Vec<(String, String)>,
    /// Elements inside.
    pub children: Vec<Element>,
    /// Text inside that is XML already.
    pub inner: String,
}

impl Element {
    /// An element without attributes.
    pub fn new(tag: &str) -> Self {
        Self { tag: tag.to_owned(), ..Self::default() }
    }

    /// Adds an attribute. What cannot be an attribute's name is left out.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        if is_name(name) {
            self.attributes.push((name.to_owned(), value.into()));
        }
    }

    /// Adds an attribute, or gives it another value if it is there.
    pub fn replace(&mut self, name: &str, value: impl Into<String>) {
        match self.attributes.iter_mut().find(|(other, _)| other == name) {
            Some(attribute) => attribute.1 = value.into(),
            None => self.set(name, value),
        }
    }

    /// The names of the attributes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    /// Appends the start tag of a root element, and a line end.
    pub fn write_start(&self, out: &mut String) {
        let _ = write!(out, "<{}", self.tag);
        self.write_attributes(out);
        out.push_str(">\n");
    }

    fn write_attributes(&self, out: &mut String) {
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(value, out);
            out.push('"');
        }
    }

    /// Appends the element's text at a depth of nesting.
    pub fn write(&self, out: &mut String, depth: usize) {
        let indent = " ".repeat(depth);
        let _ = write!(out, "{indent}<{}\n{indent} ", self.tag);
        self.write_attributes(out);
        out.push('>');
        if !self.children.is_empty() {
            out.push('\n');
            self.children.iter().for_each(|child| child.write(out, depth + 1));
            out.push_str(&indent);
        }
        out.push_str(&self.inner);
        let _ = writeln!(out, "</{}>", self.tag);
    }
}

/// Whether a text can be the name of an attribute. Prefixes of namespaces are not for scenes.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic());
    let goes_on = |c: char| begins(c) || c.is_ascii_digit() || c == '-' || c == '.';
    chars.next().is_some_and(begins) && chars.all(goes_on) && !text.starts_with("xmlns")
}

/// Appends a text as the value of an attribute. What XML has no way to say becomes U+FFFD.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_without_building_anything() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(matches!(parse(&deep), Err(XmlError::TooMuch { limit: MAX_DEPTH, .. })));
        let bomb = "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>";
        assert_eq!(parse(bomb).err(), Some(XmlError::DocumentType));
        let long = format!("<x a='{}'/>", "b".repeat(MAX_ATTRIBUTE_BYTES + 1));
        assert!(matches!(parse(&long), Err(XmlError::TooMuch { limit: MAX_ATTRIBUTE_BYTES, .. })));
        let many: String = (0..=MAX_ATTRIBUTES).map(|n| format!(" a{n}=''")).collect();
        assert!(matches!(parse(&format!("<x{many}/>")), Err(XmlError::TooMuch { .. })));
        for text in ["", "<", "<!--", "<a b='", "<a b='>", "</a>", "&", "<a>&b;</a>", "<?", "<![CDATA["] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sign_in_quotes_ends_no_tag() {
        let tag = start_tag(b"<a b='>' c=\"/>\" />rest");
        assert_eq!((tag.length, tag.attributes, tag.closed), (18, 2, true));
    }

    #[test]
    fn values_come_back() {
        let value = "a&b <\"'>\n\t\r é";
        let mut element = Element::new("Text");
        element.set("text", value);
        element.set("not a name", "x");
        element.replace("text", format!("{value}\u{1}"));
        let mut text = String::new();
        element.write(&mut text, 0);
        let document = parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("text"), Some(format!("{value}\u{fffd}").as_str()));
    }

    #[test]
    fn bare_ampersands_are_mended() {
        assert_eq!(with_bare_ampersands("a&b &amp; &#38; &x; &"), "a&amp;b &amp; &#38; &amp;x; &amp;");
    }
}
