//! How markups are shown: between what their files say and display nodes.

use microtome_formats::{Data, Metadata, Warning};
use microtome_scene::nodes::{MarkupsDisplay, MarkupsDisplayKind, MarkupsKind};
use microtome_scene::{Content, Node};

/// The display node of an item that says how it is shown.
pub(crate) fn display_of(data: &Data, name: &str, warnings: &mut Vec<Warning>) -> Option<Node> {
    let Data::Markups(data) = data else { return None };
    let said = data.display.as_ref()?;
    let kind = match data.markups.kind {
        MarkupsKind::Fiducial => MarkupsDisplayKind::Fiducial,
        MarkupsKind::Plane => MarkupsDisplayKind::Plane,
        MarkupsKind::Roi => MarkupsDisplayKind::Roi,
        _ => MarkupsDisplayKind::Any,
    };
    let class = Content::from(MarkupsDisplay { kind, ..MarkupsDisplay::default() });
    let mut content = Content::of_class(class.class()).unwrap_or(class);
    for (property, text) in said.iter() {
        if let Some(Err(error)) = content.fields_mut().set(property, text) {
            warnings.push(Warning::new(format!("the display property {property} was left out: {error}")));
        }
    }
    let name = data.name.as_deref().unwrap_or(name);
    Some(Node::new(format!("{name} display"), content))
}

/// What a file can say of a display node.
pub(crate) fn said_of(display: &Node) -> Metadata {
    let mut said = Metadata::default();
    display.content.fields().visit(&mut |property, text| said.set(property, text));
    said
}
