//! `ecsim types`: EC2 instance types and Fargate sizes with their prices.

mod choose;
mod show;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::csv_text::Mistake;
use crate::catalog::fargate::{self, FargatePlatform, FargatePrice};
use crate::catalog::instance_types::{HOME_REGION, InstanceType, InstanceTypes, TypesFile};
use crate::catalog::price_list::{FargateResource, Item, Market, PriceList};
use crate::catalog::units::usd_text;
use crate::cli::Failure;
use crate::scenario::document::Document;
use crate::scenario::units::parse_size_bytes;
use choose::{Memory, Price};

/// The EC2 instance types and Fargate sizes that scenarios may name, with their prices.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TypesArgs {
    /// The beginning of a name: m5, m6g.large, fargate.
    pub filter: Option<String>,
    /// Only types of this architecture.
    #[arg(long, value_enum)]
    pub arch: Option<Arch>,
    /// At least so many vCPUs.
    #[arg(long, value_name = "N")]
    pub min_vcpus: Option<u32>,
    /// At least so much memory, such as 16GiB.
    #[arg(long, value_name = "SIZE")]
    pub min_memory: Option<Memory>,
    /// At least so many GPUs.
    #[arg(long, value_name = "N")]
    pub gpus: Option<u32>,
    /// At most so many US dollars an hour on demand; types without a known price are left out.
    #[arg(long, value_name = "USD")]
    pub max_price: Option<Price>,
    /// In which order; without it by family and then by size.
    #[arg(long, value_enum)]
    pub sort: Option<Sort>,
    /// A CSV file of instance types that adds to the built-in ones and overrides them (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
    /// A CSV file of prices by region (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// The region of the prices.
    #[arg(long, default_value = HOME_REGION)]
    pub region: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The architectures that ECS runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Arch {
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86_64,
    /// AWS Graviton.
    Arm64,
}

/// What types are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// The cheapest first; those without a known price last.
    Price,
    /// The least memory first.
    Memory,
    /// The fewest vCPUs first.
    Vcpus,
    /// By name.
    Name,
}

/// The tables that the answer is made from.
struct Known {
    types: Arc<InstanceTypes>,
    prices: PriceList,
    region: String,
}

impl Known {
    fn of(args: &TypesArgs) -> Result<Known, Failure> {
        let mut types = InstanceTypes::built_in().clone();
        if let Some(file) = &args.types {
            types = Arc::new(types.with(&read(file, "--types", TypesFile::read)?));
        }
        let prices = match &args.prices {
            Some(file) => read(file, "--prices", |_, text| PriceList::read(text))?,
            None => PriceList::default(),
        };
        let region = args.region.clone().unwrap_or_else(|| HOME_REGION.to_owned());
        Ok(Known { types, prices, region })
    }

    fn listed(&self, kind: &InstanceType, market: Market) -> Option<u64> {
        self.prices.price(&self.region, &Item::Instance(kind.name.clone()), market)
    }

    /// The on-demand price in the region, in nano-dollars an hour.
    fn on_demand(&self, kind: &InstanceType) -> Option<u64> {
        let at_home = self.region == HOME_REGION;
        self.listed(kind, Market::OnDemand).or(kind.on_demand_nano_usd_per_hour.filter(|_| at_home))
    }

    /// The on-demand price of a resource of Fargate in the region, in nano-dollars an hour.
    fn fargate(&self, resource: FargateResource, platform: Option<FargatePlatform>) -> Option<u64> {
        let listed = self.prices.price(&self.region, &Item::Fargate(resource, platform), Market::OnDemand);
        listed.or_else(|| resource.built_in_price(platform).filter(|_| self.region == HOME_REGION))
    }

    /// The price of a Fargate size on a platform in nano-dollars an hour; `None` where the platform has no such size or the
    /// region no known price.
    fn size(&self, platform: FargatePlatform, cpu_units: u32, memory_mib: u32) -> Option<u64> {
        let licence = match platform {
            FargatePlatform::Windows => self.fargate(FargateResource::LicenceVcpu, None)?,
            FargatePlatform::LinuxX86 | FargatePlatform::LinuxArm => 0,
        };
        let price = FargatePrice {
            nano_usd_per_vcpu_hour: self.fargate(FargateResource::Vcpu, Some(platform))?,
            nano_usd_per_gib_hour: self.fargate(FargateResource::Gb, Some(platform))?,
            licence_nano_usd_per_vcpu_hour: licence,
        };
        platform.takes_cpu_units(cpu_units).then(|| price.nano_usd_per_hour(cpu_units, memory_mib))
    }

    fn size_usd(&self, platform: FargatePlatform, cpu_units: u32, memory_mib: u32) -> Option<String> {
        self.size(platform, cpu_units, memory_mib).map(usd_text)
    }
}

/// A file of the command line, read and understood; every mistake at its place.
fn read<T>(
    file: &Path,
    argument: &str,
    understand: impl Fn(&str, &str) -> Result<T, Vec<Mistake>>,
) -> Result<T, Failure> {
    let refuse = |rejected| super::validate::failure_of(&rejected);
    let mut document = Document::from_text(argument, "{}").map_err(refuse)?;
    let data = document.take_in_argument(file).map_err(refuse)?;
    understand(&data.name, &data.text).map_err(|mistakes| {
        let problems = mistakes.into_iter().map(|mistake| data.problem(argument, mistake));
        refuse(document.reject(problems.collect()))
    })
}

/// Prints the types that `args` chooses.
///
/// # Errors
/// [`Failure::Input`] if nothing has such a name or a file is wrong, [`Failure::Environment`] if `out` cannot be
/// written.
pub fn run(args: &TypesArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let known = Known::of(args)?;
    let prefix = args.filter.as_deref().unwrap_or_default().to_lowercase();
    let of_name = || known.types.all().iter().filter(|listed| listed.name.starts_with(&prefix));
    let is_fargate = "fargate".starts_with(&prefix);
    if of_name().next().is_none() && !is_fargate {
        return Err(Failure::Input(nothing_like(&known.types, &prefix)));
    }
    let types = choose::types(args, &known, of_name());
    let sizes: Vec<_> =
        fargate::sizes().filter(|_| is_fargate).filter(|size| args.takes_size(&known, *size)).collect();
    if args.json {
        return show::json(&known, &types, &sizes, out);
    }
    if !types.is_empty() || sizes.is_empty() {
        show::types(&known, &types, out)?;
    }
    if !sizes.is_empty() {
        show::sizes(&known, &sizes, out)?;
    }
    Ok(0)
}

fn nothing_like(types: &InstanceTypes, prefix: &str) -> String {
    let hint = types.nearest(prefix).map(|name| format!("; did you mean {name}?"));
    let hint = hint.unwrap_or_else(|| format!("; families are {}", types.families().join(", ")));
    format!("no instance type begins with `{prefix}`{hint}")
}

impl std::str::FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Memory, String> {
        parse_size_bytes(text).map(Memory)
    }
}
