//! Sequences of any nodes: a scene of their own, as an archive (`.seq.mrb`) or with files beside it (`.seq.mrml`).
//!
//! One node of it, a sequence with the singleton tag `SequenceIndex`, says which node stands at which index value.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microtome_formats::{Error as FormatError, MemorySource, Sink, Source, Warning};
use microtome_image::Bytes;
use microtome_scene::nodes::{Sequence, SequenceItem};
use microtome_scene::{Content, Node, NodeId, Role, Scene};

use crate::bundle::{Bundle, Zip, write_scene};
use crate::error::Error;
use crate::mrml::{self, Document, INDEX_VALUES, index_entries, index_text, item_id};
use crate::open::{OpenOptions, Opened};
use crate::session::{Files, Layout, OpenedScene, Origins, Place, SaveOptions, SharedSource, load, plan};

const INDEX: &str = "SequenceIndex";

/// Whether a file is the scene of a sequence, by its name.
pub(crate) fn is_scene_of_sequence(file_name: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    name.ends_with(".seq.mrb") || name.ends_with(".seq.mrml")
}

/// Reads the scene of a sequence; `path` is what messages name.
///
/// # Errors
/// [`Error`] if it cannot be read, or has no items.
pub(crate) fn open_scene_of_sequence(
    source: &dyn Source,
    path: &Path,
    name: &str,
    options: &OpenOptions,
) -> Result<Opened, Error> {
    let bytes = source.bytes().map_err(|source| Error::Open { path: path.to_owned(), source })?;
    let opened = if source.name().to_ascii_lowercase().ends_with(".mrml") {
        let document = mrml::read(&bytes).map_err(|source| Error::Scene { path: path.to_owned(), source })?;
        let files = Gathered::new(&document, source);
        load(without_sequences(document), &files, path, options)
    } else {
        let failed = |source| Error::Bundle { path: path.to_owned(), source: Box::new(source) };
        let inside = options.archives.inside(bytes.len(), options);
        let zip = Arc::new(Zip::new(bytes, &options.archives).map_err(failed)?);
        let bundle = Bundle::new(zip, path).map_err(failed)?;
        load(without_sequences(bundle.document(path)?), &bundle, path, &inside)
    };
    Ok(sequence_of(opened, name))
}

/// An item is no sequence: an archive that contains itself would never end.
fn without_sequences(mut document: Document) -> Document {
    for (_, node) in &mut document.nodes {
        if matches!(node.content, Content::Sequence(_)) {
            node.refer(Role::STORAGE, None);
        }
    }
    document
}

fn sequence_of(opened: OpenedScene, name: &str) -> Opened {
    let OpenedScene { nodes, warnings, .. } = opened;
    let mut warnings: Vec<Warning> = warnings
        .into_iter()
        .map(|(id, message)| match id {
            Some(id) => Warning::new(format!("{id}: {message}")),
            None => Warning::new(message),
        })
        .collect();
    let mut index = None;
    let mut items: BTreeMap<NodeId, (Arc<Node>, Vec<NodeId>)> = BTreeMap::new();
    let mut order = Vec::new();
    for (id, mut node) in nodes {
        match &node.content {
            Content::Sequence(_) if index.is_none() => index = Some(node),
            Content::Sequence(_) | Content::Storage(_) => {}
            _ => {
                let displays = node.references(&Role::DISPLAY).cloned().collect();
                keep_built_in(&mut node);
                if is_data(&node.content) {
                    order.push(id.clone());
                }
                items.entry(id).or_insert_with(|| (Arc::new(node), displays));
            }
        }
    }
    let mut node = index.unwrap_or_else(|| {
        warnings.push(Warning::new(
            "the file does not say which node stands where: they are numbered".to_owned(),
        ));
        Node::new(name, Sequence::default())
    });
    let places: Vec<(NodeId, String)> = match node.unknown.remove(INDEX_VALUES) {
        Some(text) => index_entries(&text),
        None => order.into_iter().enumerate().map(|(n, id)| (id, n.to_string())).collect(),
    };
    let mut found = Vec::with_capacity(places.len());
    for (id, value) in places {
        match items.get(&id) {
            Some((node, displays)) => {
                let shown = displays.iter().filter_map(|id| items.get(id));
                let displays = shown.map(|(display, _)| Arc::clone(display)).collect();
                found.push(SequenceItem { value, node: Arc::clone(node), displays });
            }
            None => {
                warnings.push(Warning::new(format!("the node {id} at {value} is not in the file: left out")))
            }
        }
    }
    if let Content::Sequence(sequence) = &mut node.content {
        sequence.items = found;
    }
    node.singleton = None;
    node.hidden = false;
    node.references.clear();
    if node.name.is_empty() {
        name.clone_into(&mut node.name);
    }
    Opened { node, display: None, warnings }
}

