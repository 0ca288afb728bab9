//! Anti-aliased lines.

use crate::picture::{Picture, Rgba8};

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineStyle {
    /// Width, pixels.
    pub width: f32,
    /// Colour.
    pub color: Rgba8,
    /// Width of the dark edge on both sides, pixels; 0 for none.
    pub outline: f32,
}

/// Draws a straight line; positions in pixels from the upper left corner, whole numbers at the edges of pixels.
pub fn draw_line(picture: &mut Picture, from: [f32; 2], to: [f32; 2], style: LineStyle) {
    draw_line_where(picture, from, to, style, |_, _, _| true);
}

/// As [`draw_line`], only where `visible` says so of column, row and the way along the line (0 to 1).
pub(super) fn draw_line_where(
    picture: &mut Picture,
    from: [f32; 2],
    to: [f32; 2],
    style: LineStyle,
    visible: impl Fn(usize, usize, f32) -> bool,
) {
    let reach = style.width / 2.0 + style.outline + 1.0;
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let square = dx * dx + dy * dy;
    if !(square.is_finite() && reach.is_finite()) {
        return;
    }
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let span = |a: f32, b: f32, size: f32| {
        let low = (a.min(b) - reach).floor().clamp(0.0, size);
        let high = (a.max(b) + reach).ceil().clamp(0.0, size);
        (low as usize, high as usize)
    };
    let (top, bottom) = span(from[1], to[1], height);
    for y in top..bottom {
        let py = y as f32 + 0.5;
        // The part of the line near this row bounds the columns to look at.
        let (a, b) = if dy.abs() > 1e-6 {
            let t = [(py - reach - from[1]) / dy, (py + reach - from[1]) / dy].map(|t| t.clamp(0.0, 1.0));
            (from[0] + t[0] * dx, from[0] + t[1] * dx)
        } else {
            (from[0], to[0])
        };
        // A slanted line is wider along a row than across.
        let (left, right) = span(a, b, width);
        for x in left..right {
            let px = x as f32 + 0.5;
            let t = if square > 0.0 {
                (((px - from[0]) * dx + (py - from[1]) * dy) / square).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let distance = (px - from[0] - t * dx).hypot(py - from[1] - t * dy);
            let inner = (style.width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
            let outer = (style.width / 2.0 + style.outline + 0.5 - distance).clamp(0.0, 1.0);
            if outer <= 0.0 || !visible(x, y, t) {
                continue;
            }
            if style.outline > 0.0 {
                picture.blend(x as isize, y as isize, [0, 0, 0, 255], outer * 0.75);
            }
            picture.blend(x as isize, y as isize, style.color, inner);
        }
    }
}
