//! `microtome replay`: a scene's recorded history again.

use std::path::PathBuf;

use microtome_operations::Progress;
use microtome_workbench::{Verdict, Workbench};
use serde_json::json;

use crate::cli::Common;
use crate::commands::open::open;
use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Example: microtome replay study.mrb --verify")]
pub(crate) struct Args {
    /// A scene
    scene: PathBuf,
    /// Fail unless what comes out is what the scene holds
    #[arg(long)]
    verify: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let path = args.scene.display();
    let mut workbench = Workbench::new();
    open(&mut workbench, &args.scene, common)?;
    let (_, replayed) = workbench.replay(&Progress::ignored());
    if args.json {
        console::result(&format!("{:#}\n", json!({ "replayed": replayed })))?;
    } else {
        for one in &replayed {
            let verdict = match &one.verdict {
                Verdict::Equal => "equal".to_owned(),
                Verdict::Different { changed_inputs, .. } if changed_inputs.is_empty() => {
                    "different".to_owned()
                }
                Verdict::Different { changed_inputs, .. } => {
                    format!("different; changed since: {}", changed_inputs.join(", "))
                }
                Verdict::Failed { why } => format!("failed: {why}"),
            };
            console::result(&format!("{} \"{}\": {verdict}\n", one.operation, one.name))?;
        }
    }
    if args.verify && replayed.is_empty() {
        return Err(Failure::new(format!(
            "cannot verify {path}: no node in it says which operation made it"
        )));
    }
    let failed = |verdict: &Verdict| matches!(verdict, Verdict::Failed { .. });
    let wrong = replayed
        .iter()
        .filter(|one| failed(&one.verdict) || args.verify && !matches!(one.verdict, Verdict::Equal))
        .count();
    if wrong > 0 {
        let message =
            format!("{path}: {wrong} of {} nodes do not come out as the scene holds them", replayed.len());
        return Err(Failure::new(message));
    }
    Ok(())
}
