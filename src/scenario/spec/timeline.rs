//! `timeline`: requests and faults at set or random times.

use crate::aws::code_deploy::{
    CreateDeployment, CreateDeploymentConfig, CreateDeploymentGroup, StopDeployment,
};
use crate::aws::group_requests::{
    CancelInstanceRefresh, DeleteScheduledAction, DeleteWarmPool, PutScheduledUpdateGroupAction, PutWarmPool,
    ScalingProcessQuery, SetDesiredCapacity, SetInstanceProtection, StartInstanceRefresh,
    TerminateInstanceInAutoScalingGroup, UpdateAutoScalingGroup,
};
use crate::aws::task_set::{CreateTaskSet, DeleteTaskSet, UpdateServicePrimaryTaskSet, UpdateTaskSet};
use crate::aws::{
    CreateAutoScalingGroup, CreateCapacityProvider, CreateService, CreateTargetGroup, DeleteAttributes,
    DeleteService, DeregisterContainerInstance, PutAttributes, PutClusterCapacityProviders, PutMetricAlarm,
    PutScalingPolicy, PutScheduledAction, RegisterContainerInstance, RegisterScalableTarget,
    RegisterTaskDefinition, RunTask, StartTask, StopServiceDeployment, StopTask, UpdateCapacityProvider,
    UpdateContainerInstancesState, UpdateService, UpdateTaskProtection,
};
use crate::engine::api::auto_scaling_group::AutoScalingRequest;
use crate::engine::api::code_deploy::CodeDeployRequest;
use crate::engine::api::task_set::TaskSetRequest;
use crate::scenario::distribution_spec::DurationDistribution;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

mod fault;
pub use fault::{
    AgentDisconnect, AlarmFault, CapacityOutage, ContainerExit, Fault, FaultName, InstanceFault,
    ServiceFault, SpotFault, TaskFault, TaskRetirement, ZoneOutage,
};

/// One request or one fault, once or again and again: exactly one of `call` and `fault`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-expects" = "{ at, call, with } or { at, fault, with }"))]
pub struct TimelineItem {
    /// The time, or a distribution of it.
    pub at: DurationDistribution,
    /// Again after this time, until the end or until `count`.
    pub every: Option<DurationDistribution>,
    /// With `every`: how often in all.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: Option<u32>,
    /// The name of an API request.
    pub call: Option<Call>,
    /// The name of a fault.
    pub fault: Option<FaultName>,
    /// The request's input, or what the fault strikes.
    #[serde(default)]
    pub with: Map<String, Value>,
}

/// The requests that a timeline can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names of the API say all there is to say")]
pub enum Call {
    RegisterTaskDefinition,
    CreateTargetGroup,
    CreateService,
    UpdateService,
    DeleteService,
    StopServiceDeployment,
    CreateTaskSet,
    UpdateTaskSet,
    UpdateServicePrimaryTaskSet,
    DeleteTaskSet,
    CreateDeploymentConfig,
    CreateDeploymentGroup,
    CreateDeployment,
    StopDeployment,
    RunTask,
    StartTask,
    StopTask,
    UpdateContainerInstancesState,
    RegisterContainerInstance,
    DeregisterContainerInstance,
    PutAttributes,
    DeleteAttributes,
    UpdateTaskProtection,
    RegisterScalableTarget,
    PutScalingPolicy,
    PutScheduledAction,
    PutMetricAlarm,
    CreateCapacityProvider,
    CreateAutoScalingGroup,
    UpdateCapacityProvider,
    PutClusterCapacityProviders,
    UpdateAutoScalingGroup,
    SetDesiredCapacity,
    SetInstanceProtection,
    TerminateInstanceInAutoScalingGroup,
    PutScheduledUpdateGroupAction,
    DeleteScheduledAction,
    SuspendProcesses,
    ResumeProcesses,
    StartInstanceRefresh,
    CancelInstanceRefresh,
    PutWarmPool,
    DeleteWarmPool,
}

