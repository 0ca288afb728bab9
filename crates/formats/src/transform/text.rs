//! ITK's text transform files: `.tfm` and `.txt`.
//!
//! Lines `Transform:`, `Parameters:` and `FixedParameters:` for each transform, behind `#Insight Transform File V1.0`.

use super::itk::{self, Entry};
use crate::data::{Loaded, TransformData};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};
use crate::text::{Words, number};

const NAME: &str = "ITK text transform";
const MAGIC: &[u8] = b"#Insight Transform File";

/// ITK text transforms.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".tfm", ".txt"], sniff, read, writers: &[Writer::Transform(write)] };

fn sniff(name: &str, head: &[u8]) -> Match {
    if head.trim_ascii_start().starts_with(MAGIC) {
        Match::Content
    } else if FORMAT.extension_of(name) == Some(".tfm") {
        // Many other things are called .txt.
        Match::Name
    } else {
        Match::No
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    itk::assemble(NAME, &parse(&source.bytes()?)?)
}

/// The transforms that the text lists.
fn parse(bytes: &[u8]) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut first = true;
    for line in bytes.split(|&b| b == b'\n' || b == b'\r') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if std::mem::take(&mut first) && !line.starts_with(MAGIC) && !line.starts_with(b"Transform:") {
            let shown: String = String::from_utf8_lossy(line).chars().take(40).collect();
            let why = format!("it begins with \"{shown}\" instead of \"#Insight Transform File V1.0\"");
            return Err(Error::NotThisFormat { format: NAME, why });
        }
        if line.starts_with(b"#") {
            continue;
        }
        let colon = line.iter().position(|&b| b == b':').unwrap_or(line.len());
        let (key, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        match (key, entries.last_mut()) {
            (b"Transform", _) => {
                let class = String::from_utf8_lossy(value.trim_ascii()).into_owned();
                entries.push(Entry { class, ..Entry::default() });
            }
            (b"Parameters", Some(entry)) => entry.parameters = numbers("Parameters", value)?,
            (b"FixedParameters", Some(entry)) => entry.fixed = numbers("FixedParameters", value)?,
            (b"Parameters" | b"FixedParameters", None) => {
                return Err(Error::Missing { format: NAME, field: "Transform".to_owned() });
            }
            _ => {
                let line = String::from_utf8_lossy(line);
                return Err(Error::field(
                    NAME,
                    "line",
                    &line,
                    "it is none of Transform, Parameters and FixedParameters",
                ));
            }
        }
    }
    if first {
        return Err(Error::NotThisFormat { format: NAME, why: "it is empty".to_owned() });
    }
    Ok(entries)
}

fn numbers(field: &str, text: &[u8]) -> Result<Vec<f64>, Error> {
    let read = |word: &[u8]| {
        number(word)
            .ok_or_else(|| Error::field(NAME, field, &String::from_utf8_lossy(word), "it is not a number"))
    };
    Words::new(text, 0).map(read).collect()
}

fn write(data: &TransformData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut text = String::from("#Insight Transform File V1.0\n");
    for (index, entry) in itk::disassemble(NAME, data)?.iter().enumerate() {
        text.push_str(&format!("#Transform {index}\nTransform: {}\n", entry.class));
        if !entry.class.starts_with("CompositeTransform") {
            let (parameters, fixed) = (itk::numbers_text(&entry.parameters), itk::numbers_text(&entry.fixed));
            text.push_str(&format!("Parameters: {parameters}\nFixedParameters: {fixed}\n"));
        }
        text.push('\n');
    }
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}
