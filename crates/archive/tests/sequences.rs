//! Sequences through their files.

mod common;

use std::path::Path;

use common::{python, small_image};
use microtome_archive::{OpenOptions, WriteOptions, open, save};
use microtome_geometry::transform::Displacement;
use microtome_geometry::{Affine, Grid, Point, Transform as Map};
use microtome_image::{Array, Image, Labels, Meaning, ScalarType};
use microtome_scene::nodes::{self, IndexType, Sequence, SequenceItem};
use microtome_scene::{Content, Node};

fn sequence(items: Vec<(&str, Node)>) -> Sequence {
    let items = items.into_iter().map(|(value, node)| SequenceItem::new(value, node));
    Sequence { items: items.collect(), ..Sequence::default() }
}

fn through(sequence: &Sequence, folder: &Path, file: &str) -> Node {
    let path = folder.join(file);
    save(&Node::new("heart", sequence.clone()), &path, &WriteOptions::default()).unwrap();
    let mut opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(opened.len(), 1, "{file}");
    assert!(opened[0].warnings.is_empty(), "{file}: {:?}", opened[0].warnings);
    opened.remove(0).node
}

fn items(node: &Node) -> &Sequence {
    match &node.content {
        Content::Sequence(sequence) => sequence,
        other => panic!("{}", other.class()),
    }
}

fn values(sequence: &Sequence) -> Vec<&str> {
    sequence.items.iter().map(|item| item.value.as_str()).collect()
}

fn volume(value: i16) -> Node {
    Node::new(format!("v{value}"), nodes::Volume::new(small_image(value)))
}

#[test]
fn volumes_stand_in_one_image() {
    let folder = tempfile::tempdir().unwrap();
    let mut second = volume(2);
    second.attributes.insert("DICOM.instance".to_owned(), "private".to_owned());
    second.attributes.insert("phase".to_owned(), "systole <1>".to_owned());
    let mut heart = sequence(vec![("0", volume(1)), ("late phase;50%", second), ("2.5", volume(3))]);
    heart.index_type = IndexType::Text;
    "phase \"φ\"".clone_into(&mut heart.index_name);
    "ms".clone_into(&mut heart.index_unit);
    for file in ["heart.seq.nrrd", "heart.seq.nhdr", "heart.seq.mrb"] {
        let back = through(&heart, folder.path(), file);
        let found = items(&back);
        assert_eq!(found.index_type, IndexType::Text, "{file}");
        assert_eq!((found.index_name.as_str(), found.index_unit.as_str()), ("phase \"φ\"", "ms"), "{file}");
        assert_eq!(values(found), ["0", "late phase;50%", "2.5"], "{file}");
        assert_eq!(found.items[1].node.attributes["phase"], "systole <1>", "{file}");
        if file != "heart.seq.mrb" {
            assert!(!found.items[1].node.attributes.contains_key("DICOM.instance"));
        }
        for (n, item) in found.items.iter().enumerate() {
            assert_eq!(item.node.name, heart.items[n].node.name, "{file}");
            let Content::Volume(volume) = &item.node.content else { panic!("{file}") };
            assert_eq!(volume.image.as_ref(), Some(&small_image(n as i16 + 1)), "{file}");
        }
    }
}

#[test]
fn one_frame_and_vectors_and_labels_survive() {
    let folder = tempfile::tempdir().unwrap();
    let one = sequence(vec![("7", volume(1))]);
    assert_eq!(values(items(&through(&one, folder.path(), "one.seq.nrrd"))), ["7"]);
    let grid = *small_image(0).grid();
    let colours = |n: u8| {
        let array = Array::from((0..72).map(|v| v + n).collect::<Vec<u8>>());
        Node::new("c", nodes::Volume::new(Image::new(grid, 3, 1, Meaning::Rgb, array).unwrap()))
    };
    let rgb = sequence(vec![("1", colours(1)), ("2", colours(9))]);
    let back = through(&rgb, folder.path(), "rgb.seq.nrrd");
    assert_eq!(items(&back).items[1].node.content, rgb.items[1].node.content);
    assert_eq!(items(&back).index_name, "time");
    let labels = |n: i16| {
        let labels = Labels::from_image(&small_image(n).cast(ScalarType::UInt8)).unwrap();
        Node::new("l", nodes::LabelVolume::new(labels))
    };
    let labels = sequence(vec![("1", labels(1)), ("2", labels(2))]);
    let back = through(&labels, folder.path(), "labels.seq.nrrd");
    assert_eq!(items(&back).items[1].node.content, labels.items[1].node.content);
}

