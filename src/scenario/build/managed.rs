//! ECS Managed Instances: which types and zones a capacity provider launches in (MI-1).

use regex::Regex;

use super::{Builder, make_true};
use crate::aws::CreateAutoScalingGroup;
use crate::aws::capacity_provider::{
    CpuManufacturer, Inclusion, InstanceRequirementsRequest, ManagedInstancesProvider,
};
use crate::catalog::instance_types::{Architecture, InstanceType};
use crate::engine::api::{auto_scaling_group, capacity_provider};
use crate::model::auto_scaling_group::{InstanceKind, Market};
use crate::model::instance::PoolKind;
use crate::model::managed_instances::LIFETIME;
use crate::model::{AutoScalingGroupId, Change, Cluster, ZoneId};
use crate::scenario::spec::ContainerInstances;

/// Whether a type is one that ECS may launch.
type TypeTest = Box<dyn Fn(&InstanceType) -> bool>;

/// A group that nobody owns has no MaxSize.
const NO_LIMIT: u32 = 100_000;

impl Builder<'_> {
    /// The provider, and the group that stands behind it under the same name.
    pub(super) fn managed_instances(
        &mut self,
        cluster: &mut Cluster,
        name: &str,
        given: &ManagedInstancesProvider,
        path: &str,
    ) {
        let field = format!("{path}.managedInstancesProvider");
        if cluster.pool_named(name).is_some() {
            let message = format!("a group or provider named {name:?} is there already");
            return self.error(&format!("{path}.name"), message);
        }
        let template = format!("{field}.instanceLaunchTemplate");
        let zones = self.zones_of_subnets(cluster, given, &template);
        let kinds = self.managed_kinds(cluster, name, given, &template);
        if zones.is_empty() || kinds.is_empty() {
            return; // told already
        }
        let pool = cluster.intern_pool(name, PoolKind::AutoScaling);
        self.capacity_pools(cluster, &kinds, &zones);
        let like = CreateAutoScalingGroup {
            auto_scaling_group_name: name.to_owned(),
            max_size: NO_LIMIT,
            max_instance_lifetime: Some((LIFETIME.0 / 1000) as u32),
            ..CreateAutoScalingGroup::default()
        };
        let id = AutoScalingGroupId(cluster.auto_scaling_groups.len() as u16);
        let made = auto_scaling_group::create(cluster, &like, pool, kinds.into(), zones)
            .and_then(|group| Ok((group, capacity_provider::create_managed(cluster, name, given, id)?)));
        match made {
            Ok((mut group, provider)) => {
                if provider.managed_instances.is_some_and(|managed| managed.market == Market::Spot) {
                    group.settings.distribution.on_demand_percentage_above_base_capacity = 0;
                }
                make_true(cluster, &Change::AutoScalingGroupCreated(Box::new(group)));
                make_true(cluster, &Change::CapacityProviderCreated(Box::new(provider)));
            }
            Err(error) => self.api_error(path, &error),
        }
    }

    fn zones_of_subnets(
        &mut self,
        cluster: &Cluster,
        given: &ManagedInstancesProvider,
        template: &str,
    ) -> Vec<ZoneId> {
        let mut zones = Vec::new();
        for (index, subnet) in given.instance_launch_template.network_configuration.subnets.iter().enumerate()
        {
            match cluster.subnets.get(subnet) {
                Some(zone) if !zones.contains(zone) => zones.push(*zone),
                Some(_) => {}
                None => {
                    let at = format!("{template}.networkConfiguration.subnets[{index}]");
                    let message =
                        format!("the zone of subnet {subnet:?} is not known: say it under world.subnets");
                    self.error(&at, message);
                }
            }
        }
        zones
    }

    /// What ECS may launch, the cheapest first: general-purpose types unless the provider says more (MI-1). A type of which
    /// no price is known is left out.
    fn managed_kinds(
        &mut self,
        cluster: &Cluster,
        name: &str,
        given: &ManagedInstancesProvider,
        template: &str,
    ) -> Vec<InstanceKind> {
        let requirements = given.instance_launch_template.instance_requirements.as_ref();
        let at = format!("{template}.instanceRequirements");
        let Some(wanted) = self.wanted_types(requirements, &at) else { return Vec::new() };
        let tables = self.tables;
        let mut types: Vec<(u64, &InstanceType)> = tables
            .types
            .all()
            .iter()
            .filter(|kind| !kind.architecture.is_mac() && wanted(kind))
            .filter_map(|kind| Some((self.on_demand(kind)?, kind)))
            .collect();
        types.sort_by_key(|(price, kind)| (*price, kind.name.clone()));
        if types.is_empty() {
            let place = if requirements.is_some() { &at } else { template };
            self.error(place, "no instance type with a known price meets these requirements");
        }
        let kinds = types.into_iter().filter_map(|(_, kind)| {
            let like = ContainerInstances {
                name: name.to_owned(),
                instance_type: Some(kind.name.to_string()),
                ..ContainerInstances::default()
            };
            self.kind_of_instance(cluster, &like, template, "instanceRequirements")
        });
        kinds.collect()
    }

    /// The test of a type that the requirements stand for; none if they cannot be met by any, which is then told.
    fn wanted_types(&mut self, given: Option<&InstanceRequirementsRequest>, at: &str) -> Option<TypeTest> {
        let Some(given) = given.cloned() else {
            return Some(Box::new(|kind| is_general_purpose(kind) && kind.gpus == 0));
        };
        if given.allowed_instance_types.is_some() && given.excluded_instance_types.is_some() {
            let message = "allowedInstanceTypes and excludedInstanceTypes cannot both be given";
            self.error(&format!("{at}.allowedInstanceTypes"), message);
            return None;
        }
        let allowed =
            self.patterns(given.allowed_instance_types.as_deref(), &format!("{at}.allowedInstanceTypes"))?;
        let excluded =
            self.patterns(given.excluded_instance_types.as_deref(), &format!("{at}.excludedInstanceTypes"))?;
        Some(Box::new(move |kind| {
            let named = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(&kind.name));
            let burstable = match given.burstable_performance.unwrap_or(Inclusion::Excluded) {
                Inclusion::Included => true,
                Inclusion::Excluded => !is_burstable(kind) || !allowed.is_empty() && named(&allowed),
                Inclusion::Required => is_burstable(kind),
            };
            let makers = given.cpu_manufacturers.as_ref();
            given.v_cpu_count.is_none_or(|range| range.holds(kind.vcpus))
                && given.memory_mib.is_none_or(|range| range.holds(kind.memory_mib))
                && given.accelerator_count.map_or(kind.gpus == 0, |range| range.holds(kind.gpus))
                && makers.is_none_or(|makers| makers.contains(&maker_of(kind)))
                && burstable
                && (allowed.is_empty() || named(&allowed))
                && !named(&excluded)
        }))
    }

    /// Names of types with `*` for anything; a name without one must be that of a type.
    fn patterns(&mut self, given: Option<&[String]>, at: &str) -> Option<Vec<Regex>> {
        let mut patterns = Vec::new();
        for (index, name) in given.unwrap_or(&[]).iter().enumerate() {
            if !name.contains('*') {
                self.instance_type(name, &format!("{at}[{index}]"))?;
            }
            let pattern = format!("^{}$", regex::escape(name).replace(r"\*", ".*"));
            patterns.push(Regex::new(&pattern).ok()?);
        }
        Some(patterns)
    }
}

/// A family of the series M, such as `m7i`.
fn is_general_purpose(kind: &InstanceType) -> bool {
    begins_with_series(kind, 'm')
}

/// A family of the series T, such as `t3`.
fn is_burstable(kind: &InstanceType) -> bool {
    begins_with_series(kind, 't')
}

fn begins_with_series(kind: &InstanceType, series: char) -> bool {
    let mut letters = kind.family().chars();
    letters.next() == Some(series) && letters.next().is_some_and(|next| next.is_ascii_digit())
}

/// AWS names the maker of the processor in the family, behind its generation: `m7g`, `m7a`, `m7i`; older ones are Intel's.
fn maker_of(kind: &InstanceType) -> CpuManufacturer {
    let behind = kind.family().trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    match kind.architecture {
        Architecture::Arm64 => CpuManufacturer::AmazonWebServices,
        _ if behind.trim_start_matches(|digit: char| digit.is_ascii_digit()).starts_with('a') => {
            CpuManufacturer::Amd
        }
        _ => CpuManufacturer::Intel,
    }
}
