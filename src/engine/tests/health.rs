//! Health checks and what services do about them (CON-8, CON-10, SVC-14, SVC-15).

use super::support::{Case, always, exit_of, health_check};
use crate::aws::StopTask;
use crate::engine::Simulation;
use crate::engine::api::Request;
use crate::engine::setup::{ContainerBehaviour, Start, TaskTarget, TimelineAction};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::ServiceId;
use crate::model::demand::Demand;
use crate::model::scaling::{
    PolicyKind, ScalableTarget, ScalingMetric, ScalingPolicy, Suspended, TargetTracking, TrackingAlarms,
};
use crate::model::service::{ServiceLoad, ServiceSettings};
use crate::model::stop::StopCause;

/// A service of one task, probed every 10 s with three retries; each task breaks down 100 s after its start.
fn breaking_down(shape: impl FnOnce(&mut ServiceSettings)) -> Case {
    let mut case = Case::instant();
    case.ends_at(200);
    case.instance("host", "a", 1024, 2048);
    let web =
        case.definition("web", 256, 512, |task| task.containers[0].health_check = Some(health_check(10)));
    let unhealthy_after = Some(always(100.0));
    case.container(web, "app", ContainerBehaviour { unhealthy_after, ..ContainerBehaviour::default() });
    case.service("web", web, 1, shape);
    case
}

/// SVC-12, CON-6: healthy at 10 s; probes fail at 100, 110 and 120 s.
#[test]
fn a_task_with_a_health_check_is_healthy_by_its_probes() {
    assert_eq!(breaking_down(|_| {}).run().task("web#1").healthy, [(true, 10.0), (false, 120.0)]);
}

/// SVC-14: floor(1 × 2.00) = 2 leaves head-room: the replacement of 120 s is healthy at 130 s, then the first one goes.
#[test]
fn an_unhealthy_task_is_replaced_first_where_there_is_headroom() {
    let run = breaking_down(|_| {}).run();
    assert_eq!(run.created(), [0.0, 120.0]);
    assert_eq!(run.task("web#1").told, Some((StopCause::HealthCheckFailed, 130.0)));
    let reason = "Task failed container health checks";
    assert_eq!(run.stopped_reason("web#1").as_deref(), Some(reason));
}

/// SVC-14: web#1 hangs, so that its probes of 55, 65 and 75 s fail and web#3 comes at 75 s. When web#2 and web#3 exit at
/// 85 s, one task is missing and one is to be replaced: both start at once.
#[test]
fn the_replacement_of_an_unhealthy_task_does_not_wait_for_that_of_a_crashed_one() {
    let mut case = Case::instant();
    case.ends_at(88);
    case.instance("host", "a", 4096, 8192);
    let web =
        case.definition("web", 256, 512, |task| task.containers[0].health_check = Some(health_check(10)));
    case.behaviour(web, |tasks| tasks.launch = Some(always(5.0)));
    case.service("web", web, 2, |_| {});
    let named = |name: &str| TaskTarget::Task(name.to_owned());
    let length = always(1000.0);
    case.at(50.0, TimelineAction::Unhealthy { target: named("web#1"), count: 1, length });
    case.at(85.0, exit_of(named("web#2"), 1));
    case.at(85.0, exit_of(named("web#3"), 1));
    assert_eq!(case.run().created(), [0.0, 0.0, 75.0, 85.0, 85.0]);
}

/// SVC-14: floor(1 × 1.00) = 1 leaves none: first the stop, then the start.
#[test]
fn an_unhealthy_task_is_stopped_first_where_there_is_none() {
    let run = breaking_down(|settings| settings.maximum_percent = 100).run();
    assert_eq!(run.task("web#1").told, Some((StopCause::HealthCheckFailed, 120.0)));
    assert_eq!(run.created(), [0.0, 120.0]);
}

/// SVC-14: the replacement is ready only after 1,000 s and so becomes UNHEALTHY at 120 + 30 s: one of the two goes, and
/// the next replacement comes.
#[test]
fn of_two_unhealthy_tasks_one_goes() {
    let mut case = breaking_down(|_| {});
    case.setup.start = Start::Settled; // the first one is healthy whatever `ready`
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.ready = Some(always(1000.0)));
    let run = case.run();
    assert_eq!(run.task("web#1").told, Some((StopCause::HealthCheckFailed, 150.0)));
    assert_eq!(run.created(), [0.0, 120.0, 150.0, 180.0]);
}

/// SVC-14: web#1 is UNHEALTHY from 70 s on and web#3 on its way in its place. When web#3 is stopped, and web#2 too, both
/// are made up for at once: one to the desired count, one in the place of web#1.
#[test]
fn a_lost_task_does_not_hold_up_the_replacement_of_an_unhealthy_one() {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.ends_at(300);
    case.instance("host", "a", 4096, 4096);
    let web =
        case.definition("web", 256, 512, |task| task.containers[0].health_check = Some(health_check(10)));
    case.behaviour(web, |tasks| tasks.launch = Some(always(1000.0)));
    case.service("web", web, 2, |_| {});
    let target = TaskTarget::Task("web#1".to_owned());
    case.at(50.0, TimelineAction::Unhealthy { target, count: 1, length: always(1000.0) });
    for task in ["web#2", "web#3"] {
        let stop = StopTask { task: task.to_owned(), ..StopTask::default() };
        case.at(200.0, TimelineAction::Request(std::sync::Arc::new(Request::StopTask(Box::new(stop)))));
    }
    assert_eq!(case.run().created(), [0.0, 0.0, 70.0, 200.0, 200.0]);
}

