use super::*;
use crate::aws::common::PlacementStrategyType;
use crate::scenario::distribution_spec::{DistributionForm, DistributionSpec, Number};
use crate::scenario::units::{Milliseconds, RatePerSecond, Share, Size};

/// The design's sections, each key of them at least once.
const BAKERY: &str = r#"
ecsim: 1
name: bakery-oven-loss
seed: 42
duration: 36h
warmUp: 90m
startsAt: 2026-03-02T00:00:00Z
start: cold
aws:
  taskDefinitions:
    - { family: counter, networkMode: awsvpc, cpu: "512", memory: 1 GB,
        containerDefinitions: [{ name: app, image: bakery/counter, portMappings: [{ containerPort: 8080 }] }] }
    - { family: dough, containerDefinitions: [{ name: mixer, cpu: 256, memory: 300 }] }
  autoScalingGroups:
    - { AutoScalingGroupName: ovens, InstanceType: m5.large, MinSize: 2, MaxSize: 12,
        AvailabilityZones: [us-east-1a, us-east-1b] }
  capacityProviders:
    - { name: oven-capacity, autoScalingGroupProvider: { autoScalingGroupArn: ovens,
        managedScaling: { status: ENABLED, targetCapacity: 85 } } }
  cluster: { clusterName: bakery, capacityProviders: [oven-capacity, FARGATE_SPOT] }
  containerInstances:
    - { name: cellar, count: 3, instanceType: c5.xlarge, zones: [us-east-1a], attributes: { floor: "-1", cold: null } }
    - { name: attic, resources: { cpu: 8192, memory: 30000, gpu: 1 }, usdPerHour: 0.25 }
    - { name: trace, csv: nodes.csv, columns: { name: sn, cpu: cpu_milli, memory: mem }, units: { cpu: milli }, first: 50 }
  services:
    - { serviceName: counter, taskDefinition: "counter:1", desiredCount: 8,
        placementStrategy: [{ type: spread, field: "attribute:ecs.availability-zone" }],
        deploymentConfiguration: { minimumHealthyPercent: 75, deploymentCircuitBreaker: { enable: true, rollback: true } } }
  loadBalancers: []
  scalingPolicies: []
  accountSettings: { awsvpcTrunking: enabled }
world:
  region: eu-central-1
  tasks:
    counter:
      imageSize: 350 MB
      launch: { gamma: { shape: 4, mean: 40s } }
      ready: { lognormal: { median: 6s, p95: 15s } }
      startFailure: { probability: 2%, reason: CannotPullContainerError }
      containers:
        app: { crash: { every: { weibull: { shape: 1.2, scale: 12d } }, exitCode: 137 }, exitAfterSignal: 3s,
               memoryGrowth: 40, unhealthy: { after: 5d } }
    "counter:2": { crash: { every: { exponential: { mean: 3h } } } }
  services:
    counter: { needs: 6, servesWhileStopping: true,
               load: { requestsPerSecond: { daily: { low: 10, high: 90, peakAt: 8h } }, perTask: 20 } }
  groups:
    default: { failure: { every: { exponential: { mean: 60d } }, repair: 20m } }
  zones:
    us-east-1a: { failure: { every: 200d, repair: { uniform: [20m, 4h] } } }
  spot:
    FARGATE_SPOT: { interruption: { every: { exponential: { mean: 30h } } } }
  runs:
    - { name: nightly, taskDefinition: dough, arrivals: { every: { exponential: { mean: 45s } }, count: 500 },
        duration: { lognormal: { median: 5m, p95: 25m } }, overrides: { cpu: { choice: { values: [256, 512] } } },
        onRefusal: { retryEvery: 15s, limit: 20 }, placementStrategy: [{ type: binpack, field: memory }] }
