//! The cluster at an instant, in the shapes in which the AWS CLI describes one.
//!
//! What a scenario has set and nothing has changed comes from the scenario; what is there comes from the cluster. ARNs end in the
//! names that the simulation shows. Machines have their launch template in a file of its own.

mod capacity;
mod services;
mod tasks;

pub(super) use services::with_resource;

use serde_json::{Value, json};

use super::{ExportedFile, Setting, inputs, pruned, text};
use crate::model::Cluster;
use crate::model::task_definition::TaskDefinitionStatus;
use crate::scenario::spec::{Call, Scenario};

/// As many services DescribeServices takes in one call.
const SERVICES_A_CALL: usize = 10;
/// As many tasks or container instances a call takes.
const NAMES_A_CALL: usize = 100;

/// Every describe answer of the cluster.
#[must_use]
pub fn describe(scenario: &Scenario, cluster: &Cluster, setting: &Setting) -> Vec<ExportedFile> {
    // A scenario serialises, or it would not have been read.
    let aws = serde_json::to_value(&scenario.aws).unwrap_or_default();
    let mut files = vec![ExportedFile::json("describe-clusters.json", &of_cluster(&aws, cluster, setting))];
    files.extend(definitions(scenario, &aws, cluster, setting));
    files.extend(capacity::files(&aws, cluster, setting));
    let all = services::services(&aws, cluster, setting);
    files.extend(in_parts("describe-services", "services", &all, SERVICES_A_CALL));
    let all = tasks::tasks(cluster, setting);
    files.extend(in_parts("describe-tasks", "tasks", &all, NAMES_A_CALL));
    files.extend(services::target_groups(&aws, setting));
    files.extend(services::scaling(&aws, cluster, setting));
    files
}

/// One file for each call that it would take; none of something is an answer too.
fn in_parts(name: &str, key: &str, all: &[Value], size: usize) -> Vec<ExportedFile> {
    let parts: Vec<&[Value]> = if all.is_empty() { vec![all] } else { all.chunks(size).collect() };
    let file = |(index, part): (usize, &&[Value])| {
        ExportedFile::json(format!("{name}-{}.json", index + 1), &json!({ key: part, "failures": [] }))
    };
    parts.iter().enumerate().map(file).collect()
}

fn of_cluster(aws: &Value, cluster: &Cluster, setting: &Setting) -> Value {
    let given = pruned(aws.get("cluster").cloned().unwrap_or_default());
    let tasks = || cluster.tasks.iter().map(|(_, task)| task);
    let pending = tasks().filter(|task| task.last_status.name() == "PENDING").count();
    let running = tasks().filter(|task| task.last_status.name() == "RUNNING").count();
    let mut providers = given.get("capacityProviders").cloned();
    if providers.is_none() && !cluster.capacity_providers.is_empty() {
        // CAP-10: here every provider of the scenario goes with its one cluster.
        let all: Vec<&str> =
            cluster.capacity_providers.iter().map(|provider| provider.name.as_str()).collect();
        providers = Some(json!(all));
    }
    json!({ "clusters": [{
        "clusterArn": setting.cluster_arn(),
        "clusterName": setting.cluster,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": cluster.instances.iter().filter(|(_, one)| one.status.is_there()).count(),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": cluster.services.iter().filter(|one| services::status(one) == "ACTIVE").count(),
        "statistics": [], "tags": [], "settings": [],
        "capacityProviders": providers.unwrap_or_else(|| json!([])),
        "defaultCapacityProviderStrategy": given.get("defaultCapacityProviderStrategy").cloned().unwrap_or_else(|| json!([])),
    }], "failures": [] })
}

/// All revisions that were registered, so that they keep their numbers.
fn definitions(scenario: &Scenario, aws: &Value, cluster: &Cluster, setting: &Setting) -> Vec<ExportedFile> {
    let mut given = inputs(aws, "taskDefinitions");
    let later = scenario.timeline.iter().filter(|item| item.call == Some(Call::RegisterTaskDefinition));
    given.extend(later.map(|item| pruned(serde_json::to_value(&item.with).unwrap_or_default())));
    let file = |definition: &crate::model::task_definition::TaskDefinition| {
        let mut of_family = given.iter().filter(|one| text(one, "family") == definition.family);
        let mut shape = of_family.nth(definition.revision as usize - 1).cloned().unwrap_or_default();
        let name = definition.name();
        shape["taskDefinitionArn"] = json!(setting.definition_arn(&name));
        shape["family"] = json!(definition.family);
        shape["revision"] = json!(definition.revision);
        shape["status"] = json!(match definition.status {
            TaskDefinitionStatus::Active => "ACTIVE",
            _ => "INACTIVE",
        });
        ExportedFile::json(
            format!("describe-task-definition-{}-{}.json", definition.family, definition.revision),
            &json!({ "taskDefinition": shape, "tags": [] }),
        )
    };
    cluster.task_definitions.iter().map(file).collect()
}
