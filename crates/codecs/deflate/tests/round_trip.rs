//! What is compressed comes back, whatever the content, its length and the number of threads.

mod common;

use std::io::Cursor;

use microtome_deflate::{Error, Level, Size, gzip, raw, zlib};
use proptest::prelude::*;

const LEVELS: [Level; 2] = [Level::Fast, Level::Best];

fn check(content: &[u8], level: Level) {
    let member = gzip::compress(&[content], level);
    assert_eq!(member.content_len(), content.len() as u64);
    let member = member.into_vec();
    let back = gzip::decompress(&member, Size::Exactly(content.len())).unwrap();
    assert!(back.bytes == content && !back.more);
    assert!(gzip::decompress(&member, Size::AtMost(content.len())).unwrap().bytes == content);

    // Without the index any decoder reads the member; here the resumable one, through a buffer one byte short.
    if let Some(short) = content.len().checked_sub(1) {
        let back = gzip::decompress(&member, Size::Exactly(short)).unwrap();
        assert!(back.bytes == content[..short] && back.more);
        assert_eq!(gzip::decompress(&member, Size::AtMost(short)), Err(Error::TooLarge { limit: short }));
    }
    let found = content.len();
    let expected = found + 1;
    assert_eq!(gzip::decompress(&member, Size::Exactly(expected)), Err(Error::Short { expected, found }));

    let mut written = Cursor::new(b"before".to_vec());
    written.set_position(6);
    assert_eq!(gzip::write(&[content], level, &mut written).unwrap(), member.len() as u64);
    assert_eq!(written.position(), written.get_ref().len() as u64);
    assert!(written.get_ref()[6..] == member);

    let stream = zlib::compress(&[content], level).into_vec();
    assert!(zlib::decompress(&stream, Size::Exactly(content.len())).unwrap().bytes == content);
    let stream = raw::compress(&[content], level).into_vec();
    assert!(raw::decompress(&stream, Size::AtMost(content.len())).unwrap().bytes == content);
}

#[test]
fn every_kind_of_content() {
    const LEN: usize = 700_000;
    let text: Vec<u8> =
        (0..LEN).map(|i| b"the quick brown fox jumps over the lazy dog. "[(i + i / 997) % 45]).collect();
    let mut mixed = common::noise(LEN / 2);
    mixed.extend(vec![0; LEN / 4]);
    mixed.extend(common::scan(LEN / 4));
    for content in [common::noise(LEN), common::scan(LEN), common::labels(LEN), vec![0; LEN], text, mixed] {
        for level in LEVELS {
            check(&content, level);
        }
    }
}

#[test]
fn lengths_around_the_chunk_borders() {
    // 256 KiB is the chunk size of content this small.
    const CHUNK: usize = 256 << 10;
    let scan = common::scan(3 * CHUNK + 1);
    let labels = common::labels(3 * CHUNK + 1);
    for len in (0..=20).chain([255, 256, 257, 258, 259, 260, 32_767, 32_768, 32_769, 65_535, 65_536]).chain([
        CHUNK - 9,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        CHUNK + 9,
        2 * CHUNK,
        3 * CHUNK - 1,
        3 * CHUNK,
        3 * CHUNK + 1,
    ]) {
        for level in LEVELS {
            check(&scan[..len], level);
            check(&labels[..len], level);
        }
    }
}

#[test]
fn long_distances_and_lengths() {
    for period in [1, 2, 3, 4, 5, 7, 8, 257, 258, 259, 32_767, 32_768, 32_769, 40_000, 65_535, 65_536, 65_537]
    {
        let once = common::noise(period);
        let content: Vec<u8> = once.iter().copied().cycle().take(200_000).collect();
        for level in LEVELS {
            check(&content, level);
        }
    }
}

#[test]
fn number_of_threads_leaves_no_trace() {
    let content = [common::scan(1_500_000), common::labels(1_500_000), common::noise(500_000)].concat();
    for level in LEVELS {
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let member = gzip::compress(&[&content], level).into_vec();
                assert!(gzip::decompress(&member, Size::Exactly(content.len())).unwrap().bytes == content);
                member
            })
        });
        assert!(one == four);
    }
}

#[test]
fn parts_are_joined() {
    let content = common::scan(500_000);
    let whole = gzip::compress(&[&content], Level::Fast);
    let (head, tail) = content.split_at(352);
    assert_eq!(gzip::compress(&[head, &[], tail], Level::Fast), whole);
}

#[test]
fn sizes_do_not_exceed_the_content_by_much() {
    let content = common::noise(5_000_000);
    for level in LEVELS {
        let len = gzip::compress(&[&content], level).len();
        assert!(len < content.len() + content.len() / 1000, "{len}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes(content in proptest::collection::vec(any::<u8>(), 0..3000)) {
        for level in LEVELS {
            check(&content, level);
        }
    }

    #[test]
    fn arbitrary_repeats(pieces in proptest::collection::vec((0usize..6, 1usize..400), 0..200)) {
        let words = [common::noise(400), common::scan(400), common::labels(400), vec![7; 400], vec![0; 400], (0..400).map(|i| i as u8).collect()];
        let content: Vec<u8> = pieces.iter().flat_map(|&(word, len)| &words[word][..len]).copied().collect();
        for level in LEVELS {
            check(&content, level);
        }
    }
}
