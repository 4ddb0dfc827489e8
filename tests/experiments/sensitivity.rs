//! `sensitivity`: the parameters that a run reads, moved over their ranges.

use crate::support::GOOD;
use crate::work::Work;

#[test]
fn a_parameter_that_a_metric_hangs_on_moves_it_by_as_much() {
    let work = Work::with(GOOD);
    work.run("sensitivity scenario.yaml --metric time_to_replace_s.mean:web --no-plots --replications 5")
        .exits_with(0);
    let table = std::fs::read_to_string(work.path("results/good-sensitivity/sensitivity.csv")).unwrap();
    let row = |parameter: &str, tried: &str| {
        let is_it =
            |line: &&str| line.contains(&format!(",{parameter},")) && line.contains(&format!(",{tried},"));
        table.lines().find(is_it).unwrap_or_else(|| panic!("no {parameter} = {tried} in {table}")).to_owned()
    };
    let difference = |row: &str| row.split(',').nth(9).unwrap().parse::<f64>().unwrap();
    // A replacement counts as healthy 40 s after RUNNING; with 80 s each takes 40 s longer, and those that crash before
    // they count (a crash every 20 min on average) take longer still.
    let longer = difference(&row("no_check_healthy_delay", "80s"));
    assert!((39.0..=50.0).contains(&longer), "{longer}");
    assert!(!table.contains(",mi_launch_delay,"), "what the run does not read is not tried");
}

#[test]
fn a_metric_that_is_not_there_is_refused() {
    Work::with(GOOD)
        .run("sensitivity scenario.yaml --metric nothing:web")
        .exits_with(2)
        .complains("no such metric");
}
