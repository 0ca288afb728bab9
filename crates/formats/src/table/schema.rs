//! Schema files: the types and properties of a table's columns, in a table beside it.
//!
//! `a.csv` has its schema in `a.schema.csv`: a row for each column, `columnName` and `type` and whatever else.

use std::collections::{HashMap, HashSet};

use microtome_records::{Column, ColumnValues};

use super::cells::{delimiter_of, encoded, rows};
use super::column_type::{name_of, scalar_type};
use crate::data::Warning;
use crate::error::Error;

/// The row that describes columns without a row of their own.
const DEFAULT: &str = "<default>";
/// The property with the names of a column's components, divided by `|`. The table has a column for each.
const COMPONENTS: &str = "componentNames";

/// What a schema says of columns, by column name.
#[derive(Debug, Default)]
pub(super) struct Schema {
    columns: HashMap<String, Vec<(String, String)>>,
}

/// The name of the schema file that belongs to a table file: `a.schema.csv` to `a.csv`.
pub(super) fn file_name(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.to_ascii_lowercase().ends_with(".schema")).then(|| format!("{stem}.schema.{extension}"))
}

impl Schema {
    pub(super) fn parse(format: &'static str, text: &str, name: &str) -> Result<Self, Error> {
        let mut rows = rows(text, delimiter_of(name), true).into_iter();
        let header = rows.next().unwrap_or_default();
        let Some(key) = header.iter().position(|cell| cell == "columnName") else {
            return Err(Error::Missing { format, field: format!("columnName in {name}") });
        };
        let mut columns = HashMap::new();
        for row in rows {
            let Some(column) = row.get(key).cloned() else { continue };
            let named = header.iter().zip(row).enumerate();
            let properties = named
                .filter(|(n, (_, value))| *n != key && !value.is_empty())
                .map(|(_, (property, value))| (property.clone(), value))
                .collect();
            columns.insert(column, properties);
        }
        Ok(Self { columns })
    }

    /// The properties of a column, `type` among them. A column `Color_R` may be a component of `Color`.
    pub(super) fn of(&self, column: &str) -> Vec<(String, String)> {
        if let Some(properties) = self.columns.get(column) {
            return properties.clone();
        }
        let component = column.rsplit_once('_').and_then(|(whole, component)| {
            let properties = self.columns.get(whole)?;
            is_component(properties, component).then(|| properties.clone())
        });
        if let Some(properties) = component {
            return properties;
        }
        let default = self.columns.get(DEFAULT).and_then(|properties| get(properties, "type"));
        default.map(|name| vec![("type".to_owned(), name.to_owned())]).unwrap_or_default()
    }
}

/// Whether the column that has these properties has a component of this name.
fn is_component(properties: &[(String, String)], component: &str) -> bool {
    get(properties, COMPONENTS).is_some_and(|names| names.split('|').any(|name| name == component))
}

/// The name under which a schema describes a column: that of the whole for a component.
fn described_as(column: &Column) -> &str {
    match column.name.rsplit_once('_') {
        Some((whole, component)) if is_component(&column.properties, component) => whole,
        _ => &column.name,
    }
}

/// The property called `name`.
pub(super) fn get<'a>(properties: &'a [(String, String)], name: &str) -> Option<&'a str> {
    properties.iter().find(|(property, _)| property == name).map(|(_, value)| value.as_str())
}

/// The name of a column's type: as its properties call it, where that is the type that its values have.
pub(super) fn type_of(column: &Column) -> &str {
    let named = get(&column.properties, "type");
    match &column.values {
        ColumnValues::Text(_) => "string",
        ColumnValues::Numbers(values) => named
            .filter(|name| scalar_type(name) == Some(values.scalar_type()))
            .unwrap_or(name_of(values.scalar_type())),
    }
}

/// Whether all columns are plain text without properties, which needs no schema.
pub(super) fn goes_without(columns: &[Column]) -> bool {
    let plain = |c: &Column| {
        matches!(c.values, ColumnValues::Text(_)) && c.properties.iter().all(|(name, _)| name == "type")
    };
    columns.iter().all(plain)
}

/// The schema file's text; `None` where all columns are plain text without properties.
pub(super) fn write(
    format: &'static str,
    columns: &[Column],
    delimiter: char,
) -> Result<Option<String>, Error> {
    if goes_without(columns) {
        return Ok(None);
    }
    let mut header = vec!["columnName", "type"];
    for (name, _) in columns.iter().flat_map(|c| &c.properties) {
        if !header.contains(&name.as_str()) {
            header.push(name);
        }
    }
    let mut text = String::new();
    let mut line = |cells: Vec<&str>| -> Result<(), Error> {
        for (n, cell) in cells.into_iter().enumerate() {
            if n > 0 {
                text.push(delimiter);
            }
            text.push_str(&encoded(format, cell, delimiter)?);
        }
        text.push('\n');
        Ok(())
    };
    line(header.clone())?;
    let mut described = HashSet::new();
    for column in columns.iter().filter(|column| described.insert(described_as(column))) {
        let property = |name: &&str| get(&column.properties, name).unwrap_or_default();
        let mut cells = vec![described_as(column), type_of(column)];
        cells.extend(header[2..].iter().map(property));
        line(cells)?;
    }
    Ok(Some(text))
}

/// A warning about a type that is none.
pub(super) fn unknown_type(column: &str, name: &str) -> Warning {
    Warning::new(format!(
        "the schema's type \"{name}\" of column \"{column}\" is not known; its cells are kept as text"
    ))
}
