//! The story of a service, or of one of its deployments: what it says, what it launches and stops, what blocks it.

use super::recorder::{Of, Recorder};
use super::stages;
use super::story::{Details, Entry, Kind};
use super::task::impaired;
use super::words;
use crate::kernel::time::SimTime;
use crate::model::reason::Refusal;
use crate::model::service::{
    Deployment, DeploymentFailure, RebalancingPhase, RolloutState, ServiceSettings, ServiceStatus,
};
use crate::model::service_event::ServiceEvent;
use crate::model::task::{Origin, TaskStatus};
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId, TaskId};
use crate::policy::deployment::rollback_target;
use crate::policy::explain::Wait;

impl Recorder {
    pub(super) fn see_as_service(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::ServiceUpdated { service, settings } if self.is_ours(*service) => {
                self.see_update(at, *service, &settings.0, &settings.1, cluster);
            }
            Change::ServiceStatusChanged { service, to, .. } if self.is_ours(*service) => {
                let text = match to {
                    ServiceStatus::Active => "is ACTIVE",
                    ServiceStatus::Draining => "is deleted: DRAINING while its tasks stop",
                    ServiceStatus::Inactive => "is INACTIVE: all its tasks are stopping or stopped",
                };
                self.add(Entry::new(at, Kind::Service, text, ["RES-11"]));
                if *to == ServiceStatus::Inactive {
                    self.ended = Some((at, "it is INACTIVE".to_owned()));
                }
            }
            Change::DeploymentStarted { service, deployment } if self.is_ours(*service) => {
                self.see_deployment_start(at, *service, deployment.number, cluster);
            }
            Change::RolloutStateChanged { service, deployment, to, .. }
                if self.concerns(*service, *deployment) =>
            {
                self.see_rollout(at, *service, *deployment, *to, cluster);
            }
            Change::DesiredCountScaled { service, policy, from, to, from_running }
                if self.is_ours(*service) =>
            {
                let scaled = (usize::from(*policy), *from, *to, *from_running);
                self.add(words::scaled(at, cluster, *service, scaled));
            }
            Change::RollbackStarted { service, deployment } if self.is_ours(*service) => {
                self.see_rollback(at, deployment, cluster);
            }
            Change::FailuresCounted { service, deployment, failures, .. }
                if self.concerns(*service, *deployment) =>
            {
                self.add(words::failures_counted(at, cluster, *service, *failures));
            }
            Change::BakeTimeStarted { service, deployment, until }
                if self.concerns(*service, *deployment) =>
            {
                let text = format!(
                    "deployment {} has all it needs, and bakes until {until}: its alarms are watched on",
                    deployment.0
                );
                self.add(Entry::new(at, Kind::Deployment, text, ["DEP-26"]));
            }
            Change::StageEntered { service, deployment, shift } if self.concerns(*service, *deployment) => {
                self.add(stages::stage_entered(at, *deployment, shift));
            }
            Change::TaskSetChanged { service, deployment, task_set }
                if self.concerns(*service, *deployment) =>
            {
                self.add(stages::task_set_changed(at, cluster, *service, *deployment, task_set));
            }
            Change::AlarmChanged { name, raised } if self.watches(cluster, name) => {
                let text = if *raised { "is in ALARM" } else { "is no longer in ALARM" };
                let entry = Entry::new(at, Kind::Service, format!("alarm {name} {text}"), ["DEP-25"]);
                self.add(entry);
            }
            Change::DeploymentEnded { service, deployment } if self.concerns(*service, *deployment) => {
                let text = format!("deployment {} is INACTIVE: its last task is gone", deployment.0);
                self.add(Entry::new(at, Kind::Deployment, text, ["DEP-9"]));
                if self.of == Of::Deployment(*deployment) {
                    self.ended = Some((at, "its last task is gone".to_owned()));
                }
            }
            Change::RebalancingChanged { service, phase, tasks } if self.is_ours(*service) => {
                let tasks = tasks.clone();
                let (event, rule) = match phase {
                    RebalancingPhase::Started => (ServiceEvent::RebalancingStarted { tasks }, "AZR-4"),
                    RebalancingPhase::Completed => (ServiceEvent::RebalancingCompleted { tasks }, "AZR-4"),
                    RebalancingPhase::Stopped => (ServiceEvent::RebalancingStopped, "AZR-3"),
                };
                self.add(message(at, cluster, *service, &event, &[rule]));
            }
            Change::SteadyStateChanged { service, steady }
                if self.is_ours(*service) && self.of == Of::Service =>
            {
                let entry = match steady {
                    true => message(at, cluster, *service, &ServiceEvent::SteadyState, &["SVC-7"])
                        .folding("steady"),
                    false => Entry::new(at, Kind::Service, "leaves its steady state", ["SVC-7"])
                        .folding("unsteady"),
                };
                self.add(entry);
            }
            Change::ServicePlacementRefused { service, reason, .. } if self.is_ours(*service) => {
                self.see_refusal(at, *service, *reason, cluster);
            }
            Change::ServiceEventWritten { service, event } if self.is_ours(*service) => {
                self.see_message(at, *service, event, cluster);
            }
            Change::SpotFallbackChanged { service, phase } if self.is_ours(*service) => {
                self.add(words::fallback(at, cluster, *service, *phase));
            }
            Change::StartThrottleChanged { service, deployment, until: Some(until), .. }
                if self.concerns(*service, *deployment) =>
            {
                let why = Wait::StartThrottle;
                self.waits.insert(why, (*deployment, *until));
                self.add(words::waits(at, cluster, *service, *deployment, why, *until));
            }
            Change::TaskCreated(new) => {
                let Origin::Service { service, deployment } = new.origin else { return };
                if self.concerns(service, deployment) {
                    self.refused = None;
                    let name = cluster.task_name(new.task);
                    let place = words::place(cluster, new.host);
                    self.placing = None;
                    if new.settled {
                        let text = "a task is there at time zero, RUNNING and healthy (start: settled)";
                        let entry = Entry::new(at, Kind::Placed, text, ["SVC-1"]).folding("settled");
                        self.add(entry.about(format!("{name} on {place}")));
                    } else {
                        self.placed.push(format!("{name} on {place}"));
                    }
                }
            }
            Change::TaskStopOrdered { task, .. } if self.is_task_of_it(cluster, *task) => {
                self.see_stop_order(at, *task, cluster);
            }
            Change::TaskImpairmentChanged { task, impairment } if self.is_task_of_it(cluster, *task) => {
                let name = cluster.task_name(*task);
                let mut entry = impaired(at, cluster, *task, *impairment).about(name.clone());
                entry.text = format!("{name} {}", entry.text);
                self.add(entry);
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Running, .. }
                if matches!(self.of, Of::Deployment(_)) && self.is_task_of_it(cluster, *task) =>
            {
                let entry =
                    Entry::new(at, Kind::Status, "a task of it is RUNNING", ["LIF-6"]).folding("runs");
                self.add(entry.about(cluster.task_name(*task)));
            }
            Change::TaskHealthChanged { task, healthy }
                if matches!(self.of, Of::Deployment(_)) && self.is_task_of_it(cluster, *task) =>
            {
                let text = match healthy {
                    true => "a task of it counts as healthy",
                    false => "a task of it counts as healthy no longer",
                };
                let entry = Entry::new(at, Kind::Health, text, ["SVC-12"]).folding(text);
                self.add(entry.about(cluster.task_name(*task)));
            }
            _ => {}
        }
    }

    /// Whether what happens to a deployment of a service belongs into the story.
    fn concerns(&self, service: ServiceId, deployment: DeploymentNumber) -> bool {
        self.is_ours(service) && (self.of == Of::Service || self.of == Of::Deployment(deployment))
    }

    fn is_task_of_it(&self, cluster: &Cluster, task: TaskId) -> bool {
        match cluster.tasks[task].origin {
            Origin::Service { service, deployment } => {
                // The stops of old tasks are steps of the newest deployment.
                let newest = cluster.service(service).primary().map(|primary| primary.number);
                let steps = cluster.tasks[task].stop == Some(crate::model::stop::StopCause::Deployment)
                    && newest.is_some_and(|newest| self.of == Of::Deployment(newest));
                self.is_ours(service) && steps || self.concerns(service, deployment)
            }
            Origin::Caller { .. } => false,
        }
    }

    fn see_update(
        &mut self,
        at: SimTime,
        service: ServiceId,
        before: &ServiceSettings,
        now: &ServiceSettings,
        cluster: &Cluster,
    ) {
        let found = cluster.service(service);
        let mut changes = Vec::new();
        let mut differs = |what: &str, before: u32, now: u32| {
            if before != now {
                changes.push(format!("{what} from {before} to {now}"));
            }
        };
        differs("desiredCount", before.desired_count, now.desired_count);
        differs("minimumHealthyPercent", before.minimum_healthy_percent, now.minimum_healthy_percent);
        differs("maximumPercent", before.maximum_percent, now.maximum_percent);
        if let Some(to) = now.task_definition.filter(|to| before.task_definition != Some(*to)) {
            changes.push(format!("taskDefinition to {}", cluster.task_definition(to).name()));
        }
        if before.strategies != now.strategies || before.constraints != now.constraints {
            changes.push("placement".to_owned());
        }
        if before.capacity != now.capacity {
            changes.push("capacityProviderStrategy".to_owned());
        }
        let in_force = match self.of {
            Of::Deployment(number) => found.primary().is_some_and(|primary| primary.number == number),
            Of::Task { .. } | Of::Service | Of::Instance | Of::CapacityProvider => true,
        };
        if !in_force {
            return;
        }
        let what =
            if changes.is_empty() { "nothing but a new deployment".to_owned() } else { changes.join(", ") };
        let entry = match found.is_daemon() {
            true => {
                let text =
                    format!("is to keep {} now, one on every instance", words::tasks(now.desired_count));
                Entry::new(at, Kind::Service, text, ["SVC-4"])
            }
            false => Entry::new(at, Kind::Service, format!("UpdateService: {what}"), ["SVC-17"]),
        };
        self.add(entry);
    }

    fn see_deployment_start(
        &mut self,
        at: SimTime,
        service: ServiceId,
        number: DeploymentNumber,
        cluster: &Cluster,
    ) {
        let Some(deployment) = cluster.service(service).deployment(number) else { return };
        let is_set = deployment.task_set.is_some();
        if self.concerns(service, number) {
            self.add(words::deployment_started(at, cluster, service, deployment, false));
        } else if let Of::Deployment(older) = self.of
            && !is_set
            && cluster.service(service).deployment(older).is_some()
        {
            let definition = cluster.task_definition(deployment.task_definition).name();
            let text = format!("deployment {} to {definition} begins and takes its place", number.0);
            self.add(Entry::new(at, Kind::Deployment, text, ["DEP-11"]));
        }
    }

    fn watches(&self, cluster: &Cluster, alarm: &str) -> bool {
        let Some(service) = self.active_service(cluster) else { return false };
        let alarms = cluster.service(service).settings.deployment_rules.alarms.as_ref();
        alarms.is_some_and(|alarms| alarms.names.iter().any(|name| name == alarm))
    }

    /// The last completed deployment comes back in the place of a failed one.
    fn see_rollback(&mut self, at: SimTime, back: &Deployment, cluster: &Cluster) {
        let failed = back.takes_back.map_or(0, |failed| failed.0);
        let about = self.of == Of::Service
            || self.of == Of::Deployment(back.number)
            || self.of == Of::Deployment(DeploymentNumber(failed));
        if !about {
            return;
        }
        let definition = cluster.task_definition(back.task_definition).name();
        let there = words::tasks(back.counts.active);
        let text = format!(
            "rolling back to deployment {}, to {definition}: the last that was COMPLETED is IN_PROGRESS again",
            back.number.0
        );
        let fact = format!("{there} of it are still there and count as deployed");
        self.add(Entry::new(at, Kind::Deployment, text, ["DEP-24", "DEP-28"]).fact(fact));
    }

    fn see_rollout(
        &mut self,
        at: SimTime,
        service: ServiceId,
        number: DeploymentNumber,
        to: RolloutState,
        cluster: &Cluster,
    ) {
        let deployment = number;
        let of_set = cluster.service(service).has_task_sets();
        let entry = match to {
            RolloutState::Completed if of_set => return, // told by the set itself
            RolloutState::Completed => {
                let event = ServiceEvent::DeploymentCompleted { deployment };
                message(at, cluster, service, &event, &["DEP-8"])
            }
            RolloutState::Failed => {
                let event = ServiceEvent::DeploymentFailed { deployment };
                let failure = cluster.service(service).deployment(deployment).and_then(|d| d.failure);
                let rule = match failure {
                    Some(DeploymentFailure::CircuitBreaker) | None => "DEP-24",
                    Some(DeploymentFailure::Alarm) => "DEP-25",
                    Some(DeploymentFailure::Stopped) => "DEP-10",
                    Some(DeploymentFailure::HookFailed | DeploymentFailure::HookTimedOut) => "DEP-35",
                    Some(DeploymentFailure::StageTimedOut) => "DEP-36",
                };
                let entry = message(at, cluster, service, &event, &["DEP-9", rule]);
                match rollback_target(cluster.service(service)) {
                    None => entry.fact("there is no completed deployment to roll back to"),
                    Some(_) => entry,
                }
            }
            RolloutState::InProgress => return,
        };
        let began = cluster.service(service).deployment(number).map(|deployment| deployment.created_at);
        let took = began
            .filter(|began| *began < at)
            .map(|began| format!("{} after it began", words::length(at - began)));
        self.add(took.into_iter().fold(entry.of_kind(Kind::Deployment), Entry::fact));
    }

    fn see_refusal(&mut self, at: SimTime, service: ServiceId, reason: Refusal, cluster: &Cluster) {
        let Some(search) = self.placing.take() else { return };
        let since = self.refused.filter(|(_, before)| *before == reason).map_or(at, |(since, _)| since);
        self.refused = Some((since, reason));
        let mut entry = search.refusal(at, cluster, reason);
        let why = std::mem::take(&mut entry.text);
        entry.text = ServiceEvent::PlacementFailed { reason, closest: None }.message(cluster, service);
        entry.details.facts.insert(0, why);
        self.add(entry);
    }

    fn see_message(&mut self, at: SimTime, service: ServiceId, event: &ServiceEvent, cluster: &Cluster) {
        match event {
            ServiceEvent::TasksStarted { .. } => {
                let placed = std::mem::take(&mut self.placed);
                let count = placed.len();
                if count == 0 {
                    return; // of another deployment
                }
                let text = format!("(service {}) has started {count} tasks.", cluster.service(service).name);
                let mut entry =
                    Entry::new(at, Kind::Message, text, ["SVC-1"]).folding(format!("started {count}"));
                for task in placed {
                    entry = entry.about(task);
                }
                self.add(entry.trimmed());
            }
            // Told task by task, with the reason of each.
            ServiceEvent::TasksStopped { .. } => {}
            // Told at the wait itself, with its end.
            ServiceEvent::OperationsThrottled => {
                if self.of == Of::Service {
                    let entry = message(at, cluster, service, event, &["SVC-8"]);
                    self.add(entry.folding("throttled"));
                }
            }
            ServiceEvent::DeploymentStuck => {
                self.add(message(at, cluster, service, event, &["DEP-6"]));
            }
            ServiceEvent::DaemonConstraintViolated { .. } => {
                self.add(message(at, cluster, service, event, &["PLC-12"]));
            }
            ServiceEvent::RebalancingTasksStarted { .. } | ServiceEvent::RebalancingTasksStopped { .. } => {
                self.add(message(at, cluster, service, event, &["AZR-5"]));
            }
            ServiceEvent::RebalancingPlacementFailed { .. } => {
                self.add(message(at, cluster, service, event, &["AZR-6"]).folding("rebalancing failed"));
            }
            ServiceEvent::ScaleInBlocked { .. } => {
                self.add(message(at, cluster, service, event, &["SVC-20"]));
            }
            ServiceEvent::TargetUnhealthy { .. } => {
                self.add(message(at, cluster, service, event, &["SVC-16", "LB-5"]));
            }
            ServiceEvent::DrainingConnections { .. } => {
                self.add(message(at, cluster, service, event, &["LB-8"]).folding("draining"));
            }
            // Told of each task in its own story.
            ServiceEvent::TargetRegistered { .. } | ServiceEvent::TargetDeregistered { .. } => {}
            ServiceEvent::TaskSetSteadyState { task_set } if self.concerns(service, *task_set) => {
                self.add(message(at, cluster, service, event, &["DEP-41"]).folding("task set steady"));
            }
            ServiceEvent::TaskSetSteadyState { .. } => {}
            ServiceEvent::StartImpaired => {
                self.add(message(at, cluster, service, event, &["SVC-10"]).folding("impaired"));
            }
            ServiceEvent::SteadyState
            | ServiceEvent::RebalancingStarted { .. }
            | ServiceEvent::RebalancingCompleted { .. }
            | ServiceEvent::RebalancingStopped
            | ServiceEvent::PlacementFailed { .. }
            | ServiceEvent::DeploymentInProgress { .. }
            | ServiceEvent::DeploymentCompleted { .. }
            | ServiceEvent::RollingBack { .. }
            | ServiceEvent::DesiredCountUpdated { .. }
            | ServiceEvent::DeploymentFailed { .. } => {}
        }
    }

    fn see_stop_order(&mut self, at: SimTime, task: TaskId, cluster: &Cluster) {
        let Some(cause) = cluster.tasks[task].stop else { return };
        let name = cluster.task_name(task);
        let (why, rules) = words::stop_in_words(cluster, task, cause);
        let which =
            if matches!(self.of, Of::Deployment(_)) && cause.is_planned() { "an old task" } else { "a task" };
        let text = format!("{which} is told to stop: {why}");
        let key = format!("{cause:?}");
        let details = Details { stop: words::stop_details(cluster, task), ..Details::default() };
        let mut entry = Entry::new(at, Kind::StopOrdered, text, rules.iter().copied()).with(details);
        if let Some(found) = self.chosen.iter().position(|chosen| chosen.task == task) {
            let (choice, rules) = words::choice_in_words(cluster, &self.chosen.swap_remove(found));
            entry.details.choices.push(format!("{name}: {choice}"));
            entry
                .rules
                .extend(rules.iter().filter(|rule| !entry.rules.contains(rule)).copied().collect::<Vec<_>>());
        }
        let place = words::place(cluster, cluster.tasks[task].host);
        self.add(entry.about(format!("{name} on {place}")).folding(key));
    }
}

/// A message of the service's event list, in ECS's words.
fn message(
    at: SimTime,
    cluster: &Cluster,
    service: ServiceId,
    event: &ServiceEvent,
    rules: &[&'static str],
) -> Entry {
    Entry::new(at, Kind::Message, event.message(cluster, service), rules.iter().copied())
}
