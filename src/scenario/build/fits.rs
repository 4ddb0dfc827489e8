//! What placement can never do, told before the run.

use super::Builder;
use crate::engine::setup::{Arrivals, CallerBehaviour, World};
use crate::model::host_port;
use crate::model::instance::ContainerInstance;
use crate::model::reason::Refusal;
use crate::model::task::CapacityChoice;
use crate::model::{Cluster, Resources, TaskDefinitionId, ZoneId};
use crate::policy::placement::requirements::Requirements;

impl Builder<'_> {
    /// F29: a task that no instance can ever hold.
    pub(super) fn warn_of_what_never_fits(&mut self, cluster: &Cluster, world: &World) {
        for (index, service) in cluster.services.iter().enumerate() {
            let (path, settings) = (format!("aws.services[{index}]"), &service.settings);
            if let Some(definition) = settings.task_definition.filter(|_| settings.desired_count > 0) {
                self.warn_if_too_large(cluster, &path, definition, &settings.capacity);
                self.warn_if_kept_out(
                    cluster,
                    &path,
                    definition,
                    &settings.capacity,
                    settings.zones.as_deref(),
                );
            }
        }
        for (index, behaviour) in world.callers.iter().enumerate() {
            let Some(behaviour) = behaviour else { continue };
            let path = format!("world.runs[{index}]");
            let zones = behaviour.zones.as_deref();
            self.warn_if_kept_out(cluster, &path, behaviour.task_definition, &behaviour.capacity, zones);
            if !has_own_sizes(behaviour) {
                self.warn_if_too_large(cluster, &path, behaviour.task_definition, &behaviour.capacity);
            }
        }
    }

    fn warn_if_too_large(
        &mut self,
        cluster: &Cluster,
        path: &str,
        definition: TaskDefinitionId,
        capacity: &[CapacityChoice],
    ) {
        let definition = cluster.task_definition(definition);
        let on_instances = capacity.iter().any(|choice| choice.capacity.is_on_instances());
        let there = cluster.instances.iter().map(|(_, instance)| instance.registered);
        let groups = cluster.auto_scaling_groups.iter().flat_map(|group| group.settings.kinds.iter());
        let registered: Vec<Resources> = there.chain(groups.map(|kind| kind.registered)).collect();
        if !on_instances {
            return;
        }
        let has_room = registered.iter().any(|instance| instance.covers(definition.reserved));
        let ports_are_there = host_port::are_free(&[], &definition.host_ports);
        if has_room && !ports_are_there {
            let message = format!(
                "the tasks of {} are never placed: they take a port that every container instance keeps for itself, or more than 94 ports ({}; INS-3, CON-18)",
                definition.name(),
                Refusal::Ports
            );
            self.warn(&format!("{path}.taskDefinition"), message);
        }
        if has_room {
            return;
        }
        let (name, why) = (definition.name(), what_is_short(&registered, definition.reserved));
        self.warn(&format!("{path}.taskDefinition"), format!("the tasks of {name} are never placed: {why}"));
    }

    /// PLC-2: zone, platform or network interfaces keep its tasks off every instance.
    fn warn_if_kept_out(
        &mut self,
        cluster: &Cluster,
        path: &str,
        definition: TaskDefinitionId,
        capacity: &[CapacityChoice],
        zones: Option<&[ZoneId]>,
    ) {
        let definition = cluster.task_definition(definition);
        let on_instances = capacity.iter().any(|choice| choice.capacity.is_on_instances());
        let mut left: Vec<&ContainerInstance> =
            cluster.instances.iter().map(|(_, instance)| instance).collect();
        if !on_instances || left.is_empty() {
            return;
        }
        let requirements = Requirements::of(definition, zones);
        left.retain(|instance| requirements.are_in_zone(instance.zone));
        let why = if left.is_empty() {
            Some(("no container instance is in a zone of their subnets", Refusal::Location, "CON-21"))
        } else {
            left.retain(|instance| requirements.fit_platform(&instance.traits));
            let has_interface =
                |instance: &&ContainerInstance| instance.traits.free_interfaces() >= requirements.interfaces;
            if left.is_empty() {
                let what = "no container instance there has the platform and capabilities that they need";
                Some((what, Refusal::Attribute, "PLC-2"))
            } else {
                let what = "no container instance that could run them has a network interface for them";
                (!left.iter().any(has_interface)).then_some((what, Refusal::Eni, "CON-20"))
            }
        };
        if let Some((what, reason, rule)) = why {
            let message =
                format!("the tasks of {} are never placed: {what} ({reason}; {rule})", definition.name());
            self.warn(&format!("{path}.taskDefinition"), message);
        }
    }
}

/// Whether its tasks may be of another size than the task definition says.
fn has_own_sizes(behaviour: &CallerBehaviour) -> bool {
    let of_a_row = match &behaviour.arrivals {
        Arrivals::Rows(rows) => {
            rows.iter().any(|row| row.cpu.is_some() || row.memory_mib.is_some() || row.gpus.is_some())
        }
        Arrivals::Every(_) | Arrivals::Rate(_) => false,
    };
    behaviour.cpu.is_some() || behaviour.memory_mib.is_some() || of_a_row
}

/// The resources of which no instance has enough, each with the reason that `unplaced.csv` will give.
fn what_is_short(registered: &[Resources], demand: Resources) -> String {
    if registered.is_empty() {
        return format!("there is no container instance ({})", Refusal::NoInstances);
    }
    let dimensions = [
        (demand.cpu, registered.iter().map(|instance| instance.cpu).max(), "CPU units", Refusal::Cpu),
        (
            demand.memory_mib,
            registered.iter().map(|instance| instance.memory_mib).max(),
            "MiB of memory",
            Refusal::Memory,
        ),
        (demand.gpus, registered.iter().map(|instance| instance.gpus).max(), "GPUs", Refusal::Gpu),
    ];
    let short: Vec<String> = dimensions
        .into_iter()
        .filter(|(demand, most, ..)| most.is_some_and(|most| *demand > most))
        .map(|(demand, most, unit, reason)| {
            format!(
                "each reserves {demand} {unit} and the largest container instance has {} ({reason})",
                most.unwrap_or(0)
            )
        })
        .collect();
    if short.is_empty() {
        let Resources { cpu, memory_mib, gpus } = demand;
        return format!(
            "no container instance has {cpu} CPU units, {memory_mib} MiB of memory and {gpus} GPUs together"
        );
    }
    short.join("; ")
}
