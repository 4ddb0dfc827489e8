//! Where tasks may run: launch types, capacity provider strategies, placement constraints and strategies.

use std::sync::Arc;

use super::{ApiError, Request, query};
use crate::aws::common::{
    CapacityProviderStrategyItem, LaunchType, PlacementConstraint as AwsConstraint, PlacementConstraintType,
    PlacementStrategy as AwsStrategy, PlacementStrategyType,
};
use crate::catalog::attributes;
use crate::model::instance::PoolKind;
use crate::model::placement::{BinpackField, PlacementConstraint, PlacementStrategy, SpreadField};
use crate::model::query::is_bare;
use crate::model::task::{Capacity, CapacityChoice};
use crate::model::task_definition::{NetworkMode, OperatingSystem, TaskDefinition, TaskDefinitionStatus};
use crate::model::{Cluster, PoolId, TaskDefinitionId};

const INVALID: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";
/// PLC-3, QUO-19.
const MAX_STRATEGIES: usize = 5;
/// CAP-1, QUO-15.
const MAX_ITEMS: usize = 20;
/// CAP-1.
const MAX_BASE: u32 = 100_000;
/// CAP-1.
const MAX_WEIGHT: u32 = 1000;
/// PLC-10, QUO-19.
pub(super) const MAX_CONSTRAINTS: usize = 10;
/// Ours: longer expressions are a mistake of whatever wrote them.
const MAX_EXPRESSION: usize = 2000;

/// The launch type or strategy of a service or call (RES-10); the cluster's default where neither is given.
///
/// # Errors
/// Both are given, or the strategy breaks CAP-1 or CAP-2, or names a provider that is not there.
pub fn capacity_of(
    cluster: &Cluster,
    launch_type: Option<LaunchType>,
    strategy: Option<&[CapacityProviderStrategyItem]>,
) -> Result<Vec<CapacityChoice>, ApiError> {
    let single = |capacity| Ok(vec![CapacityChoice { capacity, base: 0, weight: 1 }]);
    let strategy = strategy.filter(|items| !items.is_empty());
    match (launch_type, strategy) {
        (Some(_), Some(_)) => {
            let message = "a launchType and a capacityProviderStrategy exclude each other (RES-10)";
            Err(ApiError::new(INVALID, "launchType", message))
        }
        (Some(LaunchType::Ec2), None) => single(Capacity::Ec2),
        (Some(LaunchType::Fargate), None) => single(Capacity::Fargate(fargate_pool(cluster, "FARGATE")?)),
        (Some(LaunchType::External), None) => {
            Err(ApiError::not_modelled("launchType", "launch type EXTERNAL"))
        }
        (Some(LaunchType::ManagedInstances), None) => {
            Err(ApiError::not_modelled("launchType", "launch type MANAGED_INSTANCES"))
        }
        (None, Some(items)) => strategy_of(cluster, items),
        (None, None) if !cluster.default_capacity.is_empty() => Ok(cluster.default_capacity.clone()),
        (None, None) => single(Capacity::Ec2),
    }
}

fn fargate_pool(cluster: &Cluster, name: &str) -> Result<PoolId, ApiError> {
    cluster.pool_named(name).ok_or_else(|| {
        let message = format!("the cluster has no capacity provider {name}");
        ApiError::new(INVALID, "launchType", message)
    })
}

/// A capacity provider strategy: CAP-1, CAP-2.
///
/// # Errors
/// `InvalidParameterException` with the item at fault.
pub fn strategy_of(
    cluster: &Cluster,
    items: &[CapacityProviderStrategyItem],
) -> Result<Vec<CapacityChoice>, ApiError> {
    let field = "capacityProviderStrategy";
    if items.len() > MAX_ITEMS {
        let message = format!("{} items found; a strategy has at most 20 (CAP-1)", items.len());
        return Err(ApiError::new(INVALID, field, message));
    }
    let mut choices: Vec<CapacityChoice> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let choice = one_item(cluster, item, &|name| format!("{field}[{index}].{name}"))?;
        if choices.iter().any(|before| before.capacity == choice.capacity) {
            let message = format!("{} stands twice in the strategy", item.capacity_provider);
            return Err(ApiError::new(INVALID, format!("{field}[{index}].capacityProvider"), message));
        }
        choices.push(choice);
    }
    if is_fargate(&choices) && choices.iter().any(|choice| choice.capacity.is_on_instances()) {
        let message =
            "the Fargate providers and those of Auto Scaling groups do not mix in a strategy (CAP-2)";
        return Err(ApiError::new(INVALID, field, message));
    }
    if choices.iter().filter(|choice| choice.base > 0).count() > 1 {
        return Err(ApiError::new(INVALID, field, "only one item may have a base above 0 (CAP-1)"));
    }
    if choices.len() > 1 && choices.iter().all(|choice| choice.weight == 0) {
        let message = "of several items at least one needs a weight above 0 (CAP-2)";
        return Err(ApiError::new(INVALID, field, message));
    }
    if let [only] = &mut choices[..] {
        only.weight = only.weight.max(1);
    }
    Ok(choices)
}

