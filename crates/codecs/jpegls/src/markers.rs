//! Marker segments: the walk over them, and what each tells (T.87 annex C).

use crate::bits::find_ff;
use crate::color::ColorTransform;
use crate::error::Error;
use crate::header::Interleave;
use crate::mapping::MappingTables;
use crate::parameters::Preset;

/// Start of image.
pub(crate) const SOI: u8 = 0xD8;
/// End of image.
pub(crate) const EOI: u8 = 0xD9;
/// Start of scan.
pub(crate) const SOS: u8 = 0xDA;
/// Number of lines.
pub(crate) const DNL: u8 = 0xDC;
/// Restart interval.
pub(crate) const DRI: u8 = 0xDD;
/// First of eight restart markers.
pub(crate) const RST0: u8 = 0xD0;
/// Last of eight restart markers.
pub(crate) const RST7: u8 = 0xD7;
/// Application segment of colour transforms and SPIFF headers.
pub(crate) const APP8: u8 = 0xE8;
/// Start of a JPEG-LS frame.
pub(crate) const SOF55: u8 = 0xF7;
/// JPEG-LS preset parameters.
pub(crate) const LSE: u8 = 0xF8;
/// What a colour transform's APP8 segment begins with.
pub(crate) const COLOR_TRANSFORM_TAG: &[u8; 4] = b"mrfx";

/// The frame header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub precision: u8,
    pub height: u32,
    pub width: u32,
    /// Component identifiers in the order of the frame, 1 to 4.
    pub component_ids: Vec<u8>,
}

/// A scan header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Place in the frame and mapping table identifier (0: none) of each component.
    pub components: Vec<(usize, u8)>,
    pub near: u8,
    pub interleave: Interleave,
}

/// Reads marker segments one after the other and keeps what they set.
#[derive(Debug, Clone)]
pub(crate) struct Markers<'a> {
    data: &'a [u8],
    position: usize,
    pub frame: Option<Frame>,
    pub preset: Preset,
    pub tables: MappingTables,
    pub restart_interval: u32,
    pub color_transform: ColorTransform,
    /// Height and width of an oversize LSE segment.
    oversize: Option<(u32, u32)>,
}

impl<'a> Markers<'a> {
    pub fn new(data: &'a [u8]) -> Result<Self, Error> {
        if !data.starts_with(&[0xFF, SOI]) {
            return Err(Error::NoStartOfImage);
        }
        Ok(Self {
            data,
            position: 2,
            frame: None,
            preset: Preset::default(),
            tables: MappingTables::default(),
            restart_interval: 0,
            color_transform: ColorTransform::None,
            oversize: None,
        })
    }

