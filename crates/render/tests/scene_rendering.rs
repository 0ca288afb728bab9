//! A scene's volume rendering is what its nodes say.

use microtome_geometry::{Grid, Point};
use microtome_image::Image;
use microtome_render::{Contents, Layout, Stage, StageOptions, ViewName, render_layout};
use microtome_scene::nodes::{
    RaycastTechnique, View, Volume, VolumeDisplay, VolumeProperty, VolumeRendering,
};
use microtome_scene::{Node, NodeId, Role, Scene};

/// A cube of 100 in a larger cube of 0, with transfer functions that make 100 opaque and pure red.
fn scene(shown: bool, technique: RaycastTechnique) -> (Scene, NodeId) {
    let count = 20;
    let grid = Grid::axis_aligned([count; 3], [1.0; 3], Point::new(-10.0, -10.0, -10.0));
    let inside = |n: usize| (5..15).contains(&(n % count)) && (5..15).contains(&(n / count % count));
    let value = |n: usize| if inside(n) && (5..15).contains(&(n / count / count)) { 100_i16 } else { 0 };
    let image = Image::scalar(grid, (0..count.pow(3)).map(value).collect::<Vec<_>>()).unwrap();
    let mut change = Scene::default().begin("Build");
    let property = VolumeProperty {
        color: vec![[0.0, 1.0, 0.0, 0.0].into(), [100.0, 1.0, 0.0, 0.0].into()],
        scalar_opacity: vec![[0.0, 0.0].into(), [40.0, 0.0].into(), [60.0, 1.0].into()],
        shade: false,
        ..VolumeProperty::default()
    };
    let property = change.add(Node::new("Red", property));
    let mut rendering = VolumeRendering::default();
    rendering.display.visibility = shown;
    let rendering = Node::new("Rendering", rendering).referring(Role::VOLUME_PROPERTY, property);
    let rendering = change.add(rendering);
    let slices = change.add(Node::new("Slices", VolumeDisplay::default()));
    change.add(Node::new("View", View { raycast_technique: technique, ..View::default() }));
    let node = Node::new("Cube", Volume::new(image));
    let id = change.add(node.referring(Role::DISPLAY, slices).referring(Role::DISPLAY, rendering));
    (change.finish().0, id)
}

/// The colour in the middle of the 3D view.
fn middle(shown: bool, technique: RaycastTechnique) -> [u8; 3] {
    let (scene, id) = scene(shown, technique);
    let stage = Stage::new(&scene, &[id], &StageOptions::default());
    let contents = Contents { annotations: None, ..stage.contents() };
    let picture = render_layout(Layout::Single(ViewName::ThreeD), &contents, [101, 101]).unwrap();
    let [r, g, b, _] = picture.get(50, 50).unwrap();
    [r, g, b]
}

#[test]
fn transfer_functions_come_from_the_nodes() {
    let [r, g, b] = middle(true, RaycastTechnique::Composite);
    assert!(r > 250 && g < 5 && b < 5, "{r} {g} {b}");
}

#[test]
fn a_rendering_that_is_off_does_not_count() {
    let [r, g, b] = middle(false, RaycastTechnique::Composite);
    assert!(g > 30 || b > 30 || r < 200, "{r} {g} {b}");
}

#[test]
fn the_view_says_what_rays_gather() {
    // The greatest value is 100: its colour at its opacity.
    let [r, g, b] = middle(true, RaycastTechnique::MaximumIntensityProjection);
    assert!(r > 250 && g < 5 && b < 5, "{r} {g} {b}");
}
