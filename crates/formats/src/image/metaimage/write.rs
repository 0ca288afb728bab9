//! Writing MetaImage.

use std::fmt::Write as _;
use std::io::SeekFrom;

use microtome_deflate::zlib;
use microtome_image::{Endian, Image};

use crate::data::{ImageData, Metadata};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::table_of_formats::is_format_field;

use super::header::{Place, place};
use super::{NAME, TYPES, is_stack};

/// Raw voxels in the same file begin at a multiple of this, so that any type can be used in place when the file is
/// mapped.
const ALIGNMENT: usize = 64;
/// Characters of the largest size that a file can have.
const SIZE_WIDTH: usize = 20;
/// Longer names and values do not fit MetaIO's buffers.
const LONGEST_NAME: usize = 250;
const LONGEST_VALUE: usize = 4000;

pub(super) fn write(
    data: &ImageData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let converted = options.scalar_type.map(|scalar_type| data.image.cast(scalar_type));
    let image = converted.as_ref().unwrap_or(&data.image);
    let voxels = image.array().as_bytes();
    let level = options.compression.level();
    // The size is known only at the end; a header with another size is as long.
    let header = |size: u64| header(image, &data.metadata, level.map(|_| size));
    let (before, mut after) = header(0)?;
    let detached = name.to_ascii_lowercase().ends_with(".mhd");
    if detached {
        let data_name =
            format!("{}{}", &name[..name.len() - 4], if level.is_some() { ".zraw" } else { ".raw" });
        let file = sink.create(&data_name)?;
        let size = match level {
            Some(level) => zlib::write(&[voxels], level, &mut &mut *file)?,
            None => file.write_all(voxels).map(|()| 0)?,
        };
        file.flush()?;
        let (before, mut after) = header(size)?;
        let _ = writeln!(after, "ElementDataFile = {data_name}");
        let file = sink.create(name)?;
        file.write_all(before.as_bytes())?;
        file.write_all(after.as_bytes())?;
        file.flush()?;
        return Ok(());
    }
    after.push_str("ElementDataFile = LOCAL\n");
    let file = sink.create(name)?;
    file.write_all(before.as_bytes())?;
    match level {
        Some(level) => {
            file.write_all(after.as_bytes())?;
            let size = zlib::write(&[voxels], level, &mut &mut *file)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(header(size)?.0.as_bytes())?;
        }
        None => {
            if data.metadata.get("metaimage/Comment").is_none() {
                let length = before.len() + after.len() + "Comment = -\n".len();
                let fill = length.next_multiple_of(ALIGNMENT) - length;
                file.write_all(format!("Comment = -{}\n", "-".repeat(fill)).as_bytes())?;
            }
            file.write_all(after.as_bytes())?;
            file.write_all(voxels)?;
        }
    }
    file.flush()?;
    Ok(())
}

