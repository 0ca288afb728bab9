//! Lattices in fixed parameters: size 3, origin 3, spacing 3, direction 9 row by row, in LPS.

use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Vector};

use crate::error::Error;

/// The lattice that the fixed parameters of `class` describe. Files from before there were directions have nine numbers.
///
/// The number of nodes is not checked here: compare it with the parameters before anything is allocated.
pub(super) fn from_fixed(format: &'static str, class: &str, fixed: &[f64]) -> Result<Grid, Error> {
    if fixed.len() != 18 && fixed.len() != 9 {
        let why = format!("the lattice of {class} has 18");
        return Err(Error::field(format, "number of FixedParameters", &fixed.len().to_string(), why));
    }
    let mut dims = [0; 3];
    for (size, &value) in dims.iter_mut().zip(fixed) {
        if !(value >= 1.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0) {
            return Err(Error::field(
                format,
                "FixedParameters",
                &value.to_string(),
                "a lattice size is a whole number above 0",
            ));
        }
        *size = value as usize;
    }
    let direction =
        |r: usize, c: usize| fixed.get(9 + 3 * r + c).copied().unwrap_or(if r == c { 1.0 } else { 0.0 });
    let column = |c: usize| Vector::from_array(std::array::from_fn(|r| direction(r, c) * fixed[6 + c]));
    let origin = Point::new(fixed[3], fixed[4], fixed[5]);
    let lattice: Affine<Ijk, Lps> = Affine::from_columns(column(0), column(1), column(2), origin);
    Ok(Grid::new(dims, lattice.to_ras()))
}

/// The eighteen fixed parameters of a lattice.
pub(super) fn to_fixed(grid: &Grid) -> Vec<f64> {
    let lattice = grid.ijk_to_ras().to_lps();
    let spacing = grid.spacing();
    let mut fixed: Vec<f64> = grid.dims().iter().map(|&size| size as f64).collect();
    fixed.extend(lattice.translation().coords());
    fixed.extend(spacing);
    fixed.extend((0..9).map(|n| lattice.column(n % 3)[n / 3] / spacing[n % 3]));
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_parameters_come_back() {
        let fixed: Vec<f64> =
            vec![4.0, 5.0, 6.0, -7.0, 8.0, 9.0, 0.5, 2.0, 3.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let grid = from_fixed("test", "BSplineTransform", &fixed).unwrap();
        assert_eq!(grid.dims(), [4, 5, 6]);
        assert_eq!(grid.origin().coords(), [7.0, -8.0, 9.0]);
        assert_eq!(to_fixed(&grid), fixed);
    }

    #[test]
    fn sizes_that_are_none_are_refused() {
        for size in [0.0, -1.0, 1.5, 1e300, f64::NAN] {
            let fixed = [size, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
            assert!(from_fixed("test", "BSplineTransform", &fixed).is_err(), "{size}");
        }
    }
}
