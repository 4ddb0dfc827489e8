//! The likeliest parameters of each law.
//!
//! All is computed from the logarithms of the values about their mean, so that neither small nor large units overflow.

use super::Law;

/// Newton's steps settle within ten; a bracket guards each, and this only bounds them.
const MAX_STEPS: usize = 200;

/// Logarithms of a sample, sorted, and what all laws need of them.
pub(super) struct Logs {
    /// Distances of the logarithms from their mean.
    about_mean: Vec<f64>,
    mean: f64,
    /// Mean square of the distances (divisor n: the likeliest, not the unbiased one).
    variance: f64,
    /// The mean value over the geometric mean.
    mean_over_geometric: f64,
}

type Found = (Law, f64);

impl Logs {
    pub(super) fn of(sorted: &[f64]) -> Logs {
        let count = sorted.len() as f64;
        let mut logs: Vec<f64> = sorted.iter().map(|value| libm::log(*value)).collect();
        let mean = logs.iter().sum::<f64>() / count;
        logs.iter_mut().for_each(|log| *log -= mean);
        let variance = logs.iter().map(|log| log * log).sum::<f64>() / count;
        let mean_over_geometric = logs.iter().map(|log| libm::exp(*log)).sum::<f64>() / count;
        Logs { about_mean: logs, mean, variance, mean_over_geometric }
    }

    fn count(&self) -> f64 {
        self.about_mean.len() as f64
    }

    /// Logarithm of the mean value.
    fn log_of_mean(&self) -> f64 {
        self.mean + libm::log(self.mean_over_geometric)
    }

    /// The mean of the data; log-likelihood −n (ln mean + 1).
    pub(super) fn exponential(&self) -> Found {
        let law = Law::Exponential { mean: libm::exp(self.log_of_mean()) };
        (law, -self.count() * (self.log_of_mean() + 1.0))
    }

    /// Mean and standard deviation of the logarithms; log-likelihood −n (mean + ln σ + ln √2π + ½).
    pub(super) fn lognormal(&self) -> Found {
        const LOG_ROOT_TWO_PI: f64 = 0.918_938_533_204_672_7;
        let sigma = self.variance.sqrt();
        let law = Law::Lognormal { mu: self.mean, sigma };
        (law, -self.count() * (self.mean + libm::log(sigma) + LOG_ROOT_TWO_PI + 0.5))
    }

    /// The shape k solves Σ xᵏ ln x / Σ xᵏ − 1/k = mean of ln x, whose left side rises with k; the scale is the k-th root of
    /// the mean of xᵏ. With these Σ (x/scale)ᵏ is n.
    pub(super) fn weibull(&self) -> Found {
        let largest = self.about_mean.last().copied().unwrap_or_default();
        // Σ xᵏ, the mean and the variance of ln x under the weights xᵏ; each weight relative to that of the largest value.
        let weighted = |shape: f64| {
            let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
            for log in &self.about_mean {
                let weight = libm::exp(shape * (log - largest));
                sum += weight;
                first += weight * log;
                second += weight * log * log;
            }
            let mean = first / sum;
            (sum, mean, (second / sum - mean * mean).max(0.0))
        };
        // ln x of a Weibull value has the standard deviation π / (√6 k).
        let start = std::f64::consts::PI / (6.0 * self.variance).sqrt();
        let shape = rising_root(start, |shape| {
            let (_, mean, variance) = weighted(shape);
            (mean - 1.0 / shape, variance + 1.0 / (shape * shape))
        });
        let (sum, _, _) = weighted(shape);
        let log_scale = largest + libm::log(sum / self.count()) / shape;
        let law = Law::Weibull { shape, scale: libm::exp(self.mean + log_scale) };
        // n ln k − n ln scale + (k − 1) Σ (ln x − ln scale) − n
        let each = libm::log(shape) - (self.mean + log_scale) - (shape - 1.0) * log_scale - 1.0;
        (law, self.count() * each)
    }

    /// The mean is that of the data, and the shape k solves ln k − ψ(k) = ln mean − mean of ln x.
    pub(super) fn gamma(&self) -> Found {
        let wanted = libm::log(self.mean_over_geometric);
        // Minka (2002): within 1.5 % of the root.
        let start =
            (3.0 - wanted + ((wanted - 3.0) * (wanted - 3.0) + 24.0 * wanted).sqrt()) / (12.0 * wanted);
        let shape = rising_root(start, |shape| {
            let (gap, slope) = log_minus_digamma(shape);
            (wanted - gap, -slope)
        });
        let law = Law::Gamma { shape, mean: libm::exp(self.log_of_mean()) };
        // (k − 1) Σ ln x − n k + n k ln k − n k ln mean − n ln Γ(k), with Σ ln x = n (ln mean − wanted)
        let each = shape * libm::log(shape) - libm::lgamma(shape) - shape * (1.0 + wanted);
        (law, self.count() * (each + wanted - self.log_of_mean()))
    }
}

/// The root above 0 of a function that rises, given with its slope: Newton's steps within a bracket.
fn rising_root(start: f64, of: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut at = start;
    for _ in 0..MAX_STEPS {
        let (value, slope) = of(at);
        if value == 0.0 || !value.is_finite() {
            break;
        }
        if value < 0.0 {
            low = at;
        } else {
            high = at;
        }
        let newton = at - value / slope;
        let next = match newton > low && newton < high {
            true => newton,
            false if high.is_finite() => 0.5 * (low + high),
            false => 2.0 * at,
        };
        let step = (next - at).abs();
        at = next;
        if step <= 1e-13 * at {
            break;
        }
    }
    at
}

/// ln k − ψ(k) and its slope 1/k − ψ'(k): up to a large k by ψ(k + 1) = ψ(k) + 1/k, there by Stirling's series, so that
/// nothing cancels however large k is.
fn log_minus_digamma(shape: f64) -> (f64, f64) {
    let (mut at, mut gap, mut slope) = (shape, 0.0, 0.0);
    while at < 10.0 {
        // ln k − ψ(k) = ln (k + 1) − ψ(k + 1) + 1/k − ln (1 + 1/k)
        gap += 1.0 / at - libm::log1p(1.0 / at);
        slope += -1.0 / (at * at) + 1.0 / at - 1.0 / (at + 1.0);
        at += 1.0;
    }
    let square = 1.0 / (at * at);
    gap +=
        0.5 / at + square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square / 240.0)));
    slope -=
        square * (0.5 + (1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square / 30.0))) / at);
    (gap, slope)
}
