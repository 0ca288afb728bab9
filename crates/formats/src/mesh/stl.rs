//! STL: triangles, binary or text, one or several solids.
//!
//! Coincident corners become one point and triangles that thereby lose a corner are left out, as VTK's reader does.
//! Facet normals and the two attribute bytes of binary facets are not kept.

use std::io::Write;

use microtome_geometry::Point;
use microtome_mesh::{Cells, Mesh};

use super::merge::PointMerger;
use super::space::{Space, WRITTEN};
use crate::data::{Data, Loaded, MeshData, Metadata, Warning};
use crate::error::Error;
use crate::gzip::Compression;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};
use crate::text::{Words, number};

const NAME: &str = "STL";
/// Bytes of a binary file before its facets: a free header and the number of facets.
const HEADER: usize = 84;
/// Bytes of a binary facet: normal, three corners, two attribute bytes.
const FACET: usize = 50;

/// The entry in the table of formats.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".stl"], sniff, read, writers: &[Writer::Mesh(write)] };

fn sniff(name: &str, head: &[u8]) -> Match {
    if is_text(head) {
        Match::Content
    } else if FORMAT.extension_of(name).is_some() {
        Match::Name
    } else {
        Match::No
    }
}

/// Whether the beginning looks like the text form: `solid`, and `facet` or `endsolid` before any binary zero.
fn is_text(head: &[u8]) -> bool {
    let starts = head.trim_ascii_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"solid"));
    let text = head.split(|&b| b == 0).next().unwrap_or_default();
    starts && text.windows(5).any(|word| word.eq_ignore_ascii_case(b"facet"))
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let count = bytes.get(80..HEADER).and_then(|b| b.first_chunk()).map(|b| u32::from_le_bytes(*b));
    // Binary files whose header begins with "solid" are common, so the size decides first.
    let exact =
        count.is_some_and(|n| n as usize as u128 * FACET as u128 + HEADER as u128 == bytes.len() as u128);
    if !exact && (is_text(&bytes[..bytes.len().min(4096)]) || is_empty_solid(&bytes)) {
        return read_text(&bytes);
    }
    match count {
        Some(count) => read_binary(&bytes, count as usize),
        None => Err(Error::NotThisFormat {
            format: NAME,
            why: "it is shorter than a header and no text".to_owned(),
        }),
    }
}

/// Whether this is a short text without facets.
fn is_empty_solid(bytes: &[u8]) -> bool {
    bytes.len() < 4096
        && bytes.is_ascii()
        && bytes.trim_ascii_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"solid"))
}

/// Collects triangles of corners that are merged where they coincide.
struct Triangles {
    merger: PointMerger,
    corners: Vec<[u32; 3]>,
}

impl Triangles {
    fn with_capacity(count: usize) -> Self {
        Self { merger: PointMerger::new(), corners: Vec::with_capacity(count) }
    }

    fn push(&mut self, triangle: [[f32; 3]; 3]) -> Result<(), Error> {
        let mut corners = [0; 3];
        for (corner, point) in corners.iter_mut().zip(triangle) {
            let too_many =
                || Error::Unsupported { format: NAME, what: "more than 2³² − 1 points".to_owned() };
            *corner = self.merger.insert(point).ok_or_else(too_many)?;
        }
        let [a, b, c] = corners;
        if a != b && b != c && c != a {
            self.corners.push(corners);
        }
        Ok(())
    }

    fn finish(self, header: &str, key: &str, mut warnings: Vec<Warning>) -> Result<Loaded, Error> {
        let mut metadata = Metadata::default();
        let space = Space::decide(Space::tagged(header), &mut metadata, &mut warnings);
        if !header.is_empty() {
            metadata.set(key, header);
        }
        let points = self.merger.into_points();
        let points = points.into_iter().map(|p| space.point(p.map(f64::from))).collect();
        let mesh = Mesh::new(points, Cells::from_triangles(&self.corners))?;
        Ok(Loaded::new(Data::Mesh(MeshData { mesh, metadata }), warnings))
    }
}

fn read_binary(bytes: &[u8], count: usize) -> Result<Loaded, Error> {
    let body = &bytes[HEADER..];
    let facets = body.chunks_exact(FACET);
    let mut warnings = Vec::new();
    if facets.len() < count {
        let (expected, found) = (count as u64 * FACET as u64, body.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "the list of facets", expected, found });
    }
    if body.len() > count * FACET {
        let extra = body.len() - count * FACET;
        warnings.push(Warning::new(format!("{extra} bytes after the {count} facets are not read")));
    }
    let mut triangles = Triangles::with_capacity(count);
    for facet in facets.take(count) {
        let float = |at: usize| f32::from_le_bytes([facet[at], facet[at + 1], facet[at + 2], facet[at + 3]]);
        let corner = |at: usize| [float(at), float(at + 4), float(at + 8)];
        triangles.push([corner(12), corner(24), corner(36)])?;
    }
    let header: String = String::from_utf8_lossy(&bytes[..80]).chars().filter(|c| !c.is_control()).collect();
    triangles.finish(header.trim(), "stl/header", warnings)
}

