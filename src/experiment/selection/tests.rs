use super::*;
use crate::kernel::streams::{Entity, Purpose, Streams};
use crate::scenario::spec::Statistic;

fn promise() -> Promise {
    Promise {
        bound: 0.9,
        at_least: true,
        statistic: Statistic::Mean,
        in_share: None,
        is_share: true,
        tolerance: 0.002,
    }
}

fn question(budget: u64) -> Question {
    Question {
        promises: vec![promise()],
        confidence: 0.95,
        indifference: 0.01,
        less_is_better: true,
        budget,
        agree_from: 10,
    }
}

/// Candidate k of 20 costs k + 1 give or take 0.3 that all share, and keeps a share of about 0.80 + 0.01 k.
fn row(seed: u64, candidate: usize, replication: u64) -> (Vec<Option<f64>>, Option<f64>) {
    let mut shared = Streams::new(seed, replication).open(Purpose::Task, Entity::named("shared"));
    let own = Entity::named("own").number(candidate as u64);
    let mut own = Streams::new(seed, replication).open(Purpose::Task, own);
    let share = 0.80 + 0.01 * candidate as f64 + 0.03 * (own.uniform() - 0.5);
    (vec![Some(share)], Some(candidate as f64 + 1.0 + 0.6 * (shared.uniform() - 0.5)))
}

fn search(seed: u64, budget: u64) -> (Answer, Selection) {
    let mut selection = Selection::new(question(budget), 20);
    loop {
        match selection.step() {
            Err(answer) => return (answer, selection),
            Ok(wanted) => {
                for (candidate, more) in wanted {
                    let from = selection.candidates[candidate].costs.len() as u64;
                    selection.add(
                        candidate,
                        (from..from + more).map(|replication| row(seed, candidate, replication)),
                    );
                }
            }
        }
    }
}

#[test]
fn the_cheapest_that_keeps_its_promise_is_found_for_a_part_of_the_trials() {
    let mut spent = 0;
    for seed in 0..50 {
        let (answer, selection) = search(seed, 2_000);
        // candidate 10 lies on the bound itself: both it and 11 (0.91) are right answers within the tolerance
        assert!(matches!(answer, Answer::Found(10 | 11)), "seed {seed}: {answer:?}");
        spent += selection.spent();
    }
    // 20 candidates × 100 replications would be 2,000 each time
    assert!(spent < 50 * 1_000, "{spent}");
}

#[test]
fn the_same_search_takes_the_same_steps() {
    let (first, second) = (search(3, 2_000), search(3, 2_000));
    assert_eq!((first.0, first.1.spent()), (second.0, second.1.spent()));
}

#[test]
fn nobody_is_found_where_all_miss() {
    let mut selection = Selection::new(question(1_000), 2);
    while let Ok(wanted) = selection.step() {
        for (candidate, more) in wanted {
            selection.add(candidate, (0..more).map(|n| (vec![Some(0.5 + 0.001 * n as f64)], Some(1.0))));
        }
    }
    assert_eq!(selection.step(), Err(Answer::Nobody));
    assert!(selection.candidates.iter().all(|each| each.fate == Fate::Misses(0)));
}

#[test]
fn a_spent_budget_is_said_and_what_is_known_by_then() {
    let (answer, selection) = search(1, 110);
    assert!(matches!(answer, Answer::NotYet(_)), "{answer:?}");
    assert!(selection.spent() <= 110);
}

#[test]
fn values_that_all_agree_are_believed_only_from_enough_replications_on() {
    let flawless = |n| vec![Some(1.0); n];
    assert_eq!(promise().standing(&flawless(9), 0.99, 10), Standing::Unclear);
    assert_eq!(promise().standing(&flawless(10), 0.99, 10), Standing::Kept);
}

#[test]
fn a_share_of_replications_is_shown_by_its_exact_interval() {
    let promise = Promise { in_share: Some(0.9), ..promise() };
    // lower bound of 60 of 60 at 99 %: 0.005^(1/60) = 0.9155; of 40 of 40: 0.8759
    assert_eq!(promise.standing(&[Some(1.0); 60], 0.99, 10), Standing::Kept);
    assert_eq!(promise.standing(&[Some(1.0); 40], 0.99, 10), Standing::Unclear);
    assert_eq!(promise.standing(&[Some(0.0); 10], 0.99, 10), Standing::Missed);
}

#[test]
fn one_bad_replication_misses_a_promise_of_the_worst() {
    let promise = Promise { statistic: Statistic::Worst, ..promise() };
    let mut values = vec![Some(0.95); 10];
    assert_eq!(promise.standing(&values, 0.99, 10), Standing::Kept);
    values[3] = Some(0.89);
    assert_eq!(promise.standing(&values, 0.99, 10), Standing::Missed);
}

#[test]
fn costs_within_the_indifference_zone_are_equal() {
    let mut selection = Selection::new(question(1_000), 2);
    for (candidate, cost) in [(0, 10.05), (1, 10.0)] {
        selection.add(candidate, (0..12).map(|n| (vec![Some(0.95 + 0.001 * (n % 3) as f64)], Some(cost))));
    }
    assert_eq!(selection.step(), Err(Answer::Found(1)));
    assert_eq!(selection.candidates[0].fate, Fate::Costlier(1, true));
}
