use super::*;
use crate::cells::Cells;

/// Numbers from 0 to 1 that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn point(&mut self, size: f64) -> Point<Ras> {
        Point::from_array(std::array::from_fn(|_| (self.next() - 0.5) * size))
    }
}

fn soup(count: usize) -> (Vec<Point<Ras>>, Vec<[u32; 3]>) {
    let mut numbers = Numbers(1);
    let mut points = Vec::new();
    for _ in 0..count {
        let center = numbers.point(100.0);
        points.extend((0..3).map(|_| center + numbers.point(8.0).to_vector()));
    }
    (points, (0..count as u32).map(|n| [n * 3, n * 3 + 1, n * 3 + 2]).collect())
}

/// A sphere of radius 10 around the origin.
fn sphere(rows: u32, columns: u32) -> Mesh {
    let mut points = vec![];
    for r in 0..=rows {
        for c in 0..columns {
            let polar = f64::from(r) / f64::from(rows) * std::f64::consts::PI;
            let around = f64::from(c) / f64::from(columns) * std::f64::consts::TAU;
            // sin π is not quite 0, which would leave a hole at the pole.
            let ring = if r == rows { 0.0 } else { 10.0 * polar.sin() };
            points.push(Point::new(ring * around.cos(), ring * around.sin(), 10.0 * polar.cos()));
        }
    }
    let at = |r: u32, c: u32| r * columns + c % columns;
    let mut triangles = vec![];
    for r in 0..rows {
        for c in 0..columns {
            triangles.push([at(r, c), at(r + 1, c), at(r + 1, c + 1)]);
            triangles.push([at(r, c), at(r + 1, c + 1), at(r, c + 1)]);
        }
    }
    Mesh::new(points, Cells::from_triangles(&triangles)).unwrap()
}

#[test]
fn rays_find_what_a_search_of_all_triangles_finds() {
    let (points, triangles) = soup(3000);
    let index = TriangleIndex::from_triangles(&points, &triangles);
    let mut numbers = Numbers(2);
    let mut met = 0;
    for _ in 0..500 {
        let (origin, direction) = (numbers.point(150.0), numbers.point(2.0).to_vector());
        let shear = Shear::new(origin, direction).unwrap();
        let mut expected: Vec<RayHit> = Vec::new();
        for (n, t) in triangles.iter().enumerate() {
            if let Some((t, weights)) = shear.meets(&t.map(|p| points[p as usize]))
                && t >= 0.0
            {
                expected.push(RayHit { triangle: n as u32, t, weights });
            }
        }
        expected.sort_by(|a, b| a.t.total_cmp(&b.t));
        assert_eq!(index.all_hits(origin, direction, f64::INFINITY), expected);
        assert_eq!(index.first_hit(origin, direction, f64::INFINITY), expected.first().copied());
        met += usize::from(!expected.is_empty());
    }
    assert!(met > 50, "{met}");
}

#[test]
fn nearest_points_are_those_of_a_search_of_all_triangles() {
    let (points, triangles) = soup(2000);
    let index = TriangleIndex::from_triangles(&points, &triangles);
    let mut numbers = Numbers(3);
    for _ in 0..300 {
        let p = numbers.point(200.0);
        let distance = |t: &[u32; 3]| closest_point(&t.map(|p| points[p as usize]), p).0.distance(p);
        let expected = triangles.iter().map(distance).fold(f64::INFINITY, f64::min);
        let found = index.nearest(p, f64::INFINITY).unwrap();
        assert!((found.distance - expected).abs() < 1e-12, "{} is not {expected}", found.distance);
        let corners = triangles[found.triangle as usize].map(|p| points[p as usize].to_vector());
        let at =
            corners[0] * found.weights[0] + corners[1] * found.weights[1] + corners[2] * found.weights[2];
        assert!(at.to_point().distance(found.point) < 1e-9);
        assert_eq!(index.nearest(p, expected * 0.99), None);
    }
}

