//! A level set that is kept only near its surface (R. Whitaker, "A level-set approach to 3D reconstruction from range data",
//! Int. J. Computer Vision 29, 1998).
//!
//! Voxels that the surface passes are the active layer, numbered 0, with distances up to half a voxel. Beside it lie layers of voxels one
//! step farther each: odd numbers on the negative side, even ones on the positive. When the surface leaves a voxel, layers are
//! handed on. Here the surface moves with its curvature and stays between voxels that were inside and those that were not.

use super::LAYERS;
use crate::progress::{Cancelled, Progress};

/// No layer.
const NONE: i8 = i8::MIN;

/// On its way to another layer.
const CHANGING: i8 = -1;

/// Active, on its way to the positive side, or to the negative one.
const RISING: i8 = -2;
const FALLING: i8 = -3;

/// All layers: the active one, and those on both sides.
const ALL: usize = 2 * LAYERS + 1;

/// The length of a step in time.
const TIME: f64 = 0.05;

/// The squared gradient below which nothing moves.
const LEAST_SQUARE: f64 = 1e-9;

pub(super) struct SparseField {
    dims: [usize; 3],
    /// Which voxels were inside.
    inside: Vec<bool>,
    values: Vec<f32>,
    /// Each voxel's layer.
    status: Vec<i8>,
    /// The voxels of each layer; those whose status is another are no more in it.
    layers: [Vec<usize>; ALL],
}

impl SparseField {
    /// The surface between voxels that are inside and those that are not.
    pub(super) fn new(inside: Vec<bool>, dims: [usize; 3]) -> Self {
        let count = inside.len();
        let far = (LAYERS + 1) as f32;
        let mut field = Self {
            dims,
            values: inside.iter().map(|&inside| if inside { far } else { -far }).collect(),
            inside,
            status: vec![NONE; count],
            layers: Default::default(),
        };
        field.find_active();
        for n in 0..count {
            if field.status[n] == 0 {
                for near in field.neighbours(n) {
                    if field.status[near] == NONE {
                        let layer = if field.inside[near] { 2 } else { 1 };
                        field.status[near] = layer;
                        field.layers[layer as usize].push(near);
                    }
                }
            }
        }
        for layer in 1..ALL - 2 {
            for n in field.layers[layer].clone().into_iter().rev() {
                for near in field.neighbours(n) {
                    if field.status[near] == NONE {
                        field.status[near] = layer as i8 + 2;
                        field.layers[layer + 2].push(near);
                    }
                }
            }
        }
        field.propagate();
        field
    }

    /// Moves the surface; gives distances in voxels, positive inside.
    pub(super) fn run(
        mut self,
        iterations: u32,
        least: f64,
        progress: &Progress,
    ) -> Result<Vec<f32>, Cancelled> {
        for n in 0..iterations {
            progress.report(f64::from(n) / f64::from(iterations))?;
            let moved = self.step();
            if moved < least {
                break;
            }
        }
        let far = (LAYERS + 1) as f32;
        for (value, status) in self.values.iter_mut().zip(&self.status) {
            if *status == NONE {
                *value = if *value > 0.0 { far } else { -far };
            }
        }
        Ok(self.values)
    }

    /// The voxels beside one: before it along k, j and i, and behind it along i, j and k.
    fn neighbours(&self, n: usize) -> impl Iterator<Item = usize> + use<> {
        let [ni, nj, nk] = self.dims;
        let [i, j, k] = [n % ni, n / ni % nj, n / (ni * nj)];
        let near = [
            (k > 0).then(|| n - ni * nj),
            (j > 0).then(|| n - ni),
            (i > 0).then(|| n - 1),
            (i + 1 < ni).then(|| n + 1),
            (j + 1 < nj).then(|| n + ni),
            (k + 1 < nk).then(|| n + ni * nj),
        ];
        near.into_iter().flatten()
    }

    /// A step along each axis, before and behind a voxel; none where the volume ends.
    fn strides(&self, n: usize) -> [[usize; 2]; 3] {
        let [ni, nj, nk] = self.dims;
        let at = [n % ni, n / ni % nj, n / (ni * nj)];
        let step = [1, ni, ni * nj];
        let length = [ni, nj, nk];
        std::array::from_fn(|a| {
            [if at[a] > 0 { step[a] } else { 0 }, if at[a] + 1 < length[a] { step[a] } else { 0 }]
        })
    }

