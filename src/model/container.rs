//! The containers of a task (CON).

use super::task_definition::{Condition, ContainerDefinition, TaskDefinition};
use crate::kernel::time::SimTime;

/// One container of a task, at the position of its definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Container {
    /// The last status that the agent reported.
    pub last_status: ContainerStatus,
    /// What its health check says (CON-7).
    pub health: HealthStatus,
    /// How it last ended; `None` before its first exit, and for one that never started.
    pub exit: Option<ContainerExit>,
    /// Its latest start; what counts for health probes and restarts.
    pub started_at: Option<SimTime>,
    /// How often it was started again in place (CON-11).
    pub restarts: u32,
}

/// The last status of a container, as `lastStatus` prints it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ContainerStatus {
    /// Its image is pulled, or it waits for another container.
    Pending,
    /// Started.
    Running,
    /// Exited, or told to stop before it started.
    Stopped,
}

/// Health of a container or of a task (CON-7, CON-8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HealthStatus {
    /// Passed its latest probes.
    Healthy,
    /// Still evaluated, or no check defined.
    Unknown,
    /// Failed as many probes in a row as `retries` says.
    Unhealthy,
}

/// How a container ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ContainerExit {
    /// Its exit code.
    pub code: i32,
    /// What made it end.
    pub cause: ExitCause,
}

/// What made a container end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ExitCause {
    /// Its own doing: it was done, or it crashed.
    Itself,
    /// It used more memory than its hard limit allows (CON-14).
    OutOfMemory,
    /// The stop signal (LIF-8).
    Signal,
}

impl ContainerExit {
    /// An exit with `code` by the container's own doing.
    #[must_use]
    pub fn by_itself(code: i32) -> ContainerExit {
        ContainerExit { code, cause: ExitCause::Itself }
    }

    /// The kill for too much memory (CON-14).
    pub const OUT_OF_MEMORY: ContainerExit = ContainerExit { code: 137, cause: ExitCause::OutOfMemory };

    /// The end after the stop signal: by SIGTERM itself (128 + 15), or by SIGKILL after stopTimeout (128 + 9).
    #[must_use]
    pub fn after_signal(killed: bool) -> ContainerExit {
        ContainerExit { code: if killed { 137 } else { 143 }, cause: ExitCause::Signal }
    }

    /// Whether its work was done.
    #[must_use]
    pub fn is_success(self) -> bool {
        self.code == 0
    }
}

impl Container {
    /// A container that has not started.
    pub const NEW: Container = Container {
        last_status: ContainerStatus::Pending,
        health: HealthStatus::Unknown,
        exit: None,
        started_at: None,
        restarts: 0,
    };

    /// Whether it has started at least once, even if it has ended since.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.started_at.is_some()
    }

    /// A container of a task that is at rest at time zero: running and healthy, or done where others waited for
    /// its end.
    #[must_use]
    pub fn settled(definition: &TaskDefinition, index: usize, now: SimTime) -> Container {
        let started = Container { started_at: Some(now), ..Container::NEW };
        if definition.is_awaited(index, |condition| condition.asks_for_an_end()) {
            return Container {
                last_status: ContainerStatus::Stopped,
                exit: Some(ContainerExit::by_itself(0)),
                ..started
            };
        }
        let checked = definition.containers[index].health_check.is_some();
        let health = if checked { HealthStatus::Healthy } else { HealthStatus::Unknown };
        Container { last_status: ContainerStatus::Running, health, ..started }
    }
}

/// The health of a task: the worst of its essential containers that define a check (CON-8).
#[must_use]
pub fn task_health(definitions: &[ContainerDefinition], containers: &[Container]) -> HealthStatus {
    let checked = definitions.iter().zip(containers).filter(|(definition, _)| definition.counts_for_health());
    let states = checked.map(|(_, container)| container.health);
    states
        .max_by_key(|health| match health {
            HealthStatus::Healthy => 0,
            HealthStatus::Unknown => 1,
            HealthStatus::Unhealthy => 2,
        })
        .unwrap_or(HealthStatus::Unknown)
}

impl ContainerStatus {
    /// The status as the ECS API prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ContainerStatus::Pending => "PENDING",
            ContainerStatus::Running => "RUNNING",
            ContainerStatus::Stopped => "STOPPED",
        }
    }
}

impl HealthStatus {
    /// The status as the ECS API prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            HealthStatus::Healthy => "HEALTHY",
            HealthStatus::Unknown => "UNKNOWN",
            HealthStatus::Unhealthy => "UNHEALTHY",
        }
    }
}

impl Condition {
    /// Whether it is met only by a container that has exited.
    #[must_use]
    pub fn asks_for_an_end(self) -> bool {
        matches!(self, Condition::Complete | Condition::Success)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::SimDuration;
    use crate::model::task_definition::HealthCheck;

    fn definition(essential: bool, checked: bool) -> ContainerDefinition {
        let interval = SimDuration::from_secs(30);
        let check = HealthCheck { interval, timeout: interval, retries: 3, start_period: SimDuration::ZERO };
        ContainerDefinition {
            name: String::new(),
            essential,
            cpu: 0,
            memory_mib: Some(8),
            memory_reservation_mib: None,
            stop_timeout: interval,
            start_timeout: None,
            container_ports: Vec::new(),
            health_check: checked.then_some(check),
            restart_policy: None,
            depends_on: Vec::new(),
        }
    }

    /// CON-8: of two essential containers with a check the worse counts; one without a check, or not essential, never.
    #[test]
    fn a_task_is_as_healthy_as_the_worst_of_its_essential_checked_containers() {
        use HealthStatus::{Healthy, Unhealthy, Unknown};
        let of = |definitions: &[ContainerDefinition], healths: &[HealthStatus]| {
            let containers: Vec<_> =
                healths.iter().map(|&health| Container { health, ..Container::NEW }).collect();
            task_health(definitions, &containers)
        };
        let both = [definition(true, true), definition(true, true)];
        assert_eq!(of(&both, &[Healthy, Healthy]), Healthy);
        assert_eq!(of(&both, &[Healthy, Unknown]), Unknown);
        assert_eq!(of(&both, &[Unhealthy, Unknown]), Unhealthy);
        assert_eq!(of(&[definition(true, true), definition(false, true)], &[Healthy, Unhealthy]), Healthy);
        assert_eq!(of(&[definition(true, true), definition(true, false)], &[Healthy, Unknown]), Healthy);
        assert_eq!(of(&[definition(true, false)], &[Unknown]), Unknown);
    }
}
