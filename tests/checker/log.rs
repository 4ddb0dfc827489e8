//! Reads a line of `events.jsonl` into what the checks compare.

use serde::Deserialize;
use serde_json::Value;

/// Milliseconds: since simulated zero for `at_ms`, since 1970 for dates.
pub type Ms = i64;

/// One line, with its number in the file from 1.
pub struct Event {
    pub line: usize,
    pub replication: u64,
    pub id: String,
    pub at_ms: Ms,
    pub time: Option<Ms>,
    pub told: Told,
}

pub enum Told {
    Task(Box<Task>),
    Instance(Instance),
    Service { service: String, name: Option<String>, message: String, created_at: Option<Ms> },
    Deployment { service: String, name: String, number: String },
    Target { task: String, group: String, state: String },
    ServiceRequest(Service),
    TaskDefinition(Definition),
    Refused,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskDetail {
    task_arn: String,
    task_definition_arn: String,
    group: String,
    started_by: Option<String>,
    launch_type: String,
    capacity_provider_name: Option<String>,
    container_instance_arn: Option<String>,
    availability_zone: Option<String>,
    cpu: String,
    memory: String,
    #[serde(rename = "ecsim:gpus", default)]
    gpus: i64,
    last_status: String,
    desired_status: String,
    health_status: String,
    containers: Vec<Container>,
    stop_code: Option<String>,
    stopped_reason: Option<String>,
    version: u64,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    pub name: String,
    pub last_status: String,
    pub exit_code: Option<i64>,
    pub health_status: String,
}

/// A task as its newest line tells it.
#[derive(Clone)]
pub struct Task {
    pub name: String,
    pub definition: String,
    pub group: String,
    pub started_by: Option<String>,
    pub launch_type: String,
    pub provider: Option<String>,
    pub instance: Option<String>,
    /// Empty while it waits for capacity (CAS-12).
    pub zone: String,
    /// CPU units, MiB, GPUs.
    pub reserved: [i64; 3],
    pub last_status: String,
    pub desired_status: String,
    pub health: String,
    pub containers: Vec<Container>,
    pub stop: Option<(String, String)>,
    pub version: u64,
    pub times: Times,
}

/// LIF-20.
#[derive(Clone, Copy, PartialEq)]
pub struct Times {
    pub created: Option<Ms>,
    pub pull_started: Option<Ms>,
    pub pull_stopped: Option<Ms>,
    pub started: Option<Ms>,
    pub stopping: Option<Ms>,
    pub execution_stopped: Option<Ms>,
    pub stopped: Option<Ms>,
}

impl Times {
    /// With their names in the log, in the order in which they come.
    pub fn named(&self) -> [(&'static str, Option<Ms>); 7] {
        [
            ("createdAt", self.created),
            ("pullStartedAt", self.pull_started),
            ("pullStoppedAt", self.pull_stopped),
            ("startedAt", self.started),
            ("stoppingAt", self.stopping),
            ("executionStoppedAt", self.execution_stopped),
            ("stoppedAt", self.stopped),
        ]
    }

    /// The time with this name.
    pub fn of(&self, name: &str) -> Option<Ms> {
        self.named().into_iter().find(|(known, _)| *known == name).and_then(|(_, time)| time)
    }
}

impl Task {
    pub fn is_active(&self) -> bool {
        self.desired_status == "RUNNING"
    }

    pub fn is_stopped(&self) -> bool {
        self.last_status == "STOPPED"
    }

    /// The service it belongs to (RES-8, RES-9).
    pub fn service(&self) -> Option<&str> {
        let by_service = self.started_by.as_deref().is_some_and(|by| by.starts_with("ecs-svc/"));
        self.group.strip_prefix("service:").filter(|_| by_service)
    }

