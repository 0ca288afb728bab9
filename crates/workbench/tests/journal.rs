//! After a program is killed at any moment, its work comes back.

#![allow(clippy::print_stdout)] // The programs that are killed say what they did.

#[path = "../../scene/tests/common/mod.rs"]
mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, SystemTime};

use common::{CLASSES, Random, Store, bytes_of, node, set_fields};
use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Bytes, Endian, Image, Labelmap, Labels, Region, ScalarType};
use microtome_scene::record::{Changes, ChunkId};
use microtome_scene::{Content, History, Node, Scene, nodes};
use microtome_workbench::journal::{Journal, Pace, Recovery};
use microtome_workbench::{OpenOptions, Workbench};
use proptest::prelude::*;

/// What the program that is killed finds its folder and its seed by.
const FOLDER: &str = "MICROTOME_TEST_JOURNAL";
const SEED: &str = "MICROTOME_TEST_SEED";

/// A scene in a few letters, bulk data included.
fn hash_of(scene: &Scene) -> String {
    let mut store = Store::default();
    let record = Changes::between(&Scene::default(), scene).to_bytes(&mut store);
    format!("{:?}", ChunkId::of(&record))
}

fn millis() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()
}

/// Makes one random change.
fn edit(history: &mut History, random: &mut Random, n: usize) {
    let ids: Vec<_> = history.present().nodes().map(|(id, _)| id.clone()).collect();
    let mut change = history.begin(format!("Edit {n}"));
    let class = CLASSES[random.below(CLASSES.len())];
    if ids.len() < 3 {
        change.add(node(class, random));
        let grid = Grid::axis_aligned([96, 96, 96], [1.0; 3], Point::zero());
        let labels = Labels::UInt8(Labelmap::uniform(grid, 0));
        change.add(Node::new("labels", nodes::LabelVolume::new(labels)));
        history.commit(change);
        return;
    }
    let id = &ids[random.below(ids.len())];
    match random.below(8) {
        0 if ids.len() < 12 => drop(change.add(node(class, random))),
        1 => change.remove(id).unwrap(),
        2 => change.update(id, |node| set_fields(&mut node.content, random)).unwrap(),
        3 => {
            history.undo();
            return;
        }
        _ => change
            .update(id, |node| match &mut node.content {
                Content::LabelVolume(volume) => {
                    if let Some(Labels::UInt8(map)) = &volume.labels {
                        let at = |random: &mut Random| random.below(16);
                        let region = Region { start: [at(random), at(random), at(random)], dims: [4; 3] };
                        let value = random.next() as u8;
                        volume.labels = Some(Labels::UInt8(map.edit(&region, |_, _| value)));
                    }
                }
                _ => node.description = format!("{n}"),
            })
            .unwrap(),
    }
    history.commit(change);
}

#[test]
#[ignore = "a program that the next test starts and kills"]
fn victim() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let seed: u64 = seed.parse().unwrap();
    let pace = match seed % 3 {
        0 => Pace::default(),
        1 => Pace { write: Duration::ZERO, sync: Duration::from_millis(30), room: 100_000 },
        _ => Pace { write: Duration::from_millis(20), sync: Duration::from_millis(100), room: 20_000 },
    };
    let journal = Journal::with_pace(Path::new(&folder), &Scene::default(), pace).unwrap();
    let mut history = History::default();
    let mut random = Random(seed);
    for n in 0.. {
        edit(&mut history, &mut random, n);
        // Announced before the journal knows of it, so that it knows of nothing that was not announced.
        println!("\nscene {} {}", millis(), hash_of(history.present()));
        std::io::stdout().flush().unwrap();
        journal.record(&format!("Edit {n}"), history.present());
        thread::sleep(Duration::from_micros(random.next() % 3000));
    }
}