#[test]
fn the_closest_point_is_no_further_than_any_sample() {
    let mut numbers = Numbers(4);
    for _ in 0..200 {
        let corners = [numbers.point(10.0), numbers.point(10.0), numbers.point(10.0)];
        let p = numbers.point(30.0);
        let nearest = closest_point(&corners, p).0.distance(p);
        for i in 0..=20 {
            for j in 0..=20 - i {
                let (u, v) = (f64::from(i) / 20.0, f64::from(j) / 20.0);
                let sample = corners[0] + (corners[1] - corners[0]) * u + (corners[2] - corners[0]) * v;
                assert!(nearest <= sample.distance(p) + 1e-12);
            }
        }
    }
}

#[test]
fn no_ray_slips_into_a_closed_surface() {
    let mesh = sphere(40, 60);
    let index = TriangleIndex::new(&mesh);
    // Through points and edges: the directions are those of the points and of the middles between them.
    for (n, p) in mesh.points().iter().enumerate() {
        for q in [*p, p.lerp(mesh.points()[(n + 1) % mesh.points().len()], 0.5)] {
            let direction = q.to_vector();
            let Some(unit) = direction.normalized() else { continue };
            let hit = index.first_hit(Point::zero(), unit, f64::INFINITY);
            let hit = hit.unwrap_or_else(|| panic!("a ray along {unit:?} slips out"));
            assert!(hit.t > 9.0 && hit.t < 10.0 + 1e-9, "{}", hit.t);
            assert_eq!(index.first_hit(Point::zero(), unit, 9.0), None);
        }
    }
}

#[test]
fn distances_to_a_sphere() {
    let index = TriangleIndex::new(&sphere(100, 200));
    let mut numbers = Numbers(5);
    for _ in 0..200 {
        let p = numbers.point(60.0);
        let expected = (p.to_vector().length() - 10.0).abs();
        // The facets lie up to 0.005 mm inside the sphere.
        assert!((index.nearest(p, f64::INFINITY).unwrap().distance - expected).abs() < 0.01);
    }
}

#[test]
fn nothing_breaks_on_empty_flat_or_broken_triangles() {
    let empty = TriangleIndex::from_triangles(&[], &[[0, 1, 2]]);
    assert!(empty.is_empty());
    assert_eq!(empty.nearest(Point::zero(), f64::INFINITY), None);
    assert_eq!(empty.first_hit(Point::zero(), Vector::new(0.0, 0.0, 1.0), 9.0), None);

    let nan = Point::new(f64::NAN, 0.0, 0.0);
    let points = [Point::zero(), Point::new(1.0, 0.0, 0.0), Point::new(0.0, 1.0, 0.0), nan];
    let index = TriangleIndex::from_triangles(&points, &[[0, 1, 3], [0, 0, 0], [0, 1, 1], [0, 1, 2]]);
    let hit = index.first_hit(Point::new(0.25, 0.25, -2.0), Vector::new(0.0, 0.0, 0.5), 100.0).unwrap();
    assert_eq!((hit.triangle, hit.t, hit.weights), (3, 4.0, [0.5, 0.25, 0.25]));
    assert_eq!(index.first_hit(Point::zero(), Vector::zero(), 9.0), None);
    assert_eq!(index.nearest(Point::new(0.5, -2.0, 0.0), 5.0).unwrap().distance, 2.0);
    // All in one place: the tree halves them all the same.
    let index = TriangleIndex::from_triangles(&points, &[[0, 1, 2]; 1000]);
    assert_eq!(index.nearest(Point::new(0.2, 0.2, 1.0), 5.0).unwrap().triangle, 0);
    assert_eq!(index.all_hits(Point::new(0.2, 0.2, 1.0), Vector::new(0.0, 0.0, -1.0), 5.0).len(), 1000);
}

#[test]
fn any_number_of_triangles_makes_a_whole_tree() {
    for count in [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 100, 1000, 20_000] {
        let (points, triangles) = soup(count);
        let index = TriangleIndex::from_triangles(&points, &triangles);
        let leaves: usize = index.nodes.iter().filter_map(Node::triangles).map(|r| r.len()).sum();
        assert_eq!(leaves, count);
    }
}
