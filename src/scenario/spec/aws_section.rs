//! `aws`: the requests made at time zero, and instances that are simply there.

use super::file_or::FileOr;
use super::standing::StandingTasks;
use crate::aws::application_auto_scaling::ScalingRequest;
use crate::aws::code_deploy::DeploymentRequest;
use crate::aws::{
    CreateAutoScalingGroup, CreateCapacityProvider, CreateCluster, CreateService, CreateTargetGroup,
    RegisterTaskDefinition,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What you tell AWS. Keys and shapes are those of each API; the requests are made in a fixed order, whatever the
/// order here: task definitions, groups, providers, cluster, container instances, load balancers, services, deployments, scaling.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AwsSection {
    /// RegisterTaskDefinition inputs, each here or in a file of its own.
    #[schemars(with = "Vec<FileOr<RegisterTaskDefinition>>")]
    pub task_definitions: Vec<RegisterTaskDefinition>,
    /// CreateAutoScalingGroup inputs.
    #[schemars(with = "Vec<FileOr<CreateAutoScalingGroup>>")]
    pub auto_scaling_groups: Vec<CreateAutoScalingGroup>,
    /// CreateCapacityProvider inputs. `FARGATE` and `FARGATE_SPOT` exist without.
    #[schemars(with = "Vec<FileOr<CreateCapacityProvider>>")]
    pub capacity_providers: Vec<CreateCapacityProvider>,
    /// The CreateCluster input. A scenario has one cluster.
    #[schemars(with = "FileOr<CreateCluster>")]
    pub cluster: CreateCluster,
    /// Ours: instances that are registered and ACTIVE at time zero.
    pub container_instances: Vec<ContainerInstances>,
    /// CreateService inputs, each here or in a file of its own.
    #[schemars(with = "Vec<FileOr<CreateService>>")]
    pub services: Vec<CreateService>,
    /// Ours: the tasks that are there at time zero. Where this is given, it is all there is: `start: settled` places none.
    pub tasks: Option<Vec<StandingTasks>>,
    /// CreateTargetGroup inputs of Elastic Load Balancing plus `Attributes`, each here or in a file of its own. The load
    /// balancer before them has nothing to be said of.
    #[schemars(with = "Vec<FileOr<CreateTargetGroup>>")]
    pub load_balancers: Vec<CreateTargetGroup>,
    /// Items `{ ApiName: input }`: RegisterScalableTarget, PutScalingPolicy, PutScheduledAction, PutMetricAlarm.
    pub scaling_policies: Vec<ScalingRequest>,
    /// Items `{ ApiName: input }`, for services that ECS does not deploy: CreateTaskSet, UpdateServicePrimaryTaskSet (EXTERNAL),
    /// CreateDeploymentConfig, CreateDeploymentGroup (CODE_DEPLOY).
    pub deployments: Vec<DeploymentRequest>,
    /// PutAccountSetting, by name, before any instance is launched: `awsvpcTrunking: enabled` (CON-20), or
    /// `fargateTaskRetirementWaitPeriod` (FAIL-8).
    pub account_settings: Map<String, Value>,
}

