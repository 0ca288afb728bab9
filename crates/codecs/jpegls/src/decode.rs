//! Decoding of a whole stream: headers, limits, scans, restart intervals, and the way of samples into the output.

use crate::bits::{BadCode, BitReader};
use crate::context::Model;
use crate::error::Error;
use crate::header::{Header, Interleave};
use crate::lines::Lines;
use crate::mapping::MappingTable;
use crate::markers::{Markers, Scan};
use crate::parameters::Parameters;
use crate::sample::Sample;
use crate::scan_decoder::{decode_line, decode_pixels};

/// Limits of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Largest number of samples (width × height × components) that is decoded. Default 2^28.
    pub max_samples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_samples: 1 << 28 }
    }
}

/// Longest run that one bit can stand for.
const LONGEST_RUN_PER_BIT: u64 = 1 << 15;

/// A stream read up to the data of its first scan.
pub(crate) struct Opened<'a> {
    markers: Markers<'a>,
    first_scan: Scan,
    pub header: Header,
}

impl<'a> Opened<'a> {
    pub fn new(data: &'a [u8]) -> Result<Self, Error> {
        let mut markers = Markers::new(data)?;
        let missing = Error::Truncated { part: "headers" };
        let first_scan = markers.next_scan()?.ok_or(missing.clone())?;
        let frame = markers.frame.as_ref().ok_or(missing)?;
        let parameters = Parameters::new(&markers.preset, frame.precision, first_scan.near)?;
        let mut output_precision = frame.precision;
        if let Some(&(_, id)) = first_scan.components.first()
            && let Some(table) = markers.tables.get(id)?
        {
            output_precision = table.output_bits();
        }
        let header = Header {
            width: frame.width,
            height: frame.height,
            components: frame.component_ids.len() as u8,
            precision: frame.precision,
            output_precision,
            near: first_scan.near,
            interleave: first_scan.interleave,
            color_transform: markers.color_transform,
            restart_interval: markers.restart_interval,
            parameters: parameters.to_preset(),
        };
        Ok(Self { markers, first_scan, header })
    }

    /// Number of samples, where it is within the caller's limit and what the data can hold.
    pub fn sample_count(&self, options: &Options) -> Result<usize, Error> {
        let header = &self.header;
        let too_large = Error::TooLarge { samples: header.samples(), max_samples: options.max_samples };
        let samples = usize::try_from(header.samples()).map_err(|_| too_large.clone())?;
        if samples > options.max_samples {
            return Err(too_large);
        }
        let least_bits = u64::from(header.height) * u64::from(header.width).div_ceil(LONGEST_RUN_PER_BIT);
        if (self.markers.remaining() as u64).saturating_mul(8) < least_bits {
            return Err(Error::Truncated { part: "entropy-coded data" });
        }
        Ok(samples)
    }

    /// Decodes all components into `output`, whose length is [`Opened::sample_count`].
    pub fn decode<S: Sample>(mut self, output: &mut [S]) -> Result<Header, Error> {
        let header = self.header;
        let components = usize::from(header.components);
        let transform = header.color_transform;
        let transform_bits = header.precision;
        if transform.code() != 0 && (components != 3 || !matches!(transform_bits, 8 | 16)) {
            return Err(Error::Unsupported {
                feature: "colour transform of other than three components of 8 or 16 bits",
                value: u64::from(transform.code()),
            });
        }
        let mut decoded = 0;
        let mut seen = [false; 4];
        let mut next = Some(self.first_scan);
        while decoded < components {
            let Some(scan) = next.take().map_or_else(|| self.markers.next_scan(), |scan| Ok(Some(scan)))?
            else {
                return Err(Error::MissingComponents {
                    decoded: decoded as u8,
                    components: header.components,
                });
            };
            for &(place, _) in &scan.components {
                if std::mem::replace(&mut seen[place], true) {
                    return Err(Error::InvalidField {
                        segment: "scan header",
                        field: "component decoded before",
                        value: place as u64,
                    });
                }
            }
            decoded += scan.components.len();
            decode_scan(&mut self.markers, &scan, &header, output)?;
        }
        transform.undo(output, transform_bits);
        Ok(header)
    }
}

/// Refuses a sample type that the samples do not fit.
pub(crate) fn check_fit<S: Sample>(precision: u8) -> Result<(), Error> {
    if precision > S::BITS {
        return Err(Error::PrecisionTooLarge { precision });
    }
    Ok(())
}

fn decode_scan<S: Sample>(
    markers: &mut Markers,
    scan: &Scan,
    header: &Header,
    output: &mut [S],
) -> Result<(), Error> {
    let parameters = Parameters::new(&markers.preset, header.precision, scan.near)?;
    let tables = markers.tables.clone();
    let mut lanes = Vec::with_capacity(scan.components.len());
    for &(place, id) in &scan.components {
        let table = tables.get(id)?;
        check_fit::<S>(table.map_or(header.precision, MappingTable::output_bits))?;
        lanes.push((place, table));
    }
    let output = Output {
        samples: output,
        width: header.width as usize,
        components: usize::from(header.components),
        lanes,
    };
    let source = LineSource::new(markers, header.height);
    match (scan.interleave, parameters.is_modular()) {
        (Interleave::None | Interleave::Line, true) => decode_planes::<S, true>(parameters, source, output),
        (Interleave::None | Interleave::Line, false) => decode_planes::<S, false>(parameters, source, output),
        (Interleave::Sample, true) => decode_interleaved::<S, true>(parameters, source, output),
        (Interleave::Sample, false) => decode_interleaved::<S, false>(parameters, source, output),
    }
}

