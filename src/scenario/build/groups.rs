//! Auto Scaling groups and capacity providers: what they launch, and what is there at time zero.

use std::sync::Arc;

use super::{Builder, make_true};
use crate::aws::CreateAutoScalingGroup;
use crate::aws::auto_scaling_group::{GroupInstance, GroupInstanceResources, LaunchTemplateOverrides};
use crate::engine::api::{auto_scaling_group, capacity_provider};
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{InstanceKind, Lifecycle, Market};
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::{AutoScalingGroupId, Change, Cluster, Resources, ZoneId};
use crate::policy::capacity::purchase::{self, Purchase};
use crate::scenario::spec::{Call, ContainerInstances, StartState};

impl Builder<'_> {
    /// The zones that groups name, noted before those of services.
    pub(super) fn intern_group_zones(&mut self, cluster: &mut Cluster) {
        for group in &self.scenario.aws.auto_scaling_groups {
            group.availability_zones.iter().flatten().for_each(|zone| {
                cluster.intern_zone(zone);
            });
        }
        for item in
            self.scenario.timeline.iter().filter(|item| item.call == Some(Call::UpdateAutoScalingGroup))
        {
            let named = item.with.get("AvailabilityZones").and_then(|zones| zones.as_array());
            named.into_iter().flatten().filter_map(|zone| zone.as_str()).for_each(|zone| {
                cluster.intern_zone(zone);
            });
        }
    }

    pub(super) fn auto_scaling_groups(&mut self, cluster: &mut Cluster) {
        for (index, input) in self.scenario.aws.auto_scaling_groups.iter().enumerate() {
            let path = format!("aws.autoScalingGroups[{index}]");
            let name = &input.auto_scaling_group_name;
            if cluster.pool_named(name).is_some() {
                let message = format!("a second group named {name:?}");
                self.error(&format!("{path}.AutoScalingGroupName"), message);
                continue;
            }
            let kinds = self.kinds(cluster, input, &path);
            let zones = self.zones_of_group(cluster, input, &path);
            let pool = cluster.intern_pool(name, PoolKind::AutoScaling);
            self.capacity_pools(cluster, &kinds, &zones);
            match auto_scaling_group::create(cluster, input, pool, kinds.into(), zones) {
                Ok(group) => {
                    make_true(cluster, &Change::AutoScalingGroupCreated(Box::new(group)));
                    let id = AutoScalingGroupId((cluster.auto_scaling_groups.len() - 1) as u16);
                    if let Some(instances) = &input.instances {
                        self.instances_of_group(cluster, id, instances, &path);
                    } else if self.scenario.start == StartState::Settled {
                        settle(cluster, id);
                    }
                }
                Err(error) => self.api_error(&path, &error),
            }
        }
    }

    pub(super) fn capacity_providers(&mut self, cluster: &mut Cluster) {
        for (index, input) in self.scenario.aws.capacity_providers.iter().enumerate() {
            let managed = input.managed_instances_provider.as_ref();
            if let Some(given) = managed.filter(|_| input.auto_scaling_group_provider.is_none()) {
                self.managed_instances(
                    cluster,
                    &input.name,
                    given,
                    &format!("aws.capacityProviders[{index}]"),
                );
                continue;
            }
            match capacity_provider::create(cluster, input) {
                Ok(provider) => make_true(cluster, &Change::CapacityProviderCreated(Box::new(provider))),
                Err(error) => self.api_error(&format!("aws.capacityProviders[{index}]"), &error),
            }
        }
    }

    /// What the group launches: the one type it names, or those of its mixed instances policy, in their order.
    fn kinds(&mut self, cluster: &Cluster, input: &CreateAutoScalingGroup, path: &str) -> Vec<InstanceKind> {
        let mut named: Vec<(&str, String)> = Vec::new();
        if let Some(policy) = &input.mixed_instances_policy {
            let overrides =
                policy.launch_template.iter().flat_map(|template| template.overrides.iter().flatten());
            for (index, one) in overrides.enumerate() {
                let key = format!("MixedInstancesPolicy.LaunchTemplate.Overrides[{index}]");
                self.check_override(one, &format!("{path}.{key}"));
                if let Some(name) = &one.instance_type {
                    named.push((name, format!("{key}.InstanceType")));
                }
            }
            let price = policy.instances_distribution.as_ref().and_then(|of| of.spot_max_price.as_ref());
            if price.is_some() {
                let key = "MixedInstancesPolicy.InstancesDistribution.SpotMaxPrice";
                self.warn(
                    &format!("{path}.{key}"),
                    "the Spot price keeps nobody from launching here, whatever the most to pay",
                );
            }
        }
        match &input.instance_type {
            Some(name) if named.is_empty() => named.push((name, "InstanceType".to_owned())),
            Some(_) => {
                let message = "ValidationError: the overrides of MixedInstancesPolicy say what the group launches; leave InstanceType out";
                self.error(&format!("{path}.InstanceType"), message);
            }
            None => {}
        }
        if named.is_empty() {
            let message = "the group needs an InstanceType, or a MixedInstancesPolicy with Overrides: a launch template alone \
                           does not say what it launches";
            self.error(path, message);
        }
        let kinds = named.into_iter().filter_map(|(name, key)| {
            let like = ContainerInstances {
                name: input.auto_scaling_group_name.clone(),
                instance_type: Some(name.to_owned()),
                ..ContainerInstances::default()
            };
            self.kind_of_instance(cluster, &like, path, &key)
        });
        kinds.collect()
    }

    /// ASG-9: what an override of a mixed instances policy cannot have.
    fn check_override(&mut self, one: &LaunchTemplateOverrides, path: &str) {
        if one.weighted_capacity.as_ref().is_some_and(|weight| weight != "1") {
            let message =
                "weights do not go with ECS capacity providers: every instance counts as one (ASG-9)";
            self.error(&format!("{path}.WeightedCapacity"), message);
        }
        if one.instance_type.is_none() {
            let message = "an override needs an InstanceType: neither InstanceRequirements nor another launch template says \
                           which type it launches";
            self.error(path, message);
        }
    }

    /// What an instance type stands for in this group.
    pub(super) fn kind_of_type(
        &mut self,
        cluster: &Cluster,
        group: &str,
        instance_type: &str,
        path: &str,
    ) -> Vec<InstanceKind> {
        let like = ContainerInstances {
            name: group.to_owned(),
            instance_type: Some(instance_type.to_owned()),
            ..ContainerInstances::default()
        };
        self.kind_of_instance(cluster, &like, path, "InstanceType").into_iter().collect()
    }

    /// The instances that the group is said to have at time zero, under their own names.
    fn instances_of_group(
        &mut self,
        cluster: &mut Cluster,
        id: AutoScalingGroupId,
        instances: &[GroupInstance],
        path: &str,
    ) {
        for (index, given) in instances.iter().enumerate() {
            let path = format!("{path}.Instances[{index}]");
            if let Some(state) = given.lifecycle_state.as_deref().filter(|state| *state != "InService") {
                let message = format!("{} is {state}, not InService: it is left out", given.instance_id);
                self.warn(&format!("{path}.LifecycleState"), message);
                continue;
            }
            if cluster.instance_named(&given.instance_id).is_some() {
                let message = format!("a second instance named {:?}", given.instance_id);
                self.error(&format!("{path}.InstanceId"), message);
                continue;
            }
            let group = cluster.auto_scaling_group(id);
            let kinds = Arc::clone(&group.settings.kinds);
            let of_type = |kind: &&InstanceKind| {
                given.instance_type.is_none()
                    || kind.instance_type.as_deref() == given.instance_type.as_deref()
            };
            let name = group.name.clone();
            let kind = match (kinds.iter().find(of_type), &given.instance_type) {
                (Some(kind), _) => kind.clone(),
                (None, Some(other)) => {
                    let Some(kind) = self.kind_of_type(cluster, &name, other, &path).into_iter().next()
                    else {
                        continue;
                    };
                    kind
                }
                (None, None) => continue, // the group without a type is refused already
            };
            let zone = cluster.intern_zone(&given.availability_zone);
            let mut instance = cluster.instance_of_group(id, &kind, zone, SimTime::ZERO);
            if given.spot == Some(true) {
                instance = instance.bought_as_spot(cluster.spot_price(id, &kind, zone));
            }
            // One that the simulator has named itself keeps its number, so that no later one gets it.
            let numbered = given.instance_id.strip_prefix(&format!("{name}-"));
            match numbered.and_then(|number| number.parse().ok()).filter(|number| *number > 0) {
                Some(number) => instance.ordinal = number,
                None => instance.own_name = Some(given.instance_id.clone()),
            }
            if let Some(registered) = given.registered {
                let GroupInstanceResources { cpu, memory, gpu } = registered;
                instance.registered = Resources { cpu, memory_mib: memory, gpus: gpu };
                instance.free = instance.registered;
            }
            let attributes = given.attributes.iter();
            instance
                .attributes
                .extend(attributes.map(|(name, value)| (name.clone(), value.clone().unwrap_or_default())));
            instance.protected_from_scale_in =
                given.protected_from_scale_in.unwrap_or(instance.protected_from_scale_in);
            make_true(cluster, &Change::InstanceLaunched(Box::new(in_service(instance))));
        }
    }

    fn zones_of_group(
        &mut self,
        cluster: &mut Cluster,
        input: &CreateAutoScalingGroup,
        path: &str,
    ) -> Vec<ZoneId> {
        let zones = input.availability_zones.iter().flatten();
        let mut zones: Vec<ZoneId> = zones.map(|zone| cluster.intern_zone(zone)).collect();
        for subnet in input.vpc_zone_identifier.iter().flat_map(|subnets| subnets.split(',')) {
            match cluster.subnets.get(subnet.trim()) {
                Some(zone) => zones.push(*zone),
                None if input.availability_zones.is_some() => {}
                None => {
                    let message = format!(
                        "the zone of subnet {subnet:?} is not known: say it under world.subnets, or give AvailabilityZones"
                    );
                    self.error(&format!("{path}.VPCZoneIdentifier"), message);
                }
            }
        }
        let mut once = Vec::new();
        zones.into_iter().for_each(|zone| {
            if !once.contains(&zone) {
                once.push(zone);
            }
        });
        once
    }
}

/// An instance that its group holds in service at time zero.
fn in_service(mut instance: ContainerInstance) -> ContainerInstance {
    instance.lifecycle = Lifecycle::InService;
    instance.status = InstanceStatus::Active;
    instance.agent_connected = true;
    instance.launched_at = None;
    instance.billed_since = Some(SimTime::ZERO);
    instance
}

/// `start: settled`: the group holds its desired capacity in service.
fn settle(cluster: &mut Cluster, id: AutoScalingGroupId) {
    for _ in 0..cluster.auto_scaling_group(id).desired_capacity {
        let wanted = cluster.auto_scaling_group(id).desired_capacity;
        let Some(Purchase { market, zone, kind }) = purchase::next(cluster, id, (wanted, 0), SimTime::ZERO)
        else {
            return;
        };
        let kinds = Arc::clone(&cluster.auto_scaling_group(id).settings.kinds);
        let Some(kind) = kinds.get(kind) else { return };
        let mut instance = cluster.instance_of_group(id, kind, zone, SimTime::ZERO);
        if market == Market::Spot {
            instance = instance.bought_as_spot(cluster.spot_price(id, kind, zone));
        }
        make_true(cluster, &Change::InstanceLaunched(Box::new(in_service(instance))));
    }
}
