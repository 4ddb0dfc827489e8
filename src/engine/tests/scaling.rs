//! Demand and service auto scaling (AAS).
//!
//! A task serves 10 requests a second at 100 % CPU. Minutes are published 30 s after their end.

use std::collections::BTreeMap;

use super::support::{Case, Run, always, exit_of};
use crate::engine::setup::{Start, TaskTarget};
use crate::kernel::time::SimDuration;
use crate::model::Change;
use crate::model::demand::Demand;
use crate::model::scaling::{
    AdjustmentType, Comparison, MetricAlarm, PolicyKind, ScalableTarget, ScalingMetric, ScalingPolicy,
    ScalingSchedule, Step, StepScaling, Suspended, TargetTracking, Times, TrackingAlarms,
};
use crate::model::service::ServiceLoad;

fn tracking(metric: ScalingMetric, target: u64) -> ScalingPolicy {
    let tracking = TargetTracking {
        metric,
        target_millionths: target * 1_000_000,
        scale_out_cooldown: SimDuration::from_secs(300),
        scale_in_cooldown: SimDuration::from_secs(300),
        never_scales_in: false,
        alarms: TrackingAlarms::default(),
    };
    policy("track", PolicyKind::Tracking(tracking))
}

fn policy(name: &str, kind: PolicyKind) -> ScalingPolicy {
    ScalingPolicy { name: name.to_owned(), kind, last_scale_out: None, last_scale_in: None }
}

fn scaled(policies: Vec<ScalingPolicy>) -> Option<Box<ScalableTarget>> {
    Some(Box::new(ScalableTarget {
        min: 2,
        max: 20,
        suspended: Suspended::default(),
        policies,
        scheduled: Vec::new(),
    }))
}

/// So many settled tasks, requests a minute one after the other, CPU tracked at 60 %.
fn case(tasks: u32, minutes: &[u64]) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.ends_at(60 * 60);
    case.instance("host", "a", 100_000, 100_000);
    let web = case.definition("web", 10, 10, |_| {});
    case.service("web", web, tasks, |_| {});
    let service = &mut case.setup.cluster.services[0];
    service.load = Some(ServiceLoad { demand: Demand::new(minutes.to_vec(), false), per_task_milli: 10_000 });
    service.scaling = scaled(vec![tracking(ScalingMetric::CpuUtilization, 60)]);
    case
}

fn with_target(case: &mut Case, shape: impl FnOnce(&mut ScalableTarget)) {
    shape(case.setup.cluster.services[0].scaling.as_deref_mut().unwrap());
}

/// The desired counts that scaling set, with the second.
fn scalings(run: &Run) -> Vec<(u32, f64)> {
    run.story.scalings.clone()
}

/// Requests a minute at which so many tasks are at this CPU percentage.
fn at(percent: u64, tasks: u64) -> u64 {
    tasks * 600 * percent / 100
}

/// AAS-E1, AAS-5, AAS-7, LAT-11: six tasks at 95, 92 and 97 %: the third datapoint above 60 is that of minute 3, there at 210 s; ceil(6 × 97 / 60) =
/// ceil(9.7) = 10.
#[test]
fn three_datapoints_above_the_target_scale_out_in_proportion() {
    let run = case(6, &[at(95, 6), at(92, 6), at(97, 6), at(60, 10)]).run();
    assert_eq!(scalings(&run), [(10, 210.0)]);
}

/// AAS-E2, AAS-7: nine tasks at 40 % for 15 minutes, below 54: the fifteenth datapoint is there at 15 × 60 + 30 s; 9 × 40 / 60 = 6.
#[test]
fn fifteen_datapoints_below_the_low_threshold_scale_in() {
    let mut minutes = vec![at(40, 9); 15];
    minutes.push(at(60, 6));
    assert_eq!(scalings(&case(9, &minutes).run()), [(6, 930.0)]);
}

/// AAS-6: 55 % are above 0.9 × 60 = 54: nothing happens for an hour.
#[test]
fn between_the_thresholds_nothing_happens() {
    assert_eq!(scalings(&case(9, &[at(55, 9)]).run()), []);
}

