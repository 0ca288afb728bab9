//! Spatial transforms: maps of patient space onto itself, in RAS millimetres.

use crate::affine::Affine;
use crate::frame::{Point, Ras};

/// A map of patient space onto itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Transform {
    /// A matrix.
    Linear(Affine<Ras, Ras>),
    /// Parts applied one after the other, the first in the list first.
    Composite(Vec<Transform>),
}

impl Transform {
    /// The map that changes nothing.
    pub const fn identity() -> Self {
        Self::Linear(Affine::identity())
    }

    /// Where a point goes.
    pub fn apply(&self, p: Point<Ras>) -> Point<Ras> {
        match self {
            Self::Linear(matrix) => matrix.apply(p),
            Self::Composite(parts) => parts.iter().fold(p, |p, part| part.apply(p)),
        }
    }

    /// The whole as one matrix, where every part is linear.
    pub fn as_linear(&self) -> Option<Affine<Ras, Ras>> {
        match self {
            Self::Linear(matrix) => Some(*matrix),
            Self::Composite(parts) => {
                parts.iter().try_fold(Affine::identity(), |whole, part| Some(whole.then(&part.as_linear()?)))
            }
        }
    }

    /// The map back; `None` where a matrix is singular.
    pub fn inverse(&self) -> Option<Self> {
        match self {
            Self::Linear(matrix) => Some(Self::Linear(matrix.inverse()?)),
            Self::Composite(parts) => {
                let inverted: Option<Vec<Self>> = parts.iter().rev().map(Self::inverse).collect();
                Some(Self::Composite(inverted?))
            }
        }
    }
}

impl Default for Transform {
    fn default() -> Self {
        Self::identity()
    }
}
