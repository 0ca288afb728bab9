//! VTK reads what we write, and we read what VTK writes. `MICROTOME_PYTHON` names a Python interpreter that has the
//! module `vtk` (checked with 9.7.2); without it the tests say so and pass.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::path::Path;
use std::process::Command;

use microtome_formats::{
    Compression, Data, ImageData, MemorySink, MeshData, Metadata, ReadOptions, WriteOptions, Writer,
    for_writing,
};
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::{Image, Meaning};
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};
use serde_json::Value;

use common::{FolderSource, load};

/// What the script prints for a folder, or `None` without an interpreter.
fn script(test: &str, command: &str, folder: &Path) -> Option<Value> {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        eprintln!("SKIPPED {test}: MICROTOME_PYTHON names no interpreter");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_meshes.py");
    let output = Command::new(python).arg(script).arg(command).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} is not {b}");
    }
}

/// VTK's number of a cell's kind.
fn number_of(kind: CellKind, points: usize) -> u64 {
    match kind {
        CellKind::Vertices => {
            if points == 1 {
                1
            } else {
                2
            }
        }
        CellKind::Polyline => {
            if points == 2 {
                3
            } else {
                4
            }
        }
        CellKind::Polygon => [5, 9, 7][points.clamp(3, 5) - 3],
        CellKind::Strip => 6,
        CellKind::Tetrahedron => 10,
        CellKind::Voxel => 11,
        CellKind::Hexahedron => 12,
        CellKind::Wedge => 13,
        CellKind::Pyramid => 14,
        CellKind::PentagonalPrism => 15,
        CellKind::HexagonalPrism => 16,
    }
}

fn compare_attributes(ours: &[Attribute], vtks: &Value, what: &str) {
    for (name, array) in vtks.as_object().unwrap() {
        let what = format!("{what}: array {name}");
        let expected = numbers(&array["values"]);
        let ours = ours.iter().find(|a| a.name == *name).unwrap_or_else(|| panic!("{what} is missing"));
        let mut values: Vec<f64> = (0..ours.values.len()).map(|n| ours.values.get(n).unwrap()).collect();
        if matches!(ours.role, Role::Normals | Role::Vectors) {
            values.chunks_mut(3).for_each(|v| (v[0], v[1]) = (-v[0], -v[1]));
        }
        assert_eq!(ours.components as u64, array["components"].as_u64().unwrap(), "{what}");
        assert_close(&values, &expected, 0.0, &what);
    }
}

fn compare_mesh(mesh: &Mesh, facts: &Value, what: &str) {
    let points: Vec<f64> = mesh.points().iter().flat_map(|p| p.to_lps().coords()).collect();
    assert_close(&points, &numbers(&facts["coordinates"]), 1e-6, what);
    let cells: Vec<Vec<u64>> = mesh
        .cells()
        .iter()
        .map(|(kind, points)| {
            [number_of(kind, points.len())].into_iter().chain(points.iter().map(|&p| u64::from(p))).collect()
        })
        .collect();
    assert_eq!(serde_json::to_value(cells).unwrap(), facts["cell_points"], "{what}");
}

fn compare_image(image: &Image, facts: &Value, what: &str) {
    let lps = image.grid().ijk_to_ras().to_lps();
    let dims: Vec<f64> = image.dims().iter().map(|&d| d as f64).collect();
    assert_close(&dims, &numbers(&facts["dimensions"]), 0.0, what);
    assert_close(&lps.translation().coords(), &numbers(&facts["first"]), 1e-9, what);
    assert_close(&image.grid().spacing(), &numbers(&facts["spacing"]), 1e-9, what);
    let rows: Vec<f64> = (0..9).map(|n| lps.column(n % 3)[n / 3] / image.grid().spacing()[n % 3]).collect();
    assert_close(&rows, &numbers(&facts["direction"]), 1e-9, what);
}

