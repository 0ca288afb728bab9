//! The lines of an NRRD header: fields, key/value pairs, names of data files.

use crate::data::Warning;
use crate::error::Error;

use super::NAME;

/// The longest header that is looked for: far beyond any real one, so that a file without an end of the header is
/// refused at once.
const LONGEST: usize = 16 << 20;

/// The fields of the format and how else they may be spelled, blanks left out.
const FIELDS: [(&str, &[&str]); 30] = [
    ("content", &[]),
    ("number", &[]),
    ("type", &[]),
    ("block size", &["blocksize"]),
    ("dimension", &[]),
    ("space", &[]),
    ("space dimension", &["spacedimension"]),
    ("sizes", &[]),
    ("spacings", &[]),
    ("thicknesses", &[]),
    ("axis mins", &["axismins"]),
    ("axis maxs", &["axismaxs"]),
    ("space directions", &["spacedirections"]),
    ("centerings", &["centers"]),
    ("kinds", &[]),
    ("labels", &[]),
    ("units", &[]),
    ("min", &[]),
    ("max", &[]),
    ("old min", &["oldmin"]),
    ("old max", &["oldmax"]),
    ("endian", &[]),
    ("encoding", &[]),
    ("line skip", &["lineskip"]),
    ("byte skip", &["byteskip"]),
    ("sample units", &["sampleunits"]),
    ("space units", &["spaceunits"]),
    ("space origin", &["spaceorigin"]),
    ("measurement frame", &["measurementframe"]),
    ("data file", &["datafile"]),
];

/// A header as its lines say it.
#[derive(Debug, Default)]
pub(super) struct Header {
    fields: Vec<(&'static str, String)>,
    /// Key/value pairs in order, their escapes undone.
    pub(super) pairs: Vec<(String, String)>,
    /// The names after `data file: LIST`.
    pub(super) listed: Vec<String>,
    /// Where the header ends.
    pub(super) end: usize,
    pub(super) warnings: Vec<Warning>,
}

impl Header {
    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// [`Error::NotThisFormat`] without the magic, [`Error::Field`] for a line that is neither field, pair nor comment.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines { bytes, at: 0 };
        let magic = lines.next().unwrap_or_default();
        check_magic(magic)?;
        let mut header = Self::default();
        let mut listing = false;
        for line in lines.by_ref() {
            if listing {
                let name = text(line, &mut header.warnings);
                if !name.trim().is_empty() {
                    header.listed.push(name.trim().to_owned());
                }
            } else if line.is_empty() {
                break;
            } else if line[0] != b'#' {
                let line = text(line, &mut header.warnings);
                header.line(&line)?;
                listing =
                    header.get("data file").is_some_and(|v| v.split_whitespace().next() == Some("LIST"));
            }
        }
        header.end = lines.at;
        if lines.at >= LONGEST {
            let why = format!("no end of the header within {LONGEST} bytes");
            return Err(Error::NotThisFormat { format: NAME, why });
        }
        Ok(header)
    }

