//! Slice views: a plane through the patient, resliced, windowed, coloured and blended.

mod blend;
mod course;
mod label;
mod layer;
mod reslice;
mod slab;
mod view;

pub use blend::Compositing;
pub use label::{LabelLayer, LabelSource};
pub use layer::{VolumeDisplay, VolumeLayer};
pub use reslice::{Plane, reslice, reslice_into};
pub use slab::{Slab, SlabKind};
pub use view::{Orientation, SliceView};

use crate::picture::{Picture, PictureError};

/// All that a slice view shows.
#[derive(Clone, Debug, Default)]
pub struct SliceScene<'a> {
    /// Volume layers from the bottom: background, foreground, any further ones.
    pub volumes: Vec<VolumeLayer<'a>>,
    /// Label maps and segmentations, drawn above all volumes in this order.
    pub labels: Vec<LabelLayer<'a>>,
    /// How volume layers are blended.
    pub compositing: Compositing,
    /// Shows upper layers only where the background volume is.
    pub clip_to_background: bool,
    /// Thick slab instead of a plane; volumes only.
    pub slab: Option<Slab>,
}

/// The picture of a slice, `size` = width and height in pixels, on black.
///
/// # Errors
/// [`PictureError::Size`] for a picture without pixels or with too many.
pub fn render_slice(
    scene: &SliceScene<'_>,
    view: &SliceView,
    size: [usize; 2],
) -> Result<Picture, PictureError> {
    let mut picture = Picture::new(size[0], size[1], [0, 0, 0, 255])?;
    let view_to_ras = view.view_to_ras(size);
    let layers: Vec<blend::Layer> = scene
        .volumes
        .iter()
        .map(|layer| blend::Layer {
            pixels: layer.pixels(&view_to_ras, size, scene.slab),
            opacity: layer.opacity as f32,
        })
        .collect();
    blend::blend(&mut picture, &layers, scene.compositing, scene.clip_to_background);
    for layer in &scene.labels {
        layer.draw(&mut picture, &view_to_ras);
    }
    Ok(picture)
}
