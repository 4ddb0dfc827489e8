//! Instances that are emptied: DRAINING, by whatever limits the service has (INS-6 to INS-8, SVC-13).

use super::support::{Case, Run, always, health_check};
use crate::engine::setup::{ContainerBehaviour, Start, TaskTarget, TimelineAction};
use crate::model::instance::InstanceStatus;
use crate::model::service::{SchedulingStrategy, ServiceSettings};
use crate::model::stop::StopCause;
use crate::model::task::TaskStatus;
use crate::model::{PoolId, ServiceId};

/// `desired` settled tasks, two on each host, that run 60 s after their launch and are gone 30 s after the stop order;
/// `host-1` with `web#1` and the one a round later drains at 600 s.
fn drained(desired: u32, min: u32, max: u32) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    for zone in ["a", "b", "c"].iter().take(desired as usize / 2) {
        case.instance("host", zone, 4096, 8192);
    }
    let web = case.definition("web", 10, 10, |_| {});
    case.behaviour(web, |tasks| tasks.launch = Some(always(60.0)));
    let exits = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, desired, |settings| {
        (settings.minimum_healthy_percent, settings.maximum_percent) = (min, max);
    });
    case.set_state(600.0, "host-1", "DRAINING");
    case
}

/// When the tasks of this name were told to stop because their instance drains.
fn told(run: &Run, names: &[&str]) -> Vec<f64> {
    assert_eq!(run.told(StopCause::Draining), names);
    names.iter().map(|name| run.task(name).told.unwrap().1).collect()
}

/// When tasks were created after the settled ones, all elsewhere than on `host-1`.
fn replacements(run: &Run, settled: usize) -> Vec<f64> {
    assert!(!run.hosts()[settled..].contains(&"host-1"), "{:?}", run.hosts());
    run.created()[settled..].to_vec()
}

/// INS-E1: 6 tasks, 50 % to 150 %: ceil(6 × 0.5) = 3 and floor(6 × 1.5) = 9. Two of six may stop (4 ≥ 3) and two start
/// (4 + 2 stopping + 2 ≤ 9), both at once.
#[test]
fn with_room_below_and_above_two_tasks_stop_and_two_start_at_once() {
    let run = drained(6, 50, 150).run();
    assert_eq!(told(&run, &["web#1", "web#4"]), [600.0, 600.0]);
    assert_eq!(replacements(&run, 6), [600.0, 600.0]);
    assert_eq!(run.story.instances, [("host-1".to_owned(), InstanceStatus::Draining, 600.0)]);
}

/// INS-6: with 100 % and 200 % two start at 600 s, run at 660 s, and only then do the old ones go.
#[test]
fn at_a_minimum_of_100_percent_the_replacements_run_first() {
    let run = drained(6, 100, 200).run();
    assert_eq!(replacements(&run, 6), [600.0, 600.0]);
    assert_eq!(told(&run, &["web#1", "web#4"]), [660.0, 660.0]);
    assert_eq!(run.metric("availability:web"), Some(1.0));
}

/// INS-6: floor(6 × 1.17) = 7, so one after the other: 600 s start, 660 s stop, 690 s gone and the next starts.
#[test]
fn a_maximum_of_one_more_replaces_one_after_the_other() {
    let run = drained(6, 100, 117).run();
    assert_eq!(replacements(&run, 6), [600.0, 690.0]);
    // of the two the one that stays alone on its host longest is the elder
    assert_eq!(told(&run, &["web#1", "web#4"]), [750.0, 660.0]);
}

/// INS-6: ceil(4 × 0.5) = 2 of 4 may stop at once; floor(4 × 1.0) = 4 = 2 + 2 stopping, so starts wait 30 s.
#[test]
fn at_a_maximum_of_100_percent_the_replacements_wait_until_the_old_ones_have_stopped() {
    let run = drained(4, 50, 100).run();
    assert_eq!(told(&run, &["web#1", "web#3"]), [600.0, 600.0]);
    assert_eq!(replacements(&run, 4), [630.0, 630.0]);
}

/// DEP-3 as the API has it: stopping tasks do not count, and nothing waits.
#[test]
fn stopping_tasks_that_do_not_count_make_nobody_wait() {
    let mut case = drained(4, 50, 100);
    case.values.count_stopping_in_max = false;
    assert_eq!(replacements(&case.run(), 4), [600.0, 600.0]);
}

/// INS-6: neither a stop nor a start is allowed, and the service is not steady again (SVC-7).
#[test]
fn with_both_percentages_100_an_instance_never_drains() {
    let run = drained(4, 100, 100).run();
    assert_eq!(told(&run, &[]), [] as [f64; 0]);
    assert_eq!(replacements(&run, 4), [] as [f64; 0]);
    let web = &run.cluster.services[0];
    assert!(!web.steady);
    assert_eq!((web.counts.draining, web.counts.running), (2, 4));
}

