//! From what is written to what can be drawn from.

use super::{
    ChoiceSpec, DistributionForm, DistributionSpec, EmpiricalSpec, LognormalSpec, MixturePart, Number,
    Quantity, UniformSpec,
};
use crate::kernel::dist::{Distribution, DistributionError};

/// Why what is written is no distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionProblem {
    /// Where in the distribution, such as `mixture[1].of.gamma`; empty for a bare value.
    pub path: String,
    /// One sentence.
    pub message: String,
}

/// Gives the values of a CSV column, as they stand in the file.
pub type ColumnReader<'a> = dyn FnMut(&EmpiricalSpec) -> Result<Vec<f64>, String> + 'a;

impl<Q: Quantity> DistributionSpec<Q> {
    /// The distribution: of milliseconds for times, of plain numbers else. `column` reads files.
    ///
    /// # Errors
    /// Where and why the parameters make no distribution, or what `column` says of the file.
    pub fn to_distribution(
        &self,
        column: &mut ColumnReader<'_>,
    ) -> Result<Distribution, DistributionProblem> {
        let at = |form: &'static str| move |error| problem::<Q>(form, error);
        match &self.0 {
            DistributionForm::Constant(value) => Distribution::constant(value.as_f64()).map_err(at("")),
            DistributionForm::Uniform(UniformSpec { low, high }) => {
                Distribution::uniform(low.as_f64(), high.as_f64()).map_err(at("uniform"))
            }
            DistributionForm::Exponential(spec) => {
                Distribution::exponential(spec.mean.as_f64()).map_err(at("exponential"))
            }
            DistributionForm::Lognormal(spec) => lognormal(spec).map_err(at("lognormal")),
            DistributionForm::Weibull(spec) => {
                Distribution::weibull(spec.shape.0, spec.scale.as_f64()).map_err(at("weibull"))
            }
            DistributionForm::Gamma(spec) => {
                Distribution::gamma_shape_mean(spec.shape.0, spec.mean.as_f64()).map_err(at("gamma"))
            }
            DistributionForm::Empirical(spec) => empirical::<Q>(spec, column),
            DistributionForm::Choice(ChoiceSpec(values)) => {
                let weighted = values.iter().map(|item| (item.value.as_f64(), item.weight.0));
                Distribution::choice(weighted.collect()).map_err(at("choice"))
            }
            DistributionForm::Mixture(parts) => mixture(parts, column),
        }
    }

    /// Whether the parameters make a distribution, without reading files.
    ///
    /// # Errors
    /// As [`Self::to_distribution`].
    pub fn check(&self) -> Result<(), DistributionProblem> {
        // Any one value stands for the column, which is checked when it is read.
        self.to_distribution(&mut |_| Ok(vec![1.0])).map(drop)
    }
}

fn lognormal<Q: Quantity>(spec: &LognormalSpec<Q>) -> Result<Distribution, DistributionError> {
    match spec {
        LognormalSpec::MedianP95 { median, p95 } => {
            Distribution::lognormal_median_p95(median.as_f64(), p95.as_f64())
        }
        LognormalSpec::MeanCv { mean, cv: Number(cv) } => Distribution::lognormal_mean_cv(mean.as_f64(), *cv),
    }
}

fn empirical<Q: Quantity>(
    spec: &EmpiricalSpec,
    column: &mut ColumnReader<'_>,
) -> Result<Distribution, DistributionProblem> {
    let factor = Q::csv_factor(spec.unit);
    let values = column(spec)
        .map_err(|message| DistributionProblem { path: "empirical".into(), message })?
        .into_iter()
        .map(|value| value * factor);
    Distribution::empirical(values.collect()).map_err(|error| problem::<Q>("empirical", error))
}

fn mixture<Q: Quantity>(
    parts: &[MixturePart<Q>],
    column: &mut ColumnReader<'_>,
) -> Result<Distribution, DistributionProblem> {
    let mut components = Vec::with_capacity(parts.len());
    for (i, part) in parts.iter().enumerate() {
        let component = part.of.to_distribution(column).map_err(|inner| {
            let dot = if inner.path.is_empty() { "" } else { "." };
            DistributionProblem { path: format!("mixture[{i}].of{dot}{}", inner.path), ..inner }
        })?;
        components.push((part.weight.0, component));
    }
    Distribution::mixture(components).map_err(|error| problem::<Q>("mixture", error))
}

