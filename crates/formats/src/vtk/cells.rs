//! Lists of cells, and VTK's numbers for kinds of cells.

use microtome_image::{Array, Scalar, with_values};
use microtome_mesh::CellKind;

use crate::error::Error;

/// Cells by the position behind each one's last point, and the points of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CellList {
    pub(super) ends: Vec<u32>,
    pub(super) points: Vec<u32>,
}

impl CellList {
    /// From the two arrays of newer files: `ends` (without the leading 0) and the points of all cells.
    pub(super) fn from_arrays(format: &'static str, ends: &Array, points: &Array) -> Result<Self, Error> {
        let list = Self {
            ends: indices(format, "offsets", ends)?,
            points: indices(format, "connectivity", points)?,
        };
        let end = list.ends.last().map_or(0, |&end| end as usize);
        if !list.ends.is_sorted() || end != list.points.len() {
            let why = format!("offsets must rise to the {} indices of \"connectivity\"", list.points.len());
            return Err(Error::field(format, "offsets", &end.to_string(), why));
        }
        Ok(list)
    }

    /// From the one array of older files: each cell's number of points, then its points.
    pub(super) fn from_counted(format: &'static str, cells: usize, values: &Array) -> Result<Self, Error> {
        let values = indices(format, "cells", values)?;
        let wrong =
            || Error::field(format, "cells", &cells.to_string(), "the list of cells has another length");
        let points = values.len().checked_sub(cells).ok_or_else(wrong)?;
        if u32::try_from(points).is_err() {
            return Err(Error::Unsupported { format, what: "more than 2³² − 1 indices".to_owned() });
        }
        let mut list = Self { ends: Vec::with_capacity(cells), points: Vec::with_capacity(points) };
        let mut rest = values.as_slice();
        for _ in 0..cells {
            let (&count, after) = rest.split_first().ok_or_else(wrong)?;
            let (cell, after) = after.split_at_checked(count as usize).ok_or_else(wrong)?;
            list.points.extend_from_slice(cell);
            list.ends.push(list.points.len() as u32);
            rest = after;
        }
        if rest.is_empty() { Ok(list) } else { Err(wrong()) }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The points of each cell.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let cell = &self.points[start..end as usize];
            start = end as usize;
            cell
        })
    }

    pub(super) fn push(&mut self, points: impl IntoIterator<Item = u32>) {
        self.points.extend(points);
        self.ends.push(self.points.len() as u32);
    }

    /// Appends another list whose points are numbered from `first`.
    pub(super) fn append(&mut self, format: &'static str, other: &Self, first: usize) -> Result<(), Error> {
        let too_many =
            || Error::Unsupported { format, what: "more than 2³² − 1 points or indices".to_owned() };
        let first = u32::try_from(first).map_err(|_| too_many())?;
        let before = u32::try_from(self.points.len()).map_err(|_| too_many())?;
        for &point in &other.points {
            self.points.push(point.checked_add(first).ok_or_else(too_many)?);
        }
        for &end in &other.ends {
            self.ends.push(end.checked_add(before).ok_or_else(too_many)?);
        }
        Ok(())
    }
}

/// The values as point numbers or positions; neither may be negative or beyond 32 bits.
fn indices(format: &'static str, field: &'static str, values: &Array) -> Result<Vec<u32>, Error> {
    fn convert<T: Scalar>(values: &[T]) -> Result<Vec<u32>, f64> {
        let index = |v: &T| {
            let v = v.to_f64();
            let fits = v >= 0.0 && v <= f64::from(u32::MAX) && v.fract() == 0.0;
            if fits { Ok(v as u32) } else { Err(v) }
        };
        values.iter().map(index).collect()
    }
    let converted = with_values!(values, values => convert(values));
    converted.map_err(|v| Error::field(format, field, &v.to_string(), "an index from 0 to 2³² − 1 is needed"))
}

/// The four lists of poly data, in VTK's order.
pub(super) const POLY_KINDS: [CellKind; 4] =
    [CellKind::Vertices, CellKind::Polyline, CellKind::Polygon, CellKind::Strip];