    /// Of two voxels on both sides of the surface, the first is active; its value is the distance that the surface would have if it
    /// passed in the middle.
    fn find_active(&mut self) {
        for n in 0..self.inside.len() {
            let here = self.inside[n];
            let strides = self.strides(n);
            if strides.iter().any(|[_, behind]| self.inside[n + behind] != here) {
                let sides = |[before, behind]: [usize; 2]| {
                    self.inside[n - before] != here || self.inside[n + behind] != here
                };
                let axes = strides.into_iter().filter(|&stride| sides(stride)).count();
                let distance = 0.5 / ((axes as f32).sqrt() + 1e-6);
                self.status[n] = 0;
                self.values[n] = if here { distance } else { -distance };
                self.layers[0].push(n);
            }
        }
    }

    /// The mean curvature times the gradient at a voxel.
    fn curvature(&self, n: usize) -> f64 {
        let strides = self.strides(n);
        let value = |n: usize| f64::from(self.values[n]);
        let here = value(n);
        let mut first = [0.0; 3];
        let mut second = [0.0; 3];
        for (axis, [before, behind]) in strides.into_iter().enumerate() {
            let (low, high) = (value(n - before), value(n + behind));
            first[axis] = 0.5 * (high - low);
            second[axis] = high - 2.0 * here + low;
        }
        let square: f64 = first.iter().map(|d| d * d).sum();
        if square < LEAST_SQUARE {
            return 0.0;
        }
        let mut sum = 0.0;
        for a in 0..3 {
            let others: f64 = (0..3).filter(|&b| b != a).map(|b| second[b]).sum();
            sum += others * first[a] * first[a];
            for b in a + 1..3 {
                let ([before_a, behind_a], [before_b, behind_b]) = (strides[a], strides[b]);
                let cross = 0.25
                    * (value(n - before_a - before_b)
                        - value(n - before_a + behind_b)
                        - value(n + behind_a - before_b)
                        + value(n + behind_a + behind_b));
                sum -= 2.0 * first[a] * first[b] * cross;
            }
        }
        sum / square
    }

    /// One step; gives the root mean square movement.
    fn step(&mut self) -> f64 {
        let changes: Vec<f64> = self.layers[0].iter().map(|&n| self.curvature(n)).collect();
        let (mut rising, mut falling, moved) = self.update_active(&changes);
        let mut up = self.enter(&mut rising, 2, 1);
        let mut down = self.enter(&mut falling, 1, 2);
        // What rises pulls the negative layers along, each into the place of the one before; what falls the positive ones.
        let (mut up_to, mut down_to, mut up_from, mut down_from) = (0, 0, 3, 4);
        while down_from < ALL as i8 {
            up = self.enter(&mut up, up_to, up_from);
            down = self.enter(&mut down, down_to, down_from);
            up_to += if up_to == 0 { 1 } else { 2 };
            down_to += 2;
            up_from += 2;
            down_from += 2;
        }
        let outermost_up = self.enter(&mut up, up_to, NONE);
        let outermost_down = self.enter(&mut down, down_to, NONE);
        for (list, layer) in [(outermost_up, ALL - 2), (outermost_down, ALL - 1)] {
            for n in list.into_iter().rev() {
                self.status[n] = layer as i8;
                self.layers[layer].push(n);
            }
        }
        self.propagate();
        moved
    }

