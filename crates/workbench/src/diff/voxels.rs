//! How many voxels are different.

use microtome_image::{Image, Labels, Region, with_values};
use microtome_records::{LayerReader, Segment, Segmentation};
use rayon::prelude::*;
use serde::Serialize;

/// Voxels that are not equal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoxelDifference {
    /// How many values are different; those that only one side has are.
    pub different: u64,
    /// How many values there are.
    pub total: u64,
    /// The greatest difference of two values; `None` where the grids have different sizes.
    pub greatest: Option<f64>,
}

/// A segment that is not equal.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentDifference {
    /// Its identifier.
    pub id: String,
    /// Its name, as A has it if it is there.
    pub name: String,
    /// How many voxels it has in A; `None` if it is not there.
    pub voxels_a: Option<u64>,
    /// How many voxels it has in B; `None` if it is not there.
    pub voxels_b: Option<u64>,
    /// How well its voxels agree: Dice's coefficient, 1 for equal.
    pub dice: Option<f64>,
    /// What else is different: name, colour, tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// How far two grids' corners may be apart, in voxels, to count as equal.
const GRID_TOLERANCE: f64 = 1e-4;

/// Compares the voxels of two images; `None` if they are equal. What is different about the grids is told to `put`.
pub(super) fn compare(
    a: &Image,
    b: &Image,
    put: &mut impl FnMut(&str, [String; 2]),
) -> Option<VoxelDifference> {
    put("dimensions", [a, b].map(|image| format!("{:?}", image.dims())));
    put("scalar type", [a, b].map(|image| image.scalar_type().name().to_owned()));
    put("components", [a, b].map(|image| image.components().to_string()));
    put("frames", [a, b].map(|image| image.frames().to_string()));
    // Some formats hold coordinates in single precision.
    if !a.grid().matches(b.grid(), a.grid().min_spacing() * GRID_TOLERANCE) {
        put("IJK to RAS", [a, b].map(|image| format!("{:?}", image.grid().ijk_to_ras().matrix())));
    }
    let (x, y) = (a.array(), b.array());
    let total = x.len().max(y.len()) as u64;
    if x.len() != y.len() || a.dims() != b.dims() {
        return Some(VoxelDifference { different: total, total, greatest: None });
    }
    if x.scalar_type() == y.scalar_type() && x.as_bytes() == y.as_bytes() {
        return None;
    }
    let cast = y.cast(microtome_image::ScalarType::Float64);
    let y = cast.as_slice::<f64>().unwrap_or_default();
    let (different, greatest) = with_values!(x, x => count(x, y));
    (different > 0).then_some(VoxelDifference { different, total, greatest: Some(greatest) })
}

/// Values that one parallel task compares.
const TASK: usize = 1 << 16;

fn count<T: microtome_image::Scalar>(x: &[T], y: &[f64]) -> (u64, f64) {
    x.par_chunks(TASK)
        .zip(y.par_chunks(TASK))
        .map(|(x, y)| {
            let mut different = 0;
            let mut greatest = 0.0_f64;
            for (x, y) in x.iter().zip(y) {
                let x = x.to_f64();
                if x != *y && !(x.is_nan() && y.is_nan()) {
                    different += 1;
                    greatest = greatest.max((x - y).abs());
                }
            }
            (different, greatest)
        })
        .reduce(|| (0, 0.0), |a, b| (a.0 + b.0, a.1.max(b.1)))
}

/// Compares two segmentations, segment by segment.
pub(super) fn compare_segments(a: &Segmentation, b: &Segmentation) -> Vec<SegmentDifference> {
    let mut found = Vec::new();
    for segment in &a.segments {
        let other = b.segment(&segment.id).or_else(|| b.segments.iter().find(|s| s.name == segment.name));
        found.extend(compare_segment(a, segment, b, other));
    }
    let known = |s: &Segment| a.segments.iter().any(|t| t.id == s.id || t.name == s.name);
    for segment in b.segments.iter().filter(|s| !known(s)) {
        found.push(SegmentDifference {
            id: segment.id.clone(),
            name: segment.name.clone(),
            voxels_a: None,
            voxels_b: Some(overlap(None, b.labels_of(segment)).b),
            dice: None,
            fields: Vec::new(),
        });
    }
    found
}

