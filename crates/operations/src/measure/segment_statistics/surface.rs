//! Area and volume of a closed surface.

use microtome_mesh::Mesh;

/// Area (mm²) and volume (mm³) of a mesh's triangles.
///
/// The volume is the divergence theorem's with the weights of Alyassin et al. (Evaluation of new algorithms for the
/// interactive measurement of surface area and volume, Medical Physics 21(6), 1994): three sums, of the field along x, y and
/// z, which are all the volume for a surface that is closed, weighted by how many triangles face each way.
pub(super) fn area_and_volume(mesh: &Mesh) -> (f64, f64) {
    let points = mesh.points();
    let mut area = 0.0;
    let mut sums = [0.0; 3];
    let mut faces = [0.0; 3];
    let mut count = 0.0;
    for triangle in mesh.triangles() {
        let [a, b, c] = triangle.map(|n| points[n as usize]);
        let normal = (b - a).cross(c - a);
        let doubled = normal.length();
        count += 1.0;
        if doubled.is_nan() || doubled <= 0.0 {
            continue;
        }
        area += doubled / 2.0;
        let unit = (normal / doubled).coords();
        let middle: [f64; 3] = std::array::from_fn(|n| (a.coords()[n] + b.coords()[n] + c.coords()[n]) / 3.0);
        (0..3).for_each(|n| sums[n] += doubled / 2.0 * unit[n] * middle[n]);
        // Triangles that face two ways or three alike count for each of them in part.
        let size = unit.map(f64::abs);
        let most = size.into_iter().fold(0.0, f64::max);
        let ways = size.iter().filter(|s| **s == most).count() as f64;
        (0..3).filter(|n| size[*n] == most).for_each(|n| faces[n] += 1.0 / ways);
    }
    if count == 0.0 {
        return (0.0, 0.0);
    }
    let volume: f64 = (0..3).map(|n| faces[n] / count * sums[n]).sum();
    (area, volume.abs())
}

#[cfg(test)]
mod tests {
    use microtome_geometry::Point;
    use microtome_mesh::Cells;

    use super::*;

    #[test]
    fn a_box_and_its_mirror_image() {
        let corners: Vec<_> = (0..8)
            .map(|n| {
                Point::new(f64::from(n & 1) * 2.0, f64::from(n >> 1 & 1) * 3.0, f64::from(n >> 2) * 4.0 + 7.0)
            })
            .collect();
        let sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        for turned in [false, true] {
            let triangles: Vec<[u32; 3]> = sides
                .iter()
                .flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]])
                .map(|[a, b, c]| if turned { [a, c, b] } else { [a, b, c] })
                .collect();
            let mesh = Mesh::new(corners.clone(), Cells::from_triangles(&triangles)).unwrap();
            let (area, volume) = area_and_volume(&mesh);
            assert!((area - 52.0).abs() < 1e-12 && (volume - 24.0).abs() < 1e-12, "{area} {volume}");
        }
    }
}
