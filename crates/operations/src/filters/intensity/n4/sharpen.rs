//! What the values of a histogram become when the blur of a bias field is taken off it.
//!
//! J. G. Sled, A. P. Zijdenbos and A. C. Evans ("A nonparametric method for automatic correction of intensity nonuniformity in
//! MRI data", IEEE TMI 17(1), 1998): the field blurs the histogram of logarithms with a Gaussian; a Wiener filter takes it off,
//! and each value becomes that which is expected under the sharpened histogram.

use std::f64::consts::{LN_2, PI};

use super::fourier::Fourier;

/// How histograms are sharpened.
pub(super) struct Sharpener {
    fourier: Fourier,
    bins: usize,
    length: usize,
    /// Full width at half maximum of the blur, in logarithms.
    fwhm: f64,
    noise: f64,
}

impl Sharpener {
    pub(super) fn new(bins: usize, fwhm: f64, noise: f64) -> Self {
        let length = 2 * bins.next_power_of_two();
        Self { fourier: Fourier::new(length), bins, length, fwhm, noise }
    }

    /// What the value in the middle of each bin becomes: bin n of `histogram` stands for `start + n * width`.
    pub(super) fn mapping(&self, histogram: &[f64], start: f64, width: f64) -> Vec<f64> {
        let (length, offset) = (self.length, (self.length - self.bins) / 2);
        let mut blur = self.blur(width);
        self.fourier.transform(&mut blur, &mut vec![0.0; length]);

        // The Gaussian is symmetric, so its transform is real.
        let (mut sharp, mut rest) = (vec![0.0; length], vec![0.0; length]);
        sharp[offset..offset + self.bins].copy_from_slice(histogram);
        self.fourier.transform(&mut sharp, &mut rest);
        for n in 0..length {
            let wiener = blur[n] / (blur[n] * blur[n] + self.noise);
            sharp[n] *= wiener;
            rest[n] *= wiener;
        }
        self.fourier.transform(&mut rest, &mut sharp);
        sharp.iter_mut().for_each(|v| *v = v.max(0.0));

        let value = |n: usize| start + (n as f64 - offset as f64) * width;
        let weighted = sharp.iter().enumerate().map(|(n, v)| v * value(n)).collect();
        let (above, below) = (self.blurred(weighted, &blur), self.blurred(sharp, &blur));
        let expected = above.iter().zip(&below).map(|(a, b)| if *b == 0.0 { 0.0 } else { a / b });
        expected.skip(offset).take(self.bins).collect()
    }

    /// A Gaussian around bin 0, from the end backwards too.
    fn blur(&self, width: f64) -> Vec<f64> {
        let fwhm = self.fwhm / width;
        let (scale, factor) = (2.0 * (LN_2 / PI).sqrt() / fwhm, 4.0 * LN_2 / (fwhm * fwhm));
        let gauss = |n: usize| scale * (-(n.min(self.length - n) as f64).powi(2) * factor).exp();
        (0..self.length).map(gauss).collect()
    }

    fn blurred(&self, mut values: Vec<f64>, transformed: &[f64]) -> Vec<f64> {
        let mut rest = vec![0.0; self.length];
        self.fourier.transform(&mut values, &mut rest);
        for n in 0..self.length {
            values[n] *= transformed[n];
            rest[n] *= transformed[n];
        }
        self.fourier.transform(&mut rest, &mut values);
        values
    }
}
