//! Ways over a mesh along its edges.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use microtome_geometry::{Point, Ras};

use crate::cells::CellKind;
use crate::mesh::Mesh;

/// The points of a mesh that edges of its triangles and lines join, and these edges. Points in the very same place are one.
#[derive(Clone, Debug)]
pub struct EdgeGraph {
    points: Vec<Point<Ras>>,
    /// The first point of the mesh in each place.
    sources: Vec<u32>,
    /// Where the neighbours of each point begin, and after the last point their end.
    starts: Vec<u32>,
    neighbours: Vec<u32>,
}

impl EdgeGraph {
    /// The graph of a mesh. Polygons count as the fans of triangles that they are cut into.
    pub fn new(mesh: &Mesh) -> Self {
        let mut graph =
            Self { points: Vec::new(), sources: Vec::new(), starts: vec![0], neighbours: Vec::new() };
        let mut places: HashMap<[u64; 3], u32> = HashMap::new();
        let mut edges: Vec<(u32, u32)> = Vec::new();
        let mut join = |graph: &mut Self, a: u32, b: u32| {
            let (Some(a), Some(b)) = (graph.vertex(&mut places, mesh, a), graph.vertex(&mut places, mesh, b))
            else {
                return;
            };
            if a != b {
                edges.extend([(a, b), (b, a)]);
            }
        };
        for [a, b, c] in mesh.triangles() {
            join(&mut graph, a, b);
            join(&mut graph, b, c);
            join(&mut graph, c, a);
        }
        for (_, line) in mesh.cells().iter().filter(|(kind, _)| *kind == CellKind::Polyline) {
            line.windows(2).for_each(|pair| join(&mut graph, pair[0], pair[1]));
        }
        edges.sort_unstable();
        edges.dedup();
        graph.starts = vec![0; graph.points.len() + 1];
        for (from, _) in &edges {
            graph.starts[*from as usize + 1] += 1;
        }
        for n in 1..graph.starts.len() {
            graph.starts[n] += graph.starts[n - 1];
        }
        graph.neighbours = edges.into_iter().map(|(_, to)| to).collect();
        graph
    }

    /// The vertex of a point of the mesh; `None` for one that is nowhere.
    fn vertex(&mut self, places: &mut HashMap<[u64; 3], u32>, mesh: &Mesh, index: u32) -> Option<u32> {
        let point = mesh.points().get(index as usize).filter(|point| point.is_finite())?;
        // The zero makes −0 and 0 one place.
        let place = point.coords().map(|v| (v + 0.0).to_bits());
        Some(*places.entry(place).or_insert_with(|| {
            self.points.push(*point);
            self.sources.push(index);
            self.points.len() as u32 - 1
        }))
    }

    /// The vertex nearest to a place, the first of several; `None` if there are none.
    pub fn nearest(&self, place: Point<Ras>) -> Option<u32> {
        let far = |(_, point): &(usize, &Point<Ras>)| point.distance(place);
        let nearest = self.points.iter().enumerate().min_by(|a, b| far(a).total_cmp(&far(b)));
        nearest.map(|(n, _)| n as u32)
    }

    /// The points of the cheapest way from one vertex to another; `None` if there is none. `cost` is that of an edge, by
    /// its length and the mesh's point at its end that is nearer to `from`; an edge that costs NaN is not taken, and
    /// negative costs are none. Dijkstra's way, from `to` to `from`, which is how vtkDijkstraGraphGeodesicPath goes.
    pub fn path(&self, from: u32, to: u32, cost: &dyn Fn(f64, usize) -> f64) -> Option<Vec<Point<Ras>>> {
        if from.max(to) as usize >= self.points.len() {
            return None;
        }
        let mut spent = vec![f64::INFINITY; self.points.len()];
        let mut next = vec![u32::MAX; self.points.len()];
        let mut open = BinaryHeap::from([Reverse(Open { cost: 0.0, vertex: to })]);
        spent[to as usize] = 0.0;
        while let Some(Reverse(Open { cost: reached, vertex })) = open.pop() {
            if vertex == from {
                break;
            }
            let here = vertex as usize;
            if reached > spent[here] {
                continue;
            }
            for &neighbour in &self.neighbours[self.starts[here] as usize..self.starts[here + 1] as usize] {
                let there = neighbour as usize;
                let length = self.points[here].distance(self.points[there]);
                // Not a number is not less.
                let price = cost(length, self.sources[there] as usize);
                let total = reached + if price < 0.0 { 0.0 } else { price };
                if total < spent[there] {
                    (spent[there], next[there]) = (total, vertex);
                    open.push(Reverse(Open { cost: total, vertex: neighbour }));
                }
            }
        }
        let mut path = vec![self.points[from as usize]];
        let mut at = from;
        while at != to {
            at = *next.get(at as usize).filter(|next| **next != u32::MAX)?;
            path.push(self.points[at as usize]);
        }
        Some(path)
    }
}

