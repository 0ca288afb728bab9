//! Specific Character Set (0008,0005): from bytes to text (PS3.5 section 6.1).

use encoding_rs::Encoding;

/// How a dataset's text is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Charset {
    /// `None` is the default repertoire, read as Latin-1 (or as UTF-8 where the bytes are valid UTF-8).
    first: Option<&'static Encoding>,
    /// Whether escape sequences may switch to other sets (ISO 2022).
    escapes: bool,
}

const ESCAPE: u8 = 0x1B;

/// Escape sequences, without the escape itself, and what follows them.
const SWITCHES: [(&[u8], Option<&str>); 16] = [
    (b"(B", None),
    (b"(J", None),
    (b"-A", Some("windows-1252")),
    (b"-B", Some("iso-8859-2")),
    (b"-C", Some("iso-8859-3")),
    (b"-D", Some("iso-8859-4")),
    (b"-L", Some("iso-8859-5")),
    (b"-G", Some("iso-8859-6")),
    (b"-F", Some("iso-8859-7")),
    (b"-H", Some("iso-8859-8")),
    (b"-M", Some("iso-8859-9")),
    (b"-T", Some("windows-874")),
    (b")I", Some("shift_jis")),
    (b"$)C", Some("euc-kr")),
    (b"$)A", Some("gb18030")),
    (b"$B", Some("jis x 0208")),
];

impl Charset {
    /// From the attribute's value.
    pub fn new(value: &[u8]) -> Self {
        let value = String::from_utf8_lossy(value);
        let mut terms = value.split('\\').map(|t| t.trim_matches([' ', '\0']));
        let first = terms.next().unwrap_or_default();
        let code =
            first.trim_start_matches("ISO_IR").trim_start_matches("ISO 2022 IR").trim_matches([' ', '_']);
        let label = match code {
            "100" => "windows-1252",
            "101" => "iso-8859-2",
            "109" => "iso-8859-3",
            "110" => "iso-8859-4",
            "144" => "iso-8859-5",
            "127" => "iso-8859-6",
            "126" => "iso-8859-7",
            "138" => "iso-8859-8",
            "148" => "iso-8859-9",
            "203" => "iso-8859-15",
            "166" => "windows-874",
            "13" => "shift_jis",
            "192" => "utf-8",
            "GB18030" => "gb18030",
            "GBK" => "gbk",
            _ => "",
        };
        let escapes = first.starts_with("ISO 2022") || terms.next().is_some();
        Self { first: Encoding::for_label(label.as_bytes()), escapes }
    }

    /// The text, without the padding at its end.
    pub fn decode(&self, bytes: &[u8]) -> String {
        let text = if self.escapes && bytes.contains(&ESCAPE) {
            self.decode_switching(bytes)
        } else {
            decode_with(self.first, bytes)
        };
        text.trim_end_matches([' ', '\0']).to_owned()
    }

    fn decode_switching(&self, bytes: &[u8]) -> String {
        let mut text = String::new();
        for (n, run) in bytes.split(|&b| b == ESCAPE).enumerate() {
            if n == 0 {
                text += &decode_with(self.first, run);
                continue;
            }
            let Some((code, name)) = SWITCHES.iter().find(|(code, _)| run.starts_with(code)) else {
                text += &decode_with(self.first, run);
                continue;
            };
            let run = &run[code.len()..];
            if *name == Some("jis x 0208") {
                // The same two-byte codes with their high bits set are EUC-JP.
                let high: Vec<u8> = run.iter().map(|b| b | 0x80).collect();
                text += &decode_with(Encoding::for_label(b"euc-jp"), &high);
            } else {
                text += &decode_with(name.and_then(|n| Encoding::for_label(n.as_bytes())), run);
            }
        }
        text
    }
}

fn decode_with(encoding: Option<&'static Encoding>, bytes: &[u8]) -> String {
    match encoding {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_standards_annexes() {
        // PS3.5 H.3.1, I.2 and J.1.
        let japanese = Charset::new(b"\\ISO 2022 IR 87");
        let name = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=";
        assert_eq!(japanese.decode(name), "Yamada^Tarou=山田^太郎=");
        let korean = Charset::new(b"\\ISO 2022 IR 149");
        assert_eq!(
            korean.decode(b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
            "Hong^Gildong=洪^吉洞"
        );
        assert_eq!(Charset::new(b"ISO_IR 192").decode("Wang^小东 ".as_bytes()), "Wang^小东");
        assert_eq!(Charset::new(b"ISO_IR 100").decode(b"Buc^J\xe9r\xf4me"), "Buc^Jérôme");
        assert_eq!(Charset::default().decode(b"plain \0"), "plain");
    }
}
