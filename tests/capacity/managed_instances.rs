//! ECS Managed Instances: what ECS launches for tasks that wait, and what it lets go (MI, LAT-12, CST-12, SIZ-8).

use super::support::{Log, metrics_of, refusal, run};

/// A provider `mi` in three zones; `template` and `provider` are the rest of their inputs. A task of 512 CPU units and 900 MiB
/// fits three times on m5.large (2,048 units, 7,946 MiB) by CPU: four; with 1,800 MiB four times too.
fn managed(template: &str, provider: &str, rest: &str) -> String {
    format!(
        "start: cold
model: {{ tie_break: lowest_instance_id, spot_hazard_per_hour: 0.000000001 }}
aws:
  taskDefinitions:
    - {{ family: quarter, networkMode: awsvpc, containerDefinitions: [{{ name: app, cpu: 512, memory: 900 }}] }}
    - {{ family: large, networkMode: host, containerDefinitions: [{{ name: app, cpu: 4096, memory: 9000 }}] }}
  capacityProviders:
    - name: mi
      managedInstancesProvider:
        instanceLaunchTemplate:
          networkConfiguration: {{ subnets: [s-a, s-b, s-c] }}
          {template}
        {provider}
  {rest}
world: {{ subnets: {{ s-a: a, s-b: b, s-c: c }}, tasks: {{ quarter: {{ imageSize: 0 MB }}, large: {{ imageSize: 0 MB }} }} }}"
    )
}

const ONLY_M5: &str = "instanceRequirements: { allowedInstanceTypes: [m5.large] }";

fn service(family: &str, count: u32) -> String {
    format!(
        "services: [{{ serviceName: web, taskDefinition: {family}, desiredCount: {count},
    capacityProviderStrategy: [{{ capacityProvider: mi, weight: 1 }}] }}]"
    )
}

fn launches(log: &Log) -> Vec<String> {
    log.with("launch ").into_iter().map(str::to_owned).collect()
}

/// LAT-12, MI-6: nobody is there at zero; launched at once, registered after 150 s, and the tasks are placed then.
#[test]
fn instances_are_launched_for_tasks_that_wait_and_are_there_after_mi_launch_delay() {
    let (log, end) = run(&format!("duration: 10m\n{}", managed(ONLY_M5, "", &service("quarter", 3))));
    // three tasks spread over three zones, one instance each
    assert_eq!(launches(&log), ["0 launch mi-1 in a", "0 launch mi-2 in b", "0 launch mi-3 in c"]);
    assert_eq!(log.with(" on mi-").len(), 3);
    assert!(log.with(" on mi-").iter().all(|line| line.starts_with("150 ")), "{:?}", log.with(" on mi-"));
    assert_eq!(end.tasks_unplaced, 0);
}

/// MI-3: with a single subnet tasks are packed. m5.large has three interfaces, so two for tasks: five tasks take three
/// instances by their interfaces (CON-20), where CPU alone would ask for two.
#[test]
fn with_a_single_subnet_tasks_are_packed_as_far_as_interfaces_allow() {
    let case = managed(ONLY_M5, "", &service("quarter", 5)).replace("[s-a, s-b, s-c]", "[s-a]");
    let (log, end) = run(&format!("duration: 10m\n{case}"));
    assert_eq!(launches(&log).len(), 3);
    assert_eq!(end.tasks_unplaced, 0);
}

/// MI-6: one task of 512 units and 900 MiB. Of m5.large at 0.096 and m5.xlarge at 0.192 USD an hour the cheaper takes it.
#[test]
fn of_several_types_the_one_that_makes_the_waiting_tasks_cheapest_is_launched() {
    let both = "instanceRequirements: { allowedInstanceTypes: [m5.large, m5.xlarge] }";
    let one = managed(both, "", &service("quarter", 1));
    let (_, end) = run(&format!("duration: 5m\n{one}"));
    let types = |end: &ecsim::model::Cluster| {
        let all = end.instances.iter().map(|(_, one)| one.instance_type.as_deref().unwrap_or("").to_owned());
        all.collect::<Vec<_>>()
    };
    assert_eq!(types(&end), ["m5.large"]);
    // 4,096 units and 9,000 MiB fit m5.xlarge alone: 4 vCPU, 16 GiB
    let (_, end) = run(&format!("duration: 5m\n{}", managed(both, "", &service("large", 1))));
    assert_eq!(types(&end), ["m5.xlarge"]);
}

