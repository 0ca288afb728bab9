//! Decoding the slices of a stack, in parallel, straight into the image's memory.

use std::path::Path;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use microtome_image::{Array, Bytes, Image, Meaning, ScalarType, with_scalar_type};
use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::instance::{Instance, read_header};
use crate::object::Object;
use crate::parser::Extent;
use crate::pixels::codec;
use crate::pixels::color::store_color;
use crate::pixels::format::{Photometric, PixelFormat};
use crate::pixels::frames::Frames;
use crate::pixels::palette::Palette;
use crate::pixels::store::{self, Voxel, store};
use crate::rescale::Rescale;
use crate::syntax::Compression;
use crate::volume::{self, AcquisitionGeometry, Arrangement, Slice, Stack};
use crate::warning::Warning;

/// A window: which values become black and white.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowPreset {
    /// Value in the middle of the grey ramp.
    pub center: f64,
    /// Width of the ramp.
    pub width: f64,
    /// What the file calls it; may be empty.
    pub explanation: String,
}

/// An image that a file or a series holds.
#[derive(Clone, Debug)]
pub struct DicomImage {
    /// The voxels: after the modality transform; colour as red, green, blue. Repetitions are frames.
    pub image: Image,
    /// `<SeriesNumber>: <SeriesDescription>`, with characters replaced that names cannot have.
    pub name: String,
    /// Attributes of the first slice's file by keyword, for display; empty ones are left out.
    pub metadata: Vec<(String, String)>,
    /// Windows of the middle slice, the first one to be applied.
    pub window_presets: Vec<WindowPreset>,
    /// Whether low values are to be shown bright (MONOCHROME1). The voxels are not inverted.
    pub inverted: bool,
    /// SOP instance UIDs of the slices by frame and k; one for an object with all its frames.
    pub instance_uids: Vec<String>,
    /// Instance numbers, like [`instance_uids`](Self::instance_uids).
    pub instance_numbers: Vec<Option<i64>>,
    /// Where the slices really are, if not on the image's lattice.
    pub acquisition_geometry: Option<AcquisitionGeometry>,
    /// Partial trouble on the way.
    pub warnings: Vec<Warning>,
}

impl DicomImage {
    /// The first value of an attribute in [`metadata`](Self::metadata).
    pub fn attribute(&self, keyword: &str) -> Option<&str> {
        self.metadata.iter().find(|(k, _)| k == keyword).map(|(_, v)| v.as_str())
    }
}

/// The attributes of [`DicomImage::metadata`].
const DISPLAYED: [Tag; 44] = [
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::PATIENT_AGE,
    tags::PATIENT_WEIGHT,
    tags::PATIENT_POSITION,
    tags::STUDY_INSTANCE_UID,
    tags::STUDY_ID,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::STUDY_DESCRIPTION,
    tags::ACCESSION_NUMBER,
    tags::SERIES_INSTANCE_UID,
    tags::SERIES_NUMBER,
    tags::SERIES_DATE,
    tags::SERIES_TIME,
    tags::SERIES_DESCRIPTION,
    tags::PROTOCOL_NAME,
    tags::MODALITY,
    tags::BODY_PART_EXAMINED,
    tags::MANUFACTURER,
    tags::MANUFACTURER_MODEL_NAME,
    tags::INSTITUTION_NAME,
    tags::FRAME_OF_REFERENCE_UID,
    tags::SOP_CLASS_UID,
    tags::ACQUISITION_DATE,
    tags::ACQUISITION_TIME,
    tags::CONTENT_DATE,
    tags::CONTENT_TIME,
    tags::IMAGE_TYPE,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::RESCALE_TYPE,
    tags::UNITS,
    tags::DOSE_UNITS,
    tags::DOSE_TYPE,
    tags::ECHO_TIME,
    tags::REPETITION_TIME,
    tags::FLIP_ANGLE,
    tags::KVP,
    tags::SLICE_THICKNESS,
    tags::CONTRAST_BOLUS_AGENT,
    tags::FRAME_TIME,
    tags::RECOMMENDED_DISPLAY_FRAME_RATE,
];

/// The image of one file, all its frames.
///
/// # Errors
/// [`Error::NoImage`] for objects without pixels; otherwise see [`Error`].
pub fn read(path: &Path) -> Result<DicomImage, Error> {
    read_named(&Bytes::map(path)?, path)
}

