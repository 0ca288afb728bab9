//! Pictures: PNG, JPEG, TIFF and BMP, one or a numbered stack of them.
//!
//! A picture has no place in the patient: its columns run to the left, its rows to the back, from the origin on; a pixel
//! is 1 mm wide unless the file says otherwise (TIFF's resolution). The pages of a TIFF, and the files of a stack, are
//! slices along k, 1 mm apart.

mod bmp;
mod jpeg;
mod png;
mod stack;
mod tiff;

use microtome_geometry::{Affine, Grid, Ijk, Lps};
use microtome_image::{Array, Image, Meaning};

use crate::data::{Data, ImageData, Loaded, Metadata, Warning};
use crate::error::Error;
use crate::source::{ReadOptions, Source};

pub use bmp::FORMAT as BMP;
pub use jpeg::FORMAT as JPEG;
pub use png::FORMAT as PNG;
pub use tiff::FORMAT as TIFF;

/// A decoded file: pixels side by side, rows from the top, pages one after the other.
struct Picture {
    width: usize,
    height: usize,
    pages: usize,
    components: usize,
    array: Array,
    /// Width and height of a pixel in mm.
    spacing: [f64; 2],
    metadata: Metadata,
    warnings: Vec<Warning>,
}

impl Picture {
    /// One page of square millimetre pixels.
    fn new(width: usize, height: usize, components: usize, array: impl Into<Array>) -> Self {
        Self {
            width,
            height,
            pages: 1,
            components,
            array: array.into(),
            spacing: [1.0; 2],
            metadata: Metadata::default(),
            warnings: Vec::new(),
        }
    }

    fn into_loaded(self) -> Result<Loaded, Error> {
        let [x, y] = self.spacing;
        let matrix: Affine<Ijk, Lps> = Affine::from_scale([x, y, 1.0], [0.0; 3]);
        let grid = Grid::new([self.width, self.height, self.pages], matrix.to_ras());
        let meaning = match self.components {
            1 => Meaning::Scalar,
            3 => Meaning::Rgb,
            4 => Meaning::Rgba,
            _ => Meaning::Vector,
        };
        let image = Image::new(grid, self.components, 1, meaning, self.array)?;
        Ok(Loaded::new(Data::Image(ImageData { image, metadata: self.metadata }), self.warnings))
    }
}

/// From a file's bytes to its picture.
type Decode = fn(&[u8], &ReadOptions) -> Result<Picture, Error>;

/// Reads a file, or the whole numbered stack that it is one of if the options ask for that.
fn read(
    format: &'static str,
    decode: Decode,
    source: &dyn Source,
    options: &ReadOptions,
) -> Result<Loaded, Error> {
    if options.numbered_stack {
        let names = stack::members(source.name(), &source.neighbours()?);
        if names.len() > 1 {
            return stack::read(format, decode, &names, source, options)?.into_loaded();
        }
    }
    decode(&source.bytes()?, options)?.into_loaded()
}

/// Refuses what none of the formats can hold: several frames, and several slices unless `pages` are possible.
fn check_slices(format: &'static str, image: &Image, pages: bool) -> Result<(), Error> {
    let slices = image.dims()[2];
    let what = if image.frames() > 1 {
        format!("{} frames", image.frames())
    } else if slices > 1 && !pages {
        format!("{slices} slices (save as TIFF, or one slice)")
    } else {
        return Ok(());
    };
    Err(Error::CannotHold { format, what })
}

/// The number of components that a picture of `image` has, if it is among `possible`.
fn check_components(format: &'static str, image: &Image, possible: &[usize]) -> Result<usize, Error> {
    let components = image.components();
    if possible.contains(&components) {
        return Ok(components);
    }
    Err(Error::CannotHold { format, what: format!("{components} components per voxel") })
}
