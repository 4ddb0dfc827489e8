//! What ECS does, rule by rule, through scenarios and their rows.

use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::observe::metrics::metric_names;
use ecsim::observe::recorder::{BillRow, DeploymentRow, InstanceRow, RowSink, TaskRow, UnplacedRow};
use ecsim::scenario::plan::{Plan, Source};

#[derive(Default, Debug)]
struct Rows {
    tasks: Vec<TaskRow>,
    instances: Vec<InstanceRow>,
    unplaced: Vec<UnplacedRow>,
    deployments: Vec<DeploymentRow>,
}

impl RowSink for Rows {
    fn task(&mut self, row: TaskRow) {
        self.tasks.push(row);
    }
    fn instance(&mut self, row: InstanceRow) {
        self.instances.push(row);
    }
    fn deployment(&mut self, row: DeploymentRow) {
        self.deployments.push(row);
    }
    fn unplaced(&mut self, row: UnplacedRow) {
        self.unplaced.push(row);
    }
    fn bill(&mut self, _: BillRow) {}
}

const EC2: &str = "
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 256, memory: 512 }] }]
  containerInstances: [{ name: ec2, count: 3, resources: { cpu: 1024, memory: 2048 }, zones: [a, b, c] }]";

const FARGATE: &str = "
  taskDefinitions:
    - { family: web, requiresCompatibilities: [FARGATE], networkMode: awsvpc, cpu: 256, memory: 512, containerDefinitions: [{ name: app }] }";

/// Runs replication 0 with every invariant recounted; rows in order of creation, and the metric of a column.
fn run(aws: &str, rest: &str) -> (Rows, impl Fn(&str) -> Option<f64>) {
    let text = format!("ecsim: 1\nname: case\nduration: 1h\naws:{aws}\n{rest}\n");
    let plan =
        Plan::load(&Source::Text("case".to_owned(), text), &[], None).unwrap_or_else(|e| panic!("{e}"));
    let setup = plan.base_setup().unwrap();
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    let (trial, rows) =
        simulate(&setup, TrialKey { point: 0, replication: 0 }, options, Some(Rows::default())).unwrap();
    let mut rows = rows.unwrap_or_default();
    rows.tasks.sort_by_key(|row| (row.created, row.task.clone()));
    let names: Vec<String> = metric_names(&setup.cluster).iter().map(|name| name.column()).collect();
    let value = move |column: &str| trial.values[names.iter().position(|name| name == column).expect(column)];
    (rows, value)
}

fn refusal(aws: &str) -> String {
    let text = format!("ecsim: 1\nname: case\nduration: 1h\naws:{aws}\n");
    Plan::load(&Source::Text("case".to_owned(), text), &[], None).expect_err("a refusal").to_string()
}

fn once(launch: &str) -> String {
    format!(
        "world: {{ runs: [{{ name: job, taskDefinition: web, arrivals: {{ at: [10s] }}, duration: 60s{launch} }}] }}"
    )
}

fn seconds(at: Option<ecsim::kernel::time::SimTime>) -> f64 {
    at.expect("a time").as_secs_f64()
}

/// LIF-1, LIF-10, LAT-4, LAT-6, LAT-7: PENDING 1 s, then 2 s + 200 MB at 40 MB/s + 1 s for the container.
#[test]
fn a_bridge_task_on_ec2_starts_after_dispatch_pull_and_container_start() {
    let (rows, _) = run(EC2, &once(""));
    let task = &rows.tasks[0];
    assert_eq!((task.created.as_secs_f64(), seconds(task.started)), (10.0, 10.0 + 1.0 + 2.0 + 5.0 + 1.0));
    // it works for 60 s, its only container is then gone, and there is no interface to take away
    assert_eq!(seconds(task.stopped), 19.0 + 60.0);
    assert_eq!((task.stop_code, task.launch_type), (Some("EssentialContainerExited"), "EC2"));
}

/// LIF-9, LAT-2, LAT-15, CST-2: Fargate provisions 20 s, pulls 3 s + 200 MB at 12 MB/s, deprovisions 10 s.
#[test]
fn a_fargate_task_is_provisioned_pulled_and_deprovisioned_and_billed_from_the_pull() {
    let (rows, _) = run(FARGATE, &once(", launchType: FARGATE"));
    let task = &rows.tasks[0];
    // 20 + 1 + 3 + 16.667 + 1 = 41.667
    assert_eq!(seconds(task.started), 10.0 + 41.667);
    assert_eq!(seconds(task.stopped), 51.667 + 60.0 + 10.0);
    // from 10 + 21 = 31 s to 121.667 s: 90.667 s, billed as 91 s at 0.25 × 0.04048 + 0.5 × 0.004445 USD an hour
    let expected = 91.0 / 3600.0 * (0.25 * 0.04048 + 0.5 * 0.004445);
    assert!((task.cost_usd - expected).abs() < 1e-12, "{} {expected}", task.cost_usd);
}

