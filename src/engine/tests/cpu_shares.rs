//! CPU beyond the reservation on container instances (CON-15).
//!
//! Two tasks of 100 CPU units each on an instance of 1,000 units, of which each serves 600 requests a minute with what it reserves;
//! they are asked for 9,000.

use super::support::{Case, Run};
use crate::engine::setup::Start;
use crate::model::demand::{Demand, ServiceMinute};
use crate::model::service::ServiceLoad;
use crate::model::task_definition::TaskDefinition;

/// With a service `other` of one task of 300 units, shaped so, or without it.
fn case(web: impl FnOnce(&mut TaskDefinition), other: Option<fn(&mut TaskDefinition)>) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.ends_at(300);
    case.instance("host", "a", 1_000, 10_000);
    let web = case.definition("web", 100, 10, web);
    case.service("web", web, 2, |_| {});
    let demand = Demand::new(vec![9_000], true);
    case.setup.cluster.services[0].load = Some(ServiceLoad { demand, per_task_milli: 10_000 });
    if let Some(shape) = other {
        let other = case.definition("other", 300, 10, shape);
        case.service("other", other, 1, |_| {});
    }
    case
}

fn without_ceiling(task: &mut TaskDefinition) {
    task.has_cpu_ceiling = false;
}

fn minute(run: &Run, minute: usize) -> ServiceMinute {
    run.story.minutes[minute]
}

/// Each has half of 1,000 units, five times what it reserves: 2 × 5 × 600 = 6,000 requests at 500 % CPU.
#[test]
fn tasks_share_the_cpu_that_nobody_reserves() {
    let run = case(without_ceiling, None).run();
    assert_eq!(minute(&run, 1).served, 6_000);
    assert_eq!(minute(&run, 1).cpu_millionths, Some(500_000_000));
}

/// With task-level cpu, 2 × 600 requests at 100 %.
#[test]
fn task_level_cpu_is_a_ceiling() {
    let run = case(|task| task.has_cpu_ceiling = true, None).run();
    assert_eq!((minute(&run, 1).served, minute(&run, 1).cpu_millionths), (1_200, Some(100_000_000)));
}

/// Shares of 100, 100 and 300 units: a fifth of 1,000 each, twice what they reserve: 2 × 2 × 600 = 2,400.
#[test]
fn under_contention_each_has_its_part_by_what_it_reserves() {
    let run = case(without_ceiling, Some(without_ceiling)).run();
    assert_eq!(minute(&run, 1).served, 2_400);
}

/// A neighbour with a ceiling takes its 300 units at most: half of 700 each, 3.5 times: 2 × 3.5 × 600 = 4,200.
#[test]
fn a_neighbour_with_a_ceiling_leaves_the_rest() {
    let run = case(without_ceiling, Some(|task| task.has_cpu_ceiling = true)).run();
    assert_eq!(minute(&run, 1).served, 4_200);
}

/// The neighbour goes at 120 s, with 6,000 requests from then on.
#[test]
fn what_a_neighbour_leaves_is_there_at_once() {
    let mut case = case(without_ceiling, Some(without_ceiling));
    case.update(120.0, |input| {
        input.service = "other".to_owned();
        input.desired_count = Some(0);
    });
    let run = case.run();
    assert_eq!([1, 2, 3].map(|at| minute(&run, at).served), [2_400, 6_000, 6_000]);
}