#[test]
fn older_files_with_frames_first_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.seq.nrrd");
    let mut file = b"NRRD0004\ntype: short\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 2 1 1\n\
        space directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: list domain domain domain\nlabels: \"frame time\" \"\" \"\" \"\"\n\
        units: \"s\" \"\" \"\" \"\"\nendian: little\nencoding: raw\nspace origin: (0,0,0)\naxis 0 index type:=numeric\n\
        axis 0 index values:=0.1 0.2\naxis 0 item 0001 note:=second\nDataNodeClassName:=vtkMRMLScalarVolumeNode\nown:=value\n\n"
        .to_vec();
    [1_i16, 10, 2, 20].iter().for_each(|v| file.extend(v.to_le_bytes()));
    std::fs::write(&path, file).unwrap();
    let mut opened = open(&path, &OpenOptions::default()).unwrap();
    let node = opened.remove(0).node;
    let found = items(&node);
    assert_eq!((found.index_name.as_str(), found.index_unit.as_str()), ("frame time", "s"));
    assert_eq!(values(found), ["0.1", "0.2"]);
    assert_eq!(found.items[1].node.attributes["note"], "second");
    assert_eq!(node.attributes["own"], "value");
    let Content::Volume(volume) = &found.items[1].node.content else { panic!() };
    assert_eq!(volume.image.as_ref().unwrap().array(), &Array::from(vec![10_i16, 20]));
    let again = through(found, folder.path(), "new.seq.nrrd");
    assert_eq!(values(items(&again)), ["0.1", "0.2"]);
    assert_eq!(items(&again).items[0].node.content, found.items[0].node.content);
}

#[test]
fn transforms_survive() {
    let folder = tempfile::tempdir().unwrap();
    let linear = |x: f64| {
        let rows = [[0.0, -1.0, 0.0, x], [1.0, 0.0, 0.0, 0.1 + 0.2], [0.0, 0.0, 1.0, -3.5]];
        Node::new("t", nodes::Transform::new(Map::Linear(Affine::from_rows(rows)), true))
    };
    let mut lost = linear(2.0);
    lost.attributes.insert("TransformStatus".to_owned(), "INVALID".to_owned());
    let poses = sequence(vec![("0.25", linear(1.0)), ("0.5", lost)]);
    let back = through(&poses, folder.path(), "poses.seq.mha");
    assert_eq!(back.name, "heart");
    assert_eq!(values(items(&back)), ["0.25", "0.5"]);
    for (found, wanted) in items(&back).items.iter().zip(&poses.items) {
        assert_eq!(found.node.content, wanted.node.content);
        assert_eq!(found.node.attributes, wanted.node.attributes);
    }
    let grid = Grid::axis_aligned([3, 2, 2], [10.0, 20.0, 30.0], Point::new(1.0, 2.0, 3.0));
    let field = |n: f32| {
        let vectors: Vec<[f32; 3]> = (0..12_u8).map(|v| [f32::from(v), n, -1.0]).collect();
        Node::new(
            "w",
            nodes::Transform::new(Map::Displacement(Displacement::new(grid, vectors).unwrap()), false),
        )
    };
    let warps = sequence(vec![("1", field(1.0)), ("2", field(2.0))]);
    let back = through(&warps, folder.path(), "warps.seq.nrrd");
    for (found, wanted) in items(&back).items.iter().zip(&warps.items) {
        let (Content::Transform(found), Content::Transform(wanted)) =
            (&found.node.content, &wanted.node.content)
        else {
            panic!()
        };
        assert_eq!(found.maps_to_parent, wanted.maps_to_parent);
        let p = Point::new(7.0, 8.0, 9.0);
        assert!(found.map.apply(p).distance(wanted.map.apply(p)) < 1e-5);
    }
}

#[test]
fn pictures_of_a_recording_have_its_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("us.seq.mha");
    let mut file = b"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n\
        DimSize = 2 1 2\nElementType = MET_UCHAR\nKinds = domain domain list\n\
        Seq_Frame0000_ProbeToTrackerTransform = 1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1\nSeq_Frame0000_Timestamp = 0.5\n\
        Seq_Frame0001_ProbeToTrackerTransform = 1 0 0 6 0 1 0 0 0 0 1 0 0 0 0 1\nSeq_Frame0001_Timestamp = 1.5\n\
        ElementDataFile = LOCAL\n"
        .to_vec();
    file.extend([1, 2, 3, 4]);
    std::fs::write(&path, file).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(opened.iter().map(|o| o.node.name.as_str()).collect::<Vec<_>>(), ["us", "ProbeToTracker"]);
    for node in opened.iter().map(|opened| &opened.node) {
        assert_eq!(values(items(node)), ["0.5", "1.5"]);
        assert_eq!(items(node).index_name, "time");
    }
    let Content::Volume(volume) = &items(&opened[0].node).items[1].node.content else { panic!() };
    assert_eq!(volume.image.as_ref().unwrap().array(), &Array::from(vec![3_u8, 4]));
}

