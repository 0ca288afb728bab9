//! Axis-aligned boxes.

use crate::frame::{Frame, Point};

/// The smallest axis-aligned box around some points, in frame `F`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<F: Frame> {
    /// Least coordinate on each axis.
    pub min: Point<F>,
    /// Greatest coordinate on each axis.
    pub max: Point<F>,
}

impl<F: Frame> Bounds<F> {
    /// The box around all finite points; `None` if there are none.
    pub fn around(points: impl IntoIterator<Item = Point<F>>) -> Option<Self> {
        points.into_iter().filter(|p| p.is_finite()).fold(None, |bounds: Option<Self>, p| {
            Some(bounds.map_or(Self { min: p, max: p }, |b| b.including(p)))
        })
    }

    /// The box grown to hold `p`.
    pub fn including(self, p: Point<F>) -> Self {
        let pick = |a: Point<F>, f: fn(f64, f64) -> f64| {
            Point::new(f(a.x(), p.x()), f(a.y(), p.y()), f(a.z(), p.z()))
        };
        Self { min: pick(self.min, f64::min), max: pick(self.max, f64::max) }
    }

    /// The box around both.
    pub fn union(self, other: Self) -> Self {
        self.including(other.min).including(other.max)
    }

    /// The middle.
    pub fn center(self) -> Point<F> {
        self.min.lerp(self.max, 0.5)
    }

    /// Edge lengths.
    pub fn size(self) -> [f64; 3] {
        (self.max - self.min).coords()
    }

    /// Length of the space diagonal.
    pub fn diagonal(self) -> f64 {
        (self.max - self.min).length()
    }

    /// The eight corners.
    pub fn corners(self) -> [Point<F>; 8] {
        std::array::from_fn(|n| {
            Point::from_array(std::array::from_fn(
                |a| if n >> a & 1 == 0 { self.min[a] } else { self.max[a] },
            ))
        })
    }
}
