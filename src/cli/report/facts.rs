//! What verbs tell of themselves for the top of the page.

use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;
use crate::output::report::facts::ReportCurve;
use crate::output::report::{ReportFacts, ReportFigure, ReportObjective};
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::estimate;
use crate::output::words::metric_of_words;

/// Key figures of the page: the metric, its heading.
const FIGURES: [(&str, &str); 6] = [
    ("availability", "available"),
    ("served_share", "served"),
    ("time_to_replace_s.p95", "replaced in (p95)"),
    ("deployment_s.mean", "deployment takes"),
    ("waited_share", "waited"),
    ("cost_usd_per_hour", "cost an hour"),
];
/// So many are read at a glance.
const MOST_FIGURES: usize = 12;

/// A run: its objectives, and the figures that people look for first.
pub fn of_run(
    objectives: Vec<ReportObjective>,
    names: &[MetricName],
    summaries: &[Summary],
    cluster: &str,
) -> ReportFacts {
    let mut figures = Vec::new();
    for (metric, title) in FIGURES {
        let found = names.iter().zip(summaries).filter(|(name, summary)| {
            // Of costs that of the whole cluster is the figure; those of its parts stand in the table.
            name.metric == metric
                && summary.mean.is_some()
                && (metric != "cost_usd_per_hour" || name.of == cluster)
        });
        figures.extend(found.map(|(name, summary)| {
            let told = estimate(summary.mean, summary.shown_interval(), quantity_of(name));
            let (value, detail) = parted(&told);
            ReportFigure {
                title: title.to_owned(),
                of: name.of.clone(),
                value,
                detail,
                csv: "summary.csv".to_owned(),
            }
        }));
    }
    figures.truncate(MOST_FIGURES);
    let (answer, verdict) = answer_of_objectives(&objectives);
    ReportFacts { kind: "run".to_owned(), objectives, figures, answer, verdict, ..ReportFacts::default() }
}

/// The mean and its interval: of `99.94 % (99.91 to 99.97)` and `0.706 ± 0.01`.
fn parted(told: &str) -> (String, String) {
    let parts = told.split_once(" (").map(|(value, rest)| (value, rest.trim_end_matches(')').to_owned()));
    let parts = parts.or_else(|| told.split_once(" ± ").map(|(value, rest)| (value, format!("± {rest}"))));
    let (value, detail) = parts.unwrap_or((told, String::new()));
    // `59.61 ± 0.22 s` writes the unit once, behind both.
    let unit =
        detail.rsplit_once(' ').map(|(_, unit)| unit).filter(|unit| detail.starts_with('±') && is_word(unit));
    let bare = value.parse::<f64>().is_ok();
    match unit.filter(|_| bare) {
        Some(unit) => (format!("{value} {unit}"), detail),
        None => (value.to_owned(), detail),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_alphabetic() || letter == '%')
}

/// All met, some missed, or not known yet; nothing without a bound.
pub fn answer_of_objectives(objectives: &[ReportObjective]) -> (Option<String>, Option<String>) {
    let count = |verdict: &str| objectives.iter().filter(|one| one.verdict == verdict).count();
    let (met, missed, unknown) = (count("met"), count("missed"), count("unknown"));
    let told = |text: String, verdict: &str| (Some(text), Some(verdict.to_owned()));
    let all = met + missed + unknown;
    let objectives = |count: usize| if count == 1 { "objective" } else { "objectives" };
    match (met, missed, unknown) {
        (0, 0, 0) => (None, None),
        (1, 0, 0) => told("Yes: the objective is met.".to_owned(), "yes"),
        (_, 0, 0) => told(format!("Yes: all {met} objectives are met."), "yes"),
        (_, 0, _) => told(
            format!(
                "Not known yet: {unknown} of {all} {} cannot be told; more replications would.",
                objectives(all)
            ),
            "unknown",
        ),
        (_, 1, _) if all == 1 => told("No: the objective is missed.".to_owned(), "no"),
        _ => told(
            format!(
                "No: {missed} of {all} {} missed.",
                if missed == 1 { "objectives is" } else { "objectives are" }
            ),
            "no",
        ),
    }
}

/// What was simulated, and how much.
pub fn circumstances(
    replications: usize,
    (what, how_much): (&str, &str),
    seed: u64,
) -> Vec<(String, String)> {
    vec![
        ("replications".to_owned(), replications.to_string()),
        (what.to_owned(), how_much.to_owned()),
        ("seed".to_owned(), seed.to_string()),
    ]
}

/// A metric that is drawn over the axes of a sweep.
pub fn curves_of(
    name: &MetricName,
    limit: Option<(f64, String)>,
    higher_is_better: Option<bool>,
) -> ReportCurve {
    let (limit, limit_text) = limit.unzip();
    ReportCurve {
        column: name.column(),
        title: metric_of_words(&name.metric, &name.of),
        unit: name.unit.to_owned(),
        limit,
        limit_text,
        higher_is_better,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objectives(verdicts: &[&str]) -> Vec<ReportObjective> {
        verdicts
            .iter()
            .map(|verdict| ReportObjective { verdict: (*verdict).to_owned(), ..ReportObjective::default() })
            .collect()
    }

    #[test]
    fn a_figure_keeps_its_unit_when_its_interval_goes_below_it() {
        let parts = |told: &str| parted(told);
        assert_eq!(parts("59.61 ± 0.22 s"), ("59.61 s".to_owned(), "± 0.22 s".to_owned()));
        assert_eq!(parts("$0.7047 ± $0.0008"), ("$0.7047".to_owned(), "± $0.0008".to_owned()));
        assert_eq!(parts("1 min 45 s ± 1.48 s"), ("1 min 45 s".to_owned(), "± 1.48 s".to_owned()));
        assert_eq!(parts("99.36 % (99.28 to 99.43)"), ("99.36 %".to_owned(), "99.28 to 99.43".to_owned()));
    }

    #[test]
    fn the_answer_is_yes_no_or_not_known_yet() {
        let answer = |verdicts: &[&str]| answer_of_objectives(&objectives(verdicts)).0.unwrap_or_default();
        assert_eq!(answer(&["met", "met", "goal"]), "Yes: all 2 objectives are met.");
        assert_eq!(answer(&["met", "missed", "unknown"]), "No: 1 of 3 objectives is missed.");
        assert_eq!(
            answer(&["met", "unknown"]),
            "Not known yet: 1 of 2 objectives cannot be told; more replications would."
        );
        assert_eq!(answer(&["missed"]), "No: the objective is missed.");
        assert_eq!(answer(&["goal"]), "");
    }
}
