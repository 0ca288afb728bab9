//! Markups.

use microtome_geometry::{Affine, Point, Ras};
use microtome_records::ControlPoint;

use crate::fields::{names, node_type};

/// What a list of control points marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkupsKind {
    /// Separate points.
    #[default]
    Fiducial,
    /// A line between two points.
    Line,
    /// The angle at the middle of three points.
    Angle,
    /// An open curve.
    Curve,
    /// A closed curve.
    ClosedCurve,
    /// A plane.
    Plane,
    /// A box or another region of interest.
    Roi,
}

impl MarkupsKind {
    /// Kind, name in files, class, what names of new nodes begin with.
    const NAMES: [(Self, &'static str, &'static str, &'static str); 7] = [
        (Self::Fiducial, "Fiducial", "MarkupsFiducial", "F"),
        (Self::Line, "Line", "MarkupsLine", "L"),
        (Self::Angle, "Angle", "MarkupsAngle", "A"),
        (Self::Curve, "Curve", "MarkupsCurve", "OC"),
        (Self::ClosedCurve, "ClosedCurve", "MarkupsClosedCurve", "CC"),
        (Self::Plane, "Plane", "MarkupsPlane", "P"),
        (Self::Roi, "ROI", "MarkupsROI", "R"),
    ];

    /// The kind that files call `name` (`Fiducial`, `ClosedCurve`, `ROI`, …).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(_, n, ..)| *n == name).map(|(kind, ..)| kind)
    }

    fn entry(self) -> (Self, &'static str, &'static str, &'static str) {
        Self::NAMES.into_iter().find(|(kind, ..)| *kind == self).unwrap_or(Self::NAMES[0])
    }

    /// What files call it.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// What names of new nodes begin with (`F`, `L`, …).
    pub fn prefix(self) -> &'static str {
        self.entry().3
    }
}

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
        /// A natural cubic spline.
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

names! {
    /// What gives a plane from its points.
    pub enum PlaneType {
        /// A point and the normal.
        #[default]
        PointNormal = "pointNormal" | "PointNormal",
        /// Three points.
        ThreePoints = "threePoints" | "3Points",
        /// The best fit of many points.
        PlaneFit = "planeFit" | "PlaneFit",
    }
}

names! {
    /// What gives a plane's size.
    pub enum PlaneSizeMode {
        /// Its points.
        #[default]
        Auto = "auto",
        /// It is set.
        Absolute = "absolute",
    }
}

names! {
    /// What gives a region from its points.
    pub enum RoiType {
        /// Its middle and size.
        #[default]
        Box = "Box",
        /// The box around its points.
        BoundingBox = "BoundingBox",
    }
}

/// Where a plane is. Lengths in mm, coordinates in RAS.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneShape {
    /// What gives it from its points.
    pub plane_type: PlaneType,
    /// What gives its size.
    pub size_mode: PlaneSizeMode,
    /// How much larger than its points it is.
    pub auto_scaling: f64,
    /// From its own axes (z is the normal) to those of its points.
    pub object_to_base: Affine<Ras, Ras>,
    /// From the axes of its points to the node's coordinates.
    pub base_to_node: Affine<Ras, Ras>,
    /// Width and height.
    pub size: [f64; 2],
    /// Where it ends along its x and y: least x, greatest x, least y, greatest y.
    pub bounds: Option<[f64; 4]>,
}

impl Default for PlaneShape {
    fn default() -> Self {
        Self {
            plane_type: PlaneType::default(),
            size_mode: PlaneSizeMode::default(),
            auto_scaling: 1.0,
            object_to_base: Affine::identity(),
            base_to_node: Affine::identity(),
            size: [100.0, 100.0],
            bounds: None,
        }
    }
}

/// Where a region of interest is. Lengths in mm, coordinates in RAS.
#[derive(Clone, Debug, PartialEq)]
pub struct RoiShape {
    /// What gives it from its points.
    pub roi_type: RoiType,
    /// Its middle.
    pub center: Point<Ras>,
    /// Its axes as columns, row by row.
    pub orientation: [f64; 9],
    /// Lengths of its edges.
    pub size: [f64; 3],
    /// Whether it stands for what is outside.
    pub inside_out: bool,
}

impl Default for RoiShape {
    fn default() -> Self {
        Self {
            roi_type: RoiType::default(),
            center: Point::zero(),
            orientation: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            size: [0.0; 3],
            inside_out: false,
        }
    }
}

/// A code of a standard and what it means: value, scheme, meaning.
pub type Code = [String; 3];

