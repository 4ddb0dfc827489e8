//! V04: running tasks over time from an empty cluster with unlimited capacity (M/G/∞).

use ecsim::experiment::TrialOptions;
use ecsim::experiment::statistics::{chi_square_quantile, clopper_pearson, standard_deviation};
use ecsim::kernel::time::SimDuration;

use crate::full;
use crate::support::{bare_replication, judge, setup_of};

fn fargate(per_hour: f64, duration: &str) -> String {
    let mean_ms = 3_600_000.0 / per_hour;
    format!(
        "ecsim: 1
name: transient
seed: 20261104
duration: 2h
aws:
  taskDefinitions:
    - family: job
      requiresCompatibilities: [FARGATE]
      networkMode: awsvpc
      cpu: 256
      memory: 512
      containerDefinitions: [{{ name: job }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      launchType: FARGATE
      arrivals: {{ every: {{ exponential: {{ mean: {mean_ms}ms }} }} }}
      duration: {duration}
model: {{ deprovisioning: 0s }}
"
    )
}

/// Tasks at 0.25, 0.5, 1 and 2 h in `r` replications.
fn counts(text: &str, r: u64) -> [Vec<f64>; 4] {
    let setup = setup_of(text);
    let pool = setup.cluster.pool_named("FARGATE").unwrap().index();
    let options = TrialOptions { sample_every: Some(SimDuration::from_secs(900)), ..TrialOptions::default() };
    let mut counts: [Vec<f64>; 4] = Default::default();
    for number in 0..r {
        let samples = bare_replication(&setup, number, options).samples.unwrap();
        for (column, place) in counts.iter_mut().zip([1, 2, 4, 8]) {
            column.push(f64::from(samples.pools[pool][place].instances));
        }
    }
    counts
}

fn replications() -> (u64, f64) {
    if full() { (20_000, 0.005) } else { (2_000, 0.015) }
}

#[test]
fn v04_running_tasks_are_poisson_with_the_transient_mean() {
    let cases = [
        (
            "exp",
            "{ exponential: { mean: 30m } }",
            [2.360_816_041_7, 3.792_723_353, 5.187_988_300_6, 5.890_106_166_7],
        ),
        ("det", "30m", [3.0, 6.0, 6.0, 6.0]),
        (
            "logn",
            "{ lognormal: { mean: 30m, cv: 1.5 } }",
            [2.326_742_406_9, 3.523_483_644_9, 4.653_484_813_7, 5.436_885_581_1],
        ),
    ];
    let (r, width) = replications();
    for (name, law, means) in cases {
        for ((sample, exact), hours) in
            counts(&fargate(12.0, law), r).iter().zip(means).zip(["0.25", "0.5", "1", "2"])
        {
            assert!(judge(&format!("V04 {name} t = {hours} h"), sample, exact, 0.0, width).accepted);
            // Poisson: variance = mean; dispersion test at 1e-6
            let sd = standard_deviation(sample).unwrap();
            let (degrees, statistic) = (r as f64 - 1.0, (r as f64 - 1.0) * sd * sd / exact);
            let range = chi_square_quantile(1e-6, degrees)..=chi_square_quantile(1.0 - 1e-6, degrees);
            assert!(range.contains(&statistic), "V04 {name} t = {hours} h: dispersion {statistic}");
        }
    }
}

#[test]
fn v04_the_cluster_is_empty_after_an_hour_as_rarely_as_it_should_be() {
    // 0.0056 of R must give at least 1000 events, or nothing is seen: R = 200,000 gives about 1,117
    let r = 200_000;
    let sample = &counts(&fargate(12.0, "{ exponential: { mean: 30m } }"), r)[2];
    let empty = sample.iter().filter(|count| **count == 0.0).count() as u64;
    assert!(empty >= 1000, "blind: {empty} events");
    let (low, high) = clopper_pearson(empty, r, 1.0 - 1e-6);
    println!("V04 empty at 1 h: {empty} of {r} = {:.6}, exact 0.005583", empty as f64 / r as f64);
    assert!((low..=high).contains(&0.005_583_227_300_1));
}

#[test]
fn v04_a_twin_with_five_percent_more_arrivals_is_rejected() {
    // 6.3 against 6 at R = 2,000: the standard error is √(6.3 / 2000) = 0.056, so 5.3 of it; at t = 2 h take 20,000
    let sample = &counts(&fargate(12.6, "30m"), 20_000)[3];
    assert!(!judge("V04 twin", sample, 6.0, 0.0, 0.005).accepted);
}
