//! CreateCapacityProvider: a provider over an Auto Scaling group (CAP-11, CAP-12).

use super::auto_scaling_group::named;
use super::{ApiError, is_name};
use crate::aws::CreateCapacityProvider;
use crate::aws::common::Switch;
use crate::kernel::time::SimDuration;
use crate::model::Cluster;
use crate::model::capacity_provider::{CapacityProvider, ManagedScaling, Measured};

const INVALID: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";

/// The provider that CreateCapacityProvider makes.
///
/// # Errors
/// The exception ECS would raise.
pub fn create(cluster: &Cluster, input: &CreateCapacityProvider) -> Result<CapacityProvider, ApiError> {
    let name = &input.name;
    let reserved = ["aws", "ecs", "fargate"].iter().any(|word| name.to_ascii_lowercase().starts_with(word));
    if !is_name(name) || reserved {
        let message = format!(
            "{name:?} cannot be the name: 1 to 255 letters, digits, hyphens and underscores, not beginning with aws, ecs or fargate"
        );
        return Err(ApiError::new(INVALID, "name", message));
    }
    if cluster.capacity_providers.iter().any(|provider| provider.name == *name) {
        let message = format!("The specified capacity provider already exists: {name:?}");
        return Err(ApiError::new(CLIENT, "name", message));
    }
    if input.managed_instances_provider.is_some() {
        return Err(ApiError::not_modelled("managedInstancesProvider", "a provider of Managed Instances"));
    }
    let Some(over) = &input.auto_scaling_group_provider else {
        let message = "a capacity provider needs an autoScalingGroupProvider";
        return Err(ApiError::new(INVALID, "autoScalingGroupProvider", message));
    };
    let field = |of: &str| format!("autoScalingGroupProvider.{of}");
    let Some(group) = named(cluster, &over.auto_scaling_group_arn) else {
        let names = cluster.auto_scaling_groups.iter().map(|group| group.name.as_str());
        let near = crate::catalog::nearest_spelling(&over.auto_scaling_group_arn, names);
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message = format!("there is no Auto Scaling group {:?}{hint}", over.auto_scaling_group_arn);
        return Err(ApiError::new(INVALID, field("autoScalingGroupArn"), message));
    };
    let found = cluster.auto_scaling_group(group);
    if let Some(other) = found.provider {
        let other = &cluster.capacity_provider(other).name;
        let message =
            format!("the group {:?} is that of the capacity provider {other:?} already", found.name);
        return Err(ApiError::new(CLIENT, field("autoScalingGroupArn"), message));
    }
    let managed_scaling =
        over.managed_scaling.as_ref().filter(|scaling| scaling.status != Some(Switch::Disabled));
    if managed_scaling.is_some() && found.settings.max_size == 0 {
        let message = "managed scaling needs a group with a MaxSize above 0 (CAP-11)";
        return Err(ApiError::new(INVALID, field("autoScalingGroupArn"), message));
    }
    let scaling = managed_scaling.map(|scaling| ManagedScaling {
        target_capacity: scaling.target_capacity.unwrap_or(100),
        minimum_step: scaling.minimum_scaling_step_size.unwrap_or(1),
        maximum_step: scaling.maximum_scaling_step_size.unwrap_or(10_000),
        instance_warmup: SimDuration::from_secs(u64::from(scaling.instance_warmup_period.unwrap_or(300))),
    });
    if let Some(steps) = scaling.filter(|scaling| scaling.minimum_step > scaling.maximum_step) {
        let message = format!(
            "minimumScalingStepSize {} is above maximumScalingStepSize {} (CAS-4)",
            steps.minimum_step, steps.maximum_step
        );
        return Err(ApiError::new(INVALID, field("managedScaling.minimumScalingStepSize"), message));
    }
    let termination_protection = over.managed_termination_protection == Some(Switch::Enabled);
    if termination_protection && scaling.is_none() {
        let message = "managed termination protection needs managed scaling (CAP-12)";
        return Err(ApiError::new(INVALID, field("managedTerminationProtection"), message));
    }
    if termination_protection && !found.settings.protects_new_instances {
        let message = format!(
            "managed termination protection needs NewInstancesProtectedFromScaleIn on the group {:?} (CAP-12)",
            found.name
        );
        return Err(ApiError::new(INVALID, field("managedTerminationProtection"), message));
    }
    Ok(CapacityProvider {
        name: name.clone(),
        group,
        managed_scaling: scaling,
        termination_protection,
        managed_draining: over.managed_draining != Some(Switch::Disabled),
        measured: Measured::default(),
    })
}
