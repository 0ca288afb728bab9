//! Cross-checks with Python's `gzip` and `zlib` modules (zlib itself). `MICROTOME_PYTHON` names the interpreter.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use microtome_deflate::{Level, Size, gzip, raw, zlib};

/// Runs a program with `input` on its standard input and gives its standard output; `None` where Python is absent.
fn python(test: &str, program: &str, input: &[u8]) -> Option<Vec<u8>> {
    let interpreter = std::env::var("MICROTOME_PYTHON").unwrap_or_else(|_| "python3".into());
    let child =
        Command::new(&interpreter).args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{interpreter} cannot be started");
        #[expect(clippy::print_stderr, reason = "says why the test checked nothing")]
        {
            eprintln!("SKIPPED {test}: {interpreter} cannot be started");
        }
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    assert!(output.status.success(), "{test}: python failed");
    Some(output.stdout)
}

fn contents() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        vec![5],
        common::scan(3_000_000),
        common::labels(3_000_000),
        common::noise(1_000_000),
        vec![0; 2_000_000],
    ]
}

#[test]
fn zlib_reads_what_we_write() {
    // `zlib.decompressobj(31)` stops after the first member: the whole content must be in it, and nothing after it.
    let one_member = "import sys,zlib\nd=zlib.decompressobj(31);b=d.decompress(sys.stdin.buffer.read())+d.flush()\n\
                      assert d.eof and not d.unused_data\nsys.stdout.buffer.write(b)";
    let gzip_file = "import sys,gzip;sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";
    let zlib_stream = "import sys,zlib;sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))";
    let raw_stream = "import sys,zlib;sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read(),-15))";
    let test = "zlib_reads_what_we_write";
    for content in contents() {
        for level in [Level::Fast, Level::Best] {
            let member = gzip::compress(&[&content], level).into_vec();
            let stream = zlib::compress(&[&content], level).into_vec();
            let bare = raw::compress(&[&content], level).into_vec();
            for (program, data) in
                [(one_member, &member), (gzip_file, &member), (zlib_stream, &stream), (raw_stream, &bare)]
            {
                let Some(back) = python(test, program, data) else { return };
                assert!(back == content);
            }
        }
    }
}

#[test]
fn we_read_what_zlib_writes() {
    let test = "we_read_what_zlib_writes";
    for content in contents() {
        for level in [0, 1, 6, 9] {
            let size = Size::Exactly(content.len());
            let program = format!(
                "import sys,gzip;sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(),compresslevel={level}))"
            );
            let Some(member) = python(test, &program, &content) else { return };
            assert!(gzip::decompress(&member, size).unwrap().bytes == content);
            let program = format!(
                "import sys,zlib;sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read(),{level}))"
            );
            let Some(stream) = python(test, &program, &content) else { return };
            assert!(zlib::decompress(&stream, size).unwrap().bytes == content);
        }
    }
}
