//! Encoding of a whole image: arguments, marker segments, scans and restart intervals.

use crate::bits::BitWriter;
use crate::color::ColorTransform;
use crate::context::Model;
use crate::error::Error;
use crate::header::Interleave;
use crate::lines::Lines;
use crate::markers::{APP8, COLOR_TRANSFORM_TAG, DRI, EOI, LSE, RST0, SOF55, SOI, SOS};
use crate::parameters::{Parameters, Preset};
use crate::sample::Sample;
use crate::scan_encoder::{encode_line, encode_pixels};

/// How an image is encoded. The default is lossless, with one scan for each component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EncodeOptions {
    /// Largest difference of a decoded sample from the original, NEAR: 0 to 255 and to half of the largest sample.
    pub near: u8,
    /// Order of the components' samples; without effect on images of one component.
    pub interleave: Interleave,
    /// Colour transform: only for lossless coding of three interleaved components of 8 or 16 bits.
    pub color_transform: ColorTransform,
    /// Lines between restart markers, at most 65 535; 0 for none.
    pub restart_interval: u32,
    /// Coding parameters other than the defaults, written in an LSE segment.
    pub preset: Preset,
}

/// Above this precision the parameters are always written: some decoders compute other defaults than the standard's.
const EXPLICIT_PARAMETERS_ABOVE: u8 = 12;

/// An image to encode, with its arguments checked.
struct Image<'s, S> {
    samples: &'s [S],
    width: usize,
    height: usize,
    components: usize,
    precision: u8,
    parameters: Parameters,
    options: EncodeOptions,
}

fn invalid(argument: &'static str, value: impl TryInto<u64>) -> Error {
    Error::InvalidArgument { argument, value: value.try_into().unwrap_or(u64::MAX) }
}

/// Encodes samples interleaved by pixel; see [`crate::encode_u16`].
pub(crate) fn encode<S: Sample>(
    samples: &[S],
    width: u32,
    height: u32,
    components: u8,
    precision: u8,
    options: &EncodeOptions,
) -> Result<Vec<u8>, Error> {
    for (argument, value) in [("width", width), ("height", height)] {
        if value == 0 || value > u32::from(u16::MAX) {
            return Err(invalid(argument, value));
        }
    }
    if !(1..=4).contains(&components) {
        return Err(invalid("components", components));
    }
    if !(2..=S::BITS).contains(&precision) {
        return Err(invalid("precision", precision));
    }
    if options.restart_interval > u32::from(u16::MAX) {
        return Err(invalid("restart interval", options.restart_interval));
    }
    if u64::from(width) * u64::from(height) * u64::from(components) != samples.len() as u64 {
        return Err(invalid("number of samples", samples.len()));
    }
    let transform = options.color_transform;
    if transform != ColorTransform::None {
        let interleaved = components == 3 && options.interleave != Interleave::None;
        let full_range = matches!(precision, 8 | 16) && options.preset.maximum == 0;
        if !interleaved || !full_range || options.near != 0 {
            return Err(invalid("colour transform", transform.code()));
        }
    }
    let parameters = Parameters::new(&options.preset, precision, options.near)?;
    let largest = samples.iter().map(|sample| sample.widen()).max().unwrap_or(0);
    if i32::from(largest) > parameters.maximum {
        return Err(invalid("largest sample", largest));
    }
    let mut options = *options;
    if components == 1 {
        options.interleave = Interleave::None;
    }
    let image = Image {
        samples,
        width: width as usize,
        height: height as usize,
        components: usize::from(components),
        precision,
        parameters,
        options,
    };
    let mut bytes = Vec::with_capacity(samples.len() * usize::from(precision) / 16 + 64);
    image.write_headers(&mut bytes);
    if parameters.is_modular() {
        image.write_scans::<true>(&mut bytes);
    } else {
        image.write_scans::<false>(&mut bytes);
    }
    bytes.extend([0xFF, EOI]);
    Ok(bytes)
}

/// Appends a marker segment; `body` is short.
fn segment(bytes: &mut Vec<u8>, marker: u8, body: &[u8]) {
    bytes.extend([0xFF, marker]);
    bytes.extend((body.len() as u16 + 2).to_be_bytes());
    bytes.extend_from_slice(body);
}

