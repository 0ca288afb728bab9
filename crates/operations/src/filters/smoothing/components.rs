//! Components and frames, each by itself.

use microtome_image::{Blank, Buffer, Image, Scalar};

use crate::progress::Progress;

/// Applies `filter`, which makes a volume of a volume, to each component of each frame of `image`, whose values are `values`.
pub(in crate::filters) fn each<T: Scalar, U: Scalar, E>(
    image: &Image,
    values: &[T],
    progress: &Progress,
    filter: impl Fn(&[T], &Progress) -> Result<Buffer<U>, E>,
) -> Result<Buffer<U>, E> {
    let (components, frames) = (image.components(), image.frames());
    if components * frames == 1 {
        return filter(values, progress);
    }
    let length = image.frame_len();
    let parts = (components * frames) as f64;
    let mut out = Blank::new(values.len());
    for (f, (from, to)) in values.chunks_exact(length).zip(out.chunks_exact_mut(length)).enumerate() {
        for c in 0..components {
            let done = (f * components + c) as f64 / parts;
            let part: Vec<T> = from.iter().skip(c).step_by(components).copied().collect();
            let made = filter(&part, &progress.step(done..done + 1.0 / parts))?;
            to.iter_mut().skip(c).step_by(components).zip(&*made).for_each(|(o, &v)| *o = v);
        }
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Grid, Point};
    use microtome_image::{Array, Meaning};

    use super::*;
    use crate::progress::Cancelled;

    #[test]
    fn components_do_not_mix() {
        let grid = Grid::axis_aligned([2, 1, 1], [1.0; 3], Point::zero());
        let values: Vec<i16> = (0..12).collect();
        let image = Image::new(grid, 3, 2, Meaning::Vector, Array::from(values.clone())).unwrap();
        let running = |part: &[i16], _: &Progress| {
            Ok::<_, Cancelled>(Buffer::from(vec![i32::from(part[0]), i32::from(part[0] + part[1])]))
        };
        let found = each(&image, &values, &Progress::ignored(), running).unwrap();
        assert_eq!(&*found, [0, 1, 2, 3, 5, 7, 6, 7, 8, 15, 17, 19]);
    }
}
