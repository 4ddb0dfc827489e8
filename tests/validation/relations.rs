//! Relations that need no number. Others are elsewhere: bytes over threads and processes in `tests/digests.rs`,
//! conservation in `observe/invariants`, the blocking of size classes beside V15.

use std::process::Command;

use ecsim::engine::Setup;
use ecsim::experiment::statistics::PairedComparison;
use ecsim::experiment::{Trial, TrialOptions};
use ecsim::kernel::time::SimTime;
use ecsim::observe::metrics::metric_names;
use ecsim::observe::recorder::TaskRow;
use ecsim::scenario::plan::{Plan, Source};

use crate::full;
use crate::support::{
    Rows, assert_exact, assert_published, assert_twin, bare_replication, metrics, quotients, replication,
    setup_of,
};
use crate::v01_v02_loss::{BLOCKING, MEAN_RUNNING};

fn checked(setup: &Setup, number: u64) -> (Trial, Rows) {
    replication(setup, number, TrialOptions { check: true, ..TrialOptions::default() })
}

/// A cluster to which much happens, all of it at multiples of a unit of so many milliseconds: crashes, refusals,
/// a line, a rolling update, failures of instances, an outage.
fn eventful(unit_ms: u64) -> Setup {
    let t = |units: u64| format!("{}ms", units * unit_ms);
    let parameters = [
        ("scheduler_wake", 1),
        ("no_check_healthy_delay", 40),
        ("place_retry_fast", 10),
        ("place_fast_window", 50),
        ("place_retry_slow", 300),
        ("az_rebalance_check", 60),
        ("lost_instance_detect", 60),
        ("stopped_task_retention", 3600),
        ("stop_timeout", 30),
        ("exit_after_signal", 2),
    ];
    let model: String = parameters.iter().map(|(name, units)| format!("  {name}: {}\n", t(*units))).collect();
    setup_of(&format!(
        "ecsim: 1
name: eventful
seed: 5
duration: {}
warmUp: {}
aws:
  taskDefinitions:
    - {{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}
    - {{ family: job, containerDefinitions: [{{ name: job, cpu: 128, memory: 256 }}] }}
  containerInstances: [{{ name: host, count: 3, resources: {{ cpu: 1024, memory: 2048 }}, zones: [a, b, c] }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 7 }}]
world:
  tasks:
    web: {{ launch: {}, crash: {{ every: {} }} }}
    job: {{ launch: {} }}
  groups: {{ host: {{ failure: {{ every: {}, repair: {} }} }} }}
  runs:
    - name: again
      taskDefinition: job
      arrivals: {{ every: {} }}
      duration: {}
      onRefusal: {{ retryEvery: {}, limit: 3 }}
    - name: inLine
      taskDefinition: job
      arrivals: {{ every: {} }}
      duration: {}
      onRefusal: {{ wait: fifo, timeout: {} }}
timeline:
  - {{ at: {}, call: UpdateService, with: {{ service: web, forceNewDeployment: true }} }}
  - {{ at: {}, fault: zoneOutage, with: {{ zone: a, for: {} }} }}
model:
{model}",
        t(7200),
        t(100),
        t(5),
        t(701),
        t(3),
        t(1511),
        t(203),
        t(37),
        t(131),
        t(11),
        t(53),
        t(97),
        t(61),
        t(607),
        t(2003),
        t(307),
    ))
}

/// The times of a task and all else that its row says.
fn split(row: &TaskRow) -> ([Option<SimTime>; 5], TaskRow) {
    let zero = SimTime::ZERO;
    let times = [Some(row.requested), Some(row.created), row.placed, row.started, row.stopped];
    let rest = TaskRow {
        requested: zero,
        created: zero,
        placed: Some(zero),
        started: None,
        stopped: None,
        ..row.clone()
    };
    (times, rest)
}

