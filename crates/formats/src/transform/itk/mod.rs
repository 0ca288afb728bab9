//! The list of numbered parameters that every ITK transform file is, whatever its container, and its meaning.
//!
//! Source: ITK's transform classes (`GetParameters`, `GetFixedParameters` and `ComputeMatrix` of each) and 3D Slicer's
//! rules for direction and order.

mod class;
mod lattice;
mod linear;
mod read;
mod warp;
mod write;

pub(super) use read::assemble;
pub(super) use write::disassemble;

/// One transform of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entry {
    /// Class, precision and dimensions: `AffineTransform_double_3_3`.
    pub(super) class: String,
    /// What a registration optimizes.
    pub(super) parameters: Vec<f64>,
    /// What it leaves alone: centres and lattices.
    pub(super) fixed: Vec<f64>,
}

impl Entry {
    pub(super) fn new(class: impl Into<String>, parameters: Vec<f64>, fixed: Vec<f64>) -> Self {
        Self { class: class.into(), parameters, fixed }
    }
}

/// The parameters as text in the file's order, in the shortest form that reads back the same.
pub(super) fn numbers_text(values: &[f64]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(values.len() * 8);
    for value in values {
        if !text.is_empty() {
            text.push(' ');
        }
        // Writing to a string cannot fail.
        let _ = match value.abs() {
            1e-5..1e17 | 0.0 => write!(text, "{value}"),
            _ => write!(text, "{value:e}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::numbers_text;

    #[test]
    fn numbers_are_short_and_exact() {
        assert_eq!(numbers_text(&[1.0, -0.0, 0.1, 1e300, -2.5e-9]), "1 -0 0.1 1e300 -2.5e-9");
    }
}
