//! What older versions wrote, as it is written today.

use std::collections::BTreeMap;

use microtome_scene::{Content, Node, NodeId, Reference, Role};

use super::version::Version;
use super::xml::Attributes;

/// Class and attributes of an element of any version as those of today. Annotations inside scene views stay such: as
/// markups their points would have to be in files, which views do not have.
pub(crate) fn element(class: &str, attributes: &mut Attributes, version: &Version, in_view: bool) -> String {
    let class = match class {
        "ScalarVolume" if is_label_map(attributes) => "LabelMapVolume",
        "ClipModels" => "Clip",
        other if in_view && other.starts_with("Annotation") => other,
        "AnnotationFiducial" => "MarkupsFiducial",
        "AnnotationRuler" => "MarkupsLine",
        "AnnotationROI" => "MarkupsROI",
        "AnnotationPointDisplay" => "MarkupsDisplay",
        other => other,
    };
    // What is not ours to understand stays as it is.
    if Content::of_class(class).is_none() {
        return class.to_owned();
    }
    rename(attributes, "markupLabelFormat", "controlPointLabelFormat");
    rename(attributes, "MasterRepresentationName", "SourceRepresentationName");
    if class.ends_with("Display") {
        rename(attributes, "sliceIntersectionVisibility", "visibility2D");
        scalar_range(attributes);
    }
    match class {
        "Slice" => {
            rename(attributes, "resliceDimensions", "uvwDimensions");
            slice_color(attributes);
        }
        "MarkupsDisplay" => glyph(attributes),
        "Crosshair" => {
            if let Some(behavior) = attributes.get_mut("crosshairBehavior").filter(|text| *text == "Normal") {
                *behavior = "NoAction".to_owned();
            }
        }
        "ModelStorage" => {
            // Files of old scenes without a tag of their own are RAS, whatever the scene says.
            if version.is_legacy() || !attributes.contains_key("coordinateSystem") {
                attributes.insert("coordinateSystem".to_owned(), "RAS".to_owned());
            }
            coordinate_system(attributes);
        }
        _ if class.starts_with("Markups") && class.ends_with("Storage") => coordinate_system(attributes),
        _ => {}
    }
    if singleton_by_name(class) && !attributes.contains_key("singletonTag") {
        let tag = tag_of_id(class, attributes).or_else(|| layout_name(class, attributes));
        if let Some(tag) = tag {
            attributes.insert("singletonTag".to_owned(), tag);
        }
    }
    class.to_owned()
}

/// Slice views of these names have colours of their own where a scene does not say which.
fn slice_color(attributes: &mut Attributes) {
    const COLORS: [(&str, [f64; 3]); 3] =
        [("Red", [243.0, 74.0, 51.0]), ("Yellow", [237.0, 213.0, 76.0]), ("Green", [110.0, 176.0, 75.0])];
    let name = ["layoutName", "singletonTag", "name"].into_iter().find_map(|key| attributes.get(key));
    let known = COLORS.into_iter().find(|(known, _)| name.is_some_and(|name| name == known));
    if let (Some((_, color)), false) = (known, attributes.contains_key("layoutColor")) {
        let numbers = color.map(|channel| (channel / 255.0).to_string());
        attributes.insert("layoutColor".to_owned(), numbers.join(" "));
    }
}

fn rename(attributes: &mut Attributes, old: &str, new: &str) {
    if let Some(value) = attributes.remove(old) {
        attributes.entry(new.to_owned()).or_insert(value);
    }
}

/// Whether a volume says that it is a label map, as it did before there was a class for that. The word is taken away.
fn is_label_map(attributes: &mut Attributes) -> bool {
    let own = attributes.remove("labelMap").is_some_and(|value| value.trim() == "1");
    let Some(list) = attributes.get_mut("attributes") else { return own };
    let (words, others): (Vec<&str>, Vec<&str>) =
        list.split(';').partition(|item| item.trim_start().starts_with("LabelMap:"));
    let listed = words.iter().any(|word| word.trim() == "LabelMap:1");
    *list = others.join(";");
    own || listed
}

/// Where values span the colours was a number once. Before that there was `autoScalarRange`, which Slicer reads as
/// "by hand" whatever it says.
fn scalar_range(attributes: &mut Attributes) {
    const NAMES: [&str; 5] = ["UseManual", "UseData", "UseColorNode", "UseDataType", "UseDirectMapping"];
    let automatic = attributes.remove("autoScalarRange");
    let name = match attributes.get("scalarRangeFlag") {
        Some(text) => text.trim().parse::<usize>().ok().and_then(|number| NAMES.get(number).copied()),
        None => automatic.map(|_| NAMES[0]),
    };
    if let Some(name) = name {
        attributes.insert("scalarRangeFlag".to_owned(), name.to_owned());
    }
}

