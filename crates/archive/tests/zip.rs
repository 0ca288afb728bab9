//! Zip archives: our own through our own reader, through Python's zipfile and back, and hostile ones.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use std::io::{Cursor, SeekFrom};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{python, shared_data};
use microtome_archive::bundle::{Limits, MemberSource, Method, Refusal, Zip, ZipError, ZipWriter};
use microtome_deflate::Level;
use microtome_formats::{Sink, Source};
use microtome_image::Bytes;
use proptest::prelude::*;

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn read(bytes: Vec<u8>) -> Result<Zip, ZipError> {
    Zip::new(Bytes::from(bytes), &Limits::MODEST)
}

fn contents(zip: &Zip) -> Vec<(String, Vec<u8>)> {
    (0..zip.members().len())
        .map(|n| (zip.members()[n].name().to_owned(), zip.content(n).unwrap().to_vec()))
        .collect()
}

/// Members of all sorts, one of them streamed with a header that is mended at the end.
fn sample() -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let text = b"<MRML version=\"Slicer 5.8.1\"/>".repeat(40);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.folder("Scène").unwrap();
    zip.deflate("Scène/Scène.mrml", &text, Level::Fast).unwrap();
    zip.deflate("Scène/Data/noise.bin", &noise(1000), Level::Fast).unwrap();
    zip.store("Scène/Data/stored", &noise(777)).unwrap();
    zip.store("Scène/Data/empty", b"").unwrap();
    let mut streamed = noise(3 << 20);
    let mut members = zip.members("Scène/Data/");
    let file = members.create("streamed").unwrap();
    file.write_all(&[0; 100]).unwrap();
    file.write_all(&streamed[100..]).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(&streamed[..90]).unwrap();
    streamed[90..100].fill(0);
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"end").unwrap();
    streamed.extend(b"end");
    zip.finish_member().unwrap();
    let files = vec![
        ("Scène/Scène.mrml".to_owned(), text),
        ("Scène/Data/noise.bin".to_owned(), noise(1000)),
        ("Scène/Data/stored".to_owned(), noise(777)),
        ("Scène/Data/empty".to_owned(), Vec::new()),
        ("Scène/Data/streamed".to_owned(), streamed),
    ];
    (zip.finish().unwrap().into_inner(), files)
}

#[test]
fn what_we_write_we_read() {
    let (bytes, files) = sample();
    assert_eq!(bytes, sample().0);
    let zip = read(bytes).unwrap();
    assert_eq!(contents(&zip), files);
    let method = |name: &str| zip.members()[zip.find(name).unwrap()].method();
    assert_eq!(method("Scène/Scène.mrml"), Method::Deflated);
    // Compressing noise gains nothing.
    assert_eq!(method("Scène/Data/noise.bin"), Method::Stored);
    assert!(zip.members()[0].packed_size() < 100);
}

#[test]
fn stored_members_are_aligned_and_share_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let (bytes, files) = sample();
    std::fs::write(&path, &bytes).unwrap();
    let zip = Zip::open(&path, &Limits::MODEST).unwrap();
    for name in ["Scène/Data/noise.bin", "Scène/Data/stored", "Scène/Data/streamed"] {
        let content = zip.content(zip.find(name).unwrap()).unwrap();
        assert!(content.is_mapped(), "{name}");
        let wanted = &files.iter().find(|(n, _)| n == name).unwrap().1;
        assert_eq!(content[..], wanted[..], "{name}");
        let first = bytes.windows(wanted.len()).position(|w| w == &wanted[..]).unwrap();
        assert_eq!(first % 64, 0, "{name}");
    }
}

#[test]
fn members_are_copied_as_they_are() {
    let zip = read(sample().0).unwrap();
    let mut copy = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..zip.members().len() {
        copy.copy(&format!("x/{}", zip.members()[n].name()), &zip.packed(n).unwrap()).unwrap();
    }
    let copy = read(copy.finish().unwrap().into_inner()).unwrap();
    for n in 0..zip.members().len() {
        let (old, new) = (&zip.members()[n], &copy.members()[n]);
        assert_eq!(
            (old.method(), old.packed_size(), old.size()),
            (new.method(), new.packed_size(), new.size())
        );
        assert_eq!(zip.packed(n).unwrap().bytes[..], copy.packed(n).unwrap().bytes[..]);
        assert_eq!(zip.content(n).unwrap()[..], copy.content(n).unwrap()[..]);
    }
}

