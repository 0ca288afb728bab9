//! Markups: real files (their values read off their text), round trips, Slicer's schema, and bytes that are none.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{FolderSource, again, load, read_bytes, shared_data, written};
use microtome_formats::markups::json;
use microtome_formats::{Data, Error, Loaded, MarkupsData, MemorySink, Metadata, ReadOptions, Source};
use microtome_geometry::{Affine, Point};
use microtome_records::{
    AngleMode, ControlPoint, CurveType, Markups, MarkupsKind, Measurement, PlaneShape, PlaneSizeMode,
    PlaneType, PositionStatus, RoiShape, RoiType,
};
use proptest::prelude::*;

fn read_file(folder: &std::path::Path, name: &str) -> Result<Loaded, Error> {
    load(&FolderSource::new(&folder.join(name)), &ReadOptions::default())
}

fn markups(loaded: Result<Loaded, Error>) -> MarkupsData {
    match loaded.unwrap().data {
        Data::Markups(data) => *data,
        other => panic!("{:?}", other.kind()),
    }
}

#[test]
fn real_point_lists() {
    let Some(folder) = shared_data("real_point_lists") else { return };
    let folder = folder.join("markups");
    let list = markups(read_file(&folder, "L1.fcsv"));
    let found: Vec<_> = list.markups.points.iter().map(|p| (p.label.as_str(), p.position.coords())).collect();
    assert_eq!(found, [("L1-P1", [43.3769, 23.1343, 0.0]), ("L1-P2", [49.8834, -4.33769, 0.0])]);
    assert_eq!(list.markups.points[0].associated_node, "vtkMRMLDiffusionTensorVolumeNode1");
    assert_eq!(list.markups.points[0].orientation, ControlPoint::default().orientation);
    // 3D Slicer 3: RAS, other columns.
    let list = markups(read_file(&folder, "slicer3.fcsv"));
    assert_eq!((list.name.as_deref(), list.markups.points.len()), (Some("midsag"), 56));
    assert_eq!(list.markups.points[2].position.coords(), [5.5, -93.5, -25.5]);
    assert_eq!(list.markups.points[2].label, "midsag4");

    let fiducial = markups(read_file(&folder, "slicer4.acsv"));
    assert_eq!(fiducial.markups.points[0].position.coords(), [64.2531, 3.69, 62.886]);
    assert_eq!(fiducial.markups.points[0].label, "F");
    let ruler = markups(read_file(&folder, "AnnotationTest/M.acsv")).markups;
    assert_eq!((ruler.kind, ruler.points.len()), (MarkupsKind::Line, 2));
    let region = markups(read_file(&folder, "AnnotationTest/R.acsv")).markups;
    assert_eq!((region.kind, region.points.len()), (MarkupsKind::Roi, 1));
    let roi = region.roi.unwrap();
    assert_eq!(roi.size, [24.8918, 36.7966, 24.8918]);
    assert_eq!(roi.center.coords(), [164.232, -48.7013, 0.0]);
}

