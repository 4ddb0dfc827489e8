//! Costs, the warm-up, time that stands still, and relations that need no number.

use super::support::{Case, Run, always, crashing, on};
use crate::engine::RunError;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::instance::PoolKind;
use crate::model::prices::FargatePrice;
use crate::model::stop::StartFailure;
use crate::model::task::Capacity;
use crate::model::task_definition::OperatingSystem;

/// CST-E1, CST-2: 45 s at 0.5 × 0.04048 + 1 × 0.004445 = 0.024685 USD an hour, billed as 60 s.
#[test]
fn a_short_fargate_task_is_billed_for_a_minute() {
    let mut case = Case::instant();
    case.setup.cluster.prices.linux_x86 =
        FargatePrice { nano_usd_per_vcpu_hour: 40_480_000, nano_usd_per_gb_hour: 4_445_000 };
    let fargate = case.fargate(PoolKind::Fargate, &["a"]);
    let job = case.definition("job", 512, 1024, |_| {});
    case.caller("job", job, &[(10.0, 45.0)], |caller| {
        caller.capacity = vec![on(Capacity::Fargate(fargate))];
    });
    let cost = case.run().metric("cost_usd:job").unwrap();
    assert!((cost - 0.024685 / 60.0).abs() < 1e-12, "{cost}");
    assert!((cost - 0.000411).abs() < 5e-7);
}

/// CST-2: 45 s on Windows at 1 × 0.13748 + 2 × 0.01005 = 0.15758 USD an hour, billed as 300 s.
#[test]
fn a_short_fargate_task_on_windows_is_billed_for_five_minutes() {
    let mut case = Case::instant();
    case.setup.cluster.prices.windows =
        FargatePrice { nano_usd_per_vcpu_hour: 137_480_000, nano_usd_per_gb_hour: 10_050_000 };
    let fargate = case.fargate(PoolKind::Fargate, &["a"]);
    let job = case.definition("job", 1024, 2048, |definition| {
        definition.operating_system = OperatingSystem::Windows;
    });
    case.caller("job", job, &[(10.0, 45.0)], |caller| {
        caller.capacity = vec![on(Capacity::Fargate(fargate))];
    });
    let cost = case.run().metric("cost_usd:job").unwrap();
    assert!((cost - 0.15758 / 12.0).abs() < 1e-12, "{cost}");
}

/// CST-2: the bill begins with the pull, so that a task which fails in PROVISIONING costs nothing, and one whose pull
/// fails pays its minute.
#[test]
fn a_fargate_task_that_ends_before_its_pull_costs_nothing() {
    let cost_if = |failure: StartFailure| {
        let mut case = Case::new();
        case.setup.cluster.prices.linux_x86 =
            FargatePrice { nano_usd_per_vcpu_hour: 40_480_000, nano_usd_per_gb_hour: 4_445_000 };
        let fargate = case.fargate(PoolKind::Fargate, &["a"]);
        let job = case.definition("job", 512, 1024, |_| {});
        case.behaviour(job, |tasks| tasks.start_failure = Some((1.0, failure)));
        case.caller("job", job, &[(10.0, 45.0)], |caller| {
            caller.capacity = vec![on(Capacity::Fargate(fargate))];
        });
        case.run().metric("cost_usd:job").unwrap()
    };
    assert_eq!(cost_if(StartFailure::ResourceInitialization), 0.0);
    // pull of 3 + 200 / 12 s and 10 s of DEPROVISIONING: less than 60 s at 0.024685 USD an hour
    let pulled = cost_if(StartFailure::CannotPullContainer);
    assert!((pulled - 0.024685 / 60.0).abs() < 1e-12, "{pulled}");
}

/// CST-1, CST-8: an instance costs its price whether it is used or not, and ECS adds nothing; a task pays its share by
/// the second.
#[test]
fn what_no_task_pays_of_an_instance_is_idle_cost() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let id = case.setup.cluster.instance_in_slot(0);
    case.setup.cluster.instances[id].price_nano_usd_per_hour = 100_000_000;
    let job = case.definition("job", 512, 1024, |_| {});
    case.caller("job", job, &[(0.0, 1800.0)], |_| {});
    let run = case.run();
    // half of 0.10 USD an hour for half of the hour
    let close = |column: &str, usd: f64| {
        let found = run.metric(column).unwrap();
        assert!((found - usd).abs() < 1e-9, "{column}: {found}");
    };
    close("cost_usd:host", 0.1);
    close("cost_usd:job", 0.025);
    close("idle_cost_usd:host", 0.075);
}

