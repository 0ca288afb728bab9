//! From a scene's snapshot to what the views show.

mod place;
mod segments;

use microtome_geometry::{Affine, Bounds, Grid, Ras, Transform};
use microtome_image::{Image, Interpolation, Labels};
use microtome_scene::nodes::RaycastTechnique;
use microtome_scene::{Content, Node, NodeId, Role, Scene, nodes};

use crate::color::{ColorTable, LabelColors, WindowLevel};
use crate::slice::{LabelLayer, LabelSource, SliceScene, VolumeDisplay, VolumeLayer};
use crate::surface::{Surface, SurfaceGeometry};
use crate::volume::{Beyond, Technique, Volume, VolumeData, VolumeProperty, warped};
use crate::{Annotations, Background, Contents, Scene3d};
use place::Place;
use segments::Segments;

/// What the user wants different from what the nodes say.
#[derive(Clone, Debug, Default)]
pub struct StageOptions {
    /// Window and level of the topmost volume.
    pub window_level: Option<WindowLevel>,
    /// Colour table of the topmost volume.
    pub color_table: Option<&'static ColorTable>,
    /// Volume rendering property of the background volume.
    pub property: Option<VolumeProperty>,
    /// Volume rendering technique of the background volume.
    pub technique: Option<Technique>,
    /// Opacity of volumes above the first, 0 to 1.
    pub foreground_opacity: f64,
    /// What lies behind 3D views.
    pub background: Background,
    /// Whether there will be no 3D views, so that no volume need be made ready for rays.
    pub slices_only: bool,
}

/// The nodes to show, made ready for drawing: reading them once suffices for any number of pictures.
#[derive(Debug, Default)]
pub struct Stage {
    volumes: Vec<StagedVolume>,
    labels: Vec<StagedLabels>,
    surfaces: Vec<StagedSurface>,
    background: Background,
}

#[derive(Debug)]
struct StagedVolume {
    name: String,
    image: Image,
    to_world: Transform,
    /// Where it stands in the scene's space.
    grid: Grid,
    display: VolumeDisplay,
    opacity: f64,
    rays: Option<StagedRays>,
}

/// A volume made ready for rays.
#[derive(Debug)]
struct StagedRays {
    data: VolumeData,
    to_world: Affine<Ras, Ras>,
    property: VolumeProperty,
    technique: Technique,
}

#[derive(Debug)]
struct StagedLabels {
    /// The name that views show, where they should.
    name: Option<String>,
    labels: Labels,
    to_world: Transform,
    /// Where it stands in the scene's space.
    grid: Grid,
    colors: LabelColors,
    /// Colours of the outlines, where they are others.
    outline_colors: Option<LabelColors>,
    /// Opacity of the areas.
    fill: f32,
    /// Opacity of the outlines.
    outline: f32,
}

#[derive(Debug)]
struct StagedSurface {
    geometry: SurfaceGeometry,
    color: [f32; 3],
    opacity: f32,
    to_world: Affine<Ras, Ras>,
}

