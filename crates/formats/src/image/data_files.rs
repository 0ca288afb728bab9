//! Voxels that lie in other files beside a header.

use std::collections::BTreeSet;

use microtome_image::Bytes;

use crate::error::Error;
use crate::source::Source;

/// The files that hold an image's voxels, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DataFiles {
    /// By name.
    Named(Vec<String>),
    /// By a numbered pattern.
    Numbered(Numbered),
}

/// File names that differ by a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    before: String,
    after: String,
    width: usize,
    zeros: bool,
    first: i64,
    step: i64,
    count: u64,
}

impl Numbered {
    /// The files of a C `printf` pattern with one `%d`, numbered from `first` to `last` inclusive.
    ///
    /// # Errors
    /// What is wrong with the pattern or the numbers, for a [`Error::Field`].
    pub(crate) fn new(pattern: &str, first: i64, last: i64, step: i64) -> Result<Self, String> {
        let mut before = String::new();
        let mut rest = pattern;
        let directive = loop {
            let Some((text, after)) = rest.split_once('%') else {
                return Err("the file name pattern has no %d".to_owned());
            };
            before.push_str(text);
            match after.strip_prefix('%') {
                Some(after) => {
                    before.push('%');
                    rest = after;
                }
                None => break after,
            }
        };
        let letter = directive.find(|c: char| !c.is_ascii_digit()).unwrap_or(directive.len());
        let (digits, after) = directive.split_at(letter);
        let Some(after) = after.strip_prefix(['d', 'i', 'u']) else {
            return Err("the file name pattern may hold only %d with a width, such as %03d".to_owned());
        };
        if after.replace("%%", "").contains('%') {
            return Err("the file name pattern has more than one number".to_owned());
        }
        let width = if digits.is_empty() { 0 } else { digits.parse::<u8>().map_err(|e| e.to_string())? };
        let span = i128::from(last) - i128::from(first);
        if step == 0 || (span != 0 && (span > 0) != (step > 0)) {
            return Err(format!("the step {step} does not lead from {first} to {last}"));
        }
        Ok(Self {
            before,
            after: after.replace("%%", "%"),
            width: usize::from(width),
            zeros: digits.starts_with('0'),
            first,
            step,
            count: u64::try_from(span / i128::from(step)).map_err(|e| e.to_string())?.saturating_add(1),
        })
    }

    fn name(&self, index: u64) -> String {
        let number = i128::from(self.first) + i128::from(index) * i128::from(self.step);
        let width = self.width;
        let number = if self.zeros { format!("{number:0width$}") } else { format!("{number:width$}") };
        format!("{}{number}{}", self.before, self.after)
    }
}

impl DataFiles {
    /// How many files there are.
    pub(crate) fn count(&self) -> u64 {
        match self {
            Self::Named(names) => names.len() as u64,
            Self::Numbered(numbered) => numbered.count,
        }
    }

    fn name(&self, index: u64) -> Option<String> {
        match self {
            Self::Named(names) => names.get(usize::try_from(index).ok()?).cloned(),
            Self::Numbered(numbered) => Some(numbered.name(index)),
        }
    }

    /// The voxels of all files end to end, `bytes` in all, the same number in each; `decode` makes that many bytes of
    /// one file's.
    ///
    /// # Errors
    /// [`Error::Companion`] for a file that cannot be had, [`Error::Field`] if the voxels cannot be shared out evenly, and
    /// those of `decode`.
    pub(crate) fn read(
        &self,
        format: &'static str,
        field: &str,
        source: &dyn Source,
        bytes: usize,
        decode: impl Fn(&Bytes, usize) -> Result<Bytes, Error>,
    ) -> Result<Bytes, Error> {
        let count = self.count();
        let each = match (bytes as u64).checked_rem(count) {
            Some(0) => (bytes as u64 / count) as usize,
            _ => {
                let why = format!("{bytes} bytes of voxels cannot be shared out evenly to so many files");
                return Err(Error::field(format, field, &format!("{count} files"), why));
            }
        };
        let mut seen = BTreeSet::new();
        let mut pieces = Vec::new();
        for name in (0..count).map_while(|index| self.name(index)) {
            let file = source
                .companion(name.strip_prefix("./").unwrap_or(&name))
                .map_err(|source| Error::Companion { name: name.clone(), source })?;
            let piece = decode(&file, each)?;
            if count == 1 {
                return Ok(piece);
            }
            // Short names of one large file could otherwise claim any amount of memory.
            if !seen.insert(name.clone()) {
                return Err(Error::field(format, field, &name, "the file is named twice"));
            }
            pieces.push(piece);
        }
        let mut whole = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
        pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
        Ok(Bytes::from(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str, first: i64, last: i64, step: i64) -> Vec<String> {
        let files = DataFiles::Numbered(Numbered::new(pattern, first, last, step).unwrap());
        (0..files.count()).filter_map(|n| files.name(n)).collect()
    }

    #[test]
    fn patterns_number_files_as_printf_does() {
        assert_eq!(names("a%03d.raw", 1, 3, 1), ["a001.raw", "a002.raw", "a003.raw"]);
        assert_eq!(names("100%%_%d", 10, 4, -3), ["100%_10", "100%_7", "100%_4"]);
        assert_eq!(names("%2i", 9, 10, 1), [" 9", "10"]);
        assert_eq!(names("x%d", 5, 5, 1), ["x5"]);
    }

    #[test]
    fn other_patterns_are_refused() {
        for (pattern, first, last, step) in [
            ("a.raw", 1, 2, 1),
            ("%s", 1, 2, 1),
            ("%d%d", 1, 2, 1),
            ("%d", 1, 2, 0),
            ("%d", 1, 2, -1),
            ("%999d", 1, 2, 1),
            ("%", 1, 2, 1),
        ] {
            assert!(Numbered::new(pattern, first, last, step).is_err(), "{pattern}");
        }
        assert_eq!(Numbered::new("%d", i64::MIN, i64::MAX, 1).unwrap().count, u64::MAX);
    }
}
