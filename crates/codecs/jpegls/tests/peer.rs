//! Streams of this encoder through CharLS, and streams of CharLS through this decoder.
//!
//! Checked with pyjpegls 1.5.1 (module `jpeg_ls`, a binding of CharLS), which decodes every stream made here to the same
//! samples, near-lossless ones included, and whose own streams are decoded alike. The test runs where the environment
//! variable MICROTOME_PYTHON names a Python interpreter that has the module.
#![allow(clippy::print_stderr)]

mod common;

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use common::{phantom, skip};
use microtome_jpegls::{ColorTransform, EncodeOptions, Interleave, Options, Preset, decode_u16, encode_u16};

/// Reads records (kind, rows, columns, components, bits, near, interleave, length; data) and answers each with a length
/// and data. Kind 0 decodes a stream to little-endian samples, kind 1 encodes such samples.
const SERVER: &str = r#"
import struct, sys
import jpeg_ls
source, sink = sys.stdin.buffer, sys.stdout.buffer
while record := source.read(32):
    kind, rows, columns, components, bits, near, interleave, length = struct.unpack("<8I", record)
    data = source.read(length)
    if kind == 0:
        answer = bytes(jpeg_ls.decode_buffer(bytearray(data))[0])
    else:
        answer = bytes(jpeg_ls.encode_buffer(data, rows, columns, components, bits, near, interleave))
    sink.write(struct.pack("<I", len(answer)) + answer)
"#;

struct Case {
    samples: Vec<u16>,
    width: u32,
    height: u32,
    components: u8,
    precision: u8,
    options: EncodeOptions,
}

fn interleave_code(interleave: Interleave) -> u32 {
    match interleave {
        Interleave::None => 0,
        Interleave::Line => 1,
        Interleave::Sample => 2,
    }
}

/// Samples as CharLS takes and gives them: by component without interleaving, by pixel otherwise, in one byte if they fit.
fn to_bytes(case: &Case, samples: &[u16]) -> Vec<u8> {
    let components = usize::from(case.components);
    let ordered: Vec<u16> = match case.options.interleave {
        Interleave::None => (0..components)
            .flat_map(|component| samples.iter().skip(component).step_by(components).copied())
            .collect(),
        _ => samples.to_vec(),
    };
    if case.precision <= 8 {
        ordered.iter().map(|&sample| sample as u8).collect()
    } else {
        ordered.iter().flat_map(|sample| sample.to_le_bytes()).collect()
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for precision in 2..=16_u8 {
        for components in [1, 3, 4_u8] {
            for interleave in [Interleave::None, Interleave::Line, Interleave::Sample] {
                if components == 1 && interleave != Interleave::None {
                    continue;
                }
                for near in [0, 1, 3, 17, 255] {
                    let maximum = u16::MAX >> (16 - precision);
                    if near > maximum / 2 {
                        continue;
                    }
                    cases.push(Case {
                        samples: phantom(61, 37, usize::from(components), maximum),
                        width: 61,
                        height: 37,
                        components,
                        precision,
                        options: EncodeOptions { near: near as u8, interleave, ..EncodeOptions::default() },
                    });
                }
            }
        }
    }
    cases
}

/// Cases that CharLS decodes but its binding cannot encode.
fn decode_only_cases() -> Vec<Case> {
    let case = |components: u8, precision, options| Case {
        samples: phantom(61, 37, usize::from(components), u16::MAX >> (16 - precision)),
        width: 61,
        height: 37,
        components,
        precision,
        options,
    };
    let plain = EncodeOptions::default();
    let mut cases = Vec::new();
    for color_transform in [ColorTransform::Hp1, ColorTransform::Hp2, ColorTransform::Hp3] {
        for interleave in [Interleave::Line, Interleave::Sample] {
            for precision in [8, 16] {
                let options = EncodeOptions { interleave, color_transform, ..plain };
                cases.push(case(3, precision, options));
            }
        }
    }
    for interleave in [Interleave::None, Interleave::Line, Interleave::Sample] {
        for (restart_interval, near) in [(1, 0), (4, 2), (36, 0)] {
            let options = EncodeOptions { near, interleave, restart_interval, ..plain };
            cases.push(case(3, 12, options));
        }
    }
    let preset = Preset { maximum: 0, threshold1: 10, threshold2: 30, threshold3: 200, reset: 31 };
    cases.push(case(1, 12, EncodeOptions { preset, ..plain }));
    cases
}

/// The CharLS of pyjpegls 1.5.1 does not return lossless 8-bit pixels of four interleaved samples unchanged: a run of its
/// encoder goes on where only the fourth sample differs.
fn loses_fourth_component(case: &Case) -> bool {
    let options = &case.options;
    (case.components, case.precision, options.near, options.interleave) == (4, 8, 0, Interleave::Sample)
}

struct Peer {
    process: std::process::Child,
}

impl Peer {
    fn ask(&mut self, kind: u32, case: &Case, data: &[u8]) -> Vec<u8> {
        let options = &case.options;
        let header = [
            kind,
            case.height,
            case.width,
            u32::from(case.components),
            u32::from(case.precision),
            u32::from(options.near),
            interleave_code(options.interleave),
            data.len() as u32,
        ];
        let input = self.process.stdin.as_mut().unwrap();
        input.write_all(&header.map(u32::to_le_bytes).concat()).unwrap();
        input.write_all(data).unwrap();
        input.flush().unwrap();
        let output = self.process.stdout.as_mut().unwrap();
        let mut length = [0; 4];
        output.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_le_bytes(length) as usize];
        output.read_exact(&mut answer).unwrap();
        answer
    }
}

#[test]
fn charls_agrees() {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        return skip("charls_agrees", "MICROTOME_PYTHON names no interpreter");
    };
    let mut probe = Command::new(&python);
    if !probe.args(["-c", "import jpeg_ls"]).output().is_ok_and(|output| output.status.success()) {
        return skip("charls_agrees", "the interpreter has no module jpeg_ls");
    }
    let process = Command::new(&python)
        .args(["-u", "-c", SERVER.trim()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peer = Peer { process };
    let both_ways = cases().into_iter().map(|case| (case, true));
    for (case, encodes) in both_ways.chain(decode_only_cases().into_iter().map(|case| (case, false))) {
        let about = format!("{} bits, {} components, {:?}", case.precision, case.components, case.options);
        let encode = |samples: &[u16]| {
            encode_u16(samples, case.width, case.height, case.components, case.precision, &case.options)
                .unwrap()
        };
        let stream = encode(&case.samples);
        let (_, ours) = decode_u16(&stream, &Options::default()).unwrap();
        assert!(peer.ask(0, &case, &stream) == to_bytes(&case, &ours), "CharLS decodes otherwise: {about}");
        if encodes {
            let theirs = peer.ask(1, &case, &to_bytes(&case, &case.samples));
            let (_, decoded) = decode_u16(&theirs, &Options::default()).unwrap();
            assert!(peer.ask(0, &case, &theirs) == to_bytes(&case, &decoded), "CharLS's stream: {about}");
            assert!(decoded == ours || loses_fourth_component(&case), "CharLS encodes otherwise: {about}");
        }
    }
    drop(peer.process.stdin.take());
    assert!(peer.process.wait().unwrap().success());
}
