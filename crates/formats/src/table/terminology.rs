//! The columns of a colour table that say in standard codes what each label is.

/// What is coded, in the order of the terminology string.
const ENTRIES: [&str; 5] = ["Category", "Type", "TypeModifier", "Region", "RegionModifier"];
/// The parts of each code, in the order of the terminology string.
const PARTS: [&str; 3] = ["CodingScheme", "CodeValue", "CodeMeaning"];

/// The fifteen column names.
pub(super) fn columns() -> impl Iterator<Item = String> {
    ENTRIES.iter().flat_map(|entry| PARTS.iter().map(move |part| format!("{entry}_{part}")))
}

/// The terminology string of fifteen cells; `None` where all are empty.
pub(super) fn joined(cells: &[&str]) -> Option<String> {
    if cells.iter().all(|cell| cell.is_empty()) {
        return None;
    }
    let clean = |cell: &&str| cell.replace(['^', '~'], " ");
    let code = |parts: &[&str]| parts.iter().map(clean).collect::<Vec<_>>().join("^");
    Some(cells.chunks(PARTS.len()).map(code).collect::<Vec<_>>().join("~"))
}

/// The fifteen cells of a terminology string; of one with the names of its contexts (seven parts) these are left out.
pub(super) fn split(terminology: &str) -> Vec<String> {
    let mut codes: Vec<&str> = terminology.split('~').collect();
    if codes.len() == ENTRIES.len() + 2 {
        codes.remove(4);
        codes.remove(0);
    }
    let mut cells = Vec::with_capacity(ENTRIES.len() * PARTS.len());
    for n in 0..ENTRIES.len() {
        let mut parts = codes.get(n).copied().unwrap_or_default().splitn(PARTS.len(), '^');
        cells.extend(PARTS.iter().map(|_| parts.next().unwrap_or_default().to_owned()));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back() {
        let text = "SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~^^~^^";
        let cells = split(text);
        assert_eq!(cells.len(), columns().count());
        assert_eq!(joined(&cells.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(), Some(text));
        let parts: Vec<&str> = text.split('~').collect();
        let long = format!("Category list~{}~Anatomic list~{}", parts[..3].join("~"), parts[3..].join("~"));
        assert_eq!(split(&long), cells);
        assert_eq!(joined(&[""; 15]), None);
    }
}