    /// Moves active voxels' values; gives those that leave the active layer upwards and downwards, and the movement. The voxels
    /// next to these that come into the layer get their values.
    fn update_active(&mut self, changes: &[f64]) -> (Vec<usize>, Vec<usize>, f64) {
        let (mut rising, mut falling) = (Vec::new(), Vec::new());
        let mut squares = 0.0;
        let active = std::mem::take(&mut self.layers[0]);
        let mut kept = Vec::with_capacity(active.len());
        for (&n, change) in active.iter().zip(changes).rev() {
            let old = self.values[n];
            let new = old + (TIME * change) as f32;
            let new = if self.inside[n] { new.max(0.0) } else { new.min(0.0) };
            let leaves = if new >= 0.5 {
                Some((RISING, FALLING, 1))
            } else if new < -0.5 {
                Some((FALLING, RISING, 2))
            } else {
                None
            };
            let Some((own, opposite, layer)) = leaves else {
                squares += f64::from(new - old).powi(2);
                self.values[n] = new;
                kept.push(n);
                continue;
            };
            // Neighbours that leave in opposite directions would tear a hole: the later one stays as it is.
            if self.neighbours(n).any(|near| self.status[near] == opposite) {
                kept.push(n);
                continue;
            }
            squares += f64::from(new - old).powi(2);
            let next = if own == RISING { new - 1.0 } else { new + 1.0 };
            for near in self.neighbours(n) {
                let value = self.values[near];
                let beyond = if own == RISING { value < -0.5 } else { value >= 0.5 };
                if self.status[near] == layer && (beyond || next.abs() < value.abs()) {
                    self.values[near] = next;
                }
            }
            if own == RISING {
                rising.push(n)
            } else {
                falling.push(n)
            }
            self.status[n] = own;
        }
        kept.reverse();
        self.layers[0] = kept;
        let moved = if changes.is_empty() { 0.0 } else { (squares / changes.len() as f64).sqrt() };
        (rising, falling, moved)
    }

    /// Puts voxels into a layer; gives their neighbours of the status `search`, which follow them.
    fn enter(&mut self, list: &mut Vec<usize>, layer: i8, search: i8) -> Vec<usize> {
        let mut following = Vec::new();
        while let Some(n) = list.pop() {
            self.status[n] = layer;
            self.layers[layer as usize].push(n);
            for near in self.neighbours(n) {
                if self.status[near] == search {
                    self.status[near] = CHANGING;
                    following.push(near);
                }
            }
        }
        following
    }

    /// Gives the layers beside the active one their values, one step more than the nearest of the layer before.
    fn propagate(&mut self) {
        self.propagate_layer(0, 1);
        self.propagate_layer(0, 2);
        for from in 1..ALL - 2 {
            self.propagate_layer(from, from + 2);
        }
    }

    fn propagate_layer(&mut self, from: usize, to: usize) {
        let negative = to % 2 == 1;
        let list = std::mem::take(&mut self.layers[to]);
        let mut kept = Vec::with_capacity(list.len());
        for n in list.into_iter().rev() {
            if self.status[n] != to as i8 {
                continue;
            }
            let near = self.neighbours(n).filter(|&near| self.status[near] == from as i8);
            let values = near.map(|near| self.values[near]);
            let nearest = values.reduce(|a, b| if negative { a.max(b) } else { a.min(b) });
            if let Some(nearest) = nearest {
                self.values[n] = nearest + if negative { -1.0 } else { 1.0 };
                kept.push(n);
            } else if to + 2 < ALL {
                // Without a neighbour nearer to the surface it belongs to the next layer.
                self.status[n] = to as i8 + 2;
                self.layers[to + 2].push(n);
            } else {
                self.status[n] = NONE;
            }
        }
        kept.reverse();
        self.layers[to] = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_stays_and_a_step_becomes_a_slope() {
        let dims = [40, 12, 12];
        let plane: Vec<bool> = (0..dims.iter().product()).map(|n| n / 40 / 12 > 5).collect();
        let found = SparseField::new(plane.clone(), dims).run(50, 0.0, &Progress::ignored()).unwrap();
        assert!(found.iter().zip(&plane).all(|(v, inside)| (*v > 0.0) == *inside || *v == 0.0));
        // A step of one voxel at i = 20.
        let step: Vec<bool> =
            (0..dims.iter().product()).map(|n| n / 40 / 12 > if n % 40 < 20 { 5 } else { 6 }).collect();
        let found = SparseField::new(step.clone(), dims).run(300, 0.0, &Progress::ignored()).unwrap();
        let at = |i: usize| found[(6 * 12 + 6) * 40 + i];
        assert!(
            at(10) > at(15) && at(15) > at(19) && at(19) >= 0.0 && at(20) <= 0.0 && at(20) > at(25),
            "{:?}",
            at(19)
        );
        assert!(found.iter().zip(&step).all(|(v, inside)| if *inside { *v >= 0.0 } else { *v <= 0.0 }));
    }
}
