//! `compare`: better, not worse, worse, inconclusive.

use crate::support::GOOD;
use crate::work::{Work, assert_same};

#[test]
fn a_change_for_the_worse_is_exit_1_where_that_is_required() {
    let work = Work::with(GOOD);
    let arguments = "compare scenario.yaml --set model.no_check_healthy_delay=400s --metric time_to_replace_s.p95:web --replications 20 --no-plots";
    work.run(arguments).exits_with(0).says("B is worse than A: Time to replace of web");
    work.run(&format!("{arguments} --require")).exits_with(1);
    let table = std::fs::read_to_string(work.path("results/good-compared/compare.csv")).unwrap();
    let row = table.lines().find(|line| line.starts_with("time_to_replace_s.p95,web")).unwrap();
    assert!(row.contains(",worse,"), "{row}");
}

#[test]
fn a_change_for_the_better_passes() {
    let work = Work::with(GOOD);
    let arguments = "compare scenario.yaml --set model.no_check_healthy_delay=1s --metric time_to_replace_s.p95:web --replications 20 --no-plots --require";
    work.run(arguments).exits_with(0).says("B is not worse than A, and better: Time to replace of web");
}

#[test]
fn a_scenario_compared_with_itself_is_the_same() {
    let work = Work::with(GOOD);
    work.run("compare scenario.yaml scenario.yaml --no-plots --require")
        .exits_with(0)
        .says("the same in all that is judged");
}

#[test]
fn with_another_seed_and_few_replications_nothing_can_be_told_and_what_would_tell_is_said() {
    let work = Work::with(GOOD);
    let arguments = "compare scenario.yaml scenario.yaml --seed-b 5 --replications 5 --metric time_to_replace_s.mean:web --no-plots --require";
    work.run(arguments).exits_with(3).says("Not known yet").says("replications would tell");
}

#[test]
fn a_metric_that_one_side_lacks_is_refused_with_its_neighbour() {
    let work = Work::with(GOOD);
    let run = work.run("compare scenario.yaml scenario.yaml --metric availabilty:web");
    run.exits_with(2).complains("did you mean availability:web?");
    assert!(!work.path("results").exists());
}

#[test]
fn threads_change_no_byte() {
    let work = Work::with(GOOD);
    for threads in [1, 3] {
        let out = format!("--threads {threads} --out t{threads}");
        work.run(&format!("compare scenario.yaml --set aws.services.web.desiredCount=3 --quiet {out}"))
            .exits_with(0);
    }
    assert_same(&work.path("t1"), &work.path("t3"));
}
