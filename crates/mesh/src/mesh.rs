//! The mesh itself.

use std::sync::Arc;

use microtome_geometry::{Affine, Bounds, Point, Ras, Vector};
use microtome_image::Array;

use crate::attribute::{Attribute, Role};
use crate::cells::{CellKind, Cells};

/// Why a mesh could not be made of the given parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// A cell names a point that does not exist.
    #[error("cell {cell} names point {point}, but there are {points} points")]
    PointIndex {
        /// Number of the cell.
        cell: usize,
        /// The point that it names.
        point: u32,
        /// How many points there are.
        points: usize,
    },
    /// An attribute has another number of values than points or cells need.
    #[error("array \"{name}\" has {found} values where {expected} are needed")]
    AttributeLength {
        /// The attribute's name.
        name: String,
        /// Values needed.
        expected: usize,
        /// Values given.
        found: usize,
    },
}

/// A mesh: points in RAS millimetres, cells, and data on both. Cloning is cheap; a mesh is never changed in place.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    points: Arc<Vec<Point<Ras>>>,
    cells: Arc<Cells>,
    point_data: Vec<Attribute>,
    cell_data: Vec<Attribute>,
}

impl Mesh {
    /// A mesh without attributes.
    ///
    /// # Errors
    /// [`MeshError::PointIndex`] if a cell names a point that does not exist.
    pub fn new(points: Vec<Point<Ras>>, cells: Cells) -> Result<Self, MeshError> {
        Self::from_shared(Arc::new(points), Arc::new(cells))
    }

    /// A mesh without attributes, of points and cells that other meshes may have as well.
    ///
    /// # Errors
    /// [`MeshError::PointIndex`] if a cell names a point that does not exist.
    pub fn from_shared(points: Arc<Vec<Point<Ras>>>, cells: Arc<Cells>) -> Result<Self, MeshError> {
        let count = points.len();
        if cells.point_indices().iter().any(|&p| p as usize >= count) {
            for (cell, (_, indices)) in cells.iter().enumerate() {
                if let Some(&point) = indices.iter().find(|&&p| p as usize >= count) {
                    return Err(MeshError::PointIndex { cell, point, points: count });
                }
            }
        }
        Ok(Self { points, cells, point_data: Vec::new(), cell_data: Vec::new() })
    }

    /// The mesh with one more array on its points; one of the same name is replaced.
    ///
    /// # Errors
    /// [`MeshError::AttributeLength`] if it does not fit the points.
    pub fn with_point_data(mut self, attribute: Attribute) -> Result<Self, MeshError> {
        put(&mut self.point_data, attribute, self.points.len())?;
        Ok(self)
    }

    /// The mesh with one more array on its cells; one of the same name is replaced.
    ///
    /// # Errors
    /// [`MeshError::AttributeLength`] if it does not fit the cells.
    pub fn with_cell_data(mut self, attribute: Attribute) -> Result<Self, MeshError> {
        put(&mut self.cell_data, attribute, self.cells.len())?;
        Ok(self)
    }

    /// Positions of the points.
    pub fn points(&self) -> &[Point<Ras>] {
        &self.points
    }

    /// The cells.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Points and cells, to keep.
    pub const fn shared(&self) -> (&Arc<Vec<Point<Ras>>>, &Arc<Cells>) {
        (&self.points, &self.cells)
    }

    /// Arrays on the points.
    pub fn point_data(&self) -> &[Attribute] {
        &self.point_data
    }

    /// Arrays on the cells.
    pub fn cell_data(&self) -> &[Attribute] {
        &self.cell_data
    }

    /// The normals on the points, if there are any: three values a point.
    pub fn normals(&self) -> Option<&Array> {
        self.point_data.iter().find(|a| a.role == Role::Normals && a.components == 3).map(|a| &a.values)
    }

    /// The box around all points; `None` for a mesh without points.
    pub fn bounds(&self) -> Option<Bounds<Ras>> {
        Bounds::around(self.points.iter().copied())
    }

