//! Brightness: histograms, bias fields, uptake values.

pub mod clahe;
pub mod histogram_equalisation;
pub mod histogram_matching;
pub mod intensity_windowing;
pub mod invert_intensity;
pub mod n4;
pub mod normalize;
pub mod pet_suv;
pub mod rescale_intensity;
pub mod shift_scale;
pub mod sigmoid;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<n4::N4BiasCorrection>(),
    Entry::of::<histogram_matching::HistogramMatching>(),
    Entry::of::<histogram_equalisation::HistogramEqualisation>(),
    Entry::of::<clahe::Clahe>(),
    Entry::of::<rescale_intensity::RescaleIntensity>(),
    Entry::of::<intensity_windowing::IntensityWindowing>(),
    Entry::of::<normalize::Normalize>(),
    Entry::of::<shift_scale::ShiftScale>(),
    Entry::of::<invert_intensity::InvertIntensity>(),
    Entry::of::<sigmoid::Sigmoid>(),
    Entry::of::<pet_suv::PetSuv>(),
];
