//! Telling how far an operation has come, and stopping it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The operation was stopped on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped on request")]
pub struct Cancelled;

type Listener = dyn Fn(f64) + Send + Sync;

/// Where an operation reports how far it has come, and learns that it should stop. Clones share both.
#[derive(Clone, Default)]
pub struct Progress {
    cancelled: Arc<AtomicBool>,
    listener: Option<Arc<Listener>>,
}

impl Progress {
    /// Nobody listens; nobody stops it.
    pub fn ignored() -> Self {
        Self::default()
    }

    /// Calls `listener` with the fraction done (0 to 1), from whichever thread reports.
    pub fn new(listener: impl Fn(f64) + Send + Sync + 'static) -> Self {
        Self { cancelled: Arc::default(), listener: Some(Arc::new(listener)) }
    }

    /// Asks the operation to stop at its next report.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// The progress of a step that takes from one fraction of the whole to another: its own 0 to 1 is that range.
    pub fn step(&self, range: Range<f64>) -> Self {
        let listener = self.listener.clone().map(|listener| {
            let scaled = move |fraction: f64| listener(range.start + fraction * (range.end - range.start));
            Arc::new(scaled) as Arc<Listener>
        });
        Self { cancelled: Arc::clone(&self.cancelled), listener }
    }

    /// Learns that it should stop, without a report.
    ///
    /// # Errors
    /// [`Cancelled`] once someone asked to stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// Reports the fraction done, 0 to 1.
    ///
    /// # Errors
    /// [`Cancelled`] once someone asked to stop: the operation passes it on and ends.
    pub fn report(&self, fraction: f64) -> Result<(), Cancelled> {
        self.check()?;
        if let Some(listener) = &self.listener {
            listener(fraction.clamp(0.0, 1.0));
        }
        Ok(())
    }
}
