//! Which voxels touch a voxel.

/// The neighbours of every voxel of a volume, in scan order.
pub(crate) struct Neighbours {
    dims: [usize; 3],
    offsets: Vec<([isize; 3], isize)>,
}

impl Neighbours {
    /// Those that share a face (6), or if `full` also those that share an edge or a corner (26).
    pub(crate) fn new(dims: [usize; 3], full: bool) -> Self {
        let range = -1..=1_isize;
        let all = range.clone().flat_map(|k| {
            let range = range.clone();
            range.clone().flat_map(move |j| range.clone().map(move |i| [i, j, k]))
        });
        let (row, slice) = (dims[0] as isize, (dims[0] * dims[1]) as isize);
        let offsets = all
            .filter(|o| match o.iter().map(|c| c.abs()).sum::<isize>() {
                0 => false,
                1 => true,
                _ => full,
            })
            .map(|o| (o, o[0] + o[1] * row + o[2] * slice))
            .collect();
        Self { dims, offsets }
    }

    /// Calls `each` with the number of every neighbour of voxel `n` that lies in the volume.
    #[inline(always)]
    pub(crate) fn each(&self, n: usize, mut each: impl FnMut(usize)) {
        let [ni, nj, nk] = self.dims;
        // Divisions of 32 bits are the faster ones.
        let (i, j, k) = match u32::try_from(n) {
            Ok(small) => {
                let row = small / ni as u32;
                let k = row / nj as u32;
                ((small - row * ni as u32) as usize, (row - k * nj as u32) as usize, k as usize)
            }
            Err(_) => (n % ni, n / ni % nj, n / ni / nj),
        };
        let inside = |c: usize, count: usize| c > 0 && c + 1 < count;
        if inside(i, ni) && inside(j, nj) && inside(k, nk) {
            for (_, step) in &self.offsets {
                each(n.wrapping_add_signed(*step));
            }
        } else {
            for ([di, dj, dk], step) in &self.offsets {
                let within = |c: usize, d: isize, count: usize| c.wrapping_add_signed(d) < count;
                if within(i, *di, ni) && within(j, *dj, nj) && within(k, *dk, nk) {
                    each(n.wrapping_add_signed(*step));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_come_in_scan_order_and_lie_within() {
        let near = |dims, full, n| {
            let mut found = Vec::new();
            Neighbours::new(dims, full).each(n, |m| found.push(m));
            found
        };
        assert_eq!(near([3, 3, 3], false, 13), [4, 10, 12, 14, 16, 22]);
        assert_eq!(near([3, 3, 3], true, 13).len(), 26);
        assert_eq!(near([3, 3, 3], true, 0), [1, 3, 4, 9, 10, 12, 13]);
        assert_eq!(near([3, 1, 1], false, 2), [1]);
        assert!(near([1, 1, 1], true, 0).is_empty());
    }
}
