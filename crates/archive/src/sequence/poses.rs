//! Sequences of linear transforms in the header of a MetaImage (`.seq.mha`).

use std::collections::BTreeMap;

use microtome_formats::transform::recording::{Pose, Recording, Track};
use microtome_geometry::Transform as Map;
use microtome_scene::nodes::{self, IndexType, Sequence, SequenceItem};
use microtome_scene::{Content, Node};

/// The attribute of an item that the tracker did not see.
const STATUS: (&str, &str) = ("TransformStatus", "INVALID");

/// Whether a file is a recording, by its name.
pub(crate) fn is_recording(file_name: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    name.ends_with(".seq.mha") || name.ends_with(".seq.mhd")
}

/// A sequence for each tool of a recording.
pub(crate) fn from_recording(recording: &Recording) -> Vec<Node> {
    let sequence = |track: &Track| {
        let item = |(frame, pose): (&u32, &Pose)| {
            let content = nodes::Transform::new(Map::Linear(pose.to_parent), true);
            let mut node = Node::new(format!("{}_{frame:04}", track.name), content);
            if !pose.valid {
                node.attributes.insert(STATUS.0.to_owned(), STATUS.1.to_owned());
            }
            let value = recording.times.get(frame).cloned().unwrap_or_else(|| frame.to_string());
            SequenceItem::new(value, node)
        };
        let items = track.poses.iter().map(item).collect();
        Node::new(track.name.clone(), Sequence { items, ..Sequence::default() })
    };
    recording.tracks.iter().map(sequence).collect()
}

/// Whether a recording holds all that the items are: poses at numbers, called one like the other.
pub(super) fn is_plain(sequence: &Sequence) -> bool {
    let base = |(frame, item): (usize, &SequenceItem)| {
        let name = item.node.name.strip_suffix(&format!("_{frame:04}"));
        name.map(str::to_owned)
    };
    let mut bases = sequence.items.iter().enumerate().map(base);
    let first = bases.next().flatten();
    let known = |item: &SequenceItem| {
        super::frames::is_plain(item)
            && item.node.attributes.keys().all(|key| key == STATUS.0 || key == super::BASE_NAME)
    };
    sequence.index_type == IndexType::Numeric
        && first.is_some()
        && bases.all(|base| base == first)
        && sequence.items.iter().all(known)
}

/// The recording of a sequence called `name`; `None` if its items are not all linear transforms.
pub(crate) fn to_recording(name: &str, sequence: &Sequence) -> Option<Recording> {
    let mut poses = BTreeMap::new();
    let mut times = BTreeMap::new();
    for (frame, item) in (0_u32..).zip(&sequence.items) {
        let Content::Transform(transform) = &item.node.content else { return None };
        let Map::Linear(to_parent) = transform.to_parent() else { return None };
        let valid = item.node.attributes.get(STATUS.0).is_none_or(|status| status != STATUS.1);
        poses.insert(frame, Pose { to_parent, valid });
        if sequence.index_type == IndexType::Numeric {
            times.insert(frame, item.value.clone());
        }
    }
    // What a field's name cannot hold is left out of it.
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_' || *c == '-').collect();
    let name = if name.is_empty() { "Sequence".to_owned() } else { name };
    Some(Recording { times, tracks: vec![Track { name, poses }], has_images: false })
}
