//! Fallback from Spot at work, which ECS does not offer (`policies.spotFallback`).

use super::event::Event;
use super::simulation::Simulation;
use crate::model::spot_fallback::FallbackPhase;
use crate::model::stop::StopCause;
use crate::model::task::{Capacity, Impairment};
use crate::model::{Change, ServiceId, TaskId};
use crate::observe::Observer;
use crate::policy::capacity::fallback::{is_spot, moving_back, stand_ins, waiting_for_spot};
use crate::policy::explain::ExplanationSink;
use crate::policy::reconcile::tasks_to_start;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// A task of the service found no place on this capacity, or waits for one.
    pub(super) fn on_no_capacity(&mut self, service: ServiceId, capacity: Capacity, waits: bool) {
        let Some(fallback) = self.cluster.service(service).spot_fallback else { return };
        if !is_spot(&self.cluster, capacity) {
            return;
        }
        match fallback.phase {
            FallbackPhase::OnSpot => self.set_fallback(service, FallbackPhase::Short(self.now)),
            // Where tasks can wait for capacity, the attempt is given its time.
            FallbackPhase::Trying(_) if !waits => self.fall_back(service),
            FallbackPhase::Short(_) | FallbackPhase::Trying(_) | FallbackPhase::Fallen(_) => {}
        }
    }

    /// A task of the service found its place on this capacity.
    pub(super) fn on_capacity_found(&mut self, service: ServiceId, capacity: Capacity) {
        let found = self.cluster.service(service);
        let Some(fallback) = found.spot_fallback else { return };
        if !is_spot(&self.cluster, capacity) {
            return;
        }
        let others_wait = !waiting_for_spot(&self.cluster, found).is_empty();
        match fallback.phase {
            // It gives something: the others have the whole time again.
            FallbackPhase::Short(_) if others_wait => {
                self.set_fallback(service, FallbackPhase::Short(self.now));
            }
            FallbackPhase::Short(_) => self.set_fallback(service, FallbackPhase::OnSpot),
            FallbackPhase::Trying(_) => {
                self.set_fallback(service, FallbackPhase::OnSpot);
                for task in stand_ins(&self.cluster, self.cluster.service(service)) {
                    self.move_task(task);
                }
            }
            FallbackPhase::OnSpot | FallbackPhase::Fallen(_) => {}
        }
    }

    /// A phase has lasted as long as it may.
    pub(super) fn on_fallback_is_due(&mut self, service: ServiceId) {
        let Some(fallback) = self.cluster.service(service).spot_fallback else { return };
        if fallback.due_at().is_none_or(|due| due > self.now) {
            return; // it ended before, and another one has begun
        }
        match fallback.phase {
            FallbackPhase::OnSpot => {}
            // What was lacking is not wanted any more.
            FallbackPhase::Short(_) if !self.lacks_tasks(service) => {
                self.set_fallback(service, FallbackPhase::OnSpot);
            }
            FallbackPhase::Short(_) | FallbackPhase::Trying(_) => self.fall_back(service),
            FallbackPhase::Fallen(_) => self.try_spot(service),
        }
    }

    fn lacks_tasks(&self, service: ServiceId) -> bool {
        !waiting_for_spot(&self.cluster, self.cluster.service(service)).is_empty()
            || !tasks_to_start(&self.cluster, service).is_empty()
    }

    fn fall_back(&mut self, service: ServiceId) {
        self.set_fallback(service, FallbackPhase::Fallen(self.now));
        for task in moving_back(&self.cluster, self.cluster.service(service)) {
            self.impair(task, None);
        }
        for task in waiting_for_spot(&self.cluster, self.cluster.service(service)) {
            self.stop_task(task, StopCause::Moved);
        }
        self.forget_retry(service);
        self.look_at_once(service);
    }

    /// One task is tried; where none stands in for Spot any more, the next that is needed is the attempt.
    fn try_spot(&mut self, service: ServiceId) {
        match stand_ins(&self.cluster, self.cluster.service(service)).first().copied() {
            Some(task) => {
                self.set_fallback(service, FallbackPhase::Trying(self.now));
                self.move_task(task);
            }
            None => self.set_fallback(service, FallbackPhase::OnSpot),
        }
        self.look_at_once(service);
    }

    /// A task is replaced within the limits of its service, if nothing else is to become of it.
    fn move_task(&mut self, task: TaskId) {
        if self.cluster.tasks[task].impairment.is_none() {
            self.impair(task, Some(Impairment::Moved));
        }
    }

    fn set_fallback(&mut self, service: ServiceId, phase: FallbackPhase) {
        self.change(&Change::SpotFallbackChanged { service, phase });
        let due = self.cluster.service(service).spot_fallback.and_then(|fallback| fallback.due_at());
        if let Some(due) = due {
            let event = Event::FallbackIsDue(service);
            self.queue.schedule(due, event.rank(), event);
        }
    }
}
