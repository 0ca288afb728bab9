//! Markups, transfer functions, terminologies, tables and texts: from files to nodes, from one format to another.

use std::fs;
use std::path::Path;

use microtome_archive::session::{Origins, open_scene, save_scene};
use microtome_archive::{
    OpenOptions, Opened, WriteOptions, holds_several, open, save, save_shown, save_together,
};
use microtome_geometry::Point;
use microtome_records::{ColumnValues, ControlPoint};
use microtome_scene::nodes::{Glyph, Markups, MarkupsKind, TransferPoint, VolumeProperty};
use microtome_scene::{Content, Node, NodeId, Role, Scene};

fn opened(folder: &Path, name: &str) -> Vec<Opened> {
    let opened = open(&folder.join(name), &OpenOptions::default());
    opened.unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn only(folder: &Path, name: &str) -> Node {
    let mut all = opened(folder, name);
    assert_eq!(all.len(), 1, "{name}");
    assert!(all[0].warnings.is_empty(), "{name}: {:?}", all[0].warnings);
    all.remove(0).node
}

const SEVERAL: &str = r#"{"@schema": "https://x/markups-schema-v1.0.3.json#", "markups": [
    {"type": "Line", "name": "diameter", "coordinateSystem": "RAS", "tool": 3,
     "controlPoints": [{"position": [0, 0, 0]}, {"position": [3, 4, 12]}],
     "display": {"color": [0, 0.5, 1], "glyphType": "Cross2D", "visibility": false}},
    {"type": "ROI", "center": [-1, -2, 3], "size": [10, 20, 30], "display": {"opacity": 0.25, "glyphType": "Odd"}},
    {"type": "Plane", "planeType": "pointNormal", "sizeMode": "absolute", "size": [4, 5, 0],
     "controlPoints": [{"position": [0, 0, 0]}]}]}"#;

#[test]
fn a_file_with_several_markups_gives_several_nodes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.mrk.json"), SEVERAL).unwrap();
    let all = opened(folder.path(), "case.mrk.json");
    let found: Vec<_> = all.iter().map(|o| (o.node.name.as_str(), o.node.class())).collect();
    assert_eq!(found, [("diameter", "MarkupsLine"), ("case", "MarkupsROI"), ("case", "MarkupsPlane")]);
    let display = all[0].display.as_ref().unwrap();
    let Content::MarkupsDisplay(shown) = &display.content else { panic!() };
    assert_eq!((display.class(), shown.glyph_type), ("MarkupsDisplay", Glyph::Cross2D));
    assert_eq!((shown.display.color, shown.display.visibility), ([0.0, 0.5, 1.0], false));
    let display = all[1].display.as_ref().unwrap();
    assert_eq!((display.class(), display.content.display().unwrap().opacity), ("MarkupsROIDisplay", 0.25));
    assert!(all[1].warnings[0].message.contains("glyphType"), "{:?}", all[1].warnings);
    assert!(all[2].display.is_none());
}

#[test]
fn markups_are_saved_with_their_display_and_what_they_measure() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.mrk.json"), SEVERAL).unwrap();
    let line = opened(folder.path(), "case.mrk.json").remove(0);
    let path = folder.path().join("line.mrk.json");
    save_shown(&line.node, line.display.as_ref(), &path, &WriteOptions::default()).unwrap();
    let back = opened(folder.path(), "line.mrk.json").remove(0);
    let mut expected = line.node.clone();
    let Content::Markups(markups) = &mut expected.content else { panic!() };
    markups.measurements[0].value = Some(13.0);
    assert_eq!(back.node, expected);
    assert_eq!(back.display, line.display);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"tool\": 3") && text.contains("\"value\": 13.0"), "{text}");

    // Without a display node the file says nothing of display; under a transform nothing new is measured.
    let moved = line.node.referring(Role::TRANSFORM, NodeId::from("vtkMRMLLinearTransformNode1"));
    save(&moved, &path, &WriteOptions::default()).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("display") && !text.contains("\"value\""), "{text}");
    assert!(save(&moved, &folder.path().join("line.fcsv"), &WriteOptions::default()).is_err());
}

#[test]
fn point_lists_go_from_format_to_format() {
    let folder = tempfile::tempdir().unwrap();
    let point = |n: i32| ControlPoint {
        id: n.to_string(),
        label: format!("F-{n}"),
        position: Point::new(f64::from(n), 0.5, -2.25),
        ..ControlPoint::default()
    };
    let list = Markups { points: (1..4).map(point).collect(), ..Markups::of_kind(MarkupsKind::Fiducial) };
    let node = Node::new("list", list);
    save(&node, &folder.path().join("list.mrk.json"), &WriteOptions::default()).unwrap();
    let first = only(folder.path(), "list.mrk.json");
    save(&first, &folder.path().join("list.fcsv"), &WriteOptions::default()).unwrap();
    let second = only(folder.path(), "list.fcsv");
    assert_eq!((first, second), (node.clone(), node));
}