/// AAS-2, AAS-8, AAS-9: the new tasks take 100 s. The datapoints of 270 and 330 s are still those of 6 tasks at 97 %, and that of 390 s of some
/// of each: in the cooldown they are taken on the 6 from which the first step was computed, and ask for no more than 10.
#[test]
fn a_cooldown_counts_what_is_on_its_way() {
    let minutes = [at(97, 6)];
    let run_with = |cooldown| {
        let mut case = case(6, &minutes);
        case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.launch = Some(always(100.0)));
        with_target(&mut case, |target| {
            target.policies[0].tracking_mut().unwrap().scale_out_cooldown = SimDuration::from_secs(cooldown)
        });
        scalings(&case.run())
    };
    assert_eq!(run_with(300), [(10, 210.0)]);
    // Without it, the old datapoint of 97 % is put upon the 10 that run at 330 s: ceil(10 × 97 / 60) = 17.
    assert_eq!(run_with(0)[..2], [(10, 210.0), (17, 330.0)]);
}

/// AAS-1: the bounds hold; what stands above the maximum is not added to.
#[test]
fn scaling_stays_within_the_bounds_of_its_target() {
    let mut up = case(6, &[at(97, 6)]);
    with_target(&mut up, |target| target.max = 8);
    assert_eq!(scalings(&up.run()), [(8, 210.0)]);
    let mut down = case(9, &[at(10, 9)]);
    with_target(&mut down, |target| target.min = 5);
    assert_eq!(scalings(&down.run()), [(5, 930.0)]);
    let mut beyond = case(6, &[at(97, 6)]);
    with_target(&mut beyond, |target| target.max = 5);
    assert_eq!(scalings(&beyond.run()), []);
}

/// AAS-18, AAS-4: suspended, or a policy that never scales in.
#[test]
fn what_is_suspended_does_not_scale() {
    let mut up = case(6, &[at(97, 6)]);
    with_target(&mut up, |target| target.suspended.scale_out = true);
    assert_eq!(scalings(&up.run()), []);
    for shape in [
        (|target: &mut ScalableTarget| target.suspended.scale_in = true) as fn(&mut ScalableTarget),
        |target| target.policies[0].tracking_mut().unwrap().never_scales_in = true,
    ] {
        let mut down = case(9, &[at(40, 9)]);
        with_target(&mut down, shape);
        assert_eq!(scalings(&down.run()), []);
    }
}

/// AAS-10: nothing runs and something is asked: one task at the first datapoint of it, minute 2, at 150 s.
#[test]
fn from_zero_one_task_comes_first() {
    let mut case = case(0, &[0, 300]);
    with_target(&mut case, |target| target.min = 0);
    let run = case.run();
    assert_eq!(scalings(&run)[0], (1, 150.0));
}

/// AAS-11: CPU wants 6 and requests a target 3 of 9: the larger one is taken. With requests that want none gone, nothing goes.
#[test]
fn of_several_policies_the_largest_result_counts_and_scale_in_needs_all() {
    let both = |per_target| {
        let mut case = case(9, &[at(40, 9)]);
        case.setup.cluster.services[0].settings.load_balancers = Vec::new();
        with_target(&mut case, |target| {
            target.policies.push(tracking(ScalingMetric::RequestCountPerTarget, per_target));
        });
        scalings(&case.run())
    };
    // 40 % of 600 are 240 requests a target: 9 × 240 / 720 = 3 against 6; then 6 tasks at 60 %.
    assert_eq!(both(720), [(6, 930.0)]);
    assert_eq!(both(240), []);
}

/// AAS-12: while the deployment of 900 s has not completed, nothing is taken away; it hangs, having no room.
#[test]
fn a_deployment_in_progress_holds_scale_in_off() {
    let mut case = case(9, &[at(40, 9)]);
    let settings = &mut case.setup.cluster.services[0].settings;
    (settings.minimum_healthy_percent, settings.maximum_percent) = (100, 100);
    case.update(900.0, |input| input.force_new_deployment = Some(true));
    assert_eq!(scalings(&case.run()), []);
}

/// AAS-3: served + unserved = asked, to the request, whatever crashes; and the minutes add up to the hour.
#[test]
fn every_request_is_served_or_not() {
    let minutes: Vec<u64> = (0..60).map(|minute| at(50, 6) + minute * 37).collect();
    let asked: u64 = minutes.iter().sum();
    let mut case = case(6, &minutes);
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.launch = Some(always(77.0)));
    for second in [333.3, 1234.5, 2000.0] {
        case.at(second, exit_of(TaskTarget::Service(crate::model::ServiceId(0)), 4));
    }
    let run = case.run();
    let served = run.metric("served_share:web").unwrap() * asked as f64;
    assert_eq!(run.metric("requests_asked:web"), Some(asked as f64));
    let unserved = run.metric("requests_unserved:web").unwrap();
    assert!(unserved > 0.0, "the crashes are felt");
    assert!((served + unserved - asked as f64).abs() < 1e-6);
}

