//! What becomes true of tasks.

use super::counts::{add, contribution};
use crate::kernel::time::SimTime;
use crate::model::change::NewTask;
use crate::model::container::HealthStatus;
use crate::model::instance::{Pool, PoolKind};
use crate::model::parameters::ReleaseResourcesAt;
use crate::model::task::{Capacity, Containers, DesiredStatus, Host, Origin, Task, TaskStatus};
use crate::model::views::increment;
use crate::model::{Cluster, InstanceId, TaskId};

impl Cluster {
    pub(super) fn create_task(&mut self, new: &NewTask) {
        let targets = self.targets_of(new);
        let checked = self.task_definition(new.task_definition).has_health_check() || !targets.is_empty();
        let id = self.tasks.insert(Task { checked, targets, ..task_of(new) });
        debug_assert_eq!(id, new.task, "the promised identifier is given out");
        self.tasks_created += 1;
        self.tasks_present += 1;
        match new.host {
            Host::Instance(instance) => self.take_from_instance(instance, id),
            Host::Fargate(_) => self.change_fargate_totals(id, true),
            Host::Unplaced(pool) => {
                self.pools[pool.index()].waiting_tasks.push(id);
                self.tasks_unplaced += 1;
            }
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

    /// CAS-12: its wait is over.
    pub(super) fn place_task(&mut self, now: SimTime, id: TaskId, instance: InstanceId) {
        self.end_wait(id);
        self.recount(id, |task| {
            task.host = Host::Instance(instance);
            task.placed_at = Some(now);
        });
        self.take_from_instance(instance, id);
        self.enter_group(id);
    }

    /// A task that waited for capacity has it, or waits no longer.
    fn end_wait(&mut self, id: TaskId) {
        if let Host::Unplaced(pool) = self.tasks[id].host {
            self.pools[pool.index()].waiting_tasks.retain(|other| *other != id);
            self.tasks_unplaced -= 1;
        }
    }

    pub(super) fn set_task_status(&mut self, now: SimTime, id: TaskId, to: TaskStatus) {
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

    pub(super) fn release(&mut self, id: TaskId) {
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
            Host::Unplaced(_) => self.end_wait(id),
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

    pub(super) fn change_fargate_totals(&mut self, id: TaskId, arrives: bool) {
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

    pub(super) fn enter_group(&mut self, id: TaskId) {
        let task = &self.tasks[id];
        let group = &mut self.groups[task.group.index()];
        match task.host {
            Host::Instance(instance) => {
                let row = &self.free_rows[instance.slot()];
                group.enter(instance.slot(), row.zone, row.open);
            }
            Host::Fargate(zone) => {
                let spot = is_spot(&self.pools, task.capacity);
                increment(&mut group.by_fargate_zone[usize::from(spot)], zone.index());
            }
            Host::Unplaced(_) => {}
        }
    }

    pub(super) fn leave_group(&mut self, id: TaskId) {
        let task = &self.tasks[id];
        let group = &mut self.groups[task.group.index()];
        match task.host {
            Host::Instance(instance) => {
                let row = &self.free_rows[instance.slot()];
                group.leave(instance.slot(), row.zone, row.open);
            }
            Host::Fargate(zone) => {
                let spot = is_spot(&self.pools, task.capacity);
                group.by_fargate_zone[usize::from(spot)][zone.index()] -= 1;
            }
            Host::Unplaced(_) => {}
        }
        self.capacity_version += 1;
        if let Some(service) = task.service() {
            let by_choice = &mut self.services[service.index()].active_by_choice;
            if let Some(active) = by_choice.get_mut(usize::from(task.choice)) {
                *active -= 1;
            }
        }
    }
}

pub(super) fn task_of(new: &NewTask) -> Task {
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
        distinct_instance: new.distinct_instance,
        last_status: new.first_status,
        desired_status: DesiredStatus::Running,
        healthy: new.settled,
        lost: false,
        ended_unheard: false,
        requested_at: new.requested_at,
        created_at: new.created_at,
        placed_at: (!matches!(new.host, Host::Unplaced(_))).then_some(new.created_at),
        containers: Containers::new(),
        health: HealthStatus::Unknown,
        impairment: None,
        draining: false,
        targets: Box::default(),
        checked: false,
        protected_until: None,
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

pub(super) fn is_spot(pools: &[Pool], capacity: Capacity) -> bool {
    capacity.fargate_pool().is_some_and(|pool| pools[pool.index()].kind == PoolKind::FargateSpot)
}
