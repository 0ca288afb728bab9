//! Markups, tables and colour tables: real files (their values read off their text), round trips, Slicer's schema, and bytes
//! that are none.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{FolderSource, load, shared_data};
use microtome_formats::{
    ColorTableData, Data, Error, Kind, Loaded, MarkupsData, MemorySink, MemorySource, ReadOptions, TableData,
    WriteOptions, Writer, for_writing,
};
use microtome_geometry::Point;
use microtome_image::Array;
use microtome_records::{ColumnValues, ControlPoint, PositionStatus};
use proptest::prelude::*;

fn read_file(folder: &std::path::Path, name: &str) -> Result<Loaded, Error> {
    load(&FolderSource::new(&folder.join(name)), &ReadOptions::default())
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Loaded, Error> {
    load(&MemorySource::new(name, bytes.to_vec()), &ReadOptions::default())
}

fn markups(loaded: Result<Loaded, Error>) -> MarkupsData {
    match loaded.unwrap().data {
        Data::Markups(data) => data,
        other => panic!("{:?}", other.kind()),
    }
}

fn table(loaded: Result<Loaded, Error>) -> TableData {
    match loaded.unwrap().data {
        Data::Table(data) => data,
        other => panic!("{:?}", other.kind()),
    }
}

fn colors(loaded: Result<Loaded, Error>) -> ColorTableData {
    match loaded.unwrap().data {
        Data::ColorTable(data) => data,
        other => panic!("{:?}", other.kind()),
    }
}

fn written(data: &Data, name: &str) -> Result<MemorySource, Error> {
    let mut sink = MemorySink::default();
    let options = WriteOptions::default();
    match (for_writing(name, data.kind()).unwrap().1, data) {
        (Writer::Markups(write), Data::Markups(data)) => write(data, name, &options, &mut sink)?,
        (Writer::Table(write), Data::Table(data)) => write(data, name, &options, &mut sink)?,
        (Writer::ColorTable(write), Data::ColorTable(data)) => write(data, name, &options, &mut sink)?,
        _ => panic!("{name}"),
    }
    let mut files = sink.into_files();
    let source = MemorySource::new(name, files.remove(name).unwrap());
    Ok(files.into_iter().fold(source, |source, (name, bytes)| source.with_companion(name, bytes)))
}

fn again(data: &Data, name: &str) -> Data {
    load(&written(data, name).unwrap(), &ReadOptions::default()).unwrap().data
}

#[test]
fn real_point_lists() {
    let Some(folder) = shared_data("real_point_lists") else { return };
    let folder = folder.join("markups");
    let list = markups(read_file(&folder, "L1.fcsv"));
    let found: Vec<_> = list.points.iter().map(|p| (p.label.as_str(), p.position.coords())).collect();
    assert_eq!(found, [("L1-P1", [43.3769, 23.1343, 0.0]), ("L1-P2", [49.8834, -4.33769, 0.0])]);
    assert_eq!(list.points[0].associated_node, "vtkMRMLDiffusionTensorVolumeNode1");
    assert_eq!(list.points[0].orientation, ControlPoint::default().orientation);
    // 3D Slicer 3: RAS, other columns.
    let list = markups(read_file(&folder, "slicer3.fcsv"));
    assert_eq!((list.name.as_deref(), list.points.len()), (Some("midsag"), 56));
    assert_eq!(list.points[2].position.coords(), [5.5, -93.5, -25.5]);
    assert_eq!(list.points[2].label, "midsag4");

    let fiducial = markups(read_file(&folder, "slicer4.acsv"));
    assert_eq!(fiducial.points[0].position.coords(), [64.2531, 3.69, 62.886]);
    assert_eq!(fiducial.points[0].label, "F");
    let ruler = markups(read_file(&folder, "AnnotationTest/M.acsv"));
    assert_eq!((ruler.metadata.get("markups/type"), ruler.points.len()), (Some("Line"), 2));
    let region = markups(read_file(&folder, "AnnotationTest/R.acsv"));
    assert_eq!((region.metadata.get("markups/type"), region.points.len()), (Some("ROI"), 1));
    assert_eq!(region.metadata.get("markups/size"), Some("[24.8918,36.7966,24.8918]"));
    assert_eq!(region.metadata.get("markups/center"), Some("[-164.232,48.7013,0.0]"));
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
            assert_eq!(list.points[0].position.x(), x, "{system}");
            assert_eq!(list.points[0].description, "note, with \"comma\"");
            assert_eq!(list.points[0].status, PositionStatus::Defined);
        }
    }
    // Other columns in another order; the rest has defaults.
    let text = format!("{head}# CoordinateSystem = RAS\n# columns = label,z,y,x\nA,3,2,1\n");
    let point = &markups(read_bytes("a.fcsv", text.as_bytes())).points[0];
    assert_eq!(point.position.coords(), [1.0, 2.0, 3.0]);
    assert!(point.visible && point.selected && !point.locked);
    let missing = markups(read_bytes("a.fcsv", format!("{head}1,1,2,3,0,0,0,1,,0,1,L,,,0\n").as_bytes()));
    let point = &missing.points[0];
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
    };
    MarkupsData { points: (1..6).map(point).collect(), ..MarkupsData::default() }
}

