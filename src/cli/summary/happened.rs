//! What happened: starts, stops, losses, deployments, refusals, as means of a replication.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::experiment::Trial;
use crate::kernel::time::SimTime;
use crate::observe::tally::Happening;
use crate::output::happenings::{Happened, happenings};
use crate::output::number::Quantity;
use crate::output::terminal::{Column, estimate, paragraph, table};

/// More services and runs than these are told together; each on its own is in the plots and with `--json`.
const MOST_OWNERS: usize = 6;
/// The rarest of more kinds than these are left to the plots.
const MOST_OF_A_VERB: usize = 6;
const MOST_REFUSED_CALLS: usize = 8;

/// The table, and the requests of the timeline that were refused.
pub(super) fn text(trials: &[Trial]) -> String {
    let owners = trials.first().map_or(0, |trial| trial.tallies.len());
    let together = format!("all {owners} services and runs");
    let happened = happenings(trials, (owners > MOST_OWNERS).then_some(&together));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut owner, mut verb, mut of_verb) = (None, "", 0);
    for one in &happened {
        let (is_new, same_verb) = (owner != Some(&one.of), verb == one.verb());
        of_verb = if is_new || !same_verb { 1 } else { of_verb + 1 };
        if of_verb > MOST_OF_A_VERB {
            continue;
        }
        rows.push(vec![
            if is_new { one.of.clone() } else { String::new() },
            if is_new || !same_verb { one.verb().to_owned() } else { String::new() },
            estimate(one.times.mean, one.times.shown_interval(), Quantity::Count),
            one.detail(),
        ]);
        (owner, verb) = (Some(&one.of), one.verb());
    }
    let columns = [
        Column::Text("service or run"),
        Column::Text(""),
        Column::Number("times"),
        Column::Text("what, or why"),
    ];
    let mut text = String::from("\nWhat happened (mean of a replication ± 95 % interval)\n");
    text += &if rows.is_empty() { "nothing\n".to_owned() } else { table(&columns, &rows) };
    let refused = refused_calls(trials);
    for call in refused.iter().take(MOST_REFUSED_CALLS) {
        text += &paragraph(&call.text(trials.len()), 2);
    }
    if let Some(more @ 1..) = refused.len().checked_sub(MOST_REFUSED_CALLS) {
        text += &format!("{more} more requests were refused; --json has them.\n");
    }
    text
}

/// A request of the timeline that was refused with an exception.
struct RefusedCall {
    call: &'static str,
    exception: &'static str,
    first: SimTime,
    times: usize,
    replications: usize,
}

impl RefusedCall {
    fn text(&self, replications: usize) -> String {
        let RefusedCall { call, exception, first, times, .. } = self;
        let often = if *times > self.replications { format!(", {times} times") } else { String::new() };
        format!(
            "{call} was refused in {} of {replications} replications{often}, first at {first}: {exception}",
            self.replications
        )
    }
}

fn refused_calls(trials: &[Trial]) -> Vec<RefusedCall> {
    let mut calls: BTreeMap<(&str, &str), RefusedCall> = BTreeMap::new();
    for trial in trials {
        let mut seen = Vec::new();
        for &(at, call, exception) in &trial.refused_requests {
            let none = RefusedCall { call, exception, first: at, times: 0, replications: 0 };
            let entry = calls.entry((call, exception)).or_insert(none);
            entry.first = entry.first.min(at);
            entry.times += 1;
            if !seen.contains(&(call, exception)) {
                seen.push((call, exception));
                entry.replications += 1;
            }
        }
    }
    let mut calls: Vec<RefusedCall> = calls.into_values().collect();
    calls.sort_by_key(|call| call.first);
    calls
}

/// The same for programs, of each service and run.
pub(super) fn json(trials: &[Trial]) -> (Vec<Value>, Vec<Value>) {
    let row = |one: &Happened| {
        let (stop_code, reason) = match &one.what {
            Happening::Stopped(code, reason) => (Some(code.name()), Some(reason.as_str())),
            Happening::Refused(reason) => (None, Some(*reason)),
            Happening::Started | Happening::Lost(_) | Happening::Deployment(_) => (None, None),
        };
        json!({
            "of": one.of, "what": one.verb(), "detail": one.detail(), "stop_code": stop_code, "reason": reason,
            "mean": one.times.mean, "ci95_low": one.times.ci95_low, "ci95_high": one.times.ci95_high,
        })
    };
    let call = |one: &RefusedCall| {
        json!({
            "call": one.call, "exception": one.exception, "first_s": one.first.as_secs_f64(),
            "times": one.times, "replications": one.replications,
        })
    };
    let happened = happenings(trials, None).iter().map(row).collect();
    (happened, refused_calls(trials).iter().map(call).collect())
}
