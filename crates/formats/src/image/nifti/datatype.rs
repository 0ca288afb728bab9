//! What one voxel of each data type code holds.

use microtome_image::{Meaning, ScalarType};

use crate::error::Error;

/// One voxel: a number type, and how many of them lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Datatype {
    pub(in super::super) scalar_type: ScalarType,
    pub(in super::super) components: usize,
    pub(in super::super) meaning: Meaning,
}

const SCALARS: [(i16, ScalarType); 10] = [
    (2, ScalarType::UInt8),
    (4, ScalarType::Int16),
    (8, ScalarType::Int32),
    (16, ScalarType::Float32),
    (64, ScalarType::Float64),
    (256, ScalarType::Int8),
    (512, ScalarType::UInt16),
    (768, ScalarType::UInt32),
    (1024, ScalarType::Int64),
    (1280, ScalarType::UInt64),
];

const COMPOUNDS: [(i16, ScalarType, usize, Meaning); 4] = [
    (32, ScalarType::Float32, 2, Meaning::Complex),
    (128, ScalarType::UInt8, 3, Meaning::Rgb),
    (1792, ScalarType::Float64, 2, Meaning::Complex),
    (2304, ScalarType::UInt8, 4, Meaning::Rgba),
];

impl Datatype {
    pub(in super::super) fn of(format: &'static str, code: i16) -> Result<Self, Error> {
        if let Some(&(_, scalar_type)) = SCALARS.iter().find(|s| s.0 == code) {
            return Ok(Self { scalar_type, components: 1, meaning: Meaning::Scalar });
        }
        if let Some(&(_, scalar_type, components, meaning)) = COMPOUNDS.iter().find(|c| c.0 == code) {
            return Ok(Self { scalar_type, components, meaning });
        }
        let what = match code {
            1 => "one bit per voxel",
            1536 => "the data type float128",
            2048 => "the data type complex256",
            _ => {
                let why = "no voxel type has this code";
                return Err(Error::field(format, "datatype", &code.to_string(), why));
            }
        };
        Err(Error::Unsupported { format, what: what.to_owned() })
    }

    /// The code of a single number.
    pub(super) fn scalar_code(scalar_type: ScalarType) -> i16 {
        SCALARS.iter().find(|s| s.1 == scalar_type).map_or(0, |s| s.0)
    }

    /// The code of a compound voxel, if there is one.
    pub(super) fn compound_code(scalar_type: ScalarType, meaning: Meaning) -> Option<i16> {
        COMPOUNDS.iter().find(|c| c.1 == scalar_type && c.3 == meaning).map(|c| c.0)
    }
}
