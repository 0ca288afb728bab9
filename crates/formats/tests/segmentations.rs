//! Segmentations: real files, every field, and back.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;

use microtome_formats::{
    Compression, Data, Error, Kind, MemorySink, MemorySource, Metadata, ReadOptions, SegmentationData,
    WriteOptions, Writer, for_writing,
};
use microtome_geometry::{Affine, Grid, Ijk, Point, Ras};
use microtome_image::{Array, Image, Labelmap, Labels, Meaning, Region, ScalarType};
use microtome_records::{
    ConversionParameter, Segment, SegmentPlace, SegmentRepresentation, Segmentation, TERMINOLOGY,
};

use proptest::prelude::*;

use common::{FolderSource, facts, load, shared_data};

type Files = BTreeMap<String, Vec<u8>>;

fn write(data: &SegmentationData, name: &str, options: &WriteOptions) -> Result<Files, Error> {
    let (_, Writer::Segmentation(write)) = for_writing(name, Kind::Segmentation)? else { panic!("{name}") };
    let mut sink = MemorySink::default();
    write(data, name, options, &mut sink)?;
    Ok(sink.into_files())
}

fn read(files: &Files, name: &str) -> (SegmentationData, Vec<String>) {
    let mut source = MemorySource::new(name, files[name].clone());
    for (other, bytes) in files {
        source = source.with_companion(other.clone(), bytes.clone());
    }
    let loaded = load(&source, &ReadOptions::default()).unwrap();
    let warnings = loaded.warnings.into_iter().map(|w| w.message).collect();
    let Data::Segmentation(data) = loaded.data else { panic!("{name} holds {:?}", loaded.data.kind()) };
    (data, warnings)
}

fn parsed(name: &str, fields: &str, voxels: &[u8]) -> (SegmentationData, Vec<String>) {
    let bytes = [format!("NRRD0005\n{fields}\n\n").as_bytes(), voxels].concat();
    read(&Files::from([(name.to_owned(), bytes)]), name)
}

fn place(layer: usize, label: i32) -> Option<SegmentPlace> {
    Some(SegmentPlace { layer, label })
}

fn voxels(segmentation: &Segmentation, segment: &Segment) -> u64 {
    let (labels, label) = segmentation.labels_of(segment).unwrap();
    labels.extents().get(&label).map_or(0, |extent| extent.voxels)
}

fn oblique() -> Affine<Ijk, Ras> {
    Affine::from_rows([[-0.8, 0.1, 0.0, 60.5], [0.1, 0.75, -0.2, -70.25], [0.0, 0.15, 2.0, 80.0]])
}