    /// A header of these fields alone; others than the format's own are left out.
    pub(super) fn of_fields<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let known = |name: &str| FIELDS.iter().map(|(n, _)| *n).find(|n| *n == name);
        let fields = fields.filter_map(|(name, value)| Some((known(name)?, value.to_owned()))).collect();
        Self { fields, ..Self::default() }
    }

    /// Takes in one line.
    fn line(&mut self, line: &str) -> Result<(), Error> {
        for (at, _) in line.match_indices(':') {
            let (name, rest) = (&line[..at], &line[at + 1..]);
            if let Some(value) = rest.strip_prefix('=') {
                self.pairs.push((unescaped(name), unescaped(value)));
                return Ok(());
            }
            if rest.is_empty() || rest.starts_with([' ', '\t']) {
                return self.field(name, rest.trim(), line);
            }
        }
        // A field without the blank after its colon.
        match line.split_once(':') {
            Some((name, value)) => self.field(name, value.trim(), line),
            None => {
                Err(Error::field(NAME, "header", line, "a line should be \"field: value\" or \"key:=value\""))
            }
        }
    }

    fn field(&mut self, name: &str, value: &str, line: &str) -> Result<(), Error> {
        let lower = name.trim().to_ascii_lowercase();
        let known = FIELDS.iter().find(|(n, others)| *n == lower || others.contains(&lower.as_str()));
        let Some(&(name, _)) = known else {
            self.warn(format!(
                "NRRD field \"{name}\" is not known and left out (line \"{}\")",
                shortened(line)
            ));
            return Ok(());
        };
        if self.get(name).is_some() {
            self.warn(format!("NRRD field \"{name}\" stands twice; the first is used"));
        } else {
            self.fields.push((name, value.to_owned()));
        }
        Ok(())
    }

    pub(super) fn warn(&mut self, message: String) {
        // A hostile header could have millions of such lines.
        if self.warnings.len() < 100 {
            self.warnings.push(Warning::new(message));
        }
    }

    /// The value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// The value of a field that must be there.
    pub(super) fn require(&self, name: &'static str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::Missing { format: NAME, field: name.to_owned() })
    }

    /// A whole number.
    pub(super) fn integer(&self, name: &'static str) -> Result<Option<i64>, Error> {
        self.get(name)
            .map(|v| v.parse().map_err(|_| Error::field(NAME, name, v, "it should be a whole number")))
            .transpose()
    }

    /// Numbers, one for each of `count` axes; NaN stands for "not known".
    pub(super) fn numbers(&self, name: &'static str, count: usize) -> Result<Option<Vec<f64>>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let numbers: Result<Vec<f64>, _> = value.split_whitespace().map(str::parse).collect();
        match numbers {
            Ok(numbers) if numbers.len() == count => Ok(Some(numbers)),
            _ => Err(Error::field(NAME, name, value, format!("it should be {count} numbers"))),
        }
    }

    /// Words, one for each of `count` axes.
    pub(super) fn words(&self, name: &'static str, count: usize) -> Result<Option<Vec<&str>>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let words: Vec<&str> = value.split_whitespace().collect();
        if words.len() != count {
            return Err(Error::field(NAME, name, value, format!("it should be {count} words")));
        }
        Ok(Some(words))
    }

    /// Texts in double quotes, up to `count`; a backslash takes the next character as it is.
    pub(super) fn quoted(&self, name: &'static str, count: usize) -> Result<Option<Vec<String>>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong =
            || Error::field(NAME, name, value, format!("it should be {count} texts in double quotes"));
        let mut texts = Vec::new();
        let mut chars = value.chars();
        while let Some(c) = chars.find(|c| !c.is_whitespace()) {
            if c != '"' || texts.len() == count {
                return Err(wrong());
            }
            let mut text = String::new();
            loop {
                match chars.next().ok_or_else(wrong)? {
                    '"' => break,
                    '\\' => text.push(chars.next().ok_or_else(wrong)?),
                    c => text.push(c),
                }
            }
            texts.push(text);
        }
        if texts.len() == count { Ok(Some(texts)) } else { Err(wrong()) }
    }

    /// Vectors `(x,y,z)` of `length` numbers each; `None` for the word `none`.
    pub(super) fn vectors(
        &self,
        name: &'static str,
        length: usize,
    ) -> Result<Option<Vec<Option<Vec<f64>>>>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || {
            Error::field(NAME, name, value, format!("it should be vectors of {length} numbers or \"none\""))
        };
        let mut vectors = Vec::new();
        let mut rest = value.trim_start();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('(') {
                let (inside, after) = after.split_once(')').ok_or_else(wrong)?;
                let numbers: Result<Vec<f64>, _> =
                    inside.split(',').map(|n| n.trim().parse::<f64>()).collect();
                let numbers = numbers.map_err(|_| wrong())?;
                if numbers.len() != length {
                    return Err(wrong());
                }
                // A vector of NaN is how some writers say "none".
                vectors.push((!numbers.iter().all(|n| n.is_nan())).then_some(numbers));
                rest = after.trim_start();
            } else {
                let (word, after) =
                    rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(rest.len()));
                if !word.eq_ignore_ascii_case("none") && !word.eq_ignore_ascii_case("nan") {
                    return Err(wrong());
                }
                vectors.push(None);
                rest = after.trim_start();
            }
        }
        Ok(Some(vectors))
    }
}

