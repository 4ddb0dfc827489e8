//! Groups of EC2 instances (ASG): CreateAutoScalingGroup, and the requests about groups that are there.

mod request;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::request::{AutoScalingRequest, answer, check};

use super::ApiError;
use crate::aws::CreateAutoScalingGroup;
use crate::model::auto_scaling_group::processes::Processes;
use crate::model::auto_scaling_group::schedule::Sizes;
use crate::model::auto_scaling_group::{
    AutoScalingGroup, DesiredCapacityCause, GroupSettings, InstanceKind, InstancesDistribution,
    OnDemandAllocation, SpotAllocation,
};
use crate::model::{AutoScalingGroupId, Change, Cluster, PoolId, ZoneId};

const VALIDATION: &str = "ValidationError";

/// The group that CreateAutoScalingGroup makes, of these kinds of instances, in these zones.
///
/// # Errors
/// The exception EC2 Auto Scaling would raise.
pub fn create(
    cluster: &Cluster,
    input: &CreateAutoScalingGroup,
    pool: PoolId,
    kinds: Arc<[InstanceKind]>,
    zones: Vec<ZoneId>,
) -> Result<AutoScalingGroup, ApiError> {
    let name = &input.auto_scaling_group_name;
    if cluster.auto_scaling_groups.iter().any(|group| group.name == *name) {
        let message = format!("AutoScalingGroup by this name already exists: {name:?}");
        return Err(ApiError::new("AlreadyExists", "AutoScalingGroupName", message));
    }
    let desired_capacity = input.desired_capacity.unwrap_or(input.min_size);
    check_sizes(input.min_size, input.max_size, desired_capacity)?;
    if zones.is_empty() {
        let message = "at least one Availability Zone or VPC Subnet is required";
        return Err(ApiError::new(VALIDATION, "AvailabilityZones", message));
    }
    Ok(AutoScalingGroup {
        name: name.clone(),
        pool,
        provider: None,
        settings: GroupSettings {
            min_size: input.min_size,
            max_size: input.max_size,
            zones,
            kinds,
            protects_new_instances: input.new_instances_protected_from_scale_in.unwrap_or(false),
            version: 1,
            zone_distribution: settings::zone_distribution(input.availability_zone_distribution.as_ref())?,
            health_check_grace: settings::seconds(input.health_check_grace_period.unwrap_or(0)),
            termination_policies: settings::termination_policies(input.termination_policies.as_deref())?,
            max_instance_lifetime: settings::max_lifetime(input.max_instance_lifetime)?,
            hooks: settings::hooks(input.lifecycle_hook_specification_list.as_deref())?.into(),
            cooldown: settings::seconds(input.default_cooldown.unwrap_or(300)),
            default_warmup: input
                .default_instance_warmup
                .and_then(|warmup| u32::try_from(warmup).ok())
                .map(settings::seconds),
            maintenance: settings::maintenance(input.instance_maintenance_policy.as_ref())?,
            distribution: distribution_of(input)?,
            capacity_rebalance: input.capacity_rebalance.unwrap_or(false),
        },
        desired_capacity,
        launches: 0,
        scaled_out_at: None,
        resized_at: None,
        suspended: Processes::default(),
        scheduled: BTreeMap::new(),
        refresh: None,
        warm_pool: None,
    })
}

