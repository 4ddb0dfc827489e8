//! When a blue/green, linear or canary deployment goes on to its next stage (DEP-30 to DEP-38).

use std::sync::Arc;

use crate::kernel::time::{SimDuration, SimTime};
use crate::model::deployment::{Deployment, DeploymentFailure, RolloutState};
use crate::model::service::{Service, ServiceSettings};
use crate::model::task_set::DeploymentController;
use crate::model::traffic_shift::{ALL_TRAFFIC, HookEnd, Stage, TrafficShift};
use crate::model::{Cluster, DeploymentNumber};

/// DEP-36: a stage, or a step of traffic, lasts at most so long.
const STAGE_LIMIT: SimDuration = SimDuration::from_secs(24 * 3600);
/// DEP-36: so does a deployment.
const DEPLOYMENT_LIMIT: SimDuration = SimDuration::from_secs(30 * 24 * 3600);
/// DEP-36: what a Network Load Balancer adds to each shift.
const NETWORK_DELAY: SimDuration = SimDuration::from_secs(600);
/// DEP-42: so long CodeDeploy waits for the replacement to become healthy, as its error message says; a hook has an hour as well.
const CODE_DEPLOY_LIMIT: SimDuration = SimDuration::from_secs(3600);

/// What becomes of a stage now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It is not over.
    Stays,
    /// The next one begins, at this step of production traffic.
    Enters(Stage, u32),
    /// The deployment is given up.
    Fails(DeploymentFailure),
    /// That was the last one.
    Completes,
}

/// The shift with which a deployment of these settings begins, if its strategy is none of ROLLING.
#[must_use]
pub fn begun(
    cluster: &Cluster,
    service: Option<&Service>,
    settings: &ServiceSettings,
    now: SimTime,
) -> Option<Box<TrafficShift>> {
    let rules = &settings.deployment_rules;
    let strategy = rules.strategy?;
    let source = service.and_then(source_of);
    let is_network = |balancer: &crate::model::target_group::ServiceLoadBalancer| {
        cluster.target_group(balancer.target_group).is_network
    };
    let by_code_deploy = settings.controller == DeploymentController::CodeDeploy;
    let slow = !by_code_deploy && settings.load_balancers.iter().any(is_network);
    Some(Box::new(TrafficShift {
        strategy,
        by_code_deploy,
        hooks: Arc::clone(&rules.hooks),
        bake_time: rules.bake_time.unwrap_or(SimDuration::ZERO),
        moves_traffic: settings.moves_traffic(),
        shift_delay: if slow { NETWORK_DELAY } else { SimDuration::ZERO },
        source,
        stage: Stage::Pending,
        step: 0,
        weight: if source.is_some() { 0 } else { ALL_TRAFFIC },
        entered_at: now,
        holds_until: now,
        running: Vec::new(),
    }))
}

/// The deployment that serves when a new one begins: the one with most traffic; where nothing moves traffic, the newest
/// that has come to rest.
fn source_of(service: &Service) -> Option<DeploymentNumber> {
    let by_traffic = |deployment: &&Deployment| service.traffic_of(deployment.number).unwrap_or(0);
    let busiest = service.deployments.iter().max_by_key(by_traffic)?;
    if by_traffic(&busiest) > 0 {
        return Some(busiest.number);
    }
    let at_rest = service.deployments.iter().rev().find(|one| one.rollout_state == RolloutState::Completed);
    let primary = service.shift().and_then(|shift| shift.source);
    at_rest.map(|one| one.number).or(primary).or(service.primary().map(|newest| newest.number))
}

/// What becomes of the stage that the newest deployment is in.
#[must_use]
pub fn progress(service: &Service, primary: &Deployment, shift: &TrafficShift, now: SimTime) -> Progress {
    match shift.failed_hook(now) {
        Some(HookEnd::Fails) => return Progress::Fails(DeploymentFailure::HookFailed),
        Some(HookEnd::TimesOut) => return Progress::Fails(DeploymentFailure::HookTimedOut),
        Some(HookEnd::Succeeds) | None => {}
    }
    if shift.has_waited(now) && is_done(service, primary, shift) {
        let reconciles = service
            .deployments
            .iter()
            .any(|one| one.number != primary.number && Some(one.number) != shift.source);
        return match shift.next() {
            Some((Stage::ReconcileService, step)) if !reconciles => Progress::Enters(Stage::PreScaleUp, step),
            Some((stage, step)) => Progress::Enters(stage, step),
            None => Progress::Completes,
        };
    }
    let late = now >= shift.entered_at + stage_limit(shift) || now >= over_at(shift, primary.created_at);
    // There is nothing to go back to any more once the old revision goes.
    if late && shift.stage < Stage::CleanUp {
        return Progress::Fails(DeploymentFailure::StageTimedOut);
    }
    Progress::Stays
}

/// DEP-36; a PAUSE may be given up to 14 days, and its stage with it (DEP-35).
fn stage_limit(shift: &TrafficShift) -> SimDuration {
    if shift.by_code_deploy {
        // Its waits between steps are as long as its configuration says (DEP-42).
        let waits = shift.holds_until - shift.entered_at;
        return CODE_DEPLOY_LIMIT + if shift.stage == Stage::ScaleUp { SimDuration::ZERO } else { waits };
    }
    let of_hooks = shift.running.iter().map(|run| shift.hooks[usize::from(run.hook)].timeout);
    of_hooks.fold(STAGE_LIMIT, SimDuration::max)
}

/// When a deployment has lasted too long (DEP-36).
fn over_at(shift: &TrafficShift, created_at: SimTime) -> SimTime {
    if shift.by_code_deploy { SimTime::NEVER } else { created_at + DEPLOYMENT_LIMIT }
}

/// Whether the tasks are as the stage asks for.
fn is_done(service: &Service, primary: &Deployment, shift: &TrafficShift) -> bool {
    let others = || service.deployments.iter().filter(|one| one.number != primary.number);
    match shift.stage {
        Stage::ReconcileService => {
            others().all(|other| Some(other.number) == shift.source || other.counts.active == 0)
        }
        Stage::ScaleUp => {
            let counts = &primary.counts;
            let staying = counts.active - counts.draining;
            staying >= service.settings.desired_count
                && counts.running == counts.active
                && counts.healthy == counts.active
        }
        Stage::CleanUp => others().all(|other| other.counts.present == 0),
        _ => true,
    }
}

/// How long a stage lasts at least from its begin: bake times, and what a Network Load Balancer takes for a shift.
/// Where no traffic is to be moved, nothing waits for it.
#[must_use]
pub fn least_time(shift: &TrafficShift, stage: Stage, step: u32) -> SimDuration {
    let has_source = shift.source.is_some();
    match stage {
        Stage::TestTrafficShift if shift.moves_traffic => shift.shift_delay,
        Stage::ProductionTrafficShift if has_source && shift.moves_traffic => {
            shift.shift_delay + shift.strategy.bake_after(step)
        }
        Stage::BakeTime if has_source => shift.bake_time,
        _ => SimDuration::ZERO,
    }
}

/// When a stage that does not end by itself is looked at again: at the end of what it waits for, and at its limits.
#[must_use]
pub fn next_looks(shift: &TrafficShift, created_at: SimTime) -> Vec<SimTime> {
    let hooks = shift.running.iter().map(|run| run.until);
    let limits = [shift.entered_at + stage_limit(shift), over_at(shift, created_at)];
    let mut looks: Vec<SimTime> = hooks.chain([shift.holds_until]).chain(limits).collect();
    looks.retain(|at| *at != SimTime::NEVER);
    looks.sort_unstable();
    looks.dedup();
    looks
}
