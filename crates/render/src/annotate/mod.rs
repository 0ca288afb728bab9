//! What is written and drawn over views: text, orientation letters, rulers, boxes, title bars.

mod bounding_box;
mod letters;
mod line;
mod marker;
mod ruler;
mod text;
mod title;

pub use bounding_box::draw_bounding_box;
pub use letters::{draw_orientation_letters, letters_of};
pub use line::{LineStyle, draw_line};
pub use marker::draw_orientation_axes;
pub use ruler::{Ruler, draw_ruler};
pub use text::{Align, TextStyle, draw_text, text_width};
pub use title::{draw_corner_text, draw_title_bar, title_height};

/// A corner of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    /// At the top on the left.
    TopLeft,
    /// At the top on the right.
    TopRight,
    /// At the bottom on the left.
    BottomLeft,
    /// At the bottom on the right.
    BottomRight,
}

/// Height of text, in pixels, that suits a view of this size.
pub fn text_size(width: usize, height: usize) -> f32 {
    (width.min(height) as f32 / 30.0).clamp(11.0, 22.0)
}
