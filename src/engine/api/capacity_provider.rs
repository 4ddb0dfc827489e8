//! CreateCapacityProvider, UpdateCapacityProvider: providers over Auto Scaling groups (CAP-11, CAP-12).

use super::auto_scaling_group::named;
use super::{ApiError, is_name};
use crate::aws::common::Switch;
use crate::aws::{
    CreateCapacityProvider, PutClusterCapacityProviders, UpdateCapacityProvider, capacity_provider as aws,
};
use crate::kernel::time::SimDuration;
use crate::model::auto_scaling_group::Market;
use crate::model::capacity_provider::{CapacityProvider, ManagedScaling, Measured, ProviderPolicy};
use crate::model::managed_instances::ManagedInstances;
use crate::model::service::ServiceStatus;
use crate::model::task::Capacity;
use crate::model::{AutoScalingGroupId, CapacityProviderId, Change, Cluster};

const INVALID: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";

/// Whether a new capacity provider can have this name.
fn check_name(cluster: &Cluster, name: &str) -> Result<(), ApiError> {
    let reserved = ["aws", "ecs", "fargate"].iter().any(|word| name.to_ascii_lowercase().starts_with(word));
    if !is_name(name) || reserved {
        let message = format!(
            "{name:?} cannot be the name: 1 to 255 letters, digits, hyphens and underscores, not beginning with aws, ecs or fargate"
        );
        return Err(ApiError::new(INVALID, "name", message));
    }
    if cluster.capacity_providers.iter().any(|provider| provider.name == name) {
        let message = format!("The specified capacity provider already exists: {name:?}");
        return Err(ApiError::new(CLIENT, "name", message));
    }
    Ok(())
}

/// The provider of Managed Instances that CreateCapacityProvider makes over a group that was made for it (MI-1, MI-2, MI-4).
///
/// # Errors
/// The exception ECS would raise.
pub fn create_managed(
    cluster: &Cluster,
    name: &str,
    input: &aws::ManagedInstancesProvider,
    group: AutoScalingGroupId,
) -> Result<CapacityProvider, ApiError> {
    check_name(cluster, name)?;
    let after = input.infrastructure_optimization.as_ref().and_then(|of| of.scale_in_after);
    let scale_in_after = match after {
        Some(seconds) => u64::try_from(seconds).ok().map(SimDuration::from_secs),
        None => Some(*cluster.parameters.mi_scale_in_after()),
    };
    let market = match input.instance_launch_template.capacity_option_type {
        Some(aws::CapacityOptionType::Spot) => Market::Spot,
        Some(aws::CapacityOptionType::OnDemand | aws::CapacityOptionType::Reserved) | None => {
            Market::OnDemand
        }
    };
    Ok(CapacityProvider {
        name: name.to_owned(),
        group,
        managed_instances: Some(ManagedInstances { market, scale_in_after }),
        managed_scaling: None,
        termination_protection: false,
        managed_draining: true,
        policy: ProviderPolicy::default(),
        measured: Measured::default(),
    })
}

