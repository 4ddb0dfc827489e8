//! What becomes true of container instances and pools.

use std::collections::BTreeMap;

use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::Lifecycle;
use crate::model::change::CapacityPlace;
use crate::model::instance::{ContainerInstance, InstanceStatus};
use crate::model::task::{Host, Task};
use crate::model::{Cluster, InstanceId, TaskId};

impl Cluster {
    pub(super) fn register_instance(&mut self, instance: ContainerInstance) {
        let (pool, registered) = (instance.pool, instance.registered);
        let is_there = instance.status.is_there();
        let id = self.instances.insert(instance);
        self.add_row(id);
        self.newest = Some(id);
        self.largest_registered = self.largest_registered.max(registered);
        self.pools[pool.index()].instances.push(id);
        if is_there {
            let totals = &mut self.pool_totals[pool.index()];
            totals.instances += 1;
            totals.registered.add(registered);
            self.capacity_version += 1;
        }
    }

    /// ASG-3: it is not registered yet, so nothing is placed on it.
    pub(super) fn launch_instance(&mut self, instance: ContainerInstance) {
        if let Some(group) = self.pools[instance.pool.index()].group {
            let launches = &mut self.auto_scaling_groups[group.index()].launches;
            *launches = instance.ordinal.max(*launches);
        }
        self.register_instance(instance);
    }

    pub(super) fn set_lifecycle(&mut self, now: SimTime, id: InstanceId, to: Lifecycle) {
        let instance = &mut self.instances[id];
        instance.lifecycle = to;
        if matches!(to, Lifecycle::PendingWait | Lifecycle::InService | Lifecycle::WarmedRunning) {
            instance.billed_since.get_or_insert(now);
        }
        if to == Lifecycle::InService {
            instance.in_service_at = Some(now);
        }
    }

    pub(super) fn forget_instance(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.remove(id) else { return };
        self.pools[instance.pool.index()].instances.retain(|other| *other != id);
    }

    pub(super) fn set_instance_status(&mut self, now: SimTime, id: InstanceId, to: InstanceStatus) {
        let instance = &mut self.instances[id];
        let from = std::mem::replace(&mut instance.status, to);
        let totals = &mut self.pool_totals[instance.pool.index()];
        let held = instance.registered.minus(instance.free).unwrap_or_default();
        if from.is_there() && !to.is_there() {
            totals.instances -= 1;
            totals.registered.subtract(instance.registered);
            totals.reserved.subtract(held);
            instance.incarnation += 1;
        }
        if to.is_there() && !from.is_there() {
            if instance.lifecycle == Lifecycle::Fixed {
                instance.billed_since = Some(now);
            }
            totals.instances += 1;
            totals.registered.add(instance.registered);
            totals.reserved.add(held);
            instance.registered_at = now;
            instance.agent_connected = true;
        }
        self.capacity_version += u64::from(to == InstanceStatus::Active);
        self.refresh_row(id);
        if from.is_draining() != to.is_draining() {
            let tasks = self.instances[id].tasks.clone();
            tasks.iter().for_each(|task| self.recount(*task, |task| task.draining = to.is_draining()));
        }
    }

    pub(super) fn set_attributes(&mut self, id: InstanceId, attributes: &BTreeMap<String, String>) {
        self.instances[id].attributes.clone_from(attributes);
        self.capacity_version += 1;
    }

    pub(super) fn set_agent_connection(&mut self, id: InstanceId, connected: bool) {
        self.instances[id].agent_connected = connected;
        self.refresh_row(id);
        self.capacity_version += u64::from(connected);
    }

    pub(super) fn set_shortage(&mut self, place: CapacityPlace, out: bool) {
        let shortages = match place {
            CapacityPlace::Pool(pool) => &mut self.pools[pool.index()].shortages,
            CapacityPlace::Zone(zone) => &mut self.zones[zone.index()].shortages,
            CapacityPlace::Instances(pool) => &mut self.capacity_pools[pool.index()].shortages,
        };
        *shortages = if out { *shortages + 1 } else { *shortages - 1 };
        self.capacity_version += u64::from(!out);
    }

    pub(super) fn set_spot_capacity(&mut self, place: CapacityPlace, capacity: Option<u32>) {
        match place {
            CapacityPlace::Instances(pool) => self.capacity_pools[pool.index()].spot_capacity = capacity,
            CapacityPlace::Pool(pool) => self.pools[pool.index()].capacity = capacity,
            CapacityPlace::Zone(_) => {} // a zone has no one kind of Spot capacity
        }
        self.capacity_version += 1;
    }

    pub(super) fn take_from_instance(&mut self, id: InstanceId, task: TaskId) {
        let Task { reserved, task_definition, .. } = self.tasks[task];
        let instance = &mut self.instances[id];
        instance.free = instance.free.minus(reserved).expect("placement chose an instance with room");
        let definition = &self.task_definitions[task_definition.index()];
        instance.host_ports.extend_from_slice(&definition.host_ports);
        instance.traits.awsvpc_tasks += u32::from(definition.takes_interface());
        self.tasks[task].place_on_instance = instance.tasks.len() as u32;
        instance.tasks.push(task);
        if instance.status.is_there() {
            self.pool_totals[instance.pool.index()].reserved.add(reserved);
        }
        self.refresh_row(id);
    }

    pub(super) fn leave_instance(&mut self, id: InstanceId, task: TaskId) {
        let place = self.tasks[task].place_on_instance;
        let instance = &mut self.instances[id];
        instance.tasks.swap_remove(place as usize);
        if let Some(moved) = instance.tasks.get(place as usize) {
            self.tasks[*moved].place_on_instance = place;
        }
    }

    /// LIF-21: what a task reserved of its instance is there for others.
    pub(super) fn free_reservation(&mut self, task: TaskId) {
        let Task { reserved, host: Host::Instance(id), task_definition, .. } = self.tasks[task] else {
            return;
        };
        let instance = &mut self.instances[id];
        instance.free = instance.free.plus(reserved);
        let definition = &self.task_definitions[task_definition.index()];
        instance.traits.awsvpc_tasks -= u32::from(definition.takes_interface());
        let host_ports = &definition.host_ports;
        if !host_ports.is_empty() {
            instance.host_ports.retain(|port| !host_ports.contains(port));
        }
        if instance.status.is_there() {
            self.pool_totals[instance.pool.index()].reserved.subtract(reserved);
        }
        self.refresh_row(id);
    }
}
