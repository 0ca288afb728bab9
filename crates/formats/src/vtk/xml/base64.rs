//! Base64 (RFC 4648) as VTK writes it: several encodings may follow each other, each with its own padding.

/// The first `limit` bytes that `text` stands for: fewer where the text ends, or has a character that is neither base64
/// nor blank. After padding a new encoding begins.
pub(super) fn decoded(text: &[u8], limit: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(limit.min(text.len() / 4 * 3 + 3));
    let (mut group, mut digits, mut padding) = (0_u32, 0, 0);
    for &character in text {
        if bytes.len() >= limit {
            break;
        }
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                0
            }
            _ if character.is_ascii_whitespace() => continue,
            _ => break,
        };
        group = group << 6 | u32::from(digit);
        digits += 1;
        if digits == 4 {
            let [_, a, b, c] = group.to_be_bytes();
            bytes.extend_from_slice(&[a, b, c][..3_usize.saturating_sub(padding)]);
            (group, digits, padding) = (0, 0, 0);
        }
    }
    bytes.truncate(limit);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standard() {
        for (text, bytes) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(decoded(text.as_bytes(), usize::MAX), bytes.as_bytes());
        }
        assert_eq!(decoded(b"Zg== \n Zm9v<", 3), b"ffo");
        assert_eq!(decoded(b"====", 9), b"");
    }
}
