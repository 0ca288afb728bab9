//! The data files of a scene, read in parallel into its nodes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microtome_formats::Warning;
use microtome_formats::table::delimited;
use microtome_scene::nodes::{Storage, Text, TransferState};
use microtome_scene::{Content, Node, NodeId, Role};
use rayon::prelude::*;

use super::files::{Files, Place, SharedSource};
use super::origin::Origin;
use super::take::take;
use crate::error::Error;
use crate::mrml::{Document, Version};
use crate::node::from_data;
use crate::open::{OpenOptions, Opened, from_dicom, open_source};

/// A scene file with the data of its nodes.
#[derive(Clone, Debug, Default)]
pub struct OpenedScene {
    /// Which version wrote it.
    pub version: Version,
    /// The nodes with their identifiers, in the file's order. Identifiers need not be unique; import gives new ones.
    pub nodes: Vec<(NodeId, Node)>,
    /// Partial trouble on the way: one sentence each, and with which node.
    pub warnings: Vec<(Option<NodeId>, String)>,
    /// Where the data of nodes came from: the node's place in [`nodes`](Self::nodes), and its origin.
    pub origins: Vec<(usize, Origin)>,
}

impl OpenedScene {
    /// The nodes with data, each by itself: with its display node, and without references to others.
    pub fn into_data(self) -> Vec<Opened> {
        let displays: BTreeMap<&NodeId, &Node> = self
            .nodes
            .iter()
            .filter(|(_, node)| node.content.display().is_some())
            .map(|(id, node)| (id, node))
            .collect();
        let alone = |node: &Node| Node { references: BTreeMap::new(), ..node.clone() };
        let mut warnings: BTreeMap<&NodeId, Vec<Warning>> = BTreeMap::new();
        for (id, message) in &self.warnings {
            if let Some(id) = id {
                warnings.entry(id).or_default().push(Warning::new(message.clone()));
            }
        }
        let data = self.nodes.iter().filter(|(_, node)| is_read(&node.content));
        data.map(|(id, node)| {
            let display = node.references(&Role::DISPLAY).find_map(|id| displays.get(id));
            let warnings = warnings.remove(id).unwrap_or_default();
            Opened { node: alone(node), display: display.map(|node| alone(node)), warnings }
        })
        .collect()
    }
}

/// What is to be read: a node and the storage node that says where its data are.
struct Task {
    node: usize,
    storage: usize,
}

/// What came of it.
enum Outcome {
    /// The node with its data, and trouble on the way.
    Read(Box<Node>, Vec<String>),
    /// Nobody here understands this class's files; there may be one.
    Carried,
    /// Why what is there could not be read.
    Failed(String),
    /// Why there is nothing.
    Missing(String),
}

/// Reads the data files of a scene. `scene` is the scene file's path. A file that is missing or broken is a warning, and
/// its node stays without data.
pub fn load(document: Document, files: &dyn Files, scene: &Path, options: &OpenOptions) -> OpenedScene {
    let Document { version, mut nodes, mut warnings } = document;
    let tasks = tasks(&nodes);
    let read = |task: &Task| read_node(&nodes[task.node].1, &nodes[task.storage].1, files, options);
    let outcomes: Vec<Outcome> = tasks.par_iter().map(read).collect();
    let mut origins = Vec::new();
    for (task, outcome) in tasks.iter().zip(outcomes) {
        let Some(place) = place(&nodes[task.storage].1, files) else { continue };
        let (id, node) = &mut nodes[task.node];
        let read = match outcome {
            Outcome::Read(loaded, troubles) => {
                *node = *loaded;
                warnings.extend(troubles.into_iter().map(|message| (Some(id.clone()), message)));
                Some(Arc::new(node.clone()))
            }
            Outcome::Carried => None,
            Outcome::Failed(message) => {
                warnings.push((Some(id.clone()), message));
                None
            }
            Outcome::Missing(message) => {
                warnings.push((Some(id.clone()), message));
                origins.push((task.node, Origin::missing(place, scene)));
                continue;
            }
        };
        origins.push((task.node, Origin::new(place, scene, read)));
    }
    OpenedScene { version, nodes, warnings, origins }
}

/// Every node with a storage node that names a file.
fn tasks(nodes: &[(NodeId, Node)]) -> Vec<Task> {
    let mut storages = BTreeMap::new();
    for (at, (id, node)) in nodes.iter().enumerate() {
        if matches!(&node.content, Content::Storage(storage) if names_a_file(storage)) {
            storages.entry(id).or_insert(at);
        }
    }
    let task = |(at, (_, node)): (usize, &(NodeId, Node))| {
        let storage = node.references(&Role::STORAGE).find_map(|id| storages.get(id))?;
        Some(Task { node: at, storage: *storage })
    };
    nodes.iter().enumerate().filter_map(task).collect()
}

fn names_a_file(storage: &Storage) -> bool {
    storage.file.is_some() && storage.options.write_state != TransferState::SkippedNoData
}

