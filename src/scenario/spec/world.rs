//! `world`: what AWS's configuration does not say.

use super::curve::Curve;
use super::prices::{Prices, SpotTerms};
use super::runs::Run;
use crate::aws::deployment_configuration::DeploymentLifecycleHookStage;
use crate::scenario::distribution_spec::{DurationDistribution, Number};
use crate::scenario::units::{DurationMs, Share, Size, SizeRate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the world does: how long things take, how they fail, and who asks for what.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct World {
    /// The AWS region. Default us-east-1; prices of another one are in `prices`.
    pub region: String,
    /// A CSV file of instance types, relative to the scenario, that adds to the built-in table and overrides it
    /// (`docs/prices.md` names its columns). `--types` goes over it.
    #[schemars(extend("x-format" = "file"))]
    pub instance_types: Option<String>,
    /// Prices that go over the built-in ones, and those of other regions.
    pub prices: Prices,
    /// Tasks, by `family` or `family:revision`; what the revision says is merged over what the family says.
    pub tasks: BTreeMap<String, TaskWorld>,
    /// Services, by serviceName.
    pub services: BTreeMap<String, ServiceWorld>,
    /// Instances, by name of `containerInstances` or of the Auto Scaling group; `default` for all others.
    pub groups: BTreeMap<String, GroupWorld>,
    /// The availability zone of each subnet (CON-21). One named after a zone needs no entry.
    pub subnets: BTreeMap<String, String>,
    /// Availability zones, by name; `default` for all others.
    pub zones: BTreeMap<String, ZoneWorld>,
    /// Spot, by pool (`type/zone`, or a type for all its zones), capacity provider, group or `FARGATE_SPOT`; `default` for
    /// all other pools of EC2.
    pub spot: BTreeMap<String, PoolWorld>,
    /// The callers of RunTask.
    pub runs: Vec<Run>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            instance_types: None,
            prices: Prices::default(),
            tasks: BTreeMap::new(),
            services: BTreeMap::new(),
            groups: BTreeMap::new(),
            subnets: BTreeMap::new(),
            zones: BTreeMap::new(),
            spot: BTreeMap::new(),
            runs: Vec::new(),
        }
    }
}

/// How the tasks of a family behave. What a container does can be said for the task directly: the first essential
/// container is meant.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TaskWorld {
    /// The size of each image, for the time to pull it (LAT-4).
    pub image_size: Option<Size>,
    /// The whole way from PROVISIONING to RUNNING, in place of the sum of LAT-2 to LAT-7.
    pub launch: Option<DurationDistribution>,
    /// From RUNNING until health checks can pass. Default 0.
    pub ready: Option<DurationDistribution>,
    /// Requests a second that one task serves at 100 % CPU, in place of the service's `load.perTask`.
    pub requests_per_second: Option<Number>,
    /// The share of the requests it serves that it answers with an error (HTTPCode_Target_5XX_Count). Default 0.
    pub error_share: Option<Share>,
    /// Tasks crash where too much is asked of the service.
    pub crash_under_load: Option<CrashUnderLoad>,
    /// Whether the images have a SOCI index: Fargate then loads them lazily (LAT-5). Default false.
    pub soci: bool,
    /// Some tasks never reach RUNNING (FAIL-2).
    pub start_failure: Option<StartFailure>,
    /// Containers, by name.
    pub containers: BTreeMap<String, ContainerBehavior>,
    /// The first essential container exits by itself.
    pub crash: Option<Crash>,
    /// The first essential container's time from SIGTERM to its exit.
    pub exit_after_signal: Option<DurationDistribution>,
    /// The first essential container's time to be created and started, in place of LAT-6.
    pub start: Option<DurationDistribution>,
    /// The first essential container turns unhealthy.
    pub unhealthy: Option<Unhealthy>,
    /// What memory the first essential container uses from its start. Default 0.
    pub memory_at_start: Option<Size>,
    /// How the first essential container's memory grows; at its limit it is killed with exit code 137 (CON-14).
    pub memory_growth: Option<SizeRate>,
}

