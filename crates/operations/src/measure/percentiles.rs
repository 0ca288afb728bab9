//! Percentiles, exactly.

use microtome_image::{Array, Scalar, Tally, with_values};

/// The values below which the given fractions (0 to 1) of the numbers lie, linearly interpolated between the two nearest
/// ranks (NumPy's default, type 7 of Hyndman and Fan, The American Statistician 50(4), 1996). NaN is not counted; NaN
/// where there are no numbers.
pub fn percentiles(array: &Array, fractions: &[f64]) -> Vec<f64> {
    match Tally::new(array) {
        Some(tally) => {
            let total = tally.counts.iter().sum::<u64>();
            fractions
                .iter()
                .map(|&f| interpolated(f, total as usize, |rank| ranked(&tally, rank as u64)))
                .collect()
        }
        None => with_values!(array, values => of_values(values.to_vec(), fractions)),
    }
}

/// The same of some values, which are put in another order.
pub(super) fn of_values<T: Scalar>(mut values: Vec<T>, fractions: &[f64]) -> Vec<f64> {
    if !T::TYPE.is_integer() {
        values.retain(|v| !v.to_f64().is_nan());
    }
    let count = values.len();
    let find = |rank: usize| {
        let order = |a: &T, b: &T| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
        values.select_nth_unstable_by(rank, order).1.to_f64()
    };
    let mut find = find;
    fractions.iter().map(|&f| interpolated(f, count, &mut find)).collect()
}

fn interpolated(fraction: f64, count: usize, mut ranked: impl FnMut(usize) -> f64) -> f64 {
    let Some(last) = count.checked_sub(1) else { return f64::NAN };
    let place = fraction.clamp(0.0, 1.0) * last as f64;
    let low = (place.floor() as usize).min(last);
    let part = place - low as f64;
    let value = ranked(low);
    if part == 0.0 { value } else { value + (ranked((low + 1).min(last)) - value) * part }
}

/// The value of rank `rank` (0 is the least).
fn ranked(tally: &Tally, rank: u64) -> f64 {
    let mut below = 0;
    for (value, n) in tally.iter() {
        below += n;
        if below > rank {
            return value;
        }
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_numpy() {
        // numpy 2.x: np.percentile([3, 1, 4, 1, 5, 9, 2, 6], [0, 5, 25, 50, 95, 100])
        let expected = [1.0, 1.0, 1.75, 3.5, 7.95, 9.0];
        let fractions = [0.0, 0.05, 0.25, 0.5, 0.95, 1.0];
        let values = vec![3_u8, 1, 4, 1, 5, 9, 2, 6];
        for scalar_type in microtome_image::ScalarType::ALL {
            let found = percentiles(&Array::from(values.clone()).cast(scalar_type), &fractions);
            assert!(
                found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12),
                "{scalar_type} {found:?}"
            );
        }
    }

    #[test]
    fn not_numbers_are_not_counted() {
        assert_eq!(percentiles(&Array::from(vec![f32::NAN, 2.0, f32::NAN, 4.0]), &[0.5]), [3.0]);
        assert!(percentiles(&Array::from(vec![f64::NAN]), &[0.5])[0].is_nan());
    }
}
