//! Pictures of nodes, without a window.

use microtome_render::color::{ColorTable, WindowLevel};
use microtome_render::volume::{Technique, VolumePreset};
use microtome_render::{Background, Contents, PictureError, Stage, StageOptions, render_layout};
use microtome_scene::NodeId;

use crate::workbench::Workbench;
pub use microtome_render::camera::{Camera, LookFrom};
pub use microtome_render::{CameraChoice, Layout, ViewName};

/// What a picture should show of some nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureRequest {
    /// The views and their arrangement.
    pub layout: Layout,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Where slice views cut, mm along their axes; those not given go through the middle.
    pub offsets: Vec<(ViewName, f64)>,
    /// Window and level of the topmost volume; by default as its node says.
    pub window_level: Option<(f64, f64)>,
    /// Name of a volume rendering preset; by default one that fits the values.
    pub preset: Option<String>,
    /// Name of a colour table for the topmost volume.
    pub color_table: Option<String>,
    /// Where 3D views look from; by default from the front.
    pub camera: CameraChoice,
    /// One colour behind 3D views instead of the blue gradient.
    pub background: Option<[u8; 3]>,
    /// Opacity of volumes above the first, 0 to 1.
    pub foreground_opacity: f64,
    /// Whether letters, rulers and texts are written.
    pub annotated: bool,
}

impl Default for PictureRequest {
    fn default() -> Self {
        Self {
            layout: Layout::FourUp,
            size: [1024, 768],
            offsets: Vec::new(),
            window_level: None,
            preset: None,
            color_table: None,
            camera: CameraChoice::default(),
            background: None,
            foreground_opacity: 0.5,
            annotated: true,
        }
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureFailure {
    /// No preset of that name.
    #[error("there is no volume rendering preset \"{name}\"; there are {known}")]
    UnknownPreset {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },
    /// No colour table of that name.
    #[error("there is no colour table \"{name}\"; there are {known}")]
    UnknownColorTable {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },
    /// None of the nodes can be seen.
    #[error("there is nothing to see: no image, label map, model or points")]
    Nothing,
    /// The picture itself failed.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl Workbench {
    /// A picture of the nodes `ids` as PNG bytes: the first volume is the background, further ones lie over it.
    ///
    /// # Errors
    /// [`PictureFailure`] for unknown names, for nodes that cannot be seen, and for a picture without pixels or with too
    /// many.
    pub fn picture(&self, ids: &[&NodeId], request: &PictureRequest) -> Result<Vec<u8>, PictureFailure> {
        let ids: Vec<NodeId> = ids.iter().map(|id| (*id).clone()).collect();
        let views = request.layout.rectangles(request.size);
        let slices_only = views.iter().all(|(view, _)| view.orientation().is_some());
        let scene = if slices_only { self.scene().clone() } else { self.scene_with_surfaces(&ids) };
        let stage = Stage::new(&scene, &ids, &StageOptions { slices_only, ..options(request)? });
        if stage.is_empty() {
            return Err(PictureFailure::Nothing);
        }
        let all = stage.contents();
        let annotations = all.annotations.clone().filter(|_| request.annotated);
        let contents =
            Contents { camera: request.camera, offsets: request.offsets.clone(), annotations, ..all };
        let picture = render_layout(request.layout, &contents, request.size)?;
        Ok(picture.to_png()?)
    }
}

fn options(request: &PictureRequest) -> Result<StageOptions, PictureFailure> {
    let preset = match &request.preset {
        None => None,
        Some(name) => Some(VolumePreset::named(name).ok_or_else(|| PictureFailure::UnknownPreset {
            name: name.clone(),
            known: VolumePreset::builtin().iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", "),
        })?),
    };
    let color_table = match &request.color_table {
        None => None,
        Some(name) => Some(ColorTable::named(name).ok_or_else(|| PictureFailure::UnknownColorTable {
            name: name.clone(),
            known: ColorTable::builtin().iter().map(ColorTable::name).collect::<Vec<_>>().join(", "),
        })?),
    };
    // Presets made for maximum intensity projections do not say so themselves.
    let technique = preset.filter(|p| p.name.ends_with("-MIP")).map(|_| Technique::MaximumIntensity);
    Ok(StageOptions {
        window_level: request.window_level.map(|(window, level)| WindowLevel { window, level }),
        color_table,
        property: preset.map(|p| p.property.clone()),
        technique,
        foreground_opacity: request.foreground_opacity,
        background: request
            .background
            .map_or_else(Background::default, |[r, g, b]| Background::Plain([r, g, b, 255])),
        slices_only: false,
    })
}
