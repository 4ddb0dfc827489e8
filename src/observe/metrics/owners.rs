//! Meters of those who own tasks: services and callers of RunTask.

use std::collections::VecDeque;

use super::meters::{Durations, Integral};
use crate::kernel::time::SimTime;
use crate::model::change::AfterRefusal;
use crate::model::cluster::Caller;
use crate::model::demand::ServiceMinute;
use crate::model::reason::{FailureKind, StopCause, StopCode};
use crate::model::service::{Deployment, RolloutState, Service, ServiceStatus};
use crate::model::task::{Task, TaskStatus};

/// What services and callers have in common.
#[derive(Clone, Debug)]
pub(super) struct TaskMeter {
    warm_up_ends: SimTime,
    pub running: Integral,
    pub waiting: Integral,
    pub wait_placement: Durations,
    pub start: Durations,
    pub started: u64,
    pub stopped: [u64; StopCode::ALL.len()],
    pub failures: [u64; FailureKind::ALL.len()],
    pub cost: u128,
}

impl TaskMeter {
    fn new(warm_up_ends: SimTime) -> TaskMeter {
        let zero = Integral::from(warm_up_ends);
        TaskMeter {
            warm_up_ends,
            running: zero,
            waiting: zero,
            wait_placement: Durations::new(),
            start: Durations::new(),
            started: 0,
            stopped: [0; StopCode::ALL.len()],
            failures: [0; FailureKind::ALL.len()],
            cost: 0,
        }
    }

    pub(super) fn created(&mut self, counts: bool) {
        self.started += u64::from(counts);
    }

    pub(super) fn placed(&mut self, requested_at: SimTime, now: SimTime) {
        if requested_at >= self.warm_up_ends {
            self.wait_placement.add(now - requested_at);
        }
    }

    pub(super) fn status_changed(&mut self, task: &Task, to: TaskStatus, now: SimTime, counts: bool) {
        match (to, task.stop) {
            (TaskStatus::Running, _) if task.created_at >= self.warm_up_ends => {
                self.start.add(now - task.placed_at.unwrap_or(task.created_at));
            }
            (TaskStatus::Stopped, Some(cause)) if counts => {
                self.stopped[cause.code() as usize] += 1;
                if let Some(kind) = cause.failure_kind() {
                    self.failures[kind as usize] += 1;
                }
            }
            _ => {}
        }
    }
}

/// The meters of a service.
#[derive(Clone, Debug)]
pub(super) struct ServiceMeter {
    needs: Option<u32>,
    serves_while_stopping: bool,
    serving: u32,
    desired: u32,
    pub tasks: TaskMeter,
    /// Outages that are over, and since when there is one.
    outages: u64,
    outage_since: Option<SimTime>,
    pub available: Integral,
    pub full_strength: Integral,
    pub shortfall: Integral,
    pub lacking: u32,
    gaps: VecDeque<SimTime>,
    pub time_to_replace: Durations,
    pub deployments: Durations,
    pub deployments_failed: u64,
    /// Requests asked and served, minutes with a CPU utilization, and the sum of it in millionths of a percent.
    pub requests: u64,
    pub served: u64,
    /// Of the served, those answered with an error.
    pub failed: u64,
    pub cpu: (u64, u128),
}

impl ServiceMeter {
    pub(super) fn new(
        warm_up_ends: SimTime,
        needs: Option<u32>,
        serves_while_stopping: bool,
    ) -> ServiceMeter {
        let zero = Integral::from(warm_up_ends);
        ServiceMeter {
            needs,
            serves_while_stopping,
            serving: 0,
            desired: 0,
            tasks: TaskMeter::new(warm_up_ends),
            outages: 0,
            outage_since: None,
            available: zero,
            full_strength: zero,
            shortfall: zero,
            lacking: 0,
            gaps: VecDeque::new(),
            time_to_replace: Durations::new(),
            deployments: Durations::new(),
            deployments_failed: 0,
            requests: 0,
            served: 0,
            failed: 0,
            cpu: (0, 0),
        }
    }

