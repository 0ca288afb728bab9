//! What several test files share.

#![allow(
    dead_code,
    clippy::print_stderr,
    reason = "not every test file uses all of it; a skipped test says so"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Says that a test is skipped; under CI that is a failure.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: {why}");
    eprintln!("SKIPPED {test}: {why}");
}

/// The sample data; `None`, said aloud, where there is none.
pub fn shared_data(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    skip(test, "../shared/data is absent");
    None
}

/// Runs a Python program with `input` on its standard input and gives its standard output; `None`, said aloud, where there
/// is no Python. `MICROTOME_PYTHON` names the interpreter.
pub fn python(test: &str, program: &str, input: &[u8]) -> Option<Vec<u8>> {
    let interpreter = std::env::var("MICROTOME_PYTHON").unwrap_or_else(|_| "python3".into());
    let child =
        Command::new(&interpreter).args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        skip(test, &format!("{interpreter} cannot be started"));
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    assert!(output.status.success(), "{test}: python failed");
    Some(output.stdout)
}
