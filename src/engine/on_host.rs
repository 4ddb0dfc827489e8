//! What happens to instances and zones (INS, FAIL-4, FAIL-5).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::SimDuration;
use crate::model::auto_scaling_group::{Lifecycle, TerminationCause};
use crate::model::instance::InstanceStatus;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, InstanceId, TaskId, ZoneId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn start_hosts(&mut self) {
        let instances: Vec<InstanceId> = self.cluster.instances.iter().map(|(id, _)| id).collect();
        instances.into_iter().for_each(|instance| self.plan_instance_failure(instance));
        (0..self.cluster.zones.len()).for_each(|zone| self.plan_zone_failure(ZoneId(zone as u16)));
    }

    /// The next life of an instance: its time to failure is drawn for (group, zone, number, incarnation).
    pub(super) fn plan_instance_failure(&mut self, id: InstanceId) {
        let pool = self.cluster.instances[id].pool;
        let Some(renewal) = self.setup.world.pools.get(pool.index()).and_then(|pool| pool.failure.as_ref())
        else {
            return;
        };
        let lives_for = SimDuration(renewal.every.draw_ms(self.instance_uniforms(id)[0]));
        self.instance_failures[id.slot()] = self.after(lives_for, Event::InstanceFails(id));
    }

    /// Uniforms of an instance's current incarnation: for its life, its repair, its trunk interface, its boot, its
    /// registration, its termination, its start from a warm pool, its Spot interruption and the recommendation before that.
    pub(super) fn instance_uniforms(&self, id: InstanceId) -> [f64; 9] {
        let instance = &self.cluster.instances[id];
        let group = Entity::named(&self.cluster.pools[instance.pool.index()].name);
        let zone = Entity::named(&self.cluster.zones[instance.zone.index()].name);
        let entity =
            group.refined(zone).number(u64::from(instance.ordinal)).number(u64::from(instance.incarnation));
        let mut stream = self.streams.open(Purpose::Instance, entity);
        std::array::from_fn(|_| stream.uniform())
    }

    pub(super) fn on_instance_fails(&mut self, id: InstanceId) {
        self.instance_failures[id.slot()] = None;
        self.fail_instance(id);
    }

    /// Somebody terminates the instance: it is gone for good, whatever its repair.
    pub(super) fn terminate_instance(&mut self, id: InstanceId) {
        if self.cluster.instances[id].lifecycle != Lifecycle::Fixed {
            self.terminate(id, TerminationCause::Terminated);
        } else if self.cluster.instances[id].status.is_there() {
            self.lose_instance(id);
        }
    }

    /// The instance is gone now; its repair, if it has one, begins.
    pub(super) fn fail_instance(&mut self, id: InstanceId) {
        if !self.cluster.instances[id].status.is_there() {
            return;
        }
        let pool = self.cluster.instances[id].pool;
        let repair_uniform = self.instance_uniforms(id)[1];
        let renewal = self.setup.world.pools.get(pool.index()).and_then(|pool| pool.failure.as_ref());
        let repair = renewal.and_then(|renewal| renewal.repair.as_ref());
        // An Auto Scaling group repairs nothing: it launches another (ASG-4).
        let is_fixed = self.cluster.instances[id].lifecycle == Lifecycle::Fixed;
        let repair = repair.filter(|_| is_fixed).map(|law| SimDuration(law.draw_ms(repair_uniform)));
        self.lose_instance(id);
        self.plan_health_check(id);
        if let Some(repair) = repair {
            self.after(repair, Event::InstanceReturns(id));
        }
    }

    /// ASG-4: the group of an instance that has failed finds out.
    fn plan_health_check(&mut self, id: InstanceId) {
        if self.cluster.instances[id].lifecycle == Lifecycle::InService {
            let grace_ends = self.grace_ends(id);
            let wait = (*self.cluster.parameters.asg_health_check()).max(grace_ends - self.now);
            self.instance_steps[id.slot()] = self.after(wait, Event::GroupFindsUnhealthy(id));
        }
    }

    pub(super) fn lose_instance(&mut self, id: InstanceId) {
        self.forget_plans_of_instance(id);
        self.images[id.slot()].clear();
        let drains = self.cluster.instances[id].status == InstanceStatus::Draining;
        self.set_instance_status(
            id,
            if drains { InstanceStatus::LostDraining } else { InstanceStatus::Lost },
        );
        let tasks = self.cluster.instances[id].tasks.clone();
        tasks.iter().for_each(|task| self.lose_task(*task));
        let detect = *self.cluster.parameters.lost_instance_detect();
        if detect.is_zero() {
            self.on_instance_is_noticed(id);
        } else {
            self.instance_notices[id.slot()] = self.after(detect, Event::InstanceIsNoticed(id));
        }
    }

    /// It leaves: no failure is planned for it any more, and its agent tells nothing.
    pub(super) fn forget_plans_of_instance(&mut self, id: InstanceId) {
        if let Some(ticket) = self.instance_failures[id.slot()].take() {
            self.queue.cancel(ticket);
        }
        self.forget_disconnection(id);
        self.held_back.retain(|(of, _)| *of != id);
    }

    /// INS-5, INS-10: ECS deregisters the instance and gives its tasks up.
    pub(super) fn on_instance_is_noticed(&mut self, id: InstanceId) {
        if let Some(ticket) = self.instance_notices[id.slot()].take() {
            self.queue.cancel(ticket); // the instance is back early: this notice is not about its next loss
        }
        if !self.cluster.instances[id].status.is_lost() {
            return;
        }
        let mut tasks = self.cluster.instances[id].tasks.clone();
        tasks.sort_by_key(|task| (self.cluster.tasks[*task].created_at, task.slot()));
        self.set_instance_status(id, InstanceStatus::Inactive);
        tasks.into_iter().for_each(|task| self.on_lost_task_is_noticed(task));
        self.forget_later(id);
    }

    /// A fixed instance is back, empty, when its own repair and its zone's outages are over.
    pub(super) fn on_instance_returns(&mut self, id: InstanceId) {
        self.on_instance_is_noticed(id);
        let zone = self.cluster.instances[id].zone;
        if self.cluster.zones[zone.index()].outages > 0 {
            self.waits_for_zone.push((zone, id));
            return;
        }
        self.register_again(id);
    }

    /// INS-1: ACTIVE at once, or when its trunk interface is made.
    pub(super) fn register_again(&mut self, id: InstanceId) {
        if self.cluster.instances[id].traits.has_trunk {
            let uniform = self.instance_uniforms(id)[2];
            let attach = SimDuration(self.cluster.parameters.trunk_attach().draw_ms(uniform));
            if !attach.is_zero() {
                self.set_instance_status(id, InstanceStatus::Registering);
                self.trunks[id.slot()] = self.after(attach, Event::TrunkIsAttached(id));
                return;
            }
        }
        self.set_instance_status(id, InstanceStatus::Active);
        self.plan_instance_failure(id);
    }

    /// INS-1: with its trunk interface the instance is registered.
    pub(super) fn on_trunk_is_attached(&mut self, id: InstanceId) {
        self.trunks[id.slot()] = None;
        self.set_instance_status(id, InstanceStatus::Active);
        self.plan_instance_failure(id);
    }

    /// Its zone takes an instance down that has no task yet and that nobody counts on.
    pub(super) fn break_off_registration(&mut self, id: InstanceId) {
        if let Some(ticket) = self.trunks[id.slot()].take() {
            self.queue.cancel(ticket);
        }
        self.set_instance_status(id, InstanceStatus::Inactive);
    }

    pub(super) fn set_instance_status(&mut self, instance: InstanceId, to: InstanceStatus) {
        let from = self.cluster.instances[instance].status;
        if from != to {
            self.change(&Change::InstanceStatusChanged { instance, from, to });
            self.recount_daemons();
            if to == InstanceStatus::Active {
                self.look_at_all_balances();
            }
            if from.is_draining() != to.is_draining() {
                self.wake_services_on(instance);
            }
        }
    }

    fn plan_zone_failure(&mut self, zone: ZoneId) {
        let Some(renewal) = self.setup.world.zones.get(zone.index()).and_then(Option::as_ref) else { return };
        let lives_for = SimDuration(renewal.every.draw_ms(self.zone_uniforms(zone)[0]));
        self.after(lives_for, Event::ZoneFails(zone));
    }

    fn zone_uniforms(&self, zone: ZoneId) -> [f64; 2] {
        let name = Entity::named(&self.cluster.zones[zone.index()].name);
        let mut stream =
            self.streams.open(Purpose::Zone, name.number(self.zone_failures_so_far[zone.index()]));
        [stream.uniform(), stream.uniform()]
    }

    pub(super) fn on_zone_fails(&mut self, zone: ZoneId) {
        let repair_uniform = self.zone_uniforms(zone)[1];
        self.zone_failures_so_far[zone.index()] += 1;
        let law = self.setup.world.zones[zone.index()].as_ref().and_then(|renewal| renewal.repair.as_ref());
        let repair = law.map(|law| SimDuration(law.draw_ms(repair_uniform)));
        self.begin_zone_outage(zone, repair, true);
    }

    /// FAIL-5: instances and Fargate hosts of the zone die; nothing is launched there until the outage ends.
    pub(super) fn begin_zone_outage(&mut self, zone: ZoneId, length: Option<SimDuration>, renew: bool) {
        self.change(&Change::ZoneOutageBegan { zone });
        let here = |id: &InstanceId| self.cluster.instances[*id].zone == zone;
        let instances: Vec<InstanceId> =
            self.cluster.instances.iter().map(|(id, _)| id).filter(here).collect();
        for instance in instances {
            if self.cluster.instances[instance].lifecycle != Lifecycle::Fixed {
                self.fail_group_instance(instance);
                continue;
            }
            match self.cluster.instances[instance].status {
                InstanceStatus::Active | InstanceStatus::Draining => self.lose_instance(instance),
                InstanceStatus::Registering => self.break_off_registration(instance),
                InstanceStatus::Unregistered
                | InstanceStatus::Lost
                | InstanceStatus::LostDraining
                | InstanceStatus::Inactive
                | InstanceStatus::Deregistered => continue,
            }
            self.waits_for_zone.push((zone, instance));
        }
        self.lose_fargate_tasks(zone);
        if let Some(length) = length {
            self.after(length, Event::ZoneReturns(zone, renew));
        }
    }

    fn lose_fargate_tasks(&mut self, zone: ZoneId) {
        let detect = *self.cluster.parameters.lost_instance_detect();
        let here = self.cluster.tasks.iter().filter(|(_, task)| {
            task.host == Host::Fargate(zone) && task.last_status != TaskStatus::Stopped && !task.lost
        });
        let mut here: Vec<(_, TaskId)> = here.map(|(id, task)| ((task.created_at, id.slot()), id)).collect();
        here.sort_by_key(|(order, _)| *order);
        for (_, task) in here {
            self.lose_task(task);
            if detect.is_zero() {
                self.on_lost_task_is_noticed(task);
            } else {
                self.after(detect, Event::FargateHostIsNoticed(task));
            }
        }
    }

    pub(super) fn on_zone_returns(&mut self, zone: ZoneId, renew: bool) {
        self.change(&Change::ZoneOutageEnded { zone });
        if self.cluster.zones[zone.index()].outages == 0 {
            self.look_at_all_balances();
            self.look_at_all_groups();
            let waiting = std::mem::take(&mut self.waits_for_zone);
            for (of, instance) in waiting {
                if of == zone {
                    self.on_instance_returns(instance);
                } else {
                    self.waits_for_zone.push((of, instance));
                }
            }
        }
        if renew {
            self.plan_zone_failure(zone);
        }
    }
}