#[test]
fn members_find_their_companions_inside_the_archive_only() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["top", "d/a.nhdr", "d/a.raw", "d/sub/b", "e/c"] {
        zip.store(name, name.as_bytes()).unwrap();
    }
    let zip = Arc::new(read(zip.finish().unwrap().into_inner()).unwrap());
    let source = MemberSource::new(&zip, "d/a.nhdr").unwrap();
    assert_eq!(source.name(), "a.nhdr");
    assert_eq!(source.bytes().unwrap()[..], *b"d/a.nhdr");
    assert_eq!(source.companion("a.raw").unwrap()[..], *b"d/a.raw");
    assert_eq!(source.companion("./sub/b").unwrap()[..], *b"d/sub/b");
    assert_eq!(source.neighbours().unwrap(), ["a.nhdr", "a.raw"]);
    assert_eq!(source.touched(), [1, 2, 3]);
    for name in ["../top", "/etc/passwd", "../e/c", "sub/../../top", "absent", ""] {
        assert!(source.companion(name).is_err(), "{name}");
    }
    assert!(MemberSource::new(&zip, "d").is_err());
}

#[test]
fn names_that_clash_or_lead_out_are_not_written() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.store("a/B", b"").unwrap();
    for name in ["a/b", "../x", "/x", "a\\b", "", "C:x", "a/B"] {
        assert!(matches!(zip.store(name, b""), Err(ZipError::Refused { .. })), "{name}");
    }
}

#[test]
fn seventy_thousand_members_need_the_large_directory() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..70_000 {
        zip.deflate(&n.to_string(), b"", Level::Fast).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let zip = read(bytes.clone()).unwrap();
    assert_eq!(zip.members().len(), 70_000);
    let program =
        "import sys,io,zipfile\nprint(len(zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).namelist()))";
    let Some(count) = python("seventy_thousand_members_need_the_large_directory", program, &bytes) else {
        return;
    };
    assert_eq!(count.trim_ascii(), b"70000");
}

#[test]
fn a_member_beyond_four_gigabytes_needs_large_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zip");
    let options = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
    let mut zip = ZipWriter::new(options.unwrap());
    let size = (1_u64 << 32) + 5;
    let mut members = zip.members("");
    let file = members.create("large").unwrap();
    // The rest is a hole that takes no room on the disk.
    file.seek(SeekFrom::Start(size - 4)).unwrap();
    file.write_all(b"last").unwrap();
    zip.store("after", b"after").unwrap();
    zip.finish().unwrap();
    let zip = Zip::open(&path, &Limits::MODEST).unwrap();
    assert_eq!(zip.members()[0].size(), size);
    assert_eq!(zip.content(1).unwrap()[..], *b"after");
    let content = zip.packed(0).unwrap().bytes;
    assert_eq!(content[content.len() - 4..], *b"last");
    // The checksum of 2³² + 1 zeros and "last", by Python's zlib 1.2.13.
    assert_eq!(zip.packed(0).unwrap().checksum, 0xda5d_d71f);
    let program = format!(
        "import zipfile\nz=zipfile.ZipFile({:?})\ni=z.infolist()[0]\nprint(i.file_size,z.read('after').decode())",
        path.display().to_string()
    );
    let Some(found) = python("a_member_beyond_four_gigabytes_needs_large_sizes", &program, b"") else {
        return;
    };
    assert_eq!(String::from_utf8(found).unwrap().trim(), format!("{size} after"));
}

#[test]
fn python_reads_what_we_write() {
    let (bytes, files) = sample();
    let program = "import sys,io,zipfile\nz=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n\
                   assert z.testzip() is None\nfor i in z.infolist():\n \
                   print(i.filename.encode('utf8').hex(),i.is_dir(),i.date_time[0],z.read(i)[:64].hex(),i.file_size)";
    let Some(found) = python("python_reads_what_we_write", program, &bytes) else { return };
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut wanted = format!("{} True 1980  0\n", hex("Scène/".as_bytes()));
    for (name, content) in files {
        let begin = hex(&content[..content.len().min(64)]);
        wanted += &format!("{} False 1980 {begin} {}\n", hex(name.as_bytes()), content.len());
    }
    assert_eq!(String::from_utf8(found).unwrap().replace('\r', ""), wanted);
}

