//! Merging points of equal coordinates.

/// A set of points in order of their first appearance, found by their exact single precision coordinates.
///
/// An open addressing table of point numbers; the same answer as `vtkMergePoints`.
pub(super) struct PointMerger {
    points: Vec<[f32; 3]>,
    /// Point number + 1, or 0 for a free place; a power of two long and at least twice as long as `points`.
    table: Vec<u32>,
}

impl PointMerger {
    pub(super) fn new() -> Self {
        Self { points: Vec::new(), table: vec![0; 1 << 12] }
    }

    /// The number of the point at these coordinates, new or known; `None` once numbers run out.
    #[inline]
    pub(super) fn insert(&mut self, point: [f32; 3]) -> Option<u32> {
        // Adding zero makes −0 into 0, which equals it.
        let key = point.map(|c| (c + 0.0).to_bits());
        let mask = self.table.len() - 1;
        let mut place = hash(key) & mask;
        loop {
            match self.table[place] {
                0 => break,
                entry => {
                    let known = self.points[entry as usize - 1];
                    if known.map(|c| (c + 0.0).to_bits()) == key {
                        return Some(entry - 1);
                    }
                }
            }
            place = (place + 1) & mask;
        }
        let number = u32::try_from(self.points.len()).ok().filter(|&n| n < u32::MAX)?;
        self.points.push(point);
        self.table[place] = number + 1;
        if self.points.len() * 2 > self.table.len() {
            self.grow();
        }
        Some(number)
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 4 - 1;
        let mut table = vec![0; mask + 1];
        for (number, point) in self.points.iter().enumerate() {
            let mut place = hash(point.map(|c| (c + 0.0).to_bits())) & mask;
            while table[place] != 0 {
                place = (place + 1) & mask;
            }
            table[place] = number as u32 + 1;
        }
        self.table = table;
    }

    /// The different points, in order of their first appearance.
    pub(super) fn into_points(self) -> Vec<[f32; 3]> {
        self.points
    }
}

#[inline]
fn hash([x, y, z]: [u32; 3]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (u64::from(x) << 32 | u64::from(y)).wrapping_mul(ODD);
    let mixed = (mixed ^ mixed >> 32 ^ u64::from(z)).wrapping_mul(ODD);
    (mixed ^ mixed >> 29) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_points_share_a_number() {
        let mut merger = PointMerger::new();
        for round in 0..2 {
            for n in 0..20_000_u32 {
                assert_eq!(merger.insert([n as f32, -(n as f32), 0.5]), Some(n), "round {round}");
            }
        }
        assert_eq!(merger.insert([0.0, 0.0, 0.5]), Some(0), "0 equals −0");
        assert_eq!(merger.into_points().len(), 20_000);
    }
}
