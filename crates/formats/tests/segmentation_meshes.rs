//! Segmentations as meshes: every field, VTK both ways, and hostile files.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use microtome_formats::segmentation::multiblock;
use microtome_formats::{
    Compression, Data, Error, Kind, MemorySink, MemorySource, Metadata, ReadOptions, SegmentationData,
    WriteOptions, Writer, for_writing,
};
use microtome_geometry::Point;
use microtome_image::Array;
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};
use microtome_records::{ConversionParameter, Segment, SegmentRepresentation, Segmentation, TERMINOLOGY};
use proptest::prelude::*;
use serde_json::Value;

use common::{FolderSource, load};

type Files = BTreeMap<String, Vec<u8>>;

fn write(data: &SegmentationData, name: &str, compression: Compression) -> Result<Files, Error> {
    let (_, Writer::Segmentation(write)) = for_writing(name, Kind::Segmentation)? else { panic!("{name}") };
    let mut sink = MemorySink::default();
    write(data, name, &WriteOptions { compression, ..WriteOptions::default() }, &mut sink)?;
    Ok(sink.into_files())
}

fn source(files: &Files, name: &str) -> MemorySource {
    let source = MemorySource::new(name, files[name].clone());
    files.iter().fold(source, |source, (other, bytes)| source.with_companion(other.clone(), bytes.clone()))
}

fn read(files: &Files, name: &str) -> (SegmentationData, Vec<String>) {
    let loaded = load(&source(files, name), &ReadOptions::default()).unwrap();
    let warnings = loaded.warnings.into_iter().map(|w| w.message).collect();
    let Data::Segmentation(data) = loaded.data else { panic!("{name} holds {:?}", loaded.data.kind()) };
    (data, warnings)
}

