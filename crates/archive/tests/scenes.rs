//! Scene files: all sample scenes, there and back, and hostile ones.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use microtome_archive::OpenOptions;
use microtome_archive::mrml::{self, XmlError};
use microtome_archive::session::{Origins, open_scene, save_scene};
use microtome_geometry::{Grid, Point};
use microtome_image::Image;
use microtome_scene::nodes::{
    self, CommandLineModule, MarkupsKind, ScriptedModule, SegmentDisplay, SegmentationDisplay,
};
use microtome_scene::{Content, Node, NodeId, Role, Scene};

/// Far beyond what any of these needs, so that a slow machine does not fail; a hang does.
const PATIENCE: Duration = Duration::from_secs(60);

/// The sample data; `None`, said aloud, where there is none. Under CI its absence is a failure.
fn shared_data(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: ../shared/data is absent");
    eprintln!("SKIPPED {test}: ../shared/data is absent");
    None
}

fn sample_scenes(test: &str) -> Vec<PathBuf> {
    let Some(data) = shared_data(test) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(data.join("scenes")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "mrml"));
    paths.push(data.join("markups/AnnotationTest/AnnotationFiducialsTest.mrml"));
    paths.sort();
    assert!(paths.len() >= 30, "{}", paths.len());
    paths
}

fn read(text: &str) -> mrml::Document {
    mrml::read(text.as_bytes()).unwrap()
}

fn write(nodes: &[(NodeId, Node)]) -> String {
    mrml::write(nodes.iter().map(|(id, node)| (id, node)))
}

/// A scene with the given nodes in it.
fn scene_of(nodes: Vec<(NodeId, Node)>) -> Scene {
    let mut change = Scene::default().begin("Import");
    mrml::import(&mut change, nodes);
    change.finish().0
}

