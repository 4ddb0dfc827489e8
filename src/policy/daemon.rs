//! DAEMON services: one task on every container instance that takes it (SVC-4, PLC-12), and the last to leave it (INS-8).

use super::placement::query::{self, Question};
use super::placement::requirements::Requirements;
use crate::model::instance::{ContainerInstance, InstanceStatus};
use crate::model::placement::PlacementConstraint;
use crate::model::service::{Service, ServiceSettings};
use crate::model::task::Host;
use crate::model::task_definition::TaskDefinition;
use crate::model::{Cluster, InstanceId, ServiceId, TaskId, ZoneId};

/// Where a DAEMON service wants to be.
#[derive(Clone, Copy, Debug)]
pub struct DaemonWish<'a> {
    /// The service; `None` while it is being created.
    pub service: Option<ServiceId>,
    /// What it runs.
    pub definition: &'a TaskDefinition,
    /// Its own constraints.
    pub constraints: &'a [PlacementConstraint],
    /// The zones of its subnets.
    pub zones: Option<&'a [ZoneId]>,
}

impl<'a> DaemonWish<'a> {
    /// The wish of a service with these settings.
    #[must_use]
    pub fn of(cluster: &'a Cluster, service: ServiceId, settings: &'a ServiceSettings) -> DaemonWish<'a> {
        let definition = settings.task_definition.expect("task sets take no DAEMON service (DEP-43)");
        DaemonWish {
            service: Some(service),
            definition: cluster.task_definition(definition),
            constraints: &settings.constraints,
            zones: settings.zones.as_deref(),
        }
    }

    /// Whether platform, zone and `memberOf` constraints allow it on an instance. The service's own task does not count
    /// among those that its constraints see: it would drive itself away.
    fn allows(&self, cluster: &Cluster, instance: InstanceId) -> bool {
        let requirements = Requirements::of(self.definition, self.zones);
        let found: &ContainerInstance = &cluster.instances[instance];
        requirements.are_in_zone(found.zone)
            && requirements.fit_platform(&found.traits)
            && self.definition.constraints.iter().chain(self.constraints).all(|constraint| match constraint {
                PlacementConstraint::DistinctInstance => true,
                PlacementConstraint::MemberOf(expression) => {
                    query::holds(expression, &Question { cluster, instance, not_of: self.service })
                }
            })
    }
}

/// How many tasks a DAEMON service wants: one on each instance that ECS holds for ACTIVE and that is allowed, also on
/// one that is gone unnoticed (INS-5) or whose agent is cut off (INS-4). One that is DRAINING wants none (SVC-5).
#[must_use]
pub fn wanted_daemons(cluster: &Cluster, wish: &DaemonWish<'_>) -> u32 {
    let there = |status| matches!(status, InstanceStatus::Active | InstanceStatus::Lost);
    let wanted = cluster.instances.iter();
    wanted.filter(|(id, instance)| there(instance.status) && wish.allows(cluster, *id)).count() as u32
}

/// Active tasks of a DAEMON service whose instance no longer satisfies its constraints: they are stopped (PLC-12), but for
/// protected ones, which stay until that is over (SVC-20).
#[must_use]
pub fn misplaced_daemons(cluster: &Cluster, id: ServiceId) -> Vec<TaskId> {
    let service = cluster.service(id);
    let wish = DaemonWish::of(cluster, id, &service.settings);
    let on_wrong_instance = |task: &TaskId| {
        let found = &cluster.tasks[*task];
        let wish = DaemonWish { definition: cluster.task_definition(found.task_definition), ..wish };
        let wrong = match found.host {
            Host::Instance(host) => !wish.allows(cluster, host),
            Host::Fargate(_) | Host::Unplaced(_) => false,
        };
        found.is_active() && !found.is_protected() && wrong
    };
    service.tasks.iter().copied().filter(on_wrong_instance).collect()
}

/// Whether what a DAEMON service asks of its instances can change with the tasks on them.
#[must_use]
pub fn reads_tasks(cluster: &Cluster, service: &Service) -> bool {
    let definition = service.settings.task_definition.map(|id| cluster.task_definition(id));
    let of_definition = definition.into_iter().flat_map(|found| &found.constraints);
    service.settings.constraints.iter().chain(of_definition).any(PlacementConstraint::reads_tasks)
}
