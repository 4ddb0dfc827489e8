//! `world.prices` and the prices of Spot pools.

use super::curve::TableCurve;
use crate::scenario::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Prices that go over the built-in ones of us-east-1, and those of other regions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Prices {
    /// A CSV file, relative to the scenario, with the columns region, item, platform, market and usd_per_hour
    /// (`docs/prices.md`).
    #[schemars(extend("x-format" = "file"))]
    pub file: Option<String>,
    /// Single prices; they go over those of the file.
    pub list: Vec<PriceEntry>,
}

/// One price: of an instance type, or of a resource of Fargate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceEntry {
    /// The region. Default: the scenario's.
    pub region: Option<String>,
    /// An EC2 instance type, under Linux.
    pub instance_type: Option<String>,
    /// What Fargate charges for.
    pub fargate: Option<FargateResourceName>,
    /// The platform of Fargate's vCPUs and memory.
    pub platform: Option<FargatePlatformName>,
    /// How it is bought. Default on-demand.
    pub market: Option<MarketName>,
    /// US dollars an hour: of an instance, a vCPU or a GB.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub usd_per_hour: f64,
}

/// What Fargate charges for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FargateResourceName {
    /// A vCPU.
    Vcpu,
    /// A GB of memory.
    Gb,
    /// A GB of ephemeral storage above 20 GB (CST-6).
    StorageGb,
    /// The licence of Windows for a vCPU (CST-5).
    LicenceVcpu,
}

/// What a Fargate task runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum FargatePlatformName {
    /// Linux on x86_64.
    #[serde(rename = "linux-x86_64")]
    LinuxX86,
    /// Linux on arm64.
    #[serde(rename = "linux-arm64")]
    LinuxArm,
    /// Windows on x86_64.
    #[serde(rename = "windows-x86_64")]
    Windows,
}

/// How capacity is bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarketName {
    /// At the list price.
    #[default]
    OnDemand,
    /// At the Spot price.
    Spot,
}

/// The price of an EC2 Spot pool, by exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SpotTerms {
    /// So much less than on demand: 65% off.
    pub discount: Option<Share>,
    /// The same price at all times.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub usd_per_hour: Option<f64>,
    /// A price in US dollars an hour that changes with time, from a CSV file: from the time of each row, until the next.
    pub series: Option<TableCurve>,
}