/// The provider that CreateCapacityProvider makes.
///
/// # Errors
/// The exception ECS would raise.
pub fn create(cluster: &Cluster, input: &CreateCapacityProvider) -> Result<CapacityProvider, ApiError> {
    check_name(cluster, &input.name)?;
    let name = &input.name;
    if input.managed_instances_provider.is_some() {
        let message = "a capacity provider is over an Auto Scaling group or over Managed Instances, not both";
        return Err(ApiError::new(INVALID, "managedInstancesProvider", message));
    }
    let Some(over) = &input.auto_scaling_group_provider else {
        let message = "a capacity provider needs an autoScalingGroupProvider or a managedInstancesProvider";
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
    let scaling = over.managed_scaling.as_ref().and_then(|given| managed_scaling(given, None));
    checked(
        cluster,
        CapacityProvider {
            name: name.clone(),
            group,
            managed_instances: None,
            managed_scaling: scaling,
            termination_protection: over.managed_termination_protection == Some(Switch::Enabled),
            managed_draining: over.managed_draining != Some(Switch::Disabled),
            policy: ProviderPolicy::default(),
            measured: Measured::default(),
        },
    )
}

/// UpdateCapacityProvider: what is left out stays as it is (CAP-12).
///
/// # Errors
/// The exception ECS would raise.
pub fn update(cluster: &Cluster, input: &UpdateCapacityProvider) -> Result<Vec<Change>, ApiError> {
    let provider = check_update(cluster, input)?;
    let mut now = cluster.capacity_provider(provider).clone();
    if now.managed_instances.is_some() {
        let message = "a provider of Managed Instances has no Auto Scaling group to change";
        return Err(ApiError::new(INVALID, "autoScalingGroupProvider", message));
    }
    let Some(over) = &input.auto_scaling_group_provider else {
        let message = "there is nothing to change without an autoScalingGroupProvider";
        return Err(ApiError::new(INVALID, "autoScalingGroupProvider", message));
    };
    if let Some(given) = &over.managed_scaling {
        now.managed_scaling = managed_scaling(given, now.managed_scaling);
    }
    if let Some(switch) = over.managed_termination_protection {
        now.termination_protection = switch == Switch::Enabled;
    }
    if let Some(switch) = over.managed_draining {
        now.managed_draining = switch == Switch::Enabled;
    }
    let now = Box::new(checked(cluster, now)?);
    Ok(vec![Change::CapacityProviderUpdated { provider, now }])
}

/// What is wrong with UpdateCapacityProvider whatever the state it comes to; else the provider it is about.
///
/// # Errors
/// The exception ECS would raise.
pub fn check_update(
    cluster: &Cluster,
    input: &UpdateCapacityProvider,
) -> Result<CapacityProviderId, ApiError> {
    if input.managed_instances_provider.is_some() {
        return Err(ApiError::not_modelled("managedInstancesProvider", "a provider of Managed Instances"));
    }
    provider_named(cluster, &input.name, "name")
}

/// PutClusterCapacityProviders: the default from now on. A provider that a service uses stays (RES-10).
///
/// # Errors
/// The exception ECS would raise.
pub fn put_for_cluster(
    cluster: &Cluster,
    input: &PutClusterCapacityProviders,
) -> Result<Vec<Change>, ApiError> {
    let kept = &input.capacity_providers;
    for (index, name) in kept.iter().enumerate() {
        if !["FARGATE", "FARGATE_SPOT"].contains(&name.as_str()) {
            provider_named(cluster, name, &format!("capacityProviders[{index}]"))?;
        }
    }
    let used = cluster.services.iter().filter(|service| service.status != ServiceStatus::Inactive);
    for service in used {
        let capacity = service.settings.capacity.iter().map(|choice| choice.capacity);
        for name in capacity.filter_map(|capacity| provider_name(cluster, capacity)) {
            if !kept.iter().any(|kept| kept == name) {
                let message = format!(
                    "The capacity provider {name:?} cannot be removed: the service {:?} uses it",
                    service.name
                );
                return Err(ApiError::new("ResourceInUseException", "capacityProviders", message));
            }
        }
    }
    let items = &input.default_capacity_provider_strategy;
    for (index, item) in items.iter().enumerate() {
        if !kept.contains(&item.capacity_provider) {
            let message = format!("{:?} is not among the capacityProviders", item.capacity_provider);
            let field = format!("defaultCapacityProviderStrategy[{index}].capacityProvider");
            return Err(ApiError::new(INVALID, field, message));
        }
    }
    let choices = match items.is_empty() {
        true => Vec::new(),
        false => super::placement::strategy_of(cluster, items).map_err(|error| ApiError {
            field: error.field.replace("capacityProviderStrategy", "defaultCapacityProviderStrategy"),
            ..error
        })?,
    };
    Ok(vec![Change::DefaultCapacityChanged(choices.into())])
}

/// The name of the provider that a choice of capacity stands for; none for launch types.
fn provider_name(cluster: &Cluster, capacity: Capacity) -> Option<&str> {
    match capacity {
        Capacity::Ec2 | Capacity::Fargate(_) => None,
        Capacity::Provider(pool) => Some(&cluster.pools[pool.index()].name),
        Capacity::AutoScaling(pool) => {
            cluster.provider_of_pool(pool).map(|id| cluster.capacity_provider(id).name.as_str())
        }
    }
}

fn provider_named(cluster: &Cluster, name: &str, field: &str) -> Result<CapacityProviderId, ApiError> {
    let name = super::last_segment(name);
    let found = cluster.capacity_providers.iter().position(|provider| provider.name == name);
    found.map(|index| CapacityProviderId(index as u16)).ok_or_else(|| {
        let names = cluster.capacity_providers.iter().map(|provider| provider.name.as_str());
        let near = crate::catalog::nearest_spelling(name, names);
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message = format!("The specified capacity provider {name:?} was not found{hint}");
        ApiError::new(INVALID, field, message)
    })
}

/// Managed scaling as given, over what was set before; none where it is off.
fn managed_scaling(given: &aws::ManagedScaling, before: Option<ManagedScaling>) -> Option<ManagedScaling> {
    if given.status == Some(Switch::Disabled) {
        return None;
    }
    let before = before.unwrap_or(ManagedScaling {
        target_capacity: 100,
        minimum_step: 1,
        maximum_step: 10_000,
        instance_warmup: SimDuration::from_secs(300),
    });
    let warmup = given.instance_warmup_period.map(|seconds| SimDuration::from_secs(u64::from(seconds)));
    Some(ManagedScaling {
        target_capacity: given.target_capacity.unwrap_or(before.target_capacity),
        minimum_step: given.minimum_scaling_step_size.unwrap_or(before.minimum_step),
        maximum_step: given.maximum_scaling_step_size.unwrap_or(before.maximum_step),
        instance_warmup: warmup.unwrap_or(before.instance_warmup),
    })
}

/// A provider whose parts go together (CAP-11, CAP-12).
fn checked(cluster: &Cluster, provider: CapacityProvider) -> Result<CapacityProvider, ApiError> {
    let field = |of: &str| format!("autoScalingGroupProvider.{of}");
    let group = cluster.auto_scaling_group(provider.group);
    let scaling = provider.managed_scaling;
    if scaling.is_some() && group.settings.max_size == 0 {
        let message = "managed scaling needs a group with a MaxSize above 0 (CAP-11)";
        return Err(ApiError::new(INVALID, field("autoScalingGroupArn"), message));
    }
    if let Some(steps) = scaling.filter(|scaling| scaling.minimum_step > scaling.maximum_step) {
        let message = format!(
            "minimumScalingStepSize {} is above maximumScalingStepSize {} (CAS-4)",
            steps.minimum_step, steps.maximum_step
        );
        return Err(ApiError::new(INVALID, field("managedScaling.minimumScalingStepSize"), message));
    }
    if provider.termination_protection && scaling.is_none() {
        let message = "managed termination protection needs managed scaling (CAP-12)";
        return Err(ApiError::new(INVALID, field("managedTerminationProtection"), message));
    }
    if provider.termination_protection && !group.settings.protects_new_instances {
        let message = format!(
            "managed termination protection needs NewInstancesProtectedFromScaleIn on the group {:?} (CAP-12)",
            group.name
        );
        return Err(ApiError::new(INVALID, field("managedTerminationProtection"), message));
    }
    Ok(provider)
}
