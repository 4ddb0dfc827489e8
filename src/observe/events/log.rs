//! The observer: which changes are told, in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::records::{deployment_state, instance_state, service_action, service_state, task_state};
use super::{EventSink, Told};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::reason::Refusal;
use crate::model::service::{RebalancingPhase, RolloutState, ServiceStatus};
use crate::model::service_event::ServiceEvent;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, Cluster, DeploymentNumber, InstanceId, ServiceId, TaskId};
use crate::observe::Observer;

/// SVC-7: what stays as it is is told again after 6 hours, not before.
const TOLD_AGAIN: SimDuration = SimDuration::from_secs(6 * 3600);

/// Tells what ECS would tell.
///
/// Of one change the task speaks first, then its instance: whoever adds up the tasks told so far finds what the
/// instance says.
pub struct EventLog<S> {
    sink: S,
    /// By slot of the task.
    task_versions: Vec<u32>,
    /// By slot of the instance.
    instance_versions: Vec<u32>,
    /// When steady services say so again: the same pairs in both orders.
    repeats: BTreeSet<(SimTime, ServiceId)>,
    repeat_of: BTreeMap<ServiceId, SimTime>,
    troubles: BTreeMap<(ServiceId, Trouble), LastingTrouble>,
}

/// A trouble that has not ended.
struct LastingTrouble {
    event: ServiceEvent,
    told: SimTime,
    /// When it was last met with.
    met: SimTime,
}

/// What can go wrong for long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Placement,
    Starts,
    LaunchRate,
}

fn trouble_of(event: &ServiceEvent) -> Option<Trouble> {
    match event {
        ServiceEvent::PlacementFailed { .. } => Some(Trouble::Placement),
        ServiceEvent::StartImpaired => Some(Trouble::Starts),
        ServiceEvent::OperationsThrottled => Some(Trouble::LaunchRate),
        ServiceEvent::SteadyState
        | ServiceEvent::TasksStarted { .. }
        | ServiceEvent::TasksStopped { .. }
        | ServiceEvent::DaemonConstraintViolated { .. }
        | ServiceEvent::RebalancingStarted { .. }
        | ServiceEvent::RebalancingCompleted { .. }
        | ServiceEvent::RebalancingStopped
        | ServiceEvent::RebalancingTasksStarted { .. }
        | ServiceEvent::RebalancingTasksStopped { .. }
        | ServiceEvent::RebalancingPlacementFailed { .. }
        | ServiceEvent::TargetRegistered { .. }
        | ServiceEvent::TargetDeregistered { .. }
        | ServiceEvent::DrainingConnections { .. }
        | ServiceEvent::TargetUnhealthy { .. }
        | ServiceEvent::DeploymentStuck
        | ServiceEvent::ScaleInBlocked { .. }
        | ServiceEvent::DeploymentInProgress { .. }
        | ServiceEvent::DeploymentCompleted { .. }
        | ServiceEvent::RollingBack { .. }
        | ServiceEvent::DesiredCountUpdated { .. }
        | ServiceEvent::TaskSetSteadyState { .. }
        | ServiceEvent::DeploymentFailed { .. } => None,
    }
}

impl<S: EventSink> EventLog<S> {
    /// A log whose events go to `sink`.
    pub fn new(sink: S) -> EventLog<S> {
        EventLog {
            sink,
            task_versions: Vec::new(),
            instance_versions: Vec::new(),
            repeats: BTreeSet::new(),
            repeat_of: BTreeMap::new(),
            troubles: BTreeMap::new(),
        }
    }

    /// The sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// The sink, for what an observer beside the log has to add.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// The sink with all events.
    pub fn into_sink(self) -> S {
        self.sink
    }

    fn tell_task(&mut self, at: SimTime, cluster: &Cluster, id: TaskId) {
        let version = next_version(&mut self.task_versions, id.slot());
        self.sink.event(at, &Told::Task(Box::new(task_state(cluster, id, version))));
    }

    fn tell_target(&mut self, at: SimTime, cluster: &Cluster, id: TaskId, target: usize) {
        let found = cluster.tasks[id].targets[target];
        let target_group = cluster.target_group(found.target_group).name.clone();
        let (task, state) = (cluster.task_name(id), found.state.name());
        self.sink.event(at, &Told::Target { task, target_group, state });
    }

