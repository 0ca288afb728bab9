//! Frames of reference and the points and vectors that live in them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Div, Index, Mul, Neg, Sub};

/// A frame of reference: a marker type that says what three coordinates mean.
pub trait Frame: Copy + fmt::Debug + Default + PartialEq + Send + Sync + 'static {
    /// The frame's name as people say it.
    const NAME: &'static str;
}

macro_rules! frames {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;
        impl Frame for $name {
            const NAME: &'static str = $text;
        }
    )*};
}

frames! {
    /// Patient space in memory: x to the right, y to the front, z to the head; millimetres.
    Ras = "RAS";
    /// Patient space in DICOM and ITK files: x to the left, y to the back, z to the head; millimetres.
    Lps = "LPS";
    /// Voxel indices of an image, fastest axis first; whole numbers are voxel centres.
    Ijk = "IJK";
    /// A slice view's plane: x to the screen's right, y up, z along the slice's axis; millimetres.
    Slice = "slice";
    /// Pixels of a picture: x to the right, y up, from the lower left pixel's centre.
    View = "view";
}

/// A position in the frame `F`.
#[repr(transparent)]
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Point<F> {
    coords: [f64; 3],
    frame: PhantomData<F>,
}

/// A displacement or direction in the frame `F`; unlike a [`Point`] it is not moved by translations.
#[repr(transparent)]
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Vector<F> {
    coords: [f64; 3],
    frame: PhantomData<F>,
}

macro_rules! triple {
    ($name:ident) => {
        impl<F: Frame> $name<F> {
            /// From its three coordinates.
            pub const fn new(x: f64, y: f64, z: f64) -> Self {
                Self { coords: [x, y, z], frame: PhantomData }
            }

            /// From an array of its three coordinates.
            pub const fn from_array(coords: [f64; 3]) -> Self {
                Self { coords, frame: PhantomData }
            }

            /// All coordinates zero.
            pub const fn zero() -> Self {
                Self::new(0.0, 0.0, 0.0)
            }

            /// The three coordinates.
            pub const fn coords(self) -> [f64; 3] {
                self.coords
            }

            /// First coordinate.
            pub const fn x(self) -> f64 {
                self.coords[0]
            }

            /// Second coordinate.
            pub const fn y(self) -> f64 {
                self.coords[1]
            }

            /// Third coordinate.
            pub const fn z(self) -> f64 {
                self.coords[2]
            }

            /// Whether no coordinate is NaN or infinite.
            pub fn is_finite(self) -> bool {
                self.coords.iter().all(|c| c.is_finite())
            }
        }

        impl<F: Frame> fmt::Debug for $name<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let [x, y, z] = self.coords;
                write!(f, "{}({x}, {y}, {z})", F::NAME)
            }
        }

        impl<F: Frame> Index<usize> for $name<F> {
            type Output = f64;
            fn index(&self, axis: usize) -> &f64 {
                &self.coords[axis]
            }
        }

        impl<F: Frame> From<[f64; 3]> for $name<F> {
            fn from(coords: [f64; 3]) -> Self {
                Self::from_array(coords)
            }
        }
    };
}

triple!(Point);
triple!(Vector);

fn zip(a: [f64; 3], b: [f64; 3], f: impl Fn(f64, f64) -> f64) -> [f64; 3] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2])]
}

impl<F: Frame> Point<F> {
    /// The position vector from the frame's origin.
    pub fn to_vector(self) -> Vector<F> {
        Vector::from_array(self.coords)
    }

    /// Euclidean distance to `other`.
    pub fn distance(self, other: Self) -> f64 {
        (self - other).length()
    }

    /// The point `t` of the way from `self` (0) to `other` (1).
    pub fn lerp(self, other: Self, t: f64) -> Self {
        self + (other - self) * t
    }
}

impl<F: Frame> Vector<F> {
    /// Scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.coords[0] * other.coords[0] + self.coords[1] * other.coords[1] + self.coords[2] * other.coords[2]
    }

    /// Vector product.
    pub fn cross(self, other: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.coords, other.coords);
        Self::new(b * z - c * y, c * x - a * z, a * y - b * x)
    }

    /// Euclidean length.
    pub fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The vector of length one in the same direction; `None` for a zero or non-finite vector.
    pub fn normalized(self) -> Option<Self> {
        let length = self.length();
        (length > 0.0 && length.is_finite()).then(|| self / length)
    }

    /// The position reached from the frame's origin.
    pub fn to_point(self) -> Point<F> {
        Point::from_array(self.coords)
    }
}

impl<F: Frame> Add<Vector<F>> for Point<F> {
    type Output = Self;
    fn add(self, v: Vector<F>) -> Self {
        Self::from_array(zip(self.coords, v.coords, |a, b| a + b))
    }
}

impl<F: Frame> Sub<Vector<F>> for Point<F> {
    type Output = Self;
    fn sub(self, v: Vector<F>) -> Self {
        Self::from_array(zip(self.coords, v.coords, |a, b| a - b))
    }
}

impl<F: Frame> Sub for Point<F> {
    type Output = Vector<F>;
    fn sub(self, other: Self) -> Vector<F> {
        Vector::from_array(zip(self.coords, other.coords, |a, b| a - b))
    }
}

impl<F: Frame> Add for Vector<F> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::from_array(zip(self.coords, other.coords, |a, b| a + b))
    }
}

impl<F: Frame> Sub for Vector<F> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::from_array(zip(self.coords, other.coords, |a, b| a - b))
    }
}

impl<F: Frame> Neg for Vector<F> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::from_array(self.coords.map(|c| -c))
    }
}

impl<F: Frame> Mul<f64> for Vector<F> {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::from_array(self.coords.map(|c| c * factor))
    }
}

impl<F: Frame> Div<f64> for Vector<F> {
    type Output = Self;
    fn div(self, divisor: f64) -> Self {
        Self::from_array(self.coords.map(|c| c / divisor))
    }
}

impl Point<Lps> {
    /// The same position in RAS: x and y change sign.
    pub fn to_ras(self) -> Point<Ras> {
        Point::new(-self.x(), -self.y(), self.z())
    }
}

impl Point<Ras> {
    /// The same position in LPS: x and y change sign.
    pub fn to_lps(self) -> Point<Lps> {
        Point::new(-self.x(), -self.y(), self.z())
    }
}

impl Vector<Lps> {
    /// The same displacement in RAS: x and y change sign.
    pub fn to_ras(self) -> Vector<Ras> {
        Vector::new(-self.x(), -self.y(), self.z())
    }
}

impl Vector<Ras> {
    /// The same displacement in LPS: x and y change sign.
    pub fn to_lps(self) -> Vector<Lps> {
        Vector::new(-self.x(), -self.y(), self.z())
    }
}
