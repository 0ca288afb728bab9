//! Times of day.

/// Seconds after midnight of a time as DICOM writes it (`HHMMSS.ffffff`, where all but the hours may be missing) or as people do
/// (`HH:MM`, `HH:MM:SS.fff`); `None` if it is no time.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let parts: Vec<&str> = if whole.contains(':') {
        whole.split(':').collect()
    } else {
        if !whole.is_ascii() || !whole.len().is_multiple_of(2) {
            return None;
        }
        (0..whole.len()).step_by(2).map(|n| &whole[n..n + 2]).collect()
    };
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<f64>().ok())?
    };
    let fraction = match fraction {
        Some(digits) if parts.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("0.{digits}0").parse().ok()?
        }
        Some(_) => return None,
        None => 0.0,
    };
    let limits = [24.0, 60.0, 61.0];
    if parts.is_empty() || parts.len() > 3 {
        return None;
    }
    let mut seconds = 0.0;
    for (part, (limit, unit)) in parts.iter().zip(limits.into_iter().zip([3600.0, 60.0, 1.0])) {
        seconds += number(part).filter(|n| *n < limit)? * unit;
    }
    Some(seconds + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_dicom_and_of_people_are_read() {
        for (text, expected) in [
            ("070907.0705", 25747.0705),
            ("1010", 36600.0),
            ("021", f64::NAN),
            ("23:59:59.5", 86399.5),
            ("7:05", 25500.0),
            ("10", 36000.0),
        ] {
            let found = seconds(text);
            assert!(found.map_or(expected.is_nan(), |s| (s - expected).abs() < 1e-9), "{text}: {found:?}");
        }
        for text in ["", "24", "1260", "12:60", "ab", "12:30:45:10", "12.5", "é2", "-1", "12:-3"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