/// Metrics leave the first 50 s out: 50 s of the first task and 30 s of the second in 100 s.
#[test]
fn the_warm_up_is_cut_from_means_and_counts() {
    let run = |warm_up: u64| {
        let mut case = Case::instant();
        case.instance("host", "a", 1024, 2048);
        let job = case.definition("job", 256, 512, |_| {});
        case.caller("job", job, &[(0.0, 100.0), (60.0, 30.0)], |_| {});
        case.ends_at(150);
        case.setup.warm_up = SimDuration::from_secs(warm_up);
        case.run()
    };
    let (all, cut) = (run(0), run(50));
    assert_eq!(
        (all.metric("tasks_running:job"), all.metric("tasks_started:job")),
        (Some(130.0 / 150.0), Some(2.0))
    );
    assert_eq!((cut.metric("tasks_running:job"), cut.metric("tasks_started:job")), (Some(0.8), Some(1.0)));
    assert_eq!(all.digest, cut.digest, "what happens knows no warm-up");
}

/// F23.
#[test]
fn a_service_that_fails_and_restarts_in_no_time_is_stopped_and_named() {
    let mut case = Case::instant();
    case.values.service_launch_bucket = u32::MAX; // else its launch rate would end the loop (SVC-8)
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.container(web, "app", crashing(always(0.0)));
    case.service("web", web, 1, |_| {});
    let error = case.error();
    let RunError::Livelock { at, .. } = &error;
    assert_eq!(*at, SimTime::ZERO);
    assert!(error.to_string().contains("web"), "{error}");
}

/// F24: a thousand tasks that begin and end in no time are a thousand tasks, and Little's law holds.
#[test]
fn durations_of_zero_are_counted_exactly() {
    let mut case = Case::instant();
    case.instance("host", "a", 256, 512);
    let job = case.definition("job", 256, 512, |_| {});
    let calls: Vec<(f64, f64)> = (0..1000).map(|call| (f64::from(call / 10), 0.0)).collect();
    case.caller("job", job, &calls, |_| {});
    let run = case.run();
    // ten at each instant on an instance with room for one: the first ends before the next asks
    assert_eq!((run.cluster.tasks_created, run.cluster.tasks_present), (1000, 0));
    assert_eq!(run.story.request_refused, []);
    assert_eq!(run.metric("tasks_running:job"), Some(0.0));
}

/// Everything with delays of `unit` seconds: a crash, a retry, a deployment.
fn scaled(unit: f64) -> Run {
    let mut case = Case::instant();
    let ms = |units: f64| SimDuration((units * unit * 1000.0) as u64);
    case.values.scheduler_wake = ms(1.0);
    case.values.no_check_healthy_delay = ms(40.0);
    case.values.place_retry_fast = ms(10.0);
    case.values.place_fast_window = ms(50.0);
    case.values.place_retry_slow = ms(300.0);
    case.values.agent_dispatch = always(unit);
    case.values.ec2_pull_base = always(7.0 * unit);
    case.values.exit_after_signal = always(2.0 * unit);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.container(web, "app", crashing(always(500.0 * unit)));
    case.service("web", web, 3, |_| {});
    let job = case.definition("job", 256, 512, |_| {});
    case.caller("job", job, &[(10.0 * unit, 100.0 * unit), (20.0 * unit, 100.0 * unit)], |_| {});
    case.update(300.0 * unit, |input| input.force_new_deployment = Some(true));
    case.ends_at((2000.0 * unit) as u64);
    case.run()
}

#[test]
fn every_time_twice_as_long_makes_every_time_twice_as_long() {
    let (once, twice) = (scaled(1.0), scaled(2.0));
    assert_eq!(once.story.order, twice.story.order);
    assert!(once.story.order.len() > 8, "{:?}", once.story.order);
    for name in &once.story.order {
        let doubled = once.task(name).statuses.iter().map(|(status, at)| (*status, at * 2.0));
        assert_eq!(doubled.collect::<Vec<_>>(), twice.task(name).statuses, "{name}");
    }
    assert_eq!((once.end * 2.0, once.story.rollouts.len()), (twice.end, twice.story.rollouts.len()));
}

#[test]
fn a_service_that_never_starts_a_task_changes_nothing_for_the_others() {
    let tasks = |with_idle: bool| {
        let mut case = Case::new();
        case.values.tie_break = crate::model::parameters::TieBreak::SeededRandom;
        (0..4).for_each(|_| {
            case.instance("host", "a", 1024, 2048);
        });
        let web = case.definition("web", 256, 512, |_| {});
        case.container(web, "app", crashing(super::support::exponential(300.0)));
        case.service("web", web, 6, |_| {});
        if with_idle {
            case.service("idle", web, 0, |_| {});
        }
        format!("{:?}", case.run().story.tasks)
    };
    assert_eq!(tasks(false), tasks(true));
}