#[test]
fn point_lists_come_back() {
    let data = Data::Markups(rich_list());
    let Data::Markups(back) = again(&data, "a.fcsv") else { panic!() };
    for (a, b) in back.points.iter().zip(rich_list().points) {
        let turn = a.orientation.iter().zip(b.orientation).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(turn < 1e-12);
        assert_eq!(*a, ControlPoint { orientation: a.orientation, ..b });
    }
    let Data::Markups(back) = again(&data, "a.mrk.json") else { panic!() };
    assert_eq!(back.points, rich_list().points);
}

const ROI: &str = r#"{"@schema":"https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#",
 "markups":[{"type":"ROI","coordinateSystem":"RAS","coordinateUnits":["um","UCUM","micrometer"],"locked":true,"fixedNumberOfControlPoints":false,
  "labelFormat":"%N-%d","lastUsedControlPointNumber":1,"roiType":"Box","center":[10000.0,20000.0,30000.0],
  "orientation":[1.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,1.0],"size":[40000.0,50000.0,60000.0],"insideOut":false,
  "controlPoints":[{"id":"1","label":"R-1","position":[10000.0,20000.0,30000.0],"positionStatus":"defined"}],
  "measurements":[{"name":"volume","enabled":false,"units":"cm3","printFormat":"%-#4.4g%s"}],
  "display":{"visibility":true,"opacity":0.5}}]}"#;

