//! The order of containers: which may start, which may get the stop signal (CON-2, CON-3, CON-4, CON-11).

use crate::kernel::time::SimTime;
use crate::model::container::{Container, ContainerExit, ContainerStatus, HealthStatus};
use crate::model::stop::StartFailure;
use crate::model::task_definition::{Condition, ContainerDefinition, Dependency};

/// Whether a container that has not started may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// Everything it waits for is there.
    Ready,
    /// It waits.
    Waits,
    /// What it waits for cannot come any more: the task stops (CON-4).
    Never(StartFailure),
}

/// Whether the container at `index` may start now. One that has exited and is starting again in place has not come to
/// its end (CON-11).
#[must_use]
pub fn readiness(
    definitions: &[ContainerDefinition],
    containers: &[Container],
    index: usize,
    starts_again: impl Fn(usize) -> bool,
) -> Readiness {
    let mut waits = false;
    for dependency in &definitions[index].depends_on {
        match standing(dependency, &containers[dependency.on], starts_again(dependency.on)) {
            Readiness::Ready => {}
            Readiness::Waits => waits = true,
            Readiness::Never(_) => {
                let failure =
                    StartFailure::DependencyFailed { container: index as u8, on: dependency.on as u8 };
                return Readiness::Never(failure);
            }
        }
    }
    if waits { Readiness::Waits } else { Readiness::Ready }
}

/// Whether the container at `index` still waits for the one at `on`.
#[must_use]
pub fn waits_for(
    definitions: &[ContainerDefinition],
    containers: &[Container],
    index: usize,
    on: usize,
) -> bool {
    containers[index].last_status == ContainerStatus::Pending
        && definitions[index].depends_on.iter().any(|dependency| {
            dependency.on == on && standing(dependency, &containers[on], false) == Readiness::Waits
        })
}

/// How one dependency stands. HEALTHY is asked for at the start only (CON-2).
fn standing(dependency: &Dependency, awaited: &Container, starts_again: bool) -> Readiness {
    let never = Readiness::Never(StartFailure::DependencyFailed { container: 0, on: dependency.on as u8 });
    let ended = awaited.last_status == ContainerStatus::Stopped && !starts_again;
    match dependency.condition {
        Condition::Start if awaited.has_started() => Readiness::Ready,
        Condition::Complete if ended => Readiness::Ready,
        Condition::Success if ended && awaited.exit.is_some_and(ContainerExit::is_success) => {
            Readiness::Ready
        }
        Condition::Success if ended => never,
        Condition::Healthy if awaited.health == HealthStatus::Healthy && !ended => Readiness::Ready,
        Condition::Healthy if ended => never,
        Condition::Start | Condition::Complete | Condition::Success | Condition::Healthy => Readiness::Waits,
    }
}

/// Whether the container at `index` may get the stop signal: all that depend on it have stopped (CON-3).
#[must_use]
pub fn may_stop(definitions: &[ContainerDefinition], containers: &[Container], index: usize) -> bool {
    let depends = |definition: &ContainerDefinition| {
        definition.depends_on.iter().any(|dependency| dependency.on == index)
    };
    let dependents = definitions.iter().zip(containers).filter(|(definition, _)| depends(definition));
    dependents.into_iter().all(|(_, container)| container.last_status == ContainerStatus::Stopped)
}

/// Whether the agent starts a container again in place after `exit` at `now` (CON-11). The task must not have been
/// told to stop.
#[must_use]
pub fn restarts(
    definition: &ContainerDefinition,
    container: &Container,
    exit: ContainerExit,
    now: SimTime,
) -> bool {
    let Some(policy) = &definition.restart_policy else { return false };
    let Some(since) = container.started_at else { return false };
    !policy.ignored_exit_codes.contains(&exit.code) && now - since >= policy.attempt_period
}

#[cfg(test)]
mod tests;
