//! Are verdicts right as often as they claim? A queue before one slot (M/M/1 at a load of 0.8), compared with itself under
//! other seeds, and with one whose waiting is 5 % longer.

use ecsim::experiment::direction::Direction;
use ecsim::experiment::statistics::{Compared, Margin, Shown, Summary};

use crate::full;
use crate::support::{metric, setup_of};

/// Replications of a side.
const EACH: usize = 10;

fn comparisons() -> usize {
    if full() { 1_000 } else { 100 }
}

/// Mean waits in minutes; tasks take `mean_ms` on average.
fn waits(mean_ms: u32, seed: u64) -> Vec<f64> {
    let setup = setup_of(&format!(
        "ecsim: 1
name: queue
seed: {seed}
duration: 2100m
warmUp: 100m
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 256, memory: 512 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: 75s }} }} }}
      duration: {{ exponential: {{ mean: {mean_ms}ms }} }}
      onRefusal: {{ wait: fifo }}
"
    ));
    metric(&setup, (comparisons() * EACH) as u64, "wait_placement_s.mean", "jobs")
}

/// How many comparisons end in each verdict.
fn verdicts(before: &[f64], after: &[f64]) -> impl Fn(&[Shown]) -> usize + use<> {
    let verdict = |(before, after): (&[f64], &[f64])| {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        let (before, after) = (some(before), some(after));
        let summaries = (Summary::of(before.iter().copied()), Summary::of(after.iter().copied()));
        let margin = Margin::usual("s");
        Compared::of((&before, &after), summaries, ("s", Direction::Lower), margin).shown.unwrap()
    };
    let found: Vec<Shown> = before.chunks_exact(EACH).zip(after.chunks_exact(EACH)).map(verdict).collect();
    move |wanted| found.iter().filter(|shown| wanted.contains(shown)).count()
}

#[test]
fn identical_policies_under_other_seeds_are_called_worse_at_the_nominal_rate() {
    let count = verdicts(&waits(60_000, 20_261_140), &waits(60_000, 20_261_141));
    let (worse, of) = (count(&[Shown::Worse]), comparisons());
    println!("identical policies: {worse} of {of} called worse, {} better", count(&[Shown::Better]));
    // 2.5 % to that side: 25 of 1,000 give or take 4.9 standard deviations of 4.94; of 100 at most 2.5 + 4.9 × 1.56
    let most = if full() { 49 } else { 10 };
    assert!(worse <= most, "{worse} of {of}");
}

#[test]
fn a_policy_that_is_five_percent_worse_in_waiting_is_hardly_ever_passed() {
    // The mean wait is λ m² / (1 − λ m): 4 min at m = 1 min and λ = 0.8, 4.2 min where 0.8 m² + 3.36 m = 4.2.
    let m = (-3.36 + (3.36f64 * 3.36 + 4.0 * 0.8 * 4.2).sqrt()) / 1.6;
    assert!((0.8 * m * m / (1.0 - 0.8 * m) - 4.2).abs() < 1e-9);
    let count = verdicts(&waits(60_000, 20_261_142), &waits((m * 60_000.0).round() as u32, 20_261_142));
    let (passed, of) = (count(&[Shown::Same, Shown::Better, Shown::NotWorse]), comparisons());
    println!("5 % worse: {passed} of {of} passed, {} called worse", count(&[Shown::Worse]));
    assert!(passed <= of / 100, "{passed} of {of}");
    assert!(count(&[Shown::Worse]) * 10 >= of * 9, "and nearly always it is called worse");
}
