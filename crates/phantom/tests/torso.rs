//! The sample patient is what its numbers say.

use microtome_geometry::{Affine, Grid, Point, Ras};
use microtome_image::{Image, Statistics};
use microtome_phantom::{LESION, MR_OFFSET, Modality, Tissue, ct_grid, oblique_ct_grid, scan, torso};

fn around(center: [f64; 3], dims: [usize; 3], spacing: f64) -> Grid {
    let origin: [f64; 3] = std::array::from_fn(|a| center[a] - (dims[a] as f64 - 1.0) / 2.0 * spacing);
    Grid::axis_aligned(dims, [spacing; 3], Point::from_array(origin))
}

fn ct(grid: &Grid) -> Image {
    scan(&torso(), Modality::Ct, grid, &Affine::identity(), 1)
}

#[test]
fn tissues_have_their_hounsfield_units() {
    for (place, tissue) in [
        (LESION.center, Tissue::Lesion),
        ([60.0, 10.0, -80.0], Tissue::Liver),
        ([-36.0, 24.0, -40.0], Tissue::ContrastBlood),
        ([-190.0, 0.0, 0.0], Tissue::Air),
        ([0.0, -14.0, 100.0], Tissue::Air),
    ] {
        let mean = Statistics::of(ct(&around(place, [5; 3], 1.0)).array()).mean();
        assert!((mean - f64::from(tissue.hounsfield())).abs() < 5.0, "{place:?} {tissue:?}: {mean}");
    }
}

#[test]
fn partial_volume_makes_the_lesion_its_true_size() {
    let grid = around(LESION.center, [30; 3], 1.0);
    let image = ct(&grid);
    let (liver, lesion) = (f64::from(Tissue::Liver.hounsfield()), f64::from(Tissue::Lesion.hounsfield()));
    // Every voxel's share of lesion is how far its value lies between the two. Farther out there are vessels.
    let near = |n: usize| {
        let ijk = Point::new((n % 30) as f64, (n / 30 % 30) as f64, (n / 900) as f64);
        grid.ijk_to_ras().apply(ijk).distance(Point::from_array(LESION.center)) < LESION.radius + 1.0
    };
    let values = (0..image.array().len()).filter(|&n| near(n)).filter_map(|n| image.array().get(n));
    let share: f64 = values.map(|v| (v - liver) / (lesion - liver)).sum();
    let expected = 4.0 / 3.0 * std::f64::consts::PI * LESION.radius.powi(3);
    let found = share * grid.voxel_volume();
    assert!((found - expected).abs() < 0.03 * expected, "{found} {expected}");
}

#[test]
fn left_and_right_are_told_apart() {
    // The liver is on the right, the heart's left ventricle on the left.
    let right = Statistics::of(ct(&around([80.0, 10.0, -90.0], [3; 3], 1.0)).array()).mean();
    let left = Statistics::of(ct(&around([-40.0, 24.0, -42.0], [3; 3], 1.0)).array()).mean();
    assert!(right > 80.0 && right < 130.0, "{right}");
    assert!(left > 300.0, "{left}");
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let grid = around([0.0, 0.0, 0.0], [60, 50, 4], 6.0);
    let image = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| ct(&grid))
    };
    assert_eq!(image(1), image(8));
}

#[test]
fn the_mr_offset_is_rigid() {
    assert!((MR_OFFSET.determinant() - 1.0).abs() < 1e-9);
    for axis in 0..3 {
        assert!((MR_OFFSET.column(axis).length() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn the_oblique_grid_sees_the_same_body() {
    let [straight, oblique] = [ct_grid(), oblique_ct_grid()];
    assert_eq!(straight.dims(), oblique.dims());
    let lesion: Point<Ras> = Point::from_array(LESION.center);
    let inside = |grid: &Grid| {
        let ijk = grid.ras_to_ijk().unwrap().apply(lesion).coords();
        (0..3).all(|a| ijk[a] > 0.0 && ijk[a] < grid.dims()[a] as f64 - 1.0)
    };
    assert!(inside(&straight) && inside(&oblique));
}
