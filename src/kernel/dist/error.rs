//! Why a distribution was refused.

use super::build::MAX_MIXTURE_DEPTH;

/// Parameters that make no distribution: the rule that they break, and the value found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// One parameter is outside its range.
    #[error("{law}: {parameter} must be {rule}, not {found:?}")]
    Parameter {
        /// The law, by its name in a scenario.
        law: &'static str,
        /// The parameter, by its name in a scenario.
        parameter: &'static str,
        /// What the parameter must be.
        rule: &'static str,
        /// What it is.
        found: f64,
    },
    /// Two parameters are the wrong way round.
    #[error(
        "{law}: {upper} must be at least {lower}, but {upper} is {upper_found:?}, {lower} is {lower_found:?}"
    )]
    Order {
        /// The law, by its name in a scenario.
        law: &'static str,
        /// The parameter that must not be the larger.
        lower: &'static str,
        /// The parameter that must not be the smaller.
        upper: &'static str,
        /// What the first is.
        lower_found: f64,
        /// What the second is.
        upper_found: f64,
    },
    /// The parameters are possible one by one, but together give a mean beyond the largest float.
    #[error("{law}: the mean must be below 1.8e308, and with these parameters it is not")]
    MeanOverflow {
        /// The law, by its name in a scenario.
        law: &'static str,
    },
    /// A weight whose share of the whole rounds to nothing.
    #[error(
        "{law}: weight must be above 0 as a share of all weights, but {found:?} beside {largest:?} is none"
    )]
    Vanishing {
        /// The law, by its name in a scenario.
        law: &'static str,
        /// The weight.
        found: f64,
        /// The largest weight.
        largest: f64,
    },
    /// There is nothing to draw from.
    #[error("{law}: there must be at least one value, not an empty list")]
    Empty {
        /// The law, by its name in a scenario.
        law: &'static str,
    },
    /// A mixture of mixtures of mixtures, and so on.
    #[error("mixture: mixtures may be nested at most {MAX_MIXTURE_DEPTH} deep, not {found}")]
    TooDeep {
        /// How deep they are.
        found: usize,
    },
}