/// A request with its input.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names of the API say all there is to say")]
pub enum ApiCall {
    RegisterTaskDefinition(Box<RegisterTaskDefinition>),
    CreateTargetGroup(Box<CreateTargetGroup>),
    CreateService(Box<CreateService>),
    UpdateService(Box<UpdateService>),
    DeleteService(DeleteService),
    StopServiceDeployment(StopServiceDeployment),
    TaskSet(Box<TaskSetRequest>),
    CodeDeploy(Box<CodeDeployRequest>),
    RunTask(Box<RunTask>),
    StartTask(Box<StartTask>),
    StopTask(StopTask),
    UpdateContainerInstancesState(Box<UpdateContainerInstancesState>),
    RegisterContainerInstance(Box<RegisterContainerInstance>),
    DeregisterContainerInstance(Box<DeregisterContainerInstance>),
    PutAttributes(Box<PutAttributes>),
    DeleteAttributes(Box<DeleteAttributes>),
    UpdateTaskProtection(Box<UpdateTaskProtection>),
    RegisterScalableTarget(Box<RegisterScalableTarget>),
    PutScalingPolicy(Box<PutScalingPolicy>),
    PutScheduledAction(Box<PutScheduledAction>),
    PutMetricAlarm(Box<PutMetricAlarm>),
    CreateCapacityProvider(Box<CreateCapacityProvider>),
    CreateAutoScalingGroup(Box<CreateAutoScalingGroup>),
    UpdateCapacityProvider(Box<UpdateCapacityProvider>),
    PutClusterCapacityProviders(Box<PutClusterCapacityProviders>),
    AutoScaling(Box<AutoScalingRequest>),
}

/// What an item of the timeline does.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineAction {
    /// Makes a request.
    Call(ApiCall),
    /// Brings a fault about.
    Fault(Fault),
}

/// What is wrong with an item of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemProblem {
    /// With the item itself.
    Form(&'static str),
    /// With its `with`.
    With(WithProblem),
}

/// What is wrong with the `with` of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithProblem {
    /// Where in `with`; none: with the whole of it.
    pub path: Option<String>,
    /// What.
    pub message: String,
}

impl TimelineItem {
    /// What it does, with `with` read as the call's or the fault's own type.
    ///
    /// # Errors
    /// One sentence, if it does nothing or two things, or if `with` does not fit.
    pub fn action(&self) -> Result<TimelineAction, ItemProblem> {
        match (self.call, self.fault) {
            (Some(call), None) => call.read(&self.with).map(TimelineAction::Call).map_err(ItemProblem::With),
            (None, Some(fault)) => {
                fault.read(&self.with).map(TimelineAction::Fault).map_err(ItemProblem::With)
            }
            _ => Err(ItemProblem::Form("an item of the timeline takes exactly one of call and fault")),
        }
    }
}

