//! Tables in delimited text: `.tsv` and `.txt` by tabs, `.csv` by commas, typed by a schema file beside them.
//!
//! The first row names the columns. Without a schema every column is text.

use std::io::ErrorKind;

use microtome_image::{Array, with_values};
use microtome_records::{Column, ColumnValues, Table};

use super::cells::{decoded, delimiter_of, encoded, rows};
use super::column_type::{numbers, scalar_type};
use super::schema::{self, Schema};
use crate::data::{Data, Loaded, Metadata, TableData, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "delimited table";

/// Tables in delimited text.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".tsv", ".csv", ".txt"],
    sniff,
    read,
    writers: &[Writer::Table(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    match FORMAT.extension_of(name) {
        _ if head.contains(&0) => Match::No,
        // Many other things are called .txt: a table has tabs, or one column of words.
        Some(".txt") => {
            let first = head.split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii();
            let tabular = first.contains(&b'\t') || !first.is_empty() && !first.contains(&b' ');
            if tabular && !first.starts_with(b"#") { Match::Name } else { Match::No }
        }
        Some(_) => Match::Name,
        None => Match::No,
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let name = source.name();
    let schema = read_schema(source, &mut warnings)?;
    let bytes = source.bytes()?;
    let delimiter = delimiter_of(name);
    let mut rows = rows(&decoded(&bytes, &mut warnings), delimiter, delimiter == ',').into_iter();
    let Some(header) = rows.next() else {
        return Err(Error::NotThisFormat {
            format: NAME,
            why: "it is empty, without even column names".to_owned(),
        });
    };
    let cells = columns_of(rows.collect(), &header, bytes.len(), &mut warnings)?;
    let columns = header
        .into_iter()
        .zip(cells)
        .map(|(name, cells)| typed(name, cells, &schema, &mut warnings))
        .collect();
    let data = TableData { table: Table { columns }, metadata: Metadata::default() };
    Ok(Loaded::new(Data::Table(data), warnings))
}

fn read_schema(source: &dyn Source, warnings: &mut Vec<Warning>) -> Result<Schema, Error> {
    let Some(name) = schema::file_name(source.name()) else { return Ok(Schema::default()) };
    match source.companion(&name) {
        Ok(bytes) => Schema::parse(NAME, &decoded(&bytes, warnings), &name),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Schema::default()),
        Err(source) => Err(Error::Companion { name, source }),
    }
}

/// The rows turned into columns, short rows filled up with empty cells.
fn columns_of(
    rows: Vec<Vec<String>>,
    header: &[String],
    file_size: usize,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Vec<String>>, Error> {
    // Many columns and many short rows make far more cells than the file has bytes.
    let (cells, limit) = (header.len() as u128 * rows.len() as u128, 4 * file_size as u128 + (1 << 16));
    if cells > limit {
        return Err(Error::TooLarge { format: NAME, what: "cells", claimed: cells, limit });
    }
    let mut columns = vec![Vec::with_capacity(rows.len()); header.len()];
    let mut long = 0;
    for row in rows {
        long += usize::from(row.len() > header.len());
        let mut cells = row.into_iter();
        for column in &mut columns {
            column.push(cells.next().unwrap_or_default());
        }
    }
    if long > 0 {
        let message = format!(
            "{long} rows have more than the {} named cells; what is beyond was left out",
            header.len()
        );
        warnings.push(Warning::new(message));
    }
    Ok(columns)
}

fn typed(name: String, cells: Vec<String>, schema: &Schema, warnings: &mut Vec<Warning>) -> Column {
    let mut properties = schema.of(&name);
    let type_name = schema::get(&properties, "type").unwrap_or("string");
    let values = match scalar_type(type_name) {
        Some(scalar_type) => {
            let null = schema::get(&properties, "nullValue").unwrap_or_default();
            let (values, bad) = numbers(&cells, type_name, scalar_type, null);
            if bad > 0 {
                let shown = if null.is_empty() { "0" } else { null };
                let message = format!(
                    "{bad} cells of column \"{name}\" are not of type {type_name}; {shown} was taken"
                );
                warnings.push(Warning::new(message));
            }
            ColumnValues::Numbers(values)
        }
        None => {
            if !matches!(type_name, "string" | "variant" | "") {
                warnings.push(schema::unknown_type(&name, type_name));
            }
            // That text is text goes without saying.
            properties.retain(|(property, value)| property != "type" || value != "string");
            ColumnValues::Text(cells)
        }
    };
    Column { name, values, properties }
}

fn write(data: &TableData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let delimiter = delimiter_of(name);
    let columns = &data.table.columns;
    let cells: Vec<Vec<String>> = columns.iter().map(|column| texts(&column.values)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let mut text = String::new();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    push_line(&mut text, &names, delimiter)?;
    for row in 0..height {
        let line: Vec<&str> = cells.iter().map(|column| column.get(row).map_or("", String::as_str)).collect();
        push_line(&mut text, &line, delimiter)?;
    }
    let schema = schema::write(NAME, columns, delimiter)?.zip(schema::file_name(name));
    sink.create(name)?.write_all(text.as_bytes())?;
    if let Some((schema, name)) = schema {
        sink.create(&name)?.write_all(schema.as_bytes())?;
    }
    Ok(())
}

/// The name of the schema file that is written beside a table file called `name`, where one is.
pub fn schema_of(table: &Table, name: &str) -> Option<String> {
    schema::file_name(name).filter(|_| !schema::goes_without(&table.columns))
}

fn push_line(text: &mut String, cells: &[&str], delimiter: char) -> Result<(), Error> {
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            text.push(delimiter);
        }
        // An empty line would not be a row.
        let lone = cells.len() == 1 && cell.is_empty() && delimiter == ',';
        text.push_str(if lone { "\"\"" } else { "" });
        text.push_str(&encoded(NAME, cell, delimiter)?);
    }
    text.push('\n');
    Ok(())
}

fn texts(values: &ColumnValues) -> Vec<String> {
    match values {
        ColumnValues::Text(cells) => cells.clone(),
        ColumnValues::Numbers(values) => number_texts(values),
    }
}

fn number_texts(values: &Array) -> Vec<String> {
    with_values!(values, values => values.iter().map(|value| value.to_string()).collect())
}
