//! Element names and classes.

/// Classes (without the `vtkMRML` prefix and `Node` suffix) whose elements have another name.
const TAGS: [(&str, &str); 11] = [
    ("ScalarVolume", "Volume"),
    ("ScalarVolumeDisplay", "VolumeDisplay"),
    ("TransformDisplay", "TransformDisplayNode"),
    ("TableSQLiteStorage", "TableSQLightStorage"),
    ("CPURayCastVolumeRenderingDisplay", "CPURayCastVolumeRendering"),
    ("GPURayCastVolumeRenderingDisplay", "GPURayCastVolumeRendering"),
    ("MultiVolumeRenderingDisplay", "MultiVolumeRendering"),
    ("SceneView", "SceneSnapshot"),
    ("ROI", "MRMLROINode"),
    ("AnnotationFiducial", "AnnotationFiducials"),
    ("AnnotationHierarchy", "AnnotationHierarchyNode"),
];

/// The class that an element stands for. Of a name that is not known: itself, without the suffix that some have.
pub(crate) fn class_of(tag: &str) -> &str {
    match TAGS.iter().find(|(_, other)| *other == tag) {
        Some((class, _)) => class,
        None => tag.strip_suffix("Node").filter(|class| !class.is_empty()).unwrap_or(tag),
    }
}

/// The element name of a class.
pub(crate) fn tag_of(class: &str) -> &str {
    match TAGS.iter().find(|(other, _)| *other == class) {
        // The old name is understood, never written.
        Some(("SceneView", _)) | None => class,
        Some((_, tag)) => tag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_classes() {
        for (tag, class) in [
            ("Volume", "ScalarVolume"),
            ("VolumeDisplay", "ScalarVolumeDisplay"),
            ("TransformDisplayNode", "TransformDisplay"),
            ("GPURayCastVolumeRendering", "GPURayCastVolumeRenderingDisplay"),
            ("Model", "Model"),
        ] {
            assert_eq!((class_of(tag), tag_of(class)), (class, tag));
        }
        assert_eq!((class_of("SceneSnapshot"), tag_of("SceneView")), ("SceneView", "SceneView"));
        assert_eq!(class_of("DiffusionTensorVolumeSliceDisplayNode"), "DiffusionTensorVolumeSliceDisplay");
        assert_eq!(class_of("Node"), "Node");
    }
}
