//! A scene's recorded history, saved, opened and run again, gives what the scene holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use microtome_geometry::{Grid, Point};
use microtome_image::Image;
use microtome_operations::Progress;
use microtome_scene::{Content, Node, NodeId, nodes};
use microtome_workbench::diff::diff;
use microtome_workbench::provenance::Provenance;
use microtome_workbench::{OpenOptions, Outcome, Verdict, Workbench};
use serde_json::{Map, json};

fn ball(radius: f64) -> Image {
    let count = 24;
    let middle = [11.3, 12.1, 10.9];
    let grid = Grid::axis_aligned([count; 3], [0.9, 1.1, 1.3], Point::new(-7.0, 3.0, 20.5));
    let value = |n: usize| {
        let at = [n % count, n / count % count, n / (count * count)];
        let distance = (0..3).map(|a| (at[a] as f64 - middle[a]).powi(2)).sum::<f64>().sqrt();
        (200.0 - 20.0 * (distance - radius)) as i16
    };
    Image::scalar(grid, (0..count * count * count).map(value).collect::<Vec<_>>()).unwrap()
}

fn operate(workbench: &mut Workbench, name: &str, input: &NodeId, parameters: serde_json::Value) -> Outcome {
    let inputs = BTreeMap::from([("input".to_owned(), input.clone())]);
    let parameters: Map<_, _> = parameters.as_object().cloned().unwrap_or_default();
    workbench.run(name, &inputs, parameters, &Progress::ignored()).unwrap()
}

/// A volume, a label map made of it, its largest island, and the volume's surface.
fn worked() -> (Workbench, NodeId) {
    let mut workbench = Workbench::new();
    let volume = workbench.add("Make", Node::new("Ball; 7: mm", nodes::Volume::new(ball(7.0))));
    let inside = operate(&mut workbench, "threshold", &volume, json!({"lower": 200.0}));
    operate(&mut workbench, "largest-island", &inside.outputs["output"], json!({}));
    operate(&mut workbench, "extract-surface", &volume, json!({"value": 200.5}));
    (workbench, volume)
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn verdicts(workbench: &Workbench) -> Vec<(String, String)> {
    let (_, replayed) = workbench.replay(&Progress::ignored());
    let word = |verdict: &Verdict| match verdict {
        Verdict::Equal => "equal".to_owned(),
        Verdict::Different { changed_inputs, .. } => format!("different {changed_inputs:?}"),
        Verdict::Failed { why } => why.clone(),
    };
    replayed.iter().map(|one| (one.operation.clone(), word(&one.verdict))).collect()
}

fn of(operation: &str, verdict: &str) -> (String, String) {
    (operation.to_owned(), verdict.to_owned())
}

#[test]
fn what_was_done_comes_out_again_after_saving_and_opening() {
    let (mut workbench, _) = worked();
    for file in ["scene.mrb", "scene.mrml"] {
        let path = folder(&format!("replay-{file}")).join(file);
        assert!(workbench.save_scene(&path).unwrap().is_empty());
        let mut opened = Workbench::new();
        let openings = opened.open(&path, &OpenOptions::default()).unwrap();
        let warnings = openings.nodes.into_iter().flat_map(|opening| opening.warnings);
        assert_eq!(openings.warnings.into_iter().chain(warnings).collect::<Vec<_>>(), Vec::<String>::new());
        let made: Vec<_> = opened.scene().nodes().filter_map(|(_, node)| Provenance::of(node)).collect();
        assert_eq!(made.len(), 3);
        let mut found = verdicts(&opened);
        found.sort();
        let expected =
            ["extract-surface", "largest-island", "threshold"].map(|operation| of(operation, "equal"));
        assert_eq!(found, expected);
        assert!(diff(opened.scene(), opened.scene()).is_empty());
    }
}

#[test]
fn a_changed_input_and_a_changed_result_are_told() {
    let (mut workbench, volume) = worked();
    let path = folder("replay-changed").join("scene.mrb");
    workbench.save_scene(&path).unwrap();
    let before = workbench.scene().clone();
    let mut change = before.begin("Another ball");
    change.update(&volume, |node| node.content = nodes::Volume::new(ball(6.0)).into()).unwrap();
    let mut changed = workbench.clone();
    changed.commit(change);
    let found = verdicts(&changed);
    assert!(found.contains(&of("threshold", "different [\"input\"]")), "{found:?}");
    let difference = diff(&before, changed.scene());
    let [node] = difference.changed.as_slice() else { panic!("{difference:?}") };
    assert!(node.voxels.as_ref().is_some_and(|voxels| voxels.different > 1000), "{node:?}");

    let threshold = before.nodes().find(|(_, node)| {
        matches!(node.content, Content::LabelVolume(_))
            && Provenance::of(node).is_some_and(|p| p.operation == "threshold")
    });
    let id = threshold.map(|(id, _)| id.clone()).unwrap();
    let mut change = before.begin("Forget");
    change.remove(&volume).unwrap();
    workbench.commit(change);
    let found = verdicts(&workbench);
    // Without its input, a node no longer says where it came from; what was made of that node still does.
    assert_eq!(found, [of("largest-island", "equal")]);
    assert!(workbench.scene().node(&id).is_some());
}
