//! The only writer of the cluster.

use super::change::NewTask;
use super::cluster::Caller;
use super::instance::{ContainerInstance, InstanceStatus, Pool, PoolKind, Zone};
use super::reason::StopCause;
use super::service::{Service, ServiceSettings, TaskCounts};
use super::task::{Capacity, DesiredStatus, Host, Origin, Task, TaskStatus};
use super::views::{FreeRow, PoolTotals, TaskGroup, increment};
use super::{CallerId, Change, Cluster, InstanceId, PoolId, ServiceId, TaskGroupId, TaskId, ZoneId};
use crate::kernel::time::SimTime;

impl Cluster {
    /// Makes a change true at `now`, and keeps every derived view in step.
    pub fn apply(&mut self, now: SimTime, change: &Change) {
        match change {
            Change::TaskDefinitionRegistered(definition) => {
                self.task_definitions.push((**definition).clone())
            }
            Change::InstanceRegistered(instance) => self.register_instance((**instance).clone()),
            Change::InstanceStatusChanged { instance, to, .. } => {
                self.set_instance_status(now, *instance, *to)
            }
            Change::ZoneOutageBegan { zone } => self.zones[zone.index()].outages += 1,
            Change::ZoneOutageEnded { zone } => {
                self.zones[zone.index()].outages -= 1;
                self.capacity_version += 1;
            }
            Change::ServiceCreated(service) => {
                let group = self.intern_group(&format!("service:{}", service.name));
                self.services.push(Service { group, ..(**service).clone() });
            }
            Change::ServiceUpdated { service, settings } => self.update_service(*service, &settings.1),
            Change::ServiceStatusChanged { service, to, .. } => self.services[service.index()].status = *to,
            Change::DeploymentStarted { service, deployment } => {
                let service = &mut self.services[service.index()];
                service.deployments.push((**deployment).clone());
                service.deployments_ever = deployment.number.0;
            }
            Change::RolloutStateChanged { service, deployment, to, .. } => {
                let deployments = &mut self.services[service.index()].deployments;
                if let Some(found) = deployments.iter_mut().find(|d| d.number == *deployment) {
                    found.rollout_state = *to;
                }
            }
            Change::DeploymentEnded { service, deployment } => {
                self.services[service.index()].deployments.retain(|d| d.number != *deployment);
            }
            Change::SteadyStateChanged { service, steady } => {
                self.services[service.index()].steady = *steady;
            }
            Change::TaskCreated(new) => self.create_task(new),
            Change::TaskStatusChanged { task, to, .. } => self.set_task_status(now, *task, *to),
            Change::TaskHealthChanged { task, healthy } => {
                self.recount(*task, |task| task.healthy = *healthy);
            }
            Change::TaskStopOrdered { task, cause } => {
                self.recount(*task, |task| {
                    task.desired_status = DesiredStatus::Stopped;
                    task.stop = Some(*cause);
                    task.stopping_at = Some(now);
                });
                self.leave_group(*task);
            }
            Change::TaskForgotten { task } => {
                self.tasks.remove(*task);
            }
            Change::CallerNamed { name, group } => {
                let group = self.intern_group(group);
                self.intern_caller(name, group);
            }
            Change::TaskRequestRefused { caller, then, .. } => {
                if *then == super::change::AfterRefusal::Wait {
                    self.callers[caller.index()].waiting += 1;
                }
            }
            Change::TaskRequestAbandoned { caller, .. } => self.callers[caller.index()].waiting -= 1,
            Change::RequestFailed { call, exception } => self.refused_requests.push((now, call, exception)),
            Change::ServicePlacementRefused { .. } | Change::TaskRequested { .. } => {}
        }
    }

    /// The zone with this name, noted if it is new. Used while a cluster is put together.
    pub fn intern_zone(&mut self, name: &str) -> ZoneId {
        self.zone_named(name).unwrap_or_else(|| {
            self.zones.push(Zone { name: name.to_owned(), outages: 0 });
            ZoneId((self.zones.len() - 1) as u16)
        })
    }

