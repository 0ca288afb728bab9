//! Control points of markups.

use microtome_geometry::{Point, Ras};

/// Whether a control point has its position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionStatus {
    /// Not placed.
    Undefined,
    /// Being placed.
    Preview,
    /// Placed.
    #[default]
    Defined,
    /// Known to be absent.
    Missing,
}

/// A named position.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPoint {
    /// Unique within its list.
    pub id: String,
    /// The name shown beside it.
    pub label: String,
    /// Free text.
    pub description: String,
    /// The node that the point was placed on.
    pub associated_node: String,
    /// Where it is.
    pub position: Point<Ras>,
    /// Its own axes as columns, row by row, in RAS.
    pub orientation: [f64; 9],
    /// Whether it takes part in operations.
    pub selected: bool,
    /// Whether it is locked against edits.
    pub locked: bool,
    /// Whether it is shown.
    pub visible: bool,
    /// Whether it has its position.
    pub status: PositionStatus,
    /// Whether the program placed it, as it does for planes and regions.
    pub auto_created: bool,
}

impl Default for ControlPoint {
    fn default() -> Self {
        Self {
            id: String::new(),
            label: String::new(),
            description: String::new(),
            associated_node: String::new(),
            position: Point::zero(),
            orientation: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            selected: true,
            locked: false,
            visible: true,
            status: PositionStatus::Defined,
            auto_created: false,
        }
    }
}
