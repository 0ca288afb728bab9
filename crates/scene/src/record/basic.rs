//! Records of numbers, texts and lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::merge::lists;
use super::{Malformed, Merging, Reader, Record, Writer};
use crate::fields::Digit;

impl Record for bool {
    fn put(&self, out: &mut Writer<'_>) {
        out.byte(u8::from(*self));
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match input.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Malformed::new("neither true nor false")),
        }
    }
}

impl Record for Digit {
    fn put(&self, out: &mut Writer<'_>) {
        self.0.put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        bool::take(input).map(Self)
    }
}

macro_rules! unsigned {
    ($($T:ty),*) => {$(
        impl Record for $T {
            fn put(&self, out: &mut Writer<'_>) {
                out.varint(*self as u64);
            }

            fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                Self::try_from(input.varint()?).map_err(|_| Malformed::new("a number is too great"))
            }
        }
    )*};
}

unsigned!(u8, u16, u32, u64, usize);

macro_rules! signed {
    ($($T:ty),*) => {$(
        impl Record for $T {
            fn put(&self, out: &mut Writer<'_>) {
                // The sign becomes the lowest bit, so that small numbers stay short.
                let number = i64::from(*self);
                out.varint(((number << 1) ^ (number >> 63)) as u64);
            }

            fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                let bits = input.varint()?;
                let number = (bits >> 1) as i64 ^ -((bits & 1) as i64);
                Self::try_from(number).map_err(|_| Malformed::new("a number is too great"))
            }
        }
    )*};
}

signed!(i16, i32, i64);

macro_rules! float {
    ($($T:ty),*) => {$(
        impl Record for $T {
            fn put(&self, out: &mut Writer<'_>) {
                out.raw(&self.to_le_bytes());
            }

            fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                Ok(Self::from_le_bytes(input.array()?))
            }
        }
    )*};
}

float!(f32, f64);

impl Record for String {
    fn put(&self, out: &mut Writer<'_>) {
        put_text(self, out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        take_text(input).map(str::to_owned)
    }
}

pub(super) fn put_text(text: &str, out: &mut Writer<'_>) {
    out.varint(text.len() as u64);
    out.raw(text.as_bytes());
}

pub(super) fn take_text<'r>(input: &mut Reader<'r>) -> Result<&'r str, Malformed> {
    let count = input.count()?;
    std::str::from_utf8(input.raw(count)?).map_err(|_| Malformed::new("a text is not UTF-8"))
}

impl<T: Record> Record for Option<T> {
    fn put(&self, out: &mut Writer<'_>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        if bool::take(input)? { T::take(input).map(Some) } else { Ok(None) }
    }

    fn describe(out: &mut String) {
        out.push('?');
        T::describe(out);
    }

    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        match (base, mine, theirs) {
            (Some(base), Some(mine), Some(theirs)) => Some(T::merge(base, mine, theirs, merging)),
            _ => merging.whole(base, mine, theirs),
        }
    }
}

impl<T: Record> Record for Vec<T> {
    fn put(&self, out: &mut Writer<'_>) {
        out.varint(self.len() as u64);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = input.count()?;
        (0..count).map(|_| T::take(input)).collect()
    }

    fn describe(out: &mut String) {
        out.push('*');
        T::describe(out);
    }

    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        lists(base, mine, theirs, merging)
    }
}

impl<T: Record, const N: usize> Record for [T; N] {
    fn put(&self, out: &mut Writer<'_>) {
        self.iter().for_each(|value| value.put(out));
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let values: Vec<T> = (0..N).map(|_| T::take(input)).collect::<Result<_, _>>()?;
        values.try_into().map_err(|_| Malformed::new("an array has another length"))
    }
}

impl<A: Record, B: Record> Record for (A, B) {
    fn put(&self, out: &mut Writer<'_>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok((A::take(input)?, B::take(input)?))
    }
}

impl<K: Record + Ord, V: Record> Record for BTreeMap<K, V> {
    fn put(&self, out: &mut Writer<'_>) {
        out.varint(self.len() as u64);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = input.count()?;
        (0..count).map(|_| Ok((K::take(input)?, V::take(input)?))).collect()
    }

    fn describe(out: &mut String) {
        V::describe(out);
    }

    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        let keys: BTreeSet<&K> = mine.keys().chain(theirs.keys()).collect();
        let part =
            |key: &K| Some((key.clone(), merging.part(base.get(key), mine.get(key), theirs.get(key))?));
        keys.into_iter().filter_map(part).collect()
    }
}

impl<T: Record> Record for Arc<T> {
    fn put(&self, out: &mut Writer<'_>) {
        T::put(self, out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        T::take(input).map(Self::new)
    }
}
