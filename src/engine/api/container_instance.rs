//! UpdateContainerInstancesState, RegisterContainerInstance, DeregisterContainerInstance.

use super::{ApiError, attributes, last_segment};
use crate::aws::container_instance::RequestedStatus;
use crate::aws::{DeregisterContainerInstance, RegisterContainerInstance, UpdateContainerInstancesState};
use crate::model::instance::InstanceStatus;
use crate::model::{Change, Cluster, InstanceId};

const INVALID: &str = "InvalidParameterException";
/// So many instances, tasks or attributes in one call.
pub(super) const MOST_IN_ONE_CALL: usize = 10;

/// What UpdateContainerInstancesState makes true: DRAINING from ACTIVE alone, ACTIVE from either (INS-6, INS-7).
/// Instances that cannot be set are failure entries of a call that sets the others.
///
/// # Errors
/// The exception ECS would raise for the call as a whole.
pub fn update_state(
    cluster: &Cluster,
    input: &UpdateContainerInstancesState,
) -> Result<Vec<Change>, ApiError> {
    check_count(input.container_instances.len(), "containerInstances")?;
    let mut set: Vec<InstanceId> = Vec::new();
    let mut changes = Vec::new();
    for name in &input.container_instances {
        let outcome = match cluster.instance_named(last_segment(name)) {
            None => Err("MISSING"),
            Some(id) if set.contains(&id) => continue,
            Some(id) => requested(cluster.instances[id].status, input.status).map(|to| (id, to)),
        };
        match outcome {
            Ok((instance, to)) => {
                let from = cluster.instances[instance].status;
                set.push(instance);
                if from != to {
                    changes.push(Change::InstanceStatusChanged { instance, from, to });
                }
            }
            Err(exception) => {
                let call = "UpdateContainerInstancesState";
                changes.push(Change::RequestFailed { call, exception });
            }
        }
    }
    Ok(changes)
}

/// The status that an instance comes to, or the reason of the failure. ECS takes an instance that is gone unnoticed for
/// what it was (INS-5).
fn requested(from: InstanceStatus, wanted: RequestedStatus) -> Result<InstanceStatus, &'static str> {
    match (wanted, from) {
        (_, InstanceStatus::Inactive | InstanceStatus::Deregistered | InstanceStatus::Unregistered) => {
            Err("INACTIVE")
        }
        (RequestedStatus::Draining, InstanceStatus::Active) => Ok(InstanceStatus::Draining),
        (RequestedStatus::Draining, InstanceStatus::Lost) => Ok(InstanceStatus::LostDraining),
        (RequestedStatus::Draining, InstanceStatus::Draining | InstanceStatus::LostDraining)
        | (_, InstanceStatus::Registering) => Err(INVALID),
        (RequestedStatus::Active, InstanceStatus::Active | InstanceStatus::Draining) => {
            Ok(InstanceStatus::Active)
        }
        (RequestedStatus::Active, InstanceStatus::Lost | InstanceStatus::LostDraining) => {
            Ok(InstanceStatus::Lost)
        }
    }
}

/// What DeregisterContainerInstance makes true (INS-10).
///
/// # Errors
/// The exception ECS would raise, such as for an instance with tasks where `force` is not set.
pub fn deregister(cluster: &Cluster, input: &DeregisterContainerInstance) -> Result<Vec<Change>, ApiError> {
    let instance = registered_or_not(cluster, &input.container_instance, "containerInstance")?;
    let found = &cluster.instances[instance];
    let to = match found.status {
        InstanceStatus::Active | InstanceStatus::Draining => InstanceStatus::Deregistered,
        InstanceStatus::Lost | InstanceStatus::LostDraining => InstanceStatus::Inactive,
        InstanceStatus::Inactive
        | InstanceStatus::Deregistered
        | InstanceStatus::Registering
        | InstanceStatus::Unregistered => {
            let stands = found.status.name();
            let message = format!("The container instance {:?} is {stands}", input.container_instance);
            return Err(ApiError::new(INVALID, "containerInstance", message));
        }
    };
    if !found.tasks.is_empty() && input.force != Some(true) {
        let message = format!(
            "Found running tasks on the instance ({} of them); force: true leaves them to themselves (INS-10)",
            found.tasks.len()
        );
        return Err(ApiError::new(INVALID, "force", message));
    }
    Ok(vec![Change::InstanceStatusChanged { instance, from: found.status, to }])
}

/// What RegisterContainerInstance makes true: an instance that was deregistered is ACTIVE again, empty, with the images
/// it had (INS-1). One that is gone comes back by its repair alone.
///
/// # Errors
/// The exception ECS would raise; none of its machine is there to ask, if the zone is out.
pub fn register(cluster: &Cluster, input: &RegisterContainerInstance) -> Result<Vec<Change>, ApiError> {
    let field = "containerInstanceArn";
    let instance = registered_or_not(cluster, &input.container_instance_arn, field)?;
    let found = &cluster.instances[instance];
    let refusal = match found.status {
        InstanceStatus::Deregistered if cluster.zones[found.zone.index()].outages > 0 => "its zone is out",
        InstanceStatus::Deregistered => {
            let (from, to) = (found.status, InstanceStatus::Active);
            let given = input.attributes.as_deref().unwrap_or_default();
            let mut changes = attributes::of_registration(cluster, instance, given)?;
            changes.push(Change::InstanceStatusChanged { instance, from, to });
            return Ok(changes);
        }
        InstanceStatus::Unregistered => "its machine is being launched",
        InstanceStatus::Inactive => "its machine is gone",
        InstanceStatus::Active
        | InstanceStatus::Registering
        | InstanceStatus::Draining
        | InstanceStatus::Lost
        | InstanceStatus::LostDraining => "it is registered already",
    };
    let message = format!("{:?} cannot register: {refusal}", input.container_instance_arn);
    Err(ApiError::new("ClientException", field, message))
}

/// What RegisterContainerInstance asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored(input: &RegisterContainerInstance) -> Vec<(&'static str, &'static str)> {
    let resources = input.total_resources.is_some();
    let told = ("totalResources", "an instance registers what it had before");
    resources.then_some(told).into_iter().collect()
}

fn registered_or_not(cluster: &Cluster, name: &str, field: &str) -> Result<InstanceId, ApiError> {
    cluster.instance_named(last_segment(name)).ok_or_else(|| {
        let message = format!(
            "The referenced container instance was not found: {name:?} (those of a group are named group-1, group-2, …)"
        );
        ApiError::new(INVALID, field, message)
    })
}

/// One to ten entries.
pub(super) fn check_count(count: usize, field: &str) -> Result<(), ApiError> {
    if (1..=MOST_IN_ONE_CALL).contains(&count) {
        return Ok(());
    }
    Err(ApiError::new(INVALID, field, format!("{count} entries, where a call takes 1 to {MOST_IN_ONE_CALL}")))
}

#[cfg(test)]
pub(in crate::engine::api) mod tests;
