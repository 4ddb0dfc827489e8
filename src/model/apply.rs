//! The only writer of the cluster.

use super::change::CapacityPlace;
use super::change::NewTask;
use super::cluster::Caller;
use super::container::{Container, ContainerExit, ContainerStatus, HealthStatus, task_health};
use super::instance::{ContainerInstance, InstanceStatus, Pool, PoolKind, Zone};
use super::parameters::ReleaseResourcesAt;
use super::service::{Deployment, Service, ServiceSettings, TaskCounts};
use super::stop::StopCause;
use super::task::{Capacity, Containers, DesiredStatus, Host, Origin, Task, TaskStatus};
use super::task_definition::ContainerDefinition;
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
            Change::AgentConnectionChanged { instance, connected } => {
                self.set_agent_connection(*instance, *connected);
            }
            Change::CapacityOutageChanged { place, out } => self.set_shortage(*place, *out),
            Change::ZoneOutageBegan { zone } => self.zones[zone.index()].outages += 1,
            Change::ZoneOutageEnded { zone } => {
                self.zones[zone.index()].outages -= 1;
                self.capacity_version += 1;
            }
            Change::ServiceCreated(service) => {
                let group = self.intern_group(&format!("service:{}", service.name));
                self.services.push(Service { group, ..(**service).clone() });
            }
            Change::ServiceUpdated { service, settings } => self.update_service(*service, settings),
            Change::ServiceStatusChanged { service, to, .. } => self.services[service.index()].status = *to,
            Change::DeploymentStarted { service, deployment } => {
                self.start_deployment(*service, (**deployment).clone());
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
            Change::StartThrottleChanged { service, deployment, failed_starts, until } => {
                let deployments = &mut self.services[service.index()].deployments;
                if let Some(found) = deployments.iter_mut().find(|d| d.number == *deployment) {
                    (found.failed_starts, found.throttled_until) = (*failed_starts, *until);
                }
            }
            Change::TaskCreated(new) => self.create_task(new),
            Change::TaskStatusChanged { task, to, .. } => self.set_task_status(now, *task, *to),
            Change::TaskHealthChanged { task, healthy } => {
                self.recount(*task, |task| task.healthy = *healthy);
            }
            Change::TaskHostLost { task } => self.recount(*task, |task| task.lost = true),
            Change::TaskEndedUnheard { task } => self.recount(*task, |task| task.ended_unheard = true),
            Change::ContainerStatusChanged { task, container, to, exit, .. } => {
                self.set_container_status(now, *task, usize::from(*container), *to, *exit);
            }
            Change::ContainerHealthChanged { task, container, to, .. } => {
                self.set_container_health(*task, usize::from(*container), *to);
            }
            Change::PullStopped { task } => self.tasks[*task].pull_stopped_at = Some(now),
            Change::TaskImpairmentChanged { task, impairment } => {
                self.recount(*task, |task| task.impairment = *impairment);
            }
            Change::StopReasonGiven { task, reason } => self.tasks[*task].stop_reason = Some(reason.clone()),
            Change::TaskStopOrdered { task, cause } => {
                self.give_up_place_in_deployment(*task, *cause);
                self.recount(*task, |task| {
                    task.desired_status = DesiredStatus::Stopped;
                    task.stop = Some(*cause);
                    task.stopping_at = Some(now);
                });
                self.leave_group(*task);
                if *self.parameters.release_resources_at() == ReleaseResourcesAt::DesiredStopped {
                    self.free_reservation(*task);
                }
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
            Change::ServicePlacementRefused { .. }
            | Change::ServiceEventWritten { .. }
            | Change::TaskRequested { .. } => {}
        }
    }

    /// The zone with this name, noted if it is new. Used while a cluster is put together.
    pub fn intern_zone(&mut self, name: &str) -> ZoneId {
        self.zone_named(name).unwrap_or_else(|| {
            self.zones.push(Zone { name: name.to_owned(), outages: 0, shortages: 0 });
            ZoneId((self.zones.len() - 1) as u16)
        })
    }

    /// The pool with this name, noted if it is new. Used while a cluster is put together.
    pub fn intern_pool(&mut self, name: &str, kind: PoolKind) -> PoolId {
        self.pool_named(name).unwrap_or_else(|| {
            self.pools.push(Pool { name: name.to_owned(), kind, instances: Vec::new(), shortages: 0 });
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
            instance.agent_connected = true;
            self.capacity_version += 1;
        }
        self.free_rows[id.slot()] = row_of(instance);
    }

    fn set_agent_connection(&mut self, id: InstanceId, connected: bool) {
        let instance = &mut self.instances[id];
        instance.agent_connected = connected;
        self.free_rows[id.slot()] = row_of(instance);
        self.capacity_version += u64::from(connected);
    }

    fn set_shortage(&mut self, place: CapacityPlace, out: bool) {
        let shortages = match place {
            CapacityPlace::Pool(pool) => &mut self.pools[pool.index()].shortages,
            CapacityPlace::Zone(zone) => &mut self.zones[zone.index()].shortages,
        };
        *shortages = if out { *shortages + 1 } else { *shortages - 1 };
        self.capacity_version += u64::from(!out);
    }

    /// The newest deployment is PRIMARY; those before keep what they have until it takes over (DEP-11).
    /// One of the same task definition is throttled as that was (SVC-10).
    fn start_deployment(&mut self, id: ServiceId, mut deployment: Deployment) {
        let service = &mut self.services[id.index()];
        if let Some(older) = service.deployments.last_mut() {
            older.desired_count = older.counts.active;
            if older.task_definition == deployment.task_definition {
                deployment.failed_starts = older.failed_starts;
                deployment.throttled_until = older.throttled_until;
            }
        }
        service.deployments_ever = deployment.number.0;
        service.deployments.push(deployment);
    }

    /// A task that its deployment or a scale-in gives up is not to be replaced by its own revision (DEP-7).
    fn give_up_place_in_deployment(&mut self, id: TaskId, cause: StopCause) {
        if !cause.is_planned() {
            return;
        }
        if let Origin::Service { service, deployment } = self.tasks[id].origin {
            let deployments = &mut self.services[service.index()].deployments;
            if let Some(found) = deployments.iter_mut().find(|d| d.number == deployment) {
                found.desired_count = found.desired_count.saturating_sub(1);
            }
        }
    }

    fn update_service(&mut self, id: ServiceId, change: &(ServiceSettings, ServiceSettings)) {
        let (before, settings) = change;
        let service = &mut self.services[id.index()];
        let choices_changed = service.settings.capacity != settings.capacity;
        // One an instance: a new instance gets the newest revision.
        if settings.desired_count != before.desired_count && !service.is_daemon() {
            rescale_older_deployments(service, before.desired_count, settings.desired_count);
        }
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
        self.fill_containers(id, new);
        let contribution = contribution(&self.tasks[id]);
        self.each_count(id, |counts| add(counts, &contribution));
    }

    fn fill_containers(&mut self, id: TaskId, new: &NewTask) {
        let definition = &self.task_definitions[new.task_definition.index()];
        let task = &mut self.tasks[id];
        task.containers.extend((0..definition.containers.len()).map(|index| match new.settled {
            true => Container::settled(definition, index, new.created_at),
            false => Container::NEW,
        }));
        task.health = task_health(&definition.containers, &task.containers);
    }

    fn set_container_status(
        &mut self,
        now: SimTime,
        id: TaskId,
        index: usize,
        to: ContainerStatus,
        exit: Option<ContainerExit>,
    ) {
        let definitions = &self.task_definitions[self.tasks[id].task_definition.index()].containers;
        let task = &mut self.tasks[id];
        let container = &mut task.containers[index];
        match to {
            ContainerStatus::Running => {
                container.restarts += u32::from(container.last_status == ContainerStatus::Stopped);
                container.started_at = Some(now);
                container.health = HealthStatus::Unknown;
            }
            ContainerStatus::Stopped => container.exit = exit.or(container.exit),
            ContainerStatus::Pending => {}
        }
        container.last_status = to;
        let essential = |(definition, _): &(&ContainerDefinition, &Container)| definition.essential;
        let stopped = |(_, container): (_, &Container)| container.last_status == ContainerStatus::Stopped;
        if to == ContainerStatus::Stopped
            && definitions[index].essential
            && definitions.iter().zip(&task.containers).filter(essential).all(stopped)
        {
            task.execution_stopped_at = Some(now);
        } else if to == ContainerStatus::Running && definitions[index].essential {
            task.execution_stopped_at = None; // it was started again in place (CON-11)
        }
        task.health = task_health(definitions, &task.containers);
    }

    fn set_container_health(&mut self, id: TaskId, index: usize, to: HealthStatus) {
        let definitions = &self.task_definitions[self.tasks[id].task_definition.index()].containers;
        let task = &mut self.tasks[id];
        task.containers[index].health = to;
        task.health = task_health(definitions, &task.containers);
    }

    fn take_from_instance(&mut self, id: InstanceId, task: TaskId, new: &NewTask) {
        let instance = &mut self.instances[id];
        instance.free = instance.free.minus(new.reserved).expect("placement chose an instance with room");
        let host_ports = &self.task_definitions[new.task_definition.index()].host_ports;
        instance.host_ports.extend_from_slice(host_ports);
        self.tasks[task].place_on_instance = instance.tasks.len() as u32;
        instance.tasks.push(task);
        self.free_rows[id.slot()] = row_of(instance);
        if instance.status == InstanceStatus::Active {
            self.pool_totals[instance.pool.index()].reserved.add(new.reserved);
        }
    }

    fn leave_instance(&mut self, id: InstanceId, task: TaskId) {
        let place = self.tasks[task].place_on_instance;
        let instance = &mut self.instances[id];
        instance.tasks.swap_remove(place as usize);
        if let Some(moved) = instance.tasks.get(place as usize) {
            self.tasks[*moved].place_on_instance = place;
        }
    }

    /// LIF-21: what a task reserved of its instance is there for others.
    fn free_reservation(&mut self, task: TaskId) {
        let Task { reserved, host: Host::Instance(id), task_definition, .. } = self.tasks[task] else {
            return;
        };
        let instance = &mut self.instances[id];
        instance.free = instance.free.plus(reserved);
        let host_ports = &self.task_definitions[task_definition.index()].host_ports;
        if !host_ports.is_empty() {
            instance.host_ports.retain(|port| !host_ports.contains(port));
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
            Host::Instance(instance) => {
                self.leave_instance(instance, id);
                if *self.parameters.release_resources_at() == ReleaseResourcesAt::LastStopped {
                    self.free_reservation(id);
                }
            }
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

/// SVC-17: a new desired count during a deployment rescales the older revisions in proportion, rounded up when it
/// grows and down when it shrinks. How ECS rounds is not documented.
fn rescale_older_deployments(service: &mut Service, before: u32, now: u32) {
    let Some((_, older)) = service.deployments.split_last_mut() else { return };
    for deployment in older {
        let product = u64::from(deployment.desired_count) * u64::from(now);
        let of = u64::from(before.max(1));
        let scaled = if now > before { product.div_ceil(of) } else { product / of };
        deployment.desired_count = u32::try_from(scaled).unwrap_or(u32::MAX);
    }
}

fn is_spot(pools: &[Pool], capacity: Capacity) -> bool {
    capacity.fargate_pool().is_some_and(|pool| pools[pool.index()].kind == PoolKind::FargateSpot)
}

/// What a task adds to the counts of its service. Recounted by the invariants.
#[must_use]
pub fn contribution(task: &Task) -> TaskCounts {
    let active = task.is_active();
    let impaired = active && task.impairment.is_some();
    TaskCounts {
        active: u32::from(active),
        pending: u32::from(active && task.last_status < TaskStatus::Running),
        running: u32::from(task.last_status == TaskStatus::Running),
        healthy: u32::from(active && task.healthy),
        serving: u32::from(active && task.serves()),
        impaired: u32::from(impaired),
        impaired_healthy: u32::from(impaired && task.healthy),
        stopping: u32::from(!active && task.last_status <= TaskStatus::Stopping),
        still_serving: u32::from(
            !active
                && task.serves()
                && task.last_status <= TaskStatus::Stopping
                && !task.stop.is_some_and(StopCause::ends_service),
        ),
        present: u32::from(task.last_status != TaskStatus::Stopped),
    }
}

fn add(to: &mut TaskCounts, part: &TaskCounts) {
    to.active += part.active;
    to.pending += part.pending;
    to.running += part.running;
    to.healthy += part.healthy;
    to.serving += part.serving;
    to.impaired += part.impaired;
    to.impaired_healthy += part.impaired_healthy;
    to.stopping += part.stopping;
    to.still_serving += part.still_serving;
    to.present += part.present;
}

fn subtract(from: &mut TaskCounts, part: &TaskCounts) {
    from.active -= part.active;
    from.pending -= part.pending;
    from.running -= part.running;
    from.healthy -= part.healthy;
    from.serving -= part.serving;
    from.impaired -= part.impaired;
    from.impaired_healthy -= part.impaired_healthy;
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
        open: instance.takes_tasks(),
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
        lost: false,
        ended_unheard: false,
        requested_at: new.requested_at,
        created_at: new.created_at,
        containers: Containers::new(),
        health: HealthStatus::Unknown,
        impairment: None,
        pull_started_at: settled,
        pull_stopped_at: settled,
        started_at: settled,
        stopping_at: None,
        execution_stopped_at: None,
        stopped_at: None,
        stop: None,
        stop_reason: None,
        place_in_service: 0,
        place_on_instance: 0,
    }
}
