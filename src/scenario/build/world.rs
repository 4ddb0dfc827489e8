//! `world`: behaviours of tasks, pools, zones and services, by the names of the cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Builder, quoted};
use crate::engine::setup::{
    ContainerBehaviour, HookBehaviour, PoolBehaviour, Renewal, ServiceBehaviour, TaskBehaviour,
};
use crate::model::Cluster;
use crate::model::auto_scaling_group::hooks::HookResult;
use crate::model::instance::PoolKind;
use crate::model::stop::StartFailure;
use crate::scenario::spec::{
    ContainerBehavior, Crash, Exits, Failure, HookOutcome, HookWorld, StartFailureReason, TaskWorld,
};
use crate::scenario::units::SizeRate;

impl Builder<'_> {
    /// By task definition: `family`, with `family:revision` laid over it.
    pub(super) fn task_behaviours(&mut self, cluster: &Cluster) -> Vec<Arc<TaskBehaviour>> {
        let worlds = &self.scenario.world.tasks;
        let mut behaviours = Vec::with_capacity(cluster.task_definitions.len());
        for definition in &cluster.task_definitions {
            let mut behaviour = TaskBehaviour::default();
            for name in [definition.family.clone(), definition.name()] {
                if let Some(world) = worlds.get(&name) {
                    let essential = definition.containers.iter().find(|container| container.essential);
                    let first = essential.map_or("", |container| container.name.as_str());
                    self.lay_over(
                        &mut behaviour,
                        world,
                        &format!("world.tasks.{}", quoted(&name)),
                        Some(first),
                    );
                    self.check_containers(world, &name, definition);
                }
            }
            behaviours.push(Arc::new(behaviour));
        }
        self.check_task_names(cluster);
        behaviours
    }

    /// By family, for revisions that the timeline registers.
    pub(super) fn families(&mut self) -> BTreeMap<String, Arc<TaskBehaviour>> {
        let mut families = BTreeMap::new();
        for (name, world) in &self.scenario.world.tasks {
            let mut behaviour = TaskBehaviour::default();
            if let Some((family, _)) = name.split_once(':')
                && let Some(general) = self.scenario.world.tasks.get(family)
            {
                self.lay_over(&mut behaviour, general, &format!("world.tasks.{}", quoted(family)), None);
            }
            self.lay_over(&mut behaviour, world, &format!("world.tasks.{}", quoted(name)), None);
            families.insert(name.clone(), Arc::new(behaviour));
        }
        families
    }

    fn check_containers(
        &mut self,
        world: &TaskWorld,
        name: &str,
        definition: &crate::model::task_definition::TaskDefinition,
    ) {
        let containers: Vec<&str> = definition.containers.iter().map(|c| c.name.as_str()).collect();
        for container in world.containers.keys() {
            let path = format!("world.tasks.{}.containers.{}", quoted(name), quoted(container));
            self.must_be_one_of(&path, container, &containers, "container");
        }
    }

    fn check_task_names(&mut self, cluster: &Cluster) {
        let mut names: Vec<String> = cluster.task_definitions.iter().map(|d| d.family.clone()).collect();
        names.extend(cluster.task_definitions.iter().map(|definition| definition.name()));
        let registered_later = self.scenario.timeline.iter().filter_map(|item| item.with.get("family"));
        names.extend(registered_later.filter_map(|family| family.as_str()).map(str::to_owned));
        let later: Vec<String> =
            names.iter().flat_map(|n| (1..=9).map(move |r| format!("{n}:{r}"))).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        for name in self.scenario.world.tasks.keys() {
            let revision_of_later = later.contains(name) && !self.scenario.timeline.is_empty();
            if !revision_of_later {
                let path = format!("world.tasks.{}", quoted(name));
                self.must_be_one_of(&path, name, &known, "task definition");
            }
        }
    }

    /// Lays a behaviour over another; what stands at the task itself is meant for its first essential container.
    fn lay_over(
        &mut self,
        behaviour: &mut TaskBehaviour,
        world: &TaskWorld,
        path: &str,
        first: Option<&str>,
    ) {
        self.speed(path, world, behaviour);
        if let Some(failure) = &world.start_failure {
            let reason = failure.reason.unwrap_or(StartFailureReason::CannotPullContainerError);
            behaviour.start_failure = Some((failure.probability.0, start_failure(reason)));
        }
        behaviour.soci |= world.soci;
        if let Some(launch) = &world.launch {
            behaviour.launch = Some(self.law(&format!("{path}.launch"), launch));
        }
        if let Some(ready) = &world.ready {
            behaviour.ready = Some(self.law(&format!("{path}.ready"), ready));
        }
        if let Some(size) = world.image_size {
            behaviour.image_size_mb = Some(size.0 as f64 / 1e6);
        }
        let of_task = ContainerBehavior {
            crash: world.crash.clone(),
            exits: None,
            exit_after_signal: world.exit_after_signal.clone(),
            start: world.start.clone(),
            unhealthy: world.unhealthy.clone(),
            memory_at_start: world.memory_at_start,
            memory_growth: world.memory_growth,
        };
        if of_task != ContainerBehavior::default()
            && let Some(first) = first
        {
            self.container(behaviour, first, &of_task, path);
        }
        for (name, container) in &world.containers {
            self.container(behaviour, name, container, &format!("{path}.containers.{}", quoted(name)));
        }
    }

    fn container(
        &mut self,
        behaviour: &mut TaskBehaviour,
        name: &str,
        world: &ContainerBehavior,
        path: &str,
    ) {
        let start = self.opt_law(&format!("{path}.start"), world.start.as_ref());
        let exit = self.opt_law(&format!("{path}.exitAfterSignal"), world.exit_after_signal.as_ref());
        let crash = world.crash.as_ref().map(|Crash { every, exit_code }| {
            (self.law(&format!("{path}.crash.every"), every), *exit_code as i32)
        });
        let exits = world.exits.as_ref().map(|Exits { after, exit_code }| {
            (self.law(&format!("{path}.exits.after"), after), *exit_code as i32)
        });
        let after = world.unhealthy.as_ref().map(|unhealthy| &unhealthy.after);
        let unhealthy_after = self.opt_law(&format!("{path}.unhealthy.after"), after);
        let of: &mut ContainerBehaviour = behaviour.containers.entry(name.to_owned()).or_default();
        of.start = start.or(of.start.take());
        of.exit_after_signal = exit.or(of.exit_after_signal.take());
        of.crash = crash.or(of.crash.take());
        of.exits = exits.or(of.exits.take());
        of.unhealthy_after = unhealthy_after.or(of.unhealthy_after.take());
        if world.memory_growth.is_some() || world.memory_at_start.is_some() {
            let memory = of.memory.get_or_insert_default();
            if let Some(size) = world.memory_at_start {
                memory.at_start_mib = size.0 as f64 / MIB;
            }
            if let Some(rate) = world.memory_growth {
                memory.growth_mib_per_hour = mib_per_hour(rate);
            }
        }
    }

    pub(super) fn pool_behaviours(&mut self, cluster: &Cluster) -> Vec<PoolBehaviour> {
        let world = &self.scenario.world;
        let fixed: Vec<&str> =
            cluster.pools.iter().filter(|p| p.kind.has_instances()).map(|p| p.name.as_str()).collect();
        for (name, group) in &world.groups {
            let path = format!("world.groups.{}", quoted(name));
            if name != "default" {
                self.must_be_one_of(&path, name, &fixed, "group of container instances");
            }
            let is_fixed = cluster.pools.iter().any(|p| p.name == *name && p.kind == PoolKind::Fixed);
            if group.launch.is_some() && is_fixed {
                let message = "launch belongs to Auto Scaling groups: these instances are simply there";
                self.error(&format!("{path}.launch"), message);
            }
            if group.spot_draining.is_some() && is_fixed {
                let message = "spotDraining belongs to Auto Scaling groups: these instances are not Spot";
                self.error(&format!("{path}.spotDraining"), message);
            }
            let is_scaled = cluster.pools.iter().any(|p| p.name == *name && p.kind == PoolKind::AutoScaling);
            if is_scaled && group.failure.as_ref().is_some_and(|failure| failure.repair.is_some()) {
                let message = "an Auto Scaling group replaces what fails; leave repair out";
                self.error(&format!("{path}.failure.repair"), message);
            }
        }
        self.spot_pools(cluster);
        let mut behaviours = Vec::with_capacity(cluster.pools.len());
        for pool in &cluster.pools {
            let own =
                world.groups.get_key_value(&pool.name).or_else(|| world.groups.get_key_value("default"));
            let launch = own.filter(|_| pool.kind == PoolKind::AutoScaling).and_then(|(name, group)| {
                self.opt_law(&format!("world.groups.{}.launch", quoted(name)), group.launch.as_ref())
            });
            let failure = own.filter(|_| pool.kind.has_instances()).and_then(|(name, group)| {
                let failure = group.failure.as_ref()?;
                Some(self.renewal(&format!("world.groups.{}.failure", quoted(name)), failure))
            });
            let spot = world.spot.get(&pool.name).filter(|_| pool.kind == PoolKind::FargateSpot);
            let interruption = spot.and_then(|spot| spot.interruption.as_ref()).map(|interruption| {
                self.law(&format!("world.spot.{}.interruption.every", pool.name), &interruption.every)
            });
            let hooks = own.filter(|_| pool.kind == PoolKind::AutoScaling);
            let hooks = hooks.map(|(name, group)| self.hooks(cluster, &pool.name, name, &group.hooks));
            let hooks = hooks.unwrap_or_default();
            let spot_draining = pool.kind == PoolKind::AutoScaling
                && own.is_some_and(|(_, group)| group.spot_draining.unwrap_or(false));
            behaviours.push(PoolBehaviour { failure, launch, interruption, hooks, spot_draining });
        }
        behaviours
    }

    /// Who completes the hooks of the group `pool`, as `world.groups.<entry>` says.
    fn hooks(
        &mut self,
        cluster: &Cluster,
        pool: &str,
        entry: &str,
        hooks: &BTreeMap<String, HookWorld>,
    ) -> BTreeMap<String, HookBehaviour> {
        let group = cluster.auto_scaling_groups.iter().find(|group| group.name == pool);
        let known = group.map(|group| Arc::clone(&group.settings.hooks)).unwrap_or_default();
        let names: Vec<&str> = known.iter().map(|hook| hook.name.as_str()).collect();
        let mut behaviours = BTreeMap::new();
        for (name, hook) in hooks {
            let path = format!("world.groups.{}.hooks.{}", quoted(entry), quoted(name));
            if entry != "default" {
                self.must_be_one_of(&path, name, &names, "lifecycle hook of the group");
            }
            let behaviour = HookBehaviour {
                completes_after: self.law(&format!("{path}.completesAfter"), &hook.completes_after),
                result: match hook.result {
                    None | Some(HookOutcome::Continue) => HookResult::Continue,
                    Some(HookOutcome::Abandon) => HookResult::Abandon,
                },
                heartbeats: hook.heartbeats,
            };
            behaviours.insert(name.clone(), behaviour);
        }
        behaviours
    }

    fn renewal(&mut self, path: &str, failure: &Failure) -> Renewal {
        Renewal {
            every: self.law(&format!("{path}.every"), &failure.every),
            repair: self.opt_law(&format!("{path}.repair"), failure.repair.as_ref()),
        }
    }

    pub(super) fn zone_failures(&mut self, cluster: &Cluster) -> Vec<Option<Renewal>> {
        let worlds = &self.scenario.world.zones;
        cluster
            .zones
            .iter()
            .map(|zone| {
                let own = worlds.get_key_value(&zone.name).or_else(|| worlds.get_key_value("default"));
                let (name, failure) = own.and_then(|(name, zone)| Some((name, zone.failure.as_ref()?)))?;
                Some(self.renewal(&format!("world.zones.{}.failure", quoted(name)), failure))
            })
            .collect()
    }

    pub(super) fn service_behaviours(&mut self, cluster: &Cluster) -> Vec<ServiceBehaviour> {
        let worlds = &self.scenario.world.services;
        let mut names: Vec<&str> = cluster.services.iter().map(|service| service.name.as_str()).collect();
        let later = self.scenario.timeline.iter().filter_map(|item| item.with.get("serviceName"));
        names.extend(later.filter_map(|name| name.as_str()));
        for name in worlds.keys() {
            let path = format!("world.services.{}", quoted(name));
            self.must_be_one_of(&path, name, &names, "service");
        }
        for service in &cluster.services {
            let wanted = service.settings.desired_count;
            let needs = worlds.get(&service.name).and_then(|world| world.needs).unwrap_or(0);
            if wanted > 0 && needs > wanted {
                let path = format!("world.services.{}.needs", quoted(&service.name));
                let message = format!(
                    "{needs} healthy tasks are needed and {wanted} are desired: it is not available unless it is scaled out"
                );
                self.warn(&path, message);
            }
        }
        let mut behaviours = Vec::with_capacity(cluster.services.len());
        for service in &cluster.services {
            let world = worlds.get(&service.name);
            behaviours.push(ServiceBehaviour {
                needs: world.and_then(|world| world.needs),
                serves_while_stopping: world.is_some_and(|world| world.serves_while_stopping),
                hooks: self.hook_scripts(cluster, service).into(),
            });
        }
        behaviours
    }
}

const MIB: f64 = 1_048_576.0;

fn mib_per_hour(rate: SizeRate) -> f64 {
    rate.0 / MIB
}

fn start_failure(reason: StartFailureReason) -> StartFailure {
    match reason {
        StartFailureReason::CannotPullContainerError => StartFailure::CannotPullContainer,
        StartFailureReason::CannotCreateContainerError => StartFailure::CannotCreateContainer,
        StartFailureReason::CannotStartContainerError => StartFailure::CannotStartContainer,
        StartFailureReason::ContainerRuntimeTimeoutError => StartFailure::ContainerRuntimeTimeout,
        StartFailureReason::ResourceInitializationError => StartFailure::ResourceInitialization,
    }
}
