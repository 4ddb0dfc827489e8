//! Sizes and prices of AWS Fargate.
//!
//! Prices are those of us-east-1, in whole nano-dollars an hour; sources and dates are in `docs/prices.md`.

/// The step between 1 GiB sizes, in MiB.
const GIB: u32 = 1_024;

/// What a Fargate task runs on; each has its own prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FargatePlatform {
    /// Linux on x86_64.
    LinuxX86,
    /// Linux on arm64.
    LinuxArm,
    /// Windows on x86_64.
    Windows,
}

impl FargatePlatform {
    /// Every platform.
    pub const ALL: [Self; 3] = [Self::LinuxX86, Self::LinuxArm, Self::Windows];

    /// The platform's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::LinuxX86 => "Linux/x86_64",
            Self::LinuxArm => "Linux/arm64",
            Self::Windows => "Windows/x86_64",
        }
    }

    /// The platform as it stands in price lists and scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Self::LinuxX86 => "linux-x86_64",
            Self::LinuxArm => "linux-arm64",
            Self::Windows => "windows-x86_64",
        }
    }

    /// The platform of such a word.
    pub fn of(word: &str) -> Option<FargatePlatform> {
        Self::ALL.into_iter().find(|platform| platform.word() == word)
    }

    /// Whether tasks of so many CPU units exist on this platform: Windows has 1 to 4 vCPU only.
    pub fn takes_cpu_units(self, cpu_units: u32) -> bool {
        match self {
            Self::LinuxX86 | Self::LinuxArm => memory_options_mib(cpu_units).is_some(),
            Self::Windows => [1_024, 2_048, 4_096].contains(&cpu_units),
        }
    }
}

/// The prices of one platform in nano-dollars an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FargatePrice {
    /// One vCPU (1,024 CPU units) for an hour, without licence.
    pub nano_usd_per_vcpu_hour: u64,
    /// One GiB of memory for an hour.
    pub nano_usd_per_gib_hour: u64,
    /// The operating system's licence for one vCPU and hour: Windows only.
    pub licence_nano_usd_per_vcpu_hour: u64,
}

impl FargatePrice {
    /// What a task of this size costs an hour on demand, in nano-dollars: exact for every Fargate size.
    pub fn nano_usd_per_hour(&self, cpu_units: u32, memory_mib: u32) -> u64 {
        let per_vcpu = self.nano_usd_per_vcpu_hour + self.licence_nano_usd_per_vcpu_hour;
        per_vcpu * u64::from(cpu_units) / 1_024 + self.nano_usd_per_gib_hour * u64::from(memory_mib) / 1_024
    }
}

/// On-demand prices in us-east-1 (CST-3 Linux x86_64, CST-4 Linux arm64, CST-5 Windows with its licence).
/// Fargate Spot is this less the model parameter `fargate_spot_discount`.
pub fn on_demand_price(platform: FargatePlatform) -> FargatePrice {
    let (vcpu, gib, licence) = match platform {
        FargatePlatform::LinuxX86 => (40_480_000, 4_445_000, 0),
        FargatePlatform::LinuxArm => (32_380_000, 3_560_000, 0),
        FargatePlatform::Windows => (91_480_000, 10_050_000, 46_000_000),
    };
    FargatePrice {
        nano_usd_per_vcpu_hour: vcpu,
        nano_usd_per_gib_hour: gib,
        licence_nano_usd_per_vcpu_hour: licence,
    }
}

/// Where sizes and prices come from, and of when they are.
pub const SOURCES: &str = "Sources: sizes of the ECS developer guide (8c59650, 2023-05; 32 vCPU: 2026). Prices of \
                           us-east-1: Linux/x86_64 and storage vantage.sh and cloudburn.io (2026-03), Linux/arm64 \
                           vantage.sh and fortem.dev (2026-06), Windows vantage.sh (2025).";

/// One GiB of ephemeral storage above [`EPHEMERAL_STORAGE_INCLUDED_GIB`] for an hour, in nano-dollars (CST-6).
pub const EPHEMERAL_STORAGE_NANO_USD_PER_GIB_HOUR: u64 = 111_000;

/// Ephemeral storage that every Fargate task has without charge, in GiB.
pub const EPHEMERAL_STORAGE_INCLUDED_GIB: u32 = 20;

/// The CPU sizes of Fargate tasks in CPU units, smallest first.
pub const CPU_UNITS: [u32; 8] = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768];