/// Opens a scene file into a scene of its own.
fn opened(path: &Path) -> (Scene, Origins, Vec<String>) {
    let found =
        open_scene(path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut change = Scene::default().begin("Open");
    let imported = mrml::import(&mut change, found.nodes);
    let mut origins = Origins::default();
    for (at, origin) in found.origins {
        origins.set(imported.ids[at].clone(), origin);
    }
    let warnings = found.warnings.into_iter().chain(imported.warnings).map(|(_, message)| message);
    (change.finish().0, origins, warnings.collect())
}

/// The start tags right under the root, found without an XML parser: name and attributes.
fn scan(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let (mut found, mut depth, mut rest) = (Vec::new(), 0, text);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with(['?', '!']) {
            continue;
        }
        if rest.starts_with('/') {
            depth -= 1;
            continue;
        }
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        let mut attributes = BTreeMap::new();
        rest = &rest[name.len()..];
        while let Some(quote) = rest.find(['"', '>']) {
            if rest.as_bytes()[quote] == b'>' {
                break;
            }
            let key = rest[..quote].trim().trim_end_matches('=').trim().to_owned();
            let value = &rest[quote + 1..];
            let end = value.find('"').unwrap();
            attributes.insert(key, value[..end].to_owned());
            rest = &value[end + 1..];
        }
        if depth == 1 {
            found.push((name, attributes));
        }
        if !rest[..=rest.find('>').unwrap()].ends_with("/>") {
            depth += 1;
        }
    }
    found
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

#[test]
fn every_sample_scene_holds_what_its_text_says() {
    for path in sample_scenes("every_sample_scene_holds_what_its_text_says") {
        let shown = path.display();
        let text = fs::read_to_string(&path).unwrap();
        let expected = scan(&text);
        let found = mrml::read(text.as_bytes()).unwrap_or_else(|e| panic!("{shown}: {e}")).nodes;
        // The nodes of old hierarchies have become items, and folders' display nodes.
        let is_old = |(tag, attributes): &&(String, BTreeMap<String, String>)| {
            tag.contains("Hierarchy")
                && tag != "Hierarchy"
                && !attributes
                    .get("attributes")
                    .is_some_and(|text| text.contains("SubjectHierarchyVersion:2"))
        };
        let old: Vec<_> = expected.iter().filter(is_old).collect();
        let of_old = |(tag, attributes): &(String, BTreeMap<String, String>)| {
            tag.ends_with("Display")
                && ["displayNodeRef", "displayNodeID"]
                    .iter()
                    .any(|role| old.iter().any(|(_, old)| old.get(*role) == Some(&attributes["id"])))
        };
        let kept: Vec<_> =
            expected.iter().filter(|element| !old.contains(element) && !of_old(element)).collect();
        let is_made = |(id, node): &&(NodeId, Node)| {
            matches!(node.content, Content::FolderDisplay(_)) || id.as_str().is_empty()
        };
        assert_eq!(found.iter().any(|node| is_made(&node)), !old.is_empty(), "{shown}");
        let found: Vec<_> = found.iter().filter(|node| !is_made(node)).collect();
        assert_eq!(found.len(), kept.len(), "{shown}");
        for ((id, node), (tag, attributes)) in found.into_iter().zip(kept) {
            let what = format!("{shown}: {tag} {id}");
            assert_eq!(id.as_str(), attributes["id"], "{what}");
            assert_eq!(node.name, attributes.get("name").map_or("", String::as_str), "{what}");
            if let Some(hidden) = attributes.get("hideFromEditors") {
                assert_eq!(node.hidden, hidden == "true", "{what}");
            }
            for (role, attribute) in [
                (Role::STORAGE, "storageNodeRef"),
                (Role::DISPLAY, "displayNodeRef"),
                (Role::TRANSFORM, "transformNodeRef"),
            ] {
                if let Some(targets) = attributes.get(attribute) {
                    let targets: Vec<&str> = targets.split_whitespace().collect();
                    let roles: Vec<&str> = node.references(&role).map(NodeId::as_str).collect();
                    assert_eq!(roles, targets, "{what} {attribute}");
                }
            }
            if let (Content::Transform(transform), Some(matrix)) =
                (&node.content, attributes.get("matrixTransformToParent"))
            {
                let found = transform.to_parent().as_linear().unwrap().matrix();
                assert_eq!(found.as_flattened(), numbers(matrix), "{what}");
            }
            if let Content::Camera(camera) = &node.content {
                assert_eq!(camera.position.to_vec(), numbers(&attributes["position"]), "{what}");
            }
            if let Content::Slice(slice) = &node.content {
                assert_eq!(slice.slice_to_ras.to_vec(), numbers(&attributes["sliceToRAS"]), "{what}");
            }
            if let Content::VolumeDisplay(display) = &node.content
                && let Some(window) = attributes.get("window")
            {
                assert_eq!(display.window, window.parse::<f64>().unwrap(), "{what}");
            }
            if let Content::Storage(storage) = &node.content
                && let Some(file) = attributes.get("fileName")
            {
                assert_eq!(storage.file.as_deref().unwrap_or_default(), file.replace("%20", " "), "{what}");
            }
            // What no field holds is kept.
            let markup = matches!(node.content, Content::Markups(_) | Content::MarkupsDisplay(_));
            for (name, value) in attributes.iter().filter(|_| !markup) {
                if node.content.fields().visit_one(name).is_none() && node.unknown.contains_key(name) {
                    assert_eq!(&node.unknown[name], value, "{what} {name}");
                }
            }
        }
    }
}

/// A field's text by its name.
trait VisitOne {
    fn visit_one(&self, name: &str) -> Option<String>;
}

impl VisitOne for &dyn microtome_scene::Fields {
    fn visit_one(&self, name: &str) -> Option<String> {
        let mut found = None;
        self.visit(&mut |field, value| {
            if field == name {
                found = Some(value);
            }
        });
        found
    }
}

#[test]
fn every_sample_scene_comes_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    for path in sample_scenes("every_sample_scene_comes_back_equal") {
        let mut nodes = mrml::read(&fs::read(&path).unwrap()).unwrap().nodes;
        // Points of annotations are in the scene, points of markups in files.
        for (_, node) in &mut nodes {
            if let Content::Markups(markups) = &mut node.content {
                (markups.points, markups.last_point_number) = (Vec::new(), 0);
                markups.roi = markups.roi.take().map(|_| Default::default());
            }
        }
        let text = write(&nodes);
        let again = read(&text);
        assert!(again.warnings.is_empty(), "{}: {:?}", path.display(), again.warnings);
        for (found, expected) in again.nodes.iter().zip(&nodes) {
            assert_eq!(found, expected, "{}", path.display());
        }
        assert_eq!(again.nodes.len(), nodes.len(), "{}", path.display());
        assert_eq!(write(&again.nodes), text, "{}", path.display());

        // The same through files, in another folder than the one that the data is beside.
        let first = folder.path().join("first.mrml");
        let second = folder.path().join("second.mrml");
        let (scene, mut origins, _) = opened(&path);
        assert!(save_scene(&scene, &mut origins, &first).unwrap().is_empty());
        let (scene, mut origins, _) = opened(&first);
        save_scene(&scene, &mut origins, &second).unwrap();
        let (again, ..) = opened(&second);
        assert!(again == scene, "{}", path.display());
    }
}

