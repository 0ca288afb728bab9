//! Skeleton: the middle of an object, and the longest path along it.

use microtome_image::{Array, Blank, Image, Scalar, with_values};
use microtome_records::{ControlPoint, Markups, MarkupsKind};

use super::countable;
use super::longest::{longest_path, sampled};
use super::object::Object;
use super::subcycles::{Kind, thin};
use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;
use crate::{choice, operation};

choice! {
    /// What an object is reduced to.
    pub enum SkeletonType {
        /// Curves along its middle.
        Curves = "1d",
        /// Sheets in its middle.
        Sheets = "2d",
    }
}

operation! {
    /// Reduces objects, the voxels that are 1 or more, to curves or sheets in their middle, connected as they
    /// are, and finds points at even distances on the longest path along the curves: the centre line of a
    /// vessel or an airway, say.
    ///
    /// The longest path is the longest of the shortest paths between any two voxels of the curves, in
    /// millimetres; for curves without loops that is the longest path that there is. Objects may touch the
    /// border of the volume (Slicer's module clears it first), and a curve without branches has a path too
    /// (which Slicer's module does not find).
    ///
    /// Memory: input, output, one byte a voxel, and 4 bytes for each voxel of the objects.
    pub struct Skeleton("skeleton", "Extract skeleton", "segmentation");
    inputs {
        /// The objects: voxels that are 1 or more.
        input: LabelImage,
    }
    parameters {
        /// Whether objects are reduced to curves (1d) or to sheets (2d).
        skeleton_type: SkeletonType = SkeletonType::Curves;
        /// Slicer's name for the opposite of what one expects, kept so that scripts give the same: if set,
        /// the output holds only the points of the longest path, as 255; if not, the whole skeleton, as 1.
        full_tree: bool = false;
        /// About how many points are taken of the longest path, its ends included.
        number_of_points: u32 = 100, minimum 2;
    }
    outputs {
        /// The skeleton, or the points alone.
        output: LabelImage,
        /// A curve through the points from one end of the longest path to the other. Not made for sheets.
        points: Option<Markups>,
    }
    values {
        /// How many voxels the skeleton has.
        voxels: u64,
        /// The length of the longest path, in mm.
        length: f64,
    }
    example "The middle line of a bar" {
        inputs {
            "input": { "dimensions": [7, 3, 1], "type": "uint8", "spacing": [2, 1, 1],
                "values": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }
        }
        parameters { "number-of-points": 3 }
        gives { "output": { "type": "uint8" } }
    }
}

impl Operation for Skeleton {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        countable(&image)?;
        let dims = image.dims();
        let mut object =
            with_values!(image.array(), values => Object::new(values, dims, |v| v.to_f64() >= 1.0));
        let curves = self.skeleton_type == SkeletonType::Curves;
        let kind = if curves { Kind::Curves } else { Kind::Sheets };
        thin(&mut object, kind, &progress.step(0.0..0.9))?;
        let spacing = image.grid().spacing();
        let path = longest_path(&object, spacing);
        progress.report(1.0)?;
        let samples: Vec<[usize; 3]> = path
            .iter()
            .flat_map(|path| sampled(&object, path, spacing, self.number_of_points))
            .map(|n| object.index(n as usize))
            .collect();
        let labels = if self.full_tree { drawn(&samples, dims) } else { object.labels(1) };
        Ok(Outputs {
            points: curves.then(|| curve(&samples, &image)),
            output: LabelImage::new(image.with_array(Array::UInt8(labels.into()))?),
            voxels: object.all().len() as u64,
            length: path.map_or(0.0, |path| path.length),
        })
    }
}

fn drawn(samples: &[[usize; 3]], dims: [usize; 3]) -> Blank<u8> {
    let mut out = Blank::new(dims.iter().product());
    for &[i, j, k] in samples {
        out[(k * dims[1] + j) * dims[0] + i] = 255;
    }
    out
}

fn curve(samples: &[[usize; 3]], image: &Image) -> Markups {
    let to_ras = image.grid().ijk_to_ras();
    let points = samples.iter().enumerate().map(|(n, &index)| ControlPoint {
        id: (n + 1).to_string(),
        label: format!("C-{}", n + 1),
        position: to_ras.apply(microtome_geometry::Point::from_array(index.map(|c| c as f64))),
        ..Default::default()
    });
    Markups { points: points.collect(), ..Markups::of_kind(MarkupsKind::Curve) }
}
