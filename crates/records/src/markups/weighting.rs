//! What a surface's values make of a way over it: formulas such as `1 + 2 * activeScalar`.

use microtome_mesh::{Attribute, Mesh, Role};

/// The name of the active scalars in formulas.
const ACTIVE: &str = "activeScalar";

/// How deep a formula may be nested.
const DEEPEST: usize = 64;

/// The value of a formula at every point of a mesh, in single precision as 3D Slicer computes it. Names are those of the
/// point arrays (in quotation marks where they are no words), of which the first component counts. There are `+ - * / ^`,
/// brackets, and functions as `sqrt` and `max`. `None` if the formula is not understood or names what the mesh has not.
pub(super) fn weights(formula: &str, mesh: &Mesh) -> Option<Vec<f64>> {
    let mut parser = Parser { rest: formula, mesh, depth: 0 };
    let term = parser.sum()?;
    if !parser.rest.trim().is_empty() {
        return None;
    }
    Some((0..mesh.points().len()).map(|n| f64::from(term.at(n) as f32)).collect())
}

enum Term<'a> {
    Number(f64),
    Array(&'a Attribute),
    Unary(fn(f64) -> f64, Box<Self>),
    Binary(fn(f64, f64) -> f64, Box<[Self; 2]>),
}

impl Term<'_> {
    fn at(&self, point: usize) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Array(array) => array.values.get(point * array.components).unwrap_or(f64::NAN),
            Self::Unary(function, term) => function(term.at(point)),
            Self::Binary(function, terms) => function(terms[0].at(point), terms[1].at(point)),
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    mesh: &'a Mesh,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn sum(&mut self) -> Option<Term<'a>> {
        let mut term = self.product()?;
        loop {
            let function: fn(f64, f64) -> f64 = match () {
                () if self.sign('+') => |a, b| a + b,
                () if self.sign('-') => |a, b| a - b,
                () => return Some(term),
            };
            term = Term::Binary(function, Box::new([term, self.product()?]));
        }
    }

    fn product(&mut self) -> Option<Term<'a>> {
        let mut term = self.signed()?;
        loop {
            let function: fn(f64, f64) -> f64 = match () {
                () if self.sign('*') => |a, b| a * b,
                () if self.sign('/') => |a, b| a / b,
                () => return Some(term),
            };
            term = Term::Binary(function, Box::new([term, self.signed()?]));
        }
    }

    fn signed(&mut self) -> Option<Term<'a>> {
        self.depth += 1;
        let deep = self.depth > DEEPEST;
        let term = match () {
            () if deep => None,
            () if self.sign('-') => Some(Term::Unary(|v| -v, Box::new(self.signed()?))),
            () if self.sign('+') => self.signed(),
            () => self.power(),
        };
        self.depth -= 1;
        term
    }

    fn power(&mut self) -> Option<Term<'a>> {
        let base = self.atom()?;
        if !self.sign('^') {
            return Some(base);
        }
        Some(Term::Binary(f64::powf, Box::new([base, self.signed()?])))
    }

    fn atom(&mut self) -> Option<Term<'a>> {
        if self.sign('(') {
            let term = self.sum()?;
            return self.sign(')').then_some(term);
        }
        let rest = self.rest;
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, rest) = quoted.split_once('"')?;
            self.rest = rest;
            return self.array(name);
        }
        let end = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
        if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            let mantissa = end(&|c| !(c.is_ascii_digit() || c == '.'));
            let exponent = rest[mantissa..].strip_prefix(['e', 'E']).map_or(0, |tail| {
                let sign = usize::from(tail.starts_with(['+', '-']));
                let digits = tail[sign..].bytes().take_while(u8::is_ascii_digit).count();
                if digits > 0 { 1 + sign + digits } else { 0 }
            });
            let (number, rest) = rest.split_at(mantissa + exponent);
            self.rest = rest;
            return number.parse().ok().map(Term::Number);
        }
        let (name, rest) = rest.split_at(end(&|c| !(c.is_alphanumeric() || c == '_')));
        self.rest = rest;
        if name.is_empty() || !self.sign('(') {
            return self.array(name);
        }
        let first = self.sum()?;
        let term = if self.sign(',') {
            Term::Binary(function_of_two(name)?, Box::new([first, self.sum()?]))
        } else {
            Term::Unary(function_of_one(name)?, Box::new(first))
        };
        self.sign(')').then_some(term)
    }

    fn array(&self, name: &str) -> Option<Term<'a>> {
        let arrays = self.mesh.point_data();
        let active = || arrays.iter().find(|array| array.role == Role::Scalars && name == ACTIVE);
        let array = arrays.iter().find(|array| array.name == name && !name.is_empty()).or_else(active)?;
        Some(Term::Array(array))
    }

    /// Takes a sign if it comes next.
    fn sign(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(sign);
        let found = after.is_some();
        self.rest = after.map_or(self.rest, str::trim_start);
        found
    }
}

fn function_of_one(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "acos" => f64::acos,
        "asin" => f64::asin,
        "atan" => f64::atan,
        "ceil" => f64::ceil,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "exp" => f64::exp,
        "floor" => f64::floor,
        "ln" | "log" => f64::ln,
        "log10" => f64::log10,
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "sqrt" => f64::sqrt,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        _ => return None,
    })
}

fn function_of_two(name: &str) -> Option<fn(f64, f64) -> f64> {
    Some(match name {
        "max" => f64::max,
        "min" => f64::min,
        "pow" => f64::powf,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use microtome_geometry::Point;
    use microtome_image::Array;
    use microtome_mesh::Cells;

    use super::*;

    fn array(name: &str, role: Role, values: Vec<f32>) -> Attribute {
        Attribute { name: name.into(), components: values.len() / 2, role, values: Array::from(values) }
    }

    #[test]
    fn formulas_of_arrays() {
        let mesh = Mesh::new(vec![Point::zero(); 2], Cells::new()).unwrap();
        let mesh = mesh.with_point_data(array("Curvature", Role::Scalars, vec![2.0, -3.0])).unwrap();
        let mesh = mesh.with_point_data(array("two words", Role::Field, vec![1.0, 9.0, 4.0, 9.0])).unwrap();
        for (formula, expected) in [
            ("activeScalar", [2.0, -3.0]),
            (" 1 + 2*Curvature^2 ", [9.0, 19.0]),
            ("-activeScalar^2 / 4", [-1.0, -2.25]),
            ("sqrt(\"two words\") - .5e1", [-4.0, -3.0]),
            ("max(abs(activeScalar), 2.5) * (1 - -1)", [5.0, 6.0]),
            ("2^3^2", [512.0, 512.0]),
        ] {
            assert_eq!(weights(formula, &mesh), Some(expected.to_vec()), "{formula}");
        }
        for bad in [
            "",
            "1 +",
            "thickness",
            "sqrt(1",
            "sqrt(1, 2)",
            "max(1)",
            "1 2",
            "\"Curvature",
            "1e",
            "()",
            "é",
            "1..2",
        ] {
            assert_eq!(weights(bad, &mesh), None, "{bad}");
        }
        assert_eq!(weights(&"(".repeat(100_000), &mesh), None);
        assert_eq!(weights(&"-".repeat(100_000), &mesh), None);
    }
}
