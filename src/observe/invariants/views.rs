//! What policies read instead of counting is what a recount of the tasks gives.
//!
//! The conditions are written down here once more, on purpose: a mistake in the model's own is then a difference.

use std::collections::BTreeMap;

use super::{Checker, Finding};
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::placement::BinpackField;
use crate::model::reason::StopCause;
use crate::model::service::TaskCounts;
use crate::model::task::{DesiredStatus, Host, Origin, Task, TaskStatus};
use crate::model::views::Levels;
use crate::model::{Cluster, ZoneId};

/// Recounts services, deployments, callers, task groups and what placement finds its way by.
pub(super) struct Views;

impl Checker for Views {
    fn name(&self) -> &'static str {
        "derived views"
    }

    fn recount(&mut self, cluster: &Cluster) -> Finding {
        recount_services(cluster)?;
        recount_callers(cluster)?;
        recount_groups(cluster)?;
        recount_open_rows(cluster)?;
        recount_levels(cluster)?;
        recount_free_orders(cluster)
    }
}

fn recount_services(cluster: &Cluster) -> Finding {
    let mut whole = vec![TaskCounts::default(); cluster.services.len()];
    let deployments =
        |service: &crate::model::service::Service| vec![TaskCounts::default(); service.deployments.len()];
    let mut parts: Vec<Vec<TaskCounts>> = cluster.services.iter().map(deployments).collect();
    let mut choices: Vec<Vec<u32>> =
        cluster.services.iter().map(|s| vec![0; s.active_by_choice.len()]).collect();
    for (id, task) in cluster.tasks.iter() {
        let Origin::Service { service, deployment } = task.origin else { continue };
        let found = cluster.service(service);
        count(&mut whole[service.index()], task, cluster);
        match found.deployments.iter().position(|listed| listed.number == deployment) {
            Some(position) => count(&mut parts[service.index()][position], task, cluster),
            None if task.last_status == TaskStatus::Stopped => {}
            None => return Err(format!("{} is of a deployment that ended", cluster.task_name(id))),
        }
        if task.desired_status == DesiredStatus::Running
            && let Some(active) = choices[service.index()].get_mut(usize::from(task.choice))
        {
            *active += 1;
        }
    }
    for (index, service) in cluster.services.iter().enumerate() {
        same(&service.name, &service.counts, &whole[index])?;
        for (deployment, recounted) in service.deployments.iter().zip(&parts[index]) {
            let name = format!("deployment {} of {}", deployment.number.0, service.name);
            same(&name, &deployment.counts, recounted)?;
        }
        same(&format!("active by choice of {}", service.name), &service.active_by_choice, &choices[index])?;
    }
    Ok(())
}

fn recount_callers(cluster: &Cluster) -> Finding {
    let mut callers = vec![TaskCounts::default(); cluster.callers.len()];
    for (_, task) in cluster.tasks.iter() {
        if let Origin::Caller { caller } = task.origin {
            count(&mut callers[caller.index()], task, cluster);
        }
    }
    cluster
        .callers
        .iter()
        .zip(&callers)
        .try_for_each(|(caller, recounted)| same(&caller.name, &caller.counts, recounted))
}

/// Where the tasks of each group are: on which instance, in which zone, on which kind of Fargate.
fn recount_groups(cluster: &Cluster) -> Finding {
    let zones = vec![0; cluster.zones.len()];
    let empty = (vec![0; cluster.instances.slots()], zones.clone(), [zones.clone(), zones]);
    let mut groups = vec![empty; cluster.groups.len()];
    for (_, task) in cluster.tasks.iter().filter(|(_, task)| task.desired_status == DesiredStatus::Running) {
        let (by_instance, by_zone, by_fargate_zone) = &mut groups[task.group.index()];
        match task.host {
            Host::Instance(instance) => {
                by_instance[instance.slot()] += 1;
                by_zone[cluster.instances[instance].zone.index()] += 1;
            }
            Host::Fargate(zone) => {
                let kind = cluster.pool_of(task).map(|pool| cluster.pools[pool.index()].kind);
                by_fargate_zone[usize::from(kind == Some(PoolKind::FargateSpot))][zone.index()] += 1;
            }
            Host::Unplaced(_) => {}
        }
    }
    for (group, (by_instance, by_zone, [on_demand, spot])) in cluster.groups.iter().zip(&groups) {
        let kept = [&group.by_instance, &group.by_zone, &group.by_fargate_zone[0], &group.by_fargate_zone[1]];
        let whats = ["instance", "zone", "Fargate zone", "Fargate Spot zone"];
        for ((kept, recounted), what) in
            kept.into_iter().zip([by_instance, by_zone, on_demand, spot]).zip(whats)
        {
            same(&format!("{} by {what}", group.name), &padded(kept, recounted.len()), recounted)?;
        }
    }
    Ok(())
}