impl Call {
    fn read(self, with: &Map<String, Value>) -> Result<ApiCall, WithProblem> {
        let scaling = |request| ApiCall::AutoScaling(Box::new(request));
        let task_set = |request| ApiCall::TaskSet(Box::new(request));
        let code_deploy = |request| ApiCall::CodeDeploy(Box::new(request));
        Ok(match self {
            Call::RegisterTaskDefinition => ApiCall::RegisterTaskDefinition(Box::new(typed(with)?)),
            Call::CreateTargetGroup => ApiCall::CreateTargetGroup(Box::new(typed(with)?)),
            Call::CreateService => ApiCall::CreateService(Box::new(typed(with)?)),
            Call::UpdateService => ApiCall::UpdateService(Box::new(typed(with)?)),
            Call::DeleteService => ApiCall::DeleteService(typed(with)?),
            Call::StopServiceDeployment => ApiCall::StopServiceDeployment(typed(with)?),
            Call::CreateTaskSet => task_set(TaskSetRequest::Create(Box::new(typed(with)?))),
            Call::UpdateTaskSet => task_set(TaskSetRequest::Update(typed(with)?)),
            Call::UpdateServicePrimaryTaskSet => task_set(TaskSetRequest::SetPrimary(typed(with)?)),
            Call::DeleteTaskSet => task_set(TaskSetRequest::Delete(typed(with)?)),
            Call::CreateDeploymentConfig => {
                code_deploy(CodeDeployRequest::CreateDeploymentConfig(typed(with)?))
            }
            Call::CreateDeploymentGroup => {
                code_deploy(CodeDeployRequest::CreateDeploymentGroup(Box::new(typed(with)?)))
            }
            Call::CreateDeployment => {
                code_deploy(CodeDeployRequest::CreateDeployment(Box::new(typed(with)?)))
            }
            Call::StopDeployment => code_deploy(CodeDeployRequest::StopDeployment(typed(with)?)),
            Call::RunTask => ApiCall::RunTask(Box::new(typed(with)?)),
            Call::StartTask => ApiCall::StartTask(Box::new(typed(with)?)),
            Call::StopTask => ApiCall::StopTask(typed(with)?),
            Call::UpdateContainerInstancesState => {
                ApiCall::UpdateContainerInstancesState(Box::new(typed(with)?))
            }
            Call::RegisterContainerInstance => ApiCall::RegisterContainerInstance(Box::new(typed(with)?)),
            Call::DeregisterContainerInstance => ApiCall::DeregisterContainerInstance(Box::new(typed(with)?)),
            Call::PutAttributes => ApiCall::PutAttributes(Box::new(typed(with)?)),
            Call::DeleteAttributes => ApiCall::DeleteAttributes(Box::new(typed(with)?)),
            Call::UpdateTaskProtection => ApiCall::UpdateTaskProtection(Box::new(typed(with)?)),
            Call::RegisterScalableTarget => ApiCall::RegisterScalableTarget(Box::new(typed(with)?)),
            Call::PutScalingPolicy => ApiCall::PutScalingPolicy(Box::new(typed(with)?)),
            Call::PutScheduledAction => ApiCall::PutScheduledAction(Box::new(typed(with)?)),
            Call::PutMetricAlarm => ApiCall::PutMetricAlarm(Box::new(typed(with)?)),
            Call::CreateCapacityProvider => ApiCall::CreateCapacityProvider(Box::new(typed(with)?)),
            Call::CreateAutoScalingGroup => ApiCall::CreateAutoScalingGroup(Box::new(typed(with)?)),
            Call::UpdateCapacityProvider => ApiCall::UpdateCapacityProvider(Box::new(typed(with)?)),
            Call::PutClusterCapacityProviders => ApiCall::PutClusterCapacityProviders(Box::new(typed(with)?)),
            Call::UpdateAutoScalingGroup => {
                scaling(AutoScalingRequest::UpdateAutoScalingGroup(Box::new(typed(with)?), None))
            }
            Call::SetDesiredCapacity => scaling(AutoScalingRequest::SetDesiredCapacity(typed(with)?)),
            Call::SetInstanceProtection => scaling(AutoScalingRequest::SetInstanceProtection(typed(with)?)),
            Call::TerminateInstanceInAutoScalingGroup => {
                scaling(AutoScalingRequest::TerminateInstanceInAutoScalingGroup(typed(with)?))
            }
            Call::PutScheduledUpdateGroupAction => {
                scaling(AutoScalingRequest::PutScheduledUpdateGroupAction(Box::new(typed(with)?)))
            }
            Call::DeleteScheduledAction => scaling(AutoScalingRequest::DeleteScheduledAction(typed(with)?)),
            Call::SuspendProcesses => scaling(AutoScalingRequest::SuspendProcesses(typed(with)?)),
            Call::ResumeProcesses => scaling(AutoScalingRequest::ResumeProcesses(typed(with)?)),
            Call::StartInstanceRefresh => {
                scaling(AutoScalingRequest::StartInstanceRefresh(Box::new(typed(with)?)))
            }
            Call::CancelInstanceRefresh => scaling(AutoScalingRequest::CancelInstanceRefresh(typed(with)?)),
            Call::PutWarmPool => scaling(AutoScalingRequest::PutWarmPool(typed(with)?)),
            Call::DeleteWarmPool => scaling(AutoScalingRequest::DeleteWarmPool(typed(with)?)),
        })
    }
}

/// `with` as a type of its own; an error says where in `with` it is.
fn typed<T: DeserializeOwned>(with: &Map<String, Value>) -> Result<T, WithProblem> {
    serde_path_to_error::deserialize(Value::Object(with.clone())).map_err(|error| WithProblem {
        path: Some(error.path().to_string()).filter(|path| path != "."),
        message: error.inner().to_string(),
    })
}

