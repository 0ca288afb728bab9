//! Surfaces of segments, for 3D views.

use std::sync::Arc;

use microtome_geometry::{Affine, Grid, Point, Ras};
use microtome_image::{Array, Labels, Region};
use microtome_mesh::{Cells, Mesh};
use microtome_operations::Progress;
use microtome_operations::surface::isosurface::{Options, isosurface};
use microtome_operations::surface::taubin::taubin;
use microtome_records::Segmentation;
use microtome_scene::{Content, NodeId, Scene};

use crate::workbench::Workbench;

/// Slicer's smoothing of 0.5: pass band 10^(−4 · 0.5) and 20 + 40 · 0.5 steps.
const PASS_BAND: f64 = 0.01;
const STEPS: usize = 40;

impl Workbench {
    /// The scene with surfaces for those segments of the nodes `ids` that have voxels but no surface yet.
    pub(crate) fn scene_with_surfaces(&self, ids: &[NodeId]) -> Scene {
        let mut change = self.begin("Surfaces of segments");
        for id in ids {
            let Some(Content::Segmentation(node)) = self.scene().node(id).map(|node| &node.content) else {
                continue;
            };
            let mut with_surfaces = node.clone();
            add_surfaces(&mut with_surfaces.data);
            // The node is there: it was just found.
            let _ = change.update(id, |node| node.content = with_surfaces.into());
        }
        change.scene().clone()
    }
}

/// Gives each segment that has voxels and no surface one.
fn add_surfaces(segmentation: &mut Segmentation) {
    let extents: Vec<_> = segmentation.layers.iter().map(Labels::extents).collect();
    for segment in segmentation.segments.iter_mut().filter(|segment| segment.surface.is_none()) {
        let Some(place) = segment.place else { continue };
        let Some(extent) = extents.get(place.layer).and_then(|all| all.get(&place.label)) else { continue };
        segment.surface =
            surface(&segmentation.layers[place.layer], place.label, &extent.region).map(Arc::new);
    }
}

/// The closed surface of a label whose voxels lie in `region`, smoothed in voxel space as Slicer does; `None` if it is
/// larger than a mesh can be.
fn surface(labels: &Labels, label: i32, region: &Region) -> Option<Mesh> {
    let mut voxels = vec![0; region.voxel_count()];
    labels.read(region, &mut voxels);
    let inside: Vec<u8> = voxels.into_iter().map(|voxel| u8::from(voxel == label)).collect();
    let start = Point::from_array(region.start.map(|s| s as f64));
    let voxel_space = Grid::axis_aligned(region.dims, [1.0; 3], start);
    let options = Options { closed: true, normals: false };
    let mut surface =
        isosurface(&Array::from(inside), &voxel_space, 0.5, options, &Progress::ignored()).ok()?;
    taubin(&mut surface.points, &surface.triangles, PASS_BAND, STEPS);
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
    use microtome_records::{Segment, SegmentPlace};
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
}
