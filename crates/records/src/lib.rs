//! Plain data that is neither image nor mesh: control points, tables and colour tables.
//!
//! The scene's nodes hold these, and the formats read and write them; this crate knows of neither.

mod color_table;
mod control_point;
mod table;

pub use color_table::{ColorTable, LabelColor};
pub use control_point::{ControlPoint, PositionStatus};
pub use table::{Column, ColumnValues, Table};
