//! Records of arrays, images and label maps.

use std::borrow::Cow;
use std::sync::Arc;

use microtome_geometry::Grid;
use microtome_image::{
    Array, Block, Endian, Image, ImageError, Labelmap, Labels, Meaning, Origin, Scalar, ScalarType,
};

use super::bulk::numbers;
use super::{Malformed, Merging, Reader, Record, Shareable, Shared, Writer, record_choice};

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

    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        if base.grid() != mine.grid() || base.grid() != theirs.grid() {
            return merging.whole(base, mine, theirs);
        }
        let blocks = base.blocks().zip(mine.blocks()).zip(theirs.blocks());
        let blocks = blocks.map(|((base, mine), theirs)| merge_blocks(base, mine, theirs, merging)).collect();
        // As many blocks as the grid has: all three have them.
        Self::from_blocks(*base.grid(), blocks).unwrap_or_else(|_| mine.clone())
    }
}

/// Merges blocks, voxel by voxel where both were changed.
fn merge_blocks<T: Scalar>(
    base: &Block<T>,
    mine: &Block<T>,
    theirs: &Block<T>,
    merging: &mut Merging,
) -> Block<T> {
    let untouched = |other: &Block<T>| match (base, other) {
        (Block::Uniform(a), Block::Uniform(b)) => a == b,
        (Block::Varied(a), Block::Varied(b)) => Arc::ptr_eq(a, b),
        _ => false,
    };
    if untouched(mine) {
        return theirs.clone();
    }
    if untouched(theirs) {
        return mine.clone();
    }
    let voxel = |block: &Block<T>, at: usize| match block {
        Block::Uniform(value) => *value,
        Block::Varied(values) => values[at],
    };
    let mut clash = false;
    let merged = (0..BLOCK).map(|at| {
        let [base, mine, theirs] = [base, mine, theirs].map(|block| voxel(block, at));
        clash |= mine != base && theirs != base && mine != theirs;
        if mine == base { theirs } else { mine }
    });
    let merged: Arc<[T]> = merged.collect();
    if clash {
        merging.clash();
    }
    if merged.iter().all(|value| *value == merged[0]) {
        return Block::Uniform(merged[0]);
    }
    merged.try_into().map_or_else(|_| mine.clone(), Block::Varied)
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

    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        match (base, mine, theirs) {
            (Self::UInt8(base), Self::UInt8(mine), Self::UInt8(theirs)) => {
                Self::UInt8(Record::merge(base, mine, theirs, merging))
            }
            (Self::UInt16(base), Self::UInt16(mine), Self::UInt16(theirs)) => {
                Self::UInt16(Record::merge(base, mine, theirs, merging))
            }
            (Self::Int16(base), Self::Int16(mine), Self::Int16(theirs)) => {
                Self::Int16(Record::merge(base, mine, theirs, merging))
            }
            (Self::Int32(base), Self::Int32(mine), Self::Int32(theirs)) => {
                Self::Int32(Record::merge(base, mine, theirs, merging))
            }
            _ => merging.whole(base, mine, theirs),
        }
    }
}
