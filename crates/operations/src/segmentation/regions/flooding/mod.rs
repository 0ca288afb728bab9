//! Basins of a relief: its minima, and how water that rises from them meets.

mod flood;
mod minima;
mod queue;
mod relief;

pub(super) use flood::flood;
pub(super) use minima::minima;
pub(super) use relief::Relief;
