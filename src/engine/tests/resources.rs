//! What an instance offers beside CPU and memory: interfaces, zones, platform, devices, ports (PLC-2).

use std::sync::Arc;

use super::support::{Case, Run, always, on};
use crate::aws::StartTask;
use crate::engine::api::Request;
use crate::engine::setup::{ContainerBehaviour, TimelineAction};
use crate::model::PoolId;
use crate::model::ZoneId;
use crate::model::change::AfterRefusal::GiveUp;
use crate::model::host_port::{HostPort, Protocol};
use crate::model::host_traits::{HostTraits, Platforms};
use crate::model::instance::InstanceStatus::{Active, Inactive, Lost, Registering};
use crate::model::instance::PoolKind;
use crate::model::parameters::ReleaseResourcesAt;
use crate::model::placement::PlacementConstraint;
use crate::model::reason::Refusal;
use crate::model::service::SchedulingStrategy;
use crate::model::task::{Capacity, TaskStatus};
use crate::model::task_definition::{CpuArchitecture, NetworkMode, OperatingSystem, TaskDefinition};

fn awsvpc(task: &mut TaskDefinition) {
    task.network_mode = NetworkMode::Awsvpc;
}

/// One instance with so many interfaces for tasks.
fn with_interfaces(mut case: Case, limit: u32) -> Case {
    case.instance("host", "a", 8192, 16_384);
    case.traits(|traits| traits.awsvpc_task_limit = Some(limit));
    case
}

/// CON-20: 2 interfaces; the third task in awsvpc mode finds none, one in bridge mode needs none.
#[test]
fn an_instance_holds_as_many_awsvpc_tasks_as_it_has_interfaces_for() {
    let mut case = with_interfaces(Case::instant(), 2);
    let job = case.definition("job", 256, 512, awsvpc);
    let plain = case.definition("plain", 256, 512, |_| {});
    case.caller("job", job, &[(0.0, 100.0), (1.0, 100.0), (2.0, 100.0), (150.0, 1.0)], |_| {});
    case.caller("plain", plain, &[(3.0, 100.0)], |_| {});
    let run = case.run();
    assert_eq!(run.created(), [0.0, 1.0, 3.0, 150.0]);
    assert_eq!(run.story.request_refused, [(3, GiveUp, 2.0)]);
    assert_eq!(run.story.refused_for, [Refusal::Eni]);
}

/// CON-20: an instance of which no limit is known has none.
#[test]
fn an_instance_of_raw_size_has_no_limit_of_interfaces() {
    let mut case = Case::instant();
    case.instance("host", "a", 40 * 256, 40 * 512);
    let job = case.definition("job", 256, 512, awsvpc);
    case.caller("job", job, &[(0.0, 100.0); 40], |_| {});
    assert_eq!(case.run().created().len(), 40);
}

/// CON-20, LIF-9: work from 14 (5 + 1 + 7 + 1) to 114 s, then 10 s of DEPROVISIONING, in which the interface goes.
#[test]
fn an_interface_is_held_until_its_task_is_stopped() {
    let mut case = with_interfaces(Case::new(), 1);
    let job = case.definition("job", 256, 512, awsvpc);
    case.caller("job", job, &[(0.0, 100.0), (120.0, 100.0), (125.0, 100.0)], |_| {});
    let run = case.run();
    assert_eq!(run.task("job#1").at(TaskStatus::Deprovisioning), Some(114.0));
    assert_eq!(run.task("job#1").stopped(), Some(124.0));
    assert_eq!(run.created(), [0.0, 125.0]);
    assert_eq!((run.story.request_refused[0].2, run.story.refused_for[0]), (120.0, Refusal::Eni));
}

