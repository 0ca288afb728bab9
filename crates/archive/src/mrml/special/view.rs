//! What views no longer have.

use super::super::read::Reading;
use super::super::xml::Attributes;

/// Light boxes are gone: one slice is shown.
pub(super) fn read(attributes: &mut Attributes, reading: &mut Reading<'_>) {
    for name in ["layoutGridRows", "layoutGridColumns"] {
        if let Some(value) = attributes.get_mut(name)
            && value.trim() != "1"
        {
            reading.warn(format!("{name} is {value}, but light boxes are not supported: one slice is shown"));
            *value = "1".to_owned();
        }
    }
}
