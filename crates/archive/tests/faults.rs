//! Saving that is killed or runs out of room: what stood there before is whole, and nothing is left behind.

#![cfg(unix)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Opened, named, opened};
use microtome_archive::session::{Origins, save_scene};
use microtome_geometry::{Grid, Point};
use microtome_image::Image;
use microtome_scene::nodes;
use microtome_scene::{Content, Node, Scene};

/// By this the test program, started again, knows what to save and how.
const TARGET: &str = "MICROTOME_TEST_SAVE_TO";
const MODE: &str = "MICROTOME_TEST_SAVE_HOW";
const SIZE: usize = 64;

/// A scene whose parts all say which version it is.
fn version(number: u16) -> Scene {
    let scene = Scene::default();
    let mut change = scene.begin("Make");
    let grid = Grid::axis_aligned([SIZE; 3], [1.0; 3], Point::new(0.0, 0.0, 0.0));
    for n in 0..3_u16 {
        let values = (0..SIZE * SIZE * SIZE).map(|v| voxel(v) ^ number);
        let image = Image::scalar(grid, values.collect::<Vec<u16>>()).unwrap();
        change.add(Node::new(format!("volume {n}"), nodes::Volume::new(image)));
    }
    let text = format!("{number} ").repeat(1000);
    change.add(Node::new("text", nodes::Text { text, ..nodes::Text::default() }));
    change.finish().0
}

/// Which version each part of a saved scene is; panics unless each is whole.
fn versions_of(path: &Path) -> Vec<u16> {
    let found = opened(path);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let Content::Text(text) = &named(&found.scene, "text").1.content else { panic!() };
    let number: u16 = text.text.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(text.text, format!("{number} ").repeat(1000));
    let of_volume = |n: u16| {
        let Content::Volume(volume) = &named(&found.scene, &format!("volume {n}")).1.content else {
            panic!()
        };
        let values = volume.image.as_ref().unwrap().array().as_slice::<u16>().unwrap().to_vec();
        let number = values[0];
        assert!(values.iter().enumerate().all(|(v, value)| *value == voxel(v) ^ number));
        number
    };
    [number].into_iter().chain((0..3).map(of_volume)).collect()
}

/// Which version a saved scene is; panics unless all of it is that.
fn version_of(path: &Path) -> u16 {
    let versions = versions_of(path);
    assert!(versions.iter().all(|version| *version == versions[0]), "{versions:?}");
    versions[0]
}

/// Values that do not compress well, so that writing takes a while; 0 for the first.
fn voxel(n: usize) -> u16 {
    (n as u16).wrapping_mul(40503).rotate_left(7)
}

