//! The image pixel description (PS3.3 C.7.6.3).

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use microtome_image::ScalarType;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::object::Object;

/// What the samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Photometric {
    /// Low values are bright.
    Monochrome1,
    /// High values are bright.
    Monochrome2,
    /// Indices into a colour table.
    Palette,
    /// Red, green, blue.
    Rgb,
    /// Luminance and two colour differences, full range.
    YbrFull,
    /// The same, one pair of colour differences for two pixels of a row.
    YbrFull422,
    /// Luminance and colour differences, studio range, subsampled.
    YbrPartial,
    /// The colour transforms of JPEG 2000, which its decoder undoes.
    Ybr2000,
}

impl Photometric {
    /// From the attribute's value.
    fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "MONOCHROME1" => Self::Monochrome1,
            "MONOCHROME2" => Self::Monochrome2,
            "PALETTE COLOR" => Self::Palette,
            "RGB" => Self::Rgb,
            "YBR_FULL" => Self::YbrFull,
            "YBR_FULL_422" => Self::YbrFull422,
            "YBR_PARTIAL_420" | "YBR_PARTIAL_422" => Self::YbrPartial,
            "YBR_ICT" | "YBR_RCT" => Self::Ybr2000,
            _ => return None,
        })
    }

    /// Whether pixels become red, green and blue.
    pub const fn is_color(self) -> bool {
        !matches!(self, Self::Monochrome1 | Self::Monochrome2)
    }
}

/// Kind of number of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Whole numbers (Pixel Data).
    Integer,
    /// Single precision (Float Pixel Data).
    Float,
    /// Double precision (Double Float Pixel Data).
    Double,
}

/// What an object says of its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PixelFormat {
    /// Pixels in a column.
    pub rows: usize,
    /// Pixels in a row.
    pub columns: usize,
    /// Frames, at least 1.
    pub frames: usize,
    /// Samples per pixel as stored, 1 to 4.
    pub samples: usize,
    /// Whether all samples of one kind lie together instead of those of one pixel.
    pub planar: bool,
    /// Bits that a sample takes: 1, 8, 16, 32 or 64.
    pub bits_allocated: u32,
    /// Bits that mean something.
    pub bits_stored: u32,
    /// Position of the highest bit that means something, from 0.
    pub high_bit: u32,
    /// Whether samples are in two's complement.
    pub signed: bool,
    /// Kind of number.
    pub number: Number,
    /// What samples mean.
    pub photometric: Photometric,
}

/// The most frames that an object can have: Number of Frames has 12 digits, but no real file comes near this.
const MAX_FRAMES: i64 = 1 << 24;

impl PixelFormat {
    /// The pixels that `object` describes.
    ///
    /// # Errors
    /// [`Error::NoImage`] if it has no pixel data, [`Error::Missing`], [`Error::Value`] and [`Error::Unsupported`] for
    /// attributes that cannot be.
    pub fn of(object: &Object) -> Result<Self, Error> {
        let dataset = object.dataset();
        let number = if dataset.contains(tags::PIXEL_DATA) {
            Number::Integer
        } else if dataset.contains(tags::FLOAT_PIXEL_DATA) {
            Number::Float
        } else if dataset.contains(tags::DOUBLE_FLOAT_PIXEL_DATA) {
            Number::Double
        } else {
            let uid = object.sop_class();
            return Err(Error::NoImage { name: crate::dictionary::sop_class_name(&uid), uid });
        };
        let rows = size(dataset, tags::ROWS)?;
        let columns = size(dataset, tags::COLUMNS)?;
        let frames = match dataset.integer(tags::NUMBER_OF_FRAMES) {
            None | Some(0) => 1,
            Some(n @ 1..=MAX_FRAMES) => n as usize,
            Some(n) => {
                return Err(Error::value(tags::NUMBER_OF_FRAMES, n, "it must lie between 1 and 16777216"));
            }
        };
        let samples = dataset.integer(tags::SAMPLES_PER_PIXEL).unwrap_or(1);
        if !(1..=4).contains(&samples) {
            return Err(Error::value(tags::SAMPLES_PER_PIXEL, samples, "it must lie between 1 and 4"));
        }
        let code = dataset.code(tags::PHOTOMETRIC_INTERPRETATION);
        let photometric = match code.as_deref() {
            None if samples == 3 => Photometric::Rgb,
            None => Photometric::Monochrome2,
            Some(code) => Photometric::from_code(code)
                .ok_or_else(|| Error::unsupported(format!("photometric interpretation {code}")))?,
        };
        let samples = samples as usize;
        let needed = match photometric {
            Photometric::Palette => 1,
            p if p.is_color() => 3,
            _ => samples,
        };
        if samples != needed {
            let why = format!("{} needs {needed}", code.as_deref().unwrap_or_default());
            return Err(Error::value(tags::SAMPLES_PER_PIXEL, samples, why));
        }
        let bits_allocated = match number {
            Number::Integer => {
                let bits = dataset
                    .integer(tags::BITS_ALLOCATED)
                    .ok_or(Error::Missing { tag: tags::BITS_ALLOCATED })?;
                if !matches!(bits, 1 | 8 | 16 | 32 | 64) {
                    return Err(Error::value(tags::BITS_ALLOCATED, bits, "it must be 1, 8, 16, 32 or 64"));
                }
                bits as u32
            }
            Number::Float => 32,
            Number::Double => 64,
        };
        let in_sample = |tag, default: u32, least: i64| {
            let value = dataset.integer(tag).filter(|v| (least..=i64::from(bits_allocated)).contains(v));
            value.map_or(default, |v| v as u32)
        };
        let bits_stored = in_sample(tags::BITS_STORED, bits_allocated, 1);
        let high_bit =
            in_sample(tags::HIGH_BIT, bits_stored - 1, 0).clamp(bits_stored - 1, bits_allocated - 1);
        Ok(Self {
            rows,
            columns,
            frames,
            samples,
            planar: samples > 1 && dataset.integer(tags::PLANAR_CONFIGURATION) == Some(1),
            bits_allocated,
            bits_stored,
            high_bit,
            signed: number == Number::Integer && dataset.integer(tags::PIXEL_REPRESENTATION) == Some(1),
            number,
            photometric,
        })
    }

