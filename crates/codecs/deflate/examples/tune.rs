//! Scratch timing.
use microtome_deflate::*;
use std::time::Instant;
fn main() {
    let real = std::env::var("REAL").is_ok();
    for p in std::env::args().skip(1) {
        let b = std::fs::read(&p).unwrap();
        let content;
        let b = if p.ends_with("gz") {
            content = gzip::decompress(&b, Size::AtMost(1 << 30)).unwrap().bytes;
            &content[..]
        } else {
            let at = b.windows(2).position(|w| w == b"\n\n").unwrap_or(0) + 2;
            let head = String::from_utf8_lossy(&b[..at]).to_string();
            if head.contains("gz") {
                content = gzip::decompress(&b[at..], Size::AtMost(1 << 30)).unwrap().bytes;
                &content[..]
            } else {
                content = b[at..].to_vec();
                &content[..]
            }
        };
        let name = p.rsplit('/').next().unwrap();
        let ld = {
            let mut c = libdeflater::Compressor::new(libdeflater::CompressionLvl::new(1).unwrap());
            let mut o = vec![0; c.gzip_compress_bound(b.len())];
            let t = Instant::now();
            (c.gzip_compress(b, &mut o).unwrap(), t.elapsed().as_secs_f64())
        };
        let levels: &[Level] =
            if std::env::var("BEST").is_ok() { &[Level::Fast, Level::Best] } else { &[Level::Fast] };
        for &level in levels {
            for threads in if real { vec![2] } else { vec![1, 2] } {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut best = f64::MAX;
                let mut out = Default::default();
                for _ in 0..7 {
                    let t = Instant::now();
                    out = pool.install(|| gzip::compress(&[b], level));
                    best = best.min(t.elapsed().as_secs_f64());
                }
                let n = out.len();
                let out = out.into_vec();
                let mut d = f64::MAX;
                for _ in 0..5 {
                    let t = Instant::now();
                    let r = pool.install(|| gzip::decompress(&out, Size::Exactly(b.len())).unwrap());
                    d = d.min(t.elapsed().as_secs_f64());
                    assert!(r.bytes == b);
                }
                println!(
                    "{name} {level:?} x{threads}: {:.4} s {:.0} MB/s size {n} {:.4} (ld1 {} {:.4}) inflate {:.4}",
                    best,
                    b.len() as f64 / best / 1e6,
                    n as f64 / b.len() as f64,
                    ld.0,
                    ld.1,
                    d
                );
            }
        }
    }
}
