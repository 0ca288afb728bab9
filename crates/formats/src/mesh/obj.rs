//! Wavefront OBJ: points, texture coordinates, normals, faces, lines, vertices, groups and materials' names.
//!
//! Where faces use other texture coordinates or normals at a point than elsewhere, the point is doubled. Group and
//! material of each cell are the cell arrays `GroupIds` and `MaterialIds`, as VTK names them; their names, and the
//! names of material files, are metadata (`obj/groups`, `obj/materials`, `obj/mtllib`, a line each).

use std::collections::HashMap;
use std::io::Write;

use microtome_image::Array;
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};

use super::space::{Space, WRITTEN, flipped};
use crate::data::{Data, Loaded, MeshData, Metadata, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};
use crate::text::{Words, number, write_numbers};

const NAME: &str = "OBJ";

/// The entry in the table of formats.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".obj"], sniff, read, writers: &[Writer::Mesh(write)] };

fn sniff(name: &str, head: &[u8]) -> Match {
    if FORMAT.extension_of(name).is_some() && !head.contains(&0) { Match::Name } else { Match::No }
}

/// What a face says of one of its corners: indices of point, texture coordinate and normal.
type Corner = (u32, Option<u32>, Option<u32>);

#[derive(Default)]
struct Reader {
    points: Vec<[f64; 3]>,
    textures: Vec<f32>,
    normals: Vec<f32>,
    kinds: Vec<CellKind>,
    ends: Vec<u32>,
    corners: Vec<Corner>,
    groups: Vec<String>,
    group_of: Vec<f32>,
    materials: Vec<String>,
    material_numbers: HashMap<String, i32>,
    material: i32,
    material_of: Vec<i32>,
    libraries: Vec<String>,
    tag: Option<Space>,
    scale: f64,
    warnings: Vec<Warning>,
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let mut reader = Reader { scale: 1.0, material: -1, ..Reader::default() };
    let mut joined = Vec::new();
    for (number, line) in bytes.split(|&b| b == b'\n').enumerate() {
        let line = line.trim_ascii();
        // A backslash at the end of a line continues it on the next.
        if let Some(begun) = line.strip_suffix(b"\\") {
            joined.extend_from_slice(begun);
            joined.push(b' ');
        } else if joined.is_empty() {
            reader.line(line, number + 1)?;
        } else {
            joined.extend_from_slice(line);
            reader.line(&joined, number + 1)?;
            joined.clear();
        }
    }
    reader.finish()
}

impl Reader {
    fn line(&mut self, line: &[u8], at: usize) -> Result<(), Error> {
        let mut words = Words::new(line, 0);
        let Some(keyword) = words.next() else { return Ok(()) };
        let rest = || String::from_utf8_lossy(&line[keyword.len()..]).trim().to_owned();
        match keyword {
            b"v" => self.points.push(floats(&mut words, "v", at)?),
            b"vt" => {
                let u = words.next().and_then(number::<f32>);
                let u = u.ok_or_else(|| bad("vt", &rest(), at, "a number is needed"))?;
                let v = match words.next() {
                    Some(word) => number(word).ok_or_else(|| bad("vt", &rest(), at, "numbers are needed"))?,
                    None => 0.0,
                };
                self.textures.extend([u, v]);
            }
            b"vn" => self.normals.extend(floats::<f32>(&mut words, "vn", at)?),
            b"f" | b"fo" => self.cell(CellKind::Polygon, words, at)?,
            b"l" => self.cell(CellKind::Polyline, words, at)?,
            b"p" => self.cell(CellKind::Vertices, words, at)?,
            b"g" | b"o" => self.groups.push(rest()),
            b"usemtl" => {
                let name = rest();
                let next = self.materials.len() as i32;
                self.material = *self.material_numbers.entry(name.clone()).or_insert(next);
                if self.material == next {
                    self.materials.push(name);
                }
            }
            b"mtllib" => self.libraries.push(rest()),
            _ if keyword.starts_with(b"#") => self.comment(&String::from_utf8_lossy(line)),
            _ => {}
        }
        Ok(())
    }

