//! Operations that find numbers.

pub mod label_statistics;
pub mod percentiles;
pub mod statistics;
