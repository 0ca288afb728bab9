//! Scenes in bundles: there and back, copied without compressing again, from folders and to them, and hostile ones.

mod common;

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{Opened, named, opened, python, shared_data, small_image};
use microtome_archive::bundle::{Limits, Method, Zip, ZipError, ZipWriter, read_bundle};
use microtome_archive::session::{Origins, open_scene, save_scene};
use microtome_archive::{Error, OpenOptions};
use microtome_deflate::Level;
use microtome_geometry::transform::{Between, Displacement};
use microtome_geometry::{Affine, Grid, Point, Transform as Map};
use microtome_image::Labels;
use microtome_mesh::{Cells, Mesh};
use microtome_records::{Column, ColumnValues, ControlPoint, Table};
use microtome_scene::nodes::{self, MarkupsKind, Sequence, SequenceItem};
use microtome_scene::{Content, Node, Role, Scene};

fn transform(x: f64) -> nodes::Transform {
    let rows = [[0.0, -1.0, 0.0, x], [1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 1.0, -3.5]];
    nodes::Transform::new(Map::Linear(Affine::from_rows(rows)), true)
}

fn field() -> nodes::Transform {
    let grid = Grid::axis_aligned([3, 2, 2], [10.0, 20.0, 30.0], Point::new(1.0, 2.0, 3.0));
    let vectors: Vec<[f64; 3]> = (0..12).map(|n| [f64::from(n), 0.5, -f64::from(n)]).collect();
    // As files have them, since they cannot say otherwise.
    let field = Displacement::new(grid, vectors).unwrap().with_interpolation(Between::Cubic);
    nodes::Transform::new(Map::Displacement(field), false)
}

fn mesh(z: f64) -> Mesh {
    let points = [[0.0, 0.0, z], [1.0, 0.0, z], [0.0, 1.0, z]].map(Point::from_array).to_vec();
    Mesh::new(points, Cells::from_triangles(&[[0, 1, 2]])).unwrap()
}

fn points(count: usize) -> nodes::Markups {
    let point = |n: usize| ControlPoint {
        position: Point::new(n as f64, 1.5, -2.0),
        label: format!("F-{n}"),
        ..ControlPoint::default()
    };
    nodes::Markups {
        points: (0..count).map(point).collect(),
        ..nodes::Markups::of_kind(MarkupsKind::Fiducial)
    }
}

/// One node of each kind with data, with names that file names cannot have.
fn rich_scene() -> Scene {
    let scene = Scene::default();
    let mut change = scene.begin("Make");
    let parent = change.add(Node::new("Pose: 1/2", transform(10.0)));
    let volume = Node::new("CT: chest", nodes::Volume::new(small_image(1)));
    change.add(volume.referring(Role::TRANSFORM, parent));
    let labels = small_image(0).cast(microtome_image::ScalarType::UInt8);
    change.add(Node::new("Schädel ☠", nodes::LabelVolume::new(Labels::from_image(&labels).unwrap())));
    let mut hidden = Node::new("hidden", nodes::Volume::new(small_image(2)));
    hidden.hidden = true;
    change.add(hidden);
    change.add(Node::new("surface", nodes::Model { mesh: mesh(1.0) }));
    change.add(Node::new("targets", points(3)));
    change.add(Node::new("warp", field()));
    let text = "a line with <xml> & \"quotes\"\n".repeat(50);
    change.add(Node::new("notes", nodes::Text { text, ..nodes::Text::default() }));
    let column = Column {
        name: "Volume".to_owned(),
        values: ColumnValues::Text(vec!["1.5".to_owned(), "tab\tand \"quote\"".to_owned()]),
        properties: Vec::new(),
    };
    change.add(Node::new("results", nodes::Table::from(Table { columns: vec![column] })));
    let item = |n: i16, node: Node| SequenceItem::new(format!("{}", f64::from(n) / 4.0), node);
    let frames =
        (0..3).map(|n| item(n, Node::new(format!("f{n}"), nodes::Volume::new(small_image(n * 100)))));
    change.add(Node::new("beating", Sequence { items: frames.collect(), ..Sequence::default() }));
    let shapes = (0..2).map(|n| item(n, Node::new("shape", nodes::Model { mesh: mesh(f64::from(n)) })));
    change.add(Node::new("growing", Sequence { items: shapes.collect(), ..Sequence::default() }));
    change.finish().0
}

