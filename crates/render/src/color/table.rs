//! The built-in colour tables.

use std::sync::OnceLock;

use microtome_scene::NodeId;
use serde_json::Value;

use super::function::ColorFunction;
use super::label::{LabelColors, hsv_to_rgb};
use crate::picture::{Rgba8, opaque};

/// One named colour of a discrete table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEntry {
    /// The label or index that it belongs to.
    pub index: i64,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: Rgba8,
}

/// How a table's colours are laid out.
#[derive(Clone, Debug)]
pub enum TableKind {
    /// Colours in equal steps over the display range.
    Ramp(Vec<Rgba8>),
    /// Colours of separate indices, sorted by index; some may be missing.
    Discrete(Vec<TableEntry>),
    /// A piecewise linear function over its own range of values.
    Function(ColorFunction),
    /// A colour of its own for every whole number.
    Numbers,
}

/// A colour table.
#[derive(Clone, Debug)]
pub struct ColorTable {
    name: String,
    kind: TableKind,
}

impl ColorTable {
    /// A table.
    pub fn new(name: impl Into<String>, kind: TableKind) -> Self {
        Self { name: name.into(), kind }
    }

    /// All built-in tables.
    pub fn builtin() -> &'static [Self] {
        static TABLES: OnceLock<Vec<ColorTable>> = OnceLock::new();
        TABLES.get_or_init(|| {
            let json: Value = serde_json::from_str(microtome_records::COLOR_TABLES).unwrap_or_default();
            let all = ["procedural", "files"].into_iter().filter_map(|list| json[list].as_array());
            all.flatten().filter_map(parse).collect()
        })
    }

    /// The built-in table of this name; case does not matter.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::builtin().iter().find(|t| t.name.eq_ignore_ascii_case(name))
    }

    /// The built-in table that a colour node's identifier names: `vtkMRMLColorTableNodeGrey`,
    /// `vtkMRMLColorTableNodeFileViridis.txt`, `vtkMRMLProceduralColorNodeRandomIntegers`.
    pub fn of_node(id: &NodeId) -> Option<&'static Self> {
        let id = id.as_str().strip_prefix("vtkMRML")?;
        let name = id.split_once("ColorTableNode").or_else(|| id.split_once("ProceduralColorNode"))?.1;
        Self::named(name).or_else(|| Self::named(name.strip_prefix("File")?.rsplit_once('.')?.0))
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its colours are laid out.
    pub const fn kind(&self) -> &TableKind {
        &self.kind
    }

    /// 256 colours for brightness 0 to 1 in equal steps.
    pub fn ramp(&self) -> [Rgba8; 256] {
        let spread =
            |colors: &[Rgba8], n: usize| colors.get(n * colors.len() / 256).copied().unwrap_or([0; 4]);
        match &self.kind {
            TableKind::Ramp(colors) => std::array::from_fn(|n| spread(colors, n)),
            TableKind::Discrete(entries) => {
                let first = entries.first().map_or(0, |e| e.index);
                let last = entries.last().map_or(0, |e| e.index);
                let labels = self.label_colors();
                std::array::from_fn(|n| {
                    labels.color(first.saturating_add(last.saturating_sub(first) * n as i64 / 255))
                })
            }
            TableKind::Function(function) => {
                let (low, high) = function.range().unwrap_or((0.0, 1.0));
                std::array::from_fn(|n| opaque(function.at(low + (high - low) * n as f64 / 255.0)))
            }
            TableKind::Numbers => {
                let labels = LabelColors::by_number();
                std::array::from_fn(|n| labels.color(n as i64))
            }
        }
    }

    /// The colours that this table gives to labels.
    pub fn label_colors(&self) -> LabelColors {
        match &self.kind {
            TableKind::Ramp(colors) => {
                LabelColors::new(colors.iter().enumerate().map(|(n, &c)| (n as i64, c)))
            }
            TableKind::Discrete(entries) => LabelColors::new(entries.iter().map(|e| (e.index, e.color))),
            TableKind::Function(function) => {
                let (low, high) = function.range().unwrap_or((0.0, 0.0));
                let (low, high) = (low.max(-4096.0) as i64, high.min(4096.0) as i64);
                LabelColors::new((low..=high).map(|n| (n, opaque(function.at(n as f64)))))
            }
            TableKind::Numbers => LabelColors::by_number(),
        }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map_or_else(Vec::new, |list| list.iter().filter_map(Value::as_f64).collect())
}

