//! Zones and container instances.

use std::collections::BTreeMap;

use super::files::{Columns, number};
use super::{Builder, make_true, nano_usd, quoted};
use crate::catalog::instance_types::{Architecture, InstanceType};
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{InstanceKind, Lifecycle, Market};
use crate::model::host_traits::{HostTraits, ImagePullBehavior};
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::task_definition::{CpuArchitecture, OperatingSystem};
use crate::model::{Change, Cluster, PoolId, Resources, ZoneId};
use crate::scenario::spec::{ContainerInstances, FaultName, NodeColumns, PullBehavior};

/// The version of the agent where the scenario names none: ours, later than any that a constraint asks for today.
const AGENT_VERSION: &str = "1.100.0";
const OS_TYPE: &str = "ecs.os-type";
const ARCHITECTURE: &str = "ecs.cpu-architecture";

/// What one instance registers.
struct Node {
    name: Option<String>,
    registered: Resources,
}

impl Builder<'_> {
    /// Zones in the order in which the file mentions them. Where no group of instances says what there is, or one is
    /// left to its default, the region's first three are there too: a fault in one zone leaves the others.
    pub(super) fn intern_zones(&mut self, cluster: &mut Cluster) {
        let scenario = self.scenario;
        let groups = &scenario.aws.container_instances;
        groups.iter().flat_map(|group| group.zones.iter().flatten()).for_each(|zone| {
            cluster.intern_zone(zone);
        });
        self.intern_group_zones(cluster);
        if cluster.zones.is_empty() || groups.iter().any(|group| group.zones.is_none()) {
            self.first_zones_of_region(cluster);
        }
        for (subnet, zone) in &scenario.world.subnets {
            let zone = cluster.intern_zone(zone);
            cluster.subnets.insert(subnet.clone(), zone);
        }
        scenario.world.zones.keys().filter(|zone| *zone != "default").for_each(|zone| {
            cluster.intern_zone(zone);
        });
        for item in scenario.timeline.iter().filter(|item| item.fault == Some(FaultName::ZoneOutage)) {
            if let Some(zone) = item.with.get("zone").and_then(|zone| zone.as_str()) {
                cluster.intern_zone(zone);
            }
        }
    }

    fn first_zones_of_region(&self, cluster: &mut Cluster) -> Vec<ZoneId> {
        let region = &self.scenario.world.region;
        ["a", "b", "c"].map(|letter| cluster.intern_zone(&format!("{region}{letter}"))).to_vec()
    }

    pub(super) fn container_instances(&mut self, cluster: &mut Cluster) {
        let groups = &self.scenario.aws.container_instances;
        for (index, group) in groups.iter().enumerate() {
            let path = format!("aws.containerInstances[{index}]");
            if ["FARGATE", "FARGATE_SPOT"].contains(&group.name.as_str()) || group.name.is_empty() {
                self.error(
                    &format!("{path}.name"),
                    "the name is empty or belongs to Fargate; choose another",
                );
                continue;
            }
            if groups[..index].iter().any(|other| other.name == group.name) {
                self.error(&format!("{path}.name"), format!("a second group named {:?}", group.name));
                continue;
            }
            let pool = cluster.intern_pool(&group.name, PoolKind::Fixed);
            self.one_group(cluster, group, pool, &path);
        }
    }

    fn one_group(&mut self, cluster: &mut Cluster, group: &ContainerInstances, pool: PoolId, path: &str) {
        let kind = match &group.instance_type {
            None => None,
            Some(name) => match self.instance_type(name, &format!("{path}.instanceType")) {
                Some(kind) => Some(kind),
                None => return,
            },
        };
        let nodes = match &group.csv {
            Some(file) => match self.nodes_of(group, file) {
                Ok(nodes) => nodes,
                Err(message) => return self.error(&format!("{path}.csv"), message),
            },
            None => {
                let registered = registered(group, kind, *cluster.parameters.os_mem_fraction());
                let names = group.names.as_deref().unwrap_or_default();
                let count = group.count.map_or(names.len().max(1), |count| count as usize);
                let is_default = |index: usize| names[index] == format!("{}-{}", group.name, index + 1);
                let name = |index: usize| names.get(index).filter(|_| !is_default(index)).cloned();
                (0..count).map(|index| Node { name: name(index), registered }).collect()
            }
        };
        let zones: Vec<_> = match &group.zones {
            Some(zones) => zones.iter().map(|zone| cluster.intern_zone(zone)).collect(),
            None => self.first_zones_of_region(cluster),
        };
        let price = match (group.usd_per_hour, kind) {
            (Some(usd), _) => nano_usd(usd),
            (None, Some(kind)) => {
                let at = format!("{path}.instanceType");
                let Some(price) = self.on_demand_needed(kind, &at, Some("usdPerHour")) else { return };
                price
            }
            (None, None) => 0,
        };
        let Some(agent_version) = self.agent_version(group, path) else { return };
        let traits = self.traits(group, kind, path);
        for (index, node) in nodes.into_iter().enumerate() {
            let zone = zones[index % zones.len()];
            let name = node.name.clone().unwrap_or_else(|| format!("{}-{}", group.name, index + 1));
            let mut attributes = attributes(group, kind);
            for (name, value) in cluster.attributes_of_zone(zone, traits.has_trunk.then_some(&name)) {
                attributes.entry(name).or_insert(value); // what the group says itself stays
            }
            let instance = ContainerInstance {
                agent_connected: true,
                agent_version: agent_version.clone(),
                host_ports: Vec::new(),
                ordinal: index as u32 + 1,
                pool,
                zone,
                instance_type: kind.map(|kind| kind.name.clone()),
                own_name: node.name,
                registered: node.registered,
                free: node.registered,
                status: InstanceStatus::Active,
                registered_at: SimTime::ZERO,
                incarnation: 0,
                lifecycle: Lifecycle::Fixed,
                market: Market::OnDemand,
                spot: Default::default(),
                launched_at: None,
                launch_version: 0,
                in_service_at: None,
                billed_since: Some(SimTime::ZERO),
                protected_from_scale_in: false,
                termination: None,
                price_nano_usd_per_hour: price,
                traits: traits.clone(),
                attributes,
                tasks: Vec::new(),
            };
            make_true(cluster, &Change::InstanceRegistered(Box::new(instance)));
        }
    }

    fn agent_version(&mut self, group: &ContainerInstances, path: &str) -> Option<Vec<u64>> {
        let given = group.agent_version.as_deref();
        let version = version_of(given.unwrap_or(AGENT_VERSION));
        if version.is_none() {
            let message = format!(
                "{:?} is no version of the agent, numbers with dots such as {AGENT_VERSION}",
                given.unwrap_or_default()
            );
            self.error(&format!("{path}.agentVersion"), message);
        }
        version
    }

    /// What an Auto Scaling group launches, told like a group of instances that are simply there; `key` is where its
    /// type stands.
    pub(super) fn kind_of_instance(
        &mut self,
        cluster: &Cluster,
        like: &ContainerInstances,
        path: &str,
        key: &str,
    ) -> Option<InstanceKind> {
        let at = format!("{path}.{key}");
        let kind = self.instance_type(like.instance_type.as_deref()?, &at)?;
        let on_demand_nano_usd_per_hour = self.on_demand_needed(kind, &at, None)?;
        let kind = Some(kind);
        Some(InstanceKind {
            instance_type: kind.map(|kind| kind.name.clone()),
            registered: registered(like, kind, *cluster.parameters.os_mem_fraction()),
            traits: self.traits(like, kind, path),
            agent_version: self.agent_version(like, path)?,
            on_demand_nano_usd_per_hour,
            attributes: attributes(like, kind),
        })
    }

    fn nodes_of(&mut self, group: &ContainerInstances, file: &str) -> Result<Vec<Node>, String> {
        let Some(NodeColumns { name, cpu, memory, gpu }) = &group.columns else { return Ok(Vec::new()) };
        let units = group.units.unwrap_or_default();
        let wanted = [name.as_deref(), Some(cpu.as_str()), Some(memory.as_str()), gpu.as_deref()];
        let first = group.first.unwrap_or(u32::MAX) as usize;
        let mut nodes = Vec::new();
        let mut blank = 0;
        Columns::open(self.document, file, &wanted)?.rows(|_, cells| {
            let (Some(cpu_cell), Some(memory_cell)) = (cells[1], cells[2]) else { return Ok(true) };
            if cpu_cell.is_empty() || memory_cell.is_empty() {
                blank += 1;
                return Ok(true);
            }
            let gpus =
                cells[3].filter(|cell| !cell.is_empty()).map_or(Ok(0.0), |cell| number("gpu", cell))?;
            let size = |value: f64, what: &str| {
                if value > 1e9 {
                    Err(format!("{what} {value} is more than any machine has"))
                } else {
                    Ok(value as u32)
                }
            };
            nodes.push(Node {
                name: cells[0].filter(|cell| !cell.is_empty()).map(str::to_owned),
                registered: Resources {
                    cpu: size(cpu_units(number(cpu, cpu_cell)?, units.cpu.per_vcpu()), "cpu")?,
                    memory_mib: size(
                        mib(number(memory, memory_cell)?, units.memory.bytes(), false),
                        "memory",
                    )?,
                    gpus: size(gpus, "gpu")?,
                },
            });
            Ok(nodes.len() < first)
        })?;
        if blank > 0 {
            self.notes
                .0
                .push(format!("{}: {blank} rows of `{file}` have a blank cell and are left out", group.name));
        }
        Ok(nodes)
    }
}

