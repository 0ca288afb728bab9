//! Where a node's files are.

use microtome_scene::nodes::Storage;

use super::super::escape::{decode_name, encode_name};
use super::super::xml::{Attributes, Element};
use super::take_numbered;

pub(super) fn read(storage: &mut Storage, attributes: &mut Attributes) {
    let mut one =
        |name: &str| attributes.remove(name).filter(|text| !text.is_empty()).map(|text| decode_name(&text));
    storage.file = one("fileName");
    storage.uri = one("uri");
    let mut many = |prefix: &str| -> Vec<String> {
        take_numbered(attributes, prefix).iter().map(|text| decode_name(text)).collect()
    };
    storage.members = many("fileListMember");
    storage.uri_members = many("uriListMember");
}

pub(super) fn write(storage: &Storage, element: &mut Element) {
    for (name, prefix, one, many) in [
        ("fileName", "fileListMember", &storage.file, &storage.members),
        ("uri", "uriListMember", &storage.uri, &storage.uri_members),
    ] {
        if let Some(one) = one {
            element.replace(name, encode_name(one));
        }
        for (n, member) in many.iter().enumerate() {
            element.set(&format!("{prefix}{n}"), encode_name(member));
        }
    }
}