/// Three segments in two layers of which two overlap, one without voxels and one without a place.
fn sample() -> SegmentationData {
    let grid = Grid::new([40, 35, 9], oblique());
    let box_of = |start, dims| Region { start, dims };
    let first = Labelmap::<u8>::uniform(grid, 0)
        .edit(&box_of([1, 2, 3], [20, 10, 4]), |_, _| 1)
        .edit(&box_of([25, 20, 0], [15, 15, 2]), |_, _| 2);
    let second = Labelmap::<u16>::uniform(grid, 0).edit(&box_of([15, 5, 5], [12, 20, 4]), |_, _| 700);
    let terminology = "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical \
                       Structure~SCT^10200004^Liver~^^~Anatomic codes - DICOM master list~^^~^^";
    let liver = Segment {
        id: "Segment_1".to_owned(),
        name: "liver → \"big\"".to_owned(),
        color: [0.5, 0.25, 1.0 / 3.0],
        name_automatic: false,
        color_automatic: true,
        tags: [(TERMINOLOGY, terminology), ("Segmentation.Status", "inprogress"), ("DICOM.x", "a:b")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        unknown: [("Mood".to_owned(), "fine".to_owned())].into(),
        place: place(0, 1),
        ..Segment::default()
    };
    let simple = |id: &str, color: [f64; 3], place| Segment {
        id: id.to_owned(),
        name: id.to_owned(),
        color,
        name_automatic: true,
        place,
        ..Segment::default()
    };
    let segmentation = Segmentation {
        segments: vec![
            liver,
            simple("vessel", [1.0, 0.0, 0.0], place(0, 2)),
            simple("tumour", [0.0, 1.0, 0.0], place(1, 700)),
            simple("empty", [0.0, 0.0, 1.0], place(1, 3)),
        ],
        layers: vec![Labels::UInt8(first), Labels::UInt16(second)],
        conversion: vec![
            ConversionParameter {
                name: "Oversampling factor".to_owned(),
                value: "1".to_owned(),
                description: "Determines\nthe \\ oversampling.".to_owned(),
            },
            ConversionParameter::reference_geometry(&grid),
        ],
        contained: vec!["Binary labelmap".to_owned(), "Closed surface".to_owned()],
        offset: [0; 3],
    };
    let metadata = [("Note", "kept"), ("Segmentation_Extra", "kept too")];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
    SegmentationData {
        segmentation,
        source: SegmentRepresentation::BinaryLabelmap,
        metadata: metadata.into_iter().collect(),
    }
}

/// The sample with both layers of the type that a file gives them.
fn of_one_type(mut data: SegmentationData) -> SegmentationData {
    let image = data.segmentation.layers[0].to_image().cast(ScalarType::UInt16);
    data.segmentation.layers[0] = Labels::from_image(&image).unwrap();
    data
}

fn assert_same(found: &SegmentationData, expected: &SegmentationData, what: &str) {
    let (a, b) = (&found.segmentation, &expected.segmentation);
    assert_eq!(a.segments, b.segments, "{what}");
    assert_eq!((&a.conversion, &a.contained, a.offset), (&b.conversion, &b.contained, b.offset), "{what}");
    assert_eq!((found.source, &found.metadata), (expected.source, &expected.metadata), "{what}");
    assert_eq!(a.layers.len(), b.layers.len(), "{what}");
    for (found, expected) in a.layers.iter().zip(&b.layers) {
        assert!(found.grid().matches(expected.grid(), 1e-9), "{what}");
        assert_eq!(found.to_image().array(), expected.to_image().array(), "{what}");
    }
}

#[test]
fn every_field_comes_back() {
    let data = sample();
    for name in ["a.seg.nrrd", "a.seg.nhdr"] {
        for compression in [Compression::None, Compression::Fast, Compression::Best] {
            let options = WriteOptions { compression, ..WriteOptions::default() };
            let (back, warnings) = read(&write(&data, name, &options).unwrap(), name);
            assert!(warnings.is_empty(), "{warnings:?}");
            assert_same(&back, &of_one_type(data.clone()), name);
        }
    }
}

#[test]
fn what_is_written_is_what_slicer_writes() {
    let files = write(&sample(), "a.seg.nrrd", &WriteOptions::default()).unwrap();
    let bytes = &files["a.seg.nrrd"];
    let end = bytes.windows(2).position(|w| w == b"\n\n").unwrap();
    let header = String::from_utf8_lossy(&bytes[..end]);
    for line in [
        "type: unsigned short",
        "dimension: 4",
        "space: left-posterior-superior",
        "sizes: 2 40 35 9",
        "kinds: list domain domain domain",
        "encoding: gzip",
        "Segment0_Extent:=1 39 2 34 0 6",
        "Segment1_Extent:=1 39 2 34 0 6",
        "Segment2_Extent:=15 26 5 24 5 8",
        "Segment2_LabelValue:=700",
        "Segment2_Layer:=1",
        "Segment0_ColorAutoGenerated:=1",
        "Segment0_NameAutoGenerated:=0",
        "Segment0_Mood:=fine",
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|Closed surface|",
        "Segmentation_Extra:=kept too",
    ] {
        assert!(header.lines().any(|l| l == line), "no line {line} in\n{header}");
    }
    let mut single = sample();
    single.segmentation.layers.pop();
    single.segmentation.segments.truncate(2);
    let files = write(&single, "a.seg.nrrd", &WriteOptions::default()).unwrap();
    let header = String::from_utf8_lossy(&files["a.seg.nrrd"]);
    assert!(header.contains("sizes: 40 35 9\n") && header.contains("kinds: domain domain domain\n"));
}

#[test]
fn a_file_can_be_cut_to_its_segments() {
    let data = sample();
    let options = WriteOptions { crop_to_segments: true, ..WriteOptions::default() };
    let (back, _) = read(&write(&data, "a.seg.nrrd", &options).unwrap(), "a.seg.nrrd");
    let (a, b) = (&back.segmentation, &data.segmentation);
    assert_eq!(a.grid().unwrap().dims(), [39, 33, 9]);
    assert_eq!(a.offset, [1, 2, 0]);
    for (found, expected) in a.segments.iter().zip(&b.segments) {
        assert_eq!(voxels(a, found), voxels(b, expected), "{}", found.id);
        let first = |s: &Segmentation, segment: &Segment| {
            let (labels, label) = s.labels_of(segment).unwrap();
            let start = labels.extents().get(&label)?.region.start.map(|v| v as f64);
            Some(labels.grid().ijk_to_ras().apply(Point::from_array(start)))
        };
        if let (Some(p), Some(q)) = (first(a, found), first(b, expected)) {
            assert!(p.distance(q) < 1e-9, "{}: {p:?} {q:?}", found.id);
        }
    }
    let mut empty = sample();
    empty.segmentation.layers = vec![Labels::uniform(Grid::new([9, 9, 9], oblique()), 0)];
    empty.segmentation.segments.truncate(1);
    let (back, _) = read(&write(&empty, "a.seg.nrrd", &options).unwrap(), "a.seg.nrrd");
    assert_eq!(back.segmentation.grid().unwrap().dims(), [1; 3]);
}

#[test]
fn a_gap_in_the_numbers_is_told() {
    let keys = |second: usize| {
        let of = |n: usize, label: usize| {
            format!("Segment{n}_ID:=s{n}\nSegment{n}_LabelValue:={label}\nSegment{n}_Layer:=0")
        };
        format!(
            "type: uchar\ndimension: 3\nspace: LPS\nsizes: 2 1 1\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n\
             encoding: raw\n{}\n{}",
            of(0, 1),
            of(second, 2)
        )
    };
    let (_, warnings) = parsed("g.seg.nrrd", &keys(1), &[1, 2]);
    assert_eq!(warnings, Vec::<String>::new());
    let (data, warnings) = parsed("g.seg.nrrd", &keys(2), &[1, 2]);
    let ids: Vec<&str> = data.segmentation.segments.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["s0", "s2"]);
    assert!(warnings.len() == 1 && warnings[0].contains("Segment1"), "{warnings:?}");
}

