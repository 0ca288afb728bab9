//! Segmentations between nodes and files.
#![allow(missing_docs)]

use std::sync::Arc;

use microtome_archive::session::{Origins, open_scene, save_scene};
use microtome_archive::{OpenOptions, WriteOptions, label_map_of, open, save, segmentation_of};
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::{Labelmap, Labels, Region};
use microtome_mesh::{Cells, Mesh};
use microtome_records::{
    ColorTable, ConversionParameter, LabelColor, Segment, SegmentRepresentation, Segmentation,
};
use microtome_scene::{Content, Node, Scene, nodes};

fn labels() -> Labels {
    let rows = [[-0.5, 0.0, 0.0, 60.0], [0.0, 0.0, -2.0, 70.0], [0.0, -0.75, 0.0, 80.0]];
    let grid = Grid::new([40, 36, 9], Affine::from_rows(rows));
    let map = Labelmap::<u8>::uniform(grid, 0);
    let map = map.edit(&Region { start: [1, 2, 3], dims: [30, 4, 5] }, |_, _| 5);
    Labels::UInt8(map.edit(&Region { start: [0, 20, 0], dims: [9, 9, 9] }, |_, _| 200))
}

fn colors() -> ColorTable {
    let terminology = "SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~^^~^^".to_owned();
    let entry = LabelColor {
        value: 5,
        name: "liver".to_owned(),
        color: [0.5, 0.25, 0.0, 1.0],
        terminology: Some(terminology),
    };
    ColorTable { entries: vec![entry] }
}

fn segmentation(node: &Node) -> &nodes::Segmentation {
    match &node.content {
        Content::Segmentation(segmentation) => segmentation,
        other => panic!("{}", other.class()),
    }
}

#[test]
fn a_node_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.seg.nrrd");
    let node = Node::new("labels", nodes::LabelVolume::new(labels()));
    let mut node = segmentation_of(&node, &colors()).unwrap().unwrap();
    "s".clone_into(&mut node.name);
    node.attributes.insert("Protocol".to_owned(), "of ours".to_owned());
    save(&node, &path, &WriteOptions::default()).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(opened.len(), 1);
    assert!(opened[0].warnings.is_empty(), "{:?}", opened[0].warnings);
    assert_eq!(opened[0].node, node);
    let data = &segmentation(&opened[0].node).data;
    assert_eq!(data.conversion[0].name, ConversionParameter::REFERENCE_GEOMETRY);
    assert_eq!(data.segments[0].tags.len(), 1);
}

#[test]
fn label_maps_and_segmentations_are_saved_as_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::new("labels", nodes::LabelVolume::new(labels()));
    let path = folder.path().join("s.seg.nrrd");
    save(&node, &path, &WriteOptions::default()).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(
        segmentation(&opened[0].node).data,
        Segmentation::from_labels(labels(), &ColorTable::default())
    );
    for name in ["l.nii.gz", "l.nrrd", "l.mha"] {
        let path = folder.path().join(name);
        save(&opened[0].node, &path, &WriteOptions::default()).unwrap();
        let again = open(&path, &OpenOptions::default()).unwrap();
        let found = match &again[0].node.content {
            Content::LabelVolume(volume) => volume.labels.clone().unwrap(),
            Content::Volume(volume) => Labels::from_image(volume.image.as_ref().unwrap()).unwrap(),
            other => panic!("{}", other.class()),
        };
        let extents = |labels: &Labels| labels.extents();
        assert_eq!(extents(&found)[&1], extents(&labels())[&5], "{name}");
        assert_eq!(extents(&found)[&2], extents(&labels())[&200], "{name}");
        assert!(found.grid().matches(labels().grid(), 1e-4), "{name}");
    }
    let merged = label_map_of(&opened[0].node).unwrap();
    assert_eq!(merged.class(), "LabelMapVolume");
    assert!(label_map_of(&merged).is_none());
}

/// A segmentation of closed surfaces, one of which is empty.
fn of_surfaces() -> Node {
    let points =
        [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 10.5]].map(Point::from_array);
    let triangles = Cells::from_triangles(&[[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]);
    let surface = Some(Arc::new(Mesh::new(points.to_vec(), triangles).unwrap()));
    let segment = |id: &str, surface| Segment {
        id: id.to_owned(),
        name: id.to_owned(),
        color: [0.25, 0.5, 1.0],
        surface,
        ..Segment::default()
    };
    let source = SegmentRepresentation::ClosedSurface;
    let data = Segmentation {
        segments: vec![segment("a", surface), segment("b", None)],
        contained: vec![source.name().to_owned()],
        ..Segmentation::default()
    };
    Node::new("bones & more", nodes::Segmentation { data, source, ..Default::default() })
}

#[test]
fn surfaces_come_back_from_scenes_and_bundles() {
    let folder = tempfile::tempdir().unwrap();
    let node = of_surfaces();
    let mut change = Scene::default().begin("Add");
    let id = change.add(node.clone());
    let (mut scene, _) = change.finish();
    let mut origins = Origins::default();
    // From memory to a bundle, from there to a scene file, to another bundle, and again in place.
    for name in ["a.mrb", "b/b.mrml", "c.mrb", "d/d.mrml", "d/d.mrml"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let warnings = save_scene(&scene, &mut origins, &path).unwrap();
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        let opened = open_scene(&path, &OpenOptions::default()).unwrap();
        assert!(opened.warnings.is_empty(), "{name}: {:?}", opened.warnings);
        let storage = opened.nodes.iter().find_map(|(_, node)| match &node.content {
            Content::Storage(storage) => Some(storage.clone()),
            _ => None,
        });
        let storage = storage.unwrap();
        assert_eq!((storage.class.as_str(), storage.members.len()), ("SegmentationStorage", 3), "{name}");
        let last = storage.members[1].rsplit_once('/').unwrap().1;
        assert_eq!(last, "bones & more.seg_0.vtp", "{name}");
        let found = opened.nodes.iter().find(|(_, node)| node.class() == "Segmentation").unwrap();
        assert_eq!(found.1.content, node.content, "{name}");
        // The next one is saved from what was read.
        let mut change = Scene::default().begin("Open");
        let mut ids = Vec::new();
        for (id, node) in &opened.nodes {
            ids.push(change.add_as(id.clone(), node.clone()));
        }
        scene = change.finish().0;
        origins = Origins::default();
        for (at, origin) in opened.origins {
            origins.set(opened.nodes[at].0.clone(), origin);
        }
    }
    assert!(folder.path().join("d/bones & more.seg/bones & more.seg_1.vtp").is_file());
    assert!(scene.nodes().count() >= 2 && !id.as_str().is_empty());
    // By itself.
    let path = folder.path().join("s.seg.vtm");
    save(&node, &path, &WriteOptions::default()).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(opened[0].node.content, node.content);
    assert!(save(&node, &folder.path().join("s.seg.nrrd"), &WriteOptions::default()).is_err());
}