/// Something measured on markups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// `length`, `angle`, `area`, `volume`, ….
    pub name: String,
    /// Whether it is computed and shown.
    pub enabled: bool,
    /// The value in `units`, if there is one.
    pub value: Option<f64>,
    /// The unit's symbol.
    pub units: String,
    /// How the value is written, as in C.
    pub format: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// The quantity that is measured.
    pub quantity: Option<Code>,
    /// How it was derived.
    pub derivation: Option<Code>,
    /// The method.
    pub method: Option<Code>,
    /// A value for each control point.
    pub per_point: Option<Vec<f64>>,
}

node_type! {
    /// Control points and what they mark, in the node's own coordinates.
    pub struct Markups {
        /// What they mark.
        kind: MarkupsKind;
        /// The points, in order.
        points: Vec<ControlPoint>;
        /// Whether the whole list is locked against edits.
        locked: bool = false, "locked";
        /// Whether no points can be added or removed.
        fixed_points: bool = false;
        /// How points are named: `%N` the list's name, `%d` a number.
        label_format: String = "%N-%d".to_owned(), "controlPointLabelFormat" ;
        /// The number of the latest point; none is used twice.
        last_point_number: u64 = 0;
        /// How many points there may be; −1 for any number.
        maximum_points: Option<i64>, "maximumNumberOfControlPoints";
        /// How many points are placed in one go.
        required_points: Option<i64>, "requiredNumberOfControlPoints";
        /// Where handles stand, row by row.
        handle_to_world: Option<[f64; 16]>, "interactionHandleToWorldMatrix";
        /// How an angle counts.
        angle_mode: Option<AngleMode>, "angleMeasurementMode";
        /// The axis that an oriented angle turns about.
        rotation_axis: Option<[f64; 3]>, "orientationRotationAxis";
        /// How a curve goes through its points.
        curve_type: Option<CurveType>, "curveType";
        /// Points of a curve from one control point to the next.
        points_per_segment: Option<i64>, "numberOfPointsPerInterpolatingSegment";
        /// What a way over a surface costs.
        surface_cost: Option<String>, "surfaceCostFunctionType";
        /// What a surface's values make of that.
        surface_weighting: Option<String>, "surfaceDistanceWeightingFunction";
        /// How far from a curve its surface is looked for, as a share of the surface's size.
        surface_search_radius: Option<f64>, "surfaceConstraintMaximumSearchRadiusTolerance";
        /// Where a plane is.
        plane: Option<PlaneShape>;
        /// Where a region is.
        roi: Option<RoiShape>;
        /// What is measured.
        measurements: Vec<Measurement>;
    }
}

impl Markups {
    /// Empty markups of a kind, with Slicer's defaults for it.
    pub fn of_kind(kind: MarkupsKind) -> Self {
        let common = Self { kind, ..Self::default() };
        let measured = |name: &str, units: &str, enabled: bool| Measurement {
            name: name.to_owned(),
            units: units.to_owned(),
            enabled,
            ..Measurement::default()
        };
        let curve = |area: bool| {
            let mut all = vec![
                measured("length", "mm", false),
                measured("curvature mean", "mm-1", false),
                measured("curvature max", "mm-1", false),
                measured("torsion mean", "mm-1", false),
                measured("torsion max", "mm-1", false),
            ];
            if area {
                all.push(measured("area", "cm2", false));
            }
            Self {
                curve_type: Some(CurveType::Spline),
                points_per_segment: Some(10),
                measurements: all,
                ..common.clone()
            }
        };
        match kind {
            MarkupsKind::Fiducial => common,
            MarkupsKind::Line => Self { measurements: vec![measured("length", "mm", true)], ..common },
            MarkupsKind::Angle => Self {
                angle_mode: Some(AngleMode::Minimal),
                measurements: vec![measured("angle", "deg", true)],
                ..common
            },
            MarkupsKind::Curve => curve(false),
            MarkupsKind::ClosedCurve => curve(true),
            MarkupsKind::Plane => Self {
                plane: Some(PlaneShape::default()),
                measurements: vec![measured("area", "cm2", false)],
                ..common
            },
            MarkupsKind::Roi => Self {
                roi: Some(RoiShape::default()),
                measurements: vec![measured("volume", "cm3", false)],
                ..common
            },
        }
    }
}

impl super::Family for Markups {
    fn class(&self) -> &str {
        self.kind.entry().2
    }

    fn of_class(class: &str) -> Option<Self> {
        let (kind, ..) = MarkupsKind::NAMES.into_iter().find(|(.., c, _)| *c == class)?;
        Some(Self::of_kind(kind))
    }
}
