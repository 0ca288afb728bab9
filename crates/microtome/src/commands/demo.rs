//! `microtome demo`: the built-in sample case through the whole chain.

use std::path::PathBuf;

use microtome_workbench::demo;

use crate::cli::Common;
use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Example: microtome demo my-folder && open my-folder/report.html")]
pub(crate) struct Args {
    /// Where to put everything
    #[arg(default_value = "microtome-demo", value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let say = |step: &str| {
        if !common.quiet {
            console::note(step);
        }
    };
    let made = demo(&args.folder, &say)?;
    let mut text = String::new();
    for (name, value, truth, unit) in &made.measurements {
        text.push_str(&format!("{name}: {value:.2} {unit} (true: {truth:.2} {unit})\n"));
    }
    text.push_str(&format!("{} files in {}\n", made.files.len(), args.folder.display()));
    text.push_str(&format!("open {}\n", args.folder.join("report.html").display()));
    console::result(&text)
}
