//! The checksum of HDF5's metadata: Bob Jenkins's lookup3 (`hashlittle`), starting from 0.

/// The checksum of some bytes.
pub(super) fn lookup3(bytes: &[u8]) -> u32 {
    let mut state = [0xdead_beef_u32.wrapping_add(bytes.len() as u32); 3];
    let mut rest = bytes;
    while rest.len() > 12 {
        add(&mut state, &rest[..12]);
        mix(&mut state);
        rest = &rest[12..];
    }
    if rest.is_empty() {
        return state[2];
    }
    add(&mut state, rest);
    finish(&mut state);
    state[2]
}

fn add(state: &mut [u32; 3], bytes: &[u8]) {
    for (word, chunk) in state.iter_mut().zip(bytes.chunks(4)) {
        let value = chunk.iter().rev().fold(0_u32, |value, &byte| value << 8 | u32::from(byte));
        *word = word.wrapping_add(value);
    }
}

fn mix([a, b, c]: &mut [u32; 3]) {
    let round = |x: &mut u32, y: &mut u32, z: u32, turn: u32| {
        *x = x.wrapping_sub(*y) ^ y.rotate_left(turn);
        *y = y.wrapping_add(z);
    };
    round(a, c, *b, 4);
    round(b, a, *c, 6);
    round(c, b, *a, 8);
    round(a, c, *b, 16);
    round(b, a, *c, 19);
    round(c, b, *a, 4);
}

fn finish([a, b, c]: &mut [u32; 3]) {
    let round = |x: &mut u32, y: u32, turn: u32| *x = (*x ^ y).wrapping_sub(y.rotate_left(turn));
    round(c, *b, 14);
    round(a, *c, 11);
    round(b, *a, 25);
    round(c, *b, 16);
    round(a, *c, 4);
    round(b, *a, 14);
    round(c, *b, 24);
}

#[cfg(test)]
mod tests {
    use super::lookup3;

    #[test]
    fn published_values() {
        // The self-test of lookup3.c (hashlittle with initval 0).
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
