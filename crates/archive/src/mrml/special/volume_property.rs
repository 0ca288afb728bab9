//! Transfer functions in the scene itself, as nodes without a file have them.

use microtome_scene::nodes::{TransferPoint, VolumeProperty};
use microtome_scene::{FieldValue, Node, Role};

use super::super::xml::{Attributes, Element};
use super::numbers;

pub(super) fn read(property: &mut VolumeProperty, attributes: &mut Attributes) {
    let mut take = |name: &str| attributes.remove(name);
    let flag = |text: Option<String>, to: &mut bool| {
        if let Some(value) = text.and_then(|text| bool::from_text(&text).ok()) {
            *to = value;
        }
    };
    flag(take("interpolation"), &mut property.linear_interpolation);
    flag(take("shade"), &mut property.shade);
    for (name, to) in [
        ("ambient", &mut property.ambient),
        ("diffuse", &mut property.diffuse),
        ("specular", &mut property.specular),
        ("specularPower", &mut property.specular_power),
    ] {
        let value = take(name).and_then(|text| f64::from_text(&text).ok());
        if let Some(value) = value.filter(|value| value.is_finite()) {
            *to = value;
        }
    }
    if let Some(points) = take("colorTransfer").as_deref().and_then(points) {
        property.color = points;
    }
    if let Some(points) = take("scalarOpacity").as_deref().and_then(points) {
        property.scalar_opacity = points;
    }
    if let Some(points) = take("gradientOpacity").as_deref().and_then(points) {
        property.gradient_opacity = points;
    }
}

/// The points of a function: how many numbers follow, then `N` numbers for each point. They say nothing of how the function
/// goes from point to point.
fn points<const N: usize, P: From<[f64; N]>>(text: &str) -> Option<Vec<P>> {
    let mut values = Vec::<f64>::from_text(text).ok()?.into_iter();
    let count = values.next()?;
    let values: Vec<f64> = values.collect();
    let whole = count == values.len() as f64 && values.iter().all(|v| v.is_finite());
    let (points, rest) = values.as_chunks::<N>();
    (whole && rest.is_empty()).then(|| points.iter().copied().map(P::from).collect())
}

fn text<const N: usize>(points: &[TransferPoint<N>]) -> String {
    let all: Vec<f64> = points.iter().flat_map(TransferPoint::numbers).collect();
    format!("{} {}", all.len(), numbers(&all))
}

pub(super) fn write(property: &VolumeProperty, node: &Node, element: &mut Element) {
    // With a file, the file says it.
    if node.reference(&Role::STORAGE).is_some() {
        return;
    }
    let digit = |value: bool| if value { "1" } else { "0" };
    element.set("interpolation", digit(property.linear_interpolation));
    element.set("shade", digit(property.shade));
    element.set("diffuse", property.diffuse.to_string());
    element.set("ambient", property.ambient.to_string());
    element.set("specular", property.specular.to_string());
    element.set("specularPower", property.specular_power.to_string());
    element.set("scalarOpacity", text(&property.scalar_opacity));
    element.set("gradientOpacity", text(&property.gradient_opacity));
    element.set("colorTransfer", text(&property.color));
}

#[cfg(test)]
mod tests {
    use microtome_scene::nodes::{ColorPoint, OpacityPoint};

    use super::*;

    #[test]
    fn functions_have_a_count_in_front() {
        let ramp = [OpacityPoint::new(0.0, [1.0]), OpacityPoint::new(255.0, [0.5])];
        assert_eq!(points::<2, OpacityPoint>("4 0 1 255 0.5"), Some(ramp.to_vec()));
        assert_eq!(points::<2, OpacityPoint>("6 0 1 255 1"), None);
        assert_eq!(points::<4, ColorPoint>("4 0 1 nan 1"), None);
        assert_eq!(text(&ramp), "4 0 1 255 0.5");
    }
}
