//! Letters at the edges of slice views that say where the patient's right, front and head are.

use microtome_geometry::{Ras, Vector};

use super::text::{Align, TextStyle, draw_text};
use crate::picture::Picture;
use crate::slice::SliceView;

/// The letters of a direction: the body direction it points to most, then others that it also points to by more than a
/// quarter of its length. `RA` = right and somewhat to the front.
pub fn letters_of(direction: Vector<Ras>) -> String {
    let Some(v) = direction.normalized() else { return String::new() };
    let mut parts: Vec<(f64, char)> = v
        .coords()
        .into_iter()
        .zip([('R', 'L'), ('A', 'P'), ('S', 'I')])
        .map(|(c, (plus, minus))| (c.abs(), if c >= 0.0 { plus } else { minus }))
        .filter(|p| p.0 > 0.25)
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.into_iter().map(|p| p.1).collect()
}

/// Writes the orientation letters in the middle of the four edges.
pub fn draw_orientation_letters(picture: &mut Picture, view: &SliceView, size: f32) {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (right, up) = (view.slice_to_ras.column(0), view.slice_to_ras.column(1));
    let margin = size * 0.45;
    let places = [
        (-right, [margin, height / 2.0], [Align::Start, Align::Middle]),
        (right, [width - margin, height / 2.0], [Align::End, Align::Middle]),
        (up, [width / 2.0, margin * 0.6], [Align::Middle, Align::Start]),
        (-up, [width / 2.0, height - margin * 0.6], [Align::Middle, Align::End]),
    ];
    for (direction, at, align) in places {
        draw_text(picture, &letters_of(direction), at, align, TextStyle::white(size * 1.15));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_by_size() {
        assert_eq!(letters_of(Vector::new(-1.0, 0.0, 0.0)), "L");
        assert_eq!(letters_of(Vector::new(0.6, -0.8, 0.1)), "PR");
        assert_eq!(letters_of(Vector::zero()), "");
    }
}
