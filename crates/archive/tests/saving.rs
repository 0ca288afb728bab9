//! Saving that loses nothing: data that their format cannot hold, what earlier saves left, odd names, sequences whole.

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Opened, named, opened, python, small_image};
use microtome_archive::bundle::{Limits, Zip};
use microtome_archive::session::{Origins, SaveOptions, UnsavedReason, save_scene, save_scene_with};
use microtome_geometry::{Affine, Point, Transform as Map};
use microtome_mesh::{Cells, Mesh};
use microtome_records::ControlPoint;
use microtome_scene::nodes::{self, IndexType, MarkupsKind, Sequence, SequenceItem};
use microtome_scene::{Content, Node, NodeId, Role, Scene};

fn scene(nodes: Vec<Node>) -> Scene {
    let mut change = Scene::default().begin("Make");
    nodes.into_iter().for_each(|node| drop(change.add(node)));
    change.finish().0
}

fn volume(name: &str, value: i16) -> Node {
    Node::new(name, nodes::Volume::new(small_image(value)))
}

fn hidden(name: &str, value: i16) -> Node {
    let mut node = volume(name, value);
    node.hidden = true;
    node
}

fn first_value(node: &Node) -> i16 {
    let Content::Volume(volume) = &node.content else { panic!("{}", node.class()) };
    volume.image.as_ref().unwrap().array().as_slice::<i16>().unwrap()[0]
}

fn broken_points() -> Node {
    let point = ControlPoint { position: Point::new(f64::NAN, 0.0, 0.0), ..ControlPoint::default() };
    let points = nodes::Markups { points: vec![point], ..nodes::Markups::of_kind(MarkupsKind::Line) };
    Node::new("broken", points)
}

fn pose(rows: [[f64; 4]; 3]) -> Node {
    Node::new("pose", nodes::Transform::new(Map::Linear(Affine::from_rows(rows)), true))
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn one_node_that_no_format_holds_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let text = "words ".repeat(100);
    let text_node = Node::new("text", nodes::Text { text: text.clone(), ..nodes::Text::default() });
    let scene = scene(vec![volume("before", 1), broken_points(), volume("after", 2), text_node]);
    for file in ["scene.mrb", "folder/scene.mrml"] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let unsaved = save_scene(&scene, &mut Origins::default(), &path).unwrap();
        assert_eq!(unsaved.len(), 1, "{file}: {unsaved:?}");
        assert_eq!((unsaved[0].name.as_str(), unsaved[0].class.as_str()), ("broken", "MarkupsLine"));
        assert!(matches!(unsaved[0].why, UnsavedReason::Refused(_)));
        let message = unsaved[0].to_string();
        assert!(message.contains("broken") && message.contains("not finite"), "{message}");
        let Opened { scene: back, warnings, .. } = opened(&path);
        assert!(warnings.is_empty(), "{file}: {warnings:?}");
        assert_eq!(first_value(named(&back, "before").1), 1);
        assert_eq!(first_value(named(&back, "after").1), 2);
        assert!(matches!(&named(&back, "text").1.content, Content::Text(found) if found.text == text));
        assert!(matches!(&named(&back, "broken").1.content, Content::Markups(_)));
    }
    assert_eq!(files(&folder.path().join("folder")), ["after.nrrd", "before.nrrd", "scene.mrml", "text.txt"]);
}

#[test]
fn what_a_format_cannot_hold_goes_to_another() {
    let folder = tempfile::tempdir().unwrap();
    // A matrix without inverse has no way into a file of transforms, which lead from the parent.
    let flat = [[1.0, 0.0, 0.0, 5.0], [0.0, 0.0, 0.0, 0.1], [0.0, 0.0, 1.0, 0.25]];
    // A recording knows no times with blanks.
    let still = [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 2.0], [0.0, 0.0, 1.0, 3.0]];
    let item = |n: usize| {
        let mut node = pose(still);
        node.name = format!("probe_{n:04}");
        SequenceItem::new(format!("{n} s"), node)
    };
    let poses = Sequence { items: (0..3).map(item).collect(), ..Sequence::default() };
    let storage = nodes::Storage {
        class: "TransformStorage".into(),
        file: Some("pose.h5".into()),
        ..nodes::Storage::default()
    };
    let mut change = Scene::default().begin("Make");
    let storage = change.add(Node::new("s", storage));
    change.add(pose(flat).referring(Role::STORAGE, storage));
    change.add(Node::new("probe", poses.clone()));
    let scene = change.finish().0;
    for file in ["scene.mrb", "folder/scene.mrml"] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let unsaved = save_scene(&scene, &mut Origins::default(), &path).unwrap();
        assert!(unsaved.is_empty(), "{file}: {unsaved:?}");
        let Opened { scene: back, warnings, .. } = opened(&path);
        assert!(warnings.iter().all(|message| message.contains("no inverse")), "{file}: {warnings:?}");
        let Content::Transform(transform) = &named(&back, "pose").1.content else { panic!() };
        assert_eq!(transform.to_parent().as_linear().unwrap().rows(), flat, "{file}");
        let Content::Sequence(found) = &named(&back, "probe").1.content else { panic!() };
        let values = |sequence: &Sequence| sequence.items.iter().map(|i| i.value.clone()).collect::<Vec<_>>();
        assert_eq!(values(found), values(&poses), "{file}");
    }
}