#[test]
fn we_read_what_vtk_writes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(all) = script("we_read_what_vtk_writes", "write", folder.path()) else { return };
    let all = all.as_object().unwrap();
    assert!(all.len() > 150);
    for (name, facts) in all {
        let loaded = load(&FolderSource::new(&folder.path().join(name)), &ReadOptions::default());
        match loaded.unwrap_or_else(|error| panic!("{name}: {error}")).data {
            Data::Mesh(data) => {
                compare_mesh(&data.mesh, facts, name);
                compare_attributes(data.mesh.point_data(), &facts["point_data"], name);
                compare_attributes(data.mesh.cell_data(), &facts["cell_data"], name);
                if facts["field_data"]["Sp ace"].is_object() {
                    let x = "x".repeat(100);
                    let expected = format!("text\na b%25\n\n{x}");
                    assert_eq!(data.metadata.get("vtk/field/Sp ace"), Some(expected.as_str()), "{name}");
                    assert_eq!(data.metadata.get("vtk/field/numbers"), Some("float32 2 0.5 -1"), "{name}");
                }
            }
            Data::Image(data) => {
                compare_image(&data.image, facts, name);
                let paint = numbers(&facts["point_data"]["paint"]["values"]);
                let ours: Vec<f64> =
                    (0..data.image.array().len()).map(|n| data.image.array().get(n).unwrap()).collect();
                assert_close(&ours, &paint, 0.0, name);
                assert_eq!(data.image.meaning(), Meaning::Rgb, "{name}");
            }
            other => panic!("{name} holds {:?}", other.kind()),
        }
    }
}

fn decorated(mut mesh: Mesh) -> MeshData {
    let (points, cells) = (mesh.points().len(), mesh.cells().len());
    let ramp = |name: &str, components, role, count: usize| Attribute {
        name: name.to_owned(),
        components,
        role,
        values: (0..count * components).map(|n| n as f32 * 0.25).collect::<Vec<_>>().into(),
    };
    for a in [
        ramp("Normals", 3, Role::Normals, points),
        ramp("velo city", 3, Role::Vectors, points),
        ramp("T", 9, Role::Tensors, points),
        Attribute {
            values: (0..points as u8).collect::<Vec<_>>().into(),
            ..ramp("paint", 1, Role::Scalars, 0)
        },
        Attribute { values: (0..points as i64).collect::<Vec<_>>().into(), ..ramp("ids", 1, Role::Field, 0) },
    ] {
        mesh = mesh.with_point_data(a).unwrap();
    }
    mesh = mesh.with_cell_data(ramp("pairs", 2, Role::Field, cells)).unwrap();
    let mut metadata = Metadata::default();
    metadata.set("Segment_ID", "liver 1%");
    metadata.set("vtk/field/color", "float64 3 1 0.1 0");
    MeshData { mesh, metadata }
}