#[test]
fn fcsv_of_every_kind() {
    let row =
        "1,-12.5,30,44.25,1,0,0,0,1,1,0,F-1,\"note, with \"\"comma\"\"\",vtkMRMLScalarVolumeNode1,2,0\n";
    let columns = "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n";
    let head = "# Markups fiducial file version = 5.8\n";
    for (system, x) in [
        ("# CoordinateSystem = LPS\n", 12.5),
        ("# CoordinateSystem = 1\n", 12.5),
        ("", 12.5),
        ("# CoordinateSystem = RAS\n", -12.5),
        ("# CoordinateSystem = 0\n", -12.5),
    ] {
        for columns in [columns, ""] {
            let list = markups(read_bytes("a.fcsv", format!("{head}{system}{columns}{row}").as_bytes()));
            assert_eq!(list.markups.points[0].position.x(), x, "{system}");
            assert_eq!(list.markups.points[0].description, "note, with \"comma\"");
            assert_eq!(list.markups.points[0].status, PositionStatus::Defined);
        }
    }
    // Other columns in another order; the rest has defaults.
    let text = format!("{head}# CoordinateSystem = RAS\n# columns = label,z,y,x\nA,3,2,1\n");
    let point = &markups(read_bytes("a.fcsv", text.as_bytes())).markups.points[0];
    assert_eq!(point.position.coords(), [1.0, 2.0, 3.0]);
    assert!(point.visible && point.selected && !point.locked);
    let missing = markups(read_bytes("a.fcsv", format!("{head}1,1,2,3,0,0,0,1,,0,1,L,,,0\n").as_bytes()));
    let point = &missing.markups.points[0];
    assert_eq!(
        (point.visible, point.selected, point.locked, point.status),
        (true, false, true, PositionStatus::Undefined)
    );
    let error = read_bytes("a.fcsv", format!("{head}1,1,x,3\n").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("y of point 1"), "{error}");
    assert!(read_bytes("a.fcsv", format!("{head}# CoordinateSystem = IJK\n").as_bytes()).is_err());
}

fn rich_list() -> MarkupsData {
    let turned = [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    let point = |n: u32| ControlPoint {
        id: n.to_string(),
        label: format!("F-{n}, \"ö\""),
        description: if n == 2 { String::new() } else { "a, b".into() },
        associated_node: "vtkMRMLScalarVolumeNode1".into(),
        position: Point::new(f64::from(n) + 0.1, -2.5, 1.0 / 3.0),
        orientation: if n == 1 { turned } else { ControlPoint::default().orientation },
        selected: n != 1,
        locked: n == 1,
        visible: n != 3,
        status: [
            PositionStatus::Undefined,
            PositionStatus::Preview,
            PositionStatus::Defined,
            PositionStatus::Missing,
        ][n as usize % 4],
        auto_created: n == 5,
    };
    let markups = Markups { points: (1..6).map(point).collect(), last_point_number: 5, ..Markups::default() };
    MarkupsData { markups, ..MarkupsData::default() }
}

#[test]
fn point_lists_come_back() {
    let data = Data::from(rich_list());
    let Data::Markups(back) = again(&data, "a.fcsv") else { panic!() };
    for (a, b) in back.markups.points.iter().zip(rich_list().markups.points) {
        let turn = a.orientation.iter().zip(b.orientation).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(turn < 1e-12);
        assert_eq!(*a, ControlPoint { orientation: a.orientation, ..b });
    }
    let Data::Markups(back) = again(&data, "a.mrk.json") else { panic!() };
    assert_eq!(*back, rich_list());
}

const ROI: &str = r#"{"@schema":"https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#",
 "markups":[{"type":"ROI","coordinateSystem":"RAS","coordinateUnits":["um","UCUM","micrometer"],"locked":true,"fixedNumberOfControlPoints":false,
  "labelFormat":"%N-%d","lastUsedControlPointNumber":1,"roiType":"Box","center":[10000.0,20000.0,30000.0],
  "orientation":[1.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,1.0],"size":[40000.0,50000.0,60000.0],"insideOut":false,
  "controlPoints":[{"id":"1","label":"R-1","position":[10000.0,20000.0,30000.0],"positionStatus":"defined"}],
  "measurements":[{"name":"volume","enabled":false,"units":"cm3","printFormat":"%-#4.4g%s"}],
  "display":{"visibility":true,"opacity":0.5}}]}"#;

fn roi() -> MarkupsData {
    markups(read_bytes("r.mrk.json", ROI.as_bytes()))
}

