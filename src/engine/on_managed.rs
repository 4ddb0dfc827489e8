//! ECS Managed Instances at work: launched for tasks that wait, gone when they are empty or old (MI-4 to MI-6).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{DesiredCapacityCause, Lifecycle, TerminationCause};
use crate::model::{AutoScalingGroupId, CapacityProviderId, Change, InstanceId};
use crate::observe::Observer;
use crate::policy::capacity::managed_instances::{self, Order};
use crate::policy::capacity::purchase::Purchase;
use crate::policy::capacity::scale_in::is_busy;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// The group behind Managed Instances holds what is there: nobody wants it to be of a size.
    pub(super) fn hold_what_is_there(&mut self, group: AutoScalingGroupId, provider: CapacityProviderId) {
        let pool = self.cluster.auto_scaling_group(group).pool;
        let (from, to) = (
            self.cluster.auto_scaling_group(group).desired_capacity,
            self.cluster.counting_instances(pool).count() as u32,
        );
        if from != to {
            let by = DesiredCapacityCause::ManagedInstances;
            self.change(&Change::DesiredCapacityChanged { group, from, to, by });
        }
        if !self.cluster.pools[pool.index()].waiting_tasks.is_empty() {
            self.plan_managed_launch(provider);
        }
    }

    /// MI-6: at the end of this instant, when all that begins to wait in it does.
    pub(super) fn plan_managed_launch(&mut self, provider: CapacityProviderId) {
        if self.managed_launches.len() <= provider.index() {
            self.managed_launches.resize(provider.index() + 1, false);
        }
        if !std::mem::replace(&mut self.managed_launches[provider.index()], true) {
            let event = Event::ManagedInstancesAreLaunched(provider);
            self.queue.schedule(self.now, event.rank(), event);
        }
    }

    pub(super) fn on_managed_instances_are_launched(&mut self, provider: CapacityProviderId) {
        self.managed_launches[provider.index()] = false;
        let found = self.cluster.capacity_provider(provider);
        let (Some(managed), group) = (found.managed_instances, found.group) else { return };
        let plan = managed_instances::plan(&self.cluster, provider, managed.market);
        if plan.without > 0 {
            self.plan_retry(group);
        }
        for Order { kind, zone } in plan.orders {
            let from = self.cluster.auto_scaling_group(group).desired_capacity;
            let by = DesiredCapacityCause::ManagedInstances;
            self.change(&Change::DesiredCapacityChanged { group, from, to: from + 1, by });
            self.launch_as(group, Purchase { market: managed.market, zone, kind }, Lifecycle::Pending);
        }
    }

    /// MI-4: an instance that holds no task, but for daemons, goes after a while.
    pub(super) fn look_at_idle(&mut self, id: InstanceId) {
        let instance = &self.cluster.instances[id];
        let Some((_, managed)) =
            self.cluster.group_of_pool(instance.pool).and_then(|group| self.cluster.managed_provider(group))
        else {
            return;
        };
        let is_idle = instance.lifecycle == Lifecycle::InService
            && instance.status.is_there()
            && !is_busy(&self.cluster, id);
        if self.idle_until.len() <= id.slot() {
            self.idle_until.resize(id.slot() + 1, None);
        }
        let due = managed.scale_in_after.filter(|_| is_idle).map(|after| self.now + after);
        let before = std::mem::replace(&mut self.idle_until[id.slot()], due);
        match (before, due) {
            // Idle still: the time goes on.
            (Some(before), Some(_)) if before >= self.now => self.idle_until[id.slot()] = Some(before),
            (_, Some(due)) => {
                let event = Event::ManagedInstanceIsIdle(id);
                self.queue.schedule(due, event.rank(), event);
            }
            (_, None) => {}
        }
    }

    pub(super) fn on_managed_instance_is_idle(&mut self, id: InstanceId) {
        let is_due = |until: &Option<SimTime>| *until == Some(self.now);
        if self.cluster.instances.get(id).is_none() || !self.idle_until.get(id.slot()).is_some_and(is_due) {
            return; // it was busy in between, or is gone
        }
        self.idle_until[id.slot()] = None;
        self.terminate(id, TerminationCause::ScaleIn);
    }
}
