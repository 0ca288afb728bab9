//! What one file says of itself, without its pixels.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use microtome_image::Bytes;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::frame::{Frame, FrameTable};
use crate::object::Object;
use crate::parser::Extent;
use crate::pixels::format::PixelFormat;
use crate::syntax::TransferSyntax;

/// What one file says of itself, without its pixels.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The file; empty for bytes in memory.
    pub path: PathBuf,
    /// Patient ID.
    pub patient_id: String,
    /// Study Instance UID.
    pub study_uid: String,
    /// Series Instance UID.
    pub series_uid: String,
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    /// SOP Class UID.
    pub sop_class_uid: String,
    /// Modality, for example `CT`.
    pub modality: String,
    /// Series Number.
    pub series_number: Option<i64>,
    /// Series Description.
    pub series_description: String,
    /// Instance Number.
    pub instance_number: Option<i64>,
    /// Acquisition Number as written.
    pub acquisition_number: String,
    /// Image Type as written.
    pub image_type: String,
    /// Image Position (Patient) as written.
    pub image_position: String,
    /// Diffusion gradient orientation; empty if none.
    pub gradient: Vec<f64>,
    /// How the file is written.
    pub transfer_syntax: TransferSyntax,
    /// What the pixels look like; `None` for objects without pixels.
    pub format: Option<PixelFormat>,
    /// The frames; none for objects without pixels.
    pub frames: Vec<Frame>,
    /// Distance between slices where positions do not say it, mm.
    pub slice_spacing: Option<f64>,
    /// Whether it is an ultrasound picture without a usable calibration.
    pub uncalibrated: bool,
}

/// Bytes read at first. Headers of single slices rarely need more.
const HEAD: usize = 16 << 10;

impl Instance {
    /// What `object` says of itself.
    ///
    /// # Errors
    /// Attributes of the pixels that cannot be. An object without pixels is no error.
    pub fn of(object: &Object, path: &Path) -> Result<Self, Error> {
        let dataset = object.dataset();
        let code = |tag: Tag| dataset.code(tag).map(|c| c.into_owned()).unwrap_or_default();
        let written = |tag: Tag| match dataset.bytes(tag) {
            Some(bytes) => String::from_utf8_lossy(bytes).trim_matches([' ', '\0']).to_owned(),
            None => String::new(),
        };
        let format = match PixelFormat::of(object) {
            Ok(format) => Some(format),
            Err(Error::NoImage { .. }) => None,
            Err(error) => return Err(error),
        };
        let table = format.as_ref().map(|format| FrameTable::of(object, format)).transpose()?;
        let (frames, slice_spacing, uncalibrated) = table
            .map_or((Vec::new(), None, false), |t| (t.frames, t.slice_spacing, t.ultrasound_uncalibrated));
        Ok(Self {
            path: path.to_owned(),
            patient_id: dataset.text(tags::PATIENT_ID).unwrap_or_default(),
            study_uid: code(tags::STUDY_INSTANCE_UID),
            series_uid: code(tags::SERIES_INSTANCE_UID),
            sop_instance_uid: code(tags::SOP_INSTANCE_UID),
            sop_class_uid: object.sop_class(),
            modality: code(tags::MODALITY),
            series_number: dataset.integer(tags::SERIES_NUMBER),
            series_description: dataset.text(tags::SERIES_DESCRIPTION).unwrap_or_default(),
            instance_number: dataset.integer(tags::INSTANCE_NUMBER),
            acquisition_number: written(tags::ACQUISITION_NUMBER),
            image_type: written(tags::IMAGE_TYPE),
            image_position: written(tags::IMAGE_POSITION_PATIENT),
            gradient: dataset.numbers(tags::DIFFUSION_GRADIENT_ORIENTATION),
            transfer_syntax: object.transfer_syntax().clone(),
            format,
            frames,
            slice_spacing,
            uncalibrated,
        })
    }

    /// Reads the header of the file at `path`: some kilobytes, more only where they do not suffice.
    ///
    /// # Errors
    /// [`Error::NotDicom`], [`Error::Io`], and whatever is wrong with the elements.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::of(&read_header(path)?, path)
    }
}

/// A file's elements up to its pixels.
pub(crate) fn read_header(path: &Path) -> Result<Object, Error> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let whole = head.len() < HEAD;
    let parsed = Object::parse(&Bytes::from(head), Extent::Header);
    match parsed {
        Ok(object) if whole || has_pixels(object.dataset()) => Ok(object),
        Err(error @ Error::NotDicom { .. }) => Err(error),
        Err(error) if whole => Err(error),
        _ => Object::parse(&Bytes::map(path)?, Extent::Header),
    }
}

fn has_pixels(dataset: &Dataset) -> bool {
    [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA]
        .iter()
        .any(|&t| dataset.contains(t))
}
