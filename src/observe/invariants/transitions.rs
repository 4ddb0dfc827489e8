//! Statuses only go the ways ECS knows: forward for tasks (LIF-1), once for a stop order (LIF-2).

use super::{Checker, Finding};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::Lifecycle;
use crate::model::change::NewTask;
use crate::model::container::{Container, ContainerStatus};
use crate::model::instance::InstanceStatus;
use crate::model::service::{RolloutState, ServiceStatus};
use crate::model::target_group::TargetState;
use crate::model::task::TaskStatus;
use crate::model::{Change, Cluster, InstanceId, TaskId};

/// Remembers where every task and instance stood, and compares what a change says with it.
#[derive(Default)]
pub(super) struct Transitions {
    now: SimTime,
    tasks: Vec<Option<TaskStands>>,
    instances: Vec<InstanceStatus>,
    services: Vec<ServiceStatus>,
    deployments: Vec<u32>,
}

#[derive(Clone, Copy)]
struct TaskStands {
    status: TaskStatus,
    told_to_stop: bool,
    healthy: bool,
    stopped_at: SimTime,
}

impl Checker for Transitions {
    fn name(&self) -> &'static str {
        "legal transitions"
    }

    fn begin(&mut self, cluster: &Cluster) {
        self.instances = cluster.instances.iter().map(|(_, instance)| instance.status).collect();
        self.services = cluster.services.iter().map(|service| service.status).collect();
        self.deployments = cluster.services.iter().map(|service| service.deployments_ever).collect();
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) -> Finding {
        must(at >= self.now, || format!("time goes back from {} to {at}", self.now))?;
        self.now = at;
        match change {
            Change::TaskCreated(new) => self.task_created(at, new),
            Change::TaskStatusChanged { task, from, to } => self.task_moves(at, *task, *from, *to, cluster),
            Change::TaskHealthChanged { task, healthy } => self.task_turns(*task, *healthy, cluster),
            Change::TaskStopOrdered { task, .. } => self.task_is_told(*task, cluster),
            Change::ContainerStatusChanged { task, container, from, to, .. } => {
                self.container_moves(*task, usize::from(*container), (*from, *to), cluster)
            }
            Change::ContainerHealthChanged { task, container, to, .. } => {
                let found = &cluster.tasks[*task].containers[usize::from(*container)];
                let definitions = &cluster.task_definition(cluster.tasks[*task].task_definition).containers;
                let checked = definitions[usize::from(*container)].health_check.is_some();
                let legal = checked && found.last_status == ContainerStatus::Running && found.health == *to;
                must(legal, || format!("{}: health of container {container}", cluster.task_name(*task)))
            }
            Change::TargetStateChanged { task, target, from, to } => {
                target_moves(*task, usize::from(*target), (*from, *to), cluster)
            }
            Change::TaskForgotten { task } => self.task_is_forgotten(at, *task, cluster),
            Change::InstanceRegistered(instance) | Change::InstanceLaunched(instance) => {
                let newest = cluster.newest_instance().map_or(0, |id| id.slot());
                if self.instances.len() <= newest {
                    self.instances.resize(newest + 1, InstanceStatus::Unregistered);
                }
                self.instances[newest] = instance.status;
                Ok(())
            }
            Change::InstanceLifecycleChanged { instance, from, to } => {
                let legal = matches!(
                    (from, to),
                    (Lifecycle::Pending, Lifecycle::PendingWait | Lifecycle::InService)
                        | (Lifecycle::PendingWait, Lifecycle::InService)
                        | (
                            Lifecycle::Pending | Lifecycle::PendingWait | Lifecycle::InService,
                            Lifecycle::TerminatingWait | Lifecycle::Terminating
                        )
                        | (Lifecycle::TerminatingWait, Lifecycle::Terminating)
                        | (Lifecycle::Terminating, Lifecycle::Terminated)
                        | (
                            Lifecycle::WarmedPending,
                            Lifecycle::WarmedStopped
                                | Lifecycle::WarmedRunning
                                | Lifecycle::WarmedHibernated
                                | Lifecycle::Terminating
                        )
                        | (
                            Lifecycle::WarmedStopped | Lifecycle::WarmedRunning | Lifecycle::WarmedHibernated,
                            Lifecycle::Pending | Lifecycle::Terminating
                        )
                );
                must(legal, || format!("{}: {from:?} to {to:?}", cluster.instance_name(*instance)))
            }
            Change::DesiredCapacityChanged { group, to, .. } => {
                let group = cluster.auto_scaling_group(*group);
                let within = (group.settings.min_size..=group.settings.max_size).contains(to);
                must(within, || format!("group {} is to hold {to}", group.name))
            }
            Change::InstanceStatusChanged { instance, from, to } => {
                self.instance_moves(*instance, *from, *to, cluster)
            }
            Change::ServiceCreated(service) => {
                self.services.push(service.status);
                self.deployments.push(service.deployments_ever);
                Ok(())
            }
            Change::ServiceStatusChanged { service, from, to } => {
                let stood = std::mem::replace(&mut self.services[service.index()], *to);
                let legal = matches!(
                    (from, to),
                    (ServiceStatus::Active, ServiceStatus::Draining)
                        | (ServiceStatus::Draining, ServiceStatus::Inactive)
                );
                let name = &cluster.service(*service).name;
                must(legal && stood == *from, || format!("{name}: {stood:?}, said {from:?}, to {to:?}"))
            }
            Change::DeploymentStarted { service, deployment } => {
                let (number, ever) = (deployment.number.0, &mut self.deployments[service.index()]);
                *ever += 1;
                let name = &cluster.service(*service).name;
                must(number == *ever, || format!("{name}: deployment {number} begins as number {ever}"))
            }
            Change::TaskSetChanged { service, deployment, task_set } => {
                let found = cluster.service(*service);
                let sets = found.deployments.iter().filter_map(|one| one.task_set.as_deref());
                let primaries =
                    sets.filter(|set| set.status == crate::model::task_set::TaskSetStatus::Primary).count();
                let legal =
                    primaries <= 1 && found.task_set(*deployment) == Some(task_set) && found.has_task_sets();
                must(legal, || format!("{}: task set {} with {primaries} PRIMARY", found.name, deployment.0))
            }
            Change::MinutesMeasured { service, first, count, minute } => {
                let name = &cluster.service(*service).name;
                let sound = minute.failed <= minute.served
                    && minute.served <= minute.requests
                    && *count > 0
                    && *first * 60_000 < at.0.max(1);
                must(sound, || format!("{name}: minute {first} ({count}): {minute:?}"))
            }
            Change::DesiredCountScaled { service, from, to, .. } => {
                let found = cluster.service(*service);
                let bounds = found.scaling.as_ref().map(|target| (target.min, target.max));
                let within = bounds.is_some_and(|(min, max)| (min..=max).contains(to));
                let stood = found.settings.desired_count == *from && from != to;
                must(within && stood, || format!("{}: scaled from {from} to {to}", found.name))
            }
            Change::RollbackStarted { service, deployment } => {
                let found = cluster.service(*service);
                let back = found.primary().is_some_and(|primary| {
                    primary.number == deployment.number && primary.rollout_state == RolloutState::InProgress
                });
                let failed = found.deployments.iter().rev().nth(1);
                let follows = failed.is_some_and(|failed| failed.rollout_state == RolloutState::Failed);
                let name = &found.name;
                must(back && follows, || format!("{name}: a rollback to {}", deployment.number.0))
            }
            Change::FailuresCounted { service, deployment, failures, .. } => {
                let newest = cluster.service(*service).primary();
                let legal = newest.is_some_and(|newest| {
                    newest.number == *deployment && newest.rollout_state == RolloutState::InProgress
                });
                let name = &cluster.service(*service).name;
                must(legal, || format!("{name}: deployment {} counts {failures} failures", deployment.0))
            }
            Change::RolloutStateChanged { service, deployment, from, to, failure } => {
                let failed = *to == RolloutState::Failed;
                let legal = *from == RolloutState::InProgress
                    && *to != RolloutState::InProgress
                    && failed == failure.is_some();
                let name = &cluster.service(*service).name;
                must(legal, || format!("deployment {} of {name}: {from:?} to {to:?}", deployment.0))
            }
            Change::TaskDefinitionRegistered(_)
            | Change::AutoScalingGroupCreated(_)
            | Change::AutoScalingGroupUpdated { .. }
            | Change::CapacityProviderCreated(_)
            | Change::CapacityProviderUpdated { .. }
            | Change::DefaultCapacityChanged(_)
            | Change::ProcessesSuspended { .. }
            | Change::ScheduledActionChanged { .. }
            | Change::InstanceRefreshChanged { .. }
            | Change::WarmPoolChanged { .. }
            | Change::InstanceTerminationOrdered { .. }
            | Change::ScaleInProtectionChanged { .. }
            | Change::InstanceForgotten { .. }
            | Change::ReservationMeasured { .. }
            | Change::TaskPlaced { .. }
            | Change::TargetGroupCreated(_)
            | Change::BakeTimeStarted { .. }
            | Change::StageEntered { .. }
            | Change::DeploymentGroupCreated { .. }
            | Change::DeploymentConfigCreated { .. }
            | Change::ScalingChanged { .. }
            | Change::MetricAlarmPut { .. }
            | Change::AlarmChanged { .. }
            | Change::ZoneOutageBegan { .. }
            | Change::ZoneOutageEnded { .. }
            | Change::ServiceUpdated { .. }
            | Change::DeploymentEnded { .. }
            | Change::SteadyStateChanged { .. }
            | Change::RebalancingChanged { .. }
            | Change::ServicePlacementRefused { .. }
            | Change::CallerNamed { .. }
            | Change::TaskRequested { .. }
            | Change::TaskRequestRefused { .. }
            | Change::TaskRequestAbandoned { .. }
            | Change::AgentConnectionChanged { .. }
            | Change::InstanceAttributesChanged { .. }
            | Change::TaskProtectionChanged { .. }
            | Change::SpotCapacityChanged { .. }
            | Change::RebalanceRecommended { .. }
            | Change::SpotFallbackChanged { .. }
            | Change::InterruptionNoticed { .. }
            | Change::CapacityOutageChanged { .. }
            | Change::StartThrottleChanged { .. }
            | Change::ServiceEventWritten { .. }
            | Change::PullStopped { .. }
            | Change::TaskImpairmentChanged { .. }
            | Change::TaskHostLost { .. }
            | Change::TaskEndedUnheard { .. }
            | Change::StopReasonGiven { .. }
            | Change::RequestFailed { .. } => Ok(()),
        }
    }
}

