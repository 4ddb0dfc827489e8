//! How the subject stands at an instant, and why it is not further.

use super::draining;
use super::instance::amounts;
use super::recorder::{Of, Recorder, limits};
use super::stages;
use super::story::{Details, Entry, Kind, Moment};
use super::task::{container_name, health_in_words};
use super::words;
use crate::kernel::time::SimTime;
use crate::model::container::ContainerStatus;
use crate::model::instance::InstanceStatus;
use crate::model::service::RolloutState;
use crate::model::task::{Host, Task, TaskStatus};
use crate::model::{Cluster, DeploymentNumber, ServiceId, TaskId};
use crate::policy::containers::waits_for;

impl Recorder {
    pub(super) fn state(&self, at: SimTime, cluster: &Cluster) -> Entry {
        if let Some((ended, how)) = &self.ended {
            return Entry::new(at, Kind::State, format!("it is over since {ended}: {how}"), []);
        }
        match self.of {
            Of::Task { ordinal, .. } => match self.task.filter(|task| cluster.tasks.get(*task).is_some()) {
                Some(task) => self.state_of_task(at, task, cluster),
                None => self.state_before_birth(at, ordinal, cluster),
            },
            Of::Service => match self.service() {
                Some(service) => self.state_of_service(at, service, cluster),
                None => Entry::new(at, Kind::State, "the service has not been created", []),
            },
            Of::Deployment(number) => self.state_of_deployment(at, number, cluster),
            Of::Instance => self.state_of_instance(at, cluster),
            Of::CapacityProvider => self.state_of_provider(at, cluster),
        }
    }

    fn with_reasons(&self, at: SimTime, cluster: &Cluster, entry: Entry) -> Entry {
        with(entry, self.why_lacking(at, cluster))
    }

    fn state_of_task(&self, at: SimTime, id: TaskId, cluster: &Cluster) -> Entry {
        let task = &cluster.tasks[id];
        let place = words::place(cluster, task.host);
        let status = task.last_status.name();
        if task.lost {
            let text = format!("{status} as far as ECS knows, but {place} is gone and ECS has not noticed");
            return Entry::new(at, Kind::State, text, ["INS-5"]);
        }
        let entry = if task.is_active() {
            self.state_of_active_task(at, id, task, cluster)
        } else {
            let since = task.stopping_at.unwrap_or(at);
            let text = format!(
                "{status} on {place}, told to stop at {since}: {}",
                words::stopped_reason(cluster, id)
            );
            let details = Details { stop: words::stop_details(cluster, id), ..Details::default() };
            let entry = Entry::new(at, Kind::State, text, ["LIF-8"]).with(details);
            still_running(cluster, id).into_iter().fold(entry, Entry::fact)
        };
        match cluster.host_is_connected(task.host) {
            true => entry,
            false => {
                let mut entry = entry.fact("its agent is disconnected: what ECS knows of it stands still");
                entry.rules.push("INS-4");
                entry
            }
        }
    }

    fn state_of_active_task(&self, at: SimTime, id: TaskId, task: &Task, cluster: &Cluster) -> Entry {
        let place = words::place(cluster, task.host);
        let state = |text: String, rule| Entry::new(at, Kind::State, text, [rule]);
        match task.last_status {
            TaskStatus::Provisioning => {
                state(format!("PROVISIONING on {place}: its network interface or host is prepared"), "LIF-3")
            }
            TaskStatus::Pending if self.waits_for_room => {
                let entry = state(format!("PENDING on {place}: it waits for room on its host"), "LIF-21");
                match holders_of_room(cluster, id) {
                    holders if holders.is_empty() => entry,
                    holders => entry.fact(format!("still there, and told to stop: {}", holders.join(", "))),
                }
            }
            TaskStatus::Pending => state(format!("PENDING on {place}: the agent has yet to act"), "LIF-4"),
            TaskStatus::Activating if task.pull_stopped_at.is_none() => {
                let since = task.pull_started_at.unwrap_or(at);
                state(format!("ACTIVATING on {place}: its images are pulled since {since}"), "LIF-5")
            }
            TaskStatus::Activating => {
                let entry = state(format!("ACTIVATING on {place}: not every container has started"), "CON-2");
                waiting_containers(cluster, id).into_iter().fold(entry, Entry::fact)
            }
            TaskStatus::Running
            | TaskStatus::Deactivating
            | TaskStatus::Stopping
            | TaskStatus::Deprovisioning
            | TaskStatus::Stopped => self.state_of_running_task(at, id, task, cluster),
        }
    }

