//! Structuring elements: which voxels around a voxel count.

use crate::choice;
use crate::parameter::parameter_error;
use crate::registry::OperationError;

choice! {
    /// A shape around a voxel.
    pub enum Shape {
        /// An ellipsoid.
        Ball = "ball",
        /// A box.
        Box = "box",
        /// The voxels along the three axes.
        Cross = "cross",
    }
}

/// The voxels of one row of an element: from `-reach` to `reach` along i.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) j: isize,
    pub(super) k: isize,
    pub(super) reach: usize,
}

/// A structuring element, symmetric about its middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    rows: Vec<Row>,
}

/// Greatest radius, voxels.
const MOST: usize = 500;

impl Shape {
    /// The elements that, one after the other, do what this shape does. The radius is that of `millimetres` if given, else
    /// `voxels`; neither reaches farther than the volume.
    ///
    /// A ball of a radius in voxels holds the voxels whose centres lie in the ellipsoid that reaches half a voxel beyond the
    /// radius (the definition of ITK); one of a radius in mm, those whose centres lie within that distance.
    ///
    /// # Errors
    /// [`OperationError::Parameter`] for a radius in mm that is negative, no number, or too many voxels.
    pub(super) fn elements(
        self,
        voxels: [u32; 3],
        millimetres: Option<f64>,
        dims: [usize; 3],
        spacing: [f64; 3],
    ) -> Result<Vec<Element>, OperationError> {
        let reach = match millimetres {
            None => voxels.map(|r| r as usize),
            Some(radius) => {
                let reach = spacing.map(|s| (radius / s * (1.0 + 1e-9)).floor());
                if !(radius >= 0.0 && radius.is_finite()) {
                    return Err(parameter_error("radius-mm", &radius, "a length is needed").into());
                }
                reach.map(|r| r as usize)
            }
        };
        let limited: [usize; 3] = std::array::from_fn(|a| reach[a].min(dims[a]));
        if limited.iter().any(|&r| r > MOST) {
            let why = format!("the radius is more than {MOST} voxels");
            return Err(parameter_error("radius-mm", &millimetres, &why).into());
        }
        let within = |offset: [usize; 3]| match millimetres {
            Some(radius) => {
                let squared: f64 = (0..3).map(|a| (offset[a] as f64 * spacing[a]).powi(2)).sum();
                squared <= radius * radius * (1.0 + 1e-9)
            }
            None => (0..3).map(|a| (offset[a] as f64 / (reach[a] as f64 + 0.5)).powi(2)).sum::<f64>() <= 1.0,
        };
        Ok(match self {
            Self::Ball => {
                vec![Element::of(limited, |j, k| (0..=limited[0]).rev().find(|&i| within([i, j, k])))]
            }
            Self::Cross => vec![Element::of(limited, |j, k| match (j, k) {
                (0, 0) => Some(limited[0]),
                (0, _) | (_, 0) => Some(0),
                _ => None,
            })],
            Self::Box => cuboid(limited),
        })
    }
}

/// A box: a line along each axis.
pub(super) fn cuboid(radius: [usize; 3]) -> Vec<Element> {
    let line = |axis: usize| {
        let radius = std::array::from_fn(|a| if a == axis { radius[a] } else { 0 });
        Element::of(radius, |_, _| Some(radius[0]))
    };
    (0..3).filter(|&a| radius[a] > 0).map(line).collect()
}

impl Element {
    /// The rows up to `radius` away for which `reach` (of the distance along j and k) says how far they go.
    fn of(radius: [usize; 3], reach: impl Fn(usize, usize) -> Option<usize>) -> Self {
        let range = |axis: usize| -(radius[axis] as isize)..=radius[axis] as isize;
        let rows = range(2).flat_map(|k| {
            let reach = &reach;
            range(1)
                .filter_map(move |j| Some(Row { j, k, reach: reach(j.unsigned_abs(), k.unsigned_abs())? }))
        });
        Self { rows: rows.collect() }
    }

    /// How far it goes along i, j and k.
    pub(super) fn radius(&self) -> [usize; 3] {
        let most = |of: fn(&Row) -> usize| self.rows.iter().map(of).max().unwrap_or(0);
        [most(|r| r.reach), most(|r| r.j.unsigned_abs()), most(|r| r.k.unsigned_abs())]
    }

    /// The axis and the reach, if it is a line along an axis (along i, if it is but a voxel).
    pub(super) fn line(&self) -> Option<(usize, usize)> {
        match self.radius() {
            [reach, 0, 0] => Some((0, reach)),
            [0, reach, 0] => Some((1, reach)),
            [0, 0, reach] => Some((2, reach)),
            _ => None,
        }
    }

    /// Its rows, those of each reach together, short ones first.
    pub(super) fn by_reach(&self) -> Vec<(usize, Vec<Row>)> {
        let mut rows = self.rows.clone();
        rows.sort_by_key(|row| row.reach);
        rows.chunk_by(|a, b| a.reach == b.reach).map(|rows| (rows[0].reach, rows.to_vec())).collect()
    }
}

/// How far elements go together along i, j and k.
pub(super) fn radius(elements: &[Element]) -> [usize; 3] {
    elements.iter().map(Element::radius).fold([0; 3], |sum, r| std::array::from_fn(|a| sum[a] + r[a]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voxels(elements: &[Element]) -> usize {
        elements.iter().map(|e| e.rows.iter().map(|r| 2 * r.reach + 1).sum::<usize>()).product()
    }

    #[test]
    fn elements_have_their_voxels() {
        let of = |shape: Shape, radius| shape.elements(radius, None, [99; 3], [1.0; 3]).unwrap();
        // Counted with SimpleITK 2.5.7 (BinaryDilate of one voxel).
        assert_eq!(voxels(&of(Shape::Ball, [1, 1, 1])), 19);
        assert_eq!(voxels(&of(Shape::Ball, [3, 3, 3])), 179);
        assert_eq!(voxels(&of(Shape::Cross, [3, 2, 1])), 13);
        assert_eq!(voxels(&of(Shape::Box, [3, 2, 1])), 105);
        assert_eq!(radius(&of(Shape::Box, [3, 2, 1])), [3, 2, 1]);
        assert_eq!(voxels(&of(Shape::Ball, [0, 0, 0])), 1);
    }

    #[test]
    fn millimetres_are_distances_of_centres() {
        let ball = Shape::Ball.elements([9; 3], Some(0.3), [99; 3], [0.1, 0.3, 0.31]).unwrap();
        assert_eq!((radius(&ball), voxels(&ball)), ([3, 1, 0], 9));
        assert!(Shape::Ball.elements([1; 3], Some(f64::NAN), [9; 3], [1.0; 3]).is_err());
        assert!(Shape::Ball.elements([1; 3], Some(1e9), [9999; 3], [1.0; 3]).is_err());
    }
}
