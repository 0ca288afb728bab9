//! The colour tables that the program brings along.

use std::sync::OnceLock;

use serde_json::Value;

use crate::color_table::{ColorTable, LabelColor};

/// All built-in colour tables, as JSON: `procedural` ones and those from `files`.
pub const COLOR_TABLES: &str = include_str!("../data/color-tables.json");

/// The built-in table `GenericAnatomyColors`: new segments take their colours from it. Value 0 is the background.
pub fn generic_anatomy_colors() -> &'static ColorTable {
    static TABLE: OnceLock<ColorTable> = OnceLock::new();
    TABLE.get_or_init(|| table_of_bytes("GenericAnatomyColors").unwrap_or_default())
}

/// The colour of the `number`-th segment that is made, counted from 0: the table's entries in turn, without the
/// background.
pub fn generated_color(number: usize) -> [f64; 3] {
    let entries = generic_anatomy_colors().entries.get(1..).unwrap_or_default();
    match entries.get(number % entries.len().max(1)) {
        Some(entry) => [0, 1, 2].map(|c| f64::from(entry.color[c])),
        None => [0.5; 3],
    }
}

/// A table from a file whose entries are `[value, name, red, green, blue, alpha]` with colours from 0 to 255.
fn table_of_bytes(name: &str) -> Option<ColorTable> {
    let json: Value = serde_json::from_str(COLOR_TABLES).ok()?;
    let table = json["files"].as_array()?.iter().find(|table| table["name"] == name)?;
    let entry = |row: &Value| {
        let channel = |n: usize| row[n].as_f64().map(|c| (c / 255.0) as f32);
        Some(LabelColor {
            value: u32::try_from(row[0].as_u64()?).ok()?,
            name: row[1].as_str()?.replace('_', " "),
            color: [channel(2)?, channel(3)?, channel(4)?, channel(5)?],
            terminology: None,
        })
    };
    let mut entries: Vec<LabelColor> = table["entries"].as_array()?.iter().filter_map(entry).collect();
    entries.sort_by_key(|entry| entry.value);
    Some(ColorTable { entries })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_take_their_colours_in_turn() {
        let table = generic_anatomy_colors();
        assert_eq!(table.entries[1].name, "tissue");
        let tissue = [128.0, 174.0, 128.0].map(|c: f64| f64::from((c / 255.0) as f32));
        assert_eq!(generated_color(0), tissue);
        assert_eq!(generated_color(table.entries.len() - 1), tissue);
        assert_ne!(generated_color(1), tissue);
    }
}