#[test]
fn every_time_twice_as_long_doubles_every_time_and_changes_no_count() {
    let (setup, slow) = (eventful(1000), eventful(2000));
    let ((once, rows), (twice, slow_rows)) = (checked(&setup, 0), checked(&slow, 0));
    assert_eq!(once.events, twice.events);
    assert_eq!(rows.0.len(), slow_rows.0.len());
    assert!(rows.0.len() > 300, "{} tasks", rows.0.len());
    for (row, slow) in rows.0.iter().zip(&slow_rows.0) {
        let ((times, rest), (slow_times, slow_rest)) = (split(row), split(slow));
        assert_eq!(times.map(|at| at.map(|at| SimTime(2 * at.0))), slow_times, "{}", row.task);
        assert_eq!(rest, slow_rest);
    }
    let names = metric_names(&setup.cluster);
    let mut happened = 0;
    for ((name, value), slow) in names.iter().zip(&once.values).zip(&twice.values) {
        // Quantiles come from a histogram with three significant digits, whose cells do not double.
        if [".p50", ".p95", ".p99"].iter().all(|quantile| !name.metric.ends_with(quantile)) {
            let factor = if ["s", "task-seconds"].contains(&name.unit) { 2.0 } else { 1.0 };
            assert_eq!(value.map(|value| factor * value), *slow, "{}", name.column());
            happened += u32::from(value.is_some_and(|value| value > 0.0));
        }
    }
    assert!(happened > 25, "{happened} metrics are above 0");
}

/// A cluster without a random draw, whose service, runs, families and instances have these names.
fn named(names: [&str; 6]) -> (Setup, [String; 6]) {
    let [service, first, second, family, large, host] = names;
    let setup = setup_of(&format!(
        "ecsim: 1
name: names
duration: 2h
aws:
  taskDefinitions:
    - {{ family: {family}, containerDefinitions: [{{ name: c, cpu: 256, memory: 512 }}] }}
    - {{ family: {large}, containerDefinitions: [{{ name: c, cpu: 512, memory: 512 }}] }}
  containerInstances: [{{ name: {host}, count: 3, resources: {{ cpu: 1024, memory: 2048 }}, zones: [a, b, c] }}]
  services: [{{ serviceName: {service}, taskDefinition: {family}, desiredCount: 5 }}]
world:
  tasks: {{ {family}: {{ crash: {{ every: 17m }} }} }}
  groups: {{ {host}: {{ failure: {{ every: 41m, repair: 5m }} }} }}
  runs:
    - name: {first}
      taskDefinition: {large}
      arrivals: {{ every: 7m }}
      duration: 11m
      placementStrategy: [{{ type: binpack, field: memory }}]
      onRefusal: {{ wait: fifo }}
    - name: {second}
      taskDefinition: {large}
      arrivals: {{ every: 5m }}
      duration: 3m
      placementStrategy: [{{ type: spread, field: instanceId }}]
timeline: [{{ at: 30m, call: UpdateService, with: {{ service: {service}, forceNewDeployment: true }} }}]
model: {{ tie_break: lowest_instance_id }}
"
    ));
    (setup, names.map(str::to_owned))
}

#[test]
fn renaming_changes_names_only_where_nothing_is_drawn() {
    // the new names sort the other way round
    let (setup, names) = named(["serviceA", "runB", "runC", "familyD", "familyE", "hostF"]);
    let (renamed, new) = named(["zz9", "yy8", "xx7", "ww6", "vv5", "uu4"]);
    let ((trial, rows), (other, other_rows)) = (checked(&setup, 0), checked(&renamed, 0));
    let mut expected = format!("{:?} {:?}", rows.0, rows.1);
    for (old, new) in names.iter().zip(&new) {
        assert!(expected.contains(old), "{old} occurs");
        expected = expected.replace(old, new);
    }
    assert_eq!(expected, format!("{:?} {:?}", other_rows.0, other_rows.1));
    assert_eq!(trial.values, other.values);
    assert!(rows.0.len() > 50, "{} tasks", rows.0.len());
}

