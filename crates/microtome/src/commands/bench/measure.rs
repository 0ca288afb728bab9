//! Time and memory of this process.

use std::fs;
use std::time::Instant;

use super::result::Outcome;
use super::{Job, Ran};
use crate::failure::Failure;

/// What running a job several times took.
pub(super) struct Timing {
    /// Seconds of each run, or of each frame of each run.
    pub(super) times: Vec<f64>,
    /// Least CPU seconds of all threads in one run (a frame); `None` where the system does not say.
    pub(super) cpu: Option<f64>,
    /// Most memory during the runs, MB; `None` where the system does not say.
    pub(super) peak_mb: Option<f64>,
}

impl Timing {
    /// Runs `job` up to `repeat` times, and stops after about `budget` seconds.
    pub(super) fn of(job: &mut Job, repeat: u32, budget: f64) -> Result<(Self, Outcome), Failure> {
        // The high-water mark starts anew after the inputs were loaded; where that is not allowed, it includes that.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let mut timing = Self { times: Vec::new(), cpu: None, peak_mb: None };
        let mut spent = 0.0;
        let mut last: Option<Outcome> = None;
        for _ in 0..repeat {
            // The result before is given back first, as the peers do.
            drop(last.take());
            let (before, start) = (cpu_seconds(), Instant::now());
            let Ran { outcome, frames } = job()?;
            let seconds = start.elapsed().as_secs_f64();
            let parts = frames.as_ref().map_or(1, Vec::len).max(1);
            if let (Some(before), Some(after)) = (before, cpu_seconds()) {
                let cpu = (after - before) / parts as f64;
                timing.cpu = Some(timing.cpu.map_or(cpu, |least| least.min(cpu)));
            }
            timing.times.extend(frames.unwrap_or_else(|| vec![seconds]));
            last = Some(outcome);
            spent += seconds;
            if spent + seconds > budget {
                break;
            }
        }
        timing.peak_mb = status_mb("VmHWM:");
        let outcome = last.ok_or_else(|| Failure::new("the operation was not run"))?;
        Ok((timing, outcome))
    }

    pub(super) fn min(&self) -> f64 {
        self.times.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(super) fn median(&self) -> f64 {
        let mut sorted = self.times.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |n: usize| sorted.get(n).copied().unwrap_or(f64::NAN);
        (at((sorted.len().max(1) - 1) / 2) + at(sorted.len() / 2)) / 2.0
    }
}

/// Resident memory, MB.
pub(super) fn resident_mb() -> Option<f64> {
    status_mb("VmRSS:")
}

fn status_mb(field: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}

/// CPU time of all living threads, to the nanosecond.
fn cpu_seconds() -> Option<f64> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    Some(nanoseconds.sum::<f64>() / 1e9)
}