/// The image of one file's bytes, all its frames.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &Bytes) -> Result<DicomImage, Error> {
    read_named(bytes, Path::new(""))
}

fn read_named(bytes: &Bytes, path: &Path) -> Result<DicomImage, Error> {
    let object = Object::parse(bytes, Extent::Whole)?;
    let instance = Instance::of(&object, path)?;
    if instance.format.is_none() {
        let uid = instance.sop_class_uid;
        return Err(Error::NoImage { name: crate::dictionary::sop_class_name(&uid), uid });
    }
    let slices: Vec<Slice> = (0..instance.frames.len()).map(|frame| Slice { instance: 0, frame }).collect();
    let instances = [instance];
    let stack = match volume::arrange(&instances, &slices) {
        Arrangement::One(stack) => stack,
        Arrangement::Uneven(_) => volume::in_file_order(slices),
    };
    let opened = Opened::new(object, instances[0].format.as_ref())?;
    let name = node_name(&instances[0]);
    assemble(&instances, &stack, vec![Some(opened)], name, bytes.len() as u64)
}

/// The image of a stack of slices of files.
pub(crate) fn load(instances: &[Instance], stack: &Stack, name: String) -> Result<DicomImage, Error> {
    let bytes = instances.par_iter().map(|i| source_bytes(i).map_err(|e| e.of_file(&i.path)));
    let source_bytes = bytes.collect::<Result<Vec<u64>, Error>>()?.iter().sum();
    let open = |i: &Instance| match i.frames.len() {
        0 | 1 => Ok(None),
        _ => Opened::read(i).map(Some).map_err(|e| e.of_file(&i.path)),
    };
    let opened = instances.par_iter().map(open).collect::<Result<Vec<_>, Error>>()?;
    assemble(instances, stack, opened, name, source_bytes)
}

/// The size of an instance's file.
///
/// # Errors
/// [`Error::Truncated`] where it is too small for its pixels, so that no memory is had for them.
fn source_bytes(instance: &Instance) -> Result<u64, Error> {
    let found = std::fs::metadata(&instance.path)?.len();
    let syntax = &instance.transfer_syntax;
    let native = syntax.compression() == Compression::None && !syntax.is_deflated();
    let needed = instance.format.as_ref().filter(|_| native).map_or(0, PixelFormat::native_bytes);
    if u128::from(found) < needed {
        let needed = u64::try_from(needed).unwrap_or(u64::MAX);
        return Err(Error::Truncated { what: "the pixel data".to_owned(), needed, found });
    }
    Ok(found)
}

/// An object whose frames are located.
struct Opened {
    object: Object,
    frames: Frames,
    palette: Option<Palette>,
    compression: Compression,
}

impl Opened {
    fn new(object: Object, format: Option<&PixelFormat>) -> Result<Self, Error> {
        let format = format.ok_or(Error::Missing { tag: tags::PIXEL_DATA })?;
        let frames = Frames::locate(&object, format)?;
        let palette = match format.photometric {
            Photometric::Palette => Some(Palette::of(object.dataset(), format.signed)?),
            _ => None,
        };
        let compression = object.transfer_syntax().compression();
        Ok(Self { object, frames, palette, compression })
    }

    fn read(instance: &Instance) -> Result<Self, Error> {
        let object = Object::parse(&Bytes::map(&instance.path)?, Extent::Whole)?;
        // The file may have changed since its header was read.
        if Some(&PixelFormat::of(&object)?) != instance.format.as_ref() {
            return Err(Error::Mismatch { why: "the file has changed since it was examined".to_owned() });
        }
        Self::new(object, instance.format.as_ref())
    }

    /// Decodes a frame into `out`; gives the range of the stored values if `measure`.
    fn decode<T: Voxel>(
        &self,
        format: &PixelFormat,
        frame: usize,
        rescale: &Rescale,
        measure: bool,
        out: &mut [T],
    ) -> Result<store::Range, Error> {
        let samples = codec::decode(&self.frames, self.compression, format, frame)?;
        if format.photometric.is_color() {
            store_color(&samples, format, self.palette.as_ref(), out);
            return Ok(None);
        }
        if samples.planar {
            let interleaved = codec::interleave(&samples, format.samples);
            return Ok(store(&interleaved, format, rescale, measure, out));
        }
        Ok(store(&samples, format, rescale, measure, out))
    }
}

