//! How long the mesh readers take for a surface of half a million triangles.

use divan::Bencher;
use microtome_formats::{
    Compression, Kind, MemorySink, MemorySource, MeshData, Metadata, ReadOptions, WriteOptions, Writer,
    for_writing,
};
use microtome_geometry::Point;
use microtome_mesh::{Cells, Mesh};

fn main() {
    divan::main();
}

/// A bumpy sheet of 2 × 500 × 500 triangles.
fn sheet() -> MeshData {
    const SIDE: u32 = 501;
    let height = |x: u32, y: u32| f64::from(((x as f32 * 0.1).sin() + (y as f32 * 0.1).cos()) * 8.0);
    let points = (0..SIDE * SIDE)
        .map(|n| Point::new(f64::from(n % SIDE), f64::from(n / SIDE), height(n % SIDE, n / SIDE)))
        .collect();
    let mut triangles = Vec::new();
    for y in 0..SIDE - 1 {
        for x in 0..SIDE - 1 {
            let n = y * SIDE + x;
            triangles.push([n, n + 1, n + SIDE]);
            triangles.push([n + 1, n + SIDE + 1, n + SIDE]);
        }
    }
    MeshData {
        mesh: Mesh::new(points, Cells::from_triangles(&triangles)).unwrap(),
        metadata: Metadata::default(),
    }
}

fn bytes(name: &str, compression: Compression) -> Vec<u8> {
    let options = WriteOptions { compression, ..WriteOptions::default() };
    let mut sink = MemorySink::default();
    if let Writer::Mesh(write) = for_writing(name, Kind::Mesh).unwrap().1 {
        write(&sheet(), name, &options, &mut sink).unwrap();
    }
    sink.into_files().remove(name).unwrap()
}

fn bench(bencher: Bencher<'_, '_>, name: &str, compression: Compression) {
    let (format, _) = for_writing(name, Kind::Mesh).unwrap();
    let source = MemorySource::new(name, bytes(name, compression));
    bencher.bench(|| (format.read)(&source, &ReadOptions::default()).unwrap());
}

#[divan::bench(args = ["a.stl", "a.ply", "a.vtk", "a.vtp"])]
fn binary(bencher: Bencher<'_, '_>, name: &str) {
    bench(bencher, name, Compression::Fast);
}

#[divan::bench(args = ["a.stl", "a.ply", "a.vtk", "a.vtp", "a.obj"], sample_count = 10)]
fn text(bencher: Bencher<'_, '_>, name: &str) {
    bench(bencher, name, Compression::None);
}
