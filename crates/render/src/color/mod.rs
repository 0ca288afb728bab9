//! Colours: piecewise functions, window and level, colour tables, colours of labels.

mod function;
mod label;
mod table;
mod window;

pub use function::{ColorFunction, OpacityFunction, Piecewise};
pub use label::LabelColors;
pub use table::{ColorTable, TableEntry, TableKind};
pub use window::{Mapping, WindowLevel};