/// Whether the first line is the magic of a version that is known.
fn check_magic(line: &[u8]) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::NotThisFormat { format: NAME, why: why.to_owned() });
    match line.strip_prefix(b"NRRD") {
        None => wrong("it does not begin with \"NRRD\""),
        Some(b"0001" | b"0002" | b"0003" | b"0004" | b"0005" | b"00.01") => Ok(()),
        Some(_) => wrong("the versions known are NRRD0001 to NRRD0005"),
    }
}

/// Lines without their ends, up to [`LONGEST`].
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..self.bytes.len().min(LONGEST))?;
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&b| b == b'\n');
        self.at += end.map_or(rest.len(), |end| end + 1);
        let line = &rest[..end.unwrap_or(rest.len())];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// A line as text: UTF-8, or Latin-1 where it is not.
fn text(line: &[u8], warnings: &mut Vec<Warning>) -> String {
    match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let text: String = line.iter().map(|&b| char::from(b)).collect();
            if warnings.len() < 100 {
                let message =
                    format!("NRRD header line \"{}\" is not UTF-8 and was read as Latin-1", shortened(&text));
                warnings.push(Warning::new(message));
            }
            text
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A key or value without its escapes: `\n` is a line end, `\\` a backslash.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.clone().next() {
                Some('n') => {
                    out.push('\n');
                    chars.next();
                }
                Some('\\') => {
                    out.push('\\');
                    chars.next();
                }
                _ => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

/// A key or value with its line ends and backslashes escaped. A carriage return, which no escape can say, becomes a blank.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace("\r\n", "\\n").replace('\n', "\\n").replace('\r', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Header {
        Header::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn fields_pairs_and_comments_are_told_apart() {
        let text = "NRRD0005\r\n# a: comment\r\nSpaceDirections: none\r\nkey: x:=a:b\r\nfield:=\\n\\\\ \r\ntype:int\r\n\r\n";
        let header = parse(&format!("{text}DATA"));
        assert_eq!(header.get("space directions"), Some("none"));
        assert_eq!(header.get("type"), Some("int"));
        assert_eq!(header.pairs, [("field".to_owned(), "\n\\ ".to_owned())]);
        assert_eq!(header.warnings.len(), 1);
        assert_eq!(header.end, text.len());
    }

    #[test]
    fn escapes_come_back() {
        let text = "a\\n\n\\\\ b";
        assert_eq!(unescaped(&escaped(text)), text);
    }

    #[test]
    fn vectors_and_quoted_texts_are_read() {
        let header = parse(
            "NRRD0004\nspace directions: none (1, 0,-2.5e1)(nan,nan,nan)\nlabels: \"a \\\"b\\\"\" \"\"\n\n",
        );
        let vectors = header.vectors("space directions", 3).unwrap().unwrap();
        assert_eq!(vectors, [None, Some(vec![1.0, 0.0, -25.0]), None]);
        assert_eq!(header.quoted("labels", 2).unwrap().unwrap(), ["a \"b\"", ""]);
        assert!(header.quoted("labels", 3).is_err());
        assert!(header.vectors("space directions", 2).is_err());
    }

    #[test]
    fn a_list_of_files_goes_to_the_end() {
        let header = parse("NRRD0004\ntype: int\ndata file: LIST 2\na.raw\nb.raw\n");
        assert_eq!(header.listed, ["a.raw", "b.raw"]);
    }
}