fn one_item(
    cluster: &Cluster,
    item: &CapacityProviderStrategyItem,
    field: &dyn Fn(&str) -> String,
) -> Result<CapacityChoice, ApiError> {
    let (base, weight) = (item.base.unwrap_or(0), item.weight.unwrap_or(0));
    for (name, value, highest) in [("base", base, MAX_BASE), ("weight", weight, MAX_WEIGHT)] {
        if value > highest {
            let message = format!("{value} is above {highest} (CAP-1)");
            return Err(ApiError::new(INVALID, field(name), message));
        }
    }
    let name = item.capacity_provider.as_str();
    let choice = choice_of(cluster, name, (base, weight), field)?;
    match &cluster.associated_providers {
        Some(associated) if !associated.iter().any(|other| other == name) => {
            let there = match &associated[..] {
                [] => "none is".to_owned(),
                some => format!("{} is", some.join(", ")),
            };
            let message = format!(
                "the capacity provider {name:?} is not associated with the cluster: of its capacityProviders, {there}"
            );
            Err(ApiError::new(INVALID, field("capacityProvider"), message))
        }
        _ => Ok(choice),
    }
}

/// The providers that there are: those of Fargate, and those created over groups.
fn known_providers(cluster: &Cluster) -> impl Iterator<Item = &str> {
    let created = cluster.capacity_providers.iter().map(|provider| provider.name.as_str());
    ["FARGATE", "FARGATE_SPOT"].into_iter().chain(created)
}

fn unknown_provider(cluster: &Cluster, name: &str, field: String) -> ApiError {
    let known = || known_providers(cluster);
    let near = crate::catalog::nearest_spelling(name, known());
    let hint = near.filter(|near| *near != name).map(|near| format!("; did you mean {near}?"));
    let message = format!(
        "The specified capacity provider {name:?} was not found: there is {}{}",
        known().collect::<Vec<_>>().join(", "),
        hint.unwrap_or_default()
    );
    ApiError::new(INVALID, field, message)
}

/// The capacity providers that CreateCluster associates with the cluster (CAP-1, QUO-15).
///
/// # Errors
/// More than 20, one that is not there, or one named twice.
pub fn associated(cluster: &Cluster, names: &[String]) -> Result<Vec<String>, ApiError> {
    let field = "capacityProviders";
    if names.len() > MAX_ITEMS {
        let message = format!("{} providers found; a cluster has at most 20 (QUO-15)", names.len());
        return Err(ApiError::new(INVALID, field, message));
    }
    for (index, name) in names.iter().enumerate() {
        let field = format!("{field}[{index}]");
        if !known_providers(cluster).any(|known| known == name) {
            return Err(unknown_provider(cluster, name, field));
        }
        if names[..index].contains(name) {
            return Err(ApiError::new(INVALID, field, format!("{name:?} stands twice in the list")));
        }
    }
    Ok(names.to_vec())
}

fn choice_of(
    cluster: &Cluster,
    name: &str,
    (base, weight): (u32, u32),
    field: &dyn Fn(&str) -> String,
) -> Result<CapacityChoice, ApiError> {
    let of_fargate = |pool: &PoolId| !cluster.pools[pool.index()].kind.has_instances();
    if let Some(pool) = cluster.pool_named(name).filter(of_fargate) {
        return Ok(CapacityChoice { capacity: Capacity::Provider(pool), base, weight });
    }
    let providers = &cluster.capacity_providers;
    if let Some(provider) = providers.iter().find(|provider| provider.name == name) {
        let pool = cluster.auto_scaling_group(provider.group).pool;
        return Ok(CapacityChoice { capacity: Capacity::AutoScaling(pool), base, weight });
    }
    Err(unknown_provider(cluster, name, field("capacityProvider")))
}

