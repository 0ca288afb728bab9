//! Encodes a binary PGM or PPM file losslessly: `pnm_to_jpeg IN.pnm OUT.jpg`.

use microtome_jpeg::{LosslessImage, encode_lossless};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        return Err("usage: pnm_to_jpeg IN.pnm OUT.jpg".into());
    };
    let file = std::fs::read(input)?;
    // Four words of header, each followed by one white-space byte; comments are not understood.
    let mut rest = file.as_slice();
    let mut words = Vec::new();
    for _ in 0..4 {
        let end = rest.iter().position(u8::is_ascii_whitespace).ok_or("the header is cut short")?;
        words.push(std::str::from_utf8(&rest[..end])?);
        rest = &rest[end + 1..];
    }
    let components = match words[0] {
        "P5" => 1,
        "P6" => 3,
        other => return Err(format!("{other} is not a binary PGM or PPM file").into()),
    };
    let (width, height) = (words[1].parse()?, words[2].parse()?);
    let maximum: u16 = words[3].parse()?;
    let precision = (16 - maximum.leading_zeros() as u8).max(2);
    let stream = if maximum < 256 {
        encode_lossless(&LosslessImage { width, height, components, precision, samples: rest })?
    } else {
        let samples: Vec<u16> =
            rest.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
        encode_lossless(&LosslessImage { width, height, components, precision, samples: &samples })?
    };
    std::fs::write(output, stream)?;
    Ok(())
}