#[test]
fn segments_without_a_place_and_segmentations_without_layers_are_kept() {
    let mut data = sample();
    data.segmentation.segments[1].place = None;
    let (back, warnings) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert!(warnings.is_empty(), "{warnings:?}");
    // The label that it had is still in the voxels, so it gets another.
    let segment = &back.segmentation.segments[1];
    assert_eq!((segment.place, voxels(&back.segmentation, segment)), (place(0, 4), 0));
    data.segmentation.layers.clear();
    data.segmentation.segments.iter_mut().for_each(|segment| segment.place = None);
    let (back, warnings) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(back.segmentation.segments.len(), 4);
    assert!(back.segmentation.segments.iter().all(|segment| voxels(&back.segmentation, segment) == 0));
}

#[test]
fn layers_of_different_extents_are_written_on_one_grid() {
    let mut data = sample();
    let whole = Grid::new([40, 35, 9], oblique());
    let part = whole.region([10, 4, 5], [20, 22, 4]);
    let dab = Region { start: [5, 1, 0], dims: [12, 20, 4] };
    data.segmentation.layers[1] = Labels::UInt16(Labelmap::uniform(part, 0).edit(&dab, |_, _| 700));
    let (back, _) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert_same(&back, &of_one_type(sample()), "layers of different extents");
    data.segmentation.layers.swap(0, 1);
    for place in data.segmentation.segments.iter_mut().filter_map(|s| s.place.as_mut()) {
        place.layer = 1 - place.layer;
    }
    let (back, _) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert_eq!(back.segmentation.offset, [0; 3]);
    assert!(back.segmentation.grid().unwrap().matches(&whole, 1e-9));
    // Without a reference geometry the offset goes on from that of the first layer.
    data.segmentation.conversion.pop();
    data.segmentation.offset = [7, 16, 5];
    let (back, _) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert_eq!(back.segmentation.offset, [-3, 12, 0]);
    assert!(back.segmentation.grid().unwrap().matches(&whole, 1e-9));
}

/// The sample with a layer that is cut to its segments and a reference geometry of these indices of the sample's grid.
fn referring(start: [isize; 3], dims: [usize; 3]) -> SegmentationData {
    let mut data = sample();
    let whole = Grid::new([40, 35, 9], oblique());
    let part = whole.region([15, 5, 5], [12, 20, 4]);
    data.segmentation.layers[1] = Labels::uniform(part, 700);
    data.segmentation.conversion[1] = ConversionParameter::reference_geometry(&whole.region(start, dims));
    data
}

#[test]
fn the_reference_geometry_and_what_stands_out_of_it_are_stored() {
    let whole = Grid::new([40, 35, 9], oblique());
    // In reach: the union of the reference geometry and the boxes around the segments (1 2 0 to 39 34 8).
    for (start, dims, stored, offset) in [
        ([0, 0, 0], [40, 35, 9], whole, [0, 0, 0]),
        ([-3, 4, 0], [50, 40, 12], whole.region([-3, 2, 0], [50, 42, 12]), [0, -2, 0]),
        ([10, 10, 2], [5, 5, 5], whole.region([1, 2, 0], [39, 33, 9]), [-9, -8, -2]),
    ] {
        let data = referring(start, dims);
        let (back, warnings) =
            read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
        assert!(warnings.is_empty(), "{warnings:?}");
        let (a, b) = (&back.segmentation, &data.segmentation);
        assert!(a.grid().unwrap().matches(&stored, 1e-9), "{start:?}: {:?}", a.grid());
        assert_eq!(a.offset, offset);
        for (found, expected) in a.segments.iter().zip(&b.segments) {
            assert_eq!(voxels(a, found), voxels(b, expected), "{}", found.id);
        }
        // The offset leads from the reference geometry to the file, as the grids do.
        let reference = a.reference_geometry().unwrap();
        assert!(reference.grid.region(offset.map(|v| v as isize), stored.dims()).matches(&stored, 1e-9));
    }
    // A geometry that no memory could hold does not make a file of that size.
    let data = referring([0, 0, 0], [100_000; 3]);
    let (back, _) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert!(back.segmentation.grid().unwrap().matches(&whole, 1e-9));
}

