//! What ECS refuses of providers and strategies, each with the place in the text (CAP-1, CAP-2, CAP-11, QUO-15).

use super::support::refusal;

/// The scenario with `providers` of the cluster and a `strategy` of its service; the strategy stands in line 13.
fn case(cluster: &str, strategy: &str) -> String {
    format!(
        "duration: 5m
aws:
  taskDefinitions:
    - {{ family: quarter, requiresCompatibilities: [EC2], containerDefinitions: [{{ name: app, cpu: 512, memory: 256 }}] }}
  autoScalingGroups:
    - {{ AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 0, MaxSize: 3 }}
    - {{ AutoScalingGroupName: bsg, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 0, MaxSize: 3 }}
  capacityProviders:
    - {{ name: first, autoScalingGroupProvider: {{ autoScalingGroupArn: asg, managedScaling: {{ status: ENABLED }} }} }}
    - {{ name: second, autoScalingGroupProvider: {{ autoScalingGroupArn: bsg, managedScaling: {{ status: ENABLED }} }} }}
  {cluster}
  services:
    - {{ serviceName: web, taskDefinition: quarter, desiredCount: 4, capacityProviderStrategy: [{strategy}] }}"
    )
}

#[track_caller]
fn refused(text: &str, pieces: &[&str]) {
    let message = refusal(text);
    for piece in pieces {
        assert!(message.contains(piece), "{piece:?} is not in\n{message}");
    }
}

/// CAP-2. The two lines before make line 13 of the case line 15 of the file.
#[test]
fn weights_that_are_all_zero_are_refused() {
    let both = "{ capacityProvider: first, weight: 0 }, { capacityProvider: second, weight: 0 }";
    refused(
        &case("cluster: {}", both),
        &["case:15:", "InvalidParameterException", "at least one needs a weight above 0 (CAP-2)"],
    );
}

/// CAP-1.
#[test]
fn two_bases_are_refused() {
    let both =
        "{ capacityProvider: first, base: 1, weight: 1 }, { capacityProvider: second, base: 2, weight: 1 }";
    refused(
        &case("cluster: {}", both),
        &["case:15:", "InvalidParameterException", "only one item may have a base above 0 (CAP-1)"],
    );
}

/// CAP-2.
#[test]
fn kinds_of_providers_do_not_mix() {
    let both = "{ capacityProvider: first, weight: 1 }, { capacityProvider: FARGATE, weight: 1 }";
    refused(
        &case("cluster: {}", both),
        &["case:15:", "InvalidParameterException", "do not mix in a strategy (CAP-2)"],
    );
}

#[test]
fn an_unknown_provider_is_answered_with_the_nearest() {
    refused(
        &case("cluster: {}", "{ capacityProvider: frist, weight: 1 }"),
        &["case:15:", "InvalidParameterException", "was not found", "did you mean first?"],
    );
}

/// CAP-11: a provider must be associated with the cluster, where the cluster lists those it has.
#[test]
fn a_provider_that_is_not_associated_with_the_cluster_is_refused() {
    refused(
        &case("cluster: { capacityProviders: [second] }", "{ capacityProvider: first, weight: 1 }"),
        &["case:15:", "InvalidParameterException", "not associated with the cluster", "second is"],
    );
}

#[test]
fn a_cluster_lists_only_providers_that_there_are() {
    refused(
        &case("cluster: { capacityProviders: [second, fisrt] }", "{ capacityProvider: second, weight: 1 }"),
        &["case:13:", "aws.cluster.capacityProviders[1]", "did you mean first?"],
    );
}

/// QUO-15.
#[test]
fn a_cluster_has_at_most_twenty_providers() {
    let many = vec!["first"; 21].join(", ");
    refused(
        &case(
            &format!("cluster: {{ capacityProviders: [{many}] }}"),
            "{ capacityProvider: first, weight: 1 }",
        ),
        &["case:13:", "21 providers found; a cluster has at most 20 (QUO-15)"],
    );
}

/// CAP-11.
#[test]
fn a_group_under_managed_scaling_needs_a_max_size() {
    let text = case("cluster: {}", "{ capacityProvider: first, weight: 1 }");
    let text = text.replacen("MinSize: 0, MaxSize: 3", "MinSize: 0, MaxSize: 0", 1);
    refused(&text, &["case:11:", "InvalidParameterException", "MaxSize above 0 (CAP-11)"]);
}

/// CAP-11: one provider a group.
#[test]
fn a_group_has_one_provider() {
    let text = case("cluster: {}", "{ capacityProvider: first, weight: 1 }");
    refused(
        &text.replace("autoScalingGroupArn: bsg", "autoScalingGroupArn: asg"),
        &["case:12:", "ClientException"],
    );
}

/// CAP-12: the protection of instances with tasks needs managed scaling, and the group's own protection.
#[test]
fn termination_protection_needs_managed_scaling_and_protected_instances() {
    let text = case("cluster: {}", "{ capacityProvider: first, weight: 1 }");
    let protects = "autoScalingGroupArn: asg, managedTerminationProtection: ENABLED,";
    let text = text.replace("autoScalingGroupArn: asg,", protects);
    refused(&text, &["case:11:", "needs NewInstancesProtectedFromScaleIn"]);
    let unmanaged = text.replacen("status: ENABLED", "status: DISABLED", 1);
    refused(&unmanaged, &["case:11:", "managed termination protection needs managed scaling (CAP-12)"]);
}
