//! The story of a capacity provider: each datapoint that mattered, what its alarms did, each step of its group and what
//! held it back, its instances, and the tasks that waited.

use super::instance::amounts;
use super::recorder::Recorder;
use super::story::{Entry, Kind, Moment};
use super::words::{self, counted};
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{AutoScalingGroup, DesiredCapacityCause, Lifecycle, TerminationCause};
use crate::model::capacity_provider::{CapacityProvider, ManagedScaling, Reservation};
use crate::model::instance::InstanceStatus;
use crate::model::stop::{StartFailure, StopCause};
use crate::model::task::Host;
use crate::model::{Change, Cluster, InstanceId, PoolId, Resources};
use crate::policy::capacity::cluster_scaling::{Decision, Hold, Rest, datapoints_since};
use crate::policy::capacity::datapoint::Datapoint;
use crate::policy::capacity::need::DemandGroup;

impl Recorder {
    /// What the provider is, at time zero.
    pub(super) fn tell_provider(&mut self, cluster: &Cluster) {
        let Some((provider, group)) = self.watched_provider(cluster) else { return };
        let text = format!(
            "over the Auto Scaling group {}: MinSize {}, MaxSize {}, desired capacity {}",
            group.name, group.settings.min_size, group.settings.max_size, group.desired_capacity
        );
        if let Some(managed) = provider.managed_instances {
            let kept = match managed.scale_in_after {
                Some(after) => format!("an instance without tasks goes after {}", words::length(after)),
                None => "an instance without tasks stays (scaleInAfter -1)".to_owned(),
            };
            let types = group.settings.kinds.iter().take(3).filter_map(|kind| kind.instance_type.as_deref());
            let types = types.collect::<Vec<_>>().join(", ");
            let launches = format!(
                "Managed Instances: ECS launches for the tasks that wait, of {} ({types}, …), {}",
                counted(group.settings.kinds.len() as u64, "type"),
                managed.market.name()
            );
            let entry = Entry::new(SimTime::ZERO, Kind::Capacity, launches, ["MI-1", "MI-2"]);
            return self.add(entry.fact(kept));
        }
        let scaling = match provider.managed_scaling {
            Some(scaling) => format!(
                "managed scaling: target {}, steps {} to {}, instanceWarmupPeriod {}",
                scaling.target_capacity,
                scaling.minimum_step,
                scaling.maximum_step,
                words::length(scaling.instance_warmup)
            ),
            None => "no managed scaling: ECS neither measures it nor scales it, and no task waits for it"
                .to_owned(),
        };
        let switch = |on: bool| if on { "on" } else { "off" };
        let gone = format!(
            "managed termination protection {}, managed draining {}",
            switch(provider.termination_protection),
            switch(provider.managed_draining)
        );
        self.add(Entry::new(SimTime::ZERO, Kind::Capacity, text, ["CAP-12"]).fact(scaling).fact(gone));
    }

