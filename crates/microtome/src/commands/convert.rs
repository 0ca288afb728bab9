//! `microtome convert`: any readable data to any writable format of the same kind.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use microtome_records::ColorTable;
use microtome_scene::{Content, Node, NodeId, nodes};
use microtome_workbench::{
    Compression, Kind, OpenOptions, ScalarType, Workbench, WriteOptions, check_target, hidden_by_overlap,
    holds_several, is_format_of, is_scene, segmentation_of, transform_of,
};

use crate::cli::Common;
use crate::commands::open::open;
use crate::commands::scene;
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  microtome convert scan-folder/ ct.nrrd
  microtome convert labels.nii.gz labels.mha --compression best --type uint8
  microtome convert labels.nii.gz segments.seg.nrrd --colors names.csv
  microtome convert segments.seg.nrrd labels.nii.gz --colors names.csv
  microtome convert case.mrb case.mrml
  microtome convert case.mrml ct.nrrd --node \"CT chest\"
  microtome convert case.mrml ct.nrrd --node vtkMRMLScalarVolumeNode2
  microtome convert displacements.nrrd displacements.h5
  microtome convert several.mrk.json line.mrk.json --node L")]
pub(crate) struct Args {
    /// What to read: a file, a scene, or a folder of DICOM files
    input: PathBuf,
    /// What to write; the extension names the format, `.mrml` and `.mrb` a whole scene
    output: PathBuf,
    /// How hard to compress, where the format can
    #[arg(long, value_enum, default_value = "fast")]
    compression: Squeeze,
    /// Convert voxels to this type (rounded, saturated)
    #[arg(long = "type", value_parser = scalar_type)]
    scalar_type: Option<ScalarType>,
    /// Which node, where the input holds several: its name, or its identifier as `info` says it. Several markups may all go into one .mrk.json
    #[arg(long, value_name = "NAME|ID")]
    node: Option<String>,
    /// A colour table: read for the names and colours of segments that a label map becomes, written with those of a
    /// segmentation that becomes a label map
    #[arg(long, value_name = "TABLE")]
    colors: Option<PathBuf>,
    /// Cut a segmentation's label maps to the box around its segments
    #[arg(long)]
    crop: bool,
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
    if is_scene(&args.output) {
        return into_scene(args, common);
    }
    if !Kind::ALL.into_iter().any(|kind| check_target(&args.output, kind).is_ok()) {
        check_target(&args.output, Kind::Image)?;
    }
    let mut workbench = Workbench::new();
    let ids = open(&mut workbench, &args.input, common)?;
    let mut candidates = Vec::new();
    for id in ids {
        let node = workbench.node(&id)?;
        candidates.push((id, node));
    }
    if is_scene(&args.input) {
        candidates.retain(|(_, node)| node.content.has_data());
    }
    if let Some(wanted) = &args.node {
        // A name that is there comes before an identifier, which only scenes know.
        let named = candidates.iter().any(|(_, node)| node.name == *wanted);
        candidates.retain(|(id, node)| if named { node.name == *wanted } else { id.as_str() == wanted });
    }
    if args.node.is_none() && candidates.len() > 1 && together(&candidates, &args.output) {
        return all_of_them(args, &workbench, &candidates);
    }
    let [(_, node)] = candidates.as_slice() else {
        return Err(choose(args, &candidates));
    };
    // A file of displacements opens as a volume.
    let transform = if is_format_of(&args.output, Kind::Image) {
        None
    } else {
        transform_of(node).filter(|_| is_format_of(&args.output, Kind::Transform))
    };
    let node = transform.as_ref().unwrap_or(node);
    check_target(&args.output, kind(node))?;
    let compression = match args.compression {
        Squeeze::None => Compression::None,
        Squeeze::Fast => Compression::Fast,
        Squeeze::Best => Compression::Best,
    };
    let options = WriteOptions { compression, scalar_type: args.scalar_type, crop_to_segments: args.crop };
    let into_segments = is_format_of(&args.output, Kind::Segmentation);
    if args.crop && !into_segments {
        return Err(Failure::usage(CROP));
    }
    if !into_segments {
        let shown = args.input.display();
        hidden_by_overlap(node).iter().for_each(|w| common.warn(&format!("{shown}: {w}")));
    }
    match (&args.colors, &node.content) {
        (None, _) => workbench.save(node, &args.output, &options)?,
        (Some(table), Content::Volume(_) | Content::LabelVolume(_)) if into_segments => {
            let unfit = || format!("cannot convert {}: it holds no labels", args.input.display());
            let node = segmentation_of(node, &color_table(table)?)?.ok_or_else(|| Failure::new(unfit()))?;
            workbench.save(&node, &args.output, &options)?;
        }
        (Some(table), Content::Segmentation(segmentation)) if !into_segments => {
            check_target(table, Kind::ColorTable)?;
            let colors = nodes::ColorTable::from(segmentation.data.color_table());
            workbench.save(node, &args.output, &options)?;
            workbench.save(&Node::new(node.name.clone(), colors), table, &WriteOptions::default())?;
        }
        (Some(_), _) => return Err(Failure::usage(COLORS)),
    }
    Ok(())
}