impl<S: Sample> Image<'_, S> {
    fn write_headers(&self, bytes: &mut Vec<u8>) {
        bytes.extend([0xFF, SOI]);
        if self.options.color_transform != ColorTransform::None {
            let mut body = COLOR_TRANSFORM_TAG.to_vec();
            body.push(self.options.color_transform.code());
            segment(bytes, APP8, &body);
        }
        let mut body = vec![self.precision];
        body.extend((self.height as u16).to_be_bytes());
        body.extend((self.width as u16).to_be_bytes());
        body.push(self.components as u8);
        for component in 1..=self.components {
            body.extend([component as u8, 0x11, 0]);
        }
        segment(bytes, SOF55, &body);
        if self.options.preset != Preset::default() || self.precision > EXPLICIT_PARAMETERS_ABOVE {
            let preset = self.parameters.to_preset();
            let mut body = vec![1];
            for word in
                [preset.maximum, preset.threshold1, preset.threshold2, preset.threshold3, preset.reset]
            {
                body.extend(word.to_be_bytes());
            }
            segment(bytes, LSE, &body);
        }
        if self.options.restart_interval != 0 {
            segment(bytes, DRI, &(self.options.restart_interval as u16).to_be_bytes());
        }
    }

    fn write_scans<const MODULAR: bool>(&self, bytes: &mut Vec<u8>) {
        match (self.options.interleave, self.components) {
            (Interleave::None, _) => {
                for component in 0..self.components {
                    self.write_planes::<MODULAR>(bytes, component..component + 1);
                }
            }
            (Interleave::Line, _) => self.write_planes::<MODULAR>(bytes, 0..self.components),
            (Interleave::Sample, 2) => self.write_pixels::<MODULAR, 2>(bytes),
            (Interleave::Sample, 3) => self.write_pixels::<MODULAR, 3>(bytes),
            (Interleave::Sample, _) => self.write_pixels::<MODULAR, 4>(bytes),
        }
    }

    fn write_scan_header(&self, bytes: &mut Vec<u8>, components: std::ops::Range<usize>) {
        let interleave = match self.options.interleave {
            Interleave::None => 0,
            Interleave::Line => 1,
            Interleave::Sample => 2,
        };
        let mut body = vec![components.len() as u8];
        for component in components {
            body.extend([component as u8 + 1, 0]);
        }
        body.extend([self.options.near, interleave, 0]);
        segment(bytes, SOS, &body);
    }

    /// Writes one scan of one component, or of several interleaved by line.
    fn write_planes<const MODULAR: bool>(&self, bytes: &mut Vec<u8>, components: std::ops::Range<usize>) {
        self.write_scan_header(bytes, components.clone());
        let mut model = Model::new(self.parameters);
        let mut planes: Vec<_> = components.map(|place| (place, Lines::<1>::new(self.width), 0)).collect();
        self.write_lines(bytes, |y, restart, bits| {
            if restart {
                model.reset();
            }
            for (place, lines, run_index) in &mut planes {
                if restart {
                    lines.clear();
                    *run_index = 0;
                }
                let (above, current) = lines.advance();
                for (to, from) in current[1..].iter_mut().zip(self.row(y).chunks_exact(self.components)) {
                    *to = match self.transformed(from) {
                        Some(pixel) => [pixel[*place]],
                        None => [from[*place].widen()],
                    };
                }
                encode_line::<MODULAR>(&mut model, bits, run_index, above, current);
            }
        });
    }

    /// Writes one scan of components interleaved by sample.
    fn write_pixels<const MODULAR: bool, const LANES: usize>(&self, bytes: &mut Vec<u8>) {
        self.write_scan_header(bytes, 0..LANES);
        let mut model = Model::new(self.parameters);
        let mut lines = Lines::<LANES>::new(self.width);
        let mut run_index = 0;
        self.write_lines(bytes, |y, restart, bits| {
            if restart {
                model.reset();
                lines.clear();
                run_index = 0;
            }
            let (above, current) = lines.advance();
            for (to, from) in current[1..].iter_mut().zip(self.row(y).as_chunks::<LANES>().0) {
                *to = from.map(Sample::widen);
                if let Some(pixel) = self.transformed(from) {
                    to.copy_from_slice(&pixel[..LANES]);
                }
            }
            encode_pixels::<MODULAR, LANES>(&mut model, bits, &mut run_index, above, current);
        });
    }

    /// Calls `line` for each line, told whether a restart marker stands before it, with the writer of its bits.
    fn write_lines(&self, bytes: &mut Vec<u8>, mut line: impl FnMut(usize, bool, &mut BitWriter)) {
        let interval = self.options.restart_interval as usize;
        let mut bits = BitWriter::new(std::mem::take(bytes));
        for y in 0..self.height {
            let restart = y != 0 && interval != 0 && y.is_multiple_of(interval);
            if restart {
                let mut written = bits.finish();
                written.extend([0xFF, RST0 + ((y / interval - 1) % 8) as u8]);
                bits = BitWriter::new(written);
            }
            line(y, restart, &mut bits);
        }
        *bytes = bits.finish();
    }

    fn row(&self, y: usize) -> &[S] {
        let length = self.width * self.components;
        &self.samples[y * length..][..length]
    }

    /// A pixel after the colour transform, where there is one.
    fn transformed(&self, pixel: &[S]) -> Option<[u16; 3]> {
        let transform = self.options.color_transform;
        match (transform, pixel) {
            (ColorTransform::None, _) => None,
            (_, &[r, g, b]) => {
                let colors = [r, g, b].map(|sample| i32::from(sample.widen()));
                Some(transform.forward(colors, self.precision).map(|value| value as u16))
            }
            _ => None,
        }
    }
}