/// Whether tasks of these choices run on Fargate; a strategy holds one kind only (CAP-2).
pub(super) fn is_fargate(capacity: &[CapacityChoice]) -> bool {
    capacity.iter().any(|choice| !choice.capacity.is_on_instances())
}

/// Constraints and strategies of a service or call.
///
/// # Errors
/// Too many of them (PLC-3, PLC-10), a field that the type does not take, or either of them on Fargate (SIZ-7).
pub fn placement_of(
    cluster: &Cluster,
    capacity: &[CapacityChoice],
    constraints: Option<&[AwsConstraint]>,
    strategies: Option<&[AwsStrategy]>,
) -> Result<(Vec<PlacementConstraint>, Vec<PlacementStrategy>), ApiError> {
    let (constraints, strategies) = (constraints.unwrap_or(&[]), strategies.unwrap_or(&[]));
    if is_fargate(capacity) && !(constraints.is_empty() && strategies.is_empty()) {
        let field = if constraints.is_empty() { "placementStrategy" } else { "placementConstraints" };
        let message = "placement strategies and constraints are not supported on Fargate (SIZ-6, SIZ-7)";
        return Err(ApiError::new(CLIENT, field, message));
    }
    if strategies.len() > MAX_STRATEGIES {
        let message = format!("{} strategies found; at most 5 stand in a list (PLC-3)", strategies.len());
        return Err(ApiError::new(INVALID, "placementStrategy", message));
    }
    if constraints.len() > MAX_CONSTRAINTS {
        let message = format!("{} constraints found; a task has at most 10 (PLC-10)", constraints.len());
        return Err(ApiError::new(INVALID, "placementConstraints", message));
    }
    let mut kept = Vec::new();
    for (index, constraint) in constraints.iter().enumerate() {
        let expression = constraint.expression.as_deref();
        kept.push(match constraint.kind {
            PlacementConstraintType::DistinctInstance if expression.is_some() => {
                let field = format!("placementConstraints[{index}].expression");
                let message = "distinctInstance takes no expression (PLC-10)";
                return Err(ApiError::new(INVALID, field, message));
            }
            PlacementConstraintType::DistinctInstance => PlacementConstraint::DistinctInstance,
            PlacementConstraintType::MemberOf => member_of(cluster, expression, index, INVALID)?,
        });
    }
    let strategies = strategies.iter().enumerate().map(|(index, strategy)| one_strategy(index, strategy));
    Ok((kept, strategies.collect::<Result<_, _>>()?))
}

/// Whether ECS takes the constraints and strategies of a request whenever it comes: what can be known before the run.
///
/// # Errors
/// Those of [`placement_of`], and of RegisterTaskDefinition.
pub fn check_text(cluster: &Cluster, request: &Request) -> Result<(), ApiError> {
    let (capacity, constraints, strategies) = match request {
        Request::RegisterTaskDefinition(input) => {
            return super::task_definition::constraints_of(cluster, input).map(|_| ());
        }
        Request::CreateService(input) => (
            capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref()),
            &input.placement_constraints,
            &input.placement_strategy,
        ),
        Request::RunTask(input) => (
            capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref()),
            &input.placement_constraints,
            &input.placement_strategy,
        ),
        Request::UpdateService(input) => {
            (Ok(Vec::new()), &input.placement_constraints, &input.placement_strategy)
        }
        Request::CreateTargetGroup(_)
        | Request::StopServiceDeployment(_)
        | Request::RegisterScalableTarget(_)
        | Request::PutScalingPolicy(_)
        | Request::PutScheduledAction(_)
        | Request::PutMetricAlarm(_)
        | Request::DeleteService(_)
        | Request::StartTask(_)
        | Request::StopTask(_)
        | Request::UpdateContainerInstancesState(_)
        | Request::RegisterContainerInstance(_)
        | Request::DeregisterContainerInstance(_)
        | Request::PutAttributes(_)
        | Request::DeleteAttributes(_)
        | Request::UpdateTaskProtection(_)
        | Request::UpdateCapacityProvider(_)
        | Request::PutClusterCapacityProviders(_)
        | Request::TaskSet(_)
        | Request::CodeDeploy(_)
        | Request::AutoScaling(_) => return Ok(()),
    };
    let capacity = capacity.unwrap_or_default(); // what is wrong with it is answered when the request comes
    placement_of(cluster, &capacity, constraints.as_deref(), strategies.as_deref()).map(|_| ())
}

