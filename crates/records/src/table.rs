//! Tables.

use microtome_image::Array;

/// A table of named columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values, a row each.
    pub values: ColumnValues,
    /// Free properties (`description`, `unit`, `nullValue`, …) by name, in order.
    pub properties: Vec<(String, String)>,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValues {
    /// Text.
    Text(Vec<String>),
    /// Numbers.
    Numbers(Array),
}
