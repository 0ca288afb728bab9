//! Where frames stand and what their values mean: plain attributes and functional groups (PS3.3 C.7.6.2, C.7.6.16).

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use microtome_geometry::{Lps, Point, Vector};

use crate::dataset::Dataset;
use crate::error::Error;
use crate::object::Object;
use crate::pixels::format::PixelFormat;
use crate::rescale::Rescale;

/// Geometry and meaning of one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Centre of the first pixel, mm.
    pub position: Option<Point<Lps>>,
    /// Unit vectors along a row (towards greater columns) and along a column.
    pub orientation: Option<[Vector<Lps>; 2]>,
    /// Distance between rows, and between columns, mm.
    pub spacing: Option<[f64; 2]>,
    /// From stored values to values with a meaning.
    pub rescale: Rescale,
    /// What tells frames at one position apart (stack, time, echo, diffusion, kind, segment); equal for the slices of
    /// one volume.
    pub key: String,
    /// Order of frames at one position: time, acquisition, echo, trigger, diffusion, instance.
    pub order: [f64; 7],
}

/// Distance between slices where positions do not say it, and the frames of an object.
#[derive(Clone, Debug)]
pub(crate) struct FrameTable {
    pub frames: Vec<Frame>,
    pub slice_spacing: Option<f64>,
    /// Whether it is an ultrasound picture without a usable calibration.
    pub ultrasound_uncalibrated: bool,
}

impl Frame {
    /// Vector product of the orientation's two directions.
    pub fn normal(&self) -> Option<Vector<Lps>> {
        let [row, column] = self.orientation?;
        row.cross(column).normalized()
    }
}

fn orientation(dataset: &Dataset, tag: Tag) -> Option<[Vector<Lps>; 2]> {
    let v: [f64; 6] = dataset.vector(tag)?;
    let row = Vector::new(v[0], v[1], v[2]);
    let column = Vector::new(v[3], v[4], v[5]);
    // Directions written with few digits stay as they are: other programs do not normalise them either.
    (row.cross(column).length() > 0.1).then_some([row, column])
}

fn position(dataset: &Dataset, tag: Tag) -> Option<Point<Lps>> {
    dataset.vector::<3>(tag).map(Point::from_array)
}

fn spacing(dataset: &Dataset, tag: Tag) -> Option<[f64; 2]> {
    dataset.vector::<2>(tag).filter(|s| s.iter().all(|&v| v > 0.0))
}

fn positive(dataset: &Dataset, tag: Tag) -> Option<f64> {
    dataset.number(tag).filter(|&v| v.is_finite() && v > 0.0)
}

/// Seconds of a time written as HHMMSS.FFFFFF.
fn seconds(dataset: &Dataset, tag: Tag) -> Option<f64> {
    let text = dataset.code(tag)?;
    let digits = text.replace(':', "");
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|t| t.parse::<f64>().ok());
    let rest = digits.get(4..).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    Some(part(0..2)? * 3600.0 + part(2..4).unwrap_or(0.0) * 60.0 + rest)
}

/// Pixel spacing of a calibrated ultrasound picture: exactly one two-dimensional region in centimetres.
fn ultrasound_spacing(dataset: &Dataset) -> Option<[f64; 2]> {
    let regions = dataset.items(tags::SEQUENCE_OF_ULTRASOUND_REGIONS).ok()?;
    let usable = |region: &&Dataset| {
        region.integer(tags::REGION_SPATIAL_FORMAT) == Some(1)
            && matches!(region.integer(tags::REGION_DATA_TYPE), Some(1 | 2))
            && region.integer(tags::PHYSICAL_UNITS_X_DIRECTION) == Some(3)
            && region.integer(tags::PHYSICAL_UNITS_Y_DIRECTION) == Some(3)
    };
    let mut usable_regions = regions.iter().filter(usable);
    let region = usable_regions.next()?;
    if usable_regions.next().is_some() {
        return None;
    }
    let millimetres =
        |tag| region.number(tag).map(|v| (v * 10.0).abs()).filter(|v| v.is_finite() && *v > 0.0);
    Some([millimetres(tags::PHYSICAL_DELTA_Y)?, millimetres(tags::PHYSICAL_DELTA_X)?])
}

