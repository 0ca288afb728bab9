//! What a file holds → the node that a scene has for it.

use microtome_formats::mesh::space;
use microtome_formats::transform::displacement;
use microtome_formats::{MeshData, Metadata};
use microtome_geometry::{Grid, Point, Transform as Map};
use microtome_image::{Image, Labels};
use microtome_records::{ColorTable, Segmentation, VolumeProperty};
use microtome_scene::nodes::{Markups, Transform, TransformKind};
use microtome_scene::{Content, Node};

use crate::mrml::{GEOMETRY, INDEX_VALUES};

/// The attribute by which scenes of Slicer 3 and 4 said which way a transform's file leads. They say the opposite of what
/// they mean, and are understood so.
const FILE_TO_PARENT: &str = "readWriteAsTransformToParent";

/// What a storage node says of a volume that is to have its middle at the origin, wherever its file puts it.
pub(crate) const CENTER: &str = "centerImage";

/// Puts what a file holds into the node that the scene has for it. What only the scene says stays.
///
/// # Errors
/// A phrase for what the file holds, where that does not fit the node.
pub(crate) fn take(node: &mut Node, storage: &Node, loaded: Node) -> Result<(), String> {
    let Node { content, mut attributes, .. } = loaded;
    let centered = storage.unknown.get(CENTER).is_some_and(|value| value.trim() == "1");
    let image = |image: Option<Image>| if centered { image.map(in_the_middle) } else { image };
    let tag = attributes.remove(space::KEY);
    let other = |content: &Content| Err(format!("it holds a {}", content.class()));
    match (&mut node.content, content) {
        (Content::Volume(volume), Content::Volume(loaded)) => {
            (volume.image, volume.diffusion) = (image(loaded.image), loaded.diffusion);
        }
        (Content::Volume(volume), Content::LabelVolume(loaded)) => {
            volume.image = image(loaded.labels.as_ref().map(Labels::to_image));
        }
        (Content::LabelVolume(volume), Content::LabelVolume(loaded)) if !centered => {
            volume.labels = loaded.labels
        }
        (Content::LabelVolume(volume), Content::LabelVolume(loaded)) => {
            volume.labels = labels(image(loaded.labels.as_ref().map(Labels::to_image)))?;
        }
        (Content::LabelVolume(volume), Content::Volume(loaded)) => {
            volume.labels = labels(image(loaded.image))?
        }
        (Content::Model(model), Content::Model(loaded)) => {
            let metadata: Metadata = tag.into_iter().map(|tag| (space::KEY.to_owned(), tag)).collect();
            let data = MeshData { mesh: loaded.mesh, metadata };
            let ras = matches!(&storage.content, Content::Storage(storage)
                if storage.options.coordinate_system.as_deref() == Some("RAS"));
            model.mesh = if ras { space::untagged_as_ras(data).mesh } else { data.mesh };
        }
        (Content::Segmentation(node), Content::Segmentation(loaded)) => {
            (node.data, node.source) = (loaded.data, loaded.source);
        }
        (Content::Segmentation(node), Content::LabelVolume(loaded)) => {
            node.data = segments_of(loaded.labels);
        }
        (Content::Segmentation(node), Content::Volume(loaded)) => {
            node.data = segments_of(labels(loaded.image)?);
        }
        (Content::Markups(markups), Content::Markups(loaded)) => take_markups(markups, loaded),
        (Content::Transform(transform), Content::Transform(loaded)) => {
            take_transform(transform, loaded);
            let flipped = node.unknown.get(FILE_TO_PARENT).is_some_and(|value| value.trim() != "true");
            if let (true, Map::Linear(map)) = (flipped, &transform.map) {
                transform.map = map.inverse().map_or_else(Map::identity, Map::Linear);
            }
        }
        (Content::Transform(transform), Content::Volume(loaded)) => {
            let Some(image) = loaded.image else { return Ok(()) };
            let field = displacement::from_image(&image).map_err(|error| error.to_string())?;
            let to_parent = attributes.get(&direction()).is_some_and(|way| way == "modeling");
            take_transform(transform, Transform::new(Map::Displacement(field), to_parent));
        }
        (Content::Table(table), Content::Table(loaded)) => table.table = loaded.table,
        (Content::ColorTable(table), Content::ColorTable(loaded)) => table.colors = loaded.colors,
        (Content::ProceduralColor(colors), Content::ProceduralColor(loaded)) => colors.points = loaded.points,
        (Content::Text(text), Content::Text(loaded)) => text.text = loaded.text,
        (Content::VolumeProperty(property), loaded @ Content::VolumeProperty(_)) => {
            if let Content::VolumeProperty(mut loaded) = loaded {
                // Only newer files say what values the functions are for.
                if loaded.effective_range == VolumeProperty::default().effective_range {
                    loaded.effective_range = property.effective_range;
                }
                *property = loaded;
            }
        }
        (Content::Sequence(sequence), Content::Sequence(loaded)) => sequence.items = loaded.items,
        (_, loaded) => return other(&loaded),
    }
    forget_copies(node);
    for (name, value) in attributes {
        node.attributes.entry(name).or_insert(value);
    }
    Ok(())
}