    /// Notes what a comment says of axes and units.
    fn comment(&mut self, comment: &str) {
        self.tag = self.tag.or_else(|| Space::tagged(comment));
        let lower = comment.to_ascii_lowercase();
        let Some((_, unit)) = lower.split_once("vertex coordinates are measured in units, where 1 unit =")
        else {
            return;
        };
        let mut words = unit.split_ascii_whitespace();
        let length = words.next().and_then(|w| w.parse::<f64>().ok()).filter(|l| *l > 0.0 && l.is_finite());
        match (length, words.next().map(|w| w.trim_end_matches('.'))) {
            (Some(length), Some("mm")) => self.scale = length,
            _ => self
                .warnings
                .push(Warning::new(format!("the unit in \"{comment}\" is not known: taken as mm"))),
        }
    }

    fn cell(&mut self, kind: CellKind, words: Words<'_>, at: usize) -> Result<(), Error> {
        let before = self.corners.len();
        for word in words {
            let mut parts = word.split(|&b| b == b'/');
            let texts = self.textures.len() / 2;
            let normals = self.normals.len() / 3;
            let point = index(parts.next(), self.points.len(), at)?;
            let point =
                point.ok_or_else(|| bad("f", &String::from_utf8_lossy(word), at, "a point is needed"))?;
            let texture = index(parts.next(), texts, at)?;
            let normal = index(parts.next(), normals, at)?;
            self.corners.push((point, texture, normal));
        }
        if self.corners.len() > before {
            let end = u32::try_from(self.corners.len()).map_err(|_| Error::Unsupported {
                format: NAME,
                what: "more than 2³² − 1 corners".to_owned(),
            })?;
            self.kinds.push(kind);
            self.ends.push(end);
            self.group_of.push(self.groups.len().saturating_sub(1) as f32);
            self.material_of.push(self.material);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Loaded, Error> {
        let mut metadata = Metadata::default();
        let space = Space::decide(self.tag, &mut metadata, &mut self.warnings);
        for (key, names) in [
            ("obj/mtllib", &self.libraries),
            ("obj/groups", &self.groups),
            ("obj/materials", &self.materials),
        ] {
            if !names.is_empty() {
                metadata.set(key, names.join("\n"));
            }
        }
        let mut doubled = Doubler::new(&self);
        let indices: Vec<u32> = self.corners.iter().map(|&corner| doubled.point(corner)).collect();
        let Doubler { sources, texture_of, normal_of, .. } = doubled;

        let scale = self.scale;
        let points =
            sources.iter().map(|&s| space.point(self.points[s as usize].map(|c| c * scale))).collect();
        let cells = Cells::from_parts(self.kinds, self.ends, indices).unwrap_or_default();
        let mut mesh = Mesh::new(points, cells)?;
        if normal_of.iter().any(Option::is_some) {
            let values = gather::<3>(&self.normals, &normal_of);
            let attribute = Attribute {
                name: "Normals".to_owned(),
                components: 3,
                role: Role::Normals,
                values: values.into(),
            };
            mesh = mesh.with_point_data(space.attribute(attribute))?;
        }
        if texture_of.iter().any(Option::is_some) {
            let values = gather::<2>(&self.textures, &texture_of);
            let (name, role) = ("TCoords".to_owned(), Role::TextureCoordinates);
            mesh = mesh.with_point_data(Attribute { name, components: 2, role, values: values.into() })?;
        }
        let array = |name: &str, values| Attribute {
            name: name.to_owned(),
            components: 1,
            role: Role::Field,
            values,
        };
        mesh = mesh.with_cell_data(array("GroupIds", Array::from(self.group_of)))?;
        if !self.materials.is_empty() {
            mesh = mesh.with_cell_data(array("MaterialIds", Array::from(self.material_of)))?;
        }
        Ok(Loaded::new(Data::Mesh(MeshData { mesh, metadata }), self.warnings))
    }
}

/// Finds the point for each corner, a new one where the same position has another texture coordinate or normal.
struct Doubler {
    /// The position that each point has.
    sources: Vec<u32>,
    texture_of: Vec<Option<u32>>,
    normal_of: Vec<Option<u32>>,
    others: HashMap<Corner, u32>,
}

impl Doubler {
    fn new(reader: &Reader) -> Self {
        let count = reader.points.len();
        Self {
            sources: (0..count as u32).collect(),
            texture_of: vec![None; count],
            normal_of: vec![None; count],
            others: HashMap::new(),
        }
    }

    fn point(&mut self, corner: Corner) -> u32 {
        let (position, texture, normal) = corner;
        let at = position as usize;
        // What neither says differently goes together.
        let fits = |own: Option<u32>, asked: Option<u32>| own == asked || own.is_none() || asked.is_none();
        if fits(self.texture_of[at], texture) && fits(self.normal_of[at], normal) {
            self.texture_of[at] = self.texture_of[at].or(texture);
            self.normal_of[at] = self.normal_of[at].or(normal);
            return position;
        }
        *self.others.entry(corner).or_insert_with(|| {
            self.sources.push(position);
            self.texture_of.push(texture);
            self.normal_of.push(normal);
            self.sources.len() as u32 - 1
        })
    }
}

/// The `N` values of each index; zeros where there is none.
fn gather<const N: usize>(values: &[f32], indices: &[Option<u32>]) -> Vec<f32> {
    let rows = values.as_chunks::<N>().0;
    let row = |index: &Option<u32>| index.and_then(|n| rows.get(n as usize)).copied().unwrap_or([0.0; N]);
    indices.iter().flat_map(row).collect()
}

fn floats<T: microtome_image::Scalar + std::str::FromStr>(
    words: &mut Words<'_>,
    field: &str,
    at: usize,
) -> Result<[T; 3], Error> {
    let mut values = [T::default(); 3];
    for value in &mut values {
        let word = words.next().unwrap_or_default();
        let text = || String::from_utf8_lossy(word).into_owned();
        *value = number(word).ok_or_else(|| bad(field, &text(), at, "three numbers are needed"))?;
    }
    Ok(values)
}

/// An index as OBJ counts: from 1, or backwards from the last with a minus sign; `None` where it is left out.
fn index(text: Option<&[u8]>, count: usize, at: usize) -> Result<Option<u32>, Error> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    let value = number::<i64>(text);
    let index = match value {
        Some(n) if n > 0 => usize::try_from(n - 1).ok(),
        Some(n) if n < 0 => usize::try_from(n.unsigned_abs()).ok().and_then(|n| count.checked_sub(n)),
        _ => None,
    };
    match index.filter(|&i| i < count).and_then(|i| u32::try_from(i).ok()) {
        Some(index) => Ok(Some(index)),
        None => Err(bad("f", &String::from_utf8_lossy(text), at, &format!("there are {count} so far"))),
    }
}

fn bad(field: &str, value: &str, at: usize, why: &str) -> Error {
    Error::field(NAME, format!("{field} on line {at}"), value, why)
}

fn write(data: &MeshData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let mesh = &data.mesh;
    if let Some((kind, _)) = mesh.cells().iter().find(|(kind, _)| kind.is_solid()) {
        return Err(Error::CannotHold { format: NAME, what: format!("{kind:?} cells") });
    }
    let lines =
        |key: &str| -> Vec<&str> { data.metadata.get(key).map_or(Vec::new(), |text| text.lines().collect()) };
    let mut out = format!("# {WRITTEN}\n").into_bytes();
    for library in lines("obj/mtllib") {
        writeln!(out, "mtllib {library}")?;
    }
    for point in mesh.points() {
        let [x, y, z] = point.to_lps().coords();
        writeln!(out, "v {x} {y} {z}")?;
    }
    let texture = mesh.point_data().iter().find(|a| a.role == Role::TextureCoordinates && a.components >= 2);
    let normals =
        mesh.point_data().iter().find(|a| a.role == Role::Normals && a.components == 3).map(flipped);
    for (keyword, attribute) in [("vt", texture), ("vn", normals.as_ref())] {
        if let Some(a) = attribute {
            let mut rows = Vec::new();
            write_numbers(&mut rows, &a.values, a.components);
            for row in rows.split(|&b| b == b'\n').filter(|row| !row.is_empty()) {
                out.extend(keyword.as_bytes());
                out.push(b' ');
                out.extend(row);
                out.push(b'\n');
            }
        }
    }
    let groups = Switches::new(mesh, "GroupIds", lines("obj/groups"));
    let materials = Switches::new(mesh, "MaterialIds", lines("obj/materials"));
    for (number, (kind, points)) in mesh.cells().iter().enumerate() {
        if let Some(group) = groups.at(number) {
            writeln!(out, "g {group}")?;
        }
        if let Some(material) = materials.at(number) {
            writeln!(out, "usemtl {material}")?;
        }
        match kind {
            CellKind::Strip => {
                for (n, t) in points.windows(3).enumerate() {
                    let t = if n % 2 == 0 { [t[0], t[1], t[2]] } else { [t[1], t[0], t[2]] };
                    write_cell(&mut out, "f", &t, texture.is_some(), normals.is_some())?;
                }
            }
            CellKind::Polyline => write_cell(&mut out, "l", points, texture.is_some(), false)?,
            CellKind::Vertices => write_cell(&mut out, "p", points, false, false)?,
            _ => write_cell(&mut out, "f", points, texture.is_some(), normals.is_some())?,
        }
    }
    Ok(sink.create(name)?.write_all(&out)?)
}

fn write_cell(
    out: &mut Vec<u8>,
    keyword: &str,
    points: &[u32],
    texture: bool,
    normal: bool,
) -> std::io::Result<()> {
    if points.is_empty() {
        return Ok(());
    }
    out.extend(keyword.as_bytes());
    for n in points.iter().map(|&p| u64::from(p) + 1) {
        match (texture, normal) {
            (true, true) => write!(out, " {n}/{n}/{n}")?,
            (true, false) => write!(out, " {n}/{n}")?,
            (false, true) => write!(out, " {n}//{n}")?,
            (false, false) => write!(out, " {n}")?,
        }
    }
    out.push(b'\n');
    Ok(())
}

/// A cell array of indices into names, written as a line wherever it changes.
struct Switches<'a> {
    values: Option<&'a Array>,
    names: Vec<&'a str>,
}

