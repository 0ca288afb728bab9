//! Records of what node types are made of, where that has no named fields of its own.

use super::{record_choice, record_struct};
use crate::nodes::{
    Diffusion, MarkupsDisplayKind, Other, SequenceItem, Storage, SubjectHierarchyItem, TransformKind,
    VolumeKind, VolumeRenderer, WindowLevelPreset,
};

record_choice!(MarkupsDisplayKind { Any, Fiducial, Plane, Roi });
record_choice!(TransformKind { Linear, BSpline, Grid, General });
record_choice!(VolumeKind { Scalar, Vector, DiffusionWeighted, DiffusionTensor, Streaming });
record_choice!(VolumeRenderer { Cpu, Gpu, Multi });

record_struct!(SubjectHierarchyItem { id, parent, node, name, owner, expanded, uids, attributes }
    fn list_name(&self) -> Option<String> {
        Some(self.id.to_string())
    }
);
record_struct!(SequenceItem { value, node, displays }
    fn list_name(&self) -> Option<String> {
        Some(self.value.clone())
    }
);
record_struct!(Diffusion { measurement_frame, gradients, b_values });
record_struct!(WindowLevelPreset { window, level, name });
record_struct!(Other { class, tag, inner });
record_struct!(Storage { class, file, members, uri, uri_members, options });
