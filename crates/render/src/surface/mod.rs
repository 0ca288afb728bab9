//! Surfaces, lines and points in 3D views, drawn as triangles.

mod geometry;
mod glyphs;
mod raster;

pub use geometry::SurfaceGeometry;
pub(crate) use geometry::moved;
pub use glyphs::{Glyphs, Stroke};
pub(crate) use raster::{Fragment, STRIP, Triangles, draw};

use microtome_geometry::{Affine, Ras};

use crate::volume::Shading;

/// A surface in a 3D view.
#[derive(Clone, Debug)]
pub struct Surface<'a> {
    /// Its triangles.
    pub geometry: &'a SurfaceGeometry,
    /// Red, green, blue, 0 to 1; not used where `vertex_colors` are given.
    pub color: [f32; 3],
    /// One colour for each point.
    pub vertex_colors: Option<&'a [[u8; 3]]>,
    /// 0 to 1.
    pub opacity: f32,
    /// Lighting; `None` shows the colour as it is.
    pub shading: Option<Shading>,
    /// From the mesh's own space to the scene's.
    pub to_world: Affine<Ras, Ras>,
}

impl<'a> Surface<'a> {
    /// Opaque and matte, as models are shown.
    pub fn new(geometry: &'a SurfaceGeometry, color: [f32; 3]) -> Self {
        Self {
            geometry,
            color,
            vertex_colors: None,
            opacity: 1.0,
            shading: Some(Shading { ambient: 0.0, diffuse: 1.0, specular: 0.0, power: 1.0 }),
            to_world: Affine::identity(),
        }
    }
}