    /// The attribute that holds the pixels.
    pub const fn pixel_tag(&self) -> Tag {
        match self.number {
            Number::Integer => tags::PIXEL_DATA,
            Number::Float => tags::FLOAT_PIXEL_DATA,
            Number::Double => tags::DOUBLE_FLOAT_PIXEL_DATA,
        }
    }

    /// Values per voxel of the image: 3 for colour, else the samples.
    pub const fn components(&self) -> usize {
        if self.photometric.is_color() { 3 } else { self.samples }
    }

    /// Samples of one frame as stored, without subsampling.
    pub const fn frame_samples(&self) -> usize {
        self.rows * self.columns * self.samples
    }

    /// Bytes of one frame that is not compressed, of 8 bits per sample at least.
    pub(crate) fn native_frame_bytes(&self) -> usize {
        let pixels = self.rows * self.columns;
        let samples = match self.photometric {
            Photometric::YbrFull422 => pixels.next_multiple_of(2) * 2,
            _ => self.frame_samples(),
        };
        samples * (self.bits_allocated as usize / 8)
    }

    /// Bytes of all frames if they are not compressed.
    pub(crate) fn native_bytes(&self) -> u128 {
        if self.bits_allocated == 1 {
            return (self.frame_samples() as u128 * self.frames as u128).div_ceil(8);
        }
        self.native_frame_bytes() as u128 * self.frames as u128
    }

    /// Values of one frame of the image.
    pub const fn frame_values(&self) -> usize {
        self.rows * self.columns * self.components()
    }

    /// The type that holds every stored value.
    pub const fn stored_type(&self) -> ScalarType {
        match (self.number, self.bits_allocated, self.signed) {
            (Number::Float, ..) => ScalarType::Float32,
            (Number::Double, ..) => ScalarType::Float64,
            (_, 1, _) | (_, 8, false) => ScalarType::UInt8,
            (_, 8, true) => ScalarType::Int8,
            (_, 16, false) => ScalarType::UInt16,
            (_, 16, true) => ScalarType::Int16,
            (_, 32, false) => ScalarType::UInt32,
            (_, 32, true) => ScalarType::Int32,
            (_, _, false) => ScalarType::UInt64,
            (_, _, true) => ScalarType::Int64,
        }
    }

    /// Least and greatest value that the stored bits can say.
    pub fn stored_limits(&self) -> (f64, f64) {
        let bits = self.bits_stored as i32;
        if self.signed {
            (-2_f64.powi(bits - 1), 2_f64.powi(bits - 1) - 1.0)
        } else {
            (0.0, 2_f64.powi(bits) - 1.0)
        }
    }
}

fn size(dataset: &Dataset, tag: Tag) -> Result<usize, Error> {
    match dataset.integer(tag) {
        None => Err(Error::Missing { tag }),
        Some(n @ 1..=65_535) => Ok(n as usize),
        Some(n) => Err(Error::value(tag, n, "it must lie between 1 and 65535")),
    }
}
