//! The JSON of each kind of event.

mod task_definition;

use serde_json::{Map, Value, json};

use super::EventSetting;
use crate::kernel::time::SimTime;
use crate::model::Resources;
use crate::observe::events::{
    ContainerState, DeploymentState, InstanceState, ServiceAction, ServiceState, TaskState, TaskTimes, Told,
};

const API_CALL: &str = "AWS API Call via CloudTrail";

/// One line of the log.
pub(super) fn line(setting: &EventSetting, replication: u64, number: u64, at: SimTime, told: &Told) -> Value {
    let dates = Dates(setting);
    let (detail_type, source, resource, detail) = match told {
        Told::Task(task) => ("ECS Task State Change", "aws.ecs", Some(&task.task), task_detail(dates, task)),
        Told::Instance(instance) => (
            "ECS Container Instance State Change",
            "aws.ecs",
            Some(&instance.instance),
            instance_detail(dates, at, instance),
        ),
        Told::Service(action) => {
            ("ECS Service Action", "aws.ecs", Some(&action.service), action_detail(dates, at, action))
        }
        Told::Deployment(state) => (
            "ECS Deployment State Change",
            "aws.ecs",
            Some(&state.service),
            deployment_detail(dates, at, state),
        ),
        Told::Target { task, target_group, state } => {
            let detail = json!({ "taskArn": task, "targetGroupArn": target_group, "state": state });
            ("ELB Target State Change", "ecsim", Some(task), detail)
        }
        Told::TaskDefinition(definition) => {
            let answer = json!({ "taskDefinition": task_definition::shape(definition) });
            (API_CALL, "aws.ecs", None, answered("RegisterTaskDefinition", answer))
        }
        Told::ServiceRequest(service) => {
            let answer = json!({ "service": service_shape(service) });
            (API_CALL, "aws.ecs", Some(&service.service), answered(service.call, answer))
        }
        Told::RequestRefused { call, exception } => {
            let detail = json!({
                "eventSource": "ecs.amazonaws.com",
                "eventName": call,
                "errorCode": exception,
            });
            (API_CALL, "aws.ecs", None, detail)
        }
        Told::RunTaskFailed { request, group, reason } => {
            let detail = json!({
                "eventSource": "ecs.amazonaws.com",
                "eventName": "RunTask",
                "requestParameters": { "group": group },
                "responseElements": { "tasks": [], "failures": [{ "reason": reason }] },
                "ecsim:request": request,
            });
            (API_CALL, "aws.ecs", None, detail)
        }
    };
    json!({
        "version": "0",
        "id": format!("{replication}-{number}"),
        "detail-type": detail_type,
        "source": source,
        "time": dates.of(at),
        "region": setting.region,
        "resources": resource.into_iter().collect::<Vec<_>>(),
        "detail": detail,
        "replication": replication,
        "ecsim:at_ms": at.0,
    })
}

#[derive(Clone, Copy)]
struct Dates<'s>(&'s EventSetting);

impl Dates<'_> {
    fn of(self, at: SimTime) -> Value {
        self.0.date(at).map_or(Value::Null, Value::String)
    }
}

/// An object whose missing parts are left out, as AWS does.
struct Object(Map<String, Value>);

