//! Which types are shown, and in which order.

use super::{Arch, Known, Sort, TypesArgs};
use crate::catalog::fargate::FargatePlatform;
use crate::catalog::instance_types::{Architecture, InstanceType};
use crate::catalog::units;

/// An amount of memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory(pub u64);

/// A price in nano-dollars an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price(pub u64);

impl std::str::FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Price, String> {
        let price = units::nano_usd(text).map(Price);
        price.ok_or_else(|| "expected US dollars an hour such as 0.25".to_owned())
    }
}

const MIB: u64 = 1 << 20;

impl TypesArgs {
    fn takes(&self, known: &Known, kind: &InstanceType) -> bool {
        let arch = self.arch.is_none_or(|arch| match arch {
            Arch::X86_64 => kind.architecture == Architecture::X86_64,
            Arch::Arm64 => kind.architecture == Architecture::Arm64,
        });
        arch && self.min_vcpus.is_none_or(|least| kind.vcpus >= least)
            && self.min_memory.is_none_or(|least| u64::from(kind.memory_mib) * MIB >= least.0)
            && self.gpus.is_none_or(|least| kind.gpus >= least)
            && self.max_price.is_none_or(|most| known.on_demand(kind).is_some_and(|price| price <= most.0))
    }

    /// Whether a Fargate size is shown: it has no GPUs, and its price is that of the platform asked for, else of
    /// Linux/x86_64.
    pub(super) fn takes_size(&self, known: &Known, (cpu_units, memory_mib): (u32, u32)) -> bool {
        let platform = match self.arch {
            Some(Arch::Arm64) => FargatePlatform::LinuxArm,
            Some(Arch::X86_64) | None => FargatePlatform::LinuxX86,
        };
        let price = known.size(platform, cpu_units, memory_mib);
        self.min_vcpus.is_none_or(|least| u64::from(cpu_units) >= u64::from(least) * 1024)
            && self.min_memory.is_none_or(|least| u64::from(memory_mib) * MIB >= least.0)
            && self.gpus.is_none_or(|least| least == 0)
            && self.max_price.is_none_or(|most| price.is_some_and(|price| price <= most.0))
    }
}

/// The types of these that `args` asks for, in its order.
pub(super) fn types<'t>(
    args: &TypesArgs,
    known: &Known,
    all: impl Iterator<Item = &'t InstanceType>,
) -> Vec<&'t InstanceType> {
    let mut chosen: Vec<&InstanceType> = all.filter(|kind| args.takes(known, kind)).collect();
    match args.sort {
        None => {}
        Some(Sort::Price) => chosen.sort_by_key(|kind| known.on_demand(kind).unwrap_or(u64::MAX)),
        Some(Sort::Memory) => chosen.sort_by_key(|kind| kind.memory_mib),
        Some(Sort::Vcpus) => chosen.sort_by_key(|kind| kind.vcpus),
        Some(Sort::Name) => chosen.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    chosen
}
