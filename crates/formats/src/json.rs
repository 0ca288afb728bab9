//! What formats in JSON have in common.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::sink::Sink;

/// The object that some bytes are.
pub(crate) fn object(format: &'static str, bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document = serde_json::from_slice(text)
        .map_err(|error| Error::NotThisFormat { format, why: format!("it is no JSON: {error}") })?;
    match document {
        Value::Object(members) => Ok(members),
        _ => Err(Error::NotThisFormat { format, why: "it is no JSON object".to_owned() }),
    }
}

/// Writes a document, with indents.
pub(crate) fn write(document: &Value, name: &str, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(document).map_err(std::io::Error::from)?;
    text.push('\n');
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}

/// Whether a file that begins with `head` is a JSON object that names all of `words` there.
pub(crate) fn begins_with(head: &[u8], words: &[&str]) -> bool {
    let text = String::from_utf8_lossy(head);
    let object = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    object && words.iter().all(|word| text.contains(word))
}