/// The header's lines but that of the data file, in two parts between which a comment can stand.
fn header(image: &Image, metadata: &Metadata, compressed: Option<u64>) -> Result<(String, String), Error> {
    let lps = image.grid().ijk_to_ras().to_lps();
    let spacing = image.grid().spacing();
    if !lps.is_finite() || spacing.contains(&0.0) {
        let what = "a grid whose directions are zero or not finite".to_owned();
        return Err(Error::CannotHold { format: NAME, what });
    }
    let dims = image.dims();
    let rows = lps.rows();
    let planar = dims[2] == 1 && rows[2] == [0.0, 0.0, 1.0, 0.0] && rows[0][2] == 0.0 && rows[1][2] == 0.0;
    let flat = planar && image.frames() == 1 && metadata.get("metaimage/NDims") == Some("2");
    let stack = planar && is_stack(metadata.get("Kinds"), 3);
    // What each file axis is: an axis of space, or frames.
    let axes: &[Option<usize>] = match (flat, stack, image.frames()) {
        (true, _, _) => &[Some(0), Some(1)],
        (_, true, _) => &[Some(0), Some(1), None],
        (_, _, 1) => &[Some(0), Some(1), Some(2)],
        _ => &[Some(0), Some(1), Some(2), None],
    };
    let of_frames = |entry: &str, otherwise: f64| {
        let value = metadata.get(entry).and_then(|text| text.parse().ok());
        value.filter(|v: &f64| v.is_finite() && *v != 0.0).unwrap_or(otherwise)
    };
    let sizes: Vec<usize> = axes.iter().map(|a| a.map_or(image.frames(), |a| dims[a])).collect();
    let spacings =
        axes.iter().map(|a| a.map_or_else(|| of_frames("metaimage/frame spacing", 1.0), |a| spacing[a]));
    let origin = lps.translation().coords();
    let offsets = axes.iter().enumerate().map(|(n, a)| match a {
        Some(_) => origin[n],
        // A stack of pictures has its third coordinate in space all the same.
        None => of_frames("metaimage/frame offset", 0.0),
    });
    let mut matrix = Vec::new();
    for axis in axes {
        let direction = axis.map(|a| (lps.column(a) / spacing[a]).coords());
        for row in 0..axes.len() {
            matrix.push(match direction {
                Some(direction) => direction.get(row).copied().unwrap_or(0.0),
                None => f64::from(u8::from(row + 1 == axes.len())),
            });
        }
    }

    let mut before = String::new();
    let mut put = |field: &str, value: &str| {
        let _ = writeln!(before, "{field} = {value}");
    };
    put("ObjectType", "Image");
    put("NDims", &axes.len().to_string());
    put("BinaryData", "True");
    put("BinaryDataByteOrderMSB", if Endian::NATIVE == Endian::Big { "True" } else { "False" });
    match compressed {
        Some(size) => {
            put("CompressedData", "True");
            put("CompressedDataSize", &format!("{size:<SIZE_WIDTH$}"));
        }
        None => put("CompressedData", "False"),
    }
    put("TransformMatrix", &numbers(matrix));
    put("Offset", &numbers(offsets));
    put("CenterOfRotation", &numbers(vec![0.0; axes.len()]));
    let letters: String = axes.iter().map(|a| a.map_or('?', |a| came_from(lps.column(a).coords()))).collect();
    put("AnatomicalOrientation", if axes.len() == 3 && !stack { &letters } else { &"????"[..axes.len()] });
    put("ElementSpacing", &numbers(spacings));

    let mut after = String::new();
    for (key, value) in metadata.iter() {
        let field = match key.strip_prefix("metaimage/") {
            Some(field) if matches!(place(field), Place::Format(_)) && field != "AnatomicalOrientation" => {
                field
            }
            Some(_) => continue,
            // A pair must not be taken for a field of the format.
            None if is_format_field(key) || !matches!(place(key), Place::Free) => continue,
            None => key,
        };
        let value = value.replace(['\n', '\r'], " ");
        let holds = !field.is_empty()
            && field.trim() == field
            && !field.contains(['=', ':', '\n', '\r'])
            && field.len() <= LONGEST_NAME
            && value.len() <= LONGEST_VALUE;
        if holds {
            let _ = writeln!(after, "{field} = {value}");
        }
    }
    let mut put = |field: &str, value: &str| {
        let _ = writeln!(after, "{field} = {value}");
    };
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    put("DimSize", &sizes.join(" "));
    if image.components() > 1 {
        put("ElementNumberOfChannels", &image.components().to_string());
    }
    let type_name =
        TYPES.iter().find(|(_, t)| *t == image.scalar_type()).map_or("MET_NONE", |(name, _)| name);
    put("ElementType", type_name);
    Ok((before, after))
}

/// The letter of the side that an axis in LPS comes from.
fn came_from(direction: [f64; 3]) -> char {
    let largest = (0..3).fold(0, |best, a| if direction[a].abs() > direction[best].abs() { a } else { best });
    let letters = [['R', 'L'], ['A', 'P'], ['I', 'S']][largest];
    letters[usize::from(direction[largest] < 0.0)]
}

fn numbers(values: impl IntoIterator<Item = f64>) -> String {
    // Adding zero turns -0 into 0.
    let words: Vec<String> = values.into_iter().map(|v| (v + 0.0).to_string()).collect();
    words.join(" ")
}
