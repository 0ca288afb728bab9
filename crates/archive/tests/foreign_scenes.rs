//! Scenes as others lay them out: files that name files, slices in a list, files outside the scene's folder, odd values.

mod common;

use std::fs;
use std::path::Path;

use common::{named, opened, small_image};
use microtome_archive::bundle::{Limits, Zip};
use microtome_archive::session::{Origins, SaveOptions, open_scene, save_scene, save_scene_with};
use microtome_archive::{OpenOptions, WriteOptions, mrml, save};
use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Image};
use microtome_records::{Column, ColumnValues, Table};
use microtome_scene::{Content, Node, Role, Scene, nodes};

fn write_scene(path: &Path, body: &str) {
    fs::write(path, format!("<MRML version=\"Slicer 5.8.1 33241\">{body}</MRML>")).unwrap();
}

/// The names of the files in a bundle.
fn members(bundle: &Path) -> Vec<String> {
    let zip = Zip::new(fs::read(bundle).unwrap().into(), &Limits::MODEST).unwrap();
    zip.members().iter().map(|member| member.name().to_owned()).collect()
}

fn table() -> Table {
    let column = |name: &str, values| Column { name: name.into(), values, properties: Vec::new() };
    let numbers = ColumnValues::Numbers(Array::from(vec![1.5_f64, -2.0]));
    let text = ColumnValues::Text(vec!["a".into(), "b".into()]);
    Table { columns: vec![column("label", text), column("volume", numbers)] }
}

#[test]
fn tables_keep_their_types_from_bundle_to_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let mut change = Scene::default().begin("Make");
    change.add(Node::new("T", nodes::Table::from(table())));
    // Its file must not be that of the other's schema.
    let words =
        Column { name: "w".into(), values: ColumnValues::Text(vec!["x".into()]), properties: Vec::new() };
    change.add(Node::new("T.schema", nodes::Table::from(Table { columns: vec![words] })));
    let scene = change.finish().0;
    let mut origins = Origins::default();
    let at = |name: &str| folder.path().join(name);
    assert!(save_scene(&scene, &mut origins, &at("a.mrb")).unwrap().is_empty());
    // The same scene once more, and what has been read from a bundle.
    assert!(save_scene(&scene, &mut origins, &at("again.mrb")).unwrap().is_empty());
    let mut read = opened(&at("a.mrb"));
    for name in ["b.mrb", "b.mrml"] {
        assert!(save_scene(&read.scene, &mut read.origins, &at(name)).unwrap().is_empty());
    }
    for name in ["a.mrb", "again.mrb", "b.mrb", "b.mrml"] {
        let back = opened(&at(name));
        assert_eq!(back.warnings, Vec::<String>::new(), "{name}");
        let (_, node) = named(&back.scene, "T");
        let Content::Table(found) = &node.content else { panic!() };
        assert_eq!(found.table.columns[1].values, table().columns[1].values, "{name}");
        assert!(matches!(&named(&back.scene, "T.schema").1.content,
            Content::Table(found) if matches!(&found.table.columns[0].values, ColumnValues::Text(cells) if cells == &["x"])));
        let storage = back.scene.node(node.reference(&Role::STORAGE).unwrap()).unwrap();
        let Content::Storage(storage) = &storage.content else { panic!() };
        assert_eq!(storage.members.len(), 1, "{name}");
        assert!(storage.members[0].contains(".schema."), "{name}: {:?}", storage.members);
    }
}

#[test]
fn files_that_nobody_understands_keep_their_places_to_each_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("in/parts")).unwrap();
    for (name, text) in [("in/a.sp", "main"), ("in/parts/b.bin", "one"), ("in/parts/c.bin", "two")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    write_scene(
        &folder.path().join("s.mrml"),
        "<ShaderPropertyStorage id=\"s\" name=\"\" fileName=\"in/a.sp\" fileListMember0=\"in/a.sp\" \
         fileListMember1=\"in/parts/b.bin\" fileListMember2=\"in/parts/c.bin\"/>\
         <ShaderProperty id=\"n\" name=\"n\" references=\"storage:s;\"/>",
    );
    let mut first = opened(&folder.path().join("s.mrml"));
    let bundle = folder.path().join("a.mrb");
    assert!(save_scene(&first.scene, &mut first.origins, &bundle).unwrap().is_empty());
    let mut second = opened(&bundle);
    let again = folder.path().join("b.mrb");
    assert!(save_scene(&second.scene, &mut second.origins, &again).unwrap().is_empty());
    for bundle in [bundle, again] {
        let names = members(&bundle);
        let main = names.iter().find(|name| name.ends_with("/a.sp")).unwrap();
        let base = main.strip_suffix("a.sp").unwrap();
        for part in ["parts/b.bin", "parts/c.bin"] {
            assert!(names.contains(&format!("{base}{part}")), "{names:?}");
        }
    }
}

