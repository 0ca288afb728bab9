//! What filters are made of: how a volume is walked through, in parallel, with the same result on any number of threads.

pub(crate) mod key;
pub(crate) mod lines;
pub(crate) mod pointwise;
pub(crate) mod real;
pub(crate) mod rows;
pub(crate) mod tasks;