fn ramp(part: &Value) -> Vec<Rgba8> {
    let count = part["numberOfColors"].as_u64().unwrap_or(256).clamp(1, 65536) as usize;
    let ends = |name: &str, missing: f64| {
        let n = numbers(&part[name]);
        if n.len() == 2 { [n[0], n[1]] } else { [missing; 2] }
    };
    let channels = [ends("hue", 0.0), ends("saturation", 1.0), ends("value", 1.0)];
    (0..count)
        .map(|n| {
            let t = n as f64 / (count - 1).max(1) as f64;
            opaque(hsv_to_rgb(channels.map(|[a, b]| a + (b - a) * t)))
        })
        .collect()
}

fn entries(table: &Value, full: f64) -> Vec<TableEntry> {
    let rows = table["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut entries: Vec<TableEntry> = rows
        .iter()
        .filter_map(|row| {
            let channel = |n: usize| row[n].as_f64().map(|c| (c / full * 255.0).round() as u8);
            let color = [channel(2)?, channel(3)?, channel(4)?, channel(5)?];
            Some(TableEntry { index: row[0].as_i64()?, name: row[1].as_str()?.replace('_', " "), color })
        })
        .collect();
    entries.sort_by_key(|e| e.index);
    entries
}

/// Tables from files are continuous where they have a colour for every index of a byte and no names of their own.
fn is_continuous(entries: &[TableEntry]) -> bool {
    entries.len() >= 255
        && entries.iter().all(|e| e.name.starts_with(|c: char| c.is_ascii_digit() || c == '('))
}

fn parse(table: &Value) -> Option<ColorTable> {
    let kind = match table["kind"].as_str()? {
        "hsvRamp" => TableKind::Ramp(ramp(table)),
        "concatenatedHsvRamps" => TableKind::Ramp(table["parts"].as_array()?.iter().flat_map(ramp).collect()),
        "discrete" => TableKind::Discrete(entries(table, 1.0)),
        "discrete8bit" => {
            let entries = entries(table, 255.0);
            if is_continuous(&entries) {
                TableKind::Ramp(entries.iter().map(|e| e.color).collect())
            } else {
                TableKind::Discrete(entries)
            }
        }
        "transferFunction" => {
            let points = table["points"].as_array()?.iter().map(numbers).filter(|p| p.len() == 4);
            TableKind::Function(ColorFunction::new(points.map(|p| (p[0], [p[1], p[2], p[3]]))))
        }
        "random" | "transferFunctionRandom" => TableKind::Numbers,
        _ => return None,
    };
    Some(ColorTable::new(table["name"].as_str()?, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_data_is_there() {
        let tables = ColorTable::builtin();
        assert_eq!(tables.len(), 46 + 21, "{:?}", tables.iter().map(ColorTable::name).collect::<Vec<_>>());
        let grey = ColorTable::named("grey").unwrap().ramp();
        assert!((0..256).all(|n| grey[n] == [n as u8, n as u8, n as u8, 255]));
        let inverted = ColorTable::named("InvertedGrey").unwrap().ramp();
        assert_eq!((inverted[0], inverted[255]), ([255; 4], [0, 0, 0, 255]));
    }

    #[test]
    fn ramps_and_functions_have_their_ends() {
        let rainbow = ColorTable::named("Rainbow").unwrap().ramp();
        assert_eq!(rainbow[0], [255, 0, 0, 255]);
        assert_eq!(rainbow[255], [204, 0, 255, 255]);
        let heat = ColorTable::named("PET-Heat").unwrap().ramp();
        assert_eq!((heat[0], heat[255]), ([0, 0, 0, 255], [255; 4]));
        let viridis = ColorTable::named("Viridis").unwrap().ramp();
        assert_eq!(viridis[0], [68, 1, 84, 255]);
        assert_eq!(
            match ColorTable::named("fMRI").unwrap().kind() {
                TableKind::Ramp(c) => c.len(),
                _ => 0,
            },
            43
        );
    }

    #[test]
    fn anatomy_has_names_and_transparent_background() {
        let table = ColorTable::named("GenericAnatomyColors").unwrap();
        let TableKind::Discrete(entries) = table.kind() else { panic!("not discrete") };
        assert_eq!((entries.len(), entries[2].name.as_str()), (310, "bone"));
        assert_eq!(table.label_colors().color(0)[3], 0);
        assert_eq!(table.label_colors().color(2), [241, 214, 145, 255]);
    }
}
