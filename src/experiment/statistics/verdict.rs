//! What replications show of a change: better, not worse, worse, or not known yet.
//!
//! The verdict goes by the 95 % interval of the mean paired difference and a margin that is too small to matter. A change
//! is *not worse* only where the whole interval lies within the margin: "not significant" is no proof of anything. This
//! is the non-inferiority test of clinical trials, at 2.5 % on either side.

use super::{Interval, PairedComparison, Summary, student_quantile};

/// Which way a value is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better: availability, requests served.
    Higher,
    /// Less is better: time to replace, cost.
    Lower,
    /// Neither: tasks running, instances, reserved shares.
    Neither,
}

/// A difference that is too small to matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// As a share of the value (of what is missing to 1, for shares of which more is better).
    pub relative: f64,
    /// In the unit of the metric: at least so much, whatever the value.
    pub absolute: f64,
}

impl Margin {
    /// 2 %; of shares at least 0.0001.
    #[must_use]
    pub fn usual(unit: &str) -> Margin {
        Margin { relative: 0.02, absolute: if unit == "share" { 1e-4 } else { 0.0 } }
    }

    /// In the unit of the metric, about a mean.
    #[must_use]
    pub fn about(self, mean: f64, unit: &str, direction: Direction) -> f64 {
        let basis = if unit == "share" && direction == Direction::Higher { 1.0 - mean } else { mean.abs() };
        (self.relative * basis).max(self.absolute)
    }
}

/// What is shown of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// No pair differs.
    Same,
    /// Shown to be better.
    Better,
    /// Shown to be worse by no more than the margin, if at all.
    NotWorse,
    /// The interval holds both answers: more replications would tell.
    Inconclusive,
    /// Shown to be worse, and not shown to be so within the margin.
    Worse,
}

impl Shown {
    /// As a word of tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Shown::Same => "same",
            Shown::Better => "better",
            Shown::NotWorse => "not worse",
            Shown::Inconclusive => "inconclusive",
            Shown::Worse => "worse",
        }
    }
}

/// A metric before and after a change, over replications that share their random numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Before.
    pub before: Summary,
    /// After.
    pub after: Summary,
    /// After minus before, replication by replication; none with fewer than two pairs.
    pub difference: Option<PairedComparison>,
    /// Correlation of the pairs; none where a side does not vary.
    pub correlation: Option<f64>,
    /// How many times smaller the variance of the difference is than with unrelated random numbers:
    /// (variance before + variance after) / variance of the differences.
    pub variance_gain: Option<f64>,
    /// The margin in the unit of the metric.
    pub margin: f64,
    /// The verdict; none for a metric that is neither better nor worse.
    pub shown: Option<Shown>,
    /// Replications that would decide, if the spread stays as it is; none where it is decided.
    pub replications_needed: Option<u64>,
}

impl Compared {
    /// Compares `after` with `before`, paired by replication.
    #[must_use]
    pub fn of(
        (before, after): (&[Option<f64>], &[Option<f64>]),
        (before_summary, after_summary): (Summary, Summary),
        (unit, direction): (&str, Direction),
        margin: Margin,
    ) -> Compared {
        let difference = PairedComparison::of(after, before);
        let margin = margin.about(before_summary.mean.unwrap_or(0.0), unit, direction);
        let shown = (direction != Direction::Neither).then(|| {
            let Some(found) = difference else { return Shown::Inconclusive };
            shown(worsening(found.ci95, direction), found.sd == 0.0 && found.mean == 0.0, margin)
        });
        let needed = difference.filter(|_| shown == Some(Shown::Inconclusive)).and_then(|found| {
            let (low, high) = worsening(found.ci95, direction);
            replications_for(margin, (low + high) / 2.0, found.sd)
        });
        let pairs: Vec<(f64, f64)> =
            before.iter().zip(after).filter_map(|(b, a)| Some(((*b)?, (*a)?))).collect();
        let moments = Moments::of(&pairs);
        Compared {
            before: before_summary,
            after: after_summary,
            difference,
            correlation: moments.and_then(Moments::correlation),
            variance_gain: moments.and_then(Moments::gain),
            margin,
            shown,
            replications_needed: needed,
        }
    }

    /// The difference as a share of the value before, with its interval; none about 0.
    #[must_use]
    pub fn relative(&self) -> Option<(f64, Interval)> {
        let basis = self.before.mean.filter(|mean| *mean != 0.0)?.abs();
        let found = self.difference?;
        Some((found.mean / basis, (found.ci95.0 / basis, found.ci95.1 / basis)))
    }
}

/// An interval turned so that more is worse.
fn worsening((low, high): Interval, direction: Direction) -> Interval {
    if direction == Direction::Higher { (-high, -low) } else { (low, high) }
}

fn shown((low, high): Interval, is_same: bool, margin: f64) -> Shown {
    if is_same {
        Shown::Same
    } else if high < 0.0 {
        Shown::Better
    } else if high <= margin {
        Shown::NotWorse
    } else if low > 0.0 {
        Shown::Worse
    } else {
        Shown::Inconclusive
    }
}

/// The replications at which a mean worsening of `mean` with this spread is decided one way or the other: the half width
/// of its interval must not reach further than to 0 or to the margin, whichever is farther from it.
fn replications_for(margin: f64, mean: f64, sd: f64) -> Option<u64> {
    let half_width = (margin - mean).max(mean);
    (half_width > 0.0).then(|| replications_of_half_width(half_width, sd))
}