#[test]
fn we_read_what_python_writes() {
    let test = "we_read_what_python_writes";
    // Deflated, stored, with large local records, streamed to a pipe (sizes behind the data), with a comment.
    let program = "import sys,io,zipfile\nb=io.BytesIO()\nz=zipfile.ZipFile(b,'w')\n\
                   z.writestr('d/',b'')\n\
                   z.writestr(zipfile.ZipInfo('d/deflated'),b'abc'*1000,zipfile.ZIP_DEFLATED)\n\
                   z.writestr('d/stored é',b'xyz'*100)\n\
                   f=z.open('large','w',force_zip64=True);f.write(b'large'*9);f.close()\n\
                   z.comment=b'PK\\x05\\x06 a comment';z.close();sys.stdout.buffer.write(b.getvalue())";
    let Some(bytes) = python(test, program, b"") else { return };
    let wanted = [
        ("d/deflated".to_owned(), b"abc".repeat(1000)),
        ("d/stored é".to_owned(), b"xyz".repeat(100)),
        ("large".to_owned(), b"large".repeat(9)),
    ];
    assert_eq!(contents(&read(bytes).unwrap()), wanted);
    let program = "import sys,zipfile\nclass Pipe:\n def write(s,b): return sys.stdout.buffer.write(b)\n def flush(s): pass\n\
                   z=zipfile.ZipFile(Pipe(),'w',zipfile.ZIP_DEFLATED)\nz.writestr('a',b'abc'*1000)\nz.writestr('b',b'')\nz.close()";
    let Some(bytes) = python(test, program, b"") else { return };
    let wanted = [("a".to_owned(), b"abc".repeat(1000)), ("b".to_owned(), Vec::new())];
    assert_eq!(contents(&read(bytes).unwrap()), wanted);
}

#[test]
fn an_archive_of_slicers_test_data_opens() {
    let Some(data) = shared_data("an_archive_of_slicers_test_data_opens") else { return };
    let zip = Zip::open(&data.join("slicer-testdata/Input/vol.zip"), &Limits::MODEST).unwrap();
    let sizes: Vec<_> = contents(&zip).into_iter().map(|(name, content)| (name, content.len())).collect();
    assert_eq!(sizes, [("vol.mrml".to_owned(), 1270), ("vol_and_cube.mrml".to_owned(), 2807)]);
}

/// A member as a hostile archive may have it: what its directory entry and its local header say.
#[derive(Clone)]
struct Crafted {
    name: Vec<u8>,
    local_name: Option<Vec<u8>>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    size: Option<u32>,
    attributes: u32,
    checksum: Option<u32>,
    /// Where the directory says that the member is, instead of where it is.
    place: Option<u32>,
}

impl Crafted {
    fn new(name: &[u8], data: &[u8]) -> Self {
        let name = name.to_vec();
        let data = data.to_vec();
        Self {
            name,
            local_name: None,
            data,
            method: 0,
            flags: 0,
            size: None,
            attributes: 0,
            checksum: None,
            place: None,
        }
    }
}

fn crafted(members: &[Crafted]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for m in members {
        let place = m.place.unwrap_or(bytes.len() as u32);
        let size = m.size.unwrap_or(m.data.len() as u32);
        let checksum = m.checksum.unwrap_or_else(|| crc32fast::hash(&m.data));
        let common = |name: &[u8]| {
            let mut common = Vec::new();
            [20, m.flags, m.method, 0, 33].iter().for_each(|n: &u16| common.extend(n.to_le_bytes()));
            [checksum, m.data.len() as u32, size].iter().for_each(|n| common.extend(n.to_le_bytes()));
            common.extend((name.len() as u16).to_le_bytes());
            common
        };
        let local = m.local_name.as_ref().unwrap_or(&m.name);
        bytes.extend([b"PK\x03\x04", &common(local)[..], &[0; 2], local, &m.data].concat());
        directory.extend([b"PK\x01\x02", &[20, 3][..], &common(&m.name), &[0; 8]].concat());
        directory.extend([m.attributes.to_le_bytes(), place.to_le_bytes()].concat());
        directory.extend(&m.name);
    }
    let count = (members.len() as u16).to_le_bytes();
    let (length, start) = ((directory.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &length, &start, &[0; 2]].concat());
    bytes
}

