//! A deployment starts nothing above its maximum and stops nothing below its minimum.

use super::{Checker, Finding};
use crate::kernel::time::SimTime;
use crate::model::reason::StopCause;
use crate::model::service::{Service, ServiceStatus};
use crate::model::task::{DesiredStatus, Host, Origin, Task, TaskStatus};
use crate::model::task_set::TaskSetStatus;
use crate::model::traffic_shift::Stage;
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId, TaskId};

/// Looks at every start and every ordered stop of a service that deploys.
///
/// Only what the scheduler does is held against it: crashes and lost hosts may leave fewer, and a lowered desired
/// count may leave more, than the limits say.
pub(super) struct DeploymentLimits;

impl Checker for DeploymentLimits {
    fn name(&self) -> &'static str {
        "deployment limits"
    }

    fn observe(&mut self, _: SimTime, change: &Change, cluster: &Cluster) -> Finding {
        match change {
            Change::TaskCreated(new) if !new.settled => match new.origin {
                Origin::Service { service, deployment } if keeps_own_counts(cluster.service(service)) => {
                    start_of_revision_is_allowed(cluster, service, deployment)
                }
                Origin::Service { service, .. } => start_is_allowed(cluster, service),
                Origin::Caller { .. } => Ok(()),
            },
            Change::TaskStopOrdered {
                task,
                cause: cause @ (StopCause::Deployment | StopCause::ScaleIn | StopCause::Draining),
            } => {
                let found = &cluster.tasks[*task];
                let Some(service) = found.service() else { return Ok(()) };
                protection_holds(cluster, *task, service)?;
                if keeps_own_counts(cluster.service(service)) {
                    return stop_of_revision_is_allowed(cluster, service, found, *cause);
                }
                let drains = *cause == StopCause::Draining;
                match *cause != StopCause::ScaleIn && counts_as_healthy(cluster, service, found) {
                    true if drains && cluster.service(service).is_daemon() => Ok(()), // none is due there (SVC-5)
                    true => stop_is_allowed(cluster, service),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// With the new task at most `floor(desired × maximumPercent / 100)` are there.
fn start_is_allowed(cluster: &Cluster, id: ServiceId) -> Finding {
    let service = cluster.service(id);
    if !service.is_deploying() {
        return Ok(());
    }
    let (mut active, mut stopping) = (0, 0);
    // A daemon service wants none on DRAINING instances: what is there, or goes from there, takes up no room (SVC-5).
    let leaves = |task: &&Task| {
        service.is_daemon() && (sits_on_draining(cluster, task) || task.stop == Some(StopCause::Draining))
    };
    for task in tasks_of(cluster, service).filter(|task| !leaves(task)) {
        match (task.desired_status, task.last_status) {
            (DesiredStatus::Running, _) => active += 1,
            (DesiredStatus::Stopped, TaskStatus::Deprovisioning | TaskStatus::Stopped) => {}
            (DesiredStatus::Stopped, _) => stopping += 1,
        }
    }
    let counts_stopping = cluster.parameters.values().count_stopping_in_max;
    let counted = active + if counts_stopping { stopping } else { 0 };
    let most = u64::from(service.settings.desired_count) * u64::from(service.settings.maximum_percent) / 100;
    if counted <= most {
        return Ok(());
    }
    Err(format!(
        "{}: a start made it {active} tasks and {stopping} stopping, at most {most} are allowed",
        service.name
    ))
}

/// Whether its revisions do not share the limits of one rolling deployment: traffic shifts, or they are task sets.
fn keeps_own_counts(service: &Service) -> bool {
    service.shift().is_some() || service.has_task_sets()
}

/// The desired count, or the share of it that a task set has, rounded up (DEP-40).
fn wanted_of(service: &Service, number: DeploymentNumber) -> u64 {
    let desired = u64::from(service.settings.desired_count);
    match service.task_set(number) {
        Some(set) if set.status == TaskSetStatus::Draining => 0,
        Some(set) => (desired * u64::from(set.scale_millionths)).div_ceil(1_000_000),
        None => desired,
    }
}

/// While traffic shifts, each revision keeps within the maximum for itself (DEP-30).
fn start_of_revision_is_allowed(cluster: &Cluster, id: ServiceId, number: DeploymentNumber) -> Finding {
    let service = cluster.service(id);
    let of_it = |task: &&Task| {
        let origin = Origin::Service { service: id, deployment: number };
        task.origin == origin && task.desired_status == DesiredStatus::Running
    };
    let leaves = |task: &&Task| sits_on_draining(cluster, task);
    let active = tasks_of(cluster, service).filter(of_it).filter(|task| !leaves(task)).count() as u64;
    let wanted = wanted_of(service, number);
    let most = wanted * u64::from(service.settings.maximum_percent) / 100;
    if active <= most {
        return Ok(());
    }
    Err(format!("{}: a start made it {active} tasks of revision {}, at most {most}", service.name, number.0))
}

/// While traffic shifts, a revision that serves keeps its desired count, or the minimum of it where instances drain (DEP-30,
/// INS-6).
fn stop_of_revision_is_allowed(cluster: &Cluster, id: ServiceId, task: &Task, cause: StopCause) -> Finding {
    let service = cluster.service(id);
    let Origin::Service { deployment, .. } = task.origin else { return Ok(()) };
    let is_over = service.shift().is_some_and(|shift| {
        shift.stage == Stage::CleanUp && service.primary().is_some_and(|one| one.number != deployment)
    });
    if is_over || service.traffic_of(deployment).unwrap_or(0) == 0 || !counts_as_healthy(cluster, id, task) {
        return Ok(());
    }
    let of_it = |one: &&Task| {
        one.origin == task.origin
            && one.desired_status == DesiredStatus::Running
            && counts_as_healthy(cluster, id, one)
    };
    let healthy = tasks_of(cluster, service).filter(of_it).count() as u64;
    let percent = if cause == StopCause::Draining { service.settings.minimum_healthy_percent } else { 100 };
    let least = (wanted_of(service, deployment) * u64::from(percent)).div_ceil(100);
    let is_scale_in = cause == StopCause::ScaleIn; // of what is healthy, some may be too many and some lost
    if healthy >= least || is_scale_in {
        return Ok(());
    }
    let (name, number) = (&service.name, deployment.0);
    Err(format!(
        "{name}: a stop left {healthy} healthy tasks of revision {number}, which serves; {least} are due"
    ))
}

/// Without the task at least `ceil(desired × minimumHealthyPercent / 100)` healthy ones are left.
fn stop_is_allowed(cluster: &Cluster, id: ServiceId) -> Finding {
    let service = cluster.service(id);
    let healthy = tasks_of(cluster, service)
        .filter(|task| task.desired_status == DesiredStatus::Running && counts_as_healthy(cluster, id, task));
    let healthy = healthy.count() as u64;
    let least = (u64::from(service.settings.desired_count)
        * u64::from(service.settings.minimum_healthy_percent))
    .div_ceil(100);
    if healthy >= least {
        return Ok(());
    }
    Err(format!("{}: a stop left {healthy} healthy tasks, {least} are due", service.name))
}

/// By SVC-12; where only instances drain, and no deployment is on, without checks from RUNNING on (SVC-13).
fn counts_as_healthy(cluster: &Cluster, service: ServiceId, task: &Task) -> bool {
    let only_drains = !cluster.service(service).is_deploying();
    let unchecked =
        !cluster.task_definition(task.task_definition).has_health_check() && task.targets.is_empty();
    task.healthy || only_drains && unchecked && task.last_status == TaskStatus::Running
}

/// A protected task is not told to stop by a scale-in or a deployment, unless its instance drains (SVC-20).
fn protection_holds(cluster: &Cluster, id: TaskId, service: ServiceId) -> Finding {
    let task = &cluster.tasks[id];
    let drains = sits_on_draining(cluster, task);
    if task.protected_until.is_none() || drains || cluster.service(service).status != ServiceStatus::Active {
        return Ok(());
    }
    Err(format!("{} is protected and told to stop", cluster.task_name(id)))
}

fn sits_on_draining(cluster: &Cluster, task: &Task) -> bool {
    match task.host {
        Host::Instance(instance) => cluster.instances[instance].status.is_draining(),
        Host::Fargate(_) | Host::Unplaced(_) => false,
    }
}

fn tasks_of<'c>(cluster: &'c Cluster, service: &'c Service) -> impl Iterator<Item = &'c Task> {
    service.tasks.iter().map(|task| &cluster.tasks[*task])
}

#[cfg(test)]
mod tests {
    //! Holds DEP-1, DEP-3, DEP-4, INS-6, SVC-13, SVC-20.

    use super::super::support::Hand;
    use crate::kernel::time::SimTime;
    use crate::model::instance::InstanceStatus;
    use crate::model::reason::StopCause;
    use crate::model::service::RolloutState;
    use crate::model::task::TaskStatus;
    use crate::model::{Change, DeploymentNumber, ServiceId, TaskId};

    /// Two healthy tasks at rest, then a deployment: minimum 50 %, maximum 150 %, so 1 to 3 tasks.
    fn deploying() -> (Hand, [TaskId; 2]) {
        let mut hand = Hand::with_instances(2);
        hand.service(2, 50, 150);
        let tasks = [hand.task_of_service(1), hand.task_of_service(1)];
        for task in tasks {
            hand.status(task, TaskStatus::Running);
            hand.healthy(task, true);
        }
        let (service, deployment) = (ServiceId(0), DeploymentNumber(1));
        let (from, to) = (RolloutState::InProgress, RolloutState::Completed);
        hand.make(&Change::RolloutStateChanged { service, deployment, from, to, failure: None });
        hand.deployment(2);
        (hand, tasks)
    }

    fn verdict_of(hand: Hand) -> Result<(), String> {
        hand.verdict().map_err(|violation| {
            assert_eq!(violation.invariant, "deployment limits");
            violation.what
        })
    }

    #[test]
    fn one_start_and_one_stop_are_within_the_limits() {
        let (mut hand, [old, _]) = deploying();
        hand.task_of_service(2);
        hand.order_stop(old, StopCause::Deployment);
        assert_eq!(verdict_of(hand), Ok(()));
    }

    #[test]
    fn a_start_above_the_maximum_is_noticed() {
        let (mut hand, _) = deploying();
        hand.task_of_service(2);
        hand.task_of_service(2);
        let expected = "web: a start made it 4 tasks and 0 stopping, at most 3 are allowed";
        assert_eq!(verdict_of(hand), Err(expected.to_owned()));
    }

    #[test]
    fn a_stopping_task_takes_its_place_until_it_has_left_stopping() {
        let (mut hand, [old, _]) = deploying();
        hand.task_of_service(2);
        hand.order_stop(old, StopCause::Deployment);
        hand.status(old, TaskStatus::Stopping);
        hand.task_of_service(2);
        assert!(verdict_of(hand).is_err_and(|what| what.contains("3 tasks and 1 stopping")));
    }

    #[test]
    fn a_stop_below_the_minimum_is_noticed() {
        let (mut hand, tasks) = deploying();
        tasks.into_iter().for_each(|task| hand.order_stop(task, StopCause::Deployment));
        assert_eq!(verdict_of(hand), Err("web: a stop left 0 healthy tasks, 1 are due".to_owned()));
    }

    #[test]
    fn a_protected_task_that_is_told_to_stop_is_noticed() {
        let (mut hand, [old, _]) = deploying();
        hand.make(&Change::TaskProtectionChanged { task: old, until: Some(SimTime(60_000)) });
        hand.order_stop(old, StopCause::Deployment);
        assert_eq!(verdict_of(hand), Err("web#1 is protected and told to stop".to_owned()));
    }

    /// Three tasks of two run on an instance that drains; minimum 100 %, and at rest RUNNING is healthy without checks.
    fn draining(stops: usize) -> Result<(), String> {
        let mut hand = Hand::with_instances(1);
        hand.service(2, 100, 200);
        let tasks = [hand.task_of_service(1), hand.task_of_service(1), hand.task_of_service(1)];
        tasks.into_iter().for_each(|task| hand.status(task, TaskStatus::Running));
        let (service, deployment) = (ServiceId(0), DeploymentNumber(1));
        let (from, to) = (RolloutState::InProgress, RolloutState::Completed);
        hand.make(&Change::RolloutStateChanged { service, deployment, from, to, failure: None });
        let instance = hand.cluster.instance_in_slot(0);
        let (from, to) = (InstanceStatus::Active, InstanceStatus::Draining);
        hand.make(&Change::InstanceStatusChanged { instance, from, to });
        tasks.into_iter().take(stops).for_each(|task| hand.order_stop(task, StopCause::Draining));
        verdict_of(hand)
    }

    #[test]
    fn a_drained_task_below_the_minimum_is_noticed() {
        assert_eq!(draining(1), Ok(()));
        assert_eq!(draining(2), Err("web: a stop left 1 healthy tasks, 2 are due".to_owned()));
    }

    #[test]
    fn a_task_that_is_not_healthy_may_be_stopped_at_any_time() {
        let (mut hand, [one, two]) = deploying();
        hand.healthy(one, false);
        hand.healthy(two, false);
        hand.order_stop(one, StopCause::Deployment);
        hand.order_stop(two, StopCause::Deployment);
        assert_eq!(verdict_of(hand), Ok(()));
    }
}
