//! A plain writer of lossless streams of every shape, straight from the definitions of T.81 Annex H: slow, with one
//! fixed Huffman table, and independent of the crate's own encoder.

/// One component and its samples, `width × height` after subsampling.
#[derive(Clone)]
pub struct Component {
    pub h: usize,
    pub v: usize,
    pub samples: Vec<u16>,
}

/// What to write.
#[derive(Clone)]
pub struct Stream {
    pub width: usize,
    pub height: usize,
    pub precision: u8,
    pub selection: u8,
    pub point_transform: u8,
    /// Rows of units between restart markers, 0 for none.
    pub restart_rows: usize,
    pub components: Vec<Component>,
    /// The components of each scan.
    pub scans: Vec<Vec<usize>>,
    /// Leave the height to a DNL segment.
    pub dnl: bool,
    /// Put fill bytes before markers.
    pub fill: bool,
    pub eoi: bool,
}

impl Stream {
    pub fn new(width: usize, height: usize, precision: u8, components: Vec<Component>) -> Self {
        let scans = vec![(0..components.len()).collect()];
        Self {
            width,
            height,
            precision,
            selection: 1,
            point_transform: 0,
            restart_rows: 0,
            components,
            scans,
            dnl: false,
            fill: false,
            eoi: true,
        }
    }

    fn factors(&self, component: &Component) -> (usize, usize, usize, usize) {
        let h_max = self.components.iter().map(|c| c.h).max().unwrap();
        let v_max = self.components.iter().map(|c| c.v).max().unwrap();
        let width = (self.width * component.h).div_ceil(h_max);
        let height = (self.height * component.v).div_ceil(v_max);
        (width, height, h_max, v_max)
    }

    /// The stream's bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![0xFF, 0xD8];
        // Table 0: symbols 0 to 16, all with codes of 5 bits.
        let mut table = vec![0u8; 17];
        table[5] = 17;
        table.extend(0..17);
        self.segment(&mut out, 0xC4, &table);
        let height = if self.dnl { 0 } else { self.height as u16 };
        let mut frame = vec![self.precision];
        frame.extend(height.to_be_bytes());
        frame.extend((self.width as u16).to_be_bytes());
        frame.push(self.components.len() as u8);
        for (id, component) in self.components.iter().enumerate() {
            frame.extend([id as u8 + 10, (component.h << 4 | component.v) as u8, 0]);
        }
        self.segment(&mut out, 0xC3, &frame);
        for (number, scan) in self.scans.iter().enumerate() {
            let interval = self.units_wide(scan) * self.restart_rows;
            self.segment(&mut out, 0xDD, &(interval as u16).to_be_bytes());
            let mut header = vec![scan.len() as u8];
            header.extend(scan.iter().flat_map(|&index| [index as u8 + 10, 0]));
            header.extend([self.selection, 0, self.point_transform]);
            self.segment(&mut out, 0xDA, &header);
            self.entropy(&mut out, scan);
            if self.dnl && number == 0 {
                self.segment(&mut out, 0xDC, &(self.height as u16).to_be_bytes());
            }
        }
        if self.eoi {
            self.marker(&mut out, 0xD9);
        }
        out
    }

    fn marker(&self, out: &mut Vec<u8>, code: u8) {
        if self.fill {
            out.extend([0xFF, 0xFF]);
        }
        out.extend([0xFF, code]);
    }

    fn segment(&self, out: &mut Vec<u8>, code: u8, body: &[u8]) {
        self.marker(out, code);
        out.extend((body.len() as u16 + 2).to_be_bytes());
        out.extend(body);
    }

    /// Units per row: of one sample in a scan of one component, else of h × v samples of each.
    fn units_wide(&self, scan: &[usize]) -> usize {
        let (width, _, h_max, _) = self.factors(&self.components[scan[0]]);
        if scan.len() == 1 { width } else { self.width.div_ceil(h_max) }
    }

    fn entropy(&self, out: &mut Vec<u8>, scan: &[usize]) {
        let (_, height, _, v_max) = self.factors(&self.components[scan[0]]);
        let units_high = if scan.len() == 1 { height } else { self.height.div_ceil(v_max) };
        let mut bits = String::new();
        let mut interval_begin = 0;
        for unit_y in 0..units_high {
            if self.restart_rows > 0 && unit_y > 0 && unit_y % self.restart_rows == 0 {
                flush(out, &mut bits);
                self.marker(out, 0xD0 + ((unit_y / self.restart_rows - 1) % 8) as u8);
                interval_begin = unit_y;
            }
            for unit_x in 0..self.units_wide(scan) {
                for &index in scan {
                    let component = &self.components[index];
                    let (h, v) = if scan.len() == 1 { (1, 1) } else { (component.h, component.v) };
                    for y in unit_y * v..(unit_y + 1) * v {
                        for x in unit_x * h..(unit_x + 1) * h {
                            let difference = self.difference(component, x, y, interval_begin * v);
                            bits += &code(difference);
                        }
                    }
                }
            }
        }
        flush(out, &mut bits);
    }

    /// The difference at a position, modulo 2^16 as -32767 to 32768; 0 in the padding.
    fn difference(&self, component: &Component, x: usize, y: usize, first_line: usize) -> i32 {
        let (width, height, _, _) = self.factors(component);
        if x >= width || y >= height {
            return 0;
        }
        let at = |x: usize, y: usize| i32::from(component.samples[y * width + x] >> self.point_transform);
        let prediction = if y == first_line {
            if x == 0 { 1 << (self.precision - self.point_transform - 1) } else { at(x - 1, y) }
        } else if x == 0 {
            at(x, y - 1)
        } else {
            let (a, b, c) = (at(x - 1, y), at(x, y - 1), at(x - 1, y - 1));
            match self.selection {
                1 => a,
                2 => b,
                3 => c,
                4 => a + b - c,
                5 => a + (b - c).div_euclid(2),
                6 => b + (a - c).div_euclid(2),
                7 => (a + b) / 2,
                other => panic!("no predictor {other}"),
            }
        };
        let difference = (at(x, y) - prediction).rem_euclid(65536);
        if difference > 32768 { difference - 65536 } else { difference }
    }
}

/// Code and extra bits of a difference, by table H.2 and F.1.2.1.
fn code(difference: i32) -> String {
    let size = (0..17).find(|&s| difference.abs() < 1 << s).unwrap();
    let extra = if difference < 0 { difference + (1 << size) - 1 } else { difference };
    match size {
        0 | 16 => format!("{size:05b}"),
        _ => format!("{size:05b}{extra:0size$b}"),
    }
}

/// Writes the bits, filled up with ones, with stuffed bytes.
fn flush(out: &mut Vec<u8>, bits: &mut String) {
    for chunk in bits.as_bytes().chunks(8) {
        let byte =
            (0..8).fold(0u8, |byte, i| byte << 1 | u8::from(chunk.get(i).is_none_or(|&bit| bit == b'1')));
        out.push(byte);
        if byte == 0xFF {
            out.push(0);
        }
    }
    bits.clear();
}
