//! The sparse field method: only voxels at the surface are computed, those in some layers around it are told
//! their distance.
//!
//! Whitaker, "A level-set approach to 3D reconstruction from range data", International Journal of Computer
//! Vision 29(3), 1998. Layer 0 is the active one; odd layers lie inside of it, even ones outside, the farther
//! the higher. The lists are worked on from their end.

use microtome_image::Blank;

use super::forces::{Forces, Surface, surroundings};
use crate::progress::{Cancelled, Progress};

/// Layers to each side of the active one, as many as there are axes.
const SIDE: usize = 3;
const LAYERS: usize = 2 * SIDE + 1;

type Status = i8;
const NOWHERE: Status = i8::MIN;
const CHANGING: Status = -1;
const RISING: Status = -2;
const SINKING: Status = -3;
const BORDER: Status = -4;

/// When the surface stops moving.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// After so many steps.
    pub(super) iterations: u32,
    /// When the root mean square of a step's changes is below this.
    pub(super) rms: f64,
}

/// How the surface came to rest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rest {
    pub(super) iterations: u32,
    pub(super) rms: f64,
}

/// Moves the zero level of `initial` (negative inside) by the forces; gives the level set, in which distances
/// count near the surface and have one value farther away.
pub(super) fn evolve(
    initial: &[f32],
    dims: [usize; 3],
    spacing: [f64; 3],
    forces: &Forces<'_>,
    limits: Limits,
    progress: &Progress,
) -> Result<(Blank<f32>, Rest), Cancelled> {
    progress.report(0.0)?;
    let mut field = Field::new(initial, dims, spacing);
    let mut rest = Rest::default();
    while rest.iterations < limits.iterations && (rest.iterations == 0 || limits.rms <= rest.rms) {
        progress.report(f64::from(rest.iterations) / f64::from(limits.iterations))?;
        let surface = Surface { phi: &field.phi, dims, spacing };
        let (changes, greatest) = forces.changes(surface, &field.layers[0]);
        rest.rms = field.step(&changes, greatest.time_step(spacing));
        rest.iterations += 1;
    }
    progress.report(1.0)?;
    Ok((field.finish(), rest))
}

struct Field {
    dims: [usize; 3],
    /// The distance from layer to layer: the least spacing.
    unit: f32,
    phi: Blank<f32>,
    status: Vec<Status>,
    layers: [Vec<u32>; LAYERS],
}

impl Field {
    fn new(initial: &[f32], dims: [usize; 3], spacing: [f64; 3]) -> Self {
        let unit = spacing.into_iter().fold(f64::INFINITY, f64::min) as f32;
        let phi = Blank::new(initial.len());
        let mut field =
            Self { dims, unit, phi, status: vec![NOWHERE; initial.len()], layers: Default::default() };
        field.mark_border();
        let active = |n: usize| crosses_zero(initial, dims, n);
        for n in (0..initial.len()).filter(|&n| active(n)) {
            field.layers[0].push(n as u32);
            field.status[n] = 0;
            for m in neighbours(dims, n).filter(|&m| !active(m)) {
                let layer = if initial[m] < 0.0 { 1 } else { 2 };
                field.status[m] = layer as Status;
                field.layers[layer].push(m as u32);
            }
        }
        for from in 1..LAYERS - 2 {
            field.add_layer(from, from + 2);
        }
        for &n in &field.layers[0] {
            field.phi[n as usize] =
                distance(initial, dims, spacing, n as usize).clamp(-unit / 2.0, unit / 2.0);
        }
        field.propagate_all();
        let far = (SIDE + 1) as f32 * unit;
        for n in 0..initial.len() {
            if matches!(field.status[n], NOWHERE | BORDER) {
                field.phi[n] = if initial[n] > 0.0 { far } else { -far };
            }
        }
        field
    }

    /// Layers are not built on the faces of the volume.
    fn mark_border(&mut self) {
        let [ni, nj, nk] = self.dims;
        for (row, status) in self.status.chunks_exact_mut(ni).enumerate() {
            let (j, k) = (row % nj, row / nj);
            if j == 0 || j + 1 == nj || k == 0 || k + 1 == nk {
                status.fill(BORDER);
            } else {
                status[0] = BORDER;
                status[ni - 1] = BORDER;
            }
        }
    }

    fn add_layer(&mut self, from: usize, to: usize) {
        let mut added = Vec::new();
        for &n in self.layers[from].iter().rev() {
            for m in neighbours(self.dims, n as usize) {
                if self.status[m] == NOWHERE {
                    self.status[m] = to as Status;
                    added.push(m as u32);
                }
            }
        }
        self.layers[to] = added;
    }

    /// Changes the active layer and all that follows from it; gives the root mean square of the changes.
    fn step(&mut self, changes: &[f32], time_step: f64) -> f64 {
        let (mut up, mut down, rms) = self.move_active(changes, time_step);
        // A voxel that leaves a layer pulls its neighbours after it, from layer to layer.
        up = self.shift(up, 2, 1);
        down = self.shift(down, 1, 2);
        let (mut up_to, mut down_to, mut up_search, mut down_search) = (0, 0, 3, 4);
        while down_search < LAYERS {
            up = self.shift(up, up_to, up_search as Status);
            down = self.shift(down, down_to, down_search as Status);
            up_to += if up_to == 0 { 1 } else { 2 };
            down_to += 2;
            up_search += 2;
            down_search += 2;
        }
        up = self.shift(up, up_to, NOWHERE);
        down = self.shift(down, down_to, NOWHERE);
        for (mut list, layer) in [(up, LAYERS - 2), (down, LAYERS - 1)] {
            while let Some(n) = list.pop() {
                self.status[n as usize] = layer as Status;
                self.layers[layer].push(n);
            }
        }
        self.propagate_all();
        rms
    }

