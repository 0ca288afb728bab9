//! The discrete Fourier transform of a few values.

/// A transform of a power of two of values (Cooley and Tukey).
pub(super) struct Fourier {
    /// cos and sin of 2π n / length.
    turns: Vec<[f64; 2]>,
}

impl Fourier {
    /// Of `length` values, a power of two.
    pub(super) fn new(length: usize) -> Self {
        let turn = |n: usize| {
            let (sin, cos) = (std::f64::consts::TAU * n as f64 / length as f64).sin_cos();
            [cos, sin]
        };
        Self { turns: (0..length / 2).map(turn).collect() }
    }

    /// The transform of complex numbers, whose parts are given one by one, in place; nothing is scaled. With the parts exchanged it is
    /// the transform back.
    pub(super) fn transform(&self, real: &mut [f64], imaginary: &mut [f64]) {
        let length = real.len();
        let bits = length.trailing_zeros();
        for n in 0..length {
            let m = n.reverse_bits() >> (usize::BITS - bits.max(1));
            if n < m {
                real.swap(n, m);
                imaginary.swap(n, m);
            }
        }
        let mut half = 1;
        while half < length {
            let step = length / (2 * half);
            for start in (0..length).step_by(2 * half) {
                for n in 0..half {
                    let [cos, sin] = self.turns[n * step];
                    let (a, b) = (start + n, start + n + half);
                    let re = real[b] * cos + imaginary[b] * sin;
                    let im = imaginary[b] * cos - real[b] * sin;
                    (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im);
                    (real[a], imaginary[a]) = (real[a] + re, imaginary[a] + im);
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_of_its_definition_and_goes_back() {
        for length in [1_usize, 2, 8, 32] {
            let fourier = Fourier::new(length);
            let values: Vec<[f64; 2]> =
                (0..length).map(|n| [(n * 37 % 11) as f64, (n * 13 % 7) as f64]).collect();
            let (mut re, mut im): (Vec<f64>, Vec<f64>) = values.iter().map(|v| (v[0], v[1])).unzip();
            fourier.transform(&mut re, &mut im);
            for (f, (re, im)) in re.iter().zip(&im).enumerate() {
                let mut sum = [0.0; 2];
                for (n, [a, b]) in values.iter().enumerate() {
                    let (s, c) = (-std::f64::consts::TAU * (n * f) as f64 / length as f64).sin_cos();
                    sum = [sum[0] + a * c - b * s, sum[1] + a * s + b * c];
                }
                assert!((re - sum[0]).abs() < 1e-9 && (im - sum[1]).abs() < 1e-9, "{length} {f}");
            }
            fourier.transform(&mut im, &mut re);
            let scale = length as f64;
            assert!(
                values.iter().zip(re.iter().zip(&im)).all(|(v, (a, b))| {
                    (a / scale - v[0]).abs() < 1e-12 && (b / scale - v[1]).abs() < 1e-12
                })
            );
        }
    }
}
