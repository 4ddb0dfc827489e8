//! Spot capacity at work: interruption notices and their ends, reclaims of a whole pool, capacity that comes and goes,
//! rebalance recommendations (SPT, ASG-10).

use super::event::Event;
use super::setup::SpotSupply;
use super::simulation::Simulation;
use crate::kernel::dist::Distribution;
use crate::kernel::queue::Ticket;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::SimDuration;
use crate::model::auto_scaling_group::{Lifecycle, Market, TerminationCause};
use crate::model::change::CapacityPlace;
use crate::model::instance::InstanceStatus;
use crate::model::stop::StopCause;
use crate::model::task::Host;
use crate::model::{AutoScalingGroupId, CapacityPoolId, Change, InstanceId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

/// SPT-1: so long before its end a Spot instance gets its notice.
const NOTICE: SimDuration = SimDuration::from_secs(120);

/// What is planned for a Spot instance.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct SpotPlans {
    recommendation: Option<Ticket>,
    notice: Option<Ticket>,
    drain: Option<Ticket>,
    end: Option<Ticket>,
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Pools begin their reclaims and follow their traces; instances that are there at time zero have their lives to come.
    pub(super) fn start_spot(&mut self) {
        let setup = self.setup;
        for (index, supply) in setup.world.spot_supplies.iter().enumerate() {
            self.plan_reclaim(index as u32, supply);
            self.plan_next_capacity(index as u32, supply, 0);
        }
        let there: Vec<InstanceId> = self.cluster.instances.iter().map(|(id, _)| id).collect();
        there.into_iter().for_each(|instance| self.plan_interruption(instance));
    }

    /// SPT-7: how long a Spot instance is left alone, drawn when its machine begins to run; a recommendation may come so
    /// much earlier as its pool says.
    pub(super) fn plan_interruption(&mut self, id: InstanceId) {
        let instance = &self.cluster.instances[id];
        if instance.market != Market::Spot || instance.lifecycle != Lifecycle::InService {
            return;
        }
        let uniforms = self.instance_uniforms(id);
        let Some(left) = self.time_to_interruption(id, uniforms[7]) else { return };
        let ahead =
            self.spot_law(id, |world| world.recommendation.as_ref()).map(|law| law.draw_ms(uniforms[8]));
        let notice = self.after(left, Event::SpotNoticeComes(id));
        let recommendation = ahead.and_then(|ahead| {
            let wait = SimDuration(left.0.saturating_sub(ahead));
            self.after(wait, Event::RebalanceIsRecommended(id))
        });
        self.make_room_for_plans(id);
        self.spot_plans[id.slot()] = SpotPlans { notice, recommendation, ..SpotPlans::default() };
    }

    fn make_room_for_plans(&mut self, id: InstanceId) {
        if self.spot_plans.len() <= id.slot() {
            self.spot_plans.resize(id.slot() + 1, SpotPlans::default());
        }
    }

    fn time_to_interruption(&self, id: InstanceId, uniform: f64) -> Option<SimDuration> {
        if let Some(law) = self.spot_law(id, |world| world.interruption.as_ref()) {
            return Some(SimDuration(law.draw_ms(uniform)));
        }
        let hazard = *self.cluster.parameters.spot_hazard_per_hour();
        let law = Distribution::exponential(3_600_000.0 / hazard).ok().filter(|_| hazard > 0.0)?;
        Some(SimDuration(law.draw_ms(uniform)))
    }

    /// The law of an instance: of its type and zone, of its type, of its provider, of its group, or of all.
    fn spot_law<'w, T>(
        &'w self,
        id: InstanceId,
        of: impl Fn(&'w super::setup::SpotWorld) -> Option<T>,
    ) -> Option<T> {
        let worlds = &self.setup.world.spot;
        if worlds.is_empty() {
            return None;
        }
        let instance = &self.cluster.instances[id];
        let kind = instance.instance_type.as_deref().unwrap_or_default();
        let pool = format!("{kind}/{}", self.cluster.zones[instance.zone.index()].name);
        let provider = self.cluster.provider_of_pool(instance.pool);
        let provider = provider.map_or("", |id| self.cluster.capacity_provider(id).name.as_str());
        let group = self.cluster.pools[instance.pool.index()].name.as_str();
        let keys = [pool.as_str(), kind, provider, group, "default"];
        keys.into_iter().find_map(|key| worlds.get(key).and_then(&of))
    }

    pub(super) fn on_spot_notice_comes(&mut self, id: InstanceId) {
        self.spot_plans[id.slot()].notice = None;
        self.give_notice(id);
    }

    /// SPT-1, SPT-2: the notice is out; two minutes later the instance is gone, drained or not.
    pub(super) fn give_notice(&mut self, id: InstanceId) {
        let instance = &self.cluster.instances[id];
        if instance.spot.ends_at.is_some() || instance.market != Market::Spot {
            return;
        }
        match instance.lifecycle {
            // A machine that does not run yet has nobody to tell.
            Lifecycle::Pending => return self.terminate(id, TerminationCause::SpotInterruption),
            Lifecycle::PendingWait | Lifecycle::InService | Lifecycle::TerminatingWait => {}
            Lifecycle::Fixed
            | Lifecycle::Terminating
            | Lifecycle::Terminated
            // A mixed group has no warm pool.
            | Lifecycle::WarmedPending
            | Lifecycle::WarmedStopped
            | Lifecycle::WarmedRunning
            | Lifecycle::WarmedHibernated => return,
        }
        self.forget_spot_plans(id);
        self.change(&Change::InterruptionNoticed { instance: id, ends_at: self.now + NOTICE });
        let end = self.after(NOTICE, Event::SpotEnds(id));
        let poll = *self.cluster.parameters.spot_notice_poll();
        let drain = match self.drains_at_notice(id) {
            true => self.after(poll, Event::SpotDrains(id)),
            false => None,
        };
        self.make_room_for_plans(id);
        self.spot_plans[id.slot()] = SpotPlans { end, drain, ..SpotPlans::default() };
    }

    /// SPT-2: managed draining of its provider, or ECS_ENABLE_SPOT_INSTANCE_DRAINING of its agent.
    fn drains_at_notice(&self, id: InstanceId) -> bool {
        let pool = self.cluster.instances[id].pool;
        let provider = self.cluster.provider_of_pool(pool);
        let managed = provider.is_some_and(|id| self.cluster.capacity_provider(id).managed_draining);
        managed || self.setup.world.pools.get(pool.index()).is_some_and(|pool| pool.spot_draining)
    }

    pub(super) fn on_spot_drains(&mut self, id: InstanceId) {
        self.spot_plans[id.slot()].drain = None;
        if self.cluster.instances[id].status == InstanceStatus::Active {
            self.set_instance_status(id, InstanceStatus::Draining);
        }
    }

    /// SPT-2 to SPT-4: the machine is gone. What still runs on it is over, its replacement healthy or not (SPT-3); where the instance was drained, ECS knows at once.
    pub(super) fn on_spot_ends(&mut self, id: InstanceId) {
        self.spot_plans[id.slot()].end = None;
        let drained = self.cluster.instances[id].status == InstanceStatus::Draining;
        self.change(&Change::InstanceTerminationOrdered {
            instance: id,
            cause: TerminationCause::SpotInterruption,
        });
        self.shut_down(id);
        if drained {
            self.on_instance_is_noticed(id);
        }
    }

    /// It leaves, or its notice is out: nothing of what was planned for it comes any more.
    pub(super) fn forget_spot_plans(&mut self, id: InstanceId) {
        let Some(plans) = self.spot_plans.get_mut(id.slot()) else { return };
        let SpotPlans { recommendation, notice, drain, end } = std::mem::take(plans);
        [recommendation, notice, drain, end].into_iter().flatten().for_each(|ticket| {
            self.queue.cancel(ticket);
        });
    }

    /// ASG-10: its group may answer with a replacement.
    pub(super) fn on_rebalance_is_recommended(&mut self, id: InstanceId) {
        self.spot_plans[id.slot()].recommendation = None;
        self.change(&Change::RebalanceRecommended { instance: id });
        self.drain_at_recommendation(id);
        if let Some(group) = self.group_of(id) {
            self.look_at_group(group);
        }
    }

    /// ASG-10: how many instances a group holds beyond its desired capacity, to replace those that are at risk. It may pass
    /// its maximum by a tenth, at least by one.
    pub(super) fn replacements_ahead(&self, id: AutoScalingGroupId) -> u32 {
        let group = self.cluster.auto_scaling_group(id);
        if !group.settings.capacity_rebalance {
            return 0;
        }
        let most = group.settings.max_size + (group.settings.max_size / 10).max(1);
        let at_risk = self.instances_at_risk(id).len() as u32;
        at_risk.min(most.saturating_sub(group.desired_capacity))
    }

    fn instances_at_risk(&self, id: AutoScalingGroupId) -> Vec<InstanceId> {
        let pool = self.cluster.auto_scaling_group(id).pool;
        let at_risk = self.cluster.counting_instances(pool).filter(|id| {
            let spot = &self.cluster.instances[*id].spot;
            spot.recommended_at.is_some() && spot.ends_at.is_none()
        });
        at_risk.collect()
    }

    /// ASG-10: whose replacement is in service, goes.
    pub(super) fn retire_replaced(&mut self, id: AutoScalingGroupId) {
        let group = self.cluster.auto_scaling_group(id);
        if !group.settings.capacity_rebalance {
            return;
        }
        let (desired, pool) = (group.desired_capacity, group.pool);
        let at_risk = self.instances_at_risk(id);
        let sound = self.cluster.counting_instances(pool).filter(|id| {
            self.cluster.instances[*id].lifecycle == Lifecycle::InService && !at_risk.contains(id)
        });
        let still_needed = desired.saturating_sub(sound.count() as u32) as usize;
        let spare = at_risk.len().saturating_sub(still_needed);
        at_risk.into_iter().take(spare).for_each(|id| self.terminate(id, TerminationCause::Rebalance));
    }

    fn plan_reclaim(&mut self, index: u32, supply: &SpotSupply) {
        let Some((every, _)) = &supply.reclaim else { return };
        let length = SimDuration(every.draw_ms(self.reclaim_stream(supply, index).uniform()));
        self.after(length, Event::SpotPoolIsReclaimed(index));
    }

    /// The stream of a pool's next reclaim: its time from the one before, then the fates of those who run there.
    fn reclaim_stream(&self, supply: &SpotSupply, index: u32) -> crate::kernel::streams::Stream {
        let so_far = self.reclaims_so_far.get(index as usize).copied().unwrap_or(0);
        self.streams.open(Purpose::SpotPool, Entity::named(&supply.name).number(so_far))
    }

    /// FAIL-6: at such a time each running Spot instance, or Fargate Spot task, of the pool is taken with the same
    /// probability, the oldest drawing first.
    pub(super) fn on_spot_pool_is_reclaimed(&mut self, index: u32) {
        let setup = self.setup;
        let supply = &setup.world.spot_supplies[index as usize];
        let Some((_, share)) = supply.reclaim else { return };
        let mut stream = self.reclaim_stream(supply, index);
        let _its_time = stream.uniform();
        match supply.place {
            CapacityPlace::Instances(pool) => {
                let running = self.spot_instances_oldest_first(pool);
                let taken: Vec<_> = running.into_iter().filter(|_| stream.uniform() < share).collect();
                taken.into_iter().for_each(|id| self.give_notice(id));
            }
            CapacityPlace::Pool(pool) => {
                let running = self.running_tasks_in(pool);
                let taken: Vec<TaskId> = running.into_iter().filter(|_| stream.uniform() < share).collect();
                taken.into_iter().for_each(|id| self.stop_task(id, StopCause::SpotInterruption));
            }
            CapacityPlace::Zone(_) => {}
        }
        if self.reclaims_so_far.len() <= index as usize {
            self.reclaims_so_far.resize(index as usize + 1, 0);
        }
        self.reclaims_so_far[index as usize] += 1;
        self.plan_reclaim(index, supply);
    }

    /// The Spot instances of a pool without a notice, machines that run before those that do not yet, in the order of
    /// their launch.
    pub(super) fn spot_instances_oldest_first(&self, pool: CapacityPoolId) -> Vec<InstanceId> {
        let mut running: Vec<_> = self.cluster.instances_in(pool, Market::Spot).collect();
        running.sort_by_key(|(_, instance)| {
            (instance.lifecycle == Lifecycle::Pending, instance.launched_at, instance.pool, instance.ordinal)
        });
        running.into_iter().map(|(id, _)| id).collect()
    }

    fn plan_next_capacity(&mut self, index: u32, supply: &SpotSupply, from: usize) {
        if let Some((at, _)) = supply.capacity_steps.get(from) {
            self.after(*at - self.now, Event::SpotCapacityChanges(index, from as u32));
        }
    }

    /// A pool's trace goes on: it can hold more, or fewer, and then the youngest are taken.
    pub(super) fn on_spot_capacity_changes(&mut self, index: u32, step: usize) {
        let setup = self.setup;
        let supply = &setup.world.spot_supplies[index as usize];
        let (_, capacity) = supply.capacity_steps[step];
        self.change(&Change::SpotCapacityChanged { place: supply.place, capacity: Some(capacity) });
        self.plan_next_capacity(index, supply, step + 1);
        self.take_surplus(supply.place, capacity as usize);
    }

    /// A pool that holds more than it can gives notice to the youngest ones.
    fn take_surplus(&mut self, place: CapacityPlace, capacity: usize) {
        match place {
            CapacityPlace::Instances(pool) => {
                let held = self.spot_instances_oldest_first(pool);
                held.into_iter().skip(capacity).for_each(|id| self.give_notice(id));
            }
            CapacityPlace::Pool(pool) => {
                let held = self.cluster.pools_tasks(pool);
                held.into_iter()
                    .skip(capacity)
                    .for_each(|id| self.stop_task(id, StopCause::SpotInterruption));
            }
            CapacityPlace::Zone(_) => {}
        }
    }

    /// The cause of a task's end whose container instance is gone: EC2 took it back, or it failed (table 2a).
    pub(super) fn cause_of_loss(&self, host: Host) -> StopCause {
        match host {
            Host::Instance(id) => match self.cluster.instances[id].termination {
                Some(TerminationCause::SpotInterruption) => StopCause::HostReclaimed,
                _ => StopCause::HostLost,
            },
            Host::Unplaced(_) => StopCause::HostLost,
            Host::Fargate(_) => StopCause::FargateHostLost,
        }
    }
}
