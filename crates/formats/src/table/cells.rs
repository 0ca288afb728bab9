//! Text divided into cells.

use std::borrow::Cow;

use crate::data::Warning;
use crate::error::Error;

/// The rows of a delimited text. With `quotes`, a cell that begins with `"` ends at the next single `"`; a doubled one stands
/// for itself, and delimiters and line ends between are text. Blank lines are left out.
pub(crate) fn rows(text: &str, delimiter: char, quotes: bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (row, after) = row(rest, delimiter, quotes);
        if row.len() > 1 || row.first().is_some_and(|cell| !cell.trim().is_empty()) {
            rows.push(row);
        }
        rest = after;
    }
    rows
}

/// The cells of one line.
pub(crate) fn split_line(line: &str, delimiter: char) -> Vec<String> {
    row(line, delimiter, true).0
}

/// The first row, and the text behind it.
fn row(text: &str, delimiter: char, quotes: bool) -> (Vec<String>, &str) {
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let mut cell = String::new();
        if quotes && let Some(inner) = rest.strip_prefix('"') {
            rest = inner;
            loop {
                let Some((inner, after)) = rest.split_once('"') else {
                    // A quote that nobody closes guards all that is left.
                    cell.push_str(rest);
                    rest = "";
                    break;
                };
                cell.push_str(inner);
                rest = after;
                match rest.strip_prefix('"') {
                    Some(after) => rest = after,
                    None => break,
                }
                cell.push('"');
            }
        }
        let end = rest.find([delimiter, '\n', '\r']).unwrap_or(rest.len());
        cell.push_str(&rest[..end]);
        cells.push(cell);
        rest = &rest[end..];
        match rest.strip_prefix(delimiter) {
            Some(after) => rest = after,
            None => break,
        }
    }
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
    (cells, rest)
}

/// A cell as it is written: in quotes where it holds a delimiter, a quote or a line end.
pub(crate) fn quoted(cell: &str, delimiter: char) -> Cow<'_, str> {
    if cell.contains([delimiter, '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

/// The bytes as text without byte order mark; what is no UTF-8 is replaced, with a warning.
pub(crate) fn decoded<'a>(bytes: &'a [u8], warnings: &mut Vec<Warning>) -> Cow<'a, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, Cow::Owned(_)) {
        warnings.push(Warning::new("the text is not UTF-8; what is not was replaced by \u{fffd}"));
    }
    text
}

/// The delimiter that a file's extension stands for.
pub(super) fn delimiter_of(name: &str) -> char {
    if name.to_ascii_lowercase().ends_with(".csv") { ',' } else { '\t' }
}

/// A cell for a tab-delimited file, which knows no quotes, or for a comma-delimited one.
pub(super) fn encoded<'a>(
    format: &'static str,
    cell: &'a str,
    delimiter: char,
) -> Result<Cow<'a, str>, Error> {
    if delimiter == ',' {
        return Ok(quoted(cell, delimiter));
    }
    if cell.contains([delimiter, '\n', '\r']) {
        return Err(Error::CannotHold {
            format,
            what: "cells with tabs or line ends (a .csv file can)".to_owned(),
        });
    }
    Ok(Cow::Borrowed(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_guard_delimiters_and_line_ends() {
        let text = "a,b\r\n\"x, \"\"y\"\"\nz\",5\" 6\n\n\"open,1";
        let expected = [vec!["a", "b"], vec!["x, \"y\"\nz", "5\" 6"], vec!["open,1"]];
        assert_eq!(rows(text, ',', true), expected);
        assert_eq!(rows("\"a\tb\"\n", '\t', false), [vec!["\"a", "b\""]]);
    }

    #[test]
    fn cells_come_back() {
        for cell in ["plain", "with, comma", "with \"quotes\"", "two\nlines", ""] {
            assert_eq!(split_line(&quoted(cell, ','), ','), [cell]);
        }
    }
}
