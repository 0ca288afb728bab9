//! Look-ups in the standard's data dictionary (PS3.6).

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, UidDictionary};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, StandardSopClassDictionary};

/// The attribute's keyword, for example `PatientName`; `Unknown` for private and unknown attributes.
pub fn keyword(tag: Tag) -> &'static str {
    StandardDataDictionary.by_tag(tag).map_or("Unknown", DataDictionaryEntry::alias)
}

/// The attribute with this keyword.
pub fn tag_of(keyword: &str) -> Option<Tag> {
    StandardDataDictionary.by_name(keyword).map(|entry| entry.tag())
}

/// The attribute's value representation; `UN` where the dictionary does not know it. Of the representations that
/// depend on other attributes, the unsigned one is given.
pub fn representation(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}

/// Name of a SOP class for people; the UID itself where the standard does not know it.
pub fn sop_class_name(uid: &str) -> String {
    if uid.is_empty() {
        return "an object without a SOP class".to_owned();
    }
    StandardSopClassDictionary.by_uid(uid).map_or_else(|| uid.to_owned(), |entry| entry.name.to_owned())
}
