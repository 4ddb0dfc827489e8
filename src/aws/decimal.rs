//! Exact decimal numbers in text: `1.5` times a factor as an integer, without a float in between.

/// The most digits accepted in a number, far above any real one and far below the overflow of the arithmetic.
const MAX_DIGITS: usize = 18;

/// A non-negative decimal, kept as `digits / 10^places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: u64,
    places: u32,
}

impl Decimal {
    /// Reads `12`, `1.5`, `.25` or `2.`; no sign, no exponent, no separators.
    ///
    /// # Errors
    /// Says what is wrong with the number, without naming it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if !all_digits || whole.len() + fraction.len() == 0 {
            return Err("is not a plain decimal number");
        }
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > MAX_DIGITS {
            return Err("has too many digits");
        }
        let digits =
            whole.bytes().chain(fraction.bytes()).fold(0_u64, |sum, b| sum * 10 + u64::from(b - b'0'));
        Ok(Self { digits, places: fraction.len() as u32 })
    }

    /// The number times `factor`, if that is a whole number that fits.
    pub fn times(self, factor: u64) -> Option<u64> {
        let product = u128::from(self.digits) * u128::from(factor);
        let divisor = 10_u128.pow(self.places);
        if product % divisor != 0 {
            return None;
        }
        u64::try_from(product / divisor).ok()
    }

    /// The nearest float to the number times `factor`. Correctly rounded while both parts are below 2^53, and
    /// the same on every machine in any case: one conversion each and one division.
    pub fn times_as_f64(self, factor: u64) -> f64 {
        let product = u128::from(self.digits) * u128::from(factor);
        product as f64 / 10_u128.pow(self.places) as f64
    }

    /// Whether the number times `factor` is more than `limit`.
    pub fn exceeds(self, factor: u64, limit: u64) -> bool {
        u128::from(self.digits) * u128::from(factor) > u128::from(limit) * 10_u128.pow(self.places)
    }
}

/// Splits `1.5 GB` into its number and its unit, both trimmed.
pub fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_times_its_unit_is_exact() {
        // 0.1 h = 360 s, where floats give 0.1 * 3600 = 360.00000000000006 in a sum of tenths.
        assert_eq!(Decimal::parse("0.1").unwrap().times(3600), Some(360));
        assert_eq!(Decimal::parse(".25").unwrap().times(1024), Some(256));
    }

    #[test]
    fn a_product_that_is_not_whole_is_refused() {
        // 0.0015 * 1000 = 1.5
        assert_eq!(Decimal::parse("0.0015").unwrap().times(1000), None);
        assert_eq!(Decimal::parse("0.0015").unwrap().times_as_f64(1000), 1.5);
    }

    #[test]
    fn signs_exponents_and_words_are_no_plain_numbers() {
        for text in ["-1", "+1", "1e3", "", ".", "1,000", "one", "1.2.3"] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_of_too_many_digits_is_refused_before_it_overflows() {
        assert_eq!(Decimal::parse("1234567890123456789"), Err("has too many digits"));
        assert_eq!(Decimal::parse("0000000000000000000001").unwrap().times(1), Some(1));
    }

    #[test]
    fn the_unit_is_what_follows_the_number() {
        assert_eq!(split_unit(" 1.5 GB "), ("1.5", "GB"));
        assert_eq!(split_unit("512"), ("512", ""));
        assert_eq!(split_unit("-5s"), ("", "-5s"));
    }
}