/// What of a node its files hold, and what must come back with the scene.
fn assert_same_nodes(found: &Scene, wanted: &Scene) {
    for (_, node) in wanted.nodes().filter(|(_, node)| !matches!(node.content, Content::Storage(_))) {
        let (_, back) = named(found, &node.name);
        let what = &node.name;
        assert_eq!((back.hidden, back.class()), (node.hidden, node.class()), "{what}");
        match (&back.content, &node.content) {
            (Content::Volume(a), Content::Volume(b)) => assert_eq!(a.image, b.image, "{what}"),
            (Content::LabelVolume(a), Content::LabelVolume(b)) => assert_eq!(a.labels, b.labels, "{what}"),
            (Content::Model(a), Content::Model(b)) => assert_eq!(a.mesh, b.mesh, "{what}"),
            (Content::Transform(a), Content::Transform(b)) => {
                assert_eq!((&a.map, a.maps_to_parent), (&b.map, b.maps_to_parent), "{what}")
            }
            (Content::Text(a), Content::Text(b)) => assert_eq!(a.text, b.text, "{what}"),
            (Content::Table(a), Content::Table(b)) => {
                assert_eq!(a.table.columns[0].values, b.table.columns[0].values)
            }
            (Content::Markups(a), Content::Markups(b)) => {
                let places = |m: &nodes::Markups| {
                    m.points.iter().map(|p| (p.position, p.label.clone())).collect::<Vec<_>>()
                };
                assert_eq!(places(a), places(b), "{what}");
            }
            (Content::Sequence(a), Content::Sequence(b)) => {
                assert_eq!(a.items.len(), b.items.len(), "{what}");
                for (a, b) in a.items.iter().zip(&b.items) {
                    assert_eq!(a.value, b.value, "{what}");
                    match (&a.node.content, &b.node.content) {
                        (Content::Volume(a), Content::Volume(b)) => assert_eq!(a.image, b.image, "{what}"),
                        (Content::Model(a), Content::Model(b)) => assert_eq!(a.mesh, b.mesh, "{what}"),
                        (a, b) => panic!("{what}: {} for {}", a.class(), b.class()),
                    }
                }
            }
            (a, b) => panic!("{what}: {} for {}", a.class(), b.class()),
        }
    }
}

fn save(scene: &Scene, origins: &mut Origins, path: &Path) {
    let warnings = save_scene(scene, origins, path).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
}

fn zip(path: &Path) -> Zip {
    Zip::open(path, &Limits::MODEST).unwrap()
}

fn names(zip: &Zip) -> Vec<&str> {
    zip.members().iter().map(microtome_archive::bundle::Member::name).collect()
}

/// A member's bytes as they are in the archive.
fn packed(zip: &Zip, end: &str) -> Vec<u8> {
    let found: Vec<usize> =
        (0..zip.members().len()).filter(|&n| zip.members()[n].name().ends_with(end)).collect();
    assert_eq!(found.len(), 1, "{end}");
    zip.packed(found[0]).unwrap().bytes.to_vec()
}

#[test]
fn everything_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("My Scene .mrb");
    let scene = rich_scene();
    save(&scene, &mut Origins::default(), &path);
    let archive = zip(&path);
    let names = names(&archive);
    for name in [
        "My Scene/My Scene.mrml",
        "My Scene/Data/CT%3a chest.nrrd",
        "My Scene/My Scene_Private/hidden.nrrd",
        "My Scene/Data/surface.vtk",
        "My Scene/Data/targets.mrk.json",
        "My Scene/Data/notes.txt",
        "My Scene/Data/beating.seq.nrrd",
        "My Scene/Data/growing.seq.mrb",
    ] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    let Opened { scene: back, warnings, .. } = opened(&path);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_same_nodes(&back, &scene);
    let (_, volume) = named(&back, "CT: chest");
    assert_eq!(back.node(volume.reference(&Role::TRANSFORM).unwrap()).unwrap().name, "Pose: 1/2");
}