/// Replications at which a 95 % interval of a mean with standard deviation `sd` is no wider than `half_width` to each
/// side.
#[must_use]
pub fn replications_of_half_width(half_width: f64, sd: f64) -> u64 {
    let with = |t: f64| libm::ceil((t * sd / half_width) * (t * sd / half_width)).clamp(2.0, 1e12) as u64;
    // Student's quantile depends on the answer; from the normal one it settles in a few steps.
    let mut needed = with(1.959964);
    for _ in 0..8 {
        needed = with(student_quantile(0.975, (needed - 1) as f64));
    }
    needed
}

#[derive(Clone, Copy)]
struct Moments {
    before: f64,
    after: f64,
    both: f64,
}

impl Moments {
    fn of(pairs: &[(f64, f64)]) -> Option<Moments> {
        if pairs.len() < 2 {
            return None;
        }
        let n = pairs.len() as f64;
        let (b, a) = (pairs[0].0, pairs[0].1);
        let mean_b = pairs.iter().map(|pair| pair.0 - b).sum::<f64>() / n;
        let mean_a = pairs.iter().map(|pair| pair.1 - a).sum::<f64>() / n;
        let mut sums = (0.0, 0.0, 0.0);
        for pair in pairs {
            let (db, da) = (pair.0 - b - mean_b, pair.1 - a - mean_a);
            sums = (sums.0 + db * db, sums.1 + da * da, sums.2 + db * da);
        }
        Some(Moments { before: sums.0 / (n - 1.0), after: sums.1 / (n - 1.0), both: sums.2 / (n - 1.0) })
    }

    fn correlation(self) -> Option<f64> {
        let product = self.before * self.after;
        (product > 0.0).then(|| (self.both / product.sqrt()).clamp(-1.0, 1.0))
    }

    fn gain(self) -> Option<f64> {
        let sum = self.before + self.after;
        let of_difference = sum - 2.0 * self.both;
        (of_difference > sum * 1e-12).then(|| sum / of_difference)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{A, B, assert_close};
    use super::*;

    /// `before` and `after` as seconds, of which less is better.
    fn compared(before: &[f64], after: &[f64], relative: f64) -> Compared {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        let (before, after) = (some(before), some(after));
        let summaries = (Summary::of(before.iter().copied()), Summary::of(after.iter().copied()));
        Compared::of(
            (&before, &after),
            summaries,
            ("s", Direction::Lower),
            Margin { relative, absolute: 0.0 },
        )
    }

    #[test]
    fn the_pairs_of_v18_show_that_b_is_better() {
        let found = compared(&A, &B, 0.02);
        // mean difference −0.3375 ± 0.22758685833: all below 0, and B waits less
        assert_close(found.difference.unwrap().mean, -0.3375);
        assert_close(found.difference.unwrap().ci95.1, -0.3375 + 0.22758685833);
        assert_eq!(found.shown, Some(Shown::Better));
        assert_eq!(compared(&B, &A, 0.02).shown, Some(Shown::Worse));
    }

    #[test]
    fn pairing_gains_what_the_correlation_gives() {
        let found = compared(&A, &B, 0.02);
        // Var A = 2.61875 / 7 = 0.374107142857, Var B = 1.195 / 7 = 0.170714285714, Var of the differences 0.0741071428571
        let gain = (0.374107142857142 + 0.170714285714286) / 0.0741071428571428;
        assert!((found.variance_gain.unwrap() - gain).abs() < 1e-6, "{found:?}");
        // 2 Cov = Var A + Var B − Var of the differences
        let both = (0.374107142857142 + 0.170714285714286 - 0.0741071428571428) / 2.0;
        let correlation = both / (0.374107142857142f64 * 0.170714285714286).sqrt();
        assert!((found.correlation.unwrap() - correlation).abs() < 1e-6);
    }

    #[test]
    fn within_the_margin_it_is_not_worse_even_where_a_worsening_is_shown() {
        // after − before = 0.01 ± 0.001, margin 2 % of 10
        let before = [10.0, 10.0, 10.0, 10.0];
        let after = [10.009, 10.011, 10.010, 10.010];
        assert_eq!(compared(&before, &after, 0.02).shown, Some(Shown::NotWorse));
        assert_eq!(compared(&before, &after, 0.0001).shown, Some(Shown::Worse));
    }

    #[test]
    fn an_interval_that_holds_both_answers_says_how_many_replications_would_tell() {
        let before = [10.0, 10.0, 10.0, 10.0, 10.0];
        let after = [10.5, 9.4, 10.3, 9.9, 10.1];
        let found = compared(&before, &after, 0.02);
        assert_eq!(found.shown, Some(Shown::Inconclusive));
        // mean 0.04, sd sqrt(0.712/4) = 0.42190; half width needed max(0.2 − 0.04, 0.04) = 0.16: (1.96 × 0.4219/0.16)² = 26.7, with t 29.2
        assert_eq!(found.replications_needed, Some(30));
    }

    #[test]
    fn pairs_without_any_difference_are_the_same() {
        let found = compared(&A, &A, 0.02);
        assert_eq!((found.shown, found.variance_gain), (Some(Shown::Same), None));
    }

    #[test]
    fn one_replication_shows_nothing() {
        assert_eq!(compared(&[1.0], &[2.0], 0.02).shown, Some(Shown::Inconclusive));
    }

    #[test]
    fn the_margin_of_a_high_share_is_of_what_is_missing_to_one() {
        let margin = Margin::usual("share");
        assert!((margin.about(0.9, "share", Direction::Higher) - 0.002).abs() < 1e-12);
        assert_eq!(margin.about(0.9999, "share", Direction::Higher), 1e-4);
        assert_eq!(Margin::usual("s").about(-5.0, "s", Direction::Lower), 0.1);
    }
}
