//! Writing: little-endian, version 1 unless a size needs version 2.

use microtome_image::Endian;

use super::super::voxels::bytes_in_order;
use super::super::{content, pair};
use super::header::{Header, Version};
use super::{extensions, geometry, layout, texts};
use crate::data::ImageData;
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};

/// Millimetres, in `xyzt_units`.
const MILLIMETRES: i32 = 2;

/// Writes a single file or a pair, compressed or not, as the extension says.
pub(super) fn write(
    data: &ImageData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    let mut header = Header { xyzt_units: MILLIMETRES, pixdim: [1.0; 8], ..Header::blank(Version::One) };
    let stored = layout::set(&mut header, &image)?;
    geometry::set(&mut header, image.grid());
    texts::restore(&mut header, &data.metadata)?;
    header.scl_slope = 1.0;
    let extensions = extensions::to_bytes(&data.metadata, Endian::Little)?;
    let voxels = bytes_in_order(&stored, Endian::Little);
    let compressed = content::is_gzip_name(name);
    if let Some((header_name, voxel_name)) = pair::names(name) {
        header.single = false;
        let parts: [&[u8]; 2] = [&header.to_bytes(), &extensions];
        content::write(sink, &header_name, &parts, compressed, options.compression)?;
        return content::write(sink, &voxel_name, &[&voxels], compressed, options.compression);
    }
    header.vox_offset = (header.version.size() + extensions.len()) as f64;
    content::write(sink, name, &[&header.to_bytes(), &extensions, &voxels], compressed, options.compression)
}
