//! Pools of EC2 capacity: what AWS can give of an instance type in a zone (ASG-8, ASG-11), and what it takes back (SPT).

use std::sync::Arc;

use super::auto_scaling_group::{InstanceKind, Market};
use super::instance::ContainerInstance;
use super::prices::spot::{PriceSeries, SpotPool, SpotPrice};
use super::task::Task;
use super::{AutoScalingGroupId, CapacityPoolId, Cluster, PoolId, TaskId, ZoneId};
use crate::kernel::time::SimTime;

/// An instance type in an Availability Zone (ASG-8).
#[derive(Clone, Debug)]
pub struct CapacityPool {
    /// The instance type.
    pub instance_type: Arc<str>,
    /// The zone.
    pub zone: ZoneId,
    /// How many Spot instances it can hold now; none: as many as are asked for.
    pub spot_capacity: Option<u32>,
    /// How many on-demand instances it can hold; none: as many as are asked for.
    pub on_demand_capacity: Option<u32>,
    /// How many shortages leave it without capacity to launch (FAIL-7).
    pub shortages: u32,
}

/// What befell a Spot instance so far, and what it costs where that changes with time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SpotLife {
    /// Its price over time, where that is no constant (CST-10).
    pub price_series: Option<Arc<PriceSeries>>,
    /// When EC2 recommended to rebalance (ASG-10).
    pub recommended_at: Option<SimTime>,
    /// When it ends, once its interruption notice is out (SPT-1).
    pub ends_at: Option<SimTime>,
}

impl ContainerInstance {
    /// Makes it a Spot instance at this price.
    #[must_use]
    pub fn bought_as_spot(mut self, price: SpotPrice) -> ContainerInstance {
        self.market = Market::Spot;
        match price {
            SpotPrice::Constant(price) => self.price_nano_usd_per_hour = price,
            SpotPrice::Series(series) => self.spot.price_series = Some(series),
        }
        self
    }

    /// Whether it holds some of the capacity of its pool: from its launch until EC2 shuts it down. One with an
    /// interruption notice is as good as gone.
    #[must_use]
    pub fn holds_capacity(&self) -> bool {
        use super::auto_scaling_group::Lifecycle;
        match self.lifecycle {
            Lifecycle::Pending
            | Lifecycle::PendingWait
            | Lifecycle::InService
            | Lifecycle::TerminatingWait
            | Lifecycle::WarmedPending
            | Lifecycle::WarmedRunning => self.spot.ends_at.is_none(),
            Lifecycle::Fixed
            | Lifecycle::Terminating
            | Lifecycle::Terminated
            | Lifecycle::WarmedStopped
            | Lifecycle::WarmedHibernated => false,
        }
    }
}

impl Cluster {
    /// The pool of a type in a zone, if anything is known of it.
    #[must_use]
    pub fn capacity_pool_of(&self, instance_type: &str, zone: ZoneId) -> Option<CapacityPoolId> {
        let is_it = |pool: &CapacityPool| pool.zone == zone && *pool.instance_type == *instance_type;
        self.capacity_pools.iter().position(is_it).map(|index| CapacityPoolId(index as u32))
    }

    /// The pool with this identifier.
    #[must_use]
    pub fn capacity_pool(&self, id: CapacityPoolId) -> &CapacityPool {
        &self.capacity_pools[id.index()]
    }

    /// `m5.large/us-east-1a`.
    #[must_use]
    pub fn capacity_pool_name(&self, id: CapacityPoolId) -> String {
        let pool = self.capacity_pool(id);
        format!("{}/{}", pool.instance_type, self.zones[pool.zone.index()].name)
    }

    /// The instances of a market that hold capacity of a pool, in no particular order.
    pub fn instances_in(
        &self,
        id: CapacityPoolId,
        market: Market,
    ) -> impl Iterator<Item = (super::InstanceId, &ContainerInstance)> + '_ {
        let pool = self.capacity_pool(id);
        self.instances.iter().filter(move |(_, instance)| {
            instance.market == market
                && instance.zone == pool.zone
                && instance.instance_type.as_deref() == Some(&*pool.instance_type)
                && instance.holds_capacity()
        })
    }

    /// The tasks of a Fargate pool that hold its capacity, the oldest first: not yet told to stop.
    #[must_use]
    pub fn pools_tasks(&self, pool: PoolId) -> Vec<TaskId> {
        let mut here: Vec<_> =
            self.tasks_holding(pool).map(|(id, task)| ((task.created_at, id.slot()), id)).collect();
        here.sort_by_key(|(order, _)| *order);
        here.into_iter().map(|(_, id)| id).collect()
    }

    fn tasks_holding(&self, pool: PoolId) -> impl Iterator<Item = (TaskId, &Task)> + '_ {
        self.tasks.iter().filter(move |(_, task)| task.is_active() && self.pool_of(task) == Some(pool))
    }

    /// Whether a Fargate pool can hold one more task (FAIL-7).
    #[must_use]
    pub fn has_room(&self, pool: PoolId) -> bool {
        let capacity = self.pools[pool.index()].capacity;
        capacity.is_none_or(|capacity| self.tasks_holding(pool).count() < capacity as usize)
    }

    /// How many more instances of a type a zone can give now (ASG-11): none in an outage or a shortage; `u32::MAX` where
    /// nothing limits it.
    #[must_use]
    pub fn room_for(&self, kind: &InstanceKind, zone: ZoneId, market: Market) -> u32 {
        let place = &self.zones[zone.index()];
        if place.outages > 0 || place.shortages > 0 {
            return 0;
        }
        let name = kind.instance_type.as_deref();
        let Some(id) = name.and_then(|name| self.capacity_pool_of(name, zone)) else { return u32::MAX };
        let pool = self.capacity_pool(id);
        let capacity = match market {
            _ if pool.shortages > 0 => Some(0),
            Market::OnDemand => pool.on_demand_capacity,
            Market::Spot => pool.spot_capacity,
        };
        let Some(capacity) = capacity else { return u32::MAX };
        capacity.saturating_sub(self.instances_in(id, market).count() as u32)
    }

    /// What an instance of this kind costs in this zone, bought as Spot for a group (CST-10).
    #[must_use]
    pub fn spot_price(&self, group: AutoScalingGroupId, kind: &InstanceKind, zone: ZoneId) -> SpotPrice {
        let group = self.auto_scaling_group(group);
        let provider = group.provider.map(|id| self.capacity_provider(id).name.as_str());
        let terms = &self.prices.spot.terms;
        let named = provider.filter(|name| terms.contains_key(*name)).unwrap_or(&group.name);
        let pool = SpotPool {
            instance_type: kind.instance_type.as_deref().unwrap_or_default(),
            zone: &self.zones[zone.index()].name,
            group: named,
        };
        let on_demand = Some(kind.on_demand_nano_usd_per_hour);
        let price = self.prices.spot.of(pool, on_demand, &self.parameters);
        price.unwrap_or(SpotPrice::Constant(kind.on_demand_nano_usd_per_hour))
    }
}