#[test]
fn finer_layers_are_stored_on_a_finer_reference_geometry() {
    let grid = Grid::axis_aligned([6, 4, 2], [1.0, 1.0, 2.0], Point::new(10.0, 20.0, 30.0));
    let fine = Grid::axis_aligned([8, 4, 4], [0.5, 0.5, 1.0], Point::new(10.75, 19.75, 29.5));
    let dab = Region { start: [0, 1, 1], dims: [6, 2, 1] };
    let segment = |layer| Segment { id: format!("s{layer}"), place: place(layer, 1), ..Segment::default() };
    let paint = |grid, dab: &Region| Labels::UInt8(Labelmap::uniform(grid, 0).edit(dab, |_, _| 1));
    let mut segmentation = Segmentation {
        segments: vec![segment(0)],
        layers: vec![paint(fine, &dab)],
        conversion: vec![ConversionParameter::reference_geometry(&grid)],
        ..Segmentation::default()
    };
    let store = |segmentation: &Segmentation| {
        let data = SegmentationData { segmentation: segmentation.clone(), ..SegmentationData::default() };
        let files = write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap();
        read(&files, "a.seg.nrrd").0.segmentation
    };
    // 3D Slicer makes the reference geometry finer by the cube root of the volumes' ratio, in the same box.
    let finer = Grid::axis_aligned([12, 8, 4], [0.5, 0.5, 1.0], Point::new(9.75, 19.75, 29.5));
    let back = store(&segmentation);
    assert!(back.grid().unwrap().matches(&finer, 1e-9), "{:?}", back.grid());
    assert_eq!((voxels(&back, &back.segments[0]), back.offset), (12, [0; 3]));
    // A second layer on the coarse lattice: each of its voxels is eight of the fine ones.
    segmentation.segments.push(segment(1));
    segmentation.layers.push(paint(grid, &Region { start: [5, 3, 0], dims: [1, 1, 2] }));
    let back = store(&segmentation);
    assert!(back.grid().unwrap().matches(&finer, 1e-9), "{:?}", back.grid());
    assert_eq!(back.segments.iter().map(|s| voxels(&back, s)).collect::<Vec<_>>(), [12, 16]);
    // A single lattice that is none of the reference geometry's stays.
    segmentation.segments.truncate(1);
    let turned = Grid::new([8, 4, 4], oblique());
    segmentation.layers = vec![paint(turned, &dab)];
    assert!(store(&segmentation).grid().unwrap().matches(&turned, 1e-9));
}

#[test]
fn fractional_label_maps_come_back() {
    let grid = Grid::new([5, 4, 3], oblique());
    let values =
        |seed: usize| (0..60).map(|n| (n * seed % 217) as i16 - 108).map(|v| v as i8).collect::<Vec<_>>();
    let image = |seed| Image::new(grid, 1, 1, Meaning::Scalar, Array::from(values(seed))).unwrap();
    let segment = |id: &str, fractional| Segment {
        id: id.to_owned(),
        name: id.to_owned(),
        fractional,
        ..Segment::default()
    };
    let segmentation = Segmentation {
        segments: vec![segment("a", Some(image(7))), segment("b", Some(image(11)))],
        contained: vec!["Fractional labelmap".to_owned()],
        ..Segmentation::default()
    };
    let data = SegmentationData {
        segmentation,
        source: SegmentRepresentation::FractionalLabelmap,
        metadata: Metadata::default(),
    };
    let (back, warnings) = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(back.segmentation.segments[1].fractional.as_ref().unwrap().array(), &Array::from(values(11)));
    assert_eq!((back.source, back.segmentation.layers.len()), (data.source, 0));
}

#[test]
fn surfaces_alone_are_refused() {
    let data = SegmentationData { source: SegmentRepresentation::ClosedSurface, ..sample() };
    let error = write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap_err();
    assert!(matches!(error, Error::CannotHold { .. }), "{error}");
}

const LAYERED: &str = "type: unsigned char\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 4 3 2\nspace \
                       directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: list domain domain domain\nencoding: raw\nspace \
                       origin: (2,0,0)";

