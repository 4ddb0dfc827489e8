//! Requests about task sets, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, make_true, refusal, shop, with};
use crate::engine::api::{Answer, Request};

const CREATE: fn(Box<CreateTaskSet>) -> Request = |input| task_set(TaskSetRequest::Create(input));

fn task_set(request: TaskSetRequest) -> Request {
    Request::TaskSet(Box::new(request))
}

fn service(fields: Value) -> Value {
    let base =
        json!({ "serviceName": "s", "desiredCount": 7, "deploymentController": { "type": "EXTERNAL" } });
    with(base, fields)
}

/// The shop with a service of the controller EXTERNAL and the task set `blue`, PRIMARY.
fn shop_with_set() -> Cluster {
    let mut cluster = shop();
    let made = ask(&cluster, Request::CreateService, service(json!({})));
    make_true(&mut cluster, made);
    let made = create(&cluster, json!({ "externalId": "blue" }));
    make_true(&mut cluster, made);
    let made = set_primary(&cluster, "blue");
    make_true(&mut cluster, made);
    cluster
}

fn create(cluster: &Cluster, fields: Value) -> Result<Answer, ApiError> {
    ask(cluster, CREATE, with(json!({ "service": "s", "taskDefinition": "web:1" }), fields))
}

fn set_primary(cluster: &Cluster, name: &str) -> Result<Answer, ApiError> {
    let request = |input: Box<UpdateServicePrimaryTaskSet>| task_set(TaskSetRequest::SetPrimary(*input));
    ask(cluster, request, json!({ "service": "s", "primaryTaskSet": name }))
}

fn delete(cluster: &Cluster, name: &str, force: bool) -> Result<Answer, ApiError> {
    let request = |input: Box<DeleteTaskSet>| task_set(TaskSetRequest::Delete(*input));
    ask(cluster, request, json!({ "service": "s", "taskSet": name, "force": force }))
}

fn update(cluster: &Cluster, name: &str, percent: f64) -> Result<Answer, ApiError> {
    let request = |input: Box<UpdateTaskSet>| task_set(TaskSetRequest::Update(*input));
    ask(cluster, request, json!({ "service": "s", "taskSet": name, "scale": { "value": percent } }))
}

/// DEP-40, DEP-43: what runs, and where, is said of task sets; ECS's own ways to deploy and DAEMON are not for it.
#[test]
fn a_service_with_task_sets_takes_nothing_that_belongs_to_them() {
    let refused = |fields| refusal(ask(&shop(), Request::CreateService, service(fields)));
    for (field, value) in [
        ("taskDefinition", json!("web:1")),
        ("launchType", json!("EC2")),
        ("loadBalancers", json!([{ "targetGroupArn": "t" }])),
        ("schedulingStrategy", json!("DAEMON")),
    ] {
        assert_eq!(refused(json!({ field: value })), format!("InvalidParameterException at {field}"));
    }
    let breaker = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } });
    assert_eq!(
        refused(json!({ "deploymentConfiguration": breaker })),
        "InvalidParameterException at deploymentConfiguration.deploymentCircuitBreaker"
    );
}

/// DEP-2: whatever limits are given, 100 and 200 percent stand.
#[test]
fn its_limits_are_100_and_200_percent() {
    let limits = json!({ "deploymentConfiguration": { "minimumHealthyPercent": 0, "maximumPercent": 100 } });
    let request = Request::CreateService(Box::new(crate::engine::api::tests::input(service(limits.clone()))));
    let told: Vec<String> =
        crate::engine::api::ignored(&shop(), &request).into_iter().map(|(field, _)| field).collect();
    assert_eq!(told, ["deploymentConfiguration"]);
    let made = changes(ask(&shop(), Request::CreateService, service(limits)));
    let [Change::ServiceCreated(made)] = &made[..] else { panic!("a service alone, without a deployment") };
    assert_eq!((made.settings.minimum_healthy_percent, made.settings.maximum_percent), (100, 200));
}

