//! The executable: the command line, which starts any of the faces.

mod cli;
mod commands;
mod console;
mod failure;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Bad input must never end in a backtrace; what still panics is a mistake of ours and says so in one line.
    std::panic::set_hook(Box::new(|_| {}));
    match std::panic::catch_unwind(cli::run) {
        Ok(code) => code,
        Err(_) => {
            console::error(
                "internal error: this is a mistake in microtome, please report the command and the file",
            );
            ExitCode::FAILURE
        }
    }
}
