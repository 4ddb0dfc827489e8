//! CreateService, UpdateService, DeleteService, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, input, make_true, refusal, shop, with};
use crate::engine::api::{Answer, Request};
use crate::model::service::RolloutState;

fn service(fields: Value) -> Value {
    with(json!({ "serviceName": "s", "taskDefinition": "web:1", "desiredCount": 4 }), fields)
}

fn create_answer(fields: Value) -> Result<Answer, ApiError> {
    ask(&shop(), Request::CreateService, service(fields))
}

fn created(fields: Value) -> ServiceSettings {
    match &changes(create_answer(fields))[0] {
        Change::ServiceCreated(service) => service.settings.clone(),
        other => panic!("{other:?}"),
    }
}

/// The shop with a service named s.
fn shop_with(fields: Value) -> Cluster {
    let mut cluster = shop();
    let answer = ask(&cluster, Request::CreateService, service(fields));
    make_true(&mut cluster, answer);
    cluster
}

fn update_answer(cluster: &Cluster, fields: Value) -> Result<Answer, ApiError> {
    ask(cluster, Request::UpdateService, with(json!({ "service": "s" }), fields))
}

/// The settings after an update, and the deployment it starts, if it does.
fn updated(cluster: &Cluster, fields: Value) -> (ServiceSettings, Option<Deployment>) {
    let changes = changes(update_answer(cluster, fields));
    let Change::ServiceUpdated { settings, .. } = &changes[0] else { panic!("{changes:?}") };
    assert_eq!(settings.0, cluster.services[0].settings, "what stood before is told");
    let deployment = changes.get(1).map(|change| match change {
        Change::DeploymentStarted { deployment, .. } => (**deployment).clone(),
        other => panic!("{other:?}"),
    });
    (settings.1.clone(), deployment)
}

fn starts_deployment(cluster: &Cluster, fields: Value) -> bool {
    updated(cluster, fields).1.is_some()
}

fn delete_answer(cluster: &Cluster, fields: Value) -> Result<Answer, ApiError> {
    ask(cluster, Request::DeleteService, with(json!({ "service": "s" }), fields))
}

#[test]
fn a_new_service_begins_with_deployment_one_in_progress() {
    // RES-2, DEP-9
    let cluster = shop_with(json!({}));
    let service = &cluster.services[0];
    assert_eq!((service.name.as_str(), service.status), ("s", ServiceStatus::Active));
    let primary = service.primary().unwrap();
    assert_eq!((primary.number, primary.rollout_state), (DeploymentNumber(1), RolloutState::InProgress));
    assert_eq!(Some(primary.task_definition), service.settings.task_definition);
}

#[test]
fn a_service_belongs_to_the_group_of_its_name() {
    // RES-8
    let cluster = shop_with(json!({}));
    assert_eq!(cluster.group(cluster.services[0].group).name, "service:s");
}

#[test]
fn a_service_name_is_letters_digits_hyphens_and_underscores() {
    // RES-3
    for name in ["", "a b", "a/b", &"x".repeat(256)] {
        let refused = refusal(create_answer(json!({ "serviceName": name })));
        assert_eq!(refused, "InvalidParameterException at serviceName", "{name:?}");
    }
    assert_eq!(created(json!({ "serviceName": "x".repeat(255) })).desired_count, 4);
}

#[test]
fn a_service_name_is_free_again_when_its_service_is_inactive() {
    // RES-3, RES-11
    let mut cluster = shop_with(json!({}));
    let id = ServiceId(0);
    for (from, to, taken) in [
        (ServiceStatus::Active, ServiceStatus::Active, true),
        (ServiceStatus::Active, ServiceStatus::Draining, true),
        (ServiceStatus::Draining, ServiceStatus::Inactive, false),
    ] {
        cluster.apply(SimTime::ZERO, &Change::ServiceStatusChanged { service: id, from, to });
        let answer = ask(&cluster, Request::CreateService, service(json!({})));
        assert_eq!(answer.is_err(), taken, "{to:?}");
        if taken {
            assert_eq!(refusal(answer), "InvalidParameterException at serviceName");
        }
    }
}