#[test]
fn attributes_that_nobody_knows_survive() {
    let text = "<MRML version=\"Slicer 5.9.0 1\">\
        <Model id=\"vtkMRMLModelNode1\" name=\"M\" fromTheFuture=\"a &lt;b&gt; &#10;c\" userTags=\"\"></Model>\
        <Quux id=\"vtkMRMLQuuxNode1\" name=\"Q\" deep=\"1\" references=\"display:vtkMRMLModelNode1;\">\
        <Inner a='x'>t &amp; u<b/></Inner></Quux></MRML>";
    let nodes = read(text).nodes;
    assert_eq!(nodes[0].1.unknown["fromTheFuture"], "a <b> \nc");
    let again = read(&write(&nodes)).nodes;
    assert_eq!(again, nodes);
    let Content::Other(quux) = &again[1].1.content else { panic!() };
    assert_eq!(quux.inner, "<Inner a='x'>t &amp; u<b/></Inner>");
    assert_eq!(again[1].1.reference(&Role::DISPLAY).unwrap().as_str(), "vtkMRMLModelNode1");
}

#[test]
fn old_scenes_are_brought_up_to_date() {
    let Some(data) = shared_data("old_scenes_are_brought_up_to_date") else { return };
    let nodes = |name: &str| mrml::read(&fs::read(data.join(name)).unwrap()).unwrap().nodes;
    let find = |nodes: &[(NodeId, Node)], id: &str| -> Node {
        nodes.iter().find(|(other, _)| other.as_str() == id).unwrap_or_else(|| panic!("{id}")).1.clone()
    };

    let clip = find(&nodes("scenes/clipCube.mrml"), "vtkMRMLClipModelsNode1");
    assert_eq!(clip.class(), "Clip");
    let clipping = &clip.references[&Role::CLIPPING];
    assert_eq!((clipping.len(), clipping[0].node.as_str()), (1, "vtkMRMLSliceNode6"));
    assert_eq!(clipping[0].properties["clippingState"], "ClipPositiveSpace");

    let volumes = nodes("scenes/name.mrml");
    assert_eq!(find(&volumes, "vtkMRMLScalarVolumeNode2").class(), "LabelMapVolume");
    assert_eq!(find(&volumes, "vtkMRMLScalarVolumeNode3").class(), "ScalarVolume");

    let annotations = nodes("markups/AnnotationTest/AnnotationFiducialsTest.mrml");
    let kinds = |kind| {
        let of_kind =
            |node: &Node| matches!(&node.content, Content::Markups(markups) if markups.kind == kind);
        annotations.iter().filter(|(_, node)| of_kind(node)).count()
    };
    assert_eq!((kinds(MarkupsKind::Fiducial), kinds(MarkupsKind::Line), kinds(MarkupsKind::Roi)), (5, 2, 3));
    let Content::Markups(roi) = find(&annotations, "vtkMRMLAnnotationROINode1").content else { panic!() };
    let shape = roi.roi.unwrap();
    assert_eq!(shape.center.coords(), [164.232, -48.7013, 0.0]);
    assert_eq!(shape.size, [24.8918, 36.7966, 24.8918]);
    let Content::Markups(line) = find(&annotations, "vtkMRMLAnnotationRulerNode1").content else { panic!() };
    assert_eq!(line.points[1].position.coords(), [172.89, 27.0563, 0.0]);

    let hierarchy = nodes("scenes/EclipseEnt_Dvh_Scene.mrml");
    let Content::SubjectHierarchy(items) = find(&hierarchy, "vtkMRMLSubjectHierarchyNode1").content else {
        panic!()
    };
    assert_eq!(items.items.len(), 21);
    assert_eq!(items.item(4).unwrap().attribute("DICOM.PatientName"), Some("RANDO^ENT"));
    assert_eq!(items.children(7).count(), 16);
    let Content::SegmentationDisplay(display) = find(&hierarchy, "vtkMRMLSegmentationDisplayNode1").content
    else {
        panic!()
    };
    assert_eq!(display.segments["Dose 5200[cGy]"].opacity_3d, 1.0);
    assert_eq!(display.segments["BODY"].opacity_3d, 0.2);
    assert!(display.display.visibility_2d);

    let light_box =
        mrml::read(&fs::read(data.join("scenes/backward_compat_light_box_scene.mrml")).unwrap()).unwrap();
    assert_eq!(light_box.version.numbers, Some([5, 8, 1]));
    assert_eq!(light_box.warnings.len(), 2);
    let views = nodes("scenes/SceneViewWithoutCamera.mrml");
    let Content::SceneView(view) = &find(&views, "vtkMRMLSceneViewNode1").content else { panic!() };
    assert_eq!(view.nodes.len(), 3);
    let Content::VolumeProperty(property) =
        find(&nodes("scenes/volRender.mrml"), "vtkMRMLVolumePropertyNode1").content
    else {
        panic!()
    };
    assert_eq!(write(&nodes("scenes/volRender.mrml")).matches("-10001 1 -10000 0").count(), 1);
    let _ = property;
}

