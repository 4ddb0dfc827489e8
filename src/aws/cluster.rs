//! CreateCluster.

use super::common::{CapacityProviderStrategyItem, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Creates the cluster: the grouping of services, tasks and container instances (RES-1).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(
    extend("x-ignored" = ["clusterArn", "status", "registeredContainerInstancesCount", "runningTasksCount",
        "pendingTasksCount", "activeServicesCount", "statistics", "attachments", "attachmentsStatus"]),
    extend("x-wrapped-in" = ["cluster", "clusters"])
)]
pub struct CreateCluster {
    /// The name. Default `default`.
    pub cluster_name: Option<String>,
    /// Capacity providers that strategies may name: `FARGATE`, `FARGATE_SPOT` and those created. Without it, all there are.
    pub capacity_providers: Option<Vec<String>>,
    /// The strategy of services and tasks that name neither a strategy nor a launch type (RES-10).
    pub default_capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
    /// Accepted, not modelled.
    pub settings: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub configuration: Option<Value>,
    /// Accepted, not modelled.
    pub service_connect_defaults: Option<Value>,
}

/// Sets what strategies may name and the default of services and tasks that name neither a strategy nor a launch type.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutClusterCapacityProviders {
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// Every provider that the cluster keeps.
    pub capacity_providers: Vec<String>,
    /// The default from now on; none where it is empty.
    pub default_capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
}