/// Why an archive of these is refused.
fn refusal(members: &[Crafted]) -> Refusal {
    match read(crafted(members)) {
        Err(ZipError::Refused { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn hostile_members_are_refused_by_name() {
    let one = || Crafted::new(b"a", b"data");
    assert_eq!(contents(&read(crafted(&[one()])).unwrap()), [("a".to_owned(), b"data".to_vec())]);
    let named = |name: &[u8]| refusal(&[Crafted::new(name, b"data")]);
    assert_eq!(named(b"../../etc/passwd"), Refusal::ParentFolder);
    assert_eq!(named(b"a/../../b"), Refusal::ParentFolder);
    assert_eq!(named(b"/etc/passwd"), Refusal::Absolute);
    assert_eq!(named(b"C:/Windows/a"), Refusal::Drive);
    assert_eq!(named(b"..\\a"), Refusal::Backslash);
    assert_eq!(named(b"a.mrml\0.png"), Refusal::Nul);
    assert_eq!(named(b""), Refusal::NoName);
    assert_eq!(named(b"folder/"), Refusal::FolderWithContent);
    let mode = |mode: u32| refusal(&[Crafted { attributes: mode << 16, ..one() }]);
    assert_eq!(mode(0o120_777), Refusal::Link);
    assert_eq!(mode(0o060_600), Refusal::Special(0o060_000));
    assert_eq!(mode(0o010_600), Refusal::Special(0o010_000));
    assert_eq!(mode(0o104_755), Refusal::SetUser);
    assert_eq!(refusal(&[Crafted { flags: 1, ..one() }]), Refusal::Encrypted);
    assert_eq!(refusal(&[Crafted { method: 12, ..one() }]), Refusal::Method(12));
    assert_eq!(refusal(&[Crafted { flags: 1 << 11, ..Crafted::new(b"\xff", b"") }]), Refusal::NotUtf8);
    assert_eq!(refusal(&[one(), Crafted::new(b"A", b"")]), Refusal::Duplicate("a".to_owned()));
    assert_eq!(refusal(&[one(), Crafted::new(b"./a", b"")]), Refusal::Duplicate("a".to_owned()));
    let within = [Crafted::new(b"a/b", b""), Crafted::new(b"a-", b""), one()];
    assert_eq!(refusal(&within), Refusal::Duplicate("a".to_owned()));
    let renamed = Crafted { local_name: Some(b"b".to_vec()), ..one() };
    assert_eq!(refusal(&[renamed]), Refusal::Contradiction("name"));
    let elsewhere = Crafted { place: Some(1), ..one() };
    assert_eq!(refusal(&[elsewhere]), Refusal::Contradiction("place"));
    let overlapping = Crafted { place: Some(0), ..one() };
    let names = [one(), Crafted { name: b"b".to_vec(), local_name: Some(b"a".to_vec()), ..overlapping }];
    assert_eq!(refusal(&names), Refusal::Contradiction("name"));
    // The second member is hidden within the first.
    let inner = crafted(&[Crafted::new(b"b", b"x")]);
    let outer = Crafted::new(b"a", &inner[..32]);
    let place = Some(30 + 1);
    let hidden = Crafted { place, ..Crafted::new(b"b", b"x") };
    assert_eq!(refusal(&[outer, hidden]), Refusal::Overlap("a".to_owned()));
    let message = read(crafted(&[Crafted::new(b"\x1b[2J/../x", b"")])).unwrap_err().to_string();
    assert!(message.contains("\\u{1b}[2J/../x") && message.contains("leads out"), "{message}");
}

fn content_refusal(member: Crafted) -> Refusal {
    match read(crafted(&[member])).unwrap().content(0) {
        Err(ZipError::Refused { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lying_sizes_and_damaged_contents_are_refused() {
    let content = b"four".repeat(1000);
    let data = microtome_deflate::raw::compress(&[&content], Level::Fast).into_vec();
    let checksum = Some(crc32fast::hash(&content));
    let honest = Crafted { method: 8, size: Some(4000), checksum, ..Crafted::new(b"a", &data) };
    assert_eq!(read(crafted(std::slice::from_ref(&honest))).unwrap().content(0).unwrap()[..], content[..]);
    let sized = |size| content_refusal(Crafted { size: Some(size), ..honest.clone() });
    assert_eq!(sized(3999), Refusal::Size { declared: 3999, found: None });
    assert_eq!(sized(4001), Refusal::Size { declared: 4001, found: Some(4000) });
    let found = crc32fast::hash(&content);
    assert_eq!(
        content_refusal(Crafted { checksum: Some(7), ..honest.clone() }),
        Refusal::Checksum { declared: 7, found }
    );
    let mut cut = honest.clone();
    cut.data.truncate(9);
    assert!(matches!(content_refusal(cut), Refusal::Compression(_)));
    let stored = Crafted { size: Some(5), ..Crafted::new(b"a", b"four") };
    assert_eq!(refusal(&[stored]), Refusal::Size { declared: 5, found: Some(4) });
    let stored = Crafted { checksum: Some(7), ..Crafted::new(b"a", b"four") };
    assert!(matches!(content_refusal(stored), Refusal::Checksum { declared: 7, .. }));
}

#[test]
fn bombs_are_refused_before_anything_is_inflated() {
    let start = Instant::now();
    let zeros = microtome_deflate::raw::compress(&[&vec![0; 80 << 20]], Level::Best).into_vec();
    // More content than a thousand to one.
    let bomb = Crafted { method: 8, size: Some(80 << 20), ..Crafted::new(b"a", &zeros) };
    assert!(matches!(refusal(&[bomb]), Refusal::Ratio { .. }));
    // Each below the limit of one, together above that of all.
    let small = Crafted { method: 8, size: Some(60 << 20), ..Crafted::new(b"", &zeros[..60_000]) };
    let many: Vec<Crafted> =
        (0..200).map(|n| Crafted { name: n.to_string().into_bytes(), ..small.clone() }).collect();
    let limit = Limits::MODEST.inflated;
    match read(crafted(&many)) {
        Err(ZipError::TooLarge { claimed, limit: found }) => {
            assert_eq!((claimed, found), (200 * (60 << 20), limit));
        }
        other => panic!("{other:?}"),
    }
    // An entry for each of more members than are allowed, of which none is there.
    let mut end = b"PK\x06\x06".to_vec();
    end.extend(44_u64.to_le_bytes());
    end.extend([0; 12]);
    [1_000_000, 1_000_000, 0, 0].iter().for_each(|n: &u64| end.extend(n.to_le_bytes()));
    end.extend(b"PK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0");
    end.extend([&b"PK\x05\x06\0\0\0\0"[..], &[0xff; 12], &[0; 2]].concat());
    assert!(matches!(read(end), Err(ZipError::TooMany { found: 1_000_000, most: 100_000 })));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_directory_that_lies_about_its_length_is_refused() {
    let good = crafted(&[Crafted::new(b"a", b""), Crafted::new(b"b", b"")]);
    let counted = |count: u8| {
        let mut bytes = good.clone();
        let at = bytes.len() - 14;
        (bytes[at], bytes[at + 2]) = (count, count);
        read(bytes)
    };
    assert!(counted(2).is_ok());
    assert!(matches!(counted(1), Err(ZipError::Damaged { .. })));
    assert!(matches!(counted(3), Err(ZipError::Damaged { .. })));
    assert!(matches!(read(b"PK".to_vec()), Err(ZipError::NotZip { .. })));
    assert!(matches!(read(vec![0; 100_000]), Err(ZipError::NotZip { .. })));
    for length in 0..good.len() {
        assert!(read(good[..length].to_vec()).is_err(), "cut to {length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read([&bytes[..], b"PK\x05\x06", &bytes[..bytes.len().min(16)], &[0; 2]].concat());
        let _ = read(bytes);
    }

    #[test]
    fn damaged_archives_never_panic(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let content = microtome_deflate::raw::compress(&[&b"four".repeat(99)], Level::Fast).into_vec();
        let checksum = Some(crc32fast::hash(&b"four".repeat(99)));
        let member = Crafted { method: 8, size: Some(396), checksum, ..Crafted::new(b"a", &content) };
        let mut bytes = crafted(&[member, Crafted::new(b"folder/b", b"stored")]);
        for (at, value) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = value;
        }
        if let Ok(zip) = read(bytes) {
            for n in 0..zip.members().len() {
                let _ = zip.content(n);
            }
        }
    }
}

#[test]
fn members_that_are_taken_back_leave_no_trace() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.store("a", b"first").unwrap();
    let before = writer.count().unwrap();
    writer.deflate("b", &[7; 10_000], Level::Fast).unwrap();
    writer.members("c/").create("d").unwrap().write_all(&[1; 100_000]).unwrap();
    writer.take_back(before).unwrap();
    writer.members("c/").create("d").unwrap().write_all(b"again").unwrap();
    let before = writer.count().unwrap();
    writer.take_back(before).unwrap();
    writer.store("b", b"last").unwrap();
    let (file, cut) = writer.finish_with_length().unwrap();
    let mut bytes = file.into_inner();
    bytes.truncate(usize::try_from(cut.unwrap()).unwrap());
    let zip = Zip::new(bytes.into(), &Limits::MODEST).unwrap();
    let content = |name: &str| zip.content(zip.find(name).unwrap()).unwrap().to_vec();
    assert_eq!(zip.members().len(), 3);
    assert_eq!(
        (content("a"), content("b"), content("c/d")),
        (b"first".to_vec(), b"last".to_vec(), b"again".to_vec())
    );
}
