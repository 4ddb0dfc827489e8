//! Objectives for people: their bounds in the units of their metrics, and what an estimate shows of them.

use crate::experiment::objectives::{Judged, judge};
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;
use crate::output::number::Quantity;
use crate::output::plot::Standing;
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::{Verdict, value};
use crate::scenario::spec::{Objective, Target};

/// The bound, and `at least 99.9 %`; nothing for a goal without one.
pub(super) fn bound_words(target: Target, name: &MetricName) -> Option<(f64, String)> {
    let shown = |bound: f64| match quantity_of(name) {
        Quantity::Share => format!("{} %", crate::output::number::significant(bound * 100.0, 8)),
        quantity => value(Some(bound), quantity),
    };
    match target {
        Target::AtLeast(bound) => Some((bound, format!("at least {}", shown(bound)))),
        Target::AtMost(bound) => Some((bound, format!("at most {}", shown(bound)))),
        Target::Goal(_) => None,
    }
}

/// What the replications show: met or missed where the interval of the mean lies on one side of the bound, else that
/// it cannot be told yet. A single replication has no interval and is taken as it is; so are replications that all
/// agree, a share of replications, a percentile and the worst replication.
pub(super) fn verdict(judged: &Judged, summary: &Summary) -> Option<Verdict> {
    let bound = judged.bound?;
    let is_mean = judged.share_keeping.is_none() && judged.found == summary.mean;
    let interval = summary.shown_interval().filter(|_| is_mean);
    Some(match (judged.met, interval) {
        (None, _) => Verdict::CannotTell,
        (_, Some((low, high))) if low < bound && bound < high => Verdict::CannotTell,
        (Some(true), _) => Verdict::Met,
        (Some(false), _) => Verdict::Missed,
    })
}

/// What an objective says of a point of a sweep.
pub(super) fn standing_of(
    objective: &Objective,
    metric: usize,
    name: &MetricName,
    values: &[Option<f64>],
    summary: &Summary,
) -> Option<Standing> {
    let judged = judge(objective, metric, name, values)?;
    Some(match verdict(&judged, summary)? {
        Verdict::Met => Standing::Meets,
        Verdict::Missed => Standing::Misses,
        Verdict::CannotTell => Standing::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> MetricName {
        MetricName { metric: "availability".to_owned(), of: "web".to_owned(), unit: "share" }
    }

    fn standing(values: &[f64]) -> Option<Standing> {
        let objective: Objective =
            serde_json::from_str(r#"{"metric":"availability","of":"web","atLeast":0.9}"#).unwrap();
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let summary = Summary::of_shares(values.iter().copied());
        standing_of(&objective, 0, &name(), &values, &summary)
    }

    #[test]
    fn a_bound_inside_the_interval_cannot_be_told_yet() {
        // mean 0.905, interval about 0.78 to 0.97
        assert_eq!(standing(&[0.85, 0.96, 0.88, 0.93]), Some(Standing::Unclear));
        assert_eq!(standing(&[0.99, 0.99, 0.99, 0.98]), Some(Standing::Meets));
        assert_eq!(standing(&[0.5, 0.5, 0.51, 0.49]), Some(Standing::Misses));
    }

    #[test]
    fn replications_that_all_agree_are_taken_as_they_are() {
        // the table's bound for four flawless replications is 0.025^(1/4) = 0.40
        assert_eq!(standing(&[1.0; 4]), Some(Standing::Meets));
        assert_eq!(standing(&[0.89; 4]), Some(Standing::Misses));
    }

    #[test]
    fn a_bound_is_written_in_the_unit_of_its_metric() {
        let words = bound_words(Target::AtLeast(0.999), &name()).unwrap();
        assert_eq!(words, (0.999, "at least 99.9 %".to_owned()));
        let wait = MetricName { unit: "s", ..name() };
        assert_eq!(bound_words(Target::AtMost(300.0), &wait).unwrap().1, "at most 5 min");
    }
}