#[test]
fn saving_anew_over_a_scene_leaves_nothing_more_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    std::fs::write(folder.path().join("CT_1.nrrd"), b"the user's own").unwrap();
    let mut first = Vec::new();
    for round in 0..4_i16 {
        // As after a recovery, or from another scene: nothing is known of what stands there.
        let scene = scene(vec![
            volume("CT", round),
            volume("CT", round + 10),
            hidden("mask", round),
            hidden("Mask", 9),
        ]);
        assert!(save_scene(&scene, &mut Origins::default(), &path).unwrap().is_empty());
        let found = files(folder.path());
        if round == 0 {
            first = found;
        } else {
            assert_eq!(found, first, "round {round}");
        }
        assert_eq!(first_value(named(&opened(&path).scene, "mask").1), round);
    }
    assert_eq!(
        first,
        [
            "CT.nrrd",
            "CT_1.nrrd",
            "CT_2.nrrd",
            "scene.mrml",
            "scene_Private/Mask_1.nrrd",
            "scene_Private/mask.nrrd"
        ]
    );
    assert_eq!(std::fs::read(folder.path().join("CT_1.nrrd")).unwrap(), b"the user's own");
}

#[test]
fn files_of_removed_nodes_stay_unless_they_were_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    let whole = scene(vec![volume("CT", 1), volume("MR", 2), hidden("mask", 3), hidden("other", 4)]);
    save_scene(&whole, &mut Origins::default(), &path).unwrap();
    let private = folder.path().join("scene_Private");
    std::fs::write(private.join("notes.doc"), b"the user's").unwrap();
    // Another scene needs one of them.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        folder.path().join("copy.mrml"),
        text.replace("mask.nrrd", "gone.nrrd").replace("MR.nrrd", "gone2.nrrd"),
    )
    .unwrap();

    let Opened { scene, mut origins, .. } = opened(&path);
    let mut change = scene.begin("Remove");
    for name in ["MR", "mask", "other"] {
        change.remove(named(&scene, name).0).unwrap();
    }
    let smaller = change.finish().0;
    save_scene(&smaller, &mut origins, &path).unwrap();
    // They may come back by undo in this session.
    assert!(private.join("mask.nrrd").exists());
    save_scene(&scene, &mut origins, &path).unwrap();
    assert_eq!(first_value(named(&opened(&path).scene, "mask").1), 3);
    save_scene(&smaller, &mut origins, &path).unwrap();

    let Opened { scene, mut origins, .. } = opened(&path);
    save_scene(&scene, &mut origins, &path).unwrap();
    assert_eq!(
        files(folder.path()),
        [
            "CT.nrrd",
            "MR.nrrd",
            "copy.mrml",
            "scene.mrml",
            "scene_Private/notes.doc",
            "scene_Private/other.nrrd"
        ]
    );
    let Opened { scene, .. } = opened(&folder.path().join("copy.mrml"));
    assert_eq!(first_value(named(&scene, "other").1), 4);
}

#[test]
fn a_bundle_has_its_picture_beside_the_scene() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("My Scene.mrb");
    let scene = scene(vec![volume("CT", 1)]);
    for picture in [&b"first"[..], b"second, longer"] {
        let options = SaveOptions { thumbnail: Some(picture.to_vec()), ..SaveOptions::default() };
        save_scene_with(&scene, &mut Origins::default(), &path, &options).unwrap();
        let zip = Zip::open(&path, &Limits::MODEST).unwrap();
        let at = zip.find("My Scene/My Scene.png").unwrap();
        assert_eq!(&*zip.content(at).unwrap(), picture);
        assert!(opened(&path).warnings.is_empty());
    }
    save_scene(&scene, &mut Origins::default(), &path).unwrap();
    assert!(Zip::open(&path, &Limits::MODEST).unwrap().find("My Scene/My Scene.png").is_none());
}

