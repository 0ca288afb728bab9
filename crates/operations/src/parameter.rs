//! The Rust types that parameters have, and how text and JSON become them.

use microtome_geometry::{Point, Ras};
use microtome_image::ScalarType;
use serde_json::{Value as Json, json};

use crate::declaration::ParameterType;

/// A parameter's value cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter \"{name}\" cannot be {value}: {why}")]
pub struct ParameterError {
    /// The parameter.
    pub name: String,
    /// What was given.
    pub value: String,
    /// What it should be.
    pub why: String,
}

/// The error for a value that only the operation itself finds wrong.
pub(crate) fn parameter_error(name: &str, value: &impl ParameterValue, why: &str) -> ParameterError {
    ParameterError { name: name.to_owned(), value: value.to_json().to_string(), why: why.to_owned() }
}

/// A Rust type that a parameter can have.
pub trait ParameterValue: Sized {
    /// What values it takes.
    const TYPE: ParameterType;

    /// From JSON; the error says what it should be.
    fn from_json(value: &Json) -> Result<Self, String>;

    /// To JSON.
    fn to_json(&self) -> Json;

    /// The numbers within, for checks of their range.
    fn numbers(&self) -> Vec<f64> {
        Vec::new()
    }
}

impl ParameterValue for f64 {
    const TYPE: ParameterType = ParameterType::Number;
    fn from_json(value: &Json) -> Result<Self, String> {
        value.as_f64().ok_or_else(|| "a number is needed".to_owned())
    }
    fn to_json(&self) -> Json {
        json!(self)
    }
    fn numbers(&self) -> Vec<f64> {
        vec![*self]
    }
}

macro_rules! integers {
    ($($t:ty),*) => {$(
        impl ParameterValue for $t {
            const TYPE: ParameterType = ParameterType::Integer;
            fn from_json(value: &Json) -> Result<Self, String> {
                let whole = value.as_i64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64));
                let error = || format!("a whole number from {} to {} is needed", <$t>::MIN, <$t>::MAX);
                whole.and_then(|n| <$t>::try_from(n).ok()).ok_or_else(error)
            }
            fn to_json(&self) -> Json {
                json!(self)
            }
            fn numbers(&self) -> Vec<f64> {
                vec![*self as f64]
            }
        }
    )*};
}
integers!(i32, u32, i64, u64);

impl ParameterValue for bool {
    const TYPE: ParameterType = ParameterType::Boolean;
    fn from_json(value: &Json) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "true or false is needed".to_owned())
    }
    fn to_json(&self) -> Json {
        json!(self)
    }
}

impl ParameterValue for String {
    const TYPE: ParameterType = ParameterType::Text;
    fn from_json(value: &Json) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| "text is needed".to_owned())
    }
    fn to_json(&self) -> Json {
        json!(self)
    }
}

fn list<T: ParameterValue>(value: &Json) -> Result<Vec<T>, String> {
    let items = value.as_array().ok_or_else(|| "a list is needed".to_owned())?;
    items.iter().map(T::from_json).collect()
}

fn array<T: ParameterValue, const N: usize>(value: &Json) -> Result<[T; N], String> {
    let items = list::<T>(value)?;
    let found = items.len();
    items.try_into().map_err(|_| format!("{N} numbers are needed, not {found}"))
}

impl<const N: usize> ParameterValue for [f64; N] {
    const TYPE: ParameterType = ParameterType::Numbers(N);
    fn from_json(value: &Json) -> Result<Self, String> {
        array(value)
    }
    fn to_json(&self) -> Json {
        json!(self.as_slice())
    }
    fn numbers(&self) -> Vec<f64> {
        self.to_vec()
    }
}

impl<const N: usize> ParameterValue for [u32; N] {
    const TYPE: ParameterType = ParameterType::Integers(N);
    fn from_json(value: &Json) -> Result<Self, String> {
        array(value)
    }
    fn to_json(&self) -> Json {
        json!(self.as_slice())
    }
    fn numbers(&self) -> Vec<f64> {
        self.iter().map(|&n| f64::from(n)).collect()
    }
}

