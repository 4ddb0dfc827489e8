//! `plan`: the known cheapest point, for a part of the trials.

use crate::support::good_but;
use crate::work::{Work, assert_same};

/// The shipped scenario, 40 points × 40 replications.
fn shipped() -> String {
    std::fs::read_to_string("scenarios/cheapest-safe-size.yaml").unwrap()
}

/// A sweep of all 40 points with 400 replications each (16,000 trials) says: c5.xlarge × 9, at $1.496 an hour; the next
/// that keeps both objectives costs $1.655, the next cheaper one misses them (docs/experiments.md).
#[test]
fn the_cheapest_of_the_full_sweep_is_found_for_a_sixth_of_its_trials() {
    let work = Work::with(&shipped());
    let run = work.run("plan scenario.yaml --no-plots --json");
    run.exits_with(0);
    let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["answer"]["found"], 12);
    assert!(
        told["headline"].as_str().unwrap().contains("c5.xlarge, count of ec2 = 9"),
        "{}",
        told["headline"]
    );
    let (spent, all) = (told["trials"].as_u64().unwrap(), told["of"].as_u64().unwrap());
    assert!(all == 1_600 && spent * 3 <= all, "{spent} of {all}");
}

#[test]
fn the_same_plan_is_the_same_bytes_on_any_number_of_threads() {
    let work = Work::with(&shipped());
    for threads in [1, 2, 5] {
        work.run(&format!("plan scenario.yaml --quiet --threads {threads} --out t{threads}")).exits_with(0);
    }
    assert_same(&work.path("t1"), &work.path("t2"));
    assert_same(&work.path("t1"), &work.path("t5"));
}

fn small(objective: &str) -> String {
    good_but(
        "replications: 2",
        &format!(
            "replications: 12, sweep: {{ aws.containerInstances.host.count: [1, 2, 3] }}, objectives: [{{ {objective} }}]"
        ),
    )
}

#[test]
fn where_no_point_qualifies_it_says_so_and_what_comes_closest() {
    let work = Work::with(&small("metric: time_to_replace_s.mean, of: web, atMost: 1"));
    work.run("plan scenario.yaml --no-plots")
        .exits_with(1)
        .says("No point keeps every objective")
        .says("What comes closest");
}

#[test]
fn a_scenario_without_a_bound_or_a_sweep_is_refused() {
    let without_bound = small("metric: availability, of: web, goal: maximize");
    Work::with(&without_bound).run("plan scenario.yaml").exits_with(2).complains("has no bound");
    let without_sweep = good_but("replications: 2", "replications: 2");
    Work::with(&without_sweep).run("plan scenario.yaml").exits_with(2).complains("nothing to choose from");
}

#[test]
fn a_spent_budget_is_exit_3() {
    // A bound right at the mean cannot be decided with 15 trials.
    let work = Work::with(&small("metric: shortfall_task_s, of: web, atMost: 260"));
    let run = work.run("plan scenario.yaml --no-plots --budget 15");
    run.exits_with(3).says("Not known yet");
}
