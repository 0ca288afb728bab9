//! Images through every writable format and back: voxels the same, geometry to 1e-6.

use std::path::Path;

use microtome_archive::{Compression, OpenOptions, WriteOptions, open, save};
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::{Array, Image, Meaning, ScalarType};
use microtome_phantom::{Modality, oblique_ct_grid, scan, torso};
use microtome_scene::{Content, Node, nodes};

/// Formats that hold any orientation.
const ORIENTED: [&str; 8] = ["nrrd", "nhdr", "nii", "nii.gz", "mha", "mhd", "mgz", "vti"];
/// Formats that hold spacing and origin along the patient's axes.
const ALIGNED: [&str; 4] = ["gipl", "gipl.gz", "mrc", "vtk"];

/// A small oblique, anisotropic CT of the sample patient.
fn oblique_ct() -> Image {
    let fine = oblique_ct_grid();
    let coarse: Affine<_, microtome_geometry::Ijk> = Affine::from_scale([8.0, 9.0, 10.0], [3.0, 2.0, 1.0]);
    let grid = Grid::new([30, 26, 15], coarse.then(fine.ijk_to_ras()));
    scan(&torso(), Modality::Ct, &grid, &Affine::identity(), 3)
}

/// The same voxels along the patient's axes as LPS files have them.
fn aligned_ct() -> Image {
    let rows = [[-2.0, 0.0, 0.0, 31.5], [0.0, -2.5, 0.0, 20.25], [0.0, 0.0, 3.0, -40.0]];
    oblique_ct().with_grid(Grid::new([30, 26, 15], Affine::from_rows(rows))).unwrap()
}

fn through(image: &Image, folder: &Path, extension: &str, compression: Compression) -> Image {
    let path = folder.join(format!("image.{extension}"));
    let node = Node::new("image", nodes::Volume::new(image.clone()));
    let options = WriteOptions { compression, ..WriteOptions::default() };
    save(&node, &path, &options).unwrap_or_else(|e| panic!("{extension}: {e}"));
    let opened = open(&path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{extension}: {e}"));
    assert_eq!(opened.len(), 1, "{extension}");
    match &opened[0].node.content {
        Content::Volume(volume) => volume.image.clone().unwrap(),
        Content::LabelVolume(volume) => volume.labels.as_ref().unwrap().to_image(),
        other => panic!("{extension}: {}", other.class()),
    }
}

fn assert_same(found: &Image, expected: &Image, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    assert_eq!((found.components(), found.frames()), (expected.components(), expected.frames()), "{what}");
    assert_eq!(found.array(), expected.array(), "{what}");
    let scale = expected.grid().bounds().diagonal();
    let off = found.grid().corners().into_iter().zip(expected.grid().corners());
    let worst = off.map(|(a, b)| a.distance(b)).fold(0.0, f64::max);
    assert!(worst <= 1e-6 * scale, "{what}: corners are {worst} mm off");
}

#[test]
fn an_oblique_volume_survives_every_format_with_directions() {
    let image = oblique_ct();
    let folder = tempfile::tempdir().unwrap();
    for extension in ORIENTED {
        for compression in [Compression::None, Compression::Fast, Compression::Best] {
            let back = through(&image, folder.path(), extension, compression);
            assert_same(&back, &image, extension);
        }
    }
}

#[test]
fn an_aligned_volume_survives_the_formats_without_directions() {
    let image = aligned_ct();
    let folder = tempfile::tempdir().unwrap();
    for extension in ALIGNED {
        assert_same(&through(&image, folder.path(), extension, Compression::Fast), &image, extension);
    }
}

#[test]
fn every_type_survives_where_the_format_has_it() {
    let folder = tempfile::tempdir().unwrap();
    for scalar_type in ScalarType::ALL {
        let image = oblique_ct().cast(scalar_type);
        for extension in ["nrrd", "nii.gz", "mha", "vti"] {
            let what = format!("{extension} {scalar_type}");
            assert_same(&through(&image, folder.path(), extension, Compression::Fast), &image, &what);
        }
    }
}

#[test]
fn colours_vectors_and_frames_survive() {
    let folder = tempfile::tempdir().unwrap();
    let values = |n: usize| -> Vec<u8> { (0..n).map(|v| (v * 37 % 251) as u8).collect() };
    let grid = *oblique_ct().grid();
    let count = grid.voxel_count();
    let rgb = Image::new(grid, 3, 1, Meaning::Rgb, Array::from(values(count * 3))).unwrap();
    let frames = Image::new(grid, 1, 4, Meaning::Scalar, Array::from(values(count * 4))).unwrap();
    let floats: Vec<f32> = values(count * 3).into_iter().map(|v| f32::from(v) - 99.5).collect();
    let vectors = Image::new(grid, 3, 1, Meaning::SpatialVector, Array::from(floats)).unwrap();
    for (image, what) in [(rgb, "rgb"), (frames, "frames"), (vectors, "vectors")] {
        for extension in ["nrrd", "nii.gz", "mha"] {
            let back = through(&image, folder.path(), extension, Compression::Fast);
            assert_same(&back, &image, &format!("{extension} {what}"));
        }
    }
}

#[test]
fn flat_pictures_survive_picture_formats() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    let grid = Grid::new([31, 17, 1], Affine::from_rows(rows));
    let grey = Image::scalar(grid, (0..31 * 17).map(|v| (v % 256) as u8).collect::<Vec<_>>()).unwrap();
    let colours: Vec<u8> = (0..31 * 17 * 3).map(|v| (v * 7 % 256) as u8).collect();
    let rgb = Image::new(grid, 3, 1, Meaning::Rgb, Array::from(colours)).unwrap();
    for extension in ["png", "tif", "bmp"] {
        for image in [&grey, &rgb] {
            assert_same(&through(image, folder.path(), extension, Compression::Fast), image, extension);
        }
    }
}

#[test]
fn a_failed_write_leaves_the_old_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flat.png");
    std::fs::write(&path, b"precious").unwrap();
    let node = Node::new("volume", nodes::Volume::new(oblique_ct()));
    assert!(save(&node, &path, &WriteOptions::default()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let image = oblique_ct();
    let folder = tempfile::tempdir().unwrap();
    let write = |threads: usize, extension: &str| {
        let path = folder.path().join(format!("{threads}.{extension}"));
        let node = Node::new("image", nodes::Volume::new(image.clone()));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| save(&node, &path, &WriteOptions::default())).unwrap();
        std::fs::read(&path).unwrap()
    };
    for extension in ["nrrd", "nii.gz", "mha", "mgz", "vti"] {
        assert_eq!(write(1, extension), write(8, extension), "{extension}");
    }
}

#[test]
fn one_voxel_goes_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::axis_aligned([1, 1, 1], [1.0, 2.0, 3.0], Point::new(4.0, 5.0, 6.0));
    let image = Image::scalar(grid, vec![7_i16]).unwrap();
    for extension in ORIENTED {
        assert_same(&through(&image, folder.path(), extension, Compression::Fast), &image, extension);
    }
}
