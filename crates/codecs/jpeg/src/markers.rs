//! Marker segments (T.81 Annex B): everything in a stream that is not entropy-coded data.

use crate::Process;
use crate::error::Error;
use crate::frame::{Component, Frame};
use crate::huffman::HuffmanSpec;

/// Scans that one image may have. Real progressions have about ten; each scan costs a pass over the image, so a
/// hostile stream must not have thousands.
const MAX_SCANS: usize = 256;

/// One component's part in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanComponent {
    /// Index into the frame's components.
    pub(crate) index: usize,
    /// DC (or lossless) table selector, 0 to 3.
    pub(crate) dc_table: usize,
    /// AC table selector, 0 to 3.
    pub(crate) ac_table: usize,
}

/// A scan header (B.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// One to four components.
    pub(crate) components: Vec<ScanComponent>,
    /// Start of spectral selection, or the lossless predictor (selection value).
    pub(crate) start: u8,
    /// End of spectral selection.
    pub(crate) end: u8,
    /// Successive approximation, the bit position before.
    pub(crate) high: u8,
    /// Successive approximation, the bit position now, or the lossless point transform.
    pub(crate) low: u8,
    /// Where the entropy-coded data begin.
    pub(crate) data_offset: usize,
}

/// Reads marker segments one by one and keeps the tables that they define.
pub(crate) struct Parser<'a> {
    data: &'a [u8],
    position: usize,
    scans: usize,
    /// The frame; complete (with its height) from the first scan on.
    pub(crate) frame: Option<Frame>,
    /// Quantization tables in zigzag order.
    pub(crate) quantization: [Option<[u16; 64]>; 4],
    /// DC or lossless Huffman tables.
    pub(crate) dc_tables: [Option<HuffmanSpec>; 4],
    /// AC Huffman tables.
    pub(crate) ac_tables: [Option<HuffmanSpec>; 4],
    /// MCUs between restart markers, 0 for none.
    pub(crate) restart_interval: usize,
    /// Colour transform flag of an Adobe APP14 segment.
    pub(crate) adobe_transform: Option<u8>,
    /// Whether there is a JFIF APP0 segment.
    pub(crate) jfif: bool,
}

impl<'a> Parser<'a> {
    /// Checks the SOI marker.
    pub(crate) fn new(data: &'a [u8]) -> Result<Self, Error> {
        if !data.starts_with(&[0xFF, 0xD8]) {
            return Err(Error::NotJpeg);
        }
        Ok(Self {
            data,
            position: 2,
            scans: 0,
            frame: None,
            quantization: [None; 4],
            dc_tables: [const { None }; 4],
            ac_tables: [const { None }; 4],
            restart_interval: 0,
            adobe_transform: None,
            jfif: false,
        })
    }

    /// The whole stream.
    pub(crate) fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Continues after a scan's data, at the next marker at or after `position`.
    pub(crate) fn resume(&mut self, position: usize) {
        self.position = next_marker(self.data, position);
    }

    /// Reads segments up to and including the next scan header; `None` at EOI or at the end of the data.
    pub(crate) fn next_scan(&mut self) -> Result<Option<Scan>, Error> {
        while let Some(code) = self.marker()? {
            match code {
                0xD9 => return Ok(None),
                // TEM and stray restart markers stand alone.
                0x01 | 0xD0..=0xD7 => {}
                0xD8 => return Err(self.corrupt("a second SOI marker")),
                0xC0..=0xC3 => self.frame_header(code)?,
                0xC4 => self.huffman_tables()?,
                0xC5..=0xC7 => {
                    return Err(Error::Unsupported { feature: "hierarchical (differential) frames" });
                }
                0xC8 => return Err(Error::Unsupported { feature: "JPEG extensions (marker FFC8)" }),
                0xC9..=0xCC => return Err(Error::Unsupported { feature: "arithmetic coding" }),
                0xCD..=0xCF => {
                    return Err(Error::Unsupported { feature: "arithmetic coding of hierarchical frames" });
                }
                0xDA => return self.scan_header().map(Some),
                0xDB => self.quantization_tables()?,
                0xDD => self.define_restart_interval()?,
                0xDE | 0xDF => return Err(Error::Unsupported { feature: "hierarchical progression" }),
                0xE0 => self.jfif |= self.segment()?.starts_with(b"JFIF\0"),
                0xEE => {
                    if let [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..] = self.segment()? {
                        self.adobe_transform = Some(*transform);
                    }
                }
                0xF7 => return Err(Error::Unsupported { feature: "JPEG-LS (marker FFF7)" }),
                // DNL (already looked up), APPn, COM, JPGn, reserved codes: a length and a body to skip.
                _ => {
                    self.segment()?;
                }
            }
        }
        Ok(None)
    }