#[test]
fn a_region_in_ras_micrometres() {
    let data = roi();
    let list = &data.markups;
    assert_eq!(list.points[0].position.coords(), [10.0, 20.0, 30.0]);
    assert!(list.locked && !list.fixed_points);
    assert_eq!((list.kind, list.last_point_number), (MarkupsKind::Roi, 1));
    let shape = list.roi.as_ref().unwrap();
    assert_eq!(shape.center.coords(), [10.0, 20.0, 30.0]);
    assert_eq!(shape.orientation, RoiShape::default().orientation);
    assert_eq!(shape.size, [40.0, 50.0, 60.0]);
    let volume = &list.measurements[0];
    assert_eq!((volume.name.as_str(), volume.enabled, volume.units.as_str()), ("volume", false, "cm3"));
    assert_eq!(volume.format.as_deref(), Some("%-#4.4g%s"));
    let display = data.display.as_ref().unwrap();
    assert_eq!((display.get("opacity"), display.get("visibility")), (Some("0.5"), Some("true")));
    assert_eq!(again(&Data::from(data.clone()), "r.mrk.json"), Data::from(data.clone()));
    // formats.md §6.1: the same region as 3D Slicer writes it.
    let bytes = written(&Data::from(data.clone()), "r.mrk.json").unwrap().bytes().unwrap();
    let markup = serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["markups"][0].take();
    assert_eq!((&markup["coordinateSystem"], &markup["coordinateUnits"]), (&"LPS".into(), &"mm".into()));
    let axes = serde_json::json!([-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0]);
    for (found, expected) in [
        (&markup["center"], serde_json::json!([-10.0, -20.0, 30.0])),
        (&markup["size"], serde_json::json!([40.0, 50.0, 60.0])),
        (&markup["orientation"], axes.clone()),
        (&markup["controlPoints"][0]["orientation"], axes),
    ] {
        assert_eq!(*found, expected);
    }
    let error = written(&Data::from(data), "r.fcsv").unwrap_err();
    assert!(error.to_string().contains("ROI"), "{error}");
}

#[test]
fn a_file_may_hold_several_markups() {
    let more = r#""markups":[{"type":"Line","name":"first"},{"type":"Fiducial","locked":"maybe"},"#;
    let loaded = read_bytes("r.json", ROI.replace("\"markups\":[", more).as_bytes()).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].message.starts_with("markups[1].locked"), "{:?}", loaded.warnings);
    let items: Vec<_> = std::iter::once(loaded.data).chain(loaded.others).collect();
    let [Data::Markups(line), Data::Markups(list), Data::Markups(region)] = items.as_slice() else {
        panic!()
    };
    assert_eq!((line.name.as_deref(), line.markups.kind), (Some("first"), MarkupsKind::Line));
    assert_eq!((list.name.as_deref(), list.markups.kind), (None, MarkupsKind::Fiducial));
    assert_eq!(**region, roi());
}