/// A node of every sort that has more than plain fields.
fn rich_nodes() -> Vec<(NodeId, Node)> {
    let mut display = SegmentationDisplay::default();
    let segment = SegmentDisplay { opacity_3d: 0.25, visible: false, ..SegmentDisplay::default() };
    display.segments.insert("a segment's \"id\" <%>".to_owned(), segment);
    let parameters: BTreeMap<String, String> =
        [("a key %", "{\"json\": [1, 2]}"), ("empty", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let module = ScriptedModule { module: "M".into(), parameters: parameters.clone() };
    let command = CommandLineModule {
        title: Some("T".into()),
        parameters: [("radius".to_owned(), "a b".to_owned())].into(),
        ..Default::default()
    };
    let mut browser =
        nodes::SequenceBrowser { postfixes: vec!["0".into(), "1".into()], ..Default::default() };
    browser.synchronization.insert("0".into(), [("playback".to_owned(), "true".to_owned())].into());
    let mut text =
        Node::new("with ; and : in it", nodes::Text { text: "l1\nl2\t\"&<>'".into(), encoding: 3 });
    text.attributes = [("A.b", "x;y:z%3B%"), ("a:b;c", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    text.description = "ein Schädel".into();
    let view = nodes::SceneView {
        text: "one\ntwo".into(),
        nodes: vec![("t".into(), text.clone().into())],
        ..Default::default()
    };
    let all: Vec<Node> = vec![
        Node::new("display", display),
        Node::new("module", module),
        Node::new("command", command),
        Node::new("browser", browser),
        text,
        Node::new("view", view),
        Node::new(
            "property",
            nodes::VolumeProperty { color: vec![[0.1, 0.2, 0.3, 0.4].into()], ..Default::default() },
        ),
    ];
    all.into_iter().enumerate().map(|(n, node)| (format!("n{n}").into(), node)).collect()
}

#[test]
fn what_is_more_than_fields_survives() {
    let nodes = rich_nodes();
    let again = read(&write(&nodes));
    assert!(again.warnings.is_empty(), "{:?}", again.warnings);
    for (found, expected) in again.nodes.iter().zip(&nodes) {
        assert_eq!(found, expected);
    }
}

fn small_image(value: i16) -> Image {
    let grid = Grid::axis_aligned([3, 4, 5], [1.0, 2.0, 3.0], Point::new(0.1, -20.5, 1.0 / 3.0));
    Image::scalar(grid, vec![value; 60]).unwrap()
}

#[test]
fn data_are_written_once_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mrml");
    let mut change = Scene::default().begin("Add");
    let volume = change.add(Node::new("CT: chest", nodes::Volume::new(small_image(7))));
    let list = nodes::Markups {
        points: vec![microtome_records::ControlPoint { label: "F-1".into(), ..Default::default() }],
        ..nodes::Markups::of_kind(MarkupsKind::Fiducial)
    };
    let markups = change.add(Node::new("F", list));
    let mut hidden = Node::new("secret", nodes::Volume::new(small_image(1)));
    hidden.hidden = true;
    change.add(hidden);
    let scene = change.finish().0;
    let mut origins = Origins::default();
    assert!(save_scene(&scene, &mut origins, &path).unwrap().is_empty());
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["CT%3a chest.nrrd", "F.mrk.json", "case.mrml", "case_Private"]);
    assert!(folder.path().join("case_Private/secret.nrrd").is_file());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("fileName=\"CT%253a%20chest.nrrd\""), "{text}");
    assert!(text.contains("origin=\"0.1 -20.5 0.3333333333333333\""), "{text}");

    // Nothing has changed: nothing but the scene file is written again, here or for another scene.
    let stamp = |name: &str| folder.path().join(name).metadata().unwrap().modified().unwrap();
    let before = (stamp("CT%3a chest.nrrd"), stamp("F.mrk.json"));
    save_scene(&scene, &mut origins, &path).unwrap();
    assert_eq!(before, (stamp("CT%3a chest.nrrd"), stamp("F.mrk.json")));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let (scene, mut origins, warnings) = opened(&path);
    assert_eq!((scene.len(), warnings), (6, Vec::new()));
    let Content::Volume(read) = &scene.node(&volume).unwrap().content else { panic!() };
    assert_eq!(read.image.as_ref(), Some(&small_image(7)));
    save_scene(&scene, &mut origins, &path).unwrap();
    let other = folder.path().join("other.mrml");
    save_scene(&scene, &mut origins, &other).unwrap();
    assert_eq!(before, (stamp("CT%3a chest.nrrd"), stamp("F.mrk.json")));

    // Changed data goes over the scene's own file, and beside that of another scene.
    let mut change = scene.begin("Edit");
    change.update(&volume, |node| node.content = nodes::Volume::new(small_image(9)).into()).unwrap();
    let changed = change.finish().0;
    save_scene(&changed, &mut origins.clone(), &other).unwrap();
    assert_eq!(before.0, stamp("CT%3a chest.nrrd"));
    assert!(folder.path().join("CT%3a chest_1.nrrd").is_file());
    let value = |path: &Path| {
        let (scene, ..) = opened(path);
        let Content::Volume(volume) = &scene.node(&volume).unwrap().content else { panic!() };
        volume.image.as_ref().unwrap().array().get(0).unwrap()
    };
    assert_eq!((value(&path), value(&other)), (7.0, 9.0));
    save_scene(&changed, &mut origins, &path).unwrap();
    assert_eq!(value(&path), 9.0);
    assert!(!folder.path().join("CT%3a chest_2.nrrd").exists());
    assert!(opened(&other).0.node(&markups).is_some());
}

#[test]
fn missing_and_broken_files_are_a_warning_each() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.nrrd"), b"NRRD0004\ntype: short\n").unwrap();
    fs::create_dir(folder.path().join("folder.nrrd")).unwrap();
    let volume = |n: usize, file: &str, more: &str| {
        format!(
            "<VolumeArchetypeStorage id='s{n}' name='' fileName='{file}' {more}></VolumeArchetypeStorage>\
             <Volume id='v{n}' name='V{n}' spacing='1 2 3' references='storage:s{n};'></Volume>"
        )
    };
    let files = ["missing.nrrd", "broken.nrrd", "folder.nrrd", "http://example.org/a.nrrd"];
    let volumes: String = files.iter().enumerate().map(|(n, file)| volume(n, file, "")).collect();
    let skipped = volume(9, "none.nrrd", "writeState='6'");
    let path = folder.path().join("s.mrml");
    fs::write(&path, format!("<MRML>{volumes}{skipped}</MRML>")).unwrap();
    let found = open_scene(&path, &OpenOptions::default()).unwrap();
    assert_eq!(found.clone().into_data().len(), 5);
    let warned: Vec<&str> = found.warnings.iter().filter_map(|(id, _)| Some(id.as_ref()?.as_str())).collect();
    assert_eq!(warned, ["v0", "v1", "v2", "v3"], "{:?}", found.warnings);
    // The scene goes on saying where the files should be, and what they should be like.
    let (scene, mut origins, _) = opened(&path);
    save_scene(&scene, &mut origins, &path).unwrap();
    assert!(opened(&path).0 == scene);
    assert_eq!(scene.node(&"v0".into()).unwrap().unknown["spacing"], "1 2 3");
}