/// A vertex that has been reached, ordered by what that costs.
#[derive(Clone, Copy, PartialEq)]
struct Open {
    cost: f64,
    vertex: u32,
}

impl Eq for Open {}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.cost.total_cmp(&other.cost).then(self.vertex.cmp(&other.vertex))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cells;

    /// A sheet of `n` × `n` points, 1 mm apart, each of its triangles with points of its own.
    fn sheet(n: usize) -> Mesh {
        let mut points = Vec::new();
        for (i, j) in (0..n - 1).flat_map(|j| (0..n - 1).map(move |i| (i, j))) {
            for (x, y) in [(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)] {
                points.push(Point::new((i + x) as f64, (j + y) as f64, 0.0));
            }
        }
        let triangles: Vec<[u32; 3]> =
            (0..points.len() as u32 / 3).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]).collect();
        Mesh::new(points, Cells::from_triangles(&triangles)).unwrap()
    }

    fn at(graph: &EdgeGraph, x: f64, y: f64) -> u32 {
        graph.nearest(Point::new(x, y, 0.3)).unwrap()
    }

    #[test]
    fn the_shortest_way_goes_along_edges() {
        let graph = EdgeGraph::new(&sheet(5));
        assert_eq!(graph.points.len(), 25);
        let length = |from: u32, to: u32| {
            let path = graph.path(from, to, &|length, _| length).unwrap();
            path.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f64>()
        };
        // The diagonals of the squares all go one way.
        assert_eq!(length(at(&graph, 0.1, 0.0), at(&graph, 4.0, 0.2)), 4.0);
        assert!((length(at(&graph, 0.0, 0.0), at(&graph, 4.0, 4.0)) - 4.0 * 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(length(at(&graph, 4.0, 0.0), at(&graph, 0.0, 4.0)), 8.0);
        assert_eq!(graph.path(3, 3, &|length, _| length).unwrap().len(), 1);
        assert_eq!(graph.path(3, 25, &|length, _| length), None);
        assert_eq!(graph.path(0, 24, &|_, _| f64::NAN), None);
        assert!(graph.path(0, 24, &|_, _| -1.0).is_some());
    }

    #[test]
    fn costs_lead_round_what_is_dear() {
        let mesh = sheet(5);
        let graph = EdgeGraph::new(&mesh);
        let wall = |_: f64, point: usize| {
            let p = mesh.points()[point];
            if p.x() == 2.0 && p.y() < 3.5 { 1000.0 } else { 1.0 }
        };
        let path = graph.path(at(&graph, 0.0, 0.0), at(&graph, 4.0, 0.0), &wall).unwrap();
        assert!(path.iter().any(|p| p.x() == 2.0 && p.y() == 4.0));
        assert_eq!((path[0].x(), path.last().unwrap().x()), (0.0, 4.0));
        // Two sheets with nothing between them.
        let far: Vec<Point<Ras>> =
            mesh.points().iter().map(|p| Point::new(p.x() + 9.0, p.y(), 0.0)).collect();
        let both: Vec<Point<Ras>> = mesh.points().iter().copied().chain(far).collect();
        let triangles: Vec<[u32; 3]> =
            (0..both.len() as u32 / 3).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]).collect();
        let graph = EdgeGraph::new(&Mesh::new(both, Cells::from_triangles(&triangles)).unwrap());
        assert_eq!(graph.path(at(&graph, 0.0, 0.0), at(&graph, 12.0, 0.0), &|length, _| length), None);
        assert_eq!(EdgeGraph::new(&Mesh::default()).nearest(Point::zero()), None);
    }
}
