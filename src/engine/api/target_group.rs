//! CreateTargetGroup, and what services say of their load balancers (LB-1, LB-3, LB-7).

use super::{ApiError, is_name};
use crate::aws::service::LoadBalancer;
use crate::aws::target_group::{CreateTargetGroup, TargetGroupProtocol, TargetType};
use crate::kernel::time::SimDuration;
use crate::model::target_group::{ServiceLoadBalancer, TargetCheck, TargetGroup};
use crate::model::task_definition::{NetworkMode, TaskDefinition};
use crate::model::{Change, Cluster, TargetGroupId};

const VALIDATION: &str = "ValidationError";
const INVALID: &str = "InvalidParameterException";
/// QUO-16.
const MOST_TARGET_GROUPS: usize = 5;

/// The attributes that Elastic Load Balancing knows; of these the first acts (LB-7).
const ATTRIBUTES: [&str; 16] = [
    "deregistration_delay.timeout_seconds",
    "slow_start.duration_seconds",
    "deregistration_delay.connection_termination.enabled",
    "load_balancing.algorithm.type",
    "load_balancing.algorithm.anomaly_mitigation",
    "load_balancing.cross_zone.enabled",
    "preserve_client_ip.enabled",
    "proxy_protocol_v2.enabled",
    "stickiness.enabled",
    "stickiness.type",
    "stickiness.app_cookie.cookie_name",
    "stickiness.app_cookie.duration_seconds",
    "stickiness.lb_cookie.duration_seconds",
    "target_group_health.dns_failover.minimum_healthy_targets.count",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "target_health_state.unhealthy.connection_termination.enabled",
];

/// What CreateTargetGroup makes true.
///
/// # Errors
/// The exception ELB would raise.
pub fn create(cluster: &Cluster, input: &CreateTargetGroup) -> Result<Vec<Change>, ApiError> {
    if !is_name(&input.name) || input.name.len() > 32 || input.name.contains('_') {
        let message = "the name of a target group is 1 to 32 letters, digits and hyphens";
        return Err(ApiError::new(VALIDATION, "Name", message));
    }
    if cluster.target_group_named(&input.name).is_some() {
        let message = format!("A target group with the same name {:?} exists", input.name);
        return Err(ApiError::new("DuplicateTargetGroupName", "Name", message));
    }
    let takes_addresses = match input.target_type.unwrap_or(TargetType::Instance) {
        TargetType::Instance => false,
        TargetType::Ip => true,
        TargetType::Lambda | TargetType::Alb => {
            let message = "no task can be such a target: use ip, or instance for tasks without awsvpc (LB-1)";
            return Err(ApiError::new(VALIDATION, "TargetType", message));
        }
    };
    let group = TargetGroup {
        name: input.name.clone(),
        takes_addresses,
        check: check_of(input)?,
        deregistration_delay: deregistration_delay(input)?,
        is_network: !matches!(
            input.protocol,
            None | Some(TargetGroupProtocol::Http | TargetGroupProtocol::Https)
        ),
    };
    Ok(vec![Change::TargetGroupCreated(Box::new(group))])
}

/// LB-3.
fn check_of(input: &CreateTargetGroup) -> Result<TargetCheck, ApiError> {
    let of_application =
        |protocol| matches!(protocol, None | Some(TargetGroupProtocol::Http | TargetGroupProtocol::Https));
    let checks_by_http = match input.health_check_protocol {
        Some(protocol) => protocol == TargetGroupProtocol::Http,
        None => of_application(input.protocol),
    };
    let seconds = |given: Option<u32>, default: u32, range: (u32, u32), field: &str| {
        let value = given.unwrap_or(default);
        if (range.0..=range.1).contains(&value) {
            return Ok(value);
        }
        let message = format!("{value} found; it is between {} and {} (LB-3)", range.0, range.1);
        Err(ApiError::new(VALIDATION, field, message))
    };
    let interval = seconds(input.health_check_interval_seconds, 30, (5, 300), "HealthCheckIntervalSeconds")?;
    let timeout = seconds(
        input.health_check_timeout_seconds,
        if checks_by_http { 6 } else { 10 },
        (2, 120),
        "HealthCheckTimeoutSeconds",
    )?;
    if timeout >= interval {
        let field = match input.health_check_timeout_seconds {
            Some(_) => "HealthCheckTimeoutSeconds",
            None => "HealthCheckIntervalSeconds",
        };
        let message = format!(
            "Health check timeout '{timeout}' must be smaller than the interval '{interval}': \
             set HealthCheckTimeoutSeconds below HealthCheckIntervalSeconds"
        );
        return Err(ApiError::new(VALIDATION, field, message));
    }
    let thresholds = (2, 10);
    Ok(TargetCheck {
        interval: SimDuration::from_secs(u64::from(interval)),
        timeout: SimDuration::from_secs(u64::from(timeout)),
        healthy_threshold: seconds(input.healthy_threshold_count, 5, thresholds, "HealthyThresholdCount")?,
        unhealthy_threshold: seconds(
            input.unhealthy_threshold_count,
            2,
            thresholds,
            "UnhealthyThresholdCount",
        )?,
    })
}

