//! The texts of a segmentation's keys.

use std::collections::BTreeMap;

use microtome_image::Region;
use microtome_records::ConversionParameter;

pub(super) const MASTER: &str = "Segmentation_MasterRepresentation";
/// What the key before was called for a while.
pub(super) const SOURCE: &str = "Segmentation_SourceRepresentation";
pub(super) const OFFSET: &str = "Segmentation_ReferenceImageExtentOffset";
pub(super) const CONTAINED: &str = "Segmentation_ContainedRepresentationNames";
pub(super) const CONVERSION: &str = "Segmentation_ConversionParameters";
/// In files of the oldest versions: the indices of the first and last voxel in the reference grid.
pub(super) const EXTENT: &str = "Segmentation_Extent";

/// The segment's number and the rest of a key of a segment.
pub(super) fn of_segment(key: &str) -> Option<(usize, &str)> {
    let rest = key.strip_prefix("Segment")?;
    let (number, name) = rest.split_once('_')?;
    let plain = number == "0" || (!number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit()));
    if plain && !name.is_empty() { Some((number.parse().ok()?, name)) } else { None }
}

/// `N` numbers.
pub(super) fn numbers<T: std::str::FromStr, const N: usize>(text: &str) -> Option<[T; N]> {
    let numbers: Result<Vec<T>, _> = text.split_whitespace().map(str::parse).collect();
    numbers.ok()?.try_into().ok()
}

/// Numbers with blanks between them.
pub(super) fn join<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    numbers.into_iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" ")
}

/// First and last index along each axis.
pub(super) fn extent(region: Option<Region>) -> String {
    match region {
        Some(region) => join((0..3).flat_map(|a| [region.start[a], region.start[a] + region.dims[a] - 1])),
        None => "0 -1 0 -1 0 -1".to_owned(),
    }
}

/// Tags from `key:value|key:value|`.
pub(super) fn parse_tags(text: &str) -> BTreeMap<String, String> {
    let tags = text.split('|').filter(|tag| !tag.trim().is_empty());
    tags.map(|tag| tag.split_once(':').unwrap_or((tag, "")))
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .collect()
}

/// `key:value|key:value|`. Bars, which the format has no way to write, become broken ones; so do colons of keys.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> String {
    tags.iter().map(|(key, value)| format!("{}:{}|", plain(key).replace(':', "¦"), plain(value))).collect()
}

/// Names from `name|name|`.
pub(super) fn parse_names(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `name|name|`.
pub(super) fn names(names: &[String]) -> String {
    names.iter().map(|name| plain(name) + "|").collect()
}

/// Parameters from `name|value|description&name|value|description&`.
pub(super) fn parse_conversion(text: &str) -> Vec<ConversionParameter> {
    let parameters = text.split('&').filter(|parameter| !parameter.trim().is_empty());
    parameters
        .map(|parameter| {
            let mut parts = parameter.splitn(3, '|').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            ConversionParameter { name: next(), value: next(), description: next() }
        })
        .collect()
}

/// `name|value|description&name|value|description&`. Bars and ampersands, which the format has no way to write, become
/// broken bars and plus signs.
pub(super) fn conversion(parameters: &[ConversionParameter]) -> String {
    let part = |text: &str| plain(text).replace('&', "+");
    let one =
        |p: &ConversionParameter| format!("{}|{}|{}&", part(&p.name), part(&p.value), part(&p.description));
    parameters.iter().map(one).collect()
}

fn plain(text: &str) -> String {
    text.replace('|', "¦")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_segments() {
        assert_eq!(of_segment("Segment0_ID"), Some((0, "ID")));
        assert_eq!(of_segment("Segment12_Name_x"), Some((12, "Name_x")));
        for other in
            ["Segment_ID", "Segment01_ID", "Segment1_", "Segmentation_Extent", "Segment+1_ID", "Seg0_ID"]
        {
            assert_eq!(of_segment(other), None, "{other}");
        }
    }

    #[test]
    fn texts_come_back() {
        let text = "Segmentation.Status:inprogress|TerminologyEntry:a~b:c|";
        assert_eq!(tags(&parse_tags(text)), text);
        let text = "Oversampling factor|1|Determines.\nSo.&Reference image geometry|1;0;||&";
        let parameters = parse_conversion(text);
        assert_eq!(parameters[0].description, "Determines.\nSo.");
        assert_eq!(conversion(&parameters), text.replace("||&", "|¦&"));
        assert_eq!(names(&parse_names("Binary labelmap|Closed surface|")), "Binary labelmap|Closed surface|");
        assert_eq!(numbers::<f64, 3>("1 .5 0"), Some([1.0, 0.5, 0.0]));
        assert_eq!(numbers::<i64, 3>("1 2"), None);
    }
}
