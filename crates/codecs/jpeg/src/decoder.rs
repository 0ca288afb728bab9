//! From a stream to an image: scans until every component is complete.

use crate::color::ybr_to_rgb_row;
use crate::error::Error;
use crate::frame::Frame;
use crate::lossless::{self, Target};
use crate::markers::{Parser, Scan};
use crate::planes::{Plane, assemble};
use crate::progressive::Progression;
use crate::sample::Sample;
use crate::sequential;
use crate::{ColorTransform, Header, Options, Process, Upsampling};

/// A stream read up to its first scan.
pub(crate) struct Decoder<'a> {
    parser: Parser<'a>,
    frame: Frame,
    scan: Scan,
}

impl<'a> Decoder<'a> {
    /// Reads the segments before the image data.
    pub(crate) fn open(data: &'a [u8]) -> Result<Self, Error> {
        let mut parser = Parser::new(data)?;
        let scan = parser
            .next_scan()?
            .ok_or(Error::Truncated { offset: data.len(), what: "the segments before the first scan" })?;
        let frame = parser.frame.clone().ok_or(Error::Corrupt {
            offset: scan.data_offset,
            what: "a scan comes before the frame header",
        })?;
        Ok(Self { parser, frame, scan })
    }

    /// What the segments before the image data say.
    pub(crate) fn header(&self) -> Header {
        let lossless = self.frame.process == Process::Lossless;
        Header {
            width: self.frame.width,
            height: self.frame.height,
            components: self.frame.components.len() as u8,
            precision: self.frame.precision,
            process: self.frame.process,
            adobe_transform: self.parser.adobe_transform,
            jfif: self.parser.jfif,
            sampling: self.frame.components.iter().map(|c| (c.h as u8, c.v as u8)).collect(),
            predictor: lossless.then_some(self.scan.start),
            point_transform: if lossless { self.scan.low } else { 0 },
        }
    }

    /// Checks the image's size against the limits and returns its number of samples.
    pub(crate) fn samples(&self, options: &Options) -> Result<usize, Error> {
        let samples = self.frame.samples();
        let limit = options.max_samples;
        let count = usize::try_from(samples).ok().filter(|&count| count <= limit);
        let count = count.ok_or(Error::TooLarge { samples, limit })?;
        if !self.frame.fits(self.parser.data().len()) {
            return Err(Error::Implausible {
                width: self.frame.width,
                height: self.frame.height,
                components: self.frame.components.len() as u8,
                bytes: self.parser.data().len(),
            });
        }
        if options.color == ColorTransform::YbrToRgb && !matches!(self.frame.components.len(), 1 | 3) {
            return Err(Error::Unsupported {
                feature: "YBR to RGB of an image that has not 1 or 3 components",
            });
        }
        Ok(count)
    }

    /// Decodes the image to `out`, which holds as many samples as [`Decoder::samples`] said.
    pub(crate) fn decode<T: Sample>(self, options: &Options, out: &mut [T]) -> Result<(), Error> {
        let to_rgb = options.color == ColorTransform::YbrToRgb && self.frame.components.len() == 3;
        match self.frame.process {
            Process::Lossless => self.decode_lossless(to_rgb, out),
            _ => self.decode_dct(options.upsampling, to_rgb, out),
        }
    }

    fn decode_dct<T: Sample>(self, upsampling: Upsampling, to_rgb: bool, out: &mut [T]) -> Result<(), Error> {
        let frame = self.frame.clone();
        let mut planes: Vec<Plane<T>> = frame.components.iter().map(Plane::of_blocks).collect();
        if frame.process == Process::Progressive {
            let mut progression = Progression::new(&frame);
            let last = self.scans(|parser, scan| progression.decode_scan(parser, &frame, scan).map(Some))?;
            if !progression.is_complete() {
                return Err(last);
            }
            progression.transform(&frame, &mut planes);
        } else {
            self.each_component_once(|parser, scan| {
                sequential::decode_scan(parser, &frame, scan, &mut planes)
            })?;
        }
        assemble(&frame, &planes, upsampling, to_rgb, out);
        Ok(())
    }

    fn decode_lossless<T: Sample>(self, to_rgb: bool, out: &mut [T]) -> Result<(), Error> {
        let frame = self.frame.clone();
        let count = frame.components.len();
        let mut shifts = vec![0u8; count];
        let mut note_shift = |scan: &Scan| {
            for part in &scan.components {
                shifts[part.index] = scan.low;
            }
        };
        let undo = |sample: &mut T, shift: u8| *sample = T::from_i32(sample.to_i32() << shift);
        if frame.components.iter().all(|c| c.h == 1 && c.v == 1) {
            self.each_component_once(|parser, scan| {
                note_shift(scan);
                lossless::decode_scan(parser, &frame, scan, &mut Target::Image(out))
            })?;
            if shifts.iter().any(|&shift| shift > 0) {
                for pixel in out.chunks_exact_mut(count) {
                    pixel.iter_mut().zip(&shifts).for_each(|(sample, &shift)| undo(sample, shift));
                }
            }
            if to_rgb {
                ybr_to_rgb_row(out, frame.precision);
            }
        } else {
            let mut planes: Vec<Plane<T>> = frame.components.iter().map(Plane::of_samples).collect();
            self.each_component_once(|parser, scan| {
                note_shift(scan);
                lossless::decode_scan(parser, &frame, scan, &mut Target::Planes(&mut planes))
            })?;
            for (plane, &shift) in planes.iter_mut().zip(&shifts) {
                plane.samples.iter_mut().for_each(|sample| undo(sample, shift));
            }
            assemble(&frame, &planes, Upsampling::Replicate, to_rgb, out);
        }
        Ok(())
    }

    /// Decodes scans until each component has been in one. What follows, EOI included, is not looked at.
    fn each_component_once(
        self,
        mut decode: impl FnMut(&Parser<'_>, &Scan) -> Result<usize, Error>,
    ) -> Result<(), Error> {
        let mut missing = vec![true; self.frame.components.len()];
        let mut complete = false;
        let last = self.scans(|parser, scan| {
            for part in &scan.components {
                if !std::mem::replace(&mut missing[part.index], false) {
                    let what = "a component is in two scans of a sequential image";
                    return Err(Error::Corrupt { offset: scan.data_offset, what });
                }
            }
            let end = decode(parser, scan)?;
            complete = !missing.contains(&true);
            Ok((!complete).then_some(end))
        })?;
        if complete { Ok(()) } else { Err(last) }
    }

    /// Calls `decode` for each scan until it gives no position to continue at, or the stream ends. Returns the error
    /// that it is if the image is not complete then.
    fn scans(
        mut self,
        mut decode: impl FnMut(&Parser<'_>, &Scan) -> Result<Option<usize>, Error>,
    ) -> Result<Error, Error> {
        let mut scan = Some(self.scan);
        while let Some(current) = scan {
            let Some(end) = decode(&self.parser, &current)? else { break };
            self.parser.resume(end);
            scan = self.parser.next_scan()?;
        }
        let what = "the image: a component has no scan";
        Ok(Error::Truncated { offset: self.parser.data().len(), what })
    }
}