/// How a container behaves.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContainerBehavior {
    /// It crashes.
    pub crash: Option<Crash>,
    /// It ends because its work is done, such as a container that prepares something for others.
    pub exits: Option<Exits>,
    /// From SIGTERM to its exit (LAT-14); SIGKILL comes after the stop timeout.
    pub exit_after_signal: Option<DurationDistribution>,
    /// The time to create and start it, in place of LAT-6.
    pub start: Option<DurationDistribution>,
    /// It turns unhealthy.
    pub unhealthy: Option<Unhealthy>,
    /// What memory it uses from its start. Default 0.
    pub memory_at_start: Option<Size>,
    /// How its memory grows, in MiB an hour; at its limit it is killed with exit code 137 (CON-14).
    pub memory_growth: Option<SizeRate>,
}

/// A container that ends because its work is done.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exits {
    /// The time from its start to its exit.
    pub after: DurationDistribution,
    /// The code it exits with. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 255))]
    pub exit_code: u32,
}

/// A container that crashes.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Crash {
    /// The time from its start to its exit.
    pub every: DurationDistribution,
    /// The code it exits with. Default 1.
    #[serde(default = "exit_code_one")]
    #[schemars(range(min = 0, max = 255))]
    pub exit_code: u32,
}

fn exit_code_one() -> u32 {
    1
}

/// Tasks that do not bear a minute in which too much is asked of their service.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrashUnderLoad {
    /// From which CPUUtilization of the service on, in percent.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub above: f64,
    /// The probability that a running task crashes in such a minute.
    pub probability: Share,
    /// The code its first essential container exits with. Default 1.
    #[serde(default = "exit_code_one")]
    #[schemars(range(min = 0, max = 255))]
    pub exit_code: u32,
}

/// A container that turns unhealthy while it runs.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unhealthy {
    /// The time from its start to the first failing probe.
    pub after: DurationDistribution,
}

/// Tasks that never reach RUNNING.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartFailure {
    /// The share of tasks that fail to start.
    pub probability: Share,
    /// What keeps them, as ECS names it in the stopped reason. Default CannotPullContainerError.
    pub reason: Option<StartFailureReason>,
}

/// What can keep a task from RUNNING.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum StartFailureReason {
    /// The image could not be pulled.
    CannotPullContainerError,
    /// The container could not be created.
    CannotCreateContainerError,
    /// The container could not be started.
    CannotStartContainerError,
    /// The container runtime took too long.
    ContainerRuntimeTimeoutError,
    /// Network interface, secrets or volumes could not be prepared.
    ResourceInitializationError,
}

/// What is known of a service beside its configuration.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceWorld {
    /// How many healthy tasks `availability` asks for. Default: minimumHealthyPercent of the desired count.
    #[schemars(range(min = 0, max = 100_000))]
    pub needs: Option<u32>,
    /// Whether a task that was told to stop counts as healthy until it exits. Default false.
    pub serves_while_stopping: bool,
    /// The requests it gets.
    pub load: Option<Load>,
    /// How lifecycle hooks of its deployments end; the first that fits decides, and one that none fits succeeds at once
    /// (DEP-35).
    pub hooks: Vec<DeploymentHookWorld>,
}

/// How lifecycle hooks of a service's deployments end (DEP-35).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentHookWorld {
    /// At which stage. Default: at all.
    pub stage: Option<DeploymentLifecycleHookStage>,
    /// For deployments of which `family:revision`. Default: of all.
    pub task_definition: Option<String>,
    /// How long it takes. Default 0.
    pub completes_after: Option<DurationDistribution>,
    /// With what result. Default SUCCEEDED.
    pub result: Option<DeploymentHookResult>,
}

/// The hookStatus of a lifecycle hook of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentHookResult {
    /// The deployment goes on.
    Succeeded,
    /// It is rolled back.
    Failed,
    /// It never says anything else, until its timeout.
    InProgress,
}

/// The requests that a service gets, and what a task can serve.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Load {
    /// Requests a second, constant or by time. The values of a CSV file are requests in one step of its unit.
    pub requests_per_second: Curve<Number>,
    /// What they are multiplied by. Default 1.
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub scale: Option<f64>,
    /// What the times of steps and files are multiplied by: 0.5 is twice as fast. Default 1.
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub time_scale: Option<f64>,
    /// Requests a second that one task serves at 100 % CPU.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub per_task: Number,
}

