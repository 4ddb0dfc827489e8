//! What happened, row by row: each status of a task and an instance, each message of a service, each deployment, request and
//! outage, with its reason. For people who walk through a run step by step, and for the picture of the cluster.

use std::collections::BTreeMap;

use super::Observer;
use super::events::{EventLog, EventSink, InstanceState, TaskState, Told};
use crate::kernel::time::SimTime;
use crate::model::{Change, Cluster, Resources};

/// A history of so many rows is as long as anybody walks through; what comes later is left out.
pub const MOST_ROWS: usize = 100_000;

/// What a row tells of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HistoryKind {
    /// A task has another status.
    Task,
    /// A container instance has another status.
    Instance,
    /// A service says something.
    Service,
    /// A deployment began, completed or failed.
    Deployment,
    /// A load balancer says something else of a task.
    Target,
    /// An API request was answered or refused.
    Request,
    /// The world did something to the cluster.
    Fault,
}

impl HistoryKind {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            HistoryKind::Task => "task",
            HistoryKind::Instance => "instance",
            HistoryKind::Service => "service",
            HistoryKind::Deployment => "deployment",
            HistoryKind::Target => "target",
            HistoryKind::Request => "request",
            HistoryKind::Fault => "fault",
        }
    }
}

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryRow {
    /// When.
    pub at: SimTime,
    /// What it is about.
    pub kind: HistoryKind,
    /// Whom it befell: `web#17`, `ec2-1`, `web`, `us-east-1a`.
    pub subject: String,
    /// What it has become; nothing for messages.
    pub status: &'static str,
    /// INFO, WARN or ERROR.
    pub level: &'static str,
    /// The message, or the reason.
    pub text: String,
    /// Of a task: its group.
    pub group: Option<String>,
    /// Of a task: `family:revision`.
    pub task_definition: Option<String>,
    /// Of a task: its instance.
    pub instance: Option<String>,
    /// Its zone.
    pub zone: Option<String>,
    /// Of a task, where it is told of first: what it reserves.
    pub reserved: Option<Resources>,
}

/// What was recorded of a replication.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct History {
    /// In the order in which it happened.
    pub rows: Vec<HistoryRow>,
    /// From when on there is nothing, since there would have been too much.
    pub ends: Option<SimTime>,
}

/// Records a history.
pub struct Historian {
    log: EventLog<Writer>,
}

impl Default for Historian {
    fn default() -> Historian {
        Historian { log: EventLog::new(Writer::default()) }
    }
}

impl Historian {
    /// What was recorded.
    #[must_use]
    pub fn into_history(self) -> History {
        self.log.into_sink().history
    }
}

