//! Least and greatest values around voxels, exact for every type.

mod ball;
mod line;

use microtome_image::{Blank, Buffer, Image};

use super::element::{Element, Shape, radius};
use crate::kernels::key::{Key, Keyed};
use crate::kernels::{lines, tasks};
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// What is taken of the values around a voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extreme {
    Greatest,
    Least,
}

impl Extreme {
    /// Keys put through exclusive or with this have the greatest where the extreme is.
    pub(super) fn turn<K: Key>(self) -> K {
        match self {
            Self::Greatest => K::default(),
            Self::Least => K::REVERSE,
        }
    }
}

/// The elements of a shape for an image.
pub(super) fn elements(
    image: &Image,
    shape: Shape,
    radius: [u32; 3],
    millimetres: Option<f64>,
) -> Result<Vec<Element>, OperationError> {
    shape.elements(radius, millimetres, image.dims(), image.grid().spacing())
}

/// Takes one extreme after the other around every voxel; outside the volume there is nothing. With `frame`, what the first
/// makes outside the volume counts for the second.
///
/// Values that are not numbers are greater or, with a sign, less than all numbers.
pub(super) fn extremes<T: Keyed>(
    values: &[T],
    dims: [usize; 3],
    elements: &[Element],
    extremes: &[Extreme],
    frame: bool,
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled> {
    let margin = if frame { radius(elements) } else { [0; 3] };
    let framed = std::array::from_fn(|a| dims[a] + 2 * margin[a]);
    let part = |n: usize, count: usize| progress.step(n as f64 / count as f64..(n + 1) as f64 / count as f64);
    let axes: Option<Vec<(usize, usize)>> = elements.iter().map(Element::line).collect();
    if let Some(axes) = axes {
        let mut out = Blank::<T>::new(framed.iter().product());
        let outside = extremes.first().map_or(T::default(), |e| T::of_key(T::Key::LEAST ^ e.turn()));
        moved(values, dims, &mut out, framed, margin.map(|m| -(m as isize)), outside, progress)?;
        let steps = extremes.iter().flat_map(|e| axes.iter().map(move |&(axis, reach)| (*e, axis, reach)));
        for (n, (extreme, axis, reach)) in steps.enumerate() {
            let progress = part(n, extremes.len() * axes.len());
            let scratch = || line::Scratch::new(framed[axis], reach);
            lines::within(&mut out, framed, axis, &progress, scratch, |scratch, lines| {
                line::greatest(scratch, lines, extreme.turn());
            })?;
        }
        if !frame {
            return Ok(out.into());
        }
        let mut inner = Blank::new(values.len());
        moved(&out, framed, &mut inner, dims, margin.map(|m| m as isize), outside, progress)?;
        return Ok(inner.into());
    }
    // An element that is no line stands alone.
    let Some(element) = elements.first() else { return Ok(values.to_vec().into()) };
    let mut out: Option<Blank<T>> = None;
    for (n, extreme) in extremes.iter().enumerate() {
        let progress = part(n, extremes.len());
        let last = n + 1 == extremes.len();
        let (from, from_dims, from_margin) = match &out {
            None => (values, dims, [0; 3]),
            Some(out) => (&**out, framed, margin),
        };
        let (to_dims, to_margin) = if last { (dims, [0; 3]) } else { (framed, margin) };
        let offset = std::array::from_fn(|a| from_margin[a] as isize - to_margin[a] as isize);
        let mut to = Blank::new(to_dims.iter().product());
        ball::greatest(from, from_dims, &mut to, to_dims, offset, element, extreme.turn(), &progress)?;
        out = Some(to);
    }
    Ok(out.map_or_else(|| values.to_vec().into(), Buffer::from))
}

/// Fills `out` with the values that stand `offset` farther on, or `outside`.
fn moved<T: Keyed>(
    values: &[T],
    dims: [usize; 3],
    out: &mut [T],
    out_dims: [usize; 3],
    offset: [isize; 3],
    outside: T,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let from = |n: usize, axis: usize| n.checked_add_signed(offset[axis]).filter(|&n| n < dims[axis]);
    let first = (-offset[0]).max(0) as usize;
    let start = offset[0].max(0) as usize;
    let count = (out_dims[0] - first).min(dims[0] - start);
    tasks::chunks(out, out_dims[0] * out_dims[1], &|k, slice| {
        progress.check()?;
        for (j, row) in slice.chunks_exact_mut(out_dims[0]).enumerate() {
            let (Some(j), Some(k)) = (from(j, 1), from(k, 2)) else {
                row.fill(outside);
                continue;
            };
            row[..first].fill(outside);
            row[first + count..].fill(outside);
            row[first..first + count]
                .copy_from_slice(&values[(k * dims[1] + j) * dims[0] + start..][..count]);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain way.
    fn expected<T: Keyed>(
        values: &[T],
        dims: [usize; 3],
        shape: Shape,
        radius: [u32; 3],
        extreme: Extreme,
    ) -> Vec<T> {
        let r = radius.map(|r| r as isize);
        let n = dims.map(|d| d as isize);
        let inside = |o: [isize; 3]| match shape {
            Shape::Box => true,
            Shape::Cross => o.iter().filter(|&&d| d != 0).count() <= 1,
            Shape::Ball => (0..3).map(|a| (o[a] as f64 / (r[a] as f64 + 0.5)).powi(2)).sum::<f64>() <= 1.0,
        };
        let mut out = Vec::new();
        for k in 0..n[2] {
            for j in 0..n[1] {
                for i in 0..n[0] {
                    let near = (-r[2]..=r[2]).flat_map(|c| {
                        (-r[1]..=r[1]).flat_map(move |b| (-r[0]..=r[0]).map(move |a| [a, b, c]))
                    });
                    let around = near.filter(|&o| inside(o)).filter_map(|o| {
                        let p = [i + o[0], j + o[1], k + o[2]];
                        let within = (0..3).all(|a| (0..n[a]).contains(&p[a]));
                        within.then(|| {
                            values[((p[2] * n[1] + p[1]) * n[0] + p[0]) as usize].key() ^ extreme.turn()
                        })
                    });
                    out.push(T::of_key(around.max().unwrap() ^ extreme.turn()));
                }
            }
        }
        out
    }

    fn check<T: Keyed>(dims: [usize; 3], radius: [u32; 3]) {
        let count = dims.iter().product::<usize>();
        let low = if T::TYPE.limits().0 < 0.0 { 60.0 } else { 0.0 };
        let values: Vec<T> =
            (0..count).map(|n| T::from_f64(((n * 7919 + n * n % 613) % 251) as f64 / 1.7 - low)).collect();
        for shape in [Shape::Ball, Shape::Box, Shape::Cross] {
            let elements = shape.elements(radius, None, dims, [1.0; 3]).unwrap();
            for extreme in [Extreme::Greatest, Extreme::Least] {
                let wanted = expected(&values, dims, shape, radius, extreme);
                for frame in [false, true] {
                    let found =
                        extremes(&values, dims, &elements, &[extreme], frame, &Progress::ignored()).unwrap();
                    assert_eq!(&*found, wanted, "{:?} {dims:?} {shape:?} {radius:?}", T::TYPE);
                }
            }
            // A frame is the same as a volume with room around it.
            let both = [Extreme::Greatest, Extreme::Least];
            let margin = super::radius(&elements);
            let large: [usize; 3] = std::array::from_fn(|a| dims[a] + 2 * margin[a]);
            let mut room = Blank::<T>::new(large.iter().product());
            let (least, progress) = (T::of_key(T::Key::LEAST), Progress::ignored());
            let outwards = margin.map(|m| -(m as isize));
            moved(&values, dims, &mut room, large, outwards, least, &progress).unwrap();
            let room = extremes(&room, large, &elements, &both, false, &Progress::ignored()).unwrap();
            let mut wanted = Blank::<T>::new(count);
            let inwards = margin.map(|m| m as isize);
            moved(&room, large, &mut wanted, dims, inwards, least, &progress).unwrap();
            let found = extremes(&values, dims, &elements, &both, true, &Progress::ignored()).unwrap();
            assert_eq!(&*found, &*wanted, "{:?} {dims:?} {shape:?} {radius:?}", T::TYPE);
        }
    }

    #[test]
    fn extremes_are_those_of_the_element() {
        for dims in [[37, 9, 6], [3, 7, 1], [1, 1, 9], [70, 40, 3], [5, 3, 20]] {
            for radius in [[1, 1, 1], [3, 2, 1], [0, 0, 0], [0, 3, 0], [5, 0, 4]] {
                check::<i16>(dims, radius);
            }
            check::<u8>(dims, [2, 1, 1]);
            check::<i8>(dims, [1, 1, 2]);
            check::<u16>(dims, [1, 2, 1]);
            check::<i32>(dims, [1, 1, 1]);
            check::<u32>(dims, [1, 1, 1]);
            check::<i64>(dims, [1, 1, 1]);
            check::<u64>(dims, [1, 1, 1]);
            check::<f32>(dims, [1, 1, 1]);
            check::<f64>(dims, [1, 2, 1]);
        }
    }
}