#[test]
fn slices_in_a_list_of_files_are_one_volume() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    for n in 0..3_i16 {
        let origin = Point::new(1.0, 2.0, 10.0 + 2.5 * f64::from(n));
        let grid = Grid::axis_aligned([5, 4, 1], [0.5, 0.75, 1.0], origin);
        let values: Vec<i16> = (0..20).map(|v| 100 * n + v).collect();
        let slice = Node::new("s", nodes::Volume::new(Image::scalar(grid, values).unwrap()));
        let path = folder.path().join(format!("sub/s00{n}.mha"));
        save(&slice, &path, &WriteOptions::default()).unwrap();
    }
    let list: String = (0..3).map(|n| format!(" fileListMember{n}=\"sub/s00{n}.mha\"")).collect();
    let body = |list: &str| {
        format!(
            "<VolumeArchetypeStorage id=\"s\" name=\"\" fileName=\"sub/s000.mha\"{list}/>\
             <Volume id=\"v\" name=\"v\" references=\"storage:s;\"/>"
        )
    };
    let path = folder.path().join("s.mrml");
    write_scene(&path, &body(&list));
    let mut first = opened(&path);
    assert_eq!(first.warnings, Vec::<String>::new());
    let bundle = folder.path().join("s.mrb");
    assert!(save_scene(&first.scene, &mut first.origins, &bundle).unwrap().is_empty());
    for scene in [&first.scene, &opened(&bundle).scene] {
        let Content::Volume(volume) = &named(scene, "v").1.content else { panic!() };
        let image = volume.image.as_ref().unwrap();
        let expected = Grid::axis_aligned([5, 4, 3], [0.5, 0.75, 2.5], Point::new(1.0, 2.0, 10.0));
        assert!(image.grid().matches(&expected, 1e-9), "{:?}", image.grid());
        let values = image.array().as_slice::<i16>().unwrap();
        assert_eq!((values.len(), values[20], values[59]), (60, 100, 219));
    }
    // A list of slices one of which is not there is no volume.
    write_scene(&path, &body(&list.replace("s002", "s009")));
    let broken = opened(&path);
    assert_eq!(broken.warnings.len(), 1);
    assert!(broken.warnings[0].contains("s009.mha"), "{:?}", broken.warnings);
}

#[test]
fn a_header_file_is_not_copied_without_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let volume = Node::new("v", nodes::Volume::new(small_image(3)));
    save(&volume, &folder.path().join("v.nhdr"), &WriteOptions::default()).unwrap();
    // A detached header may be called otherwise too, and scenes need not list what it names.
    fs::rename(folder.path().join("v.nhdr"), folder.path().join("h.nrrd")).unwrap();
    let path = folder.path().join("s.mrml");
    write_scene(
        &path,
        "<VolumeArchetypeStorage id=\"s\" name=\"\" fileName=\"h.nrrd\"/>\
         <Volume id=\"v\" name=\"v\" references=\"storage:s;\"/>",
    );
    let mut first = opened(&path);
    assert_eq!(first.warnings, Vec::<String>::new());
    let bundle = folder.path().join("s.mrb");
    assert!(save_scene(&first.scene, &mut first.origins, &bundle).unwrap().is_empty());
    let back = opened(&bundle);
    assert_eq!(back.warnings, Vec::<String>::new());
    let image = |scene: &Scene| match &named(scene, "v").1.content {
        Content::Volume(volume) => volume.image.clone(),
        _ => None,
    };
    assert_eq!(image(&back.scene), Some(small_image(3)));
}

