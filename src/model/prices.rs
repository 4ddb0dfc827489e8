//! Prices as plain data, in nano-dollars (CST-13).

use super::Resources;
use super::instance::{ContainerInstance, PoolKind};
use super::parameters::Parameters;
use super::task_definition::{CpuArchitecture, OperatingSystem, TaskDefinition};

/// What Fargate asks for, by platform.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Prices {
    /// Linux on x86 (CST-3).
    pub linux_x86: FargatePrice,
    /// Linux on ARM (CST-4).
    pub linux_arm: FargatePrice,
    /// Windows on x86, licence included (CST-5).
    pub windows: FargatePrice,
    /// Ephemeral storage above 20 GB, in nano-dollars a GB and hour (CST-6).
    pub storage_nano_usd_per_gb_hour: u64,
}

/// Fargate's price of one platform.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FargatePrice {
    /// Nano-dollars a vCPU and hour.
    pub nano_usd_per_vcpu_hour: u64,
    /// Nano-dollars a GB and hour.
    pub nano_usd_per_gb_hour: u64,
}

impl Prices {
    /// What one Fargate task costs, in nano-dollars an hour (CST-2, CST-7).
    #[must_use]
    pub fn fargate_rate(
        &self,
        definition: &TaskDefinition,
        reserved: Resources,
        kind: PoolKind,
        parameters: &Parameters,
    ) -> u64 {
        let price = match (definition.operating_system, definition.architecture) {
            (OperatingSystem::Windows, _) => self.windows,
            (OperatingSystem::Linux, CpuArchitecture::X86_64) => self.linux_x86,
            (OperatingSystem::Linux, CpuArchitecture::Arm64) => self.linux_arm,
        };
        let full = (u64::from(reserved.cpu) * price.nano_usd_per_vcpu_hour
            + u64::from(reserved.memory_mib) * price.nano_usd_per_gb_hour)
            / 1024
            + u64::from(definition.extra_storage_gib) * self.storage_nano_usd_per_gb_hour;
        match kind {
            PoolKind::FargateSpot => (full as f64 * (1.0 - parameters.fargate_spot_discount()) + 0.5) as u64,
            PoolKind::Fargate | PoolKind::Fixed | PoolKind::AutoScaling => full,
        }
    }
}

/// What a task's reservation is of its instance's price, in nano-dollars an hour: the price is split over vCPU
/// and GB in the ratio of `cpu_to_memory_price_ratio`.
#[must_use]
pub fn share_of_instance(instance: &ContainerInstance, reserved: Resources, parameters: &Parameters) -> u64 {
    let price = instance.price_nano_usd_per_hour;
    if price == 0 {
        return 0;
    }
    let ratio = (parameters.cpu_to_memory_price_ratio() * 1000.0) as u128;
    let weight = |part: Resources| ratio * u128::from(part.cpu) + 1000 * u128::from(part.memory_mib);
    let whole = weight(instance.registered).max(1);
    u64::try_from(u128::from(price) * weight(reserved) / whole).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host_traits::{HostTraits, TaskNeeds};

    fn definition(architecture: CpuArchitecture) -> TaskDefinition {
        TaskDefinition {
            memory_limit_mib: None,
            host_ports: Vec::new(),
            needs: TaskNeeds::default(),
            family: "f".to_owned(),
            revision: 1,
            status: super::super::task_definition::TaskDefinitionStatus::Active,
            network_mode: super::super::task_definition::NetworkMode::Awsvpc,
            containers: Vec::new(),
            reserved: Resources::default(),
            constraints: Vec::new(),
            fits_fargate: true,
            architecture,
            operating_system: OperatingSystem::Linux,
            extra_storage_gib: 0,
        }
    }

    /// CST-8, CST-13: 9 × 1 vCPU + 2 GB of 9 × 2 + 8 is 11 / 26 of 0.096 USD: 0.040615384.6, whole nano-dollars down.
    #[test]
    fn a_share_of_an_instance_is_by_vcpu_and_gb_at_nine_to_one_in_whole_nano_dollars() {
        let registered = Resources::new(2048, 8192);
        let instance = ContainerInstance {
            ordinal: 1,
            pool: super::super::PoolId(0),
            zone: super::super::ZoneId(0),
            instance_type: None,
            own_name: None,
            registered,
            free: registered,
            status: super::super::instance::InstanceStatus::Active,
            agent_connected: true,
            agent_version: vec![1, 100, 0],
            host_ports: Vec::new(),
            traits: HostTraits::default(),
            registered_at: crate::kernel::time::SimTime::ZERO,
            incarnation: 0,
            lifecycle: Default::default(),
            market: Default::default(),
            launched_at: None,
            billed_since: Some(crate::kernel::time::SimTime::ZERO),
            protected_from_scale_in: false,
            termination: None,
            price_nano_usd_per_hour: 96_000_000,
            attributes: std::collections::BTreeMap::new(),
            tasks: Vec::new(),
        };
        let share = share_of_instance(&instance, Resources::new(1024, 2048), &Parameters::default());
        assert_eq!(share, 40_615_384);
    }

    #[test]
    fn fargate_asks_by_vcpu_and_gb_of_the_task_size() {
        // CST-E1: x86, 0.5 vCPU and 1 GiB: 0.5 × 0.04048 + 0.004445 = 0.024685 USD an hour
        let prices = Prices {
            linux_x86: FargatePrice { nano_usd_per_vcpu_hour: 40_480_000, nano_usd_per_gb_hour: 4_445_000 },
            ..Prices::default()
        };
        let rate = |kind| {
            prices.fargate_rate(
                &definition(CpuArchitecture::X86_64),
                Resources::new(512, 1024),
                kind,
                &Parameters::default(),
            )
        };
        assert_eq!(rate(PoolKind::Fargate), 24_685_000);
        // CST-7: 68 % off: 0.024685 × 0.32 = 0.0078992
        assert_eq!(rate(PoolKind::FargateSpot), 7_899_200);
    }
}