timeline:
  - { at: 8h, call: UpdateService, with: { service: counter, taskDefinition: "counter:2" } }
  - { at: { uniform: [0h, 36h] }, fault: zoneOutage, with: { zone: us-east-1a, for: 30m } }
  - { at: 1h, every: 6h, count: 3, fault: containerExit, with: { service: counter, exitCode: 2 } }
policies: { placement: { default: ecs, nightly: worstFit } }
model: { scheduler_wake: 2s, parallel_launches: 4 }
experiment:
  replications: 20
  sweep:
    aws.services.counter.desiredCount: [6, 8, { label: plenty, value: 16 }]
    zip:
      aws.autoScalingGroups.ovens.InstanceType: [m5.large, c5.xlarge]
      aws.autoScalingGroups.ovens.MaxSize: [12, 6]
  objectives:
    - { metric: availability, of: counter, atLeast: 0.995, inShareOfReplications: 95% }
    - { metric: cost_usd_per_hour, goal: minimize }
"#;

fn read(yaml: &str) -> Scenario {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}"))
}

/// A scenario with these lines after the head.
fn with(lines: &str) -> Scenario {
    read(&format!("ecsim: 1\nname: t\nduration: 1h\n{lines}"))
}

/// The one mistake of a scenario, as path and message.
fn mistake(lines: &str) -> (String, String) {
    let problems = with(lines).problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    (problems[0].path.clone(), problems[0].message.clone())
}

fn run(keys: &str) -> Run {
    let scenario =
        with(&format!("world:\n  runs:\n    - {{ name: r, taskDefinition: t, duration: 1m, {keys} }}\n"));
    assert_eq!(scenario.problems(), []);
    scenario.world.runs[0].clone()
}

fn always(ms: f64) -> DistributionSpec<Milliseconds> {
    DistributionSpec(DistributionForm::Constant(Milliseconds(ms)))
}

#[test]
fn a_scenario_with_every_section_is_read_and_has_no_mistake() {
    let scenario = read(BAKERY);
    assert_eq!(scenario.problems(), []);
    assert_eq!(scenario.duration, RunLength::Ms(36 * 3_600_000));
    assert_eq!(scenario.warm_up, DurationMs(5_400_000));
    assert_eq!(scenario.start, StartState::Cold);
    assert_eq!(scenario.aws.task_definitions[0].memory.unwrap().mib, 1024);
    assert_eq!(scenario.aws.services[0].desired_count, Some(8));
    let strategy = scenario.aws.services[0].placement_strategy.as_ref().unwrap();
    assert_eq!(strategy[0].kind, PlacementStrategyType::Spread);
    assert_eq!(scenario.world.tasks["counter"].image_size, Some(Size(350_000_000)));
    assert_eq!(scenario.world.tasks["counter"].start_failure.as_ref().unwrap().probability, Share(0.02));
    assert_eq!(scenario.policies.placement["nightly"], PlacementPolicyName::WorstFit);
    assert_eq!(scenario.model.0.keys().collect::<Vec<_>>(), ["scheduler_wake", "parallel_launches"]);
}

#[test]
fn a_scenario_that_is_written_is_read_back_the_same() {
    let scenario = read(BAKERY);
    let written = serde_json::to_string(&scenario).unwrap();
    assert_eq!(serde_json::from_str::<Scenario>(&written).unwrap(), scenario);
}

#[test]
fn the_smallest_scenario_has_the_documented_defaults() {
    let scenario = with("");
    assert_eq!((scenario.seed, scenario.warm_up, scenario.start), (1, DurationMs(0), StartState::Settled));
    assert_eq!(scenario.starts_at, "2026-01-05T00:00:00Z");
    assert_eq!((scenario.world.region.as_str(), scenario.experiment.replications), ("us-east-1", 1));
    assert_eq!(scenario.problems(), []);
}

#[test]
fn arrivals_come_with_times_between() {
    let run = run("arrivals: { every: 30s, count: 10 }");
    assert_eq!(run.arrivals.source(), Ok(ArrivalSource::Every(&always(30_000.0))));
    assert_eq!(run.arrivals.count, Some(10));
}

