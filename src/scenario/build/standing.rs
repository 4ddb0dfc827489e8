//! `aws.tasks`: names become places, and what cannot stand where it is said to is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Builder;
use crate::aws::common::LaunchType;
use crate::aws::task::TaskOverride;
use crate::aws::{CreateService, RunTask};
use crate::engine::api;
use crate::engine::setup::{Standing, StandingRun, StandingService, StandingTask};
use crate::kernel::dist::Distribution;
use crate::model::task::{Capacity, CapacityChoice, Host};
use crate::model::{Cluster, InstanceId, Resources, ServiceId, TaskDefinitionId};
use crate::scenario::spec::{StandingStatus, StandingTasks};

/// What stands on an instance.
#[derive(Default)]
struct Load {
    reserved: (u64, u64, u64),
    awsvpc_tasks: u64,
    /// The entry that was counted last.
    entry: usize,
}

impl Builder<'_> {
    /// The revision with which a service is created: the oldest one that it still has tasks of.
    pub(super) fn oldest_revision(&self, cluster: &Cluster, input: &CreateService) -> Option<String> {
        let own = cluster.task_definition_named(input.task_definition.as_deref()?)?;
        let tasks = self.scenario.aws.tasks.iter().flatten();
        let of_service = tasks.filter(|entry| entry.service.as_ref() == Some(&input.service_name));
        let named =
            of_service.filter_map(|entry| cluster.task_definition_named(entry.task_definition.as_deref()?));
        let oldest = named.filter(|revision| *revision != own).min()?;
        Some(cluster.task_definition(oldest).name())
    }

    /// What stands at time zero.
    pub(super) fn standing(&mut self, cluster: &mut Cluster) -> Option<Standing> {
        let entries = self.scenario.aws.tasks.as_ref()?;
        let mut standing = Standing::default();
        let mut services: BTreeMap<ServiceId, BTreeMap<TaskDefinitionId, Vec<StandingTask>>> =
            BTreeMap::new();
        let mut loads: BTreeMap<usize, Load> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("aws.tasks[{index}]");
            let Some(host) = self.host_of(cluster, entry, &path) else { continue };
            let count = entry.count.unwrap_or(1);
            let is_up = entry.last_status.unwrap_or_default() == StandingStatus::Running;
            let found = match &entry.service {
                Some(service) => self.of_service(cluster, entry, service, host, &path).map(
                    |(service, revision, choice)| {
                        let tasks = services.entry(service).or_default().entry(revision).or_default();
                        tasks.extend((0..count).map(|_| StandingTask { host, choice, is_up }));
                        (revision, cluster.task_definition(revision).reserved)
                    },
                ),
                None => self.of_nobody(cluster, entry, host, &path).map(|run| {
                    let revision = run.behaviour.task_definition;
                    let defined = cluster.task_definition(revision).reserved;
                    let reserved = Resources {
                        cpu: entry.cpu.map_or(defined.cpu, |cpu| cpu.units),
                        memory_mib: entry.memory.map_or(defined.memory_mib, |memory| memory.mib),
                        ..defined
                    };
                    let tasks = (0..count).map(|_| StandingTask { host, choice: 0, is_up }).collect();
                    standing.standalone.push(StandingRun { tasks, ..run });
                    (revision, reserved)
                }),
            };
            if let (Some((revision, reserved)), Host::Instance(instance)) = (found, host) {
                let load = loads.entry(instance.slot()).or_default();
                let count = u64::from(count);
                load.reserved.0 += count * u64::from(reserved.cpu);
                load.reserved.1 += count * u64::from(reserved.memory_mib);
                load.reserved.2 += count * u64::from(reserved.gpus);
                load.awsvpc_tasks += count * u64::from(cluster.task_definition(revision).takes_interface());
                load.entry = index;
            }
        }
        for (slot, load) in &loads {
            self.check_load(cluster, cluster.instance_in_slot(*slot), load);
        }
        for (service, mut revisions) in services {
            let settings = &cluster.service(service).settings;
            let own = self.own_revision(cluster, service).or(settings.task_definition);
            let own = own.map(|own| (own, revisions.remove(&own).unwrap_or_default()));
            let revisions = revisions.into_iter().chain(own).collect();
            standing.services.push(StandingService { service, revisions });
        }
        Some(standing)
    }

    /// The revision that the scenario gives the service; the cluster may hold it with an older one.
    fn own_revision(&self, cluster: &Cluster, service: ServiceId) -> Option<TaskDefinitionId> {
        let name = &cluster.service(service).name;
        let input = self.scenario.aws.services.iter().find(|input| input.service_name == *name)?;
        cluster.task_definition_named(input.task_definition.as_deref()?)
    }

    fn host_of(&mut self, cluster: &mut Cluster, entry: &StandingTasks, path: &str) -> Option<Host> {
        match (&entry.container_instance, &entry.availability_zone) {
            (Some(name), None) => {
                let Some(instance) = cluster.instance_named(name) else {
                    let names: Vec<String> =
                        cluster.instances.iter().map(|(id, _)| cluster.instance_name(id)).collect();
                    let near = crate::catalog::nearest_spelling(name, names.iter().map(String::as_str));
                    let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
                    self.error(
                        &format!("{path}.containerInstance"),
                        format!("there is no container instance named {name:?} at time zero{hint}"),
                    );
                    return None;
                };
                Some(Host::Instance(instance))
            }
            (None, Some(zone)) => Some(Host::Fargate(cluster.intern_zone(zone))),
            _ => {
                let message = "where are they? containerInstance on EC2, availabilityZone on Fargate: exactly one of them";
                self.error(path, message);
                None
            }
        }
    }

    fn of_service(
        &mut self,
        cluster: &Cluster,
        entry: &StandingTasks,
        service: &str,
        host: Host,
        path: &str,
    ) -> Option<(ServiceId, TaskDefinitionId, usize)> {
        let only_standalone = [
            ("group", entry.group.is_some()),
            ("launchType", entry.launch_type.is_some()),
            ("cpu", entry.cpu.is_some()),
            ("memory", entry.memory.is_some()),
            ("runsFor", entry.runs_for.is_some()),
        ];
        for (key, _) in only_standalone.iter().filter(|(_, given)| *given) {
            self.error(
                &format!("{path}.{key}"),
                "this is for standalone tasks; the service says it of its own",
            );
        }
        let Some(id) = cluster.service_named(service) else {
            let names = cluster.services.iter().map(|service| service.name.as_str());
            let near = crate::catalog::nearest_spelling(service, names);
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            self.error(&format!("{path}.service"), format!("there is no service named {service:?}{hint}"));
            return None;
        };
        let revision = match &entry.task_definition {
            None => self.own_revision(cluster, id).or(cluster.service(id).settings.task_definition),
            Some(name) => cluster.task_definition_named(name),
        };
        let Some(revision) = revision else {
            let given = entry.task_definition.as_deref().unwrap_or_default();
            self.error(
                &format!("{path}.taskDefinition"),
                format!("there is no task definition {given:?}; those of aws.taskDefinitions are numbered in their order"),
            );
            return None;
        };
        let found = cluster.service(id);
        let sets = found.deployments.iter().filter(|_| found.has_task_sets());
        let set = sets.filter(|set| set.task_definition == revision).find_map(|set| set.task_set.as_ref());
        if found.has_task_sets() && set.is_none() {
            let message = "no task set of the service runs this revision";
            self.error(&format!("{path}.taskDefinition"), message);
            return None;
        }
        let choices = set.map_or(&found.settings.capacity, |set| &set.capacity);
        match choice_for(cluster, choices, host, entry.capacity_provider.as_deref()) {
            Some(choice) => Some((id, revision, choice)),
            None => {
                let message = format!(
                    "{service} does not run there: its launch type or strategy has no capacity in that place"
                );
                self.error(path, message);
                None
            }
        }
    }

    fn of_nobody(
        &mut self,
        cluster: &Cluster,
        entry: &StandingTasks,
        host: Host,
        path: &str,
    ) -> Option<StandingRun> {
        let Some(name) = &entry.task_definition else {
            self.error(path, "a standalone task needs its taskDefinition, one of a service the service");
            return None;
        };
        let on_instance = matches!(host, Host::Instance(_));
        let launch_type = if on_instance { LaunchType::Ec2 } else { LaunchType::Fargate };
        if entry.launch_type.is_some_and(|given| given != launch_type) {
            self.error(&format!("{path}.launchType"), "the launch type does not go with where the task is");
        }
        let size = entry.cpu.is_some() || entry.memory.is_some();
        let overrides =
            size.then(|| TaskOverride { cpu: entry.cpu, memory: entry.memory, ..TaskOverride::default() });
        let request = RunTask {
            task_definition: name.clone(),
            launch_type: Some(launch_type),
            group: entry.group.clone(),
            overrides,
            ..RunTask::default()
        };
        match api::task::run(cluster, &request) {
            Ok(api::Answer::RunTask { caller, group, mut behaviour }) => {
                behaviour.duration =
                    entry.runs_for.and_then(|length| Distribution::constant(length.0 as f64).ok());
                Some(StandingRun { caller, group, behaviour: Arc::new(*behaviour), tasks: Vec::new() })
            }
            Ok(_) => None,
            Err(error) => {
                self.api_error(path, &error);
                None
            }
        }
    }

    fn check_load(&mut self, cluster: &Cluster, id: InstanceId, load: &Load) {
        let instance = &cluster.instances[id];
        let registered = instance.registered;
        let name = cluster.instance_name(id);
        let path = format!("aws.tasks[{}].containerInstance", load.entry);
        let rows = [
            ("CPU units", load.reserved.0, registered.cpu),
            ("MiB of memory", load.reserved.1, registered.memory_mib),
            ("GPUs", load.reserved.2, registered.gpus),
            ("awsvpc tasks", load.awsvpc_tasks, instance.traits.awsvpc_task_limit.unwrap_or(u32::MAX)),
        ];
        for (what, asked, there) in rows {
            if asked > u64::from(there) {
                let message = format!("the tasks on {name} come to {asked} {what}, and it has {there}");
                self.error(&path, message);
            }
        }
    }
}

/// By which item of its capacity a task came where it is.
fn choice_for(
    cluster: &Cluster,
    choices: &[CapacityChoice],
    host: Host,
    provider: Option<&str>,
) -> Option<usize> {
    choices.iter().position(|choice| {
        let goes = match (choice.capacity, host) {
            (Capacity::Ec2, Host::Instance(_)) => true,
            (Capacity::AutoScaling(pool), Host::Instance(instance)) => {
                cluster.instances[instance].pool == pool
            }
            (Capacity::Fargate(_) | Capacity::Provider(_), Host::Fargate(_)) => true,
            (_, Host::Instance(_) | Host::Fargate(_) | Host::Unplaced(_)) => false,
        };
        goes && provider.is_none_or(|name| cluster.provider_name(choice.capacity) == Some(name))
    })
}
