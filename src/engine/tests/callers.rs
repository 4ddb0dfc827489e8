//! What callers of RunTask do about a refusal and about a stop.

use super::support::{Case, Run, always, crashing};
use crate::engine::setup::{CallerBehaviour, End, OnRefusal, OnStop};
use crate::model::change::AfterRefusal::{GiveUp, Wait, WaitOn};

/// One instance with room for `slots` tasks that start and stop in no time.
fn calls(slots: u32, calls: &[(f64, f64)], shape: impl FnOnce(&mut CallerBehaviour)) -> Case {
    let mut case = Case::instant();
    case.instance("host", "a", 256 * slots, 512 * slots);
    let job = case.definition("job", 256, 512, |_| {});
    case.caller("job", job, calls, shape);
    case
}

fn created(run: &Run) -> Vec<(&str, f64)> {
    run.story.order.iter().map(|name| (name.as_str(), run.task(name).created)).collect()
}

/// PLC-13.
#[test]
fn a_refused_request_is_over_by_default() {
    let run = calls(1, &[(0.0, 100.0), (10.0, 5.0)], |_| {}).run();
    assert_eq!(run.story.request_refused, [(2, GiveUp, 10.0)]);
    assert_eq!(created(&run), [("job#1", 0.0)]);
}

#[test]
fn a_retrying_caller_asks_until_there_is_room() {
    let shape = |caller: &mut CallerBehaviour| {
        caller.on_refusal = OnRefusal::Retry { every: always(30.0), limit: None };
    };
    let run = calls(1, &[(0.0, 100.0), (10.0, 5.0)], shape).run();
    // the first ends at 100 s, just before the third retry
    assert_eq!(run.story.request_refused, [(2, Wait, 10.0), (2, WaitOn, 40.0), (2, WaitOn, 70.0)]);
    assert_eq!(created(&run), [("job#1", 0.0), ("job#2", 100.0)]);
    assert_eq!(run.task("job#2").requested, 10.0);
    // 0 s and 90 s; one of two waited
    assert_eq!(run.metric("wait_placement_s.max:job"), Some(90.0));
    assert_eq!(run.metric("waited_share:job"), Some(0.5));
}

#[test]
fn a_retrying_caller_gives_up_at_its_limit() {
    let shape = |caller: &mut CallerBehaviour| {
        caller.on_refusal = OnRefusal::Retry { every: always(30.0), limit: Some(2) };
    };
    let run = calls(1, &[(0.0, 100.0), (10.0, 5.0)], shape).run();
    // the first attempt and two more
    assert_eq!(run.story.abandoned, [(2, 70.0)]);
    assert_eq!(created(&run), [("job#1", 0.0)]);
    assert_eq!(run.metric("refused:job"), Some(1.0));
}

fn in_line(places: Option<u32>, timeout: Option<f64>) -> impl FnOnce(&mut CallerBehaviour) {
    move |caller| caller.on_refusal = OnRefusal::Wait { places, timeout: timeout.map(always) }
}

/// One slot: the order of starts is the order of arrivals.
#[test]
fn those_who_wait_are_served_in_order_of_arrival() {
    let four = [(0.0, 100.0), (1.0, 50.0), (2.0, 10.0), (3.0, 10.0)];
    let run = calls(1, &four, in_line(None, None)).run();
    assert_eq!(created(&run), [("job#1", 0.0), ("job#2", 100.0), ("job#3", 150.0), ("job#4", 160.0)]);
}

/// A task that would fit does not pass one that waits.
#[test]
fn nobody_overtakes_the_head_of_the_line() {
    let mut case = calls(2, &[(0.0, 100.0), (2.0, 10.0)], in_line(None, None));
    let large = case.definition("large", 512, 1024, |_| {});
    case.caller("large", large, &[(1.0, 10.0)], in_line(None, None));
    let run = case.run();
    // the large one waits for both places, and the small one behind it though it has room
    assert_eq!(created(&run), [("job#1", 0.0), ("large#1", 100.0), ("job#2", 110.0)]);
}