/// Starts this program again, as one of the tests that are no tests.
fn start(name: &str, folder: &Path, seed: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills one victim after a life of `life` and looks at what it left: the age in milliseconds of the work that came back.
fn kill_one(folder: &Path, seed: u64, life: Duration) -> Option<u128> {
    let mut child = start("victim", folder, seed);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut announced: Vec<(u128, String)> = Vec::new();
    let scene_of = |line: &str| {
        let (time, hash) = line.strip_prefix("scene ")?.split_once(' ')?;
        Some((time.parse().ok()?, hash.to_owned()))
    };
    while announced.is_empty() {
        announced.extend(lines.next().and_then(|line| scene_of(&line.unwrap())));
    }
    let reader = thread::spawn(move || {
        announced.extend(lines.map_while(Result::ok).filter_map(|line| scene_of(&line)));
        announced
    });
    thread::sleep(life);
    assert!(Journal::recoverable(folder).unwrap().is_empty(), "offered while the program runs");
    let killed = millis();
    child.kill().unwrap();
    child.wait().unwrap();
    let announced = reader.join().unwrap();
    let mut left = Journal::recoverable(folder).unwrap();
    let Some(recovery) = left.pop() else {
        assert!(killed < announced[0].0 + 5000, "nothing came back");
        return None;
    };
    assert!(left.is_empty());
    let recovered = recovery.recover().unwrap();
    assert!(!recovered.notes.iter().any(|note| note.contains("damaged")), "{:?}", recovered.notes);
    let hash = hash_of(&recovered.scene);
    let (time, _) = announced.iter().rev().find(|(_, known)| *known == hash).expect("a scene that never was");
    assert!(recovery.steps > 0 && !recovery.names.is_empty());
    recovery.discard().unwrap();
    Some(killed.saturating_sub(*time))
}

#[test]
fn two_hundred_programs_are_killed_and_their_work_comes_back() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 50;
    /// The last of each thread lives longer than work may be lost.
    const LONG: Duration = Duration::from_millis(7000);
    let folder = tempfile::tempdir().unwrap();
    let (mut long, mut short) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|part| {
                let folder = folder.path().join(part.to_string());
                scope.spawn(move || {
                    let mut random = Random(part);
                    let mut kill = |seed: u64| {
                        let last = (seed + 1).is_multiple_of(ROUNDS);
                        let life = if last { LONG } else { Duration::from_micros(random.next() % 200_000) };
                        kill_one(&folder, seed, life)
                    };
                    (part * ROUNDS..(part + 1) * ROUNDS).map(&mut kill).collect::<Vec<_>>()
                })
            })
            .collect();
        for thread in threads {
            let mut ages = thread.join().unwrap();
            long.extend(ages.pop());
            short.extend(ages);
        }
    });
    let long: Vec<u128> =
        long.into_iter().map(|age| age.expect("nothing came back of a long life")).collect();
    let back: Vec<u128> = short.iter().flatten().copied().collect();
    println!("{} of {} came back; after a long life {long:?} ms old", back.len(), short.len());
    assert!(long.iter().chain(&back).all(|age| *age <= 5000), "{long:?} {back:?}");
    assert!(back.len() > short.len() / 2, "{} of {}", back.len(), short.len());
}

#[test]
#[ignore = "a program that the next test starts and kills"]
fn saver() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let folder = Path::new(&folder);
    let mut workbench = Workbench::new().with_journal(&folder.join("journals")).unwrap();
    let mut random = Random(seed.parse().unwrap());
    for n in 1.. {
        let values: Vec<u16> = (0..60_000).map(|_| random.next() as u16).collect();
        let grid = Grid::axis_aligned([60, 50, 20], [1.0; 3], Point::zero());
        let volume = nodes::Volume::new(Image::scalar(grid, values).unwrap());
        workbench.add("Add", Node::new(format!("volume {n}"), volume));
        workbench.save_scene(&folder.join("scene.mrb")).unwrap();
        println!("\nsaved {n}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn programs_killed_while_they_save_leave_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("scene.mrb");
    let mut random = Random(3);
    for seed in 0..30 {
        let mut child = start("saver", folder.path(), seed);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let saves = |line: &str| line.strip_prefix("saved ")?.parse::<usize>().ok();
        let first = lines.by_ref().map_while(Result::ok).find_map(|line| saves(&line)).unwrap();
        let rest = thread::spawn(move || lines.map_while(Result::ok).filter_map(|line| saves(&line)).last());
        thread::sleep(Duration::from_micros(random.next() % 100_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let saved = rest.join().unwrap().unwrap_or(first);
        let volumes = |scene: &Scene| {
            let whole =
                |node: &Node| matches!(&node.content, Content::Volume(volume) if volume.image.is_some());
            scene.nodes().filter(|(_, node)| whole(node)).count()
        };
        let mut reader = Workbench::new();
        let openings = reader.open(&scene, &OpenOptions::default()).unwrap();
        assert!(openings.nodes.iter().all(|opening| opening.warnings.is_empty()), "{openings:?}");
        // The last save may have been done but not yet told.
        assert!(
            (saved..=saved + 1).contains(&volumes(reader.scene())),
            "{saved} {}",
            volumes(reader.scene())
        );
        for recovery in Journal::recoverable(&folder.path().join("journals")).unwrap() {
            let back = recovery.recover().unwrap();
            assert!((saved..=saved + 1).contains(&volumes(&back.scene)), "{saved}");
            recovery.discard().unwrap();
        }
    }
}

/// Some scenes, one after the other, and the journal that holds them.
fn sample() -> &'static (Vec<u8>, Vec<Vec<u8>>) {
    static SAMPLE: OnceLock<(Vec<u8>, Vec<Vec<u8>>)> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let pace = Pace { write: Duration::ZERO, ..Pace::default() };
        let journal = Journal::with_pace(folder.path(), &Scene::default(), pace).unwrap();
        let mut history = History::default();
        let mut states = vec![bytes_of(history.present())];
        for n in 0..12 {
            edit(&mut history, &mut Random(n as u64), n);
            states.push(bytes_of(history.present()));
            journal.record("Edit", history.present());
            journal.flush().unwrap();
        }
        (fs::read(journal.folder().join("journal")).unwrap(), states)
    })
}

