//! Window presets of volumes, and how single segments are shown.

use microtome_scene::Fields;
use microtome_scene::nodes::{SegmentDisplay, SegmentationDisplay, VolumeDisplay, WindowLevelPreset};

use super::super::escape::{decode_name, encode_name};
use super::super::read::Reading;
use super::super::xml::{Attributes, Element};
use super::take_numbered;

const PRESET: &str = "windowLevelPreset";
const SEGMENTS: &str = "SegmentationDisplayProperties";

pub(super) fn read_presets(display: &mut VolumeDisplay, attributes: &mut Attributes) {
    let preset = |text: String| {
        let mut parts = text.splitn(3, '|');
        let mut number = || parts.next()?.trim().parse().ok().filter(|v: &f64| v.is_finite());
        let (window, level) = (number()?, number()?);
        Some(WindowLevelPreset { window, level, name: parts.next().unwrap_or_default().to_owned() })
    };
    display.presets = take_numbered(attributes, PRESET).into_iter().filter_map(preset).collect();
}

pub(super) fn write_presets(display: &VolumeDisplay, element: &mut Element) {
    for (n, preset) in display.presets.iter().enumerate() {
        // Slicer reads two numbers; the name behind them is ours.
        let name = if preset.name.is_empty() { String::new() } else { format!("|{}", preset.name) };
        element.set(&format!("{PRESET}{n}"), format!("{}|{}{name}", preset.window, preset.level));
    }
}

pub(super) fn read_segments(
    display: &mut SegmentationDisplay,
    attributes: &mut Attributes,
    reading: &mut Reading<'_>,
) {
    let Some(text) = attributes.remove(SEGMENTS) else { return };
    for record in text.split('|') {
        let mut words = record.split_ascii_whitespace();
        let Some(id) = words.next() else { continue };
        let mut segment = SegmentDisplay::default();
        for (name, value) in words.filter_map(|word| word.split_once(':')) {
            // Older scenes have colours of their own here, which the segments' file says better.
            if let Some(Err(error)) = segment.set(name, value) {
                reading
                    .warn(format!("{SEGMENTS}, {name} of segment {id}: {error}; left as it is by default"));
            }
        }
        display.segments.insert(decode_name(id), segment);
    }
}

pub(super) fn write_segments(display: &SegmentationDisplay, element: &mut Element) {
    if display.segments.is_empty() {
        return;
    }
    let mut text = String::new();
    for (id, segment) in &display.segments {
        text.push_str(&encode_name(id));
        segment.visit(&mut |name, value| {
            text.push(' ');
            text.push_str(name);
            text.push(':');
            text.push_str(&value);
        });
        text.push('|');
    }
    element.set(SEGMENTS, text);
}
