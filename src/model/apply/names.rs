//! Names of zones, pools, groups and callers, noted as they come up.

use crate::model::capacity_pool::CapacityPool;
use crate::model::cluster::Caller;
use crate::model::instance::{Pool, PoolKind, Zone};
use crate::model::service::TaskCounts;
use crate::model::views::{PoolTotals, TaskGroup};
use crate::model::{CallerId, CapacityPoolId, Cluster, PoolId, TaskGroupId, ZoneId};

impl Cluster {
    /// The zone with this name, noted if it is new. Used while a cluster is put together.
    pub fn intern_zone(&mut self, name: &str) -> ZoneId {
        self.zone_named(name).unwrap_or_else(|| {
            self.zones.push(Zone { name: name.to_owned(), outages: 0, shortages: 0 });
            ZoneId((self.zones.len() - 1) as u16)
        })
    }

    /// The pool with this name, noted if it is new. Used while a cluster is put together.
    pub fn intern_pool(&mut self, name: &str, kind: PoolKind) -> PoolId {
        self.pool_named(name).unwrap_or_else(|| {
            let name = name.to_owned();
            let (instances, group) = (Vec::new(), None);
            let waiting_tasks = Vec::new();
            self.pools.push(Pool {
                name,
                kind,
                instances,
                group,
                waiting_tasks,
                shortages: 0,
                capacity: None,
            });
            self.pool_totals.push(PoolTotals::default());
            PoolId((self.pools.len() - 1) as u16)
        })
    }

    /// The pool of EC2 capacity of a type in a zone, noted if it is new. Used while a cluster is put together.
    pub fn intern_capacity_pool(
        &mut self,
        instance_type: &std::sync::Arc<str>,
        zone: ZoneId,
    ) -> CapacityPoolId {
        self.capacity_pool_of(instance_type, zone).unwrap_or_else(|| {
            self.capacity_pools.push(CapacityPool {
                instance_type: instance_type.clone(),
                zone,
                spot_capacity: None,
                on_demand_capacity: None,
                shortages: 0,
            });
            CapacityPoolId((self.capacity_pools.len() - 1) as u32)
        })
    }

    /// The task group with this name, noted if it is new.
    pub fn intern_group(&mut self, name: &str) -> TaskGroupId {
        if let Some(known) = self.group_by_name.get(name) {
            return *known;
        }
        let id = TaskGroupId(self.groups.len() as u32);
        self.groups.push(TaskGroup { name: name.to_owned(), ..TaskGroup::default() });
        self.group_by_name.insert(name.to_owned(), id);
        id
    }

    /// The caller with this name, noted if it is new.
    pub fn intern_caller(&mut self, name: &str, group: TaskGroupId) -> CallerId {
        let known = self.callers.iter().position(|caller| caller.name == name);
        let index = known.unwrap_or_else(|| {
            let counts = TaskCounts::default();
            self.callers.push(Caller { name: name.to_owned(), group, counts, waiting: 0 });
            self.callers.len() - 1
        });
        CallerId(index as u32)
    }
}