    /// Byte offset of the next unread byte.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.data.len() - self.position
    }

    /// Reads on to the next scan header; `None` at the end of the image.
    pub fn next_scan(&mut self) -> Result<Option<Scan>, Error> {
        loop {
            let Some(marker) = self.marker()? else { return Ok(None) };
            let offset = self.position - 1;
            match marker {
                EOI => return Ok(None),
                0x00 | SOI | RST0..=RST7 => return Err(Error::UnexpectedMarker { marker, offset }),
                0x01 => {}
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                    return Err(Error::OtherProcess { marker });
                }
                SOF55 if self.frame.is_some() => return Err(Error::UnexpectedMarker { marker, offset }),
                SOF55 => {
                    let body = self.body("frame header")?;
                    self.frame = Some(read_frame(body)?);
                }
                LSE => {
                    let body = self.body("preset parameters")?;
                    self.read_preset_parameters(body)?;
                }
                DRI => {
                    let body = self.body("restart interval")?;
                    self.restart_interval = be_number(body, "restart interval", "Lr")?;
                }
                APP8 => {
                    let body = self.body("application segment")?;
                    self.read_app8(body)?;
                }
                SOS => {
                    let body = self.body("scan header")?;
                    let Some(frame) = &mut self.frame else {
                        return Err(Error::UnexpectedMarker { marker, offset });
                    };
                    let scan = read_scan(body, frame)?;
                    self.resolve_size()?;
                    return Ok(Some(scan));
                }
                _ => {
                    self.body("marker segment")?;
                }
            }
        }
    }

    /// Takes the entropy-coded bytes up to the next marker.
    pub fn entropy_segment(&mut self) -> &'a [u8] {
        let rest = &self.data[self.position..];
        let segment = &rest[..entropy_length(rest)];
        self.position += segment.len();
        segment
    }

    /// Takes a restart marker of number `index` modulo 8.
    pub fn restart_marker(&mut self, index: u32) -> Result<(), Error> {
        let marker = self.marker()?.ok_or(Error::Truncated { part: "restart marker" })?;
        if marker != RST0 + (index % 8) as u8 {
            return Err(Error::UnexpectedMarker { marker, offset: self.position - 1 });
        }
        Ok(())
    }

    /// Second byte of the next marker, after any fill bytes; `None` at the end of the data.
    fn marker(&mut self) -> Result<Option<u8>, Error> {
        let rest = &self.data[self.position..];
        let Some(&first) = rest.first() else { return Ok(None) };
        if first != 0xFF {
            return Err(Error::UnexpectedMarker { marker: first, offset: self.position });
        }
        let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
        let marker = rest.get(fill).copied();
        self.position += (fill + 1).min(rest.len());
        Ok(marker)
    }

    /// Body of a marker segment, after its length.
    fn body(&mut self, part: &'static str) -> Result<&'a [u8], Error> {
        let (length, rest) =
            self.data[self.position..].split_first_chunk::<2>().ok_or(Error::Truncated { part })?;
        let length = usize::from(u16::from_be_bytes(*length));
        let body_length = length.checked_sub(2).ok_or(Error::InvalidField {
            segment: part,
            field: "length",
            value: length as u64,
        })?;
        let body = rest.get(..body_length).ok_or(Error::Truncated { part })?;
        self.position += length;
        Ok(body)
    }

    fn read_app8(&mut self, body: &[u8]) -> Result<(), Error> {
        if let Some(rest) = body.strip_prefix(COLOR_TRANSFORM_TAG)
            && let &[code] = rest
        {
            self.color_transform = ColorTransform::from_code(code)
                .ok_or(Error::Unsupported { feature: "colour transform", value: u64::from(code) })?;
        }
        Ok(())
    }

    fn read_preset_parameters(&mut self, body: &[u8]) -> Result<(), Error> {
        const SEGMENT: &str = "preset parameters";
        let (&kind, rest) = body.split_first().ok_or(Error::Truncated { part: SEGMENT })?;
        match kind {
            1 => {
                let (words, []) = rest.as_chunks::<2>() else {
                    return Err(Error::Truncated { part: SEGMENT });
                };
                let &[maximum, threshold1, threshold2, threshold3, reset] = words else {
                    return Err(Error::Truncated { part: SEGMENT });
                };
                let word = u16::from_be_bytes;
                self.preset = Preset {
                    maximum: word(maximum),
                    threshold1: word(threshold1),
                    threshold2: word(threshold2),
                    threshold3: word(threshold3),
                    reset: word(reset),
                };
                Ok(())
            }
            2 | 3 => self.tables.read(rest, kind == 3),
            4 => {
                let (&width, numbers) = rest.split_first().ok_or(Error::Truncated { part: SEGMENT })?;
                let (height, columns) =
                    numbers.split_at_checked(usize::from(width)).ok_or(Error::Truncated { part: SEGMENT })?;
                self.oversize =
                    Some((be_number(height, SEGMENT, "Wxy")?, be_number(columns, SEGMENT, "Wxy")?));
                Ok(())
            }
            _ => Err(Error::Unsupported { feature: "LSE segment type", value: u64::from(kind) }),
        }
    }

    /// Completes the frame's size, which may be in an oversize segment or, for the height, follow the first scan.
    fn resolve_size(&mut self) -> Result<(), Error> {
        let late_height = self.late_height();
        let Some(frame) = &mut self.frame else { return Ok(()) };
        if let Some((height, width)) = self.oversize {
            if frame.height == 0 {
                frame.height = height;
            }
            if frame.width == 0 {
                frame.width = width;
            }
        }
        if frame.height == 0 {
            frame.height = late_height.unwrap_or(0);
        }
        for (field, value) in [("Y", frame.height), ("X", frame.width)] {
            if value == 0 {
                return Err(Error::InvalidField { segment: "frame header", field, value: 0 });
            }
        }
        Ok(())
    }

    /// Height of a DNL segment after the scan whose header was just read, looked for only where it is needed.
    fn late_height(&self) -> Option<u32> {
        let frame = self.frame.as_ref()?;
        if frame.height != 0 || self.oversize.is_some_and(|(height, _)| height != 0) {
            return None;
        }
        let mut ahead = self.clone();
        loop {
            ahead.entropy_segment();
            match ahead.marker().ok()?? {
                RST0..=RST7 => {}
                DNL => return be_number(ahead.body("number of lines").ok()?, "number of lines", "Ld").ok(),
                _ => return None,
            }
        }
    }
}

