//! The node types, one file for each family: plain structs whose fields have names (see [`Fields`]).

mod color;
mod display;
mod hierarchy;
mod markups;
mod markups_display;
mod model;
mod modules;
mod segmentation;
mod sequence;
mod table;
mod transform;
mod views;
mod volume;
mod volume_rendering;

pub use color::{ColorTable, ProceduralColor};
pub use display::*;
pub use hierarchy::{SubjectHierarchy, SubjectHierarchyItem, is_in_hierarchy, owner_of};
pub use markups::*;
pub use markups_display::{CurveLineSize, Glyph, MarkupsDisplay, MarkupsDisplayKind, Snap};
pub use model::Model;
pub use modules::*;
pub use segmentation::*;
pub use sequence::*;
pub use table::*;
pub use transform::*;
pub use views::*;
pub use volume::{Diffusion, LabelVolume, Volume, VolumeKind, VoxelVectorType};
pub use volume_rendering::*;

use crate::fields::Fields;
use crate::id::NodeId;
use crate::record::{Malformed, Merging, Reader, Record, Writer};

/// A node type that stands for several classes.
trait Family: Sized {
    /// The MRML class without the `vtkMRML` prefix and `Node` suffix.
    fn class(&self) -> &str;

    /// The empty node of a class; `None` if it is none of these.
    fn of_class(class: &str) -> Option<Self>;
}

