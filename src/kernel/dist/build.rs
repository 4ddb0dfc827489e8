//! Making a distribution from its natural parameters, and refusing what is none.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::pick::{Choice, Mixture};
use super::{Distribution, DistributionError};

/// Mixtures may hold mixtures, this many levels in all: each level spends some of the one uniform's bits.
pub const MAX_MIXTURE_DEPTH: usize = 4;

/// Shapes that [`Distribution::gamma_shape_mean`] accepts. Below, nearly every draw would underflow to 0;
/// above, the law is a constant for every purpose.
pub const GAMMA_SHAPES: RangeInclusive<f64> = 1e-3..=1e9;

/// The standard normal value at the share 0.95.
const NORMAL_P95: f64 = 1.644_853_626_951_472_2;

type Checked = Result<Distribution, DistributionError>;

impl Distribution {
    /// Always `value`, which is finite and at least 0.
    pub fn constant(value: f64) -> Checked {
        Ok(Self::Constant { value: at_least_zero("constant", "value", value)? })
    }

    /// Between `low` (at least 0) and `high` (at least `low`).
    pub fn uniform(low: f64, high: f64) -> Checked {
        let low = at_least_zero("uniform", "low", low)?;
        let high = at_least_zero("uniform", "high", high)?;
        in_order("uniform", ("low", low), ("high", high))?;
        Ok(Self::Uniform { low, high })
    }

    /// With this `mean`, above 0.
    pub fn exponential(mean: f64) -> Checked {
        Ok(Self::Exponential { mean: above_zero("exponential", "mean", mean)? })
    }

    /// Half of the values below `median` (above 0), 95 in 100 below `p95` (at least the median; a constant
    /// where the two are equal).
    pub fn lognormal_median_p95(median: f64, p95: f64) -> Checked {
        let median = above_zero("lognormal", "median", median)?;
        let p95 = above_zero("lognormal", "p95", p95)?;
        in_order("lognormal", ("median", median), ("p95", p95))?;
        if median == p95 {
            return Self::constant(median);
        }
        let mu = libm::log(median);
        lognormal(mu, (libm::log(p95) - mu) / NORMAL_P95)
    }

    /// With this `mean` (above 0) and coefficient of variation `cv`, standard deviation over mean (at least
    /// 0; a constant where it is 0).
    pub fn lognormal_mean_cv(mean: f64, cv: f64) -> Checked {
        let mean = above_zero("lognormal", "mean", mean)?;
        let cv = at_least_zero("lognormal", "cv", cv)?;
        // ln(1 + cv²), which for a large cv is 2 ln cv without the overflow of the square.
        let variance_of_log = if cv < 1e8 { libm::log1p(cv * cv) } else { 2.0 * libm::log(cv) };
        if variance_of_log == 0.0 {
            return Self::constant(mean);
        }
        lognormal(libm::log(mean) - 0.5 * variance_of_log, variance_of_log.sqrt())
    }

    /// With `shape` and `scale` above 0.
    pub fn weibull(shape: f64, scale: f64) -> Checked {
        let shape = above_zero("weibull", "shape", shape)?;
        let scale = above_zero("weibull", "scale", scale)?;
        with_finite_mean("weibull", Self::Weibull { shape, scale })
    }

    /// With `shape` in [`GAMMA_SHAPES`] and `mean` above 0.
    pub fn gamma_shape_mean(shape: f64, mean: f64) -> Checked {
        let mean = above_zero("gamma", "mean", mean)?;
        check("gamma", "shape", "between 0.001 and 1e9", shape, GAMMA_SHAPES.contains(&shape))?;
        Ok(Self::Gamma { shape, mean })
    }

    /// Resampling `values` (in any order, each finite and at least 0).
    pub fn empirical(mut values: Vec<f64>) -> Checked {
        for value in &mut values {
            *value = at_least_zero("empirical", "value", *value)?;
        }
        if values.is_empty() {
            return Err(DistributionError::Empty { law: "empirical" });
        }
        values.sort_by(f64::total_cmp);
        with_finite_mean("empirical", Self::Empirical(values.into()))
    }

