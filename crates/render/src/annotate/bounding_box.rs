//! The box around everything in a 3D view, with the letters of its sides.

use microtome_geometry::{Bounds, Point, Ras};

use super::line::{LineStyle, draw_line_where};
use super::text::{Align, TextStyle, draw_text};
use crate::camera::{Camera, Lens, NEAR};
use crate::picture::{Picture, Rgba8};

/// Draws the box's edges where nothing in `depth` (distances along rays, as a 3D view gives them) hides them, and the
/// letters R L A P S I at the middle of its sides. A letter whose side is seen edge-on or lies behind is left out.
pub fn draw_bounding_box(
    picture: &mut Picture,
    depth: &[f32],
    camera: &Camera,
    bounds: &Bounds<Ras>,
    color: Rgba8,
    size: f32,
) {
    let dims = [picture.width(), picture.height()];
    let lens = Lens::new(camera, dims);
    let corners = bounds.corners();
    for from in 0..8_usize {
        for axis in 0..3 {
            let to = from | 1 << axis;
            if to != from {
                edge(picture, depth, &lens, corners[from], corners[to], color);
            }
        }
    }
    let center = bounds.center();
    let half = bounds.size().map(|s| s / 2.0);
    for (n, letter) in ["R", "L", "A", "P", "S", "I"].into_iter().enumerate() {
        let (axis, sign) = (n / 2, if n % 2 == 0 { 1.0 } else { -1.0 });
        let mut p = center.coords();
        p[axis] += sign * (half[axis] + bounds.diagonal() * 0.035);
        let at = Point::<Ras>::from_array(p);
        let camera_point = lens.to_camera(at);
        // How much of the way to the side is seen across the screen rather than along the view.
        let mut tip = [0.0; 3];
        tip[axis] = sign;
        let direction = microtome_geometry::Vector::<Ras>::from_array(tip);
        if camera_point[2] <= NEAR || direction.dot(lens.basis.forward).abs() > 0.9 {
            continue;
        }
        let [x, y] = lens.project(camera_point);
        draw_text(picture, letter, [x as f32, y as f32], [Align::Middle; 2], TextStyle::white(size));
    }
}

fn edge(picture: &mut Picture, depth: &[f32], lens: &Lens, a: Point<Ras>, b: Point<Ras>, color: Rgba8) {
    let (ca, cb) = (lens.to_camera(a), lens.to_camera(b));
    if !(ca[2] > NEAR && cb[2] > NEAR) {
        return;
    }
    let width = picture.width();
    let (from, to) = (lens.project(ca).map(|c| c as f32), lens.project(cb).map(|c| c as f32));
    let visible = |x: usize, y: usize, t: f32| {
        let t = f64::from(t);
        // Along the screen the inverse of the distance changes evenly in perspective.
        let z = if lens.perspective {
            1.0 / ((1.0 - t) / ca[2] + t / cb[2])
        } else {
            ca[2] + (cb[2] - ca[2]) * t
        };
        let here = lens.along_ray(x, y, z) as f32;
        depth.get(y * width + x).is_none_or(|&d| here <= d)
    };
    draw_line_where(picture, from, to, LineStyle { width: 1.2, color, outline: 0.0 }, visible);
}
