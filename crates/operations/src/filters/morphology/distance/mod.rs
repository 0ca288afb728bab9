//! Distance map: how far every voxel is from an object.

mod rows;
mod search;

use microtome_image::{Array, Blank, Buffer, Image, with_values};
use rayon::prelude::*;

use super::bitwise;
use super::element::cuboid;
use crate::bits::BitVolume;
use crate::declare::Operation;
use crate::kernels::lines;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use crate::{choice, operation};
use rows::Ramps;
use search::Search;

choice! {
    /// Which distances are wanted.
    pub enum Side {
        /// Of all voxels, those within the object with the other sign.
        Signed = "signed",
        /// Of the voxels outside the object; those within get 0.
        Outside = "outside",
        /// Of the voxels within the object; those outside get 0.
        Inside = "inside",
    }
}

choice! {
    /// What distances are measured to.
    pub enum Target {
        /// The centres of the object's outermost voxels: those of which a neighbour by face, edge or corner is outside.
        Boundary = "boundary",
        /// The centre of the nearest voxel of the other kind: from within to the nearest outside, and the reverse.
        Other = "other",
    }
}

operation! {
    /// Measures how far every voxel is from an object: the exact Euclidean distance.
    ///
    /// Where the object has no boundary (it is empty, or fills the volume), all distances are infinite. Voxels beyond the border
    /// of the volume count as neither. The relative error is below one millionth. Memory: the result and two bits a voxel.
    pub struct DistanceMap("distance-map", "Distance map", "filters");
    inputs {
        /// The label map, or any volume.
        input: Image,
    }
    parameters {
        /// The value outside the object: all other values are the object.
        background: f64 = 0.0;
        /// The only value of the object, if not all values other than the background are.
        label: Option<f64> = None;
        /// Which distances are wanted.
        side: Side = Side::Signed;
        /// What distances are measured to.
        target: Target = Target::Boundary;
        /// Whether signed distances are positive within the object and negative outside.
        inside_is_positive: bool = false;
        /// Whether to give the squares of distances, with the distances' sign.
        squared: bool = false;
        /// Whether to measure in mm; if not, in voxels.
        use_spacing: bool = true;
    }
    outputs {
        /// The distances, `float32`.
        output: Image,
    }
    values {}
    example "Three voxels of an object" {
        inputs { "input": { "dimensions": [7, 1, 1], "type": "uint8", "values": [0, 0, 1, 1, 1, 0, 0], "spacing": [2, 1, 1] } }
        parameters {}
        gives { "output": { "type": "float32", "values": [4, 2, 0, -2, 0, 2, 4] } }
    }
}

impl Operation for DistanceMap {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        progress.report(0.0)?;
        let (background, label) = (self.background, self.label);
        let object = with_values!(image.array(), values => BitVolume::new(values, image.dims(), move |v| {
            use microtome_image::Scalar;
            label.map_or(v.to_f64() != background, |label| v.to_f64() == label)
        }));
        let spacing = if self.use_spacing { image.grid().spacing() } else { [1.0; 3] };
        let measure = Measure {
            side: self.side,
            target: self.target,
            inside_is_positive: self.inside_is_positive,
            squared: self.squared,
        };
        let distances = distances(&object, spacing, measure, progress)?;
        Ok(Outputs { output: image.with_array(Array::Float32(distances))? })
    }
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) side: Side,
    pub(crate) target: Target,
    pub(crate) inside_is_positive: bool,
    pub(crate) squared: bool,
}

/// The distance of every voxel from an object, in the unit of `spacing`.
///
/// Squares of distances, in units of the least spacing, grow axis by axis: along rows between one target and the next, then
/// along columns as the least sum of a square found there and the square of the way to it. Voxels of the object have a minus.
pub(crate) fn distances(
    object: &BitVolume,
    spacing: [f64; 3],
    measure: Measure,
    progress: &Progress,
) -> Result<Buffer<f32>, Cancelled> {
    let dims = object.dims();
    let [ni, nj, nk] = dims;
    let unit = spacing.into_iter().fold(f64::INFINITY, f64::min);
    let spacing = spacing.map(|s| s / unit);
    // From outside both targets are the same.
    let other = measure.target == Target::Other || measure.side == Side::Outside;
    let boundary = if other { None } else { Some(boundary(object, progress)?) };
    let ramps = Ramps::new(ni, spacing[0]);
    let [along_j, along_k] = [Search::new(nj, spacing[1], other), Search::new(nk, spacing[2], other)];
    let slice = [ni, nj, 1];
    let mut out = Blank::<f32>::new(ni * nj * nk);
    let step = progress.step(0.1..0.55);
    out.par_chunks_mut(ni * nj).enumerate().try_for_each(|(k, out)| {
        for (j, out) in out.chunks_exact_mut(ni).enumerate() {
            let object = object.row(j, k);
            match &boundary {
                Some(boundary) => ramps.to_boundary(out, object, boundary.row(j, k)),
                None => ramps.to_other(out, object),
            }
            if other {
                match measure.side {
                    Side::Signed => {}
                    Side::Outside => out.iter_mut().for_each(|v| *v = v.max(0.0)),
                    Side::Inside => out.iter_mut().for_each(|v| *v = v.min(0.0)),
                }
            }
        }
        let step = step.step(k as f64 / nk as f64..(k + 1) as f64 / nk as f64);
        lines::within(
            out,
            slice,
            1,
            &step,
            || along_j.scratch(),
            |scratch, lines| along_j.apply(scratch, lines),
        )
    })?;
    let unit = if measure.squared { unit * unit } else { unit };
    let finish = |v: f32| {
        let v = match measure.side {
            Side::Signed => v,
            Side::Outside => v.max(0.0),
            Side::Inside => -v.min(0.0),
        };
        let length = if measure.squared { v.abs() } else { v.abs().sqrt() };
        let length = (f64::from(length) * unit) as f32;
        let flip = measure.inside_is_positive && measure.side == Side::Signed;
        // Added to zero, a zero has no sign.
        0.0 + if flip { -length.copysign(v) } else { length.copysign(v) }
    };
    lines::within(
        &mut out,
        dims,
        2,
        &progress.step(0.55..1.0),
        || along_k.scratch(),
        |scratch, lines| {
            along_k.apply(scratch, lines);
            lines.iter_mut().for_each(|element| *element = element.map(finish));
        },
    )?;
    Ok(out.into())
}

