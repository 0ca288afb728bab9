//! Anti-aliased text with a dark outline, readable over any picture.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

use crate::picture::{Picture, Rgba8};

/// Which point of the text lies at the given position, along one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// The left or upper end.
    #[default]
    Start,
    /// The middle.
    Middle,
    /// The right or lower end.
    End,
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStyle {
    /// Height of a line, pixels.
    pub size: f32,
    /// Colour.
    pub color: Rgba8,
    /// Whether it has a dark outline.
    pub outline: bool,
}

impl TextStyle {
    /// White with an outline.
    pub const fn white(size: f32) -> Self {
        Self { size, color: [255; 4], outline: true }
    }
}

/// The most characters of a line; further ones are left out.
const MOST_CHARACTERS: usize = 400;
/// Width of the outline, pixels.
const OUTLINE: isize = 1;

fn fonts() -> &'static [FontRef<'static>] {
    static FONTS: OnceLock<Vec<FontRef<'static>>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let files = [epaint_default_fonts::UBUNTU_LIGHT, epaint_default_fonts::HACK_REGULAR];
        files.into_iter().filter_map(|bytes| FontRef::try_from_slice(bytes).ok()).collect()
    })
}

/// Glyphs of a line with their fonts, from x = 0 and with the baseline at y = 0; and its width.
fn layout(text: &str, size: f32) -> (Vec<(&'static FontRef<'static>, Glyph)>, f32) {
    let scale = PxScale::from(size.clamp(4.0, 400.0));
    let mut glyphs = Vec::new();
    let mut x = 0.0;
    let mut last = None;
    for character in text.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS) {
        let has = |f: &&'static FontRef<'static>| f.glyph_id(character).0 != 0;
        let Some(font) = fonts().iter().find(has).or_else(|| fonts().first()) else { break };
        let scaled = font.as_scaled(scale);
        let id = scaled.glyph_id(character);
        if let Some((previous, previous_font)) = last
            && std::ptr::eq(previous_font, font)
        {
            x += scaled.kern(previous, id);
        }
        glyphs.push((font, id.with_scale_and_position(scale, point(x, 0.0))));
        x += scaled.h_advance(id);
        last = Some((id, font));
    }
    (glyphs, x)
}

/// Width of a line of text, pixels.
pub fn text_width(text: &str, size: f32) -> f32 {
    layout(text, size).1
}

/// Draws one line of text at (`x`, `y`) in pixels from the upper left corner.
pub fn draw_text(picture: &mut Picture, text: &str, at: [f32; 2], align: [Align; 2], style: TextStyle) {
    let size = style.size.clamp(4.0, 400.0);
    let (glyphs, width) = layout(text, size);
    let shift = |align: Align, length: f32| match align {
        Align::Start => 0.0,
        Align::Middle => length / 2.0,
        Align::End => length,
    };
    // Whole pixels, so that the same text looks the same everywhere.
    let left = (at[0] - shift(align[0], width)).round() as isize;
    let top = (at[1] - shift(align[1], size)).round() as isize;
    let baseline = (size * 0.78).round();
    let pad = OUTLINE + 1;
    let columns = width.ceil() as isize + 2 * pad + size as isize;
    let rows = (size * 1.3).ceil() as isize + 2 * pad;
    let mut coverage = vec![0.0_f32; (columns * rows) as usize];
    for (font, mut glyph) in glyphs {
        glyph.position = point(glyph.position.x + pad as f32, baseline + pad as f32);
        let Some(outlined) = font.outline_glyph(glyph) else { continue };
        let bounds = outlined.px_bounds();
        outlined.draw(|dx, dy, c| {
            let (x, y) = (bounds.min.x as isize + dx as isize, bounds.min.y as isize + dy as isize);
            if x >= 0 && y >= 0 && x < columns && y < rows {
                let cell = &mut coverage[(y * columns + x) as usize];
                *cell = (*cell + c).min(1.0);
            }
        });
    }
    let covered = |x: isize, y: isize| {
        if x >= 0 && y >= 0 && x < columns && y < rows { coverage[(y * columns + x) as usize] } else { 0.0 }
    };
    for y in 0..rows {
        for x in 0..columns {
            let (px, py) = (left + x - pad, top + y - pad);
            if style.outline {
                let mut around = 0.0_f32;
                for dy in -OUTLINE..=OUTLINE {
                    for dx in -OUTLINE..=OUTLINE {
                        around = around.max(covered(x + dx, y + dy));
                    }
                }
                if around > 0.0 {
                    picture.blend(px, py, [0, 0, 0, 255], around * 0.75);
                }
            }
            // Thin strokes of a light typeface gain a little weight.
            let own = covered(x, y).powf(0.75);
            if own > 0.0 {
                picture.blend(px, py, style.color, own);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_covers_what_it_says_it_covers() {
        let mut picture = Picture::new(200, 60, [90, 90, 90, 255]).unwrap();
        let style = TextStyle::white(20.0);
        draw_text(&mut picture, "R 12.5 mm", [100.0, 30.0], [Align::Middle; 2], style);
        let width = text_width("R 12.5 mm", 20.0);
        let changed: Vec<(usize, usize)> = (0..200 * 60)
            .filter(|n| picture.pixels()[*n] != [90, 90, 90, 255])
            .map(|n| (n % 200, n / 200))
            .collect();
        let (low, high) =
            (changed.iter().map(|c| c.0).min().unwrap(), changed.iter().map(|c| c.0).max().unwrap());
        assert!((high - low) as f32 > width * 0.8 && ((high - low) as f32) < width + 6.0);
        assert!(picture.pixels().iter().any(|p| p[0] > 240) && picture.pixels().iter().any(|p| p[0] < 40));
    }

    #[test]
    fn odd_text_does_no_harm() {
        let mut picture = Picture::new(20, 20, [0; 4]).unwrap();
        for text in ["", "\u{0}\n\t", "漢字🧠", &"W".repeat(10_000)] {
            draw_text(&mut picture, text, [-1e9, f32::NAN], [Align::End; 2], TextStyle::white(f32::INFINITY));
            draw_text(&mut picture, text, [5.0, 5.0], [Align::Start; 2], TextStyle::white(12.0));
        }
    }
}
