//! What can go wrong.

use thiserror::Error;

/// Why a stream could not be decoded or an image could not be encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The data does not begin with the SOI marker (0xFFD8).
    #[error("no start-of-image marker (FF D8) at the beginning of the data")]
    NoStartOfImage,
    /// The data ended inside the named part.
    #[error("the data ends inside {part}")]
    Truncated {
        /// What was being read.
        part: &'static str,
    },
    /// A frame header of another JPEG process than JPEG-LS.
    #[error("frame marker FF {marker:02X} is another JPEG process than JPEG-LS (FF F7)")]
    OtherProcess {
        /// Second byte of the marker.
        marker: u8,
    },
    /// A marker which may not stand where it was found.
    #[error("unexpected marker FF {marker:02X} at byte {offset}")]
    UnexpectedMarker {
        /// Second byte of the marker.
        marker: u8,
        /// Byte offset of the marker's second byte.
        offset: usize,
    },
    /// A field outside the range that the standard gives it.
    #[error("{segment}: {field} is {value}, which is not allowed here")]
    InvalidField {
        /// Marker segment.
        segment: &'static str,
        /// Field, named as in the standard.
        field: &'static str,
        /// Value found.
        value: u64,
    },
    /// A feature of the standard that this crate leaves out.
    #[error("unsupported: {feature} ({value})")]
    Unsupported {
        /// The feature.
        feature: &'static str,
        /// The value that asked for it.
        value: u64,
    },
    /// The image has more samples than the caller allows.
    #[error("the image has {samples} samples, more than the {max_samples} allowed")]
    TooLarge {
        /// Width times height times components.
        samples: u64,
        /// The caller's limit.
        max_samples: usize,
    },
    /// The caller's output slice has another length than the image.
    #[error("the output slice holds {actual} samples, the image has {expected}")]
    OutputLength {
        /// Samples of the image.
        expected: usize,
        /// Length of the slice.
        actual: usize,
    },
    /// Samples do not fit the requested sample type.
    #[error("samples of {precision} bits do not fit 8-bit output")]
    PrecisionTooLarge {
        /// Bits of a decoded sample.
        precision: u8,
    },
    /// The entropy-coded data ended early or holds an impossible code.
    #[error("corrupt entropy-coded data in line {line} of the scan (entropy-coded segment at byte {offset})")]
    CorruptData {
        /// Line of the image, from 0.
        line: u32,
        /// Byte offset at which the entropy-coded segment begins.
        offset: usize,
    },
    /// The stream ended before each component was decoded.
    #[error("the stream holds {decoded} of {components} components")]
    MissingComponents {
        /// Components decoded.
        decoded: u8,
        /// Components of the frame.
        components: u8,
    },
    /// A sample is not in the mapping table of its component.
    #[error("sample {value} has no entry in mapping table {table} of {entries} entries")]
    NotInMappingTable {
        /// The sample as coded.
        value: u16,
        /// Table identifier.
        table: u8,
        /// Entries of the table.
        entries: usize,
    },
    /// An argument of the encoder outside its range.
    #[error("cannot encode: {argument} is {value}")]
    InvalidArgument {
        /// The argument.
        argument: &'static str,
        /// Its value.
        value: u64,
    },
}
