//! Plain data that is neither image nor mesh: markups, tables, colour tables, segmentations,
//! transfer functions and terminologies.
//!
//! The scene's nodes hold these, and the formats read and write them; this crate knows of neither.

mod builtin_colors;
mod color_table;
mod control_point;
mod markups;
mod names;
mod segmentation;
mod table;
mod terminology;
mod volume_property;

pub use builtin_colors::{COLOR_TABLES, generated_color, generic_anatomy_colors};
pub use color_table::{ColorTable, LabelColor};
pub use control_point::{ControlPoint, PositionStatus};
pub use markups::{
    AngleMode, Code, CurveType, Markups, MarkupsKind, Measurement, PlaneShape, PlaneSizeMode, PlaneType,
    RoiShape, RoiType, SurfaceCost,
};
pub use segmentation::{
    ConversionParameter, LayerReader, ReferenceGeometry, Segment, SegmentPlace, SegmentRepresentation,
    Segmentation, TERMINOLOGY,
};
pub use table::{Column, ColumnValues, Table};
pub use terminology::{CodedConcept, Terminology, TerminologyContext};
pub use volume_property::{ColorPoint, OpacityPoint, TransferPoint, VolumeProperty};