/// LB-2: registered, healthy or not, draining, gone; only a task that is told to stop leaves, and what is STOPPED is
/// no target.
fn target_moves(
    id: TaskId,
    target: usize,
    (from, to): (TargetState, TargetState),
    cluster: &Cluster,
) -> Finding {
    let task = &cluster.tasks[id];
    let legal = match (from, to) {
        (TargetState::Unused, TargetState::Initial) => task.last_status == TaskStatus::Activating,
        (TargetState::Initial | TargetState::Unhealthy, TargetState::Healthy)
        | (TargetState::Initial | TargetState::Healthy, TargetState::Unhealthy) => task.is_active(),
        (TargetState::Initial | TargetState::Healthy | TargetState::Unhealthy, TargetState::Draining)
        | (TargetState::Draining, TargetState::Unused) => !task.is_active(),
        _ => false,
    };
    let stands = task.targets.get(target).is_some_and(|target| target.state == to);
    let name = cluster.task_name(id);
    must(legal && stands, || format!("{name}: target {target} goes from {} to {}", from.name(), to.name()))
}

impl Transitions {
    fn task_created(&mut self, at: SimTime, new: &NewTask) -> Finding {
        let slot = new.task.slot();
        if self.tasks.len() <= slot {
            self.tasks.resize(slot + 1, None);
        }
        let stands = TaskStands {
            status: new.first_status,
            told_to_stop: false,
            healthy: new.settled,
            stopped_at: SimTime::NEVER,
        };
        let before = self.tasks[slot].replace(stands);
        must(before.is_none(), || format!("{:?} is created over a task that is not forgotten", new.task))?;
        let first = match new.settled {
            true => new.first_status == TaskStatus::Running,
            false => matches!(new.first_status, TaskStatus::Provisioning | TaskStatus::Pending),
        };
        must(first, || format!("{:?} begins in {}", new.task, new.first_status.name()))?;
        let ordered = new.requested_at <= new.created_at && new.created_at == at;
        must(ordered, || {
            format!(
                "{:?}: requested {:?}, created {:?}, now {at:?}",
                new.task, new.requested_at, new.created_at
            )
        })
    }

