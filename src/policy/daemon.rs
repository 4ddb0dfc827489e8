//! DAEMON services: one task on every container instance that takes it (SVC-4, PLC-12).

use super::placement::query::{self, Question};
use crate::model::instance::InstanceStatus;
use crate::model::placement::PlacementConstraint;
use crate::model::service::Service;
use crate::model::task::Host;
use crate::model::{Cluster, InstanceId, ServiceId, TaskDefinitionId, TaskId};

/// How many tasks a DAEMON service wants: one on each instance that ECS holds for ACTIVE and that satisfies its
/// `memberOf` constraints, also on one that is gone unnoticed (INS-5) or whose agent is cut off (INS-4).
///
/// `service` is `None` while it is being created.
#[must_use]
pub fn wanted_daemons(
    cluster: &Cluster,
    service: Option<ServiceId>,
    definition: TaskDefinitionId,
    constraints: &[PlacementConstraint],
) -> u32 {
    let there = |status| matches!(status, InstanceStatus::Active | InstanceStatus::Lost);
    let wanted = |(id, instance): &(InstanceId, &crate::model::instance::ContainerInstance)| {
        there(instance.status) && takes_daemon(cluster, service, (definition, constraints), *id)
    };
    cluster.instances.iter().filter(wanted).count() as u32
}

/// Active tasks of a DAEMON service whose instance no longer satisfies its constraints: they are stopped (PLC-12).
#[must_use]
pub fn misplaced_daemons(cluster: &Cluster, id: ServiceId) -> Vec<TaskId> {
    let service = cluster.service(id);
    let on_wrong_instance = |task: &TaskId| {
        let found = &cluster.tasks[*task];
        let asked = (found.task_definition, service.settings.constraints.as_slice());
        let there = match found.host {
            Host::Instance(host) => takes_daemon(cluster, Some(id), asked, host),
            Host::Fargate(_) => true,
        };
        found.is_active() && !there
    };
    service.tasks.iter().copied().filter(on_wrong_instance).collect()
}

/// Whether what a DAEMON service asks of its instances can change with the tasks on them.
#[must_use]
pub fn reads_tasks(cluster: &Cluster, service: &Service) -> bool {
    let of_definition = &cluster.task_definition(service.settings.task_definition).constraints;
    service.settings.constraints.iter().chain(of_definition).any(PlacementConstraint::reads_tasks)
}

/// The service's own task does not count among those that its constraints see: it would drive itself away.
fn takes_daemon(
    cluster: &Cluster,
    service: Option<ServiceId>,
    (definition, constraints): (TaskDefinitionId, &[PlacementConstraint]),
    instance: InstanceId,
) -> bool {
    let of_definition = &cluster.task_definition(definition).constraints;
    of_definition.iter().chain(constraints).all(|constraint| match constraint {
        PlacementConstraint::DistinctInstance => true,
        PlacementConstraint::MemberOf(expression) => {
            query::holds(expression, &Question { cluster, instance, not_of: service })
        }
    })
}
