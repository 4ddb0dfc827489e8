//! Types and sizes as tables of at most a hundred columns, and as JSON.

use std::io::Write;

use serde_json::{Value, json};

use super::Known;
use crate::catalog::fargate::{self, FargatePlatform};
use crate::catalog::instance_types::{HOME_REGION, InstanceType, InterruptionBand};
use crate::catalog::price_list::{FargateResource, Market};
use crate::catalog::units::usd_text;
use crate::cli::{Failure, table};
use crate::output::escape::visible_text;
use crate::output::terminal::paragraph_within;

/// No table and no line of sources is wider.
const WIDTH: usize = 100;

pub(super) fn types(known: &Known, types: &[&InstanceType], out: &mut dyn Write) -> Result<(), Failure> {
    let heads = ["type", "arch", "vCPU", "GiB", "GPUs", "ENIs", "trunk", "USD/h", "Spot", "taken"];
    let mut table = table::dense(heads, 2);
    table.set_width(WIDTH as u16);
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    for kind in types {
        table.add_row([
            kind.name.to_string(),
            kind.architecture.name().to_owned(),
            kind.vcpus.to_string(),
            gib_text(kind.memory_mib),
            kind.gpus.to_string(),
            kind.max_enis.to_string(),
            number(kind.trunk_task_enis),
            known.on_demand(kind).map(usd_text).unwrap_or_default(),
            kind.spot_savings_percent.map(|percent| format!("-{percent}%")).unwrap_or_default(),
            kind.spot_interruption_band.map(InterruptionBand::name).unwrap_or_default().to_owned(),
        ]);
    }
    if !types.is_empty() {
        writeln!(out, "{}", table.trim_fmt())?;
    }
    let region = visible_text(&known.region);
    let without = types.iter().filter(|kind| known.on_demand(kind).is_none()).count();
    let mut said =
        format!("{}; USD an hour on demand, Linux, {region}", table::counted(types.len(), "instance type"));
    if without > 0 {
        said += &format!("; {without} without a known price there");
        if known.region != HOME_REGION {
            said += " (--prices gives those of other regions)";
        }
    }
    said += ". An instance holds one awsvpc task less than ENIs, or trunk with awsvpcTrunking. Spot: below on demand; taken: the \
             share of Spot capacity reclaimed in a month; both us-east-1.";
    write!(out, "{}", paragraph_within(&said, 0, WIDTH))?;
    for origin in &known.types.origins {
        write!(out, "{}", paragraph_within(&format!("Sources, {origin}"), 2, WIDTH))?;
    }
    Ok(())
}

/// Memory in GiB, exactly.
fn gib_text(mib: u32) -> String {
    let thousandths = u64::from(mib) * 1000 / 1024;
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn sizes(known: &Known, sizes: &[(u32, u32)], out: &mut dyn Write) -> Result<(), Failure> {
    let platforms = FargatePlatform::ALL.map(|platform| format!("{} USD/h", platform.name()));
    let mut table = table::dense(["Fargate cpu", "MiB", &platforms[0], &platforms[1], &platforms[2]], 0);
    for &(cpu_units, memory_mib) in sizes {
        let mut row = vec![cpu_units.to_string(), memory_mib.to_string()];
        let prices = FargatePlatform::ALL.map(|platform| known.size_usd(platform, cpu_units, memory_mib));
        row.extend(prices.map(Option::unwrap_or_default));
        table.add_row(row);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    let storage = known
        .fargate(FargateResource::StorageGb, None)
        .map_or_else(|| "not known".to_owned(), |price| format!("{} USD a GB and hour", usd_text(price)));
    let said = format!(
        "{}; {}; storage above {} GB: {storage}. {}",
        table::counted(sizes.len(), "Fargate size"),
        visible_text(&known.region),
        fargate::EPHEMERAL_STORAGE_INCLUDED_GIB,
        fargate::SOURCES,
    );
    write!(out, "{}", paragraph_within(&said, 0, WIDTH))?;
    Ok(())
}

pub(super) fn json(
    known: &Known,
    types: &[&InstanceType],
    sizes: &[(u32, u32)],
    out: &mut dyn Write,
) -> Result<u8, Failure> {
    let types: Vec<_> = types.iter().map(|kind| type_json(known, kind)).collect();
    let sizes: Vec<_> = sizes.iter().map(|size| size_json(known, *size)).collect();
    let all = json!({
        "region": known.region,
        "instance_types": types,
        "fargate_sizes": sizes,
        "sources": known.types.origins,
        "fargate_sources": fargate::SOURCES,
    });
    writeln!(out, "{all:#}")?;
    Ok(0)
}

fn type_json(known: &Known, kind: &InstanceType) -> Value {
    json!({
        "type": &*kind.name,
        "vcpu": kind.vcpus,
        "memory_mib": kind.memory_mib,
        "architecture": kind.architecture.name(),
        "gpus": kind.gpus,
        "max_enis": kind.max_enis,
        "awsvpc_tasks": kind.awsvpc_task_limit(false),
        "awsvpc_tasks_trunking": kind.trunk_task_enis,
        "on_demand_usd_per_hour": known.on_demand(kind).map(usd_text),
        "spot_usd_per_hour": known.listed(kind, Market::Spot).map(usd_text),
        "spot_savings_percent_us_east_1": kind.spot_savings_percent,
        "spot_interruption_band_us_east_1": kind.spot_interruption_band.map(InterruptionBand::name),
        "source": &*kind.source,
    })
}

fn size_json(known: &Known, (cpu_units, memory_mib): (u32, u32)) -> Value {
    let usd = |platform| known.size_usd(platform, cpu_units, memory_mib);
    json!({
        "cpu_units": cpu_units,
        "memory_mib": memory_mib,
        "linux_x86_64_usd_per_hour": usd(FargatePlatform::LinuxX86),
        "linux_arm64_usd_per_hour": usd(FargatePlatform::LinuxArm),
        "windows_x86_64_usd_per_hour": usd(FargatePlatform::Windows),
    })
}
