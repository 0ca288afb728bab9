//! The upkeep of the subject hierarchy: every node that it shows has an item in it. A DICOM volume comes under its patient
//! and study, what an operation made beside what it was made of, all else under the scene.

use std::collections::{BTreeMap, BTreeSet};

use microtome_scene::nodes::{SubjectHierarchy, SubjectHierarchyItem, is_in_hierarchy};
use microtome_scene::{Change, Content, Node, NodeId, Transaction};

use crate::provenance::inputs_of;

/// Gives the nodes that have no item theirs, where a change adds nodes or sets the hierarchy. A node that is removed has
/// lost its item with its references.
pub(crate) fn complete(change: &mut Transaction) {
    let scene = change.scene();
    let concerned = change.changes().any(|(id, what)| match what {
        Change::Added => true,
        Change::Modified => scene.node(id).is_some_and(|node| tree_of(node).is_some()),
        Change::Removed => false,
    });
    if !concerned {
        return;
    }
    let found = scene.nodes().find_map(|(id, node)| Some((id.clone(), tree_of(node)?)));
    let known: BTreeSet<&NodeId> =
        found.iter().flat_map(|(_, tree)| &tree.items).filter_map(|item| item.node.as_ref()).collect();
    let missing: Vec<(&NodeId, &Node)> =
        scene.nodes().filter(|(id, node)| is_in_hierarchy(node) && !known.contains(id)).collect();
    if missing.is_empty() {
        return;
    }
    let mut tree = Tree::new(found.as_ref().map(|(_, tree)| (*tree).clone()).unwrap_or_default());
    for (id, node) in missing {
        tree.add(id, node);
    }
    let (id, tree) = (found.map(|(id, _)| id), tree.hierarchy);
    match id {
        // The node is there: it was found a moment ago.
        Some(id) => drop(change.update(&id, |node| node.content = tree.into())),
        None => drop(change.add(tree.into_node())),
    }
}

fn tree_of(node: &Node) -> Option<&SubjectHierarchy> {
    match &node.content {
        Content::SubjectHierarchy(tree) => Some(tree),
        _ => None,
    }
}

/// The system of unique identifiers of patients, studies and series.
const DICOM: &str = "DICOM";

/// A hierarchy to which items are added.
struct Tree {
    hierarchy: SubjectHierarchy,
    root: u64,
    next: u64,
    /// What the items of nodes are in.
    parents: BTreeMap<NodeId, u64>,
    /// Patients and studies by what they are in, their level and what tells them from others.
    folders: BTreeMap<(u64, &'static str, String), u64>,
}

impl Tree {
    fn new(mut hierarchy: SubjectHierarchy) -> Self {
        let root = hierarchy.make_root();
        let (mut parents, mut folders) = (BTreeMap::new(), BTreeMap::new());
        for item in &hierarchy.items {
            if let Some(node) = &item.node {
                parents.entry(node.clone()).or_insert(item.parent);
            }
            let level = ["Patient", "Study"].into_iter().find(|level| item.level() == Some(level));
            if let (Some(level), Some(uid)) = (level, item.uid(DICOM)) {
                folders.entry((item.parent, level, uid.to_owned())).or_insert(item.id);
            }
        }
        let next = hierarchy.free_id();
        Self { hierarchy, root, next, parents, folders }
    }

    fn add(&mut self, id: &NodeId, node: &Node) {
        let said =
            |keyword: &str| node.attributes.get(&format!("{DICOM}.{keyword}")).map_or("", |text| text.trim());
        let mut item = SubjectHierarchyItem::of(id.clone(), &node.content);
        let parent = if said("StudyInstanceUID").is_empty() {
            inputs_of(node).find_map(|input| self.parents.get(input).copied()).unwrap_or(self.root)
        } else {
            for (system, uid) in
                [(DICOM, said("SeriesInstanceUID")), ("DICOMInstanceUID", said("instanceUIDs"))]
            {
                if !uid.is_empty() {
                    item.uids.push((system.to_owned(), record(uid)));
                }
            }
            describe(&mut item, &["Modality", "SeriesNumber", "FrameOfReferenceUID"], &said);
            self.study(&said)
        };
        item.parent = parent;
        self.parents.insert(id.clone(), parent);
        self.push(item);
    }

    fn push(&mut self, mut item: SubjectHierarchyItem) -> u64 {
        let id = self.next;
        self.next = id.saturating_add(1);
        item.id = id;
        self.hierarchy.items.push(item);
        id
    }

    /// The study that a DICOM node is of, under its patient.
    fn study<'a>(&mut self, said: &dyn Fn(&str) -> &'a str) -> u64 {
        let (name, id) = (said("PatientName"), said("PatientID"));
        let shown = match (name, id) {
            ("", "") => "No name".to_owned(),
            ("", id) => format!("No name ({id})"),
            (name, "") => name.to_owned(),
            (name, id) => format!("{name} ({id})"),
        };
        let known = ["PatientName", "PatientID", "PatientSex", "PatientBirthDate", "PatientComments"];
        // Without an identifier, the name tells one patient from the others.
        let uid = if id.is_empty() { name } else { id };
        let patient = self.folder(self.root, "Patient", shown, uid, &known, said);
        let description = said("StudyDescription");
        let description = if description.is_empty() { "No study description" } else { description };
        let date = said("StudyDate");
        let shown = if date.is_empty() { description.to_owned() } else { format!("{description} ({date})") };
        let known = ["StudyInstanceUID", "StudyID", "StudyDescription", "StudyDate", "StudyTime"];
        self.folder(patient, "Study", shown, said("StudyInstanceUID"), &known, said)
    }