fn tetrahedron(at: f64) -> Mesh {
    let points = [[at, 0.1, 0.0], [at + 1.0, 0.0, -7.5], [at, 1.0, 3.0], [at, 0.0, 1.0]]
        .map(Point::from_array)
        .to_vec();
    let normals = Attribute {
        name: "Normals".to_owned(),
        components: 3,
        role: Role::Normals,
        values: Array::from(vec![0.0_f32, 0.6, 0.8, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
    };
    let cells = Cells::from_triangles(&[[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]]);
    Mesh::new(points, cells).unwrap().with_point_data(normals).unwrap()
}

fn contours() -> Mesh {
    let points = (0..8).map(|n| Point::new(f64::from(n % 4), f64::from(n % 3), f64::from(n / 4))).collect();
    let mut cells = Cells::with_capacity(2, 10);
    cells.push(CellKind::Polyline, [0, 1, 2, 3, 0]);
    cells.push(CellKind::Polyline, [4, 5, 6, 7, 4]);
    Mesh::new(points, cells).unwrap()
}

/// Two segments with a mesh and one without.
fn sample(form: SegmentRepresentation) -> SegmentationData {
    let mesh = |at: f64| match form {
        SegmentRepresentation::PlanarContour => contours(),
        _ => tetrahedron(at),
    };
    let texts = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let mut segments = vec![
        Segment {
            id: "Segment_1".to_owned(),
            name: "liver → <\"big\"> & more".to_owned(),
            color: [0.5, 0.25, 1.0 / 3.0],
            color_automatic: true,
            tags: texts(&[
                (TERMINOLOGY, "a~b^c^d"),
                ("Segmentation.Status", "completed"),
                ("DICOM.x", "a:b"),
            ]),
            unknown: texts(&[("Mood", "fine"), ("vtk/field/weights", "float32 2 1.5 2 0.25 -1")]),
            ..Segment::default()
        },
        Segment {
            id: "Segment_2".to_owned(),
            name: "vessel".to_owned(),
            color: [1.0, 0.0, 0.0],
            name_automatic: true,
            ..Segment::default()
        },
        Segment { id: "Segment_3".to_owned(), name: "empty".to_owned(), ..Segment::default() },
    ];
    segments[0].set_mesh(form, Some(Arc::new(mesh(100.0))));
    segments[1].set_mesh(form, Some(Arc::new(mesh(-3.0))));
    let parameter = ConversionParameter {
        name: "Smoothing factor".to_owned(),
        value: "0.25".to_owned(),
        description: "How\nsmooth.".to_owned(),
    };
    let segmentation = Segmentation {
        segments,
        conversion: vec![parameter],
        contained: vec!["Binary labelmap".to_owned(), form.name().to_owned()],
        ..Segmentation::default()
    };
    let metadata = texts(&[("Note", "kept"), ("vtk/field/numbers", "int32 1 7 8")]);
    let metadata: BTreeMap<String, String> = metadata;
    SegmentationData { segmentation, source: form, metadata: metadata.into_iter().collect() }
}

const FORMS: [SegmentRepresentation; 3] = [
    SegmentRepresentation::ClosedSurface,
    SegmentRepresentation::PlanarContour,
    SegmentRepresentation::RibbonModel,
];

#[test]
fn every_field_comes_back() {
    for form in FORMS {
        let data = sample(form);
        for name in ["a.seg.vtm", "a.vtm", "a b&c.seg.vtm"] {
            for compression in [Compression::None, Compression::Fast, Compression::Best] {
                let files = write(&data, name, compression).unwrap();
                let mut names = multiblock::members(name, form, 3);
                names.push(name.to_owned());
                names.sort();
                assert!(files.keys().eq(&names), "{:?}", files.keys());
                let (back, warnings) = read(&files, name);
                assert!(warnings.is_empty(), "{warnings:?}");
                assert_eq!(back, data, "{name}");
            }
        }
    }
}

#[test]
fn names_of_files_are_those_of_slicer() {
    let files = write(&sample(SegmentRepresentation::ClosedSurface), "s.seg.vtm", Compression::None).unwrap();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["s.seg.vtm", "s.seg/s.seg_0.vtp", "s.seg/s.seg_1.vtp", "s.seg/s.seg_2.vtp"]);
    // The coordinates are those of memory, RAS.
    let text = String::from_utf8(files["s.seg/s.seg_0.vtp"].clone()).unwrap();
    assert!(text.contains("100 0.1 0") && !text.contains("SPACE"), "{text}");
    assert!(multiblock::members("s.seg.nrrd", SegmentRepresentation::BinaryLabelmap, 3).is_empty());
}

#[test]
fn forms_of_voxels_are_refused() {
    let data = SegmentationData {
        source: SegmentRepresentation::FractionalLabelmap,
        ..sample(SegmentRepresentation::ClosedSurface)
    };
    let error = write(&data, "a.seg.vtm", Compression::Fast).unwrap_err();
    assert!(matches!(error, Error::CannotHold { .. }), "{error}");
}

/// What the script prints for a folder, or `None` without an interpreter that `MICROTOME_PYTHON` names.
fn script(test: &str, command: &str, folder: &Path) -> Option<Value> {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        eprintln!("SKIPPED {test}: MICROTOME_PYTHON names no interpreter");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_multiblock.py");
    let output = Command::new(python).arg(script).arg(command).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

fn compare_mesh(mesh: &Mesh, facts: &Value, tolerance: f64) {
    let points: Vec<f64> = mesh.points().iter().flat_map(|p| p.coords()).collect();
    let expected = numbers(&facts["points"]);
    assert_eq!(points.len(), expected.len());
    assert!(points.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance), "{facts}");
    let cells: Vec<Vec<u32>> = mesh.cells().iter().map(|(_, points)| points.to_vec()).collect();
    assert_eq!(serde_json::to_value(cells).unwrap(), facts["cells"]);
    let normals = mesh.normals().map(|values| (0..values.len()).filter_map(|n| values.get(n)).collect());
    let normals: Vec<f64> = normals.unwrap_or_default();
    let expected = numbers(&facts["normals"]);
    assert_eq!(normals.len(), expected.len());
    assert!(normals.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-6), "{facts}");
}

