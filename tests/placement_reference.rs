//! Placement judged by a slow reference that is written from the rule book (PLC-1 to PLC-12, PLC-21, CQL-1 to CQL-10)
//! and counts everything anew from the tasks.
//!
//! A seed draws a cluster and a sequence of placements, stops and changes of its instances. `cargo test --test
//! placement_reference` judges 500 of them; `ECSIM_REFERENCE=10000 cargo test --release --test placement_reference` so
//! many. `ECSIM_REFERENCE_SEED=17 cargo test --test placement_reference` repeats one seed and prints what happens.

#[path = "placement_reference/case.rs"]
mod case;
#[path = "swarm/draw.rs"]
#[allow(dead_code, reason = "the swarm draws times as well")]
mod draw;
#[path = "placement_reference/expression.rs"]
mod expression;
#[path = "placement_reference/reference.rs"]
mod reference;
#[path = "placement_reference/request.rs"]
mod request;
#[path = "placement_reference/uniform.rs"]
mod uniform;
#[path = "placement_reference/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::io::Write;

use rayon::prelude::*;

/// What the suite judges.
const SEEDS: u64 = 500;
const MOST_FAILURES_TOLD: usize = 5;

/// How often something was reached.
type Reached = BTreeMap<String, u64>;

/// What the suite must reach, so that it is known to have judged it.
const REQUIRED: [&str; 38] = [
    "fell: NO ACTIVE INSTANCES",
    "fell: AGENT",
    "fell: LOCATION",
    "fell: ATTRIBUTE",
    "fell: MemberOf placement constraint unsatisfied",
    "fell: RESOURCE:PORTS",
    "fell: RESOURCE:CPU",
    "fell: RESOURCE:MEMORY",
    "fell: RESOURCE:GPU",
    "fell: RESOURCE:ENI",
    "refused: NO ACTIVE INSTANCES",
    "refused: AGENT",
    "refused: LOCATION",
    "refused: ATTRIBUTE",
    "refused: MemberOf placement constraint unsatisfied",
    "refused: RESOURCE:PORTS",
    "refused: RESOURCE:CPU",
    "refused: RESOURCE:MEMORY",
    "refused: RESOURCE:GPU",
    "refused: RESOURCE:ENI",
    "placed: the only one that qualifies",
    "placed: the only best of several",
    "placed: one of several that are equally good",
    "closest: by fewest requirements",
    "closest: by most of what it lacks",
    "closest: the first of equals",
    "spread: the bucket without the attribute is avoided",
    "spread: only the bucket without the attribute is left",
    "spread: tasks that stop are not counted",
    "distinctInstance: beside a task that stops",
    "way: by counts of tasks",
    "way: by the order of what is free",
    "way: by the order of what is free, zone by zone",
    "way: all are looked at",
    "tie: ends with the first best drawn",
    "tie: the first best drawn, later",
    "tie: none of the best is drawn",
    "tie: no slot is drawn",
];

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
}

/// What all seeds reached, and what each that failed says.
#[derive(Default)]
struct Found {
    reached: Reached,
    failures: BTreeMap<u64, String>,
}

impl Found {
    fn of(seed: u64) -> Found {
        let mut found = Found::default();
        if let Err(failure) = case::judge(seed, &mut found.reached, &mut |_| {}) {
            found.failures.insert(seed, failure);
        }
        found
    }

    fn and(mut self, other: Found) -> Found {
        for (what, count) in other.reached {
            *self.reached.entry(what).or_insert(0) += count;
        }
        self.failures.extend(other.failures);
        self
    }
}

#[test]
fn every_decision_is_that_of_the_rule_book() {
    if let Some(seed) = number("ECSIM_REFERENCE_SEED") {
        let mut tell = |line: &str| {
            let _ = writeln!(std::io::stderr(), "{line}");
        };
        let judged = case::judge(seed, &mut Reached::new(), &mut tell);
        return judged.unwrap_or_else(|failure| panic!("{failure}"));
    }
    let seeds = number("ECSIM_REFERENCE").unwrap_or(SEEDS);
    let found = (0..seeds).into_par_iter().map(Found::of).reduce(Found::default, Found::and);
    if let Some(first) = found.failures.keys().next() {
        let told = found.failures.iter().take(MOST_FAILURES_TOLD);
        let told: String = told.map(|(seed, failure)| format!("seed {seed}: {failure}\n")).collect();
        let failed = found.failures.len();
        panic!(
            "{failed} of {seeds} seeds failed, first of all\n{told}repeat the first one with\nECSIM_REFERENCE_SEED={first} \
             cargo test --test placement_reference"
        );
    }
    let table: String = found.reached.iter().map(|(what, count)| format!("{count:>10}  {what}\n")).collect();
    let required = REQUIRED.iter().map(|what| (*what).to_owned()).chain(expression::required());
    let missing: Vec<String> = required.filter(|what| !found.reached.contains_key(what)).collect();
    assert!(missing.is_empty() || seeds < SEEDS, "{seeds} seeds reached\n{table}but never {missing:?}");
    if std::env::var_os("ECSIM_REFERENCE").is_some() {
        let _ = writeln!(std::io::stderr(), "{seeds} seeds reached\n{table}");
    }
}
