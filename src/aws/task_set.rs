//! CreateTaskSet, UpdateTaskSet, UpdateServicePrimaryTaskSet, DeleteTaskSet: services with the controller EXTERNAL (DEP-40).

use super::common::{CapacityProviderStrategyItem, LaunchType, NetworkConfiguration, Tag};
use super::service::LoadBalancer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Makes a task set: tasks of one definition beside those of the service's other sets (DEP-40).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateTaskSet {
    /// The service, whose deployment controller is EXTERNAL.
    pub service: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// A name by which later requests can call it.
    pub external_id: Option<String>,
    /// `family:revision`, or `family` for the latest ACTIVE one (RES-4).
    pub task_definition: String,
    /// Subnets, for `awsvpc` tasks.
    pub network_configuration: Option<NetworkConfiguration>,
    /// Target groups that its tasks register with (section LB).
    pub load_balancers: Option<Vec<LoadBalancer>>,
    /// Service discovery. Accepted, not modelled.
    pub service_registries: Option<Vec<Value>>,
    /// Where its tasks run; not together with a capacity provider strategy (RES-10).
    pub launch_type: Option<LaunchType>,
    /// How its tasks are shared among capacity providers (CAP-1).
    pub capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// Fargate's platform version. Accepted, not modelled.
    pub platform_version: Option<String>,
    /// Its share of the desired count. Default 100 percent.
    pub scale: Option<Scale>,
    /// Accepted, not modelled.
    pub client_token: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
}

/// A share of a service's desired count (DEP-40).
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Percent, 0 to 100.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub value: Option<f64>,
    /// `PERCENT`.
    pub unit: Option<ScaleUnit>,
}

/// The unit of a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScaleUnit {
    /// Percent of the desired count.
    Percent,
}

/// Scales a task set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateTaskSet {
    /// The service.
    pub service: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// The task set: its `externalId`, or its number in the service, from 1.
    pub task_set: String,
    /// Its share of the desired count from now on.
    pub scale: Scale,
}

/// Says which task set serves production traffic (DEP-41).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateServicePrimaryTaskSet {
    /// The service.
    pub service: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// The task set: its `externalId`, or its number in the service, from 1.
    pub primary_task_set: String,
}

/// Deletes a task set: DRAINING, until its tasks are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteTaskSet {
    /// The service.
    pub service: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// The task set: its `externalId`, or its number in the service, from 1.
    pub task_set: String,
    /// Delete it even though it is not scaled to 0.
    pub force: Option<bool>,
}
