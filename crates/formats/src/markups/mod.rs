//! Markups formats.
//!
//! [`json`] (`.mrk.json`) holds every type of markup; [`fcsv`] point lists only; [`acsv`] is what came before both.

pub mod acsv;
pub mod fcsv;
pub mod json;

/// The metadata key of a type of markup that is none of ours (an extension's).
pub const TYPE: &str = "markups/type";
