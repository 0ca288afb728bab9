//! The fast marching method, in slabs side by side.
//!
//! The arrival times are the one solution of Sethian's upwind equations (Proceedings of the National Academy
//! of Sciences 93(4), 1996). It does not depend on the order in which voxels are visited as long as a voxel
//! is visited again when an earlier way to it is found. So the queue need not be exact: times are sorted into
//! buckets (Yatziv, Bartesaghi, Sapiro, Journal of Computational Physics 212(2), 2006), and slabs of slices
//! empty the same bucket at the same time, tell each other what reached their borders, and go on until
//! nothing is new. Where slabs end does not depend on the number of threads, nor does anything else.

use microtome_image::{Array, Blank, Buffer, Scalar, with_values};
use rayon::prelude::*;

use super::queue::Window;
use super::slab::Slab;
use crate::progress::{Cancelled, Progress};

/// Slices of a slab.
const SLICES: usize = 16;

/// The width of a bucket, in the time that the front takes for a voxel at the mean speed.
const WIDTH: f32 = 0.5;

/// What stands where the front does not arrive: half of the largest number, as elsewhere.
pub const NEVER: f32 = f32::MAX / 2.0;

/// How a front runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct March {
    /// Voxel spacing, mm.
    pub spacing: [f64; 3],
    /// Speeds are divided by it.
    pub normalization: f64,
    /// It stops after this time.
    pub stop: f64,
}

/// When a front that starts at the `seeds` at time 0 arrives at each voxel, running at `speed` (mm per unit
/// of time); [`NEVER`] where it does not. It does not enter voxels whose speed is not above 0. `dims`: voxels
/// along i, j, k; the seeds lie within.
///
/// # Errors [`Cancelled`] on request.
///
/// # Panics If there are not as many speeds as `dims` says.
pub fn arrival_times(
    speed: &Array,
    dims: [usize; 3],
    seeds: &[[usize; 3]],
    march: March,
    progress: &Progress,
) -> Result<Buffer<f32>, Cancelled> {
    let count = dims.into_iter().fold(1_usize, usize::saturating_mul);
    assert_eq!(speed.len(), count, "speeds for {dims:?} voxels");
    // A single slice is the same as as many slices of a single row.
    if dims[2] == 1 && dims[1] > 1 {
        let [x, y, z] = march.spacing;
        let march = March { spacing: [x, z, y], ..march };
        let seeds: Vec<[usize; 3]> = seeds.iter().map(|&[i, j, k]| [i, k, j]).collect();
        return arrival_times(speed, [dims[0], 1, dims[1]], &seeds, march, progress);
    }
    with_values!(speed, speed => of_speeds(speed, dims, seeds, march, progress))
}

fn of_speeds<T: Scalar>(
    speed: &[T],
    dims: [usize; 3],
    seeds: &[[usize; 3]],
    march: March,
    progress: &Progress,
) -> Result<Buffer<f32>, Cancelled> {
    progress.report(0.0)?;
    let slice = dims[0] * dims[1];
    let usable = |v: T| Some(v.to_f64()).filter(|v| *v > 0.0);
    let means: Vec<(f64, u64)> = speed
        .par_chunks(slice)
        .map(|values| values.iter().filter_map(|&v| usable(v)).fold((0.0, 0), |(s, n), v| (s + v, n + 1)))
        .collect();
    let (sum, entered) = means.iter().fold((0.0, 0), |(s, n), part| (s + part.0, n + part.1));
    let spacing = march.spacing.map(|h| h as f32);
    let nearest = spacing.iter().copied().fold(f32::INFINITY, f32::min);
    let mean_slowness = march.normalization * entered.max(1) as f64 / sum.max(f64::MIN_POSITIVE);
    let width = WIDTH * nearest * (mean_slowness as f32);
    let stop = (march.stop as f32).min(NEVER);
    let window = Window::new(0.0, width);
    let mut slabs: Vec<Slab> = (0..dims[2].div_ceil(SLICES))
        .into_par_iter()
        .map(|n| {
            let first = n * SLICES;
            let slices = SLICES.min(dims[2] - first);
            let speeds = &speed[first * slice..(first + slices) * slice];
            Slab::new([dims[0], dims[1], slices], spacing, window, stop, |row, out| {
                let speeds = &speeds[row * dims[0]..(row + 1) * dims[0]];
                for (o, &v) in out.iter_mut().zip(speeds) {
                    *o = usable(v).map_or(f32::INFINITY, |v| (march.normalization / v) as f32);
                }
            })
        })
        .collect();
    for &[i, j, k] in seeds {
        slabs[k / SLICES].seed([i, j, k % SLICES]);
    }
    run(&mut slabs, width, stop, entered, progress)?;
    slabs.par_iter_mut().for_each(Slab::finish);
    let mut out = Blank::new(speed.len());
    out.par_chunks_mut(slice * SLICES).zip(&slabs).for_each(|(out, slab)| {
        for (row, out) in out.chunks_exact_mut(dims[0]).enumerate() {
            out.iter_mut().zip(slab.row(row)).for_each(|(o, &t)| *o = if t <= stop { t } else { NEVER });
        }
    });
    progress.report(1.0)?;
    Ok(out.into())
}

