//! Between data sets and meshes.

use microtome_image::{Array, with_values};
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, Role};

use super::cells::{CellList, POLY_KINDS, kind_of, number_of};
use super::dataset::{DataSet, Shape, Values};
use super::fields;
use crate::data::{MeshData, Metadata, Warning};
use crate::error::Error;
use crate::mesh::space::{self, Space, coordinates_in, file_points, flipped};

/// The mesh that poly data or an unstructured grid is. `tag` is the space that the title states, if it states one.
pub(super) fn into_mesh(
    format: &'static str,
    set: DataSet,
    tag: Option<Space>,
    mut metadata: Metadata,
    warnings: &mut Vec<Warning>,
) -> Result<MeshData, Error> {
    let tag = tag.or_else(|| {
        let field = set.fields.iter().find(|f| f.name == space::KEY)?;
        if let Values::Text(texts) = &field.values { Space::named(texts.first()?) } else { None }
    });
    let space = Space::decide(tag, &mut metadata, warnings);
    fields::into_metadata(set.fields, &mut metadata);

    let grid = matches!(set.shape, Shape::Grid(..));
    let cells = match set.shape {
        Shape::PolyData(lists) => joined(format, lists)?,
        Shape::Grid(list, numbers) => {
            let mut cells = Cells::with_capacity(list.len(), list.points.len());
            for (points, &number) in list.iter().zip(&numbers) {
                let (kind, points) = kind_of(format, number, points)?;
                cells.push(kind, points);
            }
            cells
        }
        Shape::Image(_) => return Err(Error::Unsupported { format, what: "an image as a mesh".to_owned() }),
    };
    let mut mesh = Mesh::new(file_points(&set.points, space), cells)?;
    for attribute in set.point_data {
        mesh = mesh.with_point_data(space.attribute(vectors_of_a_grid(attribute, grid)))?;
    }
    for attribute in set.cell_data {
        mesh = mesh.with_cell_data(space.attribute(vectors_of_a_grid(attribute, grid)))?;
    }
    Ok(MeshData { mesh, metadata })
}

/// All float arrays of three components in an unstructured grid are vectors in space; in poly data only the active ones.
fn vectors_of_a_grid(attribute: Attribute, grid: bool) -> Attribute {
    let vectors = grid
        && attribute.role == Role::Field
        && attribute.components == 3
        && !attribute.values.scalar_type().is_integer();
    if vectors { Attribute { role: Role::Vectors, ..attribute } } else { attribute }
}

/// The four lists as one.
fn joined(format: &'static str, lists: [CellList; 4]) -> Result<Cells, Error> {
    let mut all = CellList::default();
    let mut kinds = Vec::new();
    for (list, kind) in lists.iter().zip(POLY_KINDS) {
        kinds.extend(std::iter::repeat_n(kind, list.len()));
        if all.ends.is_empty() {
            all = list.clone();
        } else {
            all.append(format, list, 0)?;
        }
    }
    Ok(Cells::from_parts(kinds, all.ends, all.points).unwrap_or_default())
}

/// Whether a mesh needs an unstructured grid.
pub(super) fn needs_grid(mesh: &Mesh) -> bool {
    mesh.cells().kinds().iter().any(|kind| kind.is_solid())
}

/// The data set that holds a mesh, in `space`: an unstructured grid if `grid`, else poly data, in which the cells stand in
/// VTK's order.
///
/// # Errors
/// [`Error::CannotHold`] for solid cells in poly data.
pub(super) fn from_mesh(
    format: &'static str,
    data: &MeshData,
    grid: bool,
    space: Space,
) -> Result<DataSet, Error> {
    let mesh = &data.mesh;
    let cells = mesh.cells();
    // A grid keeps the order; poly data wants the kinds one after the other.
    let rank = |kind: CellKind| POLY_KINDS.iter().position(|&k| k == kind);
    let (shape, order) = if grid {
        let mut list = CellList::default();
        cells.iter().for_each(|(_, points)| list.push(points.iter().copied()));
        (Shape::Grid(list, cells.iter().map(|(kind, points)| number_of(kind, points.len())).collect()), None)
    } else {
        let mut lists: [CellList; 4] = Default::default();
        for (kind, points) in cells.iter() {
            let cannot = || Error::CannotHold { format, what: format!("{kind:?} cells") };
            lists[rank(kind).ok_or_else(cannot)?].push(points.iter().copied());
        }
        let ordered = cells.kinds().iter().map(|&kind| rank(kind)).is_sorted();
        let order = (!ordered).then(|| {
            let mut order: Vec<usize> = (0..cells.len()).collect();
            order.sort_by_key(|&cell| rank(cells.kinds()[cell]));
            order
        });
        (Shape::PolyData(lists), order)
    };
    let attributes = |attributes: &[Attribute]| {
        let mut out: Vec<Attribute> = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let active = attribute.role != Role::Field && !out.iter().any(|a| a.role == attribute.role);
            let spatial =
                attribute.components == 3 && matches!(attribute.role, Role::Normals | Role::Vectors);
            // A reader turns the active ones, and in a grid all vectors.
            let active_or_vectors = active || grid && attribute.role == Role::Vectors;
            let turned = space == Space::Lps && spatial && active_or_vectors;
            let mut written = if turned { flipped(attribute) } else { attribute.clone() };
            if !active {
                written.role = Role::Field;
            }
            out.push(written);
        }
        out
    };
    let mut cell_data = attributes(mesh.cell_data());
    if let Some(order) = order {
        for attribute in &mut cell_data {
            attribute.values = reordered(&attribute.values, attribute.components, &order);
        }
    }
    Ok(DataSet {
        shape,
        points: coordinates_in(space, mesh),
        point_data: attributes(mesh.point_data()),
        cell_data,
        fields: fields::from_metadata(&data.metadata),
    })
}

/// The values of the cells in `order`, one after the other.
pub(super) fn reordered(values: &Array, components: usize, order: &[usize]) -> Array {
    with_values!(values, values => {
        let row = |&cell: &usize| values[cell * components..][..components].iter().copied();
        Array::from(order.iter().flat_map(row).collect::<Vec<_>>())
    })
}
