//! `microtome diff`: what is different between two files or scenes.

use std::fmt::Write;
use std::path::PathBuf;

use microtome_workbench::Workbench;
use microtome_workbench::diff::{FieldDifference, NodeDifference, SceneDifference, diff_opened};

use crate::cli::Common;
use crate::commands::open::open;
use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Exit status 0 if they are equal, 1 if not.\n\nExamples:
  microtome diff before.mrb after.mrb
  microtome diff mine.seg.nrrd yours.seg.nrrd --json")]
pub(crate) struct Args {
    /// A file, a scene or a folder of DICOM files
    a: PathBuf,
    /// Another
    b: PathBuf,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Gives whether the two are equal.
pub(crate) fn run(args: &Args, common: &Common) -> Result<bool, Failure> {
    let (mut a, mut b) = (Workbench::new(), Workbench::new());
    open(&mut a, &args.a, common)?;
    open(&mut b, &args.b, common)?;
    let found = diff_opened(&a, &b);
    if args.json {
        console::result(&format!("{}\n", serde_json::to_string_pretty(&found)?))?;
    } else {
        console::result(&text(&found))?;
    }
    Ok(found.is_empty())
}

fn text(found: &SceneDifference) -> String {
    if found.is_empty() {
        return "equal\n".to_owned();
    }
    let mut text = String::new();
    found.root.iter().for_each(|field| field_line(&mut text, "scene ", field));
    for (side, nodes) in [("A", &found.only_in_a), ("B", &found.only_in_b)] {
        for node in nodes {
            let _ = writeln!(text, "only in {side}: {} \"{}\" ({})", node.class, node.name, node.id);
        }
    }
    found.changed.iter().for_each(|node| changed(&mut text, node));
    text
}

fn field_line(text: &mut String, before: &str, field: &FieldDifference) {
    let [a, b] = [&field.a, &field.b].map(|value| shortened(value.as_deref().unwrap_or("nothing")));
    let _ = writeln!(text, "{before}{}: {a} | {b}", field.field);
}

fn changed(text: &mut String, difference: &NodeDifference) {
    let node = &difference.node;
    let _ = writeln!(text, "{} \"{}\" ({})", node.class, node.name, node.id);
    difference.fields.iter().for_each(|field| field_line(text, "  ", field));
    if let Some(voxels) = &difference.voxels {
        let _ = write!(text, "  voxels: {} of {} are different", voxels.different, voxels.total);
        let _ = match voxels.greatest {
            Some(greatest) => writeln!(text, ", by {greatest} at most"),
            None => writeln!(text),
        };
    }
    for segment in &difference.segments {
        let count = |voxels: Option<u64>| voxels.map_or("not there".to_owned(), |n| format!("{n} voxels"));
        let _ = write!(
            text,
            "  segment \"{}\": {} | {}",
            segment.name,
            count(segment.voxels_a),
            count(segment.voxels_b)
        );
        if let Some(dice) = segment.dice {
            let _ = write!(text, ", Dice {dice:.6}");
        }
        if !segment.fields.is_empty() {
            let _ = write!(text, ", different {}", segment.fields.join(", "));
        }
        text.push('\n');
    }
}

/// As much of a text as a line bears.
fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
