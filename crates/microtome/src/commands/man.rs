//! `microtome man`: manual pages.

use clap_mangen::Man;

use crate::cli::command;
use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  microtome man > ~/.local/share/man/man1/microtome.1
  microtome man convert > ~/.local/share/man/man1/microtome-convert.1")]
pub(crate) struct Args {
    /// The command to print the page of; that of the whole program if none is named
    command: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut whole = command();
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name);
            let unknown =
                || Failure::new(format!("cannot print the page of {name}: there is no such command"));
            let page = found.ok_or_else(unknown)?.clone();
            let title = format!("microtome-{name}");
            page.name(title)
        }
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    console::result(&String::from_utf8_lossy(&text))
}