    fn watched_provider<'c>(
        &self,
        cluster: &'c Cluster,
    ) -> Option<(&'c CapacityProvider, &'c AutoScalingGroup)> {
        let provider = cluster.capacity_provider(self.provider?);
        Some((provider, cluster.auto_scaling_group(provider.group)))
    }

    /// A datapoint: the metric, what it rests on, the alarms, and what follows.
    pub(super) fn hear_datapoint(&mut self, at: SimTime, cluster: &Cluster, datapoint: &Datapoint) {
        let Some((provider, group)) = self.watched_provider(cluster) else { return };
        let (Some(scaling), Some(reservation)) = (provider.managed_scaling, datapoint.measured.reservation)
        else {
            return;
        };
        let (what, rule, key) = follows(cluster, &scaling, group, datapoint, at);
        let text = format!("CapacityProviderReservation {}: {what}", metric(reservation, datapoint));
        let mut entry = Entry::new(at, Kind::Capacity, text, [rules_of(reservation, datapoint), rule]);
        if let Some(key) = key {
            entry = entry.folding(key);
        }
        if let Decision::LookAgain(until, _) = datapoint.decision {
            entry.details.until = Some(Moment(until));
        }
        entry = entry.fact(busy(datapoint));
        for group in &datapoint.waiting {
            entry = entry.fact(waits(group));
        }
        let before = std::mem::replace(&mut self.alarms, datapoint.measured);
        if before.high != datapoint.measured.high {
            let now = if datapoint.measured.high { "ALARM (1 datapoint above the target)" } else { "OK" };
            entry = entry.fact(format!("the scale-out alarm goes to {now}"));
        }
        let is_low = datapoint.measured.low_since.map(|since| datapoints_since(since, at));
        let due = cluster.capacity_provider(datapoint.provider).policy.low_datapoints;
        match (before.low_since, is_low) {
            (_, Some(seen)) if seen == due => {
                entry = entry.fact(format!("the scale-in alarm goes to ALARM ({due} datapoints below)"));
            }
            (Some(since), None) if datapoints_since(since, at) > due => {
                entry = entry.fact("the scale-in alarm goes to OK");
            }
            (Some(_), None) => entry = entry.fact("its count of datapoints below the target begins anew"),
            _ => {}
        }
        self.add(entry);
    }

    pub(super) fn see_as_provider(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        let Some((provider, group)) = self.watched_provider(cluster) else { return };
        let (pool, id) = (group.pool, provider.group);
        let ours = |instance: InstanceId| cluster.instances[instance].pool == pool;
        let of_instance = |text: String, rule, key: &str, instance| {
            let entry = Entry::new(at, Kind::Instance, text, [rule]).folding(key);
            entry.about(cluster.instance_name(instance))
        };
        let entry = match change {
            Change::DesiredCapacityChanged { group, from, to, by } if *group == id => {
                if *by == DesiredCapacityCause::ManagedScaling {
                    return; // the datapoint has said so
                }
                if *by == DesiredCapacityCause::ManagedInstances {
                    return; // the launches and the ends say so
                }
                let text = format!("the desired capacity of the group goes from {from} to {to}, not by ECS");
                Entry::new(at, Kind::Capacity, text, ["ASG-3"])
            }
            Change::InstanceLaunched(launched) if launched.pool == pool => match cluster.newest_instance() {
                Some(newest) if provider.managed_instances.is_some() => {
                    let kind = launched.instance_type.as_deref().unwrap_or("an instance");
                    let zone = &cluster.zones[launched.zone.index()].name;
                    let text = format!("ECS launches {kind} in {zone} for tasks that wait");
                    of_instance(text.clone(), "MI-6", &text, newest)
                }
                Some(newest) => {
                    of_instance("the group launches an instance".to_owned(), "ASG-1", "launch", newest)
                }
                None => return,
            },
            Change::InstanceLifecycleChanged { instance, to, .. } if ours(*instance) => {
                let (text, rule) = match to {
                    Lifecycle::InService => {
                        ("an instance runs and is in service; its agent has yet to register it", "ASG-3")
                    }
                    Lifecycle::TerminatingWait => {
                        ("an instance is drained before it is terminated", "CAS-15")
                    }
                    Lifecycle::WarmedStopped | Lifecycle::WarmedRunning | Lifecycle::WarmedHibernated => {
                        ("an instance waits in the warm pool and counts for nothing", "CAS-17")
                    }
                    Lifecycle::Terminating => ("an instance shuts down", "ASG-3"),
                    Lifecycle::Fixed
                    | Lifecycle::Pending
                    | Lifecycle::PendingWait
                    | Lifecycle::WarmedPending
                    | Lifecycle::Terminated => return,
                };
                of_instance(text.to_owned(), rule, to.name(), *instance)
            }
            Change::InstanceStatusChanged {
                instance,
                from: InstanceStatus::Unregistered,
                to: InstanceStatus::Active,
            } if ours(*instance) => {
                let text = "an instance is registered and takes tasks".to_owned();
                of_instance(text, "INS-11", "registered", *instance)
            }
            Change::InstanceTerminationOrdered { instance, cause } if ours(*instance) => {
                let managed = provider.managed_instances.is_some();
                let (why, rule) = match cause {
                    TerminationCause::ScaleIn if managed => ("it has held no task for long enough", "MI-4"),
                    TerminationCause::MaxLifetime if managed => ("it was launched 14 days ago", "MI-5"),
                    _ => (cause.name(), "ASG-5"),
                };
                of_instance(format!("an instance is to go: {why}"), rule, cause.name(), *instance)
            }
            Change::ScaleInProtectionChanged { instance, protected } if ours(*instance) => {
                let (text, key) = match protected {
                    true => ("an instance holds tasks again and is protected from scale-in", "protected"),
                    false => ("an instance without tasks loses its protection from scale-in", "unprotected"),
                };
                of_instance(text.to_owned(), "CAS-11", key, *instance)
            }
            Change::TaskCreated(new) if new.host == Host::Unplaced(pool) => {
                let text = "a task finds no room and waits in PROVISIONING";
                let entry = Entry::new(at, Kind::Waits, text, ["CAS-12"]).folding("waits");
                entry.about(cluster.task_name(new.task)).fact(in_all(cluster, pool))
            }
            Change::TaskPlaced { task, instance } if ours(*instance) => {
                let text = "a task that waited is placed";
                let entry = Entry::new(at, Kind::Placed, text, ["INS-11"]).folding("placed");
                entry.about(cluster.task_name(*task)).fact(in_all(cluster, pool))
            }
            Change::TaskStopOrdered { task, cause } if cluster.tasks[*task].host == Host::Unplaced(pool) => {
                let (text, rule) = match cause {
                    StopCause::FailedToStart(StartFailure::NoCapacity) => {
                        ("a task has waited too long and is stopped: TaskFailedToStart", "CAS-12")
                    }
                    _ => ("a task that waits is told to stop", "PLC-18"),
                };
                let entry = Entry::new(at, Kind::StopOrdered, text, [rule]).folding(text);
                entry.about(cluster.task_name(*task))
            }
            _ => return,
        };
        self.add(entry);
    }

    pub(super) fn state_of_provider(&self, at: SimTime, cluster: &Cluster) -> Entry {
        let Some((_, group)) = self.watched_provider(cluster) else {
            return Entry::new(at, Kind::State, "there is no such provider", []);
        };
        let counts = cluster.group_counts(group.pool);
        let waiting = cluster.pools[group.pool.index()].waiting_tasks.len() as u32;
        let text = format!(
            "desired capacity {}: {} in service, {} pending, {} terminating; {} in PROVISIONING",
            group.desired_capacity,
            counts.in_service,
            counts.pending,
            counts.terminating,
            words::tasks(waiting)
        );
        let entry = Entry::new(at, Kind::State, text, ["CAS-1"]);
        let measured = self.provider.and_then(|id| cluster.capacity_provider(id).measured.reservation);
        match measured {
            Some(reservation) => entry.fact(format!("CapacityProviderReservation {}", percent(reservation))),
            None => entry.fact("its metric has not been measured"),
        }
    }
}

