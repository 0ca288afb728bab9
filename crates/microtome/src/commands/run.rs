//! `microtome run`: one operation on files. Its arguments follow from the operations' declarations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Arg, ArgAction, ArgMatches, Command};
use microtome_operations::{DataKind, Declaration, ParameterType, Progress, find, operations};
use microtome_workbench::{Kind, RunError, Workbench, WriteOptions, check_target, is_scene};
use serde_json::{Map, Value as Json, json};

use crate::cli::Common;
use crate::commands::open::open;
use crate::commands::operations::{parameter, unknown};
use crate::commands::scene;
use crate::console;
use crate::failure::Failure;

/// The operation's name and its arguments, as the declarations made them.
pub(crate) struct Args {
    chosen: Option<(String, ArgMatches)>,
}

impl clap::FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { chosen: matches.subcommand().map(|(name, matches)| (name.to_owned(), matches.clone())) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Args {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

/// The `run` command with a subcommand for every operation.
pub(crate) fn with_operations(command: Command) -> Command {
    let operations = operations().map(|entry| subcommand(&(entry.declaration)()));
    command
        .disable_help_flag(false)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_value_name("NAME")
        .subcommand_help_heading("Operations")
        .after_help(
            "An output that is a scene (.mrb, .mrml) holds the inputs too, and says which operation made its nodes, of \
             what: microtome replay runs it again.\n\nExamples:\n  \
             microtome run threshold --input ct.nrrd --lower 200 --output bone.nrrd\n  \
             microtome run threshold --input ct.nrrd --lower 200 --output study.mrb",
        )
        .subcommands(operations)
}

fn subcommand(d: &Declaration) -> Command {
    let mut command = Command::new(d.name)
        .about(d.summary().to_owned())
        .long_about(d.description.clone())
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print one JSON document"));
    for input in &d.inputs {
        command = command.arg(
            path(&input.name, input.kind)
                .required(input.required)
                .help(input.description.clone())
                .help_heading("Inputs"),
        );
    }
    for output in &d.outputs {
        command = command
            .arg(path(&output.name, output.kind).help(output.description.clone()).help_heading("Outputs"));
    }
    for p in &d.parameters {
        let arg = named(&p.name).help(parameter(p)).help_heading("Parameters");
        let arg = arg.allow_hyphen_values(true).action(ArgAction::Append);
        command = command.arg(match p.kind {
            ParameterType::Boolean => arg
                .value_name("true|false")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true"),
            ParameterType::Choice(words) => arg.value_parser(words.to_vec()),
            _ => arg.value_name(p.kind.name()),
        });
    }
    command
}

/// An option, also by the name that Slicer's execution model gives it.
fn named(name: &str) -> Arg {
    Arg::new(name.to_owned()).long(name.to_owned()).alias(name.replace('-', "_"))
}

fn path(name: &str, kind: DataKind) -> Arg {
    named(name).value_name(kind.name().to_uppercase()).value_parser(clap::value_parser!(PathBuf))
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let Some((name, matches)) = &args.chosen else {
        return Err(Failure::usage("which operation? microtome operations lists them all"));
    };
    let entry = find(name).ok_or_else(|| unknown(name))?;
    let declaration = (entry.declaration)();
    let targets = targets(&declaration, matches)?;
    let parameters = parameters(&declaration, matches)?;
    let mut workbench = Workbench::new();
    // Single files say nothing of where they came from; scenes hold the inputs as well.
    workbench.keep_provenance(targets.iter().any(|(_, path)| is_scene(path)));
    let mut inputs = BTreeMap::new();
    for input in &declaration.inputs {
        if let Some(path) = matches.get_one::<PathBuf>(&input.name) {
            let ids = open(&mut workbench, path, common)?;
            let [id] = ids.as_slice() else {
                let message =
                    format!("cannot use {}: it holds {} nodes, one is needed", path.display(), ids.len());
                return Err(Failure::new(message).advise("microtome convert --node NAME takes one out"));
            };
            inputs.insert(input.name.clone(), id.clone());
        }
    }
    let start = Instant::now();
    let outcome = workbench
        .run(name, &inputs, parameters, &Progress::ignored())
        .map_err(|error| failed(name, &error))?;
    let seconds = start.elapsed().as_secs_f64();
    let mut written = Map::new();
    // One for all outputs that name it.
    let mut scenes = BTreeSet::new();
    for (output, path) in &targets {
        let Some(id) = outcome.outputs.get(output) else {
            return Err(Failure::new(format!(
                "cannot write {}: the operation made no {output}",
                path.display()
            )));
        };
        if is_scene(path) {
            scenes.insert(path.clone());
        } else {
            workbench.save(workbench.node(id)?, path, &WriteOptions::default())?;
        }
        written.insert(output.clone(), path.display().to_string().into());
    }
    for path in &scenes {
        scene::save(&mut workbench, path)?;
    }
    if matches.get_flag("json") {
        let document = json!({ "values": outcome.values, "outputs": written, "seconds": seconds });
        return console::result(&format!("{document:#}\n"));
    }
    common.explain(&format!("{name} took {seconds:.3} s"));
    let lines: String =
        outcome.values.iter().map(|(name, value)| format!("{name}: {}\n", plain(value))).collect();
    console::result(&lines)
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn failed(operation: &str, error: &RunError) -> Failure {
    let failure = Failure::new(format!("cannot run {operation}: {error}"));
    match error {
        RunError::Operation(microtome_operations::OperationError::Parameter(_)) => {
            Failure { usage: true, ..failure }
        }
        _ => failure,
    }
}

/// The outputs that are to be written, their formats checked before any work starts.
fn targets(declaration: &Declaration, matches: &ArgMatches) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut targets = Vec::new();
    for output in &declaration.outputs {
        if let Some(path) = matches.get_one::<PathBuf>(&output.name) {
            if !is_scene(path) {
                check_target(path, kind(output.kind))?;
            }
            targets.push((output.name.clone(), path.clone()));
        }
    }
    if targets.is_empty() && !declaration.outputs.is_empty() {
        let names: Vec<String> = declaration.outputs.iter().map(|o| format!("--{} PATH", o.name)).collect();
        return Err(Failure::usage(format!("nothing to write: name an output with {}", names.join(" or "))));
    }
    Ok(targets)
}

const fn kind(kind: DataKind) -> Kind {
    match kind {
        DataKind::Volume | DataKind::Labelmap => Kind::Image,
        DataKind::Segmentation => Kind::Segmentation,
        DataKind::Model => Kind::Mesh,
        DataKind::Transform => Kind::Transform,
        DataKind::Markups => Kind::Markups,
        DataKind::Table => Kind::Table,
    }
}

fn parameters(declaration: &Declaration, matches: &ArgMatches) -> Result<Map<String, Json>, Failure> {
    let mut parameters = Map::new();
    for p in &declaration.parameters {
        if let Some(texts) = matches.get_many::<String>(&p.name) {
            let texts: Vec<&str> = texts.map(String::as_str).collect();
            let value = p.kind.parse(&texts).map_err(|why| Failure::usage(format!("--{}: {why}", p.name)))?;
            parameters.insert(p.name.clone(), value);
        }
    }
    Ok(parameters)
}
