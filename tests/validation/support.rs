//! How a case with a known answer becomes a test with teeth: fixed seeds, a bound at one false alarm in a million,
//! and a refusal to pass when blind.

use ecsim::engine::Setup;
use ecsim::experiment::statistics::{mean, standard_deviation, student_quantile};
use ecsim::experiment::{Trial, TrialKey, TrialOptions, simulate};
use ecsim::observe::metrics::metric_names;
use ecsim::observe::recorder::{DeploymentRow, InstanceRow, RowSink, TaskRow, UnplacedRow};
use ecsim::scenario::plan::{Plan, Source};

/// The simulation of a scenario text.
pub fn setup_of(text: &str) -> Setup {
    let source = Source::Text("case".to_owned(), text.to_owned());
    Plan::load(&source, &[], None).unwrap_or_else(|e| panic!("{e}")).base_setup().unwrap()
}

/// Keeps the rows of tasks.
#[derive(Default)]
pub struct Rows(pub Vec<TaskRow>, pub Vec<DeploymentRow>);

impl RowSink for Rows {
    fn task(&mut self, row: TaskRow) {
        self.0.push(row);
    }
    fn instance(&mut self, _: InstanceRow) {}
    fn deployment(&mut self, row: DeploymentRow) {
        self.1.push(row);
    }
    fn unplaced(&mut self, _: UnplacedRow) {}
}

/// One replication, with its rows.
pub fn replication(setup: &Setup, replication: u64, options: TrialOptions) -> (Trial, Rows) {
    let key = TrialKey { point: 0, replication };
    let (trial, rows) = simulate(setup, key, options, Some(Rows::default())).unwrap();
    (trial, rows.unwrap_or_default())
}

/// One replication without rows.
pub fn bare_replication(setup: &Setup, replication: u64, options: TrialOptions) -> Trial {
    simulate(setup, TrialKey { point: 0, replication }, options, None::<Rows>).unwrap().0
}

/// A metric of replications `0..count`.
pub fn metric(setup: &Setup, count: u64, metric: &str, of: &str) -> Vec<f64> {
    let names = metric_names(&setup.cluster);
    let place = names.iter().position(|name| name.metric == metric && name.of == of).expect("a known metric");
    let one =
        |number| bare_replication(setup, number, TrialOptions::default()).values[place].expect("a value");
    (0..count).map(one).collect()
}

/// What a sample says of an exact value.
pub struct Judgement {
    pub accepted: bool,
}

/// Accepts when |mean − exact| ≤ t(1 − 5e-7; R − 1) s / √R + bias.
///
/// # Panics
/// When blind: the standard error is above `width` of the exact value.
pub fn judge(what: &str, sample: &[f64], exact: f64, bias: f64, width: f64) -> Judgement {
    let (mean, sd) = (mean(sample).unwrap(), standard_deviation(sample).unwrap());
    let r = sample.len() as f64;
    let standard_error = sd / r.sqrt();
    assert!(standard_error <= width * exact.abs(), "{what} is blind: {standard_error} against {exact}");
    let bound = student_quantile(1.0 - 5e-7, r - 1.0) * standard_error + bias;
    let deviation = (mean - exact) / standard_error;
    println!(
        "{what}: mean {mean:.8} exact {exact:.8} deviation {:+.2} standard errors ({:.3} %), R = {r}",
        deviation,
        100.0 * standard_error / exact.abs()
    );
    Judgement { accepted: (mean - exact).abs() <= bound }
}