#[test]
fn python_reads_a_bundle_from_which_a_member_was_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrb");
    let scene = scene(vec![volume("CT", 1), broken_points(), volume("MR", 2)]);
    assert_eq!(save_scene(&scene, &mut Origins::default(), &path).unwrap().len(), 1);
    let program = format!(
        "import zipfile\nz=zipfile.ZipFile({:?})\nprint(z.testzip(), sorted(n for n in z.namelist() if not n.endswith('/')))",
        path.display().to_string()
    );
    let test = "python_reads_a_bundle_from_which_a_member_was_taken_back";
    let Some(found) = python(test, &program, b"") else { return };
    let found = String::from_utf8(found).unwrap();
    assert_eq!(found.trim(), "None ['scene/Data/CT.nrrd', 'scene/Data/MR.nrrd', 'scene/scene.mrml']");
}

#[test]
fn a_file_that_vanished_costs_only_its_node() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    let text = "<MRML version=\"Slicer 5.8.1 33241\">\
        <FancyStorage id=\"vtkMRMLFancyStorageNode1\" name=\"s\" fileName=\"fancy.bin\"></FancyStorage>\
        <Fancy id=\"vtkMRMLFancyNode1\" name=\"fancy\" references=\"storage:vtkMRMLFancyStorageNode1;\"></Fancy>\
        <TextStorage id=\"vtkMRMLTextStorageNode1\" name=\"s\" fileName=\"a.txt\"></TextStorage>\
        <Text id=\"vtkMRMLTextNode1\" name=\"words\" references=\"storage:vtkMRMLTextStorageNode1;\"></Text></MRML>";
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("fancy.bin"), b"123").unwrap();
    std::fs::write(folder.path().join("a.txt"), b"abc").unwrap();
    let Opened { scene, mut origins, .. } = opened(&path);
    let bundle = folder.path().join("scene.mrb");
    assert!(save_scene(&scene, &mut origins.clone(), &bundle).unwrap().is_empty());
    for file in ["fancy.bin", "a.txt"] {
        std::fs::remove_file(folder.path().join(file)).unwrap();
    }
    let unsaved = save_scene(&scene, &mut origins, &bundle).unwrap();
    assert_eq!(unsaved.len(), 1, "{unsaved:?}");
    assert!(matches!(unsaved[0].why, UnsavedReason::Unreadable(_)), "{unsaved:?}");
    let Opened { scene: back, .. } = opened(&bundle);
    assert!(matches!(&named(&back, "words").1.content, Content::Text(found) if found.text == "abc"));
}

#[test]
fn nodes_of_one_storage_node_keep_their_own_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    save_scene(&scene(vec![volume("CT", 1)]), &mut Origins::default(), &path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find("<Volume").unwrap();
    let end = text.rfind("</MRML>").unwrap();
    let second = text[start..end]
        .replace("ScalarVolumeNode1", "ScalarVolumeNode2")
        .replace("name=\"CT\"", "name=\"twin\"");
    std::fs::write(&path, format!("{}{second}</MRML>", &text[..end])).unwrap();
    for target in ["scene.mrml", "other.mrb"] {
        let Opened { scene, mut origins, .. } = opened(&path);
        let mut change = scene.begin("Edit");
        let twin = named(&scene, "twin").0.clone();
        change.update(&twin, |node| node.content = nodes::Volume::new(small_image(50)).into()).unwrap();
        let target = folder.path().join(target);
        assert!(save_scene(&change.finish().0, &mut origins, &target).unwrap().is_empty());
        let back = opened(&target).scene;
        assert_eq!((first_value(named(&back, "CT").1), first_value(named(&back, "twin").1)), (1, 50));
    }
}

#[test]
fn data_on_the_network_are_told_and_never_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    let node = |n: usize, file: &str| {
        format!(
            "<VolumeArchetypeStorage id=\"vtkMRMLVolumeArchetypeStorageNode{n}\" name=\"s\" {file}></VolumeArchetypeStorage>\
             <Volume id=\"vtkMRMLScalarVolumeNode{n}\" name=\"v{n}\" \
             references=\"storage:vtkMRMLVolumeArchetypeStorageNode{n};\"></Volume>"
        )
    };
    save_scene(&scene(vec![volume("local", 1)]), &mut Origins::default(), &folder.path().join("l.mrml"))
        .unwrap();
    let local = format!("fileName=\"file://{}/local.nrrd\"", folder.path().display());
    let text = format!(
        "<MRML>{}{}{}</MRML>",
        node(1, "uri=\"http://example.org/a.nrrd\""),
        node(2, "fileName=\"https://example.org/b.nrrd\""),
        node(3, &local)
    );
    std::fs::write(&path, text).unwrap();
    for target in ["again.mrml", "again.mrb"] {
        let Opened { scene, mut origins, warnings } = opened(&path);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(
            warnings.iter().all(|warning| warning.contains("example.org") && warning.contains("fetched"))
        );
        assert_eq!(first_value(named(&scene, "v3").1), 1);
        let target = folder.path().join(target);
        assert!(save_scene(&scene, &mut origins, &target).unwrap().is_empty());
        let Opened { warnings, scene, .. } = opened(&target);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert_eq!(first_value(named(&scene, "v3").1), 1);
    }
}