/// The memory sizes in MiB that go with `cpu_units`, smallest first; `None` if Fargate has no such CPU size.
pub fn memory_options_mib(cpu_units: u32) -> Option<Vec<u32>> {
    let range_gib =
        |from: u32, to: u32, step: usize| (from..=to).step_by(step).map(|gib| gib * GIB).collect();
    Some(match cpu_units {
        256 => vec![512, GIB, 2 * GIB],
        512 => range_gib(1, 4, 1),
        1_024 => range_gib(2, 8, 1),
        2_048 => range_gib(4, 16, 1),
        4_096 => range_gib(8, 30, 1),
        8_192 => range_gib(16, 60, 4),
        16_384 => range_gib(32, 120, 8),
        32_768 => vec![60 * GIB, 120 * GIB, 244 * GIB],
        _ => return None,
    })
}

/// Whether Fargate has a task size of so many CPU units and MiB; RegisterTaskDefinition refuses all others.
pub fn is_valid(cpu_units: u32, memory_mib: u32) -> bool {
    memory_options_mib(cpu_units).is_some_and(|options| options.contains(&memory_mib))
}

/// Every size as (CPU units, MiB), smallest CPU first.
pub fn sizes() -> impl Iterator<Item = (u32, u32)> {
    CPU_UNITS.into_iter().flat_map(|cpu_units| {
        let options = memory_options_mib(cpu_units).unwrap_or_default();
        options.into_iter().map(move |memory_mib| (cpu_units, memory_mib))
    })
}

/// The smallest size, by CPU and then by memory, that has at least so much of both: what to write instead of a
/// size that Fargate does not have. `None` if none is large enough.
pub fn smallest_that_holds(cpu_units: u32, memory_mib: u32) -> Option<(u32, u32)> {
    sizes().find(|&(cpu, memory)| cpu >= cpu_units && memory >= memory_mib)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cpu_size_has_as_many_memory_sizes_as_aws_lists() {
        let counts: Vec<_> = CPU_UNITS.iter().map(|&cpu| memory_options_mib(cpu).unwrap().len()).collect();
        // Table 4a: 3, 4, 7, 13, 23, 12, 12, 3; 77 sizes in all.
        assert_eq!(counts, [3, 4, 7, 13, 23, 12, 12, 3]);
        assert_eq!(sizes().count(), 77);
    }

    #[test]
    fn only_listed_pairs_are_valid() {
        assert!(is_valid(256, 512) && is_valid(4_096, 30_720) && is_valid(32_768, 249_856));
        assert!(!is_valid(256, 3_072), "0.25 vCPU goes to 2 GiB");
        assert!(!is_valid(8_192, 18_432), "8 vCPU goes in steps of 4 GiB: 16, 20");
        assert!(!is_valid(300, 512));
    }

    #[test]
    fn windows_has_one_to_four_vcpus() {
        let sizes: Vec<_> =
            CPU_UNITS.into_iter().filter(|&cpu| FargatePlatform::Windows.takes_cpu_units(cpu)).collect();
        assert_eq!(sizes, [1_024, 2_048, 4_096]);
    }

    #[test]
    fn a_fargate_task_costs_its_vcpus_and_its_memory() {
        let x86 = on_demand_price(FargatePlatform::LinuxX86);
        // CST-3: 0.5 × 0.04048 + 1 × 0.004445 = 0.024685 USD an hour
        assert_eq!(x86.nano_usd_per_hour(512, 1_024), 24_685_000);
        // CST-4: 2 × 0.03238 + 8 × 0.00356 = 0.09324 USD an hour
        assert_eq!(on_demand_price(FargatePlatform::LinuxArm).nano_usd_per_hour(2_048, 8_192), 93_240_000);
        // CST-5: 1 × (0.09148 + 0.046) + 2 × 0.01005 = 0.15758 USD an hour
        assert_eq!(on_demand_price(FargatePlatform::Windows).nano_usd_per_hour(1_024, 2_048), 157_580_000);
    }

    #[test]
    fn storage_above_the_included_twenty_gib_is_charged_by_the_gib() {
        // CST-6: 50 GiB are 30 above 20: 30 × 0.000111 = 0.00333 USD an hour
        let charged_gib = u64::from(50 - EPHEMERAL_STORAGE_INCLUDED_GIB);
        assert_eq!(charged_gib * EPHEMERAL_STORAGE_NANO_USD_PER_GIB_HOUR, 3_330_000);
    }

    #[test]
    fn a_size_that_does_not_exist_has_a_next_larger_one() {
        assert_eq!(smallest_that_holds(300, 700), Some((512, 1_024)));
        assert_eq!(smallest_that_holds(256, 3_072), Some((512, 3_072)));
        assert_eq!(smallest_that_holds(65_536, 512), None);
    }
}
