//! Means and variances, exactly from the parameters.

use super::Distribution;

impl Distribution {
    /// The mean, in the value's own unit; finite for every distribution that a constructor made.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant { value } => *value,
            Self::Uniform { low, high } => low + 0.5 * (high - low),
            Self::Exponential { mean } | Self::Gamma { mean, .. } => *mean,
            Self::Lognormal { mu, sigma } => libm::exp(mu + 0.5 * sigma * sigma),
            Self::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Self::Empirical(values) => average(values, |value| value),
            Self::Choice(choice) => choice.parts().map(|(value, share)| share * value).sum(),
            Self::Mixture(mixture) => mixture.parts().map(|(share, part)| share * part.mean()).sum(),
        }
    }

    /// The variance, in the square of the value's unit; infinite where it is beyond the largest float. That
    /// of an empirical distribution is that of its values (divided by their number).
    pub fn variance(&self) -> f64 {
        match self {
            Self::Constant { .. } => 0.0,
            Self::Uniform { low, high } => square(high - low) / 12.0,
            Self::Exponential { mean } => square(*mean),
            Self::Lognormal { mu, sigma } => lognormal_variance(*mu, *sigma),
            Self::Weibull { shape, .. } => {
                square(self.mean() * weibull_relative_variance(1.0 / shape).sqrt())
            }
            Self::Gamma { shape, mean } => square(mean / shape.sqrt()),
            Self::Empirical(values) => {
                let mean = self.mean();
                average(values, |value| square(value - mean))
            }
            Self::Choice(choice) => {
                let mean = self.mean();
                choice.parts().map(|(value, share)| share * square(value - mean)).sum()
            }
            Self::Mixture(mixture) => {
                let mean = self.mean();
                let about = |part: &Distribution| part.variance() + square(part.mean() - mean);
                mixture.parts().map(|(share, part)| share * about(part)).sum()
            }
        }
    }
}

fn square(x: f64) -> f64 {
    x * x
}

fn average(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let count = values.len() as f64;
    values.iter().map(|&value| of(value) / count).sum()
}

/// (e^σ² - 1) e^(2μ + σ²), with both powers in one exponential where the first alone could overflow.
fn lognormal_variance(mu: f64, sigma: f64) -> f64 {
    let variance_of_log = sigma * sigma;
    if variance_of_log > 40.0 {
        libm::exp(2.0 * (mu + variance_of_log))
    } else {
        libm::expm1(variance_of_log) * libm::exp(2.0 * mu + variance_of_log)
    }
}

/// Γ(1 + 2x) / Γ(1 + x)² - 1 with x = 1 / shape.
fn weibull_relative_variance(x: f64) -> f64 {
    // ln Γ(1 + x) = -γx + ζ(2)x²/2 - ζ(3)x³/3 + …: for a small x the difference of logarithms would cancel.
    const HALF_ZETA_2: f64 = 0.822_467_033_424_113_2;
    const THIRD_ZETA_3: f64 = 0.400_685_634_386_531_4;
    const QUARTER_ZETA_4: f64 = 0.270_580_808_427_784_54;
    let log_ratio = if x < 1e-4 {
        x * x * (2.0 * HALF_ZETA_2 - x * (6.0 * THIRD_ZETA_3 - x * 14.0 * QUARTER_ZETA_4))
    } else {
        libm::lgamma(1.0 + 2.0 * x) - 2.0 * libm::lgamma(1.0 + x)
    };
    libm::expm1(log_ratio)
}