/// This very test program, to run only the test `name`.
fn again(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--test-threads=1"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What the program does when it is started again; as a test of its own it does nothing.
#[test]
fn helper_that_saves() {
    let (Some(target), Ok(mode)) = (std::env::var_os(TARGET), std::env::var(MODE)) else { return };
    let target = PathBuf::from(target);
    match mode.as_str() {
        "for ever" => {
            for number in 1.. {
                save_scene(&version(number), &mut Origins::default(), &target).unwrap();
            }
        }
        "over itself for ever" => {
            let Opened { mut scene, mut origins, .. } = opened(&target);
            for number in versions_of(&target)[0] + 1.. {
                let mut change = scene.begin("Edit");
                for (_, node) in version(number).nodes() {
                    let (id, _) = named(&scene, &node.name);
                    change.update(id, |old| old.content = node.content.clone()).unwrap();
                }
                scene = change.finish().0;
                save_scene(&scene, &mut origins, &target).unwrap();
            }
        }
        mode => {
            if mode == "on a tiny disk" {
                // The disk is ours alone and is gone with this process.
                save_scene(&Scene::default(), &mut Origins::default(), &target).unwrap();
            }
            let failure = save_scene(&version(2), &mut Origins::default(), &target).unwrap_err();
            assert!(failure.to_string().contains("cannot write"), "{failure}");
            if mode == "on a tiny disk" {
                assert!(failure.to_string().contains("No space left"), "{failure}");
                assert_eq!(names(target.parent().unwrap()), ["scene.mrb"]);
                assert!(opened(&target).scene.is_empty());
            }
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Numbers that are different in each run.
fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

fn wait_for(child: &mut Child, what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(child.try_wait().unwrap().is_none(), "the helper ended");
        assert!(start.elapsed() < Duration::from_secs(60), "the helper does not begin");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_killed_save_leaves_a_whole_file() {
    const KILLS: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrb");
    save_scene(&version(0), &mut Origins::default(), &path).unwrap();
    let mut abandoned = 0;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..KILLS {
        let mut helper = again("helper_that_saves");
        let before = names(folder.path());
        let mut child = helper.env(TARGET, &path).env(MODE, "for ever").spawn().unwrap();
        // As soon as it writes anything, some moment of the next two saves or so.
        wait_for(&mut child, || names(folder.path()) != before);
        std::thread::sleep(Duration::from_micros(random() % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();
        seen.insert(version_of(&path));
        let left = names(folder.path());
        assert!(left.len() <= 2, "{left:?}");
        abandoned += left.len() - 1;
    }
    assert!(abandoned > 0 && seen.len() > 1, "no save was caught in the middle: {abandoned}, {seen:?}");
    save_scene(&version(9), &mut Origins::default(), &path).unwrap();
    assert_eq!(version_of(&path), 9);
    assert_eq!(names(folder.path()), ["scene.mrb"]);
}

#[test]
fn a_killed_save_of_a_folder_leaves_whole_files() {
    const KILLS: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.mrml");
    save_scene(&version(0), &mut Origins::default(), &path).unwrap();
    let whole = names(folder.path());
    for _ in 0..KILLS {
        let before = names(folder.path());
        let mut helper = again("helper_that_saves");
        let mut child = helper.env(TARGET, &path).env(MODE, "over itself for ever").spawn().unwrap();
        wait_for(&mut child, || names(folder.path()) != before);
        std::thread::sleep(Duration::from_micros(random() % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();
        // Files of a folder are put in place one after the other.
        let versions = versions_of(&path);
        let (least, most) = (versions.iter().min().unwrap(), versions.iter().max().unwrap());
        assert!(most - least <= 1, "{versions:?}");
    }
    let Opened { scene, mut origins, .. } = opened(&path);
    save_scene(&scene, &mut origins, &path).unwrap();
    assert_eq!(names(folder.path()), whole);
}

#[test]
fn a_save_without_room_is_an_error_and_leaves_the_old_file() {
    // No file may become larger than some blocks of 512 or 1024 bytes: what a full disk looks like to a program that has no
    // rights to make one. Without the trap the system would kill the program instead.
    for blocks in [0, 1, 100, 900] {
        for file in ["scene.mrb", "scene.mrml"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(file);
            save_scene(&version(1), &mut Origins::default(), &path).unwrap();
            let before = names(folder.path());
            let whole = std::fs::read(&path).unwrap();
            let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
            let helper = again("helper_that_saves");
            let status = Command::new("sh")
                .args(["-c", &script])
                .arg(helper.get_program())
                .args(helper.get_args())
                .env(TARGET, &path)
                .env(MODE, "once")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success(), "{file} in {blocks} blocks: {status}");
            assert_eq!(std::fs::read(&path).unwrap(), whole, "{file} in {blocks} blocks");
            assert_eq!(names(folder.path()), before, "{file} in {blocks} blocks");
            assert_eq!(version_of(&path), 1, "{file} in {blocks} blocks");
        }
    }
}

/// Where the system lets us mount one; the limit on file sizes, above, stands for it elsewhere.
#[test]
fn a_tiny_disk_keeps_the_old_file() {
    const NOT_PERMITTED: i32 = 77;
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=500k tmpfs \"$(dirname \"$MICROTOME_TEST_SAVE_TO\")\" || exit 77; exec \"$0\" \"$@\"";
    let helper = again("helper_that_saves");
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .arg(helper.get_program())
        .args(helper.get_args())
        .env(TARGET, folder.path().join("scene.mrb"))
        .env(MODE, "on a tiny disk")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let not_permitted = match &status {
        Err(_) => true,
        Ok(status) => status.code() == Some(NOT_PERMITTED) || status.code() == Some(1),
    };
    if !not_permitted {
        assert!(status.unwrap().success());
    }
}

#[test]
fn a_folder_without_rights_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/scene.mrb");
    assert!(save_scene(&version(1), &mut Origins::default(), &missing).is_err());
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o500)).unwrap();
    // Those who may write everywhere are not stopped by that.
    if std::fs::write(closed.join("probe"), b"").is_err() {
        assert!(save_scene(&version(1), &mut Origins::default(), &closed.join("scene.mrb")).is_err());
    }
}