    /// The pool with this name, noted if it is new. Used while a cluster is put together.
    pub fn intern_pool(&mut self, name: &str, kind: PoolKind) -> PoolId {
        self.pool_named(name).unwrap_or_else(|| {
            self.pools.push(Pool { name: name.to_owned(), kind, instances: Vec::new() });
            self.pool_totals.push(PoolTotals::default());
            PoolId((self.pools.len() - 1) as u16)
        })
    }

    /// The task group with this name, noted if it is new.
    pub fn intern_group(&mut self, name: &str) -> TaskGroupId {
        if let Some(known) = self.group_by_name.get(name) {
            return *known;
        }
        let id = TaskGroupId(self.groups.len() as u32);
        self.groups.push(TaskGroup { name: name.to_owned(), ..TaskGroup::default() });
        self.group_by_name.insert(name.to_owned(), id);
        id
    }

    /// The caller with this name, noted if it is new.
    pub fn intern_caller(&mut self, name: &str, group: TaskGroupId) -> CallerId {
        let known = self.callers.iter().position(|caller| caller.name == name);
        let index = known.unwrap_or_else(|| {
            let counts = TaskCounts::default();
            self.callers.push(Caller { name: name.to_owned(), group, counts, waiting: 0 });
            self.callers.len() - 1
        });
        CallerId(index as u32)
    }

    fn register_instance(&mut self, instance: ContainerInstance) {
        let (pool, row, registered) = (instance.pool, row_of(&instance), instance.registered);
        let id = self.instances.insert(instance);
        debug_assert_eq!(id.slot(), self.free_rows.len(), "fixed instances are never removed");
        self.free_rows.push(row);
        self.pools[pool.index()].instances.push(id);
        let totals = &mut self.pool_totals[pool.index()];
        totals.instances += 1;
        totals.registered.add(registered);
        self.capacity_version += 1;
    }

    fn set_instance_status(&mut self, now: SimTime, id: InstanceId, to: InstanceStatus) {
        let instance = &mut self.instances[id];
        let from = std::mem::replace(&mut instance.status, to);
        let totals = &mut self.pool_totals[instance.pool.index()];
        let held = instance.registered.minus(instance.free).unwrap_or_default();
        if from == InstanceStatus::Active {
            totals.instances -= 1;
            totals.registered.subtract(instance.registered);
            totals.reserved.subtract(held);
            instance.incarnation += 1;
        }
        if to == InstanceStatus::Active {
            totals.instances += 1;
            totals.registered.add(instance.registered);
            totals.reserved.add(held);
            instance.registered_at = now;
            self.capacity_version += 1;
        }
        self.free_rows[id.slot()] = row_of(instance);
    }

    fn update_service(&mut self, id: ServiceId, settings: &ServiceSettings) {
        let service = &mut self.services[id.index()];
        let choices_changed = service.settings.capacity != settings.capacity;
        service.settings = settings.clone();
        if choices_changed {
            // Tasks launched under the old list belong to no item of the new one (CAP-7).
            service.active_by_choice = vec![0; settings.capacity.len()];
            let tasks = service.tasks.clone();
            tasks.iter().for_each(|task| self.tasks[*task].choice = u16::MAX);
        }
    }

    fn create_task(&mut self, new: &NewTask) {
        let id = self.tasks.insert(task_of(new));
        debug_assert_eq!(id, new.task, "the promised identifier is given out");
        self.tasks_created += 1;
        self.tasks_present += 1;
        if let Host::Instance(instance) = new.host {
            self.take_from_instance(instance, id, new);
        } else {
            self.change_fargate_totals(id, true);
        }
        if let Origin::Service { service, .. } = new.origin {
            let service = &mut self.services[service.index()];
            service.launches = service.launches.max(new.ordinal);
            self.tasks[id].place_in_service = service.tasks.len() as u32;
            service.tasks.push(id);
            if let Some(active) = service.active_by_choice.get_mut(usize::from(new.choice)) {
                *active += 1;
            }
        }
        if let (Origin::Caller { caller }, true) = (new.origin, new.waited) {
            self.callers[caller.index()].waiting -= 1;
        }
        self.enter_group(id);
        let contribution = contribution(&self.tasks[id]);
        self.each_count(id, |counts| add(counts, &contribution));
    }

