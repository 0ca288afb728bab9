//! The command line keeps its contract.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use microtome_archive::{WriteOptions, save};
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::{Labelmap, Labels};
use microtome_phantom::{Modality, scan, torso};
use microtome_scene::{Node, nodes};
use serde_json::Value as Json;

fn microtome(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microtome")).current_dir(folder).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A small CT of the sample patient as `ct.nrrd`.
fn sample(folder: &Path) {
    let grid = Grid::axis_aligned([40, 30, 25], [8.0, 8.0, 10.0], Point::new(-156.0, -116.0, -150.0));
    let image = scan(&torso(), Modality::Ct, &grid, &Affine::identity(), 1);
    save(&Node::new("ct", nodes::Volume::new(image)), &folder.join("ct.nrrd"), &WriteOptions::default())
        .unwrap();
}

#[test]
fn version_and_help() {
    let here = Path::new(".");
    let version = microtome(here, &["--version"]);
    assert_eq!(stdout(&version), format!("microtome {}\n", env!("CARGO_PKG_VERSION")));
    for command in [
        "info",
        "convert",
        "render",
        "operations",
        "run",
        "demo",
        "diff",
        "replay",
        "bench",
        "completions",
        "man",
    ] {
        let help = microtome(here, &[command, "--help"]);
        assert!(help.status.success(), "{command}");
        assert!(stdout(&help).contains("Usage: microtome"), "{command}");
    }
}

#[test]
fn wrong_usage_is_2_and_trouble_is_1() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    for (arguments, status) in [
        (&["info"][..], 2),
        (&["nonsense"], 2),
        (&["info", "absent.nrrd"], 1),
        (&["convert", "ct.nrrd", "ct.unknown"], 1),
        (&["convert", "ct.nrrd", "ct.stl"], 1),
        (&["render", "ct.nrrd", "-o", "ct.jpg"], 1),
        (&["render", "ct.nrrd", "-o", "ct.png", "--preset", "None-Such"], 2),
        (&["run", "nonsense"], 2),
        (&["run", "threshold", "--input", "ct.nrrd"], 2),
        (&["run", "threshold", "--input", "ct.nrrd", "--lower", "much", "--output", "o.nrrd"], 2),
        (&["run", "threshold", "--input", "ct.nrrd", "--label", "1000", "--output", "o.nrrd"], 2),
        (&["operations", "nonsense"], 2),
    ] {
        let output = microtome(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).starts_with("error: "), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty(), "{arguments:?}");
    }
    assert!(!folder.path().join("ct.png").exists());
}

#[test]
fn info_reports_the_others_when_one_fails() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    fs::write(folder.path().join("bad.nrrd"), "NRRD0005\ntype: nonsense\n").unwrap();
    let output = microtome(folder.path(), &["info", "--json", "bad.nrrd", "ct.nrrd"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Json = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["nodes"][0]["path"], "ct.nrrd");
    assert_eq!(document["nodes"][0]["class"], "ScalarVolume");
    assert_eq!(document["nodes"][0]["name"], "ct");
    assert_eq!(document["nodes"][0]["scalar_type"], "int16");
    assert_eq!(document["nodes"][0]["spacing"], serde_json::json!([8.0, 8.0, 10.0]));
    assert_eq!(document["errors"][0]["path"], "bad.nrrd");
    assert!(document["errors"][0]["message"].as_str().unwrap().contains("nonsense"));
}

