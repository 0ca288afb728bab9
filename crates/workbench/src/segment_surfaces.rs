//! Surfaces of segments, for 3D views.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use microtome_geometry::{Affine, Grid, Point, Ras};
use microtome_image::{Array, Labels, Region};
use microtome_mesh::{Cells, Mesh};
use microtome_operations::Progress;
use microtome_operations::surface::isosurface::{Options, isosurface};
use microtome_operations::surface::taubin::taubin;
use microtome_records::Segmentation;
use microtome_scene::{Content, NodeId, Scene};

use crate::workbench::Workbench;

/// How strongly surfaces are smoothed where the segmentation does not say so.
const SMOOTHING: f64 = 0.5;

/// The conversion parameter of smoothing: 0 to 1; 0 and less is none.
const SMOOTHING_FACTOR: &str = "Smoothing factor";

/// Surfaces that were made for pictures, so that the next picture need not make them again. Those of segments that are not
/// in the scene any more are forgotten with the next picture.
#[derive(Debug, Default)]
pub(crate) struct SurfaceCache(Mutex<BTreeMap<(NodeId, String), Made>>);

/// A surface, and what it was made from.
#[derive(Clone, Debug)]
struct Made {
    labels: Labels,
    label: i32,
    region: Region,
    smoothing: f64,
    surface: Option<Arc<Mesh>>,
}

impl Made {
    /// Whether a label's surface is still this one: its voxels are where they were, and none of them changed. Blocks that
    /// the two share need not be looked at.
    fn fits(&self, labels: &Labels, label: i32, region: &Region, smoothing: f64) -> bool {
        (self.label, self.region, self.smoothing) == (label, *region, smoothing)
            && self.labels.grid() == labels.grid()
            && same_voxels(&self.labels, labels, label, region)
    }
}

/// Whether a label has the same voxels of `region` in both.
fn same_voxels(a: &Labels, b: &Labels, label: i32, region: &Region) -> bool {
    let changed = match (a, b) {
        (Labels::UInt8(a), Labels::UInt8(b)) => a.changed_blocks(b),
        (Labels::UInt16(a), Labels::UInt16(b)) => a.changed_blocks(b),
        (Labels::Int16(a), Labels::Int16(b)) => a.changed_blocks(b),
        (Labels::Int32(a), Labels::Int32(b)) => a.changed_blocks(b),
        _ => vec![*region],
    };
    changed.iter().all(|block| {
        let start = [0, 1, 2].map(|n| block.start[n].max(region.start[n]));
        let end = [0, 1, 2]
            .map(|n| (block.start[n] + block.dims[n]).min(region.start[n] + region.dims[n]).max(start[n]));
        let common = Region { start, dims: [0, 1, 2].map(|n| end[n] - start[n]) };
        if common.voxel_count() == 0 {
            return true;
        }
        let voxels = |labels: &Labels| {
            let mut voxels = vec![0; common.voxel_count()];
            labels.read(&common, &mut voxels);
            voxels
        };
        voxels(a).into_iter().zip(voxels(b)).all(|(a, b)| (a == label) == (b == label))
    })
}

impl Workbench {
    /// The scene with surfaces for those segments of the nodes `ids` that have voxels but no surface yet.
    pub(crate) fn scene_with_surfaces(&self, ids: &[NodeId]) -> Scene {
        let mut change = self.begin("Surfaces of segments");
        let mut cache = self.surfaces().0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|(id, segment), _| match self.scene().node(id).map(|node| &node.content) {
            Some(Content::Segmentation(node)) => node.data.segment(segment).is_some(),
            _ => false,
        });
        for id in ids {
            let Some(Content::Segmentation(node)) = self.scene().node(id).map(|node| &node.content) else {
                continue;
            };
            let mut with_surfaces = node.clone();
            add_surfaces(id, &mut with_surfaces.data, &mut cache);
            // The node is there: it was just found.
            let _ = change.update(id, |node| node.content = with_surfaces.into());
        }
        change.scene().clone()
    }
}

