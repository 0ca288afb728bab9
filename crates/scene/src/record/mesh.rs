//! Records of meshes.

use std::borrow::Cow;
use std::sync::Arc;

use microtome_geometry::{Point, Ras};
use microtome_mesh::{Attribute, CellKind, Cells, Mesh, MeshError, Role};

use super::bulk::{ends_early, numbers, shareable};
use super::{Malformed, Reader, Record, Writer, record_choice, record_struct};

record_choice!(Role { Field, Scalars, Normals, TextureCoordinates, Vectors, Tensors });
record_struct!(Attribute { name, components, role, values });

const KINDS: [CellKind; 11] = [
    CellKind::Vertices,
    CellKind::Polyline,
    CellKind::Polygon,
    CellKind::Strip,
    CellKind::Tetrahedron,
    CellKind::Voxel,
    CellKind::Hexahedron,
    CellKind::Wedge,
    CellKind::Pyramid,
    CellKind::PentagonalPrism,
    CellKind::HexagonalPrism,
];

/// The number of a kind, which its place in `KINDS` is.
const fn kind_number(kind: CellKind) -> u8 {
    match kind {
        CellKind::Vertices => 0,
        CellKind::Polyline => 1,
        CellKind::Polygon => 2,
        CellKind::Strip => 3,
        CellKind::Tetrahedron => 4,
        CellKind::Voxel => 5,
        CellKind::Hexahedron => 6,
        CellKind::Wedge => 7,
        CellKind::Pyramid => 8,
        CellKind::PentagonalPrism => 9,
        CellKind::HexagonalPrism => 10,
    }
}

/// Bytes of the two counts before the cells.
const COUNTS: usize = 16;

shareable! {
    Arc<Vec<Point<Ras>>>: |points| points.as_ptr() as usize, size_of_val(points.as_slice()),
        Cow::Owned(points.iter().flat_map(|p| p.coords()).flat_map(f64::to_ne_bytes).collect());
    Arc<Cells>: |cells| Arc::as_ptr(cells) as usize,
        COUNTS + cells.len() * 5 + cells.point_indices().len() * 4,
        Cow::Owned(cell_bytes(cells));
}

fn cell_bytes(cells: &Cells) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(COUNTS + cells.len() * 5 + cells.point_indices().len() * 4);
    bytes.extend((cells.len() as u64).to_ne_bytes());
    bytes.extend((cells.point_indices().len() as u64).to_ne_bytes());
    bytes.extend(cells.kinds().iter().map(|kind| kind_number(*kind)));
    bytes.extend_from_slice(bytemuck::cast_slice(cells.ends()));
    bytes.extend_from_slice(bytemuck::cast_slice(cells.point_indices()));
    bytes
}

fn cells_from(bytes: &[u8]) -> Result<Cells, Malformed> {
    let (counts, rest) = bytes.split_first_chunk::<COUNTS>().ok_or_else(ends_early)?;
    let count = |at: usize| u64::from_ne_bytes(std::array::from_fn(|n| counts[at + n]));
    let (cells, points) = (count(0), count(8));
    // Neither can be more than there are bytes, which also keeps the sums below from overflowing.
    let most = rest.len() as u64;
    if cells > most || points > most || cells * 5 + points * 4 != most {
        return Err(ends_early());
    }
    let (kinds, rest) = rest.split_at(cells as usize);
    let (ends, points) = rest.split_at(cells as usize * 4);
    let kind = |number: &u8| KINDS.get(usize::from(*number)).copied();
    let kinds: Option<Vec<CellKind>> = kinds.iter().map(kind).collect();
    kinds
        .and_then(|kinds| {
            Some(Cells::from_parts(kinds, numbers(ends).ok()?, numbers(points).ok()?)).flatten()
        })
        .ok_or_else(|| Malformed::new("cells do not fit together"))
}

impl From<MeshError> for Malformed {
    fn from(error: MeshError) -> Self {
        Self::new(error.to_string())
    }
}

impl Record for Mesh {
    fn put(&self, out: &mut Writer<'_>) {
        let (points, cells) = self.shared();
        out.bulk(points);
        out.bulk(cells);
        for list in [self.point_data(), self.cell_data()] {
            out.varint(list.len() as u64);
            list.iter().for_each(|attribute| attribute.put(out));
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let points = input.bulk(|bytes| {
            let points = numbers::<[f64; 3]>(&bytes)?;
            Ok(Arc::new(points.into_iter().map(Point::<Ras>::from_array).collect::<Vec<_>>()))
        })?;
        let cells = input.bulk(|bytes| Ok(Arc::new(cells_from(&bytes)?)))?;
        let mut mesh = Self::from_shared(points, cells)?;
        for attribute in Vec::<Attribute>::take(input)? {
            mesh = mesh.with_point_data(attribute)?;
        }
        for attribute in Vec::<Attribute>::take(input)? {
            mesh = mesh.with_cell_data(attribute)?;
        }
        Ok(mesh)
    }
}
