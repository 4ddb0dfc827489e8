//! `world.spot`: what Spot pools hold, how they are reclaimed, and to whom that matters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tables::unknown_type;
use super::{Builder, make_true, quoted};
use crate::engine::setup::{SpotSupply, SpotWorld};
use crate::model::auto_scaling_group::InstanceKind;
use crate::model::change::CapacityPlace;
use crate::model::{CapacityPoolId, Change, Cluster, PoolId, ZoneId};
use crate::scenario::spec::PoolWorld;

/// The key under `world.spot` that means Fargate.
const FARGATE_SPOT: &str = "FARGATE_SPOT";
/// The key under `world.spot` for all pools of EC2 of which nothing else is told.
const DEFAULT: &str = "default";

impl<'a> Builder<'a> {
    /// The pools of these kinds in these zones, with what they can hold at time zero.
    pub(super) fn capacity_pools(&mut self, cluster: &mut Cluster, kinds: &[InstanceKind], zones: &[ZoneId]) {
        for kind in kinds.iter().filter_map(|kind| kind.instance_type.as_ref()) {
            for zone in zones {
                if cluster.capacity_pool_of(kind, *zone).is_some() {
                    continue;
                }
                let id = cluster.intern_capacity_pool(kind, *zone);
                if let Some(capacity) = self.capacity_at_zero(cluster, id) {
                    let place = CapacityPlace::Instances(id);
                    make_true(cluster, &Change::SpotCapacityChanged { place, capacity: Some(capacity) });
                }
                let on_demand = self.of_pool(cluster, id, |pool| pool.on_demand_capacity);
                cluster.capacity_pools[id.index()].on_demand_capacity =
                    on_demand.map(|(_, capacity)| capacity);
            }
        }
    }

    /// What FARGATE_SPOT can hold at time zero.
    pub(super) fn fargate_spot_capacity(&mut self, cluster: &mut Cluster) {
        let traced = self.tables.availability.get(FARGATE_SPOT).map(|steps| steps[0].1);
        let told = self.scenario.world.spot.get(FARGATE_SPOT).and_then(|pool| pool.capacity);
        if let (Some(capacity), Some(pool)) = (traced.or(told), cluster.pool_named(FARGATE_SPOT)) {
            let place = CapacityPlace::Pool(pool);
            make_true(cluster, &Change::SpotCapacityChanged { place, capacity: Some(capacity) });
        }
    }

    fn capacity_at_zero(&self, cluster: &Cluster, id: CapacityPoolId) -> Option<u32> {
        let (key, at_zero) = self.of_pool(cluster, id, |pool| match &pool.availability {
            Some(_) => Some(None),
            None => pool.capacity.map(Some),
        })?;
        at_zero.or_else(|| self.tables.availability.get(key).map(|steps| steps[0].1))
    }

    /// What is told of a pool, with the key that tells it: of type and zone, of the type, or of all.
    fn of_pool<T>(
        &self,
        cluster: &Cluster,
        id: CapacityPoolId,
        of: impl Fn(&'a PoolWorld) -> Option<T>,
    ) -> Option<(&'a str, T)> {
        let name = cluster.capacity_pool_name(id);
        let keys = [name.as_str(), &cluster.capacity_pool(id).instance_type, DEFAULT];
        let worlds = &self.scenario.world.spot;
        keys.into_iter().find_map(|key| {
            let (key, world) = worlds.get_key_value(key)?;
            Some((key.as_str(), of(world)?))
        })
    }

    /// The laws of single Spot instances, by the keys of `world.spot`.
    pub(super) fn spot_worlds(&mut self) -> BTreeMap<String, SpotWorld> {
        let mut worlds = BTreeMap::new();
        for (key, world) in self.scenario.world.spot.iter().filter(|(key, _)| *key != FARGATE_SPOT) {
            let path = format!("world.spot.{}", quoted(key));
            let every = world.interruption.as_ref().map(|interruption| &interruption.every);
            let interruption = self.opt_law(&format!("{path}.interruption.every"), every);
            let ahead = world.rebalance_recommendation.as_ref();
            let recommendation = self.opt_law(&format!("{path}.rebalanceRecommendation"), ahead);
            if interruption.is_some() || recommendation.is_some() {
                worlds.insert(key.clone(), SpotWorld { interruption, recommendation });
            }
        }
        worlds
    }

    /// Pools that are reclaimed as a whole or follow a trace.
    pub(super) fn spot_supplies(&mut self, cluster: &Cluster) -> Vec<SpotSupply> {
        let mut supplies = Vec::new();
        for index in 0..cluster.capacity_pools.len() {
            let id = CapacityPoolId(index as u32);
            let reclaim = self.of_pool(cluster, id, |pool| pool.reclaim.as_ref()).map(|(key, _)| key);
            // The more particular of a trace and a number holds.
            let told = |pool: &'a PoolWorld| {
                let is_told = pool.availability.is_some() || pool.capacity.is_some();
                is_told.then_some(pool.availability.is_some())
            };
            let trace = self.of_pool(cluster, id, told).and_then(|(key, traced)| traced.then_some(key));
            let name = cluster.capacity_pool_name(id);
            supplies.extend(self.supply(name, CapacityPlace::Instances(id), reclaim, trace));
        }
        if let Some(pool) = cluster.pool_named(FARGATE_SPOT)
            && let Some((key, world)) = self.scenario.world.spot.get_key_value(FARGATE_SPOT)
        {
            let reclaim = world.reclaim.is_some().then_some(key.as_str());
            let trace = world.availability.is_some().then_some(key.as_str());
            supplies.extend(self.supply(FARGATE_SPOT.to_owned(), CapacityPlace::Pool(pool), reclaim, trace));
        }
        supplies
    }

