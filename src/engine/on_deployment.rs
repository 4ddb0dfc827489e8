//! Deployments come to their end: completed, given up, rolled back (DEP-8, DEP-20 to DEP-28).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimDuration;
use crate::model::deployment::{Deployment, RolloutState};
use crate::model::stop::StopCause;
use crate::model::task::Origin;
use crate::model::{Change, DeploymentNumber, ServiceId, TaskId};
use crate::observe::Observer;
use crate::policy::deployment::{Outcome, give_up, outcome};
use crate::policy::explain::ExplanationSink;
use crate::policy::reconcile;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// ORD-7: older deployments without tasks end, and the newest comes to what is due.
    pub(super) fn close_deployments(&mut self, service: ServiceId) {
        let found = self.cluster.service(service);
        if found.has_task_sets() {
            return self.look_at_task_sets(service);
        }
        let older = found.deployments.iter().rev().skip(1).rev();
        let over: Vec<DeploymentNumber> = older
            .filter(|older| reconcile::is_over(&self.cluster, found, older))
            .map(|older| older.number)
            .collect();
        for deployment in over {
            self.change(&Change::DeploymentEnded { service, deployment });
        }
        while let Some(outcome) = outcome(&self.cluster, service, self.now) {
            let Some(deployment) = self.cluster.service(service).primary().map(|primary| primary.number)
            else {
                return;
            };
            match outcome {
                // It may be through with that stage at once.
                Outcome::Enters(stage, step) => self.enter_stage(service, stage, step),
                _ => return self.come_to(service, deployment, outcome),
            }
        }
    }

    fn come_to(&mut self, service: ServiceId, deployment: DeploymentNumber, outcome: Outcome) {
        match outcome {
            Outcome::Enters(..) => {}
            Outcome::Completes => self.complete(service, deployment),
            Outcome::Bakes(time) => {
                let until = self.now + time;
                self.change(&Change::BakeTimeStarted { service, deployment, until });
                self.after(time, Event::DeploymentIsDue(service));
                if time.is_zero() {
                    self.complete(service, deployment);
                }
            }
            Outcome::Fails(failure, rolls_back) => {
                for change in give_up(&self.cluster, service, self.now, (failure, rolls_back)) {
                    self.change(&change);
                }
                self.wake_service(service);
            }
        }
    }

    pub(super) fn complete(&mut self, service: ServiceId, deployment: DeploymentNumber) {
        let Some(found) = self.cluster.service(service).deployment(deployment) else { return };
        let (from, to) = (found.rollout_state, RolloutState::Completed);
        if from != to {
            self.change(&Change::RolloutStateChanged { service, deployment, from, to, failure: None });
        }
    }

    /// The deployment of a task, if it is the newest one, in progress, and its circuit breaker counts.
    fn counted(&self, task: TaskId) -> Option<(ServiceId, &Deployment)> {
        let Origin::Service { service, deployment } = self.cluster.tasks[task].origin else { return None };
        let found = self.cluster.service(service);
        let counts = found.settings.deployment_rules.circuit_breaker.is_some() && found.rolls();
        let primary = found.primary().filter(|primary| primary.number == deployment && counts)?;
        (primary.rollout_state == RolloutState::InProgress).then_some((service, primary))
    }

    fn count_failures(&mut self, service: ServiceId, of: DeploymentNumber, failures: u32, reached: bool) {
        let change = Change::FailuresCounted { service, deployment: of, failures, reached_running: reached };
        self.change(&change);
        self.wake_service(service);
    }

    /// DEP-22: a task that ended before RUNNING, while none of its deployment has reached it.
    pub(super) fn count_failure_to_start(&mut self, task: TaskId) {
        let ended = match self.cluster.tasks[task].stop {
            Some(
                StopCause::FailedToStart(_)
                | StopCause::EssentialContainerExited { .. }
                | StopCause::OutOfMemory,
            ) => self.cluster.tasks[task].started_at.is_none(),
            _ => false,
        };
        let Some((service, primary)) = self.counted(task).filter(|_| ended) else { return };
        let (number, failures) = (primary.number, primary.failures.saturating_add(1));
        if !primary.reached_running {
            self.count_failures(service, number, failures, false);
        }
    }

    /// DEP-22, DEP-23: the first task of a deployment that reaches RUNNING begins the second stage.
    pub(super) fn note_running(&mut self, task: TaskId) {
        let Some((service, primary)) = self.counted(task) else { return };
        let (number, failures) = (primary.number, primary.failures);
        if !primary.reached_running {
            self.count_failures(service, number, failures, true);
        }
    }

    /// DEP-23: a task that its service replaces because a health check failed; by `cb_counts_exit_after_running` also one
    /// that exits by itself.
    pub(super) fn count_failure_of_health(&mut self, task: TaskId, cause: StopCause) {
        let fails = match cause {
            StopCause::HealthCheckFailed | StopCause::TargetCheckFailed => true,
            StopCause::EssentialContainerExited { .. } | StopCause::OutOfMemory => {
                *self.cluster.parameters.cb_counts_exit_after_running()
            }
            _ => false,
        };
        let Some((service, primary)) = self.counted(task).filter(|_| fails) else { return };
        let (number, failures) = (primary.number, primary.failures.saturating_add(1));
        if primary.reached_running && self.cluster.tasks[task].started_at.is_some() {
            self.count_failures(service, number, failures, true);
        }
    }

    /// DEP-23: a healthy task ends the row of failures, where the breaker says so.
    pub(super) fn note_healthy(&mut self, task: TaskId) {
        let Some((service, primary)) = self.counted(task).filter(|(_, primary)| primary.failures > 0) else {
            return;
        };
        let (number, reached) = (primary.number, primary.reached_running);
        let breaker = self.cluster.service(service).settings.deployment_rules.circuit_breaker;
        if breaker.is_some_and(|breaker| breaker.reset_on_healthy_task) {
            self.count_failures(service, number, 0, reached);
        }
    }

    /// DEP-25: the alarm of this number in the setup is in ALARM for `length`.
    pub(super) fn raise_alarm(&mut self, alarm: u16, length: SimDuration) {
        let until = self.now + length;
        let names = &self.setup.world.alarms;
        self.alarms_end.resize(names.len(), crate::kernel::time::SimTime::ZERO);
        let ends = &mut self.alarms_end[usize::from(alarm)];
        *ends = until.max(*ends);
        self.after(length, Event::AlarmEnds(alarm));
        self.set_alarm(self.alarm_name(alarm), true);
    }

    pub(super) fn on_alarm_ends(&mut self, alarm: u16) {
        if self.alarms_end[usize::from(alarm)] <= self.now {
            self.set_alarm(self.alarm_name(alarm), false);
        }
    }

    fn alarm_name(&self, alarm: u16) -> Box<str> {
        self.setup.world.alarms[usize::from(alarm)].as_str().into()
    }

    pub(super) fn set_alarm(&mut self, name: Box<str>, raised: bool) {
        if self.cluster.raised_alarms.contains(&*name) == raised {
            return;
        }
        let watches = |service: &crate::model::service::Service| {
            let alarms = service.settings.deployment_rules.alarms.as_ref();
            alarms.is_some_and(|alarms| alarms.names.iter().any(|watched| **watched == *name))
        };
        let watching: Vec<ServiceId> = (0..self.cluster.services.len() as u32)
            .map(ServiceId)
            .filter(|id| watches(self.cluster.service(*id)))
            .collect();
        self.change(&Change::AlarmChanged { name, raised });
        watching.into_iter().for_each(|service| self.wake_service(service));
    }
}