/// LIF-21: placed when the first is told to stop at 100 s; its container exits after 30 s more, and 10 s later the
/// interface is gone. Then 5 s for its own, and dispatch 1, image 0.3, start 1.
#[test]
fn the_agent_waits_for_an_interface_that_is_given_back_on_paper() {
    let mut case = with_interfaces(Case::new(), 1);
    case.values.release_resources_at = ReleaseResourcesAt::DesiredStopped;
    let job = case.definition("job", 256, 512, awsvpc);
    let slow = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(job, "app", slow);
    case.caller("job", job, &[(0.0, 1000.0), (101.0, 100.0)], |_| {});
    let stop = crate::aws::StopTask { task: "job#1".to_owned(), ..Default::default() };
    case.at(100.0, TimelineAction::Request(Arc::new(Request::StopTask(Box::new(stop)))));
    let run = case.run();
    assert_eq!(run.task("job#1").stopped(), Some(140.0));
    assert_eq!(run.task("job#2").created, 101.0);
    assert!(run.task("job#2").at(TaskStatus::Running).is_some_and(|at| at > 140.0));
}

/// PLC-21: of several things that lack the interface is told last.
#[test]
fn the_interface_is_the_last_thing_that_is_looked_at() {
    let refused = |cpu: u32, gpus: u32| {
        let mut case = with_interfaces(Case::instant(), 0);
        let job = case.definition("job", cpu, 512, |task| {
            awsvpc(task);
            task.reserved.gpus = gpus;
        });
        case.caller("job", job, &[(0.0, 1.0)], |_| {});
        case.run().story.refused_for
    };
    assert_eq!(refused(9000, 0), [Refusal::Cpu]);
    assert_eq!(refused(256, 1), [Refusal::Gpu]);
    assert_eq!(refused(256, 0), [Refusal::Eni]);
}

/// A service on instances in zones a, b and c whose subnets are in `zones`.
fn in_zones(zones: &[u16], mode: NetworkMode) -> Run {
    let mut case = Case::instant();
    for zone in ["a", "b", "c"] {
        case.instance("host", zone, 1024, 2048);
    }
    let web = case.definition("web", 256, 512, |task| task.network_mode = mode);
    case.service("web", web, 4, |settings| {
        settings.zones = Some(zones.iter().map(|zone| ZoneId(*zone)).collect());
    });
    case.ends_at(5);
    case.run()
}

/// CON-21: only host-1 and host-3 are in the zones of the subnets; a bridge has no subnet.
#[test]
fn an_awsvpc_task_keeps_to_the_zones_of_its_subnets() {
    assert_eq!(in_zones(&[0, 2], NetworkMode::Awsvpc).hosts(), ["host-1", "host-3", "host-1", "host-3"]);
    assert_eq!(in_zones(&[0, 2], NetworkMode::Bridge).hosts(), ["host-1", "host-2", "host-3", "host-1"]);
}

/// CON-21, table 5a.
#[test]
fn where_no_instance_is_in_a_zone_of_the_subnets_the_reason_is_location() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let elsewhere = case.setup.cluster.intern_zone("b");
    let job = case.definition("job", 256, 512, awsvpc);
    case.caller("job", job, &[(0.0, 1.0)], |caller| caller.zones = Some(vec![elsewhere]));
    assert_eq!(case.run().story.refused_for, [Refusal::Location]);
}

/// SIZ-6, CON-21: 3 tasks over b and c; a is not among the subnets' zones.
#[test]
fn fargate_spreads_over_the_zones_of_the_subnets_only() {
    let mut case = Case::instant();
    let pool = case.fargate(PoolKind::Fargate, &["a", "b", "c"]);
    let web = case.definition("web", 256, 512, awsvpc);
    case.service("web", web, 3, |settings| {
        settings.capacity = vec![on(Capacity::Fargate(pool))];
        settings.zones = Some(vec![ZoneId(1), ZoneId(2)]);
    });
    let run = case.run();
    let zones: Vec<_> = run.story.order.iter().map(|name| run.task(name).zone.as_str()).collect();
    assert_eq!(zones, ["b", "c", "b"]);
}

