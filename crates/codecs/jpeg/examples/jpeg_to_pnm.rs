//! Decodes a JPEG file of one or three components to a PGM or PPM file: `jpeg_to_pnm IN.jpg OUT.pnm [rgb]`.

use microtome_jpeg::{ColorTransform, Options, decode_u16};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output, rest @ ..] = arguments.as_slice() else {
        return Err("usage: jpeg_to_pnm IN.jpg OUT.pnm [rgb]".into());
    };
    let color = if rest.iter().any(|a| a == "rgb") { ColorTransform::YbrToRgb } else { ColorTransform::None };
    let (header, samples) = decode_u16(&std::fs::read(input)?, &Options { color, ..Options::default() })?;
    let kind = match header.components {
        1 => "P5",
        3 => "P6",
        other => return Err(format!("PNM has no kind for {other} components").into()),
    };
    let maximum = (1u32 << header.precision) - 1;
    let mut file = format!("{kind}\n{} {}\n{maximum}\n", header.width, header.height).into_bytes();
    if maximum < 256 {
        file.extend(samples.iter().map(|&s| s as u8));
    } else {
        file.extend(samples.iter().flat_map(|s| s.to_be_bytes()));
    }
    std::fs::write(output, file)?;
    Ok(())
}
