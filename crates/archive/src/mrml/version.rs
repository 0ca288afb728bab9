//! Which version wrote a scene.

/// What a scene file says of the program that wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The program, or whatever stands in its place; empty if nothing does.
    pub application: String,
    /// Major, minor, patch; `None` where the text says no version.
    pub numbers: Option<[u32; 3]>,
    /// The revision; 0 in scenes from before it was written.
    pub revision: u32,
}

impl Version {
    /// What the attribute `version` says: `Slicer 5.8.1 33241`, `Slicer4.4.0`, or anything.
    pub fn parse(text: &str) -> Self {
        let mut words = text.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some(numbers) = first.strip_prefix("Slicer").and_then(numbers) {
            return Self { application: "Slicer".to_owned(), numbers: Some(numbers), revision: 0 };
        }
        let numbers = words.next().and_then(numbers);
        let revision = numbers.and_then(|_| words.next()?.parse().ok()).unwrap_or(0);
        Self { application: first.to_owned(), numbers, revision }
    }

    /// Whether the scene is from before version and revision were written (Slicer 4.10 and older): some data of such
    /// scenes is in other coordinates.
    pub const fn is_legacy(&self) -> bool {
        self.numbers.is_none() || self.revision == 0
    }
}

fn numbers(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_times() {
        let new = Version::parse("Slicer 5.8.1 33241");
        assert_eq!((new.application.as_str(), new.numbers, new.revision), ("Slicer", Some([5, 8, 1]), 33241));
        assert!(!new.is_legacy());
        let old = Version::parse("Slicer4.4.0");
        assert_eq!((old.numbers, old.revision), (Some([4, 4, 0]), 0));
        for text in ["Slicer4", "12116", "", "Slicer4.4.0"] {
            assert!(Version::parse(text).is_legacy(), "{text}");
        }
    }
}
