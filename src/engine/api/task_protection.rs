//! UpdateTaskProtection (SVC-20).

use super::container_instance::check_count;
use super::{ApiError, task};
use crate::aws::UpdateTaskProtection;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::task::{Origin, Task};
use crate::model::{Change, Cluster, TaskId};

const DEFAULT_MINUTES: u32 = 120;

/// What UpdateTaskProtection makes true. Tasks that cannot be protected are failure entries of a call that protects the
/// others: those that are not there (MISSING), that belong to no service (TASK_NOT_VALID), and old ones while protected
/// old ones hold a deployment up (DEPLOYMENT_BLOCKED).
///
/// # Errors
/// The exception ECS would raise for the call as a whole.
pub fn update(
    cluster: &Cluster,
    now: SimTime,
    input: &UpdateTaskProtection,
) -> Result<Vec<Change>, ApiError> {
    check_count(input.tasks.len(), "tasks")?;
    let minutes = input.expires_in_minutes.unwrap_or(DEFAULT_MINUTES);
    if !(1..=2880).contains(&minutes) {
        let message = format!("{minutes} is outside 1 to 2880 minutes (SVC-20)");
        return Err(ApiError::new("InvalidParameterException", "expiresInMinutes", message));
    }
    let until = input.protection_enabled.then(|| now + SimDuration::from_secs(u64::from(minutes) * 60));
    let mut set: Vec<TaskId> = Vec::new();
    let mut changes = Vec::new();
    for name in &input.tasks {
        match protectable(cluster, name, input.protection_enabled) {
            Ok(task) if set.contains(&task) => {}
            Ok(task) => {
                set.push(task);
                if until.is_some() || cluster.tasks[task].protected_until.is_some() {
                    changes.push(Change::TaskProtectionChanged { task, until });
                }
            }
            Err(exception) => changes.push(Change::RequestFailed { call: "UpdateTaskProtection", exception }),
        }
    }
    Ok(changes)
}

fn protectable(cluster: &Cluster, name: &str, enabled: bool) -> Result<TaskId, &'static str> {
    let id = task::stop(cluster, name).map_err(|_| "MISSING")?;
    let task = &cluster.tasks[id];
    if task.service().is_none() || !task.is_active() {
        return Err("TASK_NOT_VALID");
    }
    if enabled && holds_up_a_deployment(cluster, task) { Err("DEPLOYMENT_BLOCKED") } else { Ok(id) }
}

/// Whether the task is of an older revision, and protected tasks of older revisions keep its service from the newest.
fn holds_up_a_deployment(cluster: &Cluster, task: &Task) -> bool {
    let Origin::Service { service, deployment } = task.origin else { return false };
    let service = cluster.service(service);
    let Some((primary, older)) = service.deployments.split_last() else { return false };
    deployment != primary.number && older.iter().any(|older| older.counts.protected > 0)
}

#[cfg(test)]
mod tests;