    /// Where a task stands.
    fn stands(&mut self, task: TaskId) -> Result<&mut TaskStands, String> {
        let stands = self.tasks.get_mut(task.slot()).and_then(Option::as_mut);
        stands.ok_or_else(|| format!("{task:?} was never created, or is forgotten"))
    }

    /// A container runs once told, ends, and runs again only where its restart policy says so (CON-11); what it waits
    /// for was there when it started (CON-2).
    fn container_moves(
        &mut self,
        id: TaskId,
        index: usize,
        (from, to): (ContainerStatus, ContainerStatus),
        cluster: &Cluster,
    ) -> Finding {
        let told_to_stop = self.stands(id)?.told_to_stop;
        let task = &cluster.tasks[id];
        let definition = &cluster.task_definition(task.task_definition).containers[index];
        let legal = match (from, to) {
            (ContainerStatus::Pending, ContainerStatus::Running) => !told_to_stop,
            (ContainerStatus::Stopped, ContainerStatus::Running) => {
                !told_to_stop && definition.restart_policy.is_some()
            }
            (ContainerStatus::Pending | ContainerStatus::Running, ContainerStatus::Stopped) => true,
            (ContainerStatus::Pending | ContainerStatus::Running | ContainerStatus::Stopped, _) => false,
        };
        let name = || format!("{} container {}", cluster.task_name(id), definition.name);
        must(legal, || format!("{}: {} to {}", name(), from.name(), to.name()))?;
        let awaited = definition.depends_on.iter().map(|dependency| &task.containers[dependency.on]);
        let unmet = |container: &Container| !container.has_started();
        let early =
            (from, to) == (ContainerStatus::Pending, ContainerStatus::Running) && { awaited }.any(unmet);
        must(!early, || format!("{} starts before what it waits for", name()))
    }

