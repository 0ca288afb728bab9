//! References between nodes as scene files write them: `role:id id {key=value,key=value};role:id;`.

use std::collections::BTreeMap;

use microtome_scene::{NodeId, Reference, Role};

use super::escape::{decode_property, encode_property};

/// References by role.
pub(crate) type References = BTreeMap<Role, Vec<Reference>>;

/// Reads the attribute `references`. What does not follow the grammar is left out.
pub(crate) fn parse(text: &str) -> References {
    let mut all = References::new();
    for group in text.split(';') {
        let Some((role, targets)) = group.split_once(':') else { continue };
        let role = role.trim();
        let mut found: Vec<Reference> = Vec::new();
        for word in targets.split_ascii_whitespace() {
            match (word.strip_prefix('{'), found.last_mut()) {
                (Some(inside), Some(last)) => {
                    last.properties = properties(inside.strip_suffix('}').unwrap_or(inside));
                }
                (Some(_), None) => {}
                (None, _) => found.push(NodeId::from(word).into()),
            }
        }
        if !role.is_empty() && !found.is_empty() {
            all.entry(Role::named(role)).or_default().append(&mut found);
        }
    }
    all
}

fn properties(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (decode_property(key), decode_property(value))).collect()
}

/// The attribute's text; empty if there are no references.
pub(crate) fn to_text<'a>(references: impl Iterator<Item = (&'a Role, &'a Vec<Reference>)>) -> String {
    let mut text = String::new();
    for (role, targets) in references.filter(|(_, targets)| !targets.is_empty()) {
        text.push_str(role.name());
        text.push(':');
        for (n, target) in targets.iter().enumerate() {
            if n > 0 {
                text.push(' ');
            }
            text.push_str(target.node.as_str());
            if !target.properties.is_empty() {
                let pair = |(key, value): (&String, &String)| {
                    format!("{}={}", encode_property(key), encode_property(value))
                };
                let pairs: Vec<String> = target.properties.iter().map(pair).collect();
                text.push_str(&format!(" {{{}}}", pairs.join(",")));
            }
        }
        text.push(';');
    }
    text
}

/// The role that an attribute of older scenes stands for, on nodes of `class`.
pub(crate) fn legacy_role(class: &str, attribute: &str) -> Option<Role> {
    let of_any = match attribute {
        "storageNodeRef" => Some("storage"),
        "displayNodeRef" => Some("display"),
        "transformNodeRef" => Some("transform"),
        "lineColorNodeRef" => Some("lineColor"),
        "ClipNode" => Some("ClipNode"),
        "colorNodeRef" | "colorNodeID" => Some("colorNodeID"),
        "viewNodeRef" => Some("viewNodeRef"),
        _ => None,
    };
    let of_class = || match (class, attribute) {
        ("Slice", "threeDViewNodeRef") => Some("threeDViewNodeRef"),
        ("VectorVolumeDisplay", "glyphColorNodeRef") => Some("glyphColorNodeRef"),
        (class, "parentNodeRef") if class.ends_with("Hierarchy") => Some(PARENT),
        (class, "associatedNodeRef") if class.ends_with("Hierarchy") => Some(ASSOCIATED),
        ("ModelHierarchy", "modelNodeRef") => Some(ASSOCIATED),
        (class, "displayNodeID") if class.ends_with("Hierarchy") => Some(HIERARCHY_DISPLAY),
        ("Clip", "clippingRef") => Some("clipping"),
        ("SliceComposite", "backgroundVolumeID") => Some("backgroundVolume"),
        ("SliceComposite", "foregroundVolumeID") => Some("foregroundVolume"),
        ("SliceComposite", "labelVolumeID") => Some("labelVolume"),
        ("Selection", "activeVolumeID") => Some("ActiveVolume"),
        ("Selection", "secondaryVolumeID") => Some("SecondaryVolume"),
        ("Selection", "activeLabelVolumeID" | "ActiveLabelVolumeID") => Some("ActiveLabelVolume"),
        ("Selection", "activePlaceNodeID" | "ActivePlaceNodeID") => Some("ActivePlaceNode"),
        ("Selection", "activeROIListID" | "ActiveROIListID") => Some("ActiveROIList"),
        ("Selection", "activeCameraID" | "ActiveCameraID") => Some("ActiveCamera"),
        ("Selection", "activeTableID" | "ActiveTableID") => Some("ActiveTable"),
        ("Selection", "activeViewID" | "ActiveViewID") => Some("ActiveView"),
        ("Selection", "activeLayoutID" | "ActiveLayoutID") => Some("ActiveLayout"),
        ("Selection", "activePlotChartID" | "ActivePlotChartID") => Some("ActivePlotChart"),
        ("Selection", "frequencyUnitNodeRef") => Some("unit/frequency"),
        ("Selection", "intensityUnitNodeRef") => Some("unit/intensity"),
        ("Selection", "lengthUnitNodeRef") => Some("unit/length"),
        ("Selection", "timeUnitNodeRef") => Some("unit/time"),
        ("Selection", "velocityUnitNodeRef") => Some("unit/velocity"),
        (_, "volumePropertyNodeID") => Some("volumeProperty"),
        (_, "shaderPropertyNodeId") => Some("shaderProperty"),
        ("CropVolumeParameters", "inputVolumeNodeID") => Some("inputVolume"),
        ("CropVolumeParameters", "outputVolumeNodeID") => Some("outputVolume"),
        (_, "ROINodeID") => Some("roi"),
        ("TableView" | "PlotSeries", "tableNodeRef") => Some("table"),
        ("PlotView", "plotChartNodeRef") => Some("plotChart"),
        _ => None,
    };
    let fixed = of_any.or_else(of_class).map(Role::named);
    // A sequence browser's roles end with the postfix of the sequence.
    let of_browser = || {
        let (name, postfix) = ["rootNodeRef", "sequenceNodeRef", "dataNodeRef"]
            .iter()
            .find_map(|name| Some((*name, attribute.strip_prefix(name)?)))?;
        let name = if name == "rootNodeRef" { "sequenceNodeRef" } else { name };
        (class == "SequenceBrowser").then(|| Role::named(format!("{name}{postfix}")))
    };
    fixed.or_else(of_browser)
}