/// MI-1: without requirements general-purpose types (series M) are launched; with vCpuCount and memoryMiB what has them.
#[test]
fn without_requirements_types_of_the_series_m_are_launched() {
    let (_, end) = run(&format!("duration: 5m\n{}", managed("", "", &service("quarter", 3))));
    assert!(end.instances.iter().count() > 0);
    for (_, instance) in end.instances.iter() {
        let name = instance.instance_type.as_deref().unwrap();
        assert!(name.starts_with('m') && name.as_bytes()[1].is_ascii_digit(), "{name}");
    }
    let ample = "instanceRequirements: { vCpuCount: { min: 8, max: 8 }, memoryMiB: { min: 65536 }, cpuManufacturers: [intel] }";
    let (_, end) = run(&format!("duration: 5m\n{}", managed(ample, "", &service("quarter", 1))));
    let (_, instance) = end.instances.iter().next().expect("one instance");
    assert!(instance.registered.cpu == 8192 && instance.registered.memory_mib > 60_000, "{instance:?}");
}

/// MI-6: a task that comes while an instance is on its way, and fits on it, calls for no other.
#[test]
fn what_is_on_its_way_is_counted_on() {
    let case = managed(ONLY_M5, "", &service("quarter", 1)).replace("[s-a, s-b, s-c]", "[s-a]");
    let later = "timeline: [{ at: 60s, call: UpdateService, with: { service: web, desiredCount: 2 } }]";
    let (log, _) = run(&format!("duration: 10m\n{case}\n{later}"));
    assert_eq!(launches(&log).len(), 1);
    assert!(log.with(" on mi-1").iter().all(|line| line.starts_with("150 ")), "{:?}", log.with(" on mi-1"));
}

/// MI-4: the desired count falls to 0 at 600 s; the tasks need a moment to stop, and 120 s later the instances go.
#[test]
fn an_instance_without_tasks_goes_after_scale_in_after() {
    let goes = |provider: &str| {
        let case = managed(ONLY_M5, provider, &service("quarter", 1));
        let call = "timeline: [{ at: 10m, call: UpdateService, with: { service: web, desiredCount: 0 } }]";
        let (log, _) = run(&format!("duration: 3h\n{case}\n{call}"));
        let stopped = log.with("STOPPED").first().map(|line| second(line));
        (stopped.expect("the task stops"), log.with("goes: ").first().map(|line| second(line)))
    };
    let (stopped, gone) = goes("infrastructureOptimization: { scaleInAfter: 120 }");
    assert_eq!(gone, Some(stopped + 120));
    let (stopped, gone) = goes("");
    assert_eq!(gone, Some(stopped + 300), "mi_scale_in_after");
    let (_, gone) = goes("infrastructureOptimization: { scaleInAfter: -1 }");
    assert_eq!(gone, None);
}

/// MI-4: a task that comes within that time keeps the instance.
#[test]
fn an_instance_that_is_used_again_stays() {
    let case = managed(ONLY_M5, "infrastructureOptimization: { scaleInAfter: 600 }", &service("quarter", 1));
    let calls = "timeline:
  - { at: 10m, call: UpdateService, with: { service: web, desiredCount: 0 } }
  - { at: 15m, call: UpdateService, with: { service: web, desiredCount: 1 } }";
    let (log, _) = run(&format!("duration: 2h\n{case}\n{calls}"));
    assert!(log.with("goes: ").is_empty(), "{:?}", log.with("goes: "));
    assert_eq!(launches(&log).len(), 1);
}

