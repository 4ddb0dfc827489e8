//! Tasks as targets of load balancers: they register, are checked, and leave before they stop (LB).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::queue::Ticket;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::container::ContainerStatus;
use crate::model::service_event::ServiceEvent;
use crate::model::target_group::TargetState;
use crate::model::task::TaskStatus;
use crate::model::{Change, TargetGroupId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;
use crate::policy::health_check::Stretch;
use crate::policy::target_check::{Checks, Turn};

/// What a load balancer will find of one target.
#[derive(Clone, Debug)]
pub(super) struct TargetWatch {
    checks: Checks,
    /// The results of its checks, as things stand.
    stretches: Vec<Stretch>,
    /// The next turn.
    planned: Option<(Turn, Ticket)>,
}

/// Between the first checks of one task by several target groups: the golden ratio spreads any number of them.
const NEXT_PHASE: f64 = 0.618_033_988_749_894_9;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// LIF-5, LB-1: all containers have started; the load balancers are told where the task is.
    pub(super) fn register_targets(&mut self, task: TaskId) {
        if self.cluster.tasks[task].targets.is_empty() {
            return;
        }
        self.set_status(task, TaskStatus::Activating);
        for target in 0..self.cluster.tasks[task].targets.len() {
            self.set_target_state(task, target, TargetState::Initial);
            self.tell_of_target(task, target, |target_group| ServiceEvent::TargetRegistered { target_group });
        }
        self.watch_targets(task, self.now + *self.cluster.parameters.target_registration());
    }

    /// LAT-8: the first check comes within an interval of `from`.
    pub(super) fn watch_targets(&mut self, task: TaskId, from: SimTime) {
        let mut watches = Vec::with_capacity(self.cluster.tasks[task].targets.len());
        for (index, target) in self.cluster.tasks[task].targets.iter().enumerate() {
            let check = self.cluster.target_group(target.target_group).check;
            let phase = self.fates[task.slot()].check_phase + NEXT_PHASE * index as f64;
            let phase = (phase - libm::floor(phase)) * *self.cluster.parameters.first_check_spread();
            let first = from + SimDuration((phase * check.interval.0 as f64) as u64);
            let (checks, stretches) = (Checks::starting(check, first), Vec::new());
            watches.push(TargetWatch { checks, stretches, planned: None });
        }
        self.fates[task.slot()].targets = watches.into();
        self.plan_target_checks(task);
    }

    /// Something that checks depend on has changed: their results from now on, and the next turn, are worked out anew.
    pub(super) fn plan_target_checks(&mut self, task: TaskId) {
        for target in 0..self.fates[task.slot()].targets.len() {
            let found = self.cluster.tasks[task].targets[target];
            if !found.state.is_registered() {
                continue;
            }
            let now = self.now;
            let stretches = self.results_of_checks(task, usize::from(found.container));
            let watch = &mut self.fates[task.slot()].targets[target];
            match watch.planned.take() {
                // Decided already, and not known yet.
                Some((turn, ticket)) if turn.decided_at < now => watch.planned = Some((turn, ticket)),
                planned => {
                    planned.map(|(_, ticket)| self.queue.cancel(ticket));
                    let before = std::mem::take(&mut watch.stretches);
                    watch.checks.count(found.state, &before, now);
                }
            }
            watch.stretches = stretches;
            self.plan_turn(task, target);
        }
    }

    /// How checks of a container end from now on: as its own probes would, and in failure once it is gone.
    pub(super) fn results_of_checks(&self, task: TaskId, index: usize) -> Vec<Stretch> {
        let found = &self.cluster.tasks[task];
        let container = &found.containers[index];
        let gone = found.lost || found.ended_unheard || container.last_status != ContainerStatus::Running;
        match container.started_at.filter(|_| !gone) {
            Some(started) => self.fates[task.slot()].containers[index].stretches(started),
            None => vec![Stretch { until: SimTime::NEVER, passes: false }],
        }
    }

    fn plan_turn(&mut self, task: TaskId, target: usize) {
        let state = self.cluster.tasks[task].targets[target].state;
        let watch = &mut self.fates[task.slot()].targets[target];
        if watch.planned.is_some() {
            return;
        }
        let turn = watch.checks.clone().count(state, &watch.stretches, SimTime::NEVER);
        if let Some(turn) = turn.filter(|turn| turn.known_at != SimTime::NEVER) {
            let event = Event::TargetTurns(task, target as u8);
            let ticket = self.queue.schedule(turn.known_at, event.rank(), event);
            watch.planned = Some((turn, ticket));
        }
    }

    /// A load balancer says something else of a target from now on (LB-4, LB-5).
    pub(super) fn on_target_turns(&mut self, task: TaskId, target: u8) {
        let index = usize::from(target);
        let watch = &mut self.fates[task.slot()].targets[index];
        let Some((turn, _)) = watch.planned.take() else { return };
        watch.checks.take(turn);
        self.set_target_state(task, index, turn.to);
        self.plan_turn(task, index);
        self.on_task_health_may_have_changed(task);
    }

    /// SVC-16: what its service says of a task that a load balancer finds unhealthy.
    pub(super) fn tell_unhealthy_targets(&mut self, task: TaskId) {
        let found = &self.cluster.tasks[task];
        let Some(service) = found.service() else { return };
        let unhealthy = found.targets.iter().filter(|target| target.state == TargetState::Unhealthy);
        let events: Vec<ServiceEvent> = unhealthy
            .map(|target| ServiceEvent::TargetUnhealthy {
                ordinal: found.ordinal,
                host: found.host,
                target_group: target.target_group,
            })
            .collect();
        events.into_iter().for_each(|event| self.change(&Change::ServiceEventWritten { service, event }));
    }

    /// LIF-7, LB-7, LB-8: the task leaves its load balancers; whether its stop waits for that.
    pub(super) fn deregister_targets(&mut self, task: TaskId) -> bool {
        let found = &self.cluster.tasks[task];
        if !found.is_registered_target() {
            return false;
        }
        let early = *self.cluster.parameters.drain_finishes_early();
        let delays = found.targets.iter().filter(|target| target.state.is_registered()).map(|target| {
            // What was never healthy, or is not, has no connections to wait for.
            let has_connections = target.state == TargetState::Healthy;
            match (early, has_connections) {
                (false, _) => self.cluster.target_group(target.target_group).deregistration_delay,
                (true, true) => {
                    let last = *self.cluster.parameters.connection_drain();
                    last.min(self.cluster.target_group(target.target_group).deregistration_delay)
                }
                (true, false) => SimDuration::ZERO,
            }
        });
        let delay = delays.max().unwrap_or(SimDuration::ZERO);
        let waits = found.stop.is_some_and(|cause| cause.waits_for_deregistration());
        self.begin_to_leave(task);
        if waits {
            self.set_status(task, TaskStatus::Deactivating);
            self.fates[task.slot()].next = self.after(delay, Event::TargetsAreDrained(task));
        }
        waits
    }

    /// LIF-7: its load balancers say `unused`; now the containers get the stop signal.
    pub(super) fn on_targets_are_drained(&mut self, task: TaskId) {
        self.fates[task.slot()].next = None;
        self.leave_targets(task);
        let found = &self.cluster.tasks[task];
        if !found.lost && self.cluster.host_is_connected(found.host) {
            self.stop_containers(task);
        }
    }

    /// Whether the stop of a task still waits for its load balancers.
    pub(super) fn is_leaving_targets(&self, task: TaskId) -> bool {
        self.cluster.tasks[task].targets.iter().any(|target| target.state == TargetState::Draining)
            && self.cluster.tasks[task].last_status == TaskStatus::Deactivating
    }

    fn begin_to_leave(&mut self, task: TaskId) {
        for target in 0..self.cluster.tasks[task].targets.len() {
            self.forget_turn(task, target);
            if self.cluster.tasks[task].targets[target].state.is_registered() {
                self.set_target_state(task, target, TargetState::Draining);
                self.tell_of_target(task, target, |target_group| ServiceEvent::TargetDeregistered {
                    target_group,
                });
            }
        }
    }

    /// Nobody is there any more to send requests to.
    pub(super) fn leave_targets(&mut self, task: TaskId) {
        self.begin_to_leave(task);
        for target in 0..self.cluster.tasks[task].targets.len() {
            self.set_target_state(task, target, TargetState::Unused);
        }
    }

    fn tell_of_target(
        &mut self,
        task: TaskId,
        target: usize,
        event: impl FnOnce(TargetGroupId) -> ServiceEvent,
    ) {
        let found = &self.cluster.tasks[task];
        let event = event(found.targets[target].target_group);
        if let Some(service) = found.service() {
            self.change(&Change::ServiceEventWritten { service, event });
        }
    }

    fn forget_turn(&mut self, task: TaskId, target: usize) {
        let watch = self.fates[task.slot()].targets.get_mut(target);
        if let Some((_, ticket)) = watch.and_then(|watch| watch.planned.take()) {
            self.queue.cancel(ticket);
        }
    }

    fn set_target_state(&mut self, task: TaskId, target: usize, to: TargetState) {
        let from = self.cluster.tasks[task].targets[target].state;
        if from != to {
            self.change(&Change::TargetStateChanged { task, target: target as u8, from, to });
        }
    }
}
