//! Curves over surfaces.

use microtome_geometry::{Point, Ras};
use microtome_mesh::{EdgeGraph, Mesh};

use super::drawn::{SEARCH_RADIUS, onto};
use super::weighting::weights;
use super::{CurveType, Markups};
use crate::names;

names! {
    /// What a way along an edge of a surface costs, by its length and the weight of the end that is nearer to the way's
    /// beginning.
    pub enum SurfaceCost {
        /// The length.
        #[default]
        Distance = "distance",
        /// The length and the weight.
        Additive = "additive",
        /// The length times the weight.
        Multiplicative = "multiplicative",
        /// The length over the weight's square; the length alone where the weight is zero.
        InverseSquared = "inverseSquared",
    }
}

impl SurfaceCost {
    fn of(self, length: f64, weight: f64) -> f64 {
        match self {
            Self::Distance => length,
            Self::Additive => length + weight,
            Self::Multiplicative => length * weight,
            Self::InverseSquared if weight == 0.0 => length,
            Self::InverseSquared => length / (weight * weight),
        }
    }
}

/// The most distances that are computed for a curve and a surface.
const MOST_DISTANCES: usize = 2_000_000_000;

impl Markups {
    /// Whether so many points can all be compared with those of a surface.
    fn is_feasible(&self, points: usize, surface: &Mesh) -> bool {
        points.checked_mul(surface.points().len()).is_some_and(|count| count <= MOST_DISTANCES)
    }

    /// The points of the curve in the world, where it belongs to a surface in the curve's coordinates: over it, or drawn
    /// onto it.
    pub(super) fn curve_on(
        &self,
        surface: &Mesh,
        to_world: &dyn Fn(Point<Ras>) -> Point<Ras>,
    ) -> Option<Vec<Point<Ras>>> {
        let world = |points: Vec<Point<Ras>>| points.into_iter().map(to_world).collect::<Vec<_>>();
        if !self.kind.is_curve() {
            return self.curve().map(world);
        }
        if self.curve_type == Some(CurveType::ShortestSurfaceDistance) {
            return self.curve_over(surface).map(world);
        }
        let curve = world(self.curve()?);
        if !self.is_feasible(curve.len().saturating_add(self.points.len()), surface) {
            return None;
        }
        let (points, controls) = (world(surface.points().to_vec()), world(self.positions().collect()));
        let radius = self.surface_search_radius.unwrap_or(SEARCH_RADIUS);
        onto(&points, &surface.triangles(), &controls, &curve, radius)
    }

    /// The shortest way over a surface, whose points are in the coordinates of the curve: it joins the points of the mesh
    /// that are nearest to the control points, along its edges. `None` where there is no such way or too much would have to
    /// be tried, where the cost or the formula of its weights is not known, and for curves of other types.
    pub fn curve_over(&self, surface: &Mesh) -> Option<Vec<Point<Ras>>> {
        if !self.kind.is_curve() || self.curve_type != Some(CurveType::ShortestSurfaceDistance) {
            return None;
        }
        if !self.is_feasible(self.points.len(), surface) {
            return None;
        }
        let cost =
            SurfaceCost::from_name(self.surface_cost.as_deref().unwrap_or(SurfaceCost::default().name()))?;
        let weights = match cost {
            SurfaceCost::Distance => Vec::new(),
            _ => weights(self.surface_weighting.as_deref().unwrap_or("activeScalar"), surface)?,
        };
        let weight = |point: usize| weights.get(point).copied().unwrap_or_default();
        let graph = EdgeGraph::new(surface);
        let stops = self.positions().map(|point| graph.nearest(point)).collect::<Option<Vec<u32>>>()?;
        let [first, .., _] = stops[..] else { return Some(Vec::new()) };
        let mut ends = stops;
        if self.is_closed() {
            ends.push(first);
        }
        let mut curve: Vec<Point<Ras>> = Vec::new();
        for pair in ends.windows(2) {
            let path = graph.path(pair[0], pair[1], &|length, point| cost.of(length, weight(point)))?;
            // Where one part ends the next begins.
            curve.extend(path.into_iter().skip(usize::from(!curve.is_empty())));
        }
        Some(curve)
    }
}

#[cfg(test)]
mod tests {
    use microtome_image::Array;
    use microtome_mesh::{Attribute, Cells, Role};

    use super::*;
    use crate::{ControlPoint, MarkupsKind};

    /// Seven by seven points, a millimetre apart, with squares between them.
    fn sheet() -> Mesh {
        let points = (0..49).map(|n| Point::new(f64::from(n % 7), f64::from(n / 7), 0.0)).collect();
        let squares = (0..42).filter(|n| n % 7 < 6);
        let triangles: Vec<[u32; 3]> = squares.flat_map(|n| [[n, n + 1, n + 8], [n, n + 8, n + 7]]).collect();
        // Dear in the middle of the lower edge.
        let weight = |n: u32| if n % 7 == 3 && n / 7 < 5 { 100.0 } else { 1.0 };
        let mesh = Mesh::new(points, Cells::from_triangles(&triangles)).unwrap();
        mesh.with_point_data(Attribute {
            name: "weight".into(),
            components: 1,
            role: Role::Scalars,
            values: Array::from((0..49).map(weight).collect::<Vec<f32>>()),
        })
        .unwrap()
    }

