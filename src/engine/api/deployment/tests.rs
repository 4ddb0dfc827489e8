//! Deployment configurations and StopServiceDeployment, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, make_true, refusal, shop};
use crate::engine::api::{Answer, Request};

fn answered(configuration: Value) -> Result<Answer, ApiError> {
    let service =
        json!({ "serviceName": "s", "taskDefinition": "web:1", "deploymentConfiguration": configuration });
    ask(&shop(), Request::CreateService, service)
}

fn rules_of(configuration: Value) -> DeploymentRules {
    match &changes(answered(configuration))[0] {
        Change::ServiceCreated(service) => service.settings.deployment_rules.clone(),
        other => panic!("{other:?}"),
    }
}

/// DEP-20, DEP-21.
#[test]
fn a_circuit_breaker_counts_to_half_the_desired_count_unless_told_otherwise() {
    let default = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": false } });
    let breaker = rules_of(default).circuit_breaker.unwrap();
    assert_eq!(breaker.threshold, BreakerThreshold::BoundedPercent(50));
    assert!(breaker.reset_on_healthy_task && !breaker.rollback);
    let own = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true,
        "resetOnHealthyTask": false, "thresholdConfiguration": { "type": "COUNT", "value": 12 } } });
    let breaker = rules_of(own).circuit_breaker.unwrap();
    assert_eq!(breaker.threshold, BreakerThreshold::Count(12));
    assert!(!breaker.reset_on_healthy_task && breaker.rollback);
    let off = json!({ "deploymentCircuitBreaker": { "enable": false, "rollback": true } });
    assert_eq!(rules_of(off).circuit_breaker, None);
}

#[test]
fn what_ecs_would_refuse_of_a_configuration_is_refused_at_its_field() {
    let threshold = |kind: &str, value: u32| {
        json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true,
            "thresholdConfiguration": { "type": kind, "value": value } } })
    };
    let early = |percent: u32| {
        json!({ "minimumHealthyPercent": 50,
        "earlySuccessCriteria": { "enable": true, "healthyPercent": percent } })
    };
    let value = "deploymentCircuitBreaker.thresholdConfiguration.value";
    for (configuration, field) in [
        (threshold("COUNT", 0), value),
        (threshold("BOUNDED_PERCENT", 101), value),
        (threshold("UNBOUNDED_PERCENT", 101), value),
        (json!({ "alarms": { "alarmNames": [], "enable": true, "rollback": true } }), "alarms.alarmNames"),
        (early(49), "earlySuccessCriteria.healthyPercent"),
        (early(101), "earlySuccessCriteria.healthyPercent"),
    ] {
        let refused = refusal(answered(configuration.clone()));
        assert_eq!(
            refused,
            format!("InvalidParameterException at deploymentConfiguration.{field}"),
            "{configuration}"
        );
    }
    assert!(answered(threshold("COUNT", 1000)).is_ok());
    assert!(answered(early(50)).is_ok());
}

/// What an update does not name stays as it was.
#[test]
fn an_update_changes_only_the_rules_that_it_names() {
    let breaker = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } });
    let before = rules_of(breaker);
    let given = serde_json::from_value(json!({ "bakeTimeInMinutes": 7 })).unwrap();
    let after = rules(Some(&given), &before, 100).unwrap();
    assert_eq!(after.circuit_breaker, before.circuit_breaker);
    assert_eq!(after.bake_time, Some(SimDuration::from_secs(420)));
}

/// The shop with a service `s` whose first deployment is in progress, or COMPLETED and followed by a second one.
fn shop_with_deployments(completed: bool) -> Cluster {
    let mut cluster = shop();
    let service = json!({ "serviceName": "s", "taskDefinition": "web:1", "desiredCount": 2 });
    let made = ask(&cluster, Request::CreateService, service);
    make_true(&mut cluster, made);
    if completed {
        let (service, deployment) = (crate::model::ServiceId(0), crate::model::DeploymentNumber(1));
        let (from, to) = (RolloutState::InProgress, RolloutState::Completed);
        let done = Change::RolloutStateChanged { service, deployment, from, to, failure: None };
        cluster.apply(SimTime::ZERO, &done);
        let update = json!({ "service": "s", "taskDefinition": "web:2" });
        let answer = ask(&cluster, Request::UpdateService, update);
        make_true(&mut cluster, answer);
    }
    cluster
}

fn stopped(cluster: &Cluster, input: Value) -> Result<Answer, ApiError> {
    ask(cluster, Request::StopServiceDeployment, input)
}

/// DEP-10, DEP-24: named by its service, its number or an ARN; the settings go back with it.
#[test]
fn a_stopped_deployment_is_rolled_back_to_the_completed_one() {
    let cluster = shop_with_deployments(true);
    let arn = "arn:aws:ecs:us-east-1:1:service-deployment/shop/s/2";
    for named in ["s", "s/2", arn] {
        let changes = changes(stopped(&cluster, json!({ "serviceDeploymentArn": named })));
        let Change::RolloutStateChanged { to, failure, .. } = &changes[0] else { panic!("{changes:?}") };
        assert_eq!((*to, *failure), (RolloutState::Failed, Some(DeploymentFailure::Stopped)));
        let Change::ServiceUpdated { settings, .. } = &changes[1] else { panic!("{changes:?}") };
        assert_eq!(settings.1.task_definition, Some(crate::model::TaskDefinitionId(0)));
        let Change::RollbackStarted { deployment, .. } = &changes[2] else { panic!("{changes:?}") };
        assert_eq!((deployment.number.0, deployment.takes_back.map(|d| d.0)), (1, Some(2)));
    }
    let aborted = json!({ "serviceDeploymentArn": "s", "stopType": "ABORT" });
    assert_eq!(changes(stopped(&cluster, aborted)).len(), 1);
}

#[test]
fn what_cannot_be_stopped_is_refused() {
    let (first, second) = (shop_with_deployments(false), shop_with_deployments(true));
    let stop =
        |cluster: &Cluster, named: &str| refusal(stopped(cluster, json!({ "serviceDeploymentArn": named })));
    assert_eq!(stop(&second, "t"), "ServiceNotFoundException at serviceDeploymentArn");
    assert_eq!(stop(&second, "s/1"), "ServiceDeploymentNotFoundException at serviceDeploymentArn");
    // Nothing to go back to.
    assert_eq!(stop(&first, "s"), "ConflictException at stopType");
    let mut over = second.clone();
    let given_up = stopped(&second, json!({ "serviceDeploymentArn": "s", "stopType": "ABORT" }));
    make_true(&mut over, given_up);
    assert_eq!(stop(&over, "s"), "ConflictException at serviceDeploymentArn");
}