impl FrameTable {
    /// The frames that `object` describes.
    ///
    /// # Errors
    /// What is wrong with its sequences and look-up tables.
    pub fn of(object: &Object, format: &PixelFormat) -> Result<Self, Error> {
        let dataset = object.dataset();
        let modality = dataset.code(tags::MODALITY).unwrap_or_default().into_owned();
        let mut base = plain(dataset, format)?;
        let is_ultrasound = modality == "US" || modality == "IVUS";
        let mut ultrasound_uncalibrated = false;
        if base.spacing.is_none() && (is_ultrasound || dataset.contains(tags::SEQUENCE_OF_ULTRASOUND_REGIONS))
        {
            base.spacing = ultrasound_spacing(dataset);
            ultrasound_uncalibrated = base.spacing.is_none();
        }
        // Nuclear medicine says there where its first slice lies.
        if let Some(detector) = dataset.first_item(tags::DETECTOR_INFORMATION_SEQUENCE) {
            base.position = base.position.or(position(&detector, tags::IMAGE_POSITION_PATIENT));
            base.orientation = base.orientation.or(orientation(&detector, tags::IMAGE_ORIENTATION_PATIENT));
        }
        // Thickness stands in for spacing between the frames of an object. A lone slice without spacing has 1 mm, as in ITK.
        let several = format.frames > 1;
        let mut slice_spacing = positive(dataset, tags::SPACING_BETWEEN_SLICES)
            .or_else(|| positive(dataset, tags::SLICE_THICKNESS).filter(|_| several));
        if let Some(scaling) = positive(dataset, tags::DOSE_GRID_SCALING) {
            base.rescale = Rescale::Linear { slope: scaling, intercept: 0.0 };
        }
        let shared = dataset.first_item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
        if let Some(shared) = &shared {
            apply_groups(shared, format, &mut base, &mut slice_spacing)?;
        }
        let groups = dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)?;
        let mut frames = Vec::with_capacity(format.frames.min(1 << 16));
        for n in 0..format.frames {
            let mut frame = base.clone();
            if let Some(group) = groups.get(n) {
                apply_groups(group, format, &mut frame, &mut slice_spacing)?;
            }
            frames.push(frame);
        }
        if groups.is_empty() && format.frames > 1 {
            infer_positions(dataset, &base, slice_spacing, &mut frames);
        }
        Ok(Self { frames, slice_spacing, ultrasound_uncalibrated })
    }
}

/// Positions of frames that only the first one's position and an offset vector or spacing tell.
fn infer_positions(dataset: &Dataset, base: &Frame, slice_spacing: Option<f64>, frames: &mut [Frame]) {
    let offsets = dataset.numbers(tags::GRID_FRAME_OFFSET_VECTOR);
    let (Some(position), Some(normal)) = (base.position, base.normal()) else { return };
    if offsets.len() == frames.len() && offsets.iter().all(|o| o.is_finite()) {
        for (frame, offset) in frames.iter_mut().zip(&offsets) {
            frame.position = Some(position + normal * (offset - offsets[0]));
        }
        return;
    }
    let is_cine = dataset.contains(tags::FRAME_TIME) || dataset.contains(tags::FRAME_TIME_VECTOR);
    let Some(step) = slice_spacing.filter(|_| !is_cine) else {
        // The same place again and again: a film, whose frames lie along k.
        frames.iter_mut().for_each(|frame| frame.position = None);
        return;
    };
    for (n, frame) in frames.iter_mut().enumerate() {
        frame.position = Some(position + normal * (step * n as f64));
    }
}

/// What the attributes outside of functional groups say.
fn plain(dataset: &Dataset, format: &PixelFormat) -> Result<Frame, Error> {
    let number = |tag| dataset.number(tag).filter(|v| v.is_finite()).unwrap_or(0.0);
    let spacing = spacing(dataset, tags::PIXEL_SPACING)
        .or_else(|| spacing(dataset, tags::IMAGER_PIXEL_SPACING))
        .or_else(|| spacing(dataset, tags::NOMINAL_SCANNED_PIXEL_SPACING))
        .or_else(|| spacing(dataset, tags::IMAGE_PLANE_PIXEL_SPACING));
    Ok(Frame {
        position: position(dataset, tags::IMAGE_POSITION_PATIENT),
        orientation: orientation(dataset, tags::IMAGE_ORIENTATION_PATIENT),
        spacing,
        rescale: Rescale::of(dataset, format.signed)?.unwrap_or(Rescale::IDENTITY),
        key: String::new(),
        order: [
            number(tags::TEMPORAL_POSITION_IDENTIFIER),
            number(tags::ACQUISITION_NUMBER),
            number(tags::ECHO_TIME),
            number(tags::TRIGGER_TIME),
            number(tags::DIFFUSION_B_VALUE),
            seconds(dataset, tags::ACQUISITION_TIME).unwrap_or(0.0),
            number(tags::INSTANCE_NUMBER),
        ],
    })
}