/// Gives each segment that has voxels and no surface one.
fn add_surfaces(id: &NodeId, segmentation: &mut Segmentation, cache: &mut BTreeMap<(NodeId, String), Made>) {
    let smoothing = segmentation.conversion_number(SMOOTHING_FACTOR).unwrap_or(SMOOTHING).min(1.0);
    let extents: Vec<_> = segmentation.layers.iter().map(Labels::extents).collect();
    for segment in segmentation.segments.iter_mut().filter(|segment| segment.surface.is_none()) {
        let key = (id.clone(), segment.id.clone());
        let place = segment.place;
        let found = place.and_then(|place| {
            let extent = extents.get(place.layer)?.get(&place.label)?;
            Some((place.label, extent.region, segmentation.layers.get(place.layer)?))
        });
        let Some((label, region, labels)) = found else {
            cache.remove(&key);
            continue;
        };
        if let Some(made) = cache.get_mut(&key)
            && made.fits(labels, label, &region, smoothing)
        {
            // The older layer need not be kept for the next comparison.
            made.labels = labels.clone();
            segment.surface.clone_from(&made.surface);
            continue;
        }
        let surface = surface(labels, label, &region, smoothing).map(Arc::new);
        segment.surface.clone_from(&surface);
        cache.insert(key, Made { labels: labels.clone(), label, region, smoothing, surface });
    }
}

