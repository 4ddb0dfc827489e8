//! The faults that a timeline can bring about (section FAIL).

use super::{WithProblem, typed};
use crate::scenario::distribution_spec::DurationDistribution;
use schemars::{JsonSchema, Schema, SchemaGenerator, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FaultName {
    /// A container exits (FAIL-1).
    ContainerExit,
    /// Tasks of a service do not reach RUNNING (FAIL-2).
    StartFailure,
    /// Health checks fail (FAIL-3).
    Unhealthy,
    /// Instances stop working (FAIL-4).
    InstanceFailure,
    /// Instances are terminated as by a person (FAIL-4).
    InstanceTermination,
    /// An instance's agent is disconnected (FAIL-4).
    AgentDisconnect,
    /// A whole zone is out (FAIL-5).
    ZoneOutage,
    /// Spot capacity is reclaimed (FAIL-6).
    SpotInterruption,
    /// There is no capacity to launch (FAIL-7).
    CapacityOutage,
    /// Fargate retires tasks (FAIL-8).
    TaskRetirement,
    /// A CloudWatch alarm is in ALARM (DEP-25).
    Alarm,
}

/// A fault with what it strikes.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names of the faults say it")]
pub enum Fault {
    ContainerExit(ContainerExit),
    StartFailure(ServiceFault),
    Unhealthy(TaskFault),
    InstanceFailure(InstanceFault),
    InstanceTermination(InstanceFault),
    AgentDisconnect(AgentDisconnect),
    ZoneOutage(ZoneOutage),
    SpotInterruption(SpotFault),
    CapacityOutage(CapacityOutage),
    TaskRetirement(TaskRetirement),
    Alarm(AlarmFault),
}

impl FaultName {
    /// The fault with what it strikes.
    pub(super) fn read(self, with: &Map<String, Value>) -> Result<Fault, WithProblem> {
        let fault = match self {
            FaultName::ContainerExit => Fault::ContainerExit(typed(with)?),
            FaultName::StartFailure => Fault::StartFailure(typed(with)?),
            FaultName::Unhealthy => Fault::Unhealthy(typed(with)?),
            FaultName::InstanceFailure => Fault::InstanceFailure(typed(with)?),
            FaultName::InstanceTermination => Fault::InstanceTermination(typed(with)?),
            FaultName::AgentDisconnect => Fault::AgentDisconnect(typed(with)?),
            FaultName::ZoneOutage => Fault::ZoneOutage(typed(with)?),
            FaultName::SpotInterruption => Fault::SpotInterruption(typed(with)?),
            FaultName::CapacityOutage => Fault::CapacityOutage(typed(with)?),
            FaultName::TaskRetirement => Fault::TaskRetirement(typed(with)?),
            FaultName::Alarm => Fault::Alarm(typed(with)?),
        };
        let checked = fault.names_one_target().map_err(|message| WithProblem { path: None, message });
        checked.map(|()| fault)
    }

    /// Every fault, with the schema of what it strikes.
    pub(super) fn schemas(generator: &mut SchemaGenerator) -> [(Self, Schema); 11] {
        [
            (FaultName::ContainerExit, generator.subschema_for::<ContainerExit>()),
            (FaultName::StartFailure, generator.subschema_for::<ServiceFault>()),
            (FaultName::Unhealthy, generator.subschema_for::<TaskFault>()),
            (FaultName::InstanceFailure, generator.subschema_for::<InstanceFault>()),
            (FaultName::InstanceTermination, generator.subschema_for::<InstanceFault>()),
            (FaultName::AgentDisconnect, generator.subschema_for::<AgentDisconnect>()),
            (FaultName::ZoneOutage, generator.subschema_for::<ZoneOutage>()),
            (FaultName::SpotInterruption, generator.subschema_for::<SpotFault>()),
            (FaultName::CapacityOutage, generator.subschema_for::<CapacityOutage>()),
            (FaultName::TaskRetirement, generator.subschema_for::<TaskRetirement>()),
            (FaultName::Alarm, generator.subschema_for::<AlarmFault>()),
        ]
    }

    /// The JSON Schema of what the fault strikes: what `with` must be.
    pub fn input_schema(self) -> Value {
        match self {
            FaultName::ContainerExit => schema_for!(ContainerExit),
            FaultName::StartFailure => schema_for!(ServiceFault),
            FaultName::Unhealthy => schema_for!(TaskFault),
            FaultName::InstanceFailure | FaultName::InstanceTermination => schema_for!(InstanceFault),
            FaultName::AgentDisconnect => schema_for!(AgentDisconnect),
            FaultName::ZoneOutage => schema_for!(ZoneOutage),
            FaultName::SpotInterruption => schema_for!(SpotFault),
            FaultName::CapacityOutage => schema_for!(CapacityOutage),
            FaultName::TaskRetirement => schema_for!(TaskRetirement),
            FaultName::Alarm => schema_for!(AlarmFault),
        }
        .to_value()
    }
}

impl Fault {
    fn names_one_target(&self) -> Result<(), String> {
        match self {
            Fault::ContainerExit(exit) => exactly_one(&[("task", &exit.task), ("service", &exit.service)]),
            Fault::Unhealthy(fault) => exactly_one(&[("task", &fault.task), ("service", &fault.service)]),
            Fault::InstanceFailure(fault) | Fault::InstanceTermination(fault) => {
                exactly_one(&[("instance", &fault.instance), ("group", &fault.group)])
            }
            Fault::SpotInterruption(fault) => {
                exactly_one(&[("instance", &fault.instance), ("task", &fault.task), ("pool", &fault.pool)])
            }
            Fault::CapacityOutage(outage) => exactly_one(&[("pool", &outage.pool), ("zone", &outage.zone)]),
            Fault::StartFailure(_)
            | Fault::AgentDisconnect(_)
            | Fault::ZoneOutage(_)
            | Fault::TaskRetirement(_)
            | Fault::Alarm(_) => Ok(()),
        }
    }
}

fn exactly_one(targets: &[(&str, &Option<String>)]) -> Result<(), String> {
    if targets.iter().filter(|(_, target)| target.is_some()).count() == 1 {
        return Ok(());
    }
    let names: Vec<_> = targets.iter().map(|(name, _)| *name).collect();
    Err(format!("the fault takes exactly one of {}", names.join(" and ")))
}

/// A container exits.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerExit {
    /// The task, such as `web#17`.
    pub task: Option<String>,
    /// A random running task of this service.
    pub service: Option<String>,
    /// With `service`: how many tasks. Default 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub count: Option<u32>,
    /// The container. Default: the first essential one.
    pub container: Option<String>,
    /// The code it exits with. Default 1.
    #[schemars(range(min = 0, max = 255))]
    pub exit_code: Option<u32>,
}

