//! Distributions as they are written: `8s`, `{ lognormal: { median: 8s, p95: 20s } }`.
//!
//! One generic syntax serves times ([`DurationDistribution`]) and plain numbers ([`NumberDistribution`]). What is
//! read here has the right form; whether its numbers make sense together (a p95 above the median, weights that
//! are not all zero) is answered by the conversion to the kernel's distribution.

use crate::scenario::shape::{self, Scalar, Shape};
use crate::scenario::units::Milliseconds;
use serde::de::{Error, SeqAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod convert;
mod number;
mod schema;

pub use convert::{ColumnReader, DistributionProblem};
pub use number::Number;
pub use schema::Quantity;

/// A distribution of times.
pub type DurationDistribution = DistributionSpec<Milliseconds>;
/// A distribution of plain numbers.
pub type NumberDistribution = DistributionSpec<Number>;

/// A distribution over `Q`: a bare value, or an object with one key, the name of the distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionSpec<Q>(pub DistributionForm<Q>);

/// The distributions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "Q: Quantity"))]
pub enum DistributionForm<Q> {
    /// Always the same value: `8s`, or `constant: 8s`.
    Constant(Q),
    /// Every value between two equally likely: `uniform: [1s, 5s]` or `uniform: { low: 1s, high: 5s }`.
    Uniform(UniformSpec<Q>),
    /// Memoryless: `exponential: { mean: 30s }`.
    Exponential(ExponentialSpec<Q>),
    /// Skewed to the right: `lognormal: { median: 8s, p95: 20s }` or `lognormal: { mean: 8s, cv: 0.5 }`.
    Lognormal(LognormalSpec<Q>),
    /// With a hazard that rises (shape above 1) or falls: `weibull: { shape: 1.5, scale: 10d }`.
    Weibull(WeibullSpec<Q>),
    /// A sum of exponential phases: `gamma: { shape: 4, mean: 20s }`.
    Gamma(GammaSpec<Q>),
    /// The values of a column of a CSV file: `empirical: { csv: starts.csv, column: start_s }`.
    Empirical(EmpiricalSpec),
    /// One of some values: `choice: [{ value: 1s, weight: 9 }, …]` or `choice: { values: […], weights: […] }`.
    Choice(ChoiceSpec<Q>),
    /// One of some distributions: `mixture: [{ weight: 9, of: 1s }, { weight: 1, of: { exponential: … } }]`.
    Mixture(Vec<MixturePart<Q>>),
}

/// The ends of a uniform distribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UniformSpec<Q> {
    /// The smallest value.
    pub low: Q,
    /// The largest value.
    pub high: Q,
}

/// An exponential distribution.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExponentialSpec<Q> {
    /// The mean.
    pub mean: Q,
}

/// A lognormal distribution, by median and 95th percentile or by mean and coefficient of variation.
#[derive(Clone, Debug, PartialEq)]
pub enum LognormalSpec<Q> {
    /// `{ median, p95 }`.
    MedianP95 {
        /// Half of the values are below it.
        median: Q,
        /// 95 % of the values are below it.
        p95: Q,
    },
    /// `{ mean, cv }`.
    MeanCv {
        /// The mean.
        mean: Q,
        /// The standard deviation over the mean.
        cv: Number,
    },
}

/// A Weibull distribution.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeibullSpec<Q> {
    /// Above 1 things age, below 1 they settle, at 1 they are memoryless.
    pub shape: Number,
    /// 63.2 % of the values are below it.
    pub scale: Q,
}

/// A gamma distribution.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GammaSpec<Q> {
    /// How many phases, not necessarily whole: the squared coefficient of variation is 1 / shape.
    pub shape: Number,
    /// The mean.
    pub mean: Q,
}

/// Values from a CSV file, each as likely as the others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmpiricalSpec {
    /// The file, relative to the scenario.
    pub csv: String,
    /// The column's name in the header.
    pub column: String,
    /// For times: the unit of the column. Default `s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<TimeUnit>,
}

/// The unit of a column of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Milliseconds.
    Ms,
    /// Seconds.
    #[default]
    S,
    /// Minutes.
    Min,
    /// Hours.
    H,
    /// Days.
    D,
}

impl TimeUnit {
    /// Milliseconds in one of it.
    pub const fn ms(self) -> u64 {
        match self {
            TimeUnit::Ms => 1,
            TimeUnit::S => 1000,
            TimeUnit::Min => 60_000,
            TimeUnit::H => 3_600_000,
            TimeUnit::D => 86_400_000,
        }
    }
}

