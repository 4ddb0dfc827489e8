//! The embedded tables against the data they were taken from, where that is at hand.

use std::collections::BTreeMap;
use std::io::Write;

use ecsim::catalog::instance_types::{InstanceTypes, InterruptionBand};
use ecsim::catalog::{fargate, units};

#[test]
fn instance_types_agree_with_their_source() {
    let Some(rows) = shared("ec2-instance-types.csv") else { return };
    let by_name: BTreeMap<_, _> = rows.iter().map(|row| (row["instance_type"].as_str(), row)).collect();
    for listed in InstanceTypes::built_in().all() {
        let row = by_name[&*listed.name];
        assert_eq!(row["bare_metal"], "false", "{}", listed.name);
        assert_eq!(row["vcpu"], listed.vcpus.to_string(), "{}", listed.name);
        assert_eq!(row["memory_mib"], listed.memory_mib.to_string(), "{}", listed.name);
        assert_eq!(row["arch"], listed.architecture.name(), "{}", listed.name);
        assert_eq!(row["gpus"], listed.gpus.to_string(), "{}", listed.name);
        assert_eq!(row["max_enis"], listed.max_enis.to_string(), "{}", listed.name);
        let trunking = listed.trunk_task_enis.map(|limit| limit.to_string()).unwrap_or_default();
        assert_eq!(row["trunk_task_enis"], trunking, "{}", listed.name);
        let price = units::nano_usd(&row["on_demand_usd_per_hour_us_east_1"]);
        assert_eq!(price, listed.on_demand_nano_usd_per_hour, "{}", listed.name);
        let savings = listed.spot_savings_percent.map(|percent| percent.to_string()).unwrap_or_default();
        assert_eq!(row["spot_savings_pct_us_east_1"], savings, "{}", listed.name);
        let band = listed.spot_interruption_band.map(InterruptionBand::name).unwrap_or_default();
        assert_eq!(row["spot_interruption_band_us_east_1"], band, "{}", listed.name);
    }
}

#[test]
fn fargate_sizes_are_those_of_the_developer_guide_and_the_later_32_vcpu() {
    let Some(rows) = shared("fargate-sizes.csv") else { return };
    let number = |text: &str| text.parse::<u32>().unwrap();
    let guide: Vec<_> =
        rows.iter().map(|row| (number(&row["cpu_units"]), number(&row["memory_mib"]))).collect();
    assert_eq!(guide.len(), 74);
    let ours: Vec<_> = fargate::sizes().filter(|&(cpu_units, _)| cpu_units < 32_768).collect();
    assert_eq!(ours, guide);
}

#[test]
fn fargate_prices_are_those_of_the_published_pages() {
    let Some(rows) = shared("fargate-prices.csv") else { return };
    let published = |os: &str, arch: &str, item: &str| {
        let fits = |row: &&BTreeMap<String, String>| {
            row["capacity"] == "FARGATE" && row["os"] == os && row["arch"] == arch && row["item"] == item
        };
        rows.iter().find(fits).and_then(|row| units::nano_usd(&row["usd"])).unwrap()
    };
    use fargate::FargatePlatform::{LinuxArm, LinuxX86, Windows};
    for (platform, os, arch) in
        [(LinuxX86, "Linux", "x86_64"), (LinuxArm, "Linux", "arm64"), (Windows, "Windows", "x86_64")]
    {
        let price = fargate::on_demand_price(platform);
        assert_eq!(price.nano_usd_per_vcpu_hour, published(os, arch, "vcpu"), "{os} {arch}");
        assert_eq!(price.nano_usd_per_gib_hour, published(os, arch, "gb_memory"), "{os} {arch}");
    }
    let licence = fargate::on_demand_price(Windows).licence_nano_usd_per_vcpu_hour;
    assert_eq!(licence, published("Windows", "x86_64", "os_licence_vcpu"));
    let storage = fargate::EPHEMERAL_STORAGE_NANO_USD_PER_GIB_HOUR;
    assert_eq!(storage, published("any", "any", "ephemeral_gb_over_20"));
}

/// The rows of a file of the shared data by column, or `None` with a line on stderr where it is absent.
fn shared(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let path = format!("{}/../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: no {path}").unwrap();
        return None;
    };
    Some(reader.deserialize().map(Result::unwrap).collect())
}
