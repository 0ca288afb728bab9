//! Volumes and label maps.

use microtome_image::{Image, Labels, Meaning};

use crate::fields::{names, node_type};

/// Which of the volume types it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VolumeKind {
    /// One number a voxel.
    #[default]
    Scalar,
    /// Vectors or colours.
    Vector,
    /// A frame for each gradient direction.
    DiffusionWeighted,
    /// Diffusion tensors.
    DiffusionTensor,
    /// Frames that arrive one by one.
    Streaming,
}

impl VolumeKind {
    const CLASSES: [(Self, &'static str); 5] = [
        (Self::Scalar, "ScalarVolume"),
        (Self::Vector, "VectorVolume"),
        (Self::DiffusionWeighted, "DiffusionWeightedVolume"),
        (Self::DiffusionTensor, "DiffusionTensorVolume"),
        (Self::Streaming, "StreamingVolume"),
    ];
}

names! {
    /// What the components of a voxel are.
    pub enum VoxelVectorType {
        /// Not said.
        #[default]
        Undefined = "undefined",
        /// A vector in space.
        Spatial = "spatial",
        /// Red, green, blue.
        Rgb = "colorRGB",
        /// Red, green, blue, alpha.
        Rgba = "colorRGBA",
        /// A covariant vector in space.
        SpatialCovariant = "spatialCovariant",
    }
}

node_type! {
    /// A volume of scalars, colours, vectors or tensors; several frames for time points or gradient directions.
    pub struct Volume {
        /// Which of the types it is.
        kind: VolumeKind;
        /// Voxels and geometry; `None` if its file is missing.
        image: Option<Image>;
        /// What the components of a voxel are.
        vector_type: VoxelVectorType, "voxelVectorType";
        /// What a value measures, as a coded entry.
        quantity: Option<String>, "voxelValueQuantity";
        /// Its unit, as a coded entry.
        units: Option<String>, "voxelValueUnits";
        /// How gradients were measured, for diffusion.
        diffusion: Option<Diffusion>;
    }
}

/// The gradients of a diffusion-weighted volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Diffusion {
    /// From the gradients' axes to those of RAS space, row by row.
    pub measurement_frame: [f64; 9],
    /// Direction of each frame's gradient.
    pub gradients: Vec<[f64; 3]>,
    /// Strength of each frame, s/mm².
    pub b_values: Vec<f64>,
}

impl Volume {
    /// A volume of the type that an image is of.
    pub fn new(image: Image) -> Self {
        let (kind, vector_type) = match image.meaning() {
            Meaning::SymmetricTensor | Meaning::Tensor => {
                (VolumeKind::DiffusionTensor, VoxelVectorType::Undefined)
            }
            Meaning::Rgb => (VolumeKind::Vector, VoxelVectorType::Rgb),
            Meaning::Rgba => (VolumeKind::Vector, VoxelVectorType::Rgba),
            Meaning::SpatialVector => (VolumeKind::Vector, VoxelVectorType::Spatial),
            Meaning::CovariantVector => (VolumeKind::Vector, VoxelVectorType::SpatialCovariant),
            Meaning::Scalar | Meaning::Label if image.components() == 1 => {
                (VolumeKind::Scalar, VoxelVectorType::Undefined)
            }
            _ => (VolumeKind::Vector, VoxelVectorType::Undefined),
        };
        Self { kind, vector_type, image: Some(image), ..Self::default() }
    }
}

impl super::Family for Volume {
    fn class(&self) -> &str {
        VolumeKind::CLASSES.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, class)| class)
    }

    fn of_class(class: &str) -> Option<Self> {
        let (kind, _) = *VolumeKind::CLASSES.iter().find(|(_, c)| *c == class)?;
        Some(Self { kind, ..Self::default() })
    }
}

node_type! {
    /// A label map: whole numbers, each standing for a structure.
    pub struct LabelVolume {
        /// Voxels and geometry; `None` if its file is missing.
        labels: Option<Labels>;
    }
}

impl LabelVolume {
    /// The label map of some voxels.
    pub const fn new(labels: Labels) -> Self {
        Self { labels: Some(labels) }
    }
}
