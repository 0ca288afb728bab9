//! Why some numbers are not a transform.

/// Why some numbers are not a transform.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformError {
    /// A lattice without extent, or whose axes do not span space.
    #[error("a lattice of {dims:?} nodes whose axes span {volume} mm³ holds no transform")]
    Lattice {
        /// Nodes along i, j and k.
        dims: [usize; 3],
        /// Volume of one cell, mm³.
        volume: f64,
    },
    /// Another number of vectors than lattice nodes.
    #[error("a lattice of {dims:?} nodes needs {expected} vectors, but there are {found}")]
    Length {
        /// Nodes along i, j and k.
        dims: [usize; 3],
        /// Vectors needed.
        expected: usize,
        /// Vectors given.
        found: usize,
    },
    /// Another number of source than of target landmarks.
    #[error("there are {source_landmarks} source landmarks but {target_landmarks} target landmarks")]
    Landmarks {
        /// Number of source landmarks.
        source_landmarks: usize,
        /// Number of target landmarks.
        target_landmarks: usize,
    },
    /// More landmarks than can be solved for in reasonable time.
    #[error("{found} landmarks are more than the {most} that a thin-plate spline may have")]
    TooManyLandmarks {
        /// Landmarks given.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// A landmark that is NaN or infinite.
    #[error("landmark {index} is not finite")]
    NotFinite {
        /// Its number, from 0.
        index: usize,
    },
}