/// Instances of one kind that are registered and ACTIVE at time zero, named `<name>-1`, `<name>-2`, … What they are
/// is said by `instanceType`, by `resources` or by a `csv`; where both a type and resources are given, the resources are what
/// an instance registers, and the type says the rest.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerInstances {
    /// The group's name.
    pub name: String,
    /// How many. Default 1; with `csv` the file says.
    #[schemars(range(min = 0, max = 100_000))]
    pub count: Option<u32>,
    /// Names of their own, such as `i-0abcd1234`, one for each; without a `count` they say how many there are.
    #[schemars(length(min = 1, max = 100_000))]
    pub names: Option<Vec<String>>,
    /// An EC2 instance type, such as `m5.large` (`ecsim types` lists them).
    pub instance_type: Option<String>,
    /// What each instance registers: instead of a type, or beside it where what it registers is known exactly.
    pub resources: Option<RegisteredResources>,
    /// A CSV file with an instance a row, relative to the scenario.
    #[schemars(extend("x-format" = "file"))]
    pub csv: Option<String>,
    /// Which columns of the file hold what.
    pub columns: Option<NodeColumns>,
    /// The units of the file's columns.
    pub units: Option<NodeUnits>,
    /// Take only so many rows.
    #[schemars(range(min = 1, max = 100_000))]
    pub first: Option<u32>,
    /// Availability zones, filled in turn. Default: the region's first three.
    #[schemars(length(min = 1, max = 100_000))]
    pub zones: Option<Vec<String>>,
    /// Ours: how many awsvpc tasks one instance holds (CON-20). Default: the type's interfaces less one, or its figure
    /// with `awsvpcTrunking`; without a type there is no limit.
    #[schemars(range(min = 0, max = 1000))]
    pub awsvpc_task_limit: Option<u32>,
    /// Ours: what the agent of these instances cannot do, of what a current one can (PLC-2), such as
    /// `ecs.capability.container-ordering`.
    #[serde(default)]
    pub lacking_capabilities: Vec<String>,
    /// Custom attributes for placement; one without a value is written with `null`. `ecs.os-type` and
    /// `ecs.cpu-architecture` can be set here too: without, instances run Linux, and those without a type take tasks of
    /// every architecture.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub attributes: BTreeMap<String, Option<String>>,
    /// The version of their container agent, for constraints on `agentVersion`. Default 1.100.0.
    pub agent_version: Option<String>,
    /// ECS_IMAGE_PULL_BEHAVIOR of their agents (INS-12): whether an image that is there is asked for again. Default
    /// `default`, which asks.
    pub image_pull_behavior: Option<PullBehavior>,
    /// Ours: the price of one instance an hour. Default: the type's on-demand price, else 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub usd_per_hour: Option<f64>,
}

/// What the agent of an instance does about images (INS-12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PullBehavior {
    /// Asks the registry at each start; layers that are there are not transferred again.
    #[default]
    Default,
    /// Asks the registry at each start, and does not start without it.
    Always,
    /// Pulls an image once on an instance.
    Once,
    /// Takes an image that is there as it is.
    PreferCached,
}

/// What an instance registers, as it is: no memory is taken off (INS-2 is for instance types).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisteredResources {
    /// CPU units; 1024 are one vCPU.
    #[schemars(range(min = 0, max = 10_000_000))]
    pub cpu: u32,
    /// MiB.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub memory: u32,
    /// GPUs. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub gpu: u32,
}

/// Which columns of a file of instances hold what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeColumns {
    /// The instance's name in the trace. Default: none; instances are numbered in the order of the file.
    pub name: Option<String>,
    /// CPU.
    pub cpu: String,
    /// Memory.
    pub memory: String,
    /// GPUs. Default: none has any.
    pub gpu: Option<String>,
}

/// The units of a file of instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NodeUnits {
    /// Default `units`.
    pub cpu: CpuUnit,
    /// Default `MiB`.
    pub memory: MemoryUnit,
}

/// The unit of a column of CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CpuUnit {
    /// CPU units; 1024 are one vCPU.
    #[default]
    Units,
    /// Thousandths of a vCPU.
    Milli,
    /// vCPUs.
    #[serde(rename = "vCPU")]
    Vcpu,
}

/// The unit of a column of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum MemoryUnit {
    /// Bytes.
    B,
    /// 1024 bytes.
    KiB,
    /// 1024 KiB.
    #[default]
    MiB,
    /// 1024 MiB.
    GiB,
    /// 1,000,000 bytes.
    MB,
    /// 1,000,000,000 bytes.
    GB,
}

impl MemoryUnit {
    /// Bytes in one of it.
    pub const fn bytes(self) -> u64 {
        match self {
            MemoryUnit::B => 1,
            MemoryUnit::KiB => 1 << 10,
            MemoryUnit::MiB => 1 << 20,
            MemoryUnit::GiB => 1 << 30,
            MemoryUnit::MB => 1_000_000,
            MemoryUnit::GB => 1_000_000_000,
        }
    }
}

impl CpuUnit {
    /// How many of it are one vCPU, which is 1024 CPU units.
    pub const fn per_vcpu(self) -> u32 {
        match self {
            CpuUnit::Units => 1024,
            CpuUnit::Milli => 1000,
            CpuUnit::Vcpu => 1,
        }
    }
}