/// INS-6: nobody serves by it, so an unhealthy one makes way even there, and its place is taken elsewhere.
#[test]
fn with_both_percentages_100_an_unhealthy_task_goes_all_the_same() {
    let mut case = drained(4, 100, 100);
    case.setup.cluster.task_definitions[0].containers[0].health_check = Some(health_check(10));
    let target = TaskTarget::Task("web#1".to_owned());
    case.at(700.0, TimelineAction::Unhealthy { target, count: 1, length: always(1e5) });
    let run = case.run();
    // three probes of 10 s fail, 5 s each
    let at = told(&run, &["web#1"])[0];
    assert!((720.0..740.0).contains(&at), "{at}");
    assert_eq!(replacements(&run, 4), [at + 30.0]);
}

/// SVC-13: RUNNING at 660 s is enough for draining; a deployment would wait until 700 s.
#[test]
fn a_task_without_checks_counts_at_running_where_instances_drain() {
    let mut case = drained(4, 100, 200);
    case.values.no_check_healthy_delay = crate::kernel::time::SimDuration::from_secs(40);
    assert_eq!(told(&case.run(), &["web#1", "web#3"]), [660.0, 660.0]);
}

/// INS-6: those launched at 0 s would run at 60 s; at 10 s the two on the first host stop and two start elsewhere.
#[test]
fn pending_tasks_stop_at_once() {
    let mut case = drained(4, 100, 200);
    case.setup.start = Start::Cold;
    case.setup.timeline.clear();
    case.set_state(10.0, "host-1", "DRAINING");
    let run = case.run();
    assert_eq!(told(&run, &["web#1", "web#3"]), [10.0, 10.0]);
    assert_eq!(replacements(&run, 4), [10.0, 10.0]);
    assert_eq!(run.task("web#1").at(TaskStatus::Running), None);
}

/// INS-7: two jobs on the host that drains, one RUNNING and one PENDING, both to their end; and it stays DRAINING.
#[test]
fn standalone_tasks_on_it_are_left_alone() {
    let mut case = drained(4, 100, 200);
    let job = case.definition("job", 3000, 10, |_| {});
    case.behaviour(job, |tasks| tasks.launch = Some(always(50.0)));
    // the first host has most room for a job of 3000 of its 4096 units, the second for the next, none for a third
    case.caller("job", job, &[(100.0, 1000.0), (580.0, 1000.0)], |_| {});
    let run = case.run();
    assert_eq!(run.task("job#1").cause(), Some(StopCause::Completed));
    assert_eq!(run.task("job#2").cause(), Some(StopCause::Completed));
    let on_first = run.story.order.iter().filter(|name| run.task(name).host == "host-1");
    assert_eq!(on_first.filter(|name| name.starts_with("job")).count(), 1);
    assert_eq!(run.cluster.instances.iter().next().unwrap().1.status, InstanceStatus::Draining);
}