    fn state_of_running_task(&self, at: SimTime, id: TaskId, task: &Task, cluster: &Cluster) -> Entry {
        let health = health_in_words(task.healthy, task.health);
        let text = format!("{} on {}, {health}", task.last_status.name(), words::place(cluster, task.host));
        let mut entry = Entry::new(at, Kind::State, text, ["LIF-6", "SVC-12"]);
        if let Some(why) = task.impairment {
            entry = entry.fact(format!("its service wants another in its place: {}", words::impairment(why)));
            entry = self.with_reasons(at, cluster, entry);
        } else if task.draining {
            let (means, rule) = draining::what_it_means(cluster, id);
            entry = entry.fact(format!("its instance is DRAINING: {means}"));
            entry.rules.push(rule);
            if rule == "INS-6" {
                entry = self.with_reasons(at, cluster, entry);
            }
        } else if let Some(look) = &self.look
            && self.is_of_older_revision(id, cluster)
        {
            entry = entry.fact(format!(
                "it is of an older revision and stays while it is needed: {} healthy, {} of which must stay, {} to go",
                look.healthy, look.floor_of_step, look.to_go
            ));
            entry.rules.push("DEP-4");
            entry = self.with_reasons(at, cluster, entry);
        }
        entry
    }

    fn is_of_older_revision(&self, id: TaskId, cluster: &Cluster) -> bool {
        let Some(service) = cluster.tasks[id].service() else { return false };
        let primary = cluster.service(service).primary().map(|primary| primary.number);
        let of = match cluster.tasks[id].origin {
            crate::model::task::Origin::Service { deployment, .. } => Some(deployment),
            crate::model::task::Origin::Caller { .. } => None,
        };
        of != primary
    }

    /// A task that never came to be: why not so far, and what would have to happen.
    fn state_before_birth(&self, at: SimTime, ordinal: u64, cluster: &Cluster) -> Entry {
        if let Some(caller) = self.caller {
            return self.state_of_request(at, ordinal, &cluster.caller(caller).name);
        }
        let Some(service) = self.service() else {
            let text = "it never came to be: nobody of that name has called RunTask or was created";
            return Entry::new(at, Kind::State, text, []);
        };
        let found = cluster.service(service);
        let launched = words::counted(found.launches, "task");
        let name = &found.name;
        let Some(_) = self.active_service(cluster) else {
            let text = format!("it never came to be: {name} launched {launched} and was deleted");
            return Entry::new(at, Kind::State, text, ["RES-11"]);
        };
        let lacking = self.look.map_or(0, |look| look.lacking);
        if lacking == 0 || ordinal > found.launches + u64::from(lacking) {
            let nth = ordinal - found.launches;
            let text = format!("it has not come to be: {name} launched {launched} so far");
            let entry = Entry::new(at, Kind::State, text, ["SVC-1"]);
            let has = format!(
                "{name} has {} of {} desired; it would be launch number {nth} from here on, when a task is lost, \
                 a deployment begins or the desired count rises",
                found.counts.active, found.settings.desired_count
            );
            let entry = entry.fact(has);
            return if lacking == 0 { entry } else { self.with_reasons(at, cluster, entry) };
        }
        let text = format!("not started: {name} lacks {} and cannot start this one", words::tasks(lacking));
        let entry = Entry::new(at, Kind::State, text, ["SVC-1"]);
        self.with_reasons(at, cluster, entry)
    }

