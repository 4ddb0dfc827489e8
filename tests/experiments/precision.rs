//! `run --rel`, `--batches` and `--suggest-warm-up`.

use crate::support::{GOOD, good_but};
use crate::work::Work;

fn with_objective(replications: u32) -> String {
    good_but(
        "replications: 2",
        &format!(
            "replications: {replications}, objectives: [{{ metric: time_to_replace_s.mean, of: web, atMost: 600 }}]"
        ),
    )
}

fn replications(work: &Work) -> usize {
    std::fs::read_to_string(work.path("results/good/trials.csv")).unwrap().lines().count() - 1
}

#[test]
fn replications_go_on_until_the_interval_is_as_narrow_as_asked() {
    let work = Work::with(&with_objective(3));
    work.run("run scenario.yaml --no-plots --quiet --rel 1%").exits_with(0);
    let many = replications(&work);
    let table = std::fs::read_to_string(work.path("results/good/summary.csv")).unwrap();
    let row = table.lines().find(|line| line.starts_with("time_to_replace_s.mean,web")).unwrap();
    let cell = |at: usize| row.split(',').nth(at).unwrap().parse::<f64>().unwrap();
    let (mean, low, high, n) = (cell(3), cell(4), cell(5), cell(7));
    assert!((high - low) / 2.0 <= 0.01 * mean, "{row}");
    assert!(many > 10 && n <= many as f64, "{many} replications, {n} with a value");
    work.run("run scenario.yaml --no-plots --quiet --rel 50%").exits_with(0);
    assert_eq!(replications(&work), 10, "spreads are not believed before ten");
}

#[test]
fn a_precision_that_is_out_of_reach_is_exit_3_with_what_it_would_take() {
    let work = Work::with(&with_objective(3));
    let run = work.run("run scenario.yaml --no-plots --quiet --rel 0.1% --most 20");
    run.exits_with(3).complains("after 20 replications").complains("would do (--most)");
}

#[test]
fn a_precision_of_nothing_is_refused() {
    let work = Work::with(&with_objective(3));
    work.run("run scenario.yaml --rel 0").exits_with(2).complains("a share above 0");
    assert!(!work.path("results").exists());
}

#[test]
fn batch_means_cut_one_replication_into_stretches() {
    let work = Work::with(&GOOD.replace("duration: 1h", "duration: 40h"));
    work.run("run scenario.yaml --no-plots --batches 20")
        .exits_with(0)
        .says("1 replication of 1 d 16 h in 20 stretches");
    let table = std::fs::read_to_string(work.path("results/good/summary.csv")).unwrap();
    let row = table.lines().find(|line| line.starts_with("tasks_running,web")).unwrap();
    assert!(row.ends_with(",20"), "n counts the stretches: {row}");
    // Stretches of equal length: their mean is the mean of the whole, which trials.csv has.
    let trials = std::fs::read_to_string(work.path("results/good/trials.csv")).unwrap();
    let column =
        trials.lines().next().unwrap().split(',').position(|name| name == "tasks_running:web").unwrap();
    let whole: f64 = trials.lines().nth(1).unwrap().split(',').nth(column).unwrap().parse().unwrap();
    let mean: f64 = row.split(',').nth(3).unwrap().parse().unwrap();
    assert!((whole - mean).abs() < 1e-9, "{whole} and {mean}");
}

#[test]
fn a_run_until_it_is_done_has_no_stretches() {
    let text = GOOD.replace("duration: 1h", "duration: untilDone");
    Work::with(&text).run("run scenario.yaml --batches 5").exits_with(2);
}

#[test]
fn a_cold_start_has_a_start_up_phase() {
    let work = Work::with(&good_but("duration: 1h", "duration: 4h\nstart: cold"));
    work.run("run scenario.yaml --no-plots --suggest-warm-up")
        .exits_with(0)
        .says("Warm-up by MSER-5")
        .says("healthy tasks of web");
}
