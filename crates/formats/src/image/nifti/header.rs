//! The header's fields, in both versions and byte orders.

use microtome_image::Endian;

use super::super::fields::{Fields, FieldsMut};
use super::NAME;
use crate::error::Error;

/// Which of the two header layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

impl Version {
    /// Bytes of the header.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::One => 348,
            Self::Two => 540,
        }
    }

    const fn magic(self, single: bool) -> &'static [u8] {
        match (self, single) {
            (Self::One, true) => b"n+1\0",
            (Self::One, false) => b"ni1\0",
            (Self::Two, true) => b"n+2\0\r\n\x1a\n",
            (Self::Two, false) => b"ni2\0\r\n\x1a\n",
        }
    }
}

/// All fields of a header. Numbers are in the widest type of the two versions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) version: Version,
    pub(super) endian: Endian,
    /// Whether header and voxels are one file.
    pub(super) single: bool,
    pub(super) dim_info: u8,
    pub(super) dim: [i64; 8],
    pub(super) intent_p: [f64; 3],
    pub(super) intent_code: i32,
    pub(super) datatype: i16,
    pub(super) bitpix: i16,
    pub(super) slice_start: i64,
    pub(super) slice_end: i64,
    pub(super) slice_code: i32,
    pub(super) slice_duration: f64,
    pub(super) pixdim: [f64; 8],
    pub(super) vox_offset: f64,
    pub(super) scl_slope: f64,
    pub(super) scl_inter: f64,
    pub(super) cal_min: f64,
    pub(super) cal_max: f64,
    pub(super) toffset: f64,
    pub(super) xyzt_units: i32,
    pub(super) descrip: String,
    pub(super) aux_file: String,
    pub(super) intent_name: String,
    pub(super) qform_code: i32,
    pub(super) sform_code: i32,
    pub(super) quatern: [f64; 3],
    pub(super) qoffset: [f64; 3],
    pub(super) srow: [[f64; 4]; 3],
}

/// The version and whether it is a single file, by the magic at the version's place.
fn magic(head: &[u8]) -> Option<(Version, bool)> {
    let two = head.get(4..12).zip(Some(Version::Two));
    let one = head.get(344..348).zip(Some(Version::One));
    [two, one].into_iter().flatten().find_map(|(found, version)| {
        [true, false]
            .into_iter()
            .find(|&single| found == version.magic(single))
            .map(|single| (version, single))
    })
}

/// Whether the bytes begin with a NIfTI header.
pub(in super::super) fn has_magic(head: &[u8]) -> bool {
    magic(head).is_some()
}

impl Header {
    /// Reads the fields; their values are not checked beyond what tells version and byte order.
    pub(super) fn parse(head: &[u8]) -> Result<Self, Error> {
        let Some((version, single)) = magic(head) else {
            let why = "neither byte 344 nor byte 4 has the mark of a NIfTI header".to_owned();
            return Err(Error::NotThisFormat { format: NAME, why });
        };
        if head.len() < version.size() {
            let (expected, found) = (version.size() as u64, head.len() as u64);
            return Err(Error::Truncated { format: NAME, what: "the header", expected, found });
        }
        // The standard tells byte order by the first dimension, which is 1 to 7. The header's size says the same, and
        // decides where that is out of range in both.
        let fits = |endian| {
            let fields = Fields::new(head, endian);
            let rank = match version {
                Version::One => i64::from(fields.get::<i16>(40)),
                Version::Two => fields.get::<i64>(16),
            };
            ((1..=7).contains(&rank), fields.get::<i32>(0) == version.size() as i32)
        };
        let endian = if fits(Endian::Big) > fits(Endian::Little) { Endian::Big } else { Endian::Little };
        let fields = Fields::new(head, endian);
        Ok(match version {
            Version::One => Self::parse_1(fields, single),
            Version::Two => Self::parse_2(fields, single),
        })
    }

    fn parse_1(f: Fields<'_>, single: bool) -> Self {
        Self {
            version: Version::One,
            endian: f.endian(),
            single,
            dim_info: f.get(39),
            dim: f.array::<i16, 8>(40).map(i64::from),
            intent_p: f.reals::<f32, 3>(56),
            intent_code: f.get::<i16>(68).into(),
            datatype: f.get(70),
            bitpix: f.get(72),
            slice_start: f.get::<i16>(74).into(),
            slice_end: f.get::<i16>(120).into(),
            slice_code: f.get::<u8>(122).into(),
            slice_duration: f.get::<f32>(132).into(),
            pixdim: f.reals::<f32, 8>(76),
            vox_offset: f.get::<f32>(108).into(),
            scl_slope: f.get::<f32>(112).into(),
            scl_inter: f.get::<f32>(116).into(),
            cal_max: f.get::<f32>(124).into(),
            cal_min: f.get::<f32>(128).into(),
            toffset: f.get::<f32>(136).into(),
            xyzt_units: f.get::<u8>(123).into(),
            descrip: f.text(148, 80),
            aux_file: f.text(228, 24),
            intent_name: f.text(328, 16),
            qform_code: f.get::<i16>(252).into(),
            sform_code: f.get::<i16>(254).into(),
            quatern: f.reals::<f32, 3>(256),
            qoffset: f.reals::<f32, 3>(268),
            srow: [280, 296, 312].map(|at| f.reals::<f32, 4>(at)),
        }
    }

