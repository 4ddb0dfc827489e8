//! Picking one of several by weight with a share of (0, 1).

use super::{Distribution, DistributionError};

/// A few values with weights, in rising order of value, so that a pick is the inverse of the distribution
/// function.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    values: Vec<f64>,
    shares: Shares,
}

impl Choice {
    /// From checked (value, weight).
    pub(super) fn new(mut parts: Vec<(f64, f64)>) -> Result<Self, DistributionError> {
        parts.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (values, weights): (Vec<f64>, Vec<f64>) = parts.into_iter().unzip();
        Ok(Self { values, shares: Shares::new("choice", weights)? })
    }

    /// Each value with its share of the whole, in rising order of value.
    pub fn parts(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.values.iter().copied().zip(self.shares.each.iter().copied())
    }

    pub(super) fn quantile(&self, u: f64) -> f64 {
        self.values[self.shares.index(u)]
    }

    pub(super) fn is_constant(&self) -> bool {
        self.values.first() == self.values.last()
    }
}

/// Several distributions with weights, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    components: Vec<Distribution>,
    shares: Shares,
}

impl Mixture {
    /// From checked (weight, component).
    pub(super) fn new(parts: Vec<(f64, Distribution)>) -> Result<Self, DistributionError> {
        let (weights, components): (Vec<f64>, Vec<Distribution>) = parts.into_iter().unzip();
        Ok(Self { components, shares: Shares::new("mixture", weights)? })
    }

    /// Each component with its share of the whole before it, in the order given.
    pub fn parts(&self) -> impl Iterator<Item = (f64, &Distribution)> + '_ {
        self.shares.each.iter().copied().zip(&self.components)
    }

    /// The component that the share `u` falls on, and how far into it: uniform on (0, 1) again if `u` is.
    pub(super) fn pick(&self, u: f64) -> (&Distribution, f64) {
        let index = self.shares.index(u);
        let before = if index == 0 { 0.0 } else { self.shares.up_to[index - 1] };
        let leftover = (u - before) / (self.shares.up_to[index] - before);
        (&self.components[index], leftover.clamp(SMALLEST_SHARE, LARGEST_SHARE))
    }

    pub(super) fn is_constant(&self) -> bool {
        let first = &self.components[0];
        self.components.iter().all(|component| component.is_constant() && component.mean() == first.mean())
    }
}

/// Keep a rescaled share inside the open interval (0, 1) where rounding would take it to an end.
const SMALLEST_SHARE: f64 = f64::EPSILON / 4.0; // 2^-54
const LARGEST_SHARE: f64 = 1.0 - f64::EPSILON / 2.0; // the largest float below 1

/// Weights as shares that add up to 1.
#[derive(Clone, Debug, PartialEq)]
struct Shares {
    each: Vec<f64>,
    /// Running sums; the last is exactly 1.
    up_to: Vec<f64>,
}

impl Shares {
    fn new(law: &'static str, weights: Vec<f64>) -> Result<Self, DistributionError> {
        // Over the largest weight first, so that the sum of huge weights stays finite.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let total: f64 = weights.iter().map(|weight| weight / largest).sum();
        let each: Vec<f64> = weights.iter().map(|weight| weight / largest / total).collect();
        if let Some(vanished) = each.iter().position(|&share| share == 0.0) {
            return Err(DistributionError::Vanishing { law, found: weights[vanished], largest });
        }
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = each
            .iter()
            .map(|share| {
                sum += share;
                f64::min(sum, 1.0)
            })
            .collect();
        *up_to.last_mut().ok_or(DistributionError::Empty { law })? = 1.0;
        Ok(Self { each, up_to })
    }

    /// The first part whose running sum is above `u`.
    fn index(&self, u: f64) -> usize {
        self.up_to.partition_point(|&up_to| up_to <= u).min(self.up_to.len() - 1)
    }
}
