//! A new baseline, with its reason.

use std::io::Write;
use std::path::Path;

use super::{CheckArgs, Now};
use crate::cli::Failure;
use crate::experiment::statistics::{Direction, Margin};
use crate::observe::digest::DIGEST_VERSION;
use crate::observe::metrics::MetricName;
use crate::output::baseline::{Baseline, Because, Better, Kept, KeptMetric, write_trail};
use crate::output::escape::visible_text;

/// Makes what was simulated the baseline.
pub(super) fn accept(
    args: &CheckArgs,
    path: &Path,
    known: Baseline,
    now: &[Now],
    out: &mut dyn Write,
) -> Result<u8, Failure> {
    let reason = args.because.clone().unwrap_or_default();
    if reason.trim().is_empty() {
        return Err(Failure::Input("--because: say why the new baseline is right".to_owned()));
    }
    let Baseline { mut because, scenarios: mut before, .. } = known;
    because.push(Because { date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(), reason });
    for each in now {
        write_trail(path, &each.file, each.trail.lines())?;
    }
    let scenarios =
        now.iter().map(|each| (each.file.clone(), kept(each, before.remove(&each.file)))).collect();
    let baseline = Baseline {
        ecsim: env!("CARGO_PKG_VERSION").to_owned(),
        digest_version: DIGEST_VERSION,
        because,
        scenarios,
    };
    baseline.write(path)?;
    if !args.quiet {
        let count = crate::cli::run::counted(now.len(), "scenario");
        writeln!(out, "{}: {count} accepted", visible_text(&path.display().to_string()))?;
    }
    Ok(0)
}

/// A scenario as the new baseline keeps it; metrics, margins and directions are those of the one before, where there is
/// one.
fn kept(now: &Now, before: Option<Kept>) -> Kept {
    let values = |at: usize| now.trials.iter().map(|trial| trial.values[at]).collect::<Vec<_>>();
    let place = |column: &str| now.names.iter().position(|name| name.column() == column);
    let metrics = match before {
        Some(before) => before
            .metrics
            .into_iter()
            .filter_map(|(column, was)| {
                let values = values(place(&column)?);
                Some((column, KeptMetric { values, ..was }))
            })
            .collect(),
        None => now
            .judged
            .iter()
            .map(|at| (now.names[*at].column(), fresh(&now.names[*at], values(*at))))
            .collect(),
    };
    Kept {
        scenario_sha256: now.sha256.clone(),
        seed: now.seed,
        digests: now.trials.iter().map(|trial| trial.digest.clone()).collect(),
        metrics,
    }
}

fn fresh(name: &MetricName, values: Vec<Option<f64>>) -> KeptMetric {
    let better = if Direction::of(name) == Direction::Higher { Better::Higher } else { Better::Lower };
    let usual = Margin::usual(name.unit);
    KeptMetric { better, margin: usual.relative, least_margin: usual.absolute, values }
}
