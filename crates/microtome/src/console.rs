//! Standard output for results, standard error for everything else.

#![allow(clippy::print_stderr, reason = "this is the one place that prints")]

use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::Failure;

/// Prints an error line.
pub(crate) fn error(message: &str) {
    eprintln!("error: {message}");
}

/// Prints a warning line.
pub(crate) fn warning(message: &str) {
    eprintln!("warning: {message}");
}

/// Prints a note that is neither result nor trouble.
pub(crate) fn note(message: &str) {
    eprintln!("{message}");
}

/// Prints a failure and gives its exit status.
pub(crate) fn report(failure: &Failure) -> ExitCode {
    error(&failure.message);
    failure.advice.iter().for_each(|line| eprintln!("  {line}"));
    ExitCode::from(if failure.usage { 2 } else { 1 })
}

/// Writes a result to standard output. A reader that went away (`microtome … | head`) is no failure.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(format!("cannot write the result: {error}"))),
        Ok(()) => Ok(()),
    }
}
