//! The members of a JSON object, taken one by one, so that what nobody takes is known in the end.

use serde_json::{Map, Value};

use super::NAME;
use crate::data::Warning;
use crate::error::Error;

/// An object whose members are taken. `null` counts as absent.
pub(super) struct Members<'a> {
    map: &'a Map<String, Value>,
    /// Where the object is in the file, up to its members' names.
    place: String,
    taken: Vec<&'static str>,
    warnings: Vec<Warning>,
}

impl<'a> Members<'a> {
    /// The members of `value`, whose names in messages begin with `place`.
    pub(super) fn new(value: &'a Value, place: String) -> Result<Self, Error> {
        let map = value.as_object().ok_or_else(|| {
            Error::field(NAME, place.trim_end_matches('.'), &value.to_string(), "it is an object")
        })?;
        Ok(Self { map, place, taken: Vec::new(), warnings: Vec::new() })
    }

    /// Where the object is in the file.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn warn(&mut self, message: String) {
        self.warnings.push(Warning::new(message));
    }

    pub(super) fn warn_all(&mut self, warnings: Vec<Warning>) {
        self.warnings.extend(warnings);
    }

    /// What nobody took, and the trouble on the way.
    pub(super) fn rest(self) -> (Map<String, Value>, Vec<Warning>) {
        let rest = self.map.iter().filter(|(key, _)| !self.taken.contains(&key.as_str()));
        (rest.map(|(key, value)| (key.clone(), value.clone())).collect(), self.warnings)
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        self.taken.push(key);
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A member of the right type; one of a wrong type is left out with a warning.
    fn typed<T>(&mut self, key: &'static str, what: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.take(key)?;
        let found = read(value);
        if found.is_none() {
            let shown: String = value.to_string().chars().take(80).collect();
            self.warn(format!("{}{key} is {shown}, not {what}; the usual value was taken", self.place));
        }
        found
    }

    /// A text; a number is its digits.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.typed(key, "a text", |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// A truth value. Some programs write these as texts or digits.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.typed(key, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => number.as_f64().map(|number| number != 0.0),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<f64> {
        self.typed(key, "a number", Value::as_f64)
    }

    /// A whole number from 0.
    pub(super) fn count(&mut self, key: &'static str) -> Option<u64> {
        self.typed(key, "a whole number", |value| {
            let whole = |v: &f64| *v >= 0.0 && v.fract() == 0.0 && *v < 9e15;
            value.as_u64().or_else(|| value.as_f64().filter(whole).map(|v| v as u64))
        })
    }

    /// One of a list of names.
    pub(super) fn named<T>(&mut self, key: &'static str, of: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.typed(key, "one of the known names", |value| of(value.as_str()?))
    }

    /// Exactly `N` numbers; an empty text counts as absent.
    pub(super) fn numbers<const N: usize>(&mut self, key: &'static str) -> Result<Option<[f64; N]>, Error> {
        let Some(value) = self.take(key).filter(|value| value.as_str() != Some("")) else { return Ok(None) };
        let numbers = floats(value).and_then(|numbers| numbers.try_into().ok());
        let why = || format!("it is a list of {N} numbers");
        let field = || format!("{}{key}", self.place);
        numbers.map(Some).ok_or_else(|| Error::field(NAME, field(), &value.to_string(), why()))
    }

    /// A list; empty if there is none.
    pub(super) fn list(&mut self, key: &'static str) -> Result<&'a [Value], Error> {
        match self.take(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => {
                Err(Error::field(NAME, format!("{}{key}", self.place), &other.to_string(), "it is a list"))
            }
        }
    }
}

/// A list of numbers.
pub(super) fn floats(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}