#[test]
fn arrivals_come_at_set_times() {
    let run = run("arrivals: { at: [0, 1m, 1h30m] }");
    let times = [DurationMs(0), DurationMs(60_000), DurationMs(5_400_000)];
    assert_eq!(run.arrivals.source(), Ok(ArrivalSource::At(&times)));
}

#[test]
fn arrivals_come_at_a_rate() {
    let run = run("arrivals: { rate: 120/min }");
    assert_eq!(run.arrivals.source(), Ok(ArrivalSource::Rate(&Curve::Constant(RatePerSecond(2.0)))));
    let steps =
        self::run("arrivals: { rate: { steps: [{ from: 0, value: 1/s }, { from: 8h, value: 5/s }] } }");
    let Ok(ArrivalSource::Rate(Curve::Steps(steps))) = steps.arrivals.source() else { panic!("{steps:?}") };
    assert_eq!(steps[1], CurveStep { from: DurationMs(8 * 3_600_000), value: RatePerSecond(5.0) });
}

#[test]
fn arrivals_come_from_a_file() {
    let scenario = with(
        "world:
  runs:
    - name: r
      taskDefinition: t
      arrivals:
        csv: pods.csv
        columns: { arrival: created, duration: { from: scheduled, to: deleted }, cpu: cpu_milli, memory: mem, gpu: n }
        units: { cpu: milli, arrival: ms }
        timeScale: 0.5
        durationCap: 2h
        first: 1000
",
    );
    assert_eq!(scenario.problems(), []);
    let arrivals = &scenario.world.runs[0].arrivals;
    let Ok(ArrivalSource::Csv { file: "pods.csv", columns }) = arrivals.source() else {
        panic!("{arrivals:?}")
    };
    let between = DurationColumn::Between { from: "scheduled".into(), to: "deleted".into() };
    assert_eq!(columns.duration, Some(between));
    assert_eq!((arrivals.time_scale, arrivals.first), (Some(0.5), Some(1000)));
    assert_eq!(arrivals.duration_cap, Some(DurationMs(7_200_000)));
    assert_eq!(arrivals.units.unwrap().cpu, CpuUnit::Milli);
}

#[test]
fn arrivals_take_exactly_one_form() {
    let lines = |arrivals: &str| {
        format!(
            "world:\n  runs:\n    - {{ name: r, taskDefinition: t, duration: 1m, arrivals: {arrivals} }}\n"
        )
    };
    let (path, message) = mistake(&lines("{ every: 1s, at: [0] }"));
    assert_eq!(path, "world.runs[0].arrivals");
    assert_eq!(message, "arrivals take exactly one of every, rate, at and csv");
    assert!(mistake(&lines("{ every: 1s, first: 3 }")).1.contains("first goes with csv"));
    assert!(mistake(&lines("{ csv: a.csv }")).1.contains("needs columns"));
    let twice = lines("{ csv: a.csv, columns: { arrival: a, duration: d } }");
    assert!(mistake(&twice).1.contains("said twice"));
}

#[test]
fn a_run_says_how_long_its_tasks_take() {
    let (path, message) =
        mistake("world:\n  runs:\n    - { name: r, taskDefinition: t, arrivals: { every: 1s } }\n");
    assert_eq!(path, "world.runs[0]");
    assert!(message.contains("duration is missing"), "{message}");
}

#[test]
fn a_caller_gives_up_retries_or_waits() {
    assert_eq!(run("arrivals: { every: 1s }").on_refusal, OnRefusal::Fail);
    assert_eq!(run("arrivals: { every: 1s }, onRefusal: fail").on_refusal, OnRefusal::Fail);
    let retry = OnRefusal::Retry { every: always(10_000.0), limit: Some(30) };
    assert_eq!(run("arrivals: { every: 1s }, onRefusal: { retryEvery: 10s, limit: 30 }").on_refusal, retry);
    let wait = OnRefusal::Wait { order: WaitOrder::Fifo, places: None, timeout: Some(always(3_600_000.0)) };
    assert_eq!(run("arrivals: { every: 1s }, onRefusal: { wait: fifo, timeout: 1h }").on_refusal, wait);
}

