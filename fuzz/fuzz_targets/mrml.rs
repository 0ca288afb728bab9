#![no_main]
//! Any bytes as a scene file: read, put into a scene, written, and read again with as many nodes.
use microtome_archive::mrml;
use microtome_fuzz as _;
use microtome_scene::Scene;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(document) = mrml::read(data) else { return };
    let mut change = Scene::default().begin("Fuzz");
    mrml::import(&mut change, document.nodes);
    let (scene, _) = change.finish();
    let again = mrml::read(mrml::write(scene.nodes()).as_bytes()).expect("what was written is a scene");
    assert_eq!(again.nodes.len(), scene.len());
});
