//! Pictures of medical images: slices, volumes, surfaces and the writing on them.
//!
//! Data go in one direction: plain descriptions of what to show ([`slice::SliceScene`] …) and where from
//! ([`slice::SliceView`] …) become a [`Picture`]. Nothing here knows windows or files; a picture can be encoded as PNG
//! bytes. Everything is computed on the CPU, and any number of threads gives the same bytes.

pub mod annotate;
pub mod camera;
pub mod color;
pub mod layout;
mod lines;
pub mod picture;
mod sampling;
mod scene3d;
pub mod slice;
mod stage;
pub mod surface;
pub mod volume;

pub use layout::{Annotations, CameraChoice, Contents, Layout, ViewName, render_layout};
pub use picture::{Picture, PictureError, Rgba8};
pub use sampling::Voxel;
pub use scene3d::{Background, Scene3d, View3d, render_3d};
pub use stage::{Stage, StageOptions};