#[test]
fn many_nodes_of_one_name_are_saved_and_opened_fast() {
    const COUNT: usize = 2000;
    let folder = tempfile::tempdir().unwrap();
    let points = |n: usize| {
        let point = ControlPoint { position: Point::new(n as f64, 0.0, 0.0), ..ControlPoint::default() };
        let markups =
            nodes::Markups { points: vec![point], ..nodes::Markups::of_kind(MarkupsKind::Fiducial) };
        Node::new("F", markups)
    };
    let scene = scene((0..COUNT).map(points).collect());
    for file in ["scene.mrb", "folder/scene.mrml"] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let start = Instant::now();
        assert!(save_scene(&scene, &mut Origins::default(), &path).unwrap().is_empty());
        let saved = start.elapsed();
        let start = Instant::now();
        let back = opened(&path);
        let read = start.elapsed();
        assert_eq!(back.warnings, Vec::<String>::new());
        let markups = back.scene.nodes().filter(|(_, node)| matches!(node.content, Content::Markups(_)));
        assert_eq!(markups.count(), COUNT);
        assert!(saved < Duration::from_secs(60) && read < Duration::from_secs(10), "{saved:?} {read:?}");
    }
}

#[test]
fn names_fit_every_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "con",
        "NUL",
        "a",
        "A",
        "a",
        "é",
        "x/../y",
        "%41 b",
        "100%",
        "~",
        "...",
        &"ü".repeat(300),
        "a.",
        "日本",
    ];
    let nodes = names.iter().enumerate().map(|(n, name)| volume(name, n as i16)).collect();
    for file in ["scene.mrb", "folder/scene.mrml"] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let all = scene(Clone::clone(&nodes));
        assert!(save_scene(&all, &mut Origins::default(), &path).unwrap().is_empty());
        let Opened { scene: back, warnings, .. } = opened(&path);
        assert!(warnings.is_empty(), "{warnings:?}");
        let mut found: Vec<(i16, String)> = back
            .nodes()
            .filter(|(_, node)| matches!(node.content, Content::Volume(_)))
            .map(|(_, node)| (first_value(node), node.name.clone()))
            .collect();
        found.sort();
        let wanted: Vec<(i16, String)> =
            names.iter().enumerate().map(|(n, name)| (n as i16, (*name).to_owned())).collect();
        assert_eq!(found, wanted);
    }
    let mut lower: Vec<String> =
        files(&folder.path().join("folder")).iter().map(|name| name.to_lowercase()).collect();
    lower.dedup();
    assert_eq!(lower.len(), names.len() + 1);
    for name in lower {
        assert!(name.len() < 100 && !name.starts_with("con.") && !name.starts_with("nul."), "{name}");
    }
}

fn mesh(z: f64) -> nodes::Model {
    let points = [[0.0, 0.0, z], [1.0, 0.0, z], [0.0, 1.0, z]].map(Point::from_array).to_vec();
    nodes::Model { mesh: Mesh::new(points, Cells::from_triangles(&[[0, 1, 2]])).unwrap() }
}