#[test]
fn too_many_points_are_told() {
    let points = r#"{"position":[0,0,0]},{"position":[1,0,0]},{"position":[0,1,0]}"#;
    for (kind, told) in [("Line", 1), ("Angle", 0), ("Curve", 0), ("Fiducial", 0)] {
        let text = format!(
            r#"{{"@schema":"x/markups-schema-v1.0.3.json","markups":[{{"type":"{kind}","controlPoints":[{points}]}}]}}"#
        );
        let loaded = read_bytes("a.mrk.json", text.as_bytes()).unwrap();
        assert_eq!(loaded.warnings.len(), told, "{kind}: {:?}", loaded.warnings);
        assert_eq!(markups(Ok(loaded)).markups.points.len(), 3);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for (from, to, expected) in [
        ("\"RAS\"", "\"IJK\"", "coordinateSystem"),
        ("UCUM", "DCM", "UCUM"),
        ("\"um\"", "\"inch\"", "mm or um"),
        ("schema-v1.0.3", "schema-v9.0", "@schema"),
        (
            "[10000.0,20000.0,30000.0],\"positionStatus\"",
            "[1,2],\"positionStatus\"",
            "controlPoints[0].position",
        ),
        ("\"size\":[40000.0,50000.0,60000.0]", "\"size\":[1,2]", "3 numbers"),
        ("\"markups\":[", "\"markup\":[", "markups"),
        ("\"type\":\"ROI\"", "\"kind\":\"ROI\"", "type"),
        ("\"controlPoints\":[", "\"controlPoints\":[7,", "controlPoints[0]"),
        ("\"display\":{", "\"display\":[],\"shown\":{", "display"),
    ] {
        let error = read_bytes("r.mrk.json", ROI.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
    let mut list = rich_list();
    list.markups.points[0].position = Point::new(f64::NAN, 0.0, 0.0);
    assert!(matches!(written(&Data::from(list), "a.mrk.json"), Err(Error::CannotHold { .. })));
}

fn read_one(members: &str) -> MarkupsData {
    let text = format!("{{\"@schema\":\"markups-schema-v1.0.3.json#\",\"markups\":[{{{members}}}]}}");
    let loaded = read_bytes("a.mrk.json", text.as_bytes()).unwrap();
    assert_eq!(loaded.warnings, [], "{members}");
    markups(Ok(loaded))
}

#[test]
fn what_the_model_does_not_hold_is_written_back() {
    let text = r#"{"@schema":"https://x/Markups-Schema-v1.0.0.json","author":"a","markups":[{"type":"Curve","tool":{"a":[1,2]},
        "controlPoints":[{"id":"7","position":[1,2,3],"color":[1,0,0]},{"id":"8","position":"","selected":null}],
        "measurements":[{"name":"length","enabled":true,"value":3.5,"units":"mm","note":"n"},
          {"name":"dose","value":2,"units":["Gy","UCUM","gray"],"quantityCode":["1","SCT","q"],"derivationCode":[],
           "methodCode":["2","DCM","m"],"controlPointValues":[0.5,-1],"description":"d"}],
        "display":{"glyphType":"Diamond3D","color":[0,1,0.5],"pointLabelsDistanceScale":1.5,"visibility":"false"}}]}"#;
    let data = markups(read_bytes("a.json", text.as_bytes()));
    assert_eq!(data.markups.points[0].position.coords(), [-1.0, -2.0, 3.0]);
    assert_eq!(data.markups.points[1].status, PositionStatus::Undefined);
    let named = |name: &str| data.markups.measurements.iter().find(|m| m.name == name).unwrap().clone();
    assert_eq!((named("length").value, named("length").units.as_str()), (Some(3.5), "mm"));
    let dose = named("dose");
    assert_eq!(dose.units_code, Some(["Gy", "UCUM", "gray"].map(str::to_owned)));
    assert_eq!(
        (dose.quantity.unwrap()[2].as_str(), dose.derivation, dose.per_point),
        ("q", None, Some(vec![0.5, -1.0]))
    );
    // What every curve has besides.
    assert_eq!(
        named("torsion max"),
        Measurement { name: "torsion max".into(), units: "mm-1".into(), ..Measurement::default() }
    );
    let display = data.display.as_ref().unwrap();
    assert_eq!((display.get("color"), display.get("visibility")), (Some("0 1 0.5"), Some("false")));

    let data = Data::from(data);
    assert_eq!(again(&data, "b.mrk.json"), data);
    let bytes = written(&data, "b.mrk.json").unwrap().bytes().unwrap();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let markup = &value["markups"][0];
    assert_eq!((&value["author"], &markup["tool"]["a"][1]), (&"a".into(), &2.into()));
    assert_eq!(markup["controlPoints"][0]["color"], serde_json::json!([1, 0, 0]));
    assert_eq!(markup["measurements"][0]["note"], "n");
    assert_eq!(markup["measurements"][5]["units"], serde_json::json!(["Gy", "UCUM", "gray"]));
    assert_eq!(markup["display"]["pointLabelsDistanceScale"], 1.5);
    assert_eq!(markup["display"]["glyphType"], "Diamond3D");

    // A type of an extension keeps its name.
    let text = ROI.replace("\"ROI\"", "\"TestLines\"");
    let loaded = read_bytes("a.mrk.json", text.as_bytes()).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    let bytes = written(&loaded.data, "b.mrk.json").unwrap().bytes().unwrap();
    assert!(std::str::from_utf8(&bytes).unwrap().contains("\"type\": \"TestLines\""));
    assert!(written(&loaded.data, "b.fcsv").is_err());
}

