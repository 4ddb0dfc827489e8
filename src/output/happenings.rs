//! What happened, over all replications: how often on average, with its interval.

use std::collections::BTreeMap;

use super::words::kind_words;
use crate::experiment::Trial;
use crate::experiment::statistics::Summary;
use crate::observe::tally::Happening;

/// Something that happened to a service or run.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// The service or run.
    pub of: String,
    /// What.
    pub what: Happening,
    /// How often in a replication.
    pub times: Summary,
}

impl Happened {
    /// The kind of thing: `stopped`.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self.what {
            Happening::Started => "started",
            Happening::Stopped(..) => "stopped",
            Happening::Lost(_) => "lost",
            Happening::Deployment(_) => "deployments",
            Happening::Refused(_) => "not placed",
        }
    }

    /// What tells it from its like.
    #[must_use]
    pub fn detail(&self) -> String {
        match &self.what {
            Happening::Started => "tasks".to_owned(),
            Happening::Stopped(code, reason) => format!("{}: {reason}", code.name()),
            Happening::Lost(kind) => format!("to {}", kind_words(kind.name())),
            Happening::Deployment(fate) => (*fate).to_owned(),
            Happening::Refused(reason) => format!("attempts refused: {reason}"),
        }
    }
}

/// What happened to each service and run, in their order; the most frequent of a kind first. `together` counts them
/// all as one under that name.
#[must_use]
pub fn happenings(trials: &[Trial], together: Option<&str>) -> Vec<Happened> {
    let mut owners: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<(usize, &Happening), Vec<u64>> = BTreeMap::new();
    for (at, trial) in trials.iter().enumerate() {
        for tally in &trial.tallies {
            let of = together.unwrap_or(&tally.of);
            let owner = owners.iter().position(|known| *known == of).unwrap_or_else(|| {
                owners.push(of);
                owners.len() - 1
            });
            for (what, count) in &tally.counts {
                counts.entry((owner, what)).or_insert_with(|| vec![0; trials.len()])[at] += count;
            }
        }
    }
    let mut all: Vec<(usize, Happened)> = counts
        .into_iter()
        .map(|((owner, what), counts)| {
            let times = Summary::of(counts.iter().map(|count| Some(*count as f64)));
            (owner, Happened { of: owners[owner].to_owned(), what: what.clone(), times })
        })
        .collect();
    let place = |happened: &Happened| match happened.what {
        Happening::Started => 0,
        Happening::Stopped(..) => 1,
        Happening::Lost(_) => 2,
        Happening::Deployment(_) => 3,
        Happening::Refused(_) => 4,
    };
    all.sort_by(|(a_owner, a), (b_owner, b)| {
        let by_kind = a_owner.cmp(b_owner).then(place(a).cmp(&place(b)));
        by_kind.then(b.times.mean.unwrap_or(0.0).total_cmp(&a.times.mean.unwrap_or(0.0)))
    });
    all.into_iter().map(|(_, happened)| happened).collect()
}
