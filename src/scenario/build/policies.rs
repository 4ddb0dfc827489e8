//! `policies` of capacity: what ECS does not offer, as settings of providers and services.

use super::{Builder, quoted};
use crate::kernel::time::SimDuration;
use crate::model::capacity_provider::{PERIOD, ProviderPolicy, Repack};
use crate::model::instance::PoolKind;
use crate::model::service::Service;
use crate::model::spot_fallback::{FallbackPhase, SpotFallback};
use crate::model::task::Capacity;
use crate::model::{Cluster, PoolId};
use crate::policy::capacity::fallback::is_spot;
use crate::scenario::spec::{BackToSpot, ClusterScalingPolicy, FromZero, RepackPolicy, SpotFallbackPolicy};

const PROVIDER: &str = "capacity provider over an Auto Scaling group";
/// A day of datapoints: whoever waits longer need not scale in.
const MOST_DATAPOINTS: u64 = 1440;

impl Builder<'_> {
    pub(super) fn apply_capacity_policies(&mut self, cluster: &mut Cluster) {
        let over_groups = cluster.capacity_providers.iter().filter(|found| found.managed_instances.is_none());
        let names: Vec<String> = over_groups.map(|found| found.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.apply_scaling_policies(cluster, &names);
        let policies = &self.scenario.policies;
        for (index, name) in policies.replace_at_recommendation.iter().enumerate() {
            let path = format!("policies.replaceAtRecommendation[{index}]");
            if self.must_be_one_of(&path, name, &names, PROVIDER) {
                let provider = cluster.capacity_providers.iter_mut().find(|found| found.name == *name);
                provider.into_iter().for_each(|found| found.policy.drains_at_recommendation = true);
            }
        }
        for (name, given) in &policies.repack {
            let path = format!("policies.repack.{}", quoted(name));
            if !self.must_be_one_of(&path, name, &names, PROVIDER) {
                continue;
            }
            let Some(repack) = self.repack(given, &path) else { continue };
            let Some(provider) = cluster.capacity_providers.iter_mut().find(|found| found.name == *name)
            else {
                continue;
            };
            if provider.managed_draining {
                provider.policy.repack = Some(repack);
            } else {
                let message = "repacking moves tasks by managed draining, and the provider has managedDraining DISABLED";
                self.error(&path, message);
            }
        }
    }

    /// `policies.spotFallback`: what stands in must be there, be no Spot, and suit the service.
    pub(super) fn apply_spot_fallbacks(&mut self, cluster: &mut Cluster) {
        let given = self.scenario.policies.spot_fallback.clone();
        let services: Vec<String> = cluster.services.iter().map(|service| service.name.clone()).collect();
        let services: Vec<&str> = services.iter().map(String::as_str).collect();
        for (name, policy) in &given {
            let path = format!("policies.spotFallback.{}", quoted(name));
            if !self.must_be_one_of(&path, name, &services, "service") {
                continue;
            }
            let Some(index) = cluster.services.iter().position(|service| service.name == *name) else {
                continue;
            };
            if let Some(fallback) = self.spot_fallback(cluster, &cluster.services[index], policy, &path) {
                cluster.services[index].spot_fallback = Some(fallback);
            }
        }
    }

    fn spot_fallback(
        &mut self,
        cluster: &Cluster,
        service: &Service,
        policy: &SpotFallbackPolicy,
        path: &str,
    ) -> Option<SpotFallback> {
        let to_path = format!("{path}.to");
        let Some(definition) = service.settings.task_definition.map(|id| cluster.task_definition(id)) else {
            self.error(path, "the service has task sets, each with capacity of its own");
            return None;
        };
        let to = match cluster.pools.iter().position(|pool| pool.kind == PoolKind::Fargate) {
            Some(pool) if policy.to == "FARGATE" => {
                if !definition.fits_fargate {
                    self.error(
                        &to_path,
                        format!("{} cannot run on Fargate (SIZ-1, CON-19)", definition.name()),
                    );
                    return None;
                }
                Capacity::Provider(PoolId(pool as u16))
            }
            _ => {
                let names = cluster.capacity_providers.iter().map(|found| found.name.as_str());
                let names: Vec<&str> = ["FARGATE"].into_iter().chain(names).collect();
                if !self.must_be_one_of(&to_path, &policy.to, &names, "capacity that could stand in") {
                    return None;
                }
                let provider = cluster.capacity_providers.iter().find(|found| found.name == policy.to)?;
                Capacity::AutoScaling(cluster.auto_scaling_group(provider.group).pool)
            }
        };
        if is_spot(cluster, to) {
            self.error(&to_path, format!("{:?} buys Spot capacity itself", policy.to));
            return None;
        }
        if !service.settings.capacity.iter().any(|choice| is_spot(cluster, choice.capacity)) {
            self.error(
                path,
                "the capacity provider strategy of the service has no Spot capacity to fall back from",
            );
            return None;
        }

        let after = SimDuration(policy.after.map_or(5 * 60_000, |after| after.0));
        let back = match policy.back {
            Some(BackToSpot::Never) => None,
            Some(BackToSpot::After(ms)) => Some(SimDuration(ms)),
            None => Some(SimDuration(30 * 60_000)),
        };
        if after < SimDuration::from_secs(1) || back.is_some_and(|back| back < SimDuration::from_secs(60)) {
            self.error(path, "`after` is a second at least and `back` a minute");
            return None;
        }
        Some(SpotFallback { to, after, back, phase: FallbackPhase::OnSpot })
    }

    fn apply_scaling_policies(&mut self, cluster: &mut Cluster, names: &[&str]) {
        let given = &self.scenario.policies.cluster_scaling;
        for (name, policy) in given {
            let path = format!("policies.clusterScaling.{}", quoted(name));
            let known = name == "default" || self.must_be_one_of(&path, name, names, PROVIDER);
            let Some(policy) = self.scaling_policy(policy, &path).filter(|_| known) else { continue };
            for provider in &mut cluster.capacity_providers {
                if provider.name == *name || name == "default" && !given.contains_key(&provider.name) {
                    provider.policy = policy;
                }
            }
        }
    }

    fn repack(&mut self, given: &RepackPolicy, path: &str) -> Option<Repack> {
        let every = given.every.map_or(SimDuration::from_secs(600), |every| SimDuration(every.0));
        if every < SimDuration::from_secs(60) {
            self.error(&format!("{path}.every"), "a look takes a minute at least");
            return None;
        }
        let below = given.below.map_or(0.5, |share| share.0);
        let percent = libm::round(below * 100.0);
        if !(1.0..=100.0).contains(&percent) || libm::fabs(percent - below * 100.0) > 1e-9 {
            self.error(&format!("{path}.below"), "a whole number of percent from 1% to 100% is meant");
            return None;
        }
        Some(Repack { every, below_percent: percent as u32 })
    }

    fn scaling_policy(&mut self, given: &ClusterScalingPolicy, path: &str) -> Option<ProviderPolicy> {
        let ecs = ProviderPolicy::default();
        let low_datapoints = match given.scale_in_after {
            None => ecs.low_datapoints,
            Some(after)
                if after.0 % PERIOD.0 == 0 && (1..=MOST_DATAPOINTS).contains(&(after.0 / PERIOD.0)) =>
            {
                (after.0 / PERIOD.0) as u32
            }
            Some(_) => {
                let message =
                    "the metric comes once a minute: a whole number of minutes from 1m to 24h is meant";
                self.error(&format!("{path}.scaleInAfter"), message);
                return None;
            }
        };
        let from_zero_by_need = given.from_zero.unwrap_or_default() == FromZero::RealNeed;
        Some(ProviderPolicy { low_datapoints, from_zero_by_need, ..ecs })
    }
}
