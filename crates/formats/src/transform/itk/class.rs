//! ITK's names of transform classes.

use crate::error::Error;

/// A class name taken apart: `InverseBSplineTransform_double_3_3` is inverse, `BSplineTransform`, 3 dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class<'a> {
    /// The name without precision and dimensions and without `Inverse`.
    pub(super) name: &'a str,
    /// Whether the file holds the parameters of the inverse (3D Slicer's own classes for warps to the parent).
    pub(super) inverse: bool,
    /// Dimensions of space: 2 or 3.
    pub(super) dimensions: usize,
}

impl<'a> Class<'a> {
    pub(super) fn parse(format: &'static str, text: &'a str) -> Result<Self, Error> {
        let mut parts = text.split('_');
        let name = parts.next().unwrap_or_default();
        let (precision, input, output, order) = (parts.next(), parts.next(), parts.next(), parts.next());
        let bad = |why: &str| Error::field(format, "Transform", text, why);
        if !name.ends_with("Transform") && name != "MatrixOffsetTransformBase" {
            return Err(bad("it is not the name of a transform class"));
        }
        if !matches!(precision, None | Some("double" | "float")) {
            return Err(bad("the precision is \"double\" or \"float\""));
        }
        let dimensions = match (input, output) {
            (None, None) | (Some("3"), Some("3")) => 3,
            (Some("2"), Some("2")) => 2,
            _ => return Err(bad("only transforms from 2 to 2 or from 3 to 3 dimensions can be read")),
        };
        if order.is_some_and(|order| order != "3") {
            return Err(bad("only splines of order 3 can be read"));
        }
        let forward = name.strip_prefix("Inverse");
        Ok(Self { name: forward.unwrap_or(name), inverse: forward.is_some(), dimensions })
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn names_are_taken_apart() {
        let class = Class::parse("test", "InverseBSplineTransform_double_3_3").unwrap();
        assert_eq!(class, Class { name: "BSplineTransform", inverse: true, dimensions: 3 });
        assert_eq!(Class::parse("test", "Euler2DTransform_float_2_2").unwrap().dimensions, 2);
        for bad in [
            "",
            "Affine",
            "AffineTransform_double_4_4",
            "AffineTransform_int_3_3",
            "BSplineTransform_double_3_3_2",
        ] {
            assert!(Class::parse("test", bad).is_err(), "{bad}");
        }
    }
}
