//! A level set in five layers around its zero level.
//!
//! Whitaker, International Journal of Computer Vision 29(3), 1998, in the form of S. Lankton's sparse field:
//! layer 0 holds the voxels whose φ is between -1/2 and 1/2, layers -1, -2 those inside and 1, 2 those
//! outside; beyond them φ is ±3.

/// Layers by index: -2, -1, 0, 1, 2 are 0 to 4.
const ZERO: usize = 2;
const FAR: i8 = 3;

/// The level set.
pub(super) struct Field {
    dims: [usize; 3],
    phi: Vec<f32>,
    label: Vec<i8>,
    layers: [Vec<u32>; 5],
    /// How many voxels lie inside.
    inside: u64,
}

impl Field {
    /// The level set whose inside is `mask`; its zero level runs through the mask's outermost voxels.
    pub(super) fn new(mask: &[bool], dims: [usize; 3]) -> Self {
        let inside = mask.iter().filter(|&&m| m).count() as u64;
        let label: Vec<i8> = mask.iter().map(|&m| if m { -FAR } else { FAR }).collect();
        let mut field = Self { dims, phi: Vec::new(), label, layers: Default::default(), inside };
        for n in 0..mask.len() {
            if mask[n] && field.neighbours(n).any(|m| !mask[m]) {
                field.layers[ZERO].push(n as u32);
            }
        }
        for &n in &field.layers[ZERO] {
            field.label[n as usize] = 0;
        }
        for (from, to) in [(0_i8, [1_i8, -1]), (-1, [-2, -2]), (1, [2, 2])] {
            for n in field.layers[index(from)].clone() {
                for m in field.neighbours(n as usize).collect::<Vec<_>>() {
                    let to = if field.label[m] > 0 { to[0] } else { to[1] };
                    if field.label[m] == FAR.copysigned(to) {
                        field.label[m] = to;
                        field.layers[index(to)].push(m as u32);
                    }
                }
            }
        }
        field.phi = field.label.iter().map(|&l| f32::from(l)).collect();
        field
    }

    /// The voxels at the zero level.
    pub(super) fn front(&self) -> &[u32] {
        &self.layers[ZERO]
    }

    /// How many voxels lie inside.
    pub(super) const fn inside(&self) -> u64 {
        self.inside
    }

    /// Negative inside, positive outside.
    pub(super) fn into_phi(self) -> Vec<f32> {
        self.phi
    }

    fn neighbours(&self, n: usize) -> impl Iterator<Item = usize> + use<> {
        let [ni, nj, nk] = self.dims;
        let slice = ni * nj;
        let [i, j, k] = [n % ni, n / ni % nj, n / slice];
        [
            (i + 1 < ni).then(|| n + 1),
            (i > 0).then(|| n.wrapping_sub(1)),
            (j + 1 < nj).then(|| n + ni),
            (j > 0).then(|| n.wrapping_sub(ni)),
            (k + 1 < nk).then(|| n + slice),
            (k > 0).then(|| n.wrapping_sub(slice)),
        ]
        .into_iter()
        .flatten()
    }

    /// The φ nearest to the zero level among the neighbours one layer nearer to it.
    fn nearer(&self, n: usize) -> Option<f64> {
        let label = self.label[n];
        let near = self.neighbours(n).filter(|&m| self.label[m] == label - label.signum());
        let phi = near.map(|m| f64::from(self.phi[m]));
        phi.reduce(if label > 0 { f64::min } else { f64::max })
    }

