//! Ways to choose the bin of a histogram at which dark ends and bright begins, as ITK has them.

mod clusters;
mod entropy;
mod shape;

pub(super) use clusters::{isodata, kittler_illingworth, li, moments};
pub(super) use entropy::{huang, maximum_entropy, renyi_entropy, shanbhag, yen};
pub(super) use shape::{intermodes, triangle};
