//! ITK's linear transform classes as matrices.

use microtome_geometry::{Affine, Lps};

use super::Entry;
use super::class::Class;
use crate::error::Error;

/// A map of the class's own dimensions: `y = M·(x − center) + center + translation`, the third axis unused in two.
struct Centered {
    matrix: [[f64; 3]; 3],
    center: [f64; 3],
    translation: [f64; 3],
}

/// The map of a linear class; `None` for a class that is not linear.
///
/// Transforms of two dimensions are lifted to three as 3D Slicer does: the third axis is scaled by the geometric mean of the
/// other two, with the sign of their determinant.
pub(super) fn matrix_of(
    format: &'static str,
    class: Class<'_>,
    entry: &Entry,
) -> Result<Option<Affine<Lps, Lps>>, Error> {
    let Some(Centered { mut matrix, center, translation }) = centered(format, class, entry)? else {
        return Ok(None);
    };
    if class.dimensions == 2 {
        let determinant = matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0];
        matrix[2] = [0.0, 0.0, determinant.abs().sqrt().copysign(determinant)];
        (matrix[0][2], matrix[1][2]) = (0.0, 0.0);
    }
    Ok(Some(Affine::from_rows(std::array::from_fn(|r| {
        let [a, b, c] = matrix[r];
        let moved = a * center[0] + b * center[1] + c * center[2];
        [a, b, c, translation[r] + center[r] - moved]
    }))))
}

fn centered(format: &'static str, class: Class<'_>, entry: &Entry) -> Result<Option<Centered>, Error> {
    let fields = Fields { format, class, entry };
    let centered = match (class.name, class.dimensions) {
        ("IdentityTransform", _) => Centered { matrix: IDENTITY, center: [0.0; 3], translation: [0.0; 3] },
        ("TranslationTransform", n) => {
            fields.expect(n)?;
            Centered { matrix: IDENTITY, center: [0.0; 3], translation: fields.vector(0) }
        }
        ("ScaleTransform", n) => {
            fields.expect(n)?;
            Centered { matrix: diagonal(fields.vector(0)), center: fields.center()?, translation: [0.0; 3] }
        }
        ("ScaleLogarithmicTransform", n) => {
            fields.expect(n)?;
            let scale = fields.vector(0).map(f64::exp);
            Centered { matrix: diagonal(scale), center: fields.center()?, translation: [0.0; 3] }
        }
        (
            "AffineTransform"
            | "MatrixOffsetTransformBase"
            | "ScalableAffineTransform"
            | "FixedCenterOfRotationAffineTransform"
            | "Rigid3DTransform",
            n,
        ) => {
            fields.expect(n * n + n)?;
            Centered { matrix: fields.matrix(), center: fields.center()?, translation: fields.vector(n * n) }
        }
        ("CenteredAffineTransform", n) => {
            fields.expect(n * n + 2 * n)?;
            let (center, translation) = (fields.vector(n * n), fields.vector(n * n + n));
            Centered { matrix: fields.matrix(), center, translation }
        }
        ("Rigid2DTransform" | "Euler2DTransform", 2) => {
            fields.expect(3)?;
            let [angle] = fields.parameters(0);
            Centered { matrix: turn(angle, 1.0), center: fields.center()?, translation: fields.vector(1) }
        }
        ("CenteredRigid2DTransform" | "CenteredEuler2DTransform", 2) => {
            fields.expect(5)?;
            let [angle] = fields.parameters(0);
            Centered { matrix: turn(angle, 1.0), center: fields.vector(1), translation: fields.vector(3) }
        }
        ("Similarity2DTransform", 2) => {
            fields.expect(4)?;
            let [scale, angle] = fields.parameters(0);
            Centered { matrix: turn(angle, scale), center: fields.center()?, translation: fields.vector(2) }
        }
        ("CenteredSimilarity2DTransform", 2) => {
            fields.expect(6)?;
            let [scale, angle] = fields.parameters(0);
            Centered { matrix: turn(angle, scale), center: fields.vector(2), translation: fields.vector(4) }
        }
        ("Euler3DTransform", 3) => {
            fields.expect(6)?;
            let zyx = entry.fixed.get(3).is_some_and(|&flag| flag != 0.0);
            let matrix = euler(fields.parameters(0), zyx);
            Centered { matrix, center: fields.center()?, translation: fields.vector(3) }
        }
        ("CenteredEuler3DTransform", 3) => {
            fields.expect(9)?;
            // Its only fixed parameter is the order of rotations; newer files put the unused centre before it.
            let zyx = matches!(entry.fixed.as_slice(), [flag] | [_, _, _, flag, ..] if *flag != 0.0);
            let matrix = euler(fields.parameters(0), zyx);
            Centered { matrix, center: fields.vector(3), translation: fields.vector(6) }
        }
        ("QuaternionRigidTransform", 3) => {
            fields.expect(7)?;
            let matrix = quaternion(fields.parameters(0));
            Centered { matrix, center: fields.center()?, translation: fields.vector(4) }
        }
        ("VersorTransform", 3) => {
            fields.expect(3)?;
            Centered { matrix: versor(fields.vector(0)), center: fields.center()?, translation: [0.0; 3] }
        }
        ("VersorRigid3DTransform", 3) => {
            fields.expect(6)?;
            Centered {
                matrix: versor(fields.vector(0)),
                center: fields.center()?,
                translation: fields.vector(3),
            }
        }
        ("Similarity3DTransform", 3) => {
            fields.expect(7)?;
            let [scale] = fields.parameters(6);
            let matrix = versor(fields.vector(0)).map(|row| row.map(|v| v * scale));
            Centered { matrix, center: fields.center()?, translation: fields.vector(3) }
        }
        ("ScaleVersor3DTransform", 3) => {
            fields.expect(9)?;
            let matrix = added(versor(fields.vector(0)), fields.vector(6), [0.0; 6]);
            Centered { matrix, center: fields.center()?, translation: fields.vector(3) }
        }
        ("ScaleSkewVersor3DTransform", 3) => {
            fields.expect(15)?;
            let matrix = added(versor(fields.vector(0)), fields.vector(6), fields.parameters(9));
            Centered { matrix, center: fields.center()?, translation: fields.vector(3) }
        }
        ("ComposeScaleSkewVersor3DTransform", 3) => {
            fields.expect(12)?;
            let [x, y, z] = fields.vector(9);
            let skew = [[1.0, x, y], [0.0, 1.0, z], [0.0, 0.0, 1.0]];
            let scaled = product(diagonal(fields.vector(6)), skew);
            let matrix = product(versor(fields.vector(0)), scaled);
            Centered { matrix, center: fields.center()?, translation: fields.vector(3) }
        }
        _ => return Ok(None),
    };
    Ok(Some(centered))
}