#[test]
fn the_worked_example_of_layers() {
    // formats.md §3.1: the layer is the fastest axis.
    let mut bytes = vec![0_u8; 48];
    bytes[10..12].copy_from_slice(&[1, 1]);
    bytes[0] = 1;
    bytes[13] = 1;
    let fields = format!(
        "{LAYERED}\nSegment0_ID:=Segment_1\nSegment0_LabelValue:=1\nSegment0_Layer:=0\nSegment0_Tags:=TerminologyEntry: \
         a:=b|\nSegment1_ID:=Segment_2\nSegment1_Name:=tumor\nSegment1_LabelValue:=1\nSegment1_Layer:=1\n\
         Segmentation_MasterRepresentation:=Binary labelmap\nSegmentation_ReferenceImageExtentOffset:=2 0 0"
    );
    // Its keys say what it is, whatever its name.
    for name in ["a.seg.nrrd", "a.nrrd"] {
        let (data, warnings) = parsed(name, &fields, &bytes);
        assert!(warnings.is_empty(), "{warnings:?}");
        let segmentation = &data.segmentation;
        let at = |layer: usize, i, j| segmentation.layers[layer].get([i, j, 0]);
        assert_eq!((at(0, 1, 1), at(1, 1, 1), at(0, 2, 1), at(1, 2, 1)), (1, 1, 0, 1));
        assert_eq!(segmentation.segments[0].tags[TERMINOLOGY], " a:=b");
        assert_eq!((segmentation.segments[0].name.as_str(), segmentation.offset), ("Segment_1", [2, 0, 0]));
        assert_eq!(segmentation.grid().unwrap().origin().coords(), [-2.0, 0.0, 0.0]);
    }
}

#[test]
fn files_without_segments_make_one_of_each_label() {
    let voxels: Vec<u8> = (0..24).map(|n| [0, 3, 7][n % 3]).collect();
    let fields = "type: uchar\ndimension: 3\nspace: RAS\nsizes: 4 3 2\nspace directions: (1,0,0) (0,1,0) (0,0,2)\n\
                  encoding: raw";
    let (data, warnings) = parsed("a.seg.nrrd", fields, &voxels);
    assert!(warnings.is_empty(), "{warnings:?}");
    let segmentation = &data.segmentation;
    let ids: Vec<&str> = segmentation.segments.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["Segment_3", "Segment_7"]);
    assert_eq!(segmentation.segments[1].place, place(0, 7));
    assert_eq!(segmentation.conversion[0].value, "1;0;0;0;0;1;0;0;0;0;2;0;0;0;0;1;0;3;0;2;0;1;");
}

#[test]
fn labels_are_not_squeezed_into_types_that_do_not_hold_them() {
    let as_type = |scalar_type| {
        let options = WriteOptions { scalar_type: Some(scalar_type), ..WriteOptions::default() };
        write(&sample(), "a.seg.nrrd", &options)
    };
    for scalar_type in [ScalarType::UInt8, ScalarType::Float32] {
        assert!(matches!(as_type(scalar_type), Err(Error::CannotHold { .. })), "{scalar_type}");
    }
    let (back, _) = read(&as_type(ScalarType::Int32).unwrap(), "a.seg.nrrd");
    assert_eq!(back.segmentation.layers[1].scalar_type(), ScalarType::Int32);
}

#[test]
fn the_oldest_files_have_a_layer_for_each_segment() {
    let fields = format!(
        "{LAYERED}\nSegmentation_Extent:=3 6 -1 1 0 1\nSegment0_ID:=a\nSegment0_DefaultColor:=0 0.5 1\n\
         Segment0_Extent:=3 4 -1 0 0 0\nSegment1_ID:=b"
    );
    let (data, warnings) = parsed("a.seg.nrrd", &fields, &[1; 48]);
    assert!(warnings.is_empty(), "{warnings:?}");
    let segmentation = &data.segmentation;
    assert_eq!(segmentation.offset, [3, -1, 0]);
    assert_eq!(segmentation.segments[0].color, [0.0, 0.5, 1.0]);
    assert_eq!(segmentation.segments[1].place, place(1, 1));
    assert!(data.metadata.is_empty(), "{:?}", data.metadata);
}

#[test]
fn wrong_headers_are_mended_with_warnings() {
    let fields = format!(
        "{LAYERED}\nSegment0_ID:=same\nSegment0_Layer:=7\nSegment0_Color:=1 nan 0\nSegment2_ID:=same\n\
         Segment2_LabelValue:=0\nSegment4_Name:=nameless\nSegment4_Layer:=0\nSegmentation_MasterRepresentation:=Ribbon \
         model\nSegmentation_ReferenceImageExtentOffset:=1 2\nSegment01_ID:=kept"
    );
    let (data, warnings) = parsed("a.seg.nrrd", &fields, &[0; 48]);
    assert_eq!(warnings.len(), 9, "{warnings:?}");
    assert!(warnings[2].starts_with("Segment2_LabelValue \"0\""), "{warnings:?}");
    let segments = &data.segmentation.segments;
    let ids: Vec<&str> = segments.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["same", "same_1", "Segment_1"]);
    assert_eq!((segments[0].place, segments[1].place, segments[2].place), (None, None, place(0, 1)));
    assert_eq!(data.metadata.get("Segment01_ID"), Some("kept"));
}

