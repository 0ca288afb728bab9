//! PLY, the Stanford polygon format: text, or binary of either byte order, with any properties.
//!
//! Properties that mean something become attributes of their kind (normals, texture coordinates, colours as the arrays
//! `RGB` or `RGBA`, as VTK names them); every other property of vertices and faces is an attribute of its own name.

mod columns;
mod header;
mod read;
mod write;

use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "PLY";

/// The entry in the table of formats.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".ply"],
    sniff,
    read: read::read,
    writers: &[Writer::Mesh(write::write)],
};

fn sniff(_: &str, head: &[u8]) -> Match {
    let found = matches!(head, [b'p', b'l', b'y', b'\n' | b'\r' | b' ', ..]);
    if found { Match::Content } else { Match::No }
}