#[test]
fn a_service_keeps_zero_to_five_thousand_tasks() {
    // SVC-3
    assert_eq!(created(json!({ "desiredCount": 5000 })).desired_count, 5000);
    assert_eq!(created(json!({ "desiredCount": 0 })).desired_count, 0);
    let refused = refusal(create_answer(json!({ "desiredCount": 5001 })));
    assert_eq!(refused, "InvalidParameterException at desiredCount");
}

#[test]
fn with_service_discovery_a_service_keeps_at_most_a_thousand() {
    // SVC-3
    for discovery in [json!({ "serviceRegistries": [{}] }), json!({ "serviceConnectConfiguration": {} })] {
        let with_count = |count: u32| with(discovery.clone(), json!({ "desiredCount": count }));
        assert_eq!(created(with_count(1000)).desired_count, 1000);
        assert_eq!(refusal(create_answer(with_count(1001))), "InvalidParameterException at desiredCount");
    }
}

#[test]
fn without_a_desired_count_a_service_keeps_none_and_that_is_told() {
    let input: CreateService = input(service(json!({ "desiredCount": null })));
    assert_eq!(created(json!({ "desiredCount": null })).desired_count, 0);
    assert_eq!(ignored(&shop(), &input)[0].0, "serviceName");
}

#[test]
fn deployments_keep_all_tasks_healthy_and_at_most_double_them_by_default() {
    // DEP-2
    let settings = created(json!({}));
    assert_eq!((settings.minimum_healthy_percent, settings.maximum_percent), (100, 200));
    let settings = created(json!({ "deploymentConfiguration": { "minimumHealthyPercent": 50 } }));
    assert_eq!((settings.minimum_healthy_percent, settings.maximum_percent), (50, 200));
}

#[test]
fn a_daemon_service_runs_on_instances_without_count_or_strategy() {
    // SVC-4, SIZ-7, DEP-2
    let with_daemon = |mut fields: Value| {
        fields["schedulingStrategy"] = json!("DAEMON");
        fields["desiredCount"] = fields.get("desiredCount").cloned().unwrap_or(Value::Null);
        fields
    };
    let settings = created(with_daemon(json!({})));
    assert_eq!((settings.minimum_healthy_percent, settings.maximum_percent), (0, 100));
    let refused = |fields| refusal(create_answer(with_daemon(fields)));
    let at = |field: &str| format!("InvalidParameterException at {field}");
    assert_eq!(refused(json!({ "desiredCount": 3 })), at("desiredCount"));
    assert_eq!(refused(json!({ "placementStrategy": [{ "type": "random" }] })), at("placementStrategy"));
    let most = json!({ "deploymentConfiguration": { "maximumPercent": 200 } });
    assert_eq!(refused(most), at("deploymentConfiguration.maximumPercent"));
    let far = json!({ "launchType": "FARGATE", "taskDefinition": "far" });
    assert_eq!(refused(far), at("schedulingStrategy"));
}

#[test]
fn limits_that_contradict_the_desired_count_are_refused() {
    // DEP-1
    let answer =
        |name: &str, percent: u32| create_answer(json!({ "deploymentConfiguration": { name: percent } }));
    for (name, percent) in
        [("minimumHealthyPercent", 150), ("minimumHealthyPercent", 101), ("maximumPercent", 99)]
    {
        let refused = refusal(answer(name, percent));
        assert_eq!(refused, format!("InvalidParameterException at deploymentConfiguration.{name}"));
    }
    for (name, percent) in [("minimumHealthyPercent", 0), ("maximumPercent", 100), ("maximumPercent", 400)] {
        assert!(answer(name, percent).is_ok(), "{name} {percent}");
    }
}