/// LB-7, from the attributes; each of them must be known.
fn deregistration_delay(input: &CreateTargetGroup) -> Result<SimDuration, ApiError> {
    let mut delay = SimDuration::from_secs(300);
    for (index, attribute) in input.attributes.iter().flatten().enumerate() {
        let field = |name: &str| format!("Attributes[{index}].{name}");
        let Some(known) = ATTRIBUTES.iter().position(|name| *name == attribute.key) else {
            let near = crate::catalog::nearest_spelling(&attribute.key, ATTRIBUTES);
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            let message = format!("Target group attribute key '{}' is not recognized{hint}", attribute.key);
            return Err(ApiError::new(VALIDATION, field("Key"), message));
        };
        let seconds: Option<u64> = attribute.value.parse().ok();
        match (known, seconds) {
            (0, Some(seconds)) if seconds <= 3600 => delay = SimDuration::from_secs(seconds),
            (0, _) => {
                let message = format!("{:?} found; it is 0 to 3600 seconds (LB-7)", attribute.value);
                return Err(ApiError::new(VALIDATION, field("Value"), message));
            }
            (1, Some(0 | 30..=900)) => {}
            (1, _) => {
                let message = format!("{:?} found; it is 0, or 30 to 900 seconds", attribute.value);
                return Err(ApiError::new(VALIDATION, field("Value"), message));
            }
            _ => {}
        }
    }
    Ok(delay)
}

/// What a target group asks for and this version accepts without acting on it.
#[must_use]
pub fn ignored(input: &CreateTargetGroup) -> Vec<(String, &'static str)> {
    let attributes = input.attributes.iter().flatten().enumerate();
    let slow = attributes.filter(|(_, one)| one.key == ATTRIBUTES[1] && one.value != "0");
    slow.map(|(index, _)| {
        (
            format!("Attributes[{index}].Key"),
            "slow start is not modelled: a healthy target gets its full share",
        )
    })
    .collect()
}

/// The target groups of a service (LB-1).
///
/// # Errors
/// The exception ECS would raise.
pub fn balancers_of(
    cluster: &Cluster,
    input: Option<&[LoadBalancer]>,
    definition: &TaskDefinition,
) -> Result<Vec<ServiceLoadBalancer>, ApiError> {
    let input = input.unwrap_or_default();
    if input.len() > MOST_TARGET_GROUPS {
        let message = format!("{} target groups found; a service has 5 at most (QUO-16)", input.len());
        return Err(ApiError::new(INVALID, "loadBalancers", message));
    }
    let mut balancers: Vec<ServiceLoadBalancer> = Vec::with_capacity(input.len());
    for (index, balancer) in input.iter().enumerate() {
        let found = balancer_of(cluster, balancer, definition, &format!("loadBalancers[{index}]"))?;
        if balancers.contains(&found) {
            let message = "the same container and port stand in this target group twice";
            return Err(ApiError::new(INVALID, format!("loadBalancers[{index}]"), message));
        }
        balancers.push(found);
    }
    Ok(balancers)
}