/// What comes back from a journal of these bytes.
fn recovered(bytes: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("1-1-0");
    fs::create_dir(&session).unwrap();
    fs::write(session.join("journal"), bytes).unwrap();
    let recovery = Journal::recoverable(folder.path()).unwrap().pop()?;
    Some(bytes_of(&recovery.recover().ok()?.scene))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_torn_journal_gives_what_was_before(cut in any::<u32>()) {
        let (bytes, states) = sample();
        let cut = cut as usize % bytes.len();
        match recovered(&bytes[..cut]) {
            Some(scene) => prop_assert!(states.contains(&scene)),
            None => prop_assert!(cut < bytes.len() / 2, "nothing came back from {cut} of {}", bytes.len()),
        }
    }

    #[test]
    fn a_broken_journal_gives_what_was_before(at in any::<u32>(), value in 1..=255_u8) {
        let (bytes, states) = sample();
        let mut bytes = bytes.clone();
        let at = at as usize % bytes.len();
        bytes[at] ^= value;
        if let Some(scene) = recovered(&bytes) {
            prop_assert!(states.contains(&scene));
        }
    }
}

#[test]
fn a_whole_journal_gives_the_last_scene() {
    let (bytes, states) = sample();
    assert_eq!(&recovered(bytes).unwrap(), states.last().unwrap());
}

fn only(folder: &Path) -> Recovery {
    let mut all = Journal::recoverable(folder).unwrap();
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

#[test]
fn work_goes_from_one_workbench_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Workbench::new().with_journal(folder.path()).unwrap();
    first.add("Add a", Node::new("a", nodes::Text::default()));
    first.add("Add b", Node::new("b", nodes::Text::default()));
    first.undo();
    let scene = first.scene().clone();
    assert!(Journal::recoverable(folder.path()).unwrap().is_empty(), "it runs still");
    // As if it were killed: the journal stays.
    drop(first);
    let mut second = Workbench::new().with_journal(folder.path()).unwrap();
    let recovery = only(folder.path());
    assert_eq!((recovery.steps, recovery.names.last().unwrap().as_str()), (3, "Undo Add b"));
    assert!(second.recover(&recovery).unwrap().is_empty());
    assert_eq!(second.scene(), &scene);
    recovery.discard().unwrap();
    assert!(Journal::recoverable(folder.path()).unwrap().is_empty());
    // It is safe in the second's own journal, also when that is killed.
    drop(second);
    let recovery = only(folder.path());
    assert_eq!(recovery.recover().unwrap().scene, scene);
    recovery.discard().unwrap();

    let mut third = Workbench::new().with_journal(folder.path()).unwrap();
    third.add("Add", Node::new("c", nodes::Text::default()));
    third.close().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "closed, nothing is left");
}

#[test]
fn what_is_saved_is_not_offered() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), &Scene::default()).unwrap();
    let mut change = Scene::default().begin("Add");
    change.add(Node::new("a", nodes::Text::default()));
    let (scene, _) = change.finish();
    journal.record("Add", &scene);
    journal.saved();
    drop(journal);
    assert!(Journal::recoverable(folder.path()).unwrap().is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let journal = Journal::create(folder.path(), &scene).unwrap();
    journal.record("One", &scene);
    journal.saved();
    let mut change = scene.begin("Add");
    change.add(Node::new("b", nodes::Text::default()));
    let (scene, _) = change.finish();
    journal.record("Two", &scene);
    drop(journal);
    let recovery = only(folder.path());
    assert_eq!((recovery.steps, recovery.names.as_slice()), (1, ["Two".to_owned()].as_slice()));
    assert_eq!(recovery.recover().unwrap().scene, scene);
}

