//! What the command line does with whole scenes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

fn microtome(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microtome")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A scene of a patient with a study and two points in it, beside `points.fcsv`; another file is missing.
fn scene(folder: &Path) {
    let points = "# Markups fiducial file version = 4.10\n# CoordinateSystem = 0\n\
        # columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n\
        1,1,2,3,0,0,0,1,1,1,0,tip,,\n2,4,5,6,0,0,0,1,1,1,0,base,,\n";
    fs::write(folder.join("points.fcsv"), points).unwrap();
    let scene = "<MRML version=\"Slicer 5.8.1 33241\">\
        <MarkupsFiducialStorage id=\"s\" name=\"\" fileName=\"points.fcsv\"></MarkupsFiducialStorage>\
        <MarkupsFiducial id=\"m\" name=\"Landmarks\" references=\"storage:s;\"></MarkupsFiducial>\
        <ModelStorage id=\"t\" name=\"\" fileName=\"gone.vtk\"></ModelStorage>\
        <Model id=\"n\" name=\"Skull\" references=\"storage:t;\"></Model>\
        <SubjectHierarchy id=\"h\" name=\"SubjectHierarchy\" attributes=\"SubjectHierarchyVersion:2\">\
        <SubjectHierarchyItem id=\"3\" name=\"Scene\" parent=\"0\" type=\"\" attributes=\"Level^Scene|\">\
        <SubjectHierarchyItem id=\"4\" name=\"DOE, JANE\" parent=\"3\" type=\"Folder\" attributes=\"Level^Patient|\">\
        <SubjectHierarchyItem id=\"5\" dataNode=\"m\" parent=\"4\" type=\"Markups\"></SubjectHierarchyItem>\
        </SubjectHierarchyItem></SubjectHierarchyItem></SubjectHierarchy></MRML>";
    fs::write(folder.join("case.mrml"), scene).unwrap();
}

#[test]
fn info_lists_the_nodes_and_the_hierarchy() {
    let folder = tempfile::tempdir().unwrap();
    scene(folder.path());
    let output = microtome(folder.path(), &["info", "case.mrml"]);
    assert!(output.status.success());
    let shown = text(&output.stdout);
    for line in [
        "scene of 5 nodes",
        "  MarkupsFiducial \"Landmarks\"  m",
        "  Scene\n    DOE, JANE  (Patient)\n      Landmarks  (Markups)",
    ] {
        assert!(shown.contains(line), "{line}:\n{shown}");
    }
    assert_eq!(text(&output.stderr).matches("warning: ").count(), 1, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("gone.vtk"));
    let output = microtome(folder.path(), &["info", "--json", "case.mrml"]);
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["nodes"].as_array().unwrap().len(), 5);
    assert_eq!(document["nodes"][1]["id"], "m");
    assert_eq!(document["nodes"][1]["control_points"].as_array().unwrap().len(), 2);
    assert_eq!(document["hierarchy"][2]["node"], "m");
}