/// SVC-1, SVC-11: a crashed task is replaced without back-off, when the scheduler looks a second later.
#[test]
fn a_crashed_service_task_is_replaced_after_the_schedulers_second() {
    let (rows, _) = run(
        &format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 1 }}]"),
        "timeline: [{ at: 5m, fault: containerExit, with: { service: web, exitCode: 137 } }]",
    );
    assert_eq!(rows.tasks.len(), 2);
    // its only container is gone at 300 s, nothing is left to stop; the replacement is created at 301 s
    assert_eq!(seconds(rows.tasks[0].stopped), 300.0);
    assert_eq!(rows.tasks[1].created.as_secs_f64(), 301.0);
}

/// PLC-8: by default one task to each zone, then to the emptiest instance.
#[test]
fn a_service_without_a_strategy_spreads_over_zones() {
    let aws = format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 7 }}]");
    let (rows, _) = run(&aws, "");
    let count = |zone: &str| rows.tasks.iter().filter(|row| row.zone.as_deref() == Some(zone)).count();
    let mut counts = [count("a"), count("b"), count("c")];
    counts.sort_unstable();
    assert_eq!(counts, [2, 2, 3]);
}

/// PLC-11: three instances take three tasks of the group and refuse the fourth.
#[test]
fn distinct_instance_puts_each_task_on_an_instance_of_its_own() {
    let aws = format!(
        "{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 4, placementConstraints: [{{ type: distinctInstance }}] }}]"
    );
    let (rows, _) = run(&aws, "");
    let mut hosts: Vec<_> = rows.tasks.iter().filter_map(|row| row.instance.clone()).collect();
    hosts.sort();
    assert_eq!(hosts, ["ec2-1", "ec2-2", "ec2-3"]);
    assert_eq!(rows.unplaced[0].reason, "MemberOf placement constraint unsatisfied");
}

/// PLC-11, SVC-9: what no instance satisfied is tried again when the constraint is gone, at the next attempt.
#[test]
fn a_refusal_does_not_outlive_the_placement_constraint_that_it_rests_on() {
    let aws = format!(
        "{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 4, placementConstraints: [{{ type: distinctInstance }}] }}]"
    );
    let relaxed =
        "timeline: [{ at: 20m, call: UpdateService, with: { service: web, placementConstraints: [] } }]";
    let (rows, _) = run(&aws, relaxed);
    // attempts at 50, 350, 650, 950 and 1,250 s: the first after 1,200 s
    assert_eq!(rows.tasks.get(3).map(|row| row.created.as_secs_f64()), Some(1250.0));
}

/// SVC-9: attempts at 0, 10, 20, 30, 40, 50 s after the first refusal, then every 300 s.
#[test]
fn a_service_that_cannot_place_retries_fast_and_then_slowly() {
    let aws = format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 13 }}]");
    let (rows, value) = run(&aws, "");
    // 3 × 4 fit; one hour from 0 s: 6 fast attempts up to 50 s, then 350, 650, … 3350 s: 11 more
    assert_eq!(rows.unplaced[0].attempts, 6 + 11);
    assert_eq!((rows.unplaced[0].reason, value("never_placed:web")), ("RESOURCE:CPU", Some(1.0)));
}

/// PLC-13: RunTask refuses at once what it cannot place.
#[test]
fn run_task_without_room_fails_at_once() {
    let aws = EC2.replace("count: 3", "count: 1");
    let world = "world: { runs: [{ name: job, taskDefinition: web, arrivals: { at: [1s] }, count: 10, duration: 60s }] }";
    let (rows, value) = run(&aws, world);
    // PLC-14: four of ten fit
    assert_eq!((rows.tasks.len(), value("refused:job")), (4, Some(6.0)));
}

/// PLC-17, SVC-18: scale-in takes from the zone with the most tasks.
#[test]
fn scale_in_takes_from_the_fullest_zone() {
    let aws = format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 4 }}]");
    let rest = "timeline: [{ at: 10m, call: UpdateService, with: { service: web, desiredCount: 3 } }]";
    let (rows, value) = run(&aws, rest);
    let stopped: Vec<_> =
        rows.tasks.iter().filter(|row| row.stop_code == Some("ServiceSchedulerInitiated")).collect();
    assert_eq!(stopped.len(), 1);
    let left = rows.tasks.iter().filter(|row| row.stop_code.is_none()).map(|row| row.zone.clone());
    assert_eq!(left.collect::<std::collections::BTreeSet<_>>().len(), 3);
    // SVC-17: a new desired count alone is no deployment
    assert_eq!((value("deployment_s.mean:web"), rows.deployments.len()), (None, 1));
}

