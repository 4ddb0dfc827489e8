//! EC2 instance types with size, interface limits and on-demand price.
//!
//! The data is `instance_types.csv`: a selection of the families in common use, with its sources and dates in
//! its first lines. Prices are those of Linux in us-east-1 (CST-9).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::units;

/// One EC2 instance type as AWS lists it, before what the operating system takes for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name, such as `m5.large`.
    pub name: &'static str,
    /// Virtual CPUs; a container instance registers 1,024 CPU units for each.
    pub vcpus: u32,
    /// Nominal memory in MiB.
    pub memory_mib: u32,
    /// `x86_64` or `arm64`, the value of the attribute `ecs.cpu-architecture`.
    pub architecture: &'static str,
    /// Whole GPUs.
    pub gpus: u32,
    /// Elastic network interfaces that may be attached, the instance's own included.
    pub max_enis: u32,
    /// awsvpc tasks with `awsvpcTrunking` on; `None` where the type knows no trunking.
    pub trunk_task_enis: Option<u32>,
    /// On-demand price of an hour in us-east-1 under Linux, in nano-dollars.
    pub on_demand_nano_usd_per_hour: u64,
}

impl InstanceType {
    /// How many awsvpc tasks an instance of this type holds: its trunking figure where trunking is on and the
    /// type knows it, else every interface but the instance's own.
    pub fn awsvpc_task_limit(&self, trunking: bool) -> u32 {
        let without_trunking = self.max_enis.saturating_sub(1);
        if trunking { self.trunk_task_enis.unwrap_or(without_trunking) } else { without_trunking }
    }
}

/// The type of this exact name, or `None`; see [`nearest`] for what may have been meant.
pub fn instance_type(name: &str) -> Option<&'static InstanceType> {
    CATALOG.by_name.get(name).map(|&row| &CATALOG.types[row])
}

/// Every type, by family and then by size.
pub fn all() -> &'static [InstanceType] {
    &CATALOG.types
}

/// The listed name closest in spelling to `name`, or `None` if none is close.
pub fn nearest(name: &str) -> Option<&'static str> {
    super::nearest_spelling(name, all().iter().map(|listed| listed.name))
}

const DATA: &str = include_str!("instance_types.csv");

struct Catalog {
    types: Vec<InstanceType>,
    by_name: BTreeMap<&'static str, usize>,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let rows = DATA.lines().filter(|line| !line.starts_with('#')).skip(1);
    let types: Vec<_> = rows
        .map(|line| parse(line).unwrap_or_else(|| panic!("instance_types.csv has a bad row: {line}")))
        .collect();
    let by_name = types.iter().enumerate().map(|(row, listed)| (listed.name, row)).collect();
    Catalog { types, by_name }
});

fn parse(line: &'static str) -> Option<InstanceType> {
    let mut fields = line.split(',');
    let row = InstanceType {
        name: fields.next()?,
        vcpus: fields.next()?.parse().ok()?,
        memory_mib: fields.next()?.parse().ok()?,
        architecture: fields.next()?,
        gpus: fields.next()?.parse().ok()?,
        max_enis: fields.next()?.parse().ok()?,
        trunk_task_enis: match fields.next()? {
            "" => None,
            limit => Some(limit.parse().ok()?),
        },
        on_demand_nano_usd_per_hour: units::nano_usd(fields.next()?)?,
    };
    fields.next().is_none().then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_type_has_its_published_size_and_price() {
        let m5 = instance_type("m5.large").unwrap();
        assert_eq!((m5.vcpus, m5.memory_mib, m5.architecture, m5.gpus), (2, 8_192, "x86_64", 0));
        assert_eq!(m5.on_demand_nano_usd_per_hour, 96_000_000, "0.096 USD");
        assert_eq!(instance_type("g5.xlarge").unwrap().gpus, 1);
        assert_eq!(instance_type("m7g.large").unwrap().architecture, "arm64");
    }

    #[test]
    fn prices_agree_with_the_list_prices_of_the_rule_book() {
        // CST-9 names these; the table is dated 2026-07-20 and differs in none of them.
        let listed = [
            ("t3.medium", 41_600_000),
            ("t3.large", 83_200_000),
            ("m5.xlarge", 192_000_000),
            ("m5.2xlarge", 384_000_000),
            ("m6i.large", 96_000_000),
            ("m7g.large", 81_600_000),
            ("m6g.large", 77_000_000),
            ("c5.large", 85_000_000),
            ("c5.xlarge", 170_000_000),
            ("c6g.large", 68_000_000),
            ("c6i.large", 85_000_000),
            ("r5.large", 126_000_000),
            ("r6g.large", 100_800_000),
        ];
        for (name, nano_usd) in listed {
            assert_eq!(instance_type(name).unwrap().on_demand_nano_usd_per_hour, nano_usd, "{name}");
        }
    }

    /// CON-20, table 3a.
    #[test]
    fn an_instance_takes_one_awsvpc_task_less_than_it_has_interfaces_unless_trunking_is_on() {
        let limits = |name| {
            let listed = instance_type(name).unwrap();
            (listed.awsvpc_task_limit(false), listed.awsvpc_task_limit(true))
        };
        assert_eq!(limits("m5.large"), (2, 10));
        assert_eq!(limits("m6i.16xlarge"), (14, 120));
        assert_eq!(limits("m7g.medium"), (1, 4));
        assert_eq!(limits("m7i-flex.xlarge"), (3, 10));
        assert_eq!(limits("t3.xlarge"), (3, 3), "t3 knows no trunking");
    }

    #[test]
    fn every_type_is_listed_once_with_a_size_and_a_price() {
        assert_eq!(CATALOG.by_name.len(), all().len(), "a name is listed twice");
        assert!(all().len() > 300);
        for listed in all() {
            assert!(listed.vcpus > 0 && listed.memory_mib > 0 && listed.max_enis > 1, "{}", listed.name);
            assert!(listed.on_demand_nano_usd_per_hour > 0, "{}", listed.name);
            assert!(["x86_64", "arm64"].contains(&listed.architecture), "{}", listed.name);
        }
    }

    #[test]
    fn a_misspelt_type_finds_its_neighbour() {
        assert_eq!(instance_type("m5.lrage"), None);
        assert_eq!(nearest("m5.lrage"), Some("m5.large"));
        assert_eq!(nearest("completely different"), None);
    }
}