/// Checked with VTK 9.7.2.
#[test]
fn vtk_reads_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    for (form, name, compression) in [
        (FORMS[0], "text.seg.vtm", Compression::None),
        (FORMS[0], "fast & <odd>.seg.vtm", Compression::Fast),
        (FORMS[1], "contours.vtm", Compression::Best),
    ] {
        for (file, bytes) in write(&sample(form), name, compression).unwrap() {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    let Some(found) = script("vtk_reads_what_we_write", "read", folder.path()) else { return };
    assert_eq!(found.as_object().unwrap().len(), 3);
    for (name, blocks) in found.as_object().unwrap() {
        let form = if name == "contours.vtm" { FORMS[1] } else { FORMS[0] };
        let data = sample(form);
        assert_eq!(blocks.as_array().unwrap().len(), 3, "{name}");
        for (block, segment) in blocks.as_array().unwrap().iter().zip(&data.segmentation.segments) {
            let text = |field: &str| block["fields"][field][0].as_str().unwrap_or_default();
            assert_eq!(text("Segmentation_MasterRepresentation"), form.name());
            assert_eq!(text("Segment_ID"), segment.id);
            assert_eq!(text("Segment_Name"), segment.name);
            assert_eq!(text("Segment_NameAutoGenerated"), if segment.name_automatic { "1" } else { "0" });
            assert_eq!(text("Segment_ColorAutoGenerated"), if segment.color_automatic { "1" } else { "0" });
            assert_eq!(text("Segmentation_ConversionParameters"), "Smoothing factor|0.25|How\nsmooth.&");
            let contained = format!("Binary labelmap|{}|", form.name());
            assert_eq!(text("Segmentation_ContainedRepresentationNames"), contained);
            assert_eq!(numbers(&block["fields"]["Segment_Color"]), segment.color);
            assert_eq!(text("Note"), "kept");
            compare_mesh(segment.mesh(form).map_or(&Mesh::default(), |mesh| mesh), block, 0.0);
        }
        let tags = "DICOM.x:a:b|Segmentation.Status:completed|TerminologyEntry:a~b^c^d|";
        assert_eq!(blocks[0]["fields"]["Segment_Tags"][0], tags);
        assert_eq!(blocks[0]["fields"]["weights"], serde_json::json!([[1.5, 2.0], [0.25, -1.0]]));
    }
}

/// Checked with VTK 9.7.2, whose writer 3D Slicer uses.
#[test]
fn we_read_what_vtk_writes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(all) = script("we_read_what_vtk_writes", "write", folder.path()) else { return };
    assert_eq!(all.as_object().unwrap().len(), 4);
    for (name, facts) in all.as_object().unwrap() {
        let source = FolderSource::new(&folder.path().join(name));
        let loaded = load(&source, &ReadOptions::default()).unwrap();
        let warnings: Vec<&str> = loaded.warnings.iter().map(|w| w.message.as_str()).collect();
        assert_eq!(warnings, ["1 blocks have no file and are left out"], "{name}");
        let Data::Segmentation(data) = loaded.data else { panic!("{name}") };
        assert_eq!(data.source.name(), facts["form"]);
        let segmentation = &data.segmentation;
        assert_eq!(segmentation.segments.len(), 2, "{name}");
        assert_eq!(segmentation.conversion_number("Smoothing factor"), Some(0.25));
        assert_eq!(segmentation.contained, [data.source.name(), "Binary labelmap"]);
        for (n, (segment, facts)) in
            segmentation.segments.iter().zip(facts["segments"].as_array().unwrap()).enumerate()
        {
            assert_eq!(segment.id, format!("Segment_{n}"));
            assert_eq!(segment.name, format!("größe <{n}> & \"more\""));
            assert_eq!(segment.color, [0.1, 0.5 * n as f64, 1.0 / 3.0]);
            assert_eq!((segment.name_automatic, segment.color_automatic), (n == 1, false));
            assert_eq!(segment.tags["Segmentation.Status"], "inprogress");
            assert_eq!(segment.unknown["Own"], format!("of {n}"));
            // Text has six digits.
            compare_mesh(segment.mesh(data.source).unwrap(), facts, 1e-4);
        }
        let metadata: Vec<(&str, &str)> = data.metadata.iter().collect();
        assert_eq!(metadata, [("Note", "the same of all")], "{name}");
        let again = write(&data, "b.seg.vtm", Compression::Fast).unwrap();
        assert_eq!(read(&again, "b.seg.vtm").0, data, "{name}");
    }
}

fn listing(files: &[&str]) -> Vec<u8> {
    let mut xml = "<VTKFile type=\"vtkMultiBlockDataSet\"><vtkMultiBlockDataSet>".to_owned();
    for (n, file) in files.iter().enumerate() {
        write!(xml, "<Block><DataSet index=\"{n}\" name=\"b{n}\" file=\"{file}\"/></Block>").unwrap();
    }
    (xml + "</vtkMultiBlockDataSet></VTKFile>").into_bytes()
}

#[test]
fn what_is_wrong_is_left_out_with_a_warning_each() {
    let mut files = write(&sample(FORMS[0]), "a.seg.vtm", Compression::Fast).unwrap();
    let list = ["a.seg/a.seg_1.vtp", "none.vtp", "./a.seg//a.seg_1.vtp", "a.seg.vtm", "a.seg/a.seg_0.vtp"];
    files.insert("a.seg.vtm".to_owned(), listing(&list));
    let (data, warnings) = read(&files, "a.seg.vtm");
    let ids: Vec<&str> = data.segmentation.segments.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["Segment_2", "Segment_1"]);
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    for (warning, part) in warnings.iter().zip(["\"b1\"", "another block", "\"b3\""]) {
        assert!(warning.contains(part), "{warning}");
    }
    // Meshes of other programs, which say nothing of segments.
    let plain = "<VTKFile type=\"PolyData\"><PolyData><Piece NumberOfPoints=\"1\" NumberOfVerts=\"0\"><Points><DataArray \
                 type=\"Float32\" NumberOfComponents=\"3\" format=\"ascii\">1 2 3</DataArray></Points></Piece></PolyData>\
                 </VTKFile>";
    let files = Files::from([
        ("a.vtm".to_owned(), listing(&["x.vtp", "y.vtp"])),
        ("x.vtp".to_owned(), plain.into()),
        ("y.vtp".to_owned(), plain.into()),
    ]);
    let (data, warnings) = read(&files, "a.vtm");
    assert_eq!(data.source, SegmentRepresentation::ClosedSurface);
    let names: Vec<&str> = data.segmentation.segments.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["b0", "b1"]);
    assert_eq!(data.segmentation.segments[1].surface.as_ref().unwrap().points()[0].coords(), [1.0, 2.0, 3.0]);
    assert!(warnings.iter().any(|w| w.contains("no block says")), "{warnings:?}");
    // Nothing that could be read is an error, not an empty segmentation.
    let files = Files::from([("a.vtm".to_owned(), listing(&["x.vtp"]))]);
    assert!(load(&source(&files, "a.vtm"), &ReadOptions::default()).is_err());
}