    fn tell_instance(&mut self, at: SimTime, cluster: &Cluster, id: InstanceId) {
        let version = next_version(&mut self.instance_versions, id.slot());
        self.sink.event(at, &Told::Instance(Box::new(instance_state(cluster, id, version))));
    }

    fn tell_host(&mut self, at: SimTime, cluster: &Cluster, task: TaskId) {
        if let Host::Instance(instance) = cluster.tasks[task].host {
            self.tell_instance(at, cluster, instance);
        }
    }

    fn tell_service(&mut self, at: SimTime, cluster: &Cluster, id: ServiceId, event: &ServiceEvent) {
        if self.is_told_already(at, id, event) {
            return;
        }
        self.sink.event(at, &Told::Service(service_action(cluster, id, event)));
    }

    /// SVC-7: whether the same trouble was told less than 6 hours ago and has not ended since.
    fn is_told_already(&mut self, at: SimTime, id: ServiceId, event: &ServiceEvent) -> bool {
        let Some(trouble) = trouble_of(event) else { return false };
        if let Some(lasting) = self.troubles.get_mut(&(id, trouble)) {
            lasting.met = at;
            if lasting.event == *event && at < lasting.told + TOLD_AGAIN {
                return true;
            }
        }
        self.troubles.insert((id, trouble), LastingTrouble { event: event.clone(), told: at, met: at });
        false
    }

    fn tell_request(&mut self, at: SimTime, cluster: &Cluster, id: ServiceId, call: &'static str) {
        self.sink.event(at, &Told::ServiceRequest(Box::new(service_state(cluster, id, call))));
    }

    fn tell_deployment(
        &mut self,
        at: SimTime,
        cluster: &Cluster,
        id: ServiceId,
        deployment: DeploymentNumber,
        state: RolloutState,
    ) {
        if cluster.service(id).has_task_sets() {
            return; // of task sets TASKSET_STEADY_STATE tells (DEP-41)
        }
        let event = match state {
            RolloutState::InProgress => ServiceEvent::DeploymentInProgress { deployment },
            RolloutState::Completed => ServiceEvent::DeploymentCompleted { deployment },
            RolloutState::Failed => ServiceEvent::DeploymentFailed { deployment },
        };
        let told = deployment_state(cluster, id, deployment, &event);
        self.sink.event(at, &Told::Deployment(told));
    }

    fn plan_repeat(&mut self, id: ServiceId, at: Option<SimTime>) {
        let before = match at {
            Some(at) => self.repeat_of.insert(id, at),
            None => self.repeat_of.remove(&id),
        };
        before.map(|before| self.repeats.remove(&(before, id)));
        at.map(|at| self.repeats.insert((at, id)));
    }

    /// SVC-7: the repeats that are due before `to`, or also at it.
    fn repeat_steady_states(&mut self, to: SimTime, inclusive: bool, cluster: &Cluster) {
        while let Some((at, id)) = self.repeats.first().copied() {
            if at > to || (at == to && !inclusive) {
                return;
            }
            self.tell_service(at, cluster, id, &ServiceEvent::SteadyState);
            self.plan_repeat(id, Some(at + TOLD_AGAIN));
        }
    }
}

fn next_version(versions: &mut Vec<u32>, slot: usize) -> u32 {
    if versions.len() <= slot {
        versions.resize(slot + 1, 0);
    }
    versions[slot] += 1;
    versions[slot]
}

