//! Operations that make images of images.
