//! The built-in presets.

use std::sync::OnceLock;

use serde_json::Value;

use super::property::{Shading, VolumeProperty};
use crate::color::{ColorFunction, OpacityFunction};

/// A built-in preset.
#[derive(Clone, Debug)]
pub struct VolumePreset {
    /// Its name, for example `CT-Bone`.
    pub name: String,
    /// Its transfer functions and lighting.
    pub property: VolumeProperty,
    /// The range of values that it is meant for, where the source states one.
    pub effective_range: Option<(f64, f64)>,
}

impl VolumePreset {
    /// All built-in presets.
    pub fn builtin() -> &'static [Self] {
        static PRESETS: OnceLock<Vec<VolumePreset>> = OnceLock::new();
        PRESETS.get_or_init(|| {
            let text = include_str!("../../data/volume-rendering-presets.json");
            let json: Value = serde_json::from_str(text).unwrap_or_default();
            json["presets"].as_array().map_or_else(Vec::new, |list| list.iter().filter_map(parse).collect())
        })
    }

    /// The built-in preset of this name; case does not matter.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::builtin().iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }
}

fn rows<const N: usize>(value: &Value) -> Vec<[f64; N]> {
    let row = |v: &Value| -> Option<[f64; N]> {
        let numbers: Vec<f64> = v.as_array()?.iter().filter_map(Value::as_f64).collect();
        numbers.try_into().ok()
    };
    value.as_array().map_or_else(Vec::new, |list| list.iter().filter_map(row).collect())
}

fn opacity(value: &Value) -> OpacityFunction {
    OpacityFunction::new(rows::<2>(value).into_iter().map(|[x, a]| (x, [a])))
}

fn parse(preset: &Value) -> Option<VolumePreset> {
    let number = |name: &str| preset[name].as_f64().map(|v| v as f32);
    let gradient = opacity(&preset["gradientOpacity"]);
    // Only lengths of gradients that there are count: those from 0 up.
    let plain = gradient.points().iter().all(|p| p.x < 0.0 || p.y[0] == 1.0) && gradient.at(0.0)[0] == 1.0;
    let shading = Shading {
        ambient: number("ambient")?,
        diffuse: number("diffuse")?,
        specular: number("specular")?,
        power: number("specularPower")?,
    };
    let range = &preset["effectiveRange"];
    Some(VolumePreset {
        name: preset["name"].as_str()?.to_owned(),
        property: VolumeProperty {
            opacity: opacity(&preset["scalarOpacity"]),
            gradient_opacity: (!plain).then_some(gradient),
            color: ColorFunction::from_rows(&rows::<4>(&preset["color"])),
            shading: preset["shade"].as_bool()?.then_some(shading),
            nearest: preset["interpolation"].as_str() == Some("nearest"),
            unit_distance: 1.0,
        },
        effective_range: range[0].as_f64().zip(range[1].as_f64()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_presets_are_read() {
        let presets = VolumePreset::builtin();
        assert_eq!(presets.len(), 31);
        for preset in presets {
            assert!(preset.property.opacity.points().len() >= 2, "{}", preset.name);
            assert!(preset.property.color.points().len() >= 2, "{}", preset.name);
        }
        let bone = VolumePreset::named("ct-bone").unwrap();
        assert_eq!(bone.property.opacity.at(641.385), [0.715686]);
        assert_eq!(bone.property.gradient_opacity, None);
        assert_eq!(bone.property.shading.map(|s| s.power), Some(10.0));
        assert_eq!(VolumePreset::named("CT-X-ray").unwrap().property.shading, None);
    }
}
