//! Taking a picture of a body.

use microtome_geometry::{Affine, Bounds, Grid, Ijk, Point, Ras};
use microtome_image::{Array, Image};
use rayon::prelude::*;

use crate::anatomy::{Anatomy, Piece};
use crate::noise::normal;
use crate::tissue::Tissue;

/// What takes the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modality {
    /// Computed tomography: Hounsfield units, normal noise.
    Ct,
    /// T1-weighted magnetic resonance: arbitrary units, a smooth bias field, Rician noise.
    Mr,
}

/// Standard deviation of the noise, in each modality's units.
const CT_NOISE: f32 = 11.0;
const MR_NOISE: f32 = 9.0;
/// Voxels that are looked at together: shapes that do not reach them are left out.
const RUN: usize = 32;

/// An int16 image of `body` on `grid`. `to_body` takes a point of the image's space to the body's: the identity, or a
/// known displacement of the patient. Partial volume follows from how much of each voxel a shape fills.
///
/// # Panics
/// If the grid has no voxels.
pub fn scan(body: &Anatomy, modality: Modality, grid: &Grid, to_body: &Affine<Ras, Ras>, seed: u64) -> Image {
    let [ni, nj, nk] = grid.dims();
    let size = grid.spacing().iter().sum::<f64>() / 3.0;
    let to_body = grid.ijk_to_ras().then(to_body);
    let mut values = vec![0_i16; ni * nj * nk];
    values.par_chunks_mut(ni).enumerate().for_each(|(row, values)| {
        let (j, k) = (row % nj, row / nj);
        let pieces = body.pieces(line(&to_body, [0, ni - 1], j, k), size);
        let mut brightness = [0.0_f32; RUN];
        for (run, values) in values.chunks_mut(RUN).enumerate() {
            let start = run * RUN;
            let brightness = &mut brightness[..values.len()];
            fill(brightness, &pieces, modality, &to_body, [start, j, k], size);
            for (n, (value, &b)) in values.iter_mut().zip(&*brightness).enumerate() {
                let voxel = (row * ni + start + n) as u64 ^ seed << 40;
                *value = measured(modality, b, [start + n, j, k], grid.dims(), voxel);
            }
        }
    });
    Image::scalar(*grid, Array::from(values)).expect("one value for each voxel of a grid that has voxels")
}

/// The box around a run of voxels, in the body's space.
fn line(to_body: &Affine<Ijk, Ras>, [first, last]: [usize; 2], j: usize, k: usize) -> Bounds<Ras> {
    let end = |i: usize| to_body.apply(Point::new(i as f64, j as f64, k as f64));
    Bounds { min: end(first), max: end(first) }.including(end(last))
}

fn fill(
    brightness: &mut [f32],
    pieces: &[Piece<'_>],
    modality: Modality,
    to_body: &Affine<Ijk, Ras>,
    [start, j, k]: [usize; 3],
    size: f64,
) {
    let of = |tissue: Tissue| match modality {
        Modality::Ct => tissue.hounsfield(),
        Modality::Mr => tissue.t1(),
    };
    brightness.fill(of(Tissue::Air));
    let region = line(to_body, [start, start + brightness.len() - 1], j, k);
    let step = to_body.column(0);
    let first = to_body.apply(Point::new(start as f64, j as f64, k as f64));
    let middle = region.center();
    let half = region.diagonal() / 2.0;
    for piece in pieces.iter().filter(|piece| piece.reaches(region, size)) {
        let value = of(piece.tissue);
        match piece.all_of(middle, half, size) {
            Some(true) => {
                brightness.fill(value);
                continue;
            }
            Some(false) => continue,
            None => {}
        }
        for (n, b) in brightness.iter_mut().enumerate() {
            let coverage = piece.coverage(first + step * n as f64, size) as f32;
            *b += (value - *b) * coverage;
        }
    }
}

/// What the scanner makes of a voxel's true brightness.
fn measured(modality: Modality, brightness: f32, ijk: [usize; 3], dims: [usize; 3], voxel: u64) -> i16 {
    match modality {
        Modality::Ct => (brightness + CT_NOISE * normal(voxel)).round().clamp(-1024.0, 3071.0) as i16,
        Modality::Mr => {
            let [x, y, z]: [f32; 3] = std::array::from_fn(|a| ijk[a] as f32 / dims[a] as f32 - 0.5);
            let bias = 1.0 + 0.25 * x - 0.18 * y + 0.12 * z - 0.35 * (x * x + y * y);
            let real = brightness * bias + MR_NOISE * normal(voxel.wrapping_mul(2));
            let imaginary = MR_NOISE * normal(voxel.wrapping_mul(2) + 1);
            (real * real + imaginary * imaginary).sqrt().round().min(32767.0) as i16
        }
    }
}
