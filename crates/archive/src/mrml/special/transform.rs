//! The matrix of a linear transform.

use microtome_geometry::{Affine, Transform as Map};
use microtome_scene::nodes::{Transform, TransformKind};

use super::super::read::{Reading, finite_numbers};
use super::super::xml::{Attributes, Element};
use super::numbers;

const TO_PARENT: &str = "matrixTransformToParent";
const FROM_PARENT: &str = "matrixTransformFromParent";

pub(super) fn read(transform: &mut Transform, attributes: &mut Attributes, reading: &mut Reading<'_>) {
    if transform.kind != TransformKind::Linear {
        return;
    }
    let (from, to) = (attributes.remove(FROM_PARENT), attributes.remove(TO_PARENT));
    for (name, text) in [(FROM_PARENT, from), (TO_PARENT, to)] {
        let Some(text) = text else { continue };
        let map = finite_numbers::<16>(&text).and_then(|m| {
            if m[12..] != [0.0, 0.0, 0.0, 1.0] {
                let last = short(&numbers(&m[12..]));
                reading.warn(format!("the last row of {name} is {last}: taken as 0 0 0 1"));
            }
            let rows = std::array::from_fn(|row| std::array::from_fn(|column| m[row * 4 + column]));
            let map: Affine<_, _> = Affine::from_rows(rows);
            if name == TO_PARENT && map.inverse().is_none() {
                reading.warn(format!("{name} has no inverse: what stands under it is flat"));
            }
            if name == FROM_PARENT { map.inverse() } else { Some(map) }
        });
        match map {
            Some(map) => transform.map = Map::Linear(map),
            None => {
                reading.warn(format!("{name} is \"{}\", no matrix: identity is in its place", short(&text)))
            }
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

pub(super) fn write(transform: &Transform, element: &mut Element) {
    if transform.kind != TransformKind::Linear {
        return;
    }
    if let Some(map) = transform.to_parent().as_linear() {
        let rows = map.matrix().map(|row| numbers(&row.map(|v| v + 0.0)));
        element.set(TO_PARENT, rows.join("  "));
    }
}
