//! Segmentations between nodes and files.
#![allow(missing_docs)]

use microtome_archive::{OpenOptions, WriteOptions, label_map_of, open, save, segmentation_of};
use microtome_geometry::{Affine, Grid};
use microtome_image::{Labelmap, Labels, Region};
use microtome_records::{ColorTable, ConversionParameter, LabelColor, Segmentation};
use microtome_scene::{Content, Node, nodes};

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
