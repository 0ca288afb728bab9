//! What the body is made of, and how bright it is.

/// A material of the phantom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tissue {
    /// Air outside the body and in the airways.
    Air,
    /// Skin.
    Skin,
    /// Fat.
    Fat,
    /// Muscle.
    Muscle,
    /// Lung tissue.
    Lung,
    /// Cortical bone.
    Cortex,
    /// Bone marrow with its trabeculae.
    Marrow,
    /// The discs between vertebrae, and rib cartilage.
    Cartilage,
    /// Blood without contrast agent: veins and the vessels of the lung.
    Blood,
    /// Blood with contrast agent: the left heart and the arteries.
    ContrastBlood,
    /// The wall of the heart.
    Myocardium,
    /// Liver.
    Liver,
    /// Spleen and kidney cortex.
    Spleen,
    /// The contents of stomach and spinal canal.
    Fluid,
    /// The lesion.
    Lesion,
}

impl Tissue {
    /// Radiodensity in Hounsfield units, portal venous phase at 120 kV: textbook values.
    pub const fn hounsfield(self) -> f32 {
        match self {
            Self::Air => -1000.0,
            Self::Skin => 40.0,
            Self::Fat => -100.0,
            Self::Muscle => 55.0,
            Self::Lung => -840.0,
            Self::Cortex => 1050.0,
            Self::Marrow => 240.0,
            Self::Cartilage => 110.0,
            Self::Blood => 50.0,
            Self::ContrastBlood => 330.0,
            Self::Myocardium => 110.0,
            Self::Liver => 105.0,
            Self::Spleen => 125.0,
            Self::Fluid => 10.0,
            Self::Lesion => 45.0,
        }
    }

    /// Signal in a T1-weighted image, in arbitrary units.
    pub const fn t1(self) -> f32 {
        match self {
            Self::Air => 0.0,
            Self::Skin => 420.0,
            Self::Fat => 760.0,
            Self::Muscle => 330.0,
            Self::Lung => 40.0,
            Self::Cortex => 30.0,
            Self::Marrow => 560.0,
            Self::Cartilage => 260.0,
            Self::Blood => 150.0,
            Self::ContrastBlood => 180.0,
            Self::Myocardium => 350.0,
            Self::Liver => 450.0,
            Self::Spleen => 340.0,
            Self::Fluid => 110.0,
            Self::Lesion => 270.0,
        }
    }
}