fn takes_tasks(instance: &ContainerInstance) -> bool {
    instance.status == InstanceStatus::Active && instance.agent_connected
}

/// How many instances take tasks, by zone, and by pool and zone.
fn recount_open_rows(cluster: &Cluster) -> Finding {
    let mut by_zone = vec![0; cluster.zones.len()];
    let mut by_pool = vec![by_zone.clone(); cluster.pools.len()];
    for (_, instance) in cluster.instances.iter().filter(|(_, instance)| takes_tasks(instance)) {
        by_zone[instance.zone.index()] += 1;
        by_pool[instance.pool.index()][instance.zone.index()] += 1;
    }
    let kept = &cluster.open_rows;
    same("instances that take tasks by zone", &padded(&kept.by_zone, by_zone.len()), &by_zone)?;
    for (index, recounted) in by_pool.iter().enumerate() {
        let kept = kept.by_pool.get(index).map_or(&[][..], Vec::as_slice);
        let name = format!("instances of {} that take tasks by zone", cluster.pools[index].name);
        same(&name, &padded(kept, recounted.len()), recounted)?;
    }
    Ok(())
}

/// For each group and zone, how many instances that take tasks have one task, two, and so on.
fn recount_levels(cluster: &Cluster) -> Finding {
    let mut tasks = vec![BTreeMap::new(); cluster.groups.len()];
    for (_, task) in cluster.tasks.iter().filter(|(_, task)| task.desired_status == DesiredStatus::Running) {
        if let Host::Instance(instance) = task.host {
            *tasks[task.group.index()].entry(instance.slot()).or_insert(0_usize) += 1;
        }
    }
    for (group, tasks) in cluster.groups.iter().zip(&tasks) {
        for zone in 0..cluster.zones.len() {
            let mut levels = Vec::new();
            for (slot, level) in tasks {
                let instance = &cluster.instances[cluster.instance_in_slot(*slot)];
                if takes_tasks(instance) && instance.zone.index() == zone {
                    levels.resize(levels.len().max(*level), 0);
                    levels[level - 1] += 1;
                }
            }
            let none = Levels::default();
            let kept = group.levels.get(zone).unwrap_or(&none);
            let length = levels.len().max(kept.instances_with.len());
            let name = format!("{} levels in {}", group.name, cluster.zones[zone].name);
            same(&name, &padded(&kept.instances_with, length), &padded(&levels, length))?;
            same(&format!("{name}, sum"), &kept.occupied, &levels.iter().sum())?;
        }
    }
    Ok(())
}

