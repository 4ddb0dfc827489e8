//! `timeline`: requests and faults at set or random times.

use std::sync::Arc;

use super::Builder;
use crate::engine::api::Request;
use crate::engine::setup::{TimelineAction, TimelineEntry};
use crate::model::instance::PoolKind;
use crate::model::{Cluster, PoolId};
use crate::scenario::spec::{ApiCall, Fault, TimelineAction as SpecAction, TimelineItem};

/// Repetitions of one item at most.
const MAX_REPETITIONS: u32 = 100_000;

impl Builder<'_> {
    pub(super) fn timeline(&mut self, cluster: &Cluster) -> Vec<TimelineEntry> {
        let items = &self.scenario.timeline;
        let mut entries = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = format!("timeline[{index}]");
            if let Some(action) = self.action(cluster, item, &path) {
                self.entries(item, &action, &path, &mut entries);
            }
        }
        entries
    }

    fn entries(
        &mut self,
        item: &TimelineItem,
        action: &TimelineAction,
        path: &str,
        entries: &mut Vec<TimelineEntry>,
    ) {
        let at = self.law(&format!("{path}.at"), &item.at);
        let count = item.count.unwrap_or(1);
        let Some(every) = &item.every else {
            entries.push(TimelineEntry { at, action: action.clone() });
            return;
        };
        let every = self.law(&format!("{path}.every"), every);
        if !(at.is_constant() && every.is_constant()) {
            return self
                .error(&format!("{path}.every"), "a repeated item needs constant times for at and every");
        }
        if count > MAX_REPETITIONS {
            return self.error(&format!("{path}.count"), format!("at most {MAX_REPETITIONS} repetitions"));
        }
        for n in 0..count {
            let ms = at.mean() + every.mean() * f64::from(n);
            if let Ok(at) = crate::kernel::dist::Distribution::constant(ms) {
                entries.push(TimelineEntry { at, action: action.clone() });
            }
        }
    }

    fn action(&mut self, cluster: &Cluster, item: &TimelineItem, path: &str) -> Option<TimelineAction> {
        match item.action().ok()? {
            SpecAction::Call(call) => {
                let request = match call {
                    ApiCall::RegisterTaskDefinition(input) => Request::RegisterTaskDefinition(input),
                    ApiCall::CreateService(input) => Request::CreateService(input),
                    ApiCall::UpdateService(input) => Request::UpdateService(input),
                    ApiCall::DeleteService(input) => Request::DeleteService(Box::new(input)),
                    ApiCall::RunTask(input) => Request::RunTask(input),
                    ApiCall::StopTask(input) => Request::StopTask(Box::new(input)),
                    ApiCall::CreateCapacityProvider(_) | ApiCall::CreateAutoScalingGroup(_) => {
                        self.error(&format!("{path}.call"), "this call is not modelled yet");
                        return None;
                    }
                };
                self.warn_of_ignored(&format!("{path}.with"), &request);
                Some(TimelineAction::Request(Arc::new(request)))
            }
            SpecAction::Fault(fault) => self.fault(cluster, fault, path),
        }
    }

    fn fault(&mut self, cluster: &Cluster, fault: Fault, path: &str) -> Option<TimelineAction> {
        let with = |key: &str| format!("{path}.with.{key}");
        match fault {
            Fault::ZoneOutage(outage) => {
                let names: Vec<&str> = cluster.zones.iter().map(|zone| zone.name.as_str()).collect();
                self.must_be_one_of(&with("zone"), &outage.zone, &names, "zone");
                let length = self.law(&with("for"), &outage.lasting);
                Some(TimelineAction::ZoneOutage { zone: cluster.zone_named(&outage.zone)?, length })
            }
            Fault::InstanceFailure(fault) => {
                let count = fault.count.unwrap_or(1);
                if let Some(group) = &fault.group {
                    let pool = self.pool(cluster, group, &with("group"))?;
                    return Some(TimelineAction::InstanceFailure { pool, ordinal: None, count });
                }
                let name = fault.instance.unwrap_or_default();
                let found = cluster.instances.iter().find(|(id, _)| cluster.instance_name(*id) == name);
                let Some((_, instance)) = found else {
                    let message = format!(
                        "there is no instance {name:?}; those of a group are named group-1, group-2, …"
                    );
                    self.error(&with("instance"), message);
                    return None;
                };
                let (pool, ordinal) = (instance.pool, Some(instance.ordinal));
                Some(TimelineAction::InstanceFailure { pool, ordinal, count: 1 })
            }
            Fault::ContainerExit(exit) => {
                let Some(service) = &exit.service else {
                    self.error(
                        &with("task"),
                        "a single task is not modelled yet as a target; name its service",
                    );
                    return None;
                };
                let names: Vec<&str> = cluster.services.iter().map(|s| s.name.as_str()).collect();
                self.must_be_one_of(&with("service"), service, &names, "service");
                let service = cluster.service_named(service)?;
                let exit_code = exit.exit_code.unwrap_or(1) as i32;
                Some(TimelineAction::ContainerExit { service, count: 1, exit_code })
            }
            Fault::SpotInterruption(fault) => {
                let Some(pool) = fault.pool.as_deref().filter(|pool| *pool == "FARGATE_SPOT") else {
                    self.error(path, "of Spot capacity only the pool FARGATE_SPOT is modelled yet");
                    return None;
                };
                let (pool, count) = (cluster.pool_named(pool)?, fault.count.unwrap_or(1));
                Some(TimelineAction::SpotInterruption { pool, count })
            }
            Fault::StartFailure(_)
            | Fault::Unhealthy(_)
            | Fault::InstanceTermination(_)
            | Fault::AgentDisconnect(_)
            | Fault::CapacityOutage(_)
            | Fault::TaskRetirement(_) => {
                self.error(&format!("{path}.fault"), "this fault is not modelled yet");
                None
            }
        }
    }

    fn pool(&mut self, cluster: &Cluster, name: &str, path: &str) -> Option<PoolId> {
        let fixed = cluster.pools.iter().filter(|pool| pool.kind == PoolKind::Fixed);
        let names: Vec<&str> = fixed.map(|pool| pool.name.as_str()).collect();
        self.must_be_one_of(path, name, &names, "group of container instances");
        cluster.pool_named(name)
    }
}