/// Bytes of voxels that a compressed byte, or an uncompressed one, is believed to stand for, beyond a first 64 MiB.
const COMPRESSED_RATIO: u128 = 2048;
const NATIVE_RATIO: u128 = 64;

struct Assembly<'a> {
    instances: &'a [Instance],
    opened: Vec<Option<Opened>>,
    slices: Vec<Slice>,
    frame_values: usize,
}

impl Assembly<'_> {
    fn format(&self, slice: Slice) -> Result<&PixelFormat, Error> {
        self.instances[slice.instance].format.as_ref().ok_or(Error::Missing { tag: tags::PIXEL_DATA })
    }

    fn formats(&self) -> impl Iterator<Item = (&PixelFormat, &Rescale)> + Clone {
        self.slices.iter().filter_map(|s| {
            let instance = &self.instances[s.instance];
            Some((instance.format.as_ref()?, &instance.frames[s.frame].rescale))
        })
    }

    /// Decodes all slices as `T`. Gives the range of the stored values of each slice if `measure`.
    fn fill<T: Voxel>(&self, measure: bool) -> Result<(Vec<T>, Vec<store::Range>), Error> {
        let mut values = vec![T::default(); self.frame_values * self.slices.len()];
        let targets = values.par_chunks_exact_mut(self.frame_values).zip(&self.slices);
        let decode = |(out, slice): (&mut [T], &Slice)| {
            let instance = &self.instances[slice.instance];
            let format = self.format(*slice)?;
            let rescale = &instance.frames[slice.frame].rescale;
            let result = match &self.opened[slice.instance] {
                Some(opened) => opened.decode(format, slice.frame, rescale, measure, out),
                None => {
                    Opened::read(instance).and_then(|o| o.decode(format, slice.frame, rescale, measure, out))
                }
            };
            result
                .map_err(|e| if instance.path.as_os_str().is_empty() { e } else { e.of_file(&instance.path) })
        };
        let ranges = targets.map(decode).collect::<Result<Vec<_>, Error>>()?;
        Ok((values, ranges))
    }

    fn array(&self, scalar_type: ScalarType, check: bool) -> Result<Array, Error> {
        if !check {
            return Ok(with_scalar_type!(scalar_type, T => Array::from(self.fill::<T>(false)?.0)));
        }
        let (array, ranges) = with_scalar_type!(scalar_type, T => {
            let (values, ranges) = self.fill::<T>(true)?;
            (Array::from(values), ranges)
        });
        let mut exact = (f64::INFINITY, f64::NEG_INFINITY);
        for (slice, range) in self.slices.iter().zip(ranges) {
            let rescale = &self.instances[slice.instance].frames[slice.frame].rescale;
            if let Some((low, high)) = range {
                let (low, high) = rescale.range((low as f64, high as f64));
                exact = (exact.0.min(low), exact.1.max(high));
            }
        }
        let (least, greatest) = scalar_type.limits();
        if least <= exact.0 && exact.1 <= greatest {
            return Ok(array);
        }
        drop(array);
        let wide = ScalarType::narrowest_integer(exact.0, exact.1).unwrap_or(ScalarType::Float64);
        Ok(with_scalar_type!(wide, T => Array::from(self.fill::<T>(false)?.0)))
    }
}

