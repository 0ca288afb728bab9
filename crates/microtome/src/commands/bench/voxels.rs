//! Operations from voxels to voxels and numbers.

use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Transform, Vector, View};
use microtome_image::{Array, Histogram, Image, Interpolation, Window};
use microtome_operations::Progress;
use microtome_operations::filters::resample::resample;
use microtome_operations::measure::label_statistics::label_statistics;
use microtome_operations::segmentation::components::{Components, Connectivity};
use microtome_operations::segmentation::threshold::threshold;
use microtome_render::slice::{Plane, reslice_into};
use serde_json::{Map, json};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

const fn sinc(radius: u8) -> Interpolation {
    Interpolation::WindowedSinc { window: Window::Lanczos, radius }
}

pub(super) static OPERATIONS: &[Operation] = &[
    operation("reslice_oblique_linear", |inputs, _| reslice(inputs)),
    operation("resample_linear", |inputs, _| resampled(inputs, Interpolation::Linear)),
    operation("resample_bspline3", |inputs, _| resampled(inputs, Interpolation::CubicBSpline)),
    operation("resample_sinc_r3", |inputs, _| resampled(inputs, sinc(3))),
    operation("resample_sinc_r5", |inputs, _| resampled(inputs, sinc(5))),
    operation("threshold", |inputs, _| thresholded(inputs)),
    operation("histogram1024", |inputs, _| histogram(inputs)),
    operation("connected_components", |inputs, _| labelled(inputs, Connectivity::Face)),
    operation("connected_components26", |inputs, _| labelled(inputs, Connectivity::Vertex)),
    operation("islands_min1000", |inputs, _| {
        islands(inputs, |components| components.sizes().iter().map(|&size| size >= 1000).collect())
    }),
    operation("islands_largest", |inputs, _| {
        islands(inputs, |components| {
            let largest = components.largest();
            (0..components.count()).map(|n| Some(n) == largest).collect()
        })
    }),
    operation("label_stats", |inputs, _| statistics(inputs)),
];

/// A rotation about z by the first angle after one about x by the second, degrees.
fn turned(about_z: f64, about_x: f64) -> [[f64; 3]; 3] {
    let (sz, cz) = about_z.to_radians().sin_cos();
    let (sx, cx) = about_x.to_radians().sin_cos();
    [[cz, -sz * cx, sz * sx], [sz, cz * cx, -cz * sx], [0.0, sx, cx]]
}

fn reslice(inputs: &Inputs) -> Result<Job, Failure> {
    const SLICES: usize = 40;
    let image = inputs.image("ct512")?;
    let rotation = turned(30.0, 20.0);
    let axis = move |c: usize| Vector::<Lps>::from_array(rotation.map(|row| row[c]));
    let to_ijk = image.grid().ras_to_ijk().ok_or_else(|| Failure::new("ct512 has a singular geometry"))?;
    let plane = move |slice: usize| {
        let (u, v, n) = (axis(0) * 0.6, axis(1) * 0.6, axis(2));
        let origin = (u * -255.5 + v * -255.5 + n * (2.0 * slice as f64 - 39.0)).to_point();
        let view_to_lps = Affine::<View, Lps>::from_columns(u, v, n, origin);
        Plane { view_to_ijk: view_to_lps.then(&Affine::LPS_TO_RAS).then(&to_ijk), size: [512, 512] }
    };
    Ok(Box::new(move || {
        let mut out = vec![-1000_i16; SLICES * 512 * 512];
        for (slice, pixels) in out.chunks_exact_mut(512 * 512).enumerate() {
            if !reslice_into(&image, 0, &plane(slice), pixels) {
                return Err(Failure::new("ct512 is not a scalar int16 image"));
            }
        }
        let grid = Grid::axis_aligned([512, 512, SLICES], [1.0; 3], Point::zero());
        Ok(Outcome::Image(Image::scalar(grid, out)?).into())
    }))
}

fn resampled(inputs: &Inputs, interpolation: Interpolation) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?;
    let grid = Affine::<Ijk, Lps>::from_scale([1.0; 3], [-102.0, -102.0, -153.5]).to_ras();
    let output = Grid::new([205, 205, 308], grid);
    let rotation = turned(10.0, 5.0);
    let (scale, shift) = ([1.05, 0.97, 1.0], [3.0, -2.0, 5.0]);
    let rows: [[f64; 4]; 3] = std::array::from_fn(|r| {
        std::array::from_fn(|c| if c == 3 { shift[r] } else { rotation[r][c] * scale[c] })
    });
    let transform = Transform::Linear(Affine::<Lps, Lps>::from_rows(rows).to_ras());
    Ok(Box::new(move || {
        let found = resample(&image, &output, &transform, interpolation, -1000.0, &Progress::ignored())?;
        Ok(Outcome::Image(found).into())
    }))
}

fn thresholded(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?;
    Ok(Box::new(move || {
        let labels = Array::from(threshold(image.array(), 100.0, 3071.0, 1));
        Ok(Outcome::Image(image.with_array(labels)?).into())
    }))
}

fn histogram(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?;
    Ok(Box::new(move || {
        let found = Histogram::over_range(image.array(), 1024);
        Ok(Outcome::Numbers(json!({ "counts": found.counts, "total": found.total() })).into())
    }))
}

fn components(image: &Image, connectivity: Connectivity) -> Result<Components, Failure> {
    Ok(Components::new(image.array(), image.dims(), connectivity, &Progress::ignored())?)
}

fn labelled(inputs: &Inputs, connectivity: Connectivity) -> Result<Job, Failure> {
    let image = inputs.image("noisy256")?;
    Ok(Box::new(move || {
        let labels = components(&image, connectivity)?.to_labels();
        Ok(Outcome::Image(image.with_array(labels)?).into())
    }))
}

fn islands(inputs: &Inputs, choose: fn(&Components) -> Vec<bool>) -> Result<Job, Failure> {
    let image = inputs.image("noisy256")?;
    Ok(Box::new(move || {
        let components = components(&image, Connectivity::Face)?;
        let keep = choose(&components);
        let kept = components.retain(image.array(), |n| keep[n]);
        Ok(Outcome::Image(image.with_array(kept)?).into())
    }))
}

fn statistics(inputs: &Inputs) -> Result<Job, Failure> {
    let (labels, image) = (inputs.image("labels256")?, inputs.image("ct256")?);
    Ok(Box::new(move || {
        let rows = label_statistics(labels.array(), image.array(), image.grid(), &Progress::ignored())?;
        let volume = image.grid().voxel_volume();
        let rows: Map<_, _> = rows
            .iter()
            .map(|row| {
                let numbers = json!({
                    "voxels": row.voxels,
                    "volume": row.voxels as f64 * volume,
                    "mean": row.mean,
                    "min": row.min,
                    "max": row.max,
                    "centroid": row.centroid.to_lps().coords(),
                });
                (row.label.to_string(), numbers)
            })
            .collect();
        Ok(Outcome::Numbers(json!({ "labels": rows })).into())
    }))
}
