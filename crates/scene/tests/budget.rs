//! The history of everything: any walk over edits of any node types goes back and forth, within a budget of memory.

#![allow(clippy::print_stdout)] // Times are told, not judged.

mod common;

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{CLASSES, Random, Steps, bytes_of, control_point, fill, node, set_fields};
use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Image, Labelmap, Labels, Region};
use microtome_scene::{
    Budget, Content, History, Node, NodeId, Notice, Role, Scene, StepStore, Transaction, nodes,
};
use proptest::prelude::*;

fn ids(scene: &Scene) -> Vec<NodeId> {
    scene.nodes().map(|(id, _)| id.clone()).collect()
}

/// One random edit of whatever is there.
fn edit(change: &mut Transaction, random: &mut Random) {
    let ids = ids(change.scene());
    let class = CLASSES[random.below(CLASSES.len())];
    if ids.is_empty() {
        change.add(node(class, random));
        return;
    }
    let id = ids[random.below(ids.len())].clone();
    match random.below(9) {
        0 | 1 => drop(change.add(node(class, random))),
        2 => change.remove(&id).unwrap(),
        3 => change.update(&id, |node| set_fields(&mut node.content, random)).unwrap(),
        4 => change.update(&id, |node| fill(&mut node.content, random)).unwrap(),
        5 => {
            let (key, value) = (random.word(), random.word());
            change.update(&id, |node| drop(node.attributes.insert(key, value))).unwrap();
        }
        6 => {
            let other = ids[random.below(ids.len())].clone();
            change.update(&id, |node| node.refer(Role::named("role"), Some(other))).unwrap();
        }
        7 => change
            .update(&id, |node| match &mut node.content {
                Content::Markups(list) => list.points.push(control_point(random)),
                Content::LabelVolume(volume) => {
                    if let Some(Labels::UInt8(map)) = &volume.labels {
                        let region = Region { start: [random.below(30), 3, 1], dims: [6, 6, 6] };
                        let value = random.next() as u8;
                        volume.labels = Some(Labels::UInt8(map.edit(&region, |_, _| value)));
                    }
                }
                _ => node.description = random.word(),
            })
            .unwrap(),
        _ => {
            // An import: several nodes under names that may be taken.
            for _ in 0..3 {
                let id = NodeId::from(format!("vtkMRMLImported{}", random.below(5)));
                change.add_as(id, node(class, random));
            }
        }
    }
}

/// Makes `count` random edits; gives the state before them and after each that changed something.
fn walk(history: &mut History, seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random(seed);
    let mut states = vec![bytes_of(history.present())];
    for n in 0..count {
        let mut change = history.begin(format!("Edit {n}"));
        edit(&mut change, &mut random);
        let steps = history.past().len();
        history.commit(change);
        if history.past().len() > steps {
            states.push(bytes_of(history.present()));
        }
    }
    states
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_walk_goes_back_and_forth(seed in any::<u64>(), count in 1..40_usize, memory in 0..200_000_usize) {
        let steps = Arc::new(Steps::default());
        let budget = Budget { memory, disk: u64::MAX };
        let mut history = History::default().with_budget(budget, Some(steps.clone()));
        let states = walk(&mut history, seed, count);
        for _ in 0..2 {
            for state in states.iter().rev().skip(1) {
                prop_assert!(history.undo().is_some());
                prop_assert_eq!(&bytes_of(history.present()), state);
            }
            prop_assert!(history.undo().is_none());
            for state in &states[1..] {
                prop_assert!(history.redo().is_some());
                prop_assert_eq!(&bytes_of(history.present()), state);
            }
            prop_assert!(history.redo().is_none());
        }
        prop_assert!(history.take_notices().is_empty());
        drop(history);
        prop_assert!(steps.0.lock().unwrap().is_empty(), "steps stay behind");
    }

    #[test]
    fn undone_in_the_middle_and_changed_otherwise(seed in any::<u64>(), back in 1..10_usize, memory in 0..50_000_usize) {
        let budget = Budget { memory, disk: u64::MAX };
        let mut history = History::default().with_budget(budget, Some(Arc::new(Steps::default())));
        let mut states = walk(&mut history, seed, 20);
        for _ in 0..back {
            if history.undo().is_some() {
                states.pop();
            }
        }
        states.pop();
        states.extend(walk(&mut history, seed ^ 1, 10));
        prop_assert!(history.redo().is_none());
        while history.undo().is_some() {
            states.pop();
            prop_assert_eq!(&bytes_of(history.present()), states.last().unwrap());
        }
        prop_assert_eq!(states.len(), 1);
        // What can be redone may be in memory or on disk; where there is nothing, there is nothing in memory.
        prop_assert!(!history.future().is_empty() || history.usage().memory == 0);
    }
}

