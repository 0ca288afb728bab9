//! No bytes make a mesh reader panic, hang, or take memory that their number does not justify.
#![allow(missing_docs)]

use std::sync::LazyLock;

use microtome_formats::{
    Compression, FORMATS, Format, MemorySink, MemorySource, MeshData, Metadata, ReadOptions, WriteOptions,
    Writer,
};
use microtome_geometry::Point;
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};
use proptest::prelude::*;

const NAMES: [&str; 6] = ["a.vtk", "a.vtp", "a.vtu", "a.stl", "a.ply", "a.obj"];

fn format_of(name: &str) -> &'static Format {
    FORMATS.iter().copied().find(|f| f.extensions.iter().any(|e| name.ends_with(e))).unwrap()
}

fn read(name: &str, bytes: Vec<u8>) {
    let _ = (format_of(name).read)(&MemorySource::new(name, bytes), &ReadOptions::default());
}

/// Whole files, with the name that says their format.
static FILES: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let points = (0..6).map(|n| Point::new(f64::from(n), f64::from(n * n), 0.5)).collect();
    let mut cells = Cells::from_triangles(&[[0, 1, 2], [2, 1, 3], [4, 5, 2]]);
    cells.push(CellKind::Polygon, [0, 1, 2, 3]);
    let attribute = |name: &str, components, role, count: usize| Attribute {
        name: name.to_owned(),
        components,
        role,
        values: (0..count).map(|n| n as f32).collect::<Vec<_>>().into(),
    };
    let mesh = Mesh::new(points, cells).unwrap();
    let mesh = mesh.with_point_data(attribute("Normals", 3, Role::Normals, 18)).unwrap();
    let mesh = mesh.with_point_data(attribute("pairs", 2, Role::Field, 12)).unwrap();
    let mesh = mesh.with_cell_data(attribute("c", 1, Role::Scalars, 4)).unwrap();
    let mut metadata = Metadata::default();
    metadata.set("Segment_ID", "liver");
    let data = MeshData { mesh, metadata };
    let mut files = Vec::new();
    for name in NAMES {
        for compression in [Compression::None, Compression::Fast] {
            for writer in format_of(name).writers {
                if let Writer::Mesh(write) = writer {
                    let mut sink = MemorySink::default();
                    let options = WriteOptions { compression, ..WriteOptions::default() };
                    write(&data, name, &options, &mut sink).unwrap();
                    files.push((name, sink.into_files().remove(name).unwrap()));
                }
            }
        }
    }
    files.push(("a.vtk", b"# vtk DataFile Version 5.1\nt\nASCII\nDATASET POLYDATA\nFIELD FieldData 1\ns 1 2 string\na%20b\nc\nPOINTS 3 float\n0 0 0 1 0 0 0 1 0\nMETADATA\nINFORMATION 0\n\nPOLYGONS 2 3\nOFFSETS vtktypeint64\n0 3\nCONNECTIVITY vtktypeint64\n0 1 2\nPOINT_DATA 3\nCOLOR_SCALARS c 3\n0 0 0 1 1 1 .5 .5 .5\nFIELD F 1\nb 1 3 bit\n1 0 1\n".to_vec()));
    files.push(("a.vtk", b"# vtk DataFile Version 3.0\nt\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 2 2 1\nORIGIN 0 0 0\nSPACING 1 1 1\nPOINT_DATA 4\nSCALARS s short\nLOOKUP_TABLE default\n1 2 3 4\n".to_vec()));
    files.push(("a.vti", b"<VTKFile type=\"ImageData\"><ImageData WholeExtent=\"0 1 0 1 0 0\"><Piece><PointData><DataArray type=\"UInt8\" Name=\"a\" format=\"binary\">BAAAAAECAwQ=</DataArray></PointData></Piece></ImageData></VTKFile>".to_vec()));
    files.push(("a.vtp", b"<VTKFile type=\"PolyData\"><PolyData><Piece NumberOfPoints=\"1\"><Points><DataArray type=\"Float32\" NumberOfComponents=\"3\" format=\"appended\" offset=\"0\"/></Points></Piece></PolyData><AppendedData encoding=\"base64\">_DAAAAAAAAAAAAAAAAAAAAA==</AppendedData></VTKFile>".to_vec()));
    files
});

#[test]
fn the_whole_files_are_right() {
    for (name, bytes) in FILES.iter() {
        let read = format_of(name).read;
        let result = read(&MemorySource::new(*name, bytes.clone()), &ReadOptions::default());
        assert!(result.is_ok(), "{name}: {}", result.unwrap_err());
    }
}

#[test]
fn every_beginning_of_a_file() {
    for (name, bytes) in FILES.iter() {
        for length in 0..bytes.len() {
            read(name, bytes[..length].to_vec());
        }
    }
}