    fn state_of_request(&self, at: SimTime, ordinal: u64, caller: &str) -> Entry {
        if self.requests == 0 {
            let text = format!("it never came to be: {caller} has not called for number {ordinal}");
            return Entry::new(at, Kind::State, text, ["RES-7"]);
        }
        let Some((since, reason)) = self.refused else {
            let text = format!("{caller} has called for it, and this attempt has not been made");
            return Entry::new(at, Kind::State, text, ["RES-7"]);
        };
        let text = format!("not placed since {since}: {reason}");
        let mut entry = Entry::new(at, Kind::State, text, ["PLC-13"]);
        match self.asks_again {
            Some(Some(again)) => {
                entry.details.until = Some(Moment(again));
                entry.fact(format!("its caller asks again at {again}"))
            }
            Some(None) => entry.fact("its caller waits in line until something gets free"),
            None => entry,
        }
    }

    fn state_of_service(&self, at: SimTime, id: ServiceId, cluster: &Cluster) -> Entry {
        let service = cluster.service(id);
        let counts = service.counts;
        let mut text = format!(
            "{} of {} desired tasks running, {} healthy, {} pending",
            counts.running, service.settings.desired_count, counts.healthy, counts.pending
        );
        if counts.stopping > 0 {
            text += &format!(", {} stopping", counts.stopping);
        }
        text += if service.steady { "; steady" } else { "; not steady" };
        let details = self.look.as_ref().map(limits).unwrap_or_default();
        let entry = Entry::new(at, Kind::State, text, ["SVC-7"]).with(details);
        self.with_reasons(at, cluster, entry)
    }

    fn state_of_deployment(&self, at: SimTime, number: DeploymentNumber, cluster: &Cluster) -> Entry {
        let Some(id) = self.service() else {
            return Entry::new(at, Kind::State, "the service has not been created", []);
        };
        let service = cluster.service(id);
        let Some(deployment) = service.deployment(number) else {
            let text = format!(
                "it has not come to be: {} began {} so far; the next begins with a new task definition or forceNewDeployment",
                service.name,
                words::counted(service.deployments_ever.into(), "deployment")
            );
            return Entry::new(at, Kind::State, text, ["DEP-12"]);
        };
        let rollout = match deployment.rollout_state {
            RolloutState::InProgress => "IN_PROGRESS",
            RolloutState::Completed => "COMPLETED",
            RolloutState::Failed => "FAILED",
        };
        let counts = deployment.counts;
        let older: u32 =
            service.deployments.iter().filter(|d| d.number < number).map(|d| d.counts.active).sum();
        if let Some(set) = &deployment.task_set {
            return stages::task_set_changed(at, cluster, id, number, set).fact(format!(
                "{} running, {} healthy, {} pending",
                counts.running, counts.healthy, counts.pending
            ));
        }
        let text = format!(
            "{rollout}: {} of {} desired tasks running, {} healthy, {} pending; {} of older revisions",
            counts.running,
            service.settings.desired_count,
            counts.healthy,
            counts.pending,
            words::tasks(older)
        );
        let is_primary = service.primary().is_some_and(|primary| primary.number == number);
        let details = self.look.as_ref().filter(|_| is_primary).map(limits).unwrap_or_default();
        let entry = Entry::new(at, Kind::State, text, ["DEP-9"]).with(details);
        if is_primary { self.with_reasons(at, cluster, entry) } else { entry }
    }

