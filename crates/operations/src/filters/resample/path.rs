//! Where the voxels of an output row lie in the input.

use std::ops::Range;

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Transform};

/// From output indices to input indices.
pub(super) enum Path {
    /// By a matrix.
    Linear(Affine<Ijk, Ijk>),
    /// By way of patient space.
    Curved { output: Affine<Ijk, Ras>, transform: Box<Transform>, input: Affine<Ras, Ijk> },
}

/// Voxels whose places are worked out together.
pub(super) const GROUP: usize = 32;

/// The places of a group of voxels: input indices i, j, k.
pub(super) type Places = [[f64; GROUP]; 3];

/// How far beyond half a voxel from the outermost centres a place still counts as inside: rounding must not decide.
const SLACK: f64 = 1e-6;

impl Path {
    /// `None` if the input's geometry is singular.
    pub(super) fn new(input: &Grid, output: &Grid, transform: &Transform) -> Option<Self> {
        let to_input = input.ras_to_ijk()?;
        Some(match transform.as_linear() {
            Some(matrix) => Self::Linear(output.ijk_to_ras().then(&matrix).then(&to_input)),
            None => Self::Curved {
                output: *output.ijk_to_ras(),
                transform: Box::new(transform.clone()),
                input: to_input,
            },
        })
    }

    /// Calls `each` with every stretch of at most [`GROUP`] voxels of the output row `j`, `k` of `width` voxels that
    /// lie inside an input of `dims`, and with their places.
    pub(super) fn for_each_group(
        &self,
        [j, k]: [usize; 2],
        width: usize,
        dims: [usize; 3],
        mut each: impl FnMut(Range<usize>, &Places),
    ) {
        let mut places = [[0.0; GROUP]; 3];
        match self {
            Self::Linear(matrix) => {
                let start = matrix.apply(Point::new(0.0, j as f64, k as f64)).coords();
                let step = matrix.column(0).coords();
                let inside = inside(start, step, dims, width);
                for from in inside.clone().step_by(GROUP) {
                    for axis in 0..3 {
                        for (n, place) in places[axis].iter_mut().enumerate() {
                            *place = start[axis] + (from + n) as f64 * step[axis];
                        }
                    }
                    each(from..inside.end.min(from + GROUP), &places);
                }
            }
            Self::Curved { output, transform, input } => {
                let mut from = 0;
                let mut held = 0;
                for i in 0..width {
                    let p = output.apply(Point::new(i as f64, j as f64, k as f64));
                    let p = input.apply(transform.apply(p)).coords();
                    let within = is_inside(p, dims);
                    if within {
                        (0..3).for_each(|axis| places[axis][held] = p[axis]);
                        held += 1;
                    }
                    if held > 0 && (!within || held == GROUP || i + 1 == width) {
                        each(from..from + held, &places);
                        held = 0;
                    }
                    if held == 0 {
                        from = i + 1;
                    }
                }
            }
        }
    }
}

fn is_inside(p: [f64; 3], dims: [usize; 3]) -> bool {
    (0..3).all(|a| p[a] >= -0.5 - SLACK && p[a] <= dims[a] as f64 - 0.5 + SLACK)
}

/// The n of 0..`count` for which `start + n · step` lies inside.
fn inside(start: [f64; 3], step: [f64; 3], dims: [usize; 3], count: usize) -> Range<usize> {
    let at = |n: usize| is_inside(std::array::from_fn(|a| start[a] + n as f64 * step[a]), dims);
    let (mut low, mut high) = (0.0_f64, count as f64);
    for a in 0..3 {
        if step[a] != 0.0 {
            let ends = [-0.5, dims[a] as f64 - 0.5].map(|edge| (edge - start[a]) / step[a]);
            low = low.max(ends[0].min(ends[1]) - 1.0);
            high = high.min(ends[0].max(ends[1]) + 2.0);
        }
    }
    if low >= high {
        return 0..0;
    }
    // Solving for the ends rounds; the voxels about them are asked one by one.
    let (mut first, mut end) = (low.ceil() as usize, (high.floor() as usize).min(count));
    while first < end && !at(first) {
        first += 1;
    }
    while first < end && !at(end - 1) {
        end -= 1;
    }
    if first < end { first..end } else { 0..0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_is_what_asking_every_voxel_says() {
        let dims = [5, 4, 3];
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        };
        for round in 0..2000 {
            let start: [f64; 3] = std::array::from_fn(|_| random() * 12.0);
            let step: [f64; 3] = std::array::from_fn(|a| if round % (a + 2) == 0 { 0.0 } else { random() });
            let one_by_one: Vec<usize> = (0..40)
                .filter(|&n| is_inside(std::array::from_fn(|a| start[a] + n as f64 * step[a]), dims))
                .collect();
            assert_eq!(inside(start, step, dims, 40).collect::<Vec<_>>(), one_by_one, "{start:?} {step:?}");
        }
        assert_eq!(inside([f64::NAN; 3], [1.0; 3], dims, 40), 0..0);
        assert_eq!(inside([-0.5, 0.0, 0.0], [1.0, 0.0, 0.0], dims, 40), 0..6);
    }
}
