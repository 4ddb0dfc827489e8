//! On every instance what its tasks hold and what is free add up to what it registered, in every resource.

use super::{Checker, Finding};
use crate::model::instance::InstanceStatus;
use crate::model::parameters::ReleaseResourcesAt;
use crate::model::task::{Host, TaskStatus};
use crate::model::task_definition::NetworkMode;
use crate::model::views::{FreeRow, PoolTotals};
use crate::model::{Cluster, Resources, TaskId};

/// Recounts instances, free rows and pools from the tasks themselves.
pub(super) struct Capacity;

impl Checker for Capacity {
    fn name(&self) -> &'static str {
        "capacity"
    }

    fn recount(&mut self, cluster: &Cluster) -> Finding {
        let mut holders: Vec<Vec<TaskId>> = vec![Vec::new(); cluster.instances.slots()];
        let mut pools = vec![PoolTotals::default(); cluster.pools.len()];
        let mut waiting: Vec<Vec<TaskId>> = vec![Vec::new(); cluster.pools.len()];
        for (id, task) in cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped) {
            match (task.host, cluster.pool_of(task)) {
                (Host::Instance(instance), _) => holders[instance.slot()].push(id),
                (Host::Fargate(_), Some(pool)) => {
                    let totals = &mut pools[pool.index()];
                    totals.instances += 1;
                    totals.registered.add(task.reserved);
                    totals.reserved.add(task.reserved);
                }
                (Host::Unplaced(pool), _) => waiting[pool.index()].push(id),
                (Host::Fargate(_), None) => {
                    return Err(format!("{} is on Fargate without a pool", cluster.task_name(id)));
                }
            }
        }
        recount_instances(cluster, &holders, &mut pools)?;
        for ((pool, totals), recounted) in cluster.pools.iter().zip(&cluster.pool_totals).zip(&pools) {
            if totals != recounted {
                return Err(format!("pool {}: {totals:?}, recounted {recounted:?}", pool.name));
            }
        }
        for (pool, waiting) in cluster.pools.iter().zip(&waiting) {
            let mut listed = pool.waiting_tasks.clone();
            listed.sort_by_key(|task| task.slot());
            if listed != *waiting {
                return Err(format!("{} lists {listed:?} as waiting, and {waiting:?} wait", pool.name));
            }
        }
        let unplaced = waiting.iter().map(Vec::len).sum::<usize>();
        if unplaced != cluster.tasks_unplaced as usize {
            return Err(format!("{} tasks wait, recounted {unplaced}", cluster.tasks_unplaced));
        }
        let registered = cluster.instances.iter().map(|(_, instance)| instance.registered);
        let largest = registered.fold(Resources::default(), Resources::max);
        // Instances of Auto Scaling groups go for good, and what the largest of them had stays.
        let of_groups = !cluster.auto_scaling_groups.is_empty();
        let kept = cluster.largest_registered;
        if kept != largest && !(of_groups && kept.max(largest) == kept) {
            return Err(format!("the largest is {:?}, recounted {largest:?}", cluster.largest_registered));
        }
        Ok(())
    }
}

