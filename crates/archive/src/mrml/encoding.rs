//! The bytes of a scene file → text.

use std::borrow::Cow;

/// What windows-1252 has where ISO-8859-1 has control characters (0x80 to 0x9F); what it leaves open is as there.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// The text in the encoding that its mark or its XML declaration says (XML 1.0, appendix F), UTF-8 where neither does. With
/// it, what people should know where that is not what the bytes are.
pub(super) fn decoded(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => return utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => return utf16(bytes, u16::from_be_bytes),
        _ => {}
    }
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    let bytes = marked.unwrap_or(bytes);
    let declared = declared(bytes).filter(|_| marked.is_none()).unwrap_or_default();
    match declared.as_str() {
        "windows-1252" | "cp1252" => return (of_bytes(bytes, windows_1252), None),
        "iso-8859-1" | "iso_8859-1" | "latin1" | "latin-1" => return (of_bytes(bytes, char::from), None),
        _ => {}
    }
    // A file in UTF-16 would have been found by its first bytes, so that what says so here is none.
    let unknown = !matches!(declared.as_str(), "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16");
    match std::str::from_utf8(bytes) {
        Ok(text) if unknown && !text.is_ascii() => {
            let message = format!("the scene's encoding \"{declared}\" is not known: read as UTF-8");
            (Cow::Borrowed(text), Some(message))
        }
        Ok(text) => (Cow::Borrowed(text), None),
        Err(_) if unknown => {
            let message = format!("the scene's encoding \"{declared}\" is not known: read as Latin-1");
            (of_bytes(bytes, char::from), Some(message))
        }
        Err(_) => (of_bytes(bytes, char::from), Some("the scene is not UTF-8: read as Latin-1".to_owned())),
    }
}

fn of_bytes(bytes: &[u8], char_of: impl Fn(u8) -> char) -> Cow<'static, str> {
    bytes.iter().map(|&byte| char_of(byte)).collect::<String>().into()
}

fn windows_1252(byte: u8) -> char {
    let special = byte.checked_sub(0x80).and_then(|n| WINDOWS_1252.get(usize::from(n)));
    special.copied().unwrap_or(char::from(byte))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'static, str>, Option<String>) {
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units: Vec<u16> = pairs.map(|pair| unit([pair[0], pair[1]])).collect();
    let (text, broken) = match String::from_utf16(&units) {
        Ok(text) => (text, odd),
        Err(_) => (String::from_utf16_lossy(&units), true),
    };
    let message = "the scene is not quite UTF-16: what is none became \u{fffd}";
    (text.into(), broken.then(|| message.to_owned()))
}

/// The encoding that the XML declaration names, in lower case.
fn declared(bytes: &[u8]) -> Option<String> {
    const LOOK: usize = 256;
    let head = &bytes[..bytes.len().min(LOOK)];
    let head = head.strip_prefix(b"<?xml")?;
    let head = &head[..memchr::memmem::find(head, b"?>")?];
    let rest = &head[memchr::memmem::find(head, b"encoding")? + b"encoding".len()..];
    let rest = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (&quote, rest) = rest.split_first()?;
    let name = &rest[..memchr::memchr(quote, rest).filter(|_| matches!(quote, b'"' | b'\''))?];
    Some(String::from_utf8_lossy(name).trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        let (text, message) = decoded(bytes);
        assert_eq!(message, None);
        text.into_owned()
    }

    #[test]
    fn encodings_are_as_declared() {
        let of = |name: &str| format!("<?xml version='1.0' encoding = \"{name}\" ?><MRML a='Sch");
        let with = |name: &str, end: &[u8]| [of(name).as_bytes(), end].concat();
        // As Python 3.12's "cp1252" codec has them.
        assert_eq!(text(&with("Windows-1252", b"\xe4\x80\x9f'/>")), of("Windows-1252") + "ä€Ÿ'/>");
        assert_eq!(text(&with("ISO-8859-1", b"\xe4\x80'/>")), of("ISO-8859-1") + "ä\u{80}'/>");
        assert_eq!(text(&with("UTF-8", "ä'/>".as_bytes())), of("UTF-8") + "ä'/>");
        let wide = of("UTF-16") + "ä'/>";
        let little: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = wide.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text(&little), wide);
        assert_eq!(text(&[b"\xfe\xff".as_slice(), &big].concat()), wide);
        assert_eq!(text(&[b"\xef\xbb\xbf<a b='".as_slice(), "ä".as_bytes()].concat()), "<a b='ä");
    }

    #[test]
    fn what_is_not_as_declared_is_told() {
        for bytes in [&b"<a b='\xe4'/>"[..], b"<?xml encoding='koi8-r'?><a b='\xe4'/>", b"\xff\xfe<\0a\0>"] {
            assert!(decoded(bytes).1.is_some());
        }
        for bytes in [&b""[..], b"<?xml", b"<?xml encoding?>", b"<?xml encoding=?>", b"\0", b"\xff\xfe"] {
            decoded(bytes);
        }
    }
}