#[test]
fn claims_beyond_the_bytes_are_refused_before_memory_is_taken() {
    let huge = [
        (
            "a.vtk",
            "# vtk DataFile Version 4.2\nt\nBINARY\nDATASET POLYDATA\nPOINTS 6148914691236517205 double\n",
        ),
        ("a.vtk", "# vtk DataFile Version 4.2\nt\nASCII\nDATASET POLYDATA\nPOINTS 99999999999 float\n1 2 3"),
        (
            "a.vtk",
            "# vtk DataFile Version 4.2\nt\nASCII\nDATASET POLYDATA\nPOLYGONS 99999999999 4\n3 0 1 2\n",
        ),
        (
            "a.vtk",
            "# vtk DataFile Version 4.2\nt\nASCII\nDATASET POLYDATA\nFIELD f 99999999999\nx 1 99999999999 string\n",
        ),
        (
            "a.vtk",
            "# vtk DataFile Version 3.0\nt\nBINARY\nDATASET STRUCTURED_POINTS\nDIMENSIONS 4294967296 4294967296 9\n\
             POINT_DATA 9\nSCALARS s char\nLOOKUP_TABLE default\n123456789",
        ),
        (
            "a.ply",
            "ply\nformat ascii 1.0\nelement vertex 18446744073709551615\nproperty float x\nend_header\n1",
        ),
        ("a.ply", "ply\nformat ascii 1.0\nelement nothing 18446744073709551615\nend_header\n"),
        (
            "a.ply",
            "ply\nformat binary_little_endian 1.0\nelement face 1\nproperty list uint double vertex_indices\nend_header\n\u{7f}\u{7f}\u{7f}\u{7f}",
        ),
        (
            "a.vtp",
            "<VTKFile type=\"PolyData\"><PolyData><Piece NumberOfPoints=\"6148914691236517205\"><Points>\
             <DataArray type=\"Float32\" NumberOfComponents=\"3\" format=\"ascii\">1 2 3</DataArray></Points></Piece>\
             </PolyData></VTKFile>",
        ),
        (
            "a.vti",
            "<VTKFile type=\"ImageData\"><ImageData WholeExtent=\"-9223372036854775808 9223372036854775807 0 0 0 0\">\
             <Piece/></ImageData></VTKFile>",
        ),
    ];
    for (name, text) in huge {
        let read = format_of(name).read;
        let result = read(&MemorySource::new(name, text.as_bytes().to_vec()), &ReadOptions::default());
        assert!(result.is_err(), "{name}: {text}");
    }
}

#[test]
fn entities_and_depth_do_no_harm() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;\">]><VTKFile type=\"PolyData\">&c;</VTKFile>";
    read("a.vtp", bomb.as_bytes().to_vec());
    let deep = format!("<VTKFile type=\"PolyData\">{}", "<a>".repeat(300_000));
    read("a.vtp", deep.into_bytes());
    let deep =
        format!("<VTKFile type=\"PolyData\">{}{}</VTKFile>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    read("a.vtp", deep.into_bytes());
    let many = format!("<VTKFile type=\"PolyData\">{}</VTKFile>", "<a/>".repeat(2_000_000));
    read("a.vtp", many.into_bytes());
}

#[test]
fn many_small_things_do_not_take_long() {
    let arrays: String = (0..200_000).map(|n| format!("{n} 1 0 float\n")).collect();
    read(
        "a.vtk",
        format!("# vtk DataFile Version 4.2\nt\nASCII\nDATASET POLYDATA\nFIELD f 200000\n{arrays}")
            .into_bytes(),
    );
    let properties: String = (0..200_000).map(|n| format!("property float p{n}\n")).collect();
    read("a.ply", format!("ply\nformat ascii 1.0\nelement vertex 0\n{properties}end_header\n").into_bytes());
    let materials: String = (0..200_000).map(|n| format!("usemtl m{n}\n")).collect();
    read("a.obj", materials.into_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes(file in 0..16_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (name, bytes) = &FILES[file % FILES.len()];
        let mut bytes = bytes.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read(name, bytes);
    }

    #[test]
    fn changed_digits(file in 0..16_usize, at in any::<prop::sample::Index>(), digit in "[0-9-]{1,19}") {
        let (name, bytes) = &FILES[file % FILES.len()];
        let digits: Vec<usize> = (0..bytes.len()).filter(|&n| bytes[n].is_ascii_digit()).collect();
        if !digits.is_empty() {
            let at = digits[at.index(digits.len())];
            let mut changed = bytes[..at].to_vec();
            changed.extend(digit.as_bytes());
            changed.extend(&bytes[at + 1..]);
            read(name, changed);
        }
    }

    #[test]
    fn random_text(name in prop::sample::select(&NAMES[..]), text in "[ -~\n]{0,200}") {
        read(name, text.into_bytes());
    }

    #[test]
    fn random_words(name in prop::sample::select(&NAMES[..]), words in prop::collection::vec(
        prop::sample::select(vec!["# vtk DataFile Version 5.1\n", "t\n", "ASCII\n", "BINARY\n", "DATASET POLYDATA\n",
            "DATASET UNSTRUCTURED_GRID\n", "DATASET STRUCTURED_POINTS\n", "POINTS 1 float\n", "0 1 2\n", "POLYGONS 2 3\n",
            "OFFSETS vtktypeint64\n", "CONNECTIVITY int\n", "CELLS 1 4\n", "CELL_TYPES 1\n", "10\n", "3 0 0 0\n",
            "POINT_DATA 1\n", "CELL_DATA 1\n", "SCALARS a bit\n", "LOOKUP_TABLE x 1\n", "FIELD F 1\n", "b 1 1 string\n",
            "METADATA\n", "DIMENSIONS 1 1 1\n", "v 0 0 0\n", "f 1 -1 1/1/1\n", "vt 0\n", "vn 0 0 1\n", "solid x\n",
            "facet\n", "vertex 0 0 0\n", "endloop\n", "ply\n", "format ascii 1.0\n", "element vertex 1\n",
            "element face 1\n", "element tristrips 1\n", "property list int int vertex_indices\n", "property float x\n",
            "property float y\n", "property float z\n", "end_header\n", "3 0 -1 0\n", "\\\n"]), 0..30)) {
        read(name, words.concat().into_bytes());
    }
}
