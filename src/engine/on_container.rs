//! What happens to containers: the agent starts, watches, restarts and stops them (CON).

use super::event::Event;
use super::fate::PlannedExit;
use super::simulation::Simulation;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::container::{ContainerExit, ContainerStatus, HealthStatus};
use crate::model::stop::{StartFailure, StopCause, cause_of_exit};
use crate::model::task::TaskStatus;
use crate::model::task_definition::ContainerDefinition;
use crate::model::{Change, TaskId};
use crate::observe::Observer;
use crate::policy::containers::{Readiness, may_stop, readiness, restarts, waits_for};
use crate::policy::explain::ExplanationSink;
use crate::policy::health_check::next_change;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    fn container_count(&self, task: TaskId) -> usize {
        self.cluster.tasks[task].containers.len()
    }

    fn container_definitions(&self, task: TaskId) -> &[ContainerDefinition] {
        let definition = self.cluster.tasks[task].task_definition;
        &self.cluster.task_definition(definition).containers
    }

    /// Starts every container that may start, until none is left or one keeps the task from starting; then the task
    /// is RUNNING (LIF-6).
    pub(super) fn start_containers(&mut self, task: TaskId) {
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..self.container_count(task) {
                if !self.cluster.tasks[task].is_active() {
                    return;
                }
                moved |= self.start_container_if_ready(task, index);
            }
        }
        let found = &self.cluster.tasks[task];
        if !found.is_active() || found.last_status >= TaskStatus::Running {
            return;
        }
        if found.all_containers_started() {
            self.on_task_runs(task);
        } else {
            self.set_status(task, TaskStatus::Activating);
        }
    }

    /// Whether the container started at once, or the task was given up.
    fn start_container_if_ready(&mut self, task: TaskId, index: usize) -> bool {
        let found = &self.cluster.tasks[task];
        let waits = found.containers[index].last_status == ContainerStatus::Pending;
        if !waits || self.fates[task.slot()].containers[index].starts.is_some() {
            return false;
        }
        let starts_again = |on: usize| self.fates[task.slot()].containers[on].starts.is_some();
        match readiness(self.container_definitions(task), &found.containers, index, starts_again) {
            Readiness::Waits => false,
            Readiness::Never(failure) => {
                self.stop_task(task, StopCause::FailedToStart(failure));
                true
            }
            Readiness::Ready => self.begin_start(task, index),
        }
    }

    /// LAT-6: creating and starting takes its time; whether it took none.
    fn begin_start(&mut self, task: TaskId, index: usize) -> bool {
        let start = self.fates[task.slot()].containers[index].start;
        if start.is_zero() {
            self.finish_start(task, index);
            return true;
        }
        self.set_status(task, TaskStatus::Activating);
        let ticket = self.after(start, Event::ContainerStarts(task, index as u8));
        self.fates[task.slot()].containers[index].starts = ticket;
        false
    }

    /// A container's creation and start are over, unless they were called off, or the task told to stop, while the news
    /// was held back (INS-4).
    pub(super) fn on_container_starts(&mut self, task: TaskId, index: u8) {
        let index = usize::from(index);
        let planned = self.fates[task.slot()].containers[index].starts.take();
        if planned.is_none() || !self.cluster.tasks[task].is_active() {
            return;
        }
        self.finish_start(task, index);
        if self.cluster.tasks[task].is_active() {
            self.start_containers(task);
        }
    }

    fn finish_start(&mut self, task: TaskId, index: usize) {
        for failure in [StartFailure::CannotCreateContainer, StartFailure::CannotStartContainer] {
            if self.fails_to_start(task, failure) {
                return;
            }
        }
        if self.fates[task.slot()].containers[index].start_times_out {
            let cause = StopCause::FailedToStart(StartFailure::ContainerRuntimeTimeout);
            return self.stop_task(task, cause);
        }
        if self.fails_to_start(task, StartFailure::ContainerRuntimeTimeout) {
            return;
        }
        self.set_container_status(task, index, ContainerStatus::Running, None);
        self.plan_own_exit(task, index);
        if self.cluster.tasks[task].last_status == TaskStatus::Running {
            self.plan_end_of_work(task); // it was started again in place
        }
        self.plan_health(task, index);
        self.plan_patience(task, index);
    }

    /// A settled task: what is planned for running containers from time zero on.
    pub(super) fn settle_containers(&mut self, task: TaskId) {
        for index in 0..self.container_count(task) {
            if self.cluster.tasks[task].containers[index].last_status == ContainerStatus::Running {
                self.fates[task.slot()].containers[index].ready = SimDuration::ZERO;
                self.plan_own_exit(task, index);
                self.plan_health(task, index);
            }
        }
    }

    fn plan_own_exit(&mut self, task: TaskId, index: usize) {
        if let Some((after, exit)) = self.fates[task.slot()].containers[index].exit {
            self.plan_exit(task, index, after, exit);
        }
    }

    fn plan_exit(&mut self, task: TaskId, index: usize, after: SimDuration, exit: ContainerExit) {
        let at = self.now + after;
        let ticket = self.after(after, Event::ContainerExits(task, index as u8));
        let planned = ticket.map(|ticket| PlannedExit { at, exit, ticket });
        let old = std::mem::replace(&mut self.fates[task.slot()].containers[index].exits, planned);
        old.map(|old| self.queue.cancel(old.ticket));
    }

    /// The work of a standalone task ends its main container, unless that ends before by itself.
    pub(super) fn plan_end_of_work(&mut self, task: TaskId) {
        let Some(work) = self.fates[task.slot()].work else { return };
        let main = self.cluster.task_definition(self.cluster.tasks[task].task_definition).main_container();
        let ends = self.now + work;
        let planned = self.fates[task.slot()].containers[main].exits;
        if self.cluster.tasks[task].containers[main].last_status == ContainerStatus::Running
            && planned.is_none_or(|planned| ends < planned.at)
        {
            self.plan_exit(task, main, work, ContainerExit::by_itself(0));
        }
    }

    /// LIF-16: those that wait for this container do so for its startTimeout.
    fn plan_patience(&mut self, task: TaskId, index: usize) {
        let definitions = self.container_definitions(task);
        let Some(patience) = definitions[index].start_timeout else { return };
        let containers = &self.cluster.tasks[task].containers;
        if (0..definitions.len()).any(|other| waits_for(definitions, containers, other, index)) {
            let ticket = self.after(patience, Event::PatienceEnds(task, index as u8));
            self.fates[task.slot()].containers[index].awaited = ticket;
        }
    }

    /// What was waited for did not come in time: the task stops (LIF-16).
    pub(super) fn on_patience_ends(&mut self, task: TaskId, index: u8) {
        self.fates[task.slot()].containers[usize::from(index)].awaited = None;
        let (definitions, containers) =
            (self.container_definitions(task), &self.cluster.tasks[task].containers);
        let waiting = (0..definitions.len())
            .find(|other| waits_for(definitions, containers, *other, usize::from(index)));
        if let Some(container) = waiting {
            let failure = StartFailure::StartTimeout { container: container as u8, on: index };
            self.stop_task(task, StopCause::FailedToStart(failure));
        }
    }

    /// A container ends, by itself or after the stop signal.
    pub(super) fn on_container_exits(&mut self, task: TaskId, index: u8) {
        if let Some(planned) = self.fates[task.slot()].containers[usize::from(index)].exits.take() {
            self.exit_container(task, usize::from(index), planned.exit);
        }
    }

    /// A fault makes a running container exit now; where its agent is cut off, ECS hears of it later (INS-4).
    pub(super) fn container_exits_now(&mut self, task: TaskId, index: usize, exit: ContainerExit) {
        let host = self.cluster.tasks[task].host;
        if self.cluster.host_is_connected(host) {
            self.exit_container(task, index, exit);
            return;
        }
        let planned = self.fates[task.slot()].containers[index].exits;
        let gone = planned.is_some_and(|planned| planned.at <= self.now);
        if self.cluster.tasks[task].containers[index].last_status == ContainerStatus::Running && !gone {
            self.plan_exit(task, index, SimDuration::ZERO, exit);
        }
    }

    /// A running container is gone: restart in place, the end of the task, or nothing (CON-1, CON-11).
    pub(super) fn exit_container(&mut self, task: TaskId, index: usize, exit: ContainerExit) {
        let found = &self.cluster.tasks[task];
        if found.containers[index].last_status != ContainerStatus::Running {
            return;
        }
        let definition = &self.container_definitions(task)[index];
        let starts_again = found.is_active()
            && !self.fates[task.slot()].containers[index].signalled
            && restarts(definition, &found.containers[index], exit, self.now);
        let essential = definition.essential;
        self.cancel_plans_of_container(task, index);
        self.set_container_status(task, index, ContainerStatus::Stopped, Some(exit));
        let found = &self.cluster.tasks[task];
        if !found.is_active() {
            // Without an essential container nobody is served: there is nothing left to wait for.
            if essential || !self.is_leaving_targets(task) {
                self.stop_containers(task);
            }
        } else if starts_again {
            self.restart_container(task, index);
        } else if essential {
            let cause = cause_of_exit(&found.containers[index], found.service().is_some());
            self.stop_task(
                task,
                cause.unwrap_or(StopCause::EssentialContainerExited { exit_code: exit.code }),
            );
        } else {
            self.start_containers(task);
        }
    }

    /// CON-11: the n-th start of a container has a life of its own.
    fn restart_container(&mut self, task: TaskId, index: usize) {
        self.redraw_exit(task, index);
        let start = self.fates[task.slot()].containers[index].start;
        if start.is_zero() {
            return self.finish_start(task, index);
        }
        let ticket = self.after(start, Event::ContainerStarts(task, index as u8));
        self.fates[task.slot()].containers[index].starts = ticket;
    }

    /// Containers that may stop get the stop signal: dependents before what they depend on (CON-3, LIF-8, LIF-18). When all
    /// have ended, the task goes on to its end.
    pub(super) fn stop_containers(&mut self, task: TaskId) {
        for index in 0..self.container_count(task) {
            let container = &self.cluster.tasks[task].containers[index];
            // What has not started never will; what was about to start again stays down.
            let starts = self.fates[task.slot()].containers[index].starts.take();
            starts.map(|ticket| self.queue.cancel(ticket));
            if container.last_status == ContainerStatus::Pending {
                self.set_container_status(task, index, ContainerStatus::Stopped, None);
            }
        }
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..self.container_count(task) {
                moved |= self.signal_container(task, index);
            }
        }
        if self.cluster.tasks[task].last_status == TaskStatus::Deactivating {
            let waits = self.fates[task.slot()].next.take();
            waits.map(|ticket| self.queue.cancel(ticket));
        }
        if self.cluster.tasks[task].all_containers_stopped() {
            self.deprovision(task);
        } else {
            self.set_status(task, TaskStatus::Stopping);
        }
    }

    /// The stop signal, if its turn has come; whether the container ended at once.
    fn signal_container(&mut self, task: TaskId, index: usize) -> bool {
        let containers = &self.cluster.tasks[task].containers;
        if containers[index].last_status != ContainerStatus::Running
            || self.fates[task.slot()].containers[index].signalled
            || !may_stop(self.container_definitions(task), containers, index)
        {
            return false;
        }
        let fate = &mut self.fates[task.slot()].containers[index];
        fate.signalled = true;
        let (after_signal, killed) = (fate.after_signal, fate.killed);
        if fate.exits.is_some_and(|planned| planned.at <= self.now + after_signal) {
            return false; // it is done before the signal would end it
        }
        if after_signal.is_zero() {
            self.cancel_plans_of_container(task, index);
            let exit = Some(ContainerExit::after_signal(killed));
            self.set_container_status(task, index, ContainerStatus::Stopped, exit);
            return true;
        }
        self.plan_exit(task, index, after_signal, ContainerExit::after_signal(killed));
        false
    }

    /// The host is gone, and with it every container; nobody saw their exit codes.
    pub(super) fn end_containers(&mut self, task: TaskId) {
        for index in 0..self.container_count(task) {
            if self.cluster.tasks[task].containers[index].last_status != ContainerStatus::Stopped {
                self.set_container_status(task, index, ContainerStatus::Stopped, None);
            }
        }
    }

    /// Plans the next change of a container's health, if it defines a check (CON-6).
    pub(super) fn plan_health(&mut self, task: TaskId, index: usize) {
        if let Some(old) = self.fates[task.slot()].containers[index].health.take() {
            self.queue.cancel(old);
        }
        let Some(check) = self.container_definitions(task)[index].health_check else { return };
        let container = &self.cluster.tasks[task].containers[index];
        let (Some(started), ContainerStatus::Running) = (container.started_at, container.last_status) else {
            return;
        };
        let stretches = self.fates[task.slot()].containers[index].stretches(started);
        let probe_time = *self.cluster.parameters.health_probe_time();
        let mut after = self.now;
        while let Some((at, health)) = next_change(&check, probe_time, started, &stretches, after) {
            if health != container.health {
                let event = Event::ContainerHealthChanges(task, index as u8, health);
                let ticket = self.after(at - self.now, event);
                self.fates[task.slot()].containers[index].health = ticket;
                return;
            }
            after = at;
        }
    }

    /// The health check of a container says something else from now on. Nothing if the container was gone before, and
    /// the news of both was held back (INS-4).
    pub(super) fn on_container_health_changes(&mut self, task: TaskId, index: u8, to: HealthStatus) {
        let Some(planned) = self.fates[task.slot()].containers[usize::from(index)].health.take() else {
            return;
        };
        self.queue.cancel(planned); // of a later change, if this one was held back
        let container = &self.cluster.tasks[task].containers[usize::from(index)];
        if container.last_status != ContainerStatus::Running {
            return;
        }
        let from = container.health;
        if from != to {
            self.change(&Change::ContainerHealthChanged { task, container: index, from, to });
        }
        self.plan_health(task, usize::from(index));
        if self.cluster.tasks[task].is_active() {
            self.start_containers(task);
            self.on_task_health_may_have_changed(task);
        }
    }

    /// FAIL-3: the containers of a task hang until `until`, as far as checks can tell.
    pub(super) fn hang(&mut self, task: TaskId, until: SimTime) {
        for index in 0..self.container_count(task) {
            self.fates[task.slot()].containers[index].hangs.push((self.now, until));
            self.plan_health(task, index);
        }
        self.plan_target_checks(task);
    }

    fn set_container_status(
        &mut self,
        task: TaskId,
        index: usize,
        to: ContainerStatus,
        exit: Option<ContainerExit>,
    ) {
        let from = self.cluster.tasks[task].containers[index].last_status;
        let container = index as u8;
        self.change(&Change::ContainerStatusChanged { task, container, from, to, exit });
        self.plan_target_checks(task);
        if self.cluster.tasks[task].last_status == TaskStatus::Running {
            self.on_task_health_may_have_changed(task);
        }
    }

    pub(super) fn cancel_plans_of_containers(&mut self, task: TaskId) {
        (0..self.container_count(task)).for_each(|index| self.cancel_plans_of_container(task, index));
    }

    fn cancel_plans_of_container(&mut self, task: TaskId, index: usize) {
        let fate = &mut self.fates[task.slot()].containers[index];
        let exits = fate.exits.take().map(|planned| planned.ticket);
        let plans = [fate.starts.take(), exits, fate.health.take(), fate.awaited.take()];
        for ticket in plans.into_iter().flatten() {
            self.queue.cancel(ticket);
        }
        self.forget_news_of(task, index as u8);
    }
}