#[test]
fn scenes_become_scenes_and_single_files() {
    let folder = tempfile::tempdir().unwrap();
    scene(folder.path());
    for arguments in [
        &["convert", "case.mrml", "copy.mrml", "--quiet"][..],
        &["convert", "case.mrml", "copy.mrb", "--quiet"],
        &["convert", "copy.mrb", "again.mrml", "--quiet"],
        &["convert", "copy.mrb", "list.fcsv", "--node", "Landmarks"],
        &["convert", "list.fcsv", "alone.mrml"],
    ] {
        let output = microtome(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    }
    // The list stays in its file; only what came out of the bundle needed one.
    let names = |end: &str| {
        let entries =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        entries.filter(|name| name.ends_with(end)).count()
    };
    assert_eq!((names(".fcsv"), names("_Private")), (3, 0));
    for other in ["copy.mrml", "copy.mrb", "again.mrml", "alone.mrml"] {
        let output = microtome(folder.path(), &["info", "--json", "--quiet", other]);
        let document: Json = serde_json::from_slice(&output.stdout).unwrap();
        let lists: Vec<&Json> = document["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|n| n["class"] == "MarkupsFiducial")
            .collect();
        assert_eq!(lists.len(), 1, "{other}");
        assert_eq!(lists[0]["control_points"][1]["position"], serde_json::json!([4.0, 5.0, 6.0]), "{other}");
    }
    let output = microtome(folder.path(), &["convert", "case.mrml", "x.mrml", "--type", "uint8"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn nodes_of_one_name_are_chosen_by_identifier() {
    let folder = tempfile::tempdir().unwrap();
    let scene = "<MRML version=\"x\"><LinearTransform id=\"t1\" name=\"t\"></LinearTransform>\
        <LinearTransform id=\"t2\" name=\"t\" matrixTransformToParent=\"1 0 0 5  0 1 0 0  0 0 1 0  0 0 0 1\">\
        </LinearTransform></MRML>";
    fs::write(folder.path().join("two.mrml"), scene).unwrap();
    let output = microtome(folder.path(), &["convert", "two.mrml", "t.tfm", "--node", "t"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("t1 (\"t\"), t2 (\"t\")"), "{}", text(&output.stderr));
    assert!(microtome(folder.path(), &["convert", "two.mrml", "t.tfm", "--node", "t2"]).status.success());
    let output = microtome(folder.path(), &["info", "--json", "t.tfm"]);
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["nodes"][0]["matrix_to_parent"][0][3], 5.0);
}

#[test]
fn warnings_name_their_node_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let scene = "<MRML version=\"x\"><Model id=\"a\" name=\"m0\" references=\"storage:s;\"></Model>\
        <ModelStorage id=\"s\" name=\"\" fileName=\"http://example.com/a & b.vtk\"></ModelStorage>\
        <Model id=\"a\" name=\"m1\"></Model></MRML>";
    fs::write(folder.path().join("odd.mrml"), scene).unwrap();
    for arguments in
        [&["info", "odd.mrml"][..], &["convert", "odd.mrml", "x.mrml"], &["diff", "odd.mrml", "odd.mrml"]]
    {
        let told = text(&microtome(folder.path(), arguments).stderr);
        assert!(told.contains("odd.mrml: the scene has \"&\""), "{told}");
        assert!(told.contains("odd.mrml: \"m1\": another node of the file"), "{told}");
        assert!(told.contains("\"m0\": it has no data: cannot open http://example.com/a & b.vtk"), "{told}");
    }
}

#[test]
fn a_run_into_a_scene_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let mut volume =
        b"NRRD0004\ntype: uchar\ndimension: 3\nspace: LPS\nsizes: 4 3 2\nspace directions: (1,0,0) (0,1,0) \
        (0,0,1)\nspace origin: (0,0,0)\nencoding: raw\n\n"
            .to_vec();
    volume.extend(0..24);
    fs::write(folder.path().join("ct.nrrd"), volume).unwrap();
    for scene in ["study.mrb", "study.mrml"] {
        let arguments = ["run", "threshold", "--input", "ct.nrrd", "--lower", "9", "--output", scene];
        let output = microtome(folder.path(), &arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let output = microtome(folder.path(), &["replay", scene, "--verify"]);
        assert!(output.status.success(), "{} {}", text(&output.stdout), text(&output.stderr));
        assert!(
            text(&output.stdout).starts_with("threshold \"ct threshold\": equal"),
            "{}",
            text(&output.stdout)
        );
    }
    // A single file says nothing of where it came from.
    let convert = ["convert", "study.mrb", "labels.nrrd", "--node", "ct threshold", "--compression", "none"];
    assert!(microtome(folder.path(), &convert).status.success());
    let single = fs::read(folder.path().join("labels.nrrd")).unwrap();
    assert!(!String::from_utf8_lossy(&single).contains("Microtome."));
}

#[test]
fn displacement_fields_become_transforms_and_images_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut field = b"NRRD0005\ntype: double\ndimension: 4\nspace: LPS\nsizes: 3 2 2 2\nspace directions: none (1,0,0) \
        (0,1,0) (0,0,1)\nkinds: vector domain domain domain\nspace origin: (0,0,0)\nendian: little\nencoding: raw\n\n"
        .to_vec();
    (0..24_u8).for_each(|n| field.extend(f64::from(n).to_le_bytes()));
    fs::write(folder.path().join("field.nrrd"), field).unwrap();
    for (from, to) in [("field.nrrd", "field.h5"), ("field.h5", "back.nrrd"), ("field.h5", "back.nii.gz")] {
        let output = microtome(folder.path(), &["convert", from, to]);
        assert!(output.status.success(), "{to}: {}", text(&output.stderr));
    }
    for back in ["back.nrrd", "back.nii.gz"] {
        let output = microtome(folder.path(), &["diff", "field.nrrd", back]);
        assert!(output.status.success(), "{back}: {}", text(&output.stdout));
    }
    let shown = text(&microtome(folder.path(), &["info", "field.h5"]).stdout);
    assert!(shown.contains("grid of 2 × 2 × 2 nodes"), "{shown}");
}

#[test]
fn points_without_a_place_are_shown_so() {
    let folder = tempfile::tempdir().unwrap();
    let list = r#"{"@schema":"x/markups-schema-v1.0.3.json","markups":[{"type":"Fiducial","coordinateSystem":"RAS",
        "controlPoints":[{"label":"a","position":null},{"label":"b","position":[1,2,3],"positionStatus":"missing"},
        {"label":"c","position":[1,2,3]}]}]}"#;
    fs::write(folder.path().join("l.mrk.json"), list).unwrap();
    let document = microtome(folder.path(), &["info", "--json", "l.mrk.json"]).stdout;
    let document: Json = serde_json::from_slice(&document).unwrap();
    let points = &document["nodes"][0]["control_points"];
    assert_eq!((&points[0]["position"], &points[0]["status"]), (&Json::Null, &Json::from("undefined")));
    assert_eq!((&points[1]["position"], &points[1]["status"]), (&Json::Null, &Json::from("missing")));
    assert_eq!(points[2]["position"], serde_json::json!([1.0, 2.0, 3.0]));
    let shown = text(&microtome(folder.path(), &["info", "l.mrk.json"]).stdout);
    assert!(shown.contains("a  undefined\n") && shown.contains("c  1, 2, 3\n"), "{shown}");
}
