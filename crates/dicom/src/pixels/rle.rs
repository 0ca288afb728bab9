//! RLE Lossless (PS3.5 annex G): byte planes, most significant first, each in PackBits.

/// Decodes one frame of `pixels` pixels with `samples` samples of `bytes_per_sample` bytes each. The samples come out
/// pixel by pixel, little endian.
///
/// # Errors
/// What is wrong with the stream.
pub(crate) fn decode(
    stream: &[u8],
    pixels: usize,
    samples: usize,
    bytes_per_sample: usize,
) -> Result<Vec<u8>, String> {
    let word = |n: usize| {
        let b = stream.get(n * 4..n * 4 + 4).ok_or("it is shorter than its header")?;
        Ok::<_, String>(u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    };
    let planes = samples * bytes_per_sample;
    let count = word(0)?;
    if count != planes || planes > 15 {
        return Err(format!("it has {count} segments where {planes} are needed"));
    }
    let needed = pixels.saturating_mul(planes);
    // Two bytes make 128 at most.
    if stream.len().saturating_mul(64) < needed {
        return Err(format!("{} bytes cannot hold {needed}", stream.len()));
    }
    let segment = |n: usize| -> Result<&[u8], String> {
        let start = word(n + 1)?;
        let end = if n + 1 < count { word(n + 2)? } else { stream.len() };
        stream.get(start..end).ok_or_else(|| format!("segment {} lies outside of it", n + 1))
    };
    if planes == 1 {
        return unpack(segment(0)?, pixels);
    }
    if (samples, bytes_per_sample) == (1, 2) {
        let (high, low) = (unpack(segment(0)?, pixels)?, unpack(segment(1)?, pixels)?);
        let mut out = vec![0; needed];
        for ((pair, &h), &l) in out.chunks_exact_mut(2).zip(&high).zip(&low) {
            pair[0] = l;
            pair[1] = h;
        }
        return Ok(out);
    }
    let mut out = vec![0; needed];
    for n in 0..planes {
        let (sample, byte) = (n / bytes_per_sample, bytes_per_sample - 1 - n % bytes_per_sample);
        let plane = unpack(segment(n)?, pixels)?;
        let targets = out.iter_mut().skip(sample * bytes_per_sample + byte).step_by(planes);
        targets.zip(plane).for_each(|(target, value)| *target = value);
    }
    Ok(out)
}

/// Undoes PackBits until there are `length` bytes.
fn unpack(mut segment: &[u8], length: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(length);
    while out.len() < length {
        let short = || format!("a segment ends after {} of {length} bytes", out.len());
        let (&control, rest) = segment.split_first().ok_or_else(short)?;
        let room = length - out.len();
        if control < 128 {
            let run = usize::from(control) + 1;
            let literal = rest.get(..run.min(room)).ok_or_else(short)?;
            out.extend_from_slice(literal);
            segment = rest.get(run..).unwrap_or_default();
        } else if control > 128 {
            let run = 257 - usize::from(control);
            let (&value, after) = rest.split_first().ok_or_else(short)?;
            out.resize(out.len() + run.min(room), value);
            segment = after;
        } else {
            segment = rest;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals() {
        assert_eq!(unpack(&[2, 1, 2, 3, 128, 254, 9], 6).unwrap(), [1, 2, 3, 9, 9, 9]);
        assert!(unpack(&[2, 1], 3).is_err());
        assert!(unpack(&[], 1).is_err());
    }

    #[test]
    fn two_planes_make_shorts() {
        let mut stream = vec![0; 64];
        stream[0] = 2;
        stream[4] = 64;
        stream[8] = 66;
        stream.extend([255, 0x12, 1, 0x34, 0x56]);
        assert_eq!(decode(&stream, 2, 1, 2).unwrap(), [0x34, 0x12, 0x56, 0x12]);
        assert!(decode(&stream, 2, 1, 1).is_err());
        assert!(decode(&stream[..5], 2, 1, 2).is_err());
    }
}
