//! Series in time: where the start-up phase ends (MSER-5), and whether neighbours depend on each other.

/// Observations that are averaged before the rule looks at them.
const BATCH: usize = 5;

/// Where MSER-5 cuts a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truncation {
    /// The first so many observations are start-up.
    At {
        /// How many observations, a multiple of five.
        observations: usize,
        /// The smallest value of the statistic.
        statistic: f64,
        /// The mean of what is left.
        mean: f64,
    },
    /// The best cut lies where more than half would be cut, or the series is shorter than two batches: a longer run is
    /// needed.
    TooShort,
}

/// The start-up phase of a series by MSER-5 (White 1997; White, Cobb and Spratt 2000): means of five observations each,
/// cut where the squared standard error of the mean of the rest is smallest. At most the first half may be cut; of equal
/// values the smallest cut wins. Observations after the last whole batch are left out.
#[must_use]
pub fn mser5(series: &[f64]) -> Truncation {
    let batches: Vec<f64> =
        series.chunks_exact(BATCH).map(|chunk| chunk.iter().sum::<f64>() / BATCH as f64).collect();
    let count = batches.len();
    if count < 2 {
        return Truncation::TooShort;
    }
    // From the back, so that each cut adds one batch to what is left.
    let (mut best, mut n, mut mean, mut squares) = ((0, f64::INFINITY, 0.0), 0.0, 0.0, 0.0);
    for (cut, batch) in batches.iter().enumerate().rev() {
        n += 1.0;
        let off = batch - mean;
        mean += off / n;
        squares += off * (batch - mean);
        let statistic = squares / (n * n);
        if cut <= count / 2 && statistic <= best.1 {
            best = (cut, statistic, mean);
        }
    }
    if best.0 == count / 2 && count > 2 {
        return Truncation::TooShort;
    }
    Truncation::At { observations: best.0 * BATCH, statistic: best.1, mean: best.2 }
}

/// Correlation of each value with the next; none below three values or without spread.
#[must_use]
pub fn lag_one_autocorrelation(values: &[f64]) -> Option<f64> {
    let mean = super::mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let products: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    (values.len() > 2 && squares > 0.0).then(|| products / squares)
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// The series of validation case V17.
    fn v17() -> Vec<f64> {
        let start = (0..20).map(|k| 3.0 * (20.0 - f64::from(k)));
        let rest = (0..180).map(|k| f64::from(37 * k % 11) - 5.0);
        start.chain(rest).collect()
    }

    #[test]
    fn the_series_of_v17_is_cut_after_forty_observations() {
        let Truncation::At { observations, statistic, mean } = mser5(&v17()) else {
            panic!("it is long enough")
        };
        assert_eq!(observations, 40);
        assert_close(statistic, 0.018651123047);
        assert_close(mean, -0.04375);
    }

    #[test]
    fn a_series_that_still_climbs_is_too_short() {
        let climbing: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(mser5(&climbing), Truncation::TooShort);
        assert_eq!(mser5(&[1.0; 9]), Truncation::TooShort);
    }

    #[test]
    fn a_level_series_is_not_cut() {
        let Truncation::At { observations, statistic, .. } = mser5(&[2.0; 50]) else {
            panic!("it is long enough")
        };
        assert_eq!((observations, statistic), (0, 0.0));
    }

    #[test]
    fn neighbours_that_alternate_are_negatively_correlated() {
        // mean 0, products −1 × 3, squares 4
        assert_eq!(lag_one_autocorrelation(&[1.0, -1.0, 1.0, -1.0]), Some(-0.75));
        assert_eq!(lag_one_autocorrelation(&[1.0, 1.0, 1.0]), None);
    }
}