/// INS-5, FAIL-4, FAIL-5: ECS notices a lost zone after 60 s, replaces elsewhere, and the instances come back.
#[test]
fn a_lost_zone_is_noticed_after_a_minute_and_comes_back() {
    let aws = format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 3 }}]");
    let (rows, _) = run(&aws, "timeline: [{ at: 10m, fault: zoneOutage, with: { zone: a, for: 20m } }]");
    let lost = rows.tasks.iter().find(|row| row.stop_code == Some("TerminationNotice")).unwrap();
    assert_eq!((seconds(lost.stopped), lost.zone.as_deref()), (660.0, Some("a")));
    let replacement = rows.tasks.iter().find(|row| row.created.as_secs_f64() == 661.0).unwrap();
    assert_ne!(replacement.zone.as_deref(), Some("a"));
    // AZR-7: back at 1,800 s, rebalanced 60 s later
    let moved = rows.tasks.last().unwrap();
    assert_eq!((moved.created.as_secs_f64(), moved.zone.as_deref()), (1860.0, Some("a")));
    let lives = rows.instances.iter().filter(|row| row.zone == "a").map(|row| seconds(row.registered));
    assert_eq!(lives.collect::<Vec<_>>(), [0.0, 1800.0]);
}

/// FAIL-5: instances of a group without zones are in the region's first three, so a zone takes two of six.
#[test]
fn a_zone_that_only_a_fault_names_is_one_of_three() {
    let aws = "
  containerInstances: [{ name: ec2, count: 6, resources: { cpu: 1024, memory: 2048 } }]";
    let (rows, _) =
        run(aws, "timeline: [{ at: 10m, fault: zoneOutage, with: { zone: us-east-1b, for: 5m } }]");
    let lost: Vec<_> = rows.instances.iter().filter(|row| row.terminated.is_some()).collect();
    assert_eq!(lost.len(), 2, "{:?}", rows.instances);
}

/// FAIL-5: `default` is no zone but says how all others fail.
#[test]
fn zones_fail_by_default_as_the_default_says() {
    let zones = "world: { zones: { c: {}, default: { failure: { every: 10m } } } }";
    let (rows, _) = run(EC2, zones);
    let lost: Vec<_> = rows.instances.iter().filter(|row| row.terminated.is_some()).collect();
    // a and b fail at 10 minutes for good, c never
    assert_eq!(lost.len(), 2, "{:?}", rows.instances);
    assert!(lost.iter().all(|row| row.zone.as_str() != "c"));
}

/// SPT-5, CAP-8: the interruption is the stop order with the signal at once; the replacement is Spot again.
#[test]
fn a_reclaimed_fargate_spot_task_stops_at_the_warning_and_is_replaced_on_spot() {
    let service = "  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1, capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }] }]";
    let rest = "timeline: [{ at: 10m, fault: spotInterruption, with: { pool: FARGATE_SPOT } }]";
    let (rows, _) = run(&format!("{FARGATE}\n{service}"), rest);
    // 2 s to exit, 10 s DEPROVISIONING
    assert_eq!((rows.tasks[0].stop_code, seconds(rows.tasks[0].stopped)), (Some("SpotInterruption"), 612.0));
    assert_eq!(rows.tasks[1].capacity_provider.as_deref(), Some("FARGATE_SPOT"));
}

/// CAP-3, CAP-4: base 2, then 1 : 3.
#[test]
fn a_strategy_divides_tasks_by_base_and_weight() {
    let service = "  services: [{ serviceName: web, taskDefinition: web, desiredCount: 10, capacityProviderStrategy: [{ capacityProvider: FARGATE, base: 2, weight: 1 }, { capacityProvider: FARGATE_SPOT, weight: 3 }] }]";
    let (rows, _) = run(&format!("{FARGATE}\n{service}"), "");
    let spot =
        rows.tasks.iter().filter(|row| row.capacity_provider.as_deref() == Some("FARGATE_SPOT")).count();
    assert_eq!((rows.tasks.len(), spot), (10, 6));
}

/// RES-11: a deleted service stops its tasks; without force its desired count must be 0.
#[test]
fn a_forced_deletion_stops_every_task() {
    let aws = format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 2 }}]");
    let rest = "timeline: [{ at: 5m, call: DeleteService, with: { service: web } }, { at: 10m, call: DeleteService, with: { service: web, force: true } }]";
    let (rows, _) = run(&aws, rest);
    assert!(
        rows.tasks.iter().all(|row| seconds(row.stopped) == 603.0),
        "600 s, a look after 1 s, 2 s to exit"
    );
}

