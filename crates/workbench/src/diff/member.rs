//! The first member in which two values differ, for what has no words of its own.

use std::fmt::{self, Debug, Write};

/// As much of a value is looked at, bytes of its text.
const MOST: usize = 32 << 20;

/// A text that does not grow beyond [`MOST`].
#[derive(Default)]
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MOST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

fn text(value: &impl Debug) -> String {
    let mut text = Bounded::default();
    // Of a value that is too long the beginning is compared.
    let _ = write!(text, "{value:#?}");
    text.0
}

/// Where two values of one type first differ: the names of the members that lead there, and what stands there.
pub(super) fn first_difference<T: Debug>(a: &T, b: &T) -> Option<(String, [String; 2])> {
    let (a, b) = (text(a), text(b));
    let mut path: Vec<(usize, &str)> = Vec::new();
    for (x, y) in a.lines().zip(b.lines()) {
        let depth = x.len() - x.trim_start().len();
        path.retain(|(outer, _)| *outer < depth);
        let member = x.trim_start().split_once(": ").map(|(member, _)| member).filter(|m| is_member(m));
        if x != y {
            let names: Vec<&str> = path.iter().map(|(_, name)| *name).chain(member).collect();
            let value = |line: &str| {
                let line = line.trim().trim_end_matches(',');
                let value = line.split_once(": ").filter(|(member, _)| is_member(member));
                value.map_or(line, |(_, value)| value).to_owned()
            };
            let name = if names.is_empty() { "content".to_owned() } else { names.join(".") };
            return Some((name.replace('_', " "), [value(x), value(y)]));
        }
        path.extend(member.map(|member| (depth, member)));
    }
    None
}

fn is_member(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Inner {
        size: [f64; 2],
        name: Option<&'static str>,
    }

    #[derive(Debug)]
    struct Outer {
        first: u8,
        inner_parts: Vec<Inner>,
        last: u8,
    }

    #[test]
    fn the_way_to_the_difference_is_named() {
        let make = |name, last| {
            let inner = Inner { size: [1.0, 2.0], name };
            Outer { first: 1, inner_parts: vec![inner], last }
        };
        let (a, b) = (make(None, 3), make(Some("x: y"), 3));
        assert!(
            a.first == 1 && a.last == 3 && a.inner_parts[0].size[0] == 1.0 && b.inner_parts[0].name.is_some()
        );
        assert!(first_difference(&a, &a).is_none());
        let (name, values) = first_difference(&a, &b).unwrap();
        assert_eq!((name.as_str(), values), ("inner parts.name", ["None", "Some("].map(str::to_owned)));
        let (name, values) = first_difference(&a, &make(None, 4)).unwrap();
        assert_eq!((name.as_str(), values), ("last", ["3", "4"].map(str::to_owned)));
    }
}
