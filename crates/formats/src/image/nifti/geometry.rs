//! From the header's matrices to IJK→RAS, and back.

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Vector};

use super::header::Header;
use crate::data::Warning;

/// How far columns may be from orthonormal for a rotation: single precision of the stored matrix.
const ORTHONORMAL: f64 = 1e-4;

/// Where the voxels stand, in mm.
pub(super) fn ijk_to_ras(header: &Header, dims: [usize; 3], warnings: &mut Vec<Warning>) -> Affine<Ijk, Ras> {
    let unit = match header.xyzt_units & 7 {
        1 => 1000.0,
        3 => 0.001,
        _ => 1.0,
    };
    let usable = |m: &Affine<Ijk, Ras>| m.is_finite() && m.inverse().is_some();
    if header.sform_code > 0 {
        let sform = Affine::from_rows(header.srow.map(|row| row.map(|v| v * unit)));
        if usable(&sform) {
            return sform;
        }
        let instead = if header.qform_code > 0 { "qform" } else { "voxel sizes" };
        warnings.push(Warning::new(format!(
            "the sform matrix {sform:?} is singular; the {instead} was used instead"
        )));
    }
    let spacing: [f64; 3] = std::array::from_fn(|axis| {
        let size = header.pixdim[axis + 1].abs() * unit;
        if size > 0.0 && size.is_finite() { size } else { 1.0 }
    });
    if (0..3).any(|n| dims[n] > 1 && !(header.pixdim[n + 1].is_finite() && header.pixdim[n + 1] > 0.0)) {
        let sizes = &header.pixdim[1..4];
        warnings.push(Warning::new(format!(
            "the voxel sizes pixdim {sizes:?} are not all above 0; {spacing:?} mm taken"
        )));
    }
    if header.qform_code > 0 {
        let qform = from_quaternion(header, spacing, header.qoffset.map(|v| v * unit));
        if usable(&qform) {
            return qform;
        }
        warnings.push(Warning::new(format!(
            "the qform {qform:?} is singular; the voxel sizes were used instead"
        )));
    }
    let scale = [-spacing[0], spacing[1], spacing[2]];
    Affine::from_scale(scale, std::array::from_fn(|axis| -scale[axis] * (dims[axis] as f64 - 1.0) / 2.0))
}

/// Method 2 of nifti1.h: a unit quaternion whose first part is left out, and a sign for the third axis.
fn from_quaternion(header: &Header, spacing: [f64; 3], offset: [f64; 3]) -> Affine<Ijk, Ras> {
    let [mut b, mut c, mut d] = header.quatern;
    let length = b * b + c * c + d * d;
    let a = if 1.0 - length < 1e-7 {
        let length = length.sqrt();
        (b, c, d) = (b / length, c / length, d / length);
        0.0
    } else {
        (1.0 - length).sqrt()
    };
    let handed = if header.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let x = Vector::new(a * a + b * b - c * c - d * d, 2.0 * (b * c + a * d), 2.0 * (b * d - a * c));
    let y = Vector::new(2.0 * (b * c - a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d + a * b));
    let z = Vector::new(2.0 * (b * d + a * c), 2.0 * (c * d - a * b), a * a + d * d - b * b - c * c);
    Affine::from_columns(x * spacing[0], y * spacing[1], z * (spacing[2] * handed), Point::from_array(offset))
}

/// Sets both matrices for the grid: the sform always, the qform if the grid has no shear.
pub(super) fn set(header: &mut Header, grid: &Grid) {
    let matrix = grid.ijk_to_ras();
    header.sform_code = 1;
    header.srow = matrix.rows();
    header.qoffset = grid.origin().coords();
    header.pixdim[1..4].copy_from_slice(&grid.spacing());
    let [x, y, z] = grid.directions();
    let handed = if matrix.determinant() < 0.0 { -1.0 } else { 1.0 };
    header.pixdim[0] = handed;
    let z = z * handed;
    let orthogonal = [x.dot(y), y.dot(z), z.dot(x)].into_iter().all(|dot| dot.abs() <= ORTHONORMAL);
    if orthogonal && [x, y, z].into_iter().all(|v| v.length() > 0.5) {
        header.qform_code = 1;
        header.quatern = quaternion(x, y, z);
    }
}