/// The voxels of an object of which one of the 26 neighbours is not in it.
fn boundary(object: &BitVolume, progress: &Progress) -> Result<BitVolume, Cancelled> {
    let mut found = bitwise::erode(object.clone(), &cuboid([1; 3]), true, &progress.step(0.0..0.1))?;
    found.bits_mut().iter_mut().zip(object.bits()).for_each(|(kept, object)| *kept = object & !*kept);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain way.
    fn expected(values: &[u8], dims: [usize; 3], spacing: [f64; 3], measure: Measure) -> Vec<f64> {
        let place = |n: usize| [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
        let is_boundary = |n: usize| {
            let p = place(n);
            values[n] != 0
                && (0..values.len()).any(|m| {
                    let q = place(m);
                    values[m] == 0 && (0..3).all(|a| p[a].abs_diff(q[a]) <= 1)
                })
        };
        let targets: Vec<bool> = (0..values.len()).map(is_boundary).collect();
        let squared = |n: usize, m: usize| -> f64 {
            let (p, q) = (place(n), place(m));
            (0..3).map(|a| (p[a].abs_diff(q[a]) as f64 * spacing[a]).powi(2)).sum()
        };
        let distance = |n: usize| {
            let inside = values[n] != 0;
            match (measure.side, inside) {
                (Side::Outside, true) | (Side::Inside, false) => return 0.0,
                _ => {}
            }
            let target = |m: &usize| match measure.target {
                Target::Boundary => targets[*m],
                Target::Other => (values[*m] != 0) != inside,
            };
            let nearest =
                (0..values.len()).filter(target).map(|m| squared(n, m)).fold(f64::INFINITY, f64::min);
            let length = if measure.squared { nearest } else { nearest.sqrt() };
            let negative = measure.side == Side::Signed && inside != measure.inside_is_positive;
            if negative { -length } else { length }
        };
        (0..values.len()).map(distance).collect()
    }

    #[test]
    fn distances_are_to_the_nearest() {
        for (dims, spacing) in [
            ([13, 9, 7], [1.0, 1.0, 1.0]),
            ([70, 5, 3], [0.7, 1.3, 2.0]),
            ([3, 40, 1], [0.5, 0.5, 3.0]),
            ([1, 1, 90], [2.0, 1.0, 1e-30]),
            ([1, 17, 20], [1.0, 0.3, 0.4]),
        ] {
            let count: usize = dims.iter().product();
            for (seldom, threshold) in [(601, 3), (601, 300), (97, 96), (1, 0), (1, 1)] {
                let values: Vec<u8> =
                    (0..count).map(|n| u8::from((n * 7919 + n / 13) % seldom < threshold)).collect();
                let object = BitVolume::new(&values, dims, |v| v != 0);
                for side in [Side::Signed, Side::Outside, Side::Inside] {
                    for target in [Target::Boundary, Target::Other] {
                        for (inside_is_positive, squared) in [(false, false), (true, true)] {
                            let measure = Measure { side, target, inside_is_positive, squared };
                            let found = distances(&object, spacing, measure, &Progress::ignored()).unwrap();
                            let wanted = expected(&values, dims, spacing, measure);
                            for (n, (&f, &w)) in found.iter().zip(&wanted).enumerate() {
                                let error = (f64::from(f) - w).abs();
                                assert!(
                                    f64::from(f) == w || error <= 1e-6 * w.abs().max(1e-37),
                                    "{dims:?} {spacing:?} {seldom} {side:?} {target:?} {squared} at {n}: {f} {w}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn long_lines_are_as_short_ones() {
        let count = search::LONG + 77;
        for axis in 0..3 {
            let mut dims = [1; 3];
            dims[axis] = count;
            let values: Vec<u8> = (0..count).map(|n| u8::from(n % 977 < 40 && n > 900)).collect();
            let object = BitVolume::new(&values, dims, |v| v != 0);
            for target in [Target::Boundary, Target::Other] {
                let measure =
                    Measure { side: Side::Signed, target, inside_is_positive: false, squared: false };
                let found = distances(&object, [0.5; 3], measure, &Progress::ignored()).unwrap();
                let runs = distances(
                    &BitVolume::new(&values, [count, 1, 1], |v| v != 0),
                    [0.5; 3],
                    measure,
                    &Progress::ignored(),
                );
                assert_eq!(&*found, &*runs.unwrap(), "{axis} {target:?}");
            }
        }
    }
}