    fn task_moves(
        &mut self,
        at: SimTime,
        task: TaskId,
        from: TaskStatus,
        to: TaskStatus,
        cluster: &Cluster,
    ) -> Finding {
        let stands = self.stands(task)?;
        let (stood, told_to_stop) = (stands.status, stands.told_to_stop);
        stands.status = to;
        if to == TaskStatus::Stopped {
            stands.stopped_at = at;
        }
        let name = || cluster.task_name(task);
        must(stood == from, || format!("{} stood at {}, said {}", name(), stood.name(), from.name()))?;
        must(from < to, || format!("{}: from {} back to {}", name(), from.name(), to.name()))?;
        must((to > TaskStatus::Running) == told_to_stop, || match told_to_stop {
            true => format!("{} is told to stop and goes to {}", name(), to.name()),
            false => format!("{} goes to {} and nobody told it to stop", name(), to.name()),
        })?;
        if to == TaskStatus::Stopped { times_are_ordered(at, task, cluster) } else { Ok(()) }
    }

    fn task_turns(&mut self, task: TaskId, healthy: bool, cluster: &Cluster) -> Finding {
        let stands = self.stands(task)?;
        let was = std::mem::replace(&mut stands.healthy, healthy);
        let may_be = stands.status == TaskStatus::Running && !stands.told_to_stop;
        let name = || cluster.task_name(task);
        must(was != healthy, || format!("{} turns healthy: {healthy}, which it was", name()))?;
        must(may_be || !healthy, || format!("{} is healthy without running", name()))
    }

    fn task_is_told(&mut self, task: TaskId, cluster: &Cluster) -> Finding {
        let stands = self.stands(task)?;
        let twice = std::mem::replace(&mut stands.told_to_stop, true);
        let gone = stands.status == TaskStatus::Stopped;
        must(!twice, || format!("{} is told to stop twice", cluster.task_name(task)))?;
        must(!gone, || format!("{} is told to stop and is STOPPED", cluster.task_name(task)))
    }

    fn task_is_forgotten(&mut self, at: SimTime, task: TaskId, cluster: &Cluster) -> Finding {
        let stands = *self.stands(task)?;
        self.tasks[task.slot()] = None;
        let retention: SimDuration = cluster.parameters.values().stopped_task_retention;
        let due = stands.status == TaskStatus::Stopped && at >= stands.stopped_at + retention;
        must(due, || format!("{task:?} is forgotten too early"))
    }

