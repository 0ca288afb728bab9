//! The voxels next to a voxel.

/// Neighbours by face, or by face, edge and corner.
pub(super) struct Neighbours {
    dims: [usize; 3],
    /// Places relative to a voxel, and the difference of indices.
    around: Vec<([isize; 3], isize)>,
}

impl Neighbours {
    pub(super) fn new(dims: [usize; 3], fully_connected: bool) -> Self {
        let stride = [1, dims[0] as isize, (dims[0] * dims[1]) as isize];
        let around = (-1..=1).flat_map(|k| (-1..=1).flat_map(move |j| (-1..=1).map(move |i| [i, j, k])));
        let counts = |o: &[isize; 3]| match o.iter().filter(|&&d| d != 0).count() {
            0 => false,
            apart => apart == 1 || fully_connected,
        };
        // Along an axis of one voxel there are none.
        let exists = |o: &[isize; 3]| (0..3).all(|a| o[a] == 0 || dims[a] > 1);
        let around = around.filter(counts).filter(exists);
        Self { dims, around: around.map(|o| (o, (0..3).map(|a| o[a] * stride[a]).sum())).collect() }
    }

    /// Calls `visit` with the index of each neighbour of voxel `n`.
    #[inline(always)]
    pub(super) fn each(&self, n: usize, mut visit: impl FnMut(usize)) {
        let [ni, nj, nk] = self.dims;
        let place = [n % ni, n / ni % nj, n / ni / nj];
        let has_all = (0..3).all(|a| self.dims[a] == 1 || (place[a] > 0 && place[a] + 1 < [ni, nj, nk][a]));
        for (offset, difference) in &self.around {
            let is_in =
                || (0..3).all(|a| place[a].checked_add_signed(offset[a]).is_some_and(|p| p < self.dims[a]));
            if has_all || is_in() {
                visit(n.wrapping_add_signed(*difference));
            }
        }
    }
}