#[test]
fn sequences_come_back_with_displays_names_and_values() {
    let folder = tempfile::tempdir().unwrap();
    let display = |opacity: f64| {
        let mut display = nodes::ModelDisplay::default();
        display.display.opacity = opacity;
        let colors = NodeId::from("vtkMRMLProceduralColorNodeRedGreenBlue");
        Arc::new(Node::new("shown", display).referring(Role::COLOR, colors))
    };
    let shared = display(0.25);
    let item = |value: &str, name: &str, z: f64, displays: Vec<Arc<Node>>| SequenceItem {
        value: value.to_owned(),
        node: Arc::new(Node::new(name, mesh(z))),
        displays,
    };
    let items = vec![
        item("early;mid", "heart", 0.0, vec![Arc::clone(&shared)]),
        item("50%3B", "heart", 1.0, vec![shared, display(0.5)]),
        item("<\"late\">", "Herz", 2.0, Vec::new()),
    ];
    let growing = Sequence { items, index_type: IndexType::Text, ..Sequence::default() };
    let frames = ["0", "1.5"].iter().enumerate().map(|(n, value)| {
        let mut node = volume(["systole", "diastole"][n], n as i16);
        node.attributes.insert("DICOM.instanceUIDs".to_owned(), format!("1.2.{n}"));
        SequenceItem::new(*value, node)
    });
    let beating = Sequence { items: frames.collect(), ..Sequence::default() };
    let scene = scene(vec![Node::new("growing", growing.clone()), Node::new("beating", beating.clone())]);
    let (first, second) = (folder.path().join("a.mrb"), folder.path().join("b/b.mrml"));
    std::fs::create_dir(second.parent().unwrap()).unwrap();
    assert!(save_scene(&scene, &mut Origins::default(), &first).unwrap().is_empty());
    let Opened { scene: back, warnings, .. } = opened(&first);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert!(save_scene(&back, &mut Origins::default(), &second).unwrap().is_empty());
    for path in [first, second] {
        let back = opened(&path).scene;
        for (name, wanted) in [("growing", &growing), ("beating", &beating)] {
            let Content::Sequence(found) = &named(&back, name).1.content else { panic!() };
            assert_eq!(found.index_type, wanted.index_type);
            assert_eq!(found.items.len(), wanted.items.len());
            for (found, wanted) in found.items.iter().zip(&wanted.items) {
                assert_eq!((&found.value, &found.node.name), (&wanted.value, &wanted.node.name));
                assert_eq!(found.node.content, wanted.node.content);
                assert_eq!(found.node.attributes, wanted.node.attributes);
                assert_eq!(found.displays, wanted.displays, "{name} {}", wanted.value);
            }
        }
        let Content::Sequence(found) = &named(&back, "growing").1.content else { panic!() };
        assert!(Arc::ptr_eq(&found.items[0].displays[0], &found.items[1].displays[0]));
    }
}

#[test]
fn the_selected_item_shows_in_a_proxy_without_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    let mut change = Scene::default().begin("Make");
    let sequence = |values: [&str; 3], z: f64| {
        let item = |(n, value): (usize, &&str)| SequenceItem::new(*value, Node::new("m", mesh(z + n as f64)));
        Sequence { items: values.iter().enumerate().map(item).collect(), ..Sequence::default() }
    };
    let master = change.add(Node::new("master", sequence(["0", "1", "2"], 10.0)));
    let other = change.add(Node::new("other", sequence(["0", "1.0004", "7"], 20.0)));
    let still = change.add(Node::new("still", sequence(["0", "1", "2"], 30.0)));
    let proxies: Vec<NodeId> = ["p0", "p1", "p2"]
        .map(|name| change.add(Node::new(name, nodes::Model { mesh: Mesh::default() })))
        .to_vec();
    let properties = |playback: &str| {
        let all = [
            ("playback", playback),
            ("recording", "true"),
            ("overwriteProxyName", "false"),
            ("saveChanges", "true"),
            ("missingItemMode", "displayHidden"),
        ];
        all.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect()
    };
    let browser = nodes::SequenceBrowser {
        selected_item: 1,
        postfixes: ["a", "b", "c"].map(str::to_owned).to_vec(),
        synchronization: [("a", "true"), ("b", "true"), ("c", "false")]
            .map(|(postfix, playback)| (postfix.to_owned(), properties(playback)))
            .into_iter()
            .collect(),
        ..nodes::SequenceBrowser::default()
    };
    let mut node = Node::new("browser", browser.clone());
    for (n, postfix) in ["a", "b", "c"].iter().enumerate() {
        let sequence = [&master, &other, &still][n].clone();
        node = node.referring(Role::named(format!("sequenceNodeRef{postfix}")), sequence);
        node = node.referring(Role::named(format!("dataNodeRef{postfix}")), proxies[n].clone());
    }
    change.add(node.clone());
    assert!(save_scene(&change.finish().0, &mut Origins::default(), &path).unwrap().is_empty());
    let Opened { scene: back, warnings, .. } = opened(&path);
    assert!(warnings.is_empty(), "{warnings:?}");
    let (_, found) = named(&back, "browser");
    assert_eq!(found.content, browser.into());
    assert_eq!(found.references, node.references);
    let is =
        |name: &str, wanted: nodes::Model| assert_eq!(named(&back, name).1.content, wanted.into(), "{name}");
    is("p0", mesh(11.0));
    is("p1", mesh(21.0));
    is("p2", nodes::Model { mesh: Mesh::default() });
}