macro_rules! contents {
    ($($(#[$doc:meta])* $Variant:ident $($class:literal)?;)*) => {
        /// What a node is.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Content {
            $($(#[$doc])* $Variant($Variant),)*
            /// A node of a class that is not ours.
            Other(Other),
        }

        $(impl From<$Variant> for Content {
            fn from(content: $Variant) -> Self {
                Self::$Variant(content)
            }
        })*

        impl From<Other> for Content {
            fn from(content: Other) -> Self {
                Self::Other(content)
            }
        }

        impl Record for Content {
            fn put(&self, out: &mut Writer<'_>) {
                match self {
                    $(Self::$Variant(content) => {
                        out.byte(Tag::$Variant as u8);
                        content.put(out);
                    })*
                    Self::Other(content) => {
                        out.byte(Tag::Other as u8);
                        content.put(out);
                    }
                }
            }

            fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                const TAGS: &[Tag] = &[$(Tag::$Variant,)* Tag::Other];
                let [tag] = input.array()?;
                match TAGS.get(usize::from(tag)) {
                    $(Some(Tag::$Variant) => Record::take(input).map(Self::$Variant),)*
                    Some(Tag::Other) => Record::take(input).map(Self::Other),
                    None => Err(Malformed::new("no such node type")),
                }
            }

            fn describe(out: &mut String) {
                $(<$Variant>::describe(out);)*
                Other::describe(out);
            }

            fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
                if let Some(merged) = Self::merge_as_its_type(base, mine, theirs, merging) {
                    return merged;
                }
                match (base, mine, theirs) {
                    $((Self::$Variant(base), Self::$Variant(mine), Self::$Variant(theirs)) => {
                        Self::$Variant(Record::merge(base, mine, theirs, merging))
                    })*
                    _ => merging.whole(base, mine, theirs),
                }
            }
        }

        /// The number of a node type in records.
        #[derive(Clone, Copy)]
        enum Tag {
            $($Variant,)*
            Other,
        }

        impl Content {
            /// The MRML class without the `vtkMRML` prefix and `Node` suffix.
            pub fn class(&self) -> &str {
                match self {
                    $(Self::$Variant(_content) => contents!(@class _content $($class)?),)*
                    Self::Other(content) => &content.class,
                }
            }

            /// The empty node of a class, by the MRML class without its `vtkMRML` prefix and `Node` suffix; `None` if it
            /// is none of ours.
            pub fn of_class(class: &str) -> Option<Self> {
                $(if let Some(content) = contents!(@of class $Variant $($class)?) {
                    return Some(Self::$Variant(content));
                })*
                None
            }

            /// The named fields.
            pub fn fields(&self) -> &dyn Fields {
                match self {
                    $(Self::$Variant(content) => content,)*
                    Self::Other(content) => content,
                }
            }

            /// The named fields, to set them.
            pub fn fields_mut(&mut self) -> &mut dyn Fields {
                match self {
                    $(Self::$Variant(content) => content,)*
                    Self::Other(content) => content,
                }
            }
        }
    };
    (@class $content:ident) => { Family::class($content) };
    (@class $content:ident $class:literal) => { $class };
    (@of $asked:ident $Variant:ident) => { <$Variant as Family>::of_class($asked) };
    (@of $asked:ident $Variant:ident $class:literal) => { ($asked == $class).then(<$Variant>::default) };
}

contents! {
    /// A scalar, vector, diffusion-weighted or tensor volume.
    Volume;
    /// A label map.
    LabelVolume "LabelMapVolume";
    /// A surface or another mesh.
    Model "Model";
    /// A segmentation.
    Segmentation "Segmentation";
    /// Control points: lists, lines, curves, planes, regions.
    Markups;
    /// A transform.
    Transform;
    /// A table.
    Table "Table";
    /// A text.
    Text "Text";
    /// A chart.
    PlotChart "PlotChart";
    /// A series of a chart.
    PlotSeries "PlotSeries";
    /// A colour table.
    ColorTable "ColorTable";
    /// Computed colours.
    ProceduralColor "ProceduralColor";
    /// A sequence.
    Sequence "Sequence";
    /// A sequence browser.
    SequenceBrowser "SequenceBrowser";
    /// How a scalar volume is shown.
    VolumeDisplay "ScalarVolumeDisplay";
    /// How a label map is shown.
    LabelVolumeDisplay "LabelMapVolumeDisplay";
    /// How a vector volume is shown.
    VectorVolumeDisplay "VectorVolumeDisplay";
    /// How a diffusion-weighted volume is shown.
    DiffusionWeightedVolumeDisplay "DiffusionWeightedVolumeDisplay";
    /// How a tensor volume is shown.
    DiffusionTensorVolumeDisplay "DiffusionTensorVolumeDisplay";
    /// How a model is shown.
    ModelDisplay "ModelDisplay";
    /// How a segmentation is shown.
    SegmentationDisplay "SegmentationDisplay";
    /// How markups are shown.
    MarkupsDisplay;
    /// How a transform is shown.
    TransformDisplay "TransformDisplay";
    /// How a folder changes what is in it.
    FolderDisplay "FolderDisplay";
    /// A legend of colours.
    ColorLegendDisplay "ColorLegendDisplay";
    /// How slices are shown in other views.
    SliceDisplay "SliceDisplay";
    /// Volume rendering.
    VolumeRendering;
    /// Transfer functions.
    VolumeProperty "VolumeProperty";
    /// Clipping.
    Clip "Clip";
    /// A slice view.
    Slice "Slice";
    /// What a slice view shows.
    SliceComposite "SliceComposite";
    /// A 3D view.
    View "View";
    /// A camera.
    Camera "Camera";
    /// A view of a table.
    TableView "TableView";
    /// A view of a chart.
    PlotView "PlotView";
    /// The arrangement of the views.
    Layout "Layout";
    /// What the mouse does.
    Interaction "Interaction";
    /// What is selected.
    Selection "Selection";
    /// The crosshair.
    Crosshair "Crosshair";
    /// The subject hierarchy.
    SubjectHierarchy "SubjectHierarchy";
    /// The scene at another time.
    SceneView "SceneView";
    /// Settings of a scripted module.
    ScriptedModule "ScriptedModule";
    /// Settings of a command-line module.
    CommandLineModule "CommandLineModule";
    /// Settings of the segment editor.
    SegmentEditor "SegmentEditor";
    /// How a quantity is written.
    Unit "Unit";
    /// Where a node's data are kept.
    Storage;
}

impl Content {
    /// Whether nodes of this type have data that a file of its own can hold.
    pub const fn has_data(&self) -> bool {
        matches!(
            self,
            Self::Volume(_)
                | Self::LabelVolume(_)
                | Self::Model(_)
                | Self::Segmentation(_)
                | Self::Markups(_)
                | Self::Transform(_)
                | Self::Table(_)
                | Self::Text(_)
                | Self::ColorTable(_)
                | Self::ProceduralColor(_)
                | Self::VolumeProperty(_)
                | Self::Sequence(_)
        )
    }

    /// Whether nodes of this type are left out of lists and selectors.
    pub fn is_hidden(&self) -> bool {
        matches!(
            self,
            Self::Storage(_)
                | Self::ColorTable(_)
                | Self::ProceduralColor(_)
                | Self::SliceComposite(_)
                | Self::Selection(_)
                | Self::Interaction(_)
                | Self::Crosshair(_)
                | Self::Clip(_)
                | Self::ScriptedModule(_)
        ) || self.display().is_some()
    }

    /// The nodes that the content itself names, other than by references.
    pub fn node_ids(&self) -> impl Iterator<Item = &NodeId> {
        let items = match self {
            Self::SubjectHierarchy(hierarchy) => hierarchy.items.as_slice(),
            _ => &[],
        };
        items.iter().filter_map(|item| item.node.as_ref())
    }

    /// Renames the nodes that the content itself names; what stands for a node without a new name is dropped.
    pub(crate) fn rename_node_ids(&mut self, rename: &dyn Fn(&NodeId) -> Option<NodeId>) {
        if let Self::SubjectHierarchy(hierarchy) = self {
            hierarchy.rename(rename);
        }
    }

    /// Merges contents of the types that do not merge member by member; `None` for the others.
    fn merge_as_its_type(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Option<Self> {
        Some(match (base, mine, theirs) {
            // Their members mean something only together.
            (Self::Volume(_) | Self::Transform(_) | Self::SceneView(_), ..) => {
                merging.whole(base, mine, theirs)
            }
            (Self::Markups(base), Self::Markups(mine), Self::Markups(theirs)) => {
                Self::Markups(markups::merge(base, mine, theirs, merging))
            }
            (Self::SubjectHierarchy(base), Self::SubjectHierarchy(mine), Self::SubjectHierarchy(theirs)) => {
                let mine = mine.with_other_ids_than(theirs, base);
                let mut merged: SubjectHierarchy = Record::merge(base, &mine, theirs, merging);
                merged.put_in_order();
                Self::SubjectHierarchy(merged)
            }
            _ => return None,
        })
    }

    /// What all display nodes have in common, of one.
    pub const fn display(&self) -> Option<&Display> {
        Some(match self {
            Self::VolumeDisplay(node) => &node.display,
            Self::LabelVolumeDisplay(node) => &node.display,
            Self::VectorVolumeDisplay(node) => &node.volume.display,
            Self::DiffusionWeightedVolumeDisplay(node) => &node.volume.display,
            Self::DiffusionTensorVolumeDisplay(node) => &node.volume.display,
            Self::ModelDisplay(node) => &node.display,
            Self::SegmentationDisplay(node) => &node.display,
            Self::MarkupsDisplay(node) => &node.display,
            Self::TransformDisplay(node) => &node.display,
            Self::FolderDisplay(node) => &node.display,
            Self::ColorLegendDisplay(node) => &node.display,
            Self::SliceDisplay(node) => &node.display,
            Self::VolumeRendering(node) => &node.display,
            _ => return None,
        })
    }

    /// How a volume is shown in slices, of any of the volume display nodes.
    pub const fn volume_display(&self) -> Option<&VolumeDisplay> {
        Some(match self {
            Self::VolumeDisplay(node) => node,
            Self::VectorVolumeDisplay(node) => &node.volume,
            Self::DiffusionWeightedVolumeDisplay(node) => &node.volume,
            Self::DiffusionTensorVolumeDisplay(node) => &node.volume,
            _ => return None,
        })
    }
}
