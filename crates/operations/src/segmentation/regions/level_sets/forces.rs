//! What moves a level set.

use rayon::prelude::*;

/// A level set and the spacing of its voxels.
#[derive(Clone, Copy)]
pub(super) struct Surface<'a> {
    /// Negative inside, positive outside.
    pub(super) phi: &'a [f32],
    pub(super) dims: [usize; 3],
    pub(super) spacing: [f64; 3],
}

/// The speeds of a level set: φ changes by (curvature · κ - propagation · P) |∇φ| - advection · A·∇φ, where κ
/// is the mean curvature, P the speed image and A a vector field. Upwind differences for the second and third
/// term (Sethian, Level Set Methods and Fast Marching Methods, 1996; Caselles, Kimmel, Sapiro, International
/// Journal of Computer Vision 22(1), 1997).
pub(super) struct Forces<'a> {
    pub(super) propagation: f64,
    pub(super) curvature: f64,
    pub(super) advection: f64,
    /// The speed image.
    pub(super) speed: &'a [f32],
    /// Whether the speed image slows curvature down too.
    pub(super) speed_bends: bool,
    /// Whether the speed is taken at the surface rather than at the voxel.
    pub(super) at_surface: bool,
    /// Along i, j and k, the gradient of what the vector field leads down.
    pub(super) field: Option<[&'a [f32]; 3]>,
}

/// The greatest speeds that were met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Greatest {
    curvature: f64,
    advection: f64,
    propagation: f64,
}

impl Greatest {
    fn or(self, other: Self) -> Self {
        Self {
            curvature: self.curvature.max(other.curvature),
            advection: self.advection.max(other.advection),
            propagation: self.propagation.max(other.propagation),
        }
    }

    /// The longest time step that is stable.
    pub(super) fn time_step(&self, spacing: [f64; 3]) -> f64 {
        const LIMIT: f64 = 1.0 / 6.0;
        let carried = self.advection + self.propagation;
        let step = match (self.curvature > 0.0, carried > 0.0) {
            (true, true) => (LIMIT / carried).min(LIMIT / self.curvature),
            (true, false) => LIMIT / self.curvature,
            (false, true) => LIMIT / carried,
            (false, false) => 0.0,
        };
        step * spacing.into_iter().fold(f64::INFINITY, f64::min)
    }
}

/// Differences of φ at a voxel.
struct Slopes {
    forward: [f64; 3],
    backward: [f64; 3],
    central: [f64; 3],
    second: [[f64; 3]; 3],
}

impl Forces<'_> {
    /// How fast φ changes at each of the voxels, the last voxel first, and the greatest speeds.
    pub(super) fn changes(&self, surface: Surface<'_>, voxels: &[u32]) -> (Vec<f32>, Greatest) {
        const TASK: usize = 1 << 11;
        let mut changes = vec![0.0; voxels.len()];
        let parts: Vec<Greatest> = changes
            .par_chunks_mut(TASK)
            .enumerate()
            .map(|(task, changes)| {
                let mut greatest = Greatest::default();
                for (n, change) in changes.iter_mut().enumerate() {
                    let voxel = voxels[voxels.len() - 1 - task * TASK - n];
                    *change = self.change(surface, voxel as usize, &mut greatest) as f32;
                }
                greatest
            })
            .collect();
        (changes, parts.into_iter().fold(Greatest::default(), Greatest::or))
    }

    fn change(&self, surface: Surface<'_>, n: usize, greatest: &mut Greatest) -> f64 {
        let (place, steps) = surroundings(surface.dims, n);
        let slopes = slopes(surface, n, steps);
        let speed = self.speed_at(surface, n, place, steps);
        let mut change = 0.0;
        if self.curvature != 0.0 {
            let bent = curvature(&slopes) * self.curvature * if self.speed_bends { speed } else { 1.0 };
            greatest.curvature = greatest.curvature.max(bent.abs());
            change += bent;
        }
        if let Some(field) = self.field.filter(|_| self.advection != 0.0) {
            let mut carried = 0.0;
            for (axis, component) in field.into_iter().enumerate() {
                let along = -f64::from(component[n]);
                let energy = self.advection * along;
                carried += along * if energy > 0.0 { slopes.backward[axis] } else { slopes.forward[axis] };
                greatest.advection = greatest.advection.max(energy.abs());
            }
            change -= carried * self.advection;
        }
        if self.propagation != 0.0 {
            let spread = self.propagation * speed;
            let square = |v: f64| v * v;
            let gradient: f64 = (0..3)
                .map(|axis| {
                    let (back, fore) = (slopes.backward[axis], slopes.forward[axis]);
                    if spread > 0.0 {
                        square(back.max(0.0)) + square(fore.min(0.0))
                    } else {
                        square(back.min(0.0)) + square(fore.max(0.0))
                    }
                })
                .sum();
            greatest.propagation = greatest.propagation.max(spread.abs());
            change -= spread * gradient.sqrt();
        }
        change
    }

    fn speed_at(&self, surface: Surface<'_>, n: usize, place: [usize; 3], steps: [[usize; 2]; 3]) -> f64 {
        let here = f64::from(surface.phi[n]);
        if !self.at_surface || here == 0.0 {
            return f64::from(self.speed[n]);
        }
        // The surface lies about φ ∇φ / |∇φ|² away.
        let mut offset = [0.0; 3];
        for (axis, offset) in offset.iter_mut().enumerate() {
            let [back, fore] = steps[axis].map(|m| f64::from(surface.phi[m]));
            let (to_fore, from_back) = (fore - here, here - back);
            *offset = if fore * back >= 0.0 {
                if to_fore.abs() > from_back.abs() { to_fore } else { from_back }
            } else if fore * here < 0.0 {
                to_fore
            } else {
                from_back
            };
        }
        let least = surface.spacing.into_iter().fold(f64::INFINITY, f64::min);
        let square: f64 = offset.iter().map(|o| o * o).sum::<f64>() + 1e-6 * least;
        let at: [f64; 3] = std::array::from_fn(|a| place[a] as f64 - offset[a] * here / square);
        linear(self.speed, surface.dims, at).unwrap_or_else(|| f64::from(self.speed[n]))
    }
}