    /// One of these (value, weight): values at least 0, weights above 0, which need not add up to 1.
    pub fn choice(values: Vec<(f64, f64)>) -> Checked {
        let mut checked = Vec::with_capacity(values.len());
        for (value, weight) in values {
            let value = at_least_zero("choice", "value", value)?;
            checked.push((value, above_zero("choice", "weight", weight)?));
        }
        with_finite_mean("choice", Self::Choice(Arc::new(Choice::new(checked)?)))
    }

    /// One of these (weight, distribution): weights above 0, which need not add up to 1; mixtures inside
    /// count towards [`MAX_MIXTURE_DEPTH`].
    pub fn mixture(components: Vec<(f64, Distribution)>) -> Checked {
        for (weight, _) in &components {
            above_zero("mixture", "weight", *weight)?;
        }
        let depth = 1 + components.iter().map(|(_, component)| component.depth()).max().unwrap_or(0);
        if depth > MAX_MIXTURE_DEPTH {
            return Err(DistributionError::TooDeep { found: depth });
        }
        with_finite_mean("mixture", Self::Mixture(Arc::new(Mixture::new(components)?)))
    }

    /// The law of `factor` (finite, at least 0) times the value. Refused where the mean leaves the floats.
    pub fn scaled(&self, factor: f64) -> Checked {
        at_least_zero("scaling", "factor", factor)?;
        if factor == 0.0 {
            return Self::constant(0.0);
        }
        match self {
            Self::Constant { value } => Self::constant(value * factor),
            Self::Uniform { low, high } => Self::uniform(low * factor, high * factor),
            Self::Exponential { mean } => Self::exponential(mean * factor),
            Self::Lognormal { mu, sigma } => lognormal(mu + libm::log(factor), *sigma),
            Self::Weibull { shape, scale } => Self::weibull(*shape, scale * factor),
            Self::Gamma { shape, mean } => Self::gamma_shape_mean(*shape, mean * factor),
            Self::Empirical(values) => Self::empirical(values.iter().map(|value| value * factor).collect()),
            Self::Choice(choice) => {
                Self::choice(choice.parts().map(|(value, share)| (value * factor, share)).collect())
            }
            Self::Mixture(mixture) => {
                let scaled = |(share, part): (f64, &Distribution)| Ok((share, part.scaled(factor)?));
                Self::mixture(mixture.parts().map(scaled).collect::<Result<_, _>>()?)
            }
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Mixture(mixture) => {
                1 + mixture.parts().map(|(_, component)| component.depth()).max().unwrap_or(0)
            }
            Self::Constant { .. }
            | Self::Uniform { .. }
            | Self::Exponential { .. }
            | Self::Lognormal { .. }
            | Self::Weibull { .. }
            | Self::Gamma { .. }
            | Self::Empirical(_)
            | Self::Choice(_) => 0,
        }
    }
}

fn lognormal(mu: f64, sigma: f64) -> Checked {
    with_finite_mean("lognormal", Distribution::Lognormal { mu, sigma })
}

fn with_finite_mean(law: &'static str, distribution: Distribution) -> Checked {
    if distribution.mean().is_finite() {
        Ok(distribution)
    } else {
        Err(DistributionError::MeanOverflow { law })
    }
}

fn above_zero(law: &'static str, parameter: &'static str, found: f64) -> Result<f64, DistributionError> {
    check(law, parameter, "a finite number above 0", found, found.is_finite() && found > 0.0)
}

/// Turns -0.0 into 0.0, which sorts and prints as people expect.
fn at_least_zero(law: &'static str, parameter: &'static str, found: f64) -> Result<f64, DistributionError> {
    check(law, parameter, "a finite number of at least 0", found, found.is_finite() && found >= 0.0)?;
    Ok(found + 0.0)
}

fn check(
    law: &'static str,
    parameter: &'static str,
    rule: &'static str,
    found: f64,
    holds: bool,
) -> Result<f64, DistributionError> {
    if holds { Ok(found) } else { Err(DistributionError::Parameter { law, parameter, rule, found }) }
}

fn in_order(
    law: &'static str,
    (lower, lower_found): (&'static str, f64),
    (upper, upper_found): (&'static str, f64),
) -> Result<(), DistributionError> {
    if lower_found <= upper_found {
        Ok(())
    } else {
        Err(DistributionError::Order { law, lower, upper, lower_found, upper_found })
    }
}
