//! The data files of a scene, read in parallel into its nodes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use microtome_formats::Warning;
use microtome_scene::nodes::{Storage, TransferState};
use microtome_scene::{Content, Node, NodeId, Role};
use rayon::prelude::*;

use super::data::open_data;
use super::files::{Files, Place, is_remote};
use super::kinds;
use super::origin::Origin;
use super::proxies::show_selected;
use super::take::take;
use super::watched::Watched;
use crate::error::Error;
use crate::mrml::{Document, Version};
use crate::open::{OpenOptions, Opened};

/// A scene file with the data of its nodes.
#[derive(Clone, Debug, Default)]
pub struct OpenedScene {
    /// Which version wrote it.
    pub version: Version,
    /// What the file says of itself, besides the version: attributes of its root element.
    pub root: BTreeMap<String, String>,
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
        let data = self.nodes.iter().filter(|(_, node)| node.content.has_data());
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
    place: Place,
    /// Which of the files, each of which is read once however many nodes name it.
    file: usize,
    /// Whether the file, or another that goes with it, is outside the scene's folder.
    outside: bool,
}

/// Why a node has no data.
enum Trouble {
    /// There is no file.
    Missing(String),
    /// The file cannot be read.
    Broken(String),
    /// Nobody here understands the files of this class.
    Foreign,
    /// It could be any file, and is outside the scene's folder.
    Outside,
}

/// What was read, and whether of more than one file.
struct Read {
    opened: Opened,
    has_others: bool,
}

/// Reads the data files of a scene. `scene` is the scene file's path. A file that is missing or broken is a warning, and
/// its node stays without data.
pub fn load(document: Document, files: &dyn Files, scene: &Path, options: &OpenOptions) -> OpenedScene {
    let Document { version, root, mut nodes, mut warnings } = document;
    let (tasks, firsts) = tasks(&nodes, files);
    let open = |task: &usize| {
        let task = &tasks[*task];
        read_file(&nodes[task.node].1, &nodes[task.storage].1, task, files, options)
    };
    let opened: Vec<Result<Read, Trouble>> = firsts.par_iter().map(open).collect();
    let fill = |task: &Task| match &opened[task.file] {
        Ok(read) => filled(&nodes[task.node].1, &nodes[task.storage].1, &read.opened, &task.place).map(Some),
        Err(Trouble::Foreign) => Ok(None),
        Err(Trouble::Outside) => Err(format!(
            "{} is outside the scene's folder, and texts and tables are read from there only if that is allowed",
            path_of(&task.place).display()
        )),
        Err(Trouble::Missing(why) | Trouble::Broken(why)) => Err(why.clone()),
    };
    let outcomes: Vec<Result<Option<Filled>, String>> = tasks.par_iter().map(fill).collect();
    let mut origins = Vec::new();
    for (task, outcome) in tasks.into_iter().zip(outcomes) {
        let (id, node) = &mut nodes[task.node];
        let mut warn = |message| warnings.push((Some(id.clone()), message));
        let mut read = None;
        // What nobody understands may be anything, and is not taken along from just anywhere.
        let mut forbidden = task.outside && !options.anywhere;
        let place = path_of(&task.place).display();
        match outcome {
            Ok(Some(filled)) => {
                if task.outside {
                    warn(format!("its data come from outside the scene's folder: {place}"));
                }
                forbidden = false;
                filled.troubles.into_iter().for_each(warn);
                *node = *filled.node;
                read = Some(Arc::new(node.clone()));
            }
            Ok(None) if forbidden => {
                warn(format!("its file is outside the scene's folder and is not taken along: {place}"));
            }
            Ok(None) => {}
            Err(why) => warn(format!("it has no data: {why}")),
        }
        let origin = match &opened[task.file] {
            Err(Trouble::Missing(_)) => Origin::missing(task.place, scene),
            _ if forbidden => Origin::missing(task.place, scene),
            Ok(Read { has_others, .. }) => Origin::new(task.place, scene, read).with_others(*has_others),
            Err(_) => Origin::new(task.place, scene, read),
        };
        origins.push((task.node, origin.anywhere(options.anywhere)));
    }
    for (id, address) in elsewhere(&nodes) {
        let message = format!("it has no data: they are at {address}, and nothing is fetched unasked");
        warnings.push((Some(id), message));
    }
    show_selected(&mut nodes);
    OpenedScene { version, root, nodes, warnings, origins }
}

