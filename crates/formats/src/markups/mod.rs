//! Markups formats: control point lists.
//!
//! [`json`] (`.mrk.json`) holds every type of markup; [`fcsv`] point lists only; [`acsv`] is what came before both.

pub mod acsv;
pub mod fcsv;
pub mod json;

/// The metadata key of a markup's type: `Fiducial` (also where there is none), `Line`, `Angle`, `Curve`, `ClosedCurve`,
/// `Plane`, `ROI`, or what an extension adds.
pub const TYPE: &str = "markups/type";
