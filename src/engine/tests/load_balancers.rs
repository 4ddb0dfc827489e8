//! Tasks as targets of load balancers (LB-2, LIF-7, SVC-12, SVC-14 to SVC-16, LAT-8, SPT-6).
//!
//! Checks come every 30 s from the registration of a target on; a failed one is known after 6 s.

use super::support::{Case, Run, always, exit_of, health_check};
use crate::engine::setup::{ContainerBehaviour, SpotTarget, Start, TaskTarget, TimelineAction};
use crate::kernel::time::SimDuration;
use crate::model::instance::PoolKind;
use crate::model::service::ServiceSettings;
use crate::model::service_event::ServiceEvent;
use crate::model::stop::StopCause;
use crate::model::target_group::{TargetGroup, TargetState};
use crate::model::task::TaskStatus;
use crate::model::{ServiceId, TargetGroupId};

use TargetState::{Draining, Healthy, Initial, Unhealthy, Unused};

/// A service `web` of so many tasks behind a target group, on an instance with room for eight.
fn behind(
    tasks: u32,
    group: impl FnOnce(&mut TargetGroup),
    shape: impl FnOnce(&mut ServiceSettings),
) -> Case {
    let mut case = Case::instant();
    case.ends_at(1000);
    case.instance("host", "a", 2048, 4096);
    let web = case.definition("web", 256, 512, |_| {});
    let targets = case.target_group(group);
    case.service("web", web, tasks, |settings| {
        settings.load_balancers = vec![targets];
        shape(settings);
    });
    case
}

fn hangs(task: &str, at: f64, seconds: f64) -> (f64, TimelineAction) {
    let target = TaskTarget::Task(task.to_owned());
    (at, TimelineAction::Unhealthy { target, count: 1, length: always(seconds) })
}

fn states(run: &Run, task: &str) -> Vec<(TargetState, f64)> {
    run.task(task).targets.iter().map(|(_, state, at)| (*state, *at)).collect()
}

/// LB-4, LIF-5, SVC-12: registered in ACTIVATING at 10 s, the app answers 35 s after its start at 45 s; of the checks of
/// 10, 40 and 70 s the third succeeds.
#[test]
fn a_task_is_healthy_when_its_load_balancer_finds_it_so() {
    let mut case = behind(1, |_| {}, |_| {});
    let web = crate::model::TaskDefinitionId(0);
    case.behaviour(web, |tasks| {
        tasks.launch = Some(always(10.0));
        tasks.ready = Some(always(35.0));
    });
    case.setup.cluster.target_groups[0].check.unhealthy_threshold = 10;
    let run = case.run();
    assert_eq!(states(&run, "web#1"), [(Initial, 10.0), (Healthy, 70.0)]);
    assert_eq!(run.task("web#1").at(TaskStatus::Activating), Some(10.0));
    assert_eq!(run.task("web#1").healthy, [(true, 70.0)]);
}

/// SVC-12: with a container check as well, both must find it healthy: the container's probe of 20 s, the check of 0 s.
#[test]
fn with_both_checks_a_task_is_healthy_when_both_say_so() {
    let mut case = Case::instant();
    case.ends_at(100);
    case.instance("host", "a", 1024, 2048);
    let web =
        case.definition("web", 256, 512, |task| task.containers[0].health_check = Some(health_check(20)));
    let targets = case.target_group(|_| {});
    case.service("web", web, 1, |settings| settings.load_balancers = vec![targets]);
    let run = case.run();
    assert_eq!(states(&run, "web#1"), [(Initial, 0.0), (Healthy, 0.0)]);
    assert_eq!(run.task("web#1").healthy, [(true, 20.0)]);
}

