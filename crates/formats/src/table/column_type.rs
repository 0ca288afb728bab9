//! The types of columns, by the names that VTK gives them.

use std::str::FromStr;

use microtome_image::{Array, Scalar, ScalarType, with_scalar_type};

/// The type that a schema names; `None` for text and what is unknown.
pub(super) fn scalar_type(name: &str) -> Option<ScalarType> {
    Some(match name {
        "bit" | "unsigned char" => ScalarType::UInt8,
        "char" | "signed char" => ScalarType::Int8,
        "short" => ScalarType::Int16,
        "unsigned short" => ScalarType::UInt16,
        "int" => ScalarType::Int32,
        "unsigned int" => ScalarType::UInt32,
        "long" | "long long" | "idtype" => ScalarType::Int64,
        "unsigned long" | "unsigned long long" => ScalarType::UInt64,
        "float" => ScalarType::Float32,
        "double" => ScalarType::Float64,
        _ => return None,
    })
}

/// The usual name of a type.
pub(super) const fn name_of(scalar_type: ScalarType) -> &'static str {
    match scalar_type {
        ScalarType::Int8 => "signed char",
        ScalarType::UInt8 => "unsigned char",
        ScalarType::Int16 => "short",
        ScalarType::UInt16 => "unsigned short",
        ScalarType::Int32 => "int",
        ScalarType::UInt32 => "unsigned int",
        ScalarType::Int64 => "long long",
        ScalarType::UInt64 => "unsigned long long",
        ScalarType::Float32 => "float",
        ScalarType::Float64 => "double",
    }
}

/// A column's numbers. Empty cells are `null`; so are those that are no number of the type, which are counted.
pub(super) fn numbers(
    cells: &[String],
    type_name: &str,
    scalar_type: ScalarType,
    null: &str,
) -> (Array, usize) {
    fn parse<T: Scalar + FromStr>(cell: &str, bit: bool) -> Option<T> {
        let value: T = crate::text::number(cell.trim().as_bytes())?;
        // A bit is set by every number but 0.
        Some(if bit && value != T::default() { T::from_f64(1.0) } else { value })
    }
    fn read<T: Scalar + FromStr>(cells: &[String], bit: bool, null: &str) -> (Vec<T>, usize) {
        let null = parse(null, bit).unwrap_or_default();
        let mut bad = 0;
        let read = |cell: &String| {
            if cell.trim().is_empty() {
                return null;
            }
            parse(cell, bit).unwrap_or_else(|| {
                bad += 1;
                null
            })
        };
        let values = cells.iter().map(read).collect();
        (values, bad)
    }
    with_scalar_type!(scalar_type, T => {
        let (values, bad) = read::<T>(cells, type_name == "bit", null);
        (Array::from(values), bad)
    })
}