#[test]
fn convert_replaces_and_casts() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    fs::write(folder.path().join("ct.nii.gz"), "old").unwrap();
    let output = microtome(folder.path(), &["convert", "ct.nrrd", "ct.nii.gz", "--type", "float32"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = microtome(folder.path(), &["info", "--json", "ct.nii.gz"]);
    let document: Json = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["nodes"][0]["scalar_type"], "float32");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn operations_describe_themselves() {
    let here = Path::new(".");
    let all: Json = serde_json::from_str(&stdout(&microtome(here, &["operations", "--json"]))).unwrap();
    let operations = all["operations"].as_array().unwrap();
    assert!(operations.len() >= 5);
    for operation in operations {
        let name = operation["name"].as_str().unwrap();
        let one: Json =
            serde_json::from_str(&stdout(&microtome(here, &["operations", name, "--json"]))).unwrap();
        assert_eq!(one["parameters"], operation["parameters"]);
        assert_eq!(one["schema"]["type"], "object");
        assert!(!operation["description"].as_str().unwrap().is_empty());
        let xml = stdout(&microtome(here, &["operations", name, "--xml"]));
        let document = roxmltree::Document::parse(&xml).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "executable");
        assert!(document.root_element().children().any(|c| c.has_tag_name("parameters")), "{name}");
    }
}

#[test]
fn run_works_on_files() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    let arguments =
        ["run", "threshold", "--json", "--input", "ct.nrrd", "--lower", "-500", "--output", "body.nrrd"];
    let output = microtome(folder.path(), &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let document: Json = serde_json::from_str(&stdout(&output)).unwrap();
    let voxels = document["values"]["voxels"].as_u64().unwrap();
    assert!(voxels > 3000, "{voxels}");
    assert_eq!(document["outputs"]["output"], "body.nrrd");
    let info = microtome(folder.path(), &["info", "--json", "body.nrrd"]);
    let info: Json = serde_json::from_str(&stdout(&info)).unwrap();
    let mean = info["nodes"][0]["mean"].as_f64().unwrap();
    assert!((mean * 30_000.0 - voxels as f64).abs() < 1e-6 * voxels as f64);
}

#[test]
fn pictures_are_the_same_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    let draw = |threads: &str, file: &str| {
        let output = microtome(
            folder.path(),
            &[
                "render",
                "ct.nrrd",
                "-o",
                file,
                "--size",
                "320x240",
                "--threads",
                threads,
                "--preset",
                "CT-AAA",
            ],
        );
        assert!(output.status.success(), "{}", stderr(&output));
        fs::read(folder.path().join(file)).unwrap()
    };
    let one = draw("1", "one.png");
    assert_eq!(&one[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(u32::from_be_bytes(one[16..20].try_into().unwrap()), 320);
    assert_eq!(u32::from_be_bytes(one[20..24].try_into().unwrap()), 240);
    assert!(one == draw("8", "eight.png"));
}

#[test]
fn every_layout_draws() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    for layout in ["four-up", "conventional", "red", "yellow", "green", "3d"] {
        let output = microtome(
            folder.path(),
            &["render", "ct.nrrd", "-o", "a.png", "--size", "200x160", "--layout", layout],
        );
        assert!(output.status.success(), "{layout}: {}", stderr(&output));
    }
}

