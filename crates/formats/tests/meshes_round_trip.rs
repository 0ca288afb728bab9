//! What a mesh writer writes, its reader reads again.
#![allow(missing_docs)]

use microtome_formats::{
    Compression, Data, ImageData, Kind, MemorySink, MemorySource, MeshData, Metadata, ReadOptions,
    WriteOptions, Writer, detect, for_writing,
};
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::{Array, Image, Meaning, ScalarType};
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};

const COMPRESSIONS: [Compression; 3] = [Compression::None, Compression::Fast, Compression::Best];

fn written(data: &Data, name: &str, compression: Compression) -> Vec<u8> {
    let options = WriteOptions { compression, ..WriteOptions::default() };
    let mut sink = MemorySink::default();
    let (_, writer) = for_writing(name, data.kind()).unwrap();
    match (writer, data) {
        (Writer::Mesh(write), Data::Mesh(data)) => write(data, name, &options, &mut sink).unwrap(),
        (Writer::Image(write), Data::Image(data)) => write(data, name, &options, &mut sink).unwrap(),
        _ => panic!("no writer of this kind"),
    }
    sink.into_files().remove(name).unwrap()
}

fn reread(bytes: Vec<u8>, name: &str) -> Data {
    let format = detect(name, &bytes[..bytes.len().min(4096)]).unwrap();
    assert!(format.extension_of(name).is_some(), "{name} is taken for {}", format.name);
    (format.read)(&MemorySource::new(name, bytes), &ReadOptions::default()).unwrap().data
}

fn round_trip(data: &MeshData, name: &str, compression: Compression) -> MeshData {
    let data = Data::Mesh(data.clone());
    match reread(written(&data, name, compression), name) {
        Data::Mesh(mesh) => mesh,
        other => panic!("{:?}", other.kind()),
    }
}

fn points() -> Vec<Point<microtome_geometry::Ras>> {
    (0..12)
        .map(|n| Point::new(f64::from(n) * 0.1, f64::from(n * n) - 7.5, 100.0 / f64::from(n + 1)))
        .collect()
}

fn attribute(name: &str, components: usize, role: Role, values: impl Into<Array>) -> Attribute {
    Attribute { name: name.to_owned(), components, role, values: values.into() }
}

fn ramp(count: usize) -> Vec<f32> {
    (0..count).map(|n| n as f32 * 0.37 - 1.0).collect()
}

fn decorated(mut mesh: Mesh) -> MeshData {
    let (points, cells) = (mesh.points().len(), mesh.cells().len());
    for a in [
        attribute("Normals", 3, Role::Normals, ramp(points * 3)),
        attribute("TCoords", 2, Role::TextureCoordinates, ramp(points * 2)),
        attribute("velo city", 3, Role::Vectors, ramp(points * 3)),
        attribute("T", 9, Role::Tensors, ramp(points * 9)),
        attribute("pain%t", 3, Role::Scalars, (0..points * 3).map(|n| n as u8).collect::<Vec<_>>()),
        attribute("ids<&\">", 1, Role::Field, (0..points as i64).map(|n| n - (1 << 40)).collect::<Vec<_>>()),
    ] {
        mesh = mesh.with_point_data(a).unwrap();
    }
    for a in [
        attribute("order", 1, Role::Scalars, (0..cells as u16).collect::<Vec<_>>()),
        attribute("pairs", 2, Role::Field, (0..cells * 2).map(|n| n as f64 / 3.0).collect::<Vec<_>>()),
    ] {
        mesh = mesh.with_cell_data(a).unwrap();
    }
    let mut metadata = Metadata::default();
    metadata.set("Segment_ID", "liver 1%\né");
    metadata.set("long", "x".repeat(100));
    metadata.set("vtk/field/color", "float64 3 1 0.1 0");
    metadata.set("vtk/field/names", "text\na\nb c");
    MeshData { mesh, metadata }
}