/// ASG-6 to ASG-8: what a mixed instances policy says of markets; without one, all is on demand.
fn distribution_of(input: &CreateAutoScalingGroup) -> Result<InstancesDistribution, ApiError> {
    let standard = InstancesDistribution::default();
    let Some(policy) = &input.mixed_instances_policy else { return Ok(standard) };
    let Some(given) = &policy.instances_distribution else { return Ok(standard) };
    let refused = |field: &str, message: String| {
        ApiError::new(VALIDATION, format!("MixedInstancesPolicy.InstancesDistribution.{field}"), message)
    };
    let on_demand_allocation = match given.on_demand_allocation_strategy.as_deref() {
        None | Some("prioritized") => OnDemandAllocation::Prioritized,
        Some("lowest-price") => OnDemandAllocation::LowestPrice,
        Some(other) => {
            let message = format!("found {other:?}; it is prioritized or lowest-price (ASG-7)");
            return Err(refused("OnDemandAllocationStrategy", message));
        }
    };
    let spot_allocation = match given.spot_allocation_strategy.as_deref() {
        None | Some("lowest-price") => {
            SpotAllocation::LowestPrice { pools: given.spot_instance_pools.unwrap_or(2) }
        }
        Some("capacity-optimized") => SpotAllocation::CapacityOptimized,
        Some("capacity-optimized-prioritized") => SpotAllocation::CapacityOptimizedPrioritized,
        Some("price-capacity-optimized") => SpotAllocation::PriceCapacityOptimized,
        Some(other) => {
            let message = format!(
                "found {other:?}; it is lowest-price, capacity-optimized, capacity-optimized-prioritized or \
                 price-capacity-optimized (ASG-8)"
            );
            return Err(refused("SpotAllocationStrategy", message));
        }
    };
    if given.spot_instance_pools.is_some() && !matches!(spot_allocation, SpotAllocation::LowestPrice { .. }) {
        let message = "SpotInstancePools goes with the strategy lowest-price alone (ASG-8)".to_owned();
        return Err(refused("SpotInstancePools", message));
    }
    Ok(InstancesDistribution {
        on_demand_base_capacity: given.on_demand_base_capacity.unwrap_or(0),
        on_demand_percentage_above_base_capacity: given
            .on_demand_percentage_above_base_capacity
            .unwrap_or(standard.on_demand_percentage_above_base_capacity),
        on_demand_allocation,
        spot_allocation,
    })
}

fn check_sizes(min: u32, max: u32, desired: u32) -> Result<(), ApiError> {
    if min > max {
        let message = format!("Min size {min} is above max size {max}");
        return Err(ApiError::new(VALIDATION, "MinSize", message));
    }
    if !(min..=max).contains(&desired) {
        let message = format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        );
        return Err(ApiError::new(VALIDATION, "DesiredCapacity", message));
    }
    Ok(())
}

/// The group with this name or ARN. What stands behind Managed Instances is no group of anybody's (MI-1).
#[must_use]
pub fn named(cluster: &Cluster, name: &str) -> Option<AutoScalingGroupId> {
    let name = super::last_segment(name);
    let found = cluster.auto_scaling_groups.iter().position(|group| group.name == name)?;
    let found = AutoScalingGroupId(found as u16);
    cluster.managed_provider(found).is_none().then_some(found)
}

/// The group that a request names.
fn existing(cluster: &Cluster, name: &str) -> Result<AutoScalingGroupId, ApiError> {
    named(cluster, name).ok_or_else(|| {
        let names = cluster.auto_scaling_groups.iter().map(|group| group.name.as_str());
        let near = crate::catalog::nearest_spelling(name, names);
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message = format!("AutoScalingGroup name not found - {name:?}{hint}");
        ApiError::new(VALIDATION, "AutoScalingGroupName", message)
    })
}

/// New sizes of a group: MinSize above the desired capacity lifts it, MaxSize below lowers it.
///
/// # Errors
/// Sizes that do not go together.
pub fn resize(
    cluster: &Cluster,
    id: AutoScalingGroupId,
    sizes: Sizes,
    by: DesiredCapacityCause,
) -> Result<Vec<Change>, ApiError> {
    resize_to(cluster, id, cluster.auto_scaling_group(id).settings.clone(), sizes, by)
}

fn resize_to(
    cluster: &Cluster,
    id: AutoScalingGroupId,
    mut settings: GroupSettings,
    sizes: Sizes,
    by: DesiredCapacityCause,
) -> Result<Vec<Change>, ApiError> {
    let group = cluster.auto_scaling_group(id);
    let from = group.desired_capacity;
    settings.min_size = sizes.min.unwrap_or(settings.min_size);
    settings.max_size = sizes.max.unwrap_or(settings.max_size);
    let (min, max) = (settings.min_size, settings.max_size);
    check_sizes(min, max, sizes.desired.unwrap_or(min))?;
    let to = sizes.desired.unwrap_or(from.clamp(min, max));
    let mut changes = Vec::new();
    if settings != group.settings {
        let settings = Box::new((group.settings.clone(), settings));
        changes.push(Change::AutoScalingGroupUpdated { group: id, settings });
    }
    if from != to {
        changes.push(Change::DesiredCapacityChanged { group: id, from, to, by });
    }
    Ok(changes)
}
