//! What is lost when segments that overlap become one label map.

use microtome_image::Labels;
use microtome_scene::{Content, Node};

/// Says how many voxels of which segments a label map of a segmentation leaves out, because it has one label for a voxel and
/// later segments lie over earlier ones: one sentence each. Nothing for other nodes.
pub fn hidden_by_overlap(node: &Node) -> Vec<String> {
    let Content::Segmentation(segmentation) = &node.content else { return Vec::new() };
    let data = &segmentation.data;
    let Some(merged) = data.merged().and_then(|image| Labels::from_image(&image).ok()) else {
        return Vec::new();
    };
    let seen = merged.extents();
    let layers: Vec<_> = data.layers.iter().map(Labels::extents).collect();
    let of_segment = |(segment, number): (&microtome_records::Segment, i32)| {
        let place = segment.place?;
        let own = layers.get(place.layer)?.get(&place.label)?.voxels;
        let left = seen.get(&number).map_or(0, |extent| extent.voxels);
        let hidden = own.checked_sub(left).filter(|hidden| *hidden > 0)?;
        Some(format!(
            "{hidden} of {own} voxels of segment \"{}\" are lost: a label map has one label for a voxel, and later \
             segments lie there",
            segment.name
        ))
    };
    data.segments.iter().zip(1..).filter_map(of_segment).collect()
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Grid, Point};
    use microtome_image::Image;
    use microtome_records::{Segment, SegmentPlace, Segmentation};
    use microtome_scene::nodes;

    use super::*;

    #[test]
    fn segments_below_others_are_named() {
        let grid = Grid::axis_aligned([4, 1, 1], [1.0; 3], Point::zero());
        let layer = |values: Vec<u8>| Labels::from_image(&Image::scalar(grid, values).unwrap()).unwrap();
        let segment = |name: &str, layer| Segment {
            id: name.to_owned(),
            name: name.to_owned(),
            place: Some(SegmentPlace { layer, label: 1 }),
            ..Segment::default()
        };
        let of = |second: Vec<u8>| {
            let data = Segmentation {
                segments: vec![segment("liver", 0), segment("tumour", 1)],
                layers: vec![layer(vec![1, 1, 1, 0]), layer(second)],
                ..Segmentation::default()
            };
            hidden_by_overlap(&Node::new("s", nodes::Segmentation::from(data)))
        };
        assert_eq!(of(vec![0, 0, 0, 1]), Vec::<String>::new());
        let told = of(vec![0, 1, 1, 1]);
        assert!(told.len() == 1 && told[0].starts_with("2 of 3 voxels of segment \"liver\""), "{told:?}");
    }
}
