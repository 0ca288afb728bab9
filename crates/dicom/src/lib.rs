//! DICOM files and series as images.
//!
//! [`Object::parse`] indexes a file's elements over shared (mapped) bytes without copying a value. [`read`] makes the
//! image of one file, all its frames; [`scan`] groups the files of folders into [`Series`], and [`Series::load`] makes a
//! series' image. Geometry comes out in RAS, values after the modality transform, colour as RGB.
//!
//! No bytes make this crate panic or allocate more than their number justifies. It knows nothing of scenes.

mod charset;
mod dataset;
mod dictionary;
mod error;
mod frame;
mod instance;
mod load;
mod object;
mod parser;
mod pixels;
mod rescale;
mod series;
mod syntax;
mod volume;
mod warning;

pub use dataset::{Dataset, Entry};
pub use dicom_core::{Tag, VR};
pub use dicom_dictionary_std::tags;
pub use dictionary::{keyword, representation, sop_class_name, tag_of};
pub use error::Error;
pub use frame::Frame;
pub use instance::Instance;
pub use load::{DicomImage, WindowPreset, read, read_bytes};
pub use object::{Object, is_dicom};
pub use parser::Extent;
pub use pixels::format::{Number, Photometric, PixelFormat};
pub use rescale::{Rescale, Table};
pub use series::{Scan, Series, scan, scan_instances};
pub use syntax::{Compression, Encoding, TransferSyntax};
pub use volume::AcquisitionGeometry;
pub use warning::Warning;