fn read_text(bytes: &[u8]) -> Result<Loaded, Error> {
    let mut names: Vec<String> = Vec::new();
    let mut triangles = Triangles::with_capacity(0);
    let mut corners: Vec<[f32; 3]> = Vec::with_capacity(3);
    let mut words = Words::new(bytes, 0);
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case(b"vertex") {
            let mut corner = [0.0; 3];
            for value in &mut corner {
                let word = words.next().unwrap_or_default();
                *value = number(word).ok_or_else(|| {
                    Error::field(NAME, "vertex", &String::from_utf8_lossy(word), "three numbers are needed")
                })?;
            }
            corners.push(corner);
        } else if word.eq_ignore_ascii_case(b"endloop") {
            // More than three corners are against the standard; a fan is what was meant.
            for edge in corners.windows(2).skip(1) {
                triangles.push([corners[0], edge[0], edge[1]])?;
            }
            corners.clear();
        } else if word.eq_ignore_ascii_case(b"solid") || word.eq_ignore_ascii_case(b"endsolid") {
            let line = bytes[words.at()..].split(|&b| b == b'\n' || b == b'\r').next().unwrap_or_default();
            if word.len() == 5 {
                names.push(String::from_utf8_lossy(line).trim().to_owned());
            }
            words = Words::new(bytes, words.at() + line.len());
        }
    }
    names.retain(|name| !name.is_empty());
    triangles.finish(&names.join("\n"), "stl/solid", Vec::new())
}

fn write(data: &MeshData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let mesh = &data.mesh;
    super::surface_only(mesh, NAME)?;
    let triangles = mesh.triangles();
    let corner = |index: u32| mesh.points().get(index as usize).copied().unwrap_or(Point::zero()).to_lps();
    let facets = triangles.iter().map(|t| {
        let [a, b, c] = t.map(corner);
        let normal = (b - a).cross(c - a).normalized().unwrap_or_default();
        [normal.coords(), a.coords(), b.coords(), c.coords()].map(|v| v.map(|x| x as f32))
    });
    let count = u32::try_from(triangles.len())
        .map_err(|_| Error::CannotHold { format: NAME, what: format!("{} triangles", triangles.len()) })?;
    let mut out = Vec::new();
    if options.compression == Compression::None {
        out.extend(format!("solid {WRITTEN}\n").as_bytes());
        for [n, a, b, c] in facets {
            writeln!(out, " facet normal {} {} {}\n  outer loop", n[0], n[1], n[2])?;
            for v in [a, b, c] {
                writeln!(out, "   vertex {} {} {}", v[0], v[1], v[2])?;
            }
            out.extend(b"  endloop\n endfacet\n");
        }
        out.extend(b"endsolid\n");
    } else {
        out.reserve_exact(HEADER + triangles.len() * FACET);
        out.extend(WRITTEN.as_bytes());
        out.resize(80, b' ');
        out.extend(count.to_le_bytes());
        for facet in facets {
            out.extend(facet.as_flattened().iter().flat_map(|v| v.to_le_bytes()));
            out.extend([0, 0]);
        }
    }
    Ok(sink.create(name)?.write_all(&out)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn mesh(bytes: impl Into<Vec<u8>>) -> Mesh {
        let source = MemorySource::new("a.stl", bytes.into());
        match read(&source, &ReadOptions::default()).unwrap().data {
            Data::Mesh(data) => data.mesh,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_binary_file_may_begin_with_solid() {
        let mut bytes = b"solid facet".to_vec();
        bytes.resize(80, 0);
        bytes.extend(1_u32.to_le_bytes());
        for v in [0.0_f32, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0] {
            bytes.extend(v.to_le_bytes());
        }
        bytes.extend([0, 0]);
        let mesh = mesh(bytes);
        assert_eq!((mesh.points().len(), mesh.cells().len()), (3, 1));
        assert_eq!(mesh.points()[1].coords(), [-1.0, 0.0, 0.0]);
    }

    #[test]
    fn solids_are_joined_and_flat_facets_dropped() {
        let facet = |a: &str, b: &str, c: &str| {
            format!("facet normal 0 0 1\nouter loop\nvertex {a}\nvertex {b}\nvertex {c}\nendloop\nendfacet\n")
        };
        let text = format!(
            "solid facet of a vertex\r\n{}endsolid a\nsolid b\n{}{}endsolid b\n",
            facet("0 0 0", "1 0 0", "0 1 0"),
            facet("1 0 0", "1 1 0", "0 1 0"),
            facet("1 0 0", "5 5 5", "1 0 0")
        );
        let mesh = mesh(text);
        assert_eq!((mesh.points().len(), mesh.cells().len()), (5, 2));
    }
}
