//! Mesh formats.
//!
//! Mesh files are LPS unless they say `SPACE=RAS`; see [`space`].

pub mod obj;
pub mod ply;
pub mod space;
pub mod stl;

mod merge;

use microtome_mesh::{CellKind, Mesh};

use crate::error::Error;

/// Refuses a mesh that has other cells than surface cells, for formats of triangles.
fn surface_only(mesh: &Mesh, format: &'static str) -> Result<(), Error> {
    match mesh.cells().kinds().iter().find(|kind| !matches!(kind, CellKind::Polygon | CellKind::Strip)) {
        Some(kind) => Err(Error::CannotHold { format, what: format!("{kind:?} cells") }),
        None => Ok(()),
    }
}