impl Object {
    fn new() -> Object {
        Object(Map::new())
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Object {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Object {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    fn end(self) -> Value {
        Value::Object(self.0)
    }
}

fn task_detail(dates: Dates<'_>, task: &TaskState) -> Value {
    let TaskTimes { created, pull_started, pull_stopped, started, stopping, execution_stopped, stopped } =
        task.times;
    let date = |at: Option<SimTime>| at.map(|at| dates.of(at));
    let (stop_code, stopped_reason) = task.stop.clone().unzip();
    let containers: Vec<Value> = task.containers.iter().map(container_detail).collect();
    Object::new()
        .with("taskArn", task.task.as_str())
        .with("clusterArn", task.cluster.as_str())
        .with("taskDefinitionArn", task.task_definition.as_str())
        .with("group", task.group.as_str())
        .with_some("startedBy", task.started_by.as_deref())
        .with("launchType", task.launch_type)
        .with_some("capacityProviderName", task.capacity_provider.as_deref())
        .with_some("containerInstanceArn", task.instance.as_deref())
        .with_some("availabilityZone", task.zone.as_deref())
        .with("cpu", task.reserved.cpu.to_string())
        .with("memory", task.reserved.memory_mib.to_string())
        .with_some("ecsim:gpus", Some(task.reserved.gpus).filter(|gpus| *gpus > 0))
        .with("lastStatus", task.last_status)
        .with("desiredStatus", task.desired_status)
        .with("healthStatus", task.health)
        .with("containers", containers)
        .with("createdAt", dates.of(created))
        .with_some("pullStartedAt", date(pull_started))
        .with_some("pullStoppedAt", date(pull_stopped))
        .with_some("startedAt", date(started))
        .with_some("stoppingAt", date(stopping))
        .with_some("executionStoppedAt", date(execution_stopped))
        .with_some("stoppedAt", date(stopped))
        .with_some("stopCode", stop_code)
        .with_some("stoppedReason", stopped_reason)
        .with("version", task.version)
        .end()
}

fn container_detail(container: &ContainerState) -> Value {
    Object::new()
        .with("name", container.name.as_str())
        .with("lastStatus", container.last_status)
        .with_some("exitCode", container.exit_code)
        .with("healthStatus", container.health)
        .end()
}

fn instance_detail(dates: Dates<'_>, at: SimTime, instance: &InstanceState) -> Value {
    let attribute = |name: &str, value: &str| json!({ "name": name, "value": value });
    let mut attributes = vec![attribute("ecs.availability-zone", &instance.zone)];
    attributes.extend(instance.instance_type.as_deref().map(|name| attribute("ecs.instance-type", name)));
    attributes.extend(instance.custom_attributes.iter().map(|(name, value)| match value.as_str() {
        "" => json!({ "name": name }),
        value => attribute(name, value),
    }));
    Object::new()
        .with("clusterArn", instance.cluster.as_str())
        .with("containerInstanceArn", instance.instance.as_str())
        .with("status", instance.status)
        .with("agentConnected", instance.agent_connected)
        .with("attributes", attributes)
        .with("registeredResources", resources(instance.registered))
        .with("remainingResources", resources(instance.remaining))
        .with_some("ecsim:awsvpcTaskLimit", instance.awsvpc_task_limit)
        .with("runningTasksCount", instance.running_tasks)
        .with("pendingTasksCount", instance.pending_tasks)
        .with("registeredAt", dates.of(instance.registered_at))
        .with("updatedAt", dates.of(at))
        .with("version", instance.version)
        .end()
}

fn resources(of: Resources) -> Value {
    let one = |name: &str, value: u32| json!({ "name": name, "type": "INTEGER", "integerValue": value });
    json!([one("CPU", of.cpu), one("MEMORY", of.memory_mib), one("GPU", of.gpus)])
}

fn action_detail(dates: Dates<'_>, at: SimTime, action: &ServiceAction) -> Value {
    Object::new()
        .with("eventType", action.event_type)
        .with_some("eventName", action.event_name)
        .with("clusterArn", action.cluster.as_str())
        .with_some("reason", action.reason)
        .with("message", action.message.as_str())
        .with("createdAt", dates.of(at))
        .end()
}

fn answered(call: &str, answer: Value) -> Value {
    Object::new()
        .with("eventSource", "ecs.amazonaws.com")
        .with("eventName", call)
        .with("responseElements", answer)
        .end()
}

fn service_shape(service: &ServiceState) -> Value {
    let limits = json!({
        "maximumPercent": service.maximum_percent,
        "minimumHealthyPercent": service.minimum_healthy_percent,
    });
    Object::new()
        .with("serviceName", service.service.as_str())
        .with("clusterArn", service.cluster.as_str())
        .with("status", service.status)
        .with("schedulingStrategy", service.scheduling_strategy)
        .with("desiredCount", service.desired_count)
        .with_some("taskDefinition", service.task_definition.as_deref())
        .with_some("deploymentController", service.deployment_controller.map(|kind| json!({ "type": kind })))
        .with("deploymentConfiguration", limits)
        .with("healthCheckGracePeriodSeconds", service.grace_period_s)
        .end()
}

fn deployment_detail(dates: Dates<'_>, at: SimTime, state: &DeploymentState) -> Value {
    Object::new()
        .with("eventType", state.event_type)
        .with("eventName", state.event_name)
        .with("deploymentId", state.deployment.as_str())
        .with("updatedAt", dates.of(at))
        .with("reason", state.message.as_str())
        .end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> EventSetting {
        EventSetting { starts_at: "2026-01-05T00:00:00Z".parse().unwrap(), region: "us-east-1".to_owned() }
    }

    fn failure_of(request: &str, at: u64) -> Value {
        let (request, group) = (request.to_owned(), "family:job".to_owned());
        let told = Told::RunTaskFailed { request, group, reason: "RESOURCE:CPU" };
        line(&setting(), 3, 17, SimTime(at), &told)
    }

    #[test]
    fn a_hostile_name_stays_one_line_and_reads_back_the_same() {
        let name = "a\"},\n{\"x\":1 \u{2028}\u{1b}[31m#1";
        let text = failure_of(name, 0).to_string();
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains('\u{1b}'));
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["detail"]["ecsim:request"], name);
    }

    #[test]
    fn time_is_the_date_of_zero_plus_the_milliseconds() {
        // 2026-01-05 + 1 day + 2 ms
        let event = failure_of("job#1", 86_400_002);
        assert_eq!(event["time"], "2026-01-06T00:00:00.002Z");
        assert_eq!(event["ecsim:at_ms"], 86_400_002_u64);
    }

    #[test]
    fn a_date_after_the_year_9999_is_null_and_the_milliseconds_still_stand() {
        let event = failure_of("job#1", SimTime::LATEST_END.0);
        assert_eq!(event["time"], Value::Null);
        assert_eq!(event["ecsim:at_ms"], SimTime::LATEST_END.0);
    }

    #[test]
    fn a_service_is_told_as_the_answer_to_its_request_shows_it() {
        let service = ServiceState {
            call: "UpdateService",
            service: "web".to_owned(),
            cluster: "shop".to_owned(),
            status: "ACTIVE",
            deployment_controller: None,
            task_definition: Some("web:2".to_owned()),
            scheduling_strategy: "REPLICA",
            desired_count: 4,
            minimum_healthy_percent: 50,
            maximum_percent: 150,
            grace_period_s: 30,
        };
        let event = line(&setting(), 0, 0, SimTime(0), &Told::ServiceRequest(Box::new(service)));
        assert_eq!(event["resources"], json!(["web"]));
        assert_eq!(event["detail"]["eventName"], "UpdateService");
        let expected = json!({
            "serviceName": "web", "clusterArn": "shop", "status": "ACTIVE", "schedulingStrategy": "REPLICA",
            "desiredCount": 4, "taskDefinition": "web:2",
            "deploymentConfiguration": { "maximumPercent": 150, "minimumHealthyPercent": 50 },
            "healthCheckGracePeriodSeconds": 30,
        });
        assert_eq!(event["detail"]["responseElements"]["service"], expected);
    }

    #[test]
    fn keys_stand_in_one_order() {
        let expected = "{\"version\":\"0\",\"id\":\"3-17\",\"detail-type\":\"AWS API Call via CloudTrail\",\
                        \"source\":\"aws.ecs\",\"time\":\"2026-01-05T00:00:00.000Z\",\"region\":\"us-east-1\",\
                        \"resources\":[],\"detail\":{";
        assert!(failure_of("job#1", 0).to_string().starts_with(expected));
    }
}