#[test]
fn what_would_change_behaviour_and_is_not_modelled_is_refused() {
    let cases =
        [(json!({ "loadBalancers": [{ "loadBalancerName": "old" }] }), "loadBalancers[0].loadBalancerName")];
    for (fields, field) in cases {
        assert_eq!(refusal(create_answer(fields.clone())), format!("NotModelled at {field}"));
        if field != "schedulingStrategy" {
            assert_eq!(
                refusal(update_answer(&shop_with(json!({})), fields)),
                format!("NotModelled at {field}")
            );
        }
    }
    let plain = json!({ "schedulingStrategy": "REPLICA", "deploymentController": { "type": "ECS" },
        "loadBalancers": [], "deploymentConfiguration": { "strategy": "ROLLING" } });
    assert_eq!(created(plain).desired_count, 4);
}

#[test]
fn what_is_accepted_and_does_not_act_is_told_by_field() {
    let fields = json!({
        "deploymentConfiguration": {
            "bakeTimeInMinutes": 5,
            "lifecycleHooks": [{}],
        },
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } },
    });
    let told: Vec<_> =
        ignored(&shop(), &input(service(fields))).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        told,
        [
            "deploymentConfiguration.bakeTimeInMinutes",
            "deploymentConfiguration.lifecycleHooks",
            "networkConfiguration",
        ]
    );
    let off = json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": false, "rollback": false } },
        "availabilityZoneRebalancing": "DISABLED", "healthCheckGracePeriodSeconds": 0 });
    assert_eq!(ignored(&shop(), &input(service(off))), []);
}

#[test]
fn rebalancing_is_on_by_default_and_an_update_that_says_nothing_keeps_it() {
    // AZR-1
    assert!(created(json!({})).zone_rebalancing);
    assert!(!created(json!({ "availabilityZoneRebalancing": "DISABLED" })).zone_rebalancing);
    let off = shop_with(json!({ "availabilityZoneRebalancing": "DISABLED" }));
    assert!(!updated(&off, json!({ "desiredCount": 2 })).0.zone_rebalancing);
    let (settings, deployment) = updated(&off, json!({ "availabilityZoneRebalancing": "ENABLED" }));
    assert_eq!((settings.zone_rebalancing, deployment), (true, None));
}

#[test]
fn rebalancing_asked_for_where_it_cannot_act_is_refused_with_the_obstacle() {
    // AZR-2
    let spread = |field: &str| json!([{ "type": "spread", "field": field }]);
    let cases = [
        (json!({ "schedulingStrategy": "DAEMON", "desiredCount": null }), "DAEMON"),
        (json!({ "deploymentConfiguration": { "maximumPercent": 100 } }), "maximumPercent"),
        (json!({ "placementStrategy": spread("instanceId") }), "first placement strategy"),
        (
            json!({ "placementConstraints": [
                { "type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a" }] }),
            "placement constraint",
        ),
    ];
    for (fields, obstacle) in cases {
        let asked = with(fields.clone(), json!({ "availabilityZoneRebalancing": "ENABLED" }));
        let error = create_answer(asked).unwrap_err();
        assert_eq!(error.field, "availabilityZoneRebalancing");
        assert!(error.message.contains(obstacle), "{error}");
        assert!(create_answer(fields).is_ok());
    }
    let zones_first = json!({ "placementStrategy": spread("attribute:ecs.availability-zone"),
        "availabilityZoneRebalancing": "ENABLED" });
    assert!(create_answer(zones_first).is_ok());
}

