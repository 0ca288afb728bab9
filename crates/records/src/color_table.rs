//! Colour tables.

/// A table of colours by label value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColorTable {
    /// The defined entries, by rising value.
    pub entries: Vec<LabelColor>,
}

/// One colour.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelColor {
    /// The label value.
    pub value: u32,
    /// The structure's name.
    pub name: String,
    /// Red, green, blue, alpha, 0 to 1.
    pub color: [f32; 4],
    /// The structure in standard codes, if given: the terminology string `category~type~modifier~region~modifier`, each
    /// part `scheme^value^meaning`.
    pub terminology: Option<String>,
}