/// Where voxel `n` lies, and its neighbours before and after along each axis; at the border the voxel itself.
#[inline(always)]
pub(super) fn surroundings(dims: [usize; 3], n: usize) -> ([usize; 3], [[usize; 2]; 3]) {
    let place = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
    let strides = [1, dims[0], dims[0] * dims[1]];
    let steps = std::array::from_fn(|axis| {
        let back = if place[axis] > 0 { n - strides[axis] } else { n };
        let fore = if place[axis] + 1 < dims[axis] { n + strides[axis] } else { n };
        [back, fore]
    });
    (place, steps)
}

fn slopes(surface: Surface<'_>, n: usize, steps: [[usize; 2]; 3]) -> Slopes {
    let phi = |n: usize| f64::from(surface.phi[n]);
    let scales = surface.spacing.map(f64::recip);
    let here = phi(n);
    let mut slopes =
        Slopes { forward: [0.0; 3], backward: [0.0; 3], central: [0.0; 3], second: [[0.0; 3]; 3] };
    for i in 0..3 {
        let [back, fore] = steps[i].map(phi);
        slopes.central[i] = 0.5 * (fore - back) * scales[i];
        slopes.forward[i] = (fore - here) * scales[i];
        slopes.backward[i] = (here - back) * scales[i];
        slopes.second[i][i] = (fore + back - 2.0 * here) * scales[i] * scales[i];
        for j in i + 1..3 {
            // Steps along two axes add up: each is a difference from the voxel.
            let corner = |a: usize, b: usize| phi((steps[i][a] + steps[j][b]).wrapping_sub(n));
            let mixed = corner(0, 0) - corner(0, 1) - corner(1, 0) + corner(1, 1);
            slopes.second[i][j] = 0.25 * mixed * scales[i] * scales[j];
            slopes.second[j][i] = slopes.second[i][j];
        }
    }
    slopes
}

/// The mean curvature times the length of the gradient.
fn curvature(slopes: &Slopes) -> f64 {
    let (first, second) = (&slopes.central, &slopes.second);
    let square: f64 = first.iter().map(|d| d * d).sum::<f64>() + 1e-6;
    let mut sum = 0.0;
    for i in 0..3 {
        for j in (0..3).filter(|&j| j != i) {
            sum += second[j][j] * first[i] * first[i] - first[i] * first[j] * second[i][j];
        }
    }
    sum / square
}

/// The value at a place between voxels; `None` more than half a voxel outside.
fn linear(values: &[f32], dims: [usize; 3], at: [f64; 3]) -> Option<f64> {
    let mut low = [0; 3];
    let mut share = [0.0; 3];
    for axis in 0..3 {
        let last = dims[axis] as f64 - 1.0;
        if !(-0.5..=last + 0.5).contains(&at[axis]) {
            return None;
        }
        let within = at[axis].clamp(0.0, last);
        low[axis] = within.floor() as usize;
        share[axis] = within - within.floor();
    }
    let mut sum = 0.0;
    for corner in 0..8 {
        let (mut weight, mut place) = (1.0, [0; 3]);
        for axis in 0..3 {
            let after = corner >> axis & 1 == 1;
            weight *= if after { share[axis] } else { 1.0 - share[axis] };
            place[axis] = (low[axis] + usize::from(after)).min(dims[axis] - 1);
        }
        if weight > 0.0 {
            sum += weight * f64::from(values[(place[2] * dims[1] + place[1]) * dims[0] + place[0]]);
        }
    }
    Some(sum)
}
