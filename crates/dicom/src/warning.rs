//! Partial trouble that did not stop a reader.

use std::path::PathBuf;

/// A number as people want to read it: to six decimals.
fn short(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Partial trouble that did not stop a reader.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// The first file of a series says nothing of its position or orientation.
    #[error("the reference geometry is missing: slices keep their original order")]
    ReferenceGeometryMissing,
    /// Some files of a series say nothing of their position or orientation.
    #[error("{count} of {total} slices have no position or orientation: slices keep their original order")]
    GeometryMissing {
        /// Slices without.
        count: usize,
        /// All slices.
        total: usize,
    },
    /// Slices are not equally far apart.
    #[error(
        "slices are not equally spaced: expected {} mm, found {} mm between {} and {}",
        short(*.expected), short(*.found), .before.display(), .after.display()
    )]
    UnequalSpacing {
        /// Distance of the first two slices, mm.
        expected: f64,
        /// The first distance that differs, mm.
        found: f64,
        /// File of the slice before that gap.
        before: PathBuf,
        /// File of the slice after it.
        after: PathBuf,
    },
    /// Slices do not lie where a lattice would have them.
    #[error("the acquisition geometry is irregular: slices lie up to {} mm off the volume's lattice", short(*.max_error))]
    IrregularGeometry {
        /// Largest difference of a slice's corner in one coordinate, mm.
        max_error: f64,
    },
    /// The slices' stack is not perpendicular to them.
    #[error("the gantry is tilted: the volume is sheared by {} degrees", short(*.degrees))]
    Sheared {
        /// Angle between the stack and the slices' normal.
        degrees: f64,
    },
    /// Slices do not face the same way.
    #[error("slices have {count} different orientations: the first one's is used")]
    OrientationVaries {
        /// Different orientations.
        count: usize,
    },
    /// Several slices lie at one place, but not the same number at each.
    #[error("some positions have more slices than others: {split} volumes are made")]
    UnevenRepetition {
        /// How many volumes they make.
        split: usize,
    },
    /// Frames of one object have positions that do not make volumes.
    #[error("the frames do not make a regular volume: they are stacked in the order of the file")]
    FramesInFileOrder,
    /// Window centres and widths differ in number.
    #[error("there are {centers} window centres but {widths} widths: none is used")]
    WindowCounts {
        /// Number of centres.
        centers: usize,
        /// Number of widths.
        widths: usize,
    },
    /// An ultrasound picture without a usable calibration.
    #[error("spacing needs calibration: the picture has no single region in centimetres")]
    NeedsCalibration,
    /// Several files hold the same instance.
    #[error("{count} files are copies of others of the series and are left out")]
    Copies {
        /// Files left out.
        count: usize,
    },
}
