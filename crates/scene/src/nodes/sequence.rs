//! Sequences: nodes that change over time or another index.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fields::{names, node_type};
use crate::node::Node;

names! {
    /// What a sequence's index is.
    pub enum IndexType {
        /// A number.
        #[default]
        Numeric = "numeric",
        /// A text.
        Text = "text",
    }
}

node_type! {
    /// A node at several index values.
    pub struct Sequence {
        /// What the index is called.
        index_name: String = "time".to_owned(), "indexName";
        /// Its unit.
        index_unit: String = "s".to_owned(), "indexUnit";
        /// What it is.
        index_type: IndexType, "indexType";
        /// How far apart numbers may be to count as the same.
        tolerance: f64 = 0.001, "numericIndexValueTolerance";
        /// The node at each index value, in order.
        items: Vec<SequenceItem>;
    }
}

/// A node at one index value.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceItem {
    /// The index value.
    pub value: String,
    /// The node as it is there.
    pub node: Arc<Node>,
    /// How it is shown there, where the sequence says that: its display nodes, in their order.
    pub displays: Vec<Arc<Node>>,
}

impl SequenceItem {
    /// A node at an index value, shown as at all others.
    pub fn new(value: impl Into<String>, node: impl Into<Arc<Node>>) -> Self {
        Self { value: value.into(), node: node.into(), displays: Vec::new() }
    }
}

names! {
    /// Which changes a browser records.
    pub enum RecordingSampling {
        /// All.
        #[default]
        All = "all",
        /// As many as are played back.
        LimitedToPlaybackFrameRate = "limitedToPlaybackFrameRate",
    }
}

names! {
    /// What a browser shows of the index.
    pub enum IndexDisplay {
        /// The item's number.
        Index = "[index]",
        /// The index value.
        #[default]
        Value = "[indexValue]",
    }
}

node_type! {
    /// Goes through sequences together: by the roles `sequenceNodeRef…` the sequences, by `dataNodeRef…` the nodes that
    /// take on their items.
    pub struct SequenceBrowser {
        /// Whether it plays.
        playback_active: bool = false, "playbackActive";
        /// Items a second.
        playback_rate: f64 = 10.0, "playbackRateFps";
        /// Whether items are left out to keep up.
        playback_skipping: bool = true, "playbackItemSkippingEnabled";
        /// Whether it begins again at the end.
        playback_looped: bool = true, "playbackLooped";
        /// The item that is shown, counted from 0; −1 for none.
        selected_item: i64 = -1, "selectedItemNumber";
        /// Whether changes are recorded.
        recording_active: bool = false, "recordingActive";
        /// Whether only changes of the first sequence's node count.
        record_on_master_only: bool = false, "recordOnMasterModifiedOnly";
        /// Which changes are recorded.
        recording_sampling: RecordingSampling, "recordingSamplingMode";
        /// What is shown of the index.
        index_display: IndexDisplay, "indexDisplayMode";
        /// How numbers are written, as in C.
        index_format: String = "%.2f".to_owned(), "indexDisplayFormat";
        /// What ends the role names of each sequence; the first is the master.
        postfixes: Vec<String>;
        /// How each sequence goes along, by postfix and property.
        synchronization: BTreeMap<String, BTreeMap<String, String>>;
    }
}