#[test]
fn sequences_of_one_geometry_become_ordinary_images_with_frames() {
    let folder = tempfile::tempdir().unwrap();
    let heart = sequence(vec![("0", volume(1)), ("1", volume(2))]);
    let path = folder.path().join("heart.nii.gz");
    save(&Node::new("heart", heart), &path, &WriteOptions::default()).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    let Content::Volume(volume) = &opened[0].node.content else { panic!() };
    assert_eq!(volume.image.as_ref().unwrap().frames(), 2);
    let mixed = sequence(vec![("0", volume_of([2, 2, 2])), ("1", volume_of([3, 2, 2]))]);
    let mixed = Node::new("mixed", mixed);
    assert!(save(&mixed, &path, &WriteOptions::default()).is_err());
    let path = folder.path().join("mixed.seq.mrb");
    save(&mixed, &path, &WriteOptions::default()).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(items(&opened[0].node).items.len(), 2);
}

#[test]
fn hostile_sequences_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, header: &str, data: &[u8]| {
        let path = folder.path().join(file);
        std::fs::write(&path, [header.as_bytes(), data].concat()).unwrap();
        path
    };
    let nrrd = |frames: usize, keys: &str| {
        format!(
            "NRRD0004\ntype: uchar\ndimension: 4\nspace: left-posterior-superior\nsizes: 1 1 1 {frames}\n\
             space directions: (1,0,0) (0,1,0) (0,0,1) none\nkinds: domain domain domain list\nencoding: gzip\n\
             space origin: (0,0,0)\n{keys}\n"
        )
    };
    // Ten million frames in ten kilobytes would be gigabytes of nodes.
    let packed =
        microtome_deflate::gzip::compress(&[&vec![0; 10_000_000]], microtome_deflate::Level::Best).into_vec();
    let path = write("many.seq.nrrd", &nrrd(10_000_000, "axis 3 index type:=numeric\n"), &packed);
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert!(matches!(&opened[0].node.content, Content::Volume(_)));
    // Keys that make no sense are told, and the frames numbered.
    let keys = "axis 3 index type:=wavy\naxis 3 index values:=%20 %2 % %zz 5 6 7\naxis 3 item 99999999999999999999 a:=b\n\
                axis 3 item 7 a:=b\naxis 3 item -1 a:=b\naxis 999 index type:=text\naxis x y:=z\nlabels:=\"\n";
    let packed = microtome_deflate::gzip::compress(&[&[1, 2]], microtome_deflate::Level::Best).into_vec();
    let path = write("odd.seq.nrrd", &nrrd(2, keys), &packed);
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(values(items(&opened[0].node)), [" ", "%2"]);
    assert_eq!(opened[0].warnings.len(), 3, "{:?}", opened[0].warnings);
    // Neither are recordings that are none.
    for header in ["", "ElementDataFile = LOCAL\n", "DimSize = 0 0 5\nElementDataFile = LOCAL\n"] {
        assert!(open(&write("none.seq.mha", header, b""), &OpenOptions::default()).is_err(), "{header}");
    }
}

fn volume_of(dims: [usize; 3]) -> Node {
    let grid = Grid::axis_aligned(dims, [1.0; 3], Point::new(0.0, 0.0, 0.0));
    let image = Image::scalar(grid, vec![1_u8; dims.iter().product()]).unwrap();
    Node::new("v", nodes::Volume::new(image))
}

#[test]
fn pynrrd_reads_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let heart = sequence(vec![("0", volume(1)), ("0.5", volume(2))]);
    let path = folder.path().join("heart.seq.nrrd");
    save(&Node::new("heart", heart), &path, &WriteOptions::default()).unwrap();
    let program = format!(
        "import importlib.util as u\nif not u.find_spec('nrrd'): print('absent')\nelse:\n import nrrd\n \
         d,h=nrrd.read({:?})\n print(d.shape,h['kinds'],h['labels'],h['units'],h['axis 3 index type'],h['axis 3 index values'],\
         h['DataNodeClassName'],int(d[0,0,0,1]))",
        path.display().to_string()
    );
    let Some(found) = python("pynrrd_reads_the_keys", &program, b"") else { return };
    let found = String::from_utf8(found).unwrap();
    if found.trim() == "absent" {
        return common::skip("pynrrd_reads_the_keys", "the Python package pynrrd is absent");
    }
    let wanted = "(4, 3, 2, 2) ['domain', 'domain', 'domain', 'list'] ['', '', '', 'time'] ['', '', '', 's'] numeric 0 0.5 \
                  vtkMRMLScalarVolumeNode 2";
    assert_eq!(found.trim(), wanted);
}
