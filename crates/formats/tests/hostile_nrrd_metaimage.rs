//! Damaged and invented NRRD and MetaImage files: an error or an image, never a panic, no hang, and no memory that the
//! bytes do not justify.
#![allow(missing_docs)]

mod common;

use std::io::Write;
use std::sync::OnceLock;

use microtome_formats::{
    Compression, Error, ImageData, Kind, MemorySink, MemorySource, Metadata, ReadOptions, WriteOptions,
    Writer, for_writing,
};
use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Image, Meaning};
use proptest::prelude::*;

fn try_to_read(name: &str, bytes: Vec<u8>, partner: Option<&[u8]>) -> Option<Error> {
    let mut source = MemorySource::new(name, bytes);
    if let Some(partner) = partner {
        for name in ["a.raw", "a.raw.gz", "a.zraw", "a1"] {
            source = source.with_companion(name, partner.to_vec());
        }
    }
    let options = ReadOptions { max_bytes: 1 << 24, numbered_stack: false };
    let formats = microtome_formats::FORMATS.iter().filter(|f| f.extension_of(name).is_some());
    formats.filter_map(|format| (format.read)(&source, &options).err()).next()
}

/// A file's name, its bytes, and those of its data file.
type Seed = (String, Vec<u8>, Option<Vec<u8>>);

/// A small valid file of each sort.
fn seeds() -> &'static Vec<Seed> {
    static SEEDS: OnceLock<Vec<Seed>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut seeds = Vec::new();
        for name in ["a.nrrd", "a.nhdr", "a.mha", "a.mhd"] {
            for compression in [Compression::None, Compression::Fast] {
                let grid = Grid::axis_aligned([6, 4, 2], [1.0, 2.0, 3.0], Point::zero());
                let array = Array::from((0..288).map(|n| n as f32).collect::<Vec<_>>());
                let image = Image::new(grid, 3, 2, Meaning::SpatialVector, array).unwrap();
                let mut metadata = Metadata::default();
                metadata.set("nrrd/labels", "\"a\" \"b\" \"c\" \"d\" \"e\"");
                metadata.set("key", "value");
                let (_, Writer::Image(write)) = for_writing(name, Kind::Image).unwrap() else { panic!("{name}") };
                let mut sink = MemorySink::default();
                let options = WriteOptions { compression, ..WriteOptions::default() };
                write(&ImageData { image, metadata }, name, &options, &mut sink).unwrap();
                let mut files = sink.into_files();
                let main = files.remove(name).unwrap();
                seeds.push((name.to_owned(), main, files.into_values().next()));
            }
        }
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&[1; 24]).unwrap();
        let bodies: [(&str, Vec<u8>); 3] = [
            ("bzip2", bzip2.finish().unwrap()),
            ("text", b"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24".to_vec()),
            ("hex", b"000102030405060708090a0b0c0d0e0f1011121314151617".to_vec()),
        ];
        for (encoding, body) in bodies {
            let header = format!(
                "NRRD0004\ntype: uchar\ndimension: 4\nspace: RAS\nsizes: 2 4 3 1\nspace directions: none (1,0,0) (0,1,0) \
                 (0,0,1)\nkinds: list domain domain domain\nmeasurement frame: (1,0,0) (0,1,0) (0,0,1)\nencoding: \
                 {encoding}\n\n"
            );
            seeds.push(("a.nrrd".to_owned(), [header.as_bytes(), &body].concat(), None));
        }
        seeds
    })
}

#[test]
fn every_beginning_of_a_file() {
    for (name, bytes, partner) in seeds() {
        for length in 0..bytes.len() {
            try_to_read(name, bytes[..length].to_vec(), partner.as_deref());
        }
        for length in 0..partner.as_ref().map_or(0, Vec::len) {
            try_to_read(name, bytes.clone(), partner.as_ref().map(|p| &p[..length]));
        }
    }
}

/// The most memory that this process has held, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

#[test]
fn claims_beyond_the_data_are_refused_without_memory() {
    let before = peak_memory();
    let start = std::time::Instant::now();
    let options = ReadOptions::default();
    for sizes in ["100000 100000 100", "18446744073709551615 18446744073709551615 2", "1 1 999999999999"] {
        for encoding in ["raw", "gzip", "bzip2", "text", "hex"] {
            let mut body = b"\x1f\x8b\x08\0\0\0\0\0\0\xffBZh91AY&SY 1 2 3 4".to_vec();
            body.resize(1 << 16, b'0');
            let text =
                format!("NRRD0004\ntype: uchar\ndimension: 3\nsizes: {sizes}\nencoding: {encoding}\n\n");
            let source = MemorySource::new("a.nrrd", [text.as_bytes(), &body].concat());
            assert!(common::load(&source, &options).is_err(), "{sizes} {encoding}");
        }
        for compressed in ["True", "False"] {
            let text = format!(
                "ObjectType = Image\nNDims = 3\nDimSize = {sizes}\nCompressedData = {compressed}\nElementType = \
                 MET_UCHAR\nElementDataFile = LOCAL\n\x78\x01"
            );
            let source = MemorySource::new("a.mha", text.into_bytes());
            assert!(common::load(&source, &options).is_err(), "{sizes} {compressed}");
        }
    }
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    assert!(peak_memory() - before < 200 << 20, "{} bytes more", peak_memory() - before);
}

