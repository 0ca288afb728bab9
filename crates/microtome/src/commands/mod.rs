//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod info;
pub(crate) mod man;
pub(crate) mod open;
pub(crate) mod operations;
pub(crate) mod render;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod scene;
