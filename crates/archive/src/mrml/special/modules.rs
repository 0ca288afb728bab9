//! Parameters of modules.

use microtome_scene::nodes::{CommandLineModule, ScriptedModule};

use super::super::escape::{decode_key, decode_name, encode_key, encode_name};
use super::super::xml::{Attributes, Element};
use super::take_numbered;

/// The fields of a command-line module's node; all its other attributes are parameters.
const FIELDS: [&str; 4] = ["title", "version", "autorunmode", "autorun"];

pub(super) fn read_scripted(module: &mut ScriptedModule, attributes: &mut Attributes) {
    let parameters = take_numbered(attributes, "parameter").into_iter().map(|text| {
        let (key, value) = text.split_once(' ').unwrap_or((&text, ""));
        (decode_key(key), value.to_owned())
    });
    module.parameters = parameters.collect();
}

pub(super) fn write_scripted(module: &ScriptedModule, element: &mut Element) {
    for (n, (key, value)) in module.parameters.iter().enumerate() {
        element.set(&format!("parameter{n}"), format!("{} {value}", encode_key(key)));
    }
}

pub(super) fn read_command_line(module: &mut CommandLineModule, attributes: &mut Attributes) {
    let parameters = std::mem::take(attributes).into_iter();
    let (fields, parameters): (Attributes, Attributes) =
        parameters.partition(|(name, _)| FIELDS.contains(&name.as_str()));
    *attributes = fields;
    module.parameters =
        parameters.into_iter().map(|(name, value)| (decode_name(&name), decode_name(&value))).collect();
}

pub(super) fn write_command_line(module: &CommandLineModule, element: &mut Element) {
    let parameters = module.parameters.iter().filter(|(name, _)| !FIELDS.contains(&name.as_str()));
    for (name, value) in parameters {
        element.replace(&encode_name(name), encode_name(value));
    }
}
