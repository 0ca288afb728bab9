//! Colour tables in `.ctbl` and `.txt`: lines `value name red green blue alpha`, channels from 0 to 255.
//!
//! Blanks in names stand as `_`, and a name that is `_` is empty.

use std::collections::BTreeMap;

use microtome_records::{ColorTable, LabelColor};

use super::cells::decoded;
use super::color_csv::{GREATEST, byte, channel};
use crate::data::{ColorTableData, Data, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "colour table";
const PROCEDURAL: &str = "# Color procedural file";

/// Colour tables in plain text.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".ctbl", ".txt"], sniff, read, writers: &[Writer::ColorTable(write)] };

fn sniff(name: &str, head: &[u8]) -> Match {
    let extension = FORMAT.extension_of(name);
    if extension.is_none() || head.contains(&0) {
        return Match::No;
    }
    let text = decoded(head, &mut Vec::new());
    let is_entry = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.len(), 5 | 6)
            && words[0].parse::<u32>().is_ok()
            && words[2..].iter().all(|word| word.parse::<f64>().is_ok())
    };
    let entry = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    if text.starts_with("# Color table file") || text.starts_with(PROCEDURAL) || entry.is_some_and(is_entry) {
        Match::Content
    } else if extension == Some(".ctbl") {
        Match::Name
    } else {
        Match::No
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let bytes = source.bytes()?;
    let text = decoded(&bytes, &mut warnings);
    if text.starts_with(PROCEDURAL) {
        return Err(Error::Unsupported { format: NAME, what: "a procedural colour file".to_owned() });
    }
    let mut entries = BTreeMap::new();
    let (mut without_alpha, mut greatest) = (0, 0.0_f32);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let bad = |why: &str| Error::field(NAME, "line", line, why);
        let value = words.next().and_then(|word| word.parse().ok()).filter(|v| *v <= GREATEST);
        let value: u32 = value.ok_or_else(|| bad("it begins with a label value from 0 to 1000000"))?;
        let name = words.next().ok_or_else(|| bad("the name is missing"))?;
        let mut color = [0.0; 4];
        for (n, slot) in color.iter_mut().enumerate() {
            match words.next() {
                Some(word) => {
                    *slot = channel(word).ok_or_else(|| bad("a channel is a number from 0 to 255"))?
                }
                None if n == 3 => without_alpha += 1,
                None => return Err(bad("red, green and blue are needed")),
            }
        }
        greatest = color.into_iter().fold(greatest, f32::max);
        let name = if name == "_" { String::new() } else { name.trim_matches('\'').replace('_', " ") };
        let entry = LabelColor { value, name, color, terminology: None };
        if entries.insert(value, entry).is_some() {
            warnings.push(Warning::new(format!("label {value} is listed twice; the later line was taken")));
        }
    }
    if without_alpha > 0 {
        warnings.push(Warning::new(format!(
            "{without_alpha} colours have no alpha; 0 was taken, as 3D Slicer does"
        )));
    }
    if greatest > 0.0 && greatest <= 1.0 / 255.0 {
        let message =
            "no channel is above 1: the file is malformed, or was meant from 0 to 1 instead of 0 to 255";
        warnings.push(Warning::new(message));
    }
    let colors = ColorTable { entries: entries.into_values().collect() };
    Ok(Loaded::new(Data::ColorTable(ColorTableData { colors, metadata: Metadata::default() }), warnings))
}

fn write(data: &ColorTableData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let entries = &data.colors.entries;
    let mut text = format!("# Color table file {name}\n# {} values\n", entries.len());
    for entry in entries {
        let name = entry.name.split_whitespace().collect::<Vec<_>>().join("_");
        let name = if name.is_empty() { "_" } else { &name };
        let [r, g, b, a] = entry.color.map(byte);
        text.push_str(&format!("{} {name} {r} {g} {b} {a}\n", entry.value));
    }
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}
