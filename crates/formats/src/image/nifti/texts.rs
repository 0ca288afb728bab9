//! Header fields that an image has no place for, as texts, and back.

use std::fmt::Display;
use std::str::FromStr;

use super::NAME;
use super::header::Header;
use super::layout::{Layout, intent_is_meaning};
use crate::data::Metadata;
use crate::error::Error;

/// The bits of `xyzt_units` that say the unit of time.
const TIME_UNITS: i32 = 0x38;

/// Visits each kept field with its name: one list for both directions.
trait Visitor {
    fn text(&mut self, name: &str, value: &mut String) -> Result<(), Error>;
    fn number<T: Display + FromStr + Default + PartialEq>(
        &mut self,
        name: &str,
        value: &mut T,
    ) -> Result<(), Error>;
}

fn visit(header: &mut Header, visitor: &mut impl Visitor) -> Result<(), Error> {
    visitor.text("descrip", &mut header.descrip)?;
    visitor.text("aux_file", &mut header.aux_file)?;
    visitor.text("intent_name", &mut header.intent_name)?;
    visitor.number("cal_min", &mut header.cal_min)?;
    visitor.number("cal_max", &mut header.cal_max)?;
    visitor.number("dim_info", &mut header.dim_info)?;
    visitor.number("slice_code", &mut header.slice_code)?;
    visitor.number("slice_start", &mut header.slice_start)?;
    visitor.number("slice_end", &mut header.slice_end)?;
    visitor.number("slice_duration", &mut header.slice_duration)?;
    visitor.number("toffset", &mut header.toffset)?;
    for axis in 4..8 {
        visitor.number(&format!("pixdim[{axis}]"), &mut header.pixdim[axis])?;
    }
    let mut time = header.xyzt_units & TIME_UNITS;
    visitor.number("time_units", &mut time)?;
    header.xyzt_units = (header.xyzt_units & !TIME_UNITS) | (time & TIME_UNITS);
    Ok(())
}

fn key(name: &str) -> String {
    format!("nifti/{name}")
}

struct Keep<'a>(&'a mut Metadata);

impl Visitor for Keep<'_> {
    fn text(&mut self, name: &str, value: &mut String) -> Result<(), Error> {
        if !value.is_empty() {
            self.0.set(key(name), value.as_str());
        }
        Ok(())
    }

    fn number<T: Display + FromStr + Default + PartialEq>(
        &mut self,
        name: &str,
        value: &mut T,
    ) -> Result<(), Error> {
        if *value != T::default() {
            self.0.set(key(name), value.to_string());
        }
        Ok(())
    }
}

struct Restore<'a>(&'a Metadata);

impl Visitor for Restore<'_> {
    fn text(&mut self, name: &str, value: &mut String) -> Result<(), Error> {
        if let Some(text) = self.0.get(&key(name)) {
            text.clone_into(value);
        }
        Ok(())
    }

    fn number<T: Display + FromStr + Default + PartialEq>(
        &mut self,
        name: &str,
        value: &mut T,
    ) -> Result<(), Error> {
        if let Some(text) = self.0.get(&key(name)) {
            let parsed = text.trim().parse();
            *value = parsed
                .map_err(|_| Error::field(NAME, key(name), text, "a number in its range belongs here"))?;
        }
        Ok(())
    }
}

/// The texts of a header that was read. Sizes of axes that the file does not have are not kept.
pub(super) fn keep(header: &Header, layout: &Layout) -> Result<Metadata, Error> {
    let mut metadata = Metadata::default();
    let mut header = header.clone();
    let rank = usize::try_from(header.dim[0]).unwrap_or(0);
    for axis in 4..8 {
        if axis > rank {
            header.pixdim[axis] = 0.0;
        }
    }
    if !intent_is_meaning(layout, &header) {
        metadata.set(key("intent_code"), header.intent_code.to_string());
        for (n, p) in header.intent_p.iter().enumerate().filter(|(_, p)| **p != 0.0) {
            metadata.set(key(&format!("intent_p{}", n + 1)), p.to_string());
        }
    }
    visit(&mut header, &mut Keep(&mut metadata))?;
    Ok(metadata)
}

/// Sets the header's fields from such texts. An intent is taken only where the image's meaning has not set one.
///
/// # Errors
/// [`Error::Field`] if a number is none.
pub(super) fn restore(header: &mut Header, metadata: &Metadata) -> Result<(), Error> {
    if header.intent_code == 0 {
        let mut restore = Restore(metadata);
        restore.number("intent_code", &mut header.intent_code)?;
        for n in 0..3 {
            restore.number(&format!("intent_p{}", n + 1), &mut header.intent_p[n])?;
        }
    }
    visit(header, &mut Restore(metadata))
}
