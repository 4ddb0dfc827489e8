//! Fallback from Spot, which ECS does not offer: on which capacity the next task of a service starts, and which move back.

use crate::model::instance::PoolKind;
use crate::model::service::Service;
use crate::model::spot_fallback::{FallbackPhase, STAND_IN};
use crate::model::task::{Capacity, CapacityChoice, Host, Impairment, Origin};
use crate::model::{Cluster, DeploymentNumber, TaskId};

use super::next_choice;

/// Whether a capacity is Spot: FARGATE_SPOT, or a group that buys Spot instances.
#[must_use]
pub fn is_spot(cluster: &Cluster, capacity: Capacity) -> bool {
    match capacity {
        Capacity::Ec2 | Capacity::Fargate(_) => false,
        Capacity::Provider(pool) => cluster.pools[pool.index()].kind == PoolKind::FargateSpot,
        Capacity::AutoScaling(pool) => {
            let group = cluster.auto_scaling_groups.iter().find(|group| group.pool == pool);
            group.is_some_and(|group| group.settings.distribution.buys_spot())
        }
    }
}

/// The item of its strategy, with its place, that the next task of a service uses (CAP-4); while the service has fallen back,
/// what stands in for Spot, which has no place.
#[must_use]
pub fn next_capacity(
    cluster: &Cluster,
    service: &Service,
    number: DeploymentNumber,
) -> (usize, CapacityChoice) {
    let settings = &service.settings;
    if let Some(set) = service.task_set(number) {
        let by_choice = active_by_choice_of(cluster, service, number);
        let wanted = set.computed_desired_count(settings.desired_count);
        let index = next_choice(&set.capacity, &by_choice, wanted);
        return (index, set.capacity[index]);
    }
    let index = next_choice(&settings.capacity, &service.active_by_choice, settings.desired_count);
    let item = settings.capacity[index];
    match service.spot_fallback {
        Some(fallback)
            if matches!(fallback.phase, FallbackPhase::Fallen(_)) && is_spot(cluster, item.capacity) =>
        {
            let stand_in = CapacityChoice { capacity: fallback.to, base: 0, weight: 0 };
            (usize::from(STAND_IN), stand_in)
        }
        _ => (index, item),
    }
}

/// The active tasks of a task set by item of its own strategy.
#[must_use]
pub fn active_by_choice_of(cluster: &Cluster, service: &Service, number: DeploymentNumber) -> Vec<u32> {
    let mut by_choice = vec![0; service.capacity_of(number).len()];
    for task in service.tasks.iter().map(|task| &cluster.tasks[*task]) {
        let is_of_it = matches!(task.origin, Origin::Service { deployment, .. } if deployment == number);
        if let Some(active) =
            by_choice.get_mut(usize::from(task.choice)).filter(|_| is_of_it && task.is_active())
        {
            *active += 1;
        }
    }
    by_choice
}

/// The tasks of a service that stand in for ones on Spot, the oldest first.
#[must_use]
pub fn stand_ins(cluster: &Cluster, service: &Service) -> Vec<TaskId> {
    let Some(fallback) = service.spot_fallback else { return Vec::new() };
    let mut found: Vec<TaskId> = service.tasks.clone();
    found.retain(|task| {
        let task = &cluster.tasks[*task];
        task.is_active() && fallback.is_stand_in(task)
    });
    found.sort_by_key(|task| cluster.tasks[*task].ordinal);
    found
}

/// Of these, the ones that are on their way back to Spot.
#[must_use]
pub fn moving_back(cluster: &Cluster, service: &Service) -> Vec<TaskId> {
    let mut found = stand_ins(cluster, service);
    found.retain(|task| cluster.tasks[*task].impairment == Some(Impairment::Moved));
    found
}

/// The tasks of a service that wait in PROVISIONING for Spot capacity.
#[must_use]
pub fn waiting_for_spot(cluster: &Cluster, service: &Service) -> Vec<TaskId> {
    let mut found: Vec<TaskId> = service.tasks.clone();
    found.retain(|task| {
        let task = &cluster.tasks[*task];
        task.is_active() && matches!(task.host, Host::Unplaced(_)) && is_spot(cluster, task.capacity)
    });
    found.sort_by_key(|task| cluster.tasks[*task].ordinal);
    found
}
