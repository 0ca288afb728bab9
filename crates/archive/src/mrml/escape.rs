//! The three ways in which scene files encode text: for file names, for lists, and for reference properties.
//!
//! None of them is a general percent-encoding: each knows its own few characters, and all others stay as they are.

/// The six characters of file names and identifiers. `%` comes last on decoding.
const NAME: [(char, &str); 6] =
    [(' ', "%20"), ('\'', "%27"), ('>', "%3E"), ('<', "%3C"), ('"', "%22"), ('%', "%25")];
/// What a value in a list may not contain.
const LIST: [(char, &str); 2] = [(';', "%3B"), ('%', "%25")];
/// What the name of a node's attribute may not contain. Slicer has no code for these, and no such names.
const ATTRIBUTE: [(char, &str); 2] = [(';', "%3B"), (':', "%3A")];
/// What a key or value of a reference's properties may not contain.
const PROPERTY: [(char, &str); 8] = [
    (';', "%3B"),
    (':', "%3A"),
    ('{', "%7B"),
    ('}', "%7D"),
    (',', "%2C"),
    ('=', "%3D"),
    (' ', "%20"),
    ('%', "%25"),
];
/// What the name of a module's parameter may not contain.
const KEY: [(char, &str); 2] = [(' ', "%20"), ('%', "%25")];

fn encode(text: &str, codes: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match codes.iter().find(|(plain, _)| *plain == c) {
            Some((_, code)) => out.push_str(code),
            None => out.push(c),
        }
    }
    out
}

fn decode(text: &str, codes: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // Lower-case digits as well: other programs write them.
        let code = rest.get(..3).and_then(|head| codes.iter().find(|(_, c)| c.eq_ignore_ascii_case(head)));
        let (plain, length) = code.map_or(('%', 1), |(plain, code)| (*plain, code.len()));
        out.push(plain);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

macro_rules! pair {
    ($($(#[$doc:meta])* $encode:ident, $decode:ident: $codes:ident;)*) => {
        $(
            $(#[$doc])*
            pub(crate) fn $encode(text: &str) -> String {
                encode(text, &$codes)
            }

            #[doc = concat!("Undoes [`", stringify!($encode), "`].")]
            pub(crate) fn $decode(text: &str) -> String {
                decode(text, &$codes)
            }
        )*
    };
}

pair! {
    /// Encodes a file name, a segment's identifier and the like.
    encode_name, decode_name: NAME;
    /// Encodes a value of a node's attributes.
    encode_item, decode_item: LIST;
    /// Encodes the name of a node's attribute.
    encode_attribute, decode_attribute: ATTRIBUTE;
    /// Encodes a key or value of a reference's properties.
    encode_property, decode_property: PROPERTY;
    /// Encodes the name of a module's parameter.
    encode_key, decode_key: KEY;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_characters_and_no_others() {
        assert_eq!(encode_name("100% a'b<c>\"&é#"), "100%25%20a%27b%3Cc%3E%22&é#");
        assert_eq!(decode_name("100%25%20a%27b%3Cc%3E%22&é#"), "100% a'b<c>\"&é#");
        assert_eq!(decode_name("%41%é%2"), "%41%é%2");
        assert_eq!(decode_name("CT%253a%20chest.nrrd"), "CT%3a chest.nrrd");
    }

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        for text in ["", "%", "%%3B;", "a:b;c{d}e,f=g h", "%253B"] {
            assert_eq!(decode_item(&encode_item(text)), text);
            assert_eq!(decode_property(&encode_property(text)), text);
            assert_eq!(decode_key(&encode_key(text)), text);
            assert_eq!(decode_name(&encode_name(text)), text);
        }
    }
}
