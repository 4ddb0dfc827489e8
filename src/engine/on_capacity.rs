//! Capacity providers at work: cluster auto scaling each minute (CAS), and tasks that wait for capacity (CAS-12).

use super::event::Event;
use super::launch::Launch;
use super::simulation::Simulation;
use crate::kernel::streams::Entity;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::DesiredCapacityCause;
use crate::model::auto_scaling_group::processes::Process;
use crate::model::placement::{PlacementConstraint, PlacementRule, PlacementStrategy};
use crate::model::task::{Capacity, CapacityChoice, Host, TaskStatus};
use crate::model::{AutoScalingGroupId, CapacityProviderId, Change, PoolId, TaskId, ZoneId};
use crate::observe::Observer;
use crate::policy::capacity::cluster_scaling::{self, Decision};
use crate::policy::capacity::datapoint::Datapoint;
use crate::policy::capacity::scale_in::{empty_instances, is_busy};
use crate::policy::explain::{ExplanationSink, Note, Topic};

/// When the metric of a provider is measured next, if that is planned.
#[derive(Clone, Copy, Default)]
pub(super) struct ProviderTimer {
    next: Option<(SimTime, crate::kernel::queue::Ticket)>,
}

/// What a waiting task asked for, kept until it has its place (CAS-12).
pub(super) struct Awaiting {
    pub task: TaskId,
    pub pool: PoolId,
    entity: Entity,
    zones: Option<Vec<ZoneId>>,
    constraints: Vec<PlacementConstraint>,
    strategies: Vec<PlacementStrategy>,
    rule: PlacementRule,
    work: Option<SimDuration>,
}

