//! Results as the files that the comparison reads.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use microtome_formats::{
    Compression, ImageData, Kind, Metadata, Sink, SinkFile, WriteOptions, Writer, for_writing,
};
use microtome_geometry::{Point, Ras};
use microtome_image::Image;
use microtome_render::Picture;
use serde_json::{Value as Json, json};

use crate::failure::Failure;

/// What an operation made.
pub(super) enum Outcome {
    Image(Image),
    Numbers(Json),
    Triangles {
        points: Vec<Point<Ras>>,
        triangles: Vec<[u32; 3]>,
    },
    Picture(Picture),
    /// A file that the operation itself wrote.
    File(PathBuf),
}

impl Outcome {
    /// Writes the result to `stem` and an extension; gives the path, and what else is to be told.
    pub(super) fn write(self, stem: &Path) -> Result<(PathBuf, Json), Failure> {
        let mut extra = json!({});
        let path = match self {
            Self::Image(image) => {
                extra["mapped"] = image.array().is_mapped().into();
                let path = with_extension(stem, "nrrd");
                write_image(image, &path, Compression::None)?;
                path
            }
            Self::Numbers(numbers) => {
                let path = with_extension(stem, "json");
                fs::write(&path, numbers.to_string())?;
                path
            }
            Self::Triangles { points, triangles } => {
                let path = with_extension(stem, "ply");
                write_triangles(&points, &triangles, &path)?;
                path
            }
            Self::Picture(picture) => {
                let path = with_extension(stem, "npy");
                write_picture(&picture, &path)?;
                path
            }
            Self::File(path) => {
                extra["bytes"] = fs::metadata(&path)?.len().into();
                path
            }
        };
        Ok((path, extra))
    }
}

/// `stem` with `.extension` behind it; dots in the stem stay.
pub(super) fn with_extension(stem: &Path, extension: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}

/// Writes an image in the format of the path's extension, straight to its place and without waiting for the disk, as
/// the peers do.
pub(super) fn write_image(image: Image, path: &Path, compression: Compression) -> Result<(), Failure> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let (_, writer) = for_writing(&name, Kind::Image)?;
    let data = ImageData { image, metadata: Metadata::default() };
    let options = WriteOptions { compression, ..WriteOptions::default() };
    let mut folder = Folder { path: path.parent().unwrap_or(Path::new(".")).to_owned(), file: None };
    match writer {
        Writer::Image(write) => write(&data, &name, &options, &mut folder)?,
        _ => return Err(Failure::new(format!("cannot write {}: no image format", path.display()))),
    }
    folder.finish()?;
    Ok(())
}

/// Files written in place.
struct Folder {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Folder {
    fn finish(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |mut file| file.flush())
    }
}

impl Sink for Folder {
    fn create(&mut self, name: &str) -> io::Result<&mut dyn SinkFile> {
        self.finish()?;
        Ok(self.file.insert(BufWriter::with_capacity(1 << 18, File::create(self.path.join(name))?)))
    }
}

fn write_triangles(points: &[Point<Ras>], triangles: &[[u32; 3]], path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "ply\nformat binary_little_endian 1.0\nelement vertex {}", points.len())?;
    writeln!(out, "property float x\nproperty float y\nproperty float z")?;
    writeln!(out, "element face {}\nproperty list uchar int vertex_indices\nend_header", triangles.len())?;
    for p in points {
        for c in p.to_lps().coords() {
            out.write_all(&(c as f32).to_le_bytes())?;
        }
    }
    for t in triangles {
        out.write_all(&[3])?;
        for corner in t {
            out.write_all(&corner.to_le_bytes())?;
        }
    }
    out.flush()
}

/// NumPy's format, version 1: a header padded to 64 bytes, then the bytes.
fn write_picture(picture: &Picture, path: &Path) -> io::Result<()> {
    let (width, height) = (picture.width(), picture.height());
    let head = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({height}, {width}, 3), }}");
    let padded = (head.len() + 11).next_multiple_of(64) - 11;
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&((padded + 1) as u16).to_le_bytes())?;
    writeln!(out, "{head:padded$}")?;
    for pixel in picture.pixels() {
        out.write_all(&pixel[..3])?;
    }
    out.flush()
}
