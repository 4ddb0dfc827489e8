//! Scheduled actions of groups, planned one time ahead.

use super::api::auto_scaling_group::resize;
use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::DesiredCapacityCause;
use crate::model::auto_scaling_group::processes::Process;
use crate::model::auto_scaling_group::schedule::ScheduledAction;
use crate::model::{AutoScalingGroupId, Change};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Plans the next of a group's scheduled actions.
    pub(super) fn plan_schedule(&mut self, id: AutoScalingGroupId) {
        if let Some(ticket) = self.group_schedules[id.index()].take() {
            self.queue.cancel(ticket);
        }
        let (zero, actions) = (self.cluster.zero_unix_ms, &self.cluster.auto_scaling_group(id).scheduled);
        let next = actions.values().filter_map(|action| action.next_after(self.now, zero)).min();
        if let Some(at) = next {
            self.group_schedules[id.index()] = self.after(at - self.now, Event::ScheduledActionIsDue(id));
        }
    }

    /// The actions of this instant, by name; those that come no more are forgotten.
    pub(super) fn on_scheduled_action_is_due(&mut self, id: AutoScalingGroupId) {
        self.group_schedules[id.index()] = None;
        let zero = self.cluster.zero_unix_ms;
        let just_before = SimTime(self.now.0.saturating_sub(1));
        let is_due = |action: &&ScheduledAction| action.next_after(just_before, zero) == Some(self.now);
        let all = self.cluster.auto_scaling_group(id).scheduled.values();
        let due: Vec<ScheduledAction> = all.filter(is_due).cloned().collect();
        for action in due {
            if !self.is_suspended(id, Process::ScheduledActions) {
                self.run_scheduled_action(id, &action);
            }
            if action.next_after(self.now, zero).is_none() {
                let (name, group) = (action.name.as_str().into(), id);
                self.change(&Change::ScheduledActionChanged { group, name, action: None });
            }
        }
        self.plan_schedule(id);
    }

    fn run_scheduled_action(&mut self, id: AutoScalingGroupId, action: &ScheduledAction) {
        match resize(&self.cluster, id, action.sizes, DesiredCapacityCause::ScheduledAction) {
            Ok(changes) => self.make_true(&changes),
            Err(error) => {
                let (call, exception) = ("PutScheduledUpdateGroupAction", error.exception);
                self.change(&Change::RequestFailed { call, exception });
            }
        }
    }
}
