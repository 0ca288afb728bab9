//! From a mesh to bytes.

use std::io::Write;

use microtome_image::{Array, ScalarType, with_values};
use microtome_mesh::{Attribute, Role};

use super::NAME;
use super::header::type_name;
use crate::data::MeshData;
use crate::error::Error;
use crate::gzip::Compression;
use crate::mesh::space::{file_coordinates, flipped};
use crate::sink::{Sink, WriteOptions};

/// An array to write: its properties' names, or the one name of a list.
struct Out {
    names: Vec<String>,
    list: bool,
    components: usize,
    values: Array,
}

pub(super) fn write(
    data: &MeshData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let mesh = &data.mesh;
    crate::mesh::surface_only(mesh, NAME)?;
    let binary = options.compression != Compression::None;
    let (triangles, sources) = (mesh.triangles(), mesh.triangle_cells());
    let indices: Vec<i32> = triangles
        .as_flattened()
        .iter()
        .map(|&p| i32::try_from(p))
        .collect::<Result<_, _>>()
        .map_err(|_| Error::CannotHold { format: NAME, what: "more than 2³¹ points".to_owned() })?;

    let mut vertex = vec![plain(&["x", "y", "z"], file_coordinates(mesh))];
    vertex.extend(outs(mesh.point_data(), &["x", "y", "z"]));
    let indices = Out {
        names: vec!["vertex_indices".to_owned()],
        list: true,
        components: 3,
        values: Array::from(indices),
    };
    let mut face = vec![indices];
    face.extend(outs(mesh.cell_data(), &["vertex_indices"]).into_iter().map(|mut out| {
        out.values = repeated(&out.values, out.components, &sources);
        out
    }));

    let mut out = Vec::new();
    let encoding = if binary { "binary_little_endian" } else { "ascii" };
    write!(out, "ply\nformat {encoding} 1.0\ncomment SPACE=LPS\n")?;
    for comment in
        data.metadata.get("ply/comment").unwrap_or_default().lines().filter(|c| !c.contains("SPACE="))
    {
        writeln!(out, "comment {comment}")?;
    }
    let elements = [("vertex", mesh.points().len(), &vertex), ("face", triangles.len(), &face)];
    for (element, count, arrays) in elements {
        writeln!(out, "element {element} {count}")?;
        for array in arrays {
            let type_name = type_name(array.values.scalar_type());
            for property in &array.names {
                match array.list {
                    true if array.components <= 255 => {
                        writeln!(out, "property list uchar {type_name} {property}")?
                    }
                    true => writeln!(out, "property list uint {type_name} {property}")?,
                    false => writeln!(out, "property {type_name} {property}")?,
                }
            }
        }
    }
    out.extend(b"end_header\n");
    for (_, count, arrays) in elements {
        for row in 0..count {
            for (n, array) in arrays.iter().enumerate() {
                if binary {
                    binary_row(&mut out, array, row);
                } else {
                    out.extend(if n > 0 { " " } else { "" }.as_bytes());
                    text_row(&mut out, array, row)?;
                }
            }
            if !binary {
                out.push(b'\n');
            }
        }
    }
    Ok(sink.create(name)?.write_all(&out)?)
}

fn plain(names: &[&str], values: Array) -> Out {
    let names: Vec<String> = names.iter().map(|&n| n.to_owned()).collect();
    Out { components: names.len(), list: false, names, values }
}

/// The attributes as properties, none named as one of `taken` or as another.
fn outs(attributes: &[Attribute], taken: &[&str]) -> Vec<Out> {
    let mut used: Vec<String> = taken.iter().map(|&n| n.to_owned()).collect();
    let mut outs: Vec<Out> = Vec::new();
    let is_color =
        |a: &Attribute| a.values.scalar_type() == ScalarType::UInt8 && matches!(a.components, 3 | 4);
    let color = attributes.iter().position(is_color);
    for (number, attribute) in attributes.iter().enumerate() {
        let names: &[&str] = match (attribute.role, attribute.components) {
            (Role::Normals, 3) => &["nx", "ny", "nz"],
            (Role::TextureCoordinates, 2) => &["s", "t"],
            (_, 3) if color == Some(number) => &["red", "green", "blue"],
            (_, 4) if color == Some(number) => &["red", "green", "blue", "alpha"],
            _ => &[],
        };
        let turned = matches!(attribute.role, Role::Normals | Role::Vectors) && attribute.components == 3;
        // Only normals are turned again by whoever reads the file, vectors are arrays like any other there.
        let values =
            if turned && !names.is_empty() { flipped(attribute).values } else { attribute.values.clone() };
        let values = match values.scalar_type() {
            ScalarType::Int64 | ScalarType::UInt64 => values.cast(ScalarType::Float64),
            _ => values,
        };
        if !names.is_empty() && !used.iter().any(|u| u == names[0]) {
            used.extend(names.iter().map(|&n| n.to_owned()));
            outs.push(plain(names, values));
            continue;
        }
        let mut name: String = attribute
            .name
            .chars()
            .map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c })
            .collect();
        while name.is_empty() || used.contains(&name) {
            name.push('_');
        }
        used.push(name.clone());
        let (list, components) = (attribute.components > 1, attribute.components);
        outs.push(Out { names: vec![name], list, components, values });
    }
    outs
}

/// The values of the cells that `sources` names, one after the other.
fn repeated(values: &Array, components: usize, sources: &[u32]) -> Array {
    with_values!(values, values => {
        let row = |&cell: &u32| values[cell as usize * components..][..components].iter().copied();
        Array::from(sources.iter().flat_map(row).collect::<Vec<_>>())
    })
}

fn binary_row(out: &mut Vec<u8>, array: &Out, row: usize) {
    if array.list {
        match u8::try_from(array.components) {
            Ok(count) => out.push(count),
            Err(_) => out.extend((array.components as u32).to_le_bytes()),
        }
    }
    let range = row * array.components..(row + 1) * array.components;
    with_values!(&array.values, values => out.extend(values[range].iter().flat_map(|v| v.to_le_bytes())));
}

fn text_row(out: &mut Vec<u8>, array: &Out, row: usize) -> std::io::Result<()> {
    if array.list {
        write!(out, "{} ", array.components)?;
    }
    let range = row * array.components..(row + 1) * array.components;
    with_values!(&array.values, values => {
        for (n, value) in values[range].iter().enumerate() {
            write!(out, "{}{value}", if n > 0 { " " } else { "" })?;
        }
    });
    Ok(())
}
