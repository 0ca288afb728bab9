//! The modality transform: from stored values to values with a meaning (PS3.3 C.11.1).

use std::sync::Arc;

use dicom_dictionary_std::tags;

use crate::dataset::Dataset;
use crate::error::Error;

/// From stored values to values with a meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum Rescale {
    /// `stored × slope + intercept`.
    Linear {
        /// Factor.
        slope: f64,
        /// Summand.
        intercept: f64,
    },
    /// A look-up table.
    Table(Arc<Table>),
}

/// A modality look-up table. Stored values before the first entry map to it, those after the last to that.
#[derive(Debug, PartialEq)]
pub struct Table {
    first: i64,
    values: Vec<u16>,
}

impl Rescale {
    /// Nothing changes.
    pub const IDENTITY: Self = Self::Linear { slope: 1.0, intercept: 0.0 };

    /// What `dataset` (a file's, or an item of the pixel value transformation sequence) says; `None` if nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Value`] for a look-up table that cannot be.
    pub fn of(dataset: &Dataset, signed: bool) -> Result<Option<Self>, Error> {
        if let Some(item) = dataset.first_item(tags::MODALITY_LUT_SEQUENCE) {
            let descriptor = item.unsigned_shorts(tags::LUT_DESCRIPTOR);
            let [entries, first, bits] = descriptor[..] else {
                return Err(Error::value(
                    tags::LUT_DESCRIPTOR,
                    descriptor.len(),
                    "it must have three values",
                ));
            };
            let entries = if entries == 0 { 1 << 16 } else { usize::from(entries) };
            let data = item.bytes(tags::LUT_DATA).unwrap_or_default();
            let mut values = item.unsigned_shorts(tags::LUT_DATA);
            if bits <= 8 && data.len() < entries * 2 {
                values = data.iter().map(|&b| u16::from(b)).collect();
            }
            values.truncate(entries);
            if values.is_empty() {
                return Err(Error::Missing { tag: tags::LUT_DATA });
            }
            let first = if signed { i64::from(first as i16) } else { i64::from(first) };
            return Ok(Some(Self::Table(Arc::new(Table { first, values }))));
        }
        let slope = dataset.number(tags::RESCALE_SLOPE).filter(|v| v.is_finite());
        let intercept = dataset.number(tags::RESCALE_INTERCEPT).filter(|v| v.is_finite());
        if slope.is_none() && intercept.is_none() {
            return Ok(None);
        }
        // A slope of zero would make every value the same: it is a device's way to say "none".
        let slope = slope.filter(|&s| s != 0.0).unwrap_or(1.0);
        Ok(Some(Self::Linear { slope, intercept: intercept.unwrap_or(0.0) }))
    }

    /// The value for a stored value.
    pub fn apply(&self, stored: f64) -> f64 {
        match self {
            Self::Linear { slope, intercept } => stored * slope + intercept,
            Self::Table(table) => {
                let last = table.values.len() - 1;
                let at = (stored as i64).saturating_sub(table.first).clamp(0, last as i64);
                f64::from(table.values[at as usize])
            }
        }
    }

    /// Whether whole numbers give whole numbers (small enough to be computed as such).
    pub fn is_whole(&self) -> bool {
        let whole = |v: f64| v.fract() == 0.0 && v.abs() < 2_f64.powi(31);
        match self {
            Self::Linear { slope, intercept } => whole(*slope) && whole(*intercept),
            Self::Table(_) => true,
        }
    }

    /// Least and greatest result for stored values of a range.
    pub fn range(&self, (low, high): (f64, f64)) -> (f64, f64) {
        match self {
            Self::Linear { .. } => {
                let (a, b) = (self.apply(low), self.apply(high));
                (a.min(b), a.max(b))
            }
            Self::Table(table) => {
                let values = || table.values.iter().map(|&v| f64::from(v));
                (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
            }
        }
    }
}