macro_rules! lists {
    ($($t:ty => $kind:ident),*) => {$(
        impl ParameterValue for Vec<$t> {
            const TYPE: ParameterType = ParameterType::$kind;
            fn from_json(value: &Json) -> Result<Self, String> {
                list(value)
            }
            fn to_json(&self) -> Json {
                json!(self)
            }
            fn numbers(&self) -> Vec<f64> {
                self.iter().flat_map(ParameterValue::numbers).collect()
            }
        }
    )*};
}
lists!(f64 => NumberList, u32 => IntegerList, String => TextList);

impl ParameterValue for ScalarType {
    const TYPE: ParameterType = ParameterType::Choice(&[
        "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64",
    ]);
    fn from_json(value: &Json) -> Result<Self, String> {
        let named = value.as_str().and_then(Self::from_name);
        named.ok_or_else(|| format!("one of {} is needed", Self::ALL.map(Self::name).join(", ")))
    }
    fn to_json(&self) -> Json {
        self.name().into()
    }
}

impl ParameterValue for Vec<Point<Ras>> {
    const TYPE: ParameterType = ParameterType::Points;
    fn from_json(value: &Json) -> Result<Self, String> {
        let items = value.as_array().ok_or_else(|| "a list of points is needed".to_owned())?;
        items.iter().map(|item| Ok(Point::from_array(array(item)?))).collect()
    }
    fn to_json(&self) -> Json {
        self.iter().map(|p| json!(p.coords())).collect()
    }
}

impl<T: ParameterValue> ParameterValue for Option<T> {
    const TYPE: ParameterType = T::TYPE;
    fn from_json(value: &Json) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::from_json(value).map(Some) }
    }
    fn to_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::to_json)
    }
    fn numbers(&self) -> Vec<f64> {
        self.as_ref().map(T::numbers).unwrap_or_default()
    }
}

/// Declares an enumeration that a parameter can be, with its kebab-case words.
#[macro_export]
macro_rules! choice {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $crate::ParameterValue for $name {
            const TYPE: $crate::ParameterType = $crate::ParameterType::Choice(&[$($word),*]);
            fn from_json(value: &serde_json::Value) -> Result<Self, String> {
                match value.as_str() {
                    $(Some($word) => Ok(Self::$item),)*
                    _ => Err(format!("one of {} is needed", [$($word),*].join(", "))),
                }
            }
            fn to_json(&self) -> serde_json::Value {
                match self {
                    $(Self::$item => $word.into(),)*
                }
            }
        }
    };
}

impl ParameterType {
    /// The JSON value that a text on a command line stands for: `1.5`, `1,1,3`, `true`, a word, or for points any
    /// number of texts `r,a,s`. A list of texts is any number of them.
    ///
    /// # Errors
    /// What the text should be.
    pub fn parse(&self, texts: &[&str]) -> Result<Json, String> {
        let number = |text: &str| -> Result<Json, String> {
            let text = text.trim();
            let whole = text.parse::<i64>().ok().map(Json::from);
            let real = || text.parse::<f64>().ok().filter(|f| f.is_finite()).map(Json::from);
            whole.or_else(real).ok_or_else(|| format!("\"{text}\" is not a number"))
        };
        let numbers = |text: &str| -> Result<Json, String> {
            Ok(Json::Array(text.split(',').map(number).collect::<Result<_, _>>()?))
        };
        let one = || match texts {
            [text] => Ok(*text),
            _ => Err("it is given more than once".to_owned()),
        };
        match self {
            Self::Points => {
                Ok(Json::Array(texts.iter().map(|text| numbers(text)).collect::<Result<_, _>>()?))
            }
            Self::TextList => Ok(json!(texts)),
            Self::Number | Self::Integer => number(one()?),
            Self::Boolean => match one()? {
                "true" | "yes" | "on" | "1" | "" => Ok(true.into()),
                "false" | "no" | "off" | "0" => Ok(false.into()),
                _ => Err("true or false is needed".to_owned()),
            },
            Self::Text | Self::Choice(_) => Ok(one()?.into()),
            Self::NumberList | Self::IntegerList if texts == [""] => Ok(json!([])),
            Self::Numbers(_) | Self::Integers(_) | Self::NumberList | Self::IntegerList => numbers(one()?),
        }
    }
}