#[test]
fn planes_of_every_spelling() {
    let matrices = read_one(
        r#""type":"Plane","planeType":"pointNormal","sizeMode":"absolute","autoScalingFactor":1.5,
        "objectToBase":[-1,0,0,-1, 0,-1,0,-2, 0,0,1,3, 0,0,0,1],"baseToNode":[0,1,0,-10, -1,0,0,-20, 0,0,1,30, 0,0,0,1],
        "size":[8,6,0],"planeBounds":[-4,4,-3,3],"controlPoints":[{"position":[-10,-20,30]}]"#,
    );
    let plane = matrices.markups.plane.as_ref().unwrap();
    assert_eq!((plane.plane_type, plane.size_mode), (PlaneType::PointNormal, PlaneSizeMode::Absolute));
    assert_eq!(
        (plane.auto_scaling, plane.size, plane.bounds),
        (1.5, [8.0, 6.0], Some([-4.0, 4.0, -3.0, 3.0]))
    );
    let base = Affine::from_rows([[0.0, -1.0, 0.0, 10.0], [1.0, 0.0, 0.0, 20.0], [0.0, 0.0, 1.0, 30.0]]);
    assert_eq!(plane.base_to_node, base);
    assert_eq!(plane.object_to_base.translation().coords(), [1.0, 2.0, 3.0]);
    assert_eq!(plane.center().coords(), [8.0, 21.0, 33.0]);

    // The schema's names; where it is only as centre and normal.
    let schema = read_one(
        r#""type":"Plane","planeType":"3Points","autoScalingSizeFactor":2,"center":[-1,-2,3],"normal":[0,-3,0]"#,
    );
    let plane = schema.markups.plane.as_ref().unwrap();
    assert_eq!((plane.plane_type, plane.auto_scaling), (PlaneType::ThreePoints, 2.0));
    assert_eq!(plane.center().coords(), [1.0, 2.0, 3.0]);
    assert!((plane.normal().unwrap() - [0.0, 1.0, 0.0].into()).length() < 1e-12);

    // Nothing but points: 3D Slicer takes three of them.
    let points = read_one(
        r#""type":"Plane","coordinateSystem":"RAS","controlPoints":[{"position":[1,1,5]},{"position":[4,1,5]},{"position":[1,3,5]}]"#,
    );
    let plane = points.markups.plane.as_ref().unwrap();
    assert_eq!(plane.center().coords(), [1.0, 1.0, 5.0]);
    assert_eq!(plane.normal().unwrap().coords(), [0.0, 0.0, 1.0]);
    assert_eq!(plane.size, [6.0, 4.0]);
    for data in [matrices, schema, points] {
        let Data::Markups(back) = again(&Data::from(data.clone()), "p.mrk.json") else { panic!() };
        // Where it ends is written in any case.
        let plane = data.markups.plane.clone().map(|p| PlaneShape { bounds: Some(p.extent()), ..p });
        let markups = Markups { plane, ..data.markups };
        assert_eq!(*back, MarkupsData { markups, ..data });
    }
}

