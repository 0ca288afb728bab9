//! Computed colours as Slicer keeps them in a file: lines of value, red, green, blue (0 to 1), and comments behind `#`.

use std::fmt::Write;

/// What such a file begins with. Slicer does not ask for it.
const HEAD: &str = "# Color procedural file";

/// Whether a text says that it is such a file.
pub(crate) fn is_ours(text: impl AsRef<[u8]>) -> bool {
    text.as_ref().starts_with(HEAD.as_bytes())
}

/// The points of a text, by rising value; of two with the same value the later one counts.
///
/// # Errors
/// A phrase for the first line that is no point.
pub(crate) fn read(text: &str) -> Result<Vec<[f64; 4]>, String> {
    let mut points = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let number = |word: &str| word.parse::<f64>().ok().filter(|v| v.is_finite());
        let mut numbers = line.split_ascii_whitespace().map(number);
        let point: Option<Vec<f64>> = numbers.by_ref().take(4).collect();
        match point.as_deref() {
            Some([x, r, g, b]) => points.push([*x, *r, *g, *b]),
            _ => return Err(format!("line {} is not a value and three numbers", n + 1)),
        }
    }
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    points.dedup_by(|later, first| {
        let same = later[0] == first[0];
        if same {
            *first = *later;
        }
        same
    });
    Ok(points)
}

/// The text of points; `name` is for people.
pub(crate) fn write(points: &[[f64; 4]], name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut text = format!("{HEAD} {name}\n# {} points\n# position R G B\n", points.len());
    for [x, r, g, b] in points {
        // A string takes all that is written to it.
        let _ = writeln!(text, "{x} {r} {g} {b}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back() {
        let points = vec![[-1.5, 0.0, 0.1, 0.2], [0.1 + 0.2, 1.0, 0.5, 0.25]];
        let text = write(&points, "fMRI\n");
        assert!(is_ours(&text) && text.lines().count() == 5);
        assert_eq!(read(&text), Ok(points));
    }

    #[test]
    fn slicers_files_are_understood() {
        let text = "# Color procedural file /tmp/a.txt\r\n# 3 points\r\n# position R G B\r\n\
            10 1 0 0\r\n0 0 0 0\r\n\r\n10 0 1 0\r\n";
        assert_eq!(read(text), Ok(vec![[0.0; 4], [10.0, 0.0, 1.0, 0.0]]));
        for text in ["1 2 3", "a b c d", "0 0 nan 0"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