    fn folder<'a>(
        &mut self,
        parent: u64,
        level: &'static str,
        name: String,
        uid: &str,
        known: &[&str],
        said: &dyn Fn(&str) -> &'a str,
    ) -> u64 {
        let key = (parent, level, record(uid));
        if let Some(id) = self.folders.get(&key) {
            return *id;
        }
        let mut item = SubjectHierarchyItem { parent, ..SubjectHierarchyItem::folder(name, level) };
        item.uids.push((DICOM.to_owned(), record(uid)));
        describe(&mut item, known, said);
        let id = self.push(item);
        self.folders.insert(key, id);
        id
    }
}

/// Tells an item what is known of these keywords.
fn describe<'a>(item: &mut SubjectHierarchyItem, keywords: &[&str], said: &dyn Fn(&str) -> &'a str) {
    let known = keywords.iter().filter(|keyword| !said(keyword).is_empty());
    item.attributes.extend(known.map(|keyword| (format!("{DICOM}.{keyword}"), record(said(keyword)))));
}

/// A text as scene files can hold it: `|` ends a value there.
fn record(text: &str) -> String {
    text.replace('|', "/")
}

#[cfg(test)]
mod tests {
    use microtome_scene::nodes::{Model, Text, Volume};

    use super::*;
    use crate::Workbench;

    fn dicom(series: &str, patient: &str) -> Node {
        let mut node = Node::new(series, Volume::default());
        for (keyword, value) in [
            ("PatientName", "DOE^JANE"),
            ("PatientID", patient),
            ("StudyInstanceUID", "1.2.3"),
            ("StudyDate", "20260101"),
            ("SeriesInstanceUID", series),
            ("Modality", "CT"),
            ("instanceUIDs", "1.2.3.4.1 1.2.3.4.2"),
        ] {
            node.attributes.insert(format!("DICOM.{keyword}"), value.to_owned());
        }
        node
    }

    fn tree(workbench: &Workbench) -> SubjectHierarchy {
        workbench.scene().nodes().find_map(|(_, node)| tree_of(node).cloned()).unwrap()
    }

    #[test]
    fn nodes_have_items_where_they_belong_and_lose_them_when_they_go() {
        let mut workbench = Workbench::new();
        let first = workbench.add("Add", dicom("1.2.3.4", "P|1"));
        let second = workbench.add("Add", dicom("1.2.3.5", "P|1"));
        let other = workbench.add("Add", dicom("1.2.3.6", "P2"));
        let text = workbench.add("Add", Node::new("t", Text::default()));
        let mut hidden = Node::new("m", Model { mesh: Default::default() });
        hidden.hidden = true;
        let hidden = workbench.add("Add", hidden);
        let found = tree(&workbench);
        let root = found.root().unwrap();
        let study = |id| found.item(found.item_of(id).unwrap().parent).unwrap();
        assert_eq!(
            (study(&first), study(&first).name.as_str()),
            (study(&second), "No study description (20260101)")
        );
        let patient = found.item(study(&first).parent).unwrap();
        assert_eq!((patient.name.as_str(), patient.parent), ("DOE^JANE (P|1)", root));
        assert_eq!((patient.level(), patient.uid("DICOM")), (Some("Patient"), Some("P/1")));
        assert_ne!(study(&other).id, study(&first).id);
        let item = found.item_of(&second).unwrap();
        assert_eq!((item.owner.as_str(), item.uid("DICOM")), ("Volumes", Some("1.2.3.5")));
        assert_eq!(item.uid("DICOMInstanceUID"), Some("1.2.3.4.1 1.2.3.4.2"));
        assert_eq!(found.item_of(&text).unwrap().parent, root);
        assert!(found.item_of(&hidden).is_none());

        let mut change = workbench.begin("Remove");
        change.remove(&second).unwrap();
        workbench.commit(change);
        assert!(tree(&workbench).item_of(&second).is_none());
        workbench.undo();
        assert_eq!(tree(&workbench), found);
    }

    #[test]
    fn two_thousand_nodes_are_quick() {
        let mut workbench = Workbench::new();
        let mut change = workbench.begin("Add");
        for n in 0..2000 {
            change.add(dicom(&format!("1.2.3.{n}"), &format!("P{}", n % 50)));
        }
        let start = std::time::Instant::now();
        workbench.commit(change);
        // Far beyond what it needs: what grows with the square of the number takes longer.
        assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(tree(&workbench).items.len(), 1 + 50 + 50 + 2000);
    }
}
