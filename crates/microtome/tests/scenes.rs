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
