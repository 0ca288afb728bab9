//! Segmentations: structures of a patient, which may overlap.

mod exchange;
mod layers;
mod terminology;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use microtome_geometry::Grid;
use microtome_image::{Image, Labels};
use microtome_mesh::Mesh;

use crate::names::names;

pub use layers::LayerReader;

/// The tag that says in standard codes what a segment is:
/// `context~category~type~modifier~region context~region~region modifier`, each but the contexts `scheme^value^meaning`.
pub const TERMINOLOGY: &str = "TerminologyEntry";

names! {
    /// In which form a segment's shape is given.
    pub enum SegmentRepresentation {
        /// Voxels that belong to it.
        #[default]
        BinaryLabelmap = "Binary labelmap",
        /// A closed surface.
        ClosedSurface = "Closed surface",
        /// How much of each voxel belongs to it.
        FractionalLabelmap = "Fractional labelmap",
        /// Its outlines, slice by slice.
        PlanarContour = "Planar contour",
    }
}

/// Structures of a patient: segments, which may overlap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segmentation {
    /// The segments, in order.
    pub segments: Vec<Segment>,
    /// Voxels of the binary label maps: each layer is shared by segments that do not overlap. Usually all stand on the
    /// same grid.
    pub layers: Vec<Labels>,
    /// How one form is made from another.
    pub conversion: Vec<ConversionParameter>,
    /// The forms that the segmentation has or should have, by name.
    pub contained: Vec<String>,
    /// The index of the layers' first voxel in the grid of the volume that was segmented (see
    /// [`REFERENCE_GEOMETRY`](ConversionParameter::REFERENCE_GEOMETRY)).
    pub offset: [i64; 3],
}

impl Segmentation {
    /// The segment called `id`.
    pub fn segment(&self, id: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.id == id)
    }

    /// The layer of a segment's voxels, and its label there.
    pub fn labels_of(&self, segment: &Segment) -> Option<(&Labels, i32)> {
        let place = segment.place?;
        Some((self.layers.get(place.layer)?, place.label))
    }

    /// A grid that holds all layers; `None` if there are none.
    pub fn grid(&self) -> Option<Grid> {
        LayerReader::new(self).map(|reader| *reader.grid())
    }

    /// Gives segments whose identifier is empty or that of an earlier one another, and says which: index, the old one.
    pub fn make_ids_unique(&mut self) -> Vec<(usize, String)> {
        let mut taken = HashSet::new();
        let mut changed = Vec::new();
        // Numbers tried for one identifier go on from the last one, so that a million equal ones cost no more.
        let mut next: BTreeMap<String, usize> = BTreeMap::new();
        for (n, segment) in self.segments.iter_mut().enumerate() {
            if !segment.id.is_empty() && taken.insert(segment.id.clone()) {
                continue;
            }
            let stem = if segment.id.is_empty() { "Segment" } else { segment.id.as_str() };
            let number = next.entry(stem.to_owned()).or_insert(1);
            let id = loop {
                let id = format!("{stem}_{number}");
                *number += 1;
                if taken.insert(id.clone()) {
                    break id;
                }
            };
            changed.push((n, std::mem::replace(&mut segment.id, id)));
        }
        changed
    }
}

/// One structure of a segmentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    /// Unique within its segmentation, never changed.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Red, green, blue, 0 to 1.
    pub color: [f64; 3],
    /// Whether the name was made up by the program.
    pub name_automatic: bool,
    /// Whether the colour was.
    pub color_automatic: bool,
    /// What is said of it by key: [`TERMINOLOGY`], `Segmentation.Status`, ….
    pub tags: BTreeMap<String, String>,
    /// What a file says of it that no member holds, by key.
    pub unknown: BTreeMap<String, String>,
    /// Where its voxels are.
    pub place: Option<SegmentPlace>,
    /// Its closed surface in the segmentation's coordinates.
    pub surface: Option<Arc<Mesh>>,
    /// How much of each voxel belongs to it, −108 to 108.
    pub fractional: Option<Image>,
    /// Its outlines in the segmentation's coordinates.
    pub contours: Option<Arc<Mesh>>,
}

/// Where a segment's voxels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentPlace {
    /// The layer, counted from 0.
    pub layer: usize,
    /// The label in that layer, not 0.
    pub label: i32,
}

/// One parameter of how a form is made from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversionParameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it means, for people.
    pub description: String,
}

impl ConversionParameter {
    /// The name of the parameter that holds the grid of the volume that was segmented: the 16 numbers of its IJK to RAS
    /// matrix, row by row, then first and last index along i, j and k, with a semicolon after each.
    pub const REFERENCE_GEOMETRY: &str = "Reference image geometry";

    /// The parameter that says that the volume on `grid` was segmented.
    pub fn reference_geometry(grid: &Grid) -> Self {
        let matrix = grid.ijk_to_ras().matrix();
        let numbers = matrix.iter().flatten().map(|v| (v + 0.0).to_string());
        let extent = grid.dims().into_iter().flat_map(|d| [0, d as i64 - 1]).map(|v| v.to_string());
        Self {
            name: Self::REFERENCE_GEOMETRY.to_owned(),
            value: numbers.chain(extent).map(|number| number + ";").collect(),
            description:
                "Image geometry description string determining the geometry of the labelmap that is created \
                          in course of conversion."
                    .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::Point;

    #[test]
    fn identifiers_become_unique() {
        let segment = |id: &str| Segment { id: id.to_owned(), ..Segment::default() };
        let mut data = Segmentation {
            segments: ["a", "a", "", "a_1", "a", ""].map(segment).to_vec(),
            ..Segmentation::default()
        };
        let changed = data.make_ids_unique();
        let ids: Vec<&str> = data.segments.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["a", "a_1", "Segment_1", "a_1_1", "a_2", "Segment_2"]);
        assert_eq!(changed.len(), 5);
        assert_eq!(changed[0], (1, "a".to_owned()));
    }

    #[test]
    fn the_reference_geometry_as_text() {
        let grid = Grid::axis_aligned([6, 3, 2], [-1.0, -1.5, 2.0], Point::new(0.5, -0.0, 7.0));
        let parameter = ConversionParameter::reference_geometry(&grid);
        assert_eq!(parameter.value, "-1;0;0;0.5;0;-1.5;0;0;0;0;2;7;0;0;0;1;0;5;0;2;0;1;");
    }
}
