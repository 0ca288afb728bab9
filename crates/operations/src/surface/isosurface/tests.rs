use std::collections::HashMap;

use microtome_geometry::Vector;

use super::*;

fn extracted(values: impl Into<Array>, grid: &Grid, value: f64, options: Options) -> Surface {
    isosurface(&values.into(), grid, value, options, &Progress::ignored()).unwrap()
}

fn area_and_volume(surface: &Surface) -> (f64, f64) {
    surface.triangles.iter().fold((0.0, 0.0), |(area, volume), t| {
        let [a, b, c] = t.map(|n| surface.points[n as usize].to_vector());
        (area + (b - a).cross(c - a).length() / 2.0, volume + a.dot(b.cross(c)) / 6.0)
    })
}

/// Every directed edge occurs once, and on a closed surface its opposite too; every point is used.
fn check_manifold(surface: &Surface, closed: bool) {
    let mut edges: HashMap<[u32; 2], u32> = HashMap::new();
    for &[a, b, c] in &surface.triangles {
        for edge in [[a, b], [b, c], [c, a]] {
            *edges.entry(edge).or_default() += 1;
        }
    }
    assert!(edges.values().all(|&n| n == 1), "an edge has two triangles of one winding");
    if closed {
        assert!(edges.keys().all(|&[a, b]| edges.contains_key(&[b, a])), "the surface has a border");
    }
    let mut used = vec![false; surface.points.len()];
    surface.triangles.iter().flatten().for_each(|&p| used[p as usize] = true);
    assert!(used.iter().all(|&u| u), "a point has no triangle");
}

/// Millimetres inside a sphere of `radius` about the grid's centre, for every voxel.
fn ball(grid: &Grid, radius: f64) -> Vec<f32> {
    let [ni, nj, nk] = grid.dims();
    let center = grid.center();
    let mut values = Vec::new();
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                let p = grid.ijk_to_ras().apply(Point::new(i as f64, j as f64, k as f64));
                values.push((radius - p.distance(center)) as f32);
            }
        }
    }
    values
}

fn grids() -> [Grid; 4] {
    let oblique = [[0.6, -0.5, 0.1, 5.0], [0.45, 0.8, -0.2, -7.0], [0.05, 0.3, 1.1, 90.0]];
    let mirrored = oblique.map(|r| [-r[0], r[1], r[2], r[3]]);
    [
        Grid::axis_aligned([40, 40, 40], [1.0; 3], Point::zero()),
        Grid::axis_aligned([70, 40, 24], [0.5, 1.0, 1.7], Point::new(-3.0, 8.0, 100.0)),
        Grid::new([60, 50, 44], Affine::from_rows(oblique)),
        Grid::new([60, 50, 44], Affine::from_rows(mirrored)),
    ]
}

#[test]
fn a_sphere_has_its_area_and_volume_on_any_grid() {
    let radius = 14.0;
    for grid in grids() {
        let surface =
            extracted(ball(&grid, radius), &grid, 0.0, Options { normals: true, ..Options::default() });
        check_manifold(&surface, true);
        let (area, volume) = area_and_volume(&surface);
        let (true_area, true_volume) =
            (4.0 * std::f64::consts::PI * radius.powi(2), 4.0 / 3.0 * std::f64::consts::PI * radius.powi(3));
        assert!((area / true_area - 1.0).abs() < 0.01, "area {area} {true_area}");
        assert!(
            (volume / true_volume - 1.0).abs() < 0.01,
            "volume {volume} {true_volume}, positive if it faces outside"
        );
        // Euler's number of a sphere: points − edges + triangles, with three half edges a triangle.
        assert_eq!(2 * surface.points.len() as i64 - surface.triangles.len() as i64, 4);
        for (p, n) in surface.points.iter().zip(surface.normals.as_chunks::<3>().0) {
            let outward = (*p - grid.center()).normalized().unwrap();
            let n: Vector<Ras> = Vector::from_array(n.map(f64::from));
            assert!((n.length() - 1.0).abs() < 1e-5 && n.dot(outward) > 0.97, "{n:?} {outward:?}");
        }
    }
}