/// The numbers of a version (CQL-3).
fn version_of(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

impl Builder<'_> {
    /// CON-20, PLC-2: what an instance of the group offers beside its size.
    fn traits(&mut self, group: &ContainerInstances, kind: Option<&InstanceType>, path: &str) -> HostTraits {
        let trunking = self.trunking;
        if trunking
            && kind.is_some_and(|kind| kind.trunk_task_enis.is_none())
            && group.awsvpc_task_limit.is_none()
        {
            let message =
                "instances of this type have no trunk interface: awsvpcTrunking changes nothing for them";
            self.warn(&format!("{path}.instanceType"), message);
        }
        for (index, name) in group.lacking_capabilities.iter().enumerate() {
            let is_capability =
                |prefix: &&str| name.strip_prefix(*prefix).is_some_and(|rest| !rest.is_empty());
            if !["ecs.capability.", "com.amazonaws.ecs.capability."].iter().any(is_capability) {
                let message =
                    format!("{name:?} is no capability: they are named ecs.capability.… (table 5b)");
                self.error(&format!("{path}.lackingCapabilities[{index}]"), message);
            }
        }
        for fixed in ["ecs.availability-zone", "ecs.instance-type"] {
            if group.attributes.contains_key(fixed) {
                let message = "zones and instanceType say this attribute";
                self.error(&format!("{path}.attributes.{}", quoted(fixed)), message);
            }
        }
        let architecture = self.one_of_two(
            (group, path, ARCHITECTURE),
            [("x86_64", CpuArchitecture::X86_64), ("arm64", CpuArchitecture::Arm64)],
        );
        let of_type = kind.map(|kind| match kind.architecture {
            Architecture::Arm64 | Architecture::Arm64Mac => CpuArchitecture::Arm64,
            Architecture::X86_64 | Architecture::X86_64Mac => CpuArchitecture::X86_64,
        });
        let system = self.one_of_two(
            (group, path, OS_TYPE),
            [("linux", OperatingSystem::Linux), ("windows", OperatingSystem::Windows)],
        );
        HostTraits {
            architecture: architecture.or(of_type),
            operating_system: Some(system.unwrap_or(OperatingSystem::Linux)),
            lacking_capabilities: group.lacking_capabilities.clone(),
            image_pull: match group.image_pull_behavior.unwrap_or_default() {
                PullBehavior::Default => ImagePullBehavior::Default,
                PullBehavior::Always => ImagePullBehavior::Always,
                PullBehavior::Once => ImagePullBehavior::Once,
                PullBehavior::PreferCached => ImagePullBehavior::PreferCached,
            },
            awsvpc_task_limit: group
                .awsvpc_task_limit
                .or_else(|| kind.map(|kind| kind.awsvpc_task_limit(trunking))),
            awsvpc_tasks: 0,
            has_trunk: trunking && kind.is_some_and(|kind| kind.trunk_task_enis.is_some()),
        }
    }

    /// A built-in attribute that the group sets itself.
    fn one_of_two<T: Copy>(
        &mut self,
        (group, path, name): (&ContainerInstances, &str, &str),
        values: [(&str, T); 2],
    ) -> Option<T> {
        let given = group.attributes.get(name)?;
        let found = values.iter().find(|(value, _)| Some(*value) == given.as_deref());
        if found.is_none() {
            let message = format!("{name} is {} or {}", values[0].0, values[1].0);
            self.error(&format!("{path}.attributes.{}", quoted(name)), message);
        }
        found.map(|(_, value)| *value)
    }
}