/// Drops the references to other nodes, which are not kept with an item; built-in colours are no nodes of any scene.
fn keep_built_in(node: &mut Node) {
    node.references.retain(|_, references| {
        references.retain(|reference| reference.node.is_built_in());
        !references.is_empty()
    });
}

/// Whether a node can be an item.
const fn is_data(content: &Content) -> bool {
    content.has_data()
        && !matches!(content, Content::ColorTable(_) | Content::VolumeProperty(_) | Content::Sequence(_))
}

/// A node of an item as it stands in the sequence's own scene.
fn of_item(node: &Node) -> Node {
    let mut node = node.clone();
    keep_built_in(&mut node);
    node.saved = true;
    node
}

/// Writes a sequence as an archive called `name`.
///
/// # Errors
/// If no format holds an item's data, or the sink refuses.
pub(crate) fn write_scene_of_sequence(
    node: &Node,
    sequence: &Sequence,
    name: &str,
    files: &mut dyn Sink,
) -> Result<(), FormatError> {
    let scene = Scene::default();
    let mut change = scene.begin("Save");
    let index = Sequence { items: Vec::new(), ..sequence.clone() };
    let mut places = Vec::with_capacity(sequence.items.len());
    for (number, item) in sequence.items.iter().enumerate() {
        let id = NodeId::from(item_id(item.node.class(), number));
        places.push(change.add_as(id, of_item(&item.node)));
    }
    // Items that are shown alike may share what says how.
    let mut shown: BTreeMap<*const Node, NodeId> = BTreeMap::new();
    for (item, id) in sequence.items.iter().zip(&places) {
        let displays: Vec<NodeId> = item
            .displays
            .iter()
            .map(|display| {
                let add = || change.add(of_item(display));
                shown.entry(Arc::as_ptr(display)).or_insert_with(add).clone()
            })
            .collect();
        if !displays.is_empty() {
            // It has just been added.
            let _ = change.update(id, |node| {
                node.references.insert(Role::DISPLAY, displays.into_iter().map(Into::into).collect());
            });
        }
    }
    let values = sequence.items.iter().map(|item| item.value.as_str());
    let values = index_text(places.iter().map(|id| id.as_str().to_owned()).zip(values));
    let mut index = Node::new(node.name.clone(), index);
    index.attributes.clone_from(&node.attributes);
    index.hidden = true;
    index.singleton = Some(INDEX.to_owned());
    index.unknown.insert(INDEX_VALUES.to_owned(), values);
    change.add(index);
    let scene = change.finish().0;
    let path = Path::new(name);
    let mut plan = plan(&scene, &Origins::default(), &Layout::bundle(path));
    let mut archive = Cursor::new(Vec::new());
    let folder = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let cut = write_scene(&mut plan, &folder, &SaveOptions::default(), &mut archive);
    let cut = cut.map_err(|unwritten| *unwritten.source)?;
    if let Some(unsaved) = plan.unsaved.first() {
        return Err(FormatError::CannotHold { format: "a sequence", what: unsaved.to_string() });
    }
    let archive = archive.into_inner();
    let length = cut.and_then(|cut| usize::try_from(cut).ok()).unwrap_or(archive.len());
    files.create(name)?.write_all(&archive[..length.min(archive.len())])?;
    Ok(())
}

/// The files that a scene names, of a source that knows its companions.
struct Gathered(BTreeMap<String, Bytes>);

impl Gathered {
    fn new(document: &Document, source: &dyn Source) -> Self {
        let mut files = BTreeMap::new();
        for (_, node) in &document.nodes {
            let Content::Storage(storage) = &node.content else { continue };
            for name in storage.file.iter().chain(&storage.members) {
                if let Ok(bytes) = source.companion(name) {
                    files.insert(name.clone(), bytes);
                }
            }
        }
        Self(files)
    }
}

impl Files for Gathered {
    fn source(&self, name: &str) -> io::Result<SharedSource> {
        let bytes = self.0.get(name).ok_or(io::ErrorKind::NotFound)?;
        let last = name.rsplit('/').next().unwrap_or(name);
        Ok(Box::new(MemorySource::new(last, bytes.clone())))
    }

    fn place(&self, name: &str) -> Place {
        Place::Disk(PathBuf::from(name))
    }

    fn is_outside(&self, _: &str) -> bool {
        // Sources refuse what leads out of their folder.
        false
    }
}
