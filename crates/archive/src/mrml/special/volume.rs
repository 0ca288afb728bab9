//! Geometry and meaning of volumes.

use microtome_geometry::{Grid, Ras, Vector};
use microtome_scene::nodes::Volume;

use super::super::escape::{decode_name, encode_name};
use super::super::read::{Reading, finite_numbers};
use super::super::xml::{Attributes, Element};
use super::numbers;

/// The attributes by which a scene repeats the geometry of a volume's file.
pub(crate) const GEOMETRY: [&str; 3] = ["spacing", "origin", "ijkToRASDirections"];

const CODED: [&str; 2] = ["voxelValueQuantity", "voxelValueUnits"];

pub(super) fn read(attributes: &mut Attributes, reading: &mut Reading<'_>) {
    read_grid(attributes, reading);
    for name in CODED {
        if let Some(text) = attributes.get_mut(name) {
            *text = decode_name(text);
        }
    }
}

/// Leaves out what cannot be a volume's geometry. It only repeats what the volume's file says.
pub(super) fn read_grid(attributes: &mut Attributes, reading: &mut Reading<'_>) {
    let is_sound = |name: &str, text: &str| match name {
        "spacing" => finite_numbers::<3>(text).is_some_and(|spacing| spacing.iter().all(|&v| v > 0.0)),
        "origin" => finite_numbers::<3>(text).is_some(),
        _ => finite_numbers::<9>(text).is_some_and(|m| {
            let [x, y, z] =
                [0, 1, 2].map(|column| Vector::<Ras>::new(m[column], m[column + 3], m[column + 6]));
            x.cross(y).dot(z) != 0.0
        }),
    };
    for name in GEOMETRY {
        if let Some(text) = attributes.get(name).filter(|text| !is_sound(name, text)) {
            let text: String = text.chars().take(80).collect();
            reading.warn(format!("{name} is \"{text}\": left out"));
            attributes.remove(name);
        }
    }
}

pub(super) fn write(volume: &Volume, element: &mut Element) {
    for (name, text) in CODED.into_iter().zip([&volume.quantity, &volume.units]) {
        if let Some(text) = text {
            element.replace(name, encode_name(text));
        }
    }
    if let Some(image) = &volume.image {
        write_grid(image.grid(), element);
    }
    if let Some(diffusion) = &volume.diffusion {
        element.replace("measurementFrameMatrix", numbers(&diffusion.measurement_frame));
        element.replace("gradients", numbers(diffusion.gradients.as_flattened()));
        element.replace("bValues", numbers(&diffusion.b_values));
    }
}

/// Slicer's directions are the columns of a matrix that is written row by row.
pub(super) fn write_grid(grid: &Grid, element: &mut Element) {
    let columns = grid.directions().map(|direction| direction.coords());
    let rows: Vec<f64> = (0..3).flat_map(|row| columns.map(|column| column[row])).collect();
    // Without −0: nobody means the sign.
    let plain = |values: &[f64]| numbers(&values.iter().map(|v| v + 0.0).collect::<Vec<_>>());
    element.replace(GEOMETRY[0], plain(&grid.spacing()));
    element.replace(GEOMETRY[1], plain(&grid.origin().coords()));
    element.replace(GEOMETRY[2], plain(&rows));
}