/// Markups of a kind with everything in them.
fn full(kind: MarkupsKind) -> MarkupsData {
    let placed = rich_list().markups.points.into_iter().filter(|p| p.status != PositionStatus::Missing);
    let mut markups = Markups { points: placed.collect(), ..Markups::of_kind(kind) };
    markups.locked = true;
    markups.fixed_points = true;
    markups.label_format = "%d ö".into();
    markups.last_point_number = 17;
    let code = |text: &str| ["12", "SCT", text].map(str::to_owned);
    for (n, measurement) in markups.measurements.iter_mut().enumerate() {
        measurement.enabled = true;
        measurement.value = Some(0.1 + n as f64);
        measurement.quantity = Some(code("quantity"));
        measurement.method = Some(code("method"));
        measurement.per_point = Some(vec![1.0, 2.5]);
        measurement.format = Some("%5.3f %s".into());
    }
    if let Some(plane) = &mut markups.plane {
        plane.base_to_node =
            Affine::from_rows([[0.6, -0.8, 0.0, 10.5], [0.8, 0.6, 0.0, -3.0], [0.0, 0.0, 1.0, 7.0]]);
        plane.bounds = Some([-1.0, 2.0, -3.0, 4.0]);
        plane.size = [3.0, 7.0];
    }
    if let Some(roi) = &mut markups.roi {
        *roi = RoiShape {
            roi_type: RoiType::BoundingBox,
            center: Point::new(1.5, -2.5, 3.5),
            orientation: [0.6, -0.8, 0.0, 0.8, 0.6, 0.0, 0.0, 0.0, 1.0],
            size: [10.0, 20.0, 30.5],
            inside_out: true,
        };
    }
    match kind {
        MarkupsKind::Angle => {
            markups.angle_mode = Some(AngleMode::OrientedPositive);
            markups.rotation_axis = Some([0.0, 0.6, 0.8]);
        }
        MarkupsKind::Curve => markups.curve_type = Some(CurveType::Kochanek),
        MarkupsKind::ClosedCurve => markups.points_per_segment = Some(25),
        _ => {}
    }
    let mut display = Metadata::default();
    display.set("opacity", "0.25");
    display.set("color", "0.1 0.2 0.3");
    display.set("glyphType", "Vertex2D");
    display.set("snapMode", "unconstrained");
    MarkupsData { name: Some(format!("{kind:?}")), markups, display: Some(display), ..MarkupsData::default() }
}

const KINDS: [MarkupsKind; 7] = [
    MarkupsKind::Fiducial,
    MarkupsKind::Line,
    MarkupsKind::Angle,
    MarkupsKind::Curve,
    MarkupsKind::ClosedCurve,
    MarkupsKind::Plane,
    MarkupsKind::Roi,
];

#[test]
fn every_type_comes_back_whole() {
    for kind in KINDS {
        let data = Data::from(full(kind));
        assert_eq!(again(&data, "a.mrk.json"), data);
    }
}

/// Checked with jsonschema 4.26.
#[test]
fn what_we_write_fits_slicers_schema() {
    const TEST: &str = "what_we_write_fits_slicers_schema";
    let Some(data) = shared_data(TEST) else { return };
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{TEST}: MICROTOME_PYTHON names no interpreter"
        );
        eprintln!("SKIPPED {TEST}: MICROTOME_PYTHON names no interpreter");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<(String, Vec<MarkupsData>)> =
        KINDS.iter().map(|kind| (format!("{kind:?}.mrk.json"), vec![full(*kind)])).collect();
    files.push(("roi.mrk.json".to_owned(), vec![roi()]));
    files.push(("list.mrk.json".to_owned(), vec![rich_list()]));
    files.push(("several.mrk.json".to_owned(), KINDS.map(full).to_vec()));
    files.push(("none.mrk.json".to_owned(), Vec::new()));
    files.push(("empty.mrk.json".to_owned(), KINDS.map(empty).to_vec()));
    files.push(("odd.mrk.json".to_owned(), odd()));
    for (name, items) in &files {
        std::fs::write(folder.path().join(name), together(items)).unwrap();
    }
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/python/check_transforms.py"].iter().collect();
    let schema = data.join("schemas/markups-schema-v1.0.3.json");
    let output =
        Command::new(python).arg(script).arg("markups").arg(folder.path()).arg(schema).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let errors: std::collections::BTreeMap<String, Vec<String>> =
        serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(errors.len(), files.len());
    // 3D Slicer writes "missing", which its schema does not list; of that alone it complains.
    let found: Vec<_> = errors.iter().filter(|(_, errors)| !errors.is_empty()).collect();
    let [(name, complaints)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((name.as_str(), complaints.len()), ("list.mrk.json", 1), "{complaints:?}");
    assert!(complaints[0].contains("'missing' is not one of"), "{complaints:?}");
}

