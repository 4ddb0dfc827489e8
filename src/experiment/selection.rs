//! The cheapest candidate that keeps its promises, with as few trials as that takes.
//!
//! Successive elimination: every candidate gets a few replications; those that are shown to miss an objective, or to cost
//! more than one that is shown to keep them all, get no more; what they would have had goes to those that are still in
//! question, the cheapest first. All share their random numbers, so costs are compared in pairs.
//!
//! Every interval is looked at several times and for many candidates. The error that is allowed in all is therefore
//! shared out evenly over candidates, objectives and looks (Bonferroni), half of it for objectives and half for costs:
//! whatever the dependence, the answer is wrong with at most that probability, as far as the intervals themselves keep
//! their level. Two costs that differ by less than the indifference zone count as equal, as in Kim and Nelson (2001); a
//! bound is treated in the same way, as the tolerance of Andradóttir and Kim (2010).

mod promise;
#[cfg(test)]
mod tests;

use super::statistics::{Interval, Summary, mean, standard_deviation, student_interval};
pub use promise::{Promise, Standing};

/// So often each interval may be looked at: replications double from look to look.
const MOST_LOOKS: f64 = 16.0;
/// The replications that every candidate gets.
pub const FIRST: u64 = 5;
/// Without an objective that is shown to be kept, so many of the cheapest go on at a time.
const AT_A_TIME: usize = 3;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// What must be kept.
    pub promises: Vec<Promise>,
    /// The probability with which the answer is to be right.
    pub confidence: f64,
    /// Costs that differ by less than this share of the lower one are equal.
    pub indifference: f64,
    /// Whether less of the cost is better.
    pub less_is_better: bool,
    /// Most trials.
    pub budget: u64,
    /// Replications from which on values that all agree are taken for what they are.
    pub agree_from: u64,
}

/// A candidate with its replications so far.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// By replication, the values that its promises are about.
    pub values: Vec<Vec<Option<f64>>>,
    /// By replication, its cost.
    pub costs: Vec<Option<f64>>,
    /// What is known of it.
    pub fate: Fate,
}

/// What is known of a candidate.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Fate {
    /// Not known yet.
    #[default]
    Open,
    /// Shown to keep every promise.
    Keeps,
    /// Shown to miss this promise.
    Misses(usize),
    /// Shown not to be cheaper than this candidate, which keeps every promise; whether it keeps them itself.
    Costlier(usize, bool),
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// This candidate.
    Found(usize),
    /// None keeps its promises.
    Nobody,
    /// The budget is spent; the cheapest that is shown to keep its promises, if any is.
    NotYet(Option<usize>),
}

/// The search.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What is asked.
    pub question: Question,
    /// All candidates.
    pub candidates: Vec<Candidate>,
    spent: u64,
}

impl Selection {
    /// Among so many candidates.
    #[must_use]
    pub fn new(question: Question, candidates: usize) -> Selection {
        Selection { question, candidates: vec![Candidate::default(); candidates], spent: 0 }
    }

    /// Trials so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Adds replications of a candidate: the values of its promises, and its cost.
    pub fn add(&mut self, candidate: usize, rows: impl IntoIterator<Item = (Vec<Option<f64>>, Option<f64>)>) {
        let known = &mut self.candidates[candidate];
        for (values, cost) in rows {
            known.values.push(values);
            known.costs.push(cost);
            self.spent += 1;
        }
    }

    /// The next trials, as candidates and how many replications more of each; or the answer.
    ///
    /// # Errors
    /// The answer, when there is nothing more to do or no budget to do it with.
    pub fn step(&mut self) -> Result<Vec<(usize, u64)>, Answer> {
        if self.spent == 0 {
            let wanted: Vec<(usize, u64)> = (0..self.candidates.len()).map(|each| (each, FIRST)).collect();
            return self.within_budget(wanted);
        }
        self.judge();
        let alive = self.alive();
        let best = alive.iter().copied().find(|each| self.candidates[*each].fate == Fate::Keeps);
        match (&alive[..], best) {
            ([], _) => return Err(Answer::Nobody),
            ([only], Some(best)) if *only == best => return Err(Answer::Found(best)),
            _ => {}
        }
        let wanted: Vec<usize> = match best {
            // Whoever may be cheaper than the best comes first.
            Some(best) => {
                let cheaper: Vec<usize> = alive.iter().copied().take_while(|each| *each != best).collect();
                if cheaper.is_empty() {
                    alive.clone()
                } else {
                    // The best too, so that the costs are compared in pairs.
                    cheaper.into_iter().take(AT_A_TIME).chain([best]).collect()
                }
            }
            None => alive.iter().copied().take(AT_A_TIME).collect(),
        };
        // Those that lag behind catch up first: pairs need both.
        let count = |each: &usize| self.candidates[*each].costs.len() as u64;
        let most = wanted.iter().map(count).max().unwrap_or(FIRST);
        let least = wanted.iter().map(count).min().unwrap_or(FIRST);
        let goal = if least < most { most } else { most * 2 };
        let more =
            wanted.iter().map(|each| (*each, goal - count(each))).filter(|(_, more)| *more > 0).collect();
        self.within_budget(more)
    }

