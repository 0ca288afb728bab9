//! Scene text → nodes.

use std::collections::BTreeMap;

use microtome_scene::{Content, FieldValue, Node, NodeId, Reference, Role, nodes};

use super::encoding::decoded;
use super::escape::{decode_attribute, decode_item};
use super::version::Version;
use super::xml::{Attributes, XmlError, inner_text, parse, with_bare_ampersands};
use super::{classes, references, special, upgrade};

/// How many warnings are kept; what comes after only counts.
const MAX_WARNINGS: usize = 1000;

/// What a scene file says, before any data file is looked at.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Which version wrote it.
    pub version: Version,
    /// What the file says of itself, besides the version: attributes of its root element.
    pub root: BTreeMap<String, String>,
    /// The nodes with their identifiers, in the file's order. A file may use an identifier twice, or name none (the
    /// identifier is then empty).
    pub nodes: Vec<(NodeId, Node)>,
    /// Partial trouble on the way, and with which node.
    pub warnings: Vec<(Option<NodeId>, String)>,
}

/// Reads the text of a scene file.
///
/// # Errors
/// [`XmlError`] if it is no scene at all. Trouble with a single node is a warning.
pub fn read(bytes: &[u8]) -> Result<Document, XmlError> {
    let mut warnings = Vec::new();
    let (text, odd) = decoded(bytes);
    warnings.extend(odd.map(|message| (None, message)));
    let mended;
    let document = match parse(&text) {
        Err(XmlError::Malformed(why)) => {
            mended = with_bare_ampersands(&text);
            let document = parse(&mended).map_err(|_| XmlError::Malformed(why))?;
            warnings.push((None, "the scene has \"&\" where \"&amp;\" should be: taken for that".to_owned()));
            document
        }
        other => other?,
    };
    let root = document.root_element();
    if root.tag_name().name() != "MRML" {
        return Err(XmlError::Root(root.tag_name().name().chars().take(80).collect()));
    }
    let own = root.attributes().filter(|attribute| attribute.name() != "version");
    let own = own.map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned())).collect();
    let version = Version::parse(root.attribute("version").unwrap_or_default());
    let mut reading = Reading { version: &version, warnings, more: 0, current: None, in_view: false };
    let mut nodes = reading.nodes(root);
    let Reading { mut warnings, more, .. } = reading;
    if more > 0 {
        warnings.push((None, format!("there are {more} more warnings")));
    }
    upgrade::nodes(&mut nodes);
    Ok(Document { version, root: own, nodes, warnings })
}

/// What is known while a scene is read.
pub(super) struct Reading<'a> {
    version: &'a Version,
    warnings: Vec<(Option<NodeId>, String)>,
    more: usize,
    /// The node being read.
    current: Option<NodeId>,
    /// Whether it is inside a scene view.
    in_view: bool,
}

