//! Demand, load balancers, scaling and deployments that cannot be: each gets one clear answer.

use crate::support::{GOOD, ecsim_on, good_but, run, run_with_file};

const SERVICE: &str = "    - { serviceName: web, taskDefinition: web, desiredCount: 2 }\n";

fn with_load(load: &str) -> String {
    good_but("experiment:", &format!("  services: {{ web: {{ load: {load} }} }}\nexperiment:"))
}

#[test]
fn a_series_with_a_hole_or_backward_times_or_negative_values_is_refused_at_its_row() {
    let load = with_load(
        "{ perTask: 5, requestsPerSecond: { csv: { file: load.csv, time: t, value: n, unit: min } } }",
    );
    for (rows, says) in [
        ("t,n\n0,5\n1,6\n3,7\n", ["load.csv", "row 4", "jumps by 2"]),
        ("t,n\n0,5\n2,6\n1,7\n", ["load.csv", "row 3", "jumps by 2"]),
        ("t,n\n0,5\n1,6\n1,7\n", ["load.csv", "row 4", "must grow"]),
        ("t,n\n0,5\n1,-6\n", ["load.csv", "row 3", "-6"]),
        ("t,n\n0,5\n1,many\n", ["load.csv", "row 3", "many"]),
        ("t,n\n", ["load.csv", "no row", "requestsPerSecond"]),
        ("minute,n\n0,1\n", ["load.csv", "no column", "minute"]),
    ] {
        run_with_file(load.clone(), ("load.csv", rows)).is_refused_with(&says);
    }
}

#[test]
fn a_load_of_a_wrong_unit_or_sign_is_refused() {
    run(with_load("{ perTask: 0, requestsPerSecond: 5 }")).is_refused_with(&["perTask", "0"]);
    run(with_load("{ perTask: 5, requestsPerSecond: -1 }")).is_refused_with(&["requestsPerSecond", "-1"]);
    run(with_load("{ perTask: 5, requestsPerSecond: 5 MB }")).is_refused_with(&["requestsPerSecond", "5 MB"]);
    let steps =
        "{ perTask: 5, requestsPerSecond: { steps: [{ from: 2m, value: 1 }, { from: 1m, value: 2 }] } }";
    run(with_load(steps)).is_refused_with(&["requestsPerSecond", "times must grow"]);
}

fn with_scaling(items: &str) -> String {
    good_but("world:", &format!("  scalingPolicies:\n{items}world:"))
}

#[test]
fn a_policy_without_a_target_or_a_metric_is_refused_with_the_exception_of_aws() {
    let policy = |configuration: &str| {
        format!(
            "    - PutScalingPolicy: {{ PolicyName: p, ResourceId: web, TargetTrackingScalingPolicyConfiguration: {configuration} }}\n"
        )
    };
    let metric = "PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }";
    let target = "    - RegisterScalableTarget: { ResourceId: web, MinCapacity: 1, MaxCapacity: 9 }\n";
    run(with_scaling(&policy(&format!("{{ TargetValue: 60, {metric} }}"))))
        .is_refused_with(&["ObjectNotFoundException", "RegisterScalableTarget"]);
    run(with_scaling(&format!("{target}{}", policy(&format!("{{ {metric} }}")))))
        .is_refused_with(&["TargetValue"]);
    run(with_scaling(&format!("{target}{}", policy("{ TargetValue: 60 }"))))
        .is_refused_with(&["ValidationException", "tracks nothing"]);
    run(with_scaling("    - RegisterScalableTarget: { ResourceId: wbe, MinCapacity: 1, MaxCapacity: 9 }\n"))
        .is_refused_with(&["ValidationException", "wbe", "web"]);
    run(with_scaling("    - {}\n")).is_refused_with(&["scalingPolicies[0]", "exactly one"]);
    run(with_scaling("    - PutScheduledAction: {}\n"))
        .is_refused_with(&["PutScheduledAction", "`ScheduledActionName` is missing"]);
}

#[test]
fn a_service_that_is_scaled_and_asked_nothing_is_warned_of() {
    let items = "    - RegisterScalableTarget: { ResourceId: web, MinCapacity: 1, MaxCapacity: 9 }
    - PutScalingPolicy:
        PolicyName: p
        ResourceId: web
        TargetTrackingScalingPolicyConfiguration:
          { TargetValue: 60, PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization } }\n";
    let outcome = ecsim_on(with_scaling(items), &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    assert!(outcome.stderr.contains("world.services.web.load"), "{}", outcome.stderr);
}

#[test]
fn a_health_check_on_nothing_is_refused() {
    let balanced = |balancer: &str| {
        let service = SERVICE.replace(" }\n", &format!(", loadBalancers: [{balancer}] }}\n"));
        GOOD.replacen(SERVICE, &service, 1).replacen(
            "  services:",
            "  loadBalancers: [{ Name: web-tg }]\n  services:",
            1,
        )
    };
    // The container maps no port.
    run(balanced("{ targetGroupArn: web-tg, containerName: app, containerPort: 80 }")).is_refused_with(&[
        "InvalidParameterException",
        "container port 80",
        "portMappings are empty",
    ]);
    run(balanced("{ targetGroupArn: web-gt, containerName: app, containerPort: 80 }")).is_refused_with(&[
        "does not exist",
        "web-gt",
        "web-tg",
    ]);
    run(GOOD.replacen(
        "  services:",
        "  loadBalancers: [{ Name: web-tg, HealthCheckTimeoutSeconds: 60 }]\n  services:",
        1,
    ))
    .is_refused_with(&["ValidationError", "HealthCheckTimeoutSeconds"]);
}

/// DEP-6: told before the run, and in it.
#[test]
fn limits_that_can_never_move_are_warned_of_and_stall_the_run() {
    let service = SERVICE.replace(
        " }\n",
        ", deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 101 } }\n",
    );
    let text = GOOD.replacen(SERVICE, &service, 1).replacen(
        "experiment:",
        "timeline: [{ at: 10m, call: UpdateService, with: { service: web, forceNewDeployment: true } }]\nexperiment:",
        1,
    );
    let outcome = ecsim_on(text, &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    assert!(outcome.stderr.contains("can never move"), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("stuck"), "{}", outcome.stdout);
}

#[test]
fn an_alarm_that_nothing_raises_is_warned_of() {
    let service = SERVICE.replace(
        " }\n",
        ", deploymentConfiguration: { alarms: { alarmNames: [errors], enable: true, rollback: true } } }\n",
    );
    let outcome = ecsim_on(GOOD.replacen(SERVICE, &service, 1), &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    assert!(outcome.stderr.contains("nothing raises the alarm"), "{}", outcome.stderr);
}