    /// Every surface cell cut into triangles: polygons as fans, strips with their winding kept. Lines, vertices and
    /// solid cells give none.
    pub fn triangles(&self) -> Vec<[u32; 3]> {
        let mut triangles = Vec::with_capacity(self.cells.len());
        for (kind, points) in self.cells.iter() {
            match kind {
                CellKind::Polygon => {
                    triangles.extend(points.windows(2).skip(1).map(|edge| [points[0], edge[0], edge[1]]));
                }
                CellKind::Strip => triangles.extend(
                    points
                        .windows(3)
                        .enumerate()
                        .map(|(n, t)| if n % 2 == 0 { [t[0], t[1], t[2]] } else { [t[1], t[0], t[2]] }),
                ),
                _ => {}
            }
        }
        triangles
    }

    /// The cell that each of [`triangles`](Self::triangles) comes from.
    pub fn triangle_cells(&self) -> Vec<u32> {
        let mut sources = Vec::with_capacity(self.cells.len());
        for (cell, (kind, points)) in self.cells.iter().enumerate() {
            if matches!(kind, CellKind::Polygon | CellKind::Strip) {
                sources.extend(std::iter::repeat_n(cell as u32, points.len().saturating_sub(2)));
            }
        }
        sources
    }

    /// The mesh with every point moved, normals and vectors turned along. Windings are kept, so a map that mirrors
    /// turns the surface inside out.
    pub fn transformed(&self, map: &Affine<Ras, Ras>) -> Self {
        let normals = map.inverse();
        let turn = |role: Role, v: Vector<Ras>| match (role, &normals) {
            (Role::Normals, Some(inverse)) => {
                let turned =
                    Vector::new(inverse.column(0).dot(v), inverse.column(1).dot(v), inverse.column(2).dot(v));
                turned.normalized().unwrap_or(v)
            }
            _ => map.apply_vector(v),
        };
        let attribute = |a: &Attribute| {
            if !matches!(a.role, Role::Normals | Role::Vectors) || a.components != 3 {
                return a.clone();
            }
            let mut values: Vec<f64> =
                (0..a.values.len()).map(|n| a.values.get(n).unwrap_or_default()).collect();
            for v in values.as_chunks_mut::<3>().0 {
                *v = turn(a.role, Vector::from_array(*v)).coords();
            }
            Attribute { values: Array::from(values).cast(a.values.scalar_type()), ..a.clone() }
        };
        Self {
            points: Arc::new(self.points.iter().map(|&p| map.apply(p)).collect()),
            cells: Arc::clone(&self.cells),
            point_data: self.point_data.iter().map(attribute).collect(),
            cell_data: self.cell_data.iter().map(attribute).collect(),
        }
    }

    /// Address that identifies the shared points and cells: equal for clones.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.points) as usize
    }
}

impl PartialEq for Mesh {
    fn eq(&self, other: &Self) -> bool {
        // What is shared need not be compared.
        (Arc::ptr_eq(&self.points, &other.points) || self.points == other.points)
            && (Arc::ptr_eq(&self.cells, &other.cells) || self.cells == other.cells)
            && self.point_data == other.point_data
            && self.cell_data == other.cell_data
    }
}

fn put(list: &mut Vec<Attribute>, attribute: Attribute, count: usize) -> Result<(), MeshError> {
    let (expected, found) = (count.saturating_mul(attribute.components), attribute.values.len());
    if expected != found || attribute.components == 0 {
        return Err(MeshError::AttributeLength { name: attribute.name, expected, found });
    }
    list.retain(|a| a.name != attribute.name);
    list.push(attribute);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_without_its_point_is_refused() {
        let cells = Cells::from_triangles(&[[0, 1, 2]]);
        let error = Mesh::new(vec![Point::zero(); 2], cells).unwrap_err();
        assert_eq!(error, MeshError::PointIndex { cell: 0, point: 2, points: 2 });
    }

    #[test]
    fn polygons_and_strips_become_triangles() {
        let mut cells = Cells::new();
        cells.push(CellKind::Polygon, [0, 1, 2, 3]);
        cells.push(CellKind::Polyline, [0, 1]);
        cells.push(CellKind::Strip, [0, 1, 2, 3]);
        let mesh = Mesh::new(vec![Point::zero(); 4], cells).unwrap();
        assert_eq!(mesh.triangles(), [[0, 1, 2], [0, 2, 3], [0, 1, 2], [2, 1, 3]]);
        assert_eq!(mesh.triangle_cells(), [0, 0, 2, 2]);
    }
}
