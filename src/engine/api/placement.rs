//! Where tasks may run: launch types, capacity provider strategies, placement constraints and strategies.

use super::ApiError;
use crate::aws::common::{
    CapacityProviderStrategyItem, LaunchType, PlacementConstraint as AwsConstraint, PlacementConstraintType,
    PlacementStrategy as AwsStrategy, PlacementStrategyType,
};
use crate::model::Cluster;
use crate::model::instance::PoolKind;
use crate::model::placement::{BinpackField, PlacementConstraint, PlacementStrategy, SpreadField};
use crate::model::task::{Capacity, CapacityChoice};
use crate::model::task_definition::TaskDefinition;

const INVALID: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";
/// PLC-3.
const MAX_STRATEGIES: usize = 5;
/// PLC-10.
const MAX_CONSTRAINTS: usize = 10;

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

fn fargate_pool(cluster: &Cluster, name: &str) -> Result<crate::model::PoolId, ApiError> {
    cluster.pool_named(name).ok_or_else(|| {
        ApiError::new(INVALID, "capacityProvider", format!("the cluster has no capacity provider {name}"))
    })
}

/// CAP-1, CAP-2.
pub(crate) fn strategy_of(
    cluster: &Cluster,
    items: &[CapacityProviderStrategyItem],
) -> Result<Vec<CapacityChoice>, ApiError> {
    let field = "capacityProviderStrategy";
    let mut choices = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = format!("{field}[{index}].capacityProvider");
        let kind = cluster.pool_named(&item.capacity_provider).map(|p| (p, cluster.pools[p.index()].kind));
        match kind {
            Some((pool, PoolKind::Fargate | PoolKind::FargateSpot)) => {
                let (base, weight) = (item.base.unwrap_or(0), item.weight.unwrap_or(0));
                choices.push(CapacityChoice { capacity: Capacity::Provider(pool), base, weight });
            }
            _ => {
                let near = crate::catalog::nearest_spelling(
                    &item.capacity_provider,
                    ["FARGATE", "FARGATE_SPOT"].into_iter(),
                );
                let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                let message = format!(
                    "there is no capacity provider {:?}; this version has FARGATE and FARGATE_SPOT{hint}",
                    item.capacity_provider
                );
                return Err(ApiError::new(INVALID, at, message));
            }
        }
    }
    if choices.iter().filter(|choice| choice.base > 0).count() > 1 {
        return Err(ApiError::new(INVALID, field, "only one item may have a base above 0 (CAP-1)"));
    }
    if choices.len() > 1 && choices.iter().all(|choice| choice.weight == 0) {
        return Err(ApiError::new(
            INVALID,
            field,
            "of several items at least one needs a weight above 0 (CAP-2)",
        ));
    }
    if let [only] = &mut choices[..] {
        only.weight = only.weight.max(1);
    }
    Ok(choices)
}

/// Constraints and strategies of a service or call.
///
/// # Errors
/// Too many of them (PLC-3, PLC-10), a field that the type does not take, or either of them on Fargate (SIZ-7).
pub fn placement_of(
    capacity: &[CapacityChoice],
    constraints: Option<&[AwsConstraint]>,
    strategies: Option<&[AwsStrategy]>,
) -> Result<(Vec<PlacementConstraint>, Vec<PlacementStrategy>), ApiError> {
    let (constraints, strategies) = (constraints.unwrap_or(&[]), strategies.unwrap_or(&[]));
    let on_fargate = capacity.iter().any(|choice| choice.capacity != Capacity::Ec2);
    if on_fargate && !(constraints.is_empty() && strategies.is_empty()) {
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
        match constraint.kind {
            PlacementConstraintType::DistinctInstance => kept.push(PlacementConstraint::DistinctInstance),
            PlacementConstraintType::MemberOf => {
                let field = format!("placementConstraints[{index}]");
                return Err(ApiError::not_modelled(field, "a memberOf constraint"));
            }
        }
    }
    let strategies = strategies.iter().enumerate().map(|(index, strategy)| one_strategy(index, strategy));
    Ok((kept, strategies.collect::<Result<_, _>>()?))
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
/// Fargate with a size or network mode that it does not offer (SIZ-1, CON-19).
pub fn check_compatible(
    capacity: &[CapacityChoice],
    definition: &TaskDefinition,
    field: &str,
) -> Result<(), ApiError> {
    if capacity.iter().any(|choice| choice.capacity != Capacity::Ec2) && !definition.fits_fargate {
        let exception = "PlatformTaskDefinitionIncompatibilityException";
        let message = format!(
            "{} cannot run on Fargate: it needs networkMode awsvpc, and task-level cpu and memory that Fargate offers \
             (SIZ-1, CON-19)",
            definition.name()
        );
        return Err(ApiError::new(exception, field, message));
    }
    Ok(())
}
