//! Segmentations from label maps and colour tables, and back.

use std::collections::HashMap;

use microtome_image::{Array, Image, Labels, Meaning, Region, Scalar};
use rayon::prelude::*;

use super::terminology::{codes_of_entry, entry_of_codes};
use super::{
    ConversionParameter, LayerReader, Segment, SegmentPlace, SegmentRepresentation, Segmentation, TERMINOLOGY,
};
use crate::builtin_colors::generated_color;
use crate::color_table::{ColorTable, LabelColor};

impl Segmentation {
    /// A segmentation with a segment for each label of `labels` but 0, in rising order. Those that `colors` knows have
    /// its names, colours and codes; the others are called `Segment_` and the label, in the colours of new segments.
    pub fn from_labels(labels: Labels, colors: &ColorTable) -> Self {
        let known: HashMap<i32, &LabelColor> = colors
            .entries
            .iter()
            .filter_map(|entry| Some((i32::try_from(entry.value).ok()?, entry)))
            .collect();
        let found = labels.extents().into_keys().filter(|label| *label != 0);
        let segments = found
            .enumerate()
            .map(|(n, label)| {
                let made_up = format!("Segment_{label}");
                let place = Some(SegmentPlace { layer: 0, label });
                let Some(entry) = known.get(&label) else {
                    return Segment {
                        id: made_up.clone(),
                        name: made_up,
                        color: generated_color(n),
                        name_automatic: true,
                        color_automatic: true,
                        place,
                        ..Segment::default()
                    };
                };
                let name = if entry.name.is_empty() { made_up } else { entry.name.clone() };
                let codes = entry.terminology.as_deref().and_then(entry_of_codes);
                Segment {
                    id: name.clone(),
                    name,
                    color: [0, 1, 2].map(|c| f64::from(entry.color[c])),
                    tags: codes.map(|codes| (TERMINOLOGY.to_owned(), codes)).into_iter().collect(),
                    place,
                    ..Segment::default()
                }
            })
            .collect();
        let mut segmentation = Self {
            segments,
            conversion: vec![ConversionParameter::reference_geometry(labels.grid())],
            contained: vec![SegmentRepresentation::BinaryLabelmap.name().to_owned()],
            layers: vec![labels],
            offset: [0; 3],
        };
        segmentation.make_ids_unique();
        segmentation
    }

    /// One label map of all segments: that of the n-th, counted from 1, has label n; where segments overlap, the later
    /// one is seen. `None` if there are no layers.
    pub fn merged(&self) -> Option<Image> {
        let reader = LayerReader::new(self)?;
        // What each layer's labels become. The greatest number is that of the last segment.
        let mut numbers: Vec<HashMap<i32, i32>> = vec![HashMap::new(); reader.count()];
        for (segment, number) in self.segments.iter().zip(1..) {
            if let Some(place) = segment.place
                && let Some(numbers) = numbers.get_mut(place.layer)
            {
                numbers.insert(place.label, number);
            }
        }
        let array = if self.segments.len() <= i16::MAX as usize {
            Array::from(merged_values::<i16>(&reader, &numbers))
        } else {
            Array::from(merged_values::<i32>(&reader, &numbers))
        };
        Image::new(*reader.grid(), 1, 1, Meaning::Label, array).ok()
    }

    /// Names, colours and codes of the labels of [`merged`](Self::merged).
    pub fn color_table(&self) -> ColorTable {
        let entry = |(segment, value): (&Segment, u32)| {
            let [r, g, b] = segment.color.map(|c| c as f32);
            LabelColor {
                value,
                name: segment.name.clone(),
                color: [r, g, b, 1.0],
                terminology: segment.tags.get(TERMINOLOGY).and_then(|entry| codes_of_entry(entry)),
            }
        };
        ColorTable { entries: self.segments.iter().zip(1..).map(entry).collect() }
    }
}

/// The greatest of the numbers that `numbers` gives the labels of each layer at a voxel.
fn merged_values<T: Scalar>(reader: &LayerReader<'_>, numbers: &[HashMap<i32, i32>]) -> Vec<T> {
    let [ni, nj, _] = reader.grid().dims();
    let mut values = vec![T::default(); reader.grid().voxel_count()];
    values.par_chunks_mut((ni * nj).max(1)).enumerate().for_each(|(k, slice)| {
        let region = Region { start: [0, 0, k], dims: [ni, nj, 1] };
        let (mut labels, mut merged) = (vec![0; slice.len()], vec![0; slice.len()]);
        for (layer, numbers) in numbers.iter().enumerate().filter(|(_, numbers)| !numbers.is_empty()) {
            reader.read(layer, &region, &mut labels);
            let number = |label| numbers.get(&label).copied().unwrap_or(0);
            let mut last = (0, number(0));
            for (value, &label) in merged.iter_mut().zip(&labels) {
                if label != last.0 {
                    last = (label, number(label));
                }
                *value = last.1.max(*value);
            }
        }
        slice.iter_mut().zip(merged).for_each(|(value, number)| *value = T::from_f64(f64::from(number)));
    });
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::{Grid, Point};
    use microtome_image::{Labelmap, ScalarType};

    fn strip(values: &[i16]) -> Labels {
        let grid = Grid::axis_aligned([values.len(), 1, 1], [1.0; 3], Point::zero());
        Labels::Int16(Labelmap::from_values(grid, values).unwrap())
    }

    #[test]
    fn labels_become_segments_and_labels_again() {
        let codes = "SCT^1^a~SCT^2^b~^^~^^~^^".to_owned();
        let entry = LabelColor {
            value: 4,
            name: "liver".to_owned(),
            color: [0.5, 0.25, 0.0, 1.0],
            terminology: Some(codes.clone()),
        };
        let colors = ColorTable { entries: vec![entry] };
        let segmentation = Segmentation::from_labels(strip(&[0, 4, 4, -2, 9, 0]), &colors);
        let names: Vec<&str> = segmentation.segments.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["Segment_-2", "liver", "Segment_9"]);
        assert_eq!(segmentation.segments[1].tags[TERMINOLOGY], "~SCT^1^a~SCT^2^b~^^~~^^~^^");
        let merged = segmentation.merged().unwrap();
        assert_eq!(merged.array(), &Array::from(vec![0_i16, 2, 2, 1, 3, 0]));
        let table = segmentation.color_table();
        assert_eq!((table.entries[1].value, &table.entries[1].terminology), (2, &Some(codes)));
    }

    #[test]
    fn later_segments_lie_over_earlier_ones() {
        let place = |layer, label| Some(SegmentPlace { layer, label });
        let segment = |place| Segment { place, ..Segment::default() };
        let segmentation = Segmentation {
            segments: vec![segment(place(1, 1)), segment(place(0, 7)), segment(None), segment(place(0, 8))],
            layers: vec![strip(&[7, 7, 0, 8]), strip(&[0, 1, 1, 1])],
            ..Segmentation::default()
        };
        let merged = segmentation.merged().unwrap();
        assert_eq!(merged.scalar_type(), ScalarType::Int16);
        assert_eq!(merged.array(), &Array::from(vec![2_i16, 2, 1, 4]));
    }
}