/// One Graviton and one Intel instance, and one of which only the size is known.
fn three_platforms(needs: Platforms) -> Run {
    let mut case = Case::instant();
    for architecture in [Some(CpuArchitecture::Arm64), Some(CpuArchitecture::X86_64), None] {
        case.instance("host", "a", 256, 4096);
        case.traits(|traits| {
            *traits = HostTraits {
                architecture,
                operating_system: Some(OperatingSystem::Linux),
                ..HostTraits::default()
            };
        });
    }
    let job = case.definition("job", 256, 512, |task| task.needs.platforms = needs);
    case.caller("job", job, &[(0.0, 9.0), (1.0, 9.0), (2.0, 9.0), (3.0, 9.0)], |_| {});
    case.run()
}

/// PLC-2: instances of the other architecture are left out; when the fitting ones have no CPU left, that is told: one
/// requirement fails on each, and of those the one that lacks a resource is the closest (PLC-21).
#[test]
fn a_task_goes_to_instances_of_its_architecture_and_of_no_known_one() {
    let arm = three_platforms(Platforms::of_architecture(CpuArchitecture::Arm64));
    assert_eq!((arm.hosts(), arm.story.refused_for[0]), (vec!["host-1", "host-3"], Refusal::Cpu));
    let x86 = three_platforms(Platforms::of_architecture(CpuArchitecture::X86_64));
    assert_eq!(x86.hosts(), ["host-2", "host-3"]);
    assert_eq!(three_platforms(Platforms::NONE).hosts(), ["host-1", "host-2", "host-3"]);
    let windows = three_platforms(Platforms::of_system(OperatingSystem::Windows));
    assert_eq!(windows.story.refused_for, [Refusal::Attribute; 4]);
}

/// PLC-2: host-1 has an old agent; the task that orders its containers goes by it.
#[test]
fn a_task_keeps_off_an_agent_that_lacks_what_it_needs() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    case.traits(|traits| traits.lacking_capabilities = vec!["ecs.capability.container-ordering".to_owned()]);
    case.instance("host", "a", 256, 512);
    let needy = case.definition("needy", 256, 512, |task| {
        task.needs.capabilities = vec!["ecs.capability.container-ordering".to_owned()];
    });
    let plain = case.definition("plain", 256, 512, |task| {
        task.needs.capabilities = vec!["ecs.capability.task-eni".to_owned()];
    });
    case.caller("needy", needy, &[(0.0, 100.0)], |_| {});
    case.caller("plain", plain, &[(1.0, 100.0)], |_| {});
    assert_eq!(case.run().hosts(), ["host-2", "host-1"]);
}

/// CON-16: 4 devices; 1 + 2 are taken, 2 are too many, 1 is left.
#[test]
fn gpus_are_taken_as_whole_devices_by_one_task_at_a_time() {
    let mut case = Case::instant();
    case.instance_with_gpus("host", "a", 4);
    let jobs = [1, 2]
        .map(|gpus| case.definition(&format!("gpu-{gpus}"), 256, 512, |task| task.reserved.gpus = gpus));
    case.caller("one", jobs[0], &[(0.0, 100.0), (3.0, 100.0)], |_| {});
    case.caller("two", jobs[1], &[(1.0, 100.0), (2.0, 100.0), (150.0, 1.0)], |_| {});
    let run = case.run();
    assert_eq!(run.created(), [0.0, 1.0, 3.0, 150.0]);
    assert_eq!(run.story.refused_for, [Refusal::Gpu]);
}

/// CON-18: 6 + 90 of the first, 4 more make 100; with 5 it would be 101.
#[test]
fn a_task_that_would_exceed_a_hundred_reserved_ports_finds_no_place() {
    let ports = |from: u16, count: u16| {
        (from..from + count).map(|number| HostPort { number, protocol: Protocol::Udp }).collect::<Vec<_>>()
    };
    let mut case = Case::instant();
    case.instance("host", "a", 4096, 8192);
    for (second, name, held) in
        [(0.0, "a", ports(1000, 90)), (1.0, "b", ports(2000, 5)), (2.0, "c", ports(3000, 4))]
    {
        let job = case.definition(name, 256, 512, |task| task.host_ports = held);
        case.caller(name, job, &[(second, 100.0)], |_| {});
    }
    let run = case.run();
    assert_eq!((run.created(), run.story.refused_for), (vec![0.0, 2.0], vec![Refusal::Ports]));
}