#[test]
fn other_markups_keep_what_they_have() {
    let roi = markups(read_bytes("r.mrk.json", ROI.as_bytes()));
    assert_eq!(roi.points[0].position.coords(), [10.0, 20.0, 30.0]);
    assert!(roi.locked);
    assert_eq!(roi.metadata.get("markups/center"), Some("[-10.0,-20.0,30.0]"));
    assert_eq!(roi.metadata.get("markups/size"), Some("[40.0,50.0,60.0]"));
    assert_eq!(roi.metadata.get("markups/orientation"), Some("[-1.0,-0.0,-0.0,-0.0,-1.0,-0.0,0.0,0.0,1.0]"));
    assert_eq!(again(&Data::Markups(roi.clone()), "r.mrk.json"), Data::Markups(roi.clone()));
    let error = written(&Data::Markups(roi), "r.fcsv").unwrap_err();
    assert!(error.to_string().contains("ROI"), "{error}");

    let two = ROI.replace("\"markups\":[", "\"markups\":[{\"type\":\"Line\"},");
    let loaded = read_bytes("r.json", two.as_bytes()).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    assert_eq!(markups(Ok(loaded)).metadata.get("markups/type"), Some("Line"));
    for (from, to, expected) in [
        ("\"RAS\"", "\"IJK\"", "coordinateSystem"),
        ("UCUM", "DCM", "UCUM"),
        ("\"um\"", "\"inch\"", "mm or um"),
        ("schema-v1.0.3", "schema-v9.0", "@schema"),
        ("[10000.0,20000.0,30000.0],\"positionStatus\"", "[1,2],\"positionStatus\"", "3 numbers"),
        ("\"markups\":[", "\"markup\":[", "markups"),
    ] {
        let error = read_bytes("r.mrk.json", ROI.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
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
    // 3D Slicer writes "missing", which its schema does not list.
    let mut list = rich_list();
    list.points.retain(|point| point.status != PositionStatus::Missing);
    let named = MarkupsData { name: Some("F".into()), ..list.clone() };
    for (name, data) in [
        ("list.mrk.json", list),
        ("named.mrk.json", named),
        ("roi.mrk.json", markups(read_bytes("r.mrk.json", ROI.as_bytes()))),
    ] {
        let mut sink = MemorySink::default();
        let (_, Writer::Markups(write)) = for_writing(name, Kind::Markups).unwrap() else { panic!() };
        write(&data, name, &WriteOptions::default(), &mut sink).unwrap();
        std::fs::write(folder.path().join(name), &sink.into_files()[name]).unwrap();
    }
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/python/check_transforms.py"].iter().collect();
    let schema = data.join("schemas/markups-schema-v1.0.3.json");
    let output =
        Command::new(python).arg(script).arg("markups").arg(folder.path()).arg(schema).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let errors: std::collections::BTreeMap<String, Vec<String>> =
        serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(errors.len(), 3);
    assert!(errors.values().all(Vec::is_empty), "{errors:?}");
}

#[test]
fn a_table_with_its_schema() {
    let Some(folder) = shared_data("a_table_with_its_schema") else { return };
    let loaded = read_file(&folder.join("tables"), "table.csv").unwrap();
    // "some" is no number, and 1.5 and 2.5 are none of type int.
    let bad: Vec<_> = loaded.warnings.iter().map(|w| w.message.clone()).collect();
    assert_eq!(bad.len(), 5, "{bad:?}");
    assert!(bad.iter().any(|m| m.contains("3 cells of column \"TestInt\"")), "{bad:?}");
    let data = table(Ok(loaded));
    let column = |name: &str| data.table.columns.iter().find(|c| c.name == name).unwrap();
    let numbers = |name: &str| match &column(name).values {
        ColumnValues::Numbers(values) => values.clone(),
        ColumnValues::Text(_) => panic!("{name}"),
    };
    let ColumnValues::Text(strings) = &column("TestString").values else { panic!() };
    assert_eq!(strings[4], "some\\escape\\characters\\n\\t");
    assert!(matches!(column("Segment").values, ColumnValues::Text(_)));
    assert_eq!(numbers("TestBool"), Array::from(vec![0_u8, 1, 1, 1, 1, 1, 0, 1, 1, 1]));
    assert_eq!(numbers("TestInt"), Array::from(vec![-1_i32, 0, 1, 0, 0, 5, 6, 0, 0, 1]));
    assert_eq!(numbers("TestFloat").get(7), Some(1e6));
    assert!(numbers("SUV").get(8).unwrap().is_nan());
    assert_eq!(numbers("TestDouble").get(4), Some(1.23e19));
    let properties = &column("TestDouble").properties;
    assert!(properties.contains(&("unitLabel".into(), "mm".into())), "{properties:?}");
    for name in ["a.csv", "a.tsv", "a.txt"] {
        assert_eq!(again(&Data::Table(data.clone()), name), Data::Table(data.clone()), "{name}");
    }
}

#[test]
fn tables_without_a_schema_are_text() {
    let data = table(read_bytes("a.csv", "\u{feff}a,b,c\r\n1,\"x, \"\"y\"\"\",\r\n2\r\n".as_bytes()));
    let text = |n: usize| match &data.table.columns[n].values {
        ColumnValues::Text(values) => values.clone(),
        ColumnValues::Numbers(_) => panic!(),
    };
    assert_eq!(data.table.columns[0].name, "a");
    assert_eq!([text(0), text(1), text(2)], [vec!["1", "2"], vec!["x, \"y\"", ""], vec!["", ""]]);
    assert_eq!(again(&Data::Table(data.clone()), "b.csv"), Data::Table(data));
    let long = read_bytes("a.tsv", b"a\tb\n1\t2\t3\n").unwrap();
    assert_eq!(long.warnings.len(), 1);
    assert!(read_bytes("a.csv", b"").is_err());
    // Many columns and many empty rows would be far more cells than bytes.
    let bomb = format!("{}\n{}", ",".repeat(1 << 17), ",\n".repeat(1 << 16));
    assert!(matches!(read_bytes("a.csv", bomb.as_bytes()), Err(Error::TooLarge { .. })));
}

#[test]
fn real_color_tables() {
    let Some(folder) = shared_data("real_color_tables") else { return };
    let read = |name: &str| read_file(&folder.join("tables"), name);
    let rgba = |c: [u8; 4]| c.map(|v| f32::from(v) / 255.0);
    for (name, expected) in [
        (
            "ColorTest.csv",
            vec![
                (1, "one", [10, 200, 40, 255]),
                (5, "five", [255, 59, 21, 255]),
                (10, "ten", [41, 84, 255, 255]),
            ],
        ),
        (
            "ColorTest.ctbl",
            vec![(0, "zero", [0, 0, 0, 255]), (1, "one", [255, 59, 21, 255]), (2, "two", [41, 84, 255, 255])],
        ),
        (
            "ColorTestMissingAlpha.csv",
            vec![
                (1, "one", [10, 200, 40, 255]),
                (5, "five", [255, 59, 21, 255]),
                (10, "ten", [41, 84, 255, 255]),
            ],
        ),
        (
            "ColorTestInvalidColor.csv",
            vec![
                (1, "one", [10, 200, 40, 255]),
                (5, "five", [255, 0, 21, 255]),
                (10, "ten", [41, 84, 255, 255]),
            ],
        ),
        (
            "ColorTestMissingName.csv",
            vec![(1, "", [10, 200, 40, 255]), (5, "", [255, 59, 21, 255]), (10, "", [41, 84, 255, 255])],
        ),
        (
            "ColorTestMissingColor.csv",
            vec![
                (1, "one", [10, 240, 0, 255]),
                (5, "five", [255, 59, 0, 255]),
                (10, "ten", [41, 84, 0, 255]),
            ],
        ),
    ] {
        let loaded = read(name).unwrap();
        let warned = ["Invalid", "MissingName", "MissingColor"].iter().any(|word| name.contains(word));
        assert_eq!(loaded.warnings.len(), usize::from(warned), "{name}: {:?}", loaded.warnings);
        let data = colors(Ok(loaded));
        let found: Vec<_> = data.colors.entries.iter().map(|e| (e.value, e.name.as_str(), e.color)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(v, n, c)| (v, n, rgba(c))).collect();
        assert_eq!(found, expected, "{name}");
        for extension in ["a.csv", "a.tsv", "a.ctbl", "a.txt"] {
            assert_eq!(
                again(&Data::ColorTable(data.clone()), extension),
                Data::ColorTable(data.clone()),
                "{name}"
            );
        }
    }
    let error = read("ColorTestMissingLabelValue.csv").unwrap_err().to_string();
    assert!(error.contains("LabelValue"), "{error}");

    let data = colors(read("ColorTestWithTerminology.csv"));
    let terms: Vec<_> = data.colors.entries.iter().map(|e| e.terminology.as_deref().unwrap()).collect();
    assert_eq!(terms[0], "SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~^^~^^");
    assert!(terms[2].ends_with("SCT^4147007^Mass~^^~SCT^64033007^Kidney~SCT^24028007^Right"));
    assert_eq!(again(&Data::ColorTable(data.clone()), "t.csv"), Data::ColorTable(data));
}

#[test]
fn plain_color_tables() {
    let text =
        "# Color table file x\n# 3 values\n0 _ 0 0 0 0\n1 'left'_kidney 300 -5 12.5 255\n7 no_alpha 1 2 3\n";
    let loaded = read_bytes("labels.txt", text.as_bytes()).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    let entries = colors(Ok(loaded)).colors.entries;
    assert_eq!(entries[0].name, "");
    assert_eq!((entries[1].value, entries[1].color[0], entries[1].color[1]), (1, 1.0, 0.0));
    assert_eq!((entries[2].value, entries[2].name.as_str(), entries[2].color[3]), (7, "no alpha", 0.0));
    let loaded = read_bytes("a.ctbl", b"1 a 1 0 0.5 1\n").unwrap();
    assert!(loaded.warnings[0].message.contains("malformed"));
    assert!(read_bytes("a.ctbl", b"# Color procedural file\n0 0 0 0\n").is_err());
    assert!(read_bytes("a.ctbl", b"1 a 1 0\n").is_err());
    assert!(read_bytes("a.ctbl", b"x a 1 0 0 1\n").is_err());
}

proptest! {
    #[test]
    fn any_text_is_refused_or_read(
        name in prop::sample::select(vec!["a.fcsv", "a.acsv", "a.csv", "a.tsv", "a.txt", "a.ctbl", "a.mrk.json", "a.json"]),
        head in prop::sample::select(vec!["", "# Markups fiducial file version = 5\n", "LabelValue,Name,Color_R\n", "columnName,type\n", "{\"@schema\":\"markups-schema-v1.0.3.json#\",\"markups\":[{\"type\":\"ROI\","]),
        text in "([0-9a-z,|\"' \t#{}\\[\\]:.=-]|\n|\r|\u{feff}|é){0,200}",
    ) {
        let _ = read_bytes(name, format!("{head}{text}").as_bytes());
    }

    #[test]
    fn any_bytes_are_refused_or_read(
        name in prop::sample::select(vec!["a.fcsv", "a.acsv", "a.csv", "a.tsv", "a.txt", "a.ctbl", "a.mrk.json"]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = read_bytes(name, &bytes);
    }

    #[test]
    fn any_damaged_markup_is_refused_or_read(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = ROI.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = value;
        let _ = read_bytes("r.mrk.json", &bytes);
    }
}
