//! `microtome completions`: shell completion scripts.

use clap_complete::{Shell, generate};

use crate::cli::command;
use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(
    after_help = "Example: microtome completions bash > ~/.local/share/bash-completion/completions/microtome"
)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "microtome", &mut script);
    console::result(&String::from_utf8_lossy(&script))
}