/// A day without change is one event: the minutes are told together, and metrics count them all.
#[test]
fn minutes_that_are_alike_cost_nothing() {
    let mut case = case(9, &[at(55, 9)]);
    case.ends_at(86_400);
    case.finish();
    let outcome = crate::engine::Simulation::new(&case.setup, 0, Counter::default(), ()).run().unwrap();
    assert!(outcome.events < 10, "{}", outcome.events);
    assert_eq!(outcome.observer.minutes.values().sum::<u64>(), 1_440);
}

#[derive(Default)]
struct Counter {
    /// By first minute, how many.
    minutes: BTreeMap<u64, u64>,
}

impl crate::observe::Observer for Counter {
    fn observe(&mut self, _: crate::kernel::time::SimTime, change: &Change, _: &crate::model::Cluster) {
        if let Change::MinutesMeasured { first, count, .. } = change {
            assert_eq!(self.minutes.iter().map(|(first, count)| first + count).max().unwrap_or(0), *first);
            self.minutes.insert(*first, *count);
        }
    }
}

/// An alarm over CPU above `threshold` percent, two of two minutes, that calls the policy `out`; or below it, for `in`.
fn alarm(name: &str, comparison: Comparison, threshold: u64) -> MetricAlarm {
    MetricAlarm {
        name: name.to_owned(),
        metric: ScalingMetric::CpuUtilization,
        threshold_millionths: threshold * 1_000_000,
        comparison,
        datapoints: 2,
        periods: 2,
        missing_breaches: Some(false),
        policies: vec![name.to_owned()],
        breaches: 0,
    }
}

fn steps(
    adjustment: AdjustmentType,
    bounds: &[(Option<i64>, Option<i64>, i32)],
    cooldown: u64,
) -> PolicyKind {
    let millionths = |bound: Option<i64>| bound.map(|bound| bound * 1_000_000);
    let step = |(lower, upper, adjustment): &(Option<i64>, Option<i64>, i32)| Step {
        lower: millionths(*lower),
        upper: millionths(*upper),
        adjustment: *adjustment,
    };
    let steps = bounds.iter().map(step).collect();
    PolicyKind::Step(StepScaling {
        adjustment,
        steps,
        min_magnitude: 0,
        cooldown: SimDuration::from_secs(cooldown),
    })
}

/// Step policies `out`, +1 up to 10 beyond 70 %, +3 from there, and `in`, -50 % below 30 %.
fn stepping(tasks: u32, minutes: &[u64]) -> Case {
    let mut case = case(tasks, minutes);
    let out = steps(AdjustmentType::ChangeInCapacity, &[(Some(0), Some(10), 1), (Some(10), None, 3)], 300);
    let back = steps(AdjustmentType::PercentChangeInCapacity, &[(None, Some(0), -50)], 300);
    with_target(&mut case, |target| target.policies = vec![policy("out", out), policy("in", back)]);
    case.setup.cluster.services[0].metric_alarms = vec![
        alarm("out", Comparison::GreaterThanOrEqualToThreshold, 70),
        alarm("in", Comparison::LessThanThreshold, 30),
    ];
    case
}

/// AAS-13: two minutes at 75 %, the second published at 150 s: one more. With 85 %, 15 beyond the threshold: three more.
#[test]
fn a_step_follows_how_far_the_metric_is_beyond_the_threshold() {
    assert_eq!(scalings(&stepping(6, &[at(75, 6), at(75, 6), at(50, 7)]).run()), [(7, 150.0)]);
    assert_eq!(scalings(&stepping(6, &[at(85, 6), at(85, 6), at(50, 9)]).run()), [(9, 150.0)]);
}

/// AAS-15: +1 at 150 s; in its cooldown, at 210 s, the metric of 85 % calls for +3 of the same 6: two more, not three.
#[test]
fn in_its_cooldown_a_larger_step_adds_the_difference() {
    let run = stepping(6, &[at(75, 6), at(75, 6), at(85, 6) + 300, at(50, 9)]).run();
    assert_eq!(scalings(&run), [(7, 150.0), (9, 210.0)]);
}

/// AAS-14: 9 - 50 % are 4.5 less: 4, towards zero. A minute later the alarm still stands, and the cooldown of 300 s holds the
/// next step back until 450 s: 5 - 50 % are 2.5 less: 2. With three the metric is at 30 %, and no longer below it.
#[test]
fn a_step_in_waits_for_its_cooldown() {
    let run = stepping(9, &[at(10, 9)]).run();
    assert_eq!(scalings(&run), [(5, 150.0), (3, 450.0)]);
}

