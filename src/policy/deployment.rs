//! What becomes of a service's newest deployment: done, given up, or not yet (DEP-8, DEP-20 to DEP-28).

use crate::kernel::time::{SimDuration, SimTime};
use crate::model::deployment::{
    CircuitBreaker, Deployment, DeploymentFailure, DeploymentRules, RolloutState,
};
use crate::model::service::{Service, ServiceSettings, ServiceStatus};
use crate::model::traffic_shift::Stage;
use crate::model::{Change, Cluster, ServiceId};
use crate::policy::traffic_shift::{Progress, progress};

/// What is to happen to a deployment now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is COMPLETED.
    Completes,
    /// It has all it needs, and its bake time begins (DEP-26).
    Bakes(SimDuration),
    /// It is given up, and rolled back or not.
    Fails(DeploymentFailure, bool),
    /// It enters this stage, at this step of production traffic (DEP-30).
    Enters(Stage, u32),
}

/// What is to happen to the newest deployment of a service, if anything; the first trigger wins (DEP-25).
#[must_use]
pub fn outcome(cluster: &Cluster, id: ServiceId, now: SimTime) -> Option<Outcome> {
    let service = cluster.service(id);
    if service.has_task_sets() {
        return None; // nothing is deployed but by whoever makes them (DEP-40)
    }
    let rules = &service.settings.deployment_rules;
    let primary = service.primary().filter(|primary| primary.rollout_state == RolloutState::InProgress)?;
    if service.status != ServiceStatus::Active {
        return None; // a deleted service deploys nothing more
    }
    let shift = primary.shift.as_deref();
    let is_rolling = service.rolls();
    if let Some(breaker) = rules.circuit_breaker.filter(|_| is_rolling)
        && primary.failures >= threshold_of(cluster, service, breaker).max(1)
    {
        return Some(Outcome::Fails(DeploymentFailure::CircuitBreaker, breaker.rollback));
    }
    let cleans_up = shift.is_some_and(|shift| shift.stage == Stage::CleanUp);
    let alarms = rules.alarms.as_ref().filter(|_| primary.watches_alarms && !cleans_up);
    if let Some(alarms) = alarms.filter(|_| any_alarm_raised(cluster, rules)) {
        return Some(Outcome::Fails(DeploymentFailure::Alarm, alarms.rollback));
    }
    if let Some(shift) = shift {
        return match progress(service, primary, shift, now) {
            Progress::Stays => None,
            Progress::Enters(stage, step) => Some(Outcome::Enters(stage, step)),
            Progress::Fails(failure) => {
                let rolls_back = !shift.by_code_deploy || rules.code_deploy.after_failure;
                Some(Outcome::Fails(failure, rolls_back))
            }
            Progress::Completes => Some(Outcome::Completes),
        };
    }
    match primary.bakes_until {
        Some(until) if until <= now => Some(Outcome::Completes),
        Some(_) => None,
        None if !has_all_it_needs(service, primary) => None,
        None if alarms.is_some() && is_rolling => {
            let given = rules.bake_time;
            Some(Outcome::Bakes(given.unwrap_or_else(|| *cluster.parameters.bake_time_default())))
        }
        None => Some(Outcome::Completes),
    }
}

/// DEP-21: at how many failures a breaker gives up, by the desired count of now.
#[must_use]
pub fn threshold_of(cluster: &Cluster, service: &Service, breaker: CircuitBreaker) -> u32 {
    let floor = *cluster.parameters.cb_unbounded_floor();
    breaker.threshold.failures(service.settings.desired_count, floor)
}

/// Whether its tasks are running and healthy and the others gone (DEP-8), or enough of them for early success (DEP-27).
fn has_all_it_needs(service: &Service, primary: &Deployment) -> bool {
    let (counts, desired) = (&primary.counts, service.settings.desired_count);
    // Daemons that are still on DRAINING instances are none of those it needs (SVC-5).
    let extra = if service.is_daemon() { counts.draining } else { 0 };
    let is_full = counts.active == desired + extra
        && counts.running == counts.active
        && counts.healthy == counts.active;
    let (_, older) = service.deployments.split_last().unwrap_or((primary, &[]));
    let others_gone = older.iter().all(|older| older.counts.present == 0);
    let rules = &service.settings.deployment_rules;
    match rules.early_success.filter(|_| service.rolls()) {
        Some(early) => {
            let enough = counts.healthy >= early.healthy_needed(desired).min(desired) || is_full;
            enough && (others_gone || early.cleans_up_later)
        }
        None => is_full && others_gone,
    }
}

/// Whether one of the alarms is in ALARM: a deployment that begins then does not watch them (DEP-25).
#[must_use]
pub fn any_alarm_raised(cluster: &Cluster, rules: &DeploymentRules) -> bool {
    let mut names = rules.alarms.iter().flat_map(|alarms| &alarms.names);
    names.any(|name| cluster.raised_alarms.contains(name))
}

/// DEP-24: the deployment that a rollback from the newest one brings back: the last that was COMPLETED, unless that is the
/// one that fails.
#[must_use]
pub fn rollback_target(service: &Service) -> Option<&Deployment> {
    let failing = service.primary()?.number;
    let target = service.last_completed.as_deref().filter(|target| target.number != failing)?;
    // With the tasks that it has now, if it has any.
    Some(service.deployment(target.number).unwrap_or(target))
}

/// What gives the newest deployment up, and brings the last completed one back if that is asked for and there is one.
#[must_use]
pub fn give_up(
    cluster: &Cluster,
    id: ServiceId,
    now: SimTime,
    (failure, rolls_back): (DeploymentFailure, bool),
) -> Vec<Change> {
    let service = cluster.service(id);
    let Some(failing) = service.primary() else { return Vec::new() };
    let mut changes = vec![Change::RolloutStateChanged {
        service: id,
        deployment: failing.number,
        from: failing.rollout_state,
        to: RolloutState::Failed,
        failure: Some(failure),
    }];
    let Some(target) = rollback_target(service).filter(|_| rolls_back) else { return changes };
    let before = service.settings.clone();
    let settings = ServiceSettings {
        task_definition: Some(target.task_definition),
        load_balancers: target.load_balancers.clone(),
        ..before.clone()
    };
    let watches_alarms = !any_alarm_raised(cluster, &settings.deployment_rules);
    let back = target.brought_back(failing.number, settings.desired_count, now);
    let back = Deployment { watches_alarms, ..back };
    changes.push(Change::ServiceUpdated { service: id, settings: Box::new((before, settings)) });
    changes.push(Change::RollbackStarted { service: id, deployment: Box::new(back) });
    changes
}
