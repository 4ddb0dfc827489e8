//! On every instance what tasks hold and what is free add up to what it registered.

use crate::model::{Cluster, Resources};

pub(super) fn check(cluster: &Cluster) -> Result<(), String> {
    for (id, instance) in cluster.instances.iter() {
        let used = instance
            .tasks
            .iter()
            .fold(Resources::default(), |sum, task| sum.plus(cluster.tasks[*task].reserved));
        if used.plus(instance.free) != instance.registered {
            let name = cluster.instance_name(id);
            return Err(format!(
                "{name}: used {used:?} and free {:?} are not {:?}",
                instance.free, instance.registered
            ));
        }
        let row = &cluster.free_rows[id.slot()];
        let in_view = Resources { cpu: row.cpu, memory_mib: row.memory_mib, gpus: u32::from(row.gpus) };
        if in_view != instance.free {
            return Err(format!(
                "{}: the placement view says {in_view:?} are free",
                cluster.instance_name(id)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kernel::time::SimTime;
    use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
    use crate::model::parameters::Parameters;
    use crate::model::{Change, Cluster, Resources};

    fn one_instance() -> Cluster {
        let mut cluster = Cluster::new("c", Parameters::default());
        let (pool, zone) = (cluster.intern_pool("host", PoolKind::Fixed), cluster.intern_zone("a"));
        let registered = Resources::new(1024, 2048);
        let instance = ContainerInstance {
            ordinal: 1,
            pool,
            zone,
            instance_type: None,
            own_name: None,
            registered,
            free: registered,
            status: InstanceStatus::Active,
            registered_at: SimTime::ZERO,
            incarnation: 0,
            price_nano_usd_per_hour: 0,
            attributes: std::collections::BTreeMap::new(),
            tasks: Vec::new(),
        };
        cluster.apply(SimTime::ZERO, &Change::InstanceRegistered(Box::new(instance)));
        cluster
    }

    #[test]
    fn resources_that_vanish_are_noticed() {
        let mut cluster = one_instance();
        assert_eq!(super::check(&cluster), Ok(()));
        let id = cluster.instance_in_slot(0);
        cluster.instances[id].free.cpu -= 1;
        assert!(super::check(&cluster).is_err_and(|what| what.starts_with("host-1")));
    }

    #[test]
    fn a_placement_view_that_lags_is_noticed() {
        let mut cluster = one_instance();
        cluster.free_rows[0].memory_mib = 1;
        assert!(super::check(&cluster).is_err_and(|what| what.contains("placement view")));
    }
}
