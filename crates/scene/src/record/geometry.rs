//! Records of points, maps, grids and spatial transforms.

use std::borrow::Cow;

use microtome_geometry::transform::{
    BSpline, Between, Displacement, ThinPlate, TransformError, Vectors, Warp,
};
use microtome_geometry::{Affine, Frame, Grid, Point, Ras, Transform};
use microtome_image::Bytes;

use super::bulk::{ends_early, numbers, shareable};
use super::{Malformed, Reader, Record, Writer, record_choice};

/// How deep composite transforms may stand in each other.
const DEEPEST: usize = 256;

impl<F: Frame> Record for Point<F> {
    fn put(&self, out: &mut Writer<'_>) {
        self.coords().put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Record::take(input).map(Self::from_array)
    }
}

impl<A: Frame, B: Frame> Record for Affine<A, B> {
    fn put(&self, out: &mut Writer<'_>) {
        self.rows().put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Record::take(input).map(Self::from_rows)
    }
}

impl Record for Grid {
    fn put(&self, out: &mut Writer<'_>) {
        self.dims().put(out);
        self.ijk_to_ras().put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let dims: [usize; 3] = Record::take(input)?;
        // The number of voxels, and of pairs of dimensions, must be a number.
        let fits = dims.iter().try_fold(1_usize, |product, &size| product.checked_mul(size.max(1)));
        fits.ok_or_else(|| Malformed::new("a grid is too large"))?;
        Ok(Self::new(dims, Record::take(input)?))
    }
}

impl From<TransformError> for Malformed {
    fn from(error: TransformError) -> Self {
        Self::new(error.to_string())
    }
}

record_choice!(Between { Linear, Cubic });

shareable! {
    BSpline: |warp| warp.coefficients().as_ptr() as usize, size_of_val(warp.coefficients()),
        Cow::Borrowed(bytemuck::cast_slice(warp.coefficients()));
    Displacement: |field| match field.vectors() {
            Vectors::Single(vectors) => vectors.as_ptr() as usize,
            Vectors::Double(vectors) => vectors.as_ptr() as usize,
        },
        match field.vectors() {
            Vectors::Single(vectors) => size_of_val(vectors.as_slice()),
            Vectors::Double(vectors) => size_of_val(vectors.as_slice()),
        },
        match field.vectors() {
            Vectors::Single(vectors) => Cow::Borrowed(bytemuck::cast_slice(vectors)),
            Vectors::Double(vectors) => Cow::Borrowed(bytemuck::cast_slice(vectors)),
        };
    ThinPlate: |spline| spline.source().as_ptr() as usize, size_of_val(spline.source()) * 2, {
        let landmarks = spline.source().iter().chain(spline.target());
        Cow::Owned(landmarks.flat_map(|p| p.coords()).flat_map(f64::to_ne_bytes).collect())
    };
}

impl Record for BSpline {
    fn put(&self, out: &mut Writer<'_>) {
        self.lattice().put(out);
        out.bulk(self);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let lattice = Grid::take(input)?;
        let warp = input.bulk(|bytes| Ok(Self::new(lattice, numbers::<[f64; 3]>(&bytes)?)?))?;
        if *warp.lattice() == lattice {
            Ok(warp)
        } else {
            Ok(Self::new(lattice, warp.coefficients().to_vec())?)
        }
    }
}

impl Record for Displacement {
    fn put(&self, out: &mut Writer<'_>) {
        self.grid().put(out);
        self.interpolation().put(out);
        matches!(self.vectors(), Vectors::Double(_)).put(out);
        out.bulk(self);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (grid, between, double) = (Grid::take(input)?, Between::take(input)?, bool::take(input)?);
        let field = input.bulk(|bytes| {
            let vectors = if double {
                Vectors::from(numbers::<[f64; 3]>(&bytes)?)
            } else {
                Vectors::from(numbers::<[f32; 3]>(&bytes)?)
            };
            Ok(Self::new(grid, vectors)?)
        })?;
        // The vectors may be known from a field that differs in the rest.
        if matches!(field.vectors(), Vectors::Double(_)) != double {
            return Err(Malformed::new("displacements have another precision"));
        }
        let field = if *field.grid() == grid { field } else { Self::new(grid, field.vectors().clone())? };
        Ok(field.with_interpolation(between))
    }
}

impl Record for ThinPlate {
    fn put(&self, out: &mut Writer<'_>) {
        out.bulk(self);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        input.bulk(|bytes: Bytes| {
            let points = |bytes: &[u8]| -> Result<Vec<Point<Ras>>, Malformed> {
                Ok(numbers::<[f64; 3]>(bytes)?.into_iter().map(Point::from_array).collect())
            };
            let (source, target) = bytes.split_at_checked(bytes.len() / 2).ok_or_else(ends_early)?;
            Ok(Self::new(points(source)?, points(target)?)?)
        })
    }
}

impl Record for Warp {
    fn put(&self, out: &mut Writer<'_>) {
        match self {
            Self::BSpline(warp) => {
                out.byte(0);
                warp.put(out);
            }
            Self::Displacement(warp) => {
                out.byte(1);
                warp.put(out);
            }
            Self::ThinPlate(warp) => {
                out.byte(2);
                warp.put(out);
            }
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match input.array()? {
            [0] => Record::take(input).map(Self::BSpline),
            [1] => Record::take(input).map(Self::Displacement),
            [2] => Record::take(input).map(Self::ThinPlate),
            _ => Err(Malformed::new("no such warp")),
        }
    }
}

impl Record for Transform {
    fn put(&self, out: &mut Writer<'_>) {
        match self {
            Self::Linear(map) => {
                out.byte(0);
                map.put(out);
            }
            Self::BSpline(warp) => {
                out.byte(1);
                warp.put(out);
            }
            Self::Displacement(warp) => {
                out.byte(2);
                warp.put(out);
            }
            Self::ThinPlate(warp) => {
                out.byte(3);
                warp.put(out);
            }
            Self::Inverse(warp) => {
                out.byte(4);
                warp.put(out);
            }
            Self::Composite(parts) => {
                out.byte(5);
                parts.put(out);
            }
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match input.array()? {
            [0] => Record::take(input).map(Self::Linear),
            [1] => Record::take(input).map(Self::BSpline),
            [2] => Record::take(input).map(Self::Displacement),
            [3] => Record::take(input).map(Self::ThinPlate),
            [4] => Record::take(input).map(Self::Inverse),
            [5] => input.nested(DEEPEST, Record::take).map(Self::Composite),
            _ => Err(Malformed::new("no such transform")),
        }
    }
}
