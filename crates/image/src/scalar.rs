//! The number types that voxels come in.

use std::fmt;

/// Byte order of multi-byte numbers in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// The byte order of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// A number type for voxels and data arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScalarType {
    /// Signed 8-bit integer.
    Int8,
    /// Unsigned 8-bit integer.
    UInt8,
    /// Signed 16-bit integer.
    Int16,
    /// Unsigned 16-bit integer.
    UInt16,
    /// Signed 32-bit integer.
    Int32,
    /// Unsigned 32-bit integer.
    UInt32,
    /// Signed 64-bit integer.
    Int64,
    /// Unsigned 64-bit integer.
    UInt64,
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 double precision.
    Float64,
}

impl ScalarType {
    /// Every type, narrow before wide, integers before floats.
    pub const ALL: [Self; 10] = [
        Self::Int8,
        Self::UInt8,
        Self::Int16,
        Self::UInt16,
        Self::Int32,
        Self::UInt32,
        Self::Int64,
        Self::UInt64,
        Self::Float32,
        Self::Float64,
    ];

    /// Bytes per number.
    pub const fn size(self) -> usize {
        match self {
            Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float32 => 4,
            Self::Int64 | Self::UInt64 | Self::Float64 => 8,
        }
    }

    /// The name used on the command line and in reports, for example `int16`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::UInt8 => "uint8",
            Self::Int16 => "int16",
            Self::UInt16 => "uint16",
            Self::Int32 => "int32",
            Self::UInt32 => "uint32",
            Self::Int64 => "int64",
            Self::UInt64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }

    /// The type with this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Whether the type holds whole numbers only.
    pub const fn is_integer(self) -> bool {
        !matches!(self, Self::Float32 | Self::Float64)
    }

    /// Least and greatest value, as `f64` (64-bit integers are rounded to the nearest `f64`).
    pub const fn limits(self) -> (f64, f64) {
        match self {
            Self::Int8 => (i8::MIN as f64, i8::MAX as f64),
            Self::UInt8 => (0.0, u8::MAX as f64),
            Self::Int16 => (i16::MIN as f64, i16::MAX as f64),
            Self::UInt16 => (0.0, u16::MAX as f64),
            Self::Int32 => (i32::MIN as f64, i32::MAX as f64),
            Self::UInt32 => (0.0, u32::MAX as f64),
            Self::Int64 => (i64::MIN as f64, i64::MAX as f64),
            Self::UInt64 => (0.0, u64::MAX as f64),
            Self::Float32 => (f32::MIN as f64, f32::MAX as f64),
            Self::Float64 => (f64::MIN, f64::MAX),
        }
    }

    /// The narrowest integer type that holds every whole number from `min` to `max`, unsigned where `min` ≥ 0 and the
    /// signed type of the same width is too narrow; `None` beyond 64 bits.
    pub fn narrowest_integer(min: f64, max: f64) -> Option<Self> {
        Self::ALL.into_iter().filter(|t| t.is_integer()).find(|t| {
            let (low, high) = t.limits();
            low <= min && max <= high
        })
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A Rust number type that voxels can have.
pub trait Scalar:
    bytemuck::Pod + PartialOrd + PartialEq + Default + Send + Sync + fmt::Debug + fmt::Display + 'static
{
    /// Which type this is.
    const TYPE: ScalarType;

    /// The value as `f64`; exact for all but 64-bit integers beyond 2⁵³.
    fn to_f64(self) -> f64;

    /// The nearest value of this type: integers round half away from zero and saturate, NaN becomes 0.
    fn from_f64(value: f64) -> Self;

    /// The same value with its bytes in reverse order.
    fn swap_bytes(self) -> Self;
}

macro_rules! integer {
    ($($t:ty => $name:ident),*) => {$(
        impl Scalar for $t {
            const TYPE: ScalarType = ScalarType::$name;
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                // Float-to-integer casts saturate and take NaN to 0.
                value.round() as $t
            }
            #[inline(always)]
            fn swap_bytes(self) -> Self {
                <$t>::swap_bytes(self)
            }
        }
    )*};
}

macro_rules! float {
    ($($t:ty => $name:ident),*) => {$(
        impl Scalar for $t {
            const TYPE: ScalarType = ScalarType::$name;
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn swap_bytes(self) -> Self {
                <$t>::from_bits(self.to_bits().swap_bytes())
            }
        }
    )*};
}

integer!(i8 => Int8, u8 => UInt8, i16 => Int16, u16 => UInt16, i32 => Int32, u32 => UInt32, i64 => Int64, u64 => UInt64);
float!(f32 => Float32, f64 => Float64);