fn recount_instances(cluster: &Cluster, holders: &[Vec<TaskId>], pools: &mut [PoolTotals]) -> Finding {
    for (id, instance) in cluster.instances.iter() {
        let name = || cluster.instance_name(id);
        let holders = &holders[id.slot()];
        let until_stopped = *cluster.parameters.release_resources_at() == ReleaseResourcesAt::LastStopped;
        let holds = |task: &&TaskId| until_stopped || cluster.tasks[**task].is_active();
        let sum = |sum: Resources, task: &TaskId| sum.plus(cluster.tasks[*task].reserved);
        let used = holders.iter().filter(holds).fold(Resources::default(), sum);
        if used.plus(instance.free) != instance.registered {
            let (free, registered) = (instance.free, instance.registered);
            return Err(format!("{}: used {used:?} and free {free:?} are not {registered:?}", name()));
        }
        let ports =
            |task: &TaskId| cluster.task_definition(cluster.tasks[*task].task_definition).host_ports.clone();
        let mut taken: Vec<_> = holders.iter().filter(holds).flat_map(ports).collect();
        let mut held = instance.host_ports.clone();
        taken.sort();
        held.sort();
        if held != taken || taken.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(format!("{} lists ports {held:?}, and its tasks hold {taken:?}", name()));
        }
        let on_interface = |task: &&TaskId| {
            cluster.task_definition(cluster.tasks[**task].task_definition).network_mode == NetworkMode::Awsvpc
        };
        let interfaces = holders.iter().filter(holds).filter(on_interface).count() as u32;
        let (counted, limit) = (instance.traits.awsvpc_tasks, instance.traits.awsvpc_task_limit);
        if interfaces != counted || limit.is_some_and(|limit| counted > limit) {
            return Err(format!(
                "{} counts {counted} interfaces of {limit:?}, and tasks hold {interfaces}",
                name()
            ));
        }
        let mut listed = instance.tasks.clone();
        listed.sort_by_key(|task| task.slot());
        if listed != *holders {
            return Err(format!("{} lists {listed:?}, and {holders:?} hold its resources", name()));
        }
        let there = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
        let row = FreeRow {
            cpu: instance.free.cpu,
            memory_mib: instance.free.memory_mib,
            gpus: instance.free.gpus as u16,
            interfaces: limit.map_or(u16::MAX, |limit| (limit - interfaces) as u16),
            platforms: instance.traits.platforms(),
            zone: instance.zone,
            open: instance.status == InstanceStatus::Active && instance.agent_connected,
        };
        let in_view = cluster.free_rows[id.slot()];
        if in_view != row {
            return Err(format!("{}: the placement view says {in_view:?}, and it is {row:?}", name()));
        }
        if there {
            let totals = &mut pools[instance.pool.index()];
            totals.instances += 1;
            totals.registered.add(instance.registered);
            totals.reserved.add(used);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    //! Holds LIF-21, INS-2.

    use super::super::support::{Hand, TASK};
    use crate::model::Cluster;
    use crate::model::task::TaskStatus;

    /// One task on one of two instances; `break_it` puts something wrong.
    fn after(break_it: impl FnOnce(&mut Cluster)) -> Result<(), String> {
        let mut hand = Hand::with_instances(2);
        hand.task_of_caller();
        break_it(&mut hand.cluster);
        hand.advance(1);
        hand.verdict().map_err(|violation| {
            assert_eq!(violation.invariant, "capacity");
            violation.what
        })
    }

    #[test]
    fn an_honest_book_passes() {
        assert_eq!(after(|_| {}), Ok(()));
    }

    #[test]
    fn resources_that_vanish_are_noticed() {
        let lost = after(|cluster| {
            let id = cluster.instance_in_slot(0);
            cluster.instances[id].free.memory_mib -= 1;
        });
        assert!(lost.is_err_and(|what| what.starts_with("host-1: used")));
    }

    #[test]
    fn resources_given_back_while_the_task_still_holds_them_are_noticed() {
        let twice = after(|cluster| {
            let id = cluster.instance_in_slot(0);
            cluster.instances[id].free = cluster.instances[id].free.plus(TASK);
        });
        assert!(twice.is_err());
    }

    #[test]
    fn a_placement_view_that_lags_is_noticed() {
        assert!(after(|cluster| cluster.free_rows[1].cpu = 1).is_err_and(|what| what.starts_with("host-2")));
        assert!(after(|cluster| cluster.free_rows[1].open = false).is_err());
    }

    #[test]
    fn an_instance_that_lists_a_stranger_is_noticed() {
        let stranger = after(|cluster| {
            let (one, two) = (cluster.instance_in_slot(0), cluster.instance_in_slot(1));
            let task = cluster.instances[one].tasks[0];
            cluster.instances[two].tasks.push(task);
        });
        assert!(stranger.is_err_and(|what| what.starts_with("host-2 lists")));
    }

    #[test]
    fn pool_totals_that_lag_are_noticed() {
        assert!(
            after(|cluster| cluster.pool_totals[0].reserved.cpu = 0).is_err_and(|what| what.contains("pool"))
        );
    }

    #[test]
    fn a_largest_instance_that_is_not_there_is_noticed() {
        assert!(after(|cluster| cluster.largest_registered.cpu += 1).is_err());
    }

    #[test]
    fn a_task_that_stops_without_giving_back_is_noticed() {
        let kept = after(|cluster| {
            let (id, _) = cluster.tasks.iter().next().unwrap();
            cluster.tasks[id].last_status = TaskStatus::Stopped;
        });
        assert!(kept.is_err());
    }
}
