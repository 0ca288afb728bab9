//! From a data set to an XML file: text arrays inline, or zlib-compressed arrays appended as they are.

use std::fmt::Write as _;

use microtome_deflate::{Level, zlib};
use microtome_image::{Array, with_values};
use microtome_mesh::{Attribute, Mesh, Role};
use rayon::prelude::*;

use super::NAME;
use crate::data::{ImageData, MeshData, Metadata};
use crate::error::Error;
use crate::gzip::Compression;
use crate::mesh::space::{self, Space};
use crate::sink::{Sink, WriteOptions};
use crate::text::write_numbers;
use crate::vtk::cells::CellList;
use crate::vtk::dataset::{DataSet, Field, Shape, Values};
use crate::vtk::names::xml_name;

/// Bytes that are compressed together: large enough to compress well, small enough to keep all cores busy.
const BLOCK: usize = 1 << 20;
/// How many numbers a line of text holds.
const PER_LINE: usize = 6;

pub(super) fn poly_data(
    data: &MeshData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    mesh(data, false, name, options, sink)
}

pub(super) fn unstructured_grid(
    data: &MeshData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    mesh(data, true, name, options, sink)
}

fn mesh(
    data: &MeshData,
    grid: bool,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let mut set = crate::vtk::mesh::from_mesh(NAME, data, grid, Space::Lps)?;
    let tag = Values::Text(vec!["LPS".to_owned()]);
    set.fields.insert(0, Field { name: space::KEY.to_owned(), components: 1, values: tag });
    Ok(sink.create(name)?.write_all(&File::new(options.compression).whole(&set))?)
}

/// Poly data in RAS with field data.
///
/// # Errors
/// [`Error::CannotHold`] for solid cells.
pub(crate) fn block(mesh: &Mesh, fields: Vec<Field>, compression: Compression) -> Result<Vec<u8>, Error> {
    let data = MeshData { mesh: mesh.clone(), metadata: Metadata::default() };
    let mut set = crate::vtk::mesh::from_mesh(NAME, &data, false, Space::Ras)?;
    set.fields = fields;
    Ok(File::new(compression).whole(&set))
}

pub(super) fn image_data(
    data: &ImageData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let cast;
    let data = match options.scalar_type {
        Some(scalar_type) => {
            cast = ImageData { image: data.image.cast(scalar_type), metadata: data.metadata.clone() };
            &cast
        }
        None => data,
    };
    let set = crate::vtk::image::from_image(NAME, data, true)?;
    Ok(sink.create(name)?.write_all(&File::new(options.compression).whole(&set))?)
}

/// A file in the making.
struct File {
    xml: String,
    appended: Vec<u8>,
    /// `None` for text.
    level: Option<Level>,
}

impl File {
    const fn new(compression: Compression) -> Self {
        let level = match compression {
            Compression::None => None,
            Compression::Fast => Some(Level::Fast),
            Compression::Best => Some(Level::Best),
        };
        Self { xml: String::new(), appended: Vec::new(), level }
    }

    fn line(&mut self, line: &str) {
        self.xml.push_str(line);
        self.xml.push('\n');
    }

    fn whole(mut self, set: &DataSet) -> Vec<u8> {
        let kind = match set.shape {
            Shape::PolyData(_) => "PolyData",
            Shape::Grid(..) => "UnstructuredGrid",
            Shape::Image(_) => "ImageData",
        };
        let compressor = if self.level.is_some() { " compressor=\"vtkZLibDataCompressor\"" } else { "" };
        self.line("<?xml version=\"1.0\"?>");
        self.line(&format!(
            "<VTKFile type=\"{kind}\" version=\"1.0\" byte_order=\"LittleEndian\" header_type=\"UInt64\"{compressor}>"
        ));
        let lattice = match &set.shape {
            Shape::Image(lattice) => {
                let [x, y, z] = lattice.dims.map(|d| d - 1);
                let extent = format!("0 {x} 0 {y} 0 {z}");
                let attributes = format!(
                    " WholeExtent=\"{extent}\" Origin=\"{}\" Spacing=\"{}\" Direction=\"{}\"",
                    joined(&lattice.origin),
                    joined(&lattice.spacing),
                    joined(lattice.direction.as_flattened())
                );
                Some((attributes, extent))
            }
            _ => None,
        };
        self.line(&format!("<{kind}{}>", lattice.as_ref().map_or("", |(attributes, _)| attributes)));
        self.fields(&set.fields);
        let points = set.points.len() / 3;
        match &set.shape {
            Shape::Image(_) => {
                self.line(&format!("<Piece Extent=\"{}\">", lattice.map_or(String::new(), |(_, extent)| extent)));
            }
            Shape::Grid(list, _) => {
                self.line(&format!("<Piece NumberOfPoints=\"{points}\" NumberOfCells=\"{}\">", list.len()));
            }
            Shape::PolyData([verts, lines, polys, strips]) => self.line(&format!(
                "<Piece NumberOfPoints=\"{points}\" NumberOfVerts=\"{}\" NumberOfLines=\"{}\" NumberOfStrips=\"{}\" \
                 NumberOfPolys=\"{}\">",
                verts.len(),
                lines.len(),
                strips.len(),
                polys.len()
            )),
        }
        self.attributes("PointData", &set.point_data);
        self.attributes("CellData", &set.cell_data);
        match &set.shape {
            Shape::Image(_) => {}
            Shape::Grid(list, numbers) => {
                self.points(&set.points);
                self.line("<Cells>");
                self.list(list);
                self.array("types", 1, &Array::from(numbers.clone()));
                self.line("</Cells>");
            }
            Shape::PolyData([verts, lines, polys, strips]) => {
                self.points(&set.points);
                for (tag, list) in [("Verts", verts), ("Lines", lines), ("Strips", strips), ("Polys", polys)]
                {
                    self.line(&format!("<{tag}>"));
                    self.list(list);
                    self.line(&format!("</{tag}>"));
                }
            }
        }
        self.line(&format!("</Piece>\n</{kind}>"));
        let Self { xml, appended, level } = self;
        let mut out = xml.into_bytes();
        if level.is_some() {
            out.extend_from_slice(b"<AppendedData encoding=\"raw\">\n_");
            out.extend_from_slice(&appended);
            out.extend_from_slice(b"\n</AppendedData>\n");
        }
        out.extend_from_slice(b"</VTKFile>\n");
        out
    }

