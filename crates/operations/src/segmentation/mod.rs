//! Operations that make and change label maps.

pub mod threshold;