/// The file of several markups.
fn together(items: &[MarkupsData]) -> Vec<u8> {
    let mut sink = MemorySink::default();
    json::write_all(&items.iter().collect::<Vec<_>>(), "a.mrk.json", &mut sink).unwrap();
    sink.into_files().remove("a.mrk.json").unwrap()
}

/// Markups of a kind before anything is placed.
fn empty(kind: MarkupsKind) -> MarkupsData {
    MarkupsData { markups: Markups::of_kind(kind), ..MarkupsData::default() }
}

/// Markups in states that are not the usual ones.
fn odd() -> Vec<MarkupsData> {
    let nowhere = ControlPoint {
        position: Point::new(f64::NAN, f64::INFINITY, 0.0),
        status: PositionStatus::Undefined,
        ..ControlPoint::default()
    };
    let preview = ControlPoint { status: PositionStatus::Preview, visible: false, ..ControlPoint::default() };
    let mut line = full(MarkupsKind::Line);
    line.markups.points = vec![nowhere, preview];
    line.markups.fixed_points = true;
    line.markups.measurements[0].value = Some(f64::NAN);
    line.markups.measurements[0].units_code = Some(["mm", "UCUM", "millimeter"].map(str::to_owned));
    line.markups.measurements[0].per_point = Some(vec![f64::INFINITY]);
    let mut hidden = full(MarkupsKind::Fiducial);
    let mut display = Metadata::default();
    for (name, text) in [
        ("visibility", "false"),
        ("opacity", "7"),
        ("color", "2 -1 0.5"),
        ("sliceProjectionOpacity", "-3"),
        ("textScale", "inf"),
        ("glyphType", "ThickCross2D"),
        ("snapMode", "toVisibleSurface"),
        ("useGlyphScale", "perhaps"),
    ] {
        display.set(name, text);
    }
    hidden.display = Some(display);
    let mut plane = full(MarkupsKind::Plane);
    plane.markups.plane = Some(PlaneShape {
        plane_type: PlaneType::PlaneFit,
        size_mode: PlaneSizeMode::Absolute,
        size: [0.0; 2],
        ..PlaneShape::default()
    });
    vec![line, hidden, plane]
}

#[test]
fn points_without_a_place_come_back_without() {
    let [line, hidden, _] = <[MarkupsData; 3]>::try_from(odd()).unwrap();
    let Data::Markups(back) = again(&Data::from(line), "a.mrk.json") else { panic!() };
    let point = &back.markups.points[0];
    assert_eq!((point.status, point.position), (PositionStatus::Undefined, Point::zero()));
    assert_eq!(back.markups.points[1].status, PositionStatus::Preview);
    assert_eq!((back.markups.measurements[0].value, &back.markups.measurements[0].per_point), (None, &None));
    let Data::Markups(back) = again(&Data::from(hidden), "a.mrk.json") else { panic!() };
    let display = back.display.unwrap();
    assert_eq!((display.get("opacity"), display.get("color")), (Some("1"), Some("1 0 0.5")));
    assert_eq!((display.get("textScale"), display.get("useGlyphScale")), (None, None));
}

#[test]
fn several_markups_come_back_from_one_file() {
    let mut items = KINDS.map(full).to_vec();
    items[2].metadata.set("markups//author", "\"me\"");
    // The points are more than a line and an angle have; nothing else is odd.
    let loaded = read_bytes("a.mrk.json", &together(&items)).unwrap();
    assert!(loaded.warnings.iter().all(|warning| warning.message.contains("control points")));
    let back = std::iter::once(loaded.data).chain(loaded.others);
    // What was said of the file is now said of all.
    items.iter_mut().for_each(|item| item.metadata.set("markups//author", "\"me\""));
    assert!(back.eq(items.into_iter().map(Data::from)));
}