impl Stage {
    /// Makes the nodes `ids` of `scene` ready, in this order: the first volume is the background, further ones lie over
    /// it. Nodes that cannot be seen (tables, display nodes) are left out.
    ///
    /// Everything stands where its transforms take it, also where they warp: slices look each pixel's place up, surfaces,
    /// lines and points are moved point by point, and the volume that rays go through is resampled here, once.
    pub fn new(scene: &Scene, ids: &[NodeId], options: &StageOptions) -> Self {
        let mut stage = Self { background: options.background, ..Self::default() };
        let topmost = ids.iter().rev().find(|id| matches!(content(scene, id), Some(Content::Volume(_))));
        for id in ids {
            let Some(node) = scene.node(id) else { continue };
            let to_world = scene.to_world(id);
            match &node.content {
                Content::Volume(volume) => {
                    let Some(image) = &volume.image else { continue };
                    let first = stage.volumes.is_empty();
                    let mut display = display_of(scene, id, image);
                    if Some(id) == topmost {
                        display = overridden(display, options);
                    }
                    let rendering = || options.property.clone().or_else(|| volume_property(scene, id));
                    let technique = options.technique.unwrap_or_else(|| technique(scene));
                    let rays = if first && !options.slices_only {
                        rays(image, &to_world, &display, rendering(), technique)
                    } else {
                        None
                    };
                    let opacity = if first { 1.0 } else { options.foreground_opacity };
                    let (name, image) = (node.name.clone(), image.clone());
                    let grid = to_world.lattice_of_image(image.grid());
                    stage.volumes.push(StagedVolume { name, image, to_world, grid, display, opacity, rays });
                }
                Content::LabelVolume(volume) => {
                    let Some(labels) = &volume.labels else { continue };
                    stage.labels.push(StagedLabels {
                        name: Some(node.name.clone()),
                        labels: labels.clone(),
                        grid: to_world.lattice_of_image(labels.grid()),
                        to_world,
                        colors: LabelColors::by_number(),
                        outline_colors: None,
                        fill: 0.5,
                        outline: 1.0,
                    });
                }
                Content::Segmentation(segmentation) => {
                    let segments = Segments::of(scene, id, segmentation);
                    stage.labels.extend(segments.layers(&node.name, &to_world));
                    stage.surfaces.extend(segments.surfaces(&Place::new(&to_world)));
                }
                Content::Model(model) => {
                    let display = model_display(scene, id);
                    if display.visibility && display.visibility_3d {
                        let (color, opacity) = (display.color.map(|c| c as f32), display.opacity as f32);
                        let place = Place::new(&to_world);
                        let to_world = place.rest();
                        let mut add = |geometry| {
                            stage.surfaces.push(StagedSurface { geometry, color, opacity, to_world })
                        };
                        add(place.surface(&model.mesh));
                        add(place.lines(&model.mesh));
                    }
                }
                Content::Markups(list) => {
                    let place = Place::new(&to_world);
                    stage.surfaces.push(StagedSurface {
                        geometry: place.markups(list),
                        color: [1.0, 0.5, 0.5],
                        opacity: 1.0,
                        to_world: place.rest(),
                    });
                }
                _ => {}
            }
        }
        stage.surfaces.retain(|surface| surface.geometry.triangle_count() > 0);
        stage
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty() && self.labels.is_empty() && self.surfaces.is_empty()
    }

    /// The lattice that slice views fit: that of the background volume, else of the first label map, else a millimetre
    /// lattice around everything.
    fn grid(&self) -> Option<Grid> {
        let volume = self.volumes.first().map(|v| v.grid);
        let label = self.labels.first().map(|l| l.grid);
        if let Some(grid) = volume.or(label) {
            return Some(grid);
        }
        let bounds = self.bounds()?;
        let dims = bounds.size().map(|s| (s.ceil() as usize).clamp(1, 1 << 16));
        Some(Grid::axis_aligned(dims, [1.0; 3], bounds.min))
    }

    /// The box around everything, in world RAS.
    fn bounds(&self) -> Option<Bounds<Ras>> {
        let volumes = self.volumes.iter().flat_map(|v| v.grid.corners());
        let labels = self.labels.iter().flat_map(|l| l.grid.corners());
        let surfaces =
            self.surfaces.iter().flat_map(|s| s.geometry.points().iter().map(|&p| s.to_world.apply(p)));
        Bounds::around(volumes.chain(labels).chain(surfaces))
    }

    /// What the views of a layout show, looked at from the front.
    pub fn contents(&self) -> Contents<'_> {
        Contents {
            slices: self.slice_scene(),
            grid: self.grid(),
            scene: self.scene_3d(),
            bounds: self.bounds(),
            annotations: Some(Annotations { volumes: self.layer_names(), patient: Vec::new() }),
            ..Contents::default()
        }
    }

    /// Names of the layers of slice views, the topmost first.
    fn layer_names(&self) -> Vec<String> {
        let labels = self.labels.iter().filter_map(|l| Some(format!("L: {}", l.name.as_ref()?)));
        let volumes = self.volumes.iter().enumerate().rev().map(|(n, v)| {
            let layer = if n == 0 { "B" } else { "F" };
            let share = if n == 0 { String::new() } else { format!(" ({:.0} %)", v.opacity * 100.0) };
            format!("{layer}: {}{share}", v.name)
        });
        labels.chain(volumes).collect()
    }

    /// What slice views show.
    fn slice_scene(&self) -> SliceScene<'_> {
        let volumes = self.volumes.iter().map(|v| VolumeLayer {
            to_world: v.to_world.clone(),
            opacity: v.opacity,
            ..VolumeLayer::new(&v.image, v.display.clone())
        });
        let labels = self.labels.iter().map(|l| LabelLayer {
            to_world: l.to_world.clone(),
            outline_colors: l.outline_colors.clone(),
            fill: l.fill,
            outline: l.outline,
            ..LabelLayer::segmentation(LabelSource::Blocks(&l.labels), l.colors.clone())
        });
        SliceScene {
            volumes: volumes.collect(),
            labels: labels.collect(),
            clip_to_background: true,
            ..SliceScene::default()
        }
    }

    /// What 3D views show.
    fn scene_3d(&self) -> Scene3d<'_> {
        let volumes = self.volumes.iter().filter_map(|v| {
            let rays = v.rays.as_ref()?;
            Some(Volume {
                technique: rays.technique,
                to_world: rays.to_world,
                ..Volume::new(&rays.data, rays.property.clone())
            })
        });
        let surfaces = self.surfaces.iter().map(|s| Surface {
            opacity: s.opacity,
            to_world: s.to_world,
            ..Surface::new(&s.geometry, s.color)
        });
        Scene3d { volumes: volumes.collect(), surfaces: surfaces.collect(), background: self.background }
    }
}

