//! Instances and zones that fail, and Spot.

use super::support::{Case, Run, always, on};
use crate::engine::setup::{Start, TimelineAction};
use crate::kernel::time::SimDuration;
use crate::model::PoolId;
use crate::model::instance::InstanceStatus::{Active, Inactive, Lost};
use crate::model::instance::PoolKind;
use crate::model::placement::PlacementRule;
use crate::model::reason::StopCause;
use crate::model::task::{Capacity, TaskStatus};

/// Two instances in two zones and a service of two tasks; instance 1 fails at these seconds.
fn failures(at: &[f64], repair: Option<f64>) -> Case {
    let mut case = Case::new();
    let pool = case.instance("host", "a", 1024, 2048);
    case.instance("host", "b", 1024, 2048);
    case.failing(pool, always(1e9), repair.map(always));
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 2, |_| {});
    at.iter().for_each(|at| fail(&mut case, *at, pool));
    case
}

fn fail(case: &mut Case, at: f64, pool: PoolId) {
    case.at(at, TimelineAction::InstanceFailure { pool, ordinal: Some(1), count: 1 });
}

fn of_instance(run: &Run) -> Vec<(crate::model::instance::InstanceStatus, f64)> {
    run.story.instances.iter().map(|(_, status, at)| (*status, *at)).collect()
}

/// FAIL-4, INS-1, INS-5.
#[test]
fn a_failed_instance_is_noticed_after_a_minute_and_back_after_its_repair() {
    let run = failures(&[600.0], Some(120.0)).run();
    assert_eq!(of_instance(&run), [(Lost, 600.0), (Inactive, 660.0), (Active, 720.0)]);
    let task = run.task("web#1");
    assert_eq!(task.told, Some((StopCause::HostLost, 660.0)));
    assert_eq!(task.stopped(), Some(660.0));
    // it serves nobody from the failure on, though ECS thinks it RUNNING for another minute
    assert_eq!(task.lost, Some(600.0));
    assert_eq!((run.task("web#3").created, run.task("web#3").host.as_str()), (661.0, "host-2"));
}

/// INS-5: a repair shorter than the detection brings the news.
#[test]
fn an_instance_that_is_back_before_it_was_missed_has_lost_its_tasks() {
    let run = failures(&[600.0], Some(20.0)).run();
    assert_eq!(of_instance(&run), [(Lost, 600.0), (Inactive, 620.0), (Active, 620.0)]);
    assert_eq!(run.task("web#1").stopped(), Some(620.0));
    assert_eq!(run.task("web#3").created, 621.0);
}

/// INS-5: the minute of the first failure says nothing of the second.
#[test]
fn a_second_failure_is_noticed_in_its_own_time() {
    let run = failures(&[600.0, 645.0], Some(20.0)).run();
    let second = &of_instance(&run)[3..];
    assert_eq!(second, [(Lost, 645.0), (Inactive, 665.0), (Active, 665.0)]);
}

/// FAIL-4, INS-1, INS-10.
#[test]
fn an_instance_without_repair_is_gone_for_good() {
    let run = failures(&[600.0], None).run();
    assert_eq!(of_instance(&run), [(Lost, 600.0), (Inactive, 660.0)]);
}

/// FAIL-5: two outages of a zone that overlap: 600 to 900 s and 700 to 1000 s.
#[test]
fn instances_come_back_when_the_last_outage_of_their_zone_ends() {
    let mut case = failures(&[], None);
    case.outage(600.0, "a", 300.0);
    case.outage(700.0, "a", 300.0);
    assert_eq!(of_instance(&case.run()), [(Lost, 600.0), (Inactive, 660.0), (Active, 1000.0)]);
}

/// FAIL-5: its own repair is over at 720 s, and its zone is out until 900 s.
#[test]
fn a_repaired_instance_waits_for_its_zone() {
    let mut case = failures(&[600.0], Some(120.0));
    case.outage(650.0, "a", 250.0);
    assert_eq!(of_instance(&case.run()), [(Lost, 600.0), (Inactive, 660.0), (Active, 900.0)]);
}

/// FAIL-5, SIZ-6: Fargate tasks of the zone are lost, and replaced where it works.
#[test]
fn an_outage_takes_the_fargate_tasks_of_its_zone() {
    let mut case = Case::new();
    let fargate = case.fargate(PoolKind::Fargate, &["a", "b"]);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 4, |settings| settings.capacity = vec![on(Capacity::Fargate(fargate))]);
    case.outage(600.0, "a", 3000.0);
    let run = case.run();
    let lost = run.told(StopCause::FargateHostLost);
    assert_eq!(lost.len(), 2);
    assert!(lost.iter().all(|name| run.task(name).zone == "a" && run.task(name).stopped() == Some(660.0)));
    assert_eq!(run.hosts(), ["a", "b", "a", "b", "b", "b"]);
}

/// FAIL-6, SPT-5: the stop signal comes with the warning; the 120 s are not waited for.
#[test]
fn a_reclaimed_spot_task_gets_its_stop_signal_at_once() {
    let mut case = Case::new();
    let spot = case.fargate(PoolKind::FargateSpot, &["a"]);
    case.setup.world.pools[spot.index()].interruption = Some(always(1000.0));
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |settings| settings.capacity = vec![on(Capacity::Provider(spot))]);
    case.ends_at(1800);
    let run = case.run();
    let task = run.task("web#1");
    // provisioning 20 s, dispatch 1 s, pull 3 s + 200 MB at 12 MB/s = 16.667 s, container 1 s
    assert_eq!(task.at(TaskStatus::Running), Some(41.667));
    assert_eq!(task.told, Some((StopCause::SpotInterruption, 1041.667)));
    // 2 s to exit, 10 s for the interface
    assert_eq!(task.at(TaskStatus::Stopping), Some(1041.667));
    assert_eq!(task.at(TaskStatus::Deprovisioning), Some(1043.667));
    assert_eq!(task.stopped(), Some(1053.667));
    assert_eq!(run.task("web#2").created, 1042.667);
}

/// FAIL-4: a failure law that never strikes is no failure law.
#[test]
fn a_failure_beyond_the_end_changes_nothing() {
    let without = failures(&[], None);
    let mut with = failures(&[], None);
    with.setup.world.pools[0].failure = None;
    assert_eq!(without.run().digest, with.run().digest);
}

/// INS-5, DEP-4: the host of both tasks dies at 100 s and is missed at 160 s. A deployment begun at 110 s may stop one of
/// two tasks that ECS takes for healthy (floor ceil(2 × 0.5) = 1), not both as if it knew.
#[test]
fn ecs_takes_a_task_for_healthy_until_it_misses_its_host() {
    let mut case = Case::instant();
    case.values.lost_instance_detect = SimDuration::from_secs(60);
    case.ends_at(200);
    case.setup.start = Start::Settled;
    let pool = case.instance("host", "a", 1024, 2048);
    case.instance("other", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.behaviour(web, |tasks| tasks.launch = Some(always(1000.0)));
    case.service("web", web, 2, |settings| {
        settings.placement_rule = PlacementRule::FirstFit;
        settings.minimum_healthy_percent = 50;
        settings.maximum_percent = 200;
    });
    case.at(100.0, TimelineAction::InstanceTermination { pool, ordinal: None, count: 1 });
    case.at(110.0, super::support::force_deployment("web"));
    let run = case.run();
    assert_eq!(run.told(StopCause::Deployment).len(), 1);
    assert_eq!(run.told(StopCause::HostLost).len(), 1);
}