#[test]
fn hostile_listings_are_bounded() {
    let one = write(&sample(FORMS[0]), "a.seg.vtm", Compression::Fast).unwrap();
    // One mesh named a hundred thousand times is read once; as many missing files make a hundred warnings.
    let many = vec!["a.seg/a.seg_0.vtp"; 100_000];
    let mut files = one.clone();
    files.insert("a.seg.vtm".to_owned(), listing(&many));
    let (data, warnings) = read(&files, "a.seg.vtm");
    assert_eq!((data.segmentation.segments.len(), warnings.len()), (1, 100));
    for text in [
        "<!DOCTYPE a [<!ENTITY b \"c\">]><VTKFile type=\"vtkMultiBlockDataSet\">&b;</VTKFile>",
        "<VTKFile type=\"vtkMultiBlockDataSet\"><a>",
        "<a type=\"vtkMultiBlockDataSet\"/>",
    ] {
        let files = Files::from([("a.vtm".to_owned(), text.into())]);
        let source = source(&files, "a.vtm");
        assert!((multiblock::FORMAT.read)(&source, &ReadOptions::default()).is_err(), "{text}");
    }
    let deep = format!(
        "<VTKFile type=\"vtkMultiBlockDataSet\">{}{}</VTKFile>",
        "<Block>".repeat(50_000),
        "</Block>".repeat(50_000)
    );
    let files = Files::from([("a.vtm".to_owned(), deep.into_bytes())]);
    // Refused or empty, but no stack is exhausted.
    let _ = (multiblock::FORMAT.read)(&source(&files, "a.vtm"), &ReadOptions::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bytes changed anywhere in any of the files: an error or a segmentation that can be written again.
    #[test]
    fn damaged_files(
        file in 0_usize..4,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        compressed in any::<bool>(),
    ) {
        let compression = if compressed { Compression::Fast } else { Compression::None };
        let mut files = write(&sample(FORMS[0]), "a.seg.vtm", compression).unwrap();
        let name = files.keys().nth(file).unwrap().clone();
        let bytes = files.get_mut(&name).unwrap();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(loaded) = (multiblock::FORMAT.read)(&source(&files, "a.seg.vtm"), &ReadOptions::default()) {
            let Data::Segmentation(data) = loaded.data else { panic!() };
            prop_assert!(loaded.warnings.len() <= 100);
            let again = write(&data, "b.seg.vtm", Compression::Fast).unwrap();
            let back = read(&again, "b.seg.vtm").0;
            prop_assert_eq!(back.segmentation.segments.len(), data.segmentation.segments.len());
        }
    }

    /// Any fields under the names that are understood.
    #[test]
    fn hostile_fields(names in prop::collection::vec(0_usize..12, 0..14), texts in prop::collection::vec(".{0,20}", 14)) {
        const NAMES: [&str; 12] = [
            "Segmentation_MasterRepresentation", "Segmentation_SourceRepresentation", "Segment_ID", "Segment_Name",
            "Segment_Color", "Segment_DefaultColor", "Segment_Tags", "Segmentation_ConversionParameters",
            "Segmentation_ContainedRepresentationNames", "Segment_", "vtk/field/x", "SPACE",
        ];
        let metadata: Metadata =
            names.iter().zip(texts).map(|(n, text)| (format!("vtk/field/{}", NAMES[*n]), format!("text\n{text}"))).collect();
        let mut data = sample(FORMS[0]);
        data.metadata = metadata.clone();
        data.segmentation.segments[0].unknown =
            metadata.iter().map(|(key, text)| (key.to_owned(), text.to_owned())).collect();
        let (back, _) = read(&write(&data, "a.vtm", Compression::None).unwrap(), "a.vtm");
        prop_assert_eq!(back.segmentation.segments.len(), 3);
        // What was read once comes back unchanged.
        let (again, _) = read(&write(&back, "a.vtm", Compression::None).unwrap(), "a.vtm");
        prop_assert_eq!(again, back);
    }
}