    /// ACTIVE or DRAINING, gone unnoticed, deregistered, and ACTIVE again, with a trunk interface by way of REGISTERING
    /// (INS-1, INS-7).
    fn instance_moves(
        &mut self,
        id: InstanceId,
        from: InstanceStatus,
        to: InstanceStatus,
        cluster: &Cluster,
    ) -> Finding {
        let stood = std::mem::replace(&mut self.instances[id.slot()], to);
        let legal = matches!(
            (from, to),
            (InstanceStatus::Active, InstanceStatus::Lost | InstanceStatus::Draining)
                | (InstanceStatus::Draining, InstanceStatus::Active | InstanceStatus::LostDraining)
                | (InstanceStatus::Active | InstanceStatus::Draining, InstanceStatus::Deregistered)
                | (InstanceStatus::Lost, InstanceStatus::Inactive | InstanceStatus::LostDraining)
                | (InstanceStatus::LostDraining, InstanceStatus::Inactive | InstanceStatus::Lost)
                | (
                    InstanceStatus::Inactive | InstanceStatus::Deregistered,
                    InstanceStatus::Active | InstanceStatus::Registering
                )
                | (InstanceStatus::Registering, InstanceStatus::Active | InstanceStatus::Inactive)
                | (InstanceStatus::Unregistered, InstanceStatus::Active | InstanceStatus::Registering)
        );
        let name = || cluster.instance_name(id);
        must(legal && stood == from, || format!("{}: {stood:?}, said {from:?}, to {to:?}", name()))
    }
}

/// Requested, created, pulled, started, told to stop, stopped, in this order.
fn times_are_ordered(at: SimTime, id: TaskId, cluster: &Cluster) -> Finding {
    let task = &cluster.tasks[id];
    let reached = [task.pull_started_at, task.started_at, task.stopping_at, task.stopped_at];
    let all = [Some(task.requested_at), Some(task.created_at)].into_iter().chain(reached).flatten();
    let ordered = all.clone().is_sorted() && task.stopping_at.is_some() && task.stopped_at == Some(at);
    must(ordered, || format!("{}: times {:?}, now {at:?}", cluster.task_name(id), all.collect::<Vec<_>>()))?;
    must(task.stop.is_some(), || format!("{} stopped without a cause", cluster.task_name(id)))
}

fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Finding {
    if holds { Ok(()) } else { Err(otherwise()) }
}

#[cfg(test)]
mod tests {
    //! Holds LIF-1, LIF-2, LIF-10, LIF-13, LIF-20, INS-1, INS-5, INS-7, SVC-12, RES-11.

    use super::super::support::Hand;
    use super::*;
    use crate::model::reason::StopCause;
    use crate::model::service::DeploymentFailure;
    use crate::model::{DeploymentNumber, ServiceId};

    /// A PENDING task, and what a checker says after `then`.
    fn after(then: impl FnOnce(&mut Hand, TaskId)) -> Result<(), String> {
        let mut hand = Hand::with_instances(1);
        hand.service(1, 100, 200);
        let task = hand.task_of_service(1);
        hand.advance(1_000);
        then(&mut hand, task);
        hand.verdict().map_err(|violation| {
            assert_eq!(violation.invariant, "legal transitions");
            violation.what
        })
    }

    fn is_noticed(then: impl FnOnce(&mut Hand, TaskId), what: &str) {
        let found = after(then).expect_err("noticed");
        assert!(found.contains(what), "{found}");
    }

    #[test]
    fn a_whole_life_passes() {
        let life = after(|hand, task| {
            hand.status(task, TaskStatus::Activating);
            hand.status(task, TaskStatus::Running);
            hand.healthy(task, true);
            hand.advance(60_000);
            hand.order_stop(task, StopCause::ScaleIn);
            hand.status(task, TaskStatus::Stopping);
            hand.advance(2_000);
            hand.status(task, TaskStatus::Stopped);
            hand.advance(3_600_000);
            hand.make(&Change::TaskForgotten { task });
        });
        assert_eq!(life, Ok(()));
    }

    #[test]
    fn a_status_that_goes_back_is_noticed() {
        is_noticed(
            |hand, task| {
                hand.status(task, TaskStatus::Running);
                hand.status(task, TaskStatus::Activating);
            },
            "web#1: from RUNNING back to ACTIVATING",
        );
    }

    #[test]
    fn a_change_that_misstates_where_the_task_was_is_noticed() {
        let (from, to) = (TaskStatus::Activating, TaskStatus::Running);
        is_noticed(
            |hand, task| hand.make(&Change::TaskStatusChanged { task, from, to }),
            "stood at PENDING, said ACTIVATING",
        );
    }