fn daemon(settings: &mut ServiceSettings) {
    settings.scheduling = SchedulingStrategy::Daemon;
    (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
}

/// INS-8, SVC-5: the others are told at 660 s and gone at 690 s; then the daemon goes, and no other comes there.
#[test]
fn a_daemon_leaves_last() {
    let mut case = drained(4, 100, 200);
    let agent = case.definition("agent", 10, 10, |_| {});
    case.service("agent", agent, 2, daemon);
    let run = case.run();
    assert_eq!(told(&run, &["web#1", "web#3", "agent#1"]), [660.0, 660.0, 690.0]);
    assert_eq!(run.cluster.services[1].settings.desired_count, 1);
    assert!(run.cluster.services[1].steady);
    assert_eq!(run.story.order.iter().filter(|name| name.starts_with("agent")).count(), 2);
}

/// INS-8: a job that works until 1600 s keeps the daemon beside it.
#[test]
fn a_daemon_stays_as_long_as_a_standalone_task() {
    let mut case = drained(4, 50, 200);
    let agent = case.definition("agent", 10, 10, |_| {});
    case.service("agent", agent, 2, daemon);
    let job = case.definition("job", 10, 10, |_| {});
    case.caller("job", job, &[(600.0, 1000.0)], |_| {});
    case.setup.timeline.clear();
    case.set_state(601.0, "host-1", "DRAINING");
    let run = case.run();
    assert_eq!((run.task("job#1").host.as_str(), run.task("web#3").stopped()), ("host-1", Some(631.0)));
    assert_eq!(run.task("agent#1").told, Some((StopCause::Draining, 1600.0)));
}

/// INS-7: what was started for nothing is too much, and nothing is left to drain.
#[test]
fn an_instance_that_is_active_again_keeps_its_tasks() {
    let mut case = drained(4, 100, 200);
    case.set_state(630.0, "host-1", "ACTIVE");
    let run = case.run();
    assert_eq!(told(&run, &[]), [] as [f64; 0]);
    assert_eq!(run.told(StopCause::ScaleIn), ["web#5", "web#6"]);
    assert!(run.cluster.services[0].steady);
}

/// DEP-5, DEP-11: during a deployment both kinds go for the new revision: 4 + 4 ≤ 8, the 4 old ones go at 660 s.
#[test]
fn a_deployment_takes_drained_tasks_along() {
    let mut case = drained(4, 100, 200);
    case.update(600.0, |input| input.force_new_deployment = Some(true));
    let run = case.run();
    assert_eq!(run.told(StopCause::Deployment).len(), 4);
    assert_eq!(replacements(&run, 4), [600.0; 4]);
    assert!(run.cluster.services[0].steady);
}

/// INS-6: new tasks that land on an instance which drains in the middle of their deployment are replaced, and the
/// deployment ends with all of them elsewhere.
#[test]
fn new_tasks_of_a_deployment_are_drained_too() {
    let mut case = drained(4, 100, 200);
    case.setup.timeline.clear();
    case.update(600.0, |input| input.force_new_deployment = Some(true));
    case.set_state(630.0, "host-1", "DRAINING");
    let run = case.run();
    // two of the four new ones were PENDING there
    assert_eq!(told(&run, &["web#5", "web#7"]), [630.0, 630.0]);
    assert!(run.cluster.services[0].steady);
    assert_eq!((run.cluster.services[0].counts.active, run.story.order.len()), (4, 10));
}

/// SVC-18: with 2 wanted of 4, those on the instance that drains are the ones to go, and none is started for them.
#[test]
fn a_scale_in_takes_the_drained_tasks() {
    let mut case = drained(4, 100, 200);
    case.update(600.0, |input| input.desired_count = Some(2));
    let run = case.run();
    assert_eq!(told(&run, &["web#1", "web#3"]), [600.0, 600.0]);
    assert_eq!(run.story.order.len(), 4);
}

/// INS-5, INS-10: lost at 610 s while the replacements start, noticed at 670 s; two new tasks are enough.
#[test]
fn an_instance_can_be_lost_while_it_drains() {
    let mut case = drained(4, 100, 200);
    case.values.lost_instance_detect = crate::kernel::time::SimDuration::from_secs(60);
    case.at(610.0, TimelineAction::InstanceTermination { pool: PoolId(0), ordinal: Some(1), count: 1 });
    let run = case.run();
    let statuses: Vec<_> = run.story.instances.iter().map(|(_, status, at)| (*status, *at)).collect();
    let [draining, lost, gone] =
        [InstanceStatus::Draining, InstanceStatus::LostDraining, InstanceStatus::Inactive];
    assert_eq!(statuses, [(draining, 600.0), (lost, 610.0), (gone, 670.0)]);
    assert_eq!(run.story.order.len(), 6);
    assert_eq!(run.cluster.service(ServiceId(0)).counts.running, 4);
}

/// INS-6: only from ACTIVE; the other way is open, and an unknown instance is missing.
#[test]
fn what_cannot_be_set_is_a_failure_of_the_call() {
    let mut case = drained(4, 100, 200);
    case.set_state(601.0, "host-1", "DRAINING");
    case.set_state(602.0, "host-7", "DRAINING");
    case.set_state(603.0, "host-2", "ACTIVE");
    let call = "UpdateContainerInstancesState";
    let failed = case.run().story.failed_requests;
    assert_eq!(failed, [(call, "InvalidParameterException"), (call, "MISSING")]);
}

/// AAS-19: two tasks of 512 units on two instances of 2,048: 1,024 of 4,096 are reserved, 25 %, DRAINING or not; once one is
/// deregistered at half of the hour, 1,024 of 2,048. Over the hour 1,024 × 60 of 4,096 × 30 + 2,048 × 30 are a third.
#[test]
fn reservation_is_over_active_and_draining_instances() {
    let share = |deregisters: bool| {
        let mut case = Case::instant();
        case.setup.start = Start::Settled;
        case.instance("host", "a", 2048, 4096);
        case.instance("host", "b", 2048, 4096);
        let web = case.definition("web", 512, 512, |_| {});
        case.service("web", web, 2, |_| {});
        case.set_state(600.0, "host-1", "DRAINING");
        if deregisters {
            let input = serde_json::json!({ "containerInstance": "host-1" });
            case.request(1800.0, crate::engine::api::Request::DeregisterContainerInstance, input);
        }
        case.run().metric("cpu_reserved_share:c").unwrap()
    };
    assert!((share(false) - 0.25).abs() < 1e-9);
    assert!((share(true) - 1.0 / 3.0).abs() < 1e-9);
}
