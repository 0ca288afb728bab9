//! Diffusion-weighted volumes: real files with their gradients, and back.

mod common;

use microtome_archive::{OpenOptions, WriteOptions, open, save};
use microtome_scene::nodes::{Diffusion, Volume};
use microtome_scene::{Content, Node};

fn volume(path: &std::path::Path) -> (Node, Diffusion) {
    let node = open(path, &OpenOptions::default()).unwrap().remove(0).node;
    assert_eq!(node.class(), "DiffusionWeightedVolume");
    let Content::Volume(Volume { diffusion: Some(diffusion), .. }) = &node.content else { panic!() };
    let diffusion = diffusion.clone();
    (node, diffusion)
}

#[test]
fn gradients_come_from_the_header_and_go_back() {
    let Some(data) = common::shared_data("gradients_come_from_the_header_and_go_back") else { return };
    // Numbers as the headers' text states them.
    let (node, helix) = volume(&data.join("slicer-testdata/Input/helix-DWI.nhdr"));
    assert_eq!(helix.gradients.len(), 7);
    assert!(helix.b_values[1..].iter().all(|b| (b - 1000.0).abs() < 1e-9) && helix.b_values[0] == 0.0);
    let half = 0.5_f64.sqrt();
    let expected = [[0.0; 3], [half, half, 0.0], [0.0, half, half], [half, 0.0, half]];
    for (found, expected) in helix.gradients.iter().zip(expected) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
    // The file's space is RAS: its columns are those of the frame.
    let frame = [0.428571, -0.285714, 0.857143, 0.857143, 0.428571, -0.285714, -0.285714, 0.857143, 0.428571];
    assert!(helix.measurement_frame.iter().zip(frame).all(|(a, b)| (a - b).abs() < 1e-9), "{helix:?}");
    let (_, shells) = volume(&data.join("dwi/multishell-DWI-451dir.nhdr"));
    assert_eq!(shells.b_values.len(), 451);
    assert!((shells.b_values.iter().copied().fold(0.0, f64::max) - 10_000.0).abs() < 1e-6);
    assert_eq!(shells.measurement_frame, [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.nrrd");
    save(&node, &path, &WriteOptions::default()).unwrap();
    assert_eq!(volume(&path).1, helix);
}