    fn parse_2(f: Fields<'_>, single: bool) -> Self {
        Self {
            version: Version::Two,
            endian: f.endian(),
            single,
            dim_info: f.get(524),
            dim: f.array::<i64, 8>(16),
            intent_p: f.reals::<f64, 3>(80),
            intent_code: f.get(504),
            datatype: f.get(12),
            bitpix: f.get(14),
            slice_start: f.get(224),
            slice_end: f.get(232),
            slice_code: f.get(496),
            slice_duration: f.get(208),
            pixdim: f.reals::<f64, 8>(104),
            vox_offset: f.get::<i64>(168) as f64,
            scl_slope: f.get(176),
            scl_inter: f.get(184),
            cal_max: f.get(192),
            cal_min: f.get(200),
            toffset: f.get(216),
            xyzt_units: f.get(500),
            descrip: f.text(240, 80),
            aux_file: f.text(320, 24),
            intent_name: f.text(508, 16),
            qform_code: f.get(344),
            sform_code: f.get(348),
            quatern: f.reals::<f64, 3>(352),
            qoffset: f.reals::<f64, 3>(376),
            srow: [400, 432, 464].map(|at| f.reals::<f64, 4>(at)),
        }
    }

    /// The header's bytes. Numbers that a version-1 field cannot hold saturate.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut f = FieldsMut::new(self.version.size(), self.endian);
        f.put(0, self.version.size() as i32);
        match self.version {
            Version::One => self.put_1(&mut f),
            Version::Two => self.put_2(&mut f),
        }
        f.into_bytes()
    }

    fn put_1(&self, f: &mut FieldsMut) {
        let short = |v: i64| v.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
        let byte = |v: i32| v.clamp(0, 255) as u8;
        // Unused by NIfTI, but programs that read Analyze files want it.
        f.put(38, b'r');
        f.put(39, self.dim_info);
        for (n, &size) in self.dim.iter().enumerate() {
            f.put(40 + 2 * n, short(size));
        }
        f.put_reals::<f32>(56, &self.intent_p);
        f.put(68, short(self.intent_code.into()));
        f.put(70, self.datatype);
        f.put(72, self.bitpix);
        f.put(74, short(self.slice_start));
        f.put_reals::<f32>(76, &self.pixdim);
        f.put_reals::<f32>(108, &[self.vox_offset, self.scl_slope, self.scl_inter]);
        f.put(120, short(self.slice_end));
        f.put(122, byte(self.slice_code));
        f.put(123, byte(self.xyzt_units));
        f.put_reals::<f32>(124, &[self.cal_max, self.cal_min, self.slice_duration, self.toffset]);
        f.put_text(148, 80, &self.descrip);
        f.put_text(228, 24, &self.aux_file);
        f.put(252, short(self.qform_code.into()));
        f.put(254, short(self.sform_code.into()));
        f.put_reals::<f32>(256, &self.quatern);
        f.put_reals::<f32>(268, &self.qoffset);
        f.put_reals::<f32>(280, self.srow.as_flattened());
        f.put_text(328, 16, &self.intent_name);
        f.put_bytes(344, self.version.magic(self.single));
    }

    fn put_2(&self, f: &mut FieldsMut) {
        f.put_bytes(4, self.version.magic(self.single));
        f.put(12, self.datatype);
        f.put(14, self.bitpix);
        for (n, &size) in self.dim.iter().enumerate() {
            f.put(16 + 8 * n, size);
        }
        f.put_reals::<f64>(80, &self.intent_p);
        f.put_reals::<f64>(104, &self.pixdim);
        f.put(168, self.vox_offset as i64);
        let reals =
            [self.scl_slope, self.scl_inter, self.cal_max, self.cal_min, self.slice_duration, self.toffset];
        f.put_reals::<f64>(176, &reals);
        f.put(224, self.slice_start);
        f.put(232, self.slice_end);
        f.put_text(240, 80, &self.descrip);
        f.put_text(320, 24, &self.aux_file);
        f.put(344, self.qform_code);
        f.put(348, self.sform_code);
        f.put_reals::<f64>(352, &self.quatern);
        f.put_reals::<f64>(376, &self.qoffset);
        f.put_reals::<f64>(400, self.srow.as_flattened());
        f.put(496, self.slice_code);
        f.put(500, self.xyzt_units);
        f.put(504, self.intent_code);
        f.put_text(508, 16, &self.intent_name);
        f.put(524, self.dim_info);
    }

    /// A header of zeros, voxels in the same file, little-endian.
    pub(super) fn blank(version: Version) -> Self {
        let head = Fields::new(&[], Endian::Little);
        match version {
            Version::One => Self::parse_1(head, true),
            Version::Two => Self::parse_2(head, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_both_versions_and_byte_orders() {
        for version in [Version::One, Version::Two] {
            for endian in [Endian::Little, Endian::Big] {
                let header = Header {
                    endian,
                    single: endian == Endian::Little,
                    dim_info: 57,
                    dim: [5, 4, 3, 2, 1, 7, 1, 1],
                    intent_p: [1.0, 2.0, 3.0],
                    intent_code: 1006,
                    datatype: 16,
                    bitpix: 32,
                    slice_start: 1,
                    slice_end: 2,
                    slice_code: 3,
                    slice_duration: 0.5,
                    pixdim: [-1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
                    vox_offset: 352.0,
                    scl_slope: 2.0,
                    scl_inter: -1.0,
                    cal_min: 9.0,
                    cal_max: 10.0,
                    toffset: 11.0,
                    xyzt_units: 10,
                    descrip: "what it is".to_owned(),
                    aux_file: "beside".to_owned(),
                    intent_name: "shift".to_owned(),
                    qform_code: 1,
                    sform_code: 2,
                    quatern: [0.5, 0.25, 0.125],
                    qoffset: [-1.0, -2.0, -3.0],
                    srow: [[1.0, 0.0, 0.0, 5.0], [0.0, 2.0, 0.0, 6.0], [0.0, 0.0, 3.0, 7.0]],
                    ..Header::blank(version)
                };
                assert_eq!(Header::parse(&header.to_bytes()).unwrap(), header);
            }
        }
    }
}