/// The image with its middle at the origin of the patient's axes.
fn in_the_middle(image: Image) -> Image {
    let grid = image.grid();
    let origin = grid.origin() - (grid.center() - Point::zero());
    let moved = Grid::new(grid.dims(), grid.ijk_to_ras().with_translation(origin));
    // Only a grid of other dimensions is refused.
    image.clone().with_grid(moved).unwrap_or(image)
}

/// The key under which NRRD files say which way a field leads.
fn direction() -> String {
    displacement::DIRECTION.to_owned()
}

/// Drops what the scene repeats of the file, which is written anew from the data.
fn forget_copies(node: &mut Node) {
    let copies: &[&str] = match &node.content {
        Content::Volume(volume) if volume.image.is_some() => &GEOMETRY,
        Content::LabelVolume(volume) if volume.labels.is_some() => &GEOMETRY,
        Content::Sequence(sequence) if !sequence.items.is_empty() => &[INDEX_VALUES],
        _ => &[],
    };
    copies.iter().for_each(|name| drop(node.unknown.remove(*name)));
}

fn labels(image: Option<Image>) -> Result<Option<Labels>, String> {
    let labels = image.as_ref().map(Labels::from_image).transpose();
    labels.map_err(|error| format!("its values are no labels: {error}"))
}

/// A plain label map as a segmentation: a segment for each label.
fn segments_of(labels: Option<Labels>) -> Segmentation {
    labels.map_or_else(Segmentation::default, |labels| {
        Segmentation::from_labels(labels, &ColorTable::default())
    })
}

/// A transform node keeps its type where the map is of a more special one.
fn take_transform(transform: &mut Transform, loaded: Transform) {
    let kind = if transform.kind == TransformKind::Linear { loaded.kind } else { transform.kind };
    *transform = Transform { kind, ..loaded };
}

/// Files say where points are and what they mark; how curves go and points are edited only the scene says.
fn take_markups(markups: &mut Markups, loaded: Markups) {
    let scene = std::mem::replace(markups, loaded);
    let kind = scene.kind;
    *markups = Markups {
        kind,
        maximum_points: scene.maximum_points,
        required_points: scene.required_points,
        handle_to_world: scene.handle_to_world,
        angle_mode: scene.angle_mode,
        rotation_axis: scene.rotation_axis,
        curve_type: scene.curve_type,
        points_per_segment: scene.points_per_segment,
        surface_cost: scene.surface_cost,
        surface_weighting: scene.surface_weighting,
        surface_search_radius: scene.surface_search_radius,
        ..std::mem::take(markups)
    };
}