/// In which node of an old hierarchy another is.
pub(crate) const PARENT: &str = "parentNodeRef";
/// Which node a node of an old hierarchy stands for.
pub(crate) const ASSOCIATED: &str = "associatedNodeRef";
/// How a node of an old hierarchy shows what is in it.
pub(crate) const HIERARCHY_DISPLAY: &str = "displayNodeID";

/// What stands between the nodes of a role that is written as an attribute of its own; `None` for one that is written
/// among the references.
pub(crate) fn own_attribute(role: &Role) -> Option<&'static str> {
    match role.name() {
        "colorNodeID" => Some(" "),
        "viewNodeRef" | "threeDViewNodeRef" => Some(";"),
        "glyphColorNodeRef" | PARENT | ASSOCIATED | HIERARCHY_DISPLAY => Some(" "),
        _ => None,
    }
}

/// The nodes in an attribute of older scenes: separated by blanks or `;`.
pub(crate) fn legacy_targets(text: &str) -> Vec<Reference> {
    let words = text
        .split([' ', ';', '\n', '\t'])
        .filter(|word| !word.is_empty() && *word != "NULL" && *word != "None");
    words.map(|word| NodeId::from(word).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_properties_survive() {
        let text = "clipping:vtkMRMLMarkupsROINode1 {a%3Db=c%2Cd,state=On} vtkMRMLModelNode1;storage:s1;";
        let all = parse(text);
        assert_eq!(to_text(all.iter()), text);
        let clipping = &all[&Role::CLIPPING];
        assert_eq!(clipping.len(), 2);
        assert_eq!(clipping[0].properties["a=b"], "c,d");
        assert!(clipping[1].properties.is_empty());
    }

    #[test]
    fn what_is_no_reference_is_left_out() {
        assert!(parse("").is_empty() && parse(";;x;:y;role:;role: {a=b}").is_empty());
        assert_eq!(legacy_targets("a b;c NULL"), ["a", "b", "c"].map(|id| NodeId::from(id).into()));
        assert_eq!(legacy_role("Model", "ROINodeID"), Some(Role::ROI));
        assert_eq!(legacy_role("SequenceBrowser", "rootNodeRef0"), Some(Role::named("sequenceNodeRef0")));
    }
}