#[test]
fn noise_gives_a_manifold_without_holes() {
    let dims = [67, 14, 13];
    let grid = Grid::axis_aligned(dims, [1.0; 3], Point::zero());
    let mut state = 1_u32;
    let values: Vec<u8> = (0..dims.iter().product::<usize>())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    for value in [60.5, 128.5, 200.5] {
        let open = extracted(values.clone(), &grid, value, Options::default());
        check_manifold(&open, false);
        let closed = extracted(values.clone(), &grid, value, Options { closed: true, normals: true });
        check_manifold(&closed, true);
        assert!(closed.normals.iter().all(|n| n.is_finite()));
    }
}

#[test]
fn a_closed_box_reaches_the_border_of_its_voxels() {
    let grid = Grid::axis_aligned([3, 2, 1], [1.0, 2.0, 3.0], Point::zero());
    assert!(extracted(vec![1_u8; 6], &grid, 0.5, Options::default()).triangles.is_empty());
    let surface = extracted(vec![1_u8; 6], &grid, 0.5, Options { closed: true, normals: true });
    check_manifold(&surface, true);
    let bounds = microtome_geometry::Bounds::around(surface.points.iter().copied()).unwrap();
    assert_eq!((bounds.min.coords(), bounds.max.coords()), ([-0.5, -1.0, -1.5], [2.5, 3.0, 1.5]));
    let down = surface.points.iter().position(|p| p.z() == -1.5).unwrap();
    assert_eq!(surface.normals[3 * down..3 * down + 3], [0.0, 0.0, -1.0]);
}

#[test]
fn every_type_gives_the_same_surface() {
    let grid = Grid::axis_aligned([20, 20, 20], [1.0; 3], Point::zero());
    let values = Array::from(ball(&grid, 7.0)).rescale(3.0, 40.0, ScalarType::UInt8);
    let expected = extracted(values.clone(), &grid, 40.5, Options::default());
    assert!(expected.triangles.len() > 1000);
    for scalar_type in ScalarType::ALL {
        assert_eq!(
            extracted(values.cast(scalar_type), &grid, 40.5, Options::default()),
            expected,
            "{scalar_type}"
        );
    }
}

#[test]
fn values_beyond_the_type_not_numbers_and_infinities_are_no_trouble() {
    let grid = Grid::axis_aligned([2, 2, 2], [1.0; 3], Point::zero());
    for value in [-1.0, 256.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert!(
            extracted(vec![0_u8, 255, 3, 4, 5, 6, 7, 8], &grid, value, Options::default()).points.is_empty()
        );
    }
    let wild = vec![f32::NAN, 1.0, f32::INFINITY, f32::NEG_INFINITY, 0.0, 1.0, f32::NAN, f32::MAX];
    let surface = extracted(wild, &grid, 0.5, Options { closed: true, normals: true });
    check_manifold(&surface, true);
    assert!(surface.points.iter().all(|p| p.is_finite()));
}

#[test]
fn threads_do_not_matter() {
    let grid = grids()[1];
    let values = Array::from(ball(&grid, 9.0));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| extracted(values.clone(), &grid, 0.0, Options { closed: true, normals: true }))
    };
    let one = with(1);
    assert!([2, 3, 8].into_iter().all(|n| with(n) == one));
}

#[test]
fn it_stops_on_request() {
    let progress = Progress::ignored();
    progress.cancel();
    let grid = Grid::axis_aligned([2, 2, 2], [1.0; 3], Point::zero());
    let found = isosurface(&Array::from(vec![0_u8; 8]), &grid, 0.5, Options::default(), &progress);
    assert_eq!(found, Err(SurfaceError::Cancelled(Cancelled)));
}