impl Reading<'_> {
    /// Notes trouble with the node being read.
    pub fn warn(&mut self, message: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push((self.current.clone(), message));
        } else {
            self.more += 1;
        }
    }

    /// The nodes of a scene view.
    pub fn view(&mut self, element: roxmltree::Node<'_, '_>) -> Vec<(NodeId, Node)> {
        let outer = (self.current.take(), self.in_view);
        self.in_view = true;
        let nodes = self.nodes(element);
        (self.current, self.in_view) = outer;
        nodes
    }

    /// The nodes that stand inside an element.
    fn nodes(&mut self, element: roxmltree::Node<'_, '_>) -> Vec<(NodeId, Node)> {
        element.children().filter(roxmltree::Node::is_element).map(|child| self.node(child)).collect()
    }

    fn node(&mut self, element: roxmltree::Node<'_, '_>) -> (NodeId, Node) {
        let tag = element.tag_name().name();
        let mut attributes: Attributes =
            element.attributes().map(|a| (a.name().to_owned(), a.value().to_owned())).collect();
        let id = NodeId::from(attributes.get("id").map(|id| id.trim()).unwrap_or_default());
        self.current = Some(id.clone());
        let class = upgrade::element(classes::class_of(tag), &mut attributes, self.version, self.in_view);
        let content = match Content::of_class(&class) {
            Some(content) if !is_legacy_hierarchy(&class, &attributes) => content,
            _ => self.other(class.clone(), tag, element),
        };
        let mut node = Node::new("", content);
        common(&mut node, &mut attributes);
        node.references = take_references(&class, &mut attributes);
        special::read(&mut node, &mut attributes, element, self);
        for (name, value) in attributes {
            self.field(&mut node, name, value);
        }
        (id, node)
    }

    fn other(&mut self, class: String, tag: &str, element: roxmltree::Node<'_, '_>) -> Content {
        let inner = inner_text(element).unwrap_or_else(|| {
            self.warn("what is inside uses namespaces: left out".to_owned());
            String::new()
        });
        nodes::Other { class, tag: tag.to_owned(), inner }.into()
    }

    fn field(&mut self, node: &mut Node, name: String, value: String) {
        // A text field would take any text; where only numbers fit, these must not get in.
        let fields = node.content.fields_mut();
        if is_not_finite(&value) && matches!(fields.set(&name, "no number"), Some(Err(_))) {
            self.warn(format!("{name} is \"{}\": left as it is by default", shortened(&value)));
            return;
        }
        match fields.set(&name, &value) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.warn(format!("{name}: {error}; left as it is by default")),
            None => drop(node.unknown.insert(name, value)),
        }
    }
}

/// Whether a text is a number that is none, or several numbers not all of which are finite.
fn is_not_finite(text: &str) -> bool {
    let mut count = 0;
    let (mut nan, mut infinite) = (false, false);
    for word in text.split_ascii_whitespace() {
        let Ok(value) = word.parse::<f64>() else { return false };
        count += 1;
        nan |= value.is_nan();
        infinite |= value.is_infinite();
    }
    nan || (infinite && count > 1)
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Exactly `N` finite numbers.
pub(super) fn finite_numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    <[f64; N]>::from_text(text).ok().filter(|values| values.iter().all(|v| v.is_finite()))
}

/// Hierarchies from before there was one node with items in it: each node of them was one item.
fn is_legacy_hierarchy(class: &str, attributes: &Attributes) -> bool {
    let list = attributes.get("attributes").map_or("", String::as_str);
    let version = list.split(';').find_map(|item| item.trim_start().strip_prefix("SubjectHierarchyVersion:"));
    class == "SubjectHierarchy"
        && version.and_then(|text| text.trim().parse::<f64>().ok()).is_none_or(|v| v < 2.0)
}

/// Takes what all nodes have.
fn common(node: &mut Node, attributes: &mut Attributes) {
    attributes.remove("id");
    let mut flag = |name: &str, to: &mut bool| {
        if let Some(value) = attributes.remove(name).and_then(|text| bool::from_text(&text).ok()) {
            *to = value;
        }
    };
    flag("hideFromEditors", &mut node.hidden);
    flag("selectable", &mut node.selectable);
    flag("selected", &mut node.selected);
    node.name = attributes.remove("name").unwrap_or_default();
    node.description = attributes.remove("description").unwrap_or_default();
    node.singleton = attributes.remove("singletonTag").filter(|tag| !tag.is_empty());
    let list = attributes.remove("attributes").unwrap_or_default();
    for item in list.split(';').filter(|item| !item.trim().is_empty()) {
        let (name, value) = item.split_once(':').unwrap_or((item, ""));
        node.attributes.insert(decode_attribute(name), decode_item(value));
    }
}

/// Takes the references, from the list of them and from the attributes that stood for them once.
fn take_references(class: &str, attributes: &mut Attributes) -> BTreeMap<Role, Vec<Reference>> {
    let mut found = references::parse(&attributes.remove("references").unwrap_or_default());
    let old: Vec<(String, Role)> = attributes
        .keys()
        .filter_map(|name| Some((name.clone(), references::legacy_role(class, name)?)))
        .collect();
    for (name, role) in old {
        let targets = references::legacy_targets(&attributes.remove(&name).unwrap_or_default());
        if !targets.is_empty() {
            found.entry(role).or_insert(targets);
        }
    }
    found
}