/// Tasks of a service do not reach RUNNING for a while.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceFault {
    /// The service.
    pub service: String,
    /// How long.
    #[serde(rename = "for")]
    pub lasting: DurationDistribution,
}

/// Health checks of tasks fail for a while.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskFault {
    /// The task, such as `web#17`.
    pub task: Option<String>,
    /// Random running tasks of this service.
    pub service: Option<String>,
    /// With `service`: how many. Default 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub count: Option<u32>,
    /// How long. Default: until the end.
    #[serde(rename = "for")]
    pub lasting: Option<DurationDistribution>,
}

/// Instances go.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstanceFault {
    /// The instance, such as `fixed-3`.
    pub instance: Option<String>,
    /// Random instances of this group.
    pub group: Option<String>,
    /// With `group`: how many. Default 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub count: Option<u32>,
}

/// An instance's agent is disconnected for a while.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentDisconnect {
    /// The instance, such as `fixed-3`.
    pub instance: String,
    /// How long.
    #[serde(rename = "for")]
    pub lasting: DurationDistribution,
}

/// A whole zone is out for a while.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ZoneOutage {
    /// The zone.
    pub zone: String,
    /// How long.
    #[serde(rename = "for")]
    pub lasting: DurationDistribution,
}

/// Spot capacity is reclaimed, with two minutes of notice.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpotFault {
    /// The instance, such as `shop-asg-12`.
    pub instance: Option<String>,
    /// The Fargate Spot task, such as `web#17`.
    pub task: Option<String>,
    /// Random instances or tasks of this pool (`type/zone`, capacity provider or `FARGATE_SPOT`).
    pub pool: Option<String>,
    /// With `pool`: how many. Default 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub count: Option<u32>,
}

/// There is no capacity to launch for a while.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapacityOutage {
    /// A pool (`type/zone`), `FARGATE` or `FARGATE_SPOT`.
    pub pool: Option<String>,
    /// A zone.
    pub zone: Option<String>,
    /// How long.
    #[serde(rename = "for")]
    pub lasting: DurationDistribution,
}

/// Fargate retires the tasks of a service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskRetirement {
    /// The service.
    pub service: String,
}

/// A CloudWatch alarm is in ALARM for a while.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlarmFault {
    /// Its name, as `deploymentConfiguration.alarms.alarmNames` has it.
    pub name: String,
    /// How long.
    #[serde(rename = "for")]
    pub lasting: DurationDistribution,
}