#[test]
fn labels_become_segments_and_segments_labels() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::axis_aligned([9, 8, 7], [1.0, 2.0, 3.0], Point::new(4.0, 5.0, 6.0));
    let labels: Vec<u8> = (0..504).map(|n| [0, 4, 4, 9][n % 4]).collect();
    let labels = Labels::UInt8(Labelmap::from_values(grid, &labels).unwrap());
    let node = Node::new("labels", nodes::LabelVolume::new(labels));
    save(&node, &folder.path().join("labels.nrrd"), &WriteOptions::default()).unwrap();
    fs::write(folder.path().join("names.ctbl"), "# colours\n4 liver 255 0 51 255\n").unwrap();
    let done = |arguments: &[&str]| {
        let output = microtome(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    done(&["convert", "labels.nrrd", "s.seg.nrrd", "--colors", "names.ctbl"]);
    let info: Json = serde_json::from_str(&done(&["info", "--json", "s.seg.nrrd"])).unwrap();
    let node = &info["nodes"][0];
    assert_eq!((node["class"].as_str(), node["dimensions"][2].as_u64()), (Some("Segmentation"), Some(7)));
    let segment = |n: usize| &node["segments"][n];
    assert_eq!((segment(0)["name"].as_str(), segment(0)["voxels"].as_u64()), (Some("liver"), Some(252)));
    assert_eq!((segment(1)["id"].as_str(), segment(1)["voxels"].as_u64()), (Some("Segment_9"), Some(126)));
    assert!((segment(0)["color"][2].as_f64().unwrap() - 0.2).abs() < 1e-6);

    done(&["convert", "s.seg.nrrd", "again.nii.gz", "--colors", "again.csv"]);
    let info: Json = serde_json::from_str(&done(&["info", "--json", "again.nii.gz", "again.csv"])).unwrap();
    assert_eq!(info["nodes"][0]["range"][1].as_f64(), Some(2.0));
    assert_eq!(info["nodes"][0]["mean"].as_f64(), Some((252.0 + 2.0 * 126.0) / 504.0));
    assert!(fs::read_to_string(folder.path().join("again.csv")).unwrap().contains("liver"));

    done(&["render", "s.seg.nrrd", "-o", "s.png", "--size", "200x160"]);
    for option in [&["--colors", "names.ctbl"][..], &["--crop"]] {
        let wrong = microtome(folder.path(), &[&["convert", "labels.nrrd", "l.nrrd"], option].concat());
        assert_eq!(wrong.status.code(), Some(2), "{option:?}");
    }
    done(&["convert", "s.seg.nrrd", "cut.seg.nrrd", "--crop"]);
    let info: Json = serde_json::from_str(&done(&["info", "--json", "cut.seg.nrrd"])).unwrap();
    assert_eq!(info["nodes"][0]["segments"][0]["voxels"].as_u64(), Some(252));
}

#[test]
fn markups_and_small_files_convert_and_describe_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let markups = r#"{"@schema": "markups-schema-v1.0.3.json#", "markups": [
        {"type": "ROI", "name": "box", "coordinateSystem": "RAS", "center": [1, 2, 3], "size": [10, 20, 30],
         "measurements": [{"name": "volume", "enabled": true, "units": "cm3"}]},
        {"type": "Fiducial", "name": "list", "coordinateSystem": "RAS", "controlPoints": [{"label": "a", "position": [1, 2, 3]}]}]}"#;
    fs::write(folder.path().join("m.mrk.json"), markups).unwrap();
    fs::write(
        folder.path().join("p.vp"),
        "1\n1\n0.9\n0.1\n0.2\n10\n4 0 0 255 1\n4 0 1 255 1\n8 0 0 0 0 255 1 1 1\n",
    )
    .unwrap();
    fs::write(folder.path().join("n.txt"), "a few\nplain words\n").unwrap();
    let info = microtome(folder.path(), &["info", "m.mrk.json", "p.vp", "n.txt"]);
    assert!(info.status.success(), "{}", stderr(&info));
    for line in [
        "MarkupsROI \"box\"",
        "bounds       R -4 to 6, A -8 to 12, S -12 to 18 mm",
        "size         10 × 20 × 30 mm",
        "measured     volume 6 cm3",
        "MarkupsFiducial \"list\"",
        "VolumeProperty \"p\"",
        "Text \"n\"",
        "lines        2",
    ] {
        assert!(stdout(&info).contains(line), "{line}:\n{}", stdout(&info));
    }
    let info = microtome(folder.path(), &["info", "--json", "m.mrk.json"]);
    let document: Json = serde_json::from_str(&stdout(&info)).unwrap();
    assert_eq!(document["nodes"][0]["measurements"][0]["value"], 6.0);
    assert_eq!(document["nodes"][0]["shape"]["size"], serde_json::json!([10.0, 20.0, 30.0]));
    for arguments in [
        &["convert", "m.mrk.json", "list.fcsv", "--node", "list"][..],
        &["convert", "list.fcsv", "again.mrk.json"],
        &["convert", "p.vp", "p.vp.json"],
        &["convert", "p.vp.json", "q.vp"],
        &["convert", "n.txt", "n.xml"],
    ] {
        let output = microtome(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    }
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(bytes("p.vp"), bytes("q.vp"));
    assert_eq!(bytes("n.txt"), bytes("n.xml"));
    // A file of several markups becomes one of several, but no list of points.
    assert!(microtome(folder.path(), &["convert", "m.mrk.json", "all.mrk.json"]).status.success());
    let info = microtome(folder.path(), &["info", "--json", "all.mrk.json"]);
    let document: Json = serde_json::from_str(&stdout(&info)).unwrap();
    let names: Vec<&str> =
        document["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["box", "list"]);
    assert_eq!(document["nodes"][0]["measurements"][0]["value"], 6.0);
    assert_eq!(microtome(folder.path(), &["convert", "m.mrk.json", "x.fcsv"]).status.code(), Some(1));
    let crop = microtome(folder.path(), &["convert", "m.mrk.json", "x.mrk.json", "--crop"]);
    assert_eq!(crop.status.code(), Some(2));
}

#[test]
fn bundles_and_folders_convert_into_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(folder);
    let run = |arguments: &[&str]| {
        let output = microtome(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    run(&["convert", "ct.nrrd", "scene.mrb"]);
    let described = run(&["info", "scene.mrb"]);
    assert!(described.contains("ScalarVolume \"ct\"") && described.contains("40 × 30 × 25"), "{described}");
    fs::create_dir(folder.join("out")).unwrap();
    run(&["convert", "scene.mrb", "out/scene.mrml"]);
    run(&["convert", "out/scene.mrml", "again.mrb"]);
    run(&["convert", "again.mrb", "again.nrrd", "--node", "ct"]);
    // The same bytes all the way.
    let original = fs::read(folder.join("ct.nrrd")).unwrap();
    assert!(fs::read(folder.join("out/ct.nrrd")).unwrap() == original);
    assert!(fs::read(folder.join("again.nrrd")).unwrap() == original);
    fs::write(folder.join("bad.mrb"), b"PK").unwrap();
    let output = microtome(folder, &["info", "bad.mrb"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not a zip archive"), "{}", stderr(&output));
}

#[test]
fn diff_says_what_is_different() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    sample(here);
    assert!(microtome(here, &["convert", "ct.nrrd", "same.nii.gz"]).status.success());
    let equal = microtome(here, &["diff", "ct.nrrd", "same.nii.gz"]);
    assert_eq!((equal.status.code(), stdout(&equal)), (Some(0), "equal\n".to_owned()));
    let runs: [&[&str]; 2] = [
        &["run", "threshold", "--input", "ct.nrrd", "--lower", "200", "--output", "a.nrrd"],
        &["run", "threshold", "--input", "ct.nrrd", "--lower", "300", "--output", "b.nrrd"],
    ];
    runs.iter().for_each(|run| assert!(microtome(here, run).status.success()));
    let different = microtome(here, &["diff", "a.nrrd", "b.nrrd", "--json"]);
    assert_eq!(different.status.code(), Some(1));
    let document: Json = serde_json::from_slice(&different.stdout).unwrap();
    let voxels = &document["changed"][0]["voxels"];
    assert_eq!(voxels["total"], 40 * 30 * 25);
    assert!(voxels["different"].as_u64().is_some_and(|n| n > 0) && voxels["greatest"] == 1.0, "{document}");
    for name in ["a", "b"] {
        let to = format!("{name}.seg.nrrd");
        assert!(microtome(here, &["convert", &format!("{name}.nrrd"), &to]).status.success());
    }
    let segments = stdout(&microtome(here, &["diff", "a.seg.nrrd", "b.seg.nrrd"]));
    assert!(segments.contains("Dice 0."), "{segments}");
    assert_eq!(microtome(here, &["diff", "a.nrrd", "gone.nrrd"]).status.code(), Some(1));
}

#[test]
fn the_demo_leaves_a_scene_whose_history_comes_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(microtome(here, &["demo", "demo", "-q"]).status.success());
    let replayed = microtome(here, &["replay", "demo/scene.mrb", "--verify", "--json"]);
    assert!(replayed.status.success(), "{}", stderr(&replayed));
    let document: Json = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(document["replayed"].as_array().map(Vec::len), Some(8), "{document}");
}