/// A memberOf constraint of a service, call or task definition (PLC-12).
///
/// # Errors
/// `exception` where the expression is missing, is none, or asks for a built-in attribute that ECS does not have.
pub(super) fn member_of(
    cluster: &Cluster,
    expression: Option<&str>,
    index: usize,
    exception: &'static str,
) -> Result<PlacementConstraint, ApiError> {
    let refuse = |message: String, at_character| {
        let field = format!("placementConstraints[{index}].expression");
        ApiError { at_character, ..ApiError::new(exception, field, message) }
    };
    let Some(text) = expression.filter(|text| !text.trim().is_empty()) else {
        let message = "memberOf needs an expression, such as `attribute:ecs.instance-type =~ m5.*` (PLC-12)";
        return Err(ApiError::new(exception, format!("placementConstraints[{index}]"), message));
    };
    if text.chars().count() > MAX_EXPRESSION {
        let message = format!("the expression has more than {MAX_EXPRESSION} characters");
        return Err(refuse(message, None));
    }
    let read = query::parse(text, cluster.zero_unix_ms);
    let read = read.map_err(|error| refuse(format!("{error} (PLC-12)"), Some(error.at - 1)))?;
    let unknown = read.attributes().into_iter().find_map(|name| Some((name, unknown_built_in(name)?)));
    match unknown {
        Some((name, message)) => Err(refuse(message, character_of_attribute(text, name))),
        None => Ok(PlacementConstraint::MemberOf(Arc::new(read))),
    }
}

/// Where the name of an attribute stands in an expression or a field that holds it: characters before it.
#[must_use]
pub fn character_of_attribute(text: &str, name: &str) -> Option<usize> {
    let found = text.match_indices(name).find(|(at, _)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        before.ends_with(':') && !after.starts_with(is_bare)
    });
    found.map(|(at, _)| text[..at].chars().count())
}

/// What is wrong with the name of an attribute: `ecs.` is ECS's own, and ECS has none of this name (table 5b).
fn unknown_built_in(name: &str) -> Option<String> {
    if !name.starts_with("ecs.") || attributes::is_built_in(name) {
        return None;
    }
    let near = crate::catalog::nearest_spelling(name, attributes::BUILT_IN.iter().copied());
    let hint = near.map_or_else(
        || format!("they are {}", attributes::BUILT_IN.join(", ")),
        |near| format!("did you mean {near:?}?"),
    );
    Some(format!("{name:?} is none of ECS's own attributes; {hint}"))
}

/// PLC-10, counting what the definition asks and what the service or call adds.
///
/// # Errors
/// `InvalidParameterException` for more than ten.
pub fn check_constraint_count(
    definition: &TaskDefinition,
    constraints: &[PlacementConstraint],
) -> Result<(), ApiError> {
    let (own, added) = (definition.constraints.len(), constraints.len());
    if own + added <= MAX_CONSTRAINTS {
        return Ok(());
    }
    let message = format!(
        "{added} constraints here and {own} of {} found; a task has at most 10 (PLC-10)",
        definition.name()
    );
    Err(ApiError::new(INVALID, "placementConstraints", message))
}

fn one_strategy(index: usize, strategy: &AwsStrategy) -> Result<PlacementStrategy, ApiError> {
    let field = strategy.field.as_deref().map(str::trim).filter(|field| !field.is_empty());
    let lower = field.map(str::to_ascii_lowercase);
    let wrong = |wanted: &str| {
        let found = field.map_or_else(|| "no field".to_owned(), |field| format!("{field:?}"));
        let message = format!("found {found}; {wanted}");
        Err(ApiError::new(INVALID, format!("placementStrategy[{index}].field"), message))
    };
    match (strategy.kind, lower.as_deref()) {
        (PlacementStrategyType::Random, None) => Ok(PlacementStrategy::Random),
        (PlacementStrategyType::Random, Some(_)) => wrong("random takes no field (PLC-7)"),
        (PlacementStrategyType::Binpack, Some("cpu")) => Ok(PlacementStrategy::Binpack(BinpackField::Cpu)),
        (PlacementStrategyType::Binpack, Some("memory")) => {
            Ok(PlacementStrategy::Binpack(BinpackField::Memory))
        }
        (PlacementStrategyType::Binpack, _) => wrong("binpack takes cpu or memory (PLC-4)"),
        (PlacementStrategyType::Spread, Some("instanceid" | "host")) => {
            Ok(PlacementStrategy::Spread(SpreadField::Instance))
        }
        (PlacementStrategyType::Spread, Some("attribute:ecs.availability-zone")) => {
            Ok(PlacementStrategy::Spread(SpreadField::AvailabilityZone))
        }
        (PlacementStrategyType::Spread, Some(lower))
            if lower.starts_with("attribute:") && lower.len() > 10 =>
        {
            let name = field.unwrap_or_default()["attribute:".len()..].to_owned();
            if let Some(message) = unknown_built_in(&name) {
                let at_character =
                    strategy.field.as_deref().and_then(|text| character_of_attribute(text, &name));
                let refused = ApiError::new(INVALID, format!("placementStrategy[{index}].field"), message);
                return Err(ApiError { at_character, ..refused });
            }
            Ok(PlacementStrategy::Spread(SpreadField::Attribute(name)))
        }
        (PlacementStrategyType::Spread, _) => {
            wrong("spread takes instanceId, host or attribute:<name> (PLC-5)")
        }
    }
}