#[test]
fn the_range_of_transfer_functions_stays_where_their_file_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let property = Node::new("p", nodes::VolumeProperty::default());
    save(&property, &folder.path().join("v.vp"), &WriteOptions::default()).unwrap();
    let path = folder.path().join("s.mrml");
    write_scene(
        &path,
        "<VolumePropertyStorage id=\"s\" name=\"\" fileName=\"v.vp\"/>\
         <VolumeProperty id=\"p\" name=\"p\" effectiveRange=\"0 255\" references=\"storage:s;\"/>",
    );
    let mut first = opened(&path);
    let bundle = folder.path().join("s.mrb");
    assert!(save_scene(&first.scene, &mut first.origins, &bundle).unwrap().is_empty());
    for scene in [&first.scene, &opened(&bundle).scene] {
        let Content::VolumeProperty(property) = &named(scene, "p").1.content else { panic!() };
        assert_eq!(property.effective_range, [0.0, 255.0]);
    }
}

#[test]
fn what_a_scene_says_of_itself_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = "<MRML version=\"Slicer 5.8.1 33241\" extensions=\"SlicerRT;A&amp;B\" userTags=\"k=v\" other=\"1\">\
                <Model id=\"m\" name=\"m\"/></MRML>";
    let root = mrml::read(text.as_bytes()).unwrap().root;
    let said = |name: &str| root.get(name).map(String::as_str);
    assert_eq!(["extensions", "userTags", "other"].map(said), [Some("SlicerRT;A&B"), Some("k=v"), Some("1")]);
    let options = SaveOptions { root: root.clone(), ..SaveOptions::default() };
    for name in ["a.mrml", "a.mrb"] {
        let path = folder.path().join(name);
        save_scene_with(&Scene::default(), &mut Origins::default(), &path, &options).unwrap();
        assert_eq!(open_scene(&path, &OpenOptions::default()).unwrap().root, root);
    }
}

#[test]
fn nodes_with_one_storage_node_leave_no_orphans() {
    let folder = tempfile::tempdir().unwrap();
    save(
        &Node::new("v", nodes::Volume::new(small_image(1))),
        &folder.path().join("v.nrrd"),
        &WriteOptions::default(),
    )
    .unwrap();
    let path = folder.path().join("s.mrml");
    write_scene(
        &path,
        "<VolumeArchetypeStorage id=\"s\" name=\"\" fileName=\"v.nrrd\"/>\
         <Volume id=\"a\" name=\"a\" references=\"storage:s;\"/><Volume id=\"b\" name=\"b\" references=\"storage:s;\"/>",
    );
    let mut first = opened(&path);
    let bundle = folder.path().join("s.mrb");
    assert!(save_scene(&first.scene, &mut first.origins, &bundle).unwrap().is_empty());
    let back = opened(&bundle);
    let mut named_files: Vec<String> = back
        .scene
        .nodes()
        .filter_map(|(_, node)| match &node.content {
            Content::Storage(storage) => Some(format!("s/{}", storage.file.clone()?)),
            _ => None,
        })
        .collect();
    named_files.sort();
    let mut there = members(&bundle);
    there.retain(|name| name.ends_with(".nrrd"));
    there.sort();
    assert_eq!((there.len(), &there), (2, &named_files));
}

#[test]
fn no_scene_makes_the_folder_that_it_is_to_stand_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut change = Scene::default().begin("Make");
    change.add(Node::new("v", nodes::Volume::new(small_image(1))));
    for scene in [Scene::default(), change.finish().0] {
        for name in ["new/a.mrml", "new/a.mrb"] {
            let error = save_scene(&scene, &mut Origins::default(), &folder.path().join(name)).unwrap_err();
            assert!(error.to_string().contains("there is no folder"), "{error}");
        }
    }
    assert!(!folder.path().join("new").exists());
}

