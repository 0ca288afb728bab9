//! Colour tables.

use microtome_records as records;

use crate::fields::node_type;

node_type! {
    /// A table of colours by label value.
    pub struct ColorTable {
        /// The entries.
        colors: records::ColorTable;
        /// Which of Slicer's tables it is, by number; 13 for one from a file, 14 for one of the user's.
        table_type: i64 = 14, "type";
        /// How many entries there are.
        size: Option<i64>, "numcolors";
    }
}

impl From<records::ColorTable> for ColorTable {
    fn from(colors: records::ColorTable) -> Self {
        Self { colors, ..Self::default() }
    }
}

node_type! {
    /// Colours that are computed from the value.
    pub struct ProceduralColor {
        /// Which of Slicer's, by number.
        table_type: Option<i64>, "type";
        /// Value, then red, green, blue (0 to 1), by rising value.
        points: Vec<[f64; 4]>;
    }
}