#[test]
fn long_headers_take_no_longer_than_their_length() {
    let start = std::time::Instant::now();
    let lines: String = (0..200_000).map(|n| format!("k{n}:=v\nx{n}: y\n")).collect();
    let text = format!("NRRD0004\n{lines}type: uchar\ndimension: 1\nsizes: 1\nencoding: raw\n\nx");
    assert!(try_to_read("a.nrrd", text.into_bytes(), None).is_none());
    let lines: String = (0..200_000).map(|n| format!("k{n} = v\n")).collect();
    let text = format!("{lines}NDims = 1\nDimSize = 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\nx");
    assert!(try_to_read("a.mha", text.into_bytes(), None).is_none());
    assert!(try_to_read("a.nrrd", [b"NRRD0004\n".to_vec(), vec![b'\n'; 40 << 20]].concat(), None).is_some());
    assert!(try_to_read("a.nrrd", [b"NRRD0004\n".to_vec(), vec![b'#'; 40 << 20]].concat(), None).is_some());
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// A line that a header could have, right or wrong.
fn nrrd_line() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "type",
        "dimension",
        "sizes",
        "space",
        "space dimension",
        "space directions",
        "space origin",
        "spacings",
        "axis mins",
        "axis maxs",
        "kinds",
        "labels",
        "units",
        "centerings",
        "thicknesses",
        "measurement frame",
        "endian",
        "encoding",
        "line skip",
        "byte skip",
        "data file",
        "min",
        "content",
        "block size",
        "nonsense",
    ]);
    let value = prop::sample::select(vec![
        "uchar",
        "short",
        "double",
        "block",
        "1",
        "2",
        "3",
        "4",
        "16",
        "-1",
        "2 2",
        "2 3 4",
        "3 2 2 2",
        "0 1 2",
        "4294967296 4294967296 4294967296",
        "RAS",
        "left-posterior-superior",
        "LPST",
        "scanner-xyz",
        "(1,0,0) (0,1,0) (0,0,1)",
        "none (1,0,0) (0,1,0) (0,0,1)",
        "(1,0) (0,1)",
        "(nan,nan,nan) (1,0,0) none",
        "(0,0,0)",
        "(1e308,1e308,-1e308)",
        "nan nan nan",
        "1e308 -1e308 0",
        "inf inf inf",
        "domain domain domain",
        "list domain domain domain",
        "RGB-color domain domain",
        "vector domain domain domain",
        "time list none",
        "\"a\" \"b\" \"c\"",
        "\"\\",
        "little",
        "big",
        "raw",
        "gzip",
        "bzip2",
        "ascii",
        "hex",
        "a.raw",
        "a%d 1 1 1",
        "a%d 0 9223372036854775807 1",
        "%d%d 1 2",
        "LIST",
        "LIST 2",
        "9223372036854775807",
        "-9223372036854775808",
        "",
    ]);
    prop_oneof![
        8 => (field, value).prop_map(|(field, value)| format!("{field}: {value}")),
        1 => ".*",
        1 => Just("a.raw".to_owned()),
        1 => Just("modality:=DWMRI".to_owned()),
    ]
}

fn meta_line() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "ObjectType",
        "NDims",
        "DimSize",
        "ElementType",
        "ElementSpacing",
        "Offset",
        "TransformMatrix",
        "BinaryData",
        "CompressedData",
        "CompressedDataSize",
        "HeaderSize",
        "ElementNumberOfChannels",
        "BinaryDataByteOrderMSB",
        "Kinds",
    ]);
    let value = prop::sample::select(vec![
        "Image",
        "1",
        "2",
        "3",
        "4",
        "-1",
        "2 2",
        "2 3 4",
        "1 1 1 2",
        "4294967296 4294967296 4294967296",
        "True",
        "False",
        "MET_UCHAR",
        "MET_DOUBLE",
        "MET_SHORT_ARRAY",
        "1 0 0 0 1 0 0 0 1",
        "nan nan nan",
        "1e308 1e308 1e308",
        "0 0 0",
        "domain domain list",
        "9223372036854775807",
        "-9223372036854775808",
        "",
    ]);
    let end = prop::sample::select(vec![
        "LOCAL",
        "LIST",
        "LIST 2",
        "a.raw",
        "a%d 1 1 1",
        "a%d 0 9223372036854775807 1",
        "%",
        "",
    ]);
    prop_oneof![
        12 => (field, value).prop_map(|(field, value)| format!("{field} = {value}")),
        1 => ".*",
        2 => end.prop_map(|value| format!("ElementDataFile = {value}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes(
        seed in 0..11_usize,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 1..6),
        cut in any::<prop::sample::Index>(),
        partner_flip in any::<prop::sample::Index>(),
    ) {
        let (name, bytes, partner) = &seeds()[seed];
        let mut bytes = bytes.clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut partner = partner.clone();
        if let Some(partner) = &mut partner {
            let at = partner_flip.index(partner.len());
            partner[at] ^= 0x10;
        }
        try_to_read(name, bytes, partner.as_deref());
    }

    #[test]
    fn invented_nrrd_headers(lines in prop::collection::vec(nrrd_line(), 0..16), data in prop::collection::vec(any::<u8>(), 0..80)) {
        let base = "NRRD0005\ntype: uchar\ndimension: 3\nsizes: 2 3 4\nencoding: raw\n";
        for start in ["NRRD0005\n", base] {
            let text = format!("{start}{}\n\n", lines.join("\n"));
            try_to_read("a.nrrd", [text.as_bytes(), &data[..]].concat(), Some(&data));
        }
    }

    #[test]
    fn invented_metaimage_headers(lines in prop::collection::vec(meta_line(), 0..16), data in prop::collection::vec(any::<u8>(), 0..80)) {
        for end in ["", "ElementDataFile = LOCAL\n"] {
            let text = format!("ObjectType = Image\n{}\nNDims = 3\nDimSize = 2 3 4\nElementType = MET_UCHAR\n{end}", lines.join("\n"));
            try_to_read("a.mha", [text.as_bytes(), &data[..]].concat(), Some(&data));
        }
    }
}