/// StartTask for `job` on these instances at a set second.
fn start(case: &mut Case, seconds: f64, instances: &[&str]) {
    let input = StartTask {
        task_definition: "job".to_owned(),
        container_instances: instances.iter().map(|name| (*name).to_owned()).collect(),
        ..StartTask::default()
    };
    case.at(seconds, TimelineAction::Request(Arc::new(Request::StartTask(Box::new(input)))));
}

/// Two instances with room for two tasks each and interfaces for one of them.
fn two_to_name() -> (Case, PoolId) {
    let mut case = Case::instant();
    let pool = case.instance("host", "a", 512, 1024);
    case.instance("host", "b", 512, 1024);
    case.traits(|traits| traits.awsvpc_task_limit = Some(1));
    case.definition("job", 256, 512, awsvpc);
    (case, pool)
}

/// PLC-15: one on each instance named, whatever the strategies would prefer; RES-8: of one group.
#[test]
fn start_task_puts_a_task_on_each_instance_that_it_names() {
    let (mut case, _) = two_to_name();
    start(&mut case, 10.0, &["host-2", "host-1", "host-1"]);
    let run = case.run();
    assert_eq!(run.hosts(), ["host-2", "host-1", "host-1"]);
    assert_eq!(run.story.order, ["StartTask/job#1", "StartTask/job#2", "StartTask/job#3"]);
    assert_eq!(run.cluster.callers[0].name, "StartTask/job");
    assert!(run.story.request_refused.is_empty());
}

/// PLC-15, table 5a: each failure is the entry's own, the others start.
#[test]
fn start_task_fails_for_what_is_not_there_or_has_no_room() {
    let (mut case, pool) = two_to_name();
    start(&mut case, 10.0, &["host-9", "host-1", "host-1", "host-1", "host-2", "host-2"]);
    case.at(20.0, TimelineAction::AgentDisconnect { pool, ordinal: 2, length: always(10.0) });
    start(&mut case, 25.0, &["host-2"]);
    case.at(40.0, TimelineAction::InstanceTermination { pool, ordinal: Some(1), count: 1 });
    start(&mut case, 50.0, &["host-1"]);
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1", "host-1", "host-2"]);
    let reasons = [Refusal::Missing, Refusal::Cpu, Refusal::Eni, Refusal::Agent, Refusal::Inactive];
    assert_eq!(run.story.refused_for, reasons);
}

/// INS-5: until ECS notices the loss, the instance is there and its agent is silent.
#[test]
fn start_task_on_an_instance_that_is_lost_unnoticed_finds_its_agent_silent() {
    let (mut case, pool) = two_to_name();
    case.values.lost_instance_detect = crate::kernel::time::SimDuration::from_secs(60);
    case.at(0.0, TimelineAction::InstanceTermination { pool, ordinal: Some(1), count: 1 });
    start(&mut case, 30.0, &["host-1"]);
    start(&mut case, 90.0, &["host-1"]);
    assert_eq!(case.run().story.refused_for, [Refusal::Agent, Refusal::Inactive]);
}

/// PLC-15: platform and capabilities hold for it too.
#[test]
fn start_task_fails_where_an_attribute_is_missing() {
    let mut case = Case::instant();
    case.instance("host", "a", 512, 1024);
    case.traits(|traits| traits.architecture = Some(CpuArchitecture::X86_64));
    case.definition("job", 256, 512, |task| {
        task.needs.platforms = Platforms::of_architecture(CpuArchitecture::Arm64);
    });
    start(&mut case, 1.0, &["host-1"]);
    assert_eq!(case.run().story.refused_for, [Refusal::Attribute]);
}

