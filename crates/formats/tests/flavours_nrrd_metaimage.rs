//! What NRRD and MetaImage headers can say, one way after another, on small files made here.
#![allow(missing_docs)]

mod common;

use std::io::Write;

use microtome_formats::{Data, Error, ImageData, Loaded, MemorySource, ReadOptions};
use microtome_image::{Array, Meaning, ScalarType};

use common::load;

fn try_load(name: &str, text: &str, data: &[u8], beside: &[(&str, &[u8])]) -> Result<Loaded, Error> {
    let mut source = MemorySource::new(name, [text.as_bytes(), data].concat());
    for (name, bytes) in beside {
        source = source.with_companion(*name, bytes.to_vec());
    }
    load(&source, &ReadOptions::default())
}

fn loaded(name: &str, text: &str, data: &[u8], beside: &[(&str, &[u8])]) -> (ImageData, Vec<String>) {
    let loaded = try_load(name, text, data, beside).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let warnings = loaded.warnings.into_iter().map(|w| w.message).collect();
    match loaded.data {
        Data::Image(image) => (image, warnings),
        other => panic!("{:?}", other.kind()),
    }
}

fn image(name: &str, text: &str, data: &[u8], beside: &[(&str, &[u8])]) -> ImageData {
    let (image, warnings) = loaded(name, text, data, beside);
    assert!(warnings.is_empty(), "{text}\n{warnings:?}");
    image
}

fn nrrd(fields: &str, data: &[u8]) -> ImageData {
    image("a.nrrd", &format!("NRRD0005\n{fields}\n\n"), data, &[])
}

fn rows(data: &ImageData) -> [[f64; 4]; 3] {
    data.image.grid().ijk_to_ras().rows()
}

#[test]
fn the_worked_example_of_geometry() {
    // formats.md §2.3
    let data = nrrd(
        "type: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 3 2\nspace directions: (0.5,0,0) (0,0,-0.75) \
         (0,2,0)\nkinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: (-60,-70,80)",
        &[0; 48],
    );
    assert_eq!(rows(&data), [[-0.5, 0.0, 0.0, 60.0], [0.0, 0.0, -2.0, 70.0], [0.0, -0.75, 0.0, 80.0]]);
    assert!(data.metadata.is_empty(), "{:?}", data.metadata);
}

#[test]
fn all_spaces() {
    let of = |space: &str, n: usize| {
        let vectors = ["(2,0,0,0)", "(0,3,0,0)", "(0,0,4,0)", "(0,0,0,5)"]
            .map(|v| if n == 4 { v.to_owned() } else { v.replace(",0)", ")") });
        let time = if n == 4 { vectors[3].as_str() } else { "none" };
        let zero = if n == 4 { "(1,2,3,7)" } else { "(1,2,3)" };
        let [x, y, z, _] = &vectors;
        let text = format!(
            "NRRD0005\ntype: uchar\ndimension: 4\nspace: {space}\nsizes: 1 1 1 2\nspace directions: {x} {y} {z} \
             {time}\nencoding: raw\nspace origin: {zero}\n\n"
        );
        let (data, _) = loaded("a.nrrd", &text, &[1, 2], &[]);
        assert_eq!(data.image.frames(), 2, "{text}");
        assert_eq!(data.metadata.get("nrrd/spacings"), (n == 4).then_some("nan nan nan 5"), "{text}");
        rows(&data)
    };
    let signed =
        |x: f64, y: f64| [[2.0 * x, 0.0, 0.0, x], [0.0, 3.0 * y, 0.0, 2.0 * y], [0.0, 0.0, 4.0, 3.0]];
    for (names, expected) in [
        (["right-anterior-superior", "RAS"], signed(1.0, 1.0)),
        (["left-anterior-superior", "las"], signed(-1.0, 1.0)),
        (["Left-Posterior-Superior", "LPS"], signed(-1.0, -1.0)),
        (["scanner-xyz", "3D-right-handed"], signed(-1.0, -1.0)),
    ] {
        for name in names {
            assert_eq!(of(name, 3), expected, "{name}");
        }
    }
    for (name, expected) in [
        ("right-anterior-superior-time", signed(1.0, 1.0)),
        ("LAST", signed(-1.0, 1.0)),
        ("LPST", signed(-1.0, -1.0)),
    ] {
        assert_eq!(of(name, 4), expected, "{name}");
    }
}