#[test]
fn a_long_journal_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let pace = Pace { write: Duration::ZERO, room: 1 << 20, ..Pace::default() };
    let journal = Journal::with_pace(folder.path(), &Scene::default(), pace).unwrap();
    let mut change = Scene::default().begin("Add");
    let id = change.add(Node::new("v", nodes::Volume::default()));
    let (mut scene, _) = change.finish();
    let grid = Grid::axis_aligned([100, 100, 50], [1.0; 3], Point::zero());
    for n in 0..20_u64 {
        let mut random = Random(n);
        let values: Vec<u8> = (0..500_000).map(|_| random.next() as u8).collect();
        let mut change = scene.begin("Change");
        let volume = nodes::Volume::new(Image::scalar(grid, values).unwrap());
        change.update(&id, |node| node.content = volume.into()).unwrap();
        scene = change.finish().0;
        journal.record(&format!("Change {n}"), &scene);
        journal.flush().unwrap();
    }
    let length = fs::metadata(journal.folder().join("journal")).unwrap().len();
    assert!(length < 4 << 20, "{length}");
    drop(journal);
    let recovery = only(folder.path());
    assert_eq!((recovery.steps, recovery.names.len()), (20, 20));
    assert_eq!(recovery.recover().unwrap().scene, scene);
}

/// A mapped volume of 3 MB, and its scene.
fn mapped(path: &Path) -> Scene {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(path, bytes).unwrap();
    let bytes = Bytes::map(path).unwrap();
    let array = Array::from_bytes(bytes, ScalarType::Int16, 1_500_000, Endian::NATIVE).unwrap();
    assert!(array.is_mapped());
    let grid = Grid::axis_aligned([100, 100, 150], [1.0; 3], Point::zero());
    let mut change = Scene::default().begin("Open");
    change.add(Node::new("mapped", nodes::Volume::new(Image::scalar(grid, array).unwrap())));
    change.finish().0
}

fn volume(scene: &Scene) -> Option<&Image> {
    scene.nodes().find_map(|(_, node)| match &node.content {
        Content::Volume(volume) => volume.image.as_ref(),
        _ => None,
    })
}

#[test]
fn a_mapped_file_is_referred_to_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (journals, path): (PathBuf, PathBuf) =
        (folder.path().join("journals"), folder.path().join("volume.raw"));
    let scene = mapped(&path);
    let journal = Journal::create(&journals, &Scene::default()).unwrap();
    journal.record("Open", &scene);
    journal.flush().unwrap();
    let length = || fs::metadata(journal.folder().join("journal")).unwrap().len();
    assert!(length() < 10_000, "{}", length());

    // Another file takes its place, as when it is saved again.
    fs::write(folder.path().join("other"), b"other").unwrap();
    fs::rename(folder.path().join("other"), &path).unwrap();
    journal.flush().unwrap();
    assert!(length() > 3_000_000);
    drop(journal);
    let recovery = only(&journals);
    let back = recovery.recover().unwrap();
    assert!(back.notes.is_empty());
    assert_eq!(back.scene, scene);
    assert!(!volume(&back.scene).unwrap().array().is_mapped());
    recovery.discard().unwrap();

    let scene = mapped(&path);
    let journal = Journal::create(&journals, &Scene::default()).unwrap();
    journal.record("Open", &scene);
    drop(journal);
    let recovery = only(&journals);
    let back = recovery.recover().unwrap();
    assert_eq!(back.scene, scene);
    assert!(volume(&back.scene).unwrap().array().is_mapped());
    // Gone only after the crash: the node is there still.
    fs::remove_file(&path).unwrap();
    let back = recovery.recover().unwrap();
    assert_eq!(back.scene.len(), 1);
    assert!(volume(&back.scene).is_none());
    assert!(back.notes[0].contains("volume.raw"), "{:?}", back.notes);
}

#[test]
fn a_folder_that_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder should be.
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(Journal::create(&file, &Scene::default()).is_err());
    assert!(Workbench::new().with_journal(&file).is_err());
    assert!(Journal::recoverable(&folder.path().join("nothing")).unwrap().is_empty());
}
