//! Reading and writing image files.

use std::path::Path;

use microtome_formats::Compression;

use super::inputs::{Inputs, read_image};
use super::result::{Outcome, with_extension, write_image};
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("nrrd_read_raw", |inputs, _| read(inputs, "ct512.nrrd")),
    operation("nrrd_read_gzip", |inputs, _| read(inputs, "ct512_gz.nrrd")),
    operation("nrrd_read_gzip_labels", |inputs, _| read(inputs, "labels256_gz.nrrd")),
    operation("nifti_read_gz", |inputs, _| read(inputs, "ct512.nii.gz")),
    operation("nrrd_write_raw", |inputs, out| write(inputs, "ct512", out, "nrrd", Compression::None)),
    operation("nrrd_write_gzip", |inputs, out| write(inputs, "ct512", out, "nrrd", Compression::Fast)),
    operation("nrrd_write_gzip_labels", |inputs, out| {
        write(inputs, "labels256", out, "nrrd", Compression::Fast)
    }),
    operation("nifti_write_gz", |inputs, out| write(inputs, "ct512", out, "nii.gz", Compression::Fast)),
];

fn read(inputs: &Inputs, name: &str) -> Result<Job, Failure> {
    let path = inputs.path(name);
    Ok(Box::new(move || Ok(Outcome::Image(read_image(&path)?).into())))
}

fn write(
    inputs: &Inputs,
    name: &str,
    out: &Path,
    extension: &str,
    compression: Compression,
) -> Result<Job, Failure> {
    let image = inputs.image(name)?;
    let path = with_extension(out, extension);
    Ok(Box::new(move || {
        write_image(image.clone(), &path, compression)?;
        Ok(Outcome::File(path.clone()).into())
    }))
}
