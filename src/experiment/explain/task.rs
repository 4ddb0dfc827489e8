//! The story of a task: its birth, each status, its containers and health, its stop order and its end.

use super::draining;
use super::recorder::{Of, Recorder};
use super::story::{Details, Entry, Kind};
use super::words;
use crate::kernel::time::SimTime;
use crate::model::change::{AfterRefusal, NewTask};
use crate::model::container::{ContainerExit, ContainerStatus, ExitCause, HealthStatus};
use crate::model::reason::Refusal;
use crate::model::stop::StopCause;
use crate::model::task::{CapacityChoice, Host, Impairment, Origin, TaskStatus};
use crate::model::{CallerId, Change, Cluster, TaskId};
use crate::policy::capacity;

impl Recorder {
    pub(super) fn see_as_task(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::TaskCreated(new) => self.see_birth(at, new, cluster),
            Change::ServicePlacementRefused { service, reason, .. } if self.is_ours(*service) => {
                let search = self.placing.take();
                if self.task.is_none() && self.wanted_told {
                    self.note_refusal(at, *reason);
                    self.add(match search {
                        Some(search) => search.refusal(at, cluster, *reason),
                        None => words::stands_behind(at, cluster, *service, *reason),
                    });
                }
            }
            Change::TaskRequested { caller, ordinal } if self.is_request(*caller, *ordinal) => {
                self.requests += 1;
                if self.is_its_attempt() {
                    let name = &cluster.caller(*caller).name;
                    let text = match self.requests {
                        1 => format!("{name} calls RunTask for it"),
                        _ => format!("{name} submits it again, its attempt before having stopped"),
                    };
                    self.add(Entry::new(at, Kind::Wanted, text, ["RES-7"]));
                }
            }
            Change::TaskRequestRefused { caller, ordinal, reason, then, .. }
                if self.is_request(*caller, *ordinal) && self.is_its_attempt() =>
            {
                self.see_request_refused(at, *reason, *then, cluster);
            }
            Change::TaskRequestAbandoned { caller, ordinal }
                if self.is_request(*caller, *ordinal) && self.task.is_none() =>
            {
                let text = "its caller gives up: the request ends without a task";
                self.add(Entry::new(at, Kind::Stopped, text, ["PLC-13"]));
                self.ended = Some((at, "its caller gave up".to_owned()));
            }
            _ => {
                if let Some(task) = self.task {
                    self.see_life(at, task, change, cluster);
                }
            }
        }
    }

    fn is_request(&self, caller: CallerId, of: u64) -> bool {
        matches!(self.of, Of::Task { ordinal, .. } if ordinal == of) && self.caller == Some(caller)
    }

    fn is_its_attempt(&self) -> bool {
        matches!(self.of, Of::Task { attempt, .. } if attempt == self.requests)
    }

    fn note_refusal(&mut self, at: SimTime, reason: Refusal) {
        let since = self.refused.filter(|(_, before)| *before == reason).map_or(at, |(since, _)| since);
        self.refused = Some((since, reason));
    }

    fn see_request_refused(&mut self, at: SimTime, reason: Refusal, then: AfterRefusal, cluster: &Cluster) {
        self.note_refusal(at, reason);
        let entry = match self.placing.take() {
            Some(search) => search.refusal(at, cluster, reason),
            None => {
                let text =
                    "others stand before it in its caller's line (the caller's doing, no refusal by ECS)";
                Entry::new(at, Kind::Refused, text, ["PLC-13"]).folding("turn")
            }
        };
        match then {
            AfterRefusal::GiveUp => {
                self.add(entry.fact("RunTask answers with a failure, and its caller lets it be"));
                self.ended = Some((at, format!("RunTask answered with the failure {reason}")));
            }
            AfterRefusal::Wait | AfterRefusal::WaitOn => self.add(entry),
        }
    }

    fn see_birth(&mut self, at: SimTime, new: &NewTask, cluster: &Cluster) {
        let Of::Task { ordinal, attempt } = self.of else { return };
        let by_owner = match new.origin {
            Origin::Service { service, .. } => self.is_ours(service),
            Origin::Caller { caller } => self.caller == Some(caller),
        };
        if self.task.is_some() || !by_owner || (new.ordinal, new.attempt) != (ordinal, attempt) {
            return;
        }
        self.task = Some(new.task);
        self.refused = None;
        let place = words::place(cluster, new.host);
        if new.settled {
            self.placing = None;
            let text = format!("RUNNING on {place} at time zero (start: settled)");
            self.add(Entry::new(at, Kind::Placed, text, ["SVC-1"]));
            return;
        }
        if !self.wanted_told && matches!(new.origin, Origin::Service { .. }) {
            self.tell_wanted(at, cluster, None, new.requested_at);
        }
        let definition = cluster.task_definition(new.task_definition).name();
        let text = match new.origin {
            Origin::Service { deployment, .. } => {
                format!("placed on {place}: a task of {definition} for deployment {}", deployment.0)
            }
            Origin::Caller { .. } => format!("placed on {place}: a task of {definition}"),
        };
        let details =
            self.placing.take().map_or_else(Details::default, |search| search.details(cluster, new));
        let rules: &[&'static str] = match new.host {
            Host::Instance(_) => &["PLC-1", "PLC-3"],
            Host::Fargate(_) => &["SIZ-6"],
            Host::Unplaced(_) => &["CAS-12"],
        };
        let mut entry = Entry::new(at, Kind::Placed, text, rules.iter().copied()).with(details);
        if let Some(provider) = provider_in_words(cluster, new) {
            entry = entry.fact(provider);
            entry.rules.push("CAP-4");
        }
        let entry = match skew(&entry.details) {
            Some(fact) => {
                let mut entry = entry.fact(fact);
                entry.rules.push("PLC-5");
                entry
            }
            None => entry,
        };
        self.add(entry);
        if new.first_status != TaskStatus::Running {
            self.tell_status(at, new.first_status, cluster, new.task);
        }
    }

    fn see_life(&mut self, at: SimTime, task: TaskId, change: &Change, cluster: &Cluster) {
        match change {
            Change::TaskStatusChanged { task: of, to, .. } if *of == task => {
                self.waits_for_room = false;
                self.tell_status(at, *to, cluster, task);
            }
            Change::PullStopped { task: of } if *of == task => {
                self.add(Entry::new(at, Kind::Status, "its images are there", ["LIF-5", "LAT-4"]));
            }
            Change::ContainerStatusChanged { task: of, container, from, to, exit } if *of == task => {
                self.tell_container(at, cluster, (task, usize::from(*container)), (*from, *to), *exit);
            }
            Change::ContainerHealthChanged { task: of, container, from, to } if *of == task => {
                let name = container_name(cluster, task, usize::from(*container));
                let text = format!("container {name} is {}, after {}", to.name(), from.name());
                let key = format!("{name} {}", to.name());
                self.add(Entry::new(at, Kind::Health, text, ["CON-6", "CON-7"]).folding(key));
            }
            Change::TargetStateChanged { task: of, target, from, to } if *of == task => {
                let target = cluster.tasks[task].targets[usize::from(*target)];
                let name = &cluster.target_group(target.target_group).name;
                self.add(words::target_turns(at, name, *from, *to));
            }
            Change::TaskHealthChanged { task: of, healthy } if *of == task => {
                let text = if *healthy { "counts as healthy" } else { "counts as healthy no longer" };
                self.add(Entry::new(at, Kind::Health, text, ["SVC-12"]).folding(text));
            }
            Change::TaskImpairmentChanged { task: of, impairment } if *of == task => {
                let entry = impaired(at, cluster, task, *impairment);
                self.add(entry);
            }
            Change::TaskHostLost { task: of } if *of == task => {
                let text = "its host is gone; ECS has not noticed yet and counts on it";
                self.add(Entry::new(at, Kind::Instance, text, ["INS-5"]));
            }
            Change::TaskEndedUnheard { task: of } if *of == task => {
                let text = "its essential container ends while the agent is cut off: ECS hears of it later";
                self.add(Entry::new(at, Kind::Container, text, ["INS-4"]));
            }
            Change::TaskStopOrdered { task: of, .. } if *of == task => {
                self.tell_stop_order(at, cluster, task)
            }
            Change::TaskForgotten { task: of } if *of == task => {
                self.task = None;
                self.ended.get_or_insert((at, "it was forgotten".to_owned()));
            }
            Change::InstanceStatusChanged { instance, from, to } => {
                self.see_host_drain(at, task, (*instance, *from, *to), cluster);
            }
            Change::AgentConnectionChanged { instance, connected } => {
                let here = cluster.tasks.get(task).is_some_and(|found| {
                    found.host == Host::Instance(*instance) && found.last_status != TaskStatus::Stopped
                });
                if here {
                    let name = cluster.instance_name(*instance);
                    let text = match connected {
                        true => format!("the agent of {name} is connected again: ECS hears what happened"),
                        false => format!(
                            "the agent of {name} loses its connection: what ECS knows of the task stands still"
                        ),
                    };
                    self.add(Entry::new(at, Kind::Instance, text, ["INS-4"]));
                }
            }
            _ => {}
        }
    }

    fn tell_status(&mut self, at: SimTime, status: TaskStatus, cluster: &Cluster, task: TaskId) {
        if status == TaskStatus::Stopped {
            let text = format!("STOPPED: {}", words::stopped_reason(cluster, task));
            let details = Details { stop: words::stop_details(cluster, task), ..Details::default() };
            self.ended = Some((at, words::stopped_reason(cluster, task)));
            let entry = Entry::new(at, Kind::Stopped, text, ["LIF-1"]).with(details);
            return self.add(match cluster.tasks[task].started_at {
                None => entry.fact("it never reached RUNNING"),
                Some(_) => entry,
            });
        }
        let (text, rule) = match status {
            TaskStatus::Provisioning => {
                ("PROVISIONING: its network interface or Fargate host is prepared", "LIF-3")
            }
            TaskStatus::Pending => ("PENDING: it has its host and waits for the agent", "LIF-4"),
            TaskStatus::Activating => ("ACTIVATING: its images are pulled and its containers made", "LIF-5"),
            TaskStatus::Running => ("RUNNING: every container that is due has started", "LIF-6"),
            TaskStatus::Deactivating => ("DEACTIVATING: it leaves its load balancers", "LIF-7"),
            TaskStatus::Stopping => ("STOPPING: its containers have the stop signal", "LIF-8"),
            TaskStatus::Deprovisioning => ("DEPROVISIONING: its network interface is taken away", "LIF-9"),
            TaskStatus::Stopped => ("STOPPED", "LIF-1"),
        };
        self.add(Entry::new(at, Kind::Status, text, [rule]));
    }

    fn tell_container(
        &mut self,
        at: SimTime,
        cluster: &Cluster,
        (task, index): (TaskId, usize),
        (from, to): (ContainerStatus, ContainerStatus),
        exit: Option<ContainerExit>,
    ) {
        let name = container_name(cluster, task, index);
        let container = &cluster.tasks[task].containers[index];
        let (text, rules, key): (String, &[&'static str], String) = match (to, exit) {
            (ContainerStatus::Running, _) if container.restarts > 0 => {
                (format!("container {name} starts again in place"), &["CON-11"], format!("{name} again"))
            }
            (ContainerStatus::Running, _) => {
                (format!("container {name} has started"), &["CON-2", "LAT-6"], format!("{name} starts"))
            }
            (ContainerStatus::Stopped, Some(exit)) => {
                let (why, rules): (&str, &[&'static str]) = match exit.cause {
                    ExitCause::Itself => ("by itself", &["CON-1"]),
                    ExitCause::OutOfMemory => ("killed for the memory it used", &["CON-14"]),
                    ExitCause::Signal if exit.code == 137 => {
                        ("killed, its stopTimeout being over", &["LIF-8", "LIF-15"])
                    }
                    ExitCause::Signal => ("after the stop signal", &["LIF-8"]),
                };
                let key = format!("{name} exits {} {why}", exit.code);
                (format!("container {name} exits with {}: {why}", exit.code), rules, key)
            }
            (ContainerStatus::Stopped, None) if from == ContainerStatus::Running => {
                (format!("container {name} is gone with its host"), &["INS-5"], format!("{name} gone"))
            }
            (ContainerStatus::Stopped, None) => (
                format!("container {name} never started and never will"),
                &["LIF-19"],
                format!("{name} never"),
            ),
            (ContainerStatus::Pending, _) => {
                (format!("container {name} is PENDING"), &["CON-2"], format!("{name} pending"))
            }
        };
        self.add(Entry::new(at, Kind::Container, text, rules.iter().copied()).folding(key));
    }

    fn tell_stop_order(&mut self, at: SimTime, cluster: &Cluster, task: TaskId) {
        let Some(cause) = cluster.tasks[task].stop else { return };
        let (why, rules) = words::stop_in_words(cluster, task, cause);
        let text = format!("told to stop: {why}");
        let details = Details { stop: words::stop_details(cluster, task), ..Details::default() };
        let mut entry = Entry::new(at, Kind::StopOrdered, text, rules.iter().copied()).with(details);
        entry.details.facts.extend(headroom_in_words(cluster, task, cause));
        entry.details.facts.extend(draining::what_let_it_go(cluster, task, cause));
        if let Some(found) = self.chosen.iter().position(|chosen| chosen.task == task) {
            let (words, rules) = words::choice_in_words(cluster, &self.chosen[found]);
            entry.details.choices.push(words);
            entry.rules.extend(rules);
        }
        self.chosen.clear();
        self.add(entry);
    }
}

/// Which item of a capacity provider strategy the task uses, and why that one; nothing where there is one item.
fn provider_in_words(cluster: &Cluster, new: &NewTask) -> Option<String> {
    let Origin::Service { service, .. } = new.origin else { return None };
    let service = cluster.service(service);
    let choices = &service.settings.capacity;
    if choices.len() < 2 {
        return None;
    }
    let name = |choice: &CapacityChoice| cluster.provider_name(choice.capacity).unwrap_or("EC2");
    let targets = capacity::targets(choices, service.settings.desired_count);
    let stood = choices.iter().zip(targets).zip(&service.active_by_choice).enumerate();
    let stood = stood.map(|(index, ((choice, target), active))| {
        let before = active - u32::from(index == usize::from(new.choice));
        format!("{} {before} of {target}", name(choice))
    });
    let stood: Vec<String> = stood.collect();
    let chosen = choices.get(usize::from(new.choice)).map_or("", name);
    Some(format!(
        "by {chosen}, the item of the strategy furthest below its target: {} before",
        stood.join(", ")
    ))
}

fn replaces_at_leisure(cause: StopCause) -> bool {
    matches!(
        cause,
        StopCause::HealthCheckFailed
            | StopCause::TargetCheckFailed
            | StopCause::TaskRetired
            | StopCause::Moved
    )
}

/// Whether the replacement of an unhealthy task came first (SVC-14).
fn headroom_in_words(cluster: &Cluster, task: TaskId, cause: StopCause) -> Option<String> {
    if !replaces_at_leisure(cause) {
        return None;
    }
    let service = cluster.service(cluster.tasks[task].service()?);
    let (settings, counts) = (&service.settings, service.counts);
    // The task itself is counted no longer.
    if counts.active >= settings.desired_count {
        let there = words::tasks(counts.active);
        return Some(format!(
            "its replacement came first: without it {there} of {} are there, {} healthy",
            settings.desired_count, counts.healthy
        ));
    }
    Some(format!(
        "it goes before its replacement comes: maximumPercent {} allows {}, which leaves no room for one more",
        settings.maximum_percent,
        words::tasks(settings.cap_total())
    ))
}

/// A service wants another task in the place of this one, or no longer.
pub(super) fn impaired(at: SimTime, cluster: &Cluster, task: TaskId, why: Option<Impairment>) -> Entry {
    let Some(why) = why else {
        return Entry::new(at, Kind::Health, "is to be replaced no longer", ["SVC-14"]).folding("kept");
    };
    let rules: &[&'static str] = match why {
        Impairment::Unhealthy => &["SVC-14", "SVC-15"],
        Impairment::TargetUnhealthy => &["LB-10", "SVC-14", "SVC-15"],
        Impairment::Retirement => &["FAIL-8"],
        Impairment::Moved => &[],
    };
    let text = format!("is to be replaced: {}", words::impairment(why));
    let entry = Entry::new(at, Kind::Health, text, rules.iter().copied()).folding(format!("{why:?}"));
    let Some(service) = cluster.tasks[task].service().map(|service| cluster.service(service)) else {
        return entry;
    };
    let settings = &service.settings;
    let room = settings.cap_total().saturating_sub(settings.desired_count.max(service.counts.active));
    let cap =
        format!("maximumPercent {} allows {}", settings.maximum_percent, words::tasks(settings.cap_total()));
    let (active, healthy) = (service.counts.active, service.counts.healthy);
    let kept = cluster.tasks[task].healthy && healthy <= settings.floor_healthy();
    entry.fact(match room {
        0 if kept => format!(
            "{cap} and {active} are there: no room for a replacement, and minimumHealthyPercent {} keeps it, being healthy",
            settings.minimum_healthy_percent
        ),
        0 => format!("{cap} and {active} are there: no room for a replacement, so it stops first"),
        _ => {
            format!("{cap} and {active} are there: its replacement starts first, and it stops when that is healthy")
        }
    })
}

/// Where a spread counts tasks of older revisions, what that means for the choice.
fn skew(details: &Details) -> Option<String> {
    let counted = &details.placement.as_ref()?.counted;
    let older: u32 = counted.iter().map(|zone| zone.of_older_revisions).sum();
    if older == 0 {
        return None;
    }
    let zone = |zone: &super::story::ZoneCount| {
        format!("{} {} ({} of older revisions)", zone.zone, zone.tasks, zone.of_older_revisions)
    };
    let zones: Vec<String> = counted.iter().map(zone).collect();
    Some(format!(
        "the spread counts old tasks that still run, so that it evens out old and new together: {}",
        zones.join(", ")
    ))
}

pub(super) fn container_name(cluster: &Cluster, task: TaskId, index: usize) -> &str {
    let definition = cluster.task_definition(cluster.tasks[task].task_definition);
    definition.containers.get(index).map_or("", |container| container.name.as_str())
}

/// How a task is, in a word.
pub(super) fn health_in_words(healthy: bool, health: HealthStatus) -> String {
    match (healthy, health) {
        (true, _) => "healthy".to_owned(),
        (false, health) => format!("not healthy ({})", health.name()),
    }
}