/// Poly data whose kinds stand in VTK's order.
fn surface() -> MeshData {
    let mut cells = Cells::new();
    cells.push(CellKind::Vertices, [0]);
    cells.push(CellKind::Vertices, [1, 2]);
    cells.push(CellKind::Polyline, [0, 1, 2, 3]);
    cells.push(CellKind::Polygon, [0, 1, 2]);
    cells.push(CellKind::Polygon, [3, 4, 5, 6, 7]);
    cells.push(CellKind::Strip, [7, 8, 9, 10, 11]);
    decorated(Mesh::new(points(), cells).unwrap())
}

/// All kinds, mixed.
fn grid() -> MeshData {
    let mut cells = Cells::new();
    cells.push(CellKind::HexagonalPrism, 0..12);
    cells.push(CellKind::Polygon, [0, 1, 2, 3]);
    cells.push(CellKind::Tetrahedron, [0, 1, 2, 3]);
    cells.push(CellKind::Polyline, [3, 4]);
    cells.push(CellKind::Voxel, 0..8);
    cells.push(CellKind::Hexahedron, 1..9);
    cells.push(CellKind::Wedge, 0..6);
    cells.push(CellKind::Pyramid, 0..5);
    cells.push(CellKind::PentagonalPrism, 0..10);
    cells.push(CellKind::Strip, [1, 2, 3, 4]);
    cells.push(CellKind::Vertices, [5]);
    decorated(Mesh::new(points(), cells).unwrap())
}

fn assert_same_attributes(found: &[Attribute], expected: &[Attribute], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for a in expected {
        let b = found.iter().find(|b| b.name == a.name).unwrap_or_else(|| panic!("{what} lacks {}", a.name));
        assert_eq!((b.role, b.components), (a.role, a.components), "{what} {}", a.name);
        assert_eq!(b.values, a.values, "{what} {}", a.name);
    }
}

#[test]
fn vtk_files_keep_everything() {
    for (data, names) in [(surface(), ["a.vtk", "a.vtp"]), (grid(), ["a.vtk", "a.vtu"])] {
        for name in names {
            for compression in COMPRESSIONS {
                let what = format!("{name} {compression:?}");
                let back = round_trip(&data, name, compression);
                assert_eq!(back.mesh.points(), data.mesh.points(), "{what}");
                assert_eq!(back.mesh.cells(), data.mesh.cells(), "{what}");
                assert_same_attributes(back.mesh.point_data(), data.mesh.point_data(), &what);
                assert_same_attributes(back.mesh.cell_data(), data.mesh.cell_data(), &what);
                assert_eq!(back.metadata.get("SPACE"), Some("LPS"), "{what}");
                for (key, value) in data.metadata.iter() {
                    assert_eq!(back.metadata.get(key), Some(value), "{what} {key}");
                }
            }
        }
    }
}

#[test]
fn cells_in_another_order_take_their_data_along() {
    let mut cells = Cells::new();
    cells.push(CellKind::Polygon, [0, 1, 2]);
    cells.push(CellKind::Polyline, [3, 4]);
    let data = decorated(Mesh::new(points(), cells).unwrap());
    let back = round_trip(&data, "a.vtp", Compression::Fast);
    assert_eq!(back.mesh.cells().kinds(), [CellKind::Polyline, CellKind::Polygon]);
    assert_eq!(back.mesh.cell_data()[0].values, Array::from(vec![1_u16, 0]));
}

#[test]
fn ply_keeps_triangles_and_their_data() {
    let mut cells = Cells::new();
    cells.push(CellKind::Polygon, [0, 1, 2]);
    cells.push(CellKind::Polygon, [3, 4, 5, 6]);
    let data = decorated(Mesh::new(points(), cells).unwrap());
    for compression in COMPRESSIONS {
        let back = round_trip(&data, "a.ply", compression).mesh;
        assert_eq!(back.points(), data.mesh.points());
        assert_eq!(back.triangles(), data.mesh.triangles());
        let point = |name: &str| back.point_data().iter().find(|a| a.name == name).unwrap().clone();
        assert_eq!(point("Normals"), data.mesh.point_data()[0]);
        assert_eq!(point("TCoords"), data.mesh.point_data()[1]);
        assert_eq!(point("velo_city").values, data.mesh.point_data()[2].values);
        assert_eq!(point("RGB").values, data.mesh.point_data()[4].values);
        assert_eq!(point("RGB").role, Role::Scalars);
        assert_eq!(point("ids<&\">").values.get(3), Some(3.0 - f64::from(2_u32).powi(40)));
        assert_eq!(back.cell_data()[0].values, Array::from(vec![0_u16, 1, 1]));
        assert_eq!(back.cell_data()[1].components, 2);
    }
}