/// MI-5: launched at 0, it begins to drain 14 days later; its task is started elsewhere first, and then it goes.
#[test]
fn after_fourteen_days_an_instance_drains_and_its_tasks_are_replaced_first() {
    let case = managed(ONLY_M5, "", &service("quarter", 1)).replace("[s-a, s-b, s-c]", "[s-a]");
    let (log, end) = run(&format!("duration: 15d\n{case}"));
    let drains = log.with("mi-1 is DRAINING"); // and once more when the machine is gone
    assert_eq!(second(drains[0]), 14 * 86_400);
    assert_eq!(launches(&log).len(), 2);
    let stops = log.with("told to stop");
    assert_eq!(stops.len(), 1);
    assert!(second(stops[0]) > 14 * 86_400 + 150, "its successor runs first: {stops:?}");
    assert_eq!(end.service(ecsim::model::ServiceId(0)).counts.healthy, 1);
}

/// MI-2, SPT-1: as SPOT it gets its notice at 600 s after it runs, drains, and is gone 120 s later.
#[test]
fn a_spot_managed_instance_is_taken_back_with_two_minutes_of_notice() {
    let spot = format!("capacityOptionType: SPOT\n          {ONLY_M5}");
    let case = managed(&spot, "", &service("quarter", 1)).replace("[s-a, s-b, s-c]", "[s-a]");
    let case = case.replace("world: {", "world: { spot: { default: { interruption: { every: 10m } } },");
    let (log, _) = run(&format!("duration: 14m\n{case}"));
    assert_eq!(launches(&log)[0], "0 launch mi-1 as Spot in a");
    let noticed = second(log.with("mi-1 has its notice")[0]);
    let gone = second(log.with("mi-1 is Terminating").first().expect("it goes"));
    assert_eq!(gone - noticed, 120);
}

/// CST-12: 0.096 USD an hour and 12 % of it: 0.10752 USD for the hour from the running machine on. SIZ-8, MI-7: whatever its
/// storage, which costs nothing here (CST-11).
#[test]
fn a_managed_instance_costs_its_price_and_the_fee() {
    let storage = format!("storageConfiguration: {{ storageSizeGiB: 500 }}\n          {ONLY_M5}");
    let case = managed(&storage, "", &service("quarter", 1)).replace("[s-a, s-b, s-c]", "[s-a]");
    // it runs 30 s after its launch (LAT-9): 3,630 s make an hour of bill
    let cost = metrics_of(&format!("duration: 3630s\n{case}"))("cost_usd:mi");
    assert!((cost - 0.10752).abs() < 1e-9, "{cost}");
}

#[test]
fn tasks_that_managed_instances_do_not_take_are_refused() {
    let told = refusal(&format!(
        "duration: 5m\n{}",
        managed(ONLY_M5, "", &service("quarter", 1)).replace("networkMode: awsvpc", "networkMode: bridge")
    ));
    assert!(told.contains("quarter:1 cannot run on Managed Instances"), "{told}");
}

#[test]
fn wrong_requirements_are_told_at_their_place() {
    let told =
        |template: &str| refusal(&format!("duration: 5m\n{}", managed(template, "", &service("quarter", 1))));
    let unknown = told("instanceRequirements: { allowedInstanceTypes: [m5.larg] }");
    assert!(unknown.contains("allowedInstanceTypes[0]") && unknown.contains("m5.large"), "{unknown}");
    let both =
        told("instanceRequirements: { allowedInstanceTypes: [m5.large], excludedInstanceTypes: [c5*] }");
    assert!(both.contains("cannot both be given"), "{both}");
    let none = told("instanceRequirements: { vCpuCount: { min: 3, max: 3 } }");
    assert!(none.contains("no instance type with a known price meets these requirements"), "{none}");
    let small = told("storageConfiguration: { storageSizeGiB: 20 }");
    assert!(small.contains("storageSizeGiB") && small.contains("30"), "{small}");
    let after = refusal(&format!(
        "duration: 5m\n{}",
        managed(ONLY_M5, "infrastructureOptimization: { scaleInAfter: 4000 }", &service("quarter", 1))
    ));
    assert!(after.contains("scaleInAfter") && after.contains("3,600"), "{after}");
    let subnet = refusal(&format!(
        "duration: 5m\n{}",
        managed(ONLY_M5, "", &service("quarter", 1)).replace("[s-a, s-b, s-c]", "[s-z]")
    ));
    assert!(subnet.contains("the zone of subnet \"s-z\" is not known"), "{subnet}");
}

fn second(line: &str) -> u64 {
    line.split(' ').next().unwrap().parse().unwrap()
}
