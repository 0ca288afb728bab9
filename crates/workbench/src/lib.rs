//! The whole application without a window.
//!
//! A [`Workbench`] holds the scene and its history, opens and saves files, runs operations and describes nodes. The
//! command line, and every other face, is a thin layer over it. It knows nothing of windows, HTTP or Python.

mod default_display;
mod demo;
mod describe;
pub mod diff;
mod hierarchy;
pub mod journal;
mod measure;
mod operate;
mod overlap;
mod picture;
pub mod provenance;
mod replay;
mod scene_views;
mod segment_surfaces;
mod thumbnail;
mod workbench;

pub use demo::{Demo, DemoError, demo};
pub use describe::{
    ControlPointDescription, Description, MeasurementDescription, SegmentDescription, ShapeDescription,
    TransferFunctionsDescription, TransformDescription, describe,
};
pub use microtome_archive::session::{Unsaved, UnsavedReason};
pub use microtome_archive::{
    Compression, Error as ArchiveError, Kind, OpenOptions, WriteOptions, check_target,
};
pub use microtome_archive::{holds_several, is_format_of, segmentation_of, transform_of, write_whole};
pub use microtome_image::ScalarType;
pub use operate::{Outcome, RunError};
pub use overlap::hidden_by_overlap;
pub use picture::{Camera, CameraChoice, Layout, LookFrom, PictureFailure, PictureRequest, ViewName};
pub use replay::{Replayed, Verdict};
pub use scene_views::{Newer, SceneViewError};
pub use workbench::{Opening, Openings, Workbench, is_scene};