#[test]
fn stl_keeps_triangles() {
    let cells = Cells::from_triangles(&[[0, 1, 2], [2, 1, 3], [4, 5, 6]]);
    let data = MeshData { mesh: Mesh::new(points(), cells).unwrap(), metadata: Metadata::default() };
    for compression in COMPRESSIONS {
        let back = round_trip(&data, "a.stl", compression).mesh;
        assert_eq!((back.points().len(), back.cells().len()), (7, 3));
        for (a, b) in back.triangles().as_flattened().iter().zip(data.mesh.triangles().as_flattened()) {
            let distance = back.points()[*a as usize].distance(data.mesh.points()[*b as usize]);
            assert!(distance < 1e-5, "{distance}");
        }
    }
}

#[test]
fn obj_keeps_faces_lines_and_groups() {
    let mut data = surface();
    let ids = attribute("GroupIds", 1, Role::Field, vec![0.0_f32, 0.0, 1.0, 1.0, 1.0, 0.0]);
    data.mesh = data.mesh.with_cell_data(ids.clone()).unwrap();
    data.metadata.set("obj/groups", "first\nsecond part");
    let back = round_trip(&data, "a.obj", Compression::Fast);
    assert_eq!(back.mesh.points(), data.mesh.points());
    let kinds = back.mesh.cells().kinds();
    assert_eq!(kinds[..5], data.mesh.cells().kinds()[..5]);
    assert_eq!(back.mesh.triangles(), data.mesh.triangles());
    assert_eq!(back.mesh.normals(), data.mesh.normals());
    assert_eq!(back.metadata.get("obj/groups"), Some("first\nsecond part\nfirst"));
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    for name in ["a.stl", "a.ply", "a.obj", "a.vtp"] {
        let (_, writer) = for_writing(name, Kind::Mesh).unwrap();
        let Writer::Mesh(write) = writer else { panic!() };
        let error = write(&grid(), name, &WriteOptions::default(), &mut MemorySink::default()).unwrap_err();
        assert!(error.to_string().contains("cannot hold"), "{name}: {error}");
    }
}

#[test]
fn an_empty_mesh_stays_empty() {
    let data = MeshData { mesh: Mesh::new(Vec::new(), Cells::new()).unwrap(), metadata: Metadata::default() };
    for name in ["a.vtk", "a.vtp", "a.vtu", "a.stl", "a.ply", "a.obj"] {
        for compression in COMPRESSIONS {
            let back = round_trip(&data, name, compression).mesh;
            assert_eq!((back.points().len(), back.cells().len()), (0, 0), "{name}");
        }
    }
}

fn image(
    direction: [[f64; 3]; 3],
    components: usize,
    meaning: Meaning,
    values: impl Into<Array>,
) -> ImageData {
    let [a, b, c] = direction;
    let rows = std::array::from_fn(|r| [a[r] * 0.5, b[r] * 0.75, c[r] * 2.0, [1.5, -20.0, 30.25][r]]);
    let grid = Grid::new([4, 3, 2], Affine::from_rows(rows));
    let image = Image::new(grid, components, 1, meaning, values.into()).unwrap();
    ImageData { image, metadata: Metadata::default() }
}