fn assemble(
    instances: &[Instance],
    stack: &Stack,
    opened: Vec<Option<Opened>>,
    name: String,
    source_bytes: u64,
) -> Result<DicomImage, Error> {
    let slices: Vec<Slice> = stack.repetitions.iter().flatten().copied().collect();
    let first = slices.first().ok_or_else(|| Error::Mismatch { why: "there are no slices".to_owned() })?;
    let instance = &instances[first.instance];
    let format = instance.format.as_ref().ok_or(Error::Missing { tag: tags::PIXEL_DATA })?;
    let shape = |f: &PixelFormat| (f.rows, f.columns, f.components(), f.photometric.is_color());
    for slice in &slices {
        let other = instances[slice.instance].format.as_ref();
        if other.map(shape) != Some(shape(format)) {
            return Err(Error::Mismatch { why: "rows, columns or samples per pixel differ".to_owned() });
        }
    }
    let assembly =
        Assembly { instances, opened, frame_values: format.frame_values(), slices: slices.clone() };
    let is_dose = instance.modality == "RTDOSE";
    let (scalar_type, check) = store::output_type(assembly.formats(), is_dose);
    let claimed = assembly.frame_values as u128 * slices.len() as u128 * scalar_type.size() as u128;
    let native = assembly.opened.iter().flatten().all(|o| o.frames.compressed_len().is_none());
    let single = assembly.opened.iter().all(Option::is_none);
    let ratio = if native && !single { NATIVE_RATIO } else { COMPRESSED_RATIO };
    let limit = (64 << 20) + ratio * u128::from(source_bytes);
    if claimed > limit {
        return Err(Error::TooLarge { claimed, limit });
    }
    let array = if format.photometric.is_color() {
        let stored =
            if format.photometric == Photometric::Palette { ScalarType::UInt8 } else { format.stored_type() };
        assembly.array(stored, false)?
    } else {
        assembly.array(scalar_type, check)?
    };
    let lattice = volume::lattice(instances, stack, format.rows, format.columns);
    let meaning = match (format.photometric.is_color(), format.components()) {
        (true, _) => Meaning::Rgb,
        (false, 1) => Meaning::Scalar,
        (false, _) => Meaning::Vector,
    };
    let image = Image::new(lattice.grid, format.components(), stack.repetitions.len(), meaning, array)?;
    let mut warnings = stack.warnings.clone();
    warnings.extend(lattice.warnings);
    if instance.uncalibrated {
        warnings.push(Warning::NeedsCalibration);
    }
    let header = |slice: Slice| match &assembly.opened[slice.instance] {
        Some(opened) => Ok(opened.object.clone()),
        None => read_header(&instances[slice.instance].path),
    };
    let middle = stack.repetitions[0][stack.repetitions[0].len() / 2];
    let window_presets = windows(header(middle)?.dataset(), middle.frame, &mut warnings);
    let metadata = displayed(header(*first)?.dataset());
    let mut uids: Vec<usize> = slices.iter().map(|s| s.instance).collect();
    if slices.iter().all(|s| s.instance == first.instance) {
        uids.truncate(1);
    }
    Ok(DicomImage {
        image,
        name,
        metadata,
        window_presets,
        inverted: format.photometric == Photometric::Monochrome1,
        instance_uids: uids.iter().map(|&n| instances[n].sop_instance_uid.clone()).collect(),
        instance_numbers: uids.iter().map(|&n| instances[n].instance_number).collect(),
        acquisition_geometry: lattice.acquisition,
        warnings,
    })
}

fn displayed(dataset: &Dataset) -> Vec<(String, String)> {
    let value = |tag: Tag| Some((crate::dictionary::keyword(tag).to_owned(), dataset.text(tag)?));
    DISPLAYED.into_iter().filter_map(value).collect()
}

/// The windows of a frame: of its functional groups, else of the object.
fn windows(dataset: &Dataset, frame: usize, warnings: &mut Vec<Warning>) -> Vec<WindowPreset> {
    let of_group = |group: &Dataset| group.first_item(tags::FRAME_VOILUT_SEQUENCE);
    let groups = dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).unwrap_or_default();
    let shared = || dataset.first_item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let item = groups.get(frame).and_then(of_group).or_else(|| of_group(&shared()?));
    let source = item.as_ref().unwrap_or(dataset);
    let (centers, widths) = (source.numbers(tags::WINDOW_CENTER), source.numbers(tags::WINDOW_WIDTH));
    if centers.len() != widths.len() {
        warnings.push(Warning::WindowCounts { centers: centers.len(), widths: widths.len() });
        return Vec::new();
    }
    let names = source.text(tags::WINDOW_CENTER_WIDTH_EXPLANATION).unwrap_or_default();
    let mut names = names.split('\\');
    let pairs = centers.into_iter().zip(widths);
    let preset = |(center, width): (f64, f64)| {
        let explanation = names.next().unwrap_or_default().trim().to_owned();
        WindowPreset { center, width, explanation }
    };
    pairs.map(preset).filter(|w| w.center.is_finite() && w.width.is_finite() && w.width > 0.0).collect()
}

/// `<SeriesNumber>: <SeriesDescription>`, without characters that separate names and paths.
pub(crate) fn node_name(instance: &Instance) -> String {
    let description = match instance.series_description.as_str() {
        "" => "Unnamed Series",
        text => text,
    };
    let name = match instance.series_number {
        Some(number) => format!("{number}: {description}"),
        None => description.to_owned(),
    };
    name.replace(['|', '/', '\\'], "-").replace('*', "(star)")
}