#[test]
fn hostile_scenes_are_bounded() {
    let start = Instant::now();
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE MRML [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
        <MRML><Model id=\"&b;\"/></MRML>";
    assert_eq!(mrml::read(bomb.as_bytes()).err(), Some(XmlError::DocumentType));
    let undeclared = "<MRML><Model id=\"m\" name=\"&lol;\"/></MRML>";
    assert_eq!(read(undeclared).nodes[0].1.name, "&lol;");
    let deep = format!("<MRML>{}", "<Model>".repeat(1_000_000));
    assert!(matches!(mrml::read(deep.as_bytes()), Err(XmlError::TooMuch { .. })));
    assert!(matches!(mrml::read(b"<NotMRML/>"), Err(XmlError::Root(_))));
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=\"\"")).collect();
    assert!(matches!(mrml::read(format!("<MRML{attributes}/>").as_bytes()), Err(XmlError::TooMuch { .. })));

    let twice = "<MRML><Model id='m' name='A'/><Model id='m' name='B'/><Model name='C'/>\
        <ModelHierarchy id='h' references='display:m;'/></MRML>";
    let scene = scene_of(read(twice).nodes);
    assert_eq!(scene.len(), 4);
    assert_eq!(scene.node(&"m".into()).unwrap().name, "A");

    let circle = "<MRML><LinearTransform id='a' references='transform:b;'/>\
        <LinearTransform id='b' references='transform:a;'/><LinearTransform id='c' references='transform:c;'/></MRML>";
    let scene = scene_of(read(circle).nodes);
    let under = scene.nodes().filter(|(_, node)| node.reference(&Role::TRANSFORM).is_some()).count();
    assert_eq!(under, 1);

    let matrix = "1 0 0 nan 0 1 0 0 0 0 1 0 0 0 0 1";
    let nan = format!(
        "<MRML><LinearTransform id='a' matrixTransformToParent='{matrix}'/><Slice id='b' sliceToRAS='{matrix}'/>\
         <VolumeDisplay id='c' window='-nan' level='NaN'/></MRML>"
    );
    let document = read(&nan);
    assert!(document.warnings.len() >= 3, "{:?}", document.warnings);
    let Content::Transform(transform) = &document.nodes[0].1.content else { panic!() };
    assert!(transform.map.as_linear().unwrap().is_finite());
    let Content::Slice(slice) = &document.nodes[1].1.content else { panic!() };
    assert!(slice.slice_to_ras.iter().all(|v| v.is_finite()));
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

