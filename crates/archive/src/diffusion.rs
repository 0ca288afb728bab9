//! Gradients of diffusion-weighted volumes, as the keys of a NRRD file say them (the convention of NA-MIC: `modality`,
//! `DWMRI_b-value`, `DWMRI_gradient_0000`, …).

use microtome_formats::Metadata;
use microtome_scene::nodes::Diffusion;

const MODALITY: &str = "modality";
const B_VALUE: &str = "DWMRI_b-value";
/// The measurement frame's columns in LPS.
const FRAME: &str = "nrrd/measurement frame";

fn gradient_key(number: usize) -> String {
    format!("DWMRI_gradient_{number:04}")
}

/// The gradients that a file's texts say for an image of so many frames; `None` if they say none, or not one a frame.
///
/// A gradient shorter than the longest one stands for a weaker measurement: the strength goes with the square of the
/// length.
pub(crate) fn read(metadata: &Metadata, frames: usize) -> Option<Diffusion> {
    if !metadata.get(MODALITY)?.eq_ignore_ascii_case("DWMRI") || metadata.get(&gradient_key(frames)).is_some()
    {
        return None;
    }
    let strongest = numbers::<1>(metadata.get(B_VALUE)?)?[0];
    let gradients: Vec<[f64; 3]> =
        (0..frames).map(|n| numbers(metadata.get(&gradient_key(n))?)).collect::<Option<_>>()?;
    let longest = gradients.iter().map(length).fold(0.0, f64::max);
    let strength = |g: &[f64; 3]| if longest > 0.0 { strongest * (length(g) / longest).powi(2) } else { 0.0 };
    let unit = |g: &[f64; 3]| {
        let length = length(g);
        if length > 0.0 { g.map(|v| v / length) } else { [0.0; 3] }
    };
    let measurement_frame = match metadata.get(FRAME) {
        Some(text) => {
            let columns: [f64; 9] = numbers(&text.replace(['(', ')', ','], " "))?;
            // Columns to rows, and from LPS to RAS.
            std::array::from_fn(|n| columns[n % 3 * 3 + n / 3] * if n / 3 < 2 { -1.0 } else { 1.0 })
        }
        None => [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
    };
    Some(Diffusion {
        measurement_frame,
        b_values: gradients.iter().map(strength).collect(),
        gradients: gradients.iter().map(unit).collect(),
    })
}

/// Writes gradients into a file's texts, unless these say the same already.
pub(crate) fn write(diffusion: &Diffusion, metadata: &mut Metadata) {
    let count = diffusion.gradients.len();
    if read(metadata, count).as_ref() == Some(diffusion) {
        return;
    }
    let kept = metadata.iter().filter(|(key, _)| !key.starts_with("DWMRI_"));
    *metadata = kept.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let strongest = diffusion.b_values.iter().copied().fold(0.0, f64::max);
    metadata.set(MODALITY, "DWMRI");
    metadata.set(B_VALUE, strongest.to_string());
    for (n, (gradient, b)) in diffusion.gradients.iter().zip(&diffusion.b_values).enumerate() {
        let length = if strongest > 0.0 { (b / strongest).max(0.0).sqrt() } else { 0.0 };
        metadata.set(gradient_key(n), gradient.map(|v| (v * length).to_string()).join(" "));
    }
    let column = |c: usize| {
        let [x, y, z] = std::array::from_fn(|row| diffusion.measurement_frame[row * 3 + c]);
        format!("({},{},{z})", 0.0 - x, 0.0 - y)
    };
    metadata.set(FRAME, [column(0), column(1), column(2)].join(" "));
}

fn length(g: &[f64; 3]) -> f64 {
    g.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// So many finite numbers between blanks.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let words: Vec<f64> = text.split_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    <[f64; N]>::try_from(words).ok().filter(|all| all.iter().all(|v| v.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Metadata {
        let pairs = [
            (MODALITY, "DWMRI"),
            (B_VALUE, "1000"),
            ("DWMRI_gradient_0000", "0 0 0"),
            ("DWMRI_gradient_0001", "1 1 0"),
            ("DWMRI_gradient_0002", "0   0   0.5"),
            (FRAME, "(1,0,0) (0,0,1) (0,-1,0)"),
        ];
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect()
    }

    #[test]
    fn strengths_follow_from_lengths() {
        let found = read(&texts(), 3).unwrap();
        assert_eq!(found.b_values[0], 0.0);
        assert!((found.b_values[1] - 1000.0).abs() < 1e-9 && (found.b_values[2] - 125.0).abs() < 1e-9);
        assert!((found.gradients[1][0] - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(found.gradients[2], [0.0, 0.0, 1.0]);
        // The file's columns, in LPS: (1, 0, 0), (0, 0, 1), (0, −1, 0).
        assert_eq!(found.measurement_frame, [-1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(read(&texts(), 2), None);
        assert_eq!(read(&texts(), 4), None);
    }

    #[test]
    fn what_is_written_reads_back_and_what_is_known_stays_as_it_was() {
        let found = read(&texts(), 3).unwrap();
        let mut same = texts();
        write(&found, &mut same);
        assert_eq!(same.get("DWMRI_gradient_0002"), Some("0   0   0.5"));
        let mut other = Metadata::default();
        write(&found, &mut other);
        let again = read(&other, 3).unwrap();
        assert_eq!(again.measurement_frame, found.measurement_frame);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(close(&again.b_values, &found.b_values));
        assert!(again.gradients.iter().zip(&found.gradients).all(|(a, b)| close(a, b)));
    }
}
