//! VTK's names for number types.

use microtome_image::ScalarType;

/// How the numbers of an array are stored in a legacy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Numbers(ScalarType),
    /// VTK's index type: 64 bits in memory, 32 bits in legacy binary files.
    Index,
    /// Eight to a byte, the first in the highest bit.
    Bits,
    Text,
}

/// The type that a legacy file calls `name`.
pub(super) fn legacy_type(name: &str) -> Option<Stored> {
    Some(Stored::Numbers(match name.to_ascii_lowercase().as_str() {
        "char" | "signed_char" | "vtktypeint8" => ScalarType::Int8,
        "unsigned_char" | "vtktypeuint8" => ScalarType::UInt8,
        "short" | "vtktypeint16" => ScalarType::Int16,
        "unsigned_short" | "vtktypeuint16" => ScalarType::UInt16,
        "int" | "vtktypeint32" => ScalarType::Int32,
        "unsigned_int" | "vtktypeuint32" => ScalarType::UInt32,
        "long" | "long_long" | "vtktypeint64" => ScalarType::Int64,
        "unsigned_long" | "unsigned_long_long" | "vtktypeuint64" => ScalarType::UInt64,
        "float" => ScalarType::Float32,
        "double" => ScalarType::Float64,
        "vtkidtype" => return Some(Stored::Index),
        "bit" => return Some(Stored::Bits),
        "string" | "utf8_string" => return Some(Stored::Text),
        _ => return None,
    }))
}

/// What a legacy file calls a type.
pub(super) const fn legacy_name(scalar_type: ScalarType) -> &'static str {
    match scalar_type {
        ScalarType::Int8 => "char",
        ScalarType::UInt8 => "unsigned_char",
        ScalarType::Int16 => "short",
        ScalarType::UInt16 => "unsigned_short",
        ScalarType::Int32 => "int",
        ScalarType::UInt32 => "unsigned_int",
        ScalarType::Int64 => "vtktypeint64",
        ScalarType::UInt64 => "vtktypeuint64",
        ScalarType::Float32 => "float",
        ScalarType::Float64 => "double",
    }
}

/// The type that an XML file calls `name`.
pub(super) fn xml_type(name: &str) -> Option<Stored> {
    if name == "String" {
        return Some(Stored::Text);
    }
    if name == "Bit" {
        return Some(Stored::Bits);
    }
    ScalarType::ALL.into_iter().find(|t| xml_name(*t) == name).map(Stored::Numbers)
}

/// What an XML file calls a type.
pub(super) const fn xml_name(scalar_type: ScalarType) -> &'static str {
    match scalar_type {
        ScalarType::Int8 => "Int8",
        ScalarType::UInt8 => "UInt8",
        ScalarType::Int16 => "Int16",
        ScalarType::UInt16 => "UInt16",
        ScalarType::Int32 => "Int32",
        ScalarType::UInt32 => "UInt32",
        ScalarType::Int64 => "Int64",
        ScalarType::UInt64 => "UInt64",
        ScalarType::Float32 => "Float32",
        ScalarType::Float64 => "Float64",
    }
}

/// The first `count` bits of `bytes`, one to a byte; `None` where there are fewer.
pub(super) fn unpacked(bytes: &[u8], count: usize) -> Option<Vec<u8>> {
    let bytes = bytes.get(..count.div_ceil(8))?;
    Some((0..count).map(|n| bytes[n / 8] >> (7 - n % 8) & 1).collect())
}