/// Empties bucket after bucket, window after window.
fn run(slabs: &mut [Slab], width: f32, stop: f32, voxels: u64, progress: &Progress) -> Result<(), Cancelled> {
    let mut news: Vec<[Vec<(u32, f32)>; 2]> = vec![Default::default(); slabs.len()];
    loop {
        let mut bucket = 0;
        while let Some(next) = slabs.iter().filter_map(|slab| slab.queue().next(bucket)).min() {
            bucket = next;
            let visits: u64 = slabs.iter().map(|slab| slab.visits).sum();
            progress.report(visits as f64 / voxels.max(1) as f64)?;
            loop {
                slabs.par_iter_mut().zip(&news).for_each(|(slab, news)| {
                    slab.learn(0, &news[0]);
                    slab.learn(1, &news[1]);
                    slab.visit(bucket);
                });
                if !pass_on(slabs, &mut news) {
                    break;
                }
            }
        }
        let (least, sum, count) = slabs
            .iter()
            .map(|slab| slab.queue().beyond())
            .fold((f32::INFINITY, 0.0, 0), |(l, s, n), part| (l.min(part.0), s + part.1, n + part.2));
        if count == 0 || least > stop {
            return Ok(());
        }
        // At least half of what is left lies within twice the mean distance.
        let spread = 2.0 * (sum / count as f64 - f64::from(least)).max(0.0) as f32;
        let window = Window::new(least, width.max(spread / Window::buckets() as f32));
        slabs.par_iter_mut().for_each(|slab| slab.queue_mut().move_to(window));
    }
}

/// Hands what the slabs tell to those beside them; whether anything was told.
fn pass_on(slabs: &mut [Slab], news: &mut [[Vec<(u32, f32)>; 2]]) -> bool {
    news.iter_mut().flatten().for_each(Vec::clear);
    let mut any = false;
    let last = slabs.len() - 1;
    for (n, slab) in slabs.iter_mut().enumerate() {
        let [below, above] = &mut slab.told;
        if n > 0 {
            std::mem::swap(below, &mut news[n - 1][1]);
            any |= !news[n - 1][1].is_empty();
        }
        if n < last {
            std::mem::swap(above, &mut news[n + 1][0]);
            any |= !news[n + 1][0].is_empty();
        }
        below.clear();
        above.clear();
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn march(spacing: [f64; 3]) -> March {
        March { spacing, normalization: 1.0, stop: f64::INFINITY }
    }

    fn speeds(dims: [usize; 3]) -> Array {
        let count = dims.iter().product::<usize>();
        Array::from(
            (0..count).map(|n| 0.05 + ((n * 7919 + n / 13 * 104_729) % 97) as f32 / 97.0).collect::<Vec<_>>(),
        )
    }

    /// Sweeps until nothing changes: slow and plainly right.
    fn swept(speed: &Array, dims: [usize; 3], seed: [usize; 3], spacing: [f64; 3]) -> Vec<f64> {
        let at = |p: [usize; 3]| (p[2] * dims[1] + p[1]) * dims[0] + p[0];
        let mut times = vec![f64::INFINITY; speed.len()];
        times[at(seed)] = 0.0;
        loop {
            let mut changed = false;
            for n in 0..times.len() {
                let p = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
                if p == seed {
                    continue;
                }
                let mut near: Vec<(f64, f64)> = (0..3)
                    .map(|a| {
                        let mut best = f64::INFINITY;
                        for d in [-1_isize, 1] {
                            let mut q = p;
                            q[a] = q[a].wrapping_add_signed(d);
                            if q[a] < dims[a] {
                                best = best.min(times[at(q)]);
                            }
                        }
                        (best, 1.0 / (spacing[a] * spacing[a]))
                    })
                    .collect();
                near.sort_by(|a, b| a.0.total_cmp(&b.0));
                let (mut aa, mut bb, mut cc) = (0.0, 0.0, -speed.get(n).unwrap().powi(-2));
                let mut u = f64::INFINITY;
                for (a, w) in near {
                    if u < a || a.is_infinite() {
                        break;
                    }
                    (aa, bb, cc) = (aa + w, bb + w * a, cc + w * a * a);
                    u = (bb + (bb * bb - aa * cc).max(0.0).sqrt()) / aa;
                }
                if u < times[n] - 1e-12 {
                    times[n] = u;
                    changed = true;
                }
            }
            if !changed {
                return times;
            }
        }
    }

    #[test]
    fn times_solve_the_upwind_equations() {
        for (dims, seed) in [
            ([12, 9, 40], [3, 8, 33]),
            ([17, 20, 1], [0, 5, 0]),
            ([1, 1, 50], [0, 0, 20]),
            ([9, 1, 35], [4, 0, 0]),
        ] {
            let spacing = [0.7, 1.1, 1.9];
            let speed = speeds(dims);
            let found = arrival_times(&speed, dims, &[seed], march(spacing), &Progress::ignored()).unwrap();
            let expected = swept(&speed, dims, seed, spacing);
            for (f, e) in found.iter().zip(expected) {
                assert!((f64::from(*f) - e).abs() <= 2e-6 * e.max(1.0), "{f} {e} {dims:?}");
            }
        }
    }

    #[test]
    fn threads_do_not_matter() {
        let dims = [20, 18, 70];
        let speed = speeds(dims);
        let times = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let seeds = [[3, 4, 5], [19, 0, 69]];
            pool.install(|| {
                arrival_times(&speed, dims, &seeds, march([1.0; 3]), &Progress::ignored()).unwrap()
            })
        };
        let one = times(1);
        assert!([2, 5].into_iter().all(|n| *times(n) == *one));
    }

    #[test]
    fn the_front_goes_around_what_it_does_not_enter() {
        let speed = Array::from(vec![1.0_f32, 0.0, 1.0, 1.0, f32::NAN, 1.0, 1.0, 2.0, 1.0]);
        let found =
            arrival_times(&speed, [3, 3, 1], &[[0, 0, 0]], march([1.0; 3]), &Progress::ignored()).unwrap();
        assert_eq!(&found[..5], [0.0, NEVER, found[2], 1.0, NEVER]);
        assert_eq!([found[6], found[7], found[8], found[5], found[2]], [2.0, 2.5, 3.5, 4.5, 5.5]);
    }
}
