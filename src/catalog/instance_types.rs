//! EC2 instance types with size, interface limits and prices.
//!
//! The built-in table is `instance_types.csv`: a selection of the families in common use, with its sources and dates in
//! its first lines; prices are those of Linux in us-east-1 (CST-9). A file of the same columns, or of the names that
//! longer lists use, adds to it and overrides it.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

pub use file::TypesFile;
pub(in crate::catalog) use file::{usd, word};

/// The region that prices without a region are of.
pub const HOME_REGION: &str = "us-east-1";

/// One EC2 instance type as AWS lists it, before what the operating system takes for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name, such as `m5.large`.
    pub name: Arc<str>,
    /// Virtual CPUs; a container instance registers 1,024 CPU units for each.
    pub vcpus: u32,
    /// Nominal memory in MiB.
    pub memory_mib: u32,
    /// What its processor runs.
    pub architecture: Architecture,
    /// Whole GPUs.
    pub gpus: u32,
    /// Elastic network interfaces that may be attached, the instance's own included.
    pub max_enis: u32,
    /// awsvpc tasks with `awsvpcTrunking` on; `None` where the type knows no trunking.
    pub trunk_task_enis: Option<u32>,
    /// On-demand price of an hour in us-east-1 under Linux, in nano-dollars; `None` where no source has one.
    pub on_demand_nano_usd_per_hour: Option<u64>,
    /// By how many percent Spot was cheaper than on demand in us-east-1, where the source knows it.
    pub spot_savings_percent: Option<u32>,
    /// How much of its Spot capacity in us-east-1 was reclaimed within a month, where the source knows it.
    pub spot_interruption_band: Option<InterruptionBand>,
    /// Where its row comes from: what the file says in its column `source`, or the file's name.
    pub source: Arc<str>,
}

impl InstanceType {
    /// How many awsvpc tasks an instance of this type holds: its trunking figure where trunking is on and the
    /// type knows it, else every interface but the instance's own.
    pub fn awsvpc_task_limit(&self, trunking: bool) -> u32 {
        let without_trunking = self.max_enis.saturating_sub(1);
        if trunking { self.trunk_task_enis.unwrap_or(without_trunking) } else { without_trunking }
    }

    /// The family, such as `m5` of `m5.large`.
    pub fn family(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }
}

/// A closed list of words that stand for something in files and tables.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [$name] = &[$($name::$item,)*];

            /// As it stands in files and tables.
            pub fn name(self) -> &'static str {
                match self { $($name::$item => $word,)* }
            }

            /// The one that a word stands for.
            pub fn of(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$item),)* _ => None }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a processor runs: for Linux and Windows the value of the attribute `ecs.cpu-architecture`.
    Architecture {
        /// Intel and AMD.
        X86_64 = "x86_64",
        /// AWS Graviton.
        Arm64 = "arm64",
        /// A Mac with an Intel processor: EC2 has it, ECS has no agent for it.
        X86_64Mac = "x86_64_mac",
        /// A Mac with an Apple processor: EC2 has it, ECS has no agent for it.
        Arm64Mac = "arm64_mac",
    }
}

impl Architecture {
    /// Whether it is a Mac, which no container agent runs on.
    pub fn is_mac(self) -> bool {
        matches!(self, Architecture::X86_64Mac | Architecture::Arm64Mac)
    }
}

words! {
    /// The share of running Spot instances of a type that was reclaimed within a month, as the Spot Instance Advisor
    /// tells it.
    InterruptionBand {
        /// Less than 5 percent.
        Below5 = "<5%",
        /// 5 to 10 percent.
        From5To10 = "5-10%",
        /// 10 to 15 percent.
        From10To15 = "10-15%",
        /// 15 to 20 percent.
        From15To20 = "15-20%",
        /// More than 20 percent.
        Above20 = ">20%",
    }
}

/// A table of instance types.
#[derive(Debug, Clone)]
pub struct InstanceTypes {
    types: Vec<InstanceType>,
    by_name: BTreeMap<Arc<str>, usize>,
    /// What the built-in table and each file say of their sources, one sentence or line each.
    pub origins: Vec<String>,
}

impl InstanceTypes {
    /// The table that is part of the program.
    pub fn built_in() -> &'static Arc<InstanceTypes> {
        &BUILT_IN
    }

    /// The type of this exact name, or `None`; see [`Self::nearest`] for what may have been meant.
    pub fn get(&self, name: &str) -> Option<&InstanceType> {
        self.by_name.get(name).map(|&row| &self.types[row])
    }

    /// Every type, by family and then by size.
    pub fn all(&self) -> &[InstanceType] {
        &self.types
    }

    /// The listed name closest in spelling to `name`, or `None` if none is close.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        super::nearest_spelling(name, self.types.iter().map(|listed| &*listed.name))
    }

    /// The families, in the order of the table.
    pub fn families(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.types.iter().map(InstanceType::family).filter(|family| seen.insert(*family)).collect()
    }

    /// This table with what a file says over it: its types override those of the same name and add to the others. A
    /// column that the file does not have leaves what is known of a type; a blank cell says that nothing is known.
    #[must_use]
    pub fn with(&self, file: &TypesFile) -> InstanceTypes {
        let mut by_name: BTreeMap<Arc<str>, InstanceType> =
            self.types.iter().map(|listed| (listed.name.clone(), listed.clone())).collect();
        for row in &file.rows {
            let known = by_name.get(&row.name);
            let merged = file.over(known, row);
            by_name.insert(row.name.clone(), merged);
        }
        let mut families: BTreeMap<String, usize> = BTreeMap::new();
        for listed in self.types.iter().chain(&file.rows) {
            let next = families.len();
            families.entry(listed.family().to_owned()).or_insert(next);
        }
        let mut types: Vec<InstanceType> = by_name.into_values().collect();
        types.sort_by_cached_key(|listed| {
            (families[listed.family()], listed.vcpus, listed.memory_mib, listed.name.clone())
        });
        let origins = self.origins.iter().chain(&file.origins).cloned().collect();
        InstanceTypes::of(types, origins)
    }

    fn of(types: Vec<InstanceType>, origins: Vec<String>) -> InstanceTypes {
        let by_name = types.iter().enumerate().map(|(row, listed)| (listed.name.clone(), row)).collect();
        InstanceTypes { types, by_name, origins }
    }
}

static BUILT_IN: LazyLock<Arc<InstanceTypes>> = LazyLock::new(|| {
    let name = "built in";
    let file = TypesFile::read(name, include_str!("instance_types.csv"))
        .unwrap_or_else(|mistakes| panic!("instance_types.csv: {mistakes:?}"));
    Arc::new(InstanceTypes::of(file.rows, file.origins))
});

#[cfg(test)]
mod tests;
