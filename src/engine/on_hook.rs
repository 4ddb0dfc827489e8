//! Lifecycle hooks of groups (ASG-3): who completes them is the world's doing.

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::queue::Ticket;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::SimDuration;
use crate::model::InstanceId;
use crate::model::auto_scaling_group::hooks::{HookResult, Transition, together};
use crate::model::auto_scaling_group::{Lifecycle, TerminationCause};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

/// What holds an instance on its way into service or out of it.
#[derive(Clone, Copy, Default)]
pub(super) struct HookWait {
    /// The end of the owner's hooks, and how they end.
    ends: Option<(Ticket, HookResult)>,
    /// Whether managed draining holds it until its tasks are gone (CAS-15).
    pub drains: bool,
}

impl HookWait {
    /// Whether hooks of the owner hold it.
    pub(super) fn holds(&self) -> bool {
        self.ends.is_some()
    }
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Begins the hooks before service; whether there are any.
    pub(super) fn begin_launch_hooks(&mut self, instance: InstanceId) -> bool {
        let holds = self.begin_hooks(instance, Transition::Launching);
        if holds {
            self.set_lifecycle(instance, Lifecycle::PendingWait);
        }
        holds
    }

    /// Begins the hooks before termination; whether there are any.
    pub(super) fn begin_termination_hooks(&mut self, instance: InstanceId) -> bool {
        self.begin_hooks(instance, Transition::Terminating)
    }

    fn begin_hooks(&mut self, instance: InstanceId, transition: Transition) -> bool {
        let Some((after, result)) = self.hooks_end(instance, transition) else { return false };
        let ticket = self.after(after, Event::HooksEnd(instance));
        self.hook_waits[instance.slot()].ends = ticket.map(|ticket| (ticket, result));
        ticket.is_some()
    }

    /// When the hooks of an instance end and how: each completion is drawn for (instance, hook).
    fn hooks_end(&self, id: InstanceId, transition: Transition) -> Option<(SimDuration, HookResult)> {
        let instance = &self.cluster.instances[id];
        let group = self.cluster.auto_scaling_group(self.group_of(id)?);
        let pool = self.setup.world.pools.get(instance.pool.index());
        let ends = group.settings.hooks.iter().filter(|hook| hook.transition == transition).map(|hook| {
            let Some(behaviour) = pool.and_then(|pool| pool.hooks.get(&hook.name)) else {
                return hook.ends(None, false);
            };
            let entity = Entity::named(&group.name)
                .refined(Entity::named(&hook.name))
                .number(u64::from(instance.ordinal));
            let uniform = self.streams.open(Purpose::Instance, entity).uniform();
            let after = SimDuration(behaviour.completes_after.draw_ms(uniform));
            hook.ends(Some((after, behaviour.result)), behaviour.heartbeats)
        });
        together(ends)
    }

    pub(super) fn cancel_hooks(&mut self, instance: InstanceId) {
        let wait = std::mem::take(&mut self.hook_waits[instance.slot()]);
        if let Some((ticket, _)) = wait.ends {
            self.queue.cancel(ticket);
        }
    }

    /// CONTINUE lets it go on; ABANDON ends a launch, and a termination whatever else it waits for.
    pub(super) fn on_hooks_end(&mut self, instance: InstanceId) {
        let Some((_, result)) = self.hook_waits[instance.slot()].ends.take() else { return };
        match (self.cluster.instances[instance].lifecycle, result) {
            (Lifecycle::PendingWait, HookResult::Continue) => self.enter_service(instance),
            (Lifecycle::PendingWait, HookResult::Abandon) => {
                self.terminate(instance, TerminationCause::LaunchAbandoned);
            }
            (_, HookResult::Abandon) => self.shut_down(instance),
            (_, HookResult::Continue) => {
                self.look_at_termination(instance);
            }
        }
    }
}