/// A scene of so many models, each under the display of another.
fn models(count: usize) -> String {
    let model = |n: usize| {
        format!("<Model id=\"m{n}\" name=\"M\" displayNodeRef=\"m{}\" singletonTag=\"{n}\"/>", n / 2)
    };
    format!("<MRML>{}</MRML>", (0..count).map(model).collect::<String>())
}

#[test]
fn a_hundred_thousand_nodes_open_and_a_million_are_refused_at_once() {
    let nodes = read(&models(100_000)).nodes;
    assert_eq!(nodes.len(), 100_000);
    assert_eq!(scene_of(nodes).len(), 100_000);
    let text = models(1_000_000);
    let start = Instant::now();
    let error = mrml::read(text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("elements"), "{error}");
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

#[test]
fn scenes_find_their_data() {
    let Some(data) = shared_data("scenes_find_their_data") else { return };
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("TestData");
    fs::create_dir(&inside).unwrap();
    for file in [
        "meshes/slicer/cube.vtk",
        "transforms/Bspline-f-m.tfm",
        "transforms/deform2x2x2_ras.nrrd",
        "transforms/TpsTransform.h5",
        "transforms/BSplineLinearCompositeTransform.h5",
    ] {
        fs::copy(data.join(file), inside.join(Path::new(file).file_name().unwrap())).unwrap();
    }
    let bring = |name: &str| {
        fs::copy(data.join("scenes").join(name), folder.path().join(name)).unwrap();
        folder.path().join(name)
    };
    let text = fs::read_to_string(inside.join("cube.vtk")).unwrap().replace("SPACE=RAS", "");
    fs::write(inside.join("cube.vtk"), &text).unwrap();
    let path = bring("cube.mrml");
    let (scene, mut origins, warnings) = opened(&path);
    assert_eq!(warnings, Vec::<String>::new());
    let Content::Model(model) = &scene.node(&"vtkMRMLModelNode4".into()).unwrap().content else { panic!() };
    // The scene is from before meshes said their axes: the file's numbers are RAS.
    let first = text.split("float").nth(1).unwrap().split_whitespace().take(3);
    let first: Vec<f64> = first.map(|word| word.parse().unwrap()).collect();
    assert_eq!(model.mesh.points()[0].coords().to_vec(), first);
    // Saved as a scene of today, the old file still means the same.
    save_scene(&scene, &mut origins, &path).unwrap();
    assert!(opened(&path).0 == scene);

    let path = bring("NonLinearTransformScene.mrml");
    let (scene, mut origins, warnings) = opened(&path);
    assert_eq!(warnings, Vec::<String>::new());
    let class = |id: &str| {
        let Content::Transform(transform) = &scene.node(&id.into()).unwrap().content else { panic!() };
        assert!(transform.map.as_linear().is_none(), "{id}");
        scene.node(&id.into()).unwrap().class().to_owned()
    };
    assert_eq!(class("vtkMRMLBSplineTransformNode1"), "BSplineTransform");
    assert_eq!(class("vtkMRMLGridTransformNode1"), "GridTransform");
    assert_eq!(class("vtkMRMLTransformNode1"), "Transform");
    assert_eq!(class("vtkMRMLTransformNode2"), "Transform");
    save_scene(&scene, &mut origins, &path).unwrap();
    assert!(opened(&path).0 == scene);
}

/// The subject hierarchy of some nodes, a line for each item: how deep, its name or node, and what it is.
fn tree_of(nodes: &[(NodeId, Node)]) -> Vec<String> {
    let tree = nodes.iter().find_map(|(_, node)| match &node.content {
        Content::SubjectHierarchy(tree) => Some(tree),
        _ => None,
    });
    let tree = tree.unwrap();
    let line = |item: &nodes::SubjectHierarchyItem| {
        let mut depth = 0;
        let mut at = item.parent;
        while at != 0 {
            (depth, at) = (depth + 1, tree.item(at).unwrap().parent);
        }
        let node = item.node.as_ref().and_then(|id| nodes.iter().find(|(other, _)| other == id));
        let name = node.map_or(item.name.as_str(), |(_, node)| &node.name);
        format!("{depth} {name} {}", item.level().unwrap_or(&item.owner))
    };
    tree.items.iter().map(line).collect()
}

#[test]
fn old_hierarchies_become_items() {
    let Some(data) = shared_data("old_hierarchies_become_items") else { return };
    let nodes = |name: &str| mrml::read(&fs::read(data.join(name)).unwrap()).unwrap().nodes;
    let models = nodes("scenes/modelHierarchy.mrml");
    assert_eq!(
        tree_of(&models),
        [
            "0 Scene Scene",
            "1 Model Hierarchy Folder",
            "1 Model Hierarchy1 Folder",
            "2 Model Hierarchy2 Folder"
        ]
    );
    // What orders scene views stays.
    assert_eq!(models.iter().filter(|(_, node)| node.class() == "Hierarchy").count(), 2);

    let folded = nodes("scenes/hier_test.mrml");
    assert_eq!(
        tree_of(&folded),
        ["0 Scene Scene", "1 vtkMRMLModelHierarchyNode1 Folder", "2 sphere.vtk Models"]
    );
    let display = folded.iter().find_map(|(_, node)| match &node.content {
        Content::FolderDisplay(display) => Some(display),
        _ => None,
    });
    let display = display.unwrap();
    assert!(display.apply_on_branch && !display.display.visibility);
    assert_eq!(display.display.color, [0.5; 3]);
    assert!(!folded.iter().any(|(id, _)| id.as_str() == "vtkMRMLModelDisplayNode2"));

    let fibers = tree_of(&nodes("scenes/fibers_hierarchy.mrml"));
    assert_eq!(fibers.len(), 4, "{fibers:?}");
    assert_eq!(fibers[1], "1 fibers_hierarchy Folder");
    assert!(
        fibers[2..].iter().all(|line| line.starts_with("2 fiber") && line.ends_with("Models")),
        "{fibers:?}"
    );

    let annotations = tree_of(&nodes("markups/AnnotationTest/AnnotationFiducialsTest.mrml"));
    assert_eq!(
        annotations[..4],
        ["0 Scene Scene", "1 All Annotations Folder", "2 Fiducials List Folder", "3 F Markups"]
    );
    assert_eq!(annotations.iter().filter(|line| line.ends_with("Markups")).count(), 10);

    // Patients, studies and series as nodes; one in itself, and one whose node is gone.
    let text = "<MRML><Model id='m' name='M'/>\
        <SubjectHierarchy id='p' name='P_SubjectHierarchy' Level='Subject' UIDs='DICOM; 77:' \
         attributes='DICOM.PatientName:X'/>\
        <SubjectHierarchy id='s' name='S_SubjectHierarchy' Level='Study' parentNodeRef='p'/>\
        <SubjectHierarchy id='i' name='M_SubjectHierarchy' Level='Series' parentNodeRef='s' associatedNodeRef='m' \
         OwnerPluginName='Models' UIDs='DICOM; 1.2:DICOMInstanceUID; 1.2.3 1.2.4:'/>\
        <SubjectHierarchy id='c' name='C' parentNodeRef='c'/>\
        <SubjectHierarchy id='g' name='G' associatedNodeRef='gone'/></MRML>";
    let found = read(text).nodes;
    assert_eq!(tree_of(&found), ["0 Scene Scene", "1 P Patient", "2 S Study", "3 M Models", "1 C Folder"]);
    assert!(found.iter().any(|(id, node)| id.as_str() == "g" && node.class() == "SubjectHierarchy"));
    let scene = scene_of(found);
    let tree = scene.nodes().find_map(|(_, node)| match &node.content {
        Content::SubjectHierarchy(tree) => Some(tree),
        _ => None,
    });
    let tree = tree.unwrap();
    let item = tree.item_of(&"m".into()).unwrap();
    assert_eq!((item.uid("DICOM"), item.uid("DICOMInstanceUID")), (Some("1.2"), Some("1.2.3 1.2.4")));
    let patient = tree.items.iter().find(|item| item.level() == Some("Patient")).unwrap();
    assert_eq!((patient.uid("DICOM"), patient.attribute("DICOM.PatientName")), (Some("77"), Some("X")));
}

#[test]
fn views_that_a_slice_is_shown_in_follow_new_identifiers() {
    let text = "<MRML><View id='v' name='V'/><Slice id='s' name='S' threeDViewNodeRef='v gone'/></MRML>";
    let mut change = Scene::default().begin("Import");
    mrml::import(&mut change, read(text).nodes);
    let second = mrml::import(&mut change, read(text).nodes).ids;
    let scene = change.finish().0;
    let slice = scene.node(&second[1]).unwrap();
    assert_eq!(slice.references(&Role::THREE_D_VIEW).collect::<Vec<_>>(), [&second[0]]);
    let written = mrml::write([(&second[1], slice)].into_iter());
    assert!(written.contains(&format!("threeDViewNodeRef=\"{}\"", second[0])), "{written}");
}

#[test]
fn computed_colours_have_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mrml");
    let colors =
        nodes::ProceduralColor { points: vec![[0.0; 4], [0.1, 1.0, 0.5, 0.25]], ..Default::default() };
    let mut change = Scene::default().begin("Add");
    let id = change.add(Node { hidden: false, ..Node::new("Heat", colors.clone()) });
    let scene = change.finish().0;
    save_scene(&scene, &mut Origins::default(), &path).unwrap();
    let file = folder.path().join("Heat.txt");
    let lines = fs::read_to_string(&file).unwrap();
    assert!(lines.starts_with("# Color procedural file") && lines.ends_with("\n0.1 1 0.5 0.25\n"), "{lines}");
    assert!(fs::read_to_string(&path).unwrap().contains("<ProceduralColorStorage"));
    let (again, mut origins, warnings) = opened(&path);
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(again.node(&id).unwrap().content, colors.clone().into());
    let written = file.metadata().unwrap().modified().unwrap();
    save_scene(&again, &mut origins, &path).unwrap();
    assert_eq!(file.metadata().unwrap().modified().unwrap(), written);
    let alone = microtome_archive::open(&file, &OpenOptions::default()).unwrap();
    assert_eq!(alone[0].node.content, colors.into());
}