fn content<'a>(scene: &'a Scene, id: &NodeId) -> Option<&'a Content> {
    scene.node(id).map(|node| &node.content)
}

fn display_nodes<'a>(scene: &'a Scene, id: &NodeId) -> impl Iterator<Item = &'a Node> {
    let references = scene.node(id).into_iter().flat_map(|node| node.references(&Role::DISPLAY));
    references.filter_map(|display| scene.node(display))
}

/// The transfer functions of a volume that is shown in 3D.
fn volume_property(scene: &Scene, id: &NodeId) -> Option<VolumeProperty> {
    let shown = display_nodes(scene, id).find(
        |node| matches!(&node.content, Content::VolumeRendering(rendering) if rendering.display.visibility),
    )?;
    match content(scene, shown.reference(&Role::VOLUME_PROPERTY)?)? {
        Content::VolumeProperty(property) if !property.scalar_opacity.is_empty() => Some(property.into()),
        _ => None,
    }
}

/// What rays gather in the scene's first 3D view.
fn technique(scene: &Scene) -> Technique {
    let view = scene.nodes().find_map(|(_, node)| match &node.content {
        Content::View(view) => Some(view.raycast_technique),
        _ => None,
    });
    match view {
        Some(RaycastTechnique::MaximumIntensityProjection) => Technique::MaximumIntensity,
        Some(RaycastTechnique::MinimumIntensityProjection) => Technique::MinimumIntensity,
        _ => Technique::Composite,
    }
}

/// How a volume is shown in slices: as its display node says, by default grey with automatic window and level.
fn display_of(scene: &Scene, id: &NodeId, image: &Image) -> VolumeDisplay {
    let automatic = VolumeDisplay::automatic(image);
    let found = display_nodes(scene, id).find_map(|node| Some((node, node.content.volume_display()?)));
    let Some((holder, node)) = found else { return automatic };
    let colors = holder.reference(&Role::COLOR).and_then(ColorTable::of_node);
    let window_level =
        node.window_level().map_or(automatic.window_level, |(window, level)| WindowLevel { window, level });
    let display = VolumeDisplay {
        window_level,
        inverted: node.inverted.0,
        threshold: node.threshold(),
        interpolation: if node.interpolate.0 { Interpolation::Linear } else { Interpolation::Nearest },
        ..automatic
    };
    match colors {
        Some(table) if table.name() != "Grey" => display.with_colors(table),
        _ => display,
    }
}

fn overridden(display: VolumeDisplay, options: &StageOptions) -> VolumeDisplay {
    let display = match options.window_level {
        Some(window_level) => VolumeDisplay { window_level, ..display },
        None => display,
    };
    options.color_table.map_or(display.clone(), |table| display.with_colors(table))
}

/// The volume made ready for rays; `None` for colours and for flat images, which no ray goes through.
fn rays(
    image: &Image,
    to_world: &Transform,
    display: &VolumeDisplay,
    property: Option<VolumeProperty>,
    technique: Technique,
) -> Option<StagedRays> {
    if image.meaning().is_color() || image.dims().iter().any(|&d| d < 2) {
        return None;
    }
    let (data, to_world) = match to_world.as_linear() {
        Some(matrix) => (VolumeData::new(image, 0), matrix),
        None => {
            let minimum = technique == Technique::MinimumIntensity;
            let beyond = if minimum { Beyond::Greatest } else { Beyond::Least };
            (VolumeData::new(&warped(image, to_world, beyond)?, 0), Affine::identity())
        }
    };
    let property = property
        .or_else(|| VolumeProperty::automatic(image))
        .unwrap_or_else(|| VolumeProperty::from_display(display, (0.0, 255.0)));
    Some(StagedRays { data, to_world, property, technique })
}

fn model_display(scene: &Scene, id: &NodeId) -> nodes::Display {
    match scene.referenced(id, &Role::DISPLAY).map(|(_, node)| &node.content) {
        Some(Content::ModelDisplay(display)) => display.display.clone(),
        _ => nodes::Display::default(),
    }
}