#[test]
fn vtk_reads_what_we_write() {
    let points: Vec<_> = (0..12).map(|n| Point::new(f64::from(n) * 0.1, f64::from(n * n), -1.5)).collect();
    let mut cells = Cells::new();
    cells.push(CellKind::Vertices, [0]);
    cells.push(CellKind::Polyline, [0, 1, 2, 3]);
    cells.push(CellKind::Polygon, [0, 1, 2]);
    cells.push(CellKind::Polygon, [3, 4, 5, 6, 7]);
    cells.push(CellKind::Strip, [7, 8, 9, 10]);
    let surface = decorated(Mesh::new(points.clone(), cells).unwrap());
    let mut cells = Cells::new();
    cells.push(CellKind::HexagonalPrism, 0..12);
    cells.push(CellKind::Polygon, [0, 1, 2, 3]);
    cells.push(CellKind::Voxel, 0..8);
    cells.push(CellKind::Wedge, 0..6);
    let grid = decorated(Mesh::new(points.clone(), cells).unwrap());
    let triangles = Cells::from_triangles(&[[0, 1, 2], [2, 1, 3], [4, 5, 6], [7, 8, 9], [9, 10, 11]]);
    let triangles = decorated(Mesh::new(points, triangles).unwrap());

    let rows = [[0.4, -0.6, 0.0, 5.0], [0.3, 0.8, 0.0, 6.0], [0.0, 0.0, 2.0, 7.0]];
    let grid_of = |rows| Grid::new([4, 3, 2], Affine::from_rows(rows));
    let image = |rows| {
        let values = (0..24).map(|n| n as i16 - 5).collect::<Vec<_>>();
        ImageData { image: Image::scalar(grid_of(rows), values).unwrap(), metadata: Metadata::default() }
    };
    let straight = [[-0.5, 0.0, 0.0, 5.0], [0.0, -1.0, 0.0, 6.0], [0.0, 0.0, 2.0, 7.0]];

    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("surface.vtk", Data::Mesh(surface.clone())),
        ("surface.vtp", Data::Mesh(surface)),
        ("grid.vtk", Data::Mesh(grid.clone())),
        ("grid.vtu", Data::Mesh(grid)),
        ("t.stl", Data::Mesh(triangles.clone())),
        ("t.ply", Data::Mesh(triangles.clone())),
        ("t.obj", Data::Mesh(triangles)),
        ("image.vti", Data::Image(image(rows))),
        ("image.vtk", Data::Image(image(straight))),
    ];
    let compressions = [Compression::None, Compression::Fast, Compression::Best];
    for (name, data) in &files {
        for (n, compression) in compressions.into_iter().enumerate() {
            let name = format!("{n}{name}");
            let options = WriteOptions { compression, ..WriteOptions::default() };
            let mut sink = MemorySink::default();
            match (for_writing(&name, data.kind()).unwrap().1, data) {
                (Writer::Mesh(write), Data::Mesh(data)) => write(data, &name, &options, &mut sink).unwrap(),
                (Writer::Image(write), Data::Image(data)) => write(data, &name, &options, &mut sink).unwrap(),
                _ => panic!("no writer"),
            }
            for (name, bytes) in sink.into_files() {
                std::fs::write(folder.path().join(name), bytes).unwrap();
            }
        }
    }
    let Some(all) = script("vtk_reads_what_we_write", "read", folder.path()) else { return };
    for (name, data) in &files {
        for n in 0..compressions.len() {
            let (name, facts) = (format!("{n}{name}"), &all[format!("{n}{name}")]);
            match data {
                Data::Mesh(data) if name.ends_with(".stl") => {
                    assert_eq!(facts["cells"], data.mesh.cells().len(), "{name}");
                }
                Data::Mesh(data) => {
                    compare_mesh(&data.mesh, facts, &name);
                    if name.ends_with(".ply") || name.ends_with(".obj") {
                        let normals: Vec<Attribute> = data.mesh.point_data()[..1].to_vec();
                        let vtks = serde_json::json!({ "Normals": facts["point_data"]["Normals"] });
                        compare_attributes(&normals, &vtks, &name);
                        continue;
                    }
                    compare_attributes(data.mesh.point_data(), &facts["point_data"], &name);
                    compare_attributes(data.mesh.cell_data(), &facts["cell_data"], &name);
                    assert_eq!(facts["point_data"].as_object().unwrap().len(), 5, "{name}");
                    let fields = &facts["field_data"];
                    assert_eq!(fields["Segment_ID"]["values"][0], "liver 1%", "{name}");
                    assert_eq!(numbers(&fields["color"]["values"]), [1.0, 0.1, 0.0], "{name}");
                    if name.ends_with(".vtk") {
                        assert_eq!(facts["header"], "3D Slicer output. SPACE=LPS", "{name}");
                    } else {
                        assert_eq!(fields["SPACE"]["values"][0], "LPS", "{name}");
                    }
                }
                Data::Image(data) => {
                    compare_image(&data.image, facts, &name);
                    let expected: Vec<f64> = (0..24).map(|n| f64::from(n) - 5.0).collect();
                    assert_eq!(numbers(&facts["point_data"]["scalars"]["values"]), expected, "{name}");
                }
                _ => {}
            }
        }
    }
}
