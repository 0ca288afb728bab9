//! Models.

use microtome_mesh::Mesh;

/// A surface, lines or a solid mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Points, cells and attributes.
    pub mesh: Mesh,
}