#[test]
fn fractions_are_cut_to_labels() {
    let voxels: Vec<u8> = [0.0_f32, 1.9, 2.0, f32::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
    let fields = "type: float\nendian: little\ndimension: 3\nspace: RAS\nsizes: 4 1 1\nspace directions: (1,0,0) (0,1,0) \
                  (0,0,2)\nencoding: raw\nSegment0_ID:=a\nSegment1_ID:=b\nSegment1_LabelValue:=2";
    let (data, warnings) = parsed("a.seg.nrrd", fields, &voxels);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let segmentation = &data.segmentation;
    assert_eq!(segmentation.layers[0].to_image().array(), &Array::from(vec![0_u8, 1, 2, 0]));
    assert_eq!(segmentation.segments[1].place, place(0, 2));
}

#[test]
fn layers_without_kinds_are_layers() {
    let fields = LAYERED.replace("kinds: list domain domain domain", "content: x")
        + "\nSegment0_ID:=a\nSegment1_ID:=b";
    let mut bytes = vec![0; 48];
    bytes[7] = 1;
    let (data, _) = parsed("a.seg.nrrd", &fields, &bytes);
    assert_eq!(data.segmentation.layers.len(), 2);
    assert_eq!(data.segmentation.layers[1].get([3, 0, 0]), 1);
    assert_eq!(data.segmentation.segments[1].place, place(1, 1));
}

fn grid_of_part(grid: &Grid, region: &Region) -> Grid {
    grid.region(region.start.map(|v| v as isize), region.dims)
}

/// Numbers of voxels, colours and statuses as slicerio 1.4.0 finds them; sizes, places and samples as SimpleITK 2.5.7.
#[test]
fn real_files_hold_what_other_readers_find() {
    let Some(folder) = shared_data("real_files_hold_what_other_readers_find") else { return };
    let colors =
        [[0.501961, 0.682353, 0.501961], [0.945098, 0.839216, 0.568627], [0.694118, 0.478431, 0.396078]];
    for (file, counts, places) in [
        ("SlicerSegmentation", [88802, 104199, 110227], [(0, 1), (1, 1), (0, 2)]),
        ("OldSlicerSegmentation", [88802, 103005, 110227], [(0, 1), (1, 1), (2, 1)]),
    ] {
        let name = format!("slicer-testdata/Input/{file}.seg.nrrd");
        let loaded = load(&FolderSource::new(&folder.join(&name)), &ReadOptions::default()).unwrap();
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        let Data::Segmentation(data) = loaded.data else { panic!("{name}") };
        let segmentation = &data.segmentation;
        assert_eq!(segmentation.segments.len(), 3, "{name}");
        for (n, segment) in segmentation.segments.iter().enumerate() {
            let id = format!("Segment_{}", n + 1);
            assert_eq!((&segment.id, &segment.name, segment.color), (&id, &id, colors[n]), "{name}");
            assert!(segment.name_automatic && segment.color_automatic, "{name}");
            assert_eq!(segment.place, place(places[n].0, places[n].1), "{name}");
            assert_eq!(voxels(segmentation, segment), counts[n], "{name} {id}");
            assert_eq!(segment.tags[TERMINOLOGY].split('~').nth(2), Some("SRT^T-D0050^Tissue"), "{name}");
        }
        assert_eq!(segmentation.offset, [71, 95, 16], "{name}");
        assert_eq!(segmentation.contained, ["Binary labelmap"], "{name}");
        let reference =
            segmentation.conversion.iter().find(|p| p.name == ConversionParameter::REFERENCE_GEOMETRY);
        assert!(reference.unwrap().value.ends_with(";0;0;0;1;0;255;0;255;0;129;"), "{name}");

        let facts = &facts(&folder)[&name]["facts"];
        let number = |value: &serde_json::Value| value.as_f64().unwrap();
        let grid = segmentation.grid().unwrap();
        for (a, dim) in facts["dims"].as_array().unwrap().iter().enumerate() {
            assert_eq!(grid.dims()[a], number(dim) as usize, "{name}");
        }
        for (row, expected) in grid.ijk_to_ras().matrix().iter().zip(facts["IJKToRAS"].as_array().unwrap()) {
            for (found, expected) in row.iter().zip(expected.as_array().unwrap()) {
                assert!((found - number(expected)).abs() < 1e-6, "{name}: {grid:?}");
            }
        }
        for sample in facts["samples"].as_array().unwrap() {
            let index: Vec<usize> =
                sample[0].as_array().unwrap().iter().map(|n| number(n) as usize).collect();
            let found = segmentation.layers[index[3]].get([index[0], index[1], index[2]]);
            assert_eq!(f64::from(found), number(&sample[1]), "{name}: {sample}");
        }

        // The file is cut to its segments; what is written has the whole reference geometry.
        let mut again = read(&write(&data, "a.seg.nrrd", &WriteOptions::default()).unwrap(), "a.seg.nrrd").0;
        assert_eq!(again.segmentation.grid().unwrap().dims(), [256, 256, 130], "{name}");
        let region = Region { start: [71, 95, 16], dims: grid.dims() };
        for layer in &mut again.segmentation.layers {
            let mut labels = vec![0; region.voxel_count()];
            layer.read(&region, &mut labels);
            let whole =
                layer.extents().values().filter(|e| e.region != Region::whole([256, 256, 130])).count();
            let part = grid_of_part(layer.grid(), &region);
            let labels: Vec<u8> = labels.into_iter().map(|label| label as u8).collect();
            let cut = Labels::from_image(&Image::scalar(part, labels).unwrap()).unwrap();
            assert_eq!(cut.extents().keys().filter(|label| **label != 0).count(), whole, "{name}");
            *layer = cut;
        }
        again.segmentation.offset = [71, 95, 16];
        assert_same(&again, &data, &name);
    }
}

/// What the script prints for a folder, or `None` without an interpreter that `MICROTOME_PYTHON` names.
fn slicerio(test: &str, command: &str, folder: &std::path::Path) -> Option<serde_json::Value> {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        eprintln!("SKIPPED {test}: MICROTOME_PYTHON names no interpreter");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_segmentations.py");
    let output = std::process::Command::new(python).arg(script).arg(command).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    match value {
        serde_json::Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

/// Checked with slicerio 1.4.0 and pynrrd 1.1.3.
#[test]
fn slicerio_finds_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut layered = sample();
    // pynrrd leaves out what is not ASCII.
    "liver \"big\"".clone_into(&mut layered.segmentation.segments[0].name);
    let mut single = layered.clone();
    single.segmentation.layers.pop();
    single.segmentation.segments.truncate(2);
    for (name, data, compression) in [
        ("a.seg.nrrd", &layered, Compression::Fast),
        ("raw.seg.nrrd", &layered, Compression::None),
        ("single.seg.nrrd", &single, Compression::Best),
    ] {
        let options = WriteOptions { compression, ..WriteOptions::default() };
        for (file, bytes) in write(data, name, &options).unwrap() {
            std::fs::write(folder.path().join(file), bytes).unwrap();
        }
    }
    let Some(found) = slicerio("slicerio_finds_what_was_written", "read", folder.path()) else { return };
    for (name, data) in [("a.seg.nrrd", &layered), ("raw.seg.nrrd", &layered), ("single.seg.nrrd", &single)] {
        let (found, expected) = (&found[name], &data.segmentation);
        let segments = found["segments"].as_array().unwrap();
        assert_eq!(segments.len(), expected.segments.len(), "{name}");
        for (found, segment) in segments.iter().zip(&expected.segments) {
            let what = format!("{name} {}: {found}", segment.id);
            let tag = |key: &str| segment.tags.get(key).map(String::as_str);
            assert_eq!(found["id"], segment.id.as_str(), "{what}");
            assert_eq!(found["name"], segment.name.as_str(), "{what}");
            assert_eq!(numbers(&found["color"]), segment.color, "{what}");
            assert_eq!(found["nameAutoGenerated"], segment.name_automatic, "{what}");
            assert_eq!(found["colorAutoGenerated"], segment.color_automatic, "{what}");
            assert_eq!(found["terminology"].as_str(), tag(TERMINOLOGY), "{what}");
            assert_eq!(found["status"].as_str(), tag("Segmentation.Status"), "{what}");
            assert_eq!(found["tags"]["DICOM.x"].as_str(), tag("DICOM.x"), "{what}");
            assert_eq!(found["voxels"].as_u64(), Some(voxels(expected, segment)), "{what}");
        }
        let lps = oblique().to_lps().matrix();
        let off = numbers(&found["ijkToLPS"]).into_iter().zip(lps.as_flattened()).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f64::max) < 1e-12, "{name}: {found}");
        assert_eq!(numbers(&found["offset"]), [0.0; 3], "{name}");
        assert_eq!(found["contained"][1], "Closed surface", "{name}");
        assert_eq!(found["parameters"][1]["value"], expected.conversion[1].value.as_str(), "{name}");
    }

    slicerio("slicerio_finds_what_was_written", "write", folder.path()).unwrap();
    let bytes = std::fs::read(folder.path().join("b.seg.nrrd")).unwrap();
    let (back, warnings) = read(&Files::from([("b.seg.nrrd".to_owned(), bytes)]), "b.seg.nrrd");
    assert!(warnings.is_empty(), "{warnings:?}");
    for (found, expected) in back.segmentation.segments.iter().zip(&layered.segmentation.segments) {
        // slicerio keeps only the fields of segments that it knows.
        let expected = Segment { unknown: BTreeMap::new(), ..expected.clone() };
        assert_eq!(found, &expected);
        assert_eq!(voxels(&back.segmentation, found), voxels(&layered.segmentation, &expected));
    }
    assert_eq!(back.segmentation.conversion, layered.segmentation.conversion);
    assert_eq!(back.segmentation.offset, layered.segmentation.offset);
}