fn balancer_of(
    cluster: &Cluster,
    input: &LoadBalancer,
    definition: &TaskDefinition,
    path: &str,
) -> Result<ServiceLoadBalancer, ApiError> {
    let field = |name: &str| format!("{path}.{name}");
    if input.load_balancer_name.is_some() {
        return Err(ApiError::not_modelled(field("loadBalancerName"), "a Classic Load Balancer"));
    }
    let Some(arn) = &input.target_group_arn else {
        return Err(ApiError::new(INVALID, path, "targetGroupArn is missing: which target group? (LB-1)"));
    };
    let name = target_group_name(arn);
    let Some(target_group) = cluster.target_group_named(name) else {
        return Err(ApiError::new(INVALID, field("targetGroupArn"), unknown_group(cluster, name)));
    };
    let container_name = input.container_name.as_deref().unwrap_or_default();
    let Some(container) = definition.containers.iter().position(|one| one.name == container_name) else {
        let names = definition.containers.iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        let message = format!(
            "The container {container_name:?} does not exist in the task definition {}; it has {}",
            definition.name(),
            names.join(", ")
        );
        return Err(ApiError::new(INVALID, field("containerName"), message));
    };
    let ports = &definition.containers[container].container_ports;
    let port = input.container_port.unwrap_or(0);
    let Some(container_port) = u16::try_from(port).ok().filter(|port| ports.contains(port)) else {
        let listed = match ports.is_empty() {
            true => "its portMappings are empty".to_owned(),
            false => format!("it maps {}", ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")),
        };
        let message =
            format!("The container {container_name} did not have a container port {port} defined: {listed}");
        return Err(ApiError::new(INVALID, field("containerPort"), message));
    };
    let group = cluster.target_group(target_group);
    let has_interface = definition.network_mode == NetworkMode::Awsvpc;
    if has_interface != group.takes_addresses {
        let (is, mode, right) = match has_interface {
            true => ("instance", "is awsvpc", "ip"),
            false => ("ip", "is not awsvpc", "instance"),
        };
        let message = format!(
            "The provided target group {name} has target type {is}, which is incompatible with a task definition whose \
             network mode {mode}: give it TargetType {right} (LB-1)"
        );
        return Err(ApiError::new(INVALID, field("targetGroupArn"), message));
    }
    let alternate = alternate_of(cluster, input, target_group, path)?;
    Ok(ServiceLoadBalancer { target_group, alternate, container: container as u8, container_port })
}

/// The second target group of a pair (DEP-30): another one, for targets of the same type.
fn alternate_of(
    cluster: &Cluster,
    input: &LoadBalancer,
    first: TargetGroupId,
    path: &str,
) -> Result<Option<TargetGroupId>, ApiError> {
    let given =
        input.advanced_configuration.as_ref().and_then(|given| given.alternate_target_group_arn.as_ref());
    let Some(arn) = given else { return Ok(None) };
    let field = format!("{path}.advancedConfiguration.alternateTargetGroupArn");
    let name = target_group_name(arn);
    let Some(alternate) = cluster.target_group_named(name) else {
        return Err(ApiError::new(INVALID, field, unknown_group(cluster, name)));
    };
    if alternate == first {
        let message =
            format!("{name:?} is the target group itself: the revisions take turns between two (DEP-30)");
        return Err(ApiError::new(INVALID, field, message));
    }
    if cluster.target_group(alternate).takes_addresses != cluster.target_group(first).takes_addresses {
        let message = format!("{name:?} has another TargetType than {:?}", cluster.target_group(first).name);
        return Err(ApiError::new(INVALID, field, message));
    }
    Ok(Some(alternate))
}

fn unknown_group(cluster: &Cluster, name: &str) -> String {
    let names = cluster.target_groups.iter().map(|group| group.name.as_str());
    let hint = match crate::catalog::nearest_spelling(name, names) {
        Some(near) => format!("; did you mean {near:?}?"),
        None => "; aws.loadBalancers lists those there are".to_owned(),
    };
    format!("The specified target group does not exist: {name:?}{hint}")
}

/// `web` of `arn:aws:elasticloadbalancing:…:targetgroup/web/73e2d6bc24d8a067`, or of `web` itself.
fn target_group_name(arn: &str) -> &str {
    match arn.split_once("targetgroup/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => arn,
    }
}

#[cfg(test)]
mod tests;
