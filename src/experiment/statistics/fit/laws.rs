//! The laws: share below a value, value at a share.

use statrs::function::gamma::checked_gamma_lr;

use super::super::quantile_by_halving;

/// Beyond this shape a gamma law is so near to its normal approximation (Wilson and Hilferty) that no eye can tell.
const LARGE_SHAPE: f64 = 1e4;

/// Outside these a gamma law is a constant for every purpose, or nearly all of its draws are 0.
const GAMMA_SHAPES: std::ops::RangeInclusive<f64> = 1e-3..=1e7;

/// A law with its parameters, in the unit of the data.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the parameters are those of the scenario and of every textbook")]
pub enum Law {
    /// Always the same value.
    Constant { value: f64 },
    /// Every value between two, equally likely.
    Uniform { low: f64, high: f64 },
    /// Memoryless.
    Exponential { mean: f64 },
    /// With a normal logarithm.
    Lognormal { mu: f64, sigma: f64 },
    /// A hazard that is a power of age.
    Weibull { shape: f64, scale: f64 },
    /// A sum of exponential phases, not necessarily a whole number of them.
    Gamma { shape: f64, mean: f64 },
}

impl Law {
    /// Its name in a scenario.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Law::Constant { .. } => "constant",
            Law::Uniform { .. } => "uniform",
            Law::Exponential { .. } => "exponential",
            Law::Lognormal { .. } => "lognormal",
            Law::Weibull { .. } => "weibull",
            Law::Gamma { .. } => "gamma",
        }
    }

    /// How many parameters the data set.
    #[must_use]
    pub fn parameters(&self) -> u32 {
        match self {
            Law::Constant { .. } | Law::Exponential { .. } => 1,
            Law::Uniform { .. } | Law::Lognormal { .. } | Law::Weibull { .. } | Law::Gamma { .. } => 2,
        }
    }

    /// Whether draws and likelihoods can be computed with these parameters.
    pub(super) fn is_usable(&self) -> bool {
        match *self {
            Law::Gamma { shape, .. } if !GAMMA_SHAPES.contains(&shape) => false,
            Law::Constant { value: a } | Law::Exponential { mean: a } => a.is_finite(),
            Law::Uniform { low: a, high: b }
            | Law::Lognormal { mu: a, sigma: b }
            | Law::Weibull { shape: a, scale: b }
            | Law::Gamma { shape: a, mean: b } => a.is_finite() && b.is_finite(),
        }
    }

    /// The share of values that are at most `value`.
    #[must_use]
    pub fn below(&self, value: f64) -> f64 {
        if value <= 0.0 {
            return 0.0;
        }
        match *self {
            Law::Constant { value: only } => f64::from(u8::from(value >= only)),
            Law::Uniform { low, high } => ((value - low) / (high - low)).clamp(0.0, 1.0),
            Law::Exponential { mean } => -libm::expm1(-value / mean),
            Law::Lognormal { mu, sigma } => normal_below((libm::log(value) - mu) / sigma),
            Law::Weibull { shape, scale } => -libm::expm1(-libm::pow(value / scale, shape)),
            Law::Gamma { shape, mean } if shape > LARGE_SHAPE => {
                let root = libm::cbrt(value / mean);
                normal_below((root - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * shape.sqrt())
            }
            Law::Gamma { shape, mean } => gamma_below(shape, value / mean * shape),
        }
    }

    /// The value that the share `share`, strictly between 0 and 1, lies below.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        match *self {
            Law::Constant { value } => value,
            Law::Uniform { low, high } => low + share * (high - low),
            Law::Exponential { mean } => -mean * libm::log1p(-share),
            Law::Lognormal { mu, sigma } => {
                libm::exp(mu + sigma * -std::f64::consts::SQRT_2 * erfc_inverse(2.0 * share))
            }
            Law::Weibull { shape, scale } => scale * libm::pow(-libm::log1p(-share), 1.0 / shape),
            Law::Gamma { mean, .. } => quantile_by_halving(mean, share, |value| self.below(value)),
        }
    }
}

/// The regularised incomplete gamma function. Below 1e-10, where statrs has 0, the first term of its series is all of it.
fn gamma_below(shape: f64, value: f64) -> f64 {
    if value < 1e-10 {
        return libm::exp(shape * libm::log(value) - libm::lgamma(shape + 1.0));
    }
    // Of what is no number to it (beyond the largest float) all is below.
    checked_gamma_lr(shape, value).unwrap_or(1.0)
}

fn erfc_inverse(share: f64) -> f64 {
    statrs::function::erf::erfc_inv(share)
}

/// The standard normal distribution function.
fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}