    fn supply(
        &mut self,
        name: String,
        place: CapacityPlace,
        reclaim: Option<&str>,
        trace: Option<&str>,
    ) -> Option<SpotSupply> {
        let reclaim = reclaim.and_then(|key| {
            let reclaim = self.scenario.world.spot.get(key)?.reclaim.as_ref()?;
            let path = format!("world.spot.{}.reclaim.every", quoted(key));
            Some((self.law(&path, &reclaim.every), reclaim.share.0))
        });
        let steps = trace.and_then(|key| self.tables.availability.get(key)).cloned();
        let capacity_steps = steps.unwrap_or_else(|| Arc::new([]));
        let later: Arc<[_]> = capacity_steps.iter().skip(1).copied().collect();
        (reclaim.is_some() || !later.is_empty()).then_some(SpotSupply {
            name,
            place,
            reclaim,
            capacity_steps: later,
        })
    }

    /// CST-10: the keys of `world.spot` and what stands under them.
    pub(super) fn spot_pools(&mut self, cluster: &Cluster) {
        for (key, pool) in &self.scenario.world.spot {
            let path = format!("world.spot.{}", quoted(key));
            if pool.capacity.is_some() && pool.availability.is_some() {
                let message = "what a pool can hold is told by capacity or by availability, not by both";
                self.error(&format!("{path}.capacity"), message);
            }
            if key == FARGATE_SPOT {
                self.fargate_spot_keys(pool, &path);
                continue;
            }
            if key == DEFAULT {
                continue;
            }
            let (name, zone) =
                key.split_once('/').map_or((key.as_str(), None), |(name, zone)| (name, Some(zone)));
            if self.tables.types.get(name).is_none() {
                match name.contains('.') {
                    true => self.error(&path, unknown_type(&self.tables.types, name)),
                    false => self.group_of_spot(cluster, key, pool, &path),
                }
                continue;
            }
            if let Some(zone) = zone {
                let zones: Vec<&str> = cluster.zones.iter().map(|zone| zone.name.as_str()).collect();
                if !self.must_be_one_of(&path, zone, &zones, "Availability Zone") {
                    continue;
                }
            }
            let launched = cluster.capacity_pools.iter().any(|pool| {
                let zone_name = cluster.zones[pool.zone.index()].name.as_str();
                *pool.instance_type == *name && zone.is_none_or(|zone| zone == zone_name)
            });
            if !launched {
                self.warn(
                    &path,
                    "no Auto Scaling group launches instances of this pool, so this changes nothing",
                );
            }
        }
    }

    fn fargate_spot_keys(&mut self, pool: &PoolWorld, path: &str) {
        if pool.price.is_some() {
            let message = "Fargate Spot has a price for each resource: give its discount as \
                           model.fargate_spot_discount, or its prices in world.prices with market: spot";
            self.error(&format!("{path}.price"), message);
        }
        if pool.on_demand_capacity.is_some() {
            let message =
                "FARGATE_SPOT holds no on-demand tasks; the fault capacityOutage takes FARGATE away";
            self.error(&format!("{path}.onDemandCapacity"), message);
        }
        if pool.rebalance_recommendation.is_some() {
            let message =
                "EC2 recommends to rebalance instances; Fargate Spot tasks only get their notice (SPT-5)";
            self.error(&format!("{path}.rebalanceRecommendation"), message);
        }
    }

    /// A key that names a group or the provider over it: laws of its instances, not of a pool.
    fn group_of_spot(&mut self, cluster: &Cluster, key: &str, pool: &PoolWorld, path: &str) {
        let groups = cluster.auto_scaling_groups.iter().map(|group| group.name.as_str());
        let providers = cluster.capacity_providers.iter().map(|provider| provider.name.as_str());
        let names: Vec<&str> = groups.chain(providers).chain([FARGATE_SPOT, DEFAULT]).collect();
        if !self.must_be_one_of(path, key, &names, "Spot pool (type/zone or type), provider or group") {
            return;
        }
        let of_pools = [
            ("capacity", pool.capacity.is_some()),
            ("onDemandCapacity", pool.on_demand_capacity.is_some()),
            ("reclaim", pool.reclaim.is_some()),
            ("availability", pool.availability.is_some()),
        ];
        for (field, _) in of_pools.into_iter().filter(|(_, is_told)| *is_told) {
            let message = "this belongs to a pool, written type/zone, type or default: groups share pools";
            self.error(&format!("{path}.{field}"), message);
        }
    }

    /// The pool of EC2 capacity with this name; that there is none is told at `path`.
    pub(super) fn capacity_pool(
        &mut self,
        cluster: &Cluster,
        name: &str,
        path: &str,
    ) -> Option<CapacityPoolId> {
        let ids = || (0..cluster.capacity_pools.len()).map(|index| CapacityPoolId(index as u32));
        let names: Vec<String> = ids().map(|id| cluster.capacity_pool_name(id)).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).chain(["FARGATE", FARGATE_SPOT]).collect();
        self.must_be_one_of(path, name, &known, "pool of an Auto Scaling group (type/zone)");
        ids().zip(&names).find(|(_, known)| *known == name).map(|(id, _)| id)
    }

    /// The group of instances that a provider or a group names.
    pub(super) fn pool_of_provider(&self, cluster: &Cluster, name: &str) -> Option<PoolId> {
        let provider = cluster.capacity_providers.iter().find(|provider| provider.name == name);
        let by_provider = provider.map(|provider| cluster.auto_scaling_group(provider.group).pool);
        let by_group = || cluster.auto_scaling_groups.iter().find(|group| group.name == name);
        by_provider.or_else(|| by_group().map(|group| group.pool))
    }
}
