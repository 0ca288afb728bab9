//! Records of arrays, images and label maps.

use std::borrow::Cow;
use std::sync::Arc;

use microtome_geometry::Grid;
use microtome_image::{
    Array, Block, Endian, Image, ImageError, Labelmap, Labels, Meaning, Origin, Scalar, ScalarType,
};

use super::bulk::numbers;
use super::{Malformed, Reader, Record, Shareable, Shared, Writer, record_choice};

record_choice!(ScalarType { Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float32, Float64 });

record_choice!(Meaning {
    Scalar,
    Label,
    Rgb,
    Rgba,
    Complex,
    Vector,
    SpatialVector,
    CovariantVector,
    SymmetricTensor,
    Tensor,
});

impl From<ImageError> for Malformed {
    fn from(error: ImageError) -> Self {
        Self::new(error.to_string())
    }
}

impl Shareable for Array {
    fn address(&self) -> usize {
        self.identity()
    }

    fn length(&self) -> usize {
        self.as_bytes().len()
    }

    fn bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }

    fn origin(&self) -> Option<(&Origin, usize)> {
        Self::origin(self)
    }

    fn share(&self) -> Shared {
        Box::new(self.clone())
    }
}

impl Record for Array {
    fn put(&self, out: &mut Writer<'_>) {
        self.scalar_type().put(out);
        out.bulk(self);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let scalar_type = ScalarType::take(input)?;
        let array = input.bulk(|bytes| {
            let count = bytes.len() / scalar_type.size();
            Self::from_bytes(bytes, scalar_type, count, Endian::NATIVE)
                .map_err(|error| Malformed::new(error.to_string()))
        })?;
        if array.scalar_type() == scalar_type {
            Ok(array)
        } else {
            Err(Malformed::new("an array of another type"))
        }
    }
}

impl Record for Image {
    fn put(&self, out: &mut Writer<'_>) {
        self.grid().put(out);
        self.components().put(out);
        self.frames().put(out);
        self.meaning().put(out);
        self.array().put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (grid, (components, frames)) = Record::take(input)?;
        Ok(Self::new(grid, components, frames, Record::take(input)?, Record::take(input)?)?)
    }
}

/// Voxels of a block.
const BLOCK: usize = 1 << 15;

impl<T: Scalar> Shareable for Arc<[T; BLOCK]> {
    fn address(&self) -> usize {
        self.as_ptr() as usize
    }

    fn length(&self) -> usize {
        size_of::<[T; BLOCK]>()
    }

    fn bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(bytemuck::cast_slice(&self[..]))
    }

    fn share(&self) -> Shared {
        Box::new(Self::clone(self))
    }
}

impl<T: Scalar + Record> Record for Labelmap<T> {
    fn put(&self, out: &mut Writer<'_>) {
        self.grid().put(out);
        let blocks = self.blocks();
        out.varint(blocks.len() as u64);
        for block in blocks {
            match block {
                Block::Uniform(value) => {
                    out.byte(0);
                    value.put(out);
                }
                Block::Varied(values) => {
                    out.byte(1);
                    out.bulk(values);
                }
            }
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let grid = Grid::take(input)?;
        let count = input.count()?;
        let blocks = (0..count).map(|_| match input.array()? {
            [0] => Ok(Block::Uniform(T::take(input)?)),
            [1] => {
                let values = input.bulk(|bytes| {
                    let values: Arc<[T]> = numbers::<T>(&bytes)?.into();
                    values.try_into().map_err(|_| Malformed::new("a block has another size"))
                })?;
                Ok(Block::Varied(values))
            }
            _ => Err(Malformed::new("no such block")),
        });
        Ok(Self::from_blocks(grid, blocks.collect::<Result<_, Malformed>>()?)?)
    }
}

impl Record for Labels {
    fn put(&self, out: &mut Writer<'_>) {
        self.scalar_type().put(out);
        microtome_image::with_labelmap!(self, map => map.put(out));
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match ScalarType::take(input)? {
            ScalarType::UInt8 => Self::UInt8(Record::take(input)?),
            ScalarType::UInt16 => Self::UInt16(Record::take(input)?),
            ScalarType::Int16 => Self::Int16(Record::take(input)?),
            ScalarType::Int32 => Self::Int32(Record::take(input)?),
            other => return Err(Malformed::new(format!("labels of type {other}"))),
        })
    }
}