/// A node that could be written.
type Candidate<'a> = (NodeId, &'a Node);

/// Whether nodes are markups all, and the output is a file that holds any number of them.
fn together(candidates: &[Candidate<'_>], output: &Path) -> bool {
    holds_several(output) && candidates.iter().all(|(_, node)| kind(node) == Kind::Markups)
}

/// All markups of the input in one file. The options are for voxels.
fn all_of_them(args: &Args, workbench: &Workbench, candidates: &[Candidate<'_>]) -> Result<(), Failure> {
    let nodes: Vec<&Node> = candidates.iter().map(|(_, node)| *node).collect();
    if args.crop {
        return Err(Failure::usage(CROP));
    }
    if args.colors.is_some() {
        return Err(Failure::usage(COLORS));
    }
    Ok(workbench.save_together(&nodes, &args.output)?)
}

const CROP: &str = "--crop goes with a segmentation file (.seg.nrrd) as output";
const COLORS: &str = "--colors is for a label map that becomes a segmentation, or the other way round";

/// All of the input as a scene. Options for one node's data do not apply: storage nodes say how theirs are written.
fn into_scene(args: &Args, common: &Common) -> Result<(), Failure> {
    let for_one_node = [
        (args.node.is_some(), "--node"),
        (args.scalar_type.is_some(), "--type"),
        (args.colors.is_some(), "--colors"),
        (args.crop, "--crop"),
        (!matches!(args.compression, Squeeze::Fast), "--compression"),
    ];
    match for_one_node.iter().find(|(given, _)| *given) {
        Some((_, option)) => Err(Failure::usage(format!("{option} does not go with a scene as output"))),
        None => scene::convert(&args.input, &args.output, common),
    }
}

/// The colour table in a file.
fn color_table(path: &Path) -> Result<ColorTable, Failure> {
    let mut workbench = Workbench::new();
    for opening in workbench.open(path, &OpenOptions::default())?.nodes {
        if let Content::ColorTable(table) = &workbench.node(&opening.id)?.content {
            return Ok(table.colors.clone());
        }
    }
    Err(Failure::new(format!("cannot read {}: it holds no colour table", path.display())))
}

fn choose(args: &Args, candidates: &[Candidate<'_>]) -> Failure {
    let input = args.input.display();
    let listed = |(id, node): &Candidate<'_>| {
        let same = candidates.iter().filter(|(_, other)| other.name == node.name).count() > 1;
        if same { format!("{id} (\"{}\")", node.name) } else { format!("\"{}\"", node.name) }
    };
    let names: Vec<String> = candidates.iter().map(listed).collect();
    match (&args.node, names.len()) {
        (Some(name), 0) => Failure::new(format!("cannot convert {input}: it holds no node \"{name}\"")),
        (Some(name), count) => {
            Failure::new(format!("cannot convert {input}: it holds {count} nodes called \"{name}\""))
                .advise(format!("choose one by its identifier with --node: {}", names.join(", ")))
        }
        (None, count) => Failure::new(format!("cannot convert {input}: it holds {count} nodes"))
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
        Content::Text(_) | Content::ProceduralColor(_) => Kind::Text,
        _ => Kind::Image,
    }
}