impl Awaiting {
    pub(super) fn new(task: TaskId, pool: PoolId, launch: &Launch<'_>) -> Awaiting {
        Awaiting {
            task,
            pool,
            entity: launch.entity,
            zones: launch.zones.map(<[ZoneId]>::to_vec),
            constraints: launch.constraints.to_vec(),
            strategies: launch.strategies.to_vec(),
            rule: launch.rule.clone(),
            work: launch.work,
        }
    }
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Something changed that the metrics of providers may read: each is measured at the next full minute.
    pub(super) fn note_for_providers(&mut self, change: &Change) {
        let pool = match change {
            Change::TaskCreated(new) => match new.host {
                Host::Instance(instance) => Some(self.cluster.instances[instance].pool),
                Host::Unplaced(pool) => Some(pool),
                Host::Fargate(_) => None,
            },
            Change::TaskPlaced { instance, .. }
            | Change::InstanceLifecycleChanged { instance, .. }
            | Change::InstanceStatusChanged { instance, .. } => Some(self.cluster.instances[*instance].pool),
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                self.cluster.pool_of(&self.cluster.tasks[*task])
            }
            Change::DesiredCapacityChanged { group, .. } => {
                Some(self.cluster.auto_scaling_group(*group).pool)
            }
            _ => None,
        };
        if let Some(provider) = pool.and_then(|pool| self.cluster.provider_of_pool(pool)) {
            self.plan_measurement(provider, self.now);
            if self.cluster.capacity_provider(provider).managed_instances.is_some() {
                self.note_for_managed(change);
            }
        }
    }

    /// MI-4: instances that may have become idle, or busy.
    fn note_for_managed(&mut self, change: &Change) {
        match change {
            Change::TaskCreated(new) => {
                if let Host::Instance(instance) = new.host {
                    self.look_at_idle(instance);
                }
            }
            Change::TaskPlaced { instance, .. } | Change::InstanceStatusChanged { instance, .. } => {
                self.look_at_idle(*instance);
            }
            Change::TaskStatusChanged { task, .. } => {
                if let Host::Instance(instance) = self.cluster.tasks[*task].host {
                    self.look_at_idle(instance);
                }
            }
            _ => {}
        }
    }

    pub(super) fn start_providers(&mut self) {
        for index in 0..self.cluster.capacity_providers.len() {
            self.plan_measurement(CapacityProviderId(index as u16), self.now);
        }
    }

    /// Measures at the first full minute after now that is not before `from`, or before, if that is planned.
    fn plan_measurement(&mut self, provider: CapacityProviderId, from: SimTime) {
        if self.cluster.capacity_provider(provider).managed_scaling.is_none() {
            return;
        }
        let period = cluster_scaling::PERIOD.0;
        let at = SimTime(from.0.div_ceil(period).max(self.now.0 / period + 1) * period);
        if self.providers.len() <= provider.index() {
            self.providers.resize(provider.index() + 1, ProviderTimer::default());
        }
        match self.providers[provider.index()].next {
            Some((planned, _)) if planned <= at => return,
            Some((_, ticket)) => {
                self.queue.cancel(ticket);
            }
            None => {}
        }
        let event = Event::ReservationIsMeasured(provider);
        let ticket = self.queue.schedule(at, event.rank(), event);
        self.providers[provider.index()].next = Some((at, ticket));
    }

    /// ORD-10: the datapoint of this minute, and what its alarms ask for.
    pub(super) fn on_reservation_is_measured(&mut self, provider: CapacityProviderId) {
        self.providers[provider.index()].next = None;
        let found = self.cluster.capacity_provider(provider);
        let (Some(scaling), group) = (found.managed_scaling, found.group) else { return };
        let measured = cluster_scaling::measure(&self.cluster, self.now, provider, &scaling);
        if measured != found.measured {
            self.change(&Change::ReservationMeasured { provider, measured });
        }
        let decision = cluster_scaling::decide(&self.cluster, self.now, provider);
        self.tell_datapoint(provider, decision);
        match decision {
            Decision::Rest(_) => self.let_go_of_surplus(provider),
            Decision::LookAgain(at, _) => self.plan_measurement(provider, at),
            // Who suspends AlarmNotification keeps the alarms of managed scaling from the group too.
            Decision::Resize(_) if self.is_suspended(group, Process::AlarmNotification) => {
                self.plan_measurement(provider, self.now);
            }
            Decision::Resize(to) => {
                if to < self.cluster.auto_scaling_group(group).desired_capacity {
                    self.update_scale_in_protection(provider, true);
                }
                self.set_desired_capacity(group, to, DesiredCapacityCause::ManagedScaling);
                self.plan_measurement(provider, self.now);
            }
        }
    }

    fn tell_datapoint(&mut self, provider: CapacityProviderId, decision: Decision) {
        if S::WANTED && self.sink.wants(Topic::Provider(provider)) {
            let datapoint = Datapoint::of(&self.cluster, provider, decision);
            self.sink.note(Note::Measured(Box::new(datapoint)));
        }
    }

    /// CAS-11: a group that holds more than it is to, since its instances were busy, lets the next empty one go.
    fn let_go_of_surplus(&mut self, provider: CapacityProviderId) {
        let found = self.cluster.capacity_provider(provider);
        let (id, is_low) = (found.group, found.measured.low_since.is_some());
        if !found.termination_protection || !is_low {
            return;
        }
        let group = self.cluster.auto_scaling_group(id);
        if self.cluster.counting_instances(group.pool).count() as u32 > group.desired_capacity {
            self.update_scale_in_protection(provider, true);
            self.look_at_group(id);
        }
    }

    /// CAS-11: for a scale-in, instances without tasks lose their protection; ones that hold tasks have it.
    pub(super) fn update_scale_in_protection(&mut self, provider: CapacityProviderId, scales_in: bool) {
        let found = self.cluster.capacity_provider(provider);
        if !found.termination_protection {
            return;
        }
        let group = found.group;
        let empty: Vec<_> = match scales_in {
            true => empty_instances(&self.cluster, group).collect(),
            false => Vec::new(),
        };
        let pool = self.cluster.auto_scaling_group(group).pool;
        let all: Vec<_> = self.cluster.counting_instances(pool).collect();
        for instance in all {
            let protected = !empty.contains(&instance);
            let is_protected = self.cluster.instances[instance].protected_from_scale_in;
            let changes = is_protected != protected && (!protected || is_busy(&self.cluster, instance));
            if changes {
                self.change(&Change::ScaleInProtectionChanged { instance, protected });
            }
        }
    }

    /// UpdateCapacityProvider: from now on it is measured, or protects, in another way.
    pub(super) fn on_provider_updated(&mut self, provider: CapacityProviderId) {
        self.update_scale_in_protection(provider, false);
        self.plan_measurement(provider, self.now);
    }

    pub(super) fn set_desired_capacity(
        &mut self,
        group: AutoScalingGroupId,
        to: u32,
        by: DesiredCapacityCause,
    ) {
        let from = self.cluster.auto_scaling_group(group).desired_capacity;
        if from != to {
            self.change(&Change::DesiredCapacityChanged { group, from, to, by });
        }
        self.look_at_group(group);
    }

    /// Whether a task that finds no instance of a provider's group may wait for one (CAS-12).
    pub(super) fn scales_for(&self, pool: PoolId) -> bool {
        let provider = self.cluster.provider_of_pool(pool);
        let provider = provider.map(|found| self.cluster.capacity_provider(found));
        provider.is_some_and(|found| found.managed_scaling.is_some() || found.managed_instances.is_some())
    }

    /// CAS-12: it waits in PROVISIONING, for so long and no longer.
    pub(super) fn begin_wait(&mut self, task: TaskId, pool: PoolId, launch: &Launch<'_>) {
        let patience = *self.cluster.parameters.provisioning_timeout();
        self.fates[task.slot()].next = self.after(patience, Event::TaskAdvances(task));
        if self.awaiting.is_empty() {
            // Where others wait, what became free in this instant is for them.
            self.waiting_looked_at = self.cluster.capacity_version;
            self.waiting_reads_tasks = false;
        }
        if let Some(provider) = self.cluster.provider_of_pool(pool)
            && self.cluster.capacity_provider(provider).managed_instances.is_some()
        {
            self.plan_managed_launch(provider);
        }
        let definition = self.cluster.task_definition(launch.task_definition);
        let mut constraints = definition.constraints.iter().chain(launch.constraints);
        self.waiting_reads_tasks |= constraints.any(PlacementConstraint::reads_tasks);
        self.awaiting.push_back(Awaiting::new(task, pool, launch));
    }

    /// Wakes those that wait when something that they need may have become free.
    pub(super) fn wake_waiting(&mut self) {
        let looked_at = self.waiting_looked_at == self.cluster.capacity_version;
        if !self.awaiting.is_empty() && !self.waiting_moves && !looked_at {
            self.waiting_moves = true;
            let event = Event::WaitingTasksMove;
            self.queue.schedule(self.now, event.rank(), event);
        }
    }

    /// INS-11: each that waits tries again, the oldest first; none stands in another's way.
    pub(super) fn on_waiting_tasks_move(&mut self) {
        self.waiting_moves = false;
        let waiting = std::mem::take(&mut self.awaiting);
        for one in waiting {
            let still_waits = self
                .cluster
                .tasks
                .get(one.task)
                .is_some_and(|task| task.is_active() && matches!(task.host, Host::Unplaced(_)));
            if still_waits && !self.try_to_end_wait(&one) {
                self.awaiting.push_back(one);
            }
        }
        self.waiting_looked_at = self.cluster.capacity_version;
    }

    fn try_to_end_wait(&mut self, waiting: &Awaiting) -> bool {
        let task = &self.cluster.tasks[waiting.task];
        let capacity = Capacity::AutoScaling(waiting.pool);
        let launch = Launch {
            origin: task.origin,
            entity: waiting.entity,
            ordinal: task.ordinal,
            attempt: task.attempt,
            task_definition: task.task_definition,
            group: task.group,
            choice: (usize::from(task.choice), CapacityChoice { capacity, base: 0, weight: 1 }),
            zones: waiting.zones.as_deref(),
            only_zone: None,
            named: None,
            standing: None,
            constraints: &waiting.constraints,
            strategies: &waiting.strategies,
            rule: &waiting.rule,
            reserved: task.reserved,
            requested_at: task.requested_at,
            waited: false,
            settled: false,
            work: waiting.work,
        };
        self.place_waiting_task(waiting.task, &launch)
    }
}
