//! Why a command could not do its work.

use std::error::Error as StdError;

/// Why a command could not do its work: printed as `error: …`, with advice on indented lines under it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What, which file, why: one line.
    pub message: String,
    /// What to try.
    pub advice: Vec<String>,
    /// Whether the command was used wrongly (exit status 2) rather than unable to do its work (1).
    pub usage: bool,
}

impl Failure {
    /// It could not be done.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: Vec::new(), usage: false }
    }

    /// The command was used wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(message) }
    }

    /// With a line of advice.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }
}

impl<E: StdError> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}
