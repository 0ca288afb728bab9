//! How one form of a segmentation is made from another.

use microtome_geometry::{Affine, Grid, Ijk, Ras};

use super::Segmentation;

/// One parameter of how a form is made from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversionParameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it means, for people.
    pub description: String,
}

impl ConversionParameter {
    /// The name of the parameter that holds the grid of the volume that was segmented: the 16 numbers of its IJK to RAS
    /// matrix, row by row, then first and last index along i, j and k, with a semicolon after each.
    pub const REFERENCE_GEOMETRY: &str = "Reference image geometry";

    /// The parameter that says that the volume on `grid` was segmented.
    pub fn reference_geometry(grid: &Grid) -> Self {
        let matrix = grid.ijk_to_ras().matrix();
        let numbers = matrix.iter().flatten().map(|v| (v + 0.0).to_string());
        let extent = grid.dims().into_iter().flat_map(|d| [0, d as i64 - 1]).map(|v| v.to_string());
        Self {
            name: Self::REFERENCE_GEOMETRY.to_owned(),
            value: numbers.chain(extent).map(|number| number + ";").collect(),
            description:
                "Image geometry description string determining the geometry of the labelmap that is created \
                          in course of conversion."
                    .to_owned(),
        }
    }
}

impl Segmentation {
    /// The value of the conversion parameter `name` as a number; `None` if there is none.
    pub fn conversion_number(&self, name: &str) -> Option<f64> {
        let parameter = self.conversion.iter().find(|parameter| parameter.name == name)?;
        parameter.value.trim().parse().ok().filter(|value: &f64| value.is_finite())
    }
}

/// The grid of the volume that was segmented.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceGeometry {
    /// Its voxels.
    pub grid: Grid,
    /// The index of the grid's first voxel, usually 0 0 0.
    pub start: [i64; 3],
}

impl ReferenceGeometry {
    /// What the value of [`ConversionParameter::REFERENCE_GEOMETRY`] says; `None` for a grid without voxels, a matrix that
    /// cannot be inverted, and anything that is not such a text.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
        let (matrix, extent) = numbers.split_at_checked(16)?;
        let matrix: Vec<f64> = matrix.iter().map(|v| v.parse().ok()).collect::<Option<_>>()?;
        let extent: Vec<i64> = extent.iter().map(|v| v.parse().ok()).collect::<Option<_>>()?;
        let [i0, i1, j0, j1, k0, k1] = <[i64; 6]>::try_from(extent).ok()?;
        let small = |v: i64| i32::try_from(v).is_ok();
        if !matrix.iter().all(|v| v.is_finite()) || ![i0, i1, j0, j1, k0, k1].into_iter().all(small) {
            return None;
        }
        let rows = [0, 4, 8].map(|row| [matrix[row], matrix[row + 1], matrix[row + 2], matrix[row + 3]]);
        let map: Affine<Ijk, Ras> = Affine::from_rows(rows);
        map.inverse()?;
        let mut dims = [0; 3];
        for (dim, (first, last)) in dims.iter_mut().zip([(i0, i1), (j0, j1), (k0, k1)]) {
            *dim = usize::try_from(last - first + 1).ok().filter(|&dim| dim > 0)?;
        }
        let start = [i0, j0, k0];
        Some(Self { grid: Grid::new(dims, map).region(start.map(|v| v as isize), dims), start })
    }

    /// The same box with `factor` times as many voxels along each axis; `None` where that are too many to count.
    pub fn oversampled(&self, factor: u32) -> Option<Self> {
        let whole = i64::from(factor);
        let f = f64::from(factor);
        let dims = self.grid.dims();
        let mut finer = [0; 3];
        for (finer, dim) in finer.iter_mut().zip(dims) {
            *finer =
                dim.checked_mul(usize::try_from(factor).ok()?).filter(|dim| i32::try_from(*dim).is_ok())?;
        }
        let shift = 0.5 / f - 0.5;
        let scale: Affine<Ijk, Ijk> = Affine::from_scale([1.0 / f; 3], [shift; 3]);
        let grid = Grid::new(finer, scale.then(self.grid.ijk_to_ras()));
        let start = self.start.map(|v| v.checked_mul(whole));
        let [Some(i), Some(j), Some(k)] = start else { return None };
        Some(Self { grid, start: [i, j, k] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::Point;

    #[test]
    fn the_reference_geometry_as_text() {
        let grid = Grid::axis_aligned([6, 3, 2], [-1.0, -1.5, 2.0], Point::new(0.5, -0.0, 7.0));
        let parameter = ConversionParameter::reference_geometry(&grid);
        assert_eq!(parameter.value, "-1;0;0;0.5;0;-1.5;0;0;0;0;2;7;0;0;0;1;0;5;0;2;0;1;");
    }

    #[test]
    fn the_reference_geometry_from_text() {
        let grid = Grid::axis_aligned([6, 3, 2], [-1.0, -1.5, 2.0], Point::new(0.5, 0.0, 7.0));
        let found = ReferenceGeometry::parse(&ConversionParameter::reference_geometry(&grid).value).unwrap();
        assert_eq!(found, ReferenceGeometry { grid, start: [0; 3] });
        let moved = ReferenceGeometry::parse("-1;0;0;0.5;0;-1.5;0;0;0;0;2;7;0;0;0;1;-2;3;1;1;0;1;").unwrap();
        assert_eq!((moved.start, moved.grid.dims()), ([-2, 1, 0], [6, 1, 2]));
        assert_eq!(moved.grid.origin().coords(), [2.5, -1.5, 7.0]);
        for wrong in [
            "",
            "1;2",
            "0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;1;0;1;0;1;0;1;",
            "1;0;0;0;0;1;0;0;0;0;1;0;0;0;0;1;0;-1;0;1;0;1;",
            "1;0;0;nan;0;1;0;0;0;0;1;0;0;0;0;1;0;1;0;1;0;1;",
            "1;0;0;0;0;1;0;0;0;0;1;0;0;0;0;1;0;99999999999;0;1;0;1;",
        ] {
            assert_eq!(ReferenceGeometry::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_oversampled_grid_fills_the_same_box() {
        let grid = Grid::axis_aligned([6, 3, 2], [1.0, 2.0, 4.0], Point::new(0.5, 0.0, 7.0));
        let finer = ReferenceGeometry { grid, start: [1, 0, 0] }.oversampled(2).unwrap();
        assert_eq!((finer.start, finer.grid.dims()), ([2, 0, 0], [12, 6, 4]));
        let expected = Grid::axis_aligned([12, 6, 4], [0.5, 1.0, 2.0], Point::new(0.25, -0.5, 6.0));
        assert!(finer.grid.matches(&expected, 1e-12));
    }
}