fn hostile_line() -> impl Strategy<Value = String> {
    let of_segments = (
        0_usize..4,
        prop::sample::select(vec![
            "ID",
            "Name",
            "Color",
            "DefaultColor",
            "LabelValue",
            "Layer",
            "Extent",
            "Tags",
            "NameAutoGenerated",
            "Other",
        ]),
    );
    let of_all = prop::sample::select(vec![
        "MasterRepresentation",
        "SourceRepresentation",
        "ReferenceImageExtentOffset",
        "ContainedRepresentationNames",
        "ConversionParameters",
        "Extent",
        "Other",
    ]);
    let values = prop::sample::select(vec![
        "",
        "0",
        "1",
        "-1",
        "2",
        "4294967296",
        "-9223372036854775808",
        "99999999999999999999999",
        "1 2 3",
        "nan nan nan",
        "-9223372036854775808 1 9223372036854775807",
        "0 -1 0 -1 0 -1",
        "9223372036854775807 0 1 0 1 0",
        "a|b:c|:|",
        "x&y|z&||||&",
        "Binary labelmap",
        "Fractional labelmap",
        "Closed surface",
        "\\n\\\\",
        "same",
        "same_1",
    ]);
    let key = prop_oneof![
        4 => of_segments.prop_map(|(n, key)| format!("Segment{n}_{key}")),
        2 => of_all.prop_map(|key| format!("Segmentation_{key}")),
        1 => Just("Segment18446744073709551615_ID".to_owned()),
        1 => Just("Segment99999999999999999999_ID".to_owned()),
    ];
    (key, values).prop_map(|(key, value)| format!("{key}:={value}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Whatever the keys say: no panic, and what could be read can be written and read again.
    #[test]
    fn hostile_keys(
        lines in prop::collection::vec(hostile_line(), 0..24),
        scalar_type in prop::sample::select(vec!["uchar", "int8", "short", "ushort", "uint", "longlong", "float", "double"]),
        axes in prop::sample::select(vec![
            ("3", "4 3 2", "(1,0,0) (0,1,0) (0,0,1)", "domain domain domain"),
            ("4", "2 4 3 2", "none (1,0,0) (0,1,0) (0,0,1)", "list domain domain domain"),
            ("4", "4 3 2 2", "(1,0,0) (0,1,0) (0,0,1) none", "domain domain domain list"),
            ("4", "3 4 3 2", "none (1,0,0) (0,1,0) (0,0,-1e9)", "??? domain domain domain"),
        ]),
        voxels in prop::collection::vec(any::<u8>(), 600),
    ) {
        let (dimension, sizes, directions, kinds) = axes;
        let header = format!(
            "NRRD0005\ntype: {scalar_type}\ndimension: {dimension}\nspace: LPS\nsizes: {sizes}\nspace directions: \
             {directions}\nkinds: {kinds}\nendian: little\nencoding: raw\n{}\n",
            lines.concat()
        );
        let source = MemorySource::new("a.seg.nrrd", [header.as_bytes(), &voxels].concat());
        let loaded = load(&source, &ReadOptions::default());
        if let Ok(Data::Segmentation(data)) = loaded.map(|loaded| loaded.data) {
            let ids: std::collections::HashSet<&str> =
                data.segmentation.segments.iter().map(|segment| segment.id.as_str()).collect();
            prop_assert_eq!(ids.len(), data.segmentation.segments.len());
            let written = write(&data, "b.seg.nrrd", &WriteOptions { crop_to_segments: true, ..WriteOptions::default() });
            if let Ok(files) = written {
                let (back, _) = read(&files, "b.seg.nrrd");
                let ids = |data: &SegmentationData| -> Vec<String> {
                    data.segmentation.segments.iter().map(|segment| segment.id.clone()).collect()
                };
                if !data.segmentation.segments.is_empty() {
                    prop_assert_eq!(ids(&back), ids(&data));
                }
            } else {
                prop_assert_eq!(data.source, SegmentRepresentation::FractionalLabelmap);
            }
        }
    }
}
