//! UpdateContainerInstancesState, RegisterContainerInstance, DeregisterContainerInstance, PutAttributes,
//! DeleteAttributes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::common::Tag;

/// Empties container instances, or gives them back (INS-6, INS-7).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateContainerInstancesState {
    /// Their names, such as `fixed-3`; AWS takes up to 10.
    pub container_instances: Vec<String>,
    /// DRAINING or ACTIVE.
    pub status: RequestedStatus,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
}

/// The statuses that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RequestedStatus {
    /// Takes tasks.
    Active,
    /// Takes none, and its service tasks are replaced.
    Draining,
}

/// Takes a container instance out of the cluster; its machine runs on outside (INS-10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeregisterContainerInstance {
    /// Its name, such as `fixed-3`.
    pub container_instance: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// Also with tasks on it: they run on, unmanaged, and count as stopped. Default false.
    pub force: Option<bool>,
}

/// Brings a deregistered container instance back, as its agent does (INS-1). AWS means it for the agent alone; here it
/// stands for whoever starts the agent again.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterContainerInstance {
    /// The name of an instance that was deregistered, such as `fixed-3`.
    pub container_instance_arn: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// Custom attributes that it has from now on, beside those it had.
    pub attributes: Option<Vec<Attribute>>,
    /// Accepted, not modelled: it registers what it had.
    pub total_resources: Option<Value>,
    /// Accepted, not modelled.
    pub instance_identity_document: Option<Value>,
    /// Accepted, not modelled.
    pub instance_identity_document_signature: Option<Value>,
    /// Accepted, not modelled.
    pub version_info: Option<Value>,
    /// Accepted, not modelled.
    pub platform_devices: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
    /// Accepted, not modelled.
    pub client_token: Option<Value>,
}

/// Sets custom attributes of container instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutAttributes {
    /// Which, and of which instances; AWS takes up to 10.
    pub attributes: Vec<Attribute>,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
}

/// Takes custom attributes of container instances away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteAttributes {
    /// Which, and of which instances; with a value, only where it has that value. AWS takes up to 10.
    pub attributes: Vec<Attribute>,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
}

/// A name and a value on a container instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// 1 to 128 letters, digits, `_`, `-`, `/`, `\\` and `.`.
    pub name: String,
    /// 1 to 128 of those, `@`, `:` and spaces, but no space at either end. An attribute need have none.
    pub value: Option<String>,
    /// The instance's name, such as `fixed-3`.
    pub target_id: Option<String>,
    /// The kind of target; there is one.
    pub target_type: Option<TargetType>,
}

/// What can have attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetType {
    /// A container instance.
    ContainerInstance,
}