#[test]
fn geometry_without_directions() {
    let of = |fields: &str| {
        rows(&nrrd(&format!("type: uchar\ndimension: 3\nsizes: 2 1 1\nencoding: raw\n{fields}"), &[1, 2]))
    };
    assert_eq!(of("spacings: 2 3 nan"), [[-2.0, 0.0, 0.0, 0.0], [0.0, -3.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    // Cells: the first centre lies half a spacing inside; nodes: on the edge.
    let cells = of("spacings: 2 3 4\naxis mins: 10 20 30");
    assert_eq!(cells.map(|r| r[3]), [-11.0, -21.5, 32.0]);
    let nodes = of("axis mins: 10 20 30\naxis maxs: 13 20 30\ncenterings: node node node");
    // The second and third axis have one sample, so the limits give no spacing, but still a place.
    assert_eq!(nodes, [[-3.0, 0.0, 0.0, -10.0], [0.0, -1.0, 0.0, -20.0], [0.0, 0.0, 1.0, 30.0]]);
}

const SHORTS: &str = "type: short\ndimension: 1\nsizes: 4\n";

fn shorts() -> Array {
    Array::from(vec![1_i16, -2, 300, 4])
}

fn little() -> Vec<u8> {
    [1_i16, -2, 300, 4].iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn big() -> Vec<u8> {
    [1_i16, -2, 300, 4].iter().flat_map(|v| v.to_be_bytes()).collect()
}

fn gzipped(data: &[u8]) -> Vec<u8> {
    microtome_deflate::gzip::compress(&[data], microtome_deflate::Level::Fast).into_vec()
}

fn bzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn all_encodings() {
    let hex: String = big().iter().map(|b| format!("{b:02X} ")).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("endian: little\nencoding: raw", little()),
        ("endian: BIG\nencoding: RAW", big()),
        ("encoding: ascii", b"1 -2, 300\n4\n".to_vec()),
        ("encoding: txt\nline skip: 2", b"skip 7\nskip 8\n1 -2 300 4".to_vec()),
        ("encoding: hex\nendian: big", hex.into_bytes()),
        ("encoding: gzip\nendian: little", gzipped(&little())),
        ("encoding: gz\nendian: big", gzipped(&big())),
        ("encoding: gz\nendian: big\nbyte skip: 3", gzipped(&[&[9; 3], &big()[..]].concat())),
        ("encoding: bzip2\nendian: little", bzipped(&little())),
        ("encoding: bz2\nendian: big\nline skip: 1", [b"line\n", &bzipped(&big())[..]].concat()),
        ("encoding: raw\nendian: little\nbyte skip: 3", [&[9; 3], &little()[..]].concat()),
        ("encoding: raw\nendian: little\nbyte skip: -1", [&[9; 3], &little()[..]].concat()),
        ("encoding: raw\nendian: big\nbyte skip: -3", [&[9; 3], &big()[..], &[9; 2]].concat()),
        ("encoding: raw\nendian: little\nline skip: 1\nbyte skip: 1", [b"a\nb", &little()[..]].concat()),
    ];
    for (fields, data) in cases {
        let found = nrrd(&format!("{SHORTS}{fields}"), &data);
        assert_eq!(found.image.array(), &shorts(), "{fields}");
    }
}

#[test]
fn data_in_other_files() {
    let (little, big) = (little(), big());
    let read = |fields: &str, beside: &[(&str, &[u8])]| {
        image("a.nhdr", &format!("NRRD0004\n{SHORTS}endian: little\n{fields}"), &[], beside)
            .image
            .array()
            .clone()
    };
    let halves: [(&str, &[u8]); 2] = [("h1.raw", &little[..4]), ("h3.raw", &little[4..])];
    assert_eq!(read("encoding: raw\ndata file: my data.raw\n", &[("my data.raw", &little)]), shorts());
    assert_eq!(read("encoding: raw\ndatafile: ./x.raw\n\n", &[("x.raw", &little)]), shorts());
    assert_eq!(read("encoding: raw\ndata file: LIST\nh1.raw\nh3.raw\n", &halves), shorts());
    assert_eq!(read("encoding: raw\ndata file: LIST 1\r\nh1.raw\r\nh3.raw", &halves), shorts());
    assert_eq!(read("encoding: raw\ndata file: h%d.raw 1 3 2\n", &halves), shorts());
    assert_eq!(read("encoding: raw\ndata file: h%01d.raw 1 3 2 1\n", &halves), shorts());
    let packed = [gzipped(&little[..4]), gzipped(&little[4..])];
    let beside: [(&str, &[u8]); 2] = [("p07.gz", &packed[0]), ("p08.gz", &packed[1])];
    assert_eq!(read("encoding: gzip\ndata file: p%02d.gz 7 8 1\n", &beside), shorts());
    let text: [(&str, &[u8]); 2] = [("t1", b"1 -2"), ("t2", b"300 4")];
    assert_eq!(read("encoding: text\ndata file: t%d 1 2\n", &text), shorts());

    let refused = |fields: &str, beside: &[(&str, &[u8])]| {
        try_load("a.nhdr", &format!("NRRD0004\n{SHORTS}endian: big\nencoding: raw\n{fields}"), &[], beside)
            .unwrap_err()
    };
    assert!(
        matches!(refused("data file: gone.raw\n", &[]), Error::Companion { name, .. } if name == "gone.raw")
    );
    assert!(matches!(refused("data file: LIST\nx\nx\n", &[("x", &big[..4])]), Error::Field { .. }));
    assert!(matches!(refused("data file: h%d.raw 1 3 1\n", &halves), Error::Field { .. }));
    assert!(matches!(refused("data file: h%d.raw 1 900000000000 1\n", &halves), Error::Field { .. }));
    assert!(matches!(refused("data file: x\n", &[("x", &big[..7])]), Error::Truncated { .. }));
}

#[test]
fn kinds_and_measurement_frames() {
    let of = |t: &str, size: usize, kind: &str, more: &str| {
        let bytes = vec![0; size * if t == "float" { 4 } else { 1 }];
        let text = format!(
            "NRRD0005\ntype: {t}\ndimension: 4\nspace: RAS\nsizes: {size} 1 1 1\nspace directions: none (1,0,0) (0,1,0) \
             (0,0,1)\nkinds: {kind} domain domain domain\nendian: little\nencoding: raw\n{more}\n"
        );
        loaded("a.nrrd", &text, &bytes, &[])
    };
    for (t, size, kind, expected) in [
        ("uchar", 3, "RGB-color", Meaning::Rgb),
        ("uchar", 4, "RGBA-color", Meaning::Rgba),
        ("uchar", 3, "3-color", Meaning::Rgb),
        ("uchar", 3, "vector", Meaning::Vector),
        ("float", 3, "vector", Meaning::SpatialVector),
        ("float", 3, "3-vector", Meaning::Vector),
        ("float", 2, "complex", Meaning::Complex),
        ("float", 3, "covariant-vector", Meaning::CovariantVector),
        ("float", 6, "3D-symmetric-matrix", Meaning::SymmetricTensor),
        ("float", 7, "3D-masked-symmetric-matrix", Meaning::Vector),
        ("float", 9, "3D-matrix", Meaning::Tensor),
        ("float", 3, "HSV-color", Meaning::Scalar),
        ("float", 5, "???", Meaning::Vector),
        ("float", 1, "vector", Meaning::Scalar),
    ] {
        let (data, warnings) = of(t, size, kind, "");
        assert_eq!((data.image.meaning(), data.image.components()), (expected, size), "{kind}");
        assert!(warnings.is_empty(), "{warnings:?}");
    }
    let (list, _) = of("float", 3, "list", "");
    assert_eq!((list.image.frames(), list.image.components()), (3, 1));
    // A frame that is the identity in LPS makes a spatial vector of any type; one that is not stays with the values.
    let (aligned, _) = of("uchar", 3, "3-vector", "measurement frame: (-1,0,0) (0,-1,0) (0,0,1)\n");
    assert_eq!(aligned.image.meaning(), Meaning::SpatialVector);
    let (turned, warnings) = of("float", 3, "vector", "measurement frame: (1,0,0) (0,1,0) (0,0,1)\n");
    assert_eq!(turned.image.meaning(), Meaning::Vector);
    assert_eq!(turned.metadata.get("nrrd/measurement frame"), Some("(-1,0,0) (0,-1,0) (0,0,1)"));
    assert_eq!(warnings.len(), 1);
    let (odd, warnings) = of("float", 4, "RGB-color", "");
    assert_eq!((odd.image.meaning(), warnings.len()), (Meaning::Vector, 1));
}

#[test]
fn axes_in_any_order() {
    // Frames between the axes of space, and two of them.
    let data = nrrd(
        "type: uchar\ndimension: 5\nsizes: 2 2 2 3 1\nkinds: list domain domain time domain\nencoding: raw",
        &(0..24).collect::<Vec<u8>>(),
    );
    assert_eq!((data.image.dims(), data.image.frames()), ([2, 2, 1], 6));
    assert_eq!(data.metadata.get("nrrd/axes"), Some("frames=2 i j frames=3 k"));
    let values = data.image.array().as_slice::<u8>().unwrap();
    assert_eq!(values[..8], [0, 2, 4, 6, 1, 3, 5, 7]);
    // Components last become the fastest.
    let data = nrrd(
        "type: uchar\ndimension: 3\nsizes: 2 1 3\nkinds: domain domain RGB-color\nencoding: raw",
        &[1, 2, 3, 4, 5, 6],
    );
    assert_eq!((data.image.components(), data.image.meaning()), (3, Meaning::Rgb));
    assert_eq!(data.image.array(), &Array::from(vec![1_u8, 3, 5, 2, 4, 6]));
}

#[test]
fn wrong_headers_are_refused_by_field() {
    for (fields, field) in [
        ("type: block\ndimension: 1\nsizes: 1\nencoding: raw", "block"),
        ("type: bool\ndimension: 1\nsizes: 1\nencoding: raw", "type"),
        ("type: uchar\ndimension: 17\nsizes: 1\nencoding: raw", "dimension"),
        ("type: uchar\ndimension: 0\nsizes: 1\nencoding: raw", "dimension"),
        ("type: uchar\ndimension: 2\nsizes: 1\nencoding: raw", "sizes"),
        ("type: uchar\ndimension: 1\nsizes: 0\nencoding: raw", "sizes"),
        ("type: uchar\ndimension: 1\nsizes: -1\nencoding: raw", "sizes"),
        ("type: short\ndimension: 1\nsizes: 1\nencoding: raw", "endian"),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: zip", "encoding"),
        ("type: uchar\ndimension: 1\nsizes: 1", "encoding"),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nspace: XYZ", "space"),
        (
            "type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nspace: LPS\nspace directions: (0,0,0)",
            "space directions",
        ),
        (
            "type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nspace: LPS\nspace directions: (1,nan,0)",
            "space directions",
        ),
        (
            "type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nspace: LPS\nspace directions: (1,0)",
            "space directions",
        ),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nspacings: 0", "spacings"),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: gzip\nbyte skip: -1", "byte skip"),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nline skip: 9", "line skip"),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nkinds: list", "axis of space"),
        ("type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\nno field", "header"),
    ] {
        let error =
            try_load("a.nrrd", &format!("NRRD0005\n{fields}\n\n"), &[0], &[]).unwrap_err().to_string();
        assert!(error.contains(field), "{fields}\n{error}");
    }
    for magic in ["NRRD0006", "NRRD", "nrrd0004"] {
        assert!(try_load("a.nrrd", &format!("{magic}\ntype: uchar\n\n"), &[0], &[]).is_err(), "{magic}");
    }
}

fn meta(fields: &str, data: &[u8], beside: &[(&str, &[u8])]) -> ImageData {
    image("a.mhd", &format!("ObjectType = Image\n{fields}\n"), data, beside)
}

#[test]
fn metaimage_geometry() {
    let data = meta(
        "NDims = 3\nDimSize = 1 1 1\nElementSpacing = 2 3 4\nPosition = 5 6 7\nOrientation = 0 1 0 0 0 1 1 0 0\nElementType \
         = MET_UCHAR\nElementDataFile = LOCAL",
        &[1],
        &[],
    );
    // Row i is the direction of axis i: i goes along y, j along z, k along x of LPS.
    assert_eq!(rows(&data), [[0.0, 0.0, -4.0, -5.0], [-2.0, 0.0, 0.0, -6.0], [0.0, 3.0, 0.0, 7.0]]);
    let data = meta(
        "NDims : 4\nDimSize : 1 1 1 2\nElementSize = 2 3 4 0.5\nOffset = 5 6 7 8\nElementType = met_uchar\nElementDataFile \
         = Local",
        &[1, 2],
        &[],
    );
    assert_eq!((data.image.frames(), data.image.grid().spacing()), (2, [2.0, 3.0, 4.0]));
    assert_eq!(data.metadata.get("metaimage/frame spacing"), Some("0.5"));
    assert_eq!(data.metadata.get("metaimage/frame offset"), Some("8"));
    let stack = meta(
        "NDims = 3\nKinds = domain domain list\nDimSize = 2 1 3\nElementType = MET_UCHAR\nSeq_Frame0000_Status = \
         OK\nElementDataFile = LOCAL",
        &[1, 2, 3, 4, 5, 6],
        &[],
    );
    assert_eq!((stack.image.dims(), stack.image.frames()), ([2, 1, 1], 3));
    assert_eq!(stack.metadata.get("Seq_Frame0000_Status"), Some("OK"));
}

#[test]
fn metaimage_data() {
    let base = "NDims = 2\nDimSize = 2 2\nElementType = MET_SHORT\n";
    let (little, big) = (little(), big());
    let read = |fields: &str, data: &[u8], beside: &[(&str, &[u8])]| {
        meta(&format!("{base}{fields}"), data, beside).image.array().clone()
    };
    let zlib =
        |data: &[u8]| microtome_deflate::zlib::compress(&[data], microtome_deflate::Level::Fast).into_vec();
    assert_eq!(read("ElementDataFile = LOCAL", &little, &[]), shorts());
    assert_eq!(read("ElementByteOrderMSB = True\nElementDataFile = LOCAL", &big, &[]), shorts());
    assert_eq!(read("BinaryData = False\nElementDataFile = LOCAL", b"1 -2 300 4\n", &[]), shorts());
    assert_eq!(read("CompressedData = True\nElementDataFile = LOCAL", &zlib(&little), &[]), shorts());
    let fields = "CompressedData = True\nBinaryDataByteOrderMSB = True\nElementDataFile = x.zraw";
    assert_eq!(read(fields, &[], &[("x.zraw", &zlib(&big))]), shorts());
    let headed = [&[7; 5], &little[..]].concat();
    assert_eq!(read("HeaderSize = 5\nElementDataFile = x y.raw", &[], &[("x y.raw", &headed)]), shorts());
    assert_eq!(read("HeaderSize = -1\nElementDataFile = x.raw", &[], &[("x.raw", &headed)]), shorts());
    let halves: [(&str, &[u8]); 2] = [("h1.raw", &little[..4]), ("h3.raw", &little[4..])];
    assert_eq!(read("ElementDataFile = LIST\nh1.raw\nh3.raw", &[], &halves), shorts());
    assert_eq!(read("ElementDataFile = LIST 1\nh1.raw\nh3.raw\n", &[], &halves), shorts());
    assert_eq!(read("ElementDataFile = h%d.raw 1 3 2", &[], &halves), shorts());
    let long =
        meta("NDims = 1\nDimSize = 1\nElementType = MET_LONG\nElementDataFile = LOCAL", &[1, 0, 0, 0], &[]);
    assert_eq!(long.image.scalar_type(), ScalarType::Int32);
    let color = meta(
        "NDims = 2\nDimSize = 1 1\nElementNumberOfChannels = 3\nElementType = MET_UCHAR_ARRAY\nElementDataFile = LOCAL",
        &[1, 2, 3],
        &[],
    );
    assert_eq!((color.image.components(), color.image.meaning()), (3, Meaning::Rgb));
}

#[test]
fn wrong_metaimages_are_refused_by_field() {
    for (fields, field) in [
        ("NDims = 2\nDimSize = 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL", "DimSize"),
        ("NDims = 2\nDimSize = 0 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL", "DimSize"),
        ("NDims = 1\nDimSize = 1\nElementType = MET_STRING\nElementDataFile = LOCAL", "ElementType"),
        ("NDims = 1\nDimSize = 1\nElementType = MET_UCHAR", "ElementDataFile"),
        (
            "NDims = 1\nDimSize = 1\nElementSpacing = 0\nElementType = MET_UCHAR\nElementDataFile = LOCAL",
            "ElementSpacing",
        ),
        (
            "NDims = 1\nDimSize = 1\nElementNumberOfChannels = 0\nElementType = MET_UCHAR\nElementDataFile = LOCAL",
            "Channels",
        ),
        ("NDims = 1\nDimSize = 9\nElementType = MET_UCHAR\nElementDataFile = LOCAL", "cut short"),
        (
            "NDims = 1\nDimSize = 1\nHeaderSize = -2\nElementType = MET_UCHAR\nElementDataFile = LOCAL",
            "HeaderSize",
        ),
        ("NDims = 1\nDimSize = 1\nElementType = MET_UCHAR\nElementDataFile = gone.raw", "gone.raw"),
    ] {
        let error =
            try_load("a.mha", &format!("ObjectType = Image\n{fields}\n"), &[0], &[]).unwrap_err().to_string();
        assert!(error.contains(field), "{fields}\n{error}");
    }
    assert!(try_load("a.mha", "ObjectType = Tube\nNDims = 3\nDimSize = 1 1 1\n", &[], &[]).is_err());
}