fn place(storage: &Node, files: &dyn Files) -> Option<Place> {
    match &storage.content {
        Content::Storage(storage) => storage.file.as_deref().map(|name| files.place(name)),
        _ => None,
    }
}

/// Whether files of nodes of this type are read.
fn is_read(content: &Content) -> bool {
    matches!(
        content,
        Content::Volume(_)
            | Content::LabelVolume(_)
            | Content::Model(_)
            | Content::Segmentation(_)
            | Content::Markups(_)
            | Content::Transform(_)
            | Content::Table(_)
            | Content::Text(_)
            | Content::ColorTable(_)
            | Content::VolumeProperty(_)
            | Content::Sequence(_)
    )
}

fn read_node(node: &Node, storage_node: &Node, files: &dyn Files, options: &OpenOptions) -> Outcome {
    let Content::Storage(storage) = &storage_node.content else { return Outcome::Carried };
    let Some(name) = storage.file.as_deref() else { return Outcome::Carried };
    let path = match files.place(name) {
        Place::Disk(path) => path,
        Place::Member { name, .. } => PathBuf::from(name),
    };
    let source = match files.source(name) {
        Ok(source) => source,
        Err(source) => {
            return Outcome::Missing(format!("it has no data: {}", Error::Open { path, source }));
        }
    };
    if !is_read(&node.content) {
        return Outcome::Carried;
    }
    let failed = |why: String| Outcome::Failed(format!("it has no data: {why}"));
    let opened = match open_data(node, storage, source, &path, files, options) {
        Ok(opened) => opened,
        Err(error) => return failed(error.to_string()),
    };
    let mut node = node.clone();
    // The scene knows what a file without a tag is.
    let tagless = matches!(node.content, Content::Model(_));
    let troubles = opened.warnings.into_iter().map(|warning| warning.message);
    let troubles = troubles.filter(|message| !(tagless && message.contains("SPACE tag"))).collect();
    match take(&mut node, storage_node, opened.node) {
        Ok(()) => Outcome::Read(Box::new(node), troubles),
        Err(why) => failed(format!("cannot use {}: {why}", path.display())),
    }
}

fn open_data(
    node: &Node,
    storage: &Storage,
    source: SharedSource,
    path: &Path,
    files: &dyn Files,
    options: &OpenOptions,
) -> Result<Opened, Error> {
    if let Content::Text(_) = node.content {
        let bytes = source.bytes().map_err(|source| Error::Open { path: path.to_owned(), source })?;
        let text = Text { text: String::from_utf8_lossy(&bytes).into_owned(), ..Text::default() };
        return Ok(Opened { node: Node::new("", text), display: None, warnings: Vec::new() });
    }
    let slices: Vec<PathBuf> = storage
        .members
        .iter()
        .filter_map(|name| match files.place(name) {
            Place::Disk(path) => Some(path),
            Place::Member { .. } => None,
        })
        .collect();
    let mut options = options.clone();
    if slices.len() > 1 && matches!(node.content, Content::Volume(_) | Content::LabelVolume(_)) {
        let dicom = source.bytes().is_ok_and(|bytes| microtome_dicom::is_dicom(&bytes));
        if dicom && let Some(opened) = open_series(&slices, path)? {
            return Ok(opened);
        }
        options.read.numbered_stack = true;
    }
    if let (Content::Table(_), Ok(loaded)) =
        (&node.content, (delimited::FORMAT.read)(&*source, &options.read))
    {
        // Tables may look like something more special.
        let mut warnings = loaded.warnings;
        let node = from_data(loaded.data, String::new(), &mut warnings);
        return Ok(Opened { node, display: None, warnings });
    }
    let mut opened = open_source(&*source, path, &options)?;
    // Of several things in a file, that which the node is; a recording may hold pictures as well.
    let of_transforms = storage.class == "LinearTransformSequenceStorage";
    opened.sort_by_key(|opened| match &opened.node.content {
        content @ Content::Sequence(_) if of_transforms => !is_of_transforms(content),
        content => of_transforms || content.class() != node.class(),
    });
    opened
        .into_iter()
        .next()
        .ok_or_else(|| Error::Open { path: path.to_owned(), source: io::ErrorKind::InvalidData.into() })
}

/// Whether something is a sequence of transforms.
fn is_of_transforms(content: &Content) -> bool {
    let Content::Sequence(sequence) = content else { return false };
    sequence.items.first().is_some_and(|item| matches!(item.node.content, Content::Transform(_)))
}

/// The volume of a scene's list of DICOM files.
fn open_series(files: &[PathBuf], path: &Path) -> Result<Option<Opened>, Error> {
    let scan = microtome_dicom::scan(files);
    let series = scan.series.iter().max_by_key(|series| (series.is_preferred(), series.instances().len()));
    let Some(series) = series else { return Ok(None) };
    let image =
        series.load().map_err(|source| Error::Dicom { path: path.to_owned(), source: Box::new(source) })?;
    Ok(Some(from_dicom(image, series.name().to_owned())))
}
