//! Auto Scaling groups and capacity providers: what they launch, and what is there at time zero.

use std::sync::Arc;

use super::{Builder, make_true};
use crate::aws::CreateAutoScalingGroup;
use crate::engine::api::{auto_scaling_group, capacity_provider};
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{InstanceKind, Lifecycle};
use crate::model::instance::{InstanceStatus, PoolKind};
use crate::model::{AutoScalingGroupId, Change, Cluster, ZoneId};
use crate::policy::capacity::zones::launch_order;
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
            match auto_scaling_group::create(cluster, input, pool, kinds.into(), zones) {
                Ok(group) => {
                    make_true(cluster, &Change::AutoScalingGroupCreated(Box::new(group)));
                    let id = AutoScalingGroupId((cluster.auto_scaling_groups.len() - 1) as u16);
                    if self.scenario.start == StartState::Settled {
                        settle(cluster, id);
                    }
                }
                Err(error) => self.api_error(&path, &error),
            }
        }
    }

    pub(super) fn capacity_providers(&mut self, cluster: &mut Cluster) {
        for (index, input) in self.scenario.aws.capacity_providers.iter().enumerate() {
            match capacity_provider::create(cluster, input) {
                Ok(provider) => make_true(cluster, &Change::CapacityProviderCreated(Box::new(provider))),
                Err(error) => self.api_error(&format!("aws.capacityProviders[{index}]"), &error),
            }
        }
    }

    /// What the group launches: the one type it names.
    fn kinds(&mut self, cluster: &Cluster, input: &CreateAutoScalingGroup, path: &str) -> Vec<InstanceKind> {
        if input.mixed_instances_policy.is_some() {
            self.error(&format!("{path}.MixedInstancesPolicy"), "mixed instances are not modelled yet");
            return Vec::new();
        }
        let Some(name) = &input.instance_type else {
            let message =
                "the group needs an InstanceType: a launch template alone does not say what it launches";
            self.error(path, message);
            return Vec::new();
        };
        self.kind_of_type(cluster, &input.auto_scaling_group_name, name, path)
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

/// `start: settled`: the group holds its desired capacity in service.
fn settle(cluster: &mut Cluster, id: AutoScalingGroupId) {
    for _ in 0..cluster.auto_scaling_group(id).desired_capacity {
        let Some(zone) = launch_order(cluster, id).first().copied() else { return };
        let kinds = Arc::clone(&cluster.auto_scaling_group(id).settings.kinds);
        let Some(kind) = kinds.first() else { return };
        let mut instance = cluster.instance_of_group(id, kind, zone, SimTime::ZERO);
        instance.lifecycle = Lifecycle::InService;
        instance.status = InstanceStatus::Active;
        instance.agent_connected = true;
        instance.launched_at = None;
        instance.billed_since = Some(SimTime::ZERO);
        make_true(cluster, &Change::InstanceLaunched(Box::new(instance)));
    }
}