    /// The mean curvature at a voxel; differences over the border count as 0.
    pub(super) fn curvature(&self, n: usize, spacing: [f64; 3]) -> f64 {
        let dims = self.dims;
        let strides = [1, dims[0], dims[0] * dims[1]];
        let place = [n % dims[0], n / dims[0] % dims[1], n / strides[2]];
        let open = [0, 1, 2].map(|a| place[a] > 0 && place[a] + 1 < dims[a]);
        let phi = |n: usize| f64::from(self.phi[n]);
        let (mut first, mut second, mut mixed) = ([0.0; 3], [0.0; 3], 0.0);
        for a in (0..3).filter(|&a| open[a]) {
            let (back, fore) = (phi(n - strides[a]), phi(n + strides[a]));
            first[a] = (fore - back) / (2.0 * spacing[a]);
            second[a] = (fore - 2.0 * phi(n) + back) / (spacing[a] * spacing[a]);
        }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            if open[a] && open[b] {
                let (s, t) = (strides[a], strides[b]);
                let sum = phi(n + s + t) + phi(n - s - t) - phi(n + s - t) - phi(n + t - s);
                mixed += 0.25 * sum / (spacing[a] * spacing[b]) * first[a] * first[b];
            }
        }
        let [xx, yy, zz] = first.map(|d| d * d);
        let bent = second[0] * (yy + zz) + second[1] * (xx + zz) + second[2] * (xx + yy) - 2.0 * mixed;
        bent / (xx + yy + zz + f64::EPSILON)
    }

    /// Adds the forces to φ at the zero level (as many as voxels there, none greater than 1/2) and brings the
    /// layers after.
    pub(super) fn step(&mut self, forces: &[f64]) {
        // Voxels that come into a layer, by its index.
        let mut coming: [Vec<u32>; 5] = Default::default();
        let front = std::mem::take(&mut self.layers[ZERO]);
        for (&voxel, force) in front.iter().zip(forces) {
            let n = voxel as usize;
            let old = f64::from(self.phi[n]);
            let new = old + force;
            self.inside = match (old <= 0.0, new <= 0.0) {
                (true, false) => self.inside.saturating_sub(1),
                (false, true) => self.inside + 1,
                _ => self.inside,
            };
            self.phi[n] = new as f32;
            let to = if new > 0.5 {
                index(1)
            } else if new < -0.5 {
                index(-1)
            } else {
                ZERO
            };
            if to == ZERO { &mut self.layers[ZERO] } else { &mut coming[to] }.push(voxel);
        }
        for layer in [-1, 1, -2, 2] {
            self.settle(layer, &mut coming);
        }
        let [inner, inside, zero, outside, outer] = coming;
        let (mut inner, mut outer) = (inner, outer);
        for voxel in zero {
            self.label[voxel as usize] = 0;
            self.layers[ZERO].push(voxel);
        }
        for (layer, list, next) in [(-1, inside, &mut inner), (1, outside, &mut outer)] {
            for voxel in list {
                let n = voxel as usize;
                self.label[n] = layer;
                self.layers[index(layer)].push(voxel);
                let far = f32::from(FAR.copysigned(layer));
                for m in self.neighbours(n) {
                    if (self.phi[m] - far).abs() < 1e-10 {
                        self.phi[m] = self.phi[n] + f32::from(layer);
                        next.push(m as u32);
                    }
                }
            }
        }
        for (layer, list) in [(-2, inner), (2, outer)] {
            for voxel in list {
                self.label[voxel as usize] = layer;
                self.layers[index(layer)].push(voxel);
            }
        }
    }

    /// Gives the voxels of a layer their φ anew, and hands on those whose φ belongs to another.
    fn settle(&mut self, layer: i8, coming: &mut [Vec<u32>; 5]) {
        let sign = f64::from(layer.signum());
        let (nearest, farthest) = (f64::from(layer.abs()) - 0.5, f64::from(layer.abs()) + 0.5);
        let far = FAR.copysigned(layer);
        let outermost = layer.abs() == 2;
        let list = std::mem::take(&mut self.layers[index(layer)]);
        for voxel in list {
            let n = voxel as usize;
            // What lost touch with the nearer layer moves out.
            let new = match self.nearer(n) {
                Some(nearer) => nearer + sign,
                None if outermost => f64::from(far),
                None => f64::from(self.phi[n]) + sign,
            };
            let lost = self.nearer(n).is_none();
            self.phi[n] = new as f32;
            let away = sign * new;
            // On the inner side the limit itself belongs to the layer nearer to zero, as on the outer side.
            if !lost && away <= nearest {
                coming[index(layer - layer.signum())].push(voxel);
            } else if !lost && away <= farthest {
                self.layers[index(layer)].push(voxel);
            } else if outermost {
                self.phi[n] = f32::from(far);
                self.label[n] = far;
            } else {
                coming[index(layer + layer.signum())].push(voxel);
            }
        }
    }
}

const fn index(layer: i8) -> usize {
    (layer + 2) as usize
}

trait Signed {
    fn copysigned(self, sign: Self) -> Self;
}

impl Signed for i8 {
    fn copysigned(self, sign: Self) -> Self {
        if sign < 0 { -self } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ball(dims: [usize; 3], radius: f64) -> Vec<bool> {
        (0..dims.iter().product::<usize>())
            .map(|n| {
                let p = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
                (0..3).map(|a| (p[a] as f64 - (dims[a] / 2) as f64).powi(2)).sum::<f64>().sqrt() <= radius
            })
            .collect()
    }

    #[test]
    fn layers_lie_around_the_zero_level() {
        let field = Field::new(&ball([21, 21, 21], 6.0), [21, 21, 21]);
        assert_eq!(field.inside(), field.phi.iter().filter(|&&p| p <= 0.0).count() as u64);
        let middle = 10 * 21 * 21 + 10 * 21;
        let along: Vec<f32> = field.phi[middle + 10..middle + 21].to_vec();
        assert_eq!(along, [-3.0, -3.0, -3.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn a_constant_force_grows_a_ball() {
        let dims = [31, 31, 31];
        let mut field = Field::new(&ball(dims, 5.0), dims);
        let before = field.inside();
        for _ in 0..10 {
            let forces = vec![-0.49; field.front().len()];
            field.step(&forces);
            let labels = &field.label;
            // Every voxel of a layer has its label, once.
            for (layer, list) in (-2_i8..=2).zip(&field.layers) {
                assert!(list.iter().all(|&n| labels[n as usize] == layer));
                assert_eq!(list.len(), labels.iter().filter(|&&l| l == layer).count());
            }
        }
        let radius = (field.inside() as f64 * 0.75 / std::f64::consts::PI).cbrt();
        assert!(field.inside() > before && (8.0..12.0).contains(&radius), "{radius}");
        assert_eq!(field.inside(), field.phi.iter().filter(|&&p| p <= 0.0).count() as u64);
    }

    #[test]
    fn a_ball_is_curved_by_two_over_its_radius() {
        let dims = [41, 41, 41];
        let mut field = Field::new(&ball(dims, 12.0), dims);
        for (n, phi) in field.phi.iter_mut().enumerate() {
            let p = [n % 41, n / 41 % 41, n / 41 / 41].map(|c| c as f64 - 20.0);
            *phi = (p.iter().map(|c| c * c).sum::<f64>().sqrt() - 12.0) as f32;
        }
        let found = field.curvature((20 * 41 + 20) * 41 + 32, [1.0; 3]);
        assert!((found - 2.0 / 12.0).abs() < 1e-2, "{found}");
    }
}