/// PLC-13: the second call of the same instant has other subnets, and is not refused for those of the first.
#[test]
fn a_call_is_not_refused_for_the_subnets_of_the_one_before() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    for zone in ["a", "b"] {
        let id = case.setup.cluster.intern_zone(zone);
        case.setup.cluster.subnets.insert(format!("subnet-{zone}"), id);
    }
    case.definition("job", 256, 512, awsvpc);
    for subnet in ["subnet-b", "subnet-a"] {
        let input = serde_json::json!({ "taskDefinition": "job",
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": [subnet] } } });
        let input = serde_json::from_value(input).unwrap();
        case.at(10.0, TimelineAction::Request(Arc::new(Request::RunTask(input))));
    }
    let run = case.run();
    assert_eq!(run.story.refused_for, [Refusal::Location]);
    assert_eq!(run.story.order, ["RunTask/job#2"]);
}

/// The instance with a trunk interface fails at 600 s and is repaired after 120 s.
fn with_trunk() -> (Case, PoolId) {
    let mut case = Case::new();
    let pool = case.instance("host", "a", 1024, 2048);
    case.traits(|traits| traits.has_trunk = true);
    case.failing(pool, always(1e9), Some(always(120.0)));
    case.at(600.0, TimelineAction::InstanceFailure { pool, ordinal: Some(1), count: 1 });
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |_| {});
    (case, pool)
}

fn instance_story(run: &Run) -> Vec<(crate::model::instance::InstanceStatus, f64)> {
    run.story.instances.iter().map(|(_, status, at)| (*status, *at)).collect()
}

/// INS-1, LAT-10: 600 + 120 s of repair, and 10 s for the trunk before it takes tasks.
#[test]
fn an_instance_with_a_trunk_interface_registers_before_it_is_active() {
    let run = with_trunk().0.run();
    let expected = [(Lost, 600.0), (Inactive, 660.0), (Registering, 720.0), (Active, 730.0)];
    assert_eq!(instance_story(&run), expected);
    assert!(run.task("web#2").created >= 730.0);
}

/// FAIL-5: the outage of 725 to 800 s finds it REGISTERING; it begins again when the zone is back.
#[test]
fn a_zone_outage_breaks_a_registration_off() {
    let (mut case, _) = with_trunk();
    case.outage(725.0, "a", 75.0);
    let run = case.run();
    let expected = [(Registering, 720.0), (Inactive, 725.0), (Registering, 800.0), (Active, 810.0)];
    assert_eq!(instance_story(&run)[2..], expected);
}

/// SVC-4: the daemon's subnets are in zone a only, so it wants one of two.
#[test]
fn a_daemon_service_wants_none_where_its_subnets_are_not() {
    let mut case = Case::instant();
    let pool = case.instance("host", "a", 1024, 2048);
    case.instance("host", "b", 1024, 2048);
    case.failing(pool, always(1e6), Some(always(60.0)));
    let agent = case.definition("agent", 256, 512, awsvpc);
    case.service("agent", agent, 1, |settings| {
        settings.scheduling = SchedulingStrategy::Daemon;
        (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
        settings.zones = Some(vec![ZoneId(0)]);
    });
    case.at(100.0, TimelineAction::InstanceFailure { pool, ordinal: Some(1), count: 1 });
    let run = case.run();
    assert_eq!((run.hosts(), run.created()), (vec!["host-1", "host-1"], vec![0.0, 160.0]));
    assert_eq!(run.cluster.services[0].settings.desired_count, 1);
    assert!(run.story.placement_refused.is_empty());
}

/// SVC-9: refused at 0 s on the only instance; the update of 20 s lifts distinctInstance, and the next attempt fits.
#[test]
fn an_update_of_the_constraints_is_no_longer_refused_for_the_old_ones() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 2, |settings| {
        settings.constraints = vec![PlacementConstraint::DistinctInstance];
    });
    case.update(20.5, |input| input.placement_constraints = Some(Vec::new()));
    case.ends_at(60);
    let run = case.run();
    assert_eq!(run.created()[0], 0.0);
    assert!(run.created()[1] <= 30.5, "{:?}", run.created());
}