#[test]
fn images_keep_their_place() {
    let oblique = [[0.8, 0.6, 0.0], [-0.6, 0.8, 0.0], [0.0, 0.0, -1.0]];
    let lps = [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]];
    let swapped = [[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]];
    for compression in COMPRESSIONS {
        for (name, direction) in [("a.vti", oblique), ("a.vtk", lps), ("a.vti", lps)] {
            let data = image(direction, 3, Meaning::Rgb, (0..72).collect::<Vec<u8>>());
            match reread(written(&Data::Image(data.clone()), name, compression), name) {
                Data::Image(back) => {
                    assert!(back.image.grid().matches(data.image.grid(), 1e-9), "{name}");
                    assert_eq!(back.image.array(), data.image.array(), "{name}");
                    assert_eq!(back.image.meaning(), Meaning::Rgb);
                }
                other => panic!("{:?}", other.kind()),
            }
        }
        // Structured points have no directions: the voxels are reordered, each stays where it was.
        let data = image(swapped, 1, Meaning::Scalar, ramp(24));
        let Data::Image(back) = reread(written(&Data::Image(data.clone()), "a.vtk", compression), "a.vtk")
        else {
            panic!()
        };
        assert_eq!(back.image.dims(), [3, 2, 4]);
        let to_ijk = back.image.grid().ras_to_ijk().unwrap();
        for n in 0..24 {
            let ijk = [n % 4, n / 4 % 3, n / 12];
            let ras = data.image.grid().ijk_to_ras().apply(Point::from_array(ijk.map(|x| x as f64)));
            let [i, j, k] = to_ijk.apply(ras).coords().map(|x| x.round() as usize);
            assert_eq!(back.image.array().get(i + 3 * (j + 2 * k)), data.image.array().get(n));
        }
    }
    let (_, Writer::Image(write)) = for_writing("a.vtk", Kind::Image).unwrap() else { panic!() };
    let data = image(oblique, 1, Meaning::Scalar, ramp(24));
    assert!(write(&data, "a.vtk", &WriteOptions::default(), &mut MemorySink::default()).is_err());
    let options = WriteOptions { scalar_type: Some(ScalarType::Int16), ..WriteOptions::default() };
    let mut sink = MemorySink::default();
    let (_, Writer::Image(write)) = for_writing("a.vti", Kind::Image).unwrap() else { panic!() };
    write(&data, "a.vti", &options, &mut sink).unwrap();
    let Data::Image(back) = reread(sink.into_files().remove("a.vti").unwrap(), "a.vti") else { panic!() };
    assert_eq!(back.image.scalar_type(), ScalarType::Int16);
}

#[test]
fn pieces_are_joined_kind_by_kind() {
    let piece = |x: i32| {
        let array = |name: &str, kind: &str, components: i32, text: &str| {
            format!(
                "<DataArray type=\"{kind}\" Name=\"{name}\" NumberOfComponents=\"{components}\" format=\"ascii\">\
                 {text}</DataArray>"
            )
        };
        let cells = |tag: &str, points: &str, end: &str| {
            let (points, end) =
                (array("connectivity", "Int32", 1, points), array("offsets", "Int32", 1, end));
            format!("<{tag}>{points}{end}</{tag}>")
        };
        format!(
            "<Piece NumberOfPoints=\"3\" NumberOfVerts=\"1\" NumberOfLines=\"0\" NumberOfPolys=\"1\">\
             <PointData>{}</PointData><CellData>{}</CellData><Points>{}</Points>{}{}</Piece>",
            array("p", "Float32", 1, &format!("{x} {x} {x}")),
            array("c", "UInt8", 1, &format!("{x} {}", x + 1)),
            array("Points", "Float32", 3, &format!("{x} 0 0 {x} 1 0 {x} 0 1")),
            cells("Verts", "2", "1"),
            cells("Polys", "0 1 2", "3")
        )
    };
    let empty = "<Piece NumberOfPoints=\"0\"/>";
    let text = format!(
        "<VTKFile type=\"PolyData\"><PolyData>{}{empty}{}</PolyData></VTKFile>",
        piece(10),
        piece(20)
    );
    let Data::Mesh(data) = reread(text.into_bytes(), "a.vtp") else { panic!() };
    let cells: Vec<Vec<u32>> = data.mesh.cells().iter().map(|(_, points)| points.to_vec()).collect();
    assert_eq!(cells, [vec![2], vec![5], vec![0, 1, 2], vec![3, 4, 5]]);
    assert_eq!(data.mesh.cell_data()[0].values, Array::from(vec![10_u8, 20, 11, 21]));
    assert_eq!(data.mesh.point_data()[0].values.get(5), Some(20.0));
    assert_eq!(data.mesh.points()[4].coords(), [-20.0, -1.0, 0.0]);
}