#[test]
fn the_same_scene_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name).join("scene.mrb");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        save(&rich_scene(), &mut Origins::default(), &path);
        std::fs::read(path).unwrap()
    };
    assert!(write("a") == write("b"));
}

#[test]
fn what_did_not_change_is_copied_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.mrb"), folder.path().join("second.mrb"));
    save(&rich_scene(), &mut Origins::default(), &first);
    let Opened { scene, mut origins, .. } = opened(&first);
    let mut change = scene.begin("Edit");
    let changed = named(&scene, "hidden").0.clone();
    change.update(&changed, |node| node.content = nodes::Volume::new(small_image(7)).into()).unwrap();
    // A node that is only called otherwise has the same data.
    let renamed = named(&scene, "surface").0.clone();
    change.update(&renamed, |node| node.name = "Skin".to_owned()).unwrap();
    let scene = change.finish().0;
    save(&scene, &mut origins, &second);
    let (old, new) = (zip(&first), zip(&second));
    for end in
        ["chest.nrrd", ".vtk", ".txt", "warp.h5", "beating.seq.nrrd", "growing.seq.mrb", "targets.mrk.json"]
    {
        assert_eq!(packed(&old, end), packed(&new, end), "{end}");
    }
    assert_ne!(packed(&old, "hidden.nrrd"), packed(&new, "hidden.nrrd"));
    assert_same_nodes(&opened(&second).scene, &scene);
    // What another program compressed in its own way shows that nothing is compressed again.
    let odd = folder.path().join("odd.mrb");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (n, name) in names(&new).into_iter().enumerate() {
        let content = new.content(n).unwrap();
        if name.ends_with(".vtk") {
            writer.store(name, &content)
        } else {
            writer.deflate(name, &content, Level::Best)
        }
        .unwrap();
    }
    std::fs::write(&odd, writer.finish().unwrap().into_inner()).unwrap();
    let Opened { scene, mut origins, .. } = opened(&odd);
    let third = folder.path().join("third.mrb");
    save(&scene, &mut origins, &third);
    let third = zip(&third);
    let surface = third.members().iter().find(|member| member.name().ends_with(".vtk")).unwrap();
    assert_eq!(surface.method(), Method::Stored);
    assert_eq!(packed(&zip(&odd), "chest.nrrd"), packed(&third, "chest.nrrd"));
}

#[test]
fn a_bundle_is_saved_over_itself_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrb");
    save(&rich_scene(), &mut Origins::default(), &path);
    let Opened { mut scene, mut origins, .. } = opened(&path);
    for round in 0..4_i16 {
        let mut change = scene.begin("Edit");
        let id = named(&scene, "hidden").0.clone();
        change.update(&id, |node| node.content = nodes::Volume::new(small_image(round)).into()).unwrap();
        scene = change.finish().0;
        save(&scene, &mut origins, &path);
        let back = opened(&path);
        assert!(back.warnings.is_empty(), "{:?}", back.warnings);
        assert_same_nodes(&back.scene, &scene);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let count = zip(&path).members().len();
        assert_eq!(count, 11, "round {round}");
    }
    // What is still in memory from the first of them is what it was.
    assert_same_nodes(&scene, &opened(&path).scene);
}

#[test]
fn bundles_become_folders_and_folders_bundles() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    let scene = rich_scene();
    save(&scene, &mut Origins::default(), &at("a.mrb"));
    let Opened { scene: first, mut origins, .. } = opened(&at("a.mrb"));
    save(&first, &mut origins, &at("folder/b.mrml"));
    let Opened { scene: second, mut origins, warnings } = opened(&at("folder/b.mrml"));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_same_nodes(&second, &scene);
    save(&second, &mut origins, &at("c.mrb"));
    let third = opened(&at("c.mrb"));
    assert!(third.warnings.is_empty(), "{:?}", third.warnings);
    assert_same_nodes(&third.scene, &scene);
    assert_eq!(packed(&zip(&at("a.mrb")), "chest.nrrd"), packed(&zip(&at("c.mrb")), "chest.nrrd"));
}