    /// Reads the service's counts after a change.
    pub(super) fn read(&mut self, now: SimTime, service: &Service) {
        let counts = &service.counts;
        self.serving = counts.serving + if self.serves_while_stopping { counts.still_serving } else { 0 };
        self.desired = match service.status {
            ServiceStatus::Active => service.settings.desired_count,
            ServiceStatus::Draining | ServiceStatus::Inactive => 0,
        };
        let needs = self.needs.unwrap_or_else(|| service.settings.floor_healthy().max(1));
        self.available.set(now, u64::from(self.serving >= needs));
        self.note_outage(now, self.serving >= needs);
        self.full_strength.set(now, u64::from(self.serving >= self.desired));
        self.shortfall.set(now, u64::from(self.desired.saturating_sub(self.serving)));
        self.tasks.running.set(now, u64::from(counts.running));
        self.lacking = self.desired.saturating_sub(counts.active);
        self.tasks.waiting.set(now, u64::from(self.lacking + counts.unplaced));
    }

    /// What comes and goes within an instant is no outage.
    fn note_outage(&mut self, now: SimTime, is_available: bool) {
        if !is_available {
            self.outage_since.get_or_insert(now);
        } else if let Some(since) = self.outage_since.take().filter(|since| *since < now) {
            self.outages += u64::from(since >= self.tasks.warm_up_ends);
        }
    }

    /// Outages that began in the metered time, the one that goes on included.
    pub(super) fn outages(&self) -> u64 {
        let goes_on = self.outage_since.is_some_and(|since| since >= self.tasks.warm_up_ends);
        self.outages + u64::from(goes_on)
    }

    /// So many minutes like this one were measured.
    pub(super) fn asked(&mut self, count: u64, minute: ServiceMinute) {
        self.requests += minute.requests * count;
        self.served += minute.served * count;
        self.failed += minute.failed * count;
        if let Some(cpu) = minute.cpu_millionths {
            self.cpu = (self.cpu.0 + count, self.cpu.1 + u128::from(cpu) * u128::from(count));
        }
    }

    /// A lost host opens a gap; a task that becomes healthy closes the oldest one.
    pub(super) fn health_changed(&mut self, now: SimTime, healthy: bool) {
        if !healthy {
            self.gaps.push_back(now);
        } else if let Some(opened) = self.gaps.pop_front()
            && opened >= self.tasks.warm_up_ends
        {
            self.time_to_replace.add(now - opened);
        }
    }

    /// A healthy task lost other than by scale-in or deployment opens a gap.
    pub(super) fn stop_ordered(&mut self, now: SimTime, was_healthy: bool, cause: StopCause) {
        let planned = matches!(cause, StopCause::ScaleIn | StopCause::Deployment | StopCause::Draining);
        if was_healthy && !planned {
            self.gaps.push_back(now);
        }
    }

    pub(super) fn rollout_changed(&mut self, deployment: &Deployment, to: RolloutState, now: SimTime) {
        match to {
            // A rollback is the end of a deployment that failed, not one of its own.
            RolloutState::Completed if deployment.takes_back.is_some() => {}
            RolloutState::Completed => self.deployments.add(now - deployment.created_at),
            RolloutState::Failed => self.deployments_failed += 1,
            RolloutState::InProgress => {}
        }
    }

    /// Gaps of the metered time that nothing closed.
    pub(super) fn unreplaced(&self) -> u64 {
        self.gaps.iter().filter(|opened| **opened >= self.tasks.warm_up_ends).count() as u64
    }
}

/// The meters of a caller of RunTask.
#[derive(Clone, Debug)]
pub(super) struct CallerMeter {
    pub tasks: TaskMeter,
    pub requests: u64,
    pub refused: u64,
    pub waited: u64,
}

impl CallerMeter {
    pub(super) fn new(warm_up_ends: SimTime) -> CallerMeter {
        CallerMeter { tasks: TaskMeter::new(warm_up_ends), requests: 0, refused: 0, waited: 0 }
    }

    pub(super) fn read(&mut self, now: SimTime, caller: &Caller) {
        self.tasks.running.set(now, u64::from(caller.counts.running));
        self.tasks.waiting.set(now, u64::from(caller.waiting + caller.counts.unplaced));
    }

    pub(super) fn refused_by(&mut self, then: AfterRefusal, counts: bool) {
        match then {
            AfterRefusal::GiveUp => self.refused += u64::from(counts),
            AfterRefusal::Wait => self.waited += u64::from(counts),
            AfterRefusal::WaitOn => {}
        }
    }
}