/// Whether tasks of `definition` can run on what was chosen.
///
/// # Errors
/// Fargate with what it does not take (SIZ-1, SIZ-7, CON-19); Fargate Spot with Windows (SIZ-4, SIZ-5).
pub fn check_compatible(
    cluster: &Cluster,
    capacity: &[CapacityChoice],
    definition: &TaskDefinition,
    field: &str,
) -> Result<(), ApiError> {
    let exception = "PlatformTaskDefinitionIncompatibilityException";
    if is_fargate(capacity) && !definition.fits_fargate {
        let message = format!(
            "{} cannot run on Fargate: it needs networkMode awsvpc, task-level cpu and memory that Fargate offers, and \
             nothing that Fargate refuses (SIZ-1, SIZ-7, CON-19); with requiresCompatibilities FARGATE its \
             registration says what is wrong",
            definition.name()
        );
        return Err(ApiError::new(exception, field, message));
    }
    let is_spot = |choice: &CapacityChoice| {
        let pool = choice.capacity.fargate_pool();
        pool.is_some_and(|pool| cluster.pools[pool.index()].kind == PoolKind::FargateSpot)
    };
    let is_managed = |choice: &CapacityChoice| match choice.capacity {
        Capacity::AutoScaling(pool) => {
            cluster.group_of_pool(pool).is_some_and(|group| cluster.managed_provider(group).is_some())
        }
        Capacity::Ec2 | Capacity::Fargate(_) | Capacity::Provider(_) => false,
    };
    let suits = matches!(definition.network_mode, NetworkMode::Awsvpc | NetworkMode::Host)
        && definition.operating_system == OperatingSystem::Linux;
    if !suits && capacity.iter().any(is_managed) {
        let message = format!(
            "{} cannot run on Managed Instances, which take Linux tasks with networkMode awsvpc or host (MI-1)",
            definition.name()
        );
        return Err(ApiError::new(exception, field, message));
    }
    if definition.operating_system == OperatingSystem::Windows && capacity.iter().any(is_spot) {
        let message =
            format!("{} runs on Windows, which FARGATE_SPOT does not have (SIZ-4)", definition.name());
        return Err(ApiError::new(exception, field, message));
    }
    Ok(())
}

/// The ACTIVE revision that a service or call names (RES-4), without a revision the latest.
///
/// # Errors
/// `ClientException` if none was given, found, or if it is INACTIVE.
pub fn active_definition(cluster: &Cluster, name: &str) -> Result<TaskDefinitionId, ApiError> {
    let refuse = |message: String| Err(ApiError::new(CLIENT, "taskDefinition", message));
    if name.is_empty() {
        return refuse(
            "TaskDefinition can not be blank: give family:revision, or family for the latest".to_owned(),
        );
    }
    match cluster.task_definition_named(name) {
        Some(id) if cluster.task_definition(id).status == TaskDefinitionStatus::Active => Ok(id),
        Some(_) => {
            refuse(format!("TaskDefinition is inactive: {name} serves only what uses it already (RES-4)"))
        }
        None => {
            let known = &cluster.task_definitions;
            let revisions = known.iter().map(TaskDefinition::name);
            let names: Vec<String> = known.iter().map(|d| d.family.clone()).chain(revisions).collect();
            let near = crate::catalog::nearest_spelling(name, names.iter().map(String::as_str));
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            refuse(format!("TaskDefinition not found: {name:?}{hint}"))
        }
    }
}

#[cfg(test)]
mod tests;