/// Entropy-coded segments of a scan, line by line.
struct LineSource<'m, 'a> {
    markers: &'m mut Markers<'a>,
    height: u32,
    /// Next line.
    line: u32,
    /// Offset of the present segment.
    offset: usize,
    bits: BitReader<'a>,
}

impl<'m, 'a> LineSource<'m, 'a> {
    fn new(markers: &'m mut Markers<'a>, height: u32) -> Self {
        let offset = markers.position();
        let bits = BitReader::new(markers.entropy_segment());
        Self { markers, height, line: 0, offset, bits }
    }

    /// Begins the next line: its number, and whether a restart marker asks to forget what came before.
    fn next_line(&mut self) -> Result<Option<(usize, bool)>, Error> {
        if self.line == self.height {
            return Ok(None);
        }
        let line = self.line;
        let interval = self.markers.restart_interval;
        let restart = line != 0 && interval != 0 && line.is_multiple_of(interval);
        if restart {
            self.markers.restart_marker(line / interval - 1)?;
            self.offset = self.markers.position();
            self.bits = BitReader::new(self.markers.entropy_segment());
        }
        self.line += 1;
        Ok(Some((line as usize, restart)))
    }

    /// The error of a bad code in the line begun last.
    fn bad_code(&self) -> impl Fn(BadCode) -> Error + use<> {
        let error = Error::CorruptData { line: self.line.saturating_sub(1), offset: self.offset };
        move |BadCode| error.clone()
    }
}

/// Where the samples of a scan go.
struct Output<'o, 't, S> {
    /// All components, interleaved by pixel.
    samples: &'o mut [S],
    width: usize,
    components: usize,
    /// Place in the pixel and mapping table of each component of the scan.
    lanes: Vec<(usize, Option<&'t MappingTable>)>,
}

impl<S: Sample> Output<'_, '_, S> {
    /// Stores a decoded line of the `LANES` components from `first` on.
    fn store<const LANES: usize>(
        &mut self,
        y: usize,
        first: usize,
        line: &[[u16; LANES]],
    ) -> Result<(), Error> {
        let row_length = self.width * self.components;
        let row = &mut self.samples[y * row_length..][..row_length];
        let lanes = &self.lanes[first..][..LANES];
        let in_place =
            lanes.iter().enumerate().all(|(index, &(place, table))| place == index && table.is_none());
        if LANES == self.components && in_place {
            for (out, &sample) in row.iter_mut().zip(line.as_flattened()) {
                *out = S::truncate(sample);
            }
            return Ok(());
        }
        for (lane, &(place, table)) in lanes.iter().enumerate() {
            for (pixel, samples) in row.chunks_exact_mut(self.components).zip(line) {
                let sample = samples[lane];
                pixel[place] = S::truncate(match table {
                    None => sample,
                    Some(table) => table.map(sample)?,
                });
            }
        }
        Ok(())
    }
}

/// Decodes a scan of one component, or of several interleaved by line.
fn decode_planes<S: Sample, const MODULAR: bool>(
    parameters: Parameters,
    mut source: LineSource,
    mut output: Output<S>,
) -> Result<(), Error> {
    let mut model = Model::new(parameters);
    let mut planes: Vec<_> = output.lanes.iter().map(|_| (Lines::<1>::new(output.width), 0)).collect();
    while let Some((y, restart)) = source.next_line()? {
        if restart {
            model.reset();
        }
        let bad_code = source.bad_code();
        for (lane, (lines, run_index)) in planes.iter_mut().enumerate() {
            if restart {
                lines.clear();
                *run_index = 0;
            }
            let (above, current) = lines.advance();
            decode_line::<MODULAR>(&mut model, &mut source.bits, run_index, above, current)
                .map_err(&bad_code)?;
            output.store(y, lane, lines.coded())?;
        }
    }
    Ok(())
}

/// Decodes a scan of two to four components interleaved by sample.
fn decode_interleaved<S: Sample, const MODULAR: bool>(
    parameters: Parameters,
    source: LineSource,
    output: Output<S>,
) -> Result<(), Error> {
    match output.lanes.len() {
        2 => decode_lanes::<S, MODULAR, 2>(parameters, source, output),
        3 => decode_lanes::<S, MODULAR, 3>(parameters, source, output),
        _ => decode_lanes::<S, MODULAR, 4>(parameters, source, output),
    }
}

fn decode_lanes<S: Sample, const MODULAR: bool, const LANES: usize>(
    parameters: Parameters,
    mut source: LineSource,
    mut output: Output<S>,
) -> Result<(), Error> {
    let mut model = Model::new(parameters);
    let mut lines = Lines::<LANES>::new(output.width);
    let mut run_index = 0;
    while let Some((y, restart)) = source.next_line()? {
        if restart {
            model.reset();
            lines.clear();
            run_index = 0;
        }
        let bad_code = source.bad_code();
        let (above, current) = lines.advance();
        decode_pixels::<MODULAR, LANES>(&mut model, &mut source.bits, &mut run_index, above, current)
            .map_err(&bad_code)?;
        output.store(y, 0, lines.coded())?;
    }
    Ok(())
}
