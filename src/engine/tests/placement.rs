//! Where tasks go (V12 and V14 are in `tests/validation`).

use super::support::{Case, Run, always, on};
use crate::engine::setup::{ContainerBehaviour, Start};
use crate::model::change::AfterRefusal;
use crate::model::host_port::{HostPort, Protocol};
use crate::model::instance::PoolKind;
use crate::model::parameters::{RunTaskDefault, TieBreak};
use crate::model::placement::{BinpackField, PlacementConstraint, PlacementStrategy, SpreadField};
use crate::model::reason::Refusal;
use crate::model::service::ServiceSettings;
use crate::model::task::Capacity;

/// Instances by zone, cpu and memory; a service of `count` tasks of 256 CPU units and 512 MiB.
pub(super) fn placed(
    instances: &[(&str, u32, u32)],
    count: u32,
    shape: impl FnOnce(&mut ServiceSettings),
) -> Vec<String> {
    let mut case = Case::instant();
    for (zone, cpu, memory_mib) in instances {
        case.instance("host", zone, *cpu, *memory_mib);
    }
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, count, shape);
    case.run().hosts().into_iter().map(str::to_owned).collect()
}

pub(super) fn binpack(field: BinpackField) -> impl FnOnce(&mut ServiceSettings) {
    move |settings| settings.strategies = vec![PlacementStrategy::Binpack(field)]
}

/// PLC-4: the cpu that is left decides, or the memory.
#[test]
fn binpack_fills_the_instance_with_least_of_its_resource_left() {
    let two = [("a", 1024, 8192), ("a", 4096, 2048)];
    // cpu: 4 × 256 = 1024 fill the first; memory: 4 × 512 = 2048 fill the second
    let by_cpu = placed(&two, 5, binpack(BinpackField::Cpu));
    assert_eq!(by_cpu, ["host-1", "host-1", "host-1", "host-1", "host-2"]);
    let by_memory = placed(&two, 5, binpack(BinpackField::Memory));
    assert_eq!(by_memory, ["host-2", "host-2", "host-2", "host-2", "host-1"]);
}

/// PLC-5.
#[test]
fn spread_over_instances_goes_round() {
    let hosts = placed(&[("a", 4096, 8192), ("a", 4096, 8192), ("b", 4096, 8192)], 5, |settings| {
        settings.strategies = vec![PlacementStrategy::Spread(SpreadField::Instance)];
    });
    assert_eq!(hosts, ["host-1", "host-2", "host-3", "host-1", "host-2"]);
}

/// PLC-8: the zone with fewest tasks, in it the instance with fewest.
#[test]
fn the_default_of_a_service_has_two_levels() {
    let hosts = placed(&[("a", 4096, 8192), ("a", 4096, 8192), ("b", 4096, 8192)], 6, |_| {});
    // a 0 b 0 → 1; a 1 → 3; tie, empty instance → 2; b → 3; tie of zones, then 1, 2 with 1 each → 1; b → 3
    assert_eq!(hosts, ["host-1", "host-3", "host-2", "host-3", "host-1", "host-3"]);
}

/// PLC-3, PLC-E1: after three tasks A1 has 512, A2 1536 and B1 1024 left; then B1, then A1.
#[test]
fn the_rule_books_example_of_two_strategies_comes_out() {
    let three = [("a", 1024, 8192), ("a", 1536, 8192), ("b", 1280, 8192)];
    let hosts = placed(&three, 5, |settings| {
        settings.strategies = vec![
            PlacementStrategy::Spread(SpreadField::AvailabilityZone),
            PlacementStrategy::Binpack(BinpackField::Cpu),
        ];
    });
    // A1 1024 → 768, B1 1280 → 1024, A1 768 → 512; then a 2, b 1 → B1; then 2, 2 and A1 has least left
    assert_eq!(hosts, ["host-1", "host-3", "host-1", "host-3", "host-1"]);
}

/// CON-18, PLC-21: port 80 of the only instance is taken from 0 to 100 s; the request of 50 s is refused, that of 150 s
/// is not.
#[test]
fn a_fixed_port_is_held_by_one_task_at_a_time() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| {
        task.host_ports = vec![HostPort { number: 80, protocol: Protocol::Tcp }];
    });
    case.caller("web", web, &[(0.0, 100.0), (50.0, 100.0), (150.0, 100.0)], |_| {});
    let run = case.run();
    assert_eq!(run.created(), [0.0, 150.0]);
    assert_eq!(run.story.request_refused, [(2, AfterRefusal::GiveUp, 50.0)]);
    assert_eq!(run.story.refused_for, [Refusal::Ports]);
}

/// PLC-11, LIF-21: one instance; the old task of an update is still STOPPING for 30 s, and the new one is there.
#[test]
fn a_stopping_task_does_not_block_its_instance_for_distinct_instance() {
    let mut case = Case::instant();
    case.values.count_stopping_in_max = false;
    case.setup.start = Start::Settled;
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    let exits = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, 1, |settings| {
        settings.constraints = vec![PlacementConstraint::DistinctInstance];
        (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
    });
    case.update(600.0, |input| input.force_new_deployment = Some(true));
    let run = case.run();
    assert_eq!((run.task("web#1").stopped(), run.task("web#2").created), (Some(630.0), 600.0));
}

