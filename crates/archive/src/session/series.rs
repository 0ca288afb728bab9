//! Volumes whose slices stand in a list of files.

use std::path::{Path, PathBuf};

use microtome_formats::Warning;
use microtome_geometry::{Affine, Grid, Point};
use microtome_image::{Array, Endian, Image, Labels};
use microtome_scene::nodes::{Storage, Volume};
use microtome_scene::{Content, Node};
use rayon::prelude::*;

use super::files::{Files, Place};
use crate::error::Error;
use crate::open::{OpenOptions, Opened, from_dicom, open_source};

/// How far steps from slice to slice may differ, as a part of the step, before that is told.
const UNEVEN: f64 = 1e-2;

/// Whether the files of a storage node are slices of one volume. Other formats list a header and its data, whose extensions
/// differ.
pub(super) fn is_series(storage: &Storage) -> bool {
    let extension = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or(name);
        last.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())
    };
    // In names of DICOM files whatever stands behind a point says nothing.
    let kind = |name: &str| extension(name).filter(|kind| !kind.bytes().all(|b| b.is_ascii_digit()));
    let Some(main) = storage.file.as_deref().map(kind) else { return false };
    let mut members = storage.members.iter().filter(|name| !name.is_empty());
    storage.members.len() > 1 && members.all(|name| kind(name) == main)
}

/// Reads the files that a storage node lists, in that order, as the slices of one volume. DICOM files are ordered by where
/// they lie. `path` is what messages name.
///
/// # Errors
/// [`Error`] if one of the files cannot be read, or is no slice like the others.
pub(super) fn open_series(
    storage: &Storage,
    path: &Path,
    files: &dyn Files,
    options: &OpenOptions,
) -> Result<Opened, Error> {
    let names: Vec<&String> = storage.members.iter().filter(|name| !name.is_empty()).collect();
    let on_disk: Vec<PathBuf> = names
        .iter()
        .filter_map(|name| match files.place(name) {
            Place::Disk(path) => Some(path),
            Place::Member { .. } => None,
        })
        .collect();
    let failed = |name: &str, source| Error::Open { path: path.with_file_name(name), source };
    let is_dicom = |name: &&String| {
        files
            .source(name)
            .and_then(|source| source.bytes())
            .is_ok_and(|bytes| microtome_dicom::is_dicom(&bytes))
    };
    let dicom = names.first().is_some_and(is_dicom);
    if dicom
        && on_disk.len() == names.len()
        && let Some(opened) = scanned(&on_disk, path)?
    {
        return Ok(opened);
    }
    let read = |name: &&String| {
        let source = files.source(name).map_err(|error| failed(name, error))?;
        let opened = open_source(&*source, &path.with_file_name(source.name()), options)?;
        let slice = opened.into_iter().find_map(|opened| {
            let image = match &opened.node.content {
                Content::Volume(volume) => volume.image.clone(),
                Content::LabelVolume(volume) => volume.labels.as_ref().map(Labels::to_image),
                _ => None,
            };
            Some((image?, opened))
        });
        slice.ok_or_else(|| failed(name, invalid("it is no slice of a volume".to_owned())))
    };
    let slices: Vec<(Image, Opened)> = names.par_iter().map(read).collect::<Result<_, _>>()?;
    let (mut images, mut opened): (Vec<Image>, Vec<Opened>) = slices.into_iter().unzip();
    if dicom {
        in_space(&mut images);
    }
    let mut warnings: Vec<Warning> =
        opened.iter_mut().flat_map(|one| std::mem::take(&mut one.warnings)).collect();
    let image = stacked(&images, options.read.max_bytes, &mut warnings)
        .map_err(|why| Error::Open { path: path.to_owned(), source: invalid(why) })?;
    let first = opened.into_iter().next();
    let (node, display) =
        first.map_or_else(|| (Node::new("", Volume::default()), None), |o| (o.node, o.display));
    Ok(Opened { node: Node { content: Volume::new(image).into(), ..node }, display, warnings })
}

fn invalid(why: String) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, why)
}

/// The volume of a list of DICOM files.
fn scanned(files: &[PathBuf], path: &Path) -> Result<Option<Opened>, Error> {
    let scan = microtome_dicom::scan(files);
    let series = scan.series.iter().max_by_key(|series| (series.is_preferred(), series.instances().len()));
    let Some(series) = series else { return Ok(None) };
    let image =
        series.load().map_err(|source| Error::Dicom { path: path.to_owned(), source: Box::new(source) })?;
    Ok(Some(from_dicom(image, series.name().to_owned())))
}

/// Orders slices by where they lie along what they stand on.
fn in_space(images: &mut [Image]) {
    let Some(normal) = images.first().map(|image| image.grid().directions()[2]) else { return };
    images.sort_by(|a, b| {
        let height = |image: &Image| (image.grid().origin() - Point::zero()).dot(normal);
        height(a).total_cmp(&height(b))
    });
}

/// The slices on each other. Where they lie tells the step from one to the next; where all lie at one place, the first
/// slice's own thickness does.
fn stacked(images: &[Image], most: u64, warnings: &mut Vec<Warning>) -> Result<Image, String> {
    let (Some(first), Some(last)) = (images.first(), images.last()) else {
        return Err("its list of slices is empty".to_owned());
    };
    let like = |image: &Image| (image.dims(), image.components(), image.frames(), image.scalar_type());
    if let Some(at) = images.iter().position(|image| like(image) != like(first)) {
        return Err(format!("slice {at} of its list differs from the first in size or type"));
    }
    let [width, height, depth] = first.dims();
    if depth != 1 || first.frames() != 1 {
        return Err(format!("its list names files of {depth} slices and {} frames each", first.frames()));
    }
    let slice = first.array().as_bytes().len();
    let total = slice.checked_mul(images.len()).filter(|&bytes| bytes as u64 <= most);
    let total = total.ok_or_else(|| "its slices are more than may be read".to_owned())?;
    let mut bytes = Vec::with_capacity(total);
    images.iter().for_each(|image| bytes.extend_from_slice(image.array().as_bytes()));
    let array = Array::from_bytes(
        bytes.into(),
        first.scalar_type(),
        first.array().len() * images.len(),
        Endian::NATIVE,
    );
    let array = array.map_err(|error| error.to_string())?;
    let steps = images.windows(2).map(|pair| pair[1].grid().origin() - pair[0].grid().origin());
    let mean = (last.grid().origin() - first.grid().origin()) * (1.0 / (images.len().max(2) - 1) as f64);
    let mut columns = first.grid().directions();
    let spacing = first.grid().spacing();
    for (column, length) in columns.iter_mut().zip(spacing) {
        *column = *column * length;
    }
    if mean.length() > 0.0 {
        let off = steps.map(|step| (step - mean).length()).fold(0.0, f64::max);
        if off > UNEVEN * mean.length() {
            let message = format!("the slices of its list are not evenly spaced: up to {off:.3} mm off");
            warnings.push(Warning::new(message));
        }
        let own = std::mem::replace(&mut columns[2], mean);
        // Slices that move along themselves make no volume.
        if columns[0].cross(columns[1]).dot(mean) == 0.0 {
            columns[2] = own;
        }
    }
    let [x, y, z] = columns;
    let place = Affine::from_columns(x, y, z, first.grid().origin());
    let grid = Grid::new([width, height, images.len()], place);
    Image::new(grid, first.components(), 1, first.meaning(), array).map_err(|error| error.to_string())
}
