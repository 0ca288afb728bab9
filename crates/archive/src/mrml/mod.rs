//! Scene files: MRML, as 3D Slicer reads and writes it.
//!
//! [`read`] makes nodes of a text and [`write`](fn@write) a text of nodes; neither knows of other files. [`import`] puts the nodes
//! of a file into a scene that may have nodes already.
//!
//! A node type's plain fields go through [`Fields`](microtome_scene::Fields); what is more than that is in `special`, one
//! file for each family. What nothing knows is kept and written back.

mod classes;
mod encoding;
mod escape;
mod import;
mod old_hierarchy;
mod read;
mod references;
mod special;
mod upgrade;
mod version;
mod write;
mod xml;

pub(crate) use escape::{decode_name, encode_name};
pub use import::{Imported, import};
pub use read::{Document, read};
pub(crate) use special::{GEOMETRY, INDEX_VALUES, index_entries, index_text, item_id};
pub use version::Version;
pub use write::{write, write_with};
pub use xml::XmlError;