    #[test]
    fn a_stop_without_an_order_is_noticed() {
        is_noticed(|hand, task| hand.status(task, TaskStatus::Stopping), "nobody told it to stop");
    }

    #[test]
    fn a_start_after_the_stop_order_is_noticed() {
        is_noticed(
            |hand, task| {
                hand.order_stop(task, StopCause::ScaleIn);
                hand.status(task, TaskStatus::Running);
            },
            "is told to stop and goes to RUNNING",
        );
    }

    #[test]
    fn a_health_that_changes_to_what_it_was_is_noticed() {
        is_noticed(|hand, task| hand.healthy(task, false), "which it was");
    }

    #[test]
    fn a_healthy_task_that_does_not_run_is_noticed() {
        is_noticed(|hand, task| hand.healthy(task, true), "healthy without running");
    }

    #[test]
    fn an_early_farewell_is_noticed() {
        is_noticed(
            |hand, task| {
                hand.order_stop(task, StopCause::ScaleIn);
                hand.status(task, TaskStatus::Stopped);
                hand.advance(3_599_999);
                hand.make(&Change::TaskForgotten { task });
            },
            "too early",
        );
    }

    #[test]
    fn a_start_later_than_the_stop_order_is_noticed() {
        is_noticed(
            |hand, task| {
                hand.status(task, TaskStatus::Running);
                hand.cluster.tasks[task].started_at = Some(SimTime(5_000));
                hand.order_stop(task, StopCause::ScaleIn);
                hand.status(task, TaskStatus::Stopped);
            },
            "times",
        );
    }

    #[test]
    fn an_instance_that_comes_back_unnoticed_is_noticed() {
        let instance_status = |hand: &mut Hand, from, to| {
            let instance = hand.cluster.instance_in_slot(0);
            hand.make(&Change::InstanceStatusChanged { instance, from, to });
        };
        is_noticed(
            |hand, _| {
                instance_status(hand, InstanceStatus::Active, InstanceStatus::Lost);
                instance_status(hand, InstanceStatus::Lost, InstanceStatus::Active);
            },
            "host-1: Lost, said Lost, to Active",
        );
    }

    #[test]
    fn an_instance_that_drains_after_it_has_left_is_noticed() {
        let instance_status = |hand: &mut Hand, from, to| {
            let instance = hand.cluster.instance_in_slot(0);
            hand.make(&Change::InstanceStatusChanged { instance, from, to });
        };
        is_noticed(
            |hand, _| {
                instance_status(hand, InstanceStatus::Active, InstanceStatus::Draining);
                instance_status(hand, InstanceStatus::Draining, InstanceStatus::Deregistered);
                instance_status(hand, InstanceStatus::Deregistered, InstanceStatus::Draining);
            },
            "host-1: Deregistered, said Deregistered, to Draining",
        );
    }

    #[test]
    fn a_service_that_is_deleted_without_draining_is_noticed() {
        let (service, from, to) = (ServiceId(0), ServiceStatus::Active, ServiceStatus::Inactive);
        is_noticed(
            |hand, _| hand.make(&Change::ServiceStatusChanged { service, from, to }),
            "web: Active, said Active, to Inactive",
        );
    }

    #[test]
    fn a_deployment_that_is_over_stays_over() {
        let (service, deployment) = (ServiceId(0), DeploymentNumber(1));
        let (from, to) = (RolloutState::Completed, RolloutState::InProgress);
        is_noticed(
            |hand, _| {
                let failure = (to == RolloutState::Failed).then_some(DeploymentFailure::CircuitBreaker);
                hand.make(&Change::RolloutStateChanged { service, deployment, from, to, failure })
            },
            "deployment 1 of web",
        );
    }

    #[test]
    fn a_deployment_number_that_is_left_out_is_noticed() {
        is_noticed(|hand, _| hand.deployment(3), "deployment 3 begins as number 2");
    }

    #[test]
    fn a_clock_that_goes_back_is_noticed() {
        is_noticed(
            |hand, task| {
                hand.now = SimTime(999);
                hand.status(task, TaskStatus::Running);
                hand.now = SimTime(998);
                hand.order_stop(task, StopCause::ScaleIn);
            },
            "time goes back",
        );
    }
}
