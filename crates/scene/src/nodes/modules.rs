//! Nodes that modules keep their settings in, and nodes of classes that are not ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fields::{Fields, Unreadable, names, node_type};
use crate::id::NodeId;
use crate::node::Node;

node_type! {
    /// Settings of a scripted module.
    pub struct ScriptedModule {
        /// The module.
        module: String, "ModuleName";
        /// Its settings by name; those that are nodes are references.
        parameters: BTreeMap<String, String>;
    }
}

node_type! {
    /// Settings of a command-line module.
    pub struct CommandLineModule {
        /// The module's title.
        title: Option<String>, "title";
        /// Its version.
        version: Option<String>, "version";
        /// What makes it run by itself.
        autorun_mode: Option<String>, "autorunmode";
        /// Whether it runs by itself.
        autorun: Option<String>, "autorun";
        /// Its parameters by name.
        parameters: BTreeMap<String, String>;
    }
}

names! {
    /// Which other segments an edit may take voxels from.
    pub enum OverwriteMode {
        /// All.
        #[default]
        All = "OverwriteAllSegments",
        /// Those that are shown.
        Visible = "OverwriteVisibleSegments",
        /// None: segments may overlap.
        None = "OverwriteNone",
    }
}

names! {
    /// Where an edit may change something.
    pub enum EditMask {
        /// Everywhere.
        #[default]
        Everywhere = "EditAllowedEverywhere",
        /// Inside any segment.
        InsideAll = "EditAllowedInsideAllSegments",
        /// Inside any segment that is shown.
        InsideVisible = "EditAllowedInsideVisibleSegments",
        /// Outside all segments.
        OutsideAll = "EditAllowedOutsideAllSegments",
        /// Outside all segments that are shown.
        OutsideVisible = "EditAllowedOutsideVisibleSegments",
        /// Inside one segment.
        InsideSingle = "EditAllowedInsideSingleSegment",
    }
}

node_type! {
    /// Settings of the segment editor, for the nodes by the roles `segmentationRef` and `masterVolumeRef`. Settings of an
    /// effect are attributes `<Effect>.<Parameter>`.
    pub struct SegmentEditor {
        /// The segment that is edited.
        selected_segment: Option<String>, "selectedSegmentID";
        /// The effect in use.
        active_effect: Option<String>, "activeEffectName";
        /// The segment that edits stay inside of.
        mask_segment: Option<String>, "maskSegmentID";
        /// Which other segments give way.
        overwrite: OverwriteMode, "overwriteMode";
        /// Where edits are allowed.
        mask: EditMask, "maskMode";
        /// Whether edits keep to a range of the volume's values.
        intensity_mask: bool = false, "masterVolumeIntensityMask";
        /// That range.
        intensity_range: [f64; 2] = [0.0, 0.0], "masterVolumeIntensityMaskRange";
    }
}

node_type! {
    /// How a quantity is written. Lengths and such are always kept in the unit that Slicer keeps them in.
    pub struct Unit {
        /// What is measured (`length`, …).
        quantity: String, "Quantity";
        /// Written before a number.
        prefix: Option<String>, "Prefix";
        /// Written behind a number.
        suffix: Option<String>, "Suffix";
        /// Digits.
        precision: i64 = 3, "Precision";
        /// The least value.
        minimum: Option<f64>, "MinimumValue";
        /// The greatest value.
        maximum: Option<f64>, "MaximumValue";
    }
}

node_type! {
    /// The scene at another time: nodes under the identifiers that they have in the scene.
    pub struct SceneView {
        /// What the picture shows, by number.
        screenshot_type: i64 = 0, "screenshotType";
        /// Free text.
        text: String;
        /// The nodes.
        nodes: Vec<(NodeId, Arc<Node>)>;
    }
}

/// What is not ours to understand: kept as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Other {
    /// The class.
    pub class: String,
    /// The element's name in scene files.
    pub tag: String,
    /// What stood inside the element, as text.
    pub inner: String,
}

impl Fields for Other {
    fn visit(&self, _see: &mut dyn FnMut(&'static str, String)) {}

    fn set(&mut self, _name: &str, _text: &str) -> Option<Result<(), Unreadable>> {
        None
    }
}

names! {
    /// How far reading or writing a file is, which scene files say for no good reason.
    pub enum TransferState {
        /// Nothing is going on.
        #[default]
        Idle = "0",
        /// It will be.
        Pending = "1",
        /// It is planned.
        Scheduled = "2",
        /// It is going on.
        Transferring = "3",
        /// It is done.
        Done = "4",
        /// It was cancelled.
        Cancelled = "5",
        /// There was nothing to write.
        SkippedNoData = "6",
    }
}

/// Where a node's data are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// The class (`VolumeArchetypeStorage`, `ModelStorage`, …).
    pub class: String,
    /// The file, relative to the scene's folder unless it is absolute.
    pub file: Option<String>,
    /// Further files; an empty name keeps its place.
    pub members: Vec<String>,
    /// Where it came from over the network.
    pub uri: Option<String>,
    /// Further places.
    pub uri_members: Vec<String>,
    /// What else is said of it.
    pub options: StorageOptions,
}

node_type! {
    /// How a node's data are written.
    pub struct StorageOptions {
        /// Whether they are compressed.
        use_compression: crate::fields::Digit = crate::fields::Digit(true), "useCompression";
        /// How.
        compression: Option<String>, "compressionParameter";
        /// The extension of new files, without a dot.
        default_extension: Option<String>, "defaultWriteFileExtension";
        /// How far reading is.
        read_state: TransferState, "readState";
        /// How far writing is.
        write_state: TransferState, "writeState";
        /// The patient axes of coordinates in the file: `LPS` or `RAS`.
        coordinate_system: Option<String>, "coordinateSystem";
        /// Whether a segmentation's label maps are cut to the box around its segments.
        crop_to_segments: Option<bool>, "CropToMinimumExtent";
    }
}

impl Fields for Storage {
    fn visit(&self, see: &mut dyn FnMut(&'static str, String)) {
        self.options.visit(see);
    }

    fn set(&mut self, name: &str, text: &str) -> Option<Result<(), Unreadable>> {
        self.options.set(name, text)
    }
}

impl super::Family for Storage {
    fn class(&self) -> &str {
        &self.class
    }

    fn of_class(class: &str) -> Option<Self> {
        class.ends_with("Storage").then(|| Self { class: class.to_owned(), ..Self::default() })
    }
}