    fn curve(kind: MarkupsKind, points: &[[f64; 2]]) -> Markups {
        let point =
            |[x, y]: &[f64; 2]| ControlPoint { position: Point::new(*x, *y, 0.4), ..ControlPoint::default() };
        Markups {
            points: points.iter().map(point).collect(),
            curve_type: Some(CurveType::ShortestSurfaceDistance),
            ..Markups::of_kind(kind)
        }
    }

    fn places(markups: &Markups) -> Option<Vec<[f64; 2]>> {
        Some(markups.curve_over(&sheet())?.iter().map(|p| [p.x(), p.y()]).collect())
    }

    #[test]
    fn the_shortest_way_from_point_to_point() {
        let open = curve(MarkupsKind::Curve, &[[0.1, 0.2], [3.0, 0.0], [2.9, 1.9]]);
        let expected = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [3.0, 1.0], [3.0, 2.0]];
        assert_eq!(places(&open), Some(expected.to_vec()));
        let closed = curve(MarkupsKind::ClosedCurve, &[[0.0, 0.0], [3.0, 0.0], [3.0, 3.0]]);
        let around = places(&closed).unwrap();
        assert_eq!((around[0], around[9], around.len()), ([0.0, 0.0], [0.0, 0.0], 10));
        assert_eq!(places(&curve(MarkupsKind::Curve, &[[0.0, 0.0]])), Some(Vec::new()));
        assert_eq!(closed.curve_over(&Mesh::default()), None);
        let mut spline = closed;
        spline.curve_type = Some(CurveType::Spline);
        assert_eq!(places(&spline), None);
    }

    /// `vtkDijkstraGraphGeodesicPath` of VTK 9.7.2, without scalar weights and with, which it takes as inverse squares. (It
    /// keeps points in single precision.)
    #[test]
    fn ways_over_hills_are_vtks() {
        const N: u32 = 15;
        let place = |n: u32| (f64::from(n % N), f64::from(n / N));
        let height = |(x, y): (f64, f64)| Point::new(x, y, 3.0 * (0.7 * x).sin() * (0.5 * y).cos());
        let points: Vec<Point<Ras>> = (0..N * N).map(|n| height(place(n))).collect();
        let squares = (0..N * (N - 1)).filter(|n| n % N < N - 1);
        let triangles: Vec<[u32; 3]> =
            squares.flat_map(|n| [[n, n + 1, n + N + 1], [n, n + N + 1, n + N]]).collect();
        let mesh = Mesh::new(points.clone(), Cells::from_triangles(&triangles)).unwrap();
        let mesh = mesh
            .with_point_data(Attribute {
                name: "w".into(),
                components: 1,
                role: Role::Scalars,
                values: Array::from(
                    (0..N * N).map(|n| (1 + (n % N) * (n / N) % 5) as f32).collect::<Vec<_>>(),
                ),
            })
            .unwrap();
        for (cost, ends, count, length) in [
            ("distance", [0, 224], 20, 25.531909148136783),
            ("distance", [14, 210], 29, 28.277577460336193),
            ("distance", [3, 200], 14, 15.202745955262868),
            ("inverseSquared", [0, 224], 21, 26.84589159279922),
            ("inverseSquared", [14, 210], 30, 34.84790649236871),
            ("inverseSquared", [3, 200], 15, 18.393639210490967),
        ] {
            let mut markups = curve(MarkupsKind::Curve, &[]);
            markups.points =
                ends.map(|n| ControlPoint { position: points[n], ..ControlPoint::default() }).to_vec();
            markups.surface_cost = Some(cost.into());
            let way = markups.curve_over(&mesh).unwrap();
            assert_eq!((way.len(), way[0]), (count, points[ends[0]]), "{cost} {ends:?}");
            let found = microtome_geometry::curve::length(&way);
            assert!((found - length).abs() < 1e-6, "{cost} {ends:?}: {found}");
        }
    }

    #[test]
    fn weights_lead_round_what_is_dear() {
        let mut open = curve(MarkupsKind::Curve, &[[0.0, 0.0], [6.0, 0.0]]);
        let crossing =
            |markups: &Markups| places(markups).unwrap().into_iter().find(|p| p[0] == 3.0).map(|p| p[1]);
        assert_eq!(crossing(&open), Some(0.0));
        for (cost, formula) in
            [("additive", "activeScalar"), ("multiplicative", "weight"), ("inverseSquared", "1 / weight")]
        {
            (open.surface_cost, open.surface_weighting) = (Some(cost.into()), Some(formula.into()));
            assert!(crossing(&open) >= Some(5.0), "{cost}");
        }
        open.surface_weighting = Some("thickness".into());
        assert_eq!(places(&open), None);
        open.surface_cost = Some("scenic".into());
        assert_eq!(places(&open), None);
    }
}
