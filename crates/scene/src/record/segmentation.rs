//! Records of segmentations, and how two changes of one become one.

use microtome_geometry::Grid;
use microtome_image::{Labelmap, Labels, Region, Scalar, ScalarType};
use microtome_records::{Segment, SegmentPlace, Segmentation};

use super::{Malformed, Merging, Reader, Record, Writer};

impl Record for Segmentation {
    fn put(&self, out: &mut Writer<'_>) {
        let Self { segments, layers, conversion, contained, offset } = self;
        segments.put(out);
        layers.put(out);
        conversion.put(out);
        contained.put(out);
        offset.put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            segments: Record::take(input)?,
            layers: Record::take(input)?,
            conversion: Record::take(input)?,
            contained: Record::take(input)?,
            offset: Record::take(input)?,
        })
    }

    /// Layers that one side added follow those of the other, and labels that both gave to new segments become two. Where one
    /// side took layers away or put them on another grid, or a layer has no label left, the segmentation is one whole.
    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        let count = base.layers.len();
        let begins_alike = |other: &Self| {
            other.layers.len() >= count
                && base.offset == other.offset
                && base.layers.iter().zip(&other.layers).all(|(a, b)| form(a) == form(b))
        };
        let whole = |merging: &mut Merging| merging.whole(base, mine, theirs);
        if !begins_alike(mine) || !begins_alike(theirs) {
            return whole(merging);
        }
        let mut moved = mine.clone();
        for segment in &mut moved.segments {
            let Some(place) = &mut segment.place else { continue };
            if place.layer >= count {
                place.layer += theirs.layers.len() - count;
            } else if !has_place(&base.segments, *place) && has_place(&theirs.segments, *place) {
                let taken = [mine, theirs].map(|data| greatest_label(data, place.layer));
                let Some(label) = taken.into_iter().max().flatten().and_then(|label| label.checked_add(1))
                else {
                    return whole(merging);
                };
                let Some(layer) = relabelled(&moved.layers[place.layer], place.label, label) else {
                    return whole(merging);
                };
                moved.layers[place.layer] = layer;
                place.label = label;
            }
        }
        let shared = base.layers.iter().zip(&moved.layers).zip(&theirs.layers);
        let merging = merging.member("layers");
        let mut layers: Vec<Labels> =
            shared.map(|((base, mine), theirs)| Record::merge(base, mine, theirs, merging)).collect();
        layers.extend_from_slice(&theirs.layers[count..]);
        layers.extend_from_slice(&moved.layers[count..]);
        Self {
            segments: Record::merge(
                &base.segments,
                &moved.segments,
                &theirs.segments,
                merging.member("segments"),
            ),
            layers,
            conversion: Record::merge(
                &base.conversion,
                &mine.conversion,
                &theirs.conversion,
                merging.member("conversion"),
            ),
            contained: Record::merge(
                &base.contained,
                &mine.contained,
                &theirs.contained,
                merging.member("contained"),
            ),
            offset: base.offset,
        }
    }
}

/// What two layers have in common if voxels of one can go to the other.
fn form(layer: &Labels) -> (&Grid, ScalarType) {
    (layer.grid(), layer.scalar_type())
}

fn has_place(segments: &[Segment], place: SegmentPlace) -> bool {
    segments.iter().any(|segment| segment.place == Some(place))
}

/// The greatest label of a layer's voxels and segments; `None` if it has none.
fn greatest_label(data: &Segmentation, layer: usize) -> Option<i32> {
    let of_segments = data.segments.iter().filter_map(|segment| segment.place);
    let of_segments = of_segments.filter(|place| place.layer == layer).map(|place| place.label);
    let of_voxels = data.layers.get(layer).into_iter().flat_map(|layer| layer.extents().into_keys());
    of_segments.chain(of_voxels).max()
}

/// A layer with another label in place of one; `None` if its type does not have it.
fn relabelled(layer: &Labels, from: i32, to: i32) -> Option<Labels> {
    fn edit<T: Scalar + TryFrom<i32>>(map: &Labelmap<T>, from: i32, to: i32) -> Option<Labelmap<T>> {
        let (from, to) = (T::try_from(from).ok()?, T::try_from(to).ok()?);
        let region = Region { start: [0; 3], dims: map.grid().dims() };
        Some(map.edit(&region, |_, voxel| if voxel == from { to } else { voxel }))
    }
    match layer {
        Labels::UInt8(map) => edit(map, from, to).map(Labels::UInt8),
        Labels::UInt16(map) => edit(map, from, to).map(Labels::UInt16),
        Labels::Int16(map) => edit(map, from, to).map(Labels::Int16),
        Labels::Int32(map) => edit(map, from, to).map(Labels::Int32),
    }
}