/// CPU units of a number of shares of a vCPU, rounded up.
pub(super) fn cpu_units(value: f64, per_vcpu: u32) -> f64 {
    (value * 1024.0 / f64::from(per_vcpu)).ceil()
}

/// MiB of a number of `bytes`-sized pieces: rounded up for what is asked, down for what is there.
pub(super) fn mib(value: f64, bytes: u64, up: bool) -> f64 {
    let exact = value * bytes as f64 / 1_048_576.0;
    if up { exact.ceil() } else { exact.floor() }
}

/// INS-2: all vCPUs, and of the nominal memory what the operating system sees.
fn registered(group: &ContainerInstances, kind: Option<&InstanceType>, os_mem_fraction: f64) -> Resources {
    match (group.resources, kind) {
        (Some(given), _) => Resources { cpu: given.cpu, memory_mib: given.memory, gpus: given.gpu },
        (None, Some(kind)) => Resources {
            cpu: kind.vcpus * 1024,
            memory_mib: (f64::from(kind.memory_mib) * os_mem_fraction).floor() as u32,
            gpus: kind.gpus,
        },
        (None, None) => Resources::default(),
    }
}

/// The built-in attributes that do not depend on the zone, as far as they are known (table 5b), and the group's own over
/// them.
fn attributes(group: &ContainerInstances, kind: Option<&InstanceType>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut known = |name: &str, value: &str| all.insert(name.to_owned(), value.to_owned());
    known(OS_TYPE, "linux");
    known("ecs.os-family", "LINUX");
    if let Some(kind) = kind {
        known("ecs.instance-type", &kind.name);
        known(ARCHITECTURE, kind.architecture.name());
    }
    if group.attributes.get(OS_TYPE).is_some_and(|system| system.as_deref() == Some("windows")) {
        all.remove("ecs.os-family"); // which Windows it is, only an attribute of its own can say
    }
    all.extend(
        group.attributes.iter().map(|(name, value)| (name.clone(), value.clone().unwrap_or_default())),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instance_types::InstanceTypes;

    /// INS-2: m5.large has 2 vCPUs and 8,192 MiB, of which the system sees 8192 × 0.97 = 7946.24.
    #[test]
    fn an_instance_registers_1024_units_a_vcpu_and_the_memory_its_system_sees() {
        let group = serde_json::json!({ "name": "fixed", "count": 1, "instanceType": "m5.large" });
        let group: ContainerInstances = serde_json::from_value(group).unwrap();
        assert_eq!(
            registered(&group, InstanceTypes::built_in().get("m5.large"), 0.97),
            Resources::new(2048, 7946)
        );
    }
}