    fn take_from_instance(&mut self, id: InstanceId, task: TaskId, new: &NewTask) {
        let instance = &mut self.instances[id];
        instance.free = instance.free.minus(new.reserved).expect("placement chose an instance with room");
        self.tasks[task].place_on_instance = instance.tasks.len() as u32;
        instance.tasks.push(task);
        self.free_rows[id.slot()] = row_of(instance);
        if instance.status == InstanceStatus::Active {
            self.pool_totals[instance.pool.index()].reserved.add(new.reserved);
        }
    }

    fn give_back_to_instance(&mut self, id: InstanceId, task: TaskId) {
        let (reserved, place) = (self.tasks[task].reserved, self.tasks[task].place_on_instance);
        let instance = &mut self.instances[id];
        instance.free = instance.free.plus(reserved);
        instance.tasks.swap_remove(place as usize);
        if let Some(moved) = instance.tasks.get(place as usize) {
            self.tasks[*moved].place_on_instance = place;
        }
        self.free_rows[id.slot()] = row_of(instance);
        if instance.status == InstanceStatus::Active {
            self.pool_totals[instance.pool.index()].reserved.subtract(reserved);
        }
    }

    fn set_task_status(&mut self, now: SimTime, id: TaskId, to: TaskStatus) {
        self.recount(id, |task| {
            task.last_status = to;
            match to {
                TaskStatus::Activating => task.pull_started_at = Some(now),
                TaskStatus::Running => task.started_at = Some(now),
                TaskStatus::Stopped => task.stopped_at = Some(now),
                TaskStatus::Provisioning
                | TaskStatus::Pending
                | TaskStatus::Deactivating
                | TaskStatus::Stopping
                | TaskStatus::Deprovisioning => {}
            }
        });
        if to == TaskStatus::Stopped {
            self.release(id);
        }
    }

    fn release(&mut self, id: TaskId) {
        self.tasks_present -= 1;
        self.capacity_version += 1;
        match self.tasks[id].host {
            Host::Instance(instance) => self.give_back_to_instance(instance, id),
            Host::Fargate(_) => self.change_fargate_totals(id, false),
        }
        if let Some(service) = self.tasks[id].service() {
            let place = self.tasks[id].place_in_service as usize;
            let tasks = &mut self.services[service.index()].tasks;
            tasks.swap_remove(place);
            if let Some(moved) = tasks.get(place) {
                self.tasks[*moved].place_in_service = place as u32;
            }
        }
    }

    fn change_fargate_totals(&mut self, id: TaskId, arrives: bool) {
        let task = &self.tasks[id];
        let Some(pool) = self.pool_of(task) else { return };
        let totals = &mut self.pool_totals[pool.index()];
        if arrives {
            totals.instances += 1;
            totals.registered.add(task.reserved);
            totals.reserved.add(task.reserved);
        } else {
            totals.instances -= 1;
            totals.registered.subtract(task.reserved);
            totals.reserved.subtract(task.reserved);
        }
    }

    fn enter_group(&mut self, id: TaskId) {
        let task = &self.tasks[id];
        let group = &mut self.groups[task.group.index()];
        match task.host {
            Host::Instance(instance) => {
                increment(&mut group.by_instance, instance.slot());
                increment(&mut group.by_zone, self.instances[instance].zone.index());
            }
            Host::Fargate(zone) => {
                let spot = is_spot(&self.pools, task.capacity);
                increment(&mut group.by_fargate_zone[usize::from(spot)], zone.index());
            }
        }
    }

