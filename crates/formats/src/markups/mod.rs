//! Markups formats.