fn painted(history: &mut History, id: &NodeId, region: &Region, value: u8) -> Transaction {
    let mut change = history.begin("Paint");
    change
        .update(id, |node| {
            if let Content::LabelVolume(volume) = &mut node.content
                && let Some(Labels::UInt8(map)) = &volume.labels
            {
                volume.labels = Some(Labels::UInt8(map.edit(region, |_, _| value)));
            }
        })
        .unwrap();
    change
}

fn labels_in(history: &mut History, dims: [usize; 3]) -> NodeId {
    let grid = Grid::axis_aligned(dims, [1.0; 3], Point::zero());
    let mut change = history.begin("Add");
    let labels = Labels::UInt8(Labelmap::uniform(grid, 0));
    let id = change.add(Node::new("labels", nodes::LabelVolume::new(labels)));
    history.commit(change);
    id
}

#[test]
fn a_thousand_dabs_stay_within_the_budget() {
    let steps = Arc::new(Steps::default());
    let mut history = History::default().with_budget(Budget::default(), Some(steps));
    let id = labels_in(&mut history, [512, 512, 500]);
    let mut random = Random(1);
    let mut states = Vec::new();
    let labels = |history: &History| match &history.present().node(&id).unwrap().content {
        Content::LabelVolume(volume) => volume.labels.clone().unwrap(),
        _ => panic!(),
    };
    for n in 0..1000 {
        let start = [random.below(490), random.below(490), random.below(478)];
        let change = painted(&mut history, &id, &Region { start, dims: [22; 3] }, n as u8 | 1);
        history.commit(change);
        assert!(history.usage().memory <= Budget::default().memory, "{:?}", history.usage());
        states.push(labels(&history));
    }
    assert_eq!(history.past().len(), 1001);
    assert!(history.usage().memory < 200 << 20);
    assert!(history.take_notices().is_empty());
    let begun = Instant::now();
    history.undo();
    println!("undo of a dab: {:?}", begun.elapsed());
    for state in states.iter().rev().skip(1).take(997) {
        assert_eq!(&labels(&history), state);
        assert!(history.undo().is_some());
    }
}

#[test]
fn strokes_on_a_huge_map_cost_what_they_touch() {
    let mut history = History::default();
    let id = labels_in(&mut history, [1800, 1800, 1200]);
    let mut slowest = Duration::ZERO;
    for n in 0..20 {
        let change = painted(&mut history, &id, &Region { start: [n * 80, 900, 600], dims: [22; 3] }, 1);
        let begun = Instant::now();
        history.commit(change);
        slowest = slowest.max(begun.elapsed());
    }
    println!("commit of a dab: {slowest:?}");
    // At most eight blocks a stroke, and two bytes for each of the 120,000 that did not change.
    assert!(history.usage().memory < 20 * (8 * 32_768 + 260_000), "{:?}", history.usage());
    let begun = Instant::now();
    assert!(history.undo().is_some());
    println!("undo of a dab: {:?}", begun.elapsed());
}

/// A store whose disk is full after a while.
#[derive(Debug)]
struct Full(Steps, usize);