impl<S: EventSink> Observer for EventLog<S> {
    fn begin(&mut self, cluster: &Cluster) {
        for definition in &cluster.task_definitions {
            self.sink.event(SimTime::ZERO, &Told::TaskDefinition(Box::new(definition.clone())));
        }
        let instances: Vec<InstanceId> = cluster.instances.iter().map(|(id, _)| id).collect();
        instances.into_iter().for_each(|id| self.tell_instance(SimTime::ZERO, cluster, id));
        for (index, service) in cluster.services.iter().enumerate() {
            let id = ServiceId(index as u32);
            self.tell_request(SimTime::ZERO, cluster, id, "CreateService");
            for deployment in &service.deployments {
                let number = deployment.number;
                self.tell_deployment(SimTime::ZERO, cluster, id, number, deployment.rollout_state);
            }
        }
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::InstanceRegistered(_) => {
                if let Some((id, _)) = cluster.instances.iter().last() {
                    self.tell_instance(at, cluster, id);
                }
            }
            Change::TaskPlaced { task, .. } => {
                self.tell_task(at, cluster, *task);
                self.tell_host(at, cluster, *task);
            }
            Change::InstanceLaunched(_) => {
                // The slot may have belonged to an instance that is forgotten.
                let newest = cluster.newest_instance();
                if let Some(version) = newest.and_then(|id| self.instance_versions.get_mut(id.slot())) {
                    *version = 0;
                }
            }
            Change::InstanceStatusChanged { instance, .. }
            | Change::InstanceAttributesChanged { instance, .. }
            | Change::AgentConnectionChanged { instance, .. } => self.tell_instance(at, cluster, *instance),
            Change::DeploymentStarted { service, deployment } => {
                self.troubles.remove(&(*service, Trouble::Starts));
                self.tell_deployment(at, cluster, *service, deployment.number, deployment.rollout_state);
            }
            Change::DesiredCountScaled { service, to, .. } => {
                let event = ServiceEvent::DesiredCountUpdated { to: *to };
                self.tell_service(at, cluster, *service, &event);
            }
            Change::RollbackStarted { service, deployment } => {
                self.troubles.remove(&(*service, Trouble::Starts));
                let event = ServiceEvent::RollingBack { to: deployment.number };
                self.tell_service(at, cluster, *service, &event);
                self.tell_deployment(at, cluster, *service, deployment.number, deployment.rollout_state);
            }
            Change::RolloutStateChanged { service, deployment, to, .. } => {
                self.tell_deployment(at, cluster, *service, *deployment, *to);
            }
            Change::ServiceEventWritten { service, event } => {
                // Tasks that start beside one that finds no place end nothing.
                let place = (*service, Trouble::Placement);
                let started = matches!(event, ServiceEvent::TasksStarted { .. });
                if started && self.troubles.get(&place).is_some_and(|lasting| lasting.met < at) {
                    self.troubles.remove(&place);
                }
                self.tell_service(at, cluster, *service, event);
            }
            Change::StartThrottleChanged { service, until: None, .. } => {
                self.troubles.remove(&(*service, Trouble::Starts));
            }
            Change::RebalancingChanged { service, phase, tasks } => {
                let event = match phase {
                    RebalancingPhase::Started => ServiceEvent::RebalancingStarted { tasks: tasks.clone() },
                    RebalancingPhase::Completed => {
                        ServiceEvent::RebalancingCompleted { tasks: tasks.clone() }
                    }
                    RebalancingPhase::Stopped => ServiceEvent::RebalancingStopped,
                };
                self.tell_service(at, cluster, *service, &event);
            }
            Change::SteadyStateChanged { service, steady } => {
                if *steady {
                    self.tell_service(at, cluster, *service, &ServiceEvent::SteadyState);
                }
                self.plan_repeat(*service, steady.then(|| at + TOLD_AGAIN));
            }
            Change::TaskDefinitionRegistered(definition) => {
                self.sink.event(at, &Told::TaskDefinition(definition.clone()));
            }
            Change::ServiceCreated(_) => {
                let newest = ServiceId((cluster.services.len() - 1) as u32);
                self.tell_request(at, cluster, newest, "CreateService");
            }
            Change::ServiceUpdated { service, .. } => {
                self.tell_request(at, cluster, *service, "UpdateService")
            }
            Change::ServiceStatusChanged { service, to, .. } => {
                if *to == ServiceStatus::Draining {
                    self.tell_request(at, cluster, *service, "DeleteService");
                }
                if *to != ServiceStatus::Active {
                    self.plan_repeat(*service, None);
                }
            }
            Change::ServicePlacementRefused { service, reason, why } => {
                let closest = why.as_ref().and_then(|why| why.closest);
                let event = ServiceEvent::PlacementFailed { reason: *reason, closest };
                self.tell_service(at, cluster, *service, &event);
            }
            Change::TaskCreated(new) => {
                if let Some(version) = self.task_versions.get_mut(new.task.slot()) {
                    *version = 0; // the slot belonged to a task that is forgotten
                }
                self.tell_task(at, cluster, new.task);
                self.tell_host(at, cluster, new.task);
                if new.settled {
                    let targets = cluster.tasks[new.task].targets.len();
                    (0..targets).for_each(|target| self.tell_target(at, cluster, new.task, target));
                }
            }
            Change::TargetStateChanged { task, target, .. } => {
                self.tell_target(at, cluster, *task, usize::from(*target));
            }
            Change::TaskStatusChanged { task, to, .. } => {
                self.tell_task(at, cluster, *task);
                if *to == TaskStatus::Stopped {
                    self.tell_host(at, cluster, *task);
                }
            }
            Change::TaskStopOrdered { task, .. } => {
                self.tell_task(at, cluster, *task);
                self.tell_host(at, cluster, *task);
            }
            Change::ContainerStatusChanged { task, .. } | Change::ContainerHealthChanged { task, .. } => {
                self.tell_task(at, cluster, *task);
            }
            Change::TaskRequestRefused { caller, ordinal, reason, .. } => {
                // A caller that waits its turn has not called RunTask.
                if *reason != Refusal::Turn {
                    let caller = cluster.caller(*caller);
                    self.sink.event(
                        at,
                        &Told::RunTaskFailed {
                            request: format!("{}#{ordinal}", caller.name),
                            group: cluster.group(caller.group).name.clone(),
                            reason: reason.code(),
                        },
                    );
                }
            }
            Change::RequestFailed { call, exception } => {
                self.sink.event(at, &Told::RequestRefused { call, exception });
            }
            // What ECS tells nobody, or tells with the change that follows from it.
            Change::SpotCapacityChanged { .. }
            | Change::RebalanceRecommended { .. }
            | Change::SpotFallbackChanged { .. }
            | Change::InterruptionNoticed { .. }
            | Change::CapacityOutageChanged { .. }
            | Change::ZoneOutageBegan { .. }
            | Change::ZoneOutageEnded { .. }
            | Change::AutoScalingGroupCreated(_)
            | Change::AutoScalingGroupUpdated { .. }
            | Change::CapacityProviderCreated(_)
            | Change::CapacityProviderUpdated { .. }
            | Change::DefaultCapacityChanged(_)
            | Change::ProcessesSuspended { .. }
            | Change::ScheduledActionChanged { .. }
            | Change::InstanceRefreshChanged { .. }
            | Change::WarmPoolChanged { .. }
            | Change::InstanceLifecycleChanged { .. }
            | Change::InstanceTerminationOrdered { .. }
            | Change::ScaleInProtectionChanged { .. }
            | Change::InstanceForgotten { .. }
            | Change::DesiredCapacityChanged { .. }
            | Change::ReservationMeasured { .. }
            | Change::DeploymentEnded { .. }
            | Change::StartThrottleChanged { .. }
            | Change::PullStopped { .. }
            | Change::TaskImpairmentChanged { .. }
            | Change::TargetGroupCreated(_)
            | Change::FailuresCounted { .. }
            | Change::MinutesMeasured { .. }
            | Change::ScalingChanged { .. }
            | Change::MetricAlarmPut { .. }
            | Change::BakeTimeStarted { .. }
            | Change::StageEntered { .. }
            | Change::TaskSetChanged { .. }
            | Change::DeploymentGroupCreated { .. }
            | Change::DeploymentConfigCreated { .. }
            | Change::AlarmChanged { .. }
            | Change::TaskHealthChanged { .. }
            | Change::TaskHostLost { .. }
            | Change::TaskProtectionChanged { .. }
            | Change::TaskEndedUnheard { .. }
            | Change::StopReasonGiven { .. }
            | Change::TaskForgotten { .. }
            | Change::CallerNamed { .. }
            | Change::TaskRequested { .. }
            | Change::TaskRequestAbandoned { .. } => {}
        }
    }

    fn time_moves(&mut self, _: SimTime, to: SimTime, cluster: &Cluster) {
        self.repeat_steady_states(to, false, cluster);
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.repeat_steady_states(at, true, cluster);
    }
}