/// The nodes whose data are only on the network, and where.
fn elsewhere(nodes: &[(NodeId, Node)]) -> Vec<(NodeId, String)> {
    let address = |storage: &Storage| storage.uri.clone().filter(|_| storage.file.is_none());
    let addresses: BTreeMap<&NodeId, String> = nodes
        .iter()
        .filter_map(|(id, node)| match &node.content {
            Content::Storage(storage) => Some((id, address(storage)?)),
            _ => None,
        })
        .collect();
    let of_node = |(id, node): &(NodeId, Node)| {
        let address = node.references(&Role::STORAGE).find_map(|id| addresses.get(id));
        Some((id.clone(), address.filter(|_| node.content.has_data())?.clone()))
    };
    nodes.iter().filter_map(of_node).collect()
}

/// Every node with a storage node that names a file, and the first task for each file.
fn tasks(nodes: &[(NodeId, Node)], files: &dyn Files) -> (Vec<Task>, Vec<usize>) {
    let mut storages: BTreeMap<&NodeId, (usize, &Storage)> = BTreeMap::new();
    for (at, (id, node)) in nodes.iter().enumerate() {
        match &node.content {
            Content::Storage(storage) if names_a_file(storage) => {
                storages.entry(id).or_insert((at, storage));
            }
            _ => {}
        }
    }
    let (mut tasks, mut firsts, mut numbers) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (node, (_, content)) in nodes.iter().enumerate() {
        let found = content.references(&Role::STORAGE).find_map(|id| storages.get(id));
        let Some((storage, options)) = found.copied() else { continue };
        let Some(place) = options.file.as_deref().map(|name| files.place(name)) else { continue };
        let key = (place.clone(), content.class(), &options.class, &options.members);
        let file = *numbers.entry(key).or_insert_with(|| {
            firsts.push(tasks.len());
            firsts.len() - 1
        });
        let outside = options.file.iter().chain(&options.members).any(|name| files.is_outside(name));
        tasks.push(Task { node, storage, place, file, outside });
    }
    (tasks, firsts)
}

fn names_a_file(storage: &Storage) -> bool {
    storage.file.is_some() && storage.options.write_state != TransferState::SkippedNoData
}

/// The path of a place, for messages and to tell formats apart.
fn path_of(place: &Place) -> &Path {
    match place {
        Place::Disk(path) => path,
        Place::Member { name, .. } => Path::new(name),
    }
}

fn read_file(
    node: &Node,
    storage: &Node,
    task: &Task,
    files: &dyn Files,
    options: &OpenOptions,
) -> Result<Read, Trouble> {
    let Content::Storage(storage) = &storage.content else { return Err(Trouble::Foreign) };
    if task.outside && !options.anywhere && kinds::is_free_text(&node.content) {
        return Err(Trouble::Outside);
    }
    let path = path_of(&task.place);
    let name = storage.file.as_deref().unwrap_or_default();
    let source = files.source(name).map_err(|source| {
        let path = if is_remote(name) { Path::new(name) } else { path };
        Trouble::Missing(Error::Open { path: path.to_owned(), source }.to_string())
    })?;
    if !node.content.has_data() {
        return Err(Trouble::Foreign);
    }
    let source = Watched::new(source);
    let opened = open_data(node, storage, &source, path, files, options);
    let opened = opened.map_err(|error| Trouble::Broken(error.to_string()))?;
    Ok(Read { opened, has_others: source.read_others() })
}

/// A node with its data.
struct Filled {
    node: Box<Node>,
    troubles: Vec<String>,
}

fn filled(node: &Node, storage: &Node, opened: &Opened, place: &Place) -> Result<Filled, String> {
    // The scene knows what a file without a tag is.
    let tagless = matches!(node.content, Content::Model(_));
    let troubles = opened.warnings.iter().map(|warning| warning.message.clone());
    let troubles = troubles.filter(|message| !(tagless && message.contains("SPACE tag"))).collect();
    let mut node = Box::new(node.clone());
    take(&mut node, storage, opened.node.clone())
        .map_err(|why| format!("cannot use {}: {why}", path_of(place).display()))?;
    Ok(Filled { node, troubles })
}
