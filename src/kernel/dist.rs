//! Distributions of times and sizes, drawn by inversion: one uniform in, one value out.
//!
//! Inversion keeps the count of random numbers per entity fixed, whatever the law, so that two policies face
//! the same world (common random numbers). Every function that reaches a value is `libm`'s or written here,
//! so that a value has the same bits on every platform.
//!
//! ```
//! use ecsim::kernel::dist::Distribution;
//! let start_up = Distribution::lognormal_median_p95(8_000.0, 20_000.0)?;
//! assert_eq!(start_up.draw_ms(0.5), 8_000);
//! assert_eq!(start_up.draw_ms(0.95), 20_000);
//! assert!(Distribution::exponential(-1.0).is_err());
//! # Ok::<(), ecsim::kernel::dist::DistributionError>(())
//! ```

mod build;
mod error;
mod gamma;
mod moments;
mod normal;
mod pick;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use build::{GAMMA_SHAPES, MAX_MIXTURE_DEPTH};
pub use error::DistributionError;
pub use pick::{Choice, Mixture};

/// The longest time that [`Distribution::draw_ms`] gives: 2^50 milliseconds, about 35,700 years. Sixteen
/// thousand of them still fit on a `u64` clock, so adding draws to simulated time cannot overflow.
pub const MAX_MS: u64 = 1 << 50;

/// The largest number that [`Distribution::draw_count`] gives: 2^50, exact as a float and as an integer.
pub const MAX_COUNT: u64 = 1 << 50;

/// A law of non-negative values: milliseconds for times, plain numbers for sizes and counts.
///
/// Make one with its constructor ([`exponential`](Self::exponential) and so on), which checks the parameters.
/// A clone is cheap: what is long is shared.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same value.
    Constant {
        /// The value.
        value: f64,
    },
    /// Every value between the two bounds alike.
    Uniform {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// Time to the next event of a process without memory, such as a crash.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// A value whose logarithm is normal.
    Lognormal {
        /// The mean of the logarithm (so that the median is its exponential).
        mu: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// Time to failure with a hazard that falls (shape below 1) or rises (above 1) with age.
    Weibull {
        /// The shape.
        shape: f64,
        /// The scale: the value at the share 1 - 1/e.
        scale: f64,
    },
    /// Gamma; with a whole shape k, the sum of k exponential stages.
    Gamma {
        /// The shape; the coefficient of variation is its root's inverse.
        shape: f64,
        /// The mean, shape times scale.
        mean: f64,
    },
    /// Observed values, sorted, each as likely as any other: draws resample the data, nothing is
    /// interpolated.
    Empirical(Arc<[f64]>),
    /// A few values with weights.
    Choice(Arc<Choice>),
    /// One of several distributions, picked by weight.
    Mixture(Arc<Mixture>),
}

impl Distribution {
    /// The value at the share `u`, which lies in the open interval (0, 1): the inverse of the distribution
    /// function. Given a uniform `u` it is a draw.
    ///
    /// It ends for every law and every `u`, and never falls as `u` rises (gamma: up to rounding). The
    /// exception is a mixture, where `u` first picks the component, in the order given, and what is left of
    /// it is rescaled and drawn from that component: a right draw, but only within a component the value at a
    /// share. The result may be infinite where parameters are near the largest float; the `draw_` functions
    /// saturate.
    #[inline]
    pub fn quantile(&self, u: f64) -> f64 {
        debug_assert!(u > 0.0 && u < 1.0, "a share is drawn from the open interval (0, 1), not {u}");
        match self {
            Self::Constant { value } => *value,
            Self::Uniform { low, high } => low + u * (high - low),
            Self::Exponential { mean } => -mean * libm::log1p(-u),
            Self::Lognormal { .. }
            | Self::Weibull { .. }
            | Self::Gamma { .. }
            | Self::Empirical(_)
            | Self::Choice(_)
            | Self::Mixture(_) => self.costly_quantile(u),
        }
    }

    /// Out of line, so that the cheap laws stay small where they are inlined.
    #[inline(never)]
    fn costly_quantile(&self, u: f64) -> f64 {
        match self {
            Self::Constant { .. } | Self::Uniform { .. } | Self::Exponential { .. } => self.quantile(u),
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal::quantile(u)),
            Self::Weibull { shape, scale } => scale * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Self::Gamma { shape, mean } => gamma::quantile(*shape, u) / shape * mean,
            Self::Empirical(values) => values[((u * values.len() as f64) as usize).min(values.len() - 1)],
            Self::Choice(choice) => choice.quantile(u),
            Self::Mixture(mixture) => {
                let (component, leftover) = mixture.pick(u);
                component.quantile(leftover)
            }
        }
    }

    /// A time in whole milliseconds at the share `u`: halves are rounded up, and what is beyond [`MAX_MS`] is
    /// [`MAX_MS`].
    #[inline]
    pub fn draw_ms(&self, u: f64) -> u64 {
        round_half_up(self.quantile(u)).min(MAX_MS)
    }

    /// A whole number (CPU units, MiB, a count) at the share `u`, rounded as in [`draw_ms`](Self::draw_ms)
    /// and at most [`MAX_COUNT`].
    #[inline]
    pub fn draw_count(&self, u: f64) -> u64 {
        round_half_up(self.quantile(u)).min(MAX_COUNT)
    }

    /// Whether every draw gives the same value, so that no randomness is in it.
    pub fn is_constant(&self) -> bool {
        match self {
            Self::Constant { .. } => true,
            Self::Uniform { low, high } => low == high,
            Self::Exponential { .. } | Self::Lognormal { .. } | Self::Weibull { .. } | Self::Gamma { .. } => {
                false
            }
            Self::Empirical(values) => values.first() == values.last(),
            Self::Choice(choice) => choice.is_constant(),
            Self::Mixture(mixture) => mixture.is_constant(),
        }
    }
}

/// Half away from zero for what is not negative; below zero (and NaN) is 0, above the range its end.
#[inline]
fn round_half_up(value: f64) -> u64 {
    let whole = value as u64; // truncates and saturates
    let half_or_more = value - whole as f64 >= 0.5; // exact; `value + 0.5` would round 0.49999999999999994 up
    whole.saturating_add(u64::from(half_or_more))
}
