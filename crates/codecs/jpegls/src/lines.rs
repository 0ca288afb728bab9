//! The line being coded and the one above it, with a border that stands in for neighbours outside the image.

/// Two lines of `LANES` interleaved samples, each with one pixel of border left and right (T.87 A.2.1): left of a line
/// stands the first pixel of the line above, right of it its own last pixel again.
#[derive(Debug, Clone)]
pub(crate) struct Lines<const LANES: usize> {
    above: Vec<[u16; LANES]>,
    current: Vec<[u16; LANES]>,
}

impl<const LANES: usize> Lines<LANES> {
    pub fn new(width: usize) -> Self {
        let line = vec![[0; LANES]; width + 2];
        Self { above: line.clone(), current: line }
    }

    /// Sets both lines to zero, as at the beginning of the image.
    pub fn clear(&mut self) {
        self.above.fill([0; LANES]);
        self.current.fill([0; LANES]);
    }

    /// Moves one line down: gives the line above and the one to code, with borders, both of the same length.
    pub fn advance(&mut self) -> (&[[u16; LANES]], &mut [[u16; LANES]]) {
        std::mem::swap(&mut self.above, &mut self.current);
        let last = self.above.len() - 1;
        self.above[last] = self.above[last - 1];
        self.current[0] = self.above[1];
        (&self.above, &mut self.current)
    }

    /// The line coded last, without its borders.
    pub fn coded(&self) -> &[[u16; LANES]] {
        &self.current[1..self.current.len() - 1]
    }
}
