//! A small figure of the patient's axes in a corner of a view.

use microtome_geometry::{Ras, Vector};

use super::line::{LineStyle, draw_line};
use super::text::{Align, TextStyle, draw_text};
use crate::picture::Picture;

/// Draws the axes R, A and S as seen along `forward` with `right` and `up` on the screen, in the lower right corner; the
/// figure is `fraction` of the view's height high.
pub fn draw_orientation_axes(
    picture: &mut Picture,
    [right, up, forward]: [Vector<Ras>; 3],
    fraction: f32,
    size: f32,
) {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let extent = height * fraction.clamp(0.0, 1.0);
    let radius = extent / 2.0 - size * 0.7;
    if radius.is_nan() || radius <= 4.0 {
        return;
    }
    let center = [width - extent / 2.0 - size * 0.4, height - extent / 2.0 - size * 0.4];
    let axes = [
        ("R", Vector::new(1.0, 0.0, 0.0), [235, 90, 80, 255]),
        ("A", Vector::new(0.0, 1.0, 0.0), [110, 200, 90, 255]),
        ("S", Vector::new(0.0, 0.0, 1.0), [110, 150, 255, 255]),
    ];
    // Axes that point away from the viewer first.
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| axes[b].1.dot(forward).total_cmp(&axes[a].1.dot(forward)));
    for n in order {
        let (letter, axis, color) = axes[n];
        let (x, y) = (axis.dot(right) as f32, axis.dot(up) as f32);
        let end = [center[0] + x * radius, center[1] - y * radius];
        draw_line(picture, center, end, LineStyle { width: 2.0, color, outline: 1.0 });
        if x.hypot(y) > 0.15 {
            let at = [end[0] + x * size * 0.5, end[1] - y * size * 0.5];
            draw_text(
                picture,
                letter,
                at,
                [Align::Middle; 2],
                TextStyle { size: size * 0.9, color, outline: true },
            );
        }
    }
}
