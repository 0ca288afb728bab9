//! What curves and angles are told besides their points.

use microtome_geometry::curve::Interpolation;
use microtome_geometry::{Point, Ras, curve};

use super::{Markups, MarkupsKind};
use crate::names;

names! {
    /// How an angle counts.
    pub enum AngleMode {
        /// 0° to 180°.
        #[default]
        Minimal = "minimal",
        /// 0° to 360° about the axis.
        OrientedPositive = "orientedPositive",
        /// −180° to 180° about the axis.
        OrientedSigned = "orientedSigned",
    }
}

names! {
    /// How a curve goes through its points.
    pub enum CurveType {
        /// Straight from point to point.
        Linear = "linear",
        /// A cubic spline.
        #[default]
        Spline = "spline",
        /// A Kochanek spline.
        Kochanek = "kochanekSpline",
        /// The polynomial that comes nearest to all points.
        Polynomial = "polynomial",
        /// The shortest way over a surface.
        ShortestSurfaceDistance = "shortestSurfaceDistance",
    }
}

/// Points of a curve from one control point to the next, unless something else is said.
pub(super) const POINTS_PER_SEGMENT: usize = 10;

/// The most points that are computed between two control points, and of a whole curve unless it has more control points.
const MOST_POINTS_PER_SEGMENT: usize = 1000;
const MOST_POINTS: usize = 4_000_000;

impl Markups {
    /// The points of a line or curve through the control points; of a closed one the last is the first. `None` for other
    /// kinds, and for the shortest way over a surface, which is no matter of the points alone.
    pub fn curve(&self) -> Option<Vec<Point<Ras>>> {
        let points: Vec<_> = self.positions().collect();
        let how = match (self.kind, self.curve_type.unwrap_or_default()) {
            (MarkupsKind::Line, _) => return Some(points),
            (kind, _) if !kind.is_curve() => return None,
            (_, CurveType::Linear) => Interpolation::Linear,
            (_, CurveType::Spline) => Interpolation::Cubic,
            (_, CurveType::Kochanek) => Interpolation::Kochanek,
            (_, CurveType::Polynomial) => Interpolation::Polynomial,
            (_, CurveType::ShortestSurfaceDistance) => return None,
        };
        let most = (MOST_POINTS / points.len().max(1)).clamp(1, MOST_POINTS_PER_SEGMENT);
        let each = self
            .points_per_segment
            .map_or(POINTS_PER_SEGMENT.min(most), |n| n.clamp(1, most as i64) as usize);
        Some(curve::through(&points, how, self.is_closed(), each))
    }

    /// Whether the points go round.
    pub fn is_closed(&self) -> bool {
        self.kind == MarkupsKind::ClosedCurve
    }
}
