//! `microtome operations`: what can be run.

use std::fmt::Write;

use microtome_operations::{Declaration, Parameter, find, operations};
use serde_json::{Value as Json, json};

use crate::console;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  microtome operations\n  microtome operations threshold --json")]
pub(crate) struct Args {
    /// Only this operation
    name: Option<String>,
    /// One JSON document
    #[arg(long, conflicts_with = "xml")]
    json: bool,
    /// Slicer execution model XML of one operation
    #[arg(long, requires = "name")]
    xml: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let Some(name) = &args.name else {
        let all: Vec<Declaration> = operations().map(|entry| (entry.declaration)()).collect();
        return if args.json {
            let objects: Vec<Json> = all.iter().map(Declaration::to_json).collect();
            console::result(&format!("{:#}\n", json!({ "operations": objects })))
        } else {
            console::result(&list(&all))
        };
    };
    let declaration = find(name).map(|entry| (entry.declaration)()).ok_or_else(|| unknown(name))?;
    if args.xml {
        console::result(&declaration.to_xml())
    } else if args.json {
        let mut object = declaration.to_json();
        object["schema"] = declaration.schema();
        console::result(&format!("{object:#}\n"))
    } else {
        console::result(&describe(&declaration))
    }
}

/// The failure for an operation that does not exist.
pub(crate) fn unknown(name: &str) -> Failure {
    Failure::usage(format!("there is no operation \"{name}\"")).advise("microtome operations lists them all")
}

fn list(all: &[Declaration]) -> String {
    let width = all.iter().map(|d| d.name.len()).max().unwrap_or(0);
    let mut categories: Vec<&str> = all.iter().map(|d| d.category).collect();
    categories.sort_unstable();
    categories.dedup();
    let mut text = String::new();
    for category in categories {
        let _ = writeln!(text, "{category}");
        for d in all.iter().filter(|d| d.category == category) {
            let _ = writeln!(text, "  {:width$}  {}", d.name, d.summary());
        }
    }
    text
}

fn describe(d: &Declaration) -> String {
    let mut text = format!("{}: {}\n\n{}\n", d.name, d.title, d.description);
    let mut section = |title: &str, rows: Vec<(String, String)>| {
        if !rows.is_empty() {
            let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            let _ = writeln!(text, "\n{title}:");
            for (name, what) in rows {
                let _ = writeln!(text, "  {name:width$}  {what}");
            }
        }
    };
    let optional = |required: bool| if required { "" } else { ", optional" };
    section(
        "Inputs",
        d.inputs
            .iter()
            .map(|i| (flag(&i.name, i.kind.name()), format!("{}{}", i.description, optional(i.required))))
            .collect(),
    );
    section(
        "Parameters",
        d.parameters.iter().map(|p| (flag(&p.name, p.kind.name()), parameter(p))).collect(),
    );
    section(
        "Outputs",
        d.outputs.iter().map(|o| (flag(&o.name, o.kind.name()), o.description.clone())).collect(),
    );
    section("Values", d.values.iter().map(|v| (v.name.clone(), v.description.clone())).collect());
    text
}

fn flag(name: &str, kind: &str) -> String {
    format!("--{name} <{kind}>")
}

/// A parameter's description with its default, unit and bounds.
pub(crate) fn parameter(p: &Parameter) -> String {
    let mut notes = Vec::new();
    match &p.default {
        Json::Null => {}
        Json::String(word) => notes.push(format!("default {word}")),
        Json::Array(items) if items.is_empty() => {}
        Json::Array(items) => {
            notes
                .push(format!("default {}", items.iter().map(Json::to_string).collect::<Vec<_>>().join(",")));
        }
        other => notes.push(format!("default {other}")),
    }
    if let Some(unit) = p.unit {
        notes.push(unit.to_owned());
    }
    match (p.minimum, p.maximum) {
        (Some(min), Some(max)) => notes.push(format!("{min} to {max}")),
        (Some(min), None) => notes.push(format!("at least {min}")),
        (None, Some(max)) => notes.push(format!("at most {max}")),
        (None, None) => {}
    }
    if notes.is_empty() { p.description.clone() } else { format!("{} [{}]", p.description, notes.join("; ")) }
}
