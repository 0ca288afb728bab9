//! From a data set to a legacy file of version 4.2, which every reader since knows.

use microtome_image::{Array, ScalarType, with_values};
use microtome_mesh::{Attribute, Role};

use super::scanner::encoded;
use super::{NAME, TITLE};
use crate::data::{ImageData, MeshData};
use crate::error::Error;
use crate::gzip::Compression;
use crate::mesh::space::{Space, WRITTEN};
use crate::sink::{Sink, WriteOptions};
use crate::text::write_numbers;
use crate::vtk::cells::CellList;
use crate::vtk::dataset::{DataSet, Field, Shape, Values};
use crate::vtk::names::legacy_name;

/// How many numbers a line of text holds.
const PER_LINE: usize = 9;

pub(super) fn mesh(
    data: &MeshData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let set = crate::vtk::mesh::from_mesh(NAME, data, crate::vtk::mesh::needs_grid(&data.mesh), Space::Lps)?;
    let out = file(&set, WRITTEN, options.compression != Compression::None)?;
    Ok(sink.create(name)?.write_all(&out)?)
}

pub(super) fn image(
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
    let mut set = crate::vtk::image::from_image(NAME, data, false)?;
    // ITK's reader of structured points knows no field data.
    set.fields.clear();
    let title = data.metadata.get(TITLE).and_then(|t| t.lines().next()).unwrap_or("vtk output");
    let title: String = title.chars().take(255).collect();
    let out = file(&set, &title, options.compression != Compression::None)?;
    Ok(sink.create(name)?.write_all(&out)?)
}

/// Collects the bytes of a file.
struct Out {
    bytes: Vec<u8>,
    binary: bool,
}

impl Out {
    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn numbers(&mut self, values: &Array) {
        if self.binary {
            with_values!(values, values => {
                self.bytes.reserve(size_of_val(&values[..]));
                values.iter().for_each(|v| self.bytes.extend_from_slice(&v.to_be_bytes()));
            });
            self.bytes.push(b'\n');
        } else {
            write_numbers(&mut self.bytes, values, PER_LINE);
        }
    }

    fn cells(&mut self, keyword: &str, list: &CellList) -> Result<(), Error> {
        let size = list.len() + list.points.len();
        self.text(&format!("{keyword} {} {size}\n", list.len()));
        let int = |n: usize| {
            i32::try_from(n)
                .map_err(|_| Error::CannotHold { format: NAME, what: "more than 2³¹ points".to_owned() })
        };
        let mut values: Vec<i32> = Vec::with_capacity(size);
        for cell in list.iter() {
            values.push(int(cell.len())?);
            for &point in cell {
                values.push(int(point as usize)?);
            }
            if !self.binary {
                write_numbers(&mut self.bytes, &Array::from(std::mem::take(&mut values)), cell.len() + 1);
            }
        }
        if self.binary {
            self.numbers(&Array::from(values));
        }
        Ok(())
    }

    fn fields(&mut self, fields: &[Field]) {
        if fields.is_empty() {
            return;
        }
        self.text(&format!("FIELD FieldData {}\n", fields.len()));
        for field in fields {
            let type_name = match &field.values {
                Values::Numbers(values) => legacy_name(values.scalar_type()),
                Values::Text(_) => "string",
            };
            let tuples = field.values.len() / field.components.max(1);
            self.text(&format!("{} {} {tuples} {type_name}\n", encoded(&field.name), field.components));
            match &field.values {
                Values::Numbers(values) => self.numbers(values),
                Values::Text(texts) => self.texts(texts),
            }
        }
    }

    fn texts(&mut self, texts: &[String]) {
        for text in texts {
            if !self.binary {
                self.text(&encoded(text));
                self.bytes.push(b'\n');
                continue;
            }
            // The two highest bits of the length say how many bytes it has.
            let length = text.len() as u64;
            let length = length.to_be_bytes();
            match text.len() {
                0..0x40 => self.bytes.push(length[7] | 0xc0),
                0x40..0x4000 => self.bytes.extend([length[6] | 0x80, length[7]]),
                0x4000..0x4000_0000 => self.bytes.extend([length[4] | 0x40, length[5], length[6], length[7]]),
                _ => self.bytes.extend(length),
            }
            self.text(text);
        }
        if self.binary {
            self.bytes.push(b'\n');
        }
    }

