//! The command line's shape.

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use microtome_workbench::OpenOptions;

use crate::commands::{bench, completions, convert, demo, diff, info, man, operations, render, replay, run};
use crate::console;
use crate::failure::Failure;

/// Load, look at, measure and convert medical images. Research use only, not for clinical use.
#[derive(Parser)]
#[command(name = "microtome", version, max_term_width = 110, arg_required_else_help = true)]
#[command(after_help = "Examples:
  microtome demo                                      the built-in sample case, into microtome-demo/
  microtome info brain.nii.gz scan-folder/            what files and DICOM folders hold
  microtome render ct.nrrd -o ct.png --preset CT-Bone a four-up picture
  microtome convert scan-folder/ ct.nii.gz            DICOM to NIfTI
  microtome run threshold --input ct.nrrd --lower 200 --output bone.nrrd")]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(clap::Args)]
pub(crate) struct Common {
    /// Threads to compute on; default: all cores
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Print no warnings and no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Let scenes take from outside their own folders also what could be any file: texts, tables, files of unknown kinds
    #[arg(long, global = true)]
    pub allow_outside: bool,
    /// Print more about what is done; repeatable
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
}

impl Common {
    /// How inputs are opened.
    pub(crate) fn open_options(&self) -> OpenOptions {
        OpenOptions { anywhere: self.allow_outside, ..OpenOptions::default() }
    }

    /// Prints a warning unless the user wants quiet.
    pub(crate) fn warn(&self, message: &str) {
        if !self.quiet {
            console::warning(message);
        }
    }

    /// Prints a note where the user wants to know more.
    pub(crate) fn explain(&self, message: &str) {
        if self.verbose > 0 {
            console::note(message);
        }
    }
}

#[derive(Subcommand)]
enum Command {
    /// Say what files, folders and scenes hold
    Info(info::Args),
    /// Convert data to another format of the same kind
    Convert(convert::Args),
    /// Make a picture without a window
    Render(render::Args),
    /// List every operation, or show one
    Operations(operations::Args),
    /// Run one operation on files
    #[command(disable_help_flag = true)]
    Run(run::Args),
    /// Make the built-in sample case and run the whole chain on it
    Demo(demo::Args),
    /// Say what is different between two files or scenes
    Diff(diff::Args),
    /// Run the recorded history of a scene again
    Replay(replay::Args),
    /// Time one operation of the peers' benchmark
    Bench(bench::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print a manual page
    Man(man::Args),
}

/// The whole command line, for help and completions.
pub(crate) fn command() -> clap::Command {
    let cli = Cli::command();
    cli.mut_subcommand("run", run::with_operations)
}

/// Parses the arguments and runs the command.
pub(crate) fn run() -> ExitCode {
    let matches = command().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    if let Some(threads) = cli.common.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        if let Err(error) = pool.build_global() {
            return console::report(&Failure::new(format!("cannot start {threads} threads: {error}")));
        }
    }
    let done = match cli.command {
        Command::Info(args) => info::run(&args, &cli.common),
        Command::Convert(args) => convert::run(&args, &cli.common),
        Command::Render(args) => render::run(&args, &cli.common),
        Command::Operations(args) => operations::run(&args),
        Command::Run(args) => run::run(&args, &cli.common),
        Command::Demo(args) => demo::run(&args, &cli.common),
        Command::Diff(args) => match diff::run(&args, &cli.common) {
            Ok(equal) => return if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE },
            Err(failure) => Err(failure),
        },
        Command::Replay(args) => replay::run(&args, &cli.common),
        Command::Bench(args) => bench::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => console::report(&failure),
    }
}
