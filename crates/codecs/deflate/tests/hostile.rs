//! Damaged, foreign and malicious streams: a typed error or the right bytes, never a panic, a hang or a large allocation.

mod common;

use microtome_deflate::{Error, Level, Size, gzip, raw, zlib};
use proptest::prelude::*;

/// A member without index, as another program writes it.
fn plain(content: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut member = vec![0; compressor.gzip_compress_bound(content.len())];
    let len = compressor.gzip_compress(content, &mut member).unwrap();
    member.truncate(len);
    member
}

#[test]
fn members_follow_each_other() {
    let scan = common::scan(400_000);
    let pieces = [&scan[..100_000], &[], &scan[100_000..200_000], &scan[200_000..]];
    // Ours and foreign ones in turn; two have equal sizes.
    let file: Vec<u8> =
        pieces
            .iter()
            .enumerate()
            .flat_map(|(i, piece)| {
                if i % 2 == 0 { plain(piece) } else { gzip::compress(&[piece], Level::Fast).into_vec() }
            })
            .collect();
    for tail in [&b""[..], &[0; 512], b"garbage", &[0x1f], &[0x1f, 0x8b, 9, 0]] {
        let padded = [&file[..], tail].concat();
        let back = gzip::decompress(&padded, Size::Exactly(scan.len())).unwrap();
        assert!(back.bytes == scan && !back.more);
        assert!(gzip::decompress(&padded, Size::AtMost(usize::MAX)).unwrap().bytes == scan);
        let part = gzip::decompress(&padded, Size::Exactly(150_000)).unwrap();
        assert!(part.bytes == scan[..150_000] && part.more);
        // Exactly at the border of two members: there is more.
        assert!(gzip::decompress(&padded, Size::Exactly(200_000)).unwrap().more);
    }
}

#[test]
fn equal_members_are_all_read() {
    let block = common::labels(60_000);
    let file = plain(&block).repeat(5);
    assert!(gzip::decompress(&file, Size::Exactly(300_000)).unwrap().bytes == block.repeat(5));
    // A block-gzip file ends with an empty member.
    let file = [file, plain(&[])].concat();
    let back = gzip::decompress(&file, Size::Exactly(300_000)).unwrap();
    assert!(back.bytes == block.repeat(5) && !back.more);
}

#[test]
fn prefix_reads_only_the_beginning() {
    let scan = common::scan(400_000);
    let member = [plain(&scan[..100]), gzip::compress(&[&scan[100..]], Level::Fast).into_vec()].concat();
    for count in [0, 1, 100, 101, 352, 10_000] {
        assert!(gzip::decompress_prefix(&member, count).unwrap() == scan[..count]);
        assert!(gzip::decompress_prefix(&member[..20_000], count).unwrap() == scan[..count]);
    }
    assert!(gzip::decompress_prefix(&member, usize::MAX).unwrap() == scan);
    assert!(gzip::decompress_prefix(&member[..5], 10).is_err());
    let stream = zlib::compress(&[&scan], Level::Fast).into_vec();
    assert!(zlib::decompress_prefix(&stream[..1000], 352).unwrap() == scan[..352]);
}

#[test]
fn wrong_trailers_are_named() {
    let scan = common::scan(300_000);
    for member in [plain(&scan), gzip::compress(&[&scan], Level::Fast).into_vec()] {
        let size = Size::Exactly(scan.len());
        let mut wrong = member.clone();
        let at = wrong.len() - 8;
        wrong[at] ^= 1;
        let error = gzip::decompress(&wrong, size).unwrap_err();
        assert!(
            matches!(error, Error::ChecksumMismatch { expected, found } if expected ^ found == 1),
            "{error}"
        );
        let mut wrong = member.clone();
        wrong[at + 4] ^= 1;
        let error = gzip::decompress(&wrong, size).unwrap_err();
        assert_eq!(error, Error::LengthMismatch { expected: 300_000 ^ 1, found: 300_000 });
    }
    let mut stream = zlib::compress(&[&scan], Level::Fast).into_vec();
    *stream.last_mut().unwrap() ^= 1;
    let error = zlib::decompress(&stream, Size::AtMost(usize::MAX)).unwrap_err();
    assert!(matches!(error, Error::ChecksumMismatch { .. }), "{error}");
}

