//! The counts of services, deployments and groups are what a recount of the tasks gives.

use std::collections::BTreeMap;

use crate::model::Cluster;
use crate::model::apply::contribution;
use crate::model::service::TaskCounts;
use crate::model::task::Host;

pub(super) fn check(cluster: &Cluster) -> Result<(), String> {
    let mut services = vec![TaskCounts::default(); cluster.services.len()];
    let mut on_instances: BTreeMap<(u32, usize), u32> = BTreeMap::new();
    for (_, task) in cluster.tasks.iter() {
        let part = contribution(task);
        if let Some(service) = task.service() {
            let sum = &mut services[service.index()];
            sum.active += part.active;
            sum.pending += part.pending;
            sum.running += part.running;
            sum.healthy += part.healthy;
            sum.stopping += part.stopping;
            sum.still_serving += part.still_serving;
            sum.present += part.present;
        }
        if let (Host::Instance(instance), true) = (task.host, task.is_active()) {
            *on_instances.entry((task.group.0, instance.slot())).or_default() += 1;
        }
    }
    for (service, recounted) in cluster.services.iter().zip(services) {
        if service.counts != recounted {
            return Err(format!("{}: counts {:?}, recounted {recounted:?}", service.name, service.counts));
        }
    }
    for (index, group) in cluster.groups.iter().enumerate() {
        for (slot, count) in group.by_instance.iter().enumerate() {
            let recounted = on_instances.get(&(index as u32, slot)).copied().unwrap_or(0);
            if *count != recounted {
                return Err(format!("{}: {count} tasks on slot {slot}, recounted {recounted}", group.name));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::Cluster;
    use crate::model::parameters::Parameters;

    #[test]
    fn a_group_that_counts_a_task_that_is_not_there_is_noticed() {
        let mut cluster = Cluster::new("c", Parameters::default());
        let group = cluster.intern_group("service:web");
        assert_eq!(super::check(&cluster), Ok(()));
        cluster.groups[group.index()].by_instance = vec![1];
        assert!(super::check(&cluster).is_err_and(|what| what.starts_with("service:web")));
    }
}