/// SVC-15: unhealthy at 120 s counts from 200 s on.
#[test]
fn bad_health_counts_after_the_grace_period() {
    let mut case = breaking_down(|settings| settings.grace_period = SimDuration::from_secs(200));
    case.ends_at(205);
    assert_eq!(case.run().created(), [0.0, 200.0]);
}

/// CON-10.
#[test]
fn a_standalone_task_runs_on_whatever_its_health() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let job =
        case.definition("job", 256, 512, |task| task.containers[0].health_check = Some(health_check(10)));
    let unhealthy_after = Some(always(100.0));
    case.container(job, "app", ContainerBehaviour { unhealthy_after, ..ContainerBehaviour::default() });
    case.caller("job", job, &[(0.0, 1000.0)], |_| {});
    assert_eq!(case.run().task("job#1").told, Some((StopCause::Completed, 1000.0)));
}

/// FAIL-3: hanging from 50 to 75 s, the probes of 50, 60 and 70 s fail; that of 80 s passes, and the surplus goes.
#[test]
fn a_task_that_hangs_for_a_while_recovers() {
    let mut case = Case::instant();
    case.ends_at(90);
    case.instance("host", "a", 1024, 2048);
    let web =
        case.definition("web", 256, 512, |task| task.containers[0].health_check = Some(health_check(10)));
    case.behaviour(web, |tasks| tasks.launch = Some(always(5.0)));
    case.service("web", web, 1, |_| {});
    let (target, length) = (TaskTarget::Service(ServiceId(0)), always(25.0));
    case.at(50.0, TimelineAction::Unhealthy { target, count: 1, length });
    let run = case.run();
    // RUNNING at 5 s, so probes at 15, 25, …: 55, 65 and 75 s; the hang ends at 75 s, and so that probe passes
    assert_eq!(run.task("web#1").healthy, [(true, 15.0)]);
    assert_eq!(run.created(), [0.0]);
}

/// A steady cluster of `services` × 20 tasks with health checks; the events of its first `hours`.
fn events_of_a_steady_cluster(services: u32, hours: u64, shape: impl FnOnce(&mut Case)) -> u64 {
    let mut case = Case::new();
    case.setup.start = Start::Settled;
    case.ends_at(hours * 3600);
    for n in 0..services / 50 {
        case.instance("host", ["a", "b", "c"][n as usize % 3], 1_000_000, 1_000_000);
    }
    let web = case.definition("web", 10, 10, |task| task.containers[0].health_check = Some(health_check(30)));
    for n in 0..services {
        case.service(&format!("web-{n}"), web, 20, |_| {});
    }
    shape(&mut case);
    case.finish();
    let outcome = Simulation::new(&case.setup, 0, (), ()).run().unwrap();
    assert_eq!(outcome.cluster.tasks_present, u64::from(services) * 20);
    assert!(outcome.end >= SimTime(hours * 3_600_000));
    outcome.events
}

/// 100,000 healthy tasks in 5,000 services: beyond the first look at each service nothing happens at all.
#[test]
fn a_steady_cluster_makes_no_events() {
    assert_eq!(events_of_a_steady_cluster(5000, 2, |_| {}), events_of_a_steady_cluster(5000, 1, |_| {}));
}

/// The same behind load balancers, asked 55 % of what they can and tracked at 60 %: beyond the first hour, in which each service
/// looks once at itself and at its demand, nothing happens.
#[test]
fn a_steady_cluster_with_load_balancers_and_scaling_makes_no_events() {
    let asked = |case: &mut Case| {
        let targets = case.target_group(|_| {});
        for service in &mut case.setup.cluster.services {
            service.settings.load_balancers = vec![targets];
            for deployment in &mut service.deployments {
                deployment.load_balancers = vec![targets];
            }
            // 20 tasks × 10 a second × 55 % × 60 s.
            let demand = Demand::new(vec![6_600], true);
            service.load = Some(ServiceLoad { demand, per_task_milli: 10_000 });
            let kind = PolicyKind::Tracking(TargetTracking {
                metric: ScalingMetric::CpuUtilization,
                target_millionths: 60_000_000,
                scale_out_cooldown: SimDuration::ZERO,
                scale_in_cooldown: SimDuration::ZERO,
                never_scales_in: false,
                alarms: TrackingAlarms::default(),
            });
            let name = "cpu".to_owned();
            let policy = ScalingPolicy { name, kind, last_scale_out: None, last_scale_in: None };
            let (min, max, suspended) = (1, 100, Suspended::default());
            service.scaling = Some(Box::new(ScalableTarget {
                min,
                max,
                suspended,
                policies: vec![policy],
                scheduled: Vec::new(),
            }));
        }
    };
    let (one, two) = (events_of_a_steady_cluster(5000, 1, asked), events_of_a_steady_cluster(5000, 2, asked));
    assert_eq!(two - one, 0, "{one} in the first hour");
}
