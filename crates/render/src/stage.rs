//! From a scene's snapshot to what the views show.

mod segments;

use microtome_geometry::{Affine, Bounds, Grid, Point, Ras};
use microtome_image::{Image, Interpolation, Labels};
use microtome_records::PositionStatus;
use microtome_scene::nodes::RaycastTechnique;
use microtome_scene::{Content, Node, NodeId, Role, Scene, nodes};

use crate::color::{ColorTable, LabelColors, WindowLevel};
use crate::slice::{LabelLayer, LabelSource, SliceScene, VolumeDisplay, VolumeLayer};
use crate::surface::{Glyphs, Stroke, Surface, SurfaceGeometry};
use crate::volume::{Technique, Volume, VolumeData, VolumeProperty};
use crate::{Annotations, Background, Contents, Scene3d};
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
    to_world: Affine<Ras, Ras>,
    display: VolumeDisplay,
    opacity: f64,
    rays: Option<(VolumeData, VolumeProperty, Technique)>,
}

#[derive(Debug)]
struct StagedLabels {
    /// The name that views show, where they should.
    name: Option<String>,
    labels: Labels,
    to_world: Affine<Ras, Ras>,
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
    /// it. Nodes that cannot be seen (tables, display nodes) are left out. A transform that warps shows its linear part
    /// only where it has one; hardening it is the way to see the rest.
    pub fn new(scene: &Scene, ids: &[NodeId], options: &StageOptions) -> Self {
        let mut stage = Self { background: options.background, ..Self::default() };
        let topmost = ids.iter().rev().find(|id| matches!(content(scene, id), Some(Content::Volume(_))));
        for id in ids {
            let Some(node) = scene.node(id) else { continue };
            let to_world = scene.to_world(id).as_linear().unwrap_or(Affine::identity());
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
                    let rays = if first { rays(image, &display, rendering(), technique) } else { None };
                    let opacity = if first { 1.0 } else { options.foreground_opacity };
                    let (name, image) = (node.name.clone(), image.clone());
                    stage.volumes.push(StagedVolume { name, image, to_world, display, opacity, rays });
                }
                Content::LabelVolume(volume) => {
                    let Some(labels) = &volume.labels else { continue };
                    stage.labels.push(StagedLabels {
                        name: Some(node.name.clone()),
                        labels: labels.clone(),
                        to_world,
                        colors: LabelColors::by_number(),
                        outline_colors: None,
                        fill: 0.5,
                        outline: 1.0,
                    });
                }
                Content::Segmentation(segmentation) => {
                    let segments = Segments::of(scene, id, segmentation);
                    stage.labels.extend(segments.layers(&node.name, to_world));
                    stage.surfaces.extend(segments.surfaces(to_world));
                }
                Content::Model(model) => {
                    let display = model_display(scene, id);
                    if display.visibility && display.visibility_3d {
                        let (color, opacity) = (display.color.map(|c| c as f32), display.opacity as f32);
                        let mut add = |geometry| {
                            stage.surfaces.push(StagedSurface { geometry, color, opacity, to_world })
                        };
                        add(SurfaceGeometry::new(&model.mesh));
                        add(tubes(&model.mesh));
                    }
                }
                Content::Markups(list) => {
                    let geometry = balls(list);
                    stage.surfaces.push(StagedSurface {
                        geometry,
                        color: [1.0, 0.5, 0.5],
                        opacity: 1.0,
                        to_world,
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
        let volume = self.volumes.first().map(|v| (v.image.grid(), v.to_world));
        let label = self.labels.first().map(|l| (l.labels.grid(), l.to_world));
        if let Some((grid, to_world)) = volume.or(label) {
            return Some(Grid::new(grid.dims(), grid.ijk_to_ras().then(&to_world)));
        }
        let bounds = self.bounds()?;
        let dims = bounds.size().map(|s| (s.ceil() as usize).clamp(1, 1 << 16));
        Some(Grid::axis_aligned(dims, [1.0; 3], bounds.min))
    }

    /// The box around everything, in world RAS.
    fn bounds(&self) -> Option<Bounds<Ras>> {
        let corners = |grid: &Grid, to_world: &Affine<Ras, Ras>| grid.corners().map(|c| to_world.apply(c));
        let volumes = self.volumes.iter().flat_map(|v| corners(v.image.grid(), &v.to_world));
        let labels = self.labels.iter().flat_map(|l| corners(l.labels.grid(), &l.to_world));
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
            to_world: v.to_world,
            opacity: v.opacity,
            ..VolumeLayer::new(&v.image, v.display.clone())
        });
        let labels = self.labels.iter().map(|l| LabelLayer {
            to_world: l.to_world,
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
            let (data, property, technique) = v.rays.as_ref()?;
            Some(Volume {
                technique: *technique,
                to_world: v.to_world,
                ..Volume::new(data, property.clone())
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
    display: &VolumeDisplay,
    property: Option<VolumeProperty>,
    technique: Technique,
) -> Option<(VolumeData, VolumeProperty, Technique)> {
    if image.meaning().is_color() || image.dims().iter().any(|&d| d < 2) {
        return None;
    }
    let data = VolumeData::new(image, 0);
    let property = property
        .or_else(|| VolumeProperty::automatic(image))
        .unwrap_or_else(|| VolumeProperty::from_display(display, (0.0, 255.0)));
    Some((data, property, technique))
}

fn model_display(scene: &Scene, id: &NodeId) -> nodes::Display {
    match scene.referenced(id, &Role::DISPLAY).map(|(_, node)| &node.content) {
        Some(Content::ModelDisplay(display)) => display.display.clone(),
        _ => nodes::Display::default(),
    }
}

/// Radius of a line's tube and of a point's ball, as a share of how far everything reaches.
const TUBE: f64 = 0.003;
const BALL: f64 = 0.015;

fn tubes(mesh: &microtome_mesh::Mesh) -> SurfaceGeometry {
    let mut glyphs = Glyphs::new();
    if let Some(bounds) = mesh.bounds() {
        Stroke::of_mesh(mesh).iter().for_each(|stroke| glyphs.tube(stroke, bounds.diagonal() * TUBE));
    }
    glyphs.finish()
}

fn balls(list: &nodes::Markups) -> SurfaceGeometry {
    let shown = list.points.iter().filter(|p| p.visible && p.status == PositionStatus::Defined);
    let positions: Vec<Point<Ras>> = shown.map(|p| p.position).collect();
    let reach = Bounds::around(positions.iter().copied()).map_or(0.0, Bounds::diagonal);
    let mut glyphs = Glyphs::new();
    positions.into_iter().for_each(|p| glyphs.ball(p, (reach * BALL).clamp(0.5, 3.0)));
    glyphs.finish()
}
