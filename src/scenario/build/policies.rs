//! `policies` of capacity: what ECS does not offer, as settings of providers and services.

use super::{Builder, quoted};
use crate::model::Cluster;
use crate::model::capacity_provider::{PERIOD, ScalingPolicy};
use crate::scenario::spec::{ClusterScalingPolicy, FromZero};

/// A day of datapoints: whoever waits longer need not scale in.
const MOST_DATAPOINTS: u64 = 1440;

impl Builder<'_> {
    pub(super) fn apply_scaling_policies(&mut self, cluster: &mut Cluster) {
        let given = &self.scenario.policies.cluster_scaling;
        let names: Vec<String> = cluster.capacity_providers.iter().map(|found| found.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (name, policy) in given {
            let path = format!("policies.clusterScaling.{}", quoted(name));
            let known = name == "default"
                || self.must_be_one_of(&path, name, &names, "capacity provider over an Auto Scaling group");
            let Some(policy) = self.scaling_policy(policy, &path).filter(|_| known) else { continue };
            for provider in &mut cluster.capacity_providers {
                if provider.name == *name || name == "default" && !given.contains_key(&provider.name) {
                    provider.policy = policy;
                }
            }
        }
    }

    fn scaling_policy(&mut self, given: &ClusterScalingPolicy, path: &str) -> Option<ScalingPolicy> {
        let ecs = ScalingPolicy::default();
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
        Some(ScalingPolicy { low_datapoints, from_zero_by_need })
    }
}
