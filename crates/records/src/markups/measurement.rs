//! What is measured on markups.

use super::MarkupsKind;

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
    /// The unit's code, where the unit is given as a code.
    pub units_code: Option<Code>,
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

impl Measurement {
    /// The measurements that new markups of a kind have.
    pub(super) fn usual(kind: MarkupsKind) -> Vec<Self> {
        let named = |name: &str, units: &str, enabled: bool| Self {
            name: name.to_owned(),
            units: units.to_owned(),
            enabled,
            ..Self::default()
        };
        let curve = || {
            let bends = ["curvature mean", "curvature max", "torsion mean", "torsion max"];
            let length = std::iter::once(named("length", "mm", false));
            length.chain(bends.map(|name| named(name, "mm-1", false))).collect::<Vec<_>>()
        };
        match kind {
            MarkupsKind::Fiducial => Vec::new(),
            MarkupsKind::Line => vec![named("length", "mm", true)],
            MarkupsKind::Angle => vec![named("angle", "deg", true)],
            MarkupsKind::Curve => curve(),
            MarkupsKind::ClosedCurve => {
                let mut all = curve();
                all.push(named("area", "cm2", false));
                all
            }
            MarkupsKind::Plane => vec![named("area", "cm2", false)],
            MarkupsKind::Roi => vec![named("volume", "cm3", false)],
        }
    }
}
