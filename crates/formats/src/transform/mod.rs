//! Transform formats.