/// LB-8, LIF-7: told to stop at 500 s, DEACTIVATING for the deregistration delay of 120 s, then STOPPING for the 2 s that
/// the app takes.
#[test]
fn a_task_stops_when_its_deregistration_delay_is_over() {
    let mut case = behind(2, |group| group.deregistration_delay = SimDuration::from_secs(120), |_| {});
    case.setup.start = Start::Settled;
    case.values.exit_after_signal = always(2.0);
    case.update(500.0, |input| input.desired_count = Some(1));
    let run = case.run();
    let gone = run.task("web#2");
    assert_eq!(gone.told, Some((StopCause::ScaleIn, 500.0)));
    assert_eq!(gone.at(TaskStatus::Deactivating), Some(500.0));
    assert_eq!(gone.at(TaskStatus::Stopping), Some(620.0));
    assert_eq!(gone.stopped(), Some(622.0));
    assert_eq!(states(&run, "web#2"), [(Draining, 500.0), (Unused, 620.0)]);
    let told = run
        .story
        .events
        .iter()
        .any(|(event, at)| *at == 500.0 && *event == ServiceEvent::DrainingConnections { count: 1 });
    assert!(told, "{:?}", run.story.events);
}

/// LB-7: where a target that has no connections is let go, a healthy one takes the 5 s of `connection_drain`, and one that
/// was never healthy none.
#[test]
fn a_target_may_leave_when_it_has_no_connections_left() {
    let mut case = behind(2, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    case.values.drain_finishes_early = true;
    case.update(500.0, |input| input.desired_count = Some(1));
    assert_eq!(case.run().task("web#2").stopped(), Some(505.0));

    let mut case = behind(1, |_| {}, |_| {});
    case.values.drain_finishes_early = true;
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.ready = Some(always(900.0)));
    case.update(20.0, |input| input.desired_count = Some(0));
    assert_eq!(case.run().task("web#1").stopped(), Some(20.0));
}

