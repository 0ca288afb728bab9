//! Sorting networks: comparisons at fixed places, which many voxels can make side by side.

use crate::kernels::key::Key;

/// Voxels side by side.
pub(super) const LANES: usize = 16;

/// One value of each voxel.
pub(super) type Lanes<K> = [K; LANES];

/// Comparisons of wires; each leaves the lesser value on the first wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    comparisons: Vec<(u16, u16)>,
}

impl Network {
    /// Sorts the values on `wires`; gives the wires in the order of their values.
    pub(super) fn sort(&mut self, wires: &[u16]) -> Vec<u16> {
        if wires.len() < 2 {
            return wires.to_vec();
        }
        let (low, high) = wires.split_at(wires.len() / 2);
        let (low, high) = (self.sort(low), self.sort(high));
        self.merge(&low, &high)
    }

    /// Merges lists of wires, each sorted; gives all in the order of their values.
    pub(super) fn merge_all(&mut self, mut lists: Vec<Vec<u16>>) -> Vec<u16> {
        while lists.len() > 1 {
            // The shortest two first.
            lists.sort_by_key(|list| std::cmp::Reverse(list.len()));
            let [a, b] = [lists.pop(), lists.pop()].map(Option::unwrap_or_default);
            lists.push(self.merge(&a, &b));
        }
        lists.pop().unwrap_or_default()
    }

    /// Batcher's odd-even merge of two sorted lists of any lengths (Knuth, The Art of Computer Programming 3, 5.3.4).
    pub(super) fn merge(&mut self, a: &[u16], b: &[u16]) -> Vec<u16> {
        match (a, b) {
            ([], rest) | (rest, []) => return rest.to_vec(),
            (&[x], &[y]) => {
                self.comparisons.push((x, y));
                return vec![x, y];
            }
            _ => {}
        }
        let part = |list: &[u16], from: usize| list.iter().skip(from).step_by(2).copied().collect::<Vec<_>>();
        let odd = self.merge(&part(a, 0), &part(b, 0));
        let even = self.merge(&part(a, 1), &part(b, 1));
        let mut out = Vec::with_capacity(a.len() + b.len());
        out.push(odd[0]);
        for n in 0..even.len().max(odd.len() - 1) {
            match (even.get(n), odd.get(n + 1)) {
                (Some(&x), Some(&y)) => {
                    self.comparisons.push((x, y));
                    out.extend([x, y]);
                }
                (Some(&x), None) | (None, Some(&x)) => out.push(x),
                (None, None) => {}
            }
        }
        out
    }

    /// Leaves out comparisons that do not matter to the values on `wires`.
    pub(super) fn keep(&mut self, wires: &[u16]) {
        let mut needed = std::collections::HashSet::<u16>::from_iter(wires.iter().copied());
        let mut kept = Vec::new();
        for &(x, y) in self.comparisons.iter().rev() {
            if needed.contains(&x) || needed.contains(&y) {
                needed.extend([x, y]);
                kept.push((x, y));
            }
        }
        kept.reverse();
        self.comparisons = kept;
    }

    /// Makes all comparisons.
    #[inline(always)]
    pub(super) fn run<K: Key>(&self, wires: &mut [Lanes<K>]) {
        for &(x, y) in &self.comparisons {
            let (a, b) = (wires[usize::from(x)], wires[usize::from(y)]);
            wires[usize::from(x)] = std::array::from_fn(|l| a[l].min(b[l]));
            wires[usize::from(y)] = std::array::from_fn(|l| a[l].max(b[l]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrambled(count: usize) -> Vec<Lanes<i32>> {
        (0..count).map(|n| std::array::from_fn(|l| ((n * 7919 + l * 104_729) % 97) as i32)).collect()
    }

    #[test]
    fn any_number_of_wires_is_sorted() {
        for count in 0..40 {
            let mut network = Network::default();
            let order = network.sort(&(0..count as u16).collect::<Vec<_>>());
            let mut wires = scrambled(count);
            network.run(&mut wires);
            for l in 0..LANES {
                assert!(order.windows(2).all(|w| wires[usize::from(w[0])][l] <= wires[usize::from(w[1])][l]));
            }
        }
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        let mut network = Network::default();
        let order = network.sort(&(0..25).collect::<Vec<_>>());
        let whole = network.comparisons.len();
        let mut sorted = scrambled(25);
        network.run(&mut sorted);
        network.keep(&[order[12]]);
        assert!(network.comparisons.len() < whole);
        let mut wires = scrambled(25);
        network.run(&mut wires);
        assert_eq!(wires[usize::from(order[12])], sorted[usize::from(order[12])]);
    }
}
