//! Numbers and words in text files.

use std::str::FromStr;

use microtome_image::{Array, Scalar, ScalarType, with_scalar_type};

/// The blank-separated words of a text, as bytes, with a position that other readers can share.
#[derive(Clone)]
pub(crate) struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// Position behind the last word.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes follow.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let start = rest.iter().position(|&b| b > b' ')?;
        let rest = &rest[start..];
        let length = rest.iter().position(|&b| b <= b' ').unwrap_or(rest.len());
        self.at += start + length;
        Some(&rest[..length])
    }
}

/// A number of type `T`. Floats may be written as C libraries write NaN and infinity.
#[inline]
pub(crate) fn number<T: Scalar + FromStr>(word: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(word).ok()?;
    text.parse().ok().or_else(|| if T::TYPE.is_integer() { None } else { unusual(text).map(T::from_f64) })
}

/// The NaN and infinity of various C libraries: `-nan(ind)`, `1.#QNAN`, `-1.#INF`.
fn unusual(text: &str) -> Option<f64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let lower = rest.to_ascii_lowercase();
    if lower.starts_with("1.#inf") {
        Some(sign * f64::INFINITY)
    } else if lower.starts_with("nan(") || lower.starts_with("1.#qnan") || lower.starts_with("1.#ind") {
        Some(f64::NAN)
    } else {
        None
    }
}

/// Why a run of numbers could not be read.
#[derive(Debug, PartialEq)]
pub(crate) enum NumbersError {
    /// The text ends before: how many numbers there are.
    Few(usize),
    /// This word is no number of the type.
    Bad(String),
}

/// The next `count` numbers. Memory is taken only for as many as the text can hold.
pub(crate) fn numbers(
    words: &mut Words<'_>,
    scalar_type: ScalarType,
    count: usize,
) -> Result<Array, NumbersError> {
    fn read<T: Scalar + FromStr>(words: &mut Words<'_>, count: usize) -> Result<Vec<T>, NumbersError> {
        let most = words.remaining().div_ceil(2);
        let mut values = Vec::with_capacity(count.min(most));
        while values.len() < count {
            let word = words.next().ok_or(NumbersError::Few(values.len()))?;
            values.push(
                number(word).ok_or_else(|| NumbersError::Bad(String::from_utf8_lossy(word).into_owned()))?,
            );
        }
        Ok(values)
    }
    Ok(with_scalar_type!(scalar_type, T => Array::from(read::<T>(words, count)?)))
}

/// All numbers up to the end of the text.
pub(crate) fn all_numbers(words: &mut Words<'_>, scalar_type: ScalarType) -> Result<Array, NumbersError> {
    fn read<T: Scalar + FromStr>(words: &mut Words<'_>) -> Result<Vec<T>, NumbersError> {
        let value = |word: &[u8]| {
            number(word).ok_or_else(|| NumbersError::Bad(String::from_utf8_lossy(word).into_owned()))
        };
        words.map(value).collect()
    }
    Ok(with_scalar_type!(scalar_type, T => Array::from(read::<T>(words)?)))
}

/// Writes an array's numbers in the shortest form that reads back the same, `per_line` to a line.
pub(crate) fn write_numbers(out: &mut Vec<u8>, values: &Array, per_line: usize) {
    use microtome_image::with_values;
    use std::io::Write;
    with_values!(values, values => {
        for row in values.chunks(per_line.max(1)) {
            for (n, value) in row.iter().enumerate() {
                if n > 0 {
                    out.push(b' ');
                }
                // Writing to a vector cannot fail.
                let _ = write!(out, "{value}");
            }
            out.push(b'\n');
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_spelling() {
        assert_eq!(number::<f64>(b"-9.48283e-009"), Some(-9.48283e-9));
        assert_eq!(number::<f32>(b"+1."), Some(1.0));
        assert_eq!(number::<f64>(b"-1.#INF00"), Some(f64::NEG_INFINITY));
        assert!(number::<f64>(b"-nan(ind)").is_some_and(f64::is_nan));
        assert_eq!(number::<u8>(b"256"), None);
        assert_eq!(number::<i64>(b"1.5"), None);
    }

    #[test]
    fn a_short_text_says_how_many() {
        let mut words = Words::new(b" 1 2\r\n3 x", 0);
        assert_eq!(numbers(&mut words, ScalarType::Int16, 2), Ok(Array::from(vec![1_i16, 2])));
        assert_eq!(words.at(), 4);
        assert_eq!(numbers(&mut words.clone(), ScalarType::Int16, 2), Err(NumbersError::Bad("x".into())));
        assert_eq!(
            numbers(&mut Words::new(b"1", 0), ScalarType::UInt8, usize::MAX),
            Err(NumbersError::Few(1))
        );
    }
}
