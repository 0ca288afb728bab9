//! Changes that were begun on an older scene come together with what happened meanwhile.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{CLASSES, Random, Steps, bytes_of, control_point, fill, node, set_fields};
use microtome_geometry::{Grid, Point};
use microtome_image::{Labelmap, Labels, Region};
use microtome_records::{Segment, SegmentPlace, Segmentation};
use microtome_scene::{
    Budget, Change, Conflict, Content, History, Node, NodeId, Notice, Role, Scene, StepStore, Transaction,
    nodes,
};
use proptest::prelude::*;

fn ids(scene: &Scene) -> Vec<NodeId> {
    scene.nodes().map(|(id, _)| id.clone()).collect()
}

fn grid() -> Grid {
    Grid::axis_aligned([70, 40, 33], [1.0; 3], Point::zero())
}

fn paint(node: &mut Node, start: [usize; 3], value: u8) {
    if let Content::LabelVolume(volume) = &mut node.content
        && let Some(Labels::UInt8(map)) = &volume.labels
    {
        let region = Region { start, dims: [2, 2, 2] };
        volume.labels = Some(Labels::UInt8(map.edit(&region, |_, _| value)));
    }
}

/// A scene with nodes that have something to change for everybody.
fn scene() -> Scene {
    let mut change = Scene::default().begin("Begin");
    let labels = Labels::UInt8(Labelmap::uniform(grid(), 0));
    change.add(Node::new("labels", nodes::LabelVolume::new(labels)));
    let mut random = Random(3);
    for class in ["MarkupsFiducial", "ModelDisplay", "Text", "SubjectHierarchy", "ScalarVolume"] {
        let mut node = node(class, &mut random);
        if let Content::Markups(list) = &mut node.content {
            list.points = (0..8).map(|n| at(control_point(&mut random), n)).collect();
        }
        change.add(node);
    }
    change.finish().0
}

fn at(mut point: microtome_records::ControlPoint, n: usize) -> microtome_records::ControlPoint {
    point.id = n.to_string();
    point
}

/// One of 32 changes of things of which no two are the same.
fn disjoint(change: &mut Transaction, which: usize, random: &mut Random) {
    let ids = ids(&scene());
    let [labels, points, display, text, ..] = ids.as_slice() else { panic!() };
    let value = random.next() as u8 | 1;
    let (key, word) = (format!("key {which}"), format!("word {value}"));
    match which {
        // Voxels of the same block, and of others.
        0..16 => {
            let start = [which % 8 * 8, which / 8 * 8, which];
            change.update(labels, |node| paint(node, start, value)).unwrap();
        }
        16..22 => change
            .update(points, |node| {
                let Content::Markups(list) = &mut node.content else { panic!() };
                list.points[which - 16].label = word;
            })
            .unwrap(),
        22..28 => change.update(text, |node| drop(node.attributes.insert(key, word))).unwrap(),
        28..31 => change
            .update(display, |node| {
                let name = ["opacity", "power", "lineWidth"][which - 28];
                node.content.fields_mut().set(name, &value.to_string()).unwrap().unwrap();
            })
            .unwrap(),
        _ => change.update(display, |node| node.name = word).unwrap(),
    }
}