#[test]
fn subnets_and_security_groups_are_counted() {
    // CON-21, QUO-18
    let network = |subnets: usize, groups: usize| {
        json!({ "taskDefinition": "far", "launchType": "FARGATE", "networkConfiguration": { "awsvpcConfiguration": {
            "subnets": vec!["subnet"; subnets], "securityGroups": vec!["sg"; groups] } } })
    };
    assert!(create_answer(network(16, 5)).is_ok());
    let path = "InvalidParameterException at networkConfiguration.awsvpcConfiguration";
    assert_eq!(refusal(create_answer(network(17, 1))), format!("{path}.subnets"));
    assert_eq!(refusal(create_answer(network(1, 6))), format!("{path}.securityGroups"));
}

#[test]
fn a_service_needs_a_task_definition_that_is_active() {
    // RES-4
    for missing in [json!(null), json!("nothing"), json!("web:7")] {
        let refused = refusal(create_answer(json!({ "taskDefinition": missing })));
        assert_eq!(refused, "ClientException at taskDefinition");
    }
    let mut cluster = shop();
    cluster.task_definitions[0].status = crate::model::task_definition::TaskDefinitionStatus::Inactive;
    let answer = ask(&cluster, Request::CreateService, service(json!({})));
    assert_eq!(refusal(answer), "ClientException at taskDefinition");
}

#[test]
fn a_service_on_fargate_needs_a_definition_that_fits() {
    // SIZ-1, CON-19
    let refused = refusal(create_answer(json!({ "launchType": "FARGATE" })));
    assert_eq!(refused, "PlatformTaskDefinitionIncompatibilityException at taskDefinition");
    assert_eq!(created(json!({ "launchType": "FARGATE", "taskDefinition": "far" })).capacity.len(), 1);
}

#[test]
fn launch_type_and_strategy_of_a_service_exclude_each_other() {
    // RES-10
    let both = json!({ "launchType": "FARGATE",
        "capacityProviderStrategy": [{ "capacityProvider": "FARGATE", "weight": 1 }] });
    assert_eq!(refusal(create_answer(both)), "InvalidParameterException at launchType");
}

#[test]
fn a_strategy_keeps_a_count_for_each_of_its_items() {
    // CAP-3
    let cluster = shop_with(json!({ "taskDefinition": "far", "capacityProviderStrategy": [
        { "capacityProvider": "FARGATE", "base": 1, "weight": 1 }, { "capacityProvider": "FARGATE_SPOT", "weight": 3 }] }));
    assert_eq!(cluster.services[0].active_by_choice, [0, 0]);
}

#[test]
fn a_new_desired_count_alone_starts_no_deployment() {
    // SVC-17
    let (settings, deployment) = updated(&shop_with(json!({})), json!({ "desiredCount": 9 }));
    assert_eq!((settings.desired_count, deployment), (9, None));
}

#[test]
fn limits_placement_and_grace_period_alone_start_no_deployment() {
    // DEP-12
    let cluster = shop_with(json!({}));
    for fields in [
        json!({ "deploymentConfiguration": { "minimumHealthyPercent": 50 } }),
        json!({ "placementStrategy": [{ "type": "random" }] }),
        json!({ "placementConstraints": [{ "type": "distinctInstance" }] }),
        json!({ "healthCheckGracePeriodSeconds": 30 }),
        json!({ "availabilityZoneRebalancing": "ENABLED" }),
        json!({ "taskDefinition": "web:1" }),
        json!({ "forceNewDeployment": false }),
    ] {
        assert!(!starts_deployment(&cluster, fields.clone()), "{fields}");
    }
}

#[test]
fn a_new_task_definition_starts_the_next_deployment() {
    // DEP-13
    let cluster = shop_with(json!({}));
    let (settings, deployment) = updated(&cluster, json!({ "taskDefinition": "web" }));
    let deployment = deployment.unwrap();
    assert_eq!(cluster.task_definition(settings.task_definition.unwrap()).name(), "web:2");
    assert_eq!(deployment.number, DeploymentNumber(2));
    assert_eq!(Some(deployment.task_definition), settings.task_definition);
    assert_eq!(deployment.rollout_state, RolloutState::InProgress);
}

