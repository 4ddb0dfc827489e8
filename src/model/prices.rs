//! Prices as plain data, in nano-dollars (CST-13).

pub mod spot;

use super::Resources;
use super::instance::{ContainerInstance, PoolKind};
use super::parameters::Parameters;
use super::task_definition::{CpuArchitecture, OperatingSystem, TaskDefinition};
use spot::{SpotPrices, discounted};

/// What Fargate asks for by platform, and Spot capacity by pool.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Prices {
    /// Linux on x86 (CST-3).
    pub linux_x86: FargatePrice,
    /// Linux on ARM (CST-4).
    pub linux_arm: FargatePrice,
    /// Windows on x86, licence included (CST-5).
    pub windows: FargatePrice,
    /// Ephemeral storage above 20 GB, in nano-dollars a GB and hour (CST-6).
    pub storage_nano_usd_per_gb_hour: u64,
    /// Fargate Spot, where prices of its own are told (CST-7).
    pub fargate_spot: FargateSpotPrices,
    /// EC2 Spot by pool (CST-10).
    pub spot: SpotPrices,
}

/// Prices of Fargate Spot that are told by themselves; what is not told is the on-demand price less
/// `fargate_spot_discount` (CST-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FargateSpotPrices {
    /// Linux on x86.
    pub linux_x86: Option<FargatePrice>,
    /// Linux on ARM.
    pub linux_arm: Option<FargatePrice>,
    /// Ephemeral storage above 20 GB where vCPU and memory have such prices; without it the on-demand price.
    pub storage_nano_usd_per_gb_hour: Option<u64>,
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
        let spot = &self.fargate_spot;
        // Windows is not sold as Spot (SIZ-4).
        let (price, spot_price) = match (definition.operating_system, definition.architecture) {
            (OperatingSystem::Windows, _) => (self.windows, None),
            (OperatingSystem::Linux, CpuArchitecture::X86_64) => (self.linux_x86, spot.linux_x86),
            (OperatingSystem::Linux, CpuArchitecture::Arm64) => (self.linux_arm, spot.linux_arm),
        };
        let storage_gib = definition.extra_storage_gib;
        let full = price.of(reserved, storage_gib, self.storage_nano_usd_per_gb_hour);
        match (kind, spot_price) {
            (PoolKind::FargateSpot, Some(price)) => {
                let storage = spot.storage_nano_usd_per_gb_hour.unwrap_or(self.storage_nano_usd_per_gb_hour);
                price.of(reserved, storage_gib, storage)
            }
            (PoolKind::FargateSpot, None) => discounted(full, *parameters.fargate_spot_discount()),
            (PoolKind::Fargate | PoolKind::Fixed | PoolKind::AutoScaling, _) => full,
        }
    }
}

impl FargatePrice {
    /// A task of this size, in nano-dollars an hour: exact for every Fargate size.
    fn of(self, reserved: Resources, storage_gib: u32, storage_nano_usd_per_gb_hour: u64) -> u64 {
        (u64::from(reserved.cpu) * self.nano_usd_per_vcpu_hour
            + u64::from(reserved.memory_mib) * self.nano_usd_per_gb_hour)
            / 1024
            + u64::from(storage_gib) * storage_nano_usd_per_gb_hour
    }
}

/// What a task's reservation is of its instance's price, in nano-dollars an hour: the price is split over vCPU
/// and GB in the ratio of `cpu_to_memory_price_ratio`.
#[must_use]
pub fn share_of_instance(instance: &ContainerInstance, reserved: Resources, parameters: &Parameters) -> u64 {
    share_of_price(instance.price_nano_usd_per_hour, instance, reserved, parameters)
}

/// The same at another price of the instance, in nano-dollars an hour.
#[must_use]
pub fn share_of_price(
    price: u64,
    instance: &ContainerInstance,
    reserved: Resources,
    parameters: &Parameters,
) -> u64 {
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
            has_cpu_ceiling: true,
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
            spot: Default::default(),
            launched_at: None,
            launch_version: 0,
            in_service_at: None,
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

    #[test]
    fn fargate_spot_asks_its_own_prices_where_they_are_told() {
        let prices = Prices {
            linux_x86: FargatePrice { nano_usd_per_vcpu_hour: 40_480_000, nano_usd_per_gb_hour: 4_445_000 },
            storage_nano_usd_per_gb_hour: 111_000,
            fargate_spot: FargateSpotPrices {
                linux_x86: Some(FargatePrice {
                    nano_usd_per_vcpu_hour: 13_340_530,
                    nano_usd_per_gb_hour: 1_460_000,
                }),
                ..FargateSpotPrices::default()
            },
            ..Prices::default()
        };
        let task = TaskDefinition { extra_storage_gib: 30, ..definition(CpuArchitecture::X86_64) };
        let size = Resources::new(512, 1024);
        let rate = |kind| prices.fargate_rate(&task, size, kind, &Parameters::default());
        // CST-7: 0.5 × 0.01334053 + 0.00146 and, without a price of its own, 30 × 0.000111 = 0.011460265
        assert_eq!(rate(PoolKind::FargateSpot), 6_670_265 + 1_460_000 + 3_330_000);
        // CST-2: 0.024685 + 30 × 0.000111 = 0.028015
        assert_eq!(rate(PoolKind::Fargate), 28_015_000);
    }

    /// CST-4, CST-5, CST-6: each platform by its own prices, storage above 20 GB by the same on all.
    #[test]
    fn each_platform_asks_by_its_own_prices_and_storage_by_one() {
        let price = |vcpu, gb| FargatePrice { nano_usd_per_vcpu_hour: vcpu, nano_usd_per_gb_hour: gb };
        let prices = Prices {
            linux_arm: price(32_380_000, 3_560_000),
            windows: price(91_480_000 + 46_000_000, 10_050_000),
            storage_nano_usd_per_gb_hour: 111_000,
            ..Prices::default()
        };
        let rate = |task: &TaskDefinition, size| {
            prices.fargate_rate(task, size, PoolKind::Fargate, &Parameters::default())
        };
        // CST-E1: 2 × 0.03238 + 8 × 0.00356 = 0.09324 USD an hour
        let arm = definition(CpuArchitecture::Arm64);
        assert_eq!(rate(&arm, Resources::new(2048, 8192)), 93_240_000);
        // 1 × (0.09148 + 0.046) + 2 × 0.01005 = 0.15758, and 15 GB more: 0.001665
        let operating_system = OperatingSystem::Windows;
        let windows =
            TaskDefinition { operating_system, extra_storage_gib: 15, ..definition(CpuArchitecture::X86_64) };
        assert_eq!(rate(&windows, Resources::new(1024, 2048)), 157_580_000 + 1_665_000);
    }
}