/// Glyphs of annotations had numbers, from 1.
fn glyph(attributes: &mut Attributes) {
    const NAMES: [&str; 13] = [
        "Vertex2D",
        "Dash2D",
        "Cross2D",
        "ThickCross2D",
        "Triangle2D",
        "Square2D",
        "Circle2D",
        "Diamond2D",
        "Arrow2D",
        "ThickArrow2D",
        "HookedArrow2D",
        "StarBurst2D",
        "Sphere3D",
    ];
    if let Some(value) = attributes.get_mut("glyphType")
        && let Ok(number) = value.trim().parse::<usize>()
    {
        let name = number.checked_sub(1).and_then(|n| NAMES.get(n)).unwrap_or(&NAMES[12]);
        *value = (*name).to_owned();
    }
}

/// The axes of coordinates had numbers.
fn coordinate_system(attributes: &mut Attributes) {
    if let Some(value) = attributes.get_mut("coordinateSystem") {
        match value.trim() {
            "0" => *value = "RAS".to_owned(),
            "1" => *value = "LPS".to_owned(),
            _ => {}
        }
    }
}

/// Classes whose nodes are singletons also where an old scene does not say so.
fn singleton_by_name(class: &str) -> bool {
    matches!(
        class,
        "Slice"
            | "SliceComposite"
            | "View"
            | "Selection"
            | "Interaction"
            | "Crosshair"
            | "Layout"
            | "ScriptedModule"
    )
}

/// What an identifier has in the place of a number.
fn tag_of_id(class: &str, attributes: &Attributes) -> Option<String> {
    let tag = attributes.get("id")?.strip_prefix("vtkMRML")?.strip_prefix(class)?.strip_prefix("Node")?;
    (!tag.is_empty() && !tag.bytes().all(|b| b.is_ascii_digit())).then(|| tag.to_owned())
}

/// The name of a view, which is its tag.
fn layout_name(class: &str, attributes: &Attributes) -> Option<String> {
    let name = attributes.get("layoutName").filter(|name| !name.is_empty())?;
    matches!(class, "Slice" | "SliceComposite" | "View").then(|| name.clone())
}

/// What can be upgraded only when all nodes are there: hierarchies, and which slices the clipping of an old scene clips with.
pub(crate) fn nodes(nodes: &mut Vec<(NodeId, Node)>) {
    super::old_hierarchy::upgrade(nodes);
    const STATES: [(&str, &str); 3] =
        [("redSliceClipState", "Red"), ("yellowSliceClipState", "Yellow"), ("greenSliceClipState", "Green")];
    let slices: BTreeMap<String, NodeId> = nodes
        .iter()
        .filter_map(|(id, node)| match &node.content {
            Content::Slice(slice) => Some((slice.view.layout_name.clone(), id.clone())),
            _ => None,
        })
        .collect();
    for (_, node) in nodes.iter_mut().filter(|(_, node)| matches!(node.content, Content::Clip(_))) {
        for (attribute, name) in STATES {
            let state = match node.unknown.remove(attribute).as_deref().map(str::trim) {
                Some("1") => "ClipPositiveSpace",
                Some("2") => "ClipNegativeSpace",
                _ => continue,
            };
            if let Some(id) = slices.get(name) {
                let properties = [("clippingState".to_owned(), state.to_owned())].into();
                let clipping = node.references.entry(Role::CLIPPING).or_default();
                clipping.push(Reference { node: id.clone(), properties });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_have_the_colors_of_their_names() {
        let color = |said: &[(&str, &str)]| {
            let mut attributes: Attributes =
                said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            slice_color(&mut attributes);
            attributes.get("layoutColor").cloned()
        };
        let red = color(&[("name", "Red")]).unwrap();
        let numbers: Vec<f64> = red.split(' ').map(|n| n.parse().unwrap()).collect();
        assert_eq!(numbers, [243.0 / 255.0, 74.0 / 255.0, 51.0 / 255.0]);
        assert_eq!(color(&[("name", "Red"), ("layoutName", "Slice4")]), None);
        assert_eq!(color(&[("layoutName", "Red"), ("layoutColor", "0 0 0")]).as_deref(), Some("0 0 0"));
    }
}
