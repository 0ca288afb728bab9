//! The node types, one file each: plain structs.

mod display;
mod markups;
mod model;
mod transform;
mod volume;

pub use display::{ModelDisplay, VolumeDisplay, WindowLevel};
pub use markups::{Markups, MarkupsKind};
pub use model::Model;
pub use transform::Transform;
pub use volume::{LabelVolume, Volume};

use microtome_records::{ColorTable, Table};

macro_rules! contents {
    ($($(#[$doc:meta])* $variant:ident($type:ty) = $class:expr;)*) => {
        /// What a node is.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Content {
            $($(#[$doc])* $variant($type),)*
        }

        $(impl From<$type> for Content {
            fn from(content: $type) -> Self {
                Self::$variant(content)
            }
        })*

        impl Content {
            /// The MRML class without the `vtkMRML` prefix and `Node` suffix.
            pub fn class(&self) -> &'static str {
                match self {
                    $(Self::$variant(content) => ($class)(content),)*
                }
            }
        }
    };
}

contents! {
    /// A scalar, vector or tensor volume.
    Volume(Volume) = Volume::class;
    /// A label map.
    LabelVolume(LabelVolume) = |_| "LabelMapVolume";
    /// A surface or another mesh.
    Model(Model) = |_| "Model";
    /// A transform.
    Transform(Transform) = Transform::class;
    /// Control points: lists, lines, curves, planes, regions.
    Markups(Markups) = Markups::class;
    /// A table.
    Table(Table) = |_| "Table";
    /// A colour table.
    ColorTable(ColorTable) = |_| "ColorTable";
    /// How a volume is shown.
    VolumeDisplay(VolumeDisplay) = |_| "ScalarVolumeDisplay";
    /// How a model is shown.
    ModelDisplay(ModelDisplay) = |_| "ModelDisplay";
}