#[test]
fn every_sample_scene_comes_back_from_a_bundle() {
    let Some(data) = shared_data("every_sample_scene_comes_back_from_a_bundle") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(data.join("scenes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "mrml") {
            continue;
        }
        let Opened { scene, mut origins, .. } = opened(&path);
        let bundle = folder.path().join(format!("{count}.mrb"));
        save_scene(&scene, &mut origins, &bundle).unwrap();
        let back = opened(&bundle).scene;
        let classes = |scene: &Scene| -> Vec<String> {
            let mut all: Vec<String> = scene
                .nodes()
                .filter(|(_, node)| !matches!(node.content, Content::Storage(_)))
                .map(|(id, node)| format!("{id} {} {}", node.class(), node.name))
                .collect();
            all.sort();
            all
        };
        assert_eq!(classes(&back), classes(&scene), "{}", path.display());
        count += 1;
    }
    assert!(count >= 25, "{count}");
    let Opened { scene, warnings, .. } = opened(&data.join("slicer-testdata/Input/vol.zip"));
    assert!(warnings.iter().any(|warning| warning.contains("2 scenes")), "{warnings:?}");
    assert!(scene.nodes().any(|(_, node)| node.class() == "ScalarVolume"));
}

#[test]
fn python_finds_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrb");
    save(&rich_scene(), &mut Origins::default(), &path);
    let program = "import sys,io,zipfile\nimport xml.etree.ElementTree as E\nfrom urllib.parse import unquote\n\
                   z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\nassert z.testzip() is None\n\
                   r=E.fromstring(z.read('scene/scene.mrml'))\n\
                   n=[unquote(e.get('fileName')) for e in r if e.get('fileName')]\n\
                   [z.read('scene/'+i) for i in n]\nprint(len(n))";
    let Some(found) = python("python_finds_every_file", program, &std::fs::read(&path).unwrap()) else {
        return;
    };
    // Each node with data but the linear transform, which is in the scene itself.
    assert_eq!(String::from_utf8(found).unwrap().trim(), "10");
}

/// A bundle of these files.
fn bundle(files: &[(&str, &[u8])], path: &Path) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    files.iter().for_each(|(name, content)| zip.deflate(name, content, Level::Fast).unwrap());
    std::fs::write(path, zip.finish().unwrap().into_inner()).unwrap();
}

