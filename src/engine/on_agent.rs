//! Agents that lose their connection, shortages of capacity, and Fargate's retirement of tasks (INS-4, FAIL-7, FAIL-8).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimDuration;
use crate::model::change::CapacityPlace;
use crate::model::task::{Host, Impairment, TaskStatus};
use crate::model::{Change, InstanceId, ServiceId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// The agent is cut off for `length`; of two cuts at once the later end holds.
    pub(super) fn disconnect_agent(&mut self, instance: InstanceId, length: SimDuration) {
        if !self.cluster.instances[instance].status.is_there() {
            return;
        }
        let returns = self.now + length;
        match self.agent_returns[instance.slot()] {
            Some((planned, _)) if planned >= returns => return,
            Some((_, ticket)) => {
                self.queue.cancel(ticket);
            }
            None => {
                self.disconnected += 1;
                self.change(&Change::AgentConnectionChanged { instance, connected: false });
                self.recount_daemons();
            }
        }
        let event = Event::AgentReconnects(instance);
        let ticket = self.queue.schedule(returns, event.rank(), event);
        self.agent_returns[instance.slot()] = Some((returns, ticket));
    }

    /// The connection is there again: ECS hears what happened meanwhile, and the agent what ECS wants.
    pub(super) fn on_agent_reconnects(&mut self, instance: InstanceId) {
        self.forget_disconnection(instance);
        self.change(&Change::AgentConnectionChanged { instance, connected: true });
        self.recount_daemons();
        // One by one: what is told first may make later news of the same container void.
        while let Some(next) = self.held_back.iter().position(|(of, _)| *of == instance) {
            let (_, event) = self.held_back.remove(next);
            if event.task_told_by_agent().is_some_and(|task| self.is_on_its_way(task)) {
                self.handle(event);
            }
        }
        let mut told_to_stop = self.cluster.instances[instance].tasks.clone();
        told_to_stop.retain(|task| !self.cluster.tasks[*task].is_active() && self.is_on_its_way(*task));
        told_to_stop.sort_by_key(|task| (self.cluster.tasks[*task].created_at, task.slot()));
        for task in told_to_stop {
            let leaving = self.is_leaving_targets(task);
            if self.cluster.tasks[task].last_status < TaskStatus::Stopping && !leaving {
                self.stop_containers(task);
            }
        }
    }

    fn is_on_its_way(&self, task: TaskId) -> bool {
        let found = self.cluster.tasks.get(task);
        found.is_some_and(|found| found.last_status != TaskStatus::Stopped && !found.lost)
    }

    /// The instance is gone: nobody will reconnect, and what was not told never will be.
    pub(super) fn forget_disconnection(&mut self, instance: InstanceId) {
        if let Some((_, ticket)) = self.agent_returns[instance.slot()].take() {
            self.queue.cancel(ticket);
            self.disconnected -= 1;
        }
    }

    /// Whether ECS cannot hear of an event now, because the agent that would tell it is cut off; health
    /// stays as last reported (CON-9).
    pub(super) fn is_held_back(&mut self, event: Event) -> bool {
        let Some(task) = event.task_told_by_agent().and_then(|task| self.cluster.tasks.get(task)) else {
            return false;
        };
        let Host::Instance(instance) = task.host else { return false };
        let held = !self.cluster.instances[instance].agent_connected;
        if held {
            self.held_back.push((instance, event));
            self.note_end_unheard(event);
        }
        held
    }

    /// What ECS does not hear, those who use the task feel: it is over with an essential container that is not started
    /// again in place (CON-1).
    fn note_end_unheard(&mut self, event: Event) {
        let Event::ContainerExits(task, container) = event else { return };
        let found = &self.cluster.tasks[task];
        let definition =
            &self.cluster.task_definition(found.task_definition).containers[usize::from(container)];
        let runs = found.last_status == TaskStatus::Running && !found.ended_unheard;
        if runs && definition.essential && definition.restart_policy.is_none() {
            self.change(&Change::TaskEndedUnheard { task });
            self.plan_target_checks(task);
        }
    }

    /// What was held back about a container is void: it has ended, or begins anew.
    pub(super) fn forget_news_of(&mut self, task: TaskId, container: u8) {
        self.held_back.retain(|(_, event)| event.container() != Some((task, container)));
    }

    /// FAIL-7: no capacity to launch for `length`.
    pub(super) fn begin_shortage(&mut self, place: CapacityPlace, length: SimDuration) {
        self.change(&Change::CapacityOutageChanged { place, out: true });
        self.after(length, Event::CapacityReturns(place));
    }

    pub(super) fn on_capacity_returns(&mut self, place: CapacityPlace) {
        self.change(&Change::CapacityOutageChanged { place, out: false });
        self.look_at_all_balances();
    }

    /// FAIL-8: the notice for all Fargate tasks that the service runs now.
    pub(super) fn announce_retirement(&mut self, service: ServiceId) {
        let wait = self.setup.task_retirement_wait;
        let mut tasks = self.cluster.service(service).tasks.clone();
        tasks.retain(|task| matches!(self.cluster.tasks[*task].host, Host::Fargate(_)));
        tasks.sort_by_key(|task| self.cluster.tasks[*task].ordinal);
        for task in tasks {
            self.after(wait, Event::RetirementBegins(task));
        }
    }

    /// From now on the service replaces the task, within its limits; one that has stopped meanwhile is not concerned.
    pub(super) fn on_retirement_begins(&mut self, task: TaskId) {
        if self.cluster.tasks.get(task).is_some_and(|task| task.is_active()) {
            self.impair(task, Some(Impairment::Retirement));
        }
    }
}
