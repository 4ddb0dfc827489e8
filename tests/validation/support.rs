//! How a case with a known answer becomes a test with teeth: fixed seeds, a bound at one false alarm in a million,
//! and a refusal to pass when blind.

use ecsim::engine::{Setup, Simulation};
use ecsim::experiment::statistics::{chi_square_quantile, mean, standard_deviation, student_quantile};
use ecsim::experiment::trial::metric_options;
use ecsim::experiment::{Trial, TrialKey, TrialOptions, simulate};
use ecsim::observe::Observer;
use ecsim::observe::metrics::{Metrics, metric_names};
use ecsim::observe::recorder::{BillRow, DeploymentRow, InstanceRow, RowSink, TaskRow, UnplacedRow};
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
    fn bill(&mut self, _: BillRow) {}
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

/// The places of metrics, each a name and whose it is, among all values of a trial.
fn places<const N: usize>(setup: &Setup, columns: [(&str, &str); N]) -> [usize; N] {
    let names = metric_names(&setup.cluster);
    columns.map(|(metric, of)| {
        let place = names.iter().position(|name| name.metric == metric && name.of == of);
        place.unwrap_or_else(|| panic!("there is no metric {metric}:{of}"))
    })
}

/// Several metrics of replications `0..count`, each replication simulated once.
pub fn metrics<const N: usize>(setup: &Setup, count: u64, columns: [(&str, &str); N]) -> [Vec<f64>; N] {
    watched(setup, count, columns, || ()).0
}

/// Several metrics of replications `0..count`, and what an observer of the test's own saw of each.
pub fn watched<const N: usize, O: Observer>(
    setup: &Setup,
    count: u64,
    columns: [(&str, &str); N],
    observer: impl Fn() -> O,
) -> ([Vec<f64>; N], Vec<O>) {
    let places = places(setup, columns);
    let (mut samples, mut seen) = ([(); N].map(|()| Vec::new()), Vec::new());
    for replication in 0..count {
        let meters = Metrics::new(&setup.cluster, metric_options(setup));
        let outcome = Simulation::new(setup, replication, (meters, observer()), ()).run().unwrap();
        let (mut meters, own) = outcome.observer;
        let values = meters.values(&setup.cluster);
        for (sample, place) in samples.iter_mut().zip(places) {
            sample.push(values[place].expect("a value"));
        }
        seen.push(own);
    }
    (samples, seen)
}

/// Quotients of two metrics, replication by replication.
pub fn quotients(above: &[f64], below: &[f64]) -> Vec<f64> {
    above.iter().zip(below).map(|(above, below)| above / below).collect()
}

/// One less each value: a share near 1 is judged by what it lacks.
pub fn complements(shares: &[f64]) -> Vec<f64> {
    shares.iter().map(|share| 1.0 - share).collect()
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

/// Asserts that a sample agrees with its exact value.
pub fn assert_exact(what: &str, sample: &[f64], exact: f64, width: f64) {
    assert!(judge(what, sample, exact, 0.0, width).accepted, "{what} is off");
}

/// Asserts that a twin is rejected for the right reason: it disagrees with the exact value of the case and agrees
/// with its own.
pub fn assert_twin(what: &str, sample: &[f64], exact: f64, own: f64, width: f64) {
    assert!(!judge(&format!("{what} twin"), sample, exact, 0.0, width).accepted, "the twin of {what} passes");
    assert_exact(&format!("{what} twin against its own value"), sample, own, width);
}

/// Asserts that the spread of a time average over T is the predicted one, v / T, by chi-square with R − 1 degrees
/// at 1e-6 on either side.
pub fn assert_spread(what: &str, sample: &[f64], variance_constant: f64, length: f64) {
    let (sd, degrees) = (standard_deviation(sample).unwrap(), sample.len() as f64 - 1.0);
    let statistic = degrees * sd * sd / (variance_constant / length);
    let (low, high) = (chi_square_quantile(1e-6, degrees), chi_square_quantile(1.0 - 1e-6, degrees));
    println!("{what} spread: {statistic:.1} within {low:.1} and {high:.1}");
    assert!((low..=high).contains(&statistic), "{what}: the spread is not the predicted one");
}

/// Asserts that a formula of the test gives the published digits, so that it may give a twin's value.
pub fn assert_published(what: &str, found: f64, published: f64) {
    let relative = ((found - published) / published).abs();
    assert!(relative < 1e-9, "{what}: the formula gives {found}, published is {published}");
}