    fn within_budget(&self, wanted: Vec<(usize, u64)>) -> Result<Vec<(usize, u64)>, Answer> {
        let more: u64 = wanted.iter().map(|(_, more)| more).sum();
        if self.spent + more <= self.question.budget {
            return Ok(wanted);
        }
        let left = self.question.budget.saturating_sub(self.spent) / wanted.len().max(1) as u64;
        let less: Vec<(usize, u64)> = wanted.into_iter().map(|(each, more)| (each, more.min(left))).collect();
        if self.spent > 0 && left >= FIRST {
            return Ok(less);
        }
        let keeps = |each: &usize| self.candidates[*each].fate == Fate::Keeps;
        Err(Answer::NotYet(self.alive().into_iter().find(keeps)))
    }

    /// Those still in question, the cheapest first.
    #[must_use]
    pub fn alive(&self) -> Vec<usize> {
        let is_alive = |each: &usize| matches!(self.candidates[*each].fate, Fate::Open | Fate::Keeps);
        let mut alive: Vec<usize> = (0..self.candidates.len()).filter(is_alive).collect();
        alive.sort_by(|a, b| self.cost(*a).total_cmp(&self.cost(*b)).then(a.cmp(b)));
        alive
    }

    /// The mean cost, turned so that less is better; the worst where there is none.
    #[must_use]
    pub fn cost(&self, candidate: usize) -> f64 {
        let present: Vec<f64> = self.candidates[candidate].costs.iter().flatten().copied().collect();
        let sign = if self.question.less_is_better { 1.0 } else { -1.0 };
        mean(&present).map_or(f64::INFINITY, |mean| sign * mean)
    }

    /// What is known of each promise of a candidate.
    #[must_use]
    pub fn standings(&self, candidate: usize) -> Vec<Standing> {
        let found = &self.candidates[candidate];
        let level = self.level(self.question.promises.len());
        let of = |(at, promise): (usize, &Promise)| {
            let values: Vec<Option<f64>> = found.values.iter().map(|row| row[at]).collect();
            promise.standing(&values, level, self.question.agree_from)
        };
        self.question.promises.iter().enumerate().map(of).collect()
    }

    /// The level of a single interval of which each candidate has `kinds`.
    fn level(&self, kinds: usize) -> f64 {
        let shares = 2.0 * MOST_LOOKS * (self.candidates.len() * kinds.max(1)) as f64;
        1.0 - (1.0 - self.question.confidence) / shares
    }

    fn judge(&mut self) {
        for each in 0..self.candidates.len() {
            if self.candidates[each].fate != Fate::Open {
                continue;
            }
            let standings = self.standings(each);
            if let Some(missed) = standings.iter().position(|standing| *standing == Standing::Missed) {
                self.candidates[each].fate = Fate::Misses(missed);
            } else if standings.iter().all(|standing| *standing == Standing::Kept) {
                self.candidates[each].fate = Fate::Keeps;
            }
        }
        let keeps = |each: &usize| self.candidates[*each].fate == Fate::Keeps;
        let Some(best) = self.alive().into_iter().find(keeps) else { return };
        for each in self.alive() {
            if each != best && self.is_not_cheaper(each, best) {
                let keeps = self.candidates[each].fate == Fate::Keeps;
                self.candidates[each].fate = Fate::Costlier(best, keeps);
            }
        }
    }

    /// Whether it is shown that a candidate is cheaper than `best` by no more than the indifference zone, if at all.
    fn is_not_cheaper(&self, candidate: usize, best: usize) -> bool {
        let sign = if self.question.less_is_better { 1.0 } else { -1.0 };
        let (own, others) = (&self.candidates[candidate].costs, &self.candidates[best].costs);
        let pairs: Vec<f64> =
            own.iter().zip(others).filter_map(|(own, other)| Some(sign * ((*own)? - (*other)?))).collect();
        let Some((low, _)) = interval_of(&pairs, self.level(1)) else { return false };
        low > -self.question.indifference * self.cost(best).abs()
    }

    /// The estimate of a candidate's cost.
    #[must_use]
    pub fn cost_summary(&self, candidate: usize) -> Summary {
        Summary::of(self.candidates[candidate].costs.iter().copied())
    }
}

/// Student's interval of a mean; the value itself where all agree.
fn interval_of(values: &[f64], level: f64) -> Option<Interval> {
    let (mean, sd) = (mean(values)?, standard_deviation(values)?);
    Some(if sd == 0.0 { (mean, mean) } else { student_interval(mean, sd, values.len() as u64, level) })
}
