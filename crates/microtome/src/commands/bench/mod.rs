//! `microtome bench`: one operation of the peers' benchmark.

mod brightness;
mod files;
mod filters;
mod inputs;
mod measure;
mod measures;
mod pictures;
mod regions;
mod result;
mod series;
mod shapes;
mod surfaces;
mod voxels;

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::console;
use crate::failure::Failure;
use inputs::Inputs;
use measure::{Timing, resident_mb};
use result::Outcome;

#[derive(clap::Args)]
#[command(after_help = "Example: microtome bench --op threshold --data peers-data --out results/threshold")]
pub(crate) struct Args {
    /// The operation
    #[arg(long, required_unless_present = "list")]
    op: Option<String>,
    /// The folder with the benchmark's inputs
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    data: Option<PathBuf>,
    /// Where the result goes, without its extension
    #[arg(long, value_name = "STEM", required_unless_present = "list")]
    out: Option<PathBuf>,
    /// How often to run it
    #[arg(long, value_name = "R", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Stop repeating after about this many seconds
    #[arg(long, value_name = "S", default_value_t = 15.0)]
    budget: f64,
    /// Name the operations
    #[arg(long)]
    list: bool,
}

/// What one run made, and the times of its parts where these are what is measured (the frames of an animation).
struct Ran {
    outcome: Outcome,
    frames: Option<Vec<f64>>,
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, frames: None }
    }
}

/// An operation whose inputs are in memory: each call runs it once.
type Job = Box<dyn FnMut() -> Result<Ran, Failure>>;

/// An operation of the benchmark.
struct Operation {
    name: &'static str,
    /// Loads the inputs, which is not timed. The path is where a file goes that the operation itself writes.
    prepare: fn(&Inputs, &Path) -> Result<Job, Failure>,
}

const fn operation(name: &'static str, prepare: fn(&Inputs, &Path) -> Result<Job, Failure>) -> Operation {
    Operation { name, prepare }
}

static OPERATIONS: &[&[Operation]] = &[
    files::OPERATIONS,
    brightness::OPERATIONS,
    filters::OPERATIONS,
    series::OPERATIONS,
    voxels::OPERATIONS,
    surfaces::OPERATIONS,
    pictures::OPERATIONS,
    regions::OPERATIONS,
    measures::OPERATIONS,
    shapes::OPERATIONS,
];

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let all = || OPERATIONS.iter().copied().flatten();
    if args.list {
        return console::result(&all().map(|o| format!("{}\n", o.name)).collect::<String>());
    }
    let (Some(name), Some(data), Some(out)) = (&args.op, &args.data, &args.out) else {
        return Err(Failure::usage("--op, --data and --out are needed"));
    };
    let operation = all().find(|o| o.name == name).ok_or_else(|| {
        Failure::usage(format!("there is no benchmark \"{name}\"")).advise("--list names them all")
    })?;
    let mut job = (operation.prepare)(&Inputs::new(data), out)?;
    let base = resident_mb();
    let (timing, outcome) = Timing::of(&mut job, args.repeat, args.budget)?;
    let (path, extra) = outcome.write(out)?;
    let record = json!({
        "op": name,
        "variant": "microtome",
        "median_s": timing.median(),
        "min_s": timing.min(),
        "peak_rss_mb": timing.peak_mb,
        "base_rss_mb": base,
        "cpu_s": timing.cpu,
        "times_s": timing.times,
        "threads": rayon::current_num_threads(),
        "result": path,
        "extra": extra,
    });
    console::result(&format!("{record}\n"))
}
