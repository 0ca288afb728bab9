//! Slices of real volumes against those that SimpleITK 2.5.7 made (`tests/python/make_slices.py`).

mod common;

use microtome_geometry::{Affine, Lps, Point, Vector, View};
use microtome_image::{Image, Interpolation};
use microtome_render::slice::{Orientation, Plane, SliceView, reslice};

const SIZE: [usize; 2] = [80, 64];

/// Values of a reference picture, top row first; `None` outside the image.
fn golden(name: &str) -> Vec<Option<f32>> {
    let path = format!("{}/tests/golden/{name}.png", env!("CARGO_MANIFEST_DIR"));
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    let values = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_be_bytes(*b));
    values.map(|v| (v > 0).then(|| f32::from(v) - 32768.0)).collect()
}

fn check(name: &str, image: &Image, view_to_ras: &Affine<View, microtome_geometry::Ras>) {
    let plane = Plane { view_to_ijk: view_to_ras.then(&image.grid().ras_to_ijk().unwrap()), size: SIZE };
    let found = reslice(image, 0, &plane, Interpolation::Linear);
    let expected = golden(name);
    assert_eq!(found.len(), expected.len());
    let (mut sum, mut count, mut edge) = (0.0_f64, 0_usize, 0_usize);
    for (n, expected) in expected.into_iter().enumerate() {
        // View rows go up, picture rows down.
        let v = found[(SIZE[1] - 1 - n / SIZE[0]) * SIZE[0] + n % SIZE[0]];
        match expected {
            Some(expected) if !v.is_nan() => {
                sum += f64::from((v - expected).abs());
                count += 1;
            }
            None if v.is_nan() => {}
            _ => edge += 1,
        }
    }
    let mean = sum / count as f64;
    assert!(count > 1500 && mean <= 0.5, "{name}: mean difference {mean} over {count} pixels");
    // Where the plane leaves the image, rounding may decide about a pixel.
    assert!(edge <= 8, "{name}: {edge} pixels inside in one and outside in the other");
}

#[test]
fn standard_planes_fit_and_agree_with_simpleitk() {
    for (name, path, orientation, offset) in [
        ("head_axial", "volumes/mr_t1gd_vs-seg-001_256.nrrd", Orientation::Axial, 12.3),
        // The axis of sagittal views points to the left, as LPS x does.
        ("brain_sagittal", "volumes/mr_t1_colin27_ch2.nii.gz", Orientation::Sagittal, 20.0),
        ("thick_coronal", "volumes/mr_brain1_image.nrrd", Orientation::Coronal, -5.5),
    ] {
        let Some(image) = common::image("standard_planes_fit_and_agree_with_simpleitk", path) else { return };
        let mut view = SliceView::fitted(orientation, image.grid(), SIZE);
        view.set_offset(offset);
        check(name, &image, &view.view_to_ras(SIZE));
    }
}

#[test]
fn oblique_planes_agree_with_simpleitk() {
    let path = "volumes/mr_t1gd_vs-seg-001_256.nrrd";
    let Some(image) = common::image("oblique_planes_agree_with_simpleitk", path) else { return };
    let ((sz, cz), (sy, cy)) = (25.0_f64.to_radians().sin_cos(), (-35.0_f64).to_radians().sin_cos());
    // Columns 0 and 1 of Rz(25°) Ry(−35°), LPS.
    let across = Vector::<Lps>::new(cz * cy, sz * cy, -sy) * 2.5;
    let down = Vector::<Lps>::new(-sz, cz, 0.0) * 2.5;
    let center = image.grid().center().to_lps() + Vector::new(5.0, -7.0, 3.0);
    let first: Point<Lps> = center - across * 39.5 + down * 31.5;
    let view: Affine<View, Lps> = Affine::from_columns(across, -down, Vector::zero(), first);
    check("head_oblique", &image, &view.then(&Affine::LPS_TO_RAS));
}