    fn state_of_instance(&self, at: SimTime, cluster: &Cluster) -> Entry {
        let Some(id) = self.instance else {
            return Entry::new(at, Kind::State, "the instance has not registered", []);
        };
        let Some(instance) = cluster.instances.get(id) else {
            return Entry::new(at, Kind::State, "terminated, and forgotten since", ["ASG-3"]);
        };
        let held = words::tasks(instance.tasks.len() as u32);
        let text = match instance.status {
            InstanceStatus::Active => format!("ACTIVE with {held}; free: {}", amounts(instance.free)),
            InstanceStatus::Registering => "REGISTERING: it takes no task yet".to_owned(),
            InstanceStatus::Lost => format!("gone with {held}, and ECS has not noticed"),
            InstanceStatus::Draining => {
                format!("DRAINING with {held}; it is empty when the last of them is gone")
            }
            InstanceStatus::LostDraining => {
                format!("gone while DRAINING, with {held}, and ECS has not noticed")
            }
            InstanceStatus::Unregistered => "launched by its group, and not registered yet".to_owned(),
            InstanceStatus::Inactive | InstanceStatus::Deregistered => "INACTIVE".to_owned(),
        };
        let names = instance.tasks.iter().map(|task| cluster.task_name(*task));
        let mut entry = names.fold(Entry::new(at, Kind::State, text, ["INS-1"]), Entry::about).trimmed();
        if instance.status == InstanceStatus::Draining {
            entry = with(entry, draining::what_keeps(at, cluster, id));
        }
        match instance.agent_connected {
            true => entry,
            false => entry
                .fact("its agent is disconnected: it takes no task, and what ECS knows stands still (INS-4)"),
        }
    }
}

/// An entry with these sentences and their rules.
fn with(entry: Entry, reasons: Vec<(String, Vec<&'static str>)>) -> Entry {
    reasons.into_iter().fold(entry, |entry, (reason, rules)| {
        let mut entry = entry.fact(reason);
        let new: Vec<_> = rules.into_iter().filter(|rule| !entry.rules.contains(rule)).collect();
        entry.rules.extend(new);
        entry
    })
}

/// The tasks on the host of a waiting one that are told to stop and still there.
fn holders_of_room(cluster: &Cluster, id: TaskId) -> Vec<String> {
    let Host::Instance(instance) = cluster.tasks[id].host else { return Vec::new() };
    let all = cluster.instances[instance].tasks.iter().copied();
    let leaving = all.filter(|task| !cluster.tasks[*task].is_active());
    leaving.map(|task| cluster.task_name(task)).collect()
}

/// What each container that has not started waits for.
fn waiting_containers(cluster: &Cluster, id: TaskId) -> Vec<String> {
    let task = &cluster.tasks[id];
    let definitions = &cluster.task_definition(task.task_definition).containers;
    let mut facts = Vec::new();
    for (index, container) in task.containers.iter().enumerate() {
        if container.last_status != ContainerStatus::Pending {
            continue;
        }
        let name = container_name(cluster, id, index);
        let awaited =
            (0..definitions.len()).filter(|on| waits_for(definitions, &task.containers, index, *on));
        let awaited: Vec<&str> = awaited.map(|on| container_name(cluster, id, on)).collect();
        facts.push(match awaited.is_empty() {
            true => format!("container {name} is created and started (LAT-6)"),
            false => format!("container {name} waits for {}", awaited.join(", ")),
        });
    }
    facts
}

/// The containers of a task on its way down that have not ended.
fn still_running(cluster: &Cluster, id: TaskId) -> Vec<String> {
    let task = &cluster.tasks[id];
    let definitions = &cluster.task_definition(task.task_definition).containers;
    let running = task.containers.iter().zip(definitions);
    let running = running.filter(|(container, _)| container.last_status == ContainerStatus::Running);
    let fact = |definition: &crate::model::task_definition::ContainerDefinition| {
        let seconds = definition.stop_timeout.as_secs_f64();
        format!(
            "container {} has not exited; it is killed {seconds} s after its stop signal (LIF-15)",
            definition.name
        )
    };
    running.map(|(_, definition)| fact(definition)).collect()
}