/// The closed surface of a label whose voxels lie in `region`, smoothed in voxel space as Slicer does: windowed sinc with
/// the pass band 10^(−4 f) and 20 + 40 f steps for a factor f of more than 0. `None` if it is larger than a mesh can be.
fn surface(labels: &Labels, label: i32, region: &Region, smoothing: f64) -> Option<Mesh> {
    let mut voxels = vec![0; region.voxel_count()];
    labels.read(region, &mut voxels);
    let inside: Vec<u8> = voxels.into_iter().map(|voxel| u8::from(voxel == label)).collect();
    let start = Point::from_array(region.start.map(|s| s as f64));
    let voxel_space = Grid::axis_aligned(region.dims, [1.0; 3], start);
    let options = Options { closed: true, normals: false };
    let mut surface =
        isosurface(&Array::from(inside), &voxel_space, 0.5, options, &Progress::ignored()).ok()?;
    if smoothing > 0.0 {
        let (pass_band, steps) = (10_f64.powf(-4.0 * smoothing), (20.0 + 40.0 * smoothing) as usize);
        taubin(&mut surface.points, &surface.triangles, pass_band, steps);
    }
    let to_ras: Affine<Ras, Ras> = labels.grid().ijk_to_ras().reinterpret();
    surface.points.iter_mut().for_each(|point| *point = to_ras.apply(*point));
    if to_ras.determinant() < 0.0 {
        // The map turned the triangles inside out.
        surface.triangles.iter_mut().for_each(|corners| corners.swap(1, 2));
    }
    Mesh::new(surface.points, Cells::from_triangles(&surface.triangles)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_image::Labelmap;
    use microtome_records::{ConversionParameter, Segment, SegmentPlace};
    use microtome_scene::{Node, nodes};

    #[test]
    fn segments_get_surfaces_where_they_are() {
        // Left-handed, and 2 mm thick.
        let rows = [[1.0, 0.0, 0.0, 10.0], [0.0, 1.0, 0.0, 20.0], [0.0, 0.0, -2.0, 30.0]];
        let grid = Grid::new([30, 30, 20], Affine::from_rows(rows));
        let region = Region { start: [5, 5, 4], dims: [20, 20, 10] };
        let labels = Labels::UInt8(Labelmap::uniform(grid, 0).edit(&region, |_, _| 3));
        let place = |label| Some(SegmentPlace { layer: 0, label });
        let segments = vec![
            Segment { place: place(3), ..Segment::default() },
            Segment { place: place(4), ..Segment::default() },
        ];
        let data = Segmentation { segments, layers: vec![labels], ..Segmentation::default() };
        let mut workbench = Workbench::new();
        let id = workbench.add("Add", Node::new("s", nodes::Segmentation::from(data)));
        let scene = workbench.scene_with_surfaces(std::slice::from_ref(&id));
        let Content::Segmentation(shown) = &scene.node(&id).unwrap().content else { panic!() };
        assert!(shown.data.segments[1].surface.is_none());
        let mesh = shown.data.segments[0].surface.as_ref().unwrap();
        let bounds = mesh.bounds().unwrap();
        let near = |a: Point<Ras>, b: [f64; 3]| (0..3).all(|n| (a.coords()[n] - b[n]).abs() < 0.5);
        assert!(near(bounds.min, [14.5, 24.5, 3.0]) && near(bounds.max, [34.5, 44.5, 23.0]), "{bounds:?}");
        let volume: f64 = mesh
            .triangles()
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|p| mesh.points()[p as usize] - Point::zero());
                a.dot(b.cross(c)) / 6.0
            })
            .sum();
        assert!((volume / 8000.0 - 1.0).abs() < 0.05, "{volume}");
        // The scene itself has no surface, and nothing to undo but the node.
        assert_eq!(workbench.history().present().node(&id).map(|n| n.content.class()), Some("Segmentation"));
    }

    #[test]
    fn surfaces_are_made_once_for_the_same_voxels_and_smoothing() {
        let grid = Grid::axis_aligned([80, 40, 40], [1.0; 3], Point::zero());
        let paint = |map: &Labelmap<u8>, start, dims, label| map.edit(&Region { start, dims }, |_, _| label);
        let map = paint(&Labelmap::uniform(grid, 0), [4, 4, 4], [20, 20, 20], 1);
        let map = paint(&map, [50, 4, 4], [20, 20, 20], 2);
        let segment = |id: &str, label| Segment {
            id: id.to_owned(),
            place: Some(SegmentPlace { layer: 0, label }),
            ..Segment::default()
        };
        let data = Segmentation {
            segments: vec![segment("a", 1), segment("b", 2)],
            layers: vec![Labels::UInt8(map.clone())],
            ..Segmentation::default()
        };
        let mut workbench = Workbench::new();
        let id = workbench.add("Add", Node::new("s", nodes::Segmentation::from(data)));
        let shown = |workbench: &Workbench| {
            let scene = workbench.scene_with_surfaces(std::slice::from_ref(&id));
            let Content::Segmentation(shown) = &scene.node(&id).unwrap().content else { panic!() };
            shown.data.segments.iter().map(|s| s.surface.clone().unwrap()).collect::<Vec<_>>()
        };
        let first = shown(&workbench);
        let again = shown(&workbench);
        assert!(first.iter().zip(&again).all(|(a, b)| Arc::ptr_eq(a, b)));
        // A hole in one of them leaves the other.
        let mut edit = |edit: &dyn Fn(&mut Segmentation)| {
            let mut change = workbench.begin("Edit");
            let change_data = |node: &mut Node| {
                let Content::Segmentation(node) = &mut node.content else { panic!() };
                edit(&mut node.data);
            };
            change.update(&id, change_data).unwrap();
            workbench.commit(change);
            shown(&workbench)
        };
        let holed = Labels::UInt8(paint(&map, [55, 10, 10], [4, 4, 4], 0));
        let third = edit(&|data| data.layers[0] = holed.clone());
        assert!(Arc::ptr_eq(&first[0], &third[0]) && !Arc::ptr_eq(&first[1], &third[1]));
        // Without smoothing all points stay on the half voxels of the cube.
        let parameter = |value: &str| ConversionParameter {
            name: SMOOTHING_FACTOR.to_owned(),
            value: value.to_owned(),
            ..ConversionParameter::default()
        };
        let rough = edit(&|data| data.conversion = vec![parameter("-0.5")]);
        let bounds = rough[0].bounds().unwrap();
        assert_eq!((bounds.min.coords(), bounds.max.coords()), ([3.5; 3], [23.5; 3]));
        let smooth = edit(&|data| data.conversion = vec![parameter("1")]);
        assert!(smooth[0].bounds() != rough[0].bounds());
    }
}