#[test]
fn several_markups_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str, kind: MarkupsKind| {
        let point = ControlPoint { position: Point::new(1.0, 2.0, 3.0), ..ControlPoint::default() };
        Node::new(name, Markups { points: vec![point], ..Markups::of_kind(kind) })
    };
    let nodes = [
        named("Tip", MarkupsKind::Fiducial),
        named("Way", MarkupsKind::Curve),
        named("Box", MarkupsKind::Roi),
        named("Cut", MarkupsKind::Plane),
    ];
    let path = folder.path().join("all.mrk.json");
    let together: Vec<(&Node, Option<&Node>)> = nodes.iter().map(|node| (node, None)).collect();
    save_together(&together, &path).unwrap();
    let found = open(&path, &OpenOptions::default()).unwrap();
    let classes: Vec<_> =
        found.iter().map(|opened| (opened.node.name.as_str(), opened.node.class())).collect();
    let expected =
        [("Tip", "MarkupsFiducial"), ("Way", "MarkupsCurve"), ("Box", "MarkupsROI"), ("Cut", "MarkupsPlane")];
    assert_eq!(classes, expected);
    for (opened, node) in found.iter().zip(&nodes) {
        let (Content::Markups(a), Content::Markups(b)) = (&opened.node.content, &node.content) else {
            panic!()
        };
        assert_eq!((&a.points[0].position, a.kind), (&b.points[0].position, b.kind));
    }
    // The list alone fits an .fcsv, all of them do not; nor does a node of another kind.
    assert!(holds_several(&path) && !holds_several(Path::new("a.fcsv")));
    let error = save_together(&together, &folder.path().join("all.fcsv")).unwrap_err();
    assert!(error.to_string().contains(".mrk.json"), "{error}");
    let text = Node::new("note", microtome_scene::nodes::Text::default());
    let error = save_together(&[(&nodes[0], None), (&text, None)], &path).unwrap_err();
    assert!(error.to_string().contains("note"), "{error}");
}

#[test]
fn transfer_functions_go_from_format_to_format() {
    let folder = tempfile::tempdir().unwrap();
    let property = VolumeProperty {
        color: vec![[0.0, 0.0, 0.0, 0.0].into(), [100.0, 1.0, 0.5, 0.25].into()],
        scalar_opacity: vec![[0.0, 0.0].into(), [100.0, 0.75].into()],
        gradient_opacity: vec![[0.0, 1.0].into()],
        ..VolumeProperty::default()
    };
    let node = Node::new("preset", property);
    for name in ["preset.vp.json", "preset.vp"] {
        save(&node, &folder.path().join(name), &WriteOptions::default()).unwrap();
        assert_eq!(only(folder.path(), name), node, "{name}");
    }
}

#[test]
fn functions_that_bend_come_back_with_their_scene() {
    let folder = tempfile::tempdir().unwrap();
    let straight = VolumeProperty {
        color: vec![[0.0, 0.0, 0.0, 0.0].into()],
        scalar_opacity: vec![[0.0, 0.0].into(), [100.0, 0.75].into()],
        ..VolumeProperty::default()
    };
    let mut bent = straight.clone();
    bent.scalar_opacity[0] = TransferPoint { midpoint: 0.25, sharpness: 0.5, ..bent.scalar_opacity[0] };
    let mut change = Scene::default().begin("Build");
    for (name, property) in [("straight", &straight), ("bent", &bent)] {
        change.add(Node::new(name, property.clone()));
    }
    let scene = change.finish().0;
    for name in ["scene.mrml", "scene.mrb"] {
        let path = folder.path().join(name);
        save_scene(&scene, &mut Origins::default(), &path).unwrap();
        let found = open_scene(&path, &OpenOptions::default()).unwrap().into_data();
        for (name, property) in [("straight", &straight), ("bent", &bent)] {
            let node = &found.iter().find(|opened| opened.node.name == name).unwrap().node;
            assert_eq!(node.content, Content::from(property.clone()), "{name}");
        }
    }
    // Scene files have words for straight functions only.
    let has = |name: &str| folder.path().join(name).is_file();
    assert_eq!((has("bent.vp.json"), has("straight.vp.json")), (true, false));
}

#[test]
fn tables_keep_their_schema() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "n,label\n1,\"x, y\"\n,z\n").unwrap();
    fs::write(folder.path().join("a.schema.csv"), "columnName,type,nullValue,unit\nn,int,-1,mm\n").unwrap();
    let table = only(folder.path(), "a.csv");
    save(&table, &folder.path().join("b.tsv"), &WriteOptions::default()).unwrap();
    let schema = fs::read_to_string(folder.path().join("b.schema.tsv")).unwrap();
    assert!(schema.starts_with("columnName\ttype\t"), "{schema}");
    assert_eq!(only(folder.path(), "b.tsv").content, table.content);
    let Content::Table(table) = &table.content else { panic!() };
    let ColumnValues::Numbers(numbers) = &table.table.columns[0].values else { panic!() };
    assert_eq!((numbers.get(0), numbers.get(1)), (Some(1.0), Some(-1.0)));
}

#[test]
fn texts_and_terminologies() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Two lines,\r\nnot a table.\n";
    fs::write(folder.path().join("note.txt"), text).unwrap();
    let note = only(folder.path(), "note.txt");
    let Content::Text(found) = &note.content else { panic!("{}", note.class()) };
    assert_eq!((note.name.as_str(), found.text.as_str()), ("note", text));
    save(&note, &folder.path().join("copy.xml"), &WriteOptions::default()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("copy.xml")).unwrap(), text);
    let terms = r#"{"AnatomicContextName": "Regions", "AnatomicCodes": {"AnatomicRegion": [
        {"CodeMeaning": "Head", "CodingSchemeDesignator": "SCT", "CodeValue": "69536005"}]}}"#;
    fs::write(folder.path().join("a.term.json"), terms).unwrap();
    let terms = only(folder.path(), "a.term.json");
    assert_eq!((terms.name.as_str(), terms.class()), ("Regions", "Table"));
}