/// A cluster with chance in everything: `more` stands among the services, `fails` in `world`.
fn random(before: &str, after: &str, fails: &str) -> Setup {
    setup_of(&format!(
        "ecsim: 1
name: random
seed: 20261100
duration: 6h
aws:
  taskDefinitions:
    - {{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}
    - family: spot
      requiresCompatibilities: [FARGATE]
      networkMode: awsvpc
      cpu: 256
      memory: 512
      containerDefinitions: [{{ name: app }}]
  containerInstances: [{{ name: host, count: 4, resources: {{ cpu: 1024, memory: 2048 }}, zones: [a, b] }}]
  services:{before}
    - {{ serviceName: web, taskDefinition: web, desiredCount: 9 }}
    - {{ serviceName: spot, taskDefinition: spot, desiredCount: 3, capacityProviderStrategy: [{{ capacityProvider: FARGATE_SPOT, weight: 1 }}] }}{after}
world:{fails}
  runs:
    - name: jobs
      taskDefinition: web
      arrivals: {{ every: {{ exponential: {{ mean: 2m }} }} }}
      duration: {{ lognormal: {{ mean: 5m, cv: 2 }} }}
      onRefusal: {{ retryEvery: {{ uniform: [5s, 50s] }}, limit: 5 }}
timeline: [{{ at: {{ uniform: [0h, 5h] }}, call: UpdateService, with: {{ service: web, forceNewDeployment: true }} }}]
"
    ))
}

/// Every way to fail, each after this time.
fn failing(after: &str) -> String {
    let failure = format!("{{ failure: {{ every: {after}, repair: 10m }} }}");
    format!(
        "
  tasks: {{ web: {{ crash: {{ every: {after} }} }}, spot: {{ crash: {{ every: {after} }} }} }}
  groups: {{ host: {failure} }}
  zones: {{ a: {failure}, b: {failure} }}
  spot: {{ FARGATE_SPOT: {{ interruption: {{ every: {after} }} }} }}"
    )
}

#[test]
fn a_service_that_never_starts_a_task_changes_nothing_for_the_others() {
    let fails = failing("{ exponential: { mean: 1h } }");
    let idle = "\n    - { serviceName: idle, taskDefinition: web, desiredCount: 0 }";
    let rows = |before: &str, after: &str, number| {
        let (trial, rows) = checked(&random(before, after, &fails), number);
        assert!(trial.tasks > 100);
        format!("{:?} {:?}", rows.0, rows.1.iter().filter(|row| row.service != "idle").collect::<Vec<_>>())
    };
    for number in 0..3 {
        let alone = rows("", "", number);
        assert_eq!(alone, rows(idle, "", number));
        assert_eq!(alone, rows("", idle, number));
    }
}

#[test]
fn failure_rate_0_is_the_run_without_failures_event_for_event() {
    let (never, without) = (random("", "", &failing("300000d")), random("", "", ""));
    for number in 0..5 {
        let ((trial, rows), (other, other_rows)) = (checked(&never, number), checked(&without, number));
        assert_eq!((trial.digest, trial.events), (other.digest, other.events));
        assert_eq!(trial.values, other.values);
        assert!(rows.0 == other_rows.0, "the tasks are the same");
    }
    let failing = checked(&random("", "", &failing("{ exponential: { mean: 1h } }")), 0).0;
    assert_ne!(failing.digest, checked(&without, 0).0.digest, "failures would be seen");
}

#[test]
fn a_policy_compared_with_itself_differs_by_exactly_nothing() {
    let setups = [(); 2].map(|()| random("", "", &failing("{ exponential: { mean: 1h } }")));
    let values = setups
        .each_ref()
        .map(|setup| (0..8).map(|number| bare_replication(setup, number, TrialOptions::default()).values));
    let [first, second] = values.map(Iterator::collect::<Vec<_>>);
    let mut compared = 0;
    for metric in 0..first[0].len() {
        let of =
            |trials: &[Vec<Option<f64>>]| -> Vec<_> { trials.iter().map(|trial| trial[metric]).collect() };
        if let Some(comparison) = PairedComparison::of(&of(&first), &of(&second)) {
            assert_eq!((comparison.mean, comparison.sd, comparison.two_sided_p), (0.0, 0.0, 1.0));
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared} metrics");
    assert_ne!(first[0], first[1], "replications do differ");
}

#[test]
fn a_point_of_a_sweep_is_the_same_wherever_it_stands() {
    let digests = |counts: &str| -> Vec<Vec<String>> {
        let text = format!(
            "ecsim: 1
name: order
duration: 2h
aws:
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 2, resources: {{ cpu: 1024, memory: 2048 }} }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 3 }}]
world: {{ tasks: {{ web: {{ crash: {{ every: {{ exponential: {{ mean: 30m }} }} }} }} }} }}
experiment: {{ sweep: {{ aws.services.web.desiredCount: [{counts}] }} }}
"
        );
        let plan = Plan::load(&Source::Text("order".to_owned(), text), &[], None).unwrap();
        let point = |point: usize| -> Vec<String> {
            let setup = plan.setup(point).unwrap();
            let trial = |number| bare_replication(&setup, number, TrialOptions::default());
            (0..3).map(|number| trial(number).digest).collect()
        };
        (0..plan.points.count()).map(point).collect()
    };
    let (mut rising, falling) = (digests("2, 3, 5"), digests("5, 3, 2"));
    assert!(rising[0] != rising[1] && rising[1] != rising[2]);
    rising.reverse();
    assert_eq!(rising, falling);
}

#[test]
fn a_replication_is_the_same_among_ten_and_among_a_thousand() {
    let scratch = tempfile::tempdir().unwrap();
    let scenario = scratch.path().join("small.yaml");
    let text = "ecsim: 1
name: small
duration: 1h
aws:
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 256, memory: 512 }] }]
  containerInstances: [{ name: host, count: 2, resources: { cpu: 1024, memory: 2048 } }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 3 }]
