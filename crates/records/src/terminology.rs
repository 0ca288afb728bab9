//! Terminologies: lists of coded concepts to choose from.

use crate::table::{Column, ColumnValues, Table};

/// A list of coded concepts, with a colour each, to choose from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terminology {
    /// The list's name.
    pub name: String,
    /// What is listed.
    pub context: TerminologyContext,
}

/// What a terminology lists.
#[derive(Clone, Debug, PartialEq)]
pub enum TerminologyContext {
    /// What segments are: categories (`children` are types, whose `children` are modifiers).
    SegmentTypes(Vec<CodedConcept>),
    /// Where segments are: regions (`children` are modifiers).
    AnatomicRegions(Vec<CodedConcept>),
}

impl Default for TerminologyContext {
    fn default() -> Self {
        Self::SegmentTypes(Vec::new())
    }
}

/// A coded concept and those below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodedConcept {
    /// The coding scheme (`SCT`, `DCM`, …).
    pub scheme: String,
    /// The code.
    pub value: String,
    /// What it means.
    pub meaning: String,
    /// The colour that it is usually shown in: red, green, blue, 0 to 255.
    pub color: Option<[u8; 3]>,
    /// Whether, of a category, the region is asked for as well.
    pub shows_anatomy: bool,
    /// The label of 3D Slicer's colour tables.
    pub slicer_label: Option<String>,
    /// The concepts below.
    pub children: Vec<Self>,
}

impl Terminology {
    /// The terminology as a table, with a row for each concept that can be chosen: its codes level by level, named as in
    /// colour tables (`Category_CodeValue`, …), and its colour (empty if it has none).
    pub fn table(&self) -> Table {
        let (levels, concepts): (&[&str], _) = match &self.context {
            TerminologyContext::SegmentTypes(concepts) => (&["Category", "Type", "TypeModifier"], concepts),
            TerminologyContext::AnatomicRegions(concepts) => (&["Region", "RegionModifier"], concepts),
        };
        let mut names: Vec<String> =
            levels.iter().flat_map(|level| PARTS.iter().map(move |part| format!("{level}_{part}"))).collect();
        names.extend(["Color_R", "Color_G", "Color_B"].map(str::to_owned));
        let mut cells = vec![Vec::new(); names.len()];
        rows(concepts, &mut Vec::new(), levels.len(), &mut |path| {
            let codes = path.iter().flat_map(|c| [&c.scheme, &c.value, &c.meaning]).cloned();
            // The colour of the deepest concept that has one.
            let color = path.iter().rev().find_map(|c| c.color);
            let channels = (0..3).map(|n| color.map_or(String::new(), |c| c[n].to_string()));
            let missing = std::iter::repeat_n(String::new(), PARTS.len() * (levels.len() - path.len()));
            for (column, cell) in cells.iter_mut().zip(codes.chain(missing).chain(channels)) {
                column.push(cell);
            }
        });
        let column =
            |(name, cells)| Column { name, values: ColumnValues::Text(cells), properties: Vec::new() };
        Table { columns: names.into_iter().zip(cells).map(column).collect() }
    }
}

const PARTS: [&str; 3] = ["CodingScheme", "CodeValue", "CodeMeaning"];

/// Calls `see` with the way to each concept, but for those that only group others.
fn rows<'a>(
    concepts: &'a [CodedConcept],
    above: &mut Vec<&'a CodedConcept>,
    levels: usize,
    see: &mut dyn FnMut(&[&'a CodedConcept]),
) {
    for concept in concepts {
        above.push(concept);
        let groups = levels == 3 && above.len() == 1 && !concept.children.is_empty();
        if !groups {
            see(above);
        }
        rows(&concept.children, above, levels, see);
        above.pop();
    }
}
