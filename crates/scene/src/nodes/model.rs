//! Models.

use microtome_mesh::Mesh;

use crate::fields::node_type;

node_type! {
    /// A surface, lines or a solid mesh.
    pub struct Model {
        /// Points, cells and attributes.
        mesh: Mesh;
    }
}