/// The patience of the large one ends at 21 s, and the small one behind it is served at once.
#[test]
fn when_the_head_of_the_line_loses_patience_the_next_is_served() {
    let mut case = calls(2, &[(0.0, 100.0), (2.0, 10.0)], in_line(None, None));
    let large = case.definition("large", 512, 1024, |_| {});
    case.caller("large", large, &[(1.0, 10.0)], in_line(None, Some(20.0)));
    let run = case.run();
    assert_eq!(run.story.abandoned, [(1, 21.0)]);
    assert_eq!(created(&run), [("job#1", 0.0), ("job#2", 21.0)]);
}

#[test]
fn a_line_with_one_place_refuses_the_second() {
    let run = calls(1, &[(0.0, 100.0), (1.0, 5.0), (2.0, 5.0)], in_line(Some(1), None)).run();
    assert_eq!(run.story.request_refused, [(2, Wait, 1.0), (3, GiveUp, 2.0)]);
    assert_eq!(created(&run), [("job#1", 0.0), ("job#2", 100.0)]);
}

#[test]
fn a_crashed_task_is_submitted_again_until_it_completes() {
    let mut case = calls(1, &[(0.0, 100.0)], |caller| {
        caller.on_stop = OnStop::Resubmit { after: always(10.0), even_completed: false };
    });
    case.container(crate::model::TaskDefinitionId(0), "app", crashing(always(30.0)));
    case.ends_at(100);
    // crash after 30 s, again 10 s later
    assert_eq!(created(&case.run()), [("job#1", 0.0), ("job#1.2", 40.0), ("job#1.3", 80.0)]);
}

#[test]
fn a_completed_task_is_submitted_again_only_if_the_caller_never_stops() {
    let again = |even_completed: bool| {
        let mut case = calls(1, &[(0.0, 30.0)], |caller| {
            caller.on_stop = OnStop::Resubmit { after: always(10.0), even_completed };
        });
        case.ends_at(75);
        case.run().story.order
    };
    assert_eq!(again(false), ["job#1"]);
    assert_eq!(again(true), ["job#1", "job#1.2"]);
}

/// `duration: untilDone`.
#[test]
fn a_run_until_done_ends_with_its_last_task() {
    let mut case = calls(2, &[(0.0, 100.0), (10.0, 5.0)], |_| {});
    case.setup.end = End::UntilDone;
    let run = case.run();
    assert_eq!((run.end, run.cluster.tasks_present), (100.0, 0));
}

/// What is to be submitted again is not done.
#[test]
fn a_run_until_done_waits_for_what_is_submitted_again() {
    let mut case = calls(1, &[(0.0, 40.0)], |caller| {
        caller.on_stop = OnStop::Resubmit { after: always(10.0), even_completed: false };
    });
    case.at(
        30.0,
        crate::engine::setup::TimelineAction::InstanceFailure {
            pool: crate::model::PoolId(0),
            ordinal: None,
            count: 1,
        },
    );
    case.failing(crate::model::PoolId(0), always(1e9), Some(always(5.0)));
    case.setup.end = End::UntilDone;
    // lost at 30 s and noticed at once, again at 40 s, 40 s of work
    let run = case.run();
    assert_eq!(created(&run), [("job#1", 0.0), ("job#1.2", 40.0)]);
    assert_eq!(run.end, 80.0);
}

/// PLC-14, RES-7.
#[test]
fn a_call_for_three_gets_the_two_that_fit() {
    let run = calls(2, &[(0.0, 100.0)], |caller| caller.count = 3).run();
    assert_eq!(created(&run), [("job#1", 0.0), ("job#2", 0.0)]);
    assert_eq!(run.story.request_refused, [(3, GiveUp, 0.0)]);
}
