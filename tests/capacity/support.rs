//! Runs a scenario with every invariant recounted, and keeps what befell its groups and providers as dated lines.

use ecsim::engine::Simulation;
use ecsim::engine::setup::Setup;
use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::kernel::time::SimTime;
use ecsim::model::auto_scaling_group::Market;
use ecsim::model::service_event::ServiceEvent;
use ecsim::model::task::{Host, TaskStatus};
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;
use ecsim::observe::invariants::Invariants;
use ecsim::observe::metrics::metric_names;
use ecsim::scenario::plan::{Plan, Source};

/// What happened to capacity, one line an event: `360 desired 5 -> 6`.
#[derive(Default)]
pub struct Log {
    pub lines: Vec<String>,
}

impl Log {
    /// The lines that contain `word`.
    pub fn with(&self, word: &str) -> Vec<&str> {
        self.lines.iter().map(String::as_str).filter(|line| line.contains(word)).collect()
    }
}

impl Observer for Log {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        let said = match change {
            Change::DesiredCapacityChanged { from, to, .. } => format!("desired {from} -> {to}"),
            Change::ReservationMeasured { measured, .. } => {
                format!("reservation {}", measured.reservation.expect("a datapoint").percent())
            }
            Change::InstanceLaunched(_) => {
                let newest = cluster.newest_instance().expect("it was launched now");
                let zone = &cluster.zones[cluster.instances[newest].zone.index()].name;
                let name = cluster.instance_name(newest);
                match cluster.instances[newest].market {
                    Market::OnDemand => format!("launch {name} in {zone}"),
                    Market::Spot => format!("launch {name} as Spot in {zone}"),
                }
            }
            Change::InstanceLifecycleChanged { instance, to, .. } => {
                format!("{} is {}", cluster.instance_name(*instance), to.name())
            }
            Change::InstanceStatusChanged { instance, to, .. } => {
                format!("{} is {}", cluster.instance_name(*instance), to.name())
            }
            Change::InstanceTerminationOrdered { instance, cause } => {
                format!("{} goes: {}", cluster.instance_name(*instance), cause.name())
            }
            Change::InstanceRefreshChanged { refresh, .. } => match refresh {
                Ok(_) => "the refresh is on".to_owned(),
                Err(end) => format!("the refresh is over: {end:?}"),
            },
            Change::RequestFailed { call, exception } => format!("{call} refused: {exception}"),
            Change::InterruptionNoticed { instance, .. } => {
                format!("{} has its notice", cluster.instance_name(*instance))
            }
            Change::RebalanceRecommended { instance } => {
                format!("{} is at risk", cluster.instance_name(*instance))
            }
            Change::TaskCreated(new) if matches!(new.host, Host::Unplaced(_)) => {
                format!("{} waits", cluster.task_name(new.task))
            }
            Change::TaskPlaced { task, instance } => {
                format!("{} on {}", cluster.task_name(*task), cluster.instance_name(*instance))
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                format!("{} STOPPED", cluster.task_name(*task))
            }
            Change::TaskStopOrdered { task, .. } => format!("{} told to stop", cluster.task_name(*task)),
            Change::TaskRequestRefused { reason, .. } => format!("refused: {}", reason.code()),
            Change::ServicePlacementRefused { service, reason, .. } => {
                let event = ServiceEvent::PlacementFailed { reason: *reason, closest: None };
                format!("event: {}", event.message(cluster, *service))
            }
            Change::ServiceEventWritten { service, event } => {
                format!("event: {}", event.message(cluster, *service))
            }
            _ => return,
        };
        self.lines.push(format!("{} {said}", at.as_secs_f64()));
    }
}

/// How many events replication 0 takes.
pub fn events(rest: &str) -> u64 {
    simulated(rest).2
}

/// Runs replication 0; `rest` is everything beside `ecsim`, `name` and `seed`.
pub fn run(rest: &str) -> (Log, Cluster) {
    let (log, cluster, _) = simulated(rest);
    (log, cluster)
}

fn simulated(rest: &str) -> (Log, Cluster, u64) {
    observed(rest, |_| Log::default())
}

/// Runs replication 0 before an observer of the caller's own, with every invariant recounted.
pub fn observed<O: Observer>(rest: &str, observer: impl FnOnce(&Setup) -> O) -> (O, Cluster, u64) {
    let text = format!("ecsim: 1\nname: case\n{rest}\n");
    let source = Source::Text("case".to_owned(), text);
    run_of(&source, observer)
}

/// The same with files beside the scenario.
pub fn observed_with<O: Observer>(
    rest: &str,
    files: &[(&str, &str)],
    observer: impl FnOnce(&Setup) -> O,
) -> O {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let path = directory.path().join("scenario.yaml");
    std::fs::write(&path, format!("ecsim: 1\nname: case\n{rest}\n")).unwrap();
    run_of(&Source::File(path), observer).0
}

