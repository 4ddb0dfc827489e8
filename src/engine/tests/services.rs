//! What the service scheduler does at rest.

use std::sync::Arc;

use super::support::{Case, Run, always, crashing, exit_of};
use crate::aws;
use crate::engine::api::Request;
use crate::engine::setup::{Start, TaskTarget, TimelineAction};
use crate::model::placement::{BinpackField, PlacementStrategy};
use crate::model::reason::{Refusal, StopCause};
use crate::model::service::{RolloutState, ServiceStatus};

/// SVC-1, SVC-2, SVC-11, RES-7.
#[test]
fn a_crashed_task_is_replaced_at_the_schedulers_next_look() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.container(web, "app", crashing(always(100.0)));
    case.service("web", web, 1, |_| {});
    case.ends_at(300);
    let run = case.run();
    // RUNNING at 9 s, crash at 109 s, looked at 1 s later; then 2.3 s to start, crash at 212.3 s
    let created: Vec<f64> = run.story.tasks.values().map(|task| task.created).collect();
    assert_eq!(created, [0.0, 110.0, 213.3]);
    assert_eq!(run.task("web#1").stopped(), Some(109.0));
}

/// Three tasks that pack: two fill `host-1`, the third is on `host-2`; task 2 crashes and is replaced.
fn packed() -> Case {
    let mut case = Case::new();
    case.values.exit_after_signal = always(0.0);
    case.instance("host", "a", 1024, 1024);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 3, |settings| {
        settings.strategies = vec![PlacementStrategy::Binpack(BinpackField::Memory)];
    });
    let crash = exit_of(TaskTarget::Task("web#1".to_owned()), 1);
    case.at(100.0, crash);
    case
}

fn scaled_in(run: &Run) -> Vec<(&str, &str)> {
    run.told(StopCause::ScaleIn).into_iter().map(|name| (name, run.task(name).host.as_str())).collect()
}

/// PLC-16: not the youngest goes, but the one whose instance has the most room.
#[test]
fn scale_in_of_a_packing_service_empties_the_instance_with_most_room() {
    let mut case = packed();
    case.update(600.0, |input| input.desired_count = Some(2));
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1", "host-1", "host-2", "host-1"]);
    assert_eq!(scaled_in(&run), [("web#3", "host-2")]);
}

/// PLC-18: a task that does not run yet goes first, wherever it is.
#[test]
fn scale_in_takes_a_task_that_does_not_run_yet_before_all_others() {
    let mut case = packed();
    // replaced at 101 s, running at 103.3 s; the scheduler looks at 102.5 s
    case.update(101.5, |input| input.desired_count = Some(2));
    assert_eq!(scaled_in(&case.run()), [("web#4", "host-1")]);
}

/// PLC-17: the zone with the most tasks, in it the instance with the most tasks.
#[test]
fn scale_in_without_a_strategy_takes_the_fullest_instance_of_the_fullest_zone() {
    let mut case = Case::new();
    // room for 1 + 1 in zone b, so that a gets 4: 2 on each instance, then one more
    case.instance("host", "a", 4096, 4096);
    case.instance("host", "a", 4096, 1024);
    case.instance("host", "b", 4096, 1024);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 7, |_| {});
    case.update(600.0, |input| input.desired_count = Some(5));
    let run = case.run();
    // zones 5 and 2; instances 3, 2 and 2: one from host-1, then a tie of 2 and 2, the youngest of zone a
    let stopped = scaled_in(&run);
    let on_host_1 = run.hosts().iter().filter(|host| **host == "host-1").count();
    assert_eq!((on_host_1, stopped.len()), (3, 2));
    assert!(stopped.iter().any(|(_, host)| *host == "host-1"), "{stopped:?}");
    assert!(stopped.iter().all(|(_, host)| *host != "host-3"), "{stopped:?}");
}

fn one_too_many() -> Case {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 1024);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 3, |_| {});
    case
}

/// SVC-9.
#[test]
fn refused_placement_is_tried_again_every_10_s_for_50_s_and_then_every_300_s() {
    let mut case = one_too_many();
    case.ends_at(1000);
    let at: Vec<f64> = case.run().story.placement_refused.iter().map(|(_, at)| *at).collect();
    assert_eq!(at, [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 350.0, 650.0, 950.0]);
}

/// SVC-9: a new shortage is a new one.
#[test]
fn a_shortage_that_is_over_leaves_no_trace_in_the_next() {
    let mut case = one_too_many();
    case.update(700.0, |input| input.desired_count = Some(2));
    case.update(900.0, |input| input.desired_count = Some(3));
    case.ends_at(925);
    let run = case.run();
    let at: Vec<f64> = run.story.placement_refused.iter().map(|(_, at)| *at).collect();
    // fast again from the look at 901 s
    assert_eq!(at[7..], [650.0, 901.0, 911.0, 921.0]);
    assert!(run.story.placement_refused.iter().all(|(reason, _)| *reason == Refusal::Memory));
}