#[test]
fn files_outside_the_scenes_folder_are_told_and_not_taken_along_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("scene");
    fs::create_dir(&inside).unwrap();
    fs::write(folder.path().join("secret.txt"), "the secret").unwrap();
    save(
        &Node::new("v", nodes::Volume::new(small_image(1))),
        &folder.path().join("v.nrrd"),
        &WriteOptions::default(),
    )
    .unwrap();
    let secret = folder.path().join("secret.txt").to_string_lossy().replace('\\', "/");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", inside.join("link.txt")).unwrap();
    let mut body = String::new();
    let mut node = |n: usize, storage: &str, class: &str, file: &str| {
        body.push_str(&format!(
            "<{storage} id=\"s{n}\" name=\"\" fileName=\"{file}\"/><{class} id=\"n{n}\" name=\"n{n}\" \
             references=\"storage:s{n};\"/>"
        ));
    };
    node(0, "TextStorage", "Text", &secret);
    node(1, "TextStorage", "Text", "../secret.txt");
    node(2, "TableStorage", "Table", "../secret.txt");
    node(3, "ShaderPropertyStorage", "ShaderProperty", "../secret.txt");
    node(4, "VolumeArchetypeStorage", "Volume", "../secret.txt");
    node(5, "VolumeArchetypeStorage", "Volume", "../v.nrrd");
    if cfg!(unix) {
        node(6, "TextStorage", "Text", "link.txt");
    }
    let path = inside.join("s.mrml");
    write_scene(&path, &body);
    let found = open_scene(&path, &OpenOptions::default()).unwrap();
    for (id, _) in found.nodes.iter().filter(|(id, _)| id.as_str().starts_with('n')) {
        let told = found.warnings.iter().any(|(of, message)| of.as_ref() == Some(id) && !message.is_empty());
        assert!(told, "{id}: {:?}", found.warnings);
    }
    let mut first = opened(&path);
    let bundle = inside.join("s.mrb");
    assert!(save_scene(&first.scene, &mut first.origins, &bundle).unwrap().is_empty());
    let zip = Zip::new(fs::read(&bundle).unwrap().into(), &Limits::MODEST).unwrap();
    for (n, member) in zip.members().iter().enumerate().filter(|(_, member)| !member.name().ends_with('/')) {
        let content = zip.content(n).unwrap_or_else(|_| Vec::new().into());
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains("the secret"), "{}", member.name());
    }
    let volume = opened(&bundle);
    assert!(
        matches!(&named(&volume.scene, "n5").1.content, Content::Volume(v) if v.image == Some(small_image(1)))
    );
    // Who allows it gets it.
    let anywhere = OpenOptions { anywhere: true, ..OpenOptions::default() };
    let found = open_scene(&path, &anywhere).unwrap();
    let text = found.nodes.iter().find(|(id, _)| id.as_str() == "n1").unwrap();
    assert!(matches!(&text.1.content, Content::Text(text) if text.text == "the secret"));
    // A scene saved elsewhere takes its own texts along, or they would be outside of its folder.
    let mut change = Scene::default().begin("Open");
    let ids = mrml::import(&mut change, found.nodes).ids;
    let mut origins = Origins::default();
    found.origins.into_iter().for_each(|(at, origin)| origins.set(ids[at].clone(), origin));
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    save_scene(&change.finish().0, &mut origins, &elsewhere.join("t.mrml")).unwrap();
    let back = opened(&elsewhere.join("t.mrml"));
    assert!(matches!(&named(&back.scene, "n1").1.content, Content::Text(text) if text.text == "the secret"));
}

#[test]
fn what_is_repaired_is_told() {
    let transform = |matrix: &str| {
        format!("<MRML><LinearTransform id=\"t\" name=\"t\" matrixTransformToParent=\"{matrix}\"/></MRML>")
    };
    let volume = "<MRML><Volume id=\"v\" name=\"v\" spacing=\"0 -1 nan\" origin=\"1 2\" \
                  ijkToRASDirections=\"0 0 0 0 0 0 0 0 0\"/></MRML>";
    let hierarchy = "<MRML><SubjectHierarchy id=\"h\" attributes=\"SubjectHierarchyVersion:2\">\
                     <SubjectHierarchyItem id=\"1\" parent=\"2\" name=\"a\"/>\
                     <SubjectHierarchyItem id=\"2\" parent=\"1\" name=\"b\"/>\
                     <SubjectHierarchyItem id=\"2\" parent=\"0\" name=\"c\"/></SubjectHierarchy></MRML>";
    for (text, count, part) in [
        (transform("1 0 0 0 0 1 0 0 0 0 1 0 0 0 0.5 2"), 1, "0 0 0.5 2"),
        (transform("0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1"), 1, "no inverse"),
        (transform("1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"), 0, ""),
        (volume.to_owned(), 3, "0 -1 nan"),
        (hierarchy.to_owned(), 2, "2 items name another parent"),
    ] {
        let document = mrml::read(text.as_bytes()).unwrap();
        let messages: Vec<&String> = document.warnings.iter().map(|(_, message)| message).collect();
        assert_eq!(messages.len(), count, "{messages:?}");
        assert!(count == 0 || messages.iter().any(|message| message.contains(part)), "{messages:?}");
        let written = mrml::write(document.nodes.iter().map(|(id, node)| (id, node)));
        assert!(!written.contains("nan"), "{written}");
    }
}
