//! Columns of tables.

use microtome_image::Array;
use microtome_records::{Column, ColumnValues};

/// A column of numbers in a unit (empty: none).
pub(super) fn numbers(name: &str, unit: &str, values: impl Into<Array>) -> Column {
    let properties = if unit.is_empty() { Vec::new() } else { vec![("unit".to_owned(), unit.to_owned())] };
    Column { name: name.to_owned(), values: ColumnValues::Numbers(values.into()), properties }
}

/// A column of text.
pub(super) fn text(name: &str, values: Vec<String>) -> Column {
    Column { name: name.to_owned(), values: ColumnValues::Text(values), properties: Vec::new() }
}
