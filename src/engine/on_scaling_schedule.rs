//! Scheduled scaling actions of services, planned one time ahead (AAS-16).

use super::api::scaling::pulled_into_bounds;
use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimTime;
use crate::model::scaling::{ScalableTarget, ScalingSchedule};
use crate::model::service::ServiceStatus;
use crate::model::{Change, ServiceId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Plans the next of a service's scheduled actions.
    pub(super) fn plan_scaling_schedule(&mut self, id: ServiceId) {
        let planned = self.scaling_schedules.get_mut(id.index()).and_then(Option::take);
        planned.map(|ticket| self.queue.cancel(ticket));
        let Some(target) = &self.cluster.service(id).scaling else { return };
        let zero = self.cluster.zero_unix_ms;
        let next = target.scheduled.iter().filter_map(|action| action.next_after(self.now, zero)).min();
        let Some(at) = next else { return };
        if self.scaling_schedules.len() <= id.index() {
            self.scaling_schedules.resize(id.index() + 1, None);
        }
        self.scaling_schedules[id.index()] = self.after(at - self.now, Event::ScalingScheduleIsDue(id));
    }

    /// The actions of this instant, in the order in which they were put: each sets the bounds that it names, and the desired count
    /// is pulled into them, whatever the cooldowns.
    pub(super) fn on_scaling_schedule_is_due(&mut self, service: ServiceId) {
        self.scaling_schedules[service.index()] = None;
        let zero = self.cluster.zero_unix_ms;
        let just_before = SimTime(self.now.0.saturating_sub(1));
        let found = self.cluster.service(service);
        let target = found.scaling.as_deref().filter(|target| !target.suspended.schedule);
        let due: Vec<ScalingSchedule> = target
            .filter(|_| found.status == ServiceStatus::Active)
            .into_iter()
            .flat_map(|target| &target.scheduled)
            .filter(|action| action.next_after(just_before, zero) == Some(self.now))
            .cloned()
            .collect();
        for action in due {
            let Some(before) = self.cluster.service(service).scaling.as_deref() else { break };
            let (min, max) = (action.min.unwrap_or(before.min), action.max.unwrap_or(before.max));
            // One bound alone must not pass the other.
            let (min, max) = if action.min.is_some() { (min, max.max(min)) } else { (min.min(max), max) };
            let target = Box::new(ScalableTarget { min, max, ..before.clone() });
            self.change(&Change::ScalingChanged { service, target });
            if let Some(change) = pulled_into_bounds(self.cluster.service(service), service, min, max) {
                self.change(&change);
                self.wake_service(service);
            }
        }
        self.plan_scaling_schedule(service);
    }
}