    pub fn reason(&self) -> &str {
        self.stop.as_ref().map_or("", |(_, reason)| reason)
    }
}

#[derive(Clone)]
pub struct Instance {
    pub name: String,
    pub zone: String,
    pub status: String,
    pub connected: bool,
    pub registered: [i64; 3],
    pub remaining: [i64; 3],
    /// awsvpc tasks at most (CON-20).
    pub interfaces: i64,
    pub running: i64,
    pub pending: i64,
    pub version: u64,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    pub service_name: String,
    pub status: String,
    pub scheduling_strategy: String,
    pub desired_count: i64,
    pub deployment_configuration: Limits,
    /// Where it is not ECS.
    pub deployment_controller: Option<Controller>,
}

#[derive(Clone, Deserialize)]
pub struct Controller {
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    pub maximum_percent: i64,
    pub minimum_healthy_percent: i64,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    pub task_definition_arn: String,
    pub network_mode: String,
    pub cpu: String,
    pub memory: String,
    pub container_definitions: Vec<ContainerDefinition>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerDefinition {
    pub name: String,
    pub essential: bool,
    #[serde(default)]
    pub depends_on: Vec<Dependency>,
    pub health_check: Option<Value>,
    pub restart_policy: Option<Value>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    pub container_name: String,
    pub condition: String,
}

/// A line as an event, or what is wrong with it.
pub fn read(line: usize, text: &str) -> Result<Event, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    let detail = &value["detail"];
    let kind = word(&value, "detail-type")?;
    let told = match kind.as_str() {
        "ECS Task State Change" => Told::Task(Box::new(task(detail)?)),
        "ECS Container Instance State Change" => Told::Instance(instance(detail)?),
        "ECS Service Action" => Told::Service {
            service: resource(&value)?,
            name: detail["eventName"].as_str().map(str::to_owned),
            message: word(detail, "message")?,
            created_at: date(detail, "createdAt")?,
        },
        "ECS Deployment State Change" => Told::Deployment {
            service: resource(&value)?,
            name: word(detail, "eventName")?,
            number: word(detail, "deploymentId")?,
        },
        "ELB Target State Change" => Told::Target {
            task: word(detail, "taskArn")?,
            group: word(detail, "targetGroupArn")?,
            state: word(detail, "state")?,
        },
        "AWS API Call via CloudTrail" => api_call(detail)?,
        other => return Err(format!("detail-type {other:?} is none of those of docs/events.md")),
    };
    Ok(Event {
        line,
        replication: whole(&value, "replication")? as u64,
        id: word(&value, "id")?,
        at_ms: whole(&value, "ecsim:at_ms")?,
        time: date(&value, "time")?,
        told,
    })
}

fn api_call(detail: &Value) -> Result<Told, String> {
    let call = word(detail, "eventName")?;
    let answer = &detail["responseElements"];
    let of = |key: &str| answer[key].clone();
    match call.as_str() {
        "RegisterTaskDefinition" if answer.is_object() => {
            parsed(of("taskDefinition")).map(Told::TaskDefinition)
        }
        "CreateService" | "UpdateService" | "DeleteService" if answer.is_object() => {
            parsed(of("service")).map(Told::ServiceRequest)
        }
        _ => Ok(Told::Refused),
    }
}

fn task(detail: &Value) -> Result<Task, String> {
    let found: TaskDetail = parsed(detail.clone())?;
    let times = Times {
        created: date(detail, "createdAt")?,
        pull_started: date(detail, "pullStartedAt")?,
        pull_stopped: date(detail, "pullStoppedAt")?,
        started: date(detail, "startedAt")?,
        stopping: date(detail, "stoppingAt")?,
        execution_stopped: date(detail, "executionStoppedAt")?,
        stopped: date(detail, "stoppedAt")?,
    };
    let stop = match (found.stop_code, found.stopped_reason) {
        (Some(code), Some(reason)) => Some((code, reason)),
        (None, None) => None,
        _ => return Err("stopCode and stoppedReason come together".to_owned()),
    };
    if found.availability_zone.is_some()
        != (found.container_instance_arn.is_some() || found.launch_type == "FARGATE")
    {
        return Err("availabilityZone comes with the place of the task".to_owned());
    }
    Ok(Task {
        name: found.task_arn,
        definition: found.task_definition_arn,
        group: found.group,
        started_by: found.started_by,
        launch_type: found.launch_type,
        provider: found.capacity_provider_name,
        instance: found.container_instance_arn,
        zone: found.availability_zone.unwrap_or_default(),
        reserved: [number(&found.cpu)?, number(&found.memory)?, found.gpus],
        last_status: found.last_status,
        desired_status: found.desired_status,
        health: found.health_status,
        containers: found.containers,
        stop,
        version: found.version,
        times,
    })
}

fn instance(detail: &Value) -> Result<Instance, String> {
    let attributes = detail["attributes"].as_array().ok_or("attributes is missing")?;
    let zone = attributes.iter().find(|attribute| attribute["name"] == "ecs.availability-zone");
    Ok(Instance {
        name: word(detail, "containerInstanceArn")?,
        zone: word(zone.ok_or("no attribute ecs.availability-zone")?, "value")?,
        status: word(detail, "status")?,
        connected: detail["agentConnected"].as_bool().ok_or("agentConnected is missing")?,
        registered: resources(&detail["registeredResources"])?,
        remaining: resources(&detail["remainingResources"])?,
        interfaces: detail["ecsim:awsvpcTaskLimit"].as_i64().unwrap_or(i64::MAX),
        running: whole(detail, "runningTasksCount")?,
        pending: whole(detail, "pendingTasksCount")?,
        version: whole(detail, "version")? as u64,
    })
}

fn resources(list: &Value) -> Result<[i64; 3], String> {
    let of = |name: &str| {
        let all = list.as_array().into_iter().flatten();
        let found = all.into_iter().find(|resource| resource["name"] == name);
        found.and_then(|found| found["integerValue"].as_i64()).ok_or(format!("resource {name} is missing"))
    };
    Ok([of("CPU")?, of("MEMORY")?, of("GPU")?])
}

fn parsed<T: for<'d> Deserialize<'d>>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn resource(value: &Value) -> Result<String, String> {
    value["resources"][0].as_str().map(str::to_owned).ok_or("resources is empty".to_owned())
}

fn word(value: &Value, key: &str) -> Result<String, String> {
    value[key].as_str().map(str::to_owned).ok_or(format!("{key} is missing"))
}

fn whole(value: &Value, key: &str) -> Result<i64, String> {
    value[key].as_i64().ok_or(format!("{key} is missing or no integer"))
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

fn date(value: &Value, key: &str) -> Result<Option<Ms>, String> {
    let Some(text) = value[key].as_str() else { return Ok(None) };
    let date: jiff::Timestamp = text.parse().map_err(|_| format!("{key}: {text:?} is no date"))?;
    Ok(Some(date.as_millisecond()))
}
