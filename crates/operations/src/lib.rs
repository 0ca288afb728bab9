//! The registry of operations, and every algorithm.
//!
//! An operation is declared once, by [`operation!`]: a struct of typed parameters with documentation, units, ranges
//! and defaults, its inputs and outputs, and one `run`. From that declaration come the command-line subcommand, its
//! help, the JSON and XML descriptions and the record of what was done. [`operations`] lists them all.
//!
//! This crate knows nothing of windows and files.

mod bits;
mod declaration;
mod declare;
mod example;
mod kernels;
mod parameter;
mod progress;
mod registry;
mod single;
mod value;
mod xml;

pub mod filters;
pub mod measure;
pub mod segmentation;
pub mod surface;

pub use declaration::{Declaration, Input, Output, Parameter, ParameterType, Value};
#[doc(hidden)]
pub use declare::support as __declare;
pub use declare::{Declared, Operation};
pub use example::Example;
pub(crate) use parameter::parameter_error;
pub use parameter::{ParameterError, ParameterValue};
pub use progress::{Cancelled, Progress};
pub use registry::{Arguments, Entry, OperationError, Results, find, operations};
pub use value::{Data, DataKind, Datum, LabelImage};