#[test]
fn a_forced_deployment_keeps_the_task_definition() {
    // DEP-12
    let cluster = shop_with(json!({}));
    let (settings, deployment) = updated(&cluster, json!({ "forceNewDeployment": true }));
    assert_eq!(settings, cluster.services[0].settings);
    assert_eq!(Some(deployment.unwrap().task_definition), settings.task_definition);
}

#[test]
fn network_platform_registries_volumes_connect_monitoring_and_tags_start_a_deployment() {
    // DEP-13
    let cluster = shop_with(json!({}));
    for fields in [
        json!({ "networkConfiguration": {} }),
        json!({ "platformVersion": "1.4.0" }),
        json!({ "serviceRegistries": [] }),
        json!({ "volumeConfigurations": [] }),
        json!({ "serviceConnectConfiguration": {} }),
        json!({ "monitoring": {} }),
        json!({ "propagateTags": "SERVICE" }),
    ] {
        assert!(starts_deployment(&cluster, fields.clone()), "{fields}");
    }
}

#[test]
fn deployment_numbers_go_on_where_they_ended() {
    // DEP-11
    let mut cluster = shop_with(json!({}));
    for number in 2..5 {
        let force = json!({ "forceNewDeployment": true });
        assert_eq!(updated(&cluster, force.clone()).1.unwrap().number, DeploymentNumber(number));
        let answer = update_answer(&cluster, force);
        make_true(&mut cluster, answer);
    }
}

#[test]
fn what_an_update_leaves_out_stays_as_it_is() {
    let cluster = shop_with(json!({
        "deploymentConfiguration": { "minimumHealthyPercent": 50, "maximumPercent": 150 },
        "placementStrategy": [{ "type": "random" }], "placementConstraints": [{ "type": "distinctInstance" }] }));
    let before = &cluster.services[0].settings;
    assert_eq!(updated(&cluster, json!({})).0, *before);
    let (after, _) = updated(&cluster, json!({ "deploymentConfiguration": { "maximumPercent": 120 } }));
    assert_eq!((after.minimum_healthy_percent, after.maximum_percent), (50, 120));
}

#[test]
fn an_empty_list_takes_placement_rules_away() {
    let cluster = shop_with(json!({
        "placementStrategy": [{ "type": "random" }], "placementConstraints": [{ "type": "distinctInstance" }] }));
    let (after, _) = updated(&cluster, json!({ "placementStrategy": [] }));
    assert_eq!((after.strategies.len(), after.constraints.len()), (0, 1));
    let (after, _) = updated(&cluster, json!({ "placementConstraints": [] }));
    assert_eq!((after.strategies.len(), after.constraints.len()), (1, 0));
}

#[test]
fn an_update_is_checked_as_a_creation_is() {
    // SVC-3, DEP-1, RES-4, CON-21
    let cluster = shop_with(json!({}));
    let cases = [
        (json!({ "desiredCount": 5001 }), "InvalidParameterException at desiredCount"),
        (
            json!({ "deploymentConfiguration": { "maximumPercent": 90 } }),
            "InvalidParameterException at deploymentConfiguration.maximumPercent",
        ),
        (json!({ "taskDefinition": "web:9" }), "ClientException at taskDefinition"),
        (
            json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": vec!["s"; 17] } } }),
            "InvalidParameterException at networkConfiguration.awsvpcConfiguration.subnets",
        ),
    ];
    for (fields, expected) in cases {
        assert_eq!(refusal(update_answer(&cluster, fields)), expected);
    }
}

#[test]
fn a_service_on_fargate_stays_with_definitions_that_fit() {
    // SIZ-1
    let cluster = shop_with(json!({ "launchType": "FARGATE", "taskDefinition": "far" }));
    let refused = refusal(update_answer(&cluster, json!({ "taskDefinition": "web" })));
    assert_eq!(refused, "PlatformTaskDefinitionIncompatibilityException at taskDefinition");
}