impl Call {
    /// Every request, with the schema of its input.
    fn schemas(generator: &mut SchemaGenerator) -> [(Self, Schema); 43] {
        [
            (Call::RegisterTaskDefinition, generator.subschema_for::<RegisterTaskDefinition>()),
            (Call::CreateTargetGroup, generator.subschema_for::<CreateTargetGroup>()),
            (Call::CreateService, generator.subschema_for::<CreateService>()),
            (Call::UpdateService, generator.subschema_for::<UpdateService>()),
            (Call::DeleteService, generator.subschema_for::<DeleteService>()),
            (Call::StopServiceDeployment, generator.subschema_for::<StopServiceDeployment>()),
            (Call::CreateTaskSet, generator.subschema_for::<CreateTaskSet>()),
            (Call::UpdateTaskSet, generator.subschema_for::<UpdateTaskSet>()),
            (Call::UpdateServicePrimaryTaskSet, generator.subschema_for::<UpdateServicePrimaryTaskSet>()),
            (Call::DeleteTaskSet, generator.subschema_for::<DeleteTaskSet>()),
            (Call::CreateDeploymentConfig, generator.subschema_for::<CreateDeploymentConfig>()),
            (Call::CreateDeploymentGroup, generator.subschema_for::<CreateDeploymentGroup>()),
            (Call::CreateDeployment, generator.subschema_for::<CreateDeployment>()),
            (Call::StopDeployment, generator.subschema_for::<StopDeployment>()),
            (Call::RunTask, generator.subschema_for::<RunTask>()),
            (Call::StartTask, generator.subschema_for::<StartTask>()),
            (Call::StopTask, generator.subschema_for::<StopTask>()),
            (Call::UpdateContainerInstancesState, generator.subschema_for::<UpdateContainerInstancesState>()),
            (Call::RegisterContainerInstance, generator.subschema_for::<RegisterContainerInstance>()),
            (Call::DeregisterContainerInstance, generator.subschema_for::<DeregisterContainerInstance>()),
            (Call::PutAttributes, generator.subschema_for::<PutAttributes>()),
            (Call::DeleteAttributes, generator.subschema_for::<DeleteAttributes>()),
            (Call::UpdateTaskProtection, generator.subschema_for::<UpdateTaskProtection>()),
            (Call::RegisterScalableTarget, generator.subschema_for::<RegisterScalableTarget>()),
            (Call::PutScalingPolicy, generator.subschema_for::<PutScalingPolicy>()),
            (Call::PutScheduledAction, generator.subschema_for::<PutScheduledAction>()),
            (Call::PutMetricAlarm, generator.subschema_for::<PutMetricAlarm>()),
            (Call::CreateCapacityProvider, generator.subschema_for::<CreateCapacityProvider>()),
            (Call::CreateAutoScalingGroup, generator.subschema_for::<CreateAutoScalingGroup>()),
            (Call::UpdateCapacityProvider, generator.subschema_for::<UpdateCapacityProvider>()),
            (Call::PutClusterCapacityProviders, generator.subschema_for::<PutClusterCapacityProviders>()),
            (Call::UpdateAutoScalingGroup, generator.subschema_for::<UpdateAutoScalingGroup>()),
            (Call::SetDesiredCapacity, generator.subschema_for::<SetDesiredCapacity>()),
            (Call::SetInstanceProtection, generator.subschema_for::<SetInstanceProtection>()),
            (
                Call::TerminateInstanceInAutoScalingGroup,
                generator.subschema_for::<TerminateInstanceInAutoScalingGroup>(),
            ),
            (Call::PutScheduledUpdateGroupAction, generator.subschema_for::<PutScheduledUpdateGroupAction>()),
            (Call::DeleteScheduledAction, generator.subschema_for::<DeleteScheduledAction>()),
            (Call::SuspendProcesses, generator.subschema_for::<ScalingProcessQuery>()),
            (Call::ResumeProcesses, generator.subschema_for::<ScalingProcessQuery>()),
            (Call::StartInstanceRefresh, generator.subschema_for::<StartInstanceRefresh>()),
            (Call::CancelInstanceRefresh, generator.subschema_for::<CancelInstanceRefresh>()),
            (Call::PutWarmPool, generator.subschema_for::<PutWarmPool>()),
            (Call::DeleteWarmPool, generator.subschema_for::<DeleteWarmPool>()),
        ]
    }