fn run_of<O: Observer>(source: &Source, observer: impl FnOnce(&Setup) -> O) -> (O, Cluster, u64) {
    let plan = Plan::load(source, &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
    let setup = plan.base_setup().unwrap_or_else(|rejected| panic!("{rejected}"));
    let observer = (observer(&setup), Invariants::default());
    let outcome = Simulation::new(&setup, 0, observer, ()).run().unwrap_or_else(|error| panic!("{error}"));
    let (observer, invariants) = outcome.observer;
    invariants.verdict().unwrap_or_else(|violation| panic!("{violation}"));
    (observer, outcome.cluster, outcome.events)
}

/// The instances that a group holds at the end: `m5.large/a on-demand`, in the order of their launch.
pub fn held(end: &Cluster) -> Vec<String> {
    let group = &end.auto_scaling_groups[0];
    let instances = end.counting_instances(group.pool).map(|id| &end.instances[id]);
    let told = instances.map(|instance| {
        let kind = instance.instance_type.as_deref().unwrap_or_default();
        format!("{kind}/{} {}", end.zones[instance.zone.index()].name, instance.market.name())
    });
    told.collect()
}

/// How many of them are told with this word.
pub fn count(held: &[String], word: &str) -> usize {
    held.iter().filter(|told| told.contains(word)).count()
}

/// A group of these types that starts from nothing, and a provider over it without scaling; `group`, `distribution`
/// and `provider` are the rest of their entries.
pub fn mixed(types: &[&str], group: &str, distribution: &str, provider: &str) -> String {
    let overrides: Vec<String> = types.iter().map(|kind| format!("{{ InstanceType: {kind} }}")).collect();
    format!(
        "start: cold
model: {{ tie_break: lowest_instance_id }}
aws:
  taskDefinitions:
    - {{ family: quarter, containerDefinitions: [{{ name: app, cpu: 512, memory: 256 }}] }}
  autoScalingGroups:
    - {{ AutoScalingGroupName: asg, AvailabilityZones: [a, b, c], {group}, MixedInstancesPolicy: {{
        LaunchTemplate: {{ Overrides: [{}] }}, InstancesDistribution: {{ {distribution} }} }} }}
  capacityProviders:
    - {{ name: ec2, autoScalingGroupProvider: {{ autoScalingGroupArn: asg, managedScaling: {{ status: DISABLED }}{provider} }} }}",
        overrides.join(", ")
    )
}

/// What the loader says of a scenario that it refuses.
pub fn refusal(rest: &str) -> String {
    let source = Source::Text("case".to_owned(), format!("ecsim: 1\nname: case\n{rest}\n"));
    let rejected = Plan::load(&source, &[], None).and_then(|plan| plan.base_setup().map(|_| ()));
    rejected.expect_err("a refusal").to_string()
}

/// A group of m5.large (2,048 CPU units: four tasks of 512), a provider over it, and a service `busy` on it.
/// `group` and `scaling` are the rest of their entries.
pub fn cluster(group: &str, scaling: &str, busy: u32) -> String {
    format!(
        "model: {{ tie_break: lowest_instance_id }}
aws:
  taskDefinitions:
    - {{ family: quarter, containerDefinitions: [{{ name: app, cpu: 512, memory: 256 }}] }}
  autoScalingGroups:
    - {{ AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [a, b, c], {group} }}
  capacityProviders:
    - {{ name: ec2, autoScalingGroupProvider: {{ autoScalingGroupArn: asg, managedScaling: {{ status: ENABLED{scaling} }} }} }}
  services:
    - {{ serviceName: busy, taskDefinition: quarter, desiredCount: {busy}, placementStrategy: [{{ type: binpack, field: cpu }}],
        capacityProviderStrategy: [{{ capacityProvider: ec2, weight: 1 }}] }}"
    )
}

/// A group `asg` of m5.large without a provider, in these zones; `settings` is the rest of its entry.
pub fn group(zones: &str, settings: &str) -> String {
    format!(
        "aws: {{ autoScalingGroups: [{{ AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [{zones}], {settings} }}] }}"
    )
}

/// A timeline of calls about the group `asg`: when, what, and the rest of its input.
pub fn calls(of: &[(&str, &str, &str)]) -> String {
    let one = |(at, call, with): &(&str, &str, &str)| {
        format!("  - {{ at: {at}, call: {call}, with: {{ AutoScalingGroupName: asg, {with} }} }}\n")
    };
    format!("timeline:\n{}", of.iter().map(one).collect::<String>())
}

/// Timeline entries that run `count` more tasks at `at`, ten a call.
pub fn run_tasks(at: &str, count: u32) -> String {
    let calls = (0..count.div_ceil(10)).map(|call| {
        let here = (count - call * 10).min(10);
        format!(
            "  - {{ at: {at}, call: RunTask, with: {{ taskDefinition: quarter, count: {here}, group: extra,
        capacityProviderStrategy: [{{ capacityProvider: ec2, weight: 1 }}] }} }}\n"
        )
    });
    format!("timeline:\n{}", calls.collect::<String>())
}

/// The metrics of replication 0, by their columns.
pub fn metrics_of(rest: &str) -> impl Fn(&str) -> f64 {
    let text = format!("ecsim: 1\nname: case\n{rest}\n");
    let source = Source::Text("case".to_owned(), text);
    let plan = Plan::load(&source, &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
    let setup = plan.base_setup().unwrap_or_else(|rejected| panic!("{rejected}"));
    let key = TrialKey { point: 0, replication: 0 };
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    let (trial, _) = simulate(&setup, key, options, None::<()>).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<String> = metric_names(&setup.cluster).iter().map(|name| name.column()).collect();
    move |name: &str| {
        let place = names.iter().position(|known| known == name);
        trial.values[place.unwrap_or_else(|| panic!("no {name}: {names:?}"))].expect("it has a value")
    }
}