#[test]
fn hostile_bundles_are_refused_or_bounded() {
    let start = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.mrb");
    let open = || open_scene(&path, &OpenOptions::default());

    std::fs::write(&path, b"no archive at all").unwrap();
    assert!(
        matches!(open(), Err(Error::Bundle { source, .. }) if matches!(*source, ZipError::NotZip { .. }))
    );
    bundle(&[("readme.txt", b"nothing here")], &path);
    assert!(matches!(open(), Err(Error::Bundle { source, .. }) if matches!(*source, ZipError::NoScene)));
    bundle(&[("s.mrml", b"<MRML><A></MRML>")], &path);
    assert!(matches!(open(), Err(Error::Scene { .. })));
    let mut entities = String::from("<?xml version=\"1.0\"?><!DOCTYPE MRML [<!ENTITY a0 \"ha\">");
    for n in 1..40 {
        entities += &format!("<!ENTITY a{n} \"&a{0};&a{0};\">", n - 1);
    }
    entities += "]><MRML><Text id=\"vtkMRMLTextNode1\" text=\"&a39;\"/></MRML>";
    bundle(&[("s/s.mrml", entities.as_bytes())], &path);
    assert!(matches!(open(), Err(Error::Scene { .. })));

    // Files outside of the bundle are not read, whatever the scene calls them.
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    let outside = folder.path().join("secret.txt").display().to_string();
    for name in
        ["../../secret.txt", &outside, "../secret.txt", "file:///etc/passwd", "http://example.org/x.txt"]
    {
        let scene = format!(
            "<MRML version=\"Slicer 5.8.1\"><Text id=\"vtkMRMLTextNode1\" name=\"t\" references=\"storage:vtkMRMLTextStorageNode1;\"/>\
             <TextStorage id=\"vtkMRMLTextStorageNode1\" name=\"s\" fileName=\"{name}\"/></MRML>"
        );
        bundle(&[("s/s.mrml", scene.as_bytes())], &path);
        let Opened { scene, warnings, .. } = opened(&path);
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        let Content::Text(text) = &named(&scene, "t").1.content else { panic!() };
        assert_eq!(text.text, "", "{name}");
    }

    // What is compressed twice holds more than the archive's directory says.
    let mut bomb =
        b"NRRD0005\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: 256 256 256\n\
        space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nencoding: gzip\n\n"
            .to_vec();
    bomb.extend(microtome_deflate::gzip::compress(&[&vec![0; 1 << 24]], Level::Best).into_vec());
    let scene = b"<MRML version=\"Slicer 5.8.1\"><Volume id=\"vtkMRMLScalarVolumeNode1\" name=\"v\" \
                  references=\"storage:vtkMRMLVolumeArchetypeStorageNode1;\"/><VolumeArchetypeStorage \
                  id=\"vtkMRMLVolumeArchetypeStorageNode1\" name=\"s\" fileName=\"v.nrrd\"/></MRML>";
    bundle(&[("s.mrml", scene), ("v.nrrd", &bomb)], &path);
    assert!(opened(&path).warnings.is_empty());
    let archives = Limits { inflated: 3 << 20, ratio: 10, ..Limits::MODEST };
    let found = open_scene(&path, &OpenOptions { archives, ..OpenOptions::default() }).unwrap();
    assert!(found.warnings[0].1.contains("16777216 bytes"), "{:?}", found.warnings);

    // A sequence that contains itself, as deep as it goes.
    let scene = b"<MRML version=\"Slicer 5.8.1\"><Sequence id=\"vtkMRMLSequenceNode1\" name=\"q\" \
                  references=\"storage:vtkMRMLSequenceStorageNode1;\"/><SequenceStorage id=\"vtkMRMLSequenceStorageNode1\" \
                  name=\"s\" fileName=\"inner.seq.mrb\"/></MRML>";
    let mut inner = Vec::new();
    for _ in 0..50 {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.deflate("s.mrml", scene, Level::Fast).unwrap();
        zip.store("inner.seq.mrb", &inner).unwrap();
        inner = zip.finish().unwrap().into_inner();
    }
    bundle(&[("s.mrml", scene), ("inner.seq.mrb", &inner)], &path);
    let Opened { scene, .. } = opened(&path);
    let Content::Sequence(sequence) = &named(&scene, "q").1.content else { panic!() };
    assert!(sequence.items.is_empty());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn damaged_bundles_are_errors_or_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrb");
    save(&rich_scene(), &mut Origins::default(), &path);
    let whole = std::fs::read(&path).unwrap();
    let read = |bytes: Vec<u8>| read_bundle(bytes.into(), &path, &OpenOptions::default());
    assert!(read(whole.clone()).unwrap().warnings.is_empty());
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut refused, mut warned) = (0, 0);
    for round in 0..600 {
        let mut bytes = whole.clone();
        // Half of the damage is in the directory, at the end.
        let from = if round % 2 == 0 { 0 } else { bytes.len() - 1200 };
        for _ in 0..1 + round % 4 {
            let at = from + random(bytes.len() - from);
            bytes[at] ^= 1 << random(8);
        }
        if round % 10 == 0 {
            bytes.truncate(random(whole.len()));
        }
        match read(bytes) {
            Err(error) => refused += usize::from(!error.to_string().is_empty()),
            // Damage in a data file costs that node its data.
            Ok(opened) => warned += usize::from(!opened.warnings.is_empty()),
        }
    }
    assert!(refused > 200 && warned > 50, "{refused} {warned}");
}