fn compare_segment(
    a: &Segmentation,
    segment: &Segment,
    b: &Segmentation,
    other: Option<&Segment>,
) -> Option<SegmentDifference> {
    let counts = overlap(a.labels_of(segment), other.and_then(|other| b.labels_of(other)));
    let mut found = SegmentDifference {
        id: segment.id.clone(),
        name: segment.name.clone(),
        voxels_a: Some(counts.a),
        voxels_b: None,
        dice: None,
        fields: Vec::new(),
    };
    let Some(other) = other else { return Some(found) };
    found.voxels_b = Some(counts.b);
    let sum = counts.a + counts.b;
    found.dice = Some(if sum == 0 { 1.0 } else { 2.0 * counts.both as f64 / sum as f64 });
    let told = [
        ("id", segment.id != other.id),
        ("name", segment.name != other.name),
        ("color", segment.color != other.color),
        ("tags", segment.tags != other.tags),
        ("automatic name", segment.name_automatic != other.name_automatic),
        ("automatic color", segment.color_automatic != other.color_automatic),
        ("unknown keys", segment.unknown != other.unknown),
        ("closed surface", segment.surface != other.surface),
        ("fractional label map", segment.fractional != other.fractional),
        ("planar contours", segment.contours != other.contours),
        ("ribbon model", segment.ribbon != other.ribbon),
    ];
    found.fields = told.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect();
    (sum != 2 * counts.both || !found.fields.is_empty()).then_some(found)
}

/// Voxels of two segments.
#[derive(Clone, Copy, Default)]
struct Overlap {
    a: u64,
    b: u64,
    both: u64,
}

/// Counts the voxels of two segments, each given by its layer and its label there, on a grid that holds both layers.
fn overlap(a: Option<(&Labels, i32)>, b: Option<(&Labels, i32)>) -> Overlap {
    let given: Vec<(&Labels, i32)> = a.into_iter().chain(b).collect();
    let layers = given.iter().map(|(labels, _)| (*labels).clone()).collect();
    let both_on_one_grid = Segmentation { layers, ..Segmentation::default() };
    let Some(reader) = LayerReader::new(&both_on_one_grid) else { return Overlap::default() };
    let [ni, nj, nk] = reader.grid().dims();
    let of_slice = |k: usize| {
        let slice = Region { start: [0, 0, k], dims: [ni, nj, 1] };
        let inside: Vec<Vec<bool>> = (0..given.len())
            .map(|layer| {
                let mut labels = vec![0; ni * nj];
                reader.read(layer, &slice, &mut labels);
                labels.into_iter().map(|label| label == given[layer].1).collect()
            })
            .collect();
        let count = |layer: usize| inside[layer].iter().filter(|inside| **inside).count() as u64;
        match (a.is_some(), b.is_some()) {
            (true, true) => {
                let both = inside[0].iter().zip(&inside[1]).filter(|(a, b)| **a && **b).count() as u64;
                Overlap { a: count(0), b: count(1), both }
            }
            (true, false) => Overlap { a: count(0), ..Overlap::default() },
            _ => Overlap { b: count(0), ..Overlap::default() },
        }
    };
    let add = |x: Overlap, y: Overlap| Overlap { a: x.a + y.a, b: x.b + y.b, both: x.both + y.both };
    (0..nk).into_par_iter().map(of_slice).reduce(Overlap::default, add)
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Grid, Point};
    use microtome_image::{Array, ScalarType};
    use microtome_records::SegmentPlace;

    use super::*;

    #[test]
    fn values_are_counted_whatever_their_type() {
        let grid = Grid::axis_aligned([3, 2, 1], [1.0; 3], Point::zero());
        let a = Image::scalar(grid, vec![1_i16, 2, 3, 4, 5, 6]).unwrap();
        let b = Image::scalar(grid, vec![1.0_f32, 2.0, 3.5, 4.0, f32::NAN, 6.0]).unwrap();
        let mut told = 0;
        let found = compare(&a, &b, &mut |_, _| told += 1).unwrap();
        assert_eq!((found.different, found.total, told), (2, 6, 4));
        let same = Image::scalar(grid, a.array().cast(ScalarType::Float64)).unwrap();
        assert_eq!(compare(&a, &same, &mut |_, _| {}), None);
        let small = Image::scalar(grid.region([0; 3], [3, 1, 1]), Array::from(vec![1_i16, 2, 3])).unwrap();
        assert_eq!(compare(&a, &small, &mut |_, _| {}).unwrap().different, 6);
    }

    #[test]
    fn segments_agree_by_dice_wherever_their_layers_begin() {
        let grid = Grid::axis_aligned([4, 1, 1], [1.0; 3], Point::zero());
        let of = |grid: Grid, labels: Vec<u8>, label| Segmentation {
            segments: vec![Segment {
                id: "s".to_owned(),
                name: "liver".to_owned(),
                place: Some(SegmentPlace { layer: 0, label }),
                ..Segment::default()
            }],
            layers: vec![Labels::from_image(&Image::scalar(grid, labels).unwrap()).unwrap()],
            ..Segmentation::default()
        };
        let a = of(grid, vec![0, 1, 1, 1], 1);
        // The same place by another label in a layer that begins one voxel later and is one longer.
        let b = of(grid.region([1, 0, 0], [4, 1, 1]), vec![7, 7, 0, 7], 7);
        let found = compare_segments(&a, &b);
        let [segment] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((segment.voxels_a, segment.voxels_b), (Some(3), Some(3)));
        assert_eq!(segment.dice, Some(2.0 * 2.0 / 6.0));
        assert!(compare_segments(&a, &a).is_empty());
    }
}