/// What labels, ids and descriptions of point lists may be made of.
const WORDS: &str = "([a-z#=;\t ,\"'ö|\\\\]){0,12}";

proptest! {
    /// All that an `.fcsv` holds of a point, whatever its texts are.
    #[test]
    fn any_point_list_comes_back(
        texts in prop::collection::vec((WORDS, WORDS, WORDS), 1..6),
        numbers in prop::collection::vec(-1e6..1e6_f64, 15),
        states in any::<u32>(),
    ) {
        let mut list = MarkupsData::default();
        for (n, (id, label, description)) in texts.into_iter().enumerate() {
            let state = states >> (5 * n);
            let status =
                [PositionStatus::Undefined, PositionStatus::Preview, PositionStatus::Defined, PositionStatus::Missing];
            list.markups.points.push(ControlPoint {
                id: format!("{id}{n}"),
                label,
                associated_node: description.clone(),
                description,
                position: Point::new(numbers[3 * n], numbers[3 * n + 1], numbers[3 * n + 2]),
                selected: state & 1 == 1,
                locked: state & 2 == 2,
                visible: state & 4 == 4,
                status: status[(state >> 3 & 3) as usize],
                auto_created: state & 6 == 6,
                ..ControlPoint::default()
            });
        }
        let data = Data::from(list.clone());
        let Data::Markups(back) = again(&data, "a.fcsv") else { panic!() };
        prop_assert_eq!(&back.markups.points, &list.markups.points);
        let Data::Markups(back) = again(&data, "a.mrk.json") else { panic!() };
        prop_assert_eq!(&back.markups.points, &list.markups.points);
    }

    #[test]
    fn any_text_is_refused_or_read(
        name in prop::sample::select(vec!["a.fcsv", "a.acsv", "a.mrk.json", "a.json"]),
        head in prop::sample::select(vec!["", "# Markups fiducial file version = 5\n", "{\"@schema\":\"markups-schema-v1.0.3.json#\",\"markups\":[{\"type\":\"ROI\","]),
        text in "([0-9a-z,|\"' \t#{}\\[\\]:.=-]|\n|\r|\u{feff}|é){0,200}",
    ) {
        let _ = read_bytes(name, format!("{head}{text}").as_bytes());
    }

    #[test]
    fn any_bytes_are_refused_or_read(
        name in prop::sample::select(vec!["a.fcsv", "a.acsv", "a.mrk.json"]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = read_bytes(name, &bytes);
    }

    /// What is read of damaged markups can be measured and written.
    #[test]
    fn any_damaged_markup_is_refused_or_read(
        kind in prop::sample::select(KINDS.to_vec()),
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let source = written(&Data::from(full(kind)), "a.mrk.json").unwrap();
        let mut bytes = source.bytes().unwrap().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(loaded) = read_bytes("a.mrk.json", &bytes)
            && let Data::Markups(data) = &loaded.data
        {
            let _ = data.markups.measured(&|p| p);
            let _ = written(&loaded.data, "a.mrk.json");
        }
    }

    /// Numbers of any size.
    #[test]
    fn any_numbers_are_refused_or_measured(
        kind in prop::sample::select(KINDS.to_vec()),
        numbers in prop::collection::vec(prop::num::f64::ANY, 12),
        count in any::<i64>(),
    ) {
        let mut data = full(kind);
        for (point, position) in data.markups.points.iter_mut().zip(numbers.chunks(3)) {
            point.position = Point::new(position[0], position[1], position[2]);
            point.status = PositionStatus::Defined;
        }
        data.markups.points_per_segment = Some(count);
        data.markups.measurements.iter_mut().for_each(|m| m.enabled = true);
        for measured in data.markups.measured(&|p| p) {
            prop_assert!(measured.value.is_none_or(f64::is_finite));
        }
        if let Ok(source) = written(&Data::from(data), "a.mrk.json") {
            prop_assert!(load(&source, &ReadOptions::default()).is_ok());
        }
    }
}