world: { tasks: { web: { crash: { every: { exponential: { mean: 30m } } } } } }
";
    std::fs::write(&scenario, text).unwrap();
    let trials = |replications: &str| {
        let out = scratch.path().join(replications);
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecsim"));
        command.arg("run").arg(&scenario).args(["--quiet", "--no-plots", "--replications", replications]);
        let done = command.arg("--out").arg(&out).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read_to_string(out.join("trials.csv")).unwrap()
    };
    let (ten, thousand) = (trials("10"), trials("1000"));
    assert_eq!((ten.lines().count(), thousand.lines().count()), (1 + 10, 1 + 1000));
    assert!(thousand.starts_with(&ten));
    let distinct: std::collections::BTreeSet<_> =
        thousand.lines().map(|line| line.split(',').nth(3)).collect();
    assert_eq!(distinct.len(), 1 + 1000, "every replication has a digest of its own");
}

#[test]
fn with_one_slot_the_order_of_starts_is_the_order_of_arrivals() {
    let run = |name: &str, every_s: u32, duration: &str| {
        format!(
            "
    - name: {name}
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: {every_s}s }} }} }}
      duration: {duration}
      onRefusal: {{ wait: fifo }}"
        )
    };
    let setup = setup_of(&format!(
        "ecsim: 1
name: one-slot
seed: 20261101
duration: 24h
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 256, memory: 512 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:{}{}
",
        run("short", 100, "{ exponential: { mean: 40s } }"),
        run("long", 200, "{ lognormal: { mean: 90s, cv: 2 } }")
    ));
    for number in 0..10 {
        let mut rows = checked(&setup, number).1.0;
        rows.sort_by_key(|row| (row.requested, row.created));
        let waited = rows.iter().filter(|row| row.created > row.requested).count();
        assert!(rows.len() > 800 && waited > 500, "{waited} of {} waited", rows.len());
        for pair in rows.windows(2) {
            assert!(pair[0].stopped.is_some_and(|stopped| stopped <= pair[1].created), "{pair:?}");
        }
    }
}

/// Ten slots for as many Poisson streams as rates an hour, of tasks of 1 h: share refused, and tasks running.
fn streams(per_hour: &[f64]) -> ([Vec<f64>; 2], f64) {
    let (length, width) = if full() { (4000, 0.005) } else { (400, 0.015) };
    let run = |(place, rate): (usize, &f64)| {
        format!(
            "
    - name: jobs{place}
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: {}ms }} }} }}
      duration: {{ exponential: {{ mean: 1h }} }}",
            3_600_000.0 / rate
        )
    };
    let runs: String = per_hour.iter().enumerate().map(run).collect();
    let setup = setup_of(&format!(
        "ecsim: 1
name: streams
seed: 20261102
duration: {}h
warmUp: 50h
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 2560, memory: 5120 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:{runs}
",
        length + 50
    ));
    let mut sums = [(); 3].map(|()| vec![0.0; 60]);
    for place in 0..per_hour.len() {
        let name = format!("jobs{place}");
        let columns = [("refused", &*name), ("requests", &*name), ("tasks_running", &*name)];
        for (sum, sample) in sums.iter_mut().zip(metrics(&setup, 60, columns)) {
            sum.iter_mut().zip(sample).for_each(|(sum, value)| *sum += value);
        }
    }
    let [refused, requests, running] = sums;
    ([quotients(&refused, &requests), running], width)
}

fn erlang_b(load: f64) -> f64 {
    (1..=10).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

#[test]
fn splitting_a_poisson_stream_in_two_leaves_the_means() {
    assert_published("split blocking", erlang_b(8.0), BLOCKING);
    for rates in [&[8.0][..], &[4.0, 4.0]] {
        let ([refused, running], width) = streams(rates);
        assert_exact(&format!("blocking of {} streams", rates.len()), &refused, BLOCKING, width);
        assert_exact(&format!("running of {} streams", rates.len()), &running, MEAN_RUNNING, width);
    }
}

#[test]
fn two_streams_with_five_percent_more_than_half_each_are_rejected() {
    let ([refused, running], width) = streams(&[4.2, 4.2]);
    assert_twin("blocking of two streams", &refused, BLOCKING, erlang_b(8.4), width);
    assert_twin("running of two streams", &running, MEAN_RUNNING, 8.4 * (1.0 - erlang_b(8.4)), width);
}
