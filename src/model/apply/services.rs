//! What becomes true of services and their deployments.

use crate::kernel::time::SimTime;
use crate::model::demand::ServiceMinute;
use crate::model::scaling::ScalingPolicy;
use crate::model::service::{
    Deployment, DeploymentFailure, RolloutState, Service, ServiceSettings, TaskCounts,
};
use crate::model::stop::StopCause;
use crate::model::task::Origin;
use crate::model::task_set::{TaskSet, TaskSetStatus};
use crate::model::{Cluster, DeploymentNumber, ServiceId, TaskId};

impl Cluster {
    /// The newest deployment is PRIMARY; those before keep what they have until it takes over (DEP-11).
    /// One of the same task definition is throttled as that was (SVC-10).
    pub(super) fn start_deployment(&mut self, id: ServiceId, mut deployment: Deployment) {
        let service = &mut self.services[id.index()];
        if let Some(older) = service.deployments.last_mut() {
            older.desired_count = older.counts.active;
            if older.task_definition == deployment.task_definition {
                deployment.failed_starts = older.failed_starts;
                deployment.throttled_until = older.throttled_until;
            }
        }
        service.deployments_ever = deployment.number.0;
        // The PRIMARY task set stays the last.
        let has_primary = service.deployments.last().is_some_and(is_primary_set);
        let place = service.deployments.len() - usize::from(has_primary);
        service.deployments.insert(place, deployment);
    }

    /// DEP-41: the PRIMARY one is the last of the list.
    pub(super) fn set_task_set(&mut self, id: ServiceId, number: DeploymentNumber, task_set: &TaskSet) {
        let deployments = &mut self.services[id.index()].deployments;
        let Some(place) = deployments.iter().position(|one| one.number == number) else { return };
        let becomes_primary =
            task_set.status == TaskSetStatus::Primary && !is_primary_set(&deployments[place]);
        deployments[place].task_set = Some(Box::new(task_set.clone()));
        if becomes_primary {
            let primary = deployments.remove(place);
            deployments.push(primary);
        }
    }

    pub(super) fn set_rollout(
        &mut self,
        id: ServiceId,
        number: DeploymentNumber,
        to: RolloutState,
        failure: Option<DeploymentFailure>,
    ) {
        let service = &mut self.services[id.index()];
        let Some(found) = service.deployments.iter_mut().find(|d| d.number == number) else { return };
        (found.rollout_state, found.failure) = (to, failure);
        if to == RolloutState::Completed {
            let counts = TaskCounts::default(); // it may come back when its tasks are gone
            service.last_completed = Some(Box::new(Deployment { counts, ..found.clone() }));
        }
    }

    /// DEP-24, DEP-28: the deployment that comes back is PRIMARY again; of the failed one no task is launched any more.
    pub(super) fn start_rollback(&mut self, id: ServiceId, deployment: Deployment) {
        let service = &mut self.services[id.index()];
        service.deployments.retain(|older| older.number != deployment.number);
        if let Some(failed) = service.deployments.last_mut() {
            failed.desired_count = 0;
        }
        service.last_completed = None;
        service.deployments.push(deployment);
    }

    /// A minute is published: the alarms of the scaling policies see its datapoint (AAS-7).
    pub(super) fn count_minutes(&mut self, id: ServiceId, count: u64, minute: ServiceMinute) {
        let most = (*self.parameters.high_n()).max(*self.parameters.low_n());
        let share = *self.parameters.low_alarm_share();
        let service = &mut self.services[id.index()];
        service.last_minute = Some(minute);
        for alarm in &mut service.metric_alarms {
            alarm.breaches = alarm.after(alarm.metric.of(&minute), count);
        }
        let policies = service.scaling.iter_mut().flat_map(|target| &mut target.policies);
        for tracking in policies.filter_map(ScalingPolicy::tracking_mut) {
            let low = (tracking.target_millionths as f64 * share) as u64;
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let value = tracking.metric.of(&minute);
            tracking.alarms = tracking.alarms.with(value, (tracking.target_millionths, low), count, most);
        }
    }

    /// AAS-8: a scale-out ends every wait for a scale-in.
    pub(super) fn note_scaling(
        &mut self,
        now: SimTime,
        id: ServiceId,
        policy: usize,
        (from, to): (u32, u32),
        from_running: u32,
    ) {
        let Some(target) = &mut self.services[id.index()].scaling else { return };
        if to > from {
            target.policies[policy].last_scale_out = Some((now, from_running));
            target.policies.iter_mut().for_each(|policy| policy.last_scale_in = None);
        } else {
            target.policies.iter_mut().for_each(|policy| policy.last_scale_in = Some(now));
        }
    }

    /// A task that its deployment or a scale-in gives up is not to be replaced by its own revision (DEP-7).
    pub(super) fn give_up_place_in_deployment(&mut self, id: TaskId, cause: StopCause) {
        if !cause.is_planned() {
            return;
        }
        if let Origin::Service { service, deployment } = self.tasks[id].origin {
            let deployments = &mut self.services[service.index()].deployments;
            if let Some(found) = deployments.iter_mut().find(|d| d.number == deployment) {
                found.desired_count = found.desired_count.saturating_sub(1);
            }
        }
    }

    pub(super) fn update_service(&mut self, id: ServiceId, change: &(ServiceSettings, ServiceSettings)) {
        let (before, settings) = change;
        let service = &mut self.services[id.index()];
        if (&before.zones, &before.constraints) != (&settings.zones, &settings.constraints) {
            self.capacity_version += 1; // what was refused may be placed now
        }
        let choices_changed = service.settings.capacity != settings.capacity;
        // One an instance: a new instance gets the newest revision.
        if settings.desired_count != before.desired_count && !service.is_daemon() {
            rescale_older_deployments(service, before.desired_count, settings.desired_count);
        }
        service.settings = settings.clone();
        if choices_changed {
            // Tasks launched under the old list belong to no item of the new one (CAP-7).
            service.active_by_choice = vec![0; settings.capacity.len()];
            let tasks = service.tasks.clone();
            tasks.iter().for_each(|task| self.tasks[*task].choice = u16::MAX);
        }
        self.keep_order_for(&settings.placement_rule, &settings.strategies);
    }
}

fn is_primary_set(deployment: &Deployment) -> bool {
    deployment.task_set.as_ref().is_some_and(|set| set.status == TaskSetStatus::Primary)
}

/// SVC-17: a new desired count during a deployment rescales the older revisions in proportion, rounded up when it
/// grows and down when it shrinks. How ECS rounds is not documented.
pub(super) fn rescale_older_deployments(service: &mut Service, before: u32, now: u32) {
    let Some((_, older)) = service.deployments.split_last_mut() else { return };
    for deployment in older {
        let product = u64::from(deployment.desired_count) * u64::from(now);
        let of = u64::from(before.max(1));
        let scaled = if now > before { product.div_ceil(of) } else { product / of };
        deployment.desired_count = u32::try_from(scaled).unwrap_or(u32::MAX);
    }
}
