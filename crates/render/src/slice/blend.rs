//! Volume layers laid over each other.

use crate::picture::{Picture, Rgba8, to_byte};

/// How layers are blended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compositing {
    /// Each layer over those before it, with its own opacity.
    #[default]
    Alpha,
    /// The order turned round, the opacities left in their slots.
    ReverseAlpha,
    /// The background plus the other layers times their opacities.
    Add,
    /// The background minus the other layers times their opacities.
    Subtract,
}

/// A layer's pixels, bottom row first, and its opacity.
pub(super) struct Layer {
    pub(super) pixels: Vec<Rgba8>,
    pub(super) opacity: f32,
}

/// Puts the blended layers over `picture`.
pub(super) fn blend(picture: &mut Picture, layers: &[Layer], compositing: Compositing, clip: bool) {
    let (width, height) = (picture.width(), picture.height());
    let compositing = if layers.len() < 2 { Compositing::Alpha } else { compositing };
    for (n, pixel) in picture.pixels_mut().iter_mut().enumerate() {
        let at = (height - 1 - n / width) * width + n % width;
        let [r, g, b, alpha] = blended(layers, at, compositing, clip);
        let keep = 1.0 - alpha;
        *pixel = [
            to_byte(r * alpha + f32::from(pixel[0]) / 255.0 * keep),
            to_byte(g * alpha + f32::from(pixel[1]) / 255.0 * keep),
            to_byte(b * alpha + f32::from(pixel[2]) / 255.0 * keep),
            255,
        ];
    }
}

/// One pixel of all layers: straight colour and alpha, 0 to 1.
fn blended(layers: &[Layer], at: usize, compositing: Compositing, clip: bool) -> [f32; 4] {
    let Some((bottom, upper)) = layers.split_first() else { return [0.0; 4] };
    let pixel = |layer: &Layer| layer.pixels[at].map(|c| f32::from(c) / 255.0);
    let background = pixel(bottom);
    let mut result = match compositing {
        Compositing::Alpha => layers.iter().fold([0.0; 4], |below, l| over(below, pixel(l), l.opacity)),
        Compositing::ReverseAlpha => {
            // Colours from the top down, opacities from the bottom up.
            layers
                .iter()
                .rev()
                .zip(layers)
                .fold([0.0; 4], |below, (l, slot)| over(below, pixel(l), slot.opacity))
        }
        Compositing::Add | Compositing::Subtract => {
            let sign = if compositing == Compositing::Add { 1.0 } else { -1.0 };
            let mut sum = background.map(|c| c * background[3]);
            sum[3] = background[3] * bottom.opacity;
            for layer in upper {
                let p = pixel(layer);
                (0..3).for_each(|c| sum[c] += sign * layer.opacity * p[3] * p[c]);
                sum[3] = sum[3].max(p[3] * layer.opacity);
            }
            sum.map(|c| c.clamp(0.0, 1.0))
        }
    };
    if clip {
        result[3] = result[3].min(background[3]);
    }
    result
}

fn over(below: [f32; 4], top: [f32; 4], opacity: f32) -> [f32; 4] {
    let a = top[3] * opacity.clamp(0.0, 1.0);
    let b = below[3] * (1.0 - a);
    let alpha = a + b;
    if alpha <= 0.0 {
        return [0.0; 4];
    }
    let mix = |c: usize| (top[c] * a + below[c] * b) / alpha;
    [mix(0), mix(1), mix(2), alpha]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(opacity: f32) -> Vec<Layer> {
        vec![
            Layer { pixels: vec![[100, 100, 100, 255], [0; 4]], opacity: 1.0 },
            Layer { pixels: vec![[200, 0, 50, 255], [255; 4]], opacity },
        ]
    }

    fn result(compositing: Compositing, clip: bool) -> Vec<Rgba8> {
        let mut picture = Picture::new(2, 1, [0, 0, 0, 255]).unwrap();
        blend(&mut picture, &layers(0.5), compositing, clip);
        picture.pixels().to_vec()
    }

    #[test]
    fn the_blending_laws() {
        assert_eq!(result(Compositing::Alpha, true), [[150, 50, 75, 255], [0, 0, 0, 255]]);
        assert_eq!(result(Compositing::Alpha, false), [[150, 50, 75, 255], [128, 128, 128, 255]]);
        // The foreground below with the background's opacity 1, the background over it with 0.5.
        assert_eq!(result(Compositing::ReverseAlpha, true)[0], [150, 50, 75, 255]);
        assert_eq!(result(Compositing::Add, true), [[200, 100, 125, 255], [0, 0, 0, 255]]);
        assert_eq!(result(Compositing::Subtract, true)[0], [0, 100, 75, 255]);
    }

    #[test]
    fn reverse_alpha_keeps_opacities_in_their_slots() {
        let mut picture = Picture::new(2, 1, [0, 0, 0, 255]).unwrap();
        blend(&mut picture, &layers(0.25), Compositing::ReverseAlpha, true);
        assert_eq!(picture.pixels()[0], [175, 25, 63, 255]);
    }

    #[test]
    fn one_layer_cannot_be_added() {
        let mut picture = Picture::new(2, 1, [0, 0, 0, 255]).unwrap();
        blend(&mut picture, &layers(0.5)[..1], Compositing::Subtract, true);
        assert_eq!(picture.pixels()[0], [100, 100, 100, 255]);
    }
}