/// Values with weights, which need not add up to anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ChoiceSpec<Q>(pub Vec<WeightedValue<Q>>);

/// A value of a choice.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightedValue<Q> {
    /// The value.
    pub value: Q,
    /// Its weight. Default 1.
    #[serde(default = "Number::one")]
    pub weight: Number,
}

/// A component of a mixture.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, bound(deserialize = "Q: Quantity"))]
pub struct MixturePart<Q> {
    /// Its weight. Default 1.
    #[serde(default = "Number::one")]
    pub weight: Number,
    /// Its distribution.
    pub of: DistributionSpec<Q>,
}

impl<Q: Quantity> Shape for DistributionSpec<Q> {
    type Fields = DistributionForm<Q>;
    const EXPECTED: &'static str = Q::EXPECTED_DISTRIBUTION;

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        Q::from_scalar(scalar).map(DistributionForm::Constant).map(Self)
    }

    fn from_fields(form: DistributionForm<Q>) -> Result<Self, String> {
        Ok(Self(form))
    }
}

impl<'de, Q: Quantity> Deserialize<'de> for DistributionSpec<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl<Q: Serialize> Serialize for DistributionSpec<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            DistributionForm::Constant(value) => value.serialize(serializer),
            form => form.serialize(serializer),
        }
    }
}

/// `{ low, high }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniformFields<Q> {
    low: Q,
    high: Q,
}

impl<Q: Quantity> Shape for UniformSpec<Q> {
    type Fields = UniformFields<Q>;
    const EXPECTED: &'static str = "[low, high] or { low, high }";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        Err(format!("expected {}, found {scalar}", Self::EXPECTED))
    }

    fn from_fields(UniformFields { low, high }: UniformFields<Q>) -> Result<Self, String> {
        Ok(Self { low, high })
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let wrong_length = || A::Error::custom("expected [low, high], found a list of another length");
        let low = list.next_element()?.ok_or_else(wrong_length)?;
        let high = list.next_element()?.ok_or_else(wrong_length)?;
        match list.next_element::<Q>()? {
            None => Ok(Self { low, high }),
            Some(_) => Err(wrong_length()),
        }
    }
}

impl<'de, Q: Quantity> Deserialize<'de> for UniformSpec<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

/// `{ median, p95 }` or `{ mean, cv }`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LognormalFields<Q> {
    #[serde(skip_serializing_if = "Option::is_none")]
    median: Option<Q>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<Q>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<Q>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cv: Option<Number>,
}

impl<'de, Q: Quantity> Deserialize<'de> for LognormalSpec<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match LognormalFields::deserialize(deserializer)? {
            LognormalFields { median: Some(median), p95: Some(p95), mean: None, cv: None } => {
                Ok(Self::MedianP95 { median, p95 })
            }
            LognormalFields { median: None, p95: None, mean: Some(mean), cv: Some(cv) } => {
                Ok(Self::MeanCv { mean, cv })
            }
            _ => Err(D::Error::custom("a lognormal distribution takes { median, p95 } or { mean, cv }")),
        }
    }
}

impl<Q: Serialize> Serialize for LognormalSpec<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = match self {
            Self::MedianP95 { median, p95 } => {
                LognormalFields { median: Some(median), p95: Some(p95), mean: None, cv: None }
            }
            Self::MeanCv { mean, cv } => {
                LognormalFields { median: None, p95: None, mean: Some(mean), cv: Some(*cv) }
            }
        };
        fields.serialize(serializer)
    }
}

/// `{ values, weights }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceFields<Q> {
    values: Vec<Q>,
    weights: Option<Vec<Number>>,
}

impl<Q: Quantity> Shape for ChoiceSpec<Q> {
    type Fields = ChoiceFields<Q>;
    const EXPECTED: &'static str = "a list of { value, weight }, or { values, weights }";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        Err(format!("expected {}, found {scalar}", Self::EXPECTED))
    }

    fn from_fields(ChoiceFields { values, weights }: ChoiceFields<Q>) -> Result<Self, String> {
        let weights = weights.unwrap_or_else(|| vec![Number::one(); values.len()]);
        if values.len() != weights.len() {
            return Err(format!("{} values have {} weights", values.len(), weights.len()));
        }
        let weighted = values.into_iter().zip(weights).map(|(value, weight)| WeightedValue { value, weight });
        Ok(Self(weighted.collect()))
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Self(values))
    }
}

impl<'de, Q: Quantity> Deserialize<'de> for ChoiceSpec<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests;