#[test]
fn what_is_inside_unknown_elements_stays_readable() {
    let text = "<MRML><A id='a'>x<![CDATA[<]]>y<!-- > --></A><B id='b'><c d='>'/><![CDATA[ </B> ]]></B><C id='c'/></MRML>";
    let nodes = read(text).nodes;
    let again = read(&write(&nodes)).nodes;
    assert_eq!(again, nodes);
    let Content::Other(b) = &nodes[1].1.content else { panic!() };
    assert_eq!(b.inner, "<c d='>'/><![CDATA[ </B> ]]>");
    let spaced = read("<MRML xmlns:s='urn:s'><A id='a'><s:b/></A></MRML>");
    assert_eq!(spaced.warnings.len(), 1);
    assert_eq!(read(&write(&spaced.nodes)).nodes, spaced.nodes);
}

#[test]
fn tables_and_label_maps_are_what_the_scene_says() {
    let Some(data) = shared_data("tables_and_label_maps_are_what_the_scene_says") else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in ["tables/ColorTest.csv", "labels/mr_brain1_label.nrrd"] {
        fs::copy(data.join(file), folder.path().join(Path::new(file).file_name().unwrap())).unwrap();
    }
    let path = folder.path().join("s.mrml");
    let text = "<MRML version='Slicer 5.8.1 33241'><TableStorage id='a' name='' fileName='ColorTest.csv'/>\
        <Table id='b' name='T' references='storage:a;'/>\
        <ColorTableStorage id='c' name='' fileName='ColorTest.csv'/>\
        <ColorTable id='d' name='C' references='storage:c;'/>\
        <VolumeArchetypeStorage id='e' name='' fileName='mr_brain1_label.nrrd' centerImage='1'/>\
        <LabelMapVolume id='f' name='L' references='storage:e;'/>\
        <SegmentationStorage id='g' name='' fileName='mr_brain1_label.nrrd'/>\
        <Segmentation id='h' name='S' references='storage:g;'/></MRML>";
    fs::write(&path, text).unwrap();
    let (scene, _, warnings) = opened(&path);
    assert_eq!(warnings, Vec::<String>::new());
    let content = |id: &str| scene.node(&id.into()).unwrap().content.clone();
    let (Content::Table(table), Content::ColorTable(colors)) = (content("b"), content("d")) else { panic!() };
    assert!(table.table.columns.len() > 3 && !colors.colors.entries.is_empty());
    let (Content::LabelVolume(labels), Content::Segmentation(segments)) = (content("f"), content("h")) else {
        panic!()
    };
    assert!(labels.labels.unwrap().grid().center().distance(Point::zero()) < 1e-9);
    assert!(!segments.data.segments.is_empty());
}

