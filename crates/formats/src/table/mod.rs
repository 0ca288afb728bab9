//! Table formats.
