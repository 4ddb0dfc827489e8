//! A blue/green, linear or canary deployment enters a stage: weights move, hooks begin (DEP-30 to DEP-36).

use super::event::Event;
use super::setup::HookScript;
use super::simulation::Simulation;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::SimDuration;
use crate::model::traffic_shift::{Hook, HookEnd, HookRun, Stage, TrafficShift};
use crate::model::{Change, DeploymentNumber, ServiceId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;
use crate::policy::traffic_shift::{least_time, next_looks};

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// The newest deployment of a service goes on to this stage, at this step of production traffic.
    pub(super) fn enter_stage(&mut self, service: ServiceId, stage: Stage, step: u32) {
        let Some(primary) = self.cluster.service(service).primary() else { return };
        let (deployment, created_at) = (primary.number, primary.created_at);
        let Some(before) = primary.shift.clone() else { return };
        let moves = stage == Stage::ProductionTrafficShift && before.source.is_some();
        let shift = TrafficShift {
            stage,
            step,
            weight: if moves { before.strategy.weight_after(step) } else { before.weight },
            entered_at: self.now,
            holds_until: self.now + least_time(&before, stage, step),
            running: self.begin_stage_hooks(service, deployment, &before, (stage, step)),
            ..*before
        };
        let looks = next_looks(&shift, created_at);
        self.change(&Change::StageEntered { service, deployment, shift: Box::new(shift) });
        for at in looks.into_iter().filter(|at| *at > self.now) {
            let event = Event::DeploymentIsDue(service);
            self.queue.schedule(at, event.rank(), event);
        }
    }

    /// DEP-35: all hooks of a stage begin together; the world says how each ends.
    fn begin_stage_hooks(
        &mut self,
        service: ServiceId,
        deployment: DeploymentNumber,
        shift: &TrafficShift,
        (stage, step): (Stage, u32),
    ) -> Vec<HookRun> {
        let of_stage = shift.hooks.iter().enumerate().filter(|(_, hook)| hook.stages.contains(&stage));
        of_stage
            .map(|(index, hook)| {
                let entity = Entity::named(&self.cluster.service(service).name)
                    .number(u64::from(deployment.0))
                    .number(stage as u64)
                    .number(u64::from(step))
                    .number(index as u64);
                self.run_of(service, deployment, (index as u8, hook), stage, entity)
            })
            .collect()
    }

    /// A hook of which the world says nothing succeeds at once.
    fn run_of(
        &self,
        service: ServiceId,
        deployment: DeploymentNumber,
        (index, hook): (u8, &Hook),
        stage: Stage,
        entity: Entity,
    ) -> HookRun {
        let revision =
            self.cluster.service(service).deployment(deployment).map(|found| found.task_definition);
        let concerns = |script: &&HookScript| {
            script.stage.is_none_or(|of| of == stage)
                && script.task_definition.is_none_or(|of| Some(of) == revision)
        };
        let scripts = self.setup.world.services.get(service.index()).map(|world| &world.hooks);
        let script = scripts.and_then(|scripts| scripts.iter().find(concerns));
        let takes = match script {
            None => SimDuration::ZERO,
            Some(script) => {
                let uniform = self.streams.open(Purpose::Hook, entity).uniform();
                SimDuration(script.completes_after.draw_ms(uniform))
            }
        };
        let end = script.map_or(Some(HookEnd::Succeeds), |script| script.end);
        let known = self.now + self.until_asked(hook, takes);
        let gives_up = self.now + hook.timeout;
        match end.filter(|_| known <= gives_up) {
            Some(end) => HookRun { hook: index, until: known, end },
            None => {
                let end = if hook.continues_after_timeout { HookEnd::Succeeds } else { HookEnd::TimesOut };
                HookRun { hook: index, until: gives_up, end }
            }
        }
    }

    /// A function that says IN_PROGRESS is asked again after `hook_poll`; somebody who ends a PAUSE is heard at once.
    fn until_asked(&self, hook: &Hook, takes: SimDuration) -> SimDuration {
        let poll = self.cluster.parameters.hook_poll().0;
        match hook.is_pause || poll == 0 {
            true => takes,
            false => SimDuration(takes.0.div_ceil(poll).saturating_mul(poll)),
        }
    }
}
