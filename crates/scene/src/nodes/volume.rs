//! Volumes and label maps.

use microtome_image::{Image, Labels, Meaning};

/// A volume of scalars, colours, vectors or tensors; several frames for time points or gradient directions.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Voxels and geometry.
    pub image: Image,
}

impl Volume {
    pub(super) fn class(&self) -> &'static str {
        match self.image.meaning() {
            Meaning::SymmetricTensor | Meaning::Tensor => "DiffusionTensorVolume",
            Meaning::Scalar | Meaning::Label if self.image.components() == 1 => "ScalarVolume",
            _ => "VectorVolume",
        }
    }
}

/// A label map: whole numbers, each standing for a structure.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelVolume {
    /// Voxels and geometry.
    pub labels: Labels,
}
