//! Segmentations: structures of a patient, which may overlap.

mod conversion;
mod exchange;
mod layers;
mod terminology;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use microtome_geometry::Grid;
use microtome_image::{Image, Labels};
use microtome_mesh::Mesh;

use crate::names;

pub use conversion::{ConversionParameter, ReferenceGeometry};
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
        /// Its outlines, slice by slice, as bands as high as the slices are thick.
        RibbonModel = "Ribbon model",
    }
}

impl SegmentRepresentation {
    /// Whether the form is a mesh, not voxels.
    pub const fn is_mesh(self) -> bool {
        matches!(self, Self::ClosedSurface | Self::PlanarContour | Self::RibbonModel)
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

    /// Which forms there are: of these at least one segment has voxels or a mesh, or could have.
    pub fn held(&self) -> impl Iterator<Item = SegmentRepresentation> {
        SegmentRepresentation::ALL.iter().copied().filter(|form| match form {
            SegmentRepresentation::BinaryLabelmap => !self.layers.is_empty(),
            SegmentRepresentation::FractionalLabelmap => self.segments.iter().any(|s| s.fractional.is_some()),
            mesh => self.segments.iter().any(|segment| segment.mesh(*mesh).is_some()),
        })
    }

    /// The names of all forms that the segmentation has or should have, `source` the first if it is not among
    /// [`contained`](Self::contained).
    pub fn forms(&self, source: SegmentRepresentation) -> Vec<String> {
        let mut names = self.contained.clone();
        if !names.iter().any(|name| name == source.name()) {
            names.insert(0, source.name().to_owned());
        }
        for form in self.held() {
            if !names.iter().any(|name| name == form.name()) {
                names.push(form.name().to_owned());
            }
        }
        names
    }

    /// The grid of the volume that was segmented, if it is known.
    pub fn reference_geometry(&self) -> Option<ReferenceGeometry> {
        let named = |p: &&ConversionParameter| p.name == ConversionParameter::REFERENCE_GEOMETRY;
        ReferenceGeometry::parse(&self.conversion.iter().find(named)?.value)
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
    /// Its outlines as bands in the segmentation's coordinates.
    pub ribbon: Option<Arc<Mesh>>,
}

impl Segment {
    /// Its mesh of a form; `None` for forms that are voxels.
    pub const fn mesh(&self, form: SegmentRepresentation) -> Option<&Arc<Mesh>> {
        match form {
            SegmentRepresentation::ClosedSurface => self.surface.as_ref(),
            SegmentRepresentation::PlanarContour => self.contours.as_ref(),
            SegmentRepresentation::RibbonModel => self.ribbon.as_ref(),
            SegmentRepresentation::BinaryLabelmap | SegmentRepresentation::FractionalLabelmap => None,
        }
    }

    /// Sets its mesh of a form; changes nothing for forms that are voxels.
    pub fn set_mesh(&mut self, form: SegmentRepresentation, mesh: Option<Arc<Mesh>>) {
        match form {
            SegmentRepresentation::ClosedSurface => self.surface = mesh,
            SegmentRepresentation::PlanarContour => self.contours = mesh,
            SegmentRepresentation::RibbonModel => self.ribbon = mesh,
            SegmentRepresentation::BinaryLabelmap | SegmentRepresentation::FractionalLabelmap => {}
        }
    }
}

/// Where a segment's voxels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentPlace {
    /// The layer, counted from 0.
    pub layer: usize,
    /// The label in that layer, not 0.
    pub label: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