    fn leave_group(&mut self, id: TaskId) {
        let task = &self.tasks[id];
        let group = &mut self.groups[task.group.index()];
        match task.host {
            Host::Instance(instance) => {
                group.by_instance[instance.slot()] -= 1;
                group.by_zone[self.instances[instance].zone.index()] -= 1;
            }
            Host::Fargate(zone) => {
                let spot = is_spot(&self.pools, task.capacity);
                group.by_fargate_zone[usize::from(spot)][zone.index()] -= 1;
            }
        }
        self.capacity_version += 1;
        if let Some(service) = task.service() {
            let by_choice = &mut self.services[service.index()].active_by_choice;
            if let Some(active) = by_choice.get_mut(usize::from(task.choice)) {
                *active -= 1;
            }
        }
    }

    /// Changes a task and moves it between the counts of its service, deployment or caller.
    fn recount(&mut self, id: TaskId, change: impl FnOnce(&mut Task)) {
        let task = &mut self.tasks[id];
        let before = contribution(task);
        change(task);
        let after = contribution(task);
        if before != after {
            self.each_count(id, |counts| {
                subtract(counts, &before);
                add(counts, &after);
            });
        }
    }

    fn each_count(&mut self, id: TaskId, mut change: impl FnMut(&mut TaskCounts)) {
        match self.tasks[id].origin {
            Origin::Service { service, deployment } => {
                let Service { counts, deployments, .. } = &mut self.services[service.index()];
                change(counts);
                if let Some(found) = deployments.iter_mut().find(|d| d.number == deployment) {
                    change(&mut found.counts);
                }
            }
            Origin::Caller { caller } => change(&mut self.callers[caller.index()].counts),
        }
    }
}

fn is_spot(pools: &[Pool], capacity: Capacity) -> bool {
    capacity.fargate_pool().is_some_and(|pool| pools[pool.index()].kind == PoolKind::FargateSpot)
}

/// What a task adds to the counts of its service. Recounted by the invariants.
#[must_use]
pub fn contribution(task: &Task) -> TaskCounts {
    let active = task.is_active();
    TaskCounts {
        active: u32::from(active),
        pending: u32::from(active && task.last_status < TaskStatus::Running),
        running: u32::from(task.last_status == TaskStatus::Running),
        healthy: u32::from(active && task.healthy),
        stopping: u32::from(!active && task.last_status <= TaskStatus::Stopping),
        still_serving: u32::from(
            !active
                && task.healthy
                && task.last_status <= TaskStatus::Stopping
                && !matches!(
                    task.stop,
                    Some(StopCause::EssentialContainerExited { .. } | StopCause::Completed)
                ),
        ),
        present: u32::from(task.last_status != TaskStatus::Stopped),
    }
}

fn add(to: &mut TaskCounts, part: &TaskCounts) {
    to.active += part.active;
    to.pending += part.pending;
    to.running += part.running;
    to.healthy += part.healthy;
    to.stopping += part.stopping;
    to.still_serving += part.still_serving;
    to.present += part.present;
}

fn subtract(from: &mut TaskCounts, part: &TaskCounts) {
    from.active -= part.active;
    from.pending -= part.pending;
    from.running -= part.running;
    from.healthy -= part.healthy;
    from.stopping -= part.stopping;
    from.still_serving -= part.still_serving;
    from.present -= part.present;
}

fn row_of(instance: &ContainerInstance) -> FreeRow {
    FreeRow {
        cpu: instance.free.cpu,
        memory_mib: instance.free.memory_mib,
        gpus: instance.free.gpus as u16,
        zone: instance.zone,
        open: instance.status == InstanceStatus::Active,
    }
}

fn task_of(new: &NewTask) -> Task {
    let settled = new.settled.then_some(new.created_at);
    Task {
        origin: new.origin,
        ordinal: new.ordinal,
        attempt: new.attempt,
        task_definition: new.task_definition,
        group: new.group,
        capacity: new.capacity,
        choice: new.choice,
        host: new.host,
        reserved: new.reserved,
        last_status: new.first_status,
        desired_status: DesiredStatus::Running,
        healthy: new.settled,
        requested_at: new.requested_at,
        created_at: new.created_at,
        pull_started_at: settled,
        started_at: settled,
        stopping_at: None,
        stopped_at: None,
        stop: None,
        place_in_service: 0,
        place_on_instance: 0,
    }
}
