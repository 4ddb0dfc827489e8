//! Time zero of a cluster that runs already: each task stands where the scenario says (`aws.tasks`).

use super::api::{self, Answer, Request};
use super::setup::{Standing, StandingRun, StandingService};
use super::simulation::Simulation;
use crate::aws::UpdateService;
use crate::model::service::RolloutState;
use crate::model::{DeploymentNumber, ServiceId, TaskDefinitionId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn put_in_place(&mut self, standing: &Standing) {
        standing.services.iter().for_each(|service| self.put_service_in_place(service));
        standing.standalone.iter().for_each(|run| self.put_run_in_place(run));
    }

    /// The service is moved on from one revision that has tasks to the next, and each time its tasks are put in place: so older
    /// deployments want as many as they have (DEP-7).
    fn put_service_in_place(&mut self, of: &StandingService) {
        let service = of.service;
        let has_task_sets = self.cluster.service(service).has_task_sets();
        for (at, (revision, tasks)) in of.revisions.iter().enumerate() {
            if at > 0 && !has_task_sets {
                self.complete_newest(service);
                self.move_on(service, *revision);
            }
            let Some(deployment) = self.deployment_of(service, *revision, has_task_sets) else { continue };
            for task in tasks {
                let placed = self.launch_of_service(service, deployment, (None, task.is_up), Some(*task));
                debug_assert!(placed.is_ok(), "what stands somewhere has its place");
            }
        }
        let settings = &self.cluster.service(service).settings;
        let tasks: usize = of.revisions.iter().map(|(_, tasks)| tasks.len()).sum();
        let is_up = of.revisions.iter().flat_map(|(_, tasks)| tasks).all(|task| task.is_up);
        if of.revisions.len() == 1 && is_up && tasks >= settings.desired_count as usize && !has_task_sets {
            self.complete_newest(service);
        }
    }

    fn deployment_of(
        &self,
        service: ServiceId,
        revision: TaskDefinitionId,
        has_task_sets: bool,
    ) -> Option<DeploymentNumber> {
        let service = self.cluster.service(service);
        let newest = service.primary().map(|primary| primary.number);
        match has_task_sets {
            false => newest,
            true => {
                service.deployments.iter().find(|set| set.task_definition == revision).map(|set| set.number)
            }
        }
    }

    fn complete_newest(&mut self, service: ServiceId) {
        let newest = self.cluster.service(service).primary();
        if let Some(found) = newest.filter(|found| found.rollout_state == RolloutState::InProgress) {
            let deployment = found.number;
            self.complete(service, deployment);
        }
    }

    /// Somebody had asked for the next revision.
    fn move_on(&mut self, service: ServiceId, revision: TaskDefinitionId) {
        let request = Request::UpdateService(Box::new(UpdateService {
            service: self.cluster.service(service).name.clone(),
            task_definition: Some(self.cluster.task_definition(revision).name()),
            ..UpdateService::default()
        }));
        if let Ok(Answer::Changes(changes)) = api::answer(&self.cluster, self.now, &request) {
            changes.iter().for_each(|change| self.change(change));
        }
    }

    fn put_run_in_place(&mut self, run: &StandingRun) {
        let caller = self.caller_of(run.caller.clone(), run.group.clone());
        for task in &run.tasks {
            let placed = self.run_task_now(&run.behaviour, caller, None, Some(*task));
            debug_assert!(placed.is_ok(), "what stands somewhere has its place");
        }
    }
}