impl StepStore for Full {
    fn keep(&self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
        if self.0.0.lock().unwrap().len() < self.1 {
            self.0.keep(write)
        } else {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    fn fetch(&self, number: u64) -> io::Result<Vec<u8>> {
        if number == 1 { Err(io::ErrorKind::NotFound.into()) } else { self.0.fetch(number) }
    }

    fn discard(&self, number: u64) {
        self.0.discard(number);
    }
}

#[test]
fn a_store_that_fails_costs_only_old_steps() {
    let budget = Budget { memory: 0, disk: u64::MAX };
    let painted_with = |room: usize| {
        let store = Full(Steps::default(), room);
        let mut history = History::default().with_budget(budget, Some(Arc::new(store)));
        let id = labels_in(&mut history, [320, 32, 32]);
        let mut states = vec![bytes_of(history.present())];
        for n in 0..6 {
            let change = painted(&mut history, &id, &Region { start: [n * 32, 0, 0], dims: [4; 3] }, 1);
            history.commit(change);
            history.wait();
            states.push(bytes_of(history.present()));
        }
        (history, states)
    };
    // Full after four steps.
    let (mut history, states) = painted_with(4);
    let notices = history.take_notices();
    assert!(notices.iter().any(|notice| matches!(notice, Notice::NotStored { .. })), "{notices:?}");
    assert!(notices.iter().any(|notice| matches!(notice, Notice::Dropped { .. })), "{notices:?}");
    let mut count = 0;
    while history.undo().is_some() {
        count += 1;
        assert_eq!(bytes_of(history.present()), states[6 - count]);
    }
    // The second step cannot be read back.
    let (mut history, states) = painted_with(100);
    assert!(history.take_notices().is_empty());
    let mut count = 0;
    while history.undo().is_some() {
        count += 1;
        assert_eq!(bytes_of(history.present()), states[6 - count]);
    }
    assert_eq!(count, 5);
    assert!(matches!(history.take_notices().as_slice(), [Notice::Lost { .. }]));
    while history.redo().is_some() {}
    assert_eq!(&bytes_of(history.present()), states.last().unwrap());
}

#[test]
fn bytes_are_counted_once_and_only_where_the_scene_lacks_them() {
    let image = |value: u8| {
        let grid = Grid::axis_aligned([100, 100, 100], [1.0; 3], Point::zero());
        Image::scalar(grid, Array::from(vec![value; 1_000_000])).unwrap()
    };
    let mut history = History::default();
    let mut change = history.begin("Add");
    let first = image(1);
    let a = change.add(Node::new("a", nodes::Volume::new(first.clone())));
    let b = change.add(Node::new("b", nodes::Volume::new(first.clone())));
    history.commit(change);
    let small = 10_000;
    assert!(history.usage().memory < small);
    // The other volume has the same voxels still.
    let mut change = history.begin("Remove");
    change.remove(&a).unwrap();
    history.commit(change);
    assert!(history.usage().memory < small);
    let put = |history: &mut History, id: &NodeId, image: &Image| {
        let mut change = history.begin("Put");
        change.update(id, |node| node.content = nodes::Volume::new(image.clone()).into()).unwrap();
        history.commit(change);
    };
    let second = image(2);
    put(&mut history, &b, &second);
    assert!((1_000_000..1_000_000 + small).contains(&history.usage().memory));
    // Back by hand, and forth again: no memory more.
    put(&mut history, &b, &first);
    put(&mut history, &b, &second);
    put(&mut history, &b, &first);
    assert!((1_000_000..1_000_000 + 2 * small).contains(&history.usage().memory), "{:?}", history.usage());
    while history.undo().is_some() {}
    assert!((2_000_000..2_000_000 + 2 * small).contains(&history.usage().memory), "{:?}", history.usage());
}

#[test]
fn a_gesture_is_one_step() {
    let mut history = History::default();
    let id = labels_in(&mut history, [64; 3]);
    let start = history.present().clone();
    let gesture = history.begin_gesture();
    for n in 0..20 {
        let change = painted(&mut history, &id, &Region { start: [n, n, n], dims: [4; 3] }, 1);
        history.commit_gesture(change, gesture);
    }
    assert_eq!(history.past().len(), 2);
    // The blocks in between are gone: eight at most are new, and none was there before.
    assert!(history.usage().memory < 8 << 15, "{:?}", history.usage());
    let end = history.present().clone();
    history.undo();
    assert_eq!(history.present(), &start);
    history.redo();
    assert_eq!(history.present(), &end);
    let other = history.begin_gesture();
    let change = painted(&mut history, &id, &Region { start: [0; 3], dims: [4; 3] }, 9);
    history.commit_gesture(change, other);
    assert_eq!(history.past().len(), 3);
    let change = painted(&mut history, &id, &Region { start: [0; 3], dims: [4; 3] }, 1);
    history.commit_gesture(change, other);
    assert_eq!(history.past().len(), 2, "it led back to where it began");
    assert_eq!(history.present(), &end);
}

#[test]
fn without_room_the_oldest_steps_go_and_people_are_told() {
    let budget = Budget { memory: 200_000, disk: 300_000 };
    for store in [None, Some(Arc::new(Steps::default()))] {
        let stored = store.is_some();
        let mut history = History::default().with_budget(budget, store.map(|store| store as _));
        let id = labels_in(&mut history, [320, 32, 32]);
        for round in 0..3_u8 {
            for n in 0..10 {
                let change =
                    painted(&mut history, &id, &Region { start: [n * 32, 0, 0], dims: [4; 3] }, round + 1);
                history.commit(change);
            }
        }
        history.wait();
        let usage = history.usage();
        assert!(usage.memory <= budget.memory && usage.disk <= budget.disk, "{usage:?}");
        assert_eq!(usage.disk > 0, stored);
        let notices = history.take_notices();
        let [Notice::Dropped { steps, .. }] = notices.as_slice() else { panic!("{notices:?}") };
        assert_eq!(steps + history.past().len(), 31);
        let count = history.past().len();
        assert!(count > if stored { 9 } else { 3 }, "{count}");
        let mut undone = HashSet::new();
        while history.undo().is_some() {
            undone.insert(bytes_of(history.present()));
        }
        assert_eq!(undone.len(), count);
    }
}
