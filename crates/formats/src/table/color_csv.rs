//! Colour tables in `.csv` (3D Slicer's default): a row for each label, with its colour and its meaning in standard codes.

use std::collections::BTreeMap;

use microtome_records::{ColorTable, LabelColor};

use super::cells::{decoded, delimiter_of, encoded, rows, split_line};
use super::terminology;
use crate::data::{ColorTableData, Data, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "CSV colour table";
/// The greatest label value of a table.
pub(super) const GREATEST: u32 = 1_000_000;
/// The column without which there is no colour table.
const LABEL: &str = "LabelValue";
const CHANNELS: [&str; 4] = ["Color_R", "Color_G", "Color_B", "Color_A"];

/// Colour tables in delimited text.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".csv", ".labels.csv", ".tsv"],
    sniff,
    read,
    writers: &[Writer::ColorTable(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    if FORMAT.extension_of(name).is_none() {
        return Match::No;
    }
    let first = head.split(|&b| b == b'\n' || b == b'\r').next().unwrap_or_default();
    let header = split_line(&decoded(first, &mut Vec::new()), delimiter_of(name));
    // Other tables have columns of colours too; without labels none is a colour table.
    let has = |names: &[&str]| header.iter().any(|cell| names.contains(&cell.trim()));
    let is_colors = has(&[LABEL]) && has(&CHANNELS[..3]);
    if is_colors { Match::Content } else { Match::No }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let bytes = source.bytes()?;
    let mut rows = rows(&decoded(&bytes, &mut warnings), delimiter_of(source.name()), true).into_iter();
    let header = rows.next().unwrap_or_default();
    let find = |name: &str| header.iter().position(|cell| cell.trim() == name);
    let Some(value_column) = find(LABEL) else {
        return Err(Error::Missing { format: NAME, field: LABEL.to_owned() });
    };
    let name_column = find("Name");
    let channels = CHANNELS.map(find);
    for (channel, _) in CHANNELS.iter().zip(channels).take(3).filter(|(_, column)| column.is_none()) {
        warnings.push(Warning::new(format!("the column {channel} is missing; 0 was taken")));
    }
    if name_column.is_none() {
        warnings.push(Warning::new("the column Name is missing; the labels have no names"));
    }
    let codes: Vec<Option<usize>> = terminology::columns().map(|name| find(&name)).collect();
    let mut entries = BTreeMap::new();
    for row in rows {
        let cell = |column: Option<usize>| column.and_then(|c| row.get(c)).map_or("", |cell| cell.trim());
        let Some(value) = cell(Some(value_column)).parse().ok().filter(|v| *v <= GREATEST) else {
            let message = format!(
                "the label value \"{}\" is not a whole number from 0 to {GREATEST}; its row was left out",
                cell(Some(value_column))
            );
            warnings.push(Warning::new(message));
            continue;
        };
        let mut color = [0.0, 0.0, 0.0, 1.0];
        for (n, column) in channels.into_iter().enumerate().filter(|(_, column)| column.is_some()) {
            color[n] = channel(cell(column)).unwrap_or_else(|| {
                let (channel, text) = (CHANNELS[n], cell(column));
                if n == 3 && text.is_empty() {
                    return 1.0;
                }
                let message = format!("{channel} of label {value} is \"{text}\", not a number; 0 was taken");
                warnings.push(Warning::new(message));
                0.0
            });
        }
        let cells: Vec<&str> = codes.iter().map(|&column| cell(column)).collect();
        let name = cell(name_column).to_owned();
        let entry = LabelColor { value, name, color, terminology: terminology::joined(&cells) };
        if entries.insert(value, entry).is_some() {
            warnings.push(Warning::new(format!("label {value} is listed twice; the later row was taken")));
        }
    }
    let colors = ColorTable { entries: entries.into_values().collect() };
    Ok(Loaded::new(Data::ColorTable(ColorTableData { colors, metadata: Metadata::default() }), warnings))
}

/// A channel of 0 to 255 as 0 to 1.
pub(super) fn channel(text: &str) -> Option<f32> {
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some((value.clamp(0.0, 255.0) / 255.0) as f32)
}

/// A channel of 0 to 1 as a whole number of 0 to 255.
pub(super) fn byte(channel: f32) -> u8 {
    (channel * 255.0).round() as u8
}

fn write(data: &ColorTableData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let delimiter = delimiter_of(name);
    let entries = &data.colors.entries;
    let coded = entries.iter().any(|entry| entry.terminology.is_some());
    let mut lines = Vec::with_capacity(entries.len() + 1);
    let mut header: Vec<String> = [LABEL, "Name"].into_iter().chain(CHANNELS).map(str::to_owned).collect();
    if coded {
        header.extend(terminology::columns());
    }
    lines.push(header);
    for entry in entries {
        let mut line = vec![entry.value.to_string(), entry.name.clone()];
        line.extend(entry.color.iter().map(|&c| byte(c).to_string()));
        if coded {
            line.extend(terminology::split(entry.terminology.as_deref().unwrap_or_default()));
        }
        lines.push(line);
    }
    let mut text = String::new();
    for line in lines {
        for (n, cell) in line.iter().enumerate() {
            if n > 0 {
                text.push(delimiter);
            }
            text.push_str(&encoded(NAME, cell, delimiter)?);
        }
        text.push('\n');
    }
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}