/// Each order holds each instance that takes tasks once, where its zone, its class and what it has free put it.
fn recount_free_orders(cluster: &Cluster) -> Finding {
    for order in &cluster.free_orders {
        let mut rows = 0;
        for (id, instance) in cluster.instances.iter().filter(|(_, instance)| takes_tasks(instance)) {
            let (this, other) = match order.field() {
                BinpackField::Cpu => (instance.free.cpu, instance.free.memory_mib),
                BinpackField::Memory => (instance.free.memory_mib, instance.free.cpu),
            };
            let is_found = |other: u32| {
                let mut classes = order.with_at_least(instance.zone, this, other);
                classes.any(|mut class| {
                    class.any(|found| found.this == this && found.slots.contains(&(id.slot() as u32)))
                })
            };
            let in_higher_class = other.max(1).ilog2() < 31 && is_found(2_u32 << other.max(1).ilog2());
            if !is_found(other) || in_higher_class {
                let (name, field) = (cluster.instance_name(id), order.field());
                return Err(format!("order by {field:?}: {name} is not where {:?} puts it", instance.free));
            }
            rows += 1;
        }
        let zones = (0..cluster.zones.len()).map(|zone| ZoneId(zone as u16));
        let alike = zones.flat_map(|zone| order.with_at_least(zone, 0, 0).flatten());
        let kept: usize = alike.map(|alike| alike.slots.len()).sum();
        same(&format!("order by {:?}, rows", order.field()), &kept, &rows)?;
    }
    Ok(())
}

/// A view is shorter than the list where the rest is 0.
fn padded(kept: &[u32], length: usize) -> Vec<u32> {
    let mut whole = kept.to_vec();
    whole.resize(length.max(kept.len()), 0);
    whole
}

fn count(counts: &mut TaskCounts, task: &Task, cluster: &Cluster) {
    let told_to_stop = task.desired_status == DesiredStatus::Stopped;
    let not_past_stopping = !matches!(task.last_status, TaskStatus::Deprovisioning | TaskStatus::Stopped);
    let starting =
        matches!(task.last_status, TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating);
    let ended_itself = matches!(
        task.stop,
        Some(
            StopCause::Completed
                | StopCause::EssentialContainerExited { .. }
                | StopCause::OutOfMemory
                | StopCause::FailedToStart(_)
                | StopCause::HealthCheckFailed
        )
    );
    let drains = match task.host {
        Host::Instance(instance) => cluster.instances[instance].status.is_draining(),
        Host::Fargate(_) | Host::Unplaced(_) => false,
    };
    let to_be_replaced = !told_to_stop && task.impairment.is_some() && !drains;
    counts.draining += u32::from(!told_to_stop && drains);
    counts.protected += u32::from(!told_to_stop && task.protected_until.is_some() && !drains);
    let for_draining = task.stop == Some(StopCause::Draining);
    counts.stopping_drained += u32::from(told_to_stop && not_past_stopping && for_draining);
    counts.unplaced += u32::from(!told_to_stop && matches!(task.host, Host::Unplaced(_)));
    counts.active += u32::from(!told_to_stop);
    counts.pending += u32::from(!told_to_stop && starting);
    counts.running += u32::from(task.last_status == TaskStatus::Running);
    counts.healthy += u32::from(!told_to_stop && task.healthy);
    counts.serving += u32::from(!told_to_stop && task.healthy && !task.lost && !task.ended_unheard);
    counts.impaired += u32::from(to_be_replaced);
    counts.impaired_healthy += u32::from(to_be_replaced && task.healthy);
    counts.stopping += u32::from(told_to_stop && not_past_stopping);
    counts.still_serving += u32::from(
        told_to_stop
            && not_past_stopping
            && task.healthy
            && !task.lost
            && !task.ended_unheard
            && !ended_itself,
    );
    counts.present += u32::from(task.last_status != TaskStatus::Stopped);
}

fn same<T: PartialEq + std::fmt::Debug>(name: &str, kept: &T, recounted: &T) -> Finding {
    if kept == recounted { Ok(()) } else { Err(format!("{name}: {kept:?}, recounted {recounted:?}")) }
}

#[cfg(test)]
mod tests {
    //! Holds DEP-3, PLC-5, PLC-11, CAP-4, SVC-12.

    use super::super::support::Hand;
    use crate::kernel::time::SimTime;
    use crate::model::placement::BinpackField;
    use crate::model::reason::StopCause;
    use crate::model::task::TaskStatus;
    use crate::model::{Change, Cluster};

    /// One task of a caller and one of a service; `break_it` puts something wrong.
    fn after(break_it: impl FnOnce(&mut Cluster)) -> Result<(), String> {
        let mut hand = Hand::with_instances(2);
        hand.service(1, 100, 200);
        let task = hand.task_of_service(1);
        hand.status(task, TaskStatus::Running);
        hand.task_of_caller();
        break_it(&mut hand.cluster);
        hand.advance(1);
        hand.verdict().map_err(|violation| {
            assert_eq!(violation.invariant, "derived views");
            violation.what
        })
    }

