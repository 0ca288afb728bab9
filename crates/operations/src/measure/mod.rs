//! Operations that find numbers.
