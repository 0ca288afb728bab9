//! Table formats: delimited text ([`delimited`]) with typed columns, and colour tables ([`color_csv`], [`ctbl`]).

pub mod color_csv;
pub mod ctbl;
pub mod delimited;

mod cells;
mod column_type;
mod schema;
mod terminology;

pub(crate) use cells::{decoded, quoted, split_line};
