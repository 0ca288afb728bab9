//! Orient volume: the axes of the grid along those of the patient, in a given order.

use microtome_geometry::Grid;
use microtome_image::Image;
use serde_json::Value as Json;

use super::axes::Axes;
use crate::declaration::ParameterType;
use crate::declare::Operation;
use crate::operation;
use crate::parameter::ParameterValue;
use crate::progress::Progress;
use crate::registry::OperationError;

/// An orientation: for each axis of the grid the side of the patient that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orientation(usize);

impl Orientation {
    const NAMES: &'static [&'static str] = &[
        "axial", "coronal", "sagittal", "rip", "lip", "rsp", "lsp", "ria", "lia", "rsa", "lsa", "irp", "ilp",
        "srp", "slp", "ira", "ila", "sra", "sla", "rpi", "lpi", "rai", "lai", "rps", "lps", "ras", "las",
        "pri", "pli", "ari", "ali", "prs", "pls", "ars", "als", "ipr", "spr", "iar", "sar", "ipl", "spl",
        "ial", "sal", "pir", "psr", "air", "asr", "pil", "psl", "ail", "asl",
    ];

    /// The orientation called so: `axial`, `coronal`, `sagittal`, or three letters.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(Self)
    }

    /// The sides that i, j and k come from, as letters.
    const fn letters(self) -> [u8; 3] {
        match Self::NAMES[self.0].as_bytes() {
            b"axial" => *b"rai",
            b"coronal" => *b"rsa",
            b"sagittal" => *b"asl",
            [a, b, c] => [*a, *b, *c],
            _ => *b"lps",
        }
    }
}

impl ParameterValue for Orientation {
    const TYPE: ParameterType = ParameterType::Choice(Self::NAMES);
    fn from_json(value: &Json) -> Result<Self, String> {
        value
            .as_str()
            .and_then(Self::named)
            .ok_or_else(|| format!("one of {} is needed", Self::NAMES.join(", ")))
    }
    fn to_json(&self) -> Json {
        Self::NAMES[self.0].into()
    }
}

operation! {
    /// Exchanges and turns round the axes of a volume's grid so that they run along the patient's axes in a given order.
    /// Only the order of the voxels changes: each keeps its value and its place in the patient.
    ///
    /// A grid that stands obliquely is taken by the patient's axes that its own are nearest to.
    pub struct Orient("orient", "Orient volume", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The sides of the patient that i, j and k come from, as ITK names them: `rai` runs from right to left, from
        /// anterior to posterior and from inferior to superior. `axial` is `rai`, `coronal` is `rsa`, `sagittal` is `asl`.
        orientation: Orientation = Orientation::named("lps").unwrap_or(Orientation(0));
    }
    outputs {
        /// The volume with its axes in that order.
        output: Image,
    }
    values {}
    example "From right to left becomes from left to right" {
        inputs { "input": { "dimensions": [3, 1, 1], "values": [1, 2, 3] } }
        parameters { "orientation": "rpi" }
        gives { "output": { "origin": [2, 0, 0], "values": [3, 2, 1] } }
    }
}

impl Operation for Orient {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let axes = axes(inputs.input.grid(), self.orientation);
        Ok(Outputs { output: axes.apply(&inputs.input, progress)? })
    }
}

/// How the grid's axes have to be ordered to come from the sides of an orientation: of all ways to pair them with the
/// patient's axes, the one whose angles are least.
fn axes(grid: &Grid, orientation: Orientation) -> Axes {
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let directions = grid.directions().map(|direction| direction.coords());
    // Along which of the patient's axes each new axis runs, and to which end of it.
    let wanted = orientation.letters().map(|from| match from {
        b'l' => (0, 1.0),
        b'r' => (0, -1.0),
        b'p' => (1, 1.0),
        b'a' => (1, -1.0),
        b'i' => (2, 1.0),
        _ => (2, -1.0),
    });
    let fit = |order: &[usize; 3]| (0..3).map(|n| directions[order[n]][wanted[n].0].abs()).sum::<f64>();
    let from = ORDERS.into_iter().reduce(|best, order| if fit(&order) > fit(&best) { order } else { best });
    let from = from.unwrap_or([0, 1, 2]);
    let reversed = std::array::from_fn(|n| directions[from[n]][wanted[n].0] * wanted[n].1 < 0.0);
    Axes { from, reversed }
}