fn by_provider(name: &str) -> Value {
    json!({ "capacityProviderStrategy": [{ "capacityProvider": name, "weight": 1 }] })
}

#[test]
fn a_service_does_not_move_between_instances_and_fargate() {
    // CAP-7
    let cluster = shop_with(json!({ "taskDefinition": "far" }));
    let refused =
        refusal(update_answer(&cluster, with(by_provider("FARGATE"), json!({ "forceNewDeployment": true }))));
    assert_eq!(refused, "InvalidParameterException at capacityProviderStrategy");
}

#[test]
fn from_launch_type_to_strategy_a_deployment_must_be_forced() {
    // DEP-12
    let cluster = shop_with(json!({ "launchType": "FARGATE", "taskDefinition": "far" }));
    let refused = refusal(update_answer(&cluster, by_provider("FARGATE_SPOT")));
    assert_eq!(refused, "InvalidParameterException at capacityProviderStrategy");
    let forced = with(by_provider("FARGATE_SPOT"), json!({ "forceNewDeployment": true }));
    assert!(starts_deployment(&cluster, forced));
}

#[test]
fn another_strategy_is_for_new_tasks_unless_a_deployment_is_forced() {
    // CAP-7
    let cluster = shop_with(with(by_provider("FARGATE"), json!({ "taskDefinition": "far" })));
    let (settings, deployment) = updated(&cluster, by_provider("FARGATE_SPOT"));
    assert_ne!(settings.capacity, cluster.services[0].settings.capacity);
    assert_eq!(deployment, None);
}

#[test]
fn a_service_that_never_was_is_told_from_one_that_was_deleted() {
    // RES-11; the nearest name is told
    let mut cluster = shop_with(json!({ "serviceName": "checkout" }));
    let asked =
        |cluster: &Cluster, name: &str| ask(cluster, Request::UpdateService, json!({ "service": name }));
    let error = asked(&cluster, "chekout").unwrap_err();
    assert_eq!((error.exception, error.field.as_str()), ("ServiceNotFoundException", "service"));
    assert!(error.message.contains("\"checkout\""), "{error}");
    assert!(asked(&cluster, "arn:aws:ecs:us-east-1:1:service/shop/checkout").is_ok());
    let service = ServiceId(0);
    for to in [ServiceStatus::Draining, ServiceStatus::Inactive] {
        let from = cluster.services[0].status;
        cluster.apply(SimTime::ZERO, &Change::ServiceStatusChanged { service, from, to });
        assert_eq!(refusal(asked(&cluster, "checkout")), "ServiceNotActiveException at service");
    }
}

#[test]
fn to_delete_a_service_its_desired_count_is_zero_or_it_is_forced() {
    // RES-11
    let cluster = shop_with(json!({}));
    assert_eq!(refusal(delete_answer(&cluster, json!({}))), "InvalidParameterException at service");
    let refused = refusal(delete_answer(&cluster, json!({ "force": false })));
    assert_eq!(refused, "InvalidParameterException at service");
    for (desired, force) in [(4, true), (0, false)] {
        let mut cluster = shop_with(json!({ "desiredCount": desired }));
        let answer = delete_answer(&cluster, json!({ "force": force }));
        make_true(&mut cluster, answer);
        assert_eq!(cluster.services[0].status, ServiceStatus::Draining);
    }
}

#[test]
fn to_delete_a_draining_service_again_changes_nothing() {
    // RES-11
    let mut cluster = shop_with(json!({ "desiredCount": 0 }));
    let answer = delete_answer(&cluster, json!({}));
    make_true(&mut cluster, answer);
    assert!(changes(delete_answer(&cluster, json!({}))).is_empty());
}

#[test]
fn a_service_that_is_not_there_cannot_be_deleted() {
    assert_eq!(refusal(delete_answer(&shop(), json!({}))), "ServiceNotFoundException at service");
}