/// Any change of whatever there is.
fn edit(change: &mut Transaction, random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        let ids = ids(change.scene());
        let class = CLASSES[random.below(CLASSES.len())];
        if ids.is_empty() || random.below(4) == 0 {
            let mut node = node(class, random);
            if let Some(other) = ids.last() {
                node = node.referring(Role::TRANSFORM, other.clone());
            }
            change.add(node);
            continue;
        }
        let id = ids[random.below(ids.len())].clone();
        match random.below(5) {
            0 => change.remove(&id).unwrap(),
            1 => change.update(&id, |node| set_fields(&mut node.content, random)).unwrap(),
            2 => change.update(&id, |node| fill(&mut node.content, random)).unwrap(),
            3 => {
                let other = ids[random.below(ids.len())].clone();
                change.update(&id, |node| node.refer(Role::named("role"), Some(other))).unwrap();
            }
            _ => change.update(&id, |node| paint(node, [random.below(60), 4, 4], 5)).unwrap(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn changes_of_different_things_commute(seed in any::<u64>(), mine in any::<u32>()) {
        let base = scene();
        let commit = |first: bool| {
            let mut history = History::new(base.clone());
            let mut changes = [history.begin("Mine"), history.begin("Theirs")];
            for which in 0..32 {
                let side = usize::from(mine >> which & 1 == 0);
                disjoint(&mut changes[side], which, &mut Random(seed ^ which as u64));
            }
            let [mine, theirs] = changes;
            let order = if first { [mine, theirs] } else { [theirs, mine] };
            order.into_iter().for_each(|change| drop(history.commit(change)));
            history
        };
        // All by one.
        let mut history = History::new(base.clone());
        let mut change = history.begin("All");
        (0..32).for_each(|which| disjoint(&mut change, which, &mut Random(seed ^ which as u64)));
        history.commit(change);
        let [mut one, mut other] = [commit(true), commit(false)];
        prop_assert_eq!(bytes_of(one.present()), bytes_of(history.present()));
        prop_assert_eq!(bytes_of(other.present()), bytes_of(history.present()));
        prop_assert!(one.take_notices().is_empty() && other.take_notices().is_empty());
    }

    #[test]
    fn any_walk_of_jobs_goes_back_and_forth(seed in any::<u64>(), count in 1..30_usize, memory in 0..100_000_usize) {
        let mut random = Random(seed);
        let store: Arc<dyn StepStore> = Arc::new(Steps::default());
        let budget = Budget { memory, disk: u64::MAX };
        let mut history = History::new(scene()).with_budget(budget, Some(store));
        let mut states = vec![bytes_of(history.present())];
        let mut jobs: Vec<Transaction> = Vec::new();
        for n in 0..count {
            jobs.push(history.begin(format!("Job {n}")));
            if random.below(2) == 0 {
                continue;
            }
            let mut job = jobs.swap_remove(random.below(jobs.len()));
            edit(&mut job, &mut random);
            let steps = history.past().len();
            let before = history.present().clone();
            let changes: BTreeMap<NodeId, Change> = history.commit(job).into_iter().collect();
            if history.past().len() > steps {
                states.push(bytes_of(history.present()));
            }
            for (id, node) in history.present().shared_nodes() {
                match before.shared(id) {
                    None => prop_assert_eq!(changes.get(id), Some(&Change::Added)),
                    Some(then) if Arc::ptr_eq(then, node) => prop_assert_eq!(changes.get(id), None),
                    Some(_) => prop_assert_eq!(changes.get(id), Some(&Change::Modified)),
                }
                for target in node.references(&Role::TRANSFORM) {
                    prop_assert!(history.present().node(target).is_some(), "{id} refers to {target}, which is gone");
                }
            }
        }
        for state in states.iter().rev().skip(1) {
            prop_assert!(history.undo().is_some());
            prop_assert_eq!(&bytes_of(history.present()), state);
        }
        for state in &states[1..] {
            prop_assert!(history.redo().is_some());
            prop_assert_eq!(&bytes_of(history.present()), state);
        }
    }
}

#[test]
fn what_was_removed_meanwhile_stays_so_and_is_told() {
    let mut history = History::new(scene());
    let ids = ids(history.present());
    let mut job = history.begin("Job");
    job.update(&ids[1], |node| node.name = "mine".to_owned()).unwrap();
    job.update(&ids[3], |node| node.refer(Role::named("role"), Some(ids[1].clone()))).unwrap();
    let display = job
        .add(Node::new("display", nodes::ModelDisplay::default()).referring(Role::TRANSFORM, ids[1].clone()));
    job.remove(&ids[2]).unwrap();
    let mut change = history.begin("Meanwhile");
    change.remove(&ids[1]).unwrap();
    change.update(&ids[2], |node| node.name = "theirs".to_owned()).unwrap();
    history.commit(change);
    history.commit(job);
    assert!(history.present().node(&ids[1]).is_none() && history.present().node(&ids[2]).is_none());
    assert!(history.present().nodes().all(|(_, node)| !node.refers_to(&ids[1])));
    assert!(history.present().node(&display).is_some());
    let notices = history.take_notices();
    let [Notice::Conflicts { name, conflicts }] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(name, "Job");
    let expected = [Conflict::Gone { id: ids[1].clone() }, Conflict::RemovedChanged { id: ids[2].clone() }];
    assert_eq!(conflicts, &expected);
}

#[test]
fn the_later_change_of_the_same_holds_and_is_told() {
    let mut history = History::new(scene());
    let id = ids(history.present())[3].clone();
    let mut job = history.begin("Job");
    job.update(&id, |node| (node.name, node.hidden) = ("mine".to_owned(), true)).unwrap();
    let mut change = history.begin("Meanwhile");
    change.update(&id, |node| (node.name, node.selectable) = ("theirs".to_owned(), false)).unwrap();
    history.commit(change);
    history.commit(job);
    let node = history.present().node(&id).unwrap();
    assert_eq!((node.name.as_str(), node.hidden, node.selectable), ("mine", true, false));
    let overwritten = Conflict::Overwritten { id: id.clone(), members: vec!["name"] };
    assert_eq!(
        history.take_notices(),
        [Notice::Conflicts { name: "Job".to_owned(), conflicts: vec![overwritten] }]
    );
    history.undo();
    assert_eq!(history.present().node(&id).unwrap().name, "theirs");
}

#[test]
fn nodes_that_both_added_get_names_of_their_own() {
    let mut history = History::new(scene());
    let text = |text: &str| Node::new(text, nodes::Text { text: text.to_owned(), ..nodes::Text::default() });
    let mut job = history.begin("Job");
    let mine = job.add(text("mine"));
    let holder = job
        .add(Node::new("holder", nodes::PlotChart::default()).referring(Role::named("text"), mine.clone()));
    let mut change = history.begin("Meanwhile");
    let theirs = change.add(text("theirs"));
    history.commit(change);
    assert_eq!(mine, theirs);
    let rebased = job.rebase(history.present());
    let new = rebased.renamed[&mine].clone();
    assert!(rebased.conflicts.is_empty() && rebased.renamed.len() == 1);
    history.commit(rebased.transaction);
    let present = history.present();
    assert_eq!(present.node(&theirs).unwrap().name, "theirs");
    assert_eq!(present.node(&new).unwrap().name, "mine");
    assert_eq!(present.node(&holder).unwrap().reference(&Role::named("text")), Some(&new));
    // One that was added and removed meanwhile keeps its name to itself.
    let mut job = history.begin("Job");
    let mine = job.add(text("mine"));
    let mut change = history.begin("Meanwhile");
    let theirs = change.add(text("theirs"));
    history.commit(change);
    let mut change = history.begin("Remove");
    change.remove(&theirs).unwrap();
    history.commit(change);
    let rebased = job.rebase(history.present());
    assert_ne!(rebased.renamed[&mine], theirs);
}

#[test]
fn a_singleton_that_both_added_is_one_node() {
    let mut history = History::default();
    let begin = |history: &History, name: &str| {
        let mut change = history.begin(name);
        let mut hierarchy = nodes::SubjectHierarchy::default();
        hierarchy.make_root();
        let mut folder = nodes::SubjectHierarchyItem::folder(name, "Folder");
        (folder.id, folder.parent) = (2, 1);
        hierarchy.items.push(folder);
        let mut node = Node::new("hierarchy", hierarchy);
        node.singleton = Some("Singleton".to_owned());
        change.add(node);
        change
    };
    let [mine, theirs] = ["mine", "theirs"].map(|name| begin(&history, name));
    history.commit(theirs);
    history.commit(mine);
    assert_eq!(history.present().len(), 1);
    let Some((_, Node { content: Content::SubjectHierarchy(hierarchy), .. })) =
        history.present().nodes().next()
    else {
        panic!()
    };
    let names: Vec<&str> = hierarchy.children(1).map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["theirs", "mine"]);
    assert_eq!(hierarchy.items.len(), 3);
}

#[test]
fn segments_that_both_added_keep_their_voxels() {
    let add = |data: &mut Segmentation, label: i32, start: [usize; 3], name: &str, own_layer: bool| {
        let map = match data.layers.first() {
            Some(Labels::UInt8(map)) if !own_layer => map.clone(),
            _ => Labelmap::uniform(grid(), 0),
        };
        let region = Region { start, dims: [3, 3, 3] };
        let layer = Labels::UInt8(map.edit(&region, |_, _| label as u8));
        let number = if own_layer || data.layers.is_empty() {
            data.layers.push(layer);
            data.layers.len() - 1
        } else {
            data.layers[0] = layer;
            0
        };
        let id = format!("Segment_{}", data.segments.len() + 1);
        let place = Some(SegmentPlace { layer: number, label });
        data.segments.push(Segment { id, name: name.to_owned(), place, ..Segment::default() });
    };
    for own_layer in [false, true] {
        let mut history = History::default();
        let mut change = history.begin("Begin");
        let mut data = Segmentation::default();
        add(&mut data, 1, [0; 3], "first", false);
        let id = change.add(Node::new("segmentation", nodes::Segmentation::from(data)));
        history.commit(change);
        let added = |start: [usize; 3], name: &str| {
            let mut change = history.begin(name);
            change
                .update(&id, |node| {
                    if let Content::Segmentation(node) = &mut node.content {
                        add(&mut node.data, 2, start, name, own_layer);
                    }
                })
                .unwrap();
            change
        };
        let (mine, theirs) = (added([4, 4, 4], "mine"), added([50, 9, 9], "theirs"));
        history.commit(theirs);
        history.commit(mine);
        let Content::Segmentation(node) = &history.present().node(&id).unwrap().content else { panic!() };
        let data = &node.data;
        assert_eq!(data.segments.len(), 3);
        assert_eq!(data.layers.len(), if own_layer { 3 } else { 1 });
        for (name, start) in [("first", [0; 3]), ("mine", [4, 4, 4]), ("theirs", [50, 9, 9])] {
            let segment = data.segments.iter().find(|segment| segment.name == name).unwrap();
            assert_eq!(data.segments.iter().filter(|other| other.id == segment.id).count(), 1);
            let (layer, label) = data.labels_of(segment).unwrap();
            let extent = layer.extents()[&label];
            assert_eq!((extent.region.start, extent.region.dims), (start, [3; 3]), "{name}");
        }
        assert!(history.take_notices().is_empty());
    }
}

#[test]
fn points_that_both_added_come_where_they_were_put() {
    let mut history = History::new(scene());
    let id = ids(history.present())[1].clone();
    let inserted = |after: usize, label: &str| {
        let mut change = history.begin(label);
        change
            .update(&id, |node| {
                let Content::Markups(list) = &mut node.content else { panic!() };
                let point = microtome_records::ControlPoint {
                    id: "9".to_owned(),
                    label: label.to_owned(),
                    ..microtome_records::ControlPoint::default()
                };
                list.points.insert(after, point);
                list.last_point_number += 1;
            })
            .unwrap();
        change
    };
    let (mine, theirs) = (inserted(3, "mine"), inserted(6, "theirs"));
    history.commit(theirs);
    history.commit(mine);
    let Content::Markups(list) = &history.present().node(&id).unwrap().content else { panic!() };
    let order: Vec<&str> = list.points.iter().map(|point| point.id.as_str()).collect();
    assert_eq!(list.points[3].label, "mine");
    assert_eq!(list.points[7].label, "theirs");
    assert_eq!(
        order,
        ["0", "1", "2", "8", "3", "4", "5", "9", "6", "7"].map(|id| if id == "8" { order[3] } else { id })
    );
    assert_eq!(order.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
    assert!(history.take_notices().is_empty());
}

#[test]
fn many_nodes_go_in_one_pass() {
    let mut change = Scene::default().begin("Add");
    let first = change.add(Node::new("first", nodes::Text::default()));
    let mut last = first.clone();
    for _ in 0..20_000 {
        last = change.add(Node::new("text", nodes::Text::default()).referring(Role::named("before"), last));
    }
    let (scene, _) = change.finish();
    let mut change = scene.begin("Remove");
    let gone: Vec<NodeId> = scene.nodes().map(|(id, _)| id.clone()).filter(|id| *id != last).collect();
    let begun = std::time::Instant::now();
    change.remove_all(&gone);
    assert!(begun.elapsed().as_secs() < 2);
    let (scene, changes) = change.finish();
    assert_eq!((scene.len(), changes.len()), (1, 20_001));
    assert_eq!(scene.node(&last).unwrap().reference(&Role::named("before")), None);
}