/// LB-9: the crash at 200 s leaves nothing to wait for: STOPPED at once, the target gone with it, the replacement there.
#[test]
fn a_task_that_crashes_does_not_wait_for_its_load_balancer() {
    let mut case = behind(1, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    case.at(200.0, exit_of(TaskTarget::Task("web#1".to_owned()), 1));
    let run = case.run();
    assert_eq!(run.task("web#1").stopped(), Some(200.0));
    assert_eq!(states(&run, "web#1"), [(Draining, 200.0), (Unused, 200.0)]);
    assert_eq!(run.created(), [0.0, 200.0]);
}

/// LB-9: an essential container that ends while the task drains ends the wait: told at 500 s, crash at 510 s.
#[test]
fn a_crash_ends_the_deregistration_delay() {
    let mut case = behind(1, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    let crash = Some((always(510.0), 1));
    case.container(
        crate::model::TaskDefinitionId(0),
        "app",
        ContainerBehaviour { crash, ..ContainerBehaviour::default() },
    );
    case.update(500.0, |input| input.desired_count = Some(0));
    assert_eq!(case.run().task("web#1").stopped(), Some(510.0));
}

/// LB-5, LB-10, SVC-14, SVC-16: hangs from 95 s on; the checks of 120 and 150 s fail, the second is known at 156 s. The
/// replacement comes first, and is healthy at its first check, at once.
#[test]
fn a_task_that_its_load_balancer_finds_unhealthy_is_replaced() {
    let mut case = behind(1, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    let (at, hang) = hangs("web#1", 95.0, 10_000.0);
    case.at(at, hang);
    let run = case.run();
    assert_eq!(states(&run, "web#1")[0], (Unhealthy, 156.0));
    assert_eq!(run.task("web#1").told, Some((StopCause::TargetCheckFailed, 156.0)));
    assert_eq!(run.created(), [0.0, 156.0]);
    let reason = "Task failed ELB health checks in (target-group targets-1)";
    assert_eq!(run.stopped_reason("web#1").as_deref(), Some(reason));
    let target_group = TargetGroupId(0);
    let unhealthy = run.story.events.iter().find_map(|(event, at)| match event {
        ServiceEvent::TargetUnhealthy { .. } => Some((event.message(&run.cluster, ServiceId(0)), *at)),
        _ => None,
    });
    assert_eq!(run.cluster.target_group(target_group).name, "targets-1");
    let message = "(service web) (task web#1) (instance host-1) is unhealthy in (target-group targets-1) due to (reason \
                   Health checks failed)";
    assert_eq!(unhealthy, Some((message.to_owned(), 156.0)));
}

/// SVC-15: never ready. Unhealthy from the check of 30 s on, known at 36 s, and told to stop at the end of its grace
/// period of 100 s, being replaced.
#[test]
fn a_grace_period_covers_the_checks_of_a_load_balancer() {
    let mut case = behind(1, |_| {}, |settings| settings.grace_period = SimDuration::from_secs(100));
    case.ends_at(110);
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.ready = Some(always(900.0)));
    let run = case.run();
    assert_eq!(states(&run, "web#1"), [(Initial, 0.0), (Unhealthy, 36.0)]);
    assert_eq!(run.created(), [0.0, 100.0]);
}

/// A hang of 20 s between 95 and 115 s meets no check; one of 40 s between 215 and 255 s only that of 240 s.
#[test]
fn a_short_hang_passes_unseen() {
    let mut case = behind(1, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    for (at, hang) in [hangs("web#1", 95.0, 20.0), hangs("web#1", 215.0, 40.0)] {
        case.at(at, hang);
    }
    let run = case.run();
    assert_eq!(states(&run, "web#1"), []);
    assert_eq!(run.created(), [0.0]);
}

/// LB-3: without head-room for a replacement and with a floor that keeps it, the task stays and comes back: hangs from 95
/// to 200 s, unhealthy at 156 s; the successes of 210, 240, 270, 300 and 330 s make it healthy.
#[test]
fn an_unhealthy_target_is_healthy_again_after_its_threshold() {
    let shape = |settings: &mut ServiceSettings| settings.grace_period = SimDuration::from_secs(5000);
    let mut case = behind(1, |_| {}, shape);
    case.setup.start = Start::Settled;
    let (at, hang) = hangs("web#1", 95.0, 105.0);
    case.at(at, hang);
    let run = case.run();
    assert_eq!(states(&run, "web#1"), [(Unhealthy, 156.0), (Healthy, 330.0)]);
    assert_eq!(run.task("web#1").healthy, [(false, 156.0), (true, 330.0)]);
    assert_eq!(run.created(), [0.0]);
}

/// INS-5: the instance is gone at 100 s and ECS would notice after 600 s; the checks of 120 and 150 s fail, and the
/// replacement comes at 156 s on another instance.
#[test]
fn a_load_balancer_notices_a_lost_host_before_ecs_does() {
    let mut case = behind(1, |_| {}, |_| {});
    case.instance("other", "a", 1024, 2048);
    case.setup.start = Start::Settled;
    case.values.lost_instance_detect = SimDuration::from_secs(600);
    let pool = crate::model::PoolId(0);
    case.at(100.0, TimelineAction::InstanceFailure { pool, ordinal: Some(1), count: 1 });
    let run = case.run();
    assert_eq!(run.created(), [0.0, 156.0]);
    assert_eq!(run.hosts(), ["host-1", "other-1"]);
    assert_eq!(run.task("web#1").stopped(), Some(700.0));
}

/// LB-1: two target groups, the second with an interval of 10 s and a threshold of 2: it finds the task unhealthy first,
/// with the checks of 100 and 110 s, known at 116 s. The slow path takes the longer of the two delays, 300 s.
#[test]
fn a_task_may_have_several_target_groups() {
    let mut case = Case::instant();
    case.ends_at(1000);
    case.instance("host", "a", 2048, 4096);
    let web = case.definition("web", 256, 512, |_| {});
    let slow = case.target_group(|_| {});
    let quick = case.target_group(|group| {
        group.check.interval = SimDuration::from_secs(10);
        group.deregistration_delay = SimDuration::from_secs(60);
    });
    case.service("web", web, 1, |settings| settings.load_balancers = vec![slow, quick]);
    case.setup.start = Start::Settled;
    let (at, hang) = hangs("web#1", 95.0, 10_000.0);
    case.at(at, hang);
    let run = case.run();
    assert_eq!(run.task("web#1").targets[0], (1, Unhealthy, 116.0));
    assert_eq!(run.task("web#1").stopped(), Some(116.0 + 300.0));
}

/// SPT-6: reclaimed at 500 s: the stop signal comes at once, and the target drains until the app has ended after 20 s.
#[test]
fn a_reclaimed_fargate_spot_task_drains_while_it_stops() {
    let mut case = Case::instant();
    case.ends_at(600);
    let pool = case.fargate(PoolKind::FargateSpot, &["a"]);
    let web = case.definition("web", 256, 512, |_| {});
    let targets = case.target_group(|_| {});
    case.values.exit_after_signal = always(20.0);
    case.service("web", web, 1, |settings| {
        settings.load_balancers = vec![targets];
        settings.capacity[0].capacity = crate::model::task::Capacity::Provider(pool);
    });
    case.setup.start = Start::Settled;
    let target = SpotTarget::Task("web#1".to_owned());
    case.at(500.0, TimelineAction::SpotInterruption { target, count: 1 });
    let run = case.run();
    let gone = run.task("web#1");
    assert_eq!((gone.at(TaskStatus::Deactivating), gone.at(TaskStatus::Stopping)), (None, Some(500.0)));
    assert_eq!(states(&run, "web#1"), [(Draining, 500.0), (Unused, 520.0)]);
}

/// LAT-8: one second after the registration at time zero, and a part of 30 s that is drawn for each task.
#[test]
fn the_first_check_comes_within_an_interval() {
    let mut case = behind(8, |_| {}, |_| {});
    case.values.target_registration = SimDuration::from_secs(1);
    case.values.first_check_spread = 1.0;
    let run = case.run();
    let mut healthy: Vec<f64> = run.story.tasks.values().map(|task| task.healthy[0].1).collect();
    healthy.sort_by(f64::total_cmp);
    healthy.dedup();
    assert_eq!(healthy.len(), 8, "each has its own: {healthy:?}");
    assert!(healthy[0] >= 1.0 && healthy[7] < 31.0, "{healthy:?}");
    assert!(healthy[7] - healthy[0] > 10.0, "they are spread: {healthy:?}");
}

/// LB-6: both tasks hang from 100 to 160 s; the checks of 120 and 150 s fail, so that no target is healthy from 156 s on and requests
/// go to both. From 160 s on they work again, long before five checks in a row say so at 300 s. Of 20 requests a second those of
/// the four seconds between find nobody: 80. Their replacements take too long to matter.
#[test]
fn where_no_target_is_healthy_requests_go_to_all() {
    let mut case = behind(2, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.launch = Some(always(5000.0)));
    for task in ["web#1", "web#2"] {
        let (at, action) = hangs(task, 100.0, 60.0);
        case.at(at, action);
    }
    let demand = crate::model::demand::Demand::new(vec![1200], true);
    case.setup.cluster.services[0].load =
        Some(crate::model::service::ServiceLoad { demand, per_task_milli: 10_000 });
    let run = case.run();
    assert_eq!(states(&run, "web#1"), [(Unhealthy, 156.0), (Healthy, 300.0)]);
    let unserved: Vec<u64> = run.story.minutes[..6].iter().map(|minute| minute.unserved()).collect();
    assert_eq!(unserved, [0, 0, 80, 0, 0, 0]);
}

/// LB-6: while they do not work, nobody serves, whoever is sent the requests.
#[test]
fn requests_to_targets_that_do_not_work_are_not_served() {
    let mut case = behind(1, |_| {}, |_| {});
    case.setup.start = Start::Settled;
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.launch = Some(always(5000.0)));
    let (at, action) = hangs("web#1", 100.0, 500.0);
    case.at(at, action);
    let demand = crate::model::demand::Demand::new(vec![600], true);
    case.setup.cluster.services[0].load =
        Some(crate::model::service::ServiceLoad { demand, per_task_milli: 10_000 });
    let unserved: Vec<u64> = case.run().story.minutes[..12].iter().map(|minute| minute.unserved()).collect();
    // From 156 to 600 s: 24 s of minute 2, and all of minutes 3 to 9.
    assert_eq!(unserved, [0, 0, 240, 600, 600, 600, 600, 600, 600, 600, 0, 0]);
}
