//! Undo and redo are exact, references stay sound, identifiers are never used twice.

use microtome_geometry::{Affine, Grid, Point, Transform};
use microtome_image::{Image, Labels, Region, with_labelmap};
use microtome_scene::{Change, Content, History, Node, NodeId, Role, Scene, nodes};
use proptest::prelude::*;

/// One random edit.
#[derive(Clone, Debug)]
enum Edit {
    AddTransform(f64),
    AddLabels,
    Rename(usize, u8),
    Paint(usize, usize, u8),
    PutUnder(usize, usize),
    Remove(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (-5.0..5.0).prop_map(Edit::AddTransform),
        Just(Edit::AddLabels),
        (any::<usize>(), any::<u8>()).prop_map(|(n, c)| Edit::Rename(n, c)),
        (any::<usize>(), 0..60_usize, any::<u8>()).prop_map(|(n, at, v)| Edit::Paint(n, at, v)),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Edit::PutUnder(a, b)),
        any::<usize>().prop_map(Edit::Remove),
    ]
}

fn shift(x: f64) -> nodes::Transform {
    let map = Transform::Linear(Affine::from_scale([1.0; 3], [x, 0.0, 0.0]));
    nodes::Transform::new(map, true)
}

fn labels() -> nodes::LabelVolume {
    let grid = Grid::axis_aligned([64, 40, 33], [1.0; 3], Point::zero());
    let image = Image::scalar(grid, vec![0_u8; 64 * 40 * 33]).unwrap();
    nodes::LabelVolume::new(Labels::from_image(&image).unwrap())
}

fn pick(scene: &Scene, n: usize) -> Option<NodeId> {
    let count = scene.len();
    (count > 0).then(|| scene.nodes().nth(n % count).map(|(id, _)| id.clone())).flatten()
}

fn apply(history: &mut History, edit: &Edit) {
    let scene = history.present().clone();
    let mut change = history.begin(format!("{edit:?}"));
    match edit {
        Edit::AddTransform(x) => drop(change.add(Node::new("shift", shift(*x)))),
        Edit::AddLabels => drop(change.add(Node::new("labels", labels()))),
        Edit::Rename(n, c) => {
            if let Some(id) = pick(&scene, *n) {
                change.update(&id, |node| node.name = format!("node {c}")).unwrap();
            }
        }
        Edit::Paint(n, at, value) => {
            if let Some(id) = pick(&scene, *n) {
                change
                    .update(&id, |node| {
                        if let Content::LabelVolume(volume) = &mut node.content {
                            let region = Region { start: [*at, at / 2, at / 3], dims: [4, 3, 2] };
                            if let Some(Labels::UInt8(map)) = &volume.labels {
                                volume.labels = Some(Labels::UInt8(map.edit(&region, |_, _| *value)));
                            }
                        }
                    })
                    .unwrap();
            }
        }
        Edit::PutUnder(a, b) => {
            if let (Some(a), Some(b)) = (pick(&scene, *a), pick(&scene, *b)) {
                change.update(&a, |node| node.refer(Role::TRANSFORM, Some(b))).unwrap();
            }
        }
        Edit::Remove(n) => {
            if let Some(id) = pick(&scene, *n) {
                change.remove(&id).unwrap();
            }
        }
    }
    history.commit(change);
}

proptest! {
    #[test]
    fn any_walk_undone_is_the_start_and_redone_is_the_end(edits in prop::collection::vec(edit(), 1..40)) {
        let start = Scene::default();
        let mut history = History::new(start.clone());
        let mut ids = std::collections::BTreeSet::new();
        for edit in &edits {
            let before: Vec<NodeId> = history.present().nodes().map(|(id, _)| id.clone()).collect();
            apply(&mut history, edit);
            for (id, node) in history.present().nodes() {
                if !before.contains(id) {
                    prop_assert!(ids.insert(id.clone()), "{id} was used before");
                }
                for target in node.references.values().flatten() {
                    prop_assert!(history.present().node(&target.node).is_some(), "{id} refers to {target:?}, which is gone");
                }
                // A cycle of transforms must end.
                let _ = history.present().to_world(id);
            }
        }
        let end = history.present().clone();
        while history.undo().is_some() {}
        prop_assert_eq!(history.present(), &start);
        while history.redo().is_some() {}
        prop_assert_eq!(history.present(), &end);
    }
}

#[test]
fn a_change_lists_what_changed() {
    let mut history = History::default();
    let mut change = history.begin("Add");
    let id = change.add(Node::new("a", shift(1.0)));
    assert_eq!(history.commit(change), [(id.clone(), Change::Added)]);
    let mut change = history.begin("Nothing");
    change.update(&id, |_| {}).unwrap();
    assert_eq!(history.commit(change), []);
    assert_eq!(history.past().len(), 1);
    let mut change = history.begin("Rename");
    change.update(&id, |node| node.name = "b".to_owned()).unwrap();
    assert_eq!(history.commit(change), [(id.clone(), Change::Modified)]);
    assert_eq!(history.undo(), Some("Rename"));
    assert_eq!(history.present().node(&id).unwrap().name, "a");
}

#[test]
fn transforms_compose_from_the_inside_out() {
    let mut change = Scene::default().begin("Build");
    let double = Transform::Linear(Affine::from_scale([2.0; 3], [0.0; 3]));
    let outer = change.add(Node::new("double", nodes::Transform::new(double, true)));
    let inner = change.add(Node::new("shift", shift(3.0)).referring(Role::TRANSFORM, outer));
    let held = change.add(Node::new("labels", labels()).referring(Role::TRANSFORM, inner));
    let (scene, _) = change.finish();
    // First shifted by 3, then doubled.
    let moved = scene.to_world(&held).apply(Point::new(1.0, 0.0, 0.0));
    assert_eq!(moved.coords(), [8.0, 0.0, 0.0]);
}

#[test]
fn a_stroke_shares_the_blocks_that_it_does_not_touch() {
    let grid = Grid::axis_aligned([256, 256, 256], [1.0; 3], Point::zero());
    let start = microtome_image::Labelmap::<u8>::uniform(grid, 0);
    let mut history = History::default();
    let mut change = history.begin("Add");
    let id = change.add(Node::new("labels", nodes::LabelVolume::new(Labels::UInt8(start))));
    history.commit(change);
    for n in 0..50 {
        let mut change = history.begin("Paint");
        change
            .update(&id, |node| {
                let Content::LabelVolume(volume) = &mut node.content else { return };
                if let Some(Labels::UInt8(map)) = &volume.labels {
                    let region = Region { start: [n, n, 8], dims: [5, 5, 1] };
                    volume.labels = Some(Labels::UInt8(map.edit(&region, |_, _| 1)));
                }
            })
            .unwrap();
        history.commit(change);
    }
    let Content::LabelVolume(volume) = &history.present().node(&id).unwrap().content else { panic!() };
    // Strokes along 50 voxels of a diagonal touch at most 2 × 2 blocks of 32³.
    assert!(with_labelmap!(volume.labels.as_ref().unwrap(), map => map.block_bytes()) <= 4 << 15);
}
