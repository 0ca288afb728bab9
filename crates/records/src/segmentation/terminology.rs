//! What a segment is, in standard codes: two forms of the same text.

/// The entry of a segment (seven parts, two of them names of contexts) from that of a colour table (five parts).
pub(super) fn entry_of_codes(codes: &str) -> Option<String> {
    let [category, kind, modifier, region, region_modifier] = parts(codes)?;
    Some(format!("~{category}~{kind}~{modifier}~~{region}~{region_modifier}"))
}

/// The codes alone.
pub(super) fn codes_of_entry(entry: &str) -> Option<String> {
    let [_, category, kind, modifier, _, region, region_modifier] = parts(entry)?;
    Some([category, kind, modifier, region, region_modifier].join("~"))
}

fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    let parts: Vec<&str> = text.split('~').collect();
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_come_and_go() {
        let entry = "list~SCT^1^a~SCT^2^b~^^~regions~SCT^3^c~SCT^24028007^Right";
        let codes = "SCT^1^a~SCT^2^b~^^~SCT^3^c~SCT^24028007^Right";
        assert_eq!(codes_of_entry(entry).as_deref(), Some(codes));
        assert_eq!(entry_of_codes(codes).unwrap(), "~SCT^1^a~SCT^2^b~^^~~SCT^3^c~SCT^24028007^Right");
        assert_eq!(entry_of_codes(entry), None);
    }
}