/// Applies the functional groups of one item to a frame.
fn apply_groups(
    group: &Dataset,
    format: &PixelFormat,
    frame: &mut Frame,
    slice_spacing: &mut Option<f64>,
) -> Result<(), Error> {
    if let Some(item) = group.first_item(tags::PLANE_POSITION_SEQUENCE) {
        frame.position = position(&item, tags::IMAGE_POSITION_PATIENT).or(frame.position);
    } else if let Some(item) = group.first_item(tags::PLANE_POSITION_VOLUME_SEQUENCE) {
        frame.position = position(&item, tags::IMAGE_POSITION_VOLUME).or(frame.position);
    }
    if let Some(item) = group.first_item(tags::PLANE_ORIENTATION_SEQUENCE) {
        frame.orientation = orientation(&item, tags::IMAGE_ORIENTATION_PATIENT).or(frame.orientation);
    } else if let Some(item) = group.first_item(tags::PLANE_ORIENTATION_VOLUME_SEQUENCE) {
        frame.orientation = orientation(&item, tags::IMAGE_ORIENTATION_VOLUME).or(frame.orientation);
    }
    if let Some(item) = group.first_item(tags::PIXEL_MEASURES_SEQUENCE) {
        frame.spacing = spacing(&item, tags::PIXEL_SPACING).or(frame.spacing);
        *slice_spacing = positive(&item, tags::SPACING_BETWEEN_SLICES)
            .or_else(|| positive(&item, tags::SLICE_THICKNESS))
            .or(*slice_spacing);
    }
    if let Some(item) = group.first_item(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE)
        && let Some(rescale) = Rescale::of(&item, format.signed)?
    {
        frame.rescale = rescale;
    }
    let mut key = |item: Option<Dataset>, tags: &[Tag]| {
        let Some(item) = item else { return };
        for &tag in tags {
            let value = item.text(tag).filter(|_| item.bytes(tag).is_some());
            let value = match crate::dictionary::representation(tag) {
                dicom_core::VR::FD | dicom_core::VR::UL | dicom_core::VR::US | dicom_core::VR::SL => {
                    item.numbers(tag).iter().map(f64::to_string).collect::<Vec<_>>().join("\\")
                }
                _ => value.unwrap_or_default(),
            };
            frame.key.push_str(&value);
            frame.key.push('|');
        }
    };
    key(group.first_item(tags::FRAME_CONTENT_SEQUENCE), &[tags::STACK_ID, tags::TEMPORAL_POSITION_INDEX]);
    key(group.first_item(tags::TEMPORAL_POSITION_SEQUENCE), &[tags::TEMPORAL_POSITION_TIME_OFFSET]);
    key(group.first_item(tags::MR_ECHO_SEQUENCE), &[tags::EFFECTIVE_ECHO_TIME]);
    key(
        group.first_item(tags::CARDIAC_SYNCHRONIZATION_SEQUENCE),
        &[tags::NOMINAL_CARDIAC_TRIGGER_DELAY_TIME],
    );
    key(group.first_item(tags::SEGMENT_IDENTIFICATION_SEQUENCE), &[tags::REFERENCED_SEGMENT_NUMBER]);
    key(group.first_item(tags::MR_IMAGE_FRAME_TYPE_SEQUENCE), &[tags::FRAME_TYPE]);
    key(group.first_item(tags::CT_IMAGE_FRAME_TYPE_SEQUENCE), &[tags::FRAME_TYPE]);
    if let Some(diffusion) = group.first_item(tags::MR_DIFFUSION_SEQUENCE) {
        let gradient = diffusion.first_item(tags::DIFFUSION_GRADIENT_DIRECTION_SEQUENCE);
        key(Some(diffusion), &[tags::DIFFUSION_B_VALUE, tags::DIFFUSION_DIRECTIONALITY]);
        key(gradient, &[tags::DIFFUSION_GRADIENT_ORIENTATION]);
    }
    Ok(())
}
