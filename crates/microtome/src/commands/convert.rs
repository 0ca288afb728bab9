//! `microtome convert`: any readable data to any writable format of the same kind.

use std::path::PathBuf;

use clap::ValueEnum;
use microtome_scene::{Content, Node};
use microtome_workbench::{
    Compression, Kind, OpenOptions, ScalarType, Workbench, WriteOptions, check_target,
};

use crate::cli::Common;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  microtome convert scan-folder/ ct.nrrd
  microtome convert labels.nii.gz labels.mha --compression best --type uint8")]
pub(crate) struct Args {
    /// What to read: a file, or a folder of DICOM files
    input: PathBuf,
    /// What to write; the extension names the format
    output: PathBuf,
    /// How hard to compress, where the format can
    #[arg(long, value_enum, default_value = "fast")]
    compression: Squeeze,
    /// Convert voxels to this type (rounded, saturated)
    #[arg(long = "type", value_parser = scalar_type)]
    scalar_type: Option<ScalarType>,
    /// Which node, where the input holds several: its name
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Squeeze {
    None,
    Fast,
    Best,
}

fn scalar_type(text: &str) -> Result<ScalarType, String> {
    let names: Vec<&str> = ScalarType::ALL.into_iter().map(ScalarType::name).collect();
    ScalarType::from_name(text).ok_or_else(|| format!("one of {}", names.join(", ")))
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    if !Kind::ALL.into_iter().any(|kind| check_target(&args.output, kind).is_ok()) {
        check_target(&args.output, Kind::Image)?;
    }
    let mut workbench = Workbench::new();
    let openings = workbench.open(&args.input, &OpenOptions::default())?;
    let mut candidates = Vec::new();
    for opening in openings {
        candidates.push((workbench.node(&opening.id)?, opening.warnings));
    }
    if let Some(name) = &args.node {
        candidates.retain(|(node, _)| node.name == *name);
    }
    let names: Vec<String> = candidates.iter().map(|(node, _)| format!("\"{}\"", node.name)).collect();
    let [(node, warnings)] = candidates.as_slice() else {
        return Err(choose(args, &names));
    };
    warnings.iter().for_each(|w| common.warn(&format!("{}: {w}", args.input.display())));
    check_target(&args.output, kind(node))?;
    let compression = match args.compression {
        Squeeze::None => Compression::None,
        Squeeze::Fast => Compression::Fast,
        Squeeze::Best => Compression::Best,
    };
    let options = WriteOptions { compression, scalar_type: args.scalar_type, ..WriteOptions::default() };
    workbench.save(node, &args.output, &options)?;
    Ok(())
}

fn choose(args: &Args, names: &[String]) -> Failure {
    let input = args.input.display();
    match (&args.node, names.len()) {
        (Some(name), 0) => Failure::new(format!("cannot convert {input}: it holds no node \"{name}\"")),
        _ => Failure::new(format!("cannot convert {input}: it holds {} nodes", names.len()))
            .advise(format!("choose one with --node: {}", names.join(", "))),
    }
}

fn kind(node: &Node) -> Kind {
    match node.content {
        Content::Segmentation(_) => Kind::Segmentation,
        Content::Model(_) => Kind::Mesh,
        Content::Transform(_) => Kind::Transform,
        Content::Markups(_) => Kind::Markups,
        Content::Table(_) => Kind::Table,
        Content::ColorTable(_) => Kind::ColorTable,
        Content::VolumeProperty(_) => Kind::VolumeProperty,
        Content::Text(_) => Kind::Text,
        _ => Kind::Image,
    }
}