impl Observer for Historian {
    fn begin(&mut self, cluster: &Cluster) {
        self.log.begin(cluster);
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        if self.log.sink().history.ends.is_some() {
            return;
        }
        let outage = match change {
            Change::ZoneOutageBegan { zone } => Some((*zone, "DOWN", "ERROR")),
            Change::ZoneOutageEnded { zone } => Some((*zone, "UP", "INFO")),
            _ => None,
        };
        if let Some((zone, status, level)) = outage {
            let name = cluster.zones[zone.index()].name.clone();
            let row =
                HistoryRow { status, level, zone: Some(name.clone()), ..row(at, HistoryKind::Fault, &name) };
            self.log.sink_mut().push(row);
        }
        // The event log tells nothing of an instance that is gone and not noticed yet (INS-5).
        if let Change::InstanceStatusChanged { instance, to, .. } = change
            && to.is_lost()
        {
            let name = cluster.instance_name(*instance);
            let row = HistoryRow { status: "LOST", level: "ERROR", ..row(at, HistoryKind::Instance, &name) };
            self.log.sink_mut().lose(row);
        }
        self.log.observe(at, change, cluster);
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        if self.log.sink().history.ends.is_none() {
            self.log.time_moves(from, to, cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.log.end(at, cluster);
    }
}

fn row(at: SimTime, kind: HistoryKind, subject: &str) -> HistoryRow {
    HistoryRow {
        at,
        kind,
        subject: subject.to_owned(),
        status: "",
        level: "INFO",
        text: String::new(),
        group: None,
        task_definition: None,
        instance: None,
        zone: None,
        reserved: None,
    }
}

/// Makes rows of what is told; of tasks and instances only what is new.
#[derive(Default)]
struct Writer {
    history: History,
    /// Tasks that have not stopped: last status, desired status, health, and whether they have a place.
    tasks: BTreeMap<String, (&'static str, &'static str, &'static str, bool)>,
    /// Instances: status, and whether the agent is connected.
    instances: BTreeMap<String, (&'static str, bool)>,
    lost: Option<String>,
}

impl Writer {
    fn push(&mut self, row: HistoryRow) {
        match self.history.rows.len() < MOST_ROWS {
            true => self.history.rows.push(row),
            false => {
                self.history.ends.get_or_insert(row.at);
            }
        }
    }

    /// What the log says of this instance in the same breath is known.
    fn lose(&mut self, row: HistoryRow) {
        self.lost = Some(row.subject.clone());
        self.instances.insert(row.subject.clone(), ("LOST", false));
        self.push(row);
    }

    fn task(&mut self, at: SimTime, task: &TaskState) {
        let now = (task.last_status, task.desired_status, task.health, task.zone.is_some());
        if self.tasks.get(&task.task) == Some(&now) {
            return;
        }
        let known = match task.last_status {
            "STOPPED" => self.tasks.remove(&task.task),
            _ => self.tasks.insert(task.task.clone(), now),
        };
        let is_told_to_stop =
            task.desired_status == "STOPPED" && known.is_none_or(|(_, desired, ..)| desired != "STOPPED");
        let turns = known.is_some_and(|(.., health, _)| health != task.health);
        let text = match &task.stop {
            Some((code, reason)) if is_told_to_stop || task.last_status == "STOPPED" => {
                format!("{code}: {reason}")
            }
            _ if turns => task.health.to_owned(),
            _ => String::new(),
        };
        let is_bad = task.health == "UNHEALTHY"
            || task
                .stop
                .as_ref()
                .is_some_and(|(code, _)| !["ServiceSchedulerInitiated", "UserInitiated"].contains(code));
        // Between the order to stop and its first step the last status is the old one: what people wait for is the stop.
        let status = match (task.desired_status, task.last_status) {
            ("STOPPED", "RUNNING" | "ACTIVATING" | "PENDING" | "PROVISIONING") => "STOPPING",
            (_, last) => last,
        };
        self.push(HistoryRow {
            status,
            level: if is_bad { "WARN" } else { "INFO" },
            text,
            group: Some(task.group.clone()),
            task_definition: Some(task.task_definition.clone()),
            instance: task.instance.clone(),
            zone: task.zone.clone(),
            reserved: known.is_none().then_some(task.reserved),
            ..row(at, HistoryKind::Task, &task.task)
        });
    }

    fn instance(&mut self, at: SimTime, instance: &InstanceState) {
        let now = (instance.status, instance.agent_connected);
        if self.lost.as_ref() == Some(&instance.instance) {
            self.lost = None;
            return;
        }
        let known = self.instances.insert(instance.instance.clone(), now);
        if known == Some(now) {
            return;
        }
        let text = match known {
            Some((status, connected))
                if status == instance.status && connected != instance.agent_connected =>
            {
                if instance.agent_connected { "its agent is connected" } else { "its agent is disconnected" }
            }
            _ => "",
        };
        self.push(HistoryRow {
            status: instance.status,
            text: text.to_owned(),
            level: if instance.agent_connected || instance.status != "ACTIVE" { "INFO" } else { "WARN" },
            zone: Some(instance.zone.clone()),
            ..row(at, HistoryKind::Instance, &instance.instance)
        });
    }
}

impl EventSink for Writer {
    fn event(&mut self, at: SimTime, told: &Told) {
        let made = match told {
            Told::Task(task) => return self.task(at, task),
            Told::Instance(instance) => return self.instance(at, instance),
            Told::Service(action) => HistoryRow {
                level: action.event_type,
                text: action.message.clone(),
                ..row(at, HistoryKind::Service, &action.service)
            },
            Told::Deployment(state) => HistoryRow {
                level: state.event_type,
                text: state.message.clone(),
                status: state.event_name,
                ..row(at, HistoryKind::Deployment, &state.service)
            },
            Told::Target { task, target_group, state } => HistoryRow {
                status: state,
                text: format!("target group {target_group} finds it {state}"),
                ..row(at, HistoryKind::Target, task)
            },
            Told::TaskDefinition(definition) => HistoryRow {
                text: "RegisterTaskDefinition".to_owned(),
                ..row(at, HistoryKind::Request, &definition.name())
            },
            Told::ServiceRequest(service) => HistoryRow {
                text: match &service.task_definition {
                    Some(definition) => {
                        format!("{}: {definition}, {} tasks", service.call, service.desired_count)
                    }
                    None => service.call.to_owned(),
                },
                ..row(at, HistoryKind::Request, &service.service)
            },
            Told::RequestRefused { call, exception } => HistoryRow {
                level: "ERROR",
                text: format!("refused: {exception}"),
                ..row(at, HistoryKind::Request, call)
            },
            Told::RunTaskFailed { request, group, reason } => HistoryRow {
                level: "WARN",
                text: format!("RunTask found no place: {reason}"),
                group: Some(group.clone()),
                ..row(at, HistoryKind::Request, request)
            },
        };
        self.push(made);
    }
}