#[test]
fn a_caller_cannot_retry_and_wait() {
    let error =
        serde_saphyr::from_str::<OnRefusal>("{ retryEvery: 1s, wait: fifo }").unwrap_err().to_string();
    assert!(error.contains("onRefusal takes fail, { retryEvery, limit }"), "{error}");
    assert!(serde_saphyr::from_str::<OnRefusal>("giveUp").is_err());
    assert!(serde_saphyr::from_str::<OnRefusal>("{ limit: 3 }").is_err());
}

#[test]
fn a_caller_may_resubmit_what_stopped() {
    assert_eq!(run("arrivals: { every: 1s }, onStop: none").on_stop, OnStop::None);
    let resubmit = OnStop::Resubmit { after: always(5_000.0), until: ResubmitUntil::Never };
    assert_eq!(run("arrivals: { every: 1s }, onStop: { resubmitAfter: 5s, until: never }").on_stop, resubmit);
}

#[test]
fn instances_are_said_exactly_once() {
    let (path, message) = mistake("aws: { containerInstances: [{ name: a }] }");
    assert_eq!(path, "aws.containerInstances[0]");
    assert!(message.contains("instanceType, resources or both, or a csv"), "{message}");
    assert!(mistake("aws: { containerInstances: [{ name: a, csv: n.csv }] }").1.contains("needs columns"));
    assert!(
        mistake("aws: { containerInstances: [{ name: a, instanceType: m5.large, first: 2 }] }")
            .1
            .contains("csv")
    );
}

#[test]
fn a_timeline_item_is_a_call_or_a_fault_with_its_own_input() {
    let scenario = read(BAKERY);
    let Ok(TimelineAction::Call(ApiCall::UpdateService(update))) = scenario.timeline[0].action() else {
        panic!()
    };
    assert_eq!((update.service.as_str(), update.task_definition.as_deref()), ("counter", Some("counter:2")));
    let Ok(TimelineAction::Fault(Fault::ZoneOutage(outage))) = scenario.timeline[1].action() else {
        panic!()
    };
    assert_eq!((outage.zone.as_str(), outage.lasting), ("us-east-1a", always(1_800_000.0)));
}

#[test]
fn a_wrong_input_in_the_timeline_has_its_path() {
    let item = "timeline: [{ at: 1h, call: UpdateService, with: { service: web, desiredCount: many } }]";
    let (path, message) = mistake(item);
    assert_eq!(path, "timeline[0].with.desiredCount");
    assert!(message.contains("many"), "{message}");
    assert_eq!(mistake("timeline: [{ at: 1h }]").0, "timeline[0]");
    let (path, message) = mistake("timeline: [{ at: 1h, fault: instanceFailure }]");
    assert_eq!(
        (path.as_str(), message.as_str()),
        ("timeline[0].with", "the fault takes exactly one of instance and group")
    );
    assert!(
        mistake("timeline: [{ at: 1h, count: 2, call: StopTask, with: { task: 'web#1' } }]")
            .1
            .contains("every")
    );
}

