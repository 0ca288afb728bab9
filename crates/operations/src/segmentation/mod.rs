//! Operations that make and change label maps.

pub mod components;
pub mod largest_island;
pub mod threshold;
