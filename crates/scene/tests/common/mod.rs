//! Nodes of every type, filled at random from a seed.
// Not every test that takes this in needs all of it.
#![allow(dead_code)]

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::{Arc, Mutex};

use microtome_geometry::transform::{BSpline, Between, Displacement, ThinPlate};
use microtome_geometry::{Affine, Grid, Point, Transform};
use microtome_image::{Array, Bytes, Image, Labelmap, Labels, Meaning, Region};
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role as MeshRole};
use microtome_records as records;
use microtome_scene::record::{Changes, Chunk, ChunkId, ChunkSource, ChunkStore, Malformed};
use microtome_scene::{Content, Node, NodeId, Role, Scene, StepStore, nodes};

/// The classes of all node types.
pub const CLASSES: &[&str] = &[
    "ScalarVolume",
    "VectorVolume",
    "DiffusionWeightedVolume",
    "DiffusionTensorVolume",
    "StreamingVolume",
    "LabelMapVolume",
    "Model",
    "Segmentation",
    "MarkupsFiducial",
    "MarkupsLine",
    "MarkupsAngle",
    "MarkupsCurve",
    "MarkupsClosedCurve",
    "MarkupsPlane",
    "MarkupsROI",
    "LinearTransform",
    "BSplineTransform",
    "GridTransform",
    "Transform",
    "Table",
    "Text",
    "PlotChart",
    "PlotSeries",
    "ColorTable",
    "ProceduralColor",
    "Sequence",
    "SequenceBrowser",
    "ScalarVolumeDisplay",
    "LabelMapVolumeDisplay",
    "VectorVolumeDisplay",
    "DiffusionWeightedVolumeDisplay",
    "DiffusionTensorVolumeDisplay",
    "ModelDisplay",
    "SegmentationDisplay",
    "MarkupsDisplay",
    "MarkupsFiducialDisplay",
    "MarkupsPlaneDisplay",
    "MarkupsROIDisplay",
    "TransformDisplay",
    "FolderDisplay",
    "ColorLegendDisplay",
    "SliceDisplay",
    "CPURayCastVolumeRenderingDisplay",
    "GPURayCastVolumeRenderingDisplay",
    "MultiVolumeRenderingDisplay",
    "VolumeProperty",
    "Clip",
    "Slice",
    "SliceComposite",
    "View",
    "Camera",
    "TableView",
    "PlotView",
    "Layout",
    "Interaction",
    "Selection",
    "Crosshair",
    "SubjectHierarchy",
    "SceneView",
    "ScriptedModule",
    "CommandLineModule",
    "SegmentEditor",
    "Unit",
    "ModelStorage",
];