    fn corrupt(&self, what: &'static str) -> Error {
        Error::Corrupt { offset: self.position, what }
    }

    /// The next marker's code, past any fill bytes; `None` at the end of the data.
    fn marker(&mut self) -> Result<Option<u8>, Error> {
        match self.data.get(self.position) {
            None => return Ok(None),
            Some(0xFF) => {}
            Some(_) => return Err(self.corrupt("a marker was expected")),
        }
        while let Some(&code) = self.data.get(self.position) {
            self.position += 1;
            match code {
                0xFF => {}
                0x00 => return Err(self.corrupt("a marker was expected, not a stuffed byte")),
                code => return Ok(Some(code)),
            }
        }
        Ok(None)
    }

    /// The body of the segment whose length stands at the position; moves past it.
    fn segment(&mut self) -> Result<&'a [u8], Error> {
        let (body, after) = segment_at(self.data, self.position)?;
        self.position = after;
        Ok(body)
    }

    fn frame_header(&mut self, code: u8) -> Result<(), Error> {
        if self.frame.is_some() {
            return Err(self.corrupt("a second frame header"));
        }
        let [precision, h1, h0, w1, w0, count, list @ ..] = self.segment()? else {
            return Err(self.corrupt("the frame header is too short"));
        };
        let process = match code {
            0xC0 => Process::Baseline,
            0xC1 => Process::Extended,
            0xC2 => Process::Progressive,
            _ => Process::Lossless,
        };
        let precision = *precision;
        let precision_fits = match process {
            Process::Baseline => precision == 8,
            Process::Extended | Process::Progressive => precision == 8 || precision == 12,
            Process::Lossless => (2..=16).contains(&precision),
        };
        if !precision_fits {
            return Err(self.corrupt("the precision is not one of the process's"));
        }
        let width = u16::from_be_bytes([*w1, *w0]);
        if width == 0 {
            return Err(self.corrupt("the width is 0"));
        }
        let (specifications, rest) = list.as_chunks::<3>();
        if *count == 0 || specifications.len() != usize::from(*count) || !rest.is_empty() {
            return Err(self.corrupt("the frame header's length does not match its number of components"));
        }
        let mut components: Vec<Component> = Vec::with_capacity(specifications.len());
        for &[id, sampling, quantization] in specifications {
            let (h, v) = (sampling >> 4, sampling & 15);
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err(self.corrupt("a sampling factor is not 1 to 4"));
            }
            if quantization > 3 {
                return Err(self.corrupt("a quantization table selector is over 3"));
            }
            components.push(Component::new(id, h, v, quantization));
        }
        let height = u16::from_be_bytes([*h1, *h0]);
        self.frame = Some(Frame::new(process, precision, width, height, components));
        Ok(())
    }

    fn huffman_tables(&mut self) -> Result<(), Error> {
        let mut body = self.segment()?;
        while let Some((&selector, rest)) = body.split_first() {
            let (class, slot) = (selector >> 4, usize::from(selector & 15));
            let Some((counts, rest)) = rest.split_first_chunk::<16>() else {
                return Err(self.corrupt("a Huffman table segment is too short"));
            };
            let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
            if total > 256 || total > rest.len() {
                return Err(self.corrupt("a Huffman table has more codes than it can"));
            }
            let (symbols, rest) = rest.split_at(total);
            let tables = if class == 0 { &mut self.dc_tables } else { &mut self.ac_tables };
            match tables.get_mut(slot) {
                Some(table) if class <= 1 => {
                    *table = Some(HuffmanSpec { counts: *counts, symbols: symbols.to_vec() });
                }
                _ => return Err(self.corrupt("a Huffman table's class or destination is out of range")),
            }
            body = rest;
        }
        Ok(())
    }

    fn quantization_tables(&mut self) -> Result<(), Error> {
        let mut body = self.segment()?;
        while let Some((&selector, rest)) = body.split_first() {
            let wide = selector >> 4;
            let length = match wide {
                0 => 64,
                1 => 128,
                _ => return Err(self.corrupt("a quantization table's precision is not 0 or 1")),
            };
            let Some((values, rest)) = rest.split_at_checked(length) else {
                return Err(self.corrupt("a quantization table segment is too short"));
            };
            let mut table = [0u16; 64];
            if wide == 0 {
                for (entry, &value) in table.iter_mut().zip(values) {
                    *entry = u16::from(value);
                }
            } else {
                for (entry, &pair) in table.iter_mut().zip(values.as_chunks::<2>().0) {
                    *entry = u16::from_be_bytes(pair);
                }
            }
            match self.quantization.get_mut(usize::from(selector & 15)) {
                Some(slot) => *slot = Some(table),
                None => return Err(self.corrupt("a quantization table's destination is over 3")),
            }
            body = rest;
        }
        Ok(())
    }

    fn define_restart_interval(&mut self) -> Result<(), Error> {
        let [high, low] = self.segment()? else {
            return Err(self.corrupt("the restart interval segment's length is not 4"));
        };
        self.restart_interval = usize::from(u16::from_be_bytes([*high, *low]));
        Ok(())
    }

    fn scan_header(&mut self) -> Result<Scan, Error> {
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(Error::Unsupported { feature: "more than 256 scans" });
        }
        let [count, body @ ..] = self.segment()? else {
            return Err(self.corrupt("the scan header is empty"));
        };
        let data_offset = self.position;
        let corrupt = |what| Error::Corrupt { offset: data_offset, what };
        let Some(frame) = self.frame.as_mut() else {
            return Err(corrupt("a scan comes before the frame header"));
        };
        let (list, rest) = body.as_chunks::<2>();
        // The three last bytes fall one into `rest`, two into the list.
        let (Some((&[start, end], list)), [approximation]) = (list.split_last(), rest) else {
            return Err(corrupt("the scan header is too short"));
        };
        if !(1..=4).contains(count) || list.len() != usize::from(*count) {
            return Err(corrupt("the scan header's length does not match its number of components"));
        }
        let mut components: Vec<ScanComponent> = Vec::with_capacity(list.len());
        for &[id, tables] in list {
            // Some encoders give all components the same identifier: each takes the first that is still free.
            let free = |index: usize| components.iter().all(|c| c.index != index);
            let named = |(index, c): (usize, &Component)| (c.id == id && free(index)).then_some(index);
            let Some(index) = frame.components.iter().enumerate().find_map(named) else {
                return Err(corrupt("a scan names a component that the frame lacks, or one twice"));
            };
            let (dc_table, ac_table) = (usize::from(tables >> 4), usize::from(tables & 15));
            if dc_table > 3 || ac_table > 3 {
                return Err(corrupt("a Huffman table selector is over 3"));
            }
            components.push(ScanComponent { index, dc_table, ac_table });
        }
        if frame.height == 0 {
            // The number of lines follows the first scan (B.2.5).
            let marker = next_marker(self.data, data_offset);
            match self.data.get(marker..).unwrap_or_default() {
                [0xFF, 0xDC, ..] => {}
                [] | [_] => {
                    return Err(Error::Truncated {
                        offset: self.data.len(),
                        what: "the first scan of an image without a height",
                    });
                }
                _ => return Err(corrupt("the height is 0 and no DNL marker follows the first scan")),
            }
            match *segment_at(self.data, marker + 2)?.0 {
                [0, 0] => return Err(corrupt("the number of lines is 0")),
                [high, low] => frame.height = u16::from_be_bytes([high, low]),
                _ => return Err(corrupt("the DNL segment's length is not 4")),
            }
        }
        frame.lay_out();
        Ok(Scan { components, start, end, high: approximation >> 4, low: approximation & 15, data_offset })
    }
}

/// The body of the segment whose two length bytes stand at `position`, and the offset after it.
fn segment_at(data: &[u8], position: usize) -> Result<(&[u8], usize), Error> {
    let truncated = Error::Truncated { offset: data.len(), what: "a marker segment" };
    let Some((length, rest)) = data.get(position..).and_then(|rest| rest.split_first_chunk::<2>()) else {
        return Err(truncated);
    };
    let Some(length) = usize::from(u16::from_be_bytes(*length)).checked_sub(2) else {
        return Err(Error::Corrupt { offset: position, what: "a segment's length is under 2" });
    };
    rest.get(..length).map(|body| (body, position + 2 + length)).ok_or(truncated)
}

/// Offset of the first marker at or after `position` that is neither a stuffed byte nor a restart marker; the length
/// of the data if there is none. The offset is that of the last `FF` before the code.
fn next_marker(data: &[u8], position: usize) -> usize {
    let rest = data.get(position..).unwrap_or_default();
    rest.windows(2)
        .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF | 0xD0..=0xD7))
        .map_or(data.len(), |at| position + at)
}
