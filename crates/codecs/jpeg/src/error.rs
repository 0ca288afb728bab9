//! What can go wrong.

/// Why a stream was not decoded (or an image not encoded).
///
/// Offsets are byte offsets from the start of the stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data do not begin with the SOI marker (`FF D8`).
    #[error("not a JPEG stream: it does not begin with FF D8")]
    NotJpeg,
    /// The data end before the image does.
    #[error("JPEG stream is truncated: it ends at byte {offset}, inside {what}")]
    Truncated {
        /// Where the data end.
        offset: usize,
        /// What was being read.
        what: &'static str,
    },
    /// The stream breaks a rule of T.81.
    #[error("JPEG stream is corrupt near byte {offset}: {what}")]
    Corrupt {
        /// About where the fault is.
        offset: usize,
        /// The rule broken.
        what: &'static str,
    },
    /// A part of T.81 that this crate does not decode.
    #[error("JPEG feature not supported: {feature}")]
    Unsupported {
        /// The feature's name.
        feature: &'static str,
    },
    /// The image has more samples than [`Options::max_samples`](crate::Options::max_samples).
    #[error("JPEG image has {samples} samples, over the limit of {limit}")]
    TooLarge {
        /// Width × height × components.
        samples: u64,
        /// The caller's limit.
        limit: usize,
    },
    /// The frame header claims more than so few compressed bytes could code: a lossless sample and a progressive 8 × 8
    /// block take at least one bit, a sequential block two.
    #[error("JPEG image of {width} x {height} x {components} cannot be coded in {bytes} bytes")]
    Implausible {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
        /// Components.
        components: u8,
        /// Length of the stream.
        bytes: usize,
    },
    /// The samples have more bits than the sample type asked for.
    #[error("JPEG precision of {precision} bits does not fit 8-bit samples")]
    Precision {
        /// Bits per sample of the stream.
        precision: u8,
    },
    /// The output slice has the wrong length.
    #[error("output holds {given} samples where the image has {needed}")]
    OutputSize {
        /// Width × height × components.
        needed: usize,
        /// Length of the slice given.
        given: usize,
    },
    /// An image that the encoder cannot take.
    #[error("cannot encode this image: {reason}")]
    Encode {
        /// Which value is out of range.
        reason: &'static str,
    },
}