/// SVC-17, SVC-18.
#[test]
fn a_new_desired_count_alone_starts_no_deployment() {
    let mut case = Case::new();
    case.instance("host", "a", 4096, 8192);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 2, |_| {});
    case.update(600.0, |input| input.desired_count = Some(5));
    case.update(1200.0, |input| input.desired_count = Some(1));
    let run = case.run();
    assert_eq!(run.story.deployments, []);
    assert_eq!((run.story.order.len(), run.told(StopCause::ScaleIn).len()), (5, 4));
    let all_at_once =
        run.told(StopCause::ScaleIn).iter().all(|name| run.task(name).told.unwrap().1 == 1201.0);
    assert!(all_at_once);
}

/// SVC-18 with `scale_in_batch` 2: 4 are too many at 1201 s; two go and have gone 2 s later, seen 1 s after that.
#[test]
fn a_scale_in_in_batches_waits_for_each_to_be_gone() {
    let mut case = Case::new();
    case.values.scale_in_batch = 2;
    case.instance("host", "a", 4096, 8192);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 5, |_| {});
    case.update(1200.0, |input| input.desired_count = Some(1));
    let run = case.run();
    let told = run.told(StopCause::ScaleIn);
    let mut at: Vec<f64> = told.iter().map(|name| run.task(name).told.unwrap().1).collect();
    at.sort_by(f64::total_cmp);
    assert_eq!(at, [1201.0, 1201.0, 1204.0, 1204.0]);
}

fn deletion(times: &[f64]) -> Run {
    let mut case = Case::new();
    case.instance("host", "a", 4096, 8192);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 2, |_| {});
    for at in times {
        let input = aws::DeleteService { service: "web".to_owned(), cluster: None, force: Some(true) };
        case.at(*at, TimelineAction::Request(Arc::new(Request::DeleteService(Box::new(input)))));
    }
    case.run()
}

/// RES-11, LAT-14: INACTIVE as soon as all its tasks are STOPPING; they exit 2 s after the signal.
#[test]
fn a_deleted_service_drains_and_is_then_inactive() {
    let run = deletion(&[300.0]);
    assert_eq!(
        run.story.service_status,
        [(ServiceStatus::Draining, 300.0), (ServiceStatus::Inactive, 301.0)]
    );
    assert_eq!(run.task("web#1").stopped(), Some(301.0 + 2.0));
    assert_eq!(run.cluster.services[0].tasks, []);
}

/// RES-11.
#[test]
fn deleting_a_draining_service_again_changes_nothing() {
    let run = deletion(&[300.0, 300.5]);
    assert_eq!(run.story.service_status.len(), 2);
    assert_eq!(run.story.failed_requests, []);
}

/// `start: settled`.
#[test]
fn a_settled_service_is_running_and_healthy_at_time_zero_without_a_deployment() {
    let mut case = Case::new();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 4096, 8192);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 3, |_| {});
    let run = case.run();
    assert_eq!((run.story.order.len(), run.cluster.services[0].counts.healthy), (3, 3));
    assert_eq!(run.story.rollouts, [(1, RolloutState::Completed, 0.0)]);
    assert_eq!((run.metric("availability:web"), run.metric("deployment_s.mean:web")), (Some(1.0), None));
    assert!(run.cluster.services[0].steady);
}

/// `start: settled`: what does not fit is left to the scheduler.
#[test]
fn what_does_not_fit_at_time_zero_waits_for_the_scheduler() {
    let mut case = one_too_many();
    case.setup.start = Start::Settled;
    case.ends_at(15);
    let run = case.run();
    assert_eq!(run.story.order.len(), 2);
    assert_eq!(run.story.placement_refused, [(Refusal::Memory, 0.0), (Refusal::Memory, 10.0)]);
}

/// CAP-3, CAP-6: scale-in leaves the targets of the smaller count.
#[test]
fn scale_in_takes_from_the_provider_with_the_largest_surplus() {
    use super::support::on;
    use crate::model::instance::PoolKind;
    use crate::model::task::{Capacity, CapacityChoice};
    let mut case = Case::new();
    let on_demand = case.fargate(PoolKind::Fargate, &["a"]);
    let spot = case.fargate(PoolKind::FargateSpot, &["a"]);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 12, |settings| {
        // base 3 weight 1, weight 2: 12 → 6 and 6; 3 → 3 and 0
        let first = CapacityChoice { base: 3, ..on(Capacity::Provider(on_demand)) };
        settings.capacity = vec![first, CapacityChoice { weight: 2, ..on(Capacity::Provider(spot)) }];
    });
    case.update(600.0, |input| input.desired_count = Some(3));
    let run = case.run();
    let by_choice = |choice| run.story.tasks.values().filter(|task| task.choice == choice).count();
    assert_eq!((by_choice(0), by_choice(1)), (6, 6));
    assert_eq!(run.cluster.services[0].active_by_choice, [3, 0]);
}
