//! Title bars and text in the corners of views.

use super::Corner;
use super::text::{Align, TextStyle, draw_text, text_width};
use crate::picture::{Picture, Rgba8};

/// Height of a view's title bar, pixels, for text of this size.
pub fn title_height(size: f32) -> usize {
    (size * 1.25).round() as usize
}

/// Fills the upper edge of a view with its colour and writes on it: `label` on the left, `text` on the right.
pub fn draw_title_bar(picture: &mut Picture, color: Rgba8, label: &str, text: &str, size: f32) {
    let height = title_height(size);
    let width = picture.width();
    picture.fill_rect(0, 0, width, height, color);
    let middle = height as f32 / 2.0 + size * 0.02;
    let ink = |bold: u8| TextStyle { size: size * 0.92, color: [bold, bold, bold, 255], outline: false };
    draw_text(picture, label, [size * 0.5, middle], [Align::Start, Align::Middle], ink(0));
    if text_width(label, size) + text_width(text, size) + size * 2.0 < width as f32 {
        let at = [width as f32 - size * 0.5, middle];
        draw_text(picture, text, at, [Align::End, Align::Middle], ink(20));
    }
}

/// Writes lines of text in a corner, below `top` pixels; lines that would need more than 60 % of the width are cut short,
/// and those that would need more than half of the height are left out.
pub fn draw_corner_text(picture: &mut Picture, corner: Corner, lines: &[String], top: usize, size: f32) {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let step = size * 1.2;
    let most = ((height - top as f32) / 2.0 / step).max(0.0) as usize;
    let lines = &lines[..lines.len().min(most)];
    let right = matches!(corner, Corner::TopRight | Corner::BottomRight);
    let bottom = matches!(corner, Corner::BottomLeft | Corner::BottomRight);
    for (n, line) in lines.iter().enumerate() {
        let mut line = line.clone();
        while text_width(&line, size) > width * 0.6 && line.chars().count() > 4 {
            let keep = line.chars().count() - 2;
            line = line.chars().take(keep).chain(std::iter::once('…')).collect();
        }
        let y = if bottom {
            height - size * 0.4 - (lines.len() - n) as f32 * step
        } else {
            top as f32 + size * 0.3 + n as f32 * step
        };
        let (x, align) = if right { (width - size * 0.5, Align::End) } else { (size * 0.5, Align::Start) };
        draw_text(picture, &line, [x, y], [align, Align::Start], TextStyle::white(size));
    }
}
