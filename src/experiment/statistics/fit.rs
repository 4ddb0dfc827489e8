//! Which law a sample may come from: maximum likelihood, and how far each law is from the data.
//!
//! The parameters of each law are those under which the sample is likeliest. Laws are compared by Akaike's criterion,
//! AIC = 2 · parameters − 2 · log-likelihood, of which only differences mean something, and each is held against the data by
//! the Kolmogorov-Smirnov distance D, the largest gap between its distribution function and the sample's. No test is made of
//! D: its tables do not hold where the parameters come from the same data, and with many values every law is refused.

mod laws;
mod likelihood;

pub use laws::Law;

use likelihood::Logs;

/// A uniform law is tried from so many values on: on fewer its likelihood flatters it, since its ends are the data's own.
const FEWEST_FOR_UNIFORM: usize = 20;
/// A uniform law further away than this is no candidate, whatever its likelihood.
const FARTHEST_UNIFORM: f64 = 0.05;

/// A law with the parameters that fit a sample best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// The law.
    pub law: Law,
    /// The logarithm of the sample's density under it.
    pub log_likelihood: f64,
    /// Akaike's criterion: the smaller the better.
    pub aic: f64,
    /// The Kolmogorov-Smirnov distance D.
    pub distance: f64,
}

impl Fitted {
    fn of(law: Law, log_likelihood: f64, sorted: &[f64]) -> Fitted {
        let aic = 2.0 * f64::from(law.parameters()) - 2.0 * log_likelihood;
        Fitted { law, log_likelihood, aic, distance: distance(&law, sorted) }
    }
}

/// Fits every law to values that are above 0, finite, sorted and not all equal; the best by AIC comes first. A law whose
/// parameters are no finite numbers, or a gamma law that is a constant or nothing but zeros by its shape, is left out. Values that are all equal have the one answer [`Law::Constant`].
#[must_use]
pub fn fit(sorted: &[f64]) -> Vec<Fitted> {
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    if low == high {
        let law = Law::Constant { value: low };
        return vec![Fitted { law, log_likelihood: f64::INFINITY, aic: f64::NEG_INFINITY, distance: 0.0 }];
    }
    let logs = Logs::of(sorted);
    let found = [logs.exponential(), logs.lognormal(), logs.weibull(), logs.gamma()];
    let mut fitted: Vec<Fitted> = found
        .into_iter()
        .filter(|(law, log_likelihood)| law.is_usable() && log_likelihood.is_finite())
        .map(|(law, log_likelihood)| Fitted::of(law, log_likelihood, sorted))
        .collect();
    if sorted.len() >= FEWEST_FOR_UNIFORM {
        let count = sorted.len() as f64;
        let uniform = Fitted::of(Law::Uniform { low, high }, -count * libm::log(high - low), sorted);
        // What chance alone does at this size (5 % of samples are further away), or what is near enough anyhow.
        let far = FARTHEST_UNIFORM.max(1.36 / count.sqrt());
        fitted.extend((uniform.distance <= far).then_some(uniform));
    }
    fitted.sort_by(|a, b| a.aic.total_cmp(&b.aic));
    fitted
}

/// The largest gap between a law's distribution function and that of sorted values. Both only rise, so that a stretch of
/// values whose ends leave no room for a larger gap than the largest found is passed over: large samples cost few looks.
#[must_use]
pub fn distance(law: &Law, sorted: &[f64]) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let share = |rank: usize| rank as f64 / sorted.len() as f64;
    let mut largest: f64 = 0.0;
    let mut look = |rank: usize| {
        let below = law.below(sorted[rank]);
        largest = largest.max(share(rank + 1) - below).max(below - share(rank));
        (rank, below, largest)
    };
    let (first, end) = (look(0), look(last));
    let mut stretches = vec![((first.0, first.1), (end.0, end.1))];
    let mut found = end.2;
    while let Some(((low, below_low), (high, below_high))) = stretches.pop() {
        let room = (share(high) - below_low).max(below_high - share(low + 1));
        if high - low < 2 || room <= found {
            continue;
        }
        let (middle, below, largest) = look(low + (high - low) / 2);
        found = largest;
        stretches.push(((low, below_low), (middle, below)));
        stretches.push(((middle, below), (high, below_high)));
    }
    found
}

#[cfg(test)]
mod tests;
