//! `ecsim types`: EC2 instance types and Fargate sizes with their prices.

use std::io::Write;

use serde_json::{Value, json};

use crate::catalog::fargate::{self, FargatePlatform};
use crate::catalog::instance_types::{self, InstanceType};
use crate::catalog::units::usd_text;
use crate::cli::{Failure, table};

/// The EC2 instance types and Fargate sizes that scenarios may name, with their prices.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TypesArgs {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// The beginning of a name: m5, m6g.large, fargate.
    pub filter: Option<String>,
}

/// Prints the types that `args` chooses.
///
/// # Errors
/// [`Failure::Input`] if nothing has such a name, [`Failure::Environment`] if `out` cannot be written.
pub fn run(args: &TypesArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let filter = args.filter.as_deref().unwrap_or_default().to_lowercase();
    let types: Vec<_> =
        instance_types::all().iter().filter(|listed| listed.name.starts_with(&filter)).collect();
    let sizes: Vec<_> = fargate::sizes().filter(|_| "fargate".starts_with(&filter)).collect();
    if types.is_empty() && sizes.is_empty() {
        return Err(Failure::Input(nothing_like(&filter)));
    }
    if args.json {
        let types: Vec<_> = types.into_iter().map(type_json).collect();
        let sizes: Vec<_> = sizes.into_iter().map(size_json).collect();
        writeln!(out, "{:#}", json!({ "instance_types": types, "fargate_sizes": sizes }))?;
        return Ok(0);
    }
    if !types.is_empty() {
        print_types(&types, out)?;
    }
    if !sizes.is_empty() {
        print_sizes(&sizes, out)?;
    }
    Ok(0)
}

fn nothing_like(filter: &str) -> String {
    let hint = instance_types::nearest(filter).map(|name| format!("; did you mean {name}?"));
    let hint = hint.unwrap_or_else(|| {
        let mut families: Vec<_> =
            instance_types::all().iter().filter_map(|listed| listed.name.split('.').next()).collect();
        families.dedup();
        format!("; families are {}", families.join(", "))
    });
    format!("no instance type begins with `{filter}`{hint}")
}

fn print_types(types: &[&InstanceType], out: &mut dyn Write) -> Result<(), Failure> {
    let heads = ["type", "arch", "vCPU", "MiB", "GPUs", "ENIs", "awsvpc tasks", "trunking", "USD/h"];
    let mut table = table::dense(heads, 2);
    for listed in types {
        table.add_row([
            listed.name.to_string(),
            listed.architecture.to_string(),
            listed.vcpus.to_string(),
            listed.memory_mib.to_string(),
            listed.gpus.to_string(),
            listed.max_enis.to_string(),
            listed.awsvpc_task_limit(false).to_string(),
            listed.trunk_task_enis.map(|limit| limit.to_string()).unwrap_or_default(),
            usd_text(listed.on_demand_nano_usd_per_hour),
        ]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    writeln!(
        out,
        "{}; on-demand prices of us-east-1, Linux, 2026-07-20",
        table::counted(types.len(), "instance type")
    )?;
    Ok(())
}

fn print_sizes(sizes: &[(u32, u32)], out: &mut dyn Write) -> Result<(), Failure> {
    let platforms = FargatePlatform::ALL.map(|platform| format!("{} USD/h", platform.name()));
    let mut table = table::dense(["Fargate cpu", "MiB", &platforms[0], &platforms[1], &platforms[2]], 0);
    for &(cpu_units, memory_mib) in sizes {
        let mut row = vec![cpu_units.to_string(), memory_mib.to_string()];
        let prices = FargatePlatform::ALL.map(|platform| hourly_usd(platform, cpu_units, memory_mib));
        row.extend(prices.map(Option::unwrap_or_default));
        table.add_row(row);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    let storage = usd_text(fargate::EPHEMERAL_STORAGE_NANO_USD_PER_GIB_HOUR);
    let included = fargate::EPHEMERAL_STORAGE_INCLUDED_GIB;
    writeln!(
        out,
        "{}; us-east-1, 2026-06; storage above {included} GiB: {storage} USD a GiB-hour",
        table::counted(sizes.len(), "Fargate size")
    )?;
    Ok(())
}

/// The price of a size on a platform, or `None` where the platform has no such size.
fn hourly_usd(platform: FargatePlatform, cpu_units: u32, memory_mib: u32) -> Option<String> {
    let price = fargate::on_demand_price(platform);
    platform.takes_cpu_units(cpu_units).then(|| usd_text(price.nano_usd_per_hour(cpu_units, memory_mib)))
}

fn type_json(listed: &InstanceType) -> Value {
    json!({
        "type": listed.name,
        "vcpu": listed.vcpus,
        "memory_mib": listed.memory_mib,
        "architecture": listed.architecture,
        "gpus": listed.gpus,
        "max_enis": listed.max_enis,
        "awsvpc_tasks": listed.awsvpc_task_limit(false),
        "awsvpc_tasks_trunking": listed.trunk_task_enis,
        "on_demand_usd_per_hour": usd_text(listed.on_demand_nano_usd_per_hour),
    })
}

fn size_json((cpu_units, memory_mib): (u32, u32)) -> Value {
    let usd = |platform| hourly_usd(platform, cpu_units, memory_mib);
    json!({
        "cpu_units": cpu_units,
        "memory_mib": memory_mib,
        "linux_x86_64_usd_per_hour": usd(FargatePlatform::LinuxX86),
        "linux_arm64_usd_per_hour": usd(FargatePlatform::LinuxArm),
        "windows_x86_64_usd_per_hour": usd(FargatePlatform::Windows),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(json: bool, filter: &str) -> String {
        let mut out = Vec::new();
        let args = TypesArgs { json, filter: Some(filter.to_string()) };
        assert_eq!(run(&args, &mut out), Ok(0));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_name_shows_its_type_with_its_price() {
        let text = answer(false, "M5.LARGE");
        assert!(text.contains("m5.large") && text.contains("0.096"), "{text}");
        assert!(text.contains("1 instance type;"), "{text}");
        assert!(!text.contains("Fargate"), "{text}");
    }

    #[test]
    fn the_json_has_exact_prices_and_nothing_where_a_size_does_not_exist() {
        let value: Value = serde_json::from_str(&answer(true, "fargate")).unwrap();
        assert_eq!(value["instance_types"], json!([]));
        let smallest = &value["fargate_sizes"][0];
        // 0.25 × 0.04048 + 0.5 × 0.004445 = 0.0123425
        assert_eq!(smallest["linux_x86_64_usd_per_hour"], "0.0123425");
        assert_eq!(smallest["windows_x86_64_usd_per_hour"], Value::Null);
    }

    #[test]
    fn a_name_that_nothing_has_is_answered_with_the_nearest_or_the_families() {
        let refuse = |filter: &str| {
            let args = TypesArgs { json: false, filter: Some(filter.to_string()) };
            run(&args, &mut Vec::new()).unwrap_err()
        };
        let near = "no instance type begins with `m5.lrage`; did you mean m5.large?";
        assert_eq!(refuse("m5.lrage"), Failure::Input(near.to_string()));
        let Failure::Input(far) = refuse("quantum") else { panic!("not an input failure") };
        assert!(far.contains("families are t2, t3, t3a"), "{far}");
    }
}
