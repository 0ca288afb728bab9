//! Meshes: points in the patient, cells between them, and data on both.
//!
//! This crate knows nothing of files.

mod attribute;
mod cells;
mod edge_graph;
mod mesh;
mod triangle_index;

pub use attribute::{Attribute, Role};
pub use cells::{CellKind, Cells};
pub use edge_graph::EdgeGraph;
pub use mesh::{Mesh, MeshError};
pub use triangle_index::{NearestPoint, RayHit, TriangleIndex};