/// 400 tasks on four equal instances: tasks by instance, and their chi-square against a quarter each.
fn scattered(shape: impl FnOnce(&mut Case)) -> (Run, f64) {
    let mut case = Case::instant();
    case.values.tie_break = TieBreak::SeededRandom;
    shape(&mut case);
    for zone in ["a", "a", "a", "b"] {
        case.instance("host", zone, 1 << 20, 1 << 20);
    }
    let job = case.definition("job", 256, 512, |_| {});
    let calls: Vec<(f64, f64)> = (0..400).map(|second| (f64::from(second), 3000.0)).collect();
    case.caller("job", job, &calls, |_| {});
    let run = case.run();
    let count = |name: &str| run.hosts().iter().filter(|host| **host == name).count() as f64;
    let squares =
        ["host-1", "host-2", "host-3", "host-4"].map(|name| (count(name) - 100.0) * (count(name) - 100.0));
    let chi_square = squares.iter().sum::<f64>() / 100.0;
    (run, chi_square)
}

/// PLC-7, PLC-8: 30.7 is the quantile of chi-square with 3 degrees at 1 − 1e-6.
#[test]
fn run_task_without_a_strategy_scatters_uniformly() {
    assert!(scattered(|_| {}).1 < 30.7);
}

/// PLC-9: the twin: the lowest always, (300² + 3 × 100²) / 100 = 1200.
#[test]
fn with_ties_to_the_lowest_all_go_to_one_instance() {
    assert_eq!(scattered(|case| case.values.tie_break = TieBreak::LowestInstanceId).1, 1200.0);
}

/// PLC-8: as the console's template does; zone b has one instance and half of the tasks.
#[test]
fn run_task_may_spread_over_zones_by_default() {
    let (run, _) = scattered(|case| case.values.runtask_default = RunTaskDefault::SpreadZones);
    assert_eq!(run.hosts().iter().filter(|host| **host == "host-4").count(), 200);
}

/// SIZ-6, RES-6: each on a host of its own.
#[test]
fn fargate_tasks_are_spread_over_zones() {
    let mut case = Case::instant();
    let fargate = case.fargate(PoolKind::Fargate, &["a", "b", "c"]);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 7, |settings| settings.capacity = vec![on(Capacity::Fargate(fargate))]);
    assert_eq!(case.run().hosts(), ["a", "b", "c", "a", "b", "c", "a"]);
}

/// PLC-21: a task of 2,048 units, 4,096 MiB and port 80. host-1 lacks the port alone, host-2 CPU and memory, host-3 only the
/// port too; host-1 and host-3 fail one requirement each and have nothing left of it, so the first of them is told.
#[test]
fn the_reason_code_is_what_the_closest_instance_fails_first() {
    let mut case = Case::instant();
    for (cpu, memory) in [(8192, 8192), (1024, 1024), (8192, 8192)] {
        case.instance("host", "a", cpu, memory);
    }
    let port = vec![HostPort { number: 80, protocol: Protocol::Tcp }];
    let small = case.definition("small", 64, 64, |definition| definition.host_ports = port.clone());
    let web = case.definition("web", 2048, 4096, |definition| definition.host_ports = port);
    case.service("small", small, 3, |settings| {
        settings.constraints = vec![PlacementConstraint::DistinctInstance]
    });
    case.service("web", web, 1, |_| {});
    case.ends_at(5);
    let run = case.run();
    let why = run.story.why_refused[0].as_ref().expect("instances were looked at");
    // host-2 falls at the port first, as all do
    assert_eq!(why.fell[..], [(Refusal::Ports, 3)]);
    assert_eq!(run.story.placement_refused, [(Refusal::Ports, 0.0)]);
    assert_eq!(why.closest.map(|id| run.cluster.instance_name(id)).as_deref(), Some("host-1"));
}

/// PLC-21: all lack memory alone; host-2 has most of it left.
#[test]
fn the_closest_instance_fails_the_fewest_requirements_and_of_those_has_most_left() {
    let mut case = Case::instant();
    for (cpu, memory) in [(8192, 1000), (8192, 3000), (512, 3500), (8192, 2000)] {
        case.instance("host", "a", cpu, memory);
    }
    let web = case.definition("web", 1024, 4096, |_| {});
    case.service("web", web, 1, |_| {});
    case.ends_at(5);
    let run = case.run();
    let why = run.story.why_refused[0].as_ref().expect("instances were looked at");
    // host-3 has more, but lacks CPU as well and falls there first
    assert_eq!((why.considered, &why.fell[..]), (4, &[(Refusal::Cpu, 1), (Refusal::Memory, 3)][..]));
    assert_eq!(why.closest.map(|id| run.cluster.instance_name(id)).as_deref(), Some("host-2"));
    assert_eq!(run.story.placement_refused, [(Refusal::Memory, 0.0)]);
}