#[test]
fn wrong_index_is_not_believed() {
    let scan = common::scan(600_000);
    let member = gzip::compress(&[&scan], Level::Fast).into_vec();
    // Every byte of the index: 12 of the fixed part, 4 for each of the three chunks.
    for at in 16..16 + 12 + 12 {
        for change in [1, 0x80, 0xff] {
            let mut wrong = member.clone();
            wrong[at] ^= change;
            assert!(gzip::decompress(&wrong, Size::Exactly(scan.len())).unwrap().bytes == scan, "byte {at}");
            assert!(gzip::decompress(&wrong, Size::AtMost(1 << 20)).unwrap().bytes == scan, "byte {at}");
        }
    }
}

#[test]
fn cut_streams_are_named() {
    let scan = common::scan(200_000);
    for member in [plain(&scan), gzip::compress(&[&scan], Level::Fast).into_vec()] {
        for len in (3..200).chain((200..member.len()).step_by(997)).chain(member.len() - 9..member.len()) {
            let error = gzip::decompress(&member[..len], Size::Exactly(scan.len())).unwrap_err();
            assert!(matches!(error, Error::Truncated { input, .. } if input == len), "{len}: {error}");
        }
        assert_eq!(gzip::decompress(&[], Size::AtMost(9)), Err(Error::NotGzip));
    }
    let stream = zlib::compress(&[&scan], Level::Fast).into_vec();
    let error = zlib::decompress(&stream[..stream.len() - 1], Size::Exactly(scan.len())).unwrap_err();
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    // Stored blocks end no other way.
    let stored = raw::compress(&[&common::noise(200_000)], Level::Fast).into_vec();
    let error = raw::decompress(&stored[..100_000], Size::Exactly(200_000)).unwrap_err();
    assert!(matches!(error, Error::Truncated { input: 100_000, .. }), "{error}");
    assert_eq!(zlib::decompress(b"PK", Size::AtMost(9)), Err(Error::NotZlib));
    assert_eq!(zlib::decompress(&[], Size::AtMost(9)), Err(Error::NotZlib));
}

#[test]
fn a_small_file_never_claims_much_memory() {
    // The header of the image says a terabyte: refused without trying to allocate it.
    let member = gzip::compress(&[b"tiny"], Level::Fast).into_vec();
    let expected = 1 << 40;
    assert_eq!(gzip::decompress(&member, Size::Exactly(expected)), Err(Error::Short { expected, found: 4 }));
    // A bomb stops at the limit.
    let bomb = plain(&vec![0; 50_000_000]);
    assert_eq!(gzip::decompress(&bomb, Size::AtMost(1_000_000)), Err(Error::TooLarge { limit: 1_000_000 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changed_bytes_never_pass_unnoticed(at in 0usize..100_000, change in 1u8..=255, ours in any::<bool>()) {
        let scan = common::scan(150_000);
        let mut member = if ours { gzip::compress(&[&scan], Level::Fast).into_vec() } else { plain(&scan) };
        let at = at % member.len();
        member[at] ^= change;
        if let Ok(back) = gzip::decompress(&member, Size::Exactly(scan.len())) {
            // A change that makes the stream longer is told by `more`.
            prop_assert!(back.bytes == scan || back.more);
        }
        let _ = gzip::decompress_prefix(&member, 1000);
    }

    #[test]
    fn arbitrary_bytes_are_harmless(mut data in proptest::collection::vec(any::<u8>(), 0..400), size in 0usize..5000) {
        for start in [&[][..], &[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255], &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], &[0x78, 0x9c]] {
            data.splice(0..0, start.iter().copied());
            for size in [Size::Exactly(size), Size::AtMost(size), Size::AtMost(usize::MAX)] {
                let _ = gzip::decompress(&data, size);
                let _ = zlib::decompress(&data, size);
                let _ = raw::decompress(&data, size);
            }
            let _ = gzip::decompress_prefix(&data, size);
            let _ = raw::decompress_prefix(&data, size);
        }
    }
}