/// SIZ-1: a size that Fargate does not offer is refused with those it does.
#[test]
fn a_size_that_fargate_lacks_is_refused_with_the_sizes_it_has() {
    let text = refusal(&FARGATE.replace("memory: 512", "memory: 768"));
    assert!(text.contains("No Fargate configuration exists for given values"), "{text}");
    assert!(text.contains("512, 1024, 2048 MiB"), "{text}");
}

/// CON-1, CON-2, CON-12, CON-13: each broken rule of a task definition is named.
#[test]
fn broken_task_definitions_are_refused_by_rule() {
    let definition = |containers: &str| {
        format!("\n  taskDefinitions: [{{ family: web, containerDefinitions: [{containers}] }}]")
    };
    let cases = [
        ("{ name: a, memory: 8, essential: false }", "CON-1"),
        ("{ name: a, memory: 8, dependsOn: [{ containerName: a, condition: START }] }", "a → a"),
        ("{ name: a }", "CON-12"),
        ("{ name: a, memory: 64, memoryReservation: 64 }", "CON-12"),
    ];
    for (containers, rule) in cases {
        let text = refusal(&definition(containers));
        assert!(text.contains(rule), "{containers}: {text}");
    }
    let text = refusal(
        "\n  taskDefinitions: [{ family: web, cpu: 128, containerDefinitions: [{ name: a, cpu: 256, memory: 8 }] }]",
    );
    assert!(text.contains("CON-13"), "{text}");
}

/// RES-3, RES-10, SVC-3: each broken rule of a service is named.
#[test]
fn broken_services_are_refused_by_rule() {
    let service =
        |keys: &str| format!("{EC2}\n  services: [{{ serviceName: web, taskDefinition: web, {keys} }}]");
    let both = "launchType: EC2, capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }]";
    assert!(refusal(&service(both)).contains("RES-10"));
    assert!(refusal(&service("desiredCount: 1000000000000000000")).contains("5,000"));
    let limits = "deploymentConfiguration: { maximumPercent: 90 }";
    assert!(refusal(&service(limits)).contains("below 100 percent"));
    assert!(refusal(&service("desierdCount: 1")).contains("desiredCount"));
}

/// Idle costs nothing: 500 tasks with health checks in 50 services, and no more than the first look at each service.
#[test]
fn an_idle_year_is_fifty_events() {
    let source = Source::File("benches/scenarios/idle-year.yaml".into());
    let setup = Plan::load(&source, &[], None).unwrap_or_else(|e| panic!("{e}")).setup(0).unwrap();
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    let key = TrialKey { point: 0, replication: 0 };
    let (trial, _) = simulate(&setup, key, options, None::<Rows>).unwrap();
    assert_eq!((trial.tasks, trial.end.as_secs_f64()), (500, 365.0 * 86_400.0));
    assert_eq!(trial.events, 50);
}

/// F23: a task that starts and ends in no time, and is submitted again in no time, stops the run.
#[test]
fn time_that_stands_still_is_stopped_and_named() {
    let text = "ecsim: 1\nname: loop\nduration: 1h\nmodel: { cluster_calls_bucket: unlimited }\naws:\n  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, memory: 8 }] }]\n  containerInstances: [{ name: ec2, count: 1, resources: { cpu: 1024, memory: 2048 } }]\nworld:\n  tasks: { web: { launch: 0s } }\n  runs: [{ name: job, taskDefinition: web, arrivals: { at: [1s] }, duration: 0s, onStop: { resubmitAfter: 0s, until: never } }]\n";
    let plan = Plan::load(&Source::Text("case".to_owned(), text.to_owned()), &[], None).unwrap();
    let key = TrialKey { point: 0, replication: 0 };
    let error = simulate(&plan.base_setup().unwrap(), key, TrialOptions::default(), None::<Rows>)
        .expect_err("a loop");
    assert!(error.to_string().contains("job"), "{error}");
}

/// RES-8: RunTask from the timeline neither counts among the arrivals of a run of that name nor mixes groups.
#[test]
fn run_task_from_the_timeline_leaves_a_run_of_the_same_name_alone() {
    let rest = "world: { runs: [{ name: web, taskDefinition: web, arrivals: { at: [0s, 50s, 100s] }, duration: 60s }] }
timeline:
  - { at: 30s, call: RunTask, with: { taskDefinition: web } }
  - { at: 40s, call: RunTask, with: { taskDefinition: web, group: other } }";
    let (rows, value) = run(EC2, rest);
    assert_eq!(
        (value("requests:web"), value("tasks_stopped.EssentialContainerExited:web")),
        (Some(3.0), Some(3.0))
    );
    let groups: Vec<_> = rows.tasks.iter().map(|row| (row.task.as_str(), row.group.as_str())).collect();
    assert!(
        groups.contains(&("RunTask/web#1", "family:web"))
            && groups.contains(&("RunTask/web/other#1", "other"))
    );
}