fn problem<Q: Quantity>(form: &str, error: DistributionError) -> DistributionProblem {
    DistributionProblem { path: form.into(), message: format!("{error}{}", Q::UNIT_NOTE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::distribution_spec::{DurationDistribution, NumberDistribution, TimeUnit};

    fn converted(yaml: &str) -> Result<Distribution, DistributionProblem> {
        serde_saphyr::from_str::<DurationDistribution>(yaml).unwrap().to_distribution(&mut |spec| match spec
            .unit
        {
            None | Some(TimeUnit::S) => Ok(vec![3.0, 1.0, 2.0]),
            Some(_) => Err("no such file".into()),
        })
    }

    #[test]
    fn each_form_becomes_the_kernels_distribution_in_milliseconds() {
        let cases = [
            ("8s", Distribution::constant(8000.0)),
            ("uniform: [1s, 5s]", Distribution::uniform(1000.0, 5000.0)),
            ("exponential: { mean: 30s }", Distribution::exponential(30_000.0)),
            ("lognormal: { median: 8s, p95: 20s }", Distribution::lognormal_median_p95(8000.0, 20_000.0)),
            ("lognormal: { mean: 8s, cv: 0.5 }", Distribution::lognormal_mean_cv(8000.0, 0.5)),
            ("weibull: { shape: 1.5, scale: 1m }", Distribution::weibull(1.5, 60_000.0)),
            ("gamma: { shape: 4, mean: 20s }", Distribution::gamma_shape_mean(4.0, 20_000.0)),
            ("empirical: { csv: a, column: b }", Distribution::empirical(vec![1000.0, 2000.0, 3000.0])),
            (
                "choice: { values: [1s, 1m], weights: [9, 1] }",
                Distribution::choice(vec![(1000.0, 9.0), (60_000.0, 1.0)]),
            ),
        ];
        for (yaml, expected) in cases {
            assert_eq!(converted(yaml).unwrap(), expected.unwrap(), "{yaml}");
        }
    }

    #[test]
    fn a_mixture_is_made_of_its_parts() {
        let parts = vec![
            (9.0, Distribution::constant(1000.0).unwrap()),
            (1.0, Distribution::exponential(60_000.0).unwrap()),
        ];
        let mixture = converted("mixture: [{ weight: 9, of: 1s }, { of: { exponential: { mean: 1m } } }]");
        assert_eq!(mixture.unwrap(), Distribution::mixture(parts).unwrap());
    }

    #[test]
    fn numbers_are_taken_as_they_are() {
        let spec: NumberDistribution = serde_saphyr::from_str("uniform: [256, 512]").unwrap();
        assert_eq!(
            spec.to_distribution(&mut |_| Ok(vec![])).unwrap(),
            Distribution::uniform(256.0, 512.0).unwrap()
        );
    }

    #[test]
    fn impossible_parameters_are_refused_at_their_place() {
        let problem = converted("mixture: [{ of: 1s }, { of: { uniform: [5s, 1s] } }]").unwrap_err();
        assert_eq!(problem.path, "mixture[1].of.uniform");
        assert!(problem.message.contains("high must be at least low"), "{}", problem.message);
        assert!(problem.message.ends_with("(times in milliseconds)"), "{}", problem.message);
        assert_eq!(converted("exponential: { mean: 0 }").unwrap_err().path, "exponential");
    }

    #[test]
    fn a_column_that_cannot_be_read_is_refused_at_its_place_and_does_not_fail_a_check() {
        let yaml = "mixture: [{ of: { empirical: { csv: a, column: b, unit: h } } }]";
        let problem = converted(yaml).unwrap_err();
        assert_eq!(
            (problem.path.as_str(), problem.message.as_str()),
            ("mixture[0].of.empirical", "no such file")
        );
        assert_eq!(serde_saphyr::from_str::<DurationDistribution>(yaml).unwrap().check(), Ok(()));
    }
}
