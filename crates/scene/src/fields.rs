//! Named fields: what a node type says of itself.
//!
//! A node type lists its plain fields once, with the name that Slicer's scenes give them, a default and what they mean.
//! Scene files, comparisons, the web and Python all go through that one list.

use std::fmt;

/// Named fields whose values have a text form.
pub trait Fields {
    /// Calls `see` with every field's name and value, in their order; a field without a value is left out.
    fn visit(&self, see: &mut dyn FnMut(&'static str, String));

    /// Sets a field from its text form; `None` if there is no field of that name.
    ///
    /// # Errors
    /// [`Unreadable`], inside; the field is then as it was.
    fn set(&mut self, name: &str, text: &str) -> Option<Result<(), Unreadable>>;
}

/// A text that is not a value of a field's type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {expected}")]
pub struct Unreadable {
    /// The text, or its beginning.
    pub text: String,
    /// What was expected.
    pub expected: String,
}

impl Unreadable {
    /// `text` where `expected` should be.
    pub fn new(text: &str, expected: impl Into<String>) -> Self {
        Self { text: text.chars().take(80).collect(), expected: expected.into() }
    }
}

/// A value with a text form.
pub trait FieldValue: Sized {
    /// The text form; `None` for a value that is not there.
    fn to_text(&self) -> Option<String>;

    /// The value that a text stands for.
    ///
    /// # Errors
    /// [`Unreadable`].
    fn from_text(text: &str) -> Result<Self, Unreadable>;
}

impl FieldValue for bool {
    fn to_text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        match text.trim() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => match other.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(number != 0.0),
                _ => Err(Unreadable::new(text, "true or false")),
            },
        }
    }
}

impl FieldValue for i64 {
    fn to_text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        text.trim().parse().map_err(|_| Unreadable::new(text, "a whole number"))
    }
}

impl FieldValue for f64 {
    fn to_text(&self) -> Option<String> {
        Some(number(*self))
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        text.trim().parse().map_err(|_| Unreadable::new(text, "a number"))
    }
}

/// The shortest text that reads back as the same number.
fn number(v: f64) -> String {
    // Numbers of very different size than 1 would have hundreds of digits.
    if v != 0.0 && v.is_finite() && !(1e-5..1e17).contains(&v.abs()) {
        format!("{v:e}")
    } else {
        v.to_string()
    }
}

impl<const N: usize> FieldValue for [f64; N] {
    fn to_text(&self) -> Option<String> {
        Some(self.map(number).join(" "))
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        let wrong = || Unreadable::new(text, format!("{N} numbers"));
        let mut values = [0.0; N];
        let mut words = text.split_whitespace();
        for value in &mut values {
            *value = words.next().and_then(|word| word.parse().ok()).ok_or_else(wrong)?;
        }
        if words.next().is_some() { Err(wrong()) } else { Ok(values) }
    }
}

impl<const N: usize> FieldValue for [i64; N] {
    fn to_text(&self) -> Option<String> {
        Some(self.map(|v| v.to_string()).join(" "))
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        // Some of Slicer's versions wrote these as decimal fractions.
        <[f64; N]>::from_text(text).map(|values| values.map(|v| v as i64))
    }
}

impl<const N: usize> FieldValue for [bool; N] {
    fn to_text(&self) -> Option<String> {
        Some(self.map(|v| if v { "1" } else { "0" }).join(" "))
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        let wrong = || Unreadable::new(text, format!("{N} times 0 or 1"));
        let mut values = [false; N];
        let mut words = text.split_whitespace();
        for value in &mut values {
            *value = bool::from_text(words.next().ok_or_else(wrong)?)?;
        }
        if words.next().is_some() { Err(wrong()) } else { Ok(values) }
    }
}

impl FieldValue for Vec<f64> {
    fn to_text(&self) -> Option<String> {
        Some(self.iter().copied().map(number).collect::<Vec<_>>().join(" "))
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        text.split_whitespace()
            .map(|word| word.parse().map_err(|_| Unreadable::new(text, "numbers")))
            .collect()
    }
}

