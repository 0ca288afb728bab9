//! Real mesh files against what VTK 9.7.2 says of them (`facts.json`).
#![allow(missing_docs)]

mod common;

use microtome_formats::{Data, MeshData, ReadOptions};

use common::{FolderSource, facts, load, shared_data};

const EXTENSIONS: [&str; 6] = [".vtk", ".vtp", ".vtu", ".stl", ".ply", ".obj"];

/// Bounds in the file's coordinates: LPS unless its tag says RAS.
fn file_bounds(data: &MeshData) -> [f64; 6] {
    let bounds = data.mesh.bounds().expect("a mesh with points");
    let ([ax, ay, az], [bx, by, bz]) = (bounds.min.coords(), bounds.max.coords());
    match data.metadata.get("SPACE") {
        Some("RAS") => [ax, bx, ay, by, az, bz],
        _ => [-bx, -ax, -by, -ay, az, bz],
    }
}

#[test]
fn meshes_are_as_vtk_reads_them() {
    let Some(folder) = shared_data("meshes_are_as_vtk_reads_them") else { return };
    let mut count = 0;
    for (path, entry) in facts(&folder) {
        let facts = &entry["facts"];
        let is_mesh = EXTENSIONS.iter().any(|e| path.ends_with(e)) && facts["points"].is_u64();
        if !is_mesh {
            continue;
        }
        let loaded = load(&FolderSource::new(&folder.join(&path)), &ReadOptions::default());
        let data = match loaded.unwrap_or_else(|error| panic!("{path}: {error}")).data {
            Data::Mesh(data) => data,
            other => panic!("{path} holds {:?}", other.kind()),
        };
        assert_eq!(data.mesh.points().len() as u64, facts["points"].as_u64().unwrap(), "{path}: points");
        assert_eq!(data.mesh.cells().len() as u64, facts["cells"].as_u64().unwrap(), "{path}: cells");
        for (found, expected) in file_bounds(&data).iter().zip(facts["bounds"].as_array().unwrap()) {
            let expected = expected.as_f64().unwrap();
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                "{path}: {found} is not {expected}"
            );
        }
        for (attributes, key) in
            [(data.mesh.point_data(), "point_arrays"), (data.mesh.cell_data(), "cell_arrays")]
        {
            let mut found: Vec<&str> = attributes.iter().map(|a| a.name.as_str()).collect();
            let mut expected: Vec<&str> =
                facts[key].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{path}: {key}");
        }
        count += 1;
    }
    assert_eq!(count, 22, "mesh files with facts");
}

#[test]
fn a_slicer_segment_keeps_its_field_data() {
    let Some(folder) = shared_data("a_slicer_segment_keeps_its_field_data") else { return };
    let path = folder.join("meshes/slicerrt_prostate_seg/EclipseProstate_Structures.seg_0.vtp");
    match load(&FolderSource::new(&path), &ReadOptions::default()).unwrap().data {
        Data::Mesh(data) => {
            assert_eq!(data.metadata.get("Segmentation_MasterRepresentation"), Some("Planar contour"));
            assert_eq!(data.metadata.get("vtk/field/Segment_DefaultColor"), Some("float64 3 0 1 0"));
        }
        other => panic!("{:?}", other.kind()),
    }
}
