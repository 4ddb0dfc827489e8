//! `timeline`: requests and faults at set or random times.

use std::sync::Arc;

use super::Builder;
use crate::engine::api::auto_scaling_group::AutoScalingRequest;
use crate::engine::api::{self, Request, last_segment};
use crate::engine::setup::{SpotTarget, TaskTarget, TimelineAction, TimelineEntry};
use crate::kernel::dist::{Distribution, MAX_MS};
use crate::model::change::CapacityPlace;
use crate::model::{Cluster, PoolId, ServiceId, ZoneId};
use crate::scenario::spec::{
    ApiCall, Fault, InstanceFault, RunLength, SpotFault, TimelineAction as SpecAction, TimelineItem,
};

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
        if let RunLength::Ms(end) = self.scenario.duration
            && at.is_constant()
            && at.mean() > end as f64
        {
            self.warn(&format!("{path}.at"), "it never comes: the simulation ends before".to_owned());
        }
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
            if let Ok(at) = Distribution::constant(ms) {
                entries.push(TimelineEntry { at, action: action.clone() });
            }
        }
    }

    fn action(&mut self, cluster: &Cluster, item: &TimelineItem, path: &str) -> Option<TimelineAction> {
        match item.action().ok()? {
            SpecAction::Call(call) => {
                let request = match call {
                    ApiCall::RegisterTaskDefinition(input) => Request::RegisterTaskDefinition(input),
                    ApiCall::CreateTargetGroup(input) => Request::CreateTargetGroup(input),
                    ApiCall::CreateService(input) => Request::CreateService(input),
                    ApiCall::UpdateService(input) => Request::UpdateService(input),
                    ApiCall::DeleteService(input) => Request::DeleteService(Box::new(input)),
                    ApiCall::StopServiceDeployment(input) => Request::StopServiceDeployment(Box::new(input)),
                    ApiCall::RegisterScalableTarget(input) => Request::RegisterScalableTarget(input),
                    ApiCall::PutScalingPolicy(input) => Request::PutScalingPolicy(input),
                    ApiCall::PutScheduledAction(input) => Request::PutScheduledAction(input),
                    ApiCall::PutMetricAlarm(input) => Request::PutMetricAlarm(input),
                    ApiCall::TaskSet(request) => Request::TaskSet(request),
                    ApiCall::CodeDeploy(request) => Request::CodeDeploy(request),
                    ApiCall::RunTask(input) => Request::RunTask(input),
                    ApiCall::StartTask(input) => Request::StartTask(input),
                    ApiCall::StopTask(input) => Request::StopTask(Box::new(input)),
                    ApiCall::UpdateContainerInstancesState(input) => {
                        Request::UpdateContainerInstancesState(input)
                    }
                    ApiCall::RegisterContainerInstance(input) => Request::RegisterContainerInstance(input),
                    ApiCall::DeregisterContainerInstance(input) => {
                        Request::DeregisterContainerInstance(input)
                    }
                    ApiCall::PutAttributes(input) => Request::PutAttributes(input),
                    ApiCall::DeleteAttributes(input) => Request::DeleteAttributes(input),
                    ApiCall::UpdateTaskProtection(input) => Request::UpdateTaskProtection(input),
                    ApiCall::UpdateCapacityProvider(input) => {
                        if let Err(error) = api::capacity_provider::check_update(cluster, &input) {
                            self.api_error(&format!("{path}.with"), &error);
                            return None;
                        }
                        Request::UpdateCapacityProvider(input)
                    }
                    ApiCall::PutClusterCapacityProviders(input) => {
                        Request::PutClusterCapacityProviders(input)
                    }
                    ApiCall::AutoScaling(request) => self.scaling_request(cluster, *request, path)?,
                    ApiCall::CreateCapacityProvider(_) | ApiCall::CreateAutoScalingGroup(_) => {
                        self.error(&format!("{path}.call"), "this call is not modelled yet");
                        return None;
                    }
                };
                self.warn_of_ignored(cluster, &format!("{path}.with"), &request);
                self.warn_of_unknown_instances(cluster, &format!("{path}.with"), &request);
                if let Err(error) = api::placement::check_text(cluster, &request) {
                    self.api_error(&format!("{path}.with"), &error);
                }
                Some(TimelineAction::Request(Arc::new(request)))
            }
            SpecAction::Fault(fault) => self.fault(cluster, fault, path),
        }
    }

    /// A request about an Auto Scaling group, with what its instance type stands for.
    fn scaling_request(
        &mut self,
        cluster: &Cluster,
        mut request: AutoScalingRequest,
        path: &str,
    ) -> Option<Request> {
        let with = format!("{path}.with");
        if let AutoScalingRequest::UpdateAutoScalingGroup(input, kinds) = &mut request
            && let Some(name) = &input.instance_type
        {
            let group = &input.auto_scaling_group_name;
            *kinds = Some(self.kind_of_type(cluster, group, name, &with).into());
        }
        match api::auto_scaling_group::check(cluster, &request) {
            Ok(()) => Some(Request::AutoScaling(Box::new(request))),
            Err(error) => {
                self.api_error(&with, &error);
                None
            }
        }
    }

    /// A request about an instance that no group has is refused when it comes.
    fn warn_of_unknown_instances(&mut self, cluster: &Cluster, path: &str, request: &Request) {
        let named: Vec<(String, &str)> = match request {
            Request::UpdateContainerInstancesState(input) => {
                let names = input.container_instances.iter().enumerate();
                names.map(|(index, name)| (format!("containerInstances[{index}]"), name.as_str())).collect()
            }
            Request::DeregisterContainerInstance(input) => {
                vec![("containerInstance".to_owned(), input.container_instance.as_str())]
            }
            Request::RegisterContainerInstance(input) => {
                vec![("containerInstanceArn".to_owned(), input.container_instance_arn.as_str())]
            }
            _ => Vec::new(),
        };
        for (field, name) in named {
            if cluster.instance_named(last_segment(name)).is_none() {
                let message = format!(
                    "there is no instance {name:?}, so the call will fail; those of a group are named group-1, group-2, …"
                );
                self.warn(&format!("{path}.{field}"), message);
            }
        }
    }

    fn fault(&mut self, cluster: &Cluster, fault: Fault, path: &str) -> Option<TimelineAction> {
        let with = |key: &str| format!("{path}.with.{key}");
        match fault {
            Fault::ZoneOutage(outage) => {
                let zone = self.zone(cluster, &outage.zone, &with("zone"));
                let length = self.law(&with("for"), &outage.lasting);
                Some(TimelineAction::ZoneOutage { zone: zone?, length })
            }
            Fault::InstanceFailure(fault) => {
                let (pool, ordinal, count) = self.instances(cluster, &fault, path)?;
                Some(TimelineAction::InstanceFailure { pool, ordinal, count })
            }
            Fault::InstanceTermination(fault) => {
                let (pool, ordinal, count) = self.instances(cluster, &fault, path)?;
                Some(TimelineAction::InstanceTermination { pool, ordinal, count })
            }
            Fault::AgentDisconnect(fault) => {
                let length = self.law(&with("for"), &fault.lasting);
                let (pool, ordinal) = self.instance(cluster, &fault.instance, &with("instance"))?;
                Some(TimelineAction::AgentDisconnect { pool, ordinal, length })
            }
            Fault::ContainerExit(exit) => {
                let target = self.target(cluster, exit.task, exit.service.as_deref(), path)?;
                let (count, exit_code) = (exit.count.unwrap_or(1), exit.exit_code.unwrap_or(1) as i32);
                self.check_container(cluster, &target, exit.container.as_deref(), &with("container"));
                Some(TimelineAction::ContainerExit { target, count, container: exit.container, exit_code })
            }
            Fault::StartFailure(fault) => {
                let length = self.law(&with("for"), &fault.lasting);
                let service = self.service(cluster, &fault.service, &with("service"))?;
                Some(TimelineAction::StartFailure { service, length })
            }
            Fault::Unhealthy(fault) => {
                let lasting = self.opt_law(&with("for"), fault.lasting.as_ref());
                let length = lasting.unwrap_or_else(for_ever);
                let target = self.target(cluster, fault.task, fault.service.as_deref(), path)?;
                Some(TimelineAction::Unhealthy { target, count: fault.count.unwrap_or(1), length })
            }
            Fault::SpotInterruption(fault) => {
                let count = fault.count.unwrap_or(1);
                let target = self.spot_target(cluster, fault, path)?;
                Some(TimelineAction::SpotInterruption { target, count })
            }
            Fault::CapacityOutage(outage) => {
                let length = self.law(&with("for"), &outage.lasting);
                let place = match (&outage.pool, &outage.zone) {
                    (_, Some(zone)) => CapacityPlace::Zone(self.zone(cluster, zone, &with("zone"))?),
                    (pool, None) => {
                        let name = pool.as_deref().unwrap_or_default();
                        match ["FARGATE", "FARGATE_SPOT"].contains(&name) {
                            true => CapacityPlace::Pool(cluster.pool_named(name)?),
                            false => {
                                CapacityPlace::Instances(self.capacity_pool(cluster, name, &with("pool"))?)
                            }
                        }
                    }
                };
                Some(TimelineAction::CapacityOutage { place, length })
            }
            Fault::Alarm(fault) => {
                let length = self.law(&with("for"), &fault.lasting);
                let known = self.alarms.iter().position(|name| *name == fault.name);
                let alarm = known.unwrap_or_else(|| {
                    self.alarms.push(fault.name);
                    self.alarms.len() - 1
                });
                Some(TimelineAction::Alarm { alarm: u16::try_from(alarm).ok()?, length })
            }
            Fault::TaskRetirement(fault) => {
                let service = self.service(cluster, &fault.service, &with("service"))?;
                Some(TimelineAction::TaskRetirement { service })
            }
        }
    }

    /// What a Spot interruption strikes. Whether that instance or task will run is not known before the run.
    fn spot_target(&mut self, cluster: &Cluster, fault: SpotFault, path: &str) -> Option<SpotTarget> {
        if let Some(name) = &fault.pool {
            if name == "FARGATE_SPOT" {
                return cluster.pool_named(name).map(SpotTarget::Pool);
            }
            if let Some(pool) = self.pool_of_provider(cluster, name) {
                return Some(SpotTarget::Pool(pool));
            }
            let at = format!("{path}.with.pool");
            return self.capacity_pool(cluster, name, &at).map(SpotTarget::Instances);
        }
        if let Some(name) = &fault.instance {
            let parts = name.rsplit_once('-').and_then(|(group, n)| Some((group, n.parse::<u32>().ok()?)));
            let found = parts.and_then(|(group, n)| Some((self.pool_of_provider(cluster, group)?, n)));
            if found.is_none() {
                let message = format!(
                    "{name:?} is no instance of an Auto Scaling group; they are named group-1, group-2, …"
                );
                self.error(&format!("{path}.with.instance"), message);
            }
            return found.map(|(pool, n)| SpotTarget::Instance(pool, n));
        }
        match self.target(cluster, fault.task, None, path)? {
            TaskTarget::Task(name) => Some(SpotTarget::Task(name)),
            TaskTarget::Service(_) => None,
        }
    }

    fn zone(&mut self, cluster: &Cluster, name: &str, path: &str) -> Option<ZoneId> {
        let names: Vec<&str> = cluster.zones.iter().map(|zone| zone.name.as_str()).collect();
        self.must_be_one_of(path, name, &names, "zone");
        cluster.zone_named(name)
    }

    fn service(&mut self, cluster: &Cluster, name: &str, path: &str) -> Option<ServiceId> {
        let names: Vec<&str> = cluster.services.iter().map(|s| s.name.as_str()).collect();
        self.must_be_one_of(path, name, &names, "service");
        cluster.service_named(name)
    }

    /// The tasks that a fault strikes. Whether a task of that name will run is not known before the run.
    fn target(
        &mut self,
        cluster: &Cluster,
        task: Option<String>,
        service: Option<&str>,
        path: &str,
    ) -> Option<TaskTarget> {
        match (service, task) {
            (Some(service), _) => {
                self.service(cluster, service, &format!("{path}.with.service")).map(TaskTarget::Service)
            }
            (None, task) => {
                let task = task.unwrap_or_default();
                let owner = task.split_once('#').map_or(task.as_str(), |(owner, _)| owner);
                let services = cluster.services.iter().map(|service| service.name.as_str());
                let owners: Vec<&str> =
                    services.chain(cluster.callers.iter().map(|c| c.name.as_str())).collect();
                let path = format!("{path}.with.task");
                self.must_be_one_of(
                    &path,
                    owner,
                    &owners,
                    "service or run (tasks are named web#17, nightly#3)",
                );
                Some(TaskTarget::Task(task))
            }
        }
    }

    fn check_container(
        &mut self,
        cluster: &Cluster,
        target: &TaskTarget,
        container: Option<&str>,
        path: &str,
    ) {
        if let (TaskTarget::Service(service), Some(container)) = (target, container) {
            let of = cluster.service(*service).settings.task_definition;
            let Some(definition) = of.map(|id| cluster.task_definition(id)) else { return };
            let names: Vec<&str> = definition.containers.iter().map(|c| c.name.as_str()).collect();
            self.must_be_one_of(path, container, &names, "container");
        }
    }

    /// The instances that a fault strikes: a pool, one of its numbers, and how many.
    fn instances(
        &mut self,
        cluster: &Cluster,
        fault: &InstanceFault,
        path: &str,
    ) -> Option<(PoolId, Option<u32>, u32)> {
        if let Some(group) = &fault.group {
            let pool = self.pool(cluster, group, &format!("{path}.with.group"))?;
            return Some((pool, None, fault.count.unwrap_or(1)));
        }
        let name = fault.instance.as_deref().unwrap_or_default();
        let (pool, ordinal) = self.instance(cluster, name, &format!("{path}.with.instance"))?;
        Some((pool, Some(ordinal), 1))
    }

    fn instance(&mut self, cluster: &Cluster, name: &str, path: &str) -> Option<(PoolId, u32)> {
        let found = cluster.instances.iter().find(|(id, _)| cluster.instance_name(*id) == name);
        let Some((_, instance)) = found else {
            let message =
                format!("there is no instance {name:?}; those of a group are named group-1, group-2, …");
            self.error(path, message);
            return None;
        };
        Some((instance.pool, instance.ordinal))
    }

    fn pool(&mut self, cluster: &Cluster, name: &str, path: &str) -> Option<PoolId> {
        let fixed = cluster.pools.iter().filter(|pool| pool.kind.has_instances());
        let names: Vec<&str> = fixed.map(|pool| pool.name.as_str()).collect();
        self.must_be_one_of(path, name, &names, "group of container instances");
        cluster.pool_named(name)
    }
}

/// Longer than any simulation.
fn for_ever() -> Distribution {
    Distribution::constant(MAX_MS as f64).expect("the longest time is a time")
}
