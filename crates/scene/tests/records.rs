//! Records give back exactly what was written, and reading them is safe on any bytes.

mod common;

use common::{CLASSES, Random, Store, bytes_of, node};
use microtome_scene::record::{Changes, NoChunks, fingerprint};
use microtome_scene::{Content, Node, NodeId, Scene, nodes};
use proptest::prelude::*;

fn scene_of(seed: u64) -> Scene {
    let mut random = Random(seed);
    let mut change = Scene::default().begin("Fill");
    for class in CLASSES {
        let node = node(class, &mut random);
        assert_eq!(node.class(), *class);
        change.add(node);
    }
    let other =
        nodes::Other { class: "Strange".to_owned(), tag: "Strange".to_owned(), inner: "<x/>".to_owned() };
    change.add(Node::new("other", other));
    change.finish().0
}

/// Whether nothing in a scene is NaN, so that it equals itself.
fn equals_itself(scene: &Scene) -> bool {
    let equal = |a: &Node, b: &Node| a == b;
    scene.nodes().all(|(_, node)| equal(node, node))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_node_type_comes_back_as_it_was(seed in any::<u64>()) {
        let scene = scene_of(seed);
        let mut store = Store::default();
        let bytes = Changes::between(&Scene::default(), &scene).to_bytes(&mut store);
        let back = Changes::apply(&Scene::default(), &bytes, &mut store).unwrap();
        prop_assert_eq!(&bytes_of(&back), &bytes);
        if equals_itself(&scene) {
            prop_assert_eq!(&back, &scene);
        }
    }

    #[test]
    fn changes_lead_both_ways(first in any::<u64>(), second in any::<u64>()) {
        let start = scene_of(first);
        let mut random = Random(second);
        let mut change = start.begin("Edit");
        let ids: Vec<NodeId> = start.nodes().map(|(id, _)| id.clone()).collect();
        for _ in 0..10 {
            let id = &ids[random.below(ids.len())];
            if change.scene().node(id).is_none() {
                continue;
            }
            match random.below(4) {
                0 => change.remove(id).unwrap(),
                1 => change.update(id, |node| common::fill(&mut node.content, &mut random)).unwrap(),
                2 => change.update(id, |node| node.name = "other".to_owned()).unwrap(),
                _ => drop(change.add(node(CLASSES[random.below(CLASSES.len())], &mut random))),
            }
        }
        let (end, _) = change.finish();
        for (from, to) in [(&start, &end), (&end, &start)] {
            let mut store = Store::default();
            let bytes = Changes::between(from, to).to_bytes(&mut store);
            let reached = Changes::apply(from, &bytes, &mut store).unwrap();
            prop_assert_eq!(bytes_of(&reached), bytes_of(to));
        }
    }

    #[test]
    fn damaged_records_are_refused_or_read(seed in 0..4_u64, damage in prop::collection::vec((any::<u32>(), any::<u8>()), 1..4), cut in any::<Option<u16>>()) {
        let scene = scene_of(seed);
        let mut store = Store::default();
        let mut bytes = Changes::between(&Scene::default(), &scene).to_bytes(&mut store);
        for (at, value) in damage {
            let at = at as usize % bytes.len();
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(bytes.len() * usize::from(cut) / 65536);
        }
        let _ = Changes::apply(&Scene::default(), &bytes, &mut store);
        let _ = Changes::apply(&scene, &bytes, &mut store);
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = Changes::apply(&Scene::default(), &bytes, &mut NoChunks);
    }
}

#[test]
fn what_did_not_change_is_neither_written_nor_read() {
    let mut random = Random(5);
    let image = loop {
        let image = common::image(&mut random);
        if image.array().as_bytes().len() > 1000 {
            break image;
        }
    };
    let mut change = Scene::default().begin("Add");
    let id = change.add(Node::new("volume", nodes::Volume::new(image)));
    let (before, _) = change.finish();
    let mut change = before.begin("Rename");
    change.update(&id, |node| node.name = "renamed".to_owned()).unwrap();
    let (after, _) = change.finish();
    let bytes = Changes::between(&before, &after).to_bytes(&mut NoChunks);
    assert!(bytes.len() < 300, "{}", bytes.len());
    let reached = Changes::apply(&before, &bytes, &mut NoChunks).unwrap();
    let voxels = |scene: &Scene| match &scene.node(&id).unwrap().content {
        Content::Volume(volume) => volume.image.as_ref().unwrap().array().identity(),
        _ => panic!(),
    };
    assert_eq!(voxels(&reached), voxels(&before));
    assert_eq!(reached.node(&id).unwrap().name, "renamed");
}

#[test]
fn the_fingerprint_stays_the_same_within_a_build() {
    assert_eq!(fingerprint(), fingerprint());
}
