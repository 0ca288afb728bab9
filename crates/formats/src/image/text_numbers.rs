//! Voxels written as text: decimal numbers and hexadecimal bytes.

use std::str::FromStr;

use microtome_image::{Array, Scalar, ScalarType, with_scalar_type};
use rayon::prelude::*;

use crate::error::Error;

/// Bytes of text that one parallel task reads.
const TASK: usize = 1 << 20;

const fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b','
}

/// The first `count` decimal numbers in `text`, separated by blanks or commas.
///
/// # Errors
/// [`Error::TooLarge`] if there cannot be as many, [`Error::Truncated`] if there are fewer, [`Error::Field`] for what is not a
/// number of the type.
pub(crate) fn decimal(
    format: &'static str,
    text: &[u8],
    scalar_type: ScalarType,
    count: usize,
) -> Result<Array, Error> {
    // A number takes a digit, and a separator before the next.
    let limit = (text.len() as u128).div_ceil(2);
    if count as u128 > limit {
        return Err(Error::TooLarge { format, what: "voxels as text", claimed: count as u128, limit });
    }
    with_scalar_type!(scalar_type, T => numbers::<T>(format, text, count).map(Array::from))
}

fn numbers<T: Scalar + FromStr>(format: &'static str, text: &[u8], count: usize) -> Result<Vec<T>, Error> {
    let parts: Vec<Vec<T>> = blocks(text)
        .into_par_iter()
        .map(|block| {
            let tokens = block.split(|&b| separates(b)).filter(|token| !token.is_empty());
            tokens.take(count).map(|token| number(format, token)).collect()
        })
        .collect::<Result<_, Error>>()?;
    let mut values = Vec::with_capacity(count);
    for part in parts {
        let room = count - values.len();
        values.extend_from_slice(&part[..part.len().min(room)]);
    }
    if values.len() < count {
        let (expected, found) = (count as u64, values.len() as u64);
        return Err(Error::Truncated { format, what: "the text of voxels (in numbers)", expected, found });
    }
    Ok(values)
}

/// Pieces of the text that end between numbers.
fn blocks(text: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while rest.len() > TASK {
        let cut = rest[TASK..].iter().position(|&b| separates(b)).map_or(rest.len(), |n| TASK + n);
        let (block, after) = rest.split_at(cut);
        blocks.push(block);
        rest = after;
    }
    blocks.push(rest);
    blocks
}

fn number<T: Scalar + FromStr>(format: &'static str, token: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(token).unwrap_or_default();
    if let Ok(value) = text.parse::<T>() {
        return Ok(value);
    }
    // Some writers give whole numbers a decimal point.
    let (low, high) = T::TYPE.limits();
    match text.parse::<f64>() {
        Ok(value) if T::TYPE.is_integer() && value.fract() == 0.0 && value >= low && value <= high => {
            Ok(T::from_f64(value))
        }
        _ => {
            let why = format!("it should be a number of type {}", T::TYPE);
            Err(Error::field(format, "data", &String::from_utf8_lossy(&token[..token.len().min(100)]), why))
        }
    }
}

/// The first `expected` bytes that the hexadecimal digits in `text` stand for; blanks between digits do not count.
///
/// # Errors
/// [`Error::Truncated`] if there are fewer, [`Error::Field`] for anything but digits and blanks.
pub(crate) fn hexadecimal(format: &'static str, text: &[u8], expected: usize) -> Result<Vec<u8>, Error> {
    let truncated = |found: usize| {
        let (expected, found) = (expected as u64, found as u64);
        Error::Truncated { format, what: "the hexadecimal text", expected, found }
    };
    if expected > text.len() / 2 {
        return Err(truncated(text.len() / 2));
    }
    let mut bytes = Vec::with_capacity(expected);
    let mut high = None;
    for &digit in text.iter().filter(|b| !b.is_ascii_whitespace()) {
        if bytes.len() == expected {
            break;
        }
        let Some(value) = char::from(digit).to_digit(16) else {
            let found = char::from(digit).to_string();
            return Err(Error::field(format, "data", &found, "it should be a hexadecimal digit"));
        };
        match high.take() {
            None => high = Some(value as u8),
            Some(first) => bytes.push(first << 4 | value as u8),
        }
    }
    if bytes.len() < expected { Err(truncated(bytes.len())) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_across_blocks() {
        let text: String = (0..400_000).map(|n| format!("{n}\n")).collect();
        let array = decimal("test", text.as_bytes(), ScalarType::Int32, 400_000).unwrap();
        assert_eq!(array, Array::from((0..400_000).collect::<Vec<i32>>()));
    }

    #[test]
    fn odd_numbers_are_understood_or_refused() {
        let read = |text: &str, t| decimal("test", text.as_bytes(), t, 2);
        assert_eq!(read("1.0,+2", ScalarType::UInt8).unwrap(), Array::from(vec![1_u8, 2]));
        assert_eq!(
            read("-inf 1e3 ", ScalarType::Float32).unwrap(),
            Array::from(vec![f32::NEG_INFINITY, 1000.0])
        );
        assert!(matches!(read("1 256", ScalarType::UInt8), Err(Error::Field { .. })));
        assert!(matches!(read("1 x", ScalarType::Float64), Err(Error::Field { .. })));
        assert!(matches!(read("1    ", ScalarType::Int16), Err(Error::Truncated { found: 1, .. })));
        assert!(matches!(read("1", ScalarType::Int16), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn hexadecimal_digits_pair_up() {
        assert_eq!(hexadecimal("test", b"0aF\nf 10", 3).unwrap(), [10, 255, 16]);
        assert!(hexadecimal("test", b"0aFg", 2).is_err());
        assert!(hexadecimal("test", b"0a  ", 2).is_err());
    }
}