    fn move_active(&mut self, changes: &[f32], time_step: f64) -> (Vec<u32>, Vec<u32>, f64) {
        let half = self.unit / 2.0;
        let active = std::mem::take(&mut self.layers[0]);
        let (mut stay, mut up, mut down) = (Vec::with_capacity(active.len()), Vec::new(), Vec::new());
        let (mut sum, mut counted) = (0.0_f64, 0_u64);
        for (&voxel, &change) in active.iter().rev().zip(changes) {
            let n = voxel as usize;
            let old = self.phi[n];
            let new = (f64::from(old) + time_step * f64::from(change)) as f32;
            let rises = new >= half;
            if rises || new < -half {
                let against = if rises { SINKING } else { RISING };
                // Beside a voxel that moves the other way it stays, lest the layer get a hole.
                if neighbours(self.dims, n).any(|m| self.status[m] == against) {
                    stay.push(voxel);
                    continue;
                }
                let (behind, pulled) = if rises { (1, new - self.unit) } else { (2, new + self.unit) };
                for m in neighbours(self.dims, n).filter(|&m| self.status[m] == behind) {
                    let phi = self.phi[m];
                    let outside = if rises { phi < -half } else { phi >= half };
                    if outside || pulled.abs() < phi.abs() {
                        self.phi[m] = pulled;
                    }
                }
                if rises { &mut up } else { &mut down }.push(voxel);
                self.status[n] = if rises { RISING } else { SINKING };
            } else {
                self.phi[n] = new;
                stay.push(voxel);
            }
            sum += f64::from(new - old) * f64::from(new - old);
            counted += 1;
        }
        stay.reverse();
        self.layers[0] = stay;
        (up, down, if counted == 0 { 0.0 } else { (sum / counted as f64).sqrt() })
    }

    /// Puts the voxels of a list into a layer; gives their neighbours that have the status `search`.
    fn shift(&mut self, mut list: Vec<u32>, layer: usize, search: Status) -> Vec<u32> {
        let mut found = Vec::new();
        while let Some(n) = list.pop() {
            self.status[n as usize] = layer as Status;
            self.layers[layer].push(n);
            for m in neighbours(self.dims, n as usize) {
                if self.status[m] == search {
                    self.status[m] = CHANGING;
                    found.push(m as u32);
                }
            }
        }
        found
    }

    fn propagate_all(&mut self) {
        self.propagate(0, 1);
        self.propagate(0, 2);
        for from in 1..LAYERS - 2 {
            self.propagate(from, from + 2);
        }
    }

    /// Gives the voxels of a layer their distance, one unit more than the nearest in the layer `from`; those
    /// that have no neighbour there move one layer out.
    fn propagate(&mut self, from: usize, to: usize) {
        let inside = to % 2 == 1;
        let list = std::mem::take(&mut self.layers[to]);
        let mut stay = Vec::with_capacity(list.len());
        for &voxel in list.iter().rev() {
            let n = voxel as usize;
            if self.status[n] != to as Status {
                continue;
            }
            let near = neighbours(self.dims, n).filter(|&m| self.status[m] == from as Status);
            let near = near.map(|m| self.phi[m]).reduce(if inside { f32::max } else { f32::min });
            if let Some(nearest) = near {
                self.phi[n] = if inside { nearest - self.unit } else { nearest + self.unit };
                stay.push(voxel);
            } else if to + 2 < LAYERS {
                self.layers[to + 2].push(voxel);
                self.status[n] = (to + 2) as Status;
            } else {
                self.status[n] = NOWHERE;
            }
        }
        stay.reverse();
        self.layers[to] = stay;
    }

    fn finish(mut self) -> Blank<f32> {
        let far = (SIDE + 1) as f32 * self.unit;
        for (phi, &status) in self.phi.iter_mut().zip(&self.status) {
            if status == NOWHERE {
                *phi = if *phi > 0.0 { far } else { -far };
            }
        }
        self.phi
    }
}

/// The neighbours that share a face with voxel `n`: before along k, j, i, then after along i, j, k.
#[inline(always)]
fn neighbours(dims: [usize; 3], n: usize) -> impl Iterator<Item = usize> {
    let (_, [x, y, z]) = surroundings(dims, n);
    [z[0], y[0], x[0], x[1], y[1], z[1]].into_iter().filter(move |&m| m != n)
}

/// Whether voxel `n` is the nearest to the zero level of it and its neighbours on the other side. Of two
/// equally near ones that which comes first in scan order is.
fn crosses_zero(values: &[f32], dims: [usize; 3], n: usize) -> bool {
    let this = values[n];
    let side = |v: f32| (v > 0.0) as i8 - (v < 0.0) as i8;
    let (_, steps) = surroundings(dims, n);
    let crosses = |m: usize, after: bool| {
        let that = values[m];
        side(this) != side(that) && (this.abs() < that.abs() || (after && this.abs() == that.abs()))
    };
    steps.iter().any(|[back, fore]| crosses(*back, false) || crosses(*fore, true))
}

/// About how far voxel `n` is from the zero level.
fn distance(values: &[f32], dims: [usize; 3], spacing: [f64; 3], n: usize) -> f32 {
    let (_, steps) = surroundings(dims, n);
    let here = f64::from(values[n]);
    let mut square = 0.0;
    for axis in 0..3 {
        let [back, fore] = steps[axis].map(|m| f64::from(values[m]));
        let (fore, back) = ((fore - here) / spacing[axis], (here - back) / spacing[axis]);
        square += if fore.abs() > back.abs() { fore * fore } else { back * back };
    }
    let least = spacing.into_iter().fold(f64::INFINITY, f64::min);
    (here / (square.sqrt() + 1e-6 * least)) as f32
}