    fn is_noticed(break_it: impl FnOnce(&mut Cluster), name: &str) {
        let found = after(break_it).expect_err("noticed");
        assert!(found.starts_with(name), "{found}");
    }

    #[test]
    fn honest_views_pass() {
        assert_eq!(after(|_| {}), Ok(()));
    }

    #[test]
    fn a_service_that_counts_wrong_is_noticed() {
        is_noticed(|cluster| cluster.services[0].counts.healthy = 1, "web:");
    }

    #[test]
    fn a_deployment_that_counts_wrong_is_noticed() {
        is_noticed(|cluster| cluster.services[0].deployments[0].counts.running = 0, "deployment 1 of web:");
    }

    #[test]
    fn a_task_whose_deployment_is_gone_is_noticed() {
        is_noticed(|cluster| cluster.services[0].deployments.clear(), "web#1 is of a deployment that ended");
    }

    #[test]
    fn a_choice_that_counts_wrong_is_noticed() {
        is_noticed(|cluster| cluster.services[0].active_by_choice[0] = 2, "active by choice of web:");
    }

    #[test]
    fn a_caller_that_counts_wrong_is_noticed() {
        is_noticed(|cluster| cluster.callers[0].counts.pending = 0, "job:");
    }

    #[test]
    fn a_group_that_counts_a_task_that_is_not_there_is_noticed() {
        is_noticed(|cluster| cluster.groups[0].by_instance = vec![1, 1], "service:web by instance:");
        is_noticed(|cluster| cluster.groups[0].by_zone = vec![0], "service:web by zone:");
        is_noticed(
            |cluster| cluster.groups[0].by_fargate_zone[1] = vec![1],
            "service:web by Fargate Spot zone:",
        );
    }

    #[test]
    fn an_instance_that_takes_tasks_and_is_not_counted_is_noticed() {
        is_noticed(|cluster| cluster.open_rows.by_zone[0] = 1, "instances that take tasks by zone:");
        is_noticed(
            |cluster| cluster.open_rows.by_pool[0][0] = 3,
            "instances of host that take tasks by zone:",
        );
    }

    #[test]
    fn a_level_that_no_instance_has_is_noticed() {
        // One task of the service on one instance of two.
        is_noticed(
            |cluster| cluster.groups[0].levels[0].instances_with = vec![0, 1],
            "service:web levels in a:",
        );
        is_noticed(|cluster| cluster.groups[0].levels[0].occupied = 2, "service:web levels in a, sum:");
    }

    #[test]
    fn an_order_that_lags_behind_an_instance_is_noticed() {
        let lags = |cluster: &mut Cluster| {
            cluster.keep_order_by(BinpackField::Memory);
            let mut other = cluster.clone();
            other.apply(
                SimTime::ZERO,
                &Change::AgentConnectionChanged { instance: cluster.instance_in_slot(1), connected: false },
            );
            cluster.free_orders = other.free_orders;
        };
        is_noticed(lags, "order by Memory: host-2 is not where");
    }

    #[test]
    fn an_order_that_is_kept_through_everything_passes() {
        let mut hand = Hand::with_instances(2);
        hand.cluster.keep_order_by(BinpackField::Cpu);
        hand.cluster.keep_order_by(BinpackField::Memory);
        let task = hand.task_of_caller();
        let other = hand.task_of_caller();
        hand.status(task, TaskStatus::Running);
        let instance = hand.cluster.instance_in_slot(0);
        hand.make(&Change::AgentConnectionChanged { instance, connected: false });
        hand.make(&Change::AgentConnectionChanged { instance, connected: true });
        hand.order_stop(other, StopCause::UserInitiated);
        hand.status(other, TaskStatus::Stopped);
        hand.advance(1);
        assert!(hand.verdict().is_ok());
    }
}