impl FieldValue for String {
    fn to_text(&self) -> Option<String> {
        Some(self.clone())
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        Ok(text.to_owned())
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    fn to_text(&self) -> Option<String> {
        self.as_ref()?.to_text()
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        T::from_text(text).map(Some)
    }
}

/// A truth value that Slicer's scenes write as 1 or 0, not as `true` or `false`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Digit(pub bool);

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FieldValue for Digit {
    fn to_text(&self) -> Option<String> {
        Some(if self.0 { "1" } else { "0" }.to_owned())
    }

    fn from_text(text: &str) -> Result<Self, Unreadable> {
        bool::from_text(text).map(Self)
    }
}

/// Declares an enumeration whose values have names in scene files: see `names!` of `microtome-records`.
macro_rules! names {
    ($(#[$doc:meta])* pub enum $Type:ident { $($values:tt)* }) => {
        microtome_records::names! { $(#[$doc])* pub enum $Type { $($values)* } }
        $crate::fields::field_by_name!($Type);
    };
}

/// Declares a node type: a plain struct with its defaults. A member with a name in quotes is a field (see [`Fields`]); a
/// member without one is data of its own. `: base` in the head names a member whose fields belong to the node as well.
macro_rules! node_type {
    (
        $(#[$doc:meta])*
        pub struct $Type:ident $(: $base:ident)? {
            $($(#[$member_doc:meta])* $member:ident : $T:ty $(= $default:expr)? $(, $name:literal)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Type {
            $($(#[$member_doc])* pub $member: $T,)*
        }

        impl Default for $Type {
            fn default() -> Self {
                Self { $($member: node_type!(@default $($default)?),)* }
            }
        }

        impl $crate::record::Record for $Type {
            fn put(&self, out: &mut $crate::record::Writer<'_>) {
                $($crate::record::Record::put(&self.$member, out);)*
                let _ = out;
            }

            // On its own in the stack, however large: nodes can stand in nodes.
            #[inline(never)]
            fn take(input: &mut $crate::record::Reader<'_>) -> Result<Self, $crate::record::Malformed> {
                let _ = &input;
                Ok(Self { $($member: $crate::record::Record::take(input)?,)* })
            }

            fn describe(out: &mut String) {
                out.push_str(concat!(stringify!($Type) $(, " ", stringify!($member), ": ", stringify!($T))*, "\n"));
                $(<$T as $crate::record::Record>::describe(out);)*
            }

            $crate::record::merge_members! { $($member)* }
        }

        $crate::fields::named_fields! {
            $Type $(: $base)? { $($($member, $name;)?)* }
        }
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
}

/// Gives a type named fields: each a member and its name. `: base` names a member whose fields belong to the type as well.
macro_rules! named_fields {
    ($Type:ident $(: $base:ident)? { $($member:ident, $name:literal;)* }) => {
        impl $crate::fields::Fields for $Type {
            fn visit(&self, see: &mut dyn FnMut(&'static str, String)) {
                $(self.$base.visit(see);)?
                $(if let Some(text) = $crate::fields::FieldValue::to_text(&self.$member) {
                    see($name, text);
                })*
                let _ = see;
            }

            fn set(&mut self, name: &str, text: &str) -> Option<Result<(), $crate::fields::Unreadable>> {
                match name {
                    $($name => return Some($crate::fields::FieldValue::from_text(text).map(|v| self.$member = v)),)*
                    _ => {}
                }
                $(if let Some(done) = self.$base.set(name, text) {
                    return Some(done);
                })?
                let _ = text;
                None
            }
        }
    };
}

/// Makes enumerations that `names!` of `microtome-records` declared values of fields.
macro_rules! field_by_name {
    ($($Type:ident),+) => {$(
        impl $crate::record::Record for $Type {
            fn put(&self, out: &mut $crate::record::Writer<'_>) {
                out.varint(*self as u64);
            }

            fn take(input: &mut $crate::record::Reader<'_>) -> Result<Self, $crate::record::Malformed> {
                let value = Self::ALL.get(input.size()?).copied();
                value.ok_or_else(|| $crate::record::Malformed::new(concat!("no such ", stringify!($Type))))
            }

            fn describe(out: &mut String) {
                out.push_str(&format!("{} {}\n", stringify!($Type), Self::NAMES.join(" ")));
            }
        }

        impl $crate::fields::FieldValue for $Type {
            fn to_text(&self) -> Option<String> {
                Some(self.name().to_owned())
            }

            fn from_text(text: &str) -> Result<Self, $crate::fields::Unreadable> {
                let expected = || format!("one of {}", Self::NAMES.join(" "));
                Self::from_name(text.trim()).ok_or_else(|| $crate::fields::Unreadable::new(text, expected()))
            }
        }
    )+};
}

pub(crate) use {field_by_name, named_fields, names, node_type};

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: FieldValue + PartialEq + fmt::Debug>(value: T, text: &str) {
        assert_eq!(value.to_text().unwrap(), text);
        assert_eq!(T::from_text(text).unwrap(), value);
    }

    #[test]
    fn values_have_a_text_form() {
        round(true, "true");
        round(Digit(true), "1");
        round(-3_i64, "-3");
        round(0.1 + 0.2, "0.30000000000000004");
        round(1e-300, "1e-300");
        round([1.0, -2.5, 1e20], "1 -2.5 1e20");
        round([256_i64, 256, 1], "256 256 1");
        round([true, false, true, true], "1 0 1 1");
        assert_eq!(bool::from_text("0"), Ok(false));
        assert_eq!(i64::from_text("01"), Ok(1));
        assert!(<[f64; 3]>::from_text("1 2").is_err() && <[f64; 3]>::from_text("1 2 3 4").is_err());
        assert_eq!(<[f64; 2]>::from_text("  1   2 "), Ok([1.0, 2.0]));
    }
}