    fn points(&mut self, points: &Array) {
        self.line("<Points>");
        self.array("Points", 3, points);
        self.line("</Points>");
    }

    fn list(&mut self, list: &CellList) {
        let wide = |values: &[u32]| Array::from(values.iter().map(|&v| i64::from(v)).collect::<Vec<_>>());
        self.array("connectivity", 1, &wide(&list.points));
        self.array("offsets", 1, &wide(&list.ends));
    }

    fn attributes(&mut self, section: &str, attributes: &[Attribute]) {
        let mut active = String::new();
        for attribute in attributes {
            let key = match attribute.role {
                Role::Field => continue,
                Role::Scalars => "Scalars",
                Role::Normals => "Normals",
                Role::TextureCoordinates => "TCoords",
                Role::Vectors => "Vectors",
                Role::Tensors => "Tensors",
            };
            // Writing to a string cannot fail.
            let _ = write!(active, " {key}=\"{}\"", escaped(&attribute.name));
        }
        self.line(&format!("<{section}{active}>"));
        for attribute in attributes {
            self.array(&attribute.name, attribute.components, &attribute.values);
        }
        self.line(&format!("</{section}>"));
    }

    fn fields(&mut self, fields: &[Field]) {
        if fields.is_empty() {
            return;
        }
        self.line("<FieldData>");
        for field in fields {
            let tuples = field.values.len() / field.components.max(1);
            let tuples = format!(" NumberOfTuples=\"{tuples}\"");
            match &field.values {
                Values::Numbers(values) => {
                    self.element("DataArray", &field.name, field.components, &tuples, values, None)
                }
                Values::Text(texts) => {
                    let codes: Vec<u8> =
                        texts.iter().flat_map(|t| t.bytes().filter(|&b| b != 0).chain([0])).collect();
                    let codes = Array::from(codes);
                    self.element("Array", &field.name, 1, &tuples, &codes, Some("String"));
                }
            }
        }
        self.line("</FieldData>");
    }

    fn array(&mut self, name: &str, components: usize, values: &Array) {
        self.element("DataArray", name, components, "", values, None);
    }

    /// An array element, with its values in it or appended.
    fn element(
        &mut self,
        tag: &str,
        name: &str,
        components: usize,
        more: &str,
        values: &Array,
        type_name: Option<&str>,
    ) {
        let type_name = type_name.unwrap_or(xml_name(values.scalar_type()));
        let name = escaped(name);
        let start =
            format!("<{tag} type=\"{type_name}\" Name=\"{name}\" NumberOfComponents=\"{components}\"{more}");
        match self.level {
            None => {
                self.line(&format!("{start} format=\"ascii\">"));
                let mut text = Vec::new();
                write_numbers(&mut text, values, PER_LINE);
                self.xml.push_str(&String::from_utf8_lossy(&text));
                self.line(&format!("</{tag}>"));
            }
            Some(level) => {
                self.line(&format!("{start} format=\"appended\" offset=\"{}\"/>", self.appended.len()));
                let bytes: Vec<u8> = with_values!(values, values => {
                    values.iter().flat_map(|v| v.to_le_bytes()).collect()
                });
                let blocks: Vec<Vec<u8>> =
                    bytes.par_chunks(BLOCK).map(|block| zlib::compress(&[block], level).into_vec()).collect();
                let last = bytes.len() % BLOCK;
                let sizes = blocks.iter().map(|b| b.len() as u64);
                let header = [blocks.len() as u64, BLOCK as u64, last as u64].into_iter().chain(sizes);
                self.appended.extend(header.flat_map(u64::to_le_bytes));
                blocks.iter().for_each(|block| self.appended.extend_from_slice(block));
            }
        }
    }
}

fn joined(values: &[f64]) -> String {
    values.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
}

/// A text as the value of an XML attribute; characters that XML forbids are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}