/// The second set is ACTIVE, stands before the PRIMARY one, and becomes it on request.
#[test]
fn one_task_set_is_primary() {
    let mut cluster = shop_with_set();
    let made = create(&cluster, json!({ "externalId": "green", "scale": { "value": 25 } }));
    make_true(&mut cluster, made);
    let statuses = |cluster: &Cluster| {
        let sets = cluster.services[0].deployments.iter().filter_map(|one| one.task_set.clone());
        sets.map(|set| (set.external_id.unwrap(), set.status)).collect::<Vec<_>>()
    };
    let [active, primary] = [TaskSetStatus::Active, TaskSetStatus::Primary];
    assert_eq!(statuses(&cluster), [("green".into(), active), ("blue".into(), primary)]);
    let made = set_primary(&cluster, "2");
    make_true(&mut cluster, made);
    assert_eq!(statuses(&cluster), [("blue".into(), active), ("green".into(), primary)]);
}

#[test]
fn task_sets_are_called_by_name_number_or_arn() {
    let cluster = shop_with_set();
    for name in ["blue", "1", "ecs-svc/1", "arn:aws:ecs:eu-west-1:1:task-set/shop/s/1"] {
        assert!(update(&cluster, name, 50.0).is_ok(), "{name}");
    }
    assert_eq!(refusal(update(&cluster, "red", 50.0)), "TaskSetNotFoundException at taskSet");
    assert_eq!(refusal(set_primary(&cluster, "7")), "TaskSetNotFoundException at primaryTaskSet");
}

#[test]
fn a_scale_is_0_to_100_percent() {
    let cluster = shop_with_set();
    for percent in [-1.0, 100.5] {
        assert_eq!(refusal(update(&cluster, "blue", percent)), "InvalidParameterException at scale.value");
    }
    let Change::TaskSetChanged { task_set, .. } = &changes(update(&cluster, "blue", 12.5))[0] else {
        panic!()
    };
    assert_eq!(task_set.scale_millionths, 125_000);
}

#[test]
fn a_task_set_above_0_percent_is_deleted_by_force_only() {
    let mut cluster = shop_with_set();
    assert_eq!(refusal(delete(&cluster, "blue", false)), "InvalidParameterException at taskSet");
    let made = delete(&cluster, "blue", true);
    make_true(&mut cluster, made);
    assert_eq!(refusal(update(&cluster, "blue", 50.0)), "InvalidParameterException at taskSet");
    assert_eq!(refusal(set_primary(&cluster, "blue")), "InvalidParameterException at primaryTaskSet");
}

#[test]
fn two_task_sets_of_one_name_are_refused() {
    let same = create(&shop_with_set(), json!({ "externalId": "blue" }));
    assert_eq!(refusal(same), "InvalidParameterException at externalId");
}

#[test]
fn a_service_that_ecs_deploys_has_no_task_sets() {
    let mut cluster = shop();
    let input = json!({ "serviceName": "s", "taskDefinition": "web:1", "desiredCount": 1 });
    let made = ask(&cluster, Request::CreateService, input);
    make_true(&mut cluster, made);
    assert_eq!(refusal(create(&cluster, json!({}))), "UnsupportedFeatureException at service");
}

/// What another revision would bring is said by CreateTaskSet; the desired count is the service's own.
#[test]
fn update_service_changes_the_desired_count_and_no_revision() {
    let cluster = shop_with_set();
    let update = |fields| ask(&cluster, Request::UpdateService, with(json!({ "service": "s" }), fields));
    for (field, value) in [("taskDefinition", json!("web:2")), ("forceNewDeployment", json!(true))] {
        assert_eq!(refusal(update(json!({ field: value }))), format!("InvalidParameterException at {field}"));
    }
    let to_ecs = update(json!({ "deploymentController": { "type": "ECS" } }));
    assert_eq!(refusal(to_ecs), "NotModelled at deploymentController");
    let made = changes(update(json!({ "desiredCount": 3 })));
    let [Change::ServiceUpdated { settings, .. }] = &made[..] else { panic!("{made:?}") };
    assert_eq!(settings.1.desired_count, 3);
}

#[test]
fn stop_service_deployment_is_not_for_task_sets() {
    let stopped =
        ask(&shop_with_set(), Request::StopServiceDeployment, json!({ "serviceDeploymentArn": "s" }));
    assert_eq!(refusal(stopped), "UnsupportedFeatureException at serviceDeploymentArn");
}