/// The kind and points of a cell of an unstructured grid by VTK's number.
pub(super) fn kind_of(
    format: &'static str,
    number: u8,
    points: &[u32],
) -> Result<(CellKind, Vec<u32>), Error> {
    let kind = match number {
        0..=2 => CellKind::Vertices,
        3 | 4 => CellKind::Polyline,
        5 | 7 | 8 | 9 => CellKind::Polygon,
        6 => CellKind::Strip,
        10 => CellKind::Tetrahedron,
        11 => CellKind::Voxel,
        12 => CellKind::Hexahedron,
        13 => CellKind::Wedge,
        14 => CellKind::Pyramid,
        15 => CellKind::PentagonalPrism,
        16 => CellKind::HexagonalPrism,
        _ => return Err(Error::Unsupported { format, what: format!("a cell of VTK's kind {number}") }),
    };
    let exact = match number {
        1 => Some(1),
        3 => Some(2),
        5 => Some(3),
        8 | 9 => Some(4),
        _ => kind.point_count(),
    };
    if exact.is_some_and(|count| count != points.len()) {
        let why = format!("a cell of VTK's kind {number} has another number of points");
        return Err(Error::field(format, "cell", &points.len().to_string(), why));
    }
    Ok(match points {
        // A pixel's points go row by row; a polygon's go around.
        [a, b, c, d] if number == 8 => (kind, vec![*a, *b, *d, *c]),
        _ => (kind, points.to_vec()),
    })
}

/// VTK's number for a cell of this kind and number of points.
pub(super) const fn number_of(kind: CellKind, points: usize) -> u8 {
    match (kind, points) {
        (CellKind::Vertices, 0) => 0,
        (CellKind::Vertices, 1) => 1,
        (CellKind::Vertices, _) => 2,
        (CellKind::Polyline, 2) => 3,
        (CellKind::Polyline, _) => 4,
        (CellKind::Polygon, 3) => 5,
        (CellKind::Polygon, 4) => 9,
        (CellKind::Polygon, _) => 7,
        (CellKind::Strip, _) => 6,
        (CellKind::Tetrahedron, _) => 10,
        (CellKind::Voxel, _) => 11,
        (CellKind::Hexahedron, _) => 12,
        (CellKind::Wedge, _) => 13,
        (CellKind::Pyramid, _) => 14,
        (CellKind::PentagonalPrism, _) => 15,
        (CellKind::HexagonalPrism, _) => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_list_agree() {
        let counted = CellList::from_counted("t", 2, &Array::from(vec![3_i32, 0, 1, 2, 2, 3, 4])).unwrap();
        let arrays =
            CellList::from_arrays("t", &Array::from(vec![3_i64, 5]), &Array::from(vec![0_i64, 1, 2, 3, 4]))
                .unwrap();
        assert_eq!(counted, arrays);
        assert_eq!(counted.iter().map(<[u32]>::len).collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn wrong_lists_are_refused() {
        for values in [vec![3_i32, 0, 1], vec![1, 0, 7], vec![-1, 0], vec![]] {
            assert!(CellList::from_counted("t", 1, &Array::from(values)).is_err());
        }
        let points = Array::from(vec![0_i32, 1]);
        for ends in [vec![1_i64], vec![2, 1], vec![3], vec![-1]] {
            assert!(CellList::from_arrays("t", &Array::from(ends), &points).is_err());
        }
    }

    #[test]
    fn kinds_go_there_and_back() {
        for number in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16_u8] {
            let count = match number {
                1 => 1,
                3 => 2,
                5 => 3,
                9 | 10 => 4,
                11 | 12 => 8,
                13 => 6,
                15 => 10,
                16 => 12,
                _ => 5,
            };
            let points: Vec<u32> = (0..count).collect();
            let (kind, points) = kind_of("t", number, &points).unwrap();
            assert_eq!(number_of(kind, points.len()), number);
        }
        assert!(kind_of("t", 10, &[0, 1, 2]).is_err() && kind_of("t", 42, &[]).is_err());
    }
}
