//! Extract surface: the isosurface of a volume or label map as a model.

use microtome_image::{Array, Image};
use microtome_mesh::{Attribute, Cells, Mesh, Role};

use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::threshold::threshold;
use crate::single::scalar;
use crate::surface::isosurface::{Options, Surface, SurfaceError, isosurface};

operation! {
    /// Makes a model of the surface on which a volume has a given value, interpolated linearly between voxels.
    ///
    /// Voxels of at least that value are inside; the triangles face outside, towards lower values.
    pub struct ExtractSurface("extract-surface", "Extract surface", "surface");
    inputs {
        /// The volume or label map.
        input: Image,
    }
    parameters {
        /// The value on the surface.
        value: f64 = 0.5;
        /// Only the structure of this label: its voxels count as 1, all others as 0; nothing: the volume as it is.
        label: Option<u32> = None;
        /// Whether the surface is closed where it meets the border of the volume, half a voxel beyond the outermost
        /// voxel centres.
        close: bool = true;
        /// Whether points have normals, from the gradient of the volume.
        normals: bool = true;
    }
    outputs {
        /// The surface.
        output: Mesh,
    }
    values {
        /// How many points the surface has.
        points: u64,
        /// How many triangles the surface has.
        triangles: u64,
    }
    example "A voxel becomes an octahedron" {
        inputs { "input": { "dimensions": [1, 1, 1], "values": [1] } }
        parameters {}
        gives { "output": { "point-count": 6, "cell-count": 8 }, "points": 6, "triangles": 8 }
    }
}

impl Operation for ExtractSurface {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let values = match self.label {
            Some(label) => threshold(image.array(), f64::from(label), f64::from(label), 1).into(),
            None => image.array().clone(),
        };
        let options = Options { closed: self.close, normals: self.normals };
        let surface =
            isosurface(&values, image.grid(), self.value, options, progress).map_err(
                |error| match error {
                    SurfaceError::Cancelled(cancelled) => cancelled.into(),
                    SurfaceError::TooLarge(_) => {
                        OperationError::Input { name: "input".to_owned(), why: error.to_string() }
                    }
                },
            )?;
        let (points, triangles) = (surface.points.len() as u64, surface.triangles.len() as u64);
        let output = surface.into_mesh()?;
        progress.report(1.0)?;
        Ok(Outputs { output, points, triangles })
    }
}

impl Surface {
    /// The surface as a mesh, its normals (if it has any) as the point data `Normals`.
    ///
    /// # Errors
    /// [`OperationError::Mesh`] if a triangle names a point that does not exist.
    pub fn into_mesh(self) -> Result<Mesh, OperationError> {
        let Self { points, triangles, normals } = self;
        let mesh = Mesh::new(points, Cells::from_triangles(&triangles))?;
        if normals.is_empty() {
            return Ok(mesh);
        }
        let values = Array::from(normals);
        Ok(mesh.with_point_data(Attribute {
            name: "Normals".to_owned(),
            components: 3,
            role: Role::Normals,
            values,
        })?)
    }
}
