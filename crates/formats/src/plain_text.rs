//! Text files that are nothing else: `.txt`, `.xml`, `.json`.

use crate::data::{Data, Loaded, TextData, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "text";

/// Text files. The last in the table of formats: every other format may have them first.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".txt", ".xml", ".json"],
    sniff,
    read,
    writers: &[Writer::Text(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    let printable = |b: &u8| *b >= b' ' || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c);
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The beginning of a file may end within a character.
        Err(error) => error.error_len().is_none(),
    };
    let text = utf8 && !head.is_empty() && head.iter().all(printable);
    if text && FORMAT.extension_of(name).is_some() { Match::Name } else { Match::No }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let bytes = source.bytes()?;
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| {
        warnings.push(Warning::new("the text is not UTF-8; what is not was replaced by \u{fffd}"));
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    Ok(Loaded::new(Data::Text(TextData { text, ..TextData::default() }), warnings))
}

fn write(data: &TextData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    sink.create(name)?.write_all(data.text.as_bytes())?;
    Ok(())
}