    fn attributes(&mut self, keyword: &str, tuples: usize, attributes: &[Attribute]) {
        if attributes.is_empty() {
            return;
        }
        self.text(&format!("{keyword} {tuples}\n"));
        let mut fields = Vec::new();
        for attribute in attributes {
            let name = encoded(&attribute.name);
            let scalar_type = attribute.values.scalar_type();
            let type_name = legacy_name(scalar_type);
            let components = attribute.components;
            match (attribute.role, components) {
                // Text files hold colours as rounded fractions: there the plain keyword loses nothing.
                (Role::Scalars, 3 | 4) if scalar_type == ScalarType::UInt8 && self.binary => {
                    self.text(&format!("COLOR_SCALARS {name} {components}\n"));
                }
                (Role::Scalars, 1..=4) => {
                    self.text(&format!("SCALARS {name} {type_name} {components}\nLOOKUP_TABLE default\n"));
                }
                (Role::Vectors, 3) => self.text(&format!("VECTORS {name} {type_name}\n")),
                (Role::Normals, 3) => self.text(&format!("NORMALS {name} {type_name}\n")),
                (Role::Tensors, 9) => self.text(&format!("TENSORS {name} {type_name}\n")),
                (Role::TextureCoordinates, 1..=3) => {
                    self.text(&format!("TEXTURE_COORDINATES {name} {components} {type_name}\n"));
                }
                _ => {
                    let values = Values::Numbers(attribute.values.clone());
                    fields.push(Field { name: attribute.name.clone(), components, values });
                    continue;
                }
            }
            self.numbers(&attribute.values);
        }
        self.fields(&fields);
    }
}

fn file(set: &DataSet, title: &str, binary: bool) -> Result<Vec<u8>, Error> {
    let mut out = Out { bytes: Vec::new(), binary };
    let kind = if binary { "BINARY" } else { "ASCII" };
    let data_set = match set.shape {
        Shape::PolyData(_) => "POLYDATA",
        Shape::Grid(..) => "UNSTRUCTURED_GRID",
        Shape::Image(_) => "STRUCTURED_POINTS",
    };
    out.text(&format!("# vtk DataFile Version 4.2\n{title}\n{kind}\nDATASET {data_set}\n"));
    out.fields(&set.fields);
    let (points, cells) = match &set.shape {
        Shape::Image(lattice) => {
            let [[x, y, z], [sx, sy, sz], [ox, oy, oz]] =
                [lattice.dims.map(|d| d as f64), lattice.spacing, lattice.origin];
            out.text(&format!("DIMENSIONS {x} {y} {z}\nSPACING {sx} {sy} {sz}\nORIGIN {ox} {oy} {oz}\n"));
            (lattice.dims.iter().product(), 0)
        }
        Shape::PolyData(lists) => {
            let points = write_points(&mut out, &set.points);
            let keywords = ["VERTICES", "LINES", "POLYGONS", "TRIANGLE_STRIPS"];
            for (keyword, list) in keywords.into_iter().zip(lists).filter(|(_, list)| list.len() > 0) {
                out.cells(keyword, list)?;
            }
            (points, lists.iter().map(CellList::len).sum())
        }
        Shape::Grid(list, numbers) => {
            let points = write_points(&mut out, &set.points);
            out.cells("CELLS", list)?;
            out.text(&format!("CELL_TYPES {}\n", numbers.len()));
            let numbers: Vec<i32> = numbers.iter().map(|&n| i32::from(n)).collect();
            out.numbers(&Array::from(numbers));
            (points, list.len())
        }
    };
    out.attributes("CELL_DATA", cells, &set.cell_data);
    out.attributes("POINT_DATA", points, &set.point_data);
    Ok(out.bytes)
}

fn write_points(out: &mut Out, points: &Array) -> usize {
    let count = points.len() / 3;
    out.text(&format!("POINTS {count} {}\n", legacy_name(points.scalar_type())));
    out.numbers(points);
    count
}
