//! Compression as the formats use it.

/// How hard to compress, where a format can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Quickly: the default.
    #[default]
    Fast,
    /// As small as it gets.
    Best,
}

/// The first `length` bytes of what `head`, the beginning of a file, holds: inflated if it is gzip, as it is otherwise.
pub fn inflated_head(head: &[u8], length: usize) -> Vec<u8> {
    head[..head.len().min(length)].to_vec()
}