#[test]
fn impossible_distributions_are_found_wherever_they_stand() {
    let backwards = "{ uniform: [5s, 1s] }";
    let task =
        format!("world: {{ tasks: {{ \"a.b:2\": {{ containers: {{ c: {{ start: {backwards} }} }} }} }} }}");
    assert_eq!(mistake(&task).0, "world.tasks.\"a.b:2\".containers.c.start.uniform");
    let run = format!(
        "{{ name: r, taskDefinition: t, duration: 1m, arrivals: {{ at: [0] }}, onRefusal: {{ retryEvery: {backwards} }} }}"
    );
    let path = mistake(&format!("world: {{ runs: [{run}] }}")).0;
    assert_eq!(path, "world.runs[0].onRefusal.retryEvery.uniform");
    let fault = format!("{{ at: 1h, fault: zoneOutage, with: {{ zone: a, for: {backwards} }} }}");
    assert_eq!(mistake(&format!("timeline: [{fault}]")).0, "timeline[0].with.for.uniform");
}

#[test]
fn a_sweep_keeps_the_order_of_its_axes_and_its_labels() {
    let yaml = "experiment: { sweep: { b: [1], a: [x, { label: big, value: { c: 2 } }], zip: { d: [1, 2], c: [3, 4] } } }";
    let sweep = with(yaml).experiment.sweep;
    let paths: Vec<_> = sweep.axes.iter().chain(&sweep.zip).map(|axis| axis.path.as_str()).collect();
    assert_eq!(paths, ["b", "a", "d", "c"]);
    assert_eq!(
        sweep.axes[1].values[1],
        AxisValue { label: Some("big".into()), value: serde_json::json!({ "c": 2 }) }
    );
    assert_eq!(sweep.axes[1].values[0], AxisValue { label: None, value: serde_json::json!("x") });
}

#[test]
fn values_that_move_together_are_equally_many() {
    let (path, message) = mistake("experiment: { sweep: { zip: { a: [1, 2], b: [1] } } }");
    assert_eq!(path, "experiment.sweep.zip");
    assert!(message.ends_with("these are 2, 1"), "{message}");
}

#[test]
fn an_objective_has_one_target() {
    let objective = |keys: &str| format!("experiment: {{ objectives: [{{ metric: m, {keys} }}] }}");
    let scenario = with(&objective("atMost: 5, stat: p95"));
    assert_eq!(scenario.experiment.objectives[0].target(), Ok(Target::AtMost(5.0)));
    assert_eq!(mistake(&objective("atLeast: 1, atMost: 5")).0, "experiment.objectives[0]");
    assert!(mistake(&objective("goal: minimize, inShareOfReplications: 0.9")).1.contains("not with goal"));
}

#[test]
fn times_must_leave_something_to_measure() {
    assert_eq!(mistake("warmUp: 1h").0, "warmUp");
    assert_eq!(mistake("startsAt: yesterday").0, "startsAt");
    let until_done = |arrivals: &str| {
        let run = format!("{{ name: r, taskDefinition: t, duration: 1m, arrivals: {arrivals} }}");
        read(&format!("ecsim: 1\nname: t\nduration: untilDone\nworld: {{ runs: [{run}] }}")).problems()
    };
    assert_eq!(until_done("{ every: 1s, count: 5 }"), []);
    assert_eq!(until_done("{ every: 1s }")[0].path, "world.runs[0].arrivals");
    assert!(serde_saphyr::from_str::<Scenario>("ecsim: 1\nname: t\nduration: 0s").is_err());
}

#[test]
fn unknown_keys_are_refused_everywhere() {
    for lines in [
        "wold: {}",
        "aws: { service: [] }",
        "world: { tasks: { web: { redy: 1s } } }",
        "policies: { scale: x }",
    ] {
        let yaml = format!("ecsim: 1\nname: t\nduration: 1h\n{lines}");
        assert!(serde_saphyr::from_str::<Scenario>(&yaml).is_err(), "{lines}");
    }
}

#[test]
fn load_is_by_time() {
    let load = read(BAKERY).world.services["counter"].load.clone().unwrap();
    let daily = DailyCurve { low: Number(10.0), high: Number(90.0), peak_at: DurationMs(8 * 3_600_000) };
    assert_eq!(load.requests_per_second, Curve::Daily(daily));
}

mod schemas;
