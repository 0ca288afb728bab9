//! What several test files share.

#![allow(
    dead_code,
    clippy::print_stderr,
    reason = "not every test file uses all of it; a skipped test says so"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use microtome_archive::OpenOptions;
use microtome_archive::mrml;
use microtome_archive::session::{Origins, open_scene};
use microtome_geometry::{Grid, Point};
use microtome_image::Image;
use microtome_scene::{Content, Node, NodeId, Scene};

/// Says that a test is skipped; under CI that is a failure.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: {why}");
    eprintln!("SKIPPED {test}: {why}");
}

/// The sample data; `None`, said aloud, where there is none.
pub fn shared_data(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    skip(test, "../shared/data is absent");
    None
}

/// Runs a Python program with `input` on its standard input and gives its standard output; `None`, said aloud, where there
/// is no Python. `MICROTOME_PYTHON` names the interpreter.
pub fn python(test: &str, program: &str, input: &[u8]) -> Option<Vec<u8>> {
    let interpreter = std::env::var("MICROTOME_PYTHON").unwrap_or_else(|_| "python3".into());
    let child =
        Command::new(&interpreter).args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        skip(test, &format!("{interpreter} cannot be started"));
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    assert!(output.status.success(), "{test}: python failed");
    Some(output.stdout)
}

/// A small image whose values tell it from others.
pub fn small_image(value: i16) -> Image {
    let grid = Grid::axis_aligned([4, 3, 2], [1.0, 2.0, 3.0], Point::new(-5.0, 6.5, 7.25));
    Image::scalar(grid, (0..24).map(|n| n * 3 + value).collect::<Vec<i16>>()).unwrap()
}

/// A scene that was opened, with where its data came from.
pub struct Opened {
    pub scene: Scene,
    pub origins: Origins,
    pub warnings: Vec<String>,
}

/// Opens a scene file or bundle into a scene of its own.
pub fn opened(path: &Path) -> Opened {
    let found = open_scene(path, &OpenOptions::default());
    let found = found.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut change = Scene::default().begin("Open");
    let imported = mrml::import(&mut change, found.nodes);
    let mut origins = Origins::default();
    for (at, origin) in found.origins {
        origins.set(imported.ids[at].clone(), origin);
    }
    let warnings = found.warnings.into_iter().chain(imported.warnings).map(|(_, message)| message).collect();
    Opened { scene: change.finish().0, origins, warnings }
}

/// The node of a name that holds data.
pub fn named<'a>(scene: &'a Scene, name: &str) -> (&'a NodeId, &'a Node) {
    let is_data =
        |node: &Node| node.content.display().is_none() && !matches!(node.content, Content::Storage(_));
    let mut found = scene.nodes().filter(|(_, node)| node.name == name && is_data(node));
    let first = found.next().unwrap_or_else(|| panic!("no node {name}"));
    assert!(found.next().is_none(), "several nodes {name}");
    first
}
