//! Cells: what a mesh's points are joined to.

/// The shape of a cell. Numbers in the comments are VTK's cell types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CellKind {
    /// One or more separate points (1, 2).
    Vertices,
    /// A line through its points (3, 4).
    Polyline,
    /// A planar polygon, counter-clockwise seen from outside; triangles and quads included (5, 7, 9).
    Polygon,
    /// A strip of triangles (6).
    Strip,
    /// Four points (10).
    Tetrahedron,
    /// An axis-aligned box of eight points in i-fastest order (11).
    Voxel,
    /// Eight points (12).
    Hexahedron,
    /// Six points (13).
    Wedge,
    /// Five points (14).
    Pyramid,
    /// Ten points (15).
    PentagonalPrism,
    /// Twelve points (16).
    HexagonalPrism,
}

impl CellKind {
    /// How many points every cell of this kind has; `None` where the number varies.
    pub const fn point_count(self) -> Option<usize> {
        match self {
            Self::Vertices | Self::Polyline | Self::Polygon | Self::Strip => None,
            Self::Tetrahedron => Some(4),
            Self::Pyramid => Some(5),
            Self::Wedge => Some(6),
            Self::Voxel | Self::Hexahedron => Some(8),
            Self::PentagonalPrism => Some(10),
            Self::HexagonalPrism => Some(12),
        }
    }

    /// Whether cells of this kind enclose a volume.
    pub const fn is_solid(self) -> bool {
        self.point_count().is_some()
    }
}

/// A list of cells: kinds, and the indices of their points one cell after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    kinds: Vec<CellKind>,
    ends: Vec<u32>,
    points: Vec<u32>,
}

impl Cells {
    /// No cells.
    pub fn new() -> Self {
        Self::default()
    }

    /// No cells yet, with room for `cells` cells of `points` points together.
    pub fn with_capacity(cells: usize, points: usize) -> Self {
        Self {
            kinds: Vec::with_capacity(cells),
            ends: Vec::with_capacity(cells),
            points: Vec::with_capacity(points),
        }
    }

    /// Triangles by their corners.
    pub fn from_triangles(triangles: &[[u32; 3]]) -> Self {
        Self {
            kinds: vec![CellKind::Polygon; triangles.len()],
            ends: (1..=triangles.len() as u32).map(|n| n * 3).collect(),
            points: triangles.as_flattened().to_vec(),
        }
    }

    /// Cells by their parts: kinds, the position in `points` behind each cell's last point, and the point indices of
    /// all cells. `None` unless `ends` has one entry a cell, never falls, and leads to the end of `points`.
    pub fn from_parts(kinds: Vec<CellKind>, ends: Vec<u32>, points: Vec<u32>) -> Option<Self> {
        let fits = kinds.len() == ends.len()
            && ends.is_sorted()
            && ends.last().map_or(0, |&end| end as usize) == points.len();
        fits.then_some(Self { kinds, ends, points })
    }

    /// Adds a cell.
    pub fn push(&mut self, kind: CellKind, points: impl IntoIterator<Item = u32>) {
        self.points.extend(points);
        self.kinds.push(kind);
        self.ends.push(self.points.len() as u32);
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Kind and points of cell `index`.
    pub fn get(&self, index: usize) -> Option<(CellKind, &[u32])> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? as usize };
        Some((*self.kinds.get(index)?, &self.points[start..self.ends[index] as usize]))
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = (CellKind, &[u32])> {
        let mut start = 0;
        self.kinds.iter().zip(&self.ends).map(move |(&kind, &end)| {
            let points = &self.points[start..end as usize];
            start = end as usize;
            (kind, points)
        })
    }

    /// The kind of every cell.
    pub fn kinds(&self) -> &[CellKind] {
        &self.kinds
    }

    /// The position in [`point_indices`](Self::point_indices) behind each cell's last point.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The point indices of all cells, one cell after the other.
    pub fn point_indices(&self) -> &[u32] {
        &self.points
    }
}