/// The parts b, c, d of the unit quaternion (with a ≥ 0) of the rotation with these columns. The largest part is found
/// first, so that nothing is divided by a small number.
fn quaternion(x: Vector<Ras>, y: Vector<Ras>, z: Vector<Ras>) -> [f64; 3] {
    let squares = [
        1.0 + x[0] + y[1] + z[2],
        1.0 + x[0] - y[1] - z[2],
        1.0 + y[1] - x[0] - z[2],
        1.0 + z[2] - x[0] - y[1],
    ];
    let largest = (1..4).fold(0, |best, n| if squares[n] > squares[best] { n } else { best });
    let half = squares[largest].max(0.0).sqrt() / 2.0;
    let other = |value: f64| value / (4.0 * half);
    let [a, b, c, d] = match largest {
        0 => [half, other(y[2] - z[1]), other(z[0] - x[2]), other(x[1] - y[0])],
        1 => [other(y[2] - z[1]), half, other(y[0] + x[1]), other(z[0] + x[2])],
        2 => [other(z[0] - x[2]), other(y[0] + x[1]), half, other(z[1] + y[2])],
        _ => [other(x[1] - y[0]), other(z[0] + x[2]), other(z[1] + y[2]), half],
    };
    // A plain rotation of a left-handed grid may be a hair off unit length; the reader takes b, c, d for exact.
    let length = (a * a + b * b + c * c + d * d).sqrt();
    let scale = if a < 0.0 { -1.0 / length } else { 1.0 / length };
    [b * scale, c * scale, d * scale]
}

#[cfg(test)]
mod tests {
    use super::super::header::Version;
    use super::*;

    fn rotation(axis: [f64; 3], angle: f64) -> [Vector<Ras>; 3] {
        let v = Vector::<Ras>::from_array(axis).normalized().unwrap();
        let turn = |p: Vector<Ras>| {
            p * angle.cos() + v.cross(p) * angle.sin() + v * (v.dot(p) * (1.0 - angle.cos()))
        };
        [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)].map(turn)
    }

    #[test]
    fn quaternions_of_all_kinds_of_rotation_come_back() {
        use std::f64::consts::PI;
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 2.0, -3.0], [-1.0, 1.0, 0.1]];
        for axis in axes {
            for angle in [0.0, 0.1, 1.0, PI / 2.0, 3.0, PI, -2.0] {
                for handed in [1.0, -1.0] {
                    let [x, y, z] = rotation(axis, angle);
                    let columns = (x * 0.5, y * 2.0, z * (3.0 * handed));
                    let m = Affine::from_columns(columns.0, columns.1, columns.2, Point::new(7.0, 8.0, 9.0));
                    let mut header = Header::blank(Version::Two);
                    set(&mut header, &Grid::new([2, 3, 4], m));
                    assert_eq!(header.qform_code, 1);
                    header.sform_code = 0;
                    let back = ijk_to_ras(&header, [2, 3, 4], &mut Vec::new());
                    assert!(back.max_difference(&m) < 1e-6, "{axis:?} {angle} {handed}: {back:?} {m:?}");
                }
            }
        }
    }

    #[test]
    fn shear_has_no_qform() {
        let m = Affine::from_rows([[1.0, 0.2, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        let mut header = Header::blank(Version::One);
        set(&mut header, &Grid::new([2, 2, 2], m));
        assert_eq!((header.qform_code, header.sform_code), (0, 1));
    }

    #[test]
    fn lengths_in_other_units_become_millimetres() {
        for (units, factor) in [(1, 1000.0), (2, 1.0), (3, 0.001), (0, 1.0)] {
            let mut header = Header::blank(Version::One);
            header.xyzt_units = units;
            header.pixdim = [1.0; 8];
            header.sform_code = 1;
            header.srow = [[2.0, 0.0, 0.0, 5.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
            let m = ijk_to_ras(&header, [2, 2, 2], &mut Vec::new());
            assert_eq!((m.column(0).length(), m.translation().x()), (2.0 * factor, 5.0 * factor));
        }
    }
}
