//! CreateAutoScalingGroup, UpdateAutoScalingGroup, SetDesiredCapacity: groups of EC2 instances (ASG).

use std::sync::Arc;

use super::ApiError;
use crate::aws::CreateAutoScalingGroup;
use crate::model::auto_scaling_group::{
    AutoScalingGroup, GroupSettings, InstanceKind, InstancesDistribution, OnDemandAllocation, SpotAllocation,
};
use crate::model::{AutoScalingGroupId, Cluster, PoolId, ZoneId};

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
            distribution: distribution_of(input)?,
            capacity_rebalance: input.capacity_rebalance.unwrap_or(false),
        },
        desired_capacity,
        launches: 0,
        scaled_out_at: None,
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

/// The group with this name or ARN.
#[must_use]
pub fn named(cluster: &Cluster, name: &str) -> Option<AutoScalingGroupId> {
    let name = super::last_segment(name);
    let found = cluster.auto_scaling_groups.iter().position(|group| group.name == name)?;
    Some(AutoScalingGroupId(found as u16))
}