#[test]
fn a_file_that_many_nodes_name_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::new("v", nodes::Volume::new(small_image(3)));
    microtome_archive::save(&node, &folder.path().join("v.nrrd"), &Default::default()).unwrap();
    let mut text = String::from("<MRML version='Slicer 5.8.1 33241'>");
    for n in 0..50 {
        text.push_str(&format!(
            "<VolumeArchetypeStorage id='s{n}' name='' fileName='v.nrrd'/><Volume id='v{n}' name='v' references='storage:s{n};'/>"
        ));
    }
    text.push_str("</MRML>");
    let path = folder.path().join("s.mrml");
    fs::write(&path, text).unwrap();
    let (scene, mut origins, _) = opened(&path);
    let voxels = scene.nodes().filter_map(|(_, node)| match &node.content {
        Content::Volume(volume) => Some(volume.image.as_ref().unwrap().array().identity()),
        _ => None,
    });
    let voxels: Vec<usize> = voxels.collect();
    assert_eq!(voxels.len(), 50);
    assert!(voxels.iter().all(|address| *address == voxels[0]));

    // Who changes one of them does not change the others.
    let mut change = scene.begin("Edit");
    change.update(&"v0".into(), |node| node.content = nodes::Volume::new(small_image(4)).into()).unwrap();
    save_scene(&change.finish().0, &mut origins, &path).unwrap();
    let (scene, ..) = opened(&path);
    for (id, value) in [("v0", 4.0), ("v1", 3.0)] {
        let Content::Volume(volume) = &scene.node(&id.into()).unwrap().content else { panic!() };
        assert_eq!(volume.image.as_ref().unwrap().array().get(0), Some(value), "{id}");
    }
}