impl<'a> Switches<'a> {
    fn new(mesh: &'a Mesh, array: &str, names: Vec<&'a str>) -> Self {
        let values =
            mesh.cell_data().iter().find(|a| a.name == array && a.components == 1).map(|a| &a.values);
        Self { values: values.filter(|_| !names.is_empty()), names }
    }

    /// The name to write before cell `number`, if it is another than before.
    fn at(&self, number: usize) -> Option<&'a str> {
        let name = |number| {
            let value = self.values?.get(number)?;
            (value >= 0.0).then(|| self.names.get(value as usize).copied()).flatten()
        };
        let now = name(number)?;
        (number == 0 || name(number - 1) != Some(now)).then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn load(text: &str) -> (MeshData, Vec<Warning>) {
        let source = MemorySource::new("a.obj", text.as_bytes().to_vec());
        let loaded = read(&source, &ReadOptions::default()).unwrap();
        match loaded.data {
            Data::Mesh(data) => (data, loaded.warnings),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_form_of_index() {
        let text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvn 0 0 1\n\
            f 1 2 3\nf 1/1 2/2 3/1\nf 1//1 2//1 3//1\nf -3/-2/-1 -2/-1/-1 -1/-2/-1\nl 1 2 \\\n 3\np 1\n";
        let (data, _) = load(text);
        let kinds: Vec<CellKind> = data.mesh.cells().kinds().to_vec();
        assert_eq!(kinds[3..], [CellKind::Polygon, CellKind::Polyline, CellKind::Vertices]);
        assert_eq!(data.mesh.cells().get(4).unwrap().1.len(), 3);
        for (_, points) in data.mesh.cells().iter() {
            let x: Vec<f64> = points.iter().map(|&p| data.mesh.points()[p as usize].x()).collect();
            assert!(x[0] == 0.0 && x.get(1).is_none_or(|&x| x == -1.0));
        }
    }

    #[test]
    fn units_groups_and_materials() {
        let text = "# Vertex coordinates are measured in UNITS, where 1 unit = 1000.000000 mm\n# SPACE=RAS\n\
            mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\ng a b\nusemtl red\nf 1 2 3\no c\nf 3 2 1\n";
        let (data, warnings) = load(text);
        assert_eq!(data.mesh.points()[1].coords(), [1000.0, 0.0, 0.0]);
        assert!(warnings.is_empty());
        assert_eq!(data.metadata.get("obj/groups"), Some("a b\nc"));
        assert_eq!(data.mesh.cell_data()[0].values, Array::from(vec![0.0_f32, 1.0]));
        assert_eq!(data.mesh.cell_data()[1].values, Array::from(vec![0_i32, 0]));
    }

    #[test]
    fn an_index_beyond_the_points_names_its_line() {
        let source = MemorySource::new("a.obj", b"v 0 0 0\nf 1 2 3\n".to_vec());
        let error = read(&source, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("f on line 2"), "{error}");
    }
}
