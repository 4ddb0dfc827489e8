//! The digest: a running hash of all that became true.
//!
//! Encoding version 5: each change adds words `time in ms`, `kind`, then its numbers in the order below, each
//! word `w` by `h = rotl(h ^ w, 29) * 0x9E3779B97F4A7C15`. Tasks and instances enter by what people see (launch
//! ordinals and numbers), never by recycled slots.

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::capacity_provider::Reservation;
use crate::model::change::CapacityPlace;
use crate::model::scaling::ScalingPolicy;
use crate::model::task::{Host, Origin};
use crate::model::{Change, Cluster, InstanceId, Resources, TaskId};

/// The version of the encoding; it is part of the hash.
pub const DIGEST_VERSION: u64 = 5;

/// The hash so far.
#[derive(Clone, Debug)]
pub struct Digest(u64);

impl Digest {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Digest {
        let mut digest = Digest(0x6563_7369_6D00_0000);
        digest.word(DIGEST_VERSION);
        digest
    }

    /// The hash as 16 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        format!("{:016x}", self.0 ^ (self.0 >> 32))
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).rotate_left(29).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn text(&mut self, text: &str) {
        self.word(text.len() as u64);
        for bytes in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn task(&mut self, cluster: &Cluster, id: TaskId) {
        let Some(task) = cluster.tasks.get(id) else { return self.word(u64::MAX) };
        self.origin(task.origin);
        self.word(task.ordinal);
        self.word(u64::from(task.attempt));
    }

    fn origin(&mut self, origin: Origin) {
        match origin {
            Origin::Service { service, deployment } => {
                self.word(u64::from(service.0) << 33 | u64::from(deployment.0));
            }
            Origin::Caller { caller } => self.word(u64::from(caller.0) << 33 | 1 << 32),
        }
    }

    fn instance(&mut self, cluster: &Cluster, id: InstanceId) {
        let instance = &cluster.instances[id];
        self.word(u64::from(instance.pool.0) << 32 | u64::from(instance.ordinal));
    }

    fn resources(&mut self, resources: Resources) {
        self.word(u64::from(resources.cpu) << 32 | u64::from(resources.memory_mib));
        self.word(u64::from(resources.gpus));
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Digest {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.word(at.0);
        match change {
            Change::TaskDefinitionRegistered(definition) => {
                self.word(1);
                self.text(&definition.family);
                self.word(u64::from(definition.revision));
                self.resources(definition.reserved);
            }
            Change::InstanceRegistered(instance) => {
                self.word(2);
                self.word(u64::from(instance.pool.0) << 32 | u64::from(instance.ordinal));
                self.resources(instance.registered);
            }
            Change::AutoScalingGroupCreated(group) => {
                self.word(50);
                self.text(&group.name);
                self.word(u64::from(group.settings.min_size) << 32 | u64::from(group.settings.max_size));
                self.word(u64::from(group.desired_capacity));
            }
            Change::AutoScalingGroupUpdated { group, settings } => {
                self.word(51 | u64::from(group.0) << 32);
                let now = &settings.1;
                self.word(u64::from(now.min_size) << 32 | u64::from(now.max_size));
            }
            Change::CapacityProviderCreated(provider) => {
                self.word(52 | u64::from(provider.group.0) << 32);
                self.text(&provider.name);
            }
            Change::CapacityProviderUpdated { provider, now } => {
                self.word(60 | u64::from(provider.0) << 32);
                let scaling = now.managed_scaling.map_or(0, |scaling| u64::from(scaling.target_capacity));
                let switches = u64::from(now.termination_protection) << 1 | u64::from(now.managed_draining);
                self.word(scaling << 32 | switches);
            }
            Change::DefaultCapacityChanged(choices) => {
                self.word(61 | (choices.len() as u64) << 32);
                for choice in choices {
                    self.word(u64::from(choice.base) << 32 | u64::from(choice.weight));
                }
            }
            Change::ProcessesSuspended { group, suspended } => {
                self.word(62 | u64::from(suspended.bits()) << 32);
                self.word(u64::from(group.0));
            }
            Change::ScheduledActionChanged { group, name, action } => {
                self.word(63 | u64::from(action.is_some()) << 32);
                self.word(u64::from(group.0));
                self.text(name);
            }
            Change::InstanceRefreshChanged { group, refresh } => {
                let end = refresh.as_ref().err().map_or(0, |end| *end as u64 + 1);
                self.word(64 | end << 32);
                self.word(u64::from(group.0));
            }
            Change::WarmPoolChanged { group, warm_pool } => {
                self.word(65 | u64::from(warm_pool.is_some()) << 32);
                self.word(u64::from(group.0));
            }
            Change::InstanceLaunched(instance) => {
                self.word(42);
                self.word(u64::from(instance.pool.0) << 32 | u64::from(instance.ordinal));
                self.word(u64::from(instance.zone.0) << 8 | instance.market as u64);
                self.resources(instance.registered);
            }
            Change::InstanceLifecycleChanged { instance, from, to } => {
                self.word(43);
                self.instance(cluster, *instance);
                self.word((*from as u64) << 8 | *to as u64);
            }
            Change::InstanceTerminationOrdered { instance, cause } => {
                self.word(44 | (*cause as u64) << 32);
                self.instance(cluster, *instance);
            }
            Change::ScaleInProtectionChanged { instance, protected } => {
                self.word(45 | u64::from(*protected) << 32);
                self.instance(cluster, *instance);
            }
            Change::InstanceForgotten { .. } => self.word(46),
            Change::DesiredCapacityChanged { group, from, to, by } => {
                self.word(47 | (*by as u64) << 32);
                self.word(u64::from(group.0));
                self.word(u64::from(*from) << 32 | u64::from(*to));
            }
            Change::ReservationMeasured { provider, measured } => {
                self.word(48 | u64::from(measured.high) << 32);
                self.word(u64::from(provider.0));
                self.word(match measured.reservation {
                    Some(Reservation::Ratio { needed, instances }) => {
                        u64::from(needed) << 32 | u64::from(instances)
                    }
                    Some(Reservation::Idle) => u64::MAX,
                    Some(Reservation::FromZero) => u64::MAX - 1,
                    Some(Reservation::AtTarget { target }) => u64::MAX - 2 - u64::from(target),
                    None => u64::MAX - 1000,
                });
                self.word(measured.low_since.map_or(u64::MAX, |since| since.0));
            }
            Change::TaskPlaced { task, instance } => {
                self.word(49);
                self.task(cluster, *task);
                self.instance(cluster, *instance);
            }
            Change::InstanceStatusChanged { instance, from, to } => {
                self.word(3);
                self.instance(cluster, *instance);
                self.word((*from as u64) << 8 | *to as u64);
            }
            Change::InstanceAttributesChanged { instance, attributes } => {
                self.word(35);
                self.instance(cluster, *instance);
                attributes.iter().for_each(|(name, value)| {
                    self.text(name);
                    self.text(value);
                });
            }
            Change::ZoneOutageBegan { zone } => {
                self.word(4);
                self.word(u64::from(zone.0));
            }
            Change::ZoneOutageEnded { zone } => {
                self.word(5);
                self.word(u64::from(zone.0));
            }
            Change::TargetGroupCreated(group) => {
                self.word(70);
                self.text(&group.name);
                self.word(group.check.interval.0 << 32 | group.deregistration_delay.0);
            }
            Change::TargetStateChanged { task, target, from, to } => {
                self.word(71 | u64::from(*target) << 32);
                self.task(cluster, *task);
                self.word((*from as u64) << 8 | *to as u64);
            }
            Change::ServiceCreated(service) => {
                self.word(6);
                self.text(&service.name);
                self.word(u64::from(service.settings.desired_count));
            }
            Change::ServiceUpdated { service, settings } => {
                self.word(7);
                self.word(u64::from(service.0));
                self.word(u64::from(settings.0.desired_count) << 32 | u64::from(settings.1.desired_count));
                self.word(u64::from(settings.1.task_definition.map_or(u32::MAX, |id| id.0)));
            }
            Change::ServiceStatusChanged { service, from, to } => {
                self.word(8);
                self.word(u64::from(service.0));
                self.word((*from as u64) << 8 | *to as u64);
            }
            Change::DeploymentStarted { service, deployment } => {
                self.word(9);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.number.0));
                self.word(u64::from(deployment.task_definition.0));
            }
            Change::RollbackStarted { service, deployment } => {
                self.word(73);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.number.0));
                self.word(u64::from(deployment.task_definition.0));
            }
            Change::FailuresCounted { service, deployment, failures, reached_running } => {
                self.word(72 | u64::from(*failures) << 32);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
                self.word(u64::from(*reached_running));
            }
            Change::BakeTimeStarted { service, deployment, until } => {
                self.word(74);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
                self.word(until.0);
            }
            Change::StageEntered { service, deployment, shift } => {
                self.word(80 | (shift.stage as u64) << 32);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
                self.word(u64::from(shift.step) << 32 | u64::from(shift.weight));
                shift.running.iter().for_each(|run| self.word(run.until.0));
            }
            Change::TaskSetChanged { service, deployment, task_set } => {
                self.word(81 | (task_set.status as u64) << 32 | u64::from(task_set.steady) << 40);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
                self.word(u64::from(task_set.scale_millionths));
            }
            Change::DeploymentGroupCreated { service, name } => {
                self.word(82 | u64::from(service.0) << 32);
                self.text(name);
            }
            Change::DeploymentConfigCreated { name, strategy } => {
                self.word(83 | u64::from(strategy.steps()) << 32);
                self.text(name);
                self.word(strategy.bake_after(1).0);
            }
            Change::MinutesMeasured { service, first, count, minute } => {
                self.word(76 | u64::from(service.0) << 32);
                self.word(*first);
                self.word(*count);
                self.word(minute.requests);
                self.word(minute.served);
                self.word(minute.failed);
                self.word(minute.memory_millionths.unwrap_or(u64::MAX));
                self.word(minute.cpu_millionths.unwrap_or(u64::MAX));
            }
            Change::ScalingChanged { service, target } => {
                self.word(77 | u64::from(service.0) << 32);
                self.word(u64::from(target.min) << 32 | u64::from(target.max));
                let numbers = target.policies.iter().filter_map(ScalingPolicy::tracking);
                numbers.for_each(|tracking| self.word(tracking.target_millionths));
            }
            Change::MetricAlarmPut { service, alarm } => {
                self.word(79 | u64::from(service.0) << 32);
                self.text(&alarm.name);
                self.word(alarm.threshold_millionths);
            }
            Change::DesiredCountScaled { service, policy, from, to, from_running } => {
                self.word(78 | u64::from(service.0) << 32);
                self.word(u64::from(*from) << 32 | u64::from(*to));
                self.word(u64::from(*from_running) << 8 | u64::from(*policy));
            }
            Change::AlarmChanged { name, raised } => {
                self.word(75 | u64::from(*raised) << 32);
                self.text(name);
            }
            Change::RolloutStateChanged { service, deployment, from, to, .. } => {
                self.word(10);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
                self.word((*from as u64) << 8 | *to as u64);
            }
            Change::DeploymentEnded { service, deployment } => {
                self.word(11);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
            }
            Change::RebalancingChanged { service, phase, .. } => {
                self.word(40);
                self.word(u64::from(service.0) << 8 | *phase as u64);
            }
            Change::SteadyStateChanged { service, steady } => {
                self.word(12);
                self.word(u64::from(service.0) << 1 | u64::from(*steady));
            }
            Change::TaskCreated(new) => {
                self.word(13);
                self.task(cluster, new.task);
                self.word(u64::from(new.task_definition.0));
                self.resources(new.reserved);
                match new.host {
                    Host::Instance(instance) => self.instance(cluster, instance),
                    Host::Fargate(zone) => self.word(1 << 63 | u64::from(zone.0)),
                    Host::Unplaced(pool) => self.word(1 << 62 | u64::from(pool.0)),
                }
                self.word(new.requested_at.0);
            }
            Change::TaskStatusChanged { task, from, to } => {
                self.word(14);
                self.task(cluster, *task);
                self.word((*from as u64) << 8 | *to as u64);
            }
            Change::TaskHealthChanged { task, healthy } => {
                self.word(15 | u64::from(*healthy) << 32);
                self.task(cluster, *task);
            }
            Change::TaskHostLost { task } => {
                self.word(41);
                self.task(cluster, *task);
            }
            Change::TaskEndedUnheard { task } => {
                self.word(33);
                self.task(cluster, *task);
            }
            Change::TaskProtectionChanged { task, until } => {
                self.word(36);
                self.task(cluster, *task);
                self.word(until.map_or(0, |until| until.0));
            }
            Change::StopReasonGiven { task, reason } => {
                self.word(34);
                self.task(cluster, *task);
                self.text(reason);
            }
            Change::TaskStopOrdered { task, cause } => {
                self.word(16 | (cause.code() as u64) << 32);
                self.task(cluster, *task);
            }
            Change::TaskForgotten { .. } => self.word(17),
            Change::ServicePlacementRefused { service, reason, .. } => {
                self.word(18 | (*reason as u64) << 32);
                self.word(u64::from(service.0));
            }
            Change::CallerNamed { name, .. } => {
                self.word(19);
                self.text(name);
            }
            Change::TaskRequested { caller, ordinal } => {
                self.word(20 | u64::from(caller.0) << 32);
                self.word(*ordinal);
            }
            Change::TaskRequestRefused { caller, ordinal, reason, then, .. } => {
                self.word(21 | u64::from(caller.0) << 32);
                self.word(*ordinal);
                self.word((*reason as u64) << 8 | *then as u64);
            }
            Change::TaskRequestAbandoned { caller, ordinal } => {
                self.word(22 | u64::from(caller.0) << 32);
                self.word(*ordinal);
            }
            Change::RequestFailed { call, exception } => {
                self.word(23);
                self.text(call);
                self.text(exception);
            }
            Change::AgentConnectionChanged { instance, connected } => {
                self.word(25 | u64::from(*connected) << 32);
                self.instance(cluster, *instance);
            }
            Change::CapacityOutageChanged { place, out } => {
                self.word(26 | u64::from(*out) << 32);
                self.word(match place {
                    CapacityPlace::Pool(pool) => u64::from(pool.0),
                    CapacityPlace::Zone(zone) => 1 << 32 | u64::from(zone.0),
                    CapacityPlace::Instances(pool) => 2 << 32 | u64::from(pool.0),
                });
            }
            Change::SpotCapacityChanged { place, capacity } => {
                self.word(66);
                self.word(match place {
                    CapacityPlace::Pool(pool) => u64::from(pool.0),
                    CapacityPlace::Zone(zone) => 1 << 32 | u64::from(zone.0),
                    CapacityPlace::Instances(pool) => 2 << 32 | u64::from(pool.0),
                });
                self.word(capacity.map_or(u64::MAX, u64::from));
            }
            Change::RebalanceRecommended { instance } => {
                self.word(67);
                self.instance(cluster, *instance);
            }
            Change::SpotFallbackChanged { service, phase } => {
                let (phase, since) = phase.numbers();
                self.word(69 | u64::from(service.0) << 32);
                self.word(phase);
                self.word(since);
            }
            Change::InterruptionNoticed { instance, ends_at } => {
                self.word(68);
                self.instance(cluster, *instance);
                self.word(ends_at.0);
            }
            Change::StartThrottleChanged { service, deployment, failed_starts, until } => {
                self.word(27 | u64::from(*failed_starts) << 32);
                self.word(u64::from(service.0) << 32 | u64::from(deployment.0));
                self.word(until.map_or(u64::MAX, |until| until.0));
            }
            Change::ServiceEventWritten { service, event } => {
                self.word(28 | (event.number() << 32));
                self.word(u64::from(service.0));
            }
            Change::ContainerStatusChanged { task, container, from, to, exit } => {
                self.word(29 | u64::from(*container) << 32 | (*from as u64) << 48 | (*to as u64) << 40);
                self.task(cluster, *task);
                let code = exit.map(|exit| u64::from(exit.code as u32) << 8 | exit.cause as u64);
                self.word(code.unwrap_or(u64::MAX));
            }
            Change::ContainerHealthChanged { task, container, from, to } => {
                self.word(30 | u64::from(*container) << 32 | (*from as u64) << 48 | (*to as u64) << 40);
                self.task(cluster, *task);
            }
            Change::PullStopped { task } => {
                self.word(31);
                self.task(cluster, *task);
            }
            Change::TaskImpairmentChanged { task, impairment } => {
                self.word(32 | impairment.map_or(0, |why| why as u64 + 1) << 32);
                self.task(cluster, *task);
            }
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.word(at.0);
        self.word(24);
        self.word(cluster.tasks_created);
        self.word(cluster.tasks_present);
    }
}
