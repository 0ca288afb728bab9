//! From columns to a mesh.

use microtome_geometry::Point;
use microtome_geometry::Ras;
use microtome_image::{Array, ScalarType};
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};

use super::NAME;
use super::columns::{self, Column};
use super::header::Header;
use crate::data::{Data, Loaded, MeshData, Metadata, Warning};
use crate::error::Error;
use crate::mesh::space::Space;
use crate::source::{ReadOptions, Source};

pub(super) fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let header = Header::parse(&bytes)?;
    let mut warnings = Vec::new();
    let mut metadata = Metadata::default();
    let tag = header.comments.iter().find_map(|c| Space::tagged(c));
    let space = Space::decide(tag, &mut metadata, &mut warnings);
    let comments: Vec<&str> =
        header.comments.iter().map(String::as_str).filter(|c| *c != "SPACE=LPS").collect();
    if !comments.is_empty() {
        metadata.set("ply/comment", comments.join("\n"));
    }

    let (mut vertices, mut faces, mut strips) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = header.end;
    for element in &header.elements {
        let (columns, end) = columns::read(element, header.encoding, &bytes, at)?;
        at = end;
        match element.name.as_str() {
            "vertex" => vertices = columns,
            "face" => faces = columns,
            "tristrips" => strips = columns,
            name => warnings.push(Warning::new(format!("the elements \"{name}\" are not kept"))),
        }
    }

    let points = positions(&mut vertices, space)?;
    let (mut kinds, mut ends, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for (columns, kind) in [(&mut faces, CellKind::Polygon), (&mut strips, CellKind::Strip)] {
        let found = columns.iter().position(|c: &Column| c.ends.is_some() && is_index_list(&c.name));
        let Some(list) = found.map(|n| columns.remove(n)) else { continue };
        let mut start = 0;
        for end in list.ends.unwrap_or_default() {
            // Strips are one after the other with −1 between them.
            for run in list.values[start..end].split(|&v| kind == CellKind::Strip && v == -1.0) {
                for &value in run {
                    let whole = value >= 0.0 && value < f64::from(u32::MAX) && value.fract() == 0.0;
                    let bad =
                        || Error::field(NAME, &list.name, &value.to_string(), "it is no index of a vertex");
                    indices.push(if whole { value as u32 } else { return Err(bad()) });
                }
                if kind == CellKind::Polygon || !run.is_empty() {
                    let too_many =
                        |_| Error::Unsupported { format: NAME, what: "more than 2³² − 1 indices".into() };
                    kinds.push(kind);
                    ends.push(u32::try_from(indices.len()).map_err(too_many)?);
                }
            }
            start = end;
        }
    }
    let mut mesh = Mesh::new(points, Cells::from_parts(kinds, ends, indices).unwrap_or_default())?;
    for attribute in attributes(vertices, &mut warnings) {
        mesh = mesh.with_point_data(space.attribute(attribute))?;
    }
    for attribute in attributes(faces, &mut warnings) {
        if attribute.values.len() == mesh.cells().len().saturating_mul(attribute.components) {
            mesh = mesh.with_cell_data(space.attribute(attribute))?;
        } else {
            warnings.push(Warning::new(format!("the face property \"{}\" is not kept", attribute.name)));
        }
    }
    Ok(Loaded::new(Data::Mesh(MeshData { mesh, metadata }), warnings))
}

fn is_index_list(name: &str) -> bool {
    matches!(name, "vertex_indices" | "vertex_index")
}

/// Takes the columns x, y and z out.
fn positions(columns: &mut Vec<Column>, space: Space) -> Result<Vec<Point<Ras>>, Error> {
    let missing = || Error::Missing { format: NAME, field: "vertex properties x, y and z".to_owned() };
    let [x, y, z] =
        take(columns, &["x", "y", "z"]).and_then(|c| <[Column; 3]>::try_from(c).ok()).ok_or_else(missing)?;
    let rows = x.values.iter().zip(&y.values).zip(&z.values);
    Ok(rows.map(|((&x, &y), &z)| space.point([x, y, z])).collect())
}

/// Takes the number columns of these names out, if all are there.
fn take(columns: &mut Vec<Column>, names: &[&str]) -> Option<Vec<Column>> {
    let find = |name: &&str| columns.iter().position(|c| c.name == *name && c.ends.is_none());
    let mut places: Vec<usize> = names.iter().map(find).collect::<Option<_>>()?;
    let mut taken = Vec::with_capacity(places.len());
    while let Some(place) = places.pop() {
        taken.push(columns.remove(place));
        places.iter_mut().filter(|p| **p > place).for_each(|p| *p -= 1);
    }
    taken.reverse();
    Some(taken)
}

/// Columns that belong together: their names, what they are called as one array, and its role.
const TOGETHER: [(&[&str], &str, Role); 9] = [
    (&["nx", "ny", "nz"], "Normals", Role::Normals),
    (&["red", "green", "blue", "alpha"], "RGBA", Role::Scalars),
    (&["red", "green", "blue"], "RGB", Role::Scalars),
    (&["diffuse_red", "diffuse_green", "diffuse_blue", "alpha"], "RGBA", Role::Scalars),
    (&["diffuse_red", "diffuse_green", "diffuse_blue"], "RGB", Role::Scalars),
    (&["s", "t"], "TCoords", Role::TextureCoordinates),
    (&["u", "v"], "TCoords", Role::TextureCoordinates),
    (&["texture_u", "texture_v"], "TCoords", Role::TextureCoordinates),
    (&["texture_s", "texture_t"], "TCoords", Role::TextureCoordinates),
];

/// All columns as attributes.
fn attributes(mut columns: Vec<Column>, warnings: &mut Vec<Warning>) -> Vec<Attribute> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for (names, name, role) in TOGETHER {
        if attributes.iter().any(|a| a.role == role) {
            continue;
        }
        if let Some(parts) = take(&mut columns, names) {
            attributes.push(Attribute {
                name: name.to_owned(),
                components: parts.len(),
                role,
                values: interleaved(&parts),
            });
        }
    }
    for column in columns {
        let Some(components) = column.components() else {
            if !column.values.is_empty() {
                let message =
                    format!("the lists \"{}\" are of different lengths and are not kept", column.name);
                warnings.push(Warning::new(message));
            }
            continue;
        };
        let values = column.array();
        attributes.push(Attribute { name: column.name, components, role: Role::Field, values });
    }
    attributes
}

/// The columns' values, an element's together, in the widest of their types.
fn interleaved(columns: &[Column]) -> Array {
    let scalar_type = columns.iter().map(|c| c.scalar_type).max().unwrap_or(ScalarType::Float64);
    let count = columns.iter().map(|c| c.values.len()).min().unwrap_or(0);
    let mut values = Vec::with_capacity(count.saturating_mul(columns.len()));
    for n in 0..count {
        values.extend(columns.iter().map(|c| c.values[n]));
    }
    Array::from(values).cast(scalar_type)
}
