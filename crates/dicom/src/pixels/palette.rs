//! Colour look-up tables (PS3.3 C.7.9).

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::dataset::Dataset;
use crate::error::Error;

/// Red, green and blue for each index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    first: i64,
    colors: Vec<[u8; 3]>,
}

const CHANNELS: [(Tag, Tag, Tag); 3] = [
    (
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
];

impl Palette {
    /// The tables of `dataset`, plain or segmented. Entries of 16 bits keep their upper eight.
    ///
    /// # Errors
    /// [`Error::Missing`] and [`Error::Value`] for tables that cannot be.
    pub fn of(dataset: &Dataset, signed: bool) -> Result<Self, Error> {
        let mut colors: Vec<[u8; 3]> = Vec::new();
        let mut first = 0;
        for (channel, (descriptor_tag, data_tag, segmented_tag)) in CHANNELS.into_iter().enumerate() {
            let descriptor = dataset.unsigned_shorts(descriptor_tag);
            let [entries, start, bits] = descriptor[..] else {
                return Err(Error::Missing { tag: descriptor_tag });
            };
            let entries = if entries == 0 { 1 << 16 } else { usize::from(entries) };
            let values = if dataset.contains(data_tag) {
                plain(dataset, data_tag, entries, bits)
            } else {
                let segments = words(dataset, segmented_tag, bits);
                expand(&segments, entries).ok_or_else(|| {
                    Error::value(
                        segmented_tag,
                        format!("{} words", segments.len()),
                        "its segments make no table",
                    )
                })?
            };
            if values.is_empty() {
                return Err(Error::Missing { tag: data_tag });
            }
            // Tables that say 16 bits but hold 8 are known.
            let shift =
                if bits > 8 && values.iter().any(|&v| v > 255) { bits.saturating_sub(8).min(8) } else { 0 };
            if channel == 0 {
                first = if signed { i64::from(start as i16) } else { i64::from(start) };
                colors = vec![[0; 3]; entries];
            }
            let last = values.len() - 1;
            for (n, color) in colors.iter_mut().enumerate() {
                color[channel] = (values[n.min(last)] >> shift).min(255) as u8;
            }
        }
        Ok(Self { first, colors })
    }

    /// The colour of an index; those outside of the table have the colour of its nearest end.
    pub fn color(&self, index: i64) -> [u8; 3] {
        let last = self.colors.len() as i64 - 1;
        self.colors[index.saturating_sub(self.first).clamp(0, last) as usize]
    }
}

fn plain(dataset: &Dataset, tag: Tag, entries: usize, bits: u16) -> Vec<u16> {
    let mut values = words(dataset, tag, if bits <= 8 { 16 } else { bits });
    let bytes = dataset.bytes(tag).unwrap_or_default();
    if bits <= 8 && bytes.len() < entries * 2 {
        values = bytes.iter().map(|&b| u16::from(b)).collect();
    }
    values.truncate(entries);
    values
}

fn words(dataset: &Dataset, tag: Tag, bits: u16) -> Vec<u16> {
    if bits <= 8 {
        return dataset.bytes(tag).unwrap_or_default().iter().map(|&b| u16::from(b)).collect();
    }
    dataset.unsigned_shorts(tag)
}

/// Expands discrete, linear and indirect segments (PS3.3 C.7.9.2) to at most `entries` values.
fn expand(segments: &[u16], entries: usize) -> Option<Vec<u16>> {
    let mut values = Vec::with_capacity(entries);
    let mut at = 0;
    while at < segments.len() && values.len() < entries {
        at = expand_one(segments, at, entries, &mut values, true)?;
    }
    (!values.is_empty()).then_some(values)
}

fn expand_one(
    segments: &[u16],
    at: usize,
    entries: usize,
    values: &mut Vec<u16>,
    indirect: bool,
) -> Option<usize> {
    let (&code, &length) = (segments.get(at)?, segments.get(at + 1)?);
    let length = usize::from(length);
    match code {
        0 => {
            let end = at + 2 + length;
            values.extend(segments.get(at + 2..end)?.iter().take(entries - values.len()));
            Some(end)
        }
        1 => {
            let to = i64::from(*segments.get(at + 2)?);
            let from = i64::from(*values.last()?);
            for step in 1..=(length as i64).min((entries - values.len()) as i64) {
                let exact = from as f64 + (to - from) as f64 * step as f64 / length as f64;
                values.push(exact.round() as u16);
            }
            Some(at + 3)
        }
        2 if indirect => {
            let offset = usize::from(*segments.get(at + 2)?) | usize::from(*segments.get(at + 3)?) << 16;
            let mut place = offset;
            for _ in 0..length {
                place = expand_one(segments, place, entries, values, false)?;
            }
            Some(at + 4)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn segments_of_all_kinds() {
        // Two discrete values, a line to 40 in 3 steps, and the first segment again.
        let table = expand(&[0, 2, 5, 10, 1, 3, 40, 2, 1, 0, 0], 7);
        assert_eq!(table.unwrap(), [5, 10, 20, 30, 40, 5, 10]);
        assert!(expand(&[2, 1, 0, 0], 4).is_none(), "an indirect segment that names itself");
        assert!(expand(&[1, 3, 40], 4).is_none(), "a line without a beginning");
    }
}