/// AAS-16: at 600 s the minimum is 8 and the desired count with it; at 1,200 s the maximum is 4. A suspended schedule does nothing.
#[test]
fn a_scheduled_action_pulls_the_desired_count_into_its_bounds() {
    let scheduled = |name: &str, at: u64, min, max| ScalingSchedule {
        name: name.to_owned(),
        times: Times::At(crate::kernel::time::SimTime(at * 1000)),
        start: None,
        end: None,
        min,
        max,
    };
    let run = |suspended| {
        let mut case = case(5, &[at(56, 5)]);
        with_target(&mut case, |target| {
            target.policies.clear();
            target.suspended.schedule = suspended;
            target.scheduled =
                vec![scheduled("up", 600, Some(8), None), scheduled("down", 1200, Some(0), Some(4))];
        });
        let run = case.run();
        (run.created().len(), run.cluster.services[0].settings.desired_count)
    };
    assert_eq!(run(false), (8, 4));
    assert_eq!(run(true), (5, 5));
}

/// DEP-25: a measured alarm fails a deployment like any other: the new tasks are slower, CPU is above 70 % for two minutes.
#[test]
fn a_measured_alarm_fails_a_deployment() {
    let mut case = case(6, &[at(50, 6)]);
    case.setup.cluster.services[0].scaling = None;
    let mut watch = alarm("slow", Comparison::GreaterThanThreshold, 70);
    watch.policies.clear();
    case.setup.cluster.services[0].metric_alarms = vec![watch];
    case.setup.cluster.services[0].settings.deployment_rules.alarms =
        Some(crate::model::deployment::DeploymentAlarms { names: vec!["slow".to_owned()], rollback: true });
    let next = case.definition("web", 10, 10, |_| {});
    case.behaviour(next, |tasks| tasks.per_task_milli = Some(6_000));
    case.update(600.0, |input| input.task_definition = Some("web:2".to_owned()));
    let run = case.run();
    // 50 % of 10 a second are 83 % of 6; minutes 10 and 11 are published at 690 and 750 s, in the bake time.
    assert_eq!(run.story.rollouts[1], (2, crate::model::service::RolloutState::Failed, 750.0));
    assert_eq!(run.cluster.services[0].settings.task_definition, Some(crate::model::TaskDefinitionId(0)));
}

/// AAS-3, AAS-4: each task uses 6 of its 8 MiB, 75 %: ceil(4 × 75 / 60) = 5 with the third datapoint, at 210 s.
#[test]
fn target_tracking_follows_memory() {
    let mut case = case(4, &[0]);
    with_target(&mut case, |target| target.policies = vec![tracking(ScalingMetric::MemoryUtilization, 60)]);
    use_memory(&mut case, 6.0, 0.0);
    assert_eq!(scalings(&case.run()).first(), Some(&(5, 210.0)));
}

/// AAS-3: 2 MiB and 24 MiB an hour more, 0.4 a minute: 4.8 of 8 MiB, 60 %, at the end of minute 7. Those that end at 8, 9 and 10
/// minutes are above (5.2, 5.6 and 6.0 MiB): ceil(4 × 75 / 60) = 5 at 630 s.
#[test]
fn memory_that_grows_is_measured_each_minute() {
    let mut case = case(4, &[0]);
    with_target(&mut case, |target| target.policies = vec![tracking(ScalingMetric::MemoryUtilization, 60)]);
    use_memory(&mut case, 2.0, 24.0);
    assert_eq!(scalings(&case.run()).first(), Some(&(5, 630.0)));
}

fn use_memory(case: &mut Case, at_start_mib: f64, growth_mib_per_hour: f64) {
    let memory = Some(crate::engine::setup::MemoryUse { at_start_mib, growth_mib_per_hour });
    let behaviour = crate::engine::setup::ContainerBehaviour { memory, ..Default::default() };
    case.container(crate::model::TaskDefinitionId(0), "app", behaviour);
}

/// A revision that does not bear 90 %: the minute at 95 % is known at 90 s, and all four crash; the next, at 50 %, they bear.
#[test]
fn tasks_may_crash_under_load() {
    let mut case = case(4, &[at(95, 4), at(50, 4)]);
    case.setup.cluster.services[0].scaling = None;
    let law =
        crate::engine::setup::LoadCrash { above_millionths: 90_000_000, probability: 1.0, exit_code: 1 };
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.crash_under_load = Some(law));
    let run = case.run();
    assert_eq!(run.created(), [0.0, 0.0, 0.0, 0.0, 90.0, 90.0, 90.0, 90.0]);
}
