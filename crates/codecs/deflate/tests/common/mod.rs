//! Test content of the kinds that medical images have.

/// A small deterministic generator (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// Bytes without any structure.
pub fn noise(len: usize) -> Vec<u8> {
    let mut random = Random::new(1);
    (0..len).map(|_| (random.next() >> 32) as u8).collect()
}

/// 16-bit little-endian voxels: a noisy disc on a noisy background.
pub fn scan(len: usize) -> Vec<u8> {
    let mut random = Random::new(2);
    (0..len.div_ceil(2))
        .flat_map(|voxel| {
            let (x, y) = ((voxel % 256) as i32 - 128, (voxel / 256 % 256) as i32 - 128);
            let tissue = if x * x + y * y < 8000 { 40 } else { -1000 };
            let noise: i32 = (0..6).map(|_| (random.next() >> 40) as i32 % 12).sum();
            ((tissue + noise - 33) as i16).to_le_bytes()
        })
        .take(len)
        .collect()
}

/// 8-bit labels: blobs on zero.
pub fn labels(len: usize) -> Vec<u8> {
    (0..len)
        .map(|voxel| {
            let (x, y, z) = ((voxel % 128) as i64, (voxel / 128 % 128) as i64, (voxel / 16384) as i64);
            (1..=5).rfind(|n| (x - 20 * n).pow(2) + (y - 70).pow(2) + (z - 15 * n).pow(2) < 500).unwrap_or(0)
                as u8
        })
        .collect()
}
