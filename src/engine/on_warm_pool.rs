//! Warm pools of groups (CAS-17).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimDuration;
use crate::model::auto_scaling_group::processes::Process;
use crate::model::auto_scaling_group::{Lifecycle, TerminationCause};
use crate::model::{AutoScalingGroupId, InstanceId};
use crate::observe::Observer;
use crate::policy::capacity::purchase::has_room;
use crate::policy::capacity::zones;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Fills the warm pool of a group, or empties what is too much of it, the newest first.
    pub(super) fn look_at_warm_pool(&mut self, id: AutoScalingGroupId) {
        let group = self.cluster.auto_scaling_group(id);
        let size =
            group.warm_pool.map_or(0, |warm| warm.size(group.settings.max_size, group.desired_capacity));
        let is_warmed = |one: &InstanceId| {
            let lifecycle = self.cluster.instances[*one].lifecycle;
            lifecycle.is_warm() || lifecycle == Lifecycle::WarmedPending
        };
        let pool = &self.cluster.pools[group.pool.index()];
        let warmed: Vec<InstanceId> = pool.instances.iter().copied().filter(is_warmed).collect();
        let held = warmed.len() as u32;
        let surplus = warmed.into_iter().rev().take(held.saturating_sub(size) as usize);
        for instance in surplus.collect::<Vec<_>>() {
            self.terminate(instance, TerminationCause::ScaleIn);
        }
        for _ in held..size {
            if self.is_suspended(id, Process::Launch) {
                return;
            }
            let Some(zone) = self.zone_for_warm_pool(id) else { return self.plan_retry(id) };
            self.launch_in(id, zone, Lifecycle::WarmedPending);
        }
    }

    /// The zone of the group that holds the fewest of its warm pool and can launch.
    fn zone_for_warm_pool(&self, id: AutoScalingGroupId) -> Option<crate::model::ZoneId> {
        let group = self.cluster.auto_scaling_group(id);
        let mut held = vec![0u32; self.cluster.zones.len()];
        for instance in &self.cluster.pools[group.pool.index()].instances {
            let instance = &self.cluster.instances[*instance];
            if instance.lifecycle.is_warm() || instance.lifecycle == Lifecycle::WarmedPending {
                held[instance.zone.index()] += 1;
            }
        }
        let open = group.settings.zones.iter().copied();
        open.filter(|zone| has_room(&self.cluster, id, *zone)).min_by_key(|zone| held[zone.index()])
    }

    /// The machine has run once: it waits as its pool says, or is not wanted any more.
    pub(super) fn enter_warm_pool(&mut self, instance: InstanceId) {
        let warm = self.group_of(instance).and_then(|id| self.cluster.auto_scaling_group(id).warm_pool);
        match warm {
            Some(warm) => {
                self.set_lifecycle(instance, warm.state.lifecycle());
                if let Some(group) = self.group_of(instance) {
                    self.look_at_group(group);
                }
            }
            None => self.terminate(instance, TerminationCause::ScaleIn),
        }
    }

    /// An instance leaves the warm pool for the group, in the zone that comes first among those that have one.
    pub(super) fn take_from_warm_pool(&mut self, id: AutoScalingGroupId) -> bool {
        let pool = self.cluster.auto_scaling_group(id).pool;
        let order = zones::launch_order(&self.cluster, id);
        let all = self.cluster.pools[pool.index()].instances.iter().copied();
        let warm = all.filter(|one| self.cluster.instances[*one].lifecycle.is_warm());
        let place = |one: &InstanceId| {
            let found = &self.cluster.instances[*one];
            let zone = order.iter().position(|zone| *zone == found.zone);
            (zone.unwrap_or(order.len()), found.ordinal)
        };
        let first = warm.min_by_key(place);
        let Some(instance) = first else { return false };
        let was_running = self.cluster.instances[instance].lifecycle == Lifecycle::WarmedRunning;
        self.set_lifecycle(instance, Lifecycle::Pending);
        let start = match was_running {
            true => SimDuration::ZERO,
            false => {
                let uniform = self.instance_uniforms(instance)[6];
                SimDuration(self.cluster.parameters.warm_pool_start().draw_ms(uniform))
            }
        };
        self.instance_steps[instance.slot()] = self.after(start, Event::InstanceRuns(instance));
        true
    }
}
