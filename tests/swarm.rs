//! The swarm test: a seed draws a whole scenario, and every invariant is recounted while it runs.
//!
//! `cargo test --test swarm` runs 2,000 seeds; `ECSIM_SWARM=100000 cargo test --release --test swarm` so many.
//! `ECSIM_SWARM_SEED=17 cargo test --test swarm` repeats one seed and prints its scenario.

#[path = "swarm/controllers.rs"]
mod controllers;
#[path = "swarm/definitions.rs"]
mod definitions;
#[path = "swarm/draw.rs"]
mod draw;
#[path = "swarm/facts.rs"]
mod facts;
#[path = "swarm/features.rs"]
mod features;
#[path = "swarm/groups.rs"]
mod groups;
#[path = "swarm/liveness.rs"]
mod liveness;
#[path = "swarm/one.rs"]
mod one;
#[path = "swarm/requests.rs"]
mod requests;
#[path = "swarm/required.rs"]
mod required;
#[path = "swarm/scenario.rs"]
mod scenario;
#[path = "swarm/services.rs"]
mod services;
#[path = "swarm/timeline.rs"]
mod timeline;
#[path = "swarm/trace.rs"]
mod trace;
#[path = "swarm/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::io::Write;

use rayon::prelude::*;

use facts::Fact;

/// What the suite runs.
const SEEDS: u64 = 2000;
const MOST_FAILURES_TOLD: usize = 5;

#[derive(Default)]
struct Found {
    counts: BTreeMap<Fact, u64>,
    failures: BTreeMap<u64, String>,
}

impl Found {
    fn and(mut self, other: Found) -> Found {
        for (fact, count) in other.counts {
            *self.counts.entry(fact).or_insert(0) += count;
        }
        self.failures.extend(other.failures);
        self
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
}

fn one_seed(seed: u64, traced: bool) -> Found {
    match one::run(seed, traced) {
        Ok(counts) => Found { counts, failures: BTreeMap::new() },
        Err(failure) => Found { counts: BTreeMap::new(), failures: BTreeMap::from([(seed, failure)]) },
    }
}

fn repeat(seed: u64) -> String {
    format!("ECSIM_SWARM_SEED={seed} cargo test --test swarm")
}

fn table(counts: &BTreeMap<Fact, u64>) -> String {
    counts.iter().map(|((kind, name), count)| format!("{count:>10}  {kind}: {name}\n")).collect()
}

#[test]
fn every_invariant_holds_in_every_drawn_scenario_and_everything_is_reached() {
    if let Some(seed) = number("ECSIM_SWARM_SEED") {
        let _ = writeln!(std::io::stderr(), "{}", scenario::text(seed));
        let found = one_seed(seed, true);
        let _ = writeln!(std::io::stderr(), "{}", table(&found.counts));
        return assert!(found.failures.is_empty(), "{}", found.failures[&seed]);
    }
    let seeds = number("ECSIM_SWARM").unwrap_or(SEEDS);
    let found =
        (0..seeds).into_par_iter().map(|seed| one_seed(seed, false)).reduce(Found::default, Found::and);
    if let Some(first) = found.failures.keys().next() {
        let told = found.failures.iter().take(MOST_FAILURES_TOLD);
        let told: String = told.map(|(seed, failure)| format!("seed {seed}: {failure}\n")).collect();
        let failed = found.failures.len();
        panic!(
            "{failed} of {seeds} seeds failed, first of all\n{told}repeat the first one with\n{}",
            repeat(*first)
        );
    }
    let missing: Vec<Fact> =
        required::required().into_iter().filter(|fact| !found.counts.contains_key(fact)).collect();
    assert!(
        missing.is_empty() || seeds < SEEDS,
        "{seeds} seeds reached\n{}but never {missing:?}",
        table(&found.counts)
    );
    if std::env::var_os("ECSIM_SWARM").is_some() {
        let _ = writeln!(std::io::stderr(), "{seeds} seeds reached\n{}", table(&found.counts));
    }
}

#[test]
fn a_seed_draws_the_same_text_each_time_and_another_seed_another_one() {
    assert_eq!(scenario::text(7), scenario::text(7));
    assert_ne!(scenario::text(7), scenario::text(8).replace("swarm-8", "swarm-7"));
}
