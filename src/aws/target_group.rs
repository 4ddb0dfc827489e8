//! CreateTargetGroup of Elastic Load Balancing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Creates a target group (section LB): where a load balancer finds the tasks of a service, and how it checks them.
/// `Attributes` is ours: AWS takes them by ModifyTargetGroupAttributes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(
    extend("x-ignored" = ["TargetGroupArn", "LoadBalancerArns"]),
    extend("x-wrapped-in" = ["TargetGroups"])
)]
pub struct CreateTargetGroup {
    /// The name, by which services refer to it.
    pub name: String,
    /// `HTTP` and `HTTPS` for an Application, the others for a Network Load Balancer. Default `HTTP`.
    pub protocol: Option<TargetGroupProtocol>,
    /// `ip` for tasks with an interface of their own (awsvpc), `instance` for all others (LB-1). Default `instance`.
    pub target_type: Option<TargetType>,
    /// What health checks speak. Default: `HTTP`, or `TCP` where the protocol is none of an Application Load Balancer.
    pub health_check_protocol: Option<TargetGroupProtocol>,
    /// Seconds between two checks of a target. Default 30 (LB-3).
    #[schemars(range(min = 5, max = 300))]
    pub health_check_interval_seconds: Option<u32>,
    /// Seconds after which a check without an answer has failed. Default 6 for `HTTP`, else 10 (LB-3).
    #[schemars(range(min = 2, max = 120))]
    pub health_check_timeout_seconds: Option<u32>,
    /// Successes in a row that make an unhealthy target healthy. Default 5 (LB-3); a new one needs 1 (LB-4).
    #[schemars(range(min = 2, max = 10))]
    pub healthy_threshold_count: Option<u32>,
    /// Failures in a row that make a target unhealthy. Default 2 (LB-3).
    #[schemars(range(min = 2, max = 10))]
    pub unhealthy_threshold_count: Option<u32>,
    /// What ModifyTargetGroupAttributes would set, such as `deregistration_delay.timeout_seconds` (LB-7).
    pub attributes: Option<Vec<TargetGroupAttribute>>,
    /// Accepted, not modelled.
    pub port: Option<Value>,
    /// Accepted, not modelled.
    pub protocol_version: Option<Value>,
    /// Accepted, not modelled.
    pub vpc_id: Option<Value>,
    /// Accepted, not modelled: targets of ECS are always checked.
    pub health_check_enabled: Option<Value>,
    /// Accepted, not modelled.
    pub health_check_path: Option<Value>,
    /// Accepted, not modelled.
    pub health_check_port: Option<Value>,
    /// Accepted, not modelled.
    pub matcher: Option<Value>,
    /// Accepted, not modelled.
    pub ip_address_type: Option<Value>,
    /// Accepted, not modelled.
    pub target_control_port: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Value>,
}

/// What a target group or its checks speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are those of the protocols")]
pub enum TargetGroupProtocol {
    Http,
    Https,
    Tcp,
    Tls,
    Udp,
    TcpUdp,
    Geneve,
    Quic,
    TcpQuic,
}

/// What a target is (LB-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetType {
    /// A port of a container instance.
    Instance,
    /// An address, such as that of a task's own interface.
    Ip,
    /// A function; no task can be one.
    Lambda,
    /// An Application Load Balancer; no task can be one.
    Alb,
}

/// One attribute of a target group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TargetGroupAttribute {
    /// Its name.
    pub key: String,
    /// Its value, as text.
    pub value: String,
}
