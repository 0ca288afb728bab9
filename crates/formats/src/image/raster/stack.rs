//! Numbered files of one folder as the slices of one image.

use std::collections::BTreeMap;

use microtome_image::{Array, Scalar, with_values};

use super::{Decode, Picture};
use crate::error::Error;
use crate::source::{ReadOptions, Source};

/// A name cut around the last number before its extension: what precedes the digits, the digits, and what follows.
fn split(name: &str) -> Option<(&str, &str, &str)> {
    let stem = name.rfind('.').unwrap_or(name.len());
    let end = name[..stem].rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    Some((&name[..start], &name[start..end], &name[end..]))
}

/// The names in `neighbours` that differ from `name` in their number only and whose numbers follow on each other without
/// a gap around its own, in order.
pub(super) fn members(name: &str, neighbours: &[String]) -> Vec<String> {
    let Some((before, digits, after)) = split(name) else { return vec![name.to_owned()] };
    let mut numbered: BTreeMap<u64, &str> = BTreeMap::new();
    for other in neighbours {
        if let Some((b, d, a)) = split(other)
            && b == before
            && a == after
            && let Ok(number) = d.parse()
            // Of `1` and `01` the one that has as many digits as the name wins.
            && (d.len() == digits.len() || !numbered.contains_key(&number))
        {
            numbered.insert(number, other);
        }
    }
    let Ok(own) = digits.parse::<u64>() else { return vec![name.to_owned()] };
    numbered.insert(own, name);
    let mut first = own;
    while first.checked_sub(1).is_some_and(|n| numbered.contains_key(&n)) {
        first -= 1;
    }
    let run = numbered.range(first..).zip(first..).take_while(|((number, _), expected)| *number == expected);
    run.map(|((_, name), _)| (*name).to_owned()).collect()
}

/// Decodes the named files into one picture with a page each.
pub(super) fn read(
    format: &'static str,
    decode: Decode,
    names: &[String],
    source: &dyn Source,
    options: &ReadOptions,
) -> Result<Picture, Error> {
    let mut pictures = Vec::with_capacity(names.len());
    let mut total = 0_u64;
    for name in names {
        let bytes =
            source.companion(name).map_err(|source| Error::Companion { name: name.clone(), source })?;
        let left = ReadOptions { max_bytes: options.max_bytes.saturating_sub(total), ..options.clone() };
        let picture = decode(&bytes, &left)?;
        total = total.saturating_add(picture.array.as_bytes().len() as u64);
        let shape = |p: &Picture| (p.width, p.height, p.pages, p.components, p.array.scalar_type());
        if let Some(first) = pictures.first()
            && (shape(first) != shape(&picture) || picture.pages != 1)
        {
            let (w, h, ..) = shape(&picture);
            let value =
                format!("{w} × {h} {}, {} components", picture.array.scalar_type(), picture.components);
            let why = format!(
                "the stack began with {} × {} {}",
                first.width,
                first.height,
                first.array.scalar_type()
            );
            return Err(Error::field(format, format!("size of {name}"), &value, why));
        }
        pictures.push(picture);
    }
    join(pictures).ok_or_else(|| Error::Missing { format, field: "the stack's files".to_owned() })
}

/// One picture of all pages; they have the same size and type. `None` without any.
pub(super) fn join(pictures: Vec<Picture>) -> Option<Picture> {
    fn concatenated<T: Scalar>(first: &[T], pictures: &[Picture]) -> Vec<T> {
        let mut all = Vec::with_capacity(first.len().saturating_mul(pictures.len()));
        for picture in pictures {
            all.extend_from_slice(picture.array.as_slice::<T>().unwrap_or_default());
        }
        all
    }
    if pictures.len() < 2 {
        return pictures.into_iter().next();
    }
    let array =
        with_values!(&pictures.first()?.array, values => Array::from(concatenated(values, &pictures)));
    let pages = pictures.iter().map(|p| p.pages).sum();
    let warnings = pictures.iter().flat_map(|p| p.warnings.clone()).collect();
    let first = pictures.into_iter().next()?;
    Some(Picture { array, pages, warnings, ..first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|&n| n.to_owned()).collect()
    }

    #[test]
    fn a_stack_is_the_run_of_numbers_around_the_name() {
        let folder = names(&[
            "a_1.png", "s007.png", "s008.png", "s009.png", "s010.png", "s012.png", "s009.tif", "t008.png",
        ]);
        assert_eq!(members("s009.png", &folder), names(&["s007.png", "s008.png", "s009.png", "s010.png"]));
        assert_eq!(members("s012.png", &folder), names(&["s012.png"]));
        assert_eq!(members("plain.png", &folder), names(&["plain.png"]));
        let unpadded = names(&["x10.png", "x8.png", "x9.png"]);
        assert_eq!(members("x9.png", &unpadded), names(&["x8.png", "x9.png", "x10.png"]));
        assert_eq!(split("é2é.png"), Some(("é", "2", "é.png")));
    }
}
