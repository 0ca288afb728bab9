//! Markups.

use microtome_records::ControlPoint;

/// A list of named points, in the node's own coordinates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fiducials {
    /// The points, in order.
    pub points: Vec<ControlPoint>,
    /// Whether the whole list is locked against edits.
    pub locked: bool,
}