/// Random numbers from a seed (Steele, Lea and Flood's SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub fn number(&mut self) -> f64 {
        (self.next() % 2_000_001) as f64 / 1000.0 - 1000.0
    }

    pub fn word(&mut self) -> String {
        ["", "liver", "Grau-Ä 1", "a\"b<&>", "0", "Red"][self.below(6)].to_owned()
    }

    fn numbers<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.number())
    }

    fn texts(&mut self) -> BTreeMap<String, String> {
        (0..self.below(3)).map(|n| (format!("k{n}"), self.word())).collect()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.below(2) == 0 { None } else { Some(make(self)) }
    }

    /// A value for a field, as text; not every field takes every one.
    fn field(&mut self) -> String {
        match self.below(5) {
            0 => self.word(),
            1 => self.below(4).to_string(),
            2 => if self.below(2) == 0 { "true" } else { "false" }.to_owned(),
            n => {
                let count = if n == 3 { [1, 2, 3][self.below(3)] } else { [4, 16][self.below(2)] };
                (0..count).map(|_| self.number().to_string()).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// Sets about half of a node's fields to random values.
pub fn set_fields(content: &mut Content, random: &mut Random) {
    let mut names = Vec::new();
    content.fields().visit(&mut |name, _| names.push(name));
    for name in names {
        if random.below(2) == 0 {
            let text = random.field();
            let _ = content.fields_mut().set(name, &text);
        }
    }
}

pub fn grid(dims: [usize; 3]) -> Grid {
    let rows = [[-0.5, 0.1, 0.0, 60.0], [0.0, 0.2, -2.0, 70.0], [0.0, -0.75, 0.0, 80.0]];
    Grid::new(dims, Affine::from_rows(rows))
}

pub fn array(random: &mut Random, count: usize) -> Array {
    match random.below(4) {
        0 => Array::from((0..count).map(|_| random.next() as u8).collect::<Vec<_>>()),
        1 => Array::from((0..count).map(|_| random.next() as i16).collect::<Vec<_>>()),
        2 => Array::from((0..count).map(|_| random.next() as i64).collect::<Vec<_>>()),
        _ => Array::from((0..count).map(|_| f32::from_bits(random.next() as u32)).collect::<Vec<_>>()),
    }
}

pub fn labels(random: &mut Random) -> Labels {
    let dims = [40, 33, 20 + random.below(20)];
    let map = Labelmap::<u8>::uniform(grid(dims), random.next() as u8);
    let first = Region { start: [random.below(20), random.below(20), 0], dims: [12, 9, 5] };
    let value = random.next() as u8;
    match random.below(3) {
        0 => Labels::UInt8(map.edit(&first, |_, _| value)),
        1 => Labels::Int32(Labelmap::uniform(grid(dims), -5).edit(&first, |ijk, _| ijk[0] as i32 - 3)),
        _ => Labels::UInt16(Labelmap::uniform(grid(dims), 7)),
    }
}

pub fn mesh(random: &mut Random) -> Mesh {
    let count = 3 + random.below(60);
    let points = (0..count).map(|_| Point::from_array(random.numbers())).collect();
    let mut cells = Cells::new();
    for _ in 0..random.below(40) {
        let kind = [CellKind::Vertices, CellKind::Polyline, CellKind::Polygon, CellKind::Tetrahedron];
        let kind = kind[random.below(4)];
        let size = kind.point_count().unwrap_or(3);
        cells.push(kind, (0..size).map(|_| random.below(count) as u32).collect::<Vec<_>>());
    }
    let count_of_cells = cells.len();
    let values = array(random, count * 3);
    let attribute = |name: &str, values: Array, components: usize, role: MeshRole| Attribute {
        name: name.to_owned(),
        components,
        role,
        values,
    };
    let mesh = Mesh::new(points, cells).unwrap();
    let mesh = mesh.with_point_data(attribute("n", values, 3, MeshRole::Normals)).unwrap();
    let values = array(random, count_of_cells);
    mesh.with_cell_data(attribute("c", values, 1, MeshRole::Scalars)).unwrap()
}

pub fn transform(random: &mut Random) -> Transform {
    let dims = [3, 4, 5 + random.below(3)];
    let count = dims.iter().product();
    match random.below(6) {
        0 => Transform::Linear(Affine::from_rows([random.numbers(), random.numbers(), random.numbers()])),
        1 => {
            let coefficients = (0..count).map(|_| random.numbers()).collect();
            Transform::BSpline(BSpline::new(grid(dims), coefficients).unwrap())
        }
        2 => {
            let vectors: Vec<[f32; 3]> =
                (0..count).map(|_| random.numbers().map(|v: f64| v as f32)).collect();
            let field = Displacement::new(grid(dims), vectors).unwrap();
            Transform::Displacement(field.with_interpolation(Between::Cubic))
        }
        3 => {
            let mut points =
                |n: usize| (0..n).map(|_| Point::from_array(random.numbers())).collect::<Vec<_>>();
            Transform::ThinPlate(ThinPlate::new(points(12), points(12)).unwrap())
        }
        4 => {
            let vectors: Vec<[f64; 3]> = (0..count).map(|_| random.numbers()).collect();
            Transform::Displacement(Displacement::new(grid(dims), vectors).unwrap()).inverse().unwrap()
        }
        _ => Transform::Composite(vec![transform(random), transform(random)]),
    }
}

pub fn image(random: &mut Random) -> Image {
    let dims = [5, 4, 1 + random.below(30)];
    let components = [1, 3][random.below(2)];
    let frames = [1, 2][random.below(2)];
    let array = array(random, dims.iter().product::<usize>() * components * frames);
    let meaning = [Meaning::Scalar, Meaning::Vector, Meaning::Rgb][random.below(3)];
    Image::new(grid(dims), components, frames, meaning, array).unwrap()
}

pub fn control_point(random: &mut Random) -> records::ControlPoint {
    records::ControlPoint {
        id: random.word(),
        label: random.word(),
        position: Point::from_array(random.numbers()),
        orientation: random.numbers(),
        locked: random.below(2) == 0,
        status: records::PositionStatus::Missing,
        auto_created: random.below(2) == 0,
        ..records::ControlPoint::default()
    }
}

fn table(random: &mut Random) -> records::Table {
    let rows = random.below(200);
    let texts = (0..rows).map(|_| random.word()).collect();
    let column =
        |name: &str, values| records::Column { name: name.to_owned(), values, properties: Vec::new() };
    let numbers = array(random, rows);
    records::Table {
        columns: vec![
            column("text", records::ColumnValues::Text(texts)),
            column("numbers", records::ColumnValues::Numbers(numbers)),
        ],
    }
}

fn segmentation(random: &mut Random) -> records::Segmentation {
    let segment = |random: &mut Random, n: usize| records::Segment {
        id: format!("Segment_{n}"),
        name: random.word(),
        color: random.numbers(),
        tags: random.texts(),
        unknown: random.texts(),
        place: random.maybe(|random| records::SegmentPlace { layer: 0, label: random.below(9) as i32 - 4 }),
        surface: random.maybe(|random| Arc::new(mesh(random))),
        fractional: random.maybe(image),
        contours: random.maybe(|random| Arc::new(mesh(random))),
        ribbon: random.maybe(|random| Arc::new(mesh(random))),
        ..records::Segment::default()
    };
    records::Segmentation {
        segments: (0..random.below(4)).map(|n| segment(random, n)).collect(),
        layers: (0..random.below(3)).map(|_| labels(random)).collect(),
        contained: vec![random.word()],
        offset: [1, -2, 3],
        ..records::Segmentation::default()
    }
}

/// Gives a node data of its own beyond its fields, where its type has any.
pub fn fill(content: &mut Content, random: &mut Random) {
    match content {
        Content::Volume(node) => {
            node.image = random.maybe(image);
            node.diffusion = random.maybe(|random| nodes::Diffusion {
                measurement_frame: random.numbers(),
                gradients: vec![random.numbers(); 5],
                b_values: vec![0.0, 1000.0],
            });
        }
        Content::LabelVolume(node) => node.labels = random.maybe(labels),
        Content::Model(node) => node.mesh = mesh(random),
        Content::Segmentation(node) => node.data = segmentation(random),
        Content::Markups(node) => {
            node.points = (0..random.below(6)).map(|_| control_point(random)).collect();
            node.handle_to_world = random.maybe(Random::numbers);
        }
        Content::Transform(node) => {
            node.map = transform(random);
            node.maps_to_parent = random.below(2) == 0;
        }
        Content::Table(node) => node.table = table(random),
        Content::Text(node) => node.text = random.word().repeat(random.below(300)),
        Content::ColorTable(node) => {
            node.colors.entries.push(records::LabelColor {
                value: 7,
                name: random.word(),
                color: [0.1, 0.2, 0.3, 1.0],
                terminology: random.maybe(Random::word),
            });
        }
        Content::VolumeProperty(node) => {
            let [x, midpoint, sharpness] = random.numbers();
            let point = records::TransferPoint { x, y: random.numbers(), midpoint, sharpness };
            node.color = vec![point; random.below(5)];
        }
        Content::Sequence(node) => {
            for _ in 0..random.below(4) {
                let value = random.word();
                let mut any = || Arc::new(self::node(CLASSES[random.below(CLASSES.len())], random));
                let (node_there, displays) = (any(), vec![any()]);
                node.items.push(nodes::SequenceItem { value, node: node_there, displays });
            }
        }
        Content::SceneView(node) => {
            for n in 0..random.below(3) {
                let class = CLASSES[random.below(CLASSES.len())];
                let id = NodeId::from(format!("{class}{n}"));
                node.nodes.push((id, Arc::new(self::node(class, random))));
            }
        }
        Content::SubjectHierarchy(node) => node.items.push(nodes::SubjectHierarchyItem {
            id: 3,
            node: Some(NodeId::from("vtkMRMLModelNode1")),
            uids: vec![("DICOM".to_owned(), random.word())],
            ..nodes::SubjectHierarchyItem::default()
        }),
        Content::ScriptedModule(node) => node.parameters = random.texts(),
        Content::Storage(node) => node.file = Some(random.word()),
        _ => {}
    }
}

/// A random node of a class.
pub fn node(class: &str, random: &mut Random) -> Node {
    let mut content = Content::of_class(class).unwrap();
    set_fields(&mut content, random);
    // Nodes in nodes, but not for ever.
    if !random.0.is_multiple_of(4) || !matches!(content, Content::Sequence(_) | Content::SceneView(_)) {
        fill(&mut content, random);
    }
    let mut node = Node::new(random.word(), content);
    node.description = random.word();
    node.selected = random.below(2) == 0;
    node.attributes = random.texts();
    node.unknown = random.texts();
    if random.below(3) == 0 {
        node = node.referring(Role::named(random.word()), NodeId::from(random.word()));
    }
    node
}

/// Chunks in memory, by content.
#[derive(Default)]
pub struct Store(pub HashMap<ChunkId, Vec<u8>>);

impl ChunkStore for Store {
    fn chunk(&mut self, chunk: &Chunk<'_>) -> ChunkId {
        let bytes = chunk.bytes();
        let id = ChunkId::of(&bytes);
        self.0.entry(id).or_insert_with(|| bytes.into_owned());
        id
    }
}

impl ChunkSource for Store {
    fn chunk(&mut self, id: &ChunkId) -> Result<Bytes, Malformed> {
        self.0.get(id).map(|bytes| Bytes::from(bytes.clone())).ok_or_else(|| Malformed::new("missing"))
    }
}

/// A scene as bytes: equal bytes are equal scenes, even with NaN in them.
pub fn bytes_of(scene: &Scene) -> Vec<u8> {
    Changes::between(&Scene::default(), scene).to_bytes(&mut Store::default())
}

/// Steps that stand in for those on disk.
#[derive(Debug, Default)]
pub struct Steps(pub Mutex<BTreeMap<u64, Vec<u8>>>);

impl StepStore for Steps {
    fn keep(&self, write: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<u64> {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        let mut steps = self.0.lock().unwrap();
        let number = steps.last_key_value().map_or(0, |(last, _)| last + 1);
        steps.insert(number, bytes);
        Ok(number)
    }

    fn fetch(&self, number: u64) -> std::io::Result<Vec<u8>> {
        let steps = self.0.lock().unwrap();
        steps.get(&number).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn discard(&self, number: u64) {
        self.0.lock().unwrap().remove(&number);
    }
}