/// The numbers of an entry. `expect` comes first; then reading within that many parameters is safe.
struct Fields<'a> {
    format: &'static str,
    class: Class<'a>,
    entry: &'a Entry,
}

impl Fields<'_> {
    fn expect(&self, count: usize) -> Result<(), Error> {
        let found = self.entry.parameters.len();
        if found == count {
            return Ok(());
        }
        let why = format!("{} has {count} of them", self.entry.class);
        Err(Error::field(self.format, "number of Parameters", &found.to_string(), why))
    }

    /// The centre; files from before there was one have no fixed parameters.
    fn center(&self) -> Result<[f64; 3], Error> {
        let (fixed, n) = (&self.entry.fixed, self.class.dimensions);
        if !fixed.is_empty() && fixed.len() < n {
            let why = format!("the centre of {} has {n} coordinates", self.entry.class);
            return Err(Error::field(
                self.format,
                "number of FixedParameters",
                &fixed.len().to_string(),
                why,
            ));
        }
        Ok(first(fixed, n))
    }

    fn parameters<const N: usize>(&self, from: usize) -> [f64; N] {
        std::array::from_fn(|n| self.entry.parameters.get(from + n).copied().unwrap_or_default())
    }

    /// A vector of the class's dimensions.
    fn vector(&self, from: usize) -> [f64; 3] {
        first(self.entry.parameters.get(from..).unwrap_or_default(), self.class.dimensions)
    }

    fn matrix(&self) -> [[f64; 3]; 3] {
        let n = self.class.dimensions;
        std::array::from_fn(|r| if r < n { self.vector(r * n) } else { [0.0; 3] })
    }
}

/// The first `n` numbers, those beyond (or missing) zero.
fn first(values: &[f64], n: usize) -> [f64; 3] {
    std::array::from_fn(|axis| if axis < n { values.get(axis).copied().unwrap_or_default() } else { 0.0 })
}

const IDENTITY: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn diagonal([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]]
}

fn product(a: [[f64; 3]; 3], b: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    a.map(|row| std::array::from_fn(|c| row[0] * b[0][c] + row[1] * b[1][c] + row[2] * b[2][c]))
}

fn turn(angle: f64, scale: f64) -> [[f64; 3]; 3] {
    let (sin, cos) = angle.sin_cos();
    [[cos * scale, -sin * scale, 0.0], [sin * scale, cos * scale, 0.0], [0.0; 3]]
}

/// Rotations about x, y and z by `angles`: Z·X·Y, or Z·Y·X.
fn euler(angles: [f64; 3], zyx: bool) -> [[f64; 3]; 3] {
    let [(sx, cx), (sy, cy), (sz, cz)] = angles.map(f64::sin_cos);
    let x = [[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]];
    let y = [[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]];
    let z = [[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]];
    if zyx { product(product(z, y), x) } else { product(product(z, x), y) }
}

/// The matrix of a quaternion x, y, z, w as it is, without making it a unit first: as ITK does.
fn quaternion([x, y, z, w]: [f64; 4]) -> [[f64; 3]; 3] {
    let (xx, yy, zz, ww) = (x * x, y * y, z * z, w * w);
    [
        [ww + xx - yy - zz, 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), ww - xx + yy - zz, 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), ww - xx - yy + zz],
    ]
}

/// The rotation of a versor, a unit quaternion given by its vector part, which is shortened to a length below 1.
fn versor(vector: [f64; 3]) -> [[f64; 3]; 3] {
    const MARGIN: f64 = 1e-10;
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    let [x, y, z] =
        if length >= 1.0 - MARGIN { vector.map(|v| v / (length + MARGIN * length)) } else { vector };
    let w = (1.0 - (x * x + y * y + z * z)).max(0.0).sqrt();
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

/// A rotation with scale (from 1) added on its diagonal and skew added off it, row by row.
fn added(mut matrix: [[f64; 3]; 3], scale: [f64; 3], skew: [f64; 6]) -> [[f64; 3]; 3] {
    let mut skews = skew.into_iter();
    for r in 0..3 {
        for c in 0..3 {
            matrix[r][c] += if r == c { scale[r] - 1.0 } else { skews.next().unwrap_or_default() };
        }
    }
    matrix
}