/// Bytes before the next marker; all of them where there is none.
fn entropy_length(data: &[u8]) -> usize {
    let mut start = 0;
    while let Some(found) = find_ff(&data[start..]) {
        let at = start + found;
        match data.get(at + 1) {
            Some(&next) if next < 0x80 => start = at + 2,
            Some(_) => return at,
            None => break,
        }
    }
    data.len()
}

/// Big-endian number of one to four bytes.
fn be_number(bytes: &[u8], segment: &'static str, field: &'static str) -> Result<u32, Error> {
    if bytes.is_empty() || bytes.len() > 4 {
        return Err(Error::InvalidField { segment, field, value: bytes.len() as u64 });
    }
    Ok(bytes.iter().fold(0, |number, &byte| (number << 8) | u32::from(byte)))
}

fn read_frame(body: &[u8]) -> Result<Frame, Error> {
    const SEGMENT: &str = "frame header";
    let invalid = |field, value: u8| Error::InvalidField { segment: SEGMENT, field, value: u64::from(value) };
    let &[precision, y1, y0, x1, x0, count, ref rest @ ..] = body else {
        return Err(Error::Truncated { part: SEGMENT });
    };
    if !(2..=16).contains(&precision) {
        return Err(invalid("P", precision));
    }
    match count {
        0 => return Err(invalid("Nf", count)),
        1..=4 => {}
        _ => {
            return Err(Error::Unsupported { feature: "components", value: u64::from(count) });
        }
    }
    let (components, []) = rest.as_chunks::<3>() else {
        return Err(Error::Truncated { part: SEGMENT });
    };
    if components.len() != usize::from(count) {
        return Err(invalid("Nf", count));
    }
    let mut component_ids = Vec::with_capacity(components.len());
    for &[id, sampling, _] in components {
        if component_ids.contains(&id) {
            return Err(invalid("Ci", id));
        }
        if count > 1 && sampling != 0x11 {
            return Err(Error::Unsupported { feature: "subsampled components", value: u64::from(sampling) });
        }
        component_ids.push(id);
    }
    Ok(Frame {
        precision,
        height: u32::from(u16::from_be_bytes([y1, y0])),
        width: u32::from(u16::from_be_bytes([x1, x0])),
        component_ids,
    })
}

fn read_scan(body: &[u8], frame: &Frame) -> Result<Scan, Error> {
    const SEGMENT: &str = "scan header";
    let invalid = |field, value: u8| Error::InvalidField { segment: SEGMENT, field, value: u64::from(value) };
    let (&count, rest) = body.split_first().ok_or(Error::Truncated { part: SEGMENT })?;
    let (selectors, rest) =
        rest.split_at_checked(2 * usize::from(count)).ok_or(Error::Truncated { part: SEGMENT })?;
    let &[near, interleave, transform] = rest else {
        return Err(Error::Truncated { part: SEGMENT });
    };
    if count == 0 || usize::from(count) > frame.component_ids.len() {
        return Err(invalid("Ns", count));
    }
    let mut components = Vec::with_capacity(usize::from(count));
    for &[id, table] in selectors.as_chunks::<2>().0 {
        let place = frame.component_ids.iter().position(|&other| other == id);
        let place = place.ok_or(invalid("Csj", id))?;
        if components.iter().any(|&(other, _)| other == place) {
            return Err(invalid("Csj", id));
        }
        components.push((place, table));
    }
    let interleave = match (interleave, count) {
        (0..=2, 1) => Interleave::None,
        (1, _) => Interleave::Line,
        (2, _) => Interleave::Sample,
        _ => return Err(invalid("ILV", interleave)),
    };
    if transform & 0x0F != 0 {
        return Err(Error::Unsupported { feature: "point transform", value: u64::from(transform & 0x0F) });
    }
    Ok(Scan { components, near, interleave })
}
