//! Transfer syntaxes (PS3.5 annex A).

use std::fmt;

use microtome_image::Endian;

/// How the elements of a dataset are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Whether each element states its value representation.
    pub explicit: bool,
    /// Byte order of tags, lengths and binary values.
    pub endian: Endian,
}

impl Encoding {
    /// Explicit value representations, little endian.
    pub const EXPLICIT_LITTLE: Self = Self { explicit: true, endian: Endian::Little };
    /// Implicit value representations, little endian.
    pub const IMPLICIT_LITTLE: Self = Self { explicit: false, endian: Endian::Little };
}

/// How pixels are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Not at all, but in fragments (encapsulated uncompressed).
    Encapsulated,
    /// PackBits in byte planes (PS3.5 annex G).
    Rle,
    /// JPEG, all processes.
    Jpeg,
    /// JPEG-LS, lossless and near-lossless.
    JpegLs,
    /// JPEG 2000 and High-Throughput JPEG 2000.
    Jpeg2000,
    /// A codec that is not supported.
    Other,
}

/// A transfer syntax: how elements are written and pixels compressed.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferSyntax {
    uid: String,
}

impl fmt::Debug for TransferSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uid)
    }
}

impl TransferSyntax {
    /// The transfer syntax with this UID; unknown ones are taken as encapsulated explicit little endian, as the
    /// standard's own compressed ones are.
    pub fn new(uid: impl Into<String>) -> Self {
        Self { uid: uid.into() }
    }

    /// The UID.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    fn suffix(&self) -> Option<&str> {
        self.uid.strip_prefix("1.2.840.10008.1.2")
    }

    /// How the elements of the dataset are written.
    pub fn encoding(&self) -> Encoding {
        match self.suffix() {
            Some("") => Encoding::IMPLICIT_LITTLE,
            Some(".2") => Encoding { explicit: true, endian: Endian::Big },
            // GE's private syntax: implicit, with big-endian pixels.
            None if self.is_ge_private() => Encoding::IMPLICIT_LITTLE,
            _ => Encoding::EXPLICIT_LITTLE,
        }
    }

    /// Byte order of native pixel data.
    pub fn pixel_endian(&self) -> Endian {
        if self.is_ge_private() { Endian::Big } else { self.encoding().endian }
    }

    fn is_ge_private(&self) -> bool {
        self.uid == "1.2.840.113619.5.2"
    }

    /// Whether the dataset is one DEFLATE stream.
    pub fn is_deflated(&self) -> bool {
        self.suffix() == Some(".1.99")
    }

    /// How pixels are compressed.
    pub fn compression(&self) -> Compression {
        match self.suffix() {
            Some("" | ".1" | ".2" | ".1.99") => Compression::None,
            Some(".1.98") => Compression::Encapsulated,
            Some(".5") => Compression::Rle,
            Some(".4.80" | ".4.81") => Compression::JpegLs,
            Some(".4.90" | ".4.91" | ".4.92" | ".4.93" | ".4.201" | ".4.202" | ".4.203") => {
                Compression::Jpeg2000
            }
            Some(s)
                if s.strip_prefix(".4.")
                    .and_then(|n| n.parse().ok())
                    .is_some_and(|n: u32| (50..=70).contains(&n)) =>
            {
                Compression::Jpeg
            }
            None if self.is_ge_private() => Compression::None,
            _ => Compression::Other,
        }
    }

    /// Name for people.
    pub fn name(&self) -> &str {
        match self.suffix() {
            Some("") => "Implicit VR Little Endian",
            Some(".1") => "Explicit VR Little Endian",
            Some(".2") => "Explicit VR Big Endian",
            Some(".1.98") => "Encapsulated Uncompressed Explicit VR Little Endian",
            Some(".1.99") => "Deflated Explicit VR Little Endian",
            Some(".5") => "RLE Lossless",
            Some(".4.50") => "JPEG Baseline",
            Some(".4.51") => "JPEG Extended",
            Some(".4.57") => "JPEG Lossless",
            Some(".4.70") => "JPEG Lossless, first-order prediction",
            Some(".4.80") => "JPEG-LS Lossless",
            Some(".4.81") => "JPEG-LS Near-lossless",
            Some(".4.90") => "JPEG 2000 Lossless",
            Some(".4.91") => "JPEG 2000",
            Some(".4.94" | ".4.95" | ".4.204" | ".4.205") => "JPIP (pixels on a server)",
            Some(".4.201") => "High-Throughput JPEG 2000 Lossless",
            Some(".4.202") => "High-Throughput JPEG 2000 with RPCL Options Lossless",
            Some(".4.203") => "High-Throughput JPEG 2000",
            Some(s) if s.starts_with(".4.10") => "MPEG video",
            _ => &self.uid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntaxes_are_told_apart() {
        let of = |suffix: &str| TransferSyntax::new(format!("1.2.840.10008.1.2{suffix}"));
        assert!(!of("").encoding().explicit);
        assert_eq!(of(".2").encoding().endian, Endian::Big);
        assert_eq!(of(".4.57").compression(), Compression::Jpeg);
        assert_eq!(of(".4.80").compression(), Compression::JpegLs);
        assert_eq!(of(".4.102").compression(), Compression::Other);
        assert!(of(".1.99").is_deflated());
    }
}