/// `200 (M 6, N 3)`.
fn metric(reservation: Reservation, datapoint: &Datapoint) -> String {
    match reservation {
        Reservation::Ratio { needed, instances } => {
            format!("{} (M {needed} / N {instances})", percent(reservation))
        }
        Reservation::Idle => "100 (nothing needed, nothing there)".to_owned(),
        Reservation::FromZero => "200 (tasks and no instance)".to_owned(),
        Reservation::AtTarget { .. } => format!(
            "{} (held at the target: none of {} fits an instance of the group)",
            percent(reservation),
            words::tasks(datapoint.tasks_waiting())
        ),
    }
}

/// Two decimals at most, as CloudWatch shows it.
fn percent(reservation: Reservation) -> String {
    let text = format!("{:.2}", reservation.percent());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rules_of(reservation: Reservation, datapoint: &Datapoint) -> &'static str {
    match reservation {
        Reservation::Idle | Reservation::FromZero => "CAS-2",
        Reservation::AtTarget { .. } => "CAS-7",
        Reservation::Ratio { .. } if datapoint.waiting.is_empty() => "CAS-3",
        Reservation::Ratio { .. } => "CAS-4",
    }
}

/// What follows from a datapoint, by which rule, and by what entries of the kind fold; steps stand for themselves.
fn follows(
    cluster: &Cluster,
    scaling: &ManagedScaling,
    group: &AutoScalingGroup,
    datapoint: &Datapoint,
    at: SimTime,
) -> (String, &'static str, Option<&'static str>) {
    let target = scaling.target_capacity;
    let desired = datapoint.desired;
    match datapoint.decision {
        Decision::Resize(to) if to > desired => {
            let asked = datapoint.asked;
            let capped =
                if asked > to { format!("; {asked} are asked for, MaxSize is {to}") } else { String::new() };
            (format!("above the target of {target}, scale-out from {desired} to {to}{capped}"), "CAS-8", None)
        }
        Decision::Resize(to) => {
            let asked = datapoint.asked;
            let floor = asked.max(group.settings.min_size);
            let pace =
                if to > floor { format!(", less than half on the way to {floor}") } else { String::new() };
            let seen = datapoint.measured.low_since.map_or(0, |since| datapoints_since(since, at));
            let text = format!(
                "below the target of {target} for {seen} datapoints in a row, scale-in from {desired} to {to}{pace}"
            );
            (text, "CAS-10", None)
        }
        Decision::LookAgain(_, Hold::WarmUp(instance)) => {
            let name = cluster.instance_name(instance);
            let text = format!("above the target of {target}, but {name} is still warming up");
            (text, "CAS-9", Some("warm-up"))
        }
        Decision::LookAgain(_, Hold::LowDatapoints(seen)) => (
            format!(
                "below the target of {target}, {seen} of {} datapoints",
                cluster.capacity_provider(datapoint.provider).policy.low_datapoints
            ),
            "CAS-10",
            Some("low"),
        ),
        Decision::LookAgain(_, Hold::AfterScaleOut) => {
            let text = format!(
                "below the target of {target}, and the last scale-out is less than {} minutes ago",
                cluster.capacity_provider(datapoint.provider).policy.low_datapoints
            );
            (text, "CAS-10", Some("after scale-out"))
        }
        Decision::Rest(Rest::AtTarget) => ("nothing to do".to_owned(), "CAS-1", Some("at target")),
        Decision::Rest(Rest::OnTheWay { wanted }) => {
            let text = format!(
                "above the target of {target}; {} are asked for and the group is to hold {desired} already",
                counted(u64::from(wanted), "instance")
            );
            (text, "CAS-8", Some("on the way"))
        }
        Decision::Rest(Rest::AtMaxSize { wanted }) => {
            let text = format!(
                "above the target of {target}, but MaxSize {} keeps the group from the {wanted} instances asked for",
                group.settings.max_size
            );
            (text, "CAS-8", Some("at MaxSize"))
        }
        Decision::Rest(Rest::AtFloor { floor }) => {
            let text =
                format!("below the target of {target}, but {floor} is the least that the group may hold");
            (text, "CAS-13", Some("at the floor"))
        }
    }
}

fn busy(datapoint: &Datapoint) -> String {
    format!(
        "{} registered and in service, {} with tasks that count; {} pending, {} terminating",
        counted(u64::from(datapoint.instances), "instance"),
        datapoint.needed,
        datapoint.group.pending,
        datapoint.group.terminating
    )
}

/// `11 tasks wait of 512 CPU units, 256 MiB: 4 on an empty instance, so 3 instances`.
fn waits(group: &DemandGroup) -> String {
    let demand = group.demand;
    let asks = amounts(Resources { cpu: demand.cpu, memory_mib: demand.memory_mib, gpus: demand.gpus });
    let tasks = words::tasks(group.tasks);
    match group.instances() {
        Some(instances) => format!(
            "waiting: {tasks} of {asks}{}: {} on an empty instance, so {}",
            if demand.alone { ", alone on its instance" } else { "" },
            group.per_instance,
            counted(u64::from(instances), "instance")
        ),
        None => {
            format!("waiting: {tasks} of {asks}: more than the smallest instance of the group has (CAS-7)")
        }
    }
}

fn in_all(cluster: &Cluster, pool: PoolId) -> String {
    format!("{} in PROVISIONING", words::tasks(cluster.pools[pool.index()].waiting_tasks.len() as u32))
}