/// How the instances of a group come and fail.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GroupWorld {
    /// Each instance fails by itself.
    pub failure: Option<Failure>,
    /// The time from request to registered instance, in place of LAT-9.
    pub launch: Option<DurationDistribution>,
    /// Who completes the lifecycle hooks of the group, by the name of the hook (ASG-3). Nobody completes one that is not
    /// named: its heartbeat timeout runs out.
    pub hooks: BTreeMap<String, HookWorld>,
    /// Whether its agents run with ECS_ENABLE_SPOT_INSTANCE_DRAINING, so that an interruption notice sets the instance to
    /// DRAINING (SPT-2). Default false; managed draining does the same.
    pub spot_draining: Option<bool>,
}

/// How a lifecycle hook is completed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookWorld {
    /// The time from its begin to its completion. After the heartbeat timeout it comes too late, unless heartbeats are
    /// sent.
    pub completes_after: DurationDistribution,
    /// With what result. Default CONTINUE.
    pub result: Option<HookOutcome>,
    /// Whether heartbeats are sent until then, which keep the hook for 48 hours or 100 heartbeats. Default false.
    #[serde(default)]
    pub heartbeats: bool,
}

/// The result with which a lifecycle hook is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HookOutcome {
    /// The instance goes on its way.
    Continue,
    /// A launching instance is terminated, a terminating one goes at once.
    Abandon,
}

/// How a zone fails: all its instances at once.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ZoneWorld {
    /// The zone fails as a whole.
    pub failure: Option<Failure>,
}

/// A failure that comes again.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failure {
    /// The time in service until it fails.
    pub every: DurationDistribution,
    /// The time until it is back, empty, under the same id. Without it, it is gone for good. An instance of an Auto Scaling
    /// group is replaced and never repaired.
    pub repair: Option<DurationDistribution>,
}

/// What a Spot pool can give, how it is reclaimed, and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PoolWorld {
    /// Interruptions, with AWS's two minutes of notice (SPT-1, SPT-5).
    pub interruption: Option<SpotInterruption>,
    /// What an instance of the pool costs (CST-10). Default: its Spot price in `world.prices`, else `ec2_spot_discount`
    /// less than on demand.
    pub price: Option<SpotTerms>,
    /// How many Spot instances the pool holds at most, or Spot tasks of `FARGATE_SPOT`. Default: as many as are asked for.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub capacity: Option<u32>,
    /// How many on-demand instances the pool holds at most (ASG-11). Default: as many as are asked for.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub on_demand_capacity: Option<u32>,
    /// Reclaims of the whole pool at once.
    pub reclaim: Option<PoolReclaim>,
    /// How long before its interruption notice an instance gets a rebalance recommendation (SPT-1). Default: none comes.
    pub rebalance_recommendation: Option<DurationDistribution>,
    /// How much the pool can hold over time, from a trace; when that falls below what it holds, the youngest get their
    /// notice.
    pub availability: Option<AvailabilityTrace>,
}

/// Reclaims that strike a whole pool: at such times each running Spot instance or task of it is taken with the same
/// probability (FAIL-6).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolReclaim {
    /// The time from one reclaim to the next.
    pub every: DurationDistribution,
    /// The probability that one who runs then is taken.
    pub share: Share,
}

/// A trace of how many instances could be held, run by run: a CSV file with the columns trace, gap_seconds, start_tick,
/// ticks and available; others are passed over.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AvailabilityTrace {
    /// The file, relative to the scenario.
    #[schemars(extend("x-format" = "file"))]
    pub csv: String,
    /// Which trace of the file, by its column `trace`. Default: that of the first row.
    pub trace: Option<String>,
    /// By how much time is stretched: 0.5 plays the trace at twice its speed. Default 1.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub time_scale: Option<Number>,
    /// How many instances stand for one of the trace. Default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub scale: Option<u32>,
    /// Where in the stretched trace the simulation begins. Default 0. After the trace its last value holds.
    pub offset: Option<DurationMs>,
}

/// Interruptions of Spot capacity.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpotInterruption {
    /// The time from RUNNING to the interruption, drawn for each instance or Fargate task.
    pub every: DurationDistribution,
}