    /// The JSON Schema of the request's input: what `with` must be.
    pub fn input_schema(self) -> Value {
        match self {
            Call::RegisterTaskDefinition => schema_for!(RegisterTaskDefinition),
            Call::CreateTargetGroup => schema_for!(CreateTargetGroup),
            Call::CreateService => schema_for!(CreateService),
            Call::UpdateService => schema_for!(UpdateService),
            Call::DeleteService => schema_for!(DeleteService),
            Call::StopServiceDeployment => schema_for!(StopServiceDeployment),
            Call::CreateTaskSet => schema_for!(CreateTaskSet),
            Call::UpdateTaskSet => schema_for!(UpdateTaskSet),
            Call::UpdateServicePrimaryTaskSet => schema_for!(UpdateServicePrimaryTaskSet),
            Call::DeleteTaskSet => schema_for!(DeleteTaskSet),
            Call::CreateDeploymentConfig => schema_for!(CreateDeploymentConfig),
            Call::CreateDeploymentGroup => schema_for!(CreateDeploymentGroup),
            Call::CreateDeployment => schema_for!(CreateDeployment),
            Call::StopDeployment => schema_for!(StopDeployment),
            Call::RunTask => schema_for!(RunTask),
            Call::StartTask => schema_for!(StartTask),
            Call::StopTask => schema_for!(StopTask),
            Call::UpdateContainerInstancesState => schema_for!(UpdateContainerInstancesState),
            Call::RegisterContainerInstance => schema_for!(RegisterContainerInstance),
            Call::DeregisterContainerInstance => schema_for!(DeregisterContainerInstance),
            Call::PutAttributes => schema_for!(PutAttributes),
            Call::DeleteAttributes => schema_for!(DeleteAttributes),
            Call::UpdateTaskProtection => schema_for!(UpdateTaskProtection),
            Call::RegisterScalableTarget => schema_for!(RegisterScalableTarget),
            Call::PutScalingPolicy => schema_for!(PutScalingPolicy),
            Call::PutScheduledAction => schema_for!(PutScheduledAction),
            Call::PutMetricAlarm => schema_for!(PutMetricAlarm),
            Call::CreateCapacityProvider => schema_for!(CreateCapacityProvider),
            Call::CreateAutoScalingGroup => schema_for!(CreateAutoScalingGroup),
            Call::UpdateCapacityProvider => schema_for!(UpdateCapacityProvider),
            Call::PutClusterCapacityProviders => schema_for!(PutClusterCapacityProviders),
            Call::UpdateAutoScalingGroup => schema_for!(UpdateAutoScalingGroup),
            Call::SetDesiredCapacity => schema_for!(SetDesiredCapacity),
            Call::SetInstanceProtection => schema_for!(SetInstanceProtection),
            Call::TerminateInstanceInAutoScalingGroup => schema_for!(TerminateInstanceInAutoScalingGroup),
            Call::PutScheduledUpdateGroupAction => schema_for!(PutScheduledUpdateGroupAction),
            Call::DeleteScheduledAction => schema_for!(DeleteScheduledAction),
            Call::SuspendProcesses | Call::ResumeProcesses => schema_for!(ScalingProcessQuery),
            Call::StartInstanceRefresh => schema_for!(StartInstanceRefresh),
            Call::CancelInstanceRefresh => schema_for!(CancelInstanceRefresh),
            Call::PutWarmPool => schema_for!(PutWarmPool),
            Call::DeleteWarmPool => schema_for!(DeleteWarmPool),
        }
        .to_value()
    }
}

/// The schema of the whole timeline: each item, and what its `with` must be by the name of its call or fault.
pub(super) fn timeline_schema(generator: &mut SchemaGenerator) -> Schema {
    let item = generator.subschema_for::<TimelineItem>();
    let calls = Call::schemas(generator).map(|(call, input)| with_by_name("call", json!(call), &input));
    let faults =
        FaultName::schemas(generator).map(|(fault, input)| with_by_name("fault", json!(fault), &input));
    let mut items = item;
    items.insert("allOf".into(), calls.into_iter().chain(faults).collect());
    json_schema!({ "type": "array", "items": items, "maxItems": 100_000 })
}

fn with_by_name(key: &str, name: Value, input: &Schema) -> Value {
    json!({
        "if": { "properties": { key: { "const": name } }, "required": [key] },
        "then": { "properties": { "with": input } },
    })
}
