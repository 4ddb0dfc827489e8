//! Outages: a zone that is lost when something was out.

use serde_json::json;

use super::columns::Columns;
use super::units::{Doubts, median, span};
use super::{Made, Wanted, counted, written_ms};
use crate::catalog::csv_columns::{CsvColumns, MAX_ROWS};
use crate::import::assemble::guess;
use crate::import::yaml::Item;

/// More entries nobody reads.
const MOST_OUTAGES: usize = 1_000;
const GUESSED_ZONE: &str = "us-east-1a";
const HOUR_MS: f64 = 3_600_000.0;

pub(super) fn read(csv: CsvColumns, columns: &Columns, wanted: &Wanted) -> Result<Made, String> {
    let doubts = Doubts { wanted, shown: csv.shown().to_owned() };
    let is_start = columns.get("start").is_some();
    let time = match columns.get("interval") {
        Some(interval) if !is_start || columns.is_named("interval") && !columns.is_named("start") => {
            interval.clone()
        }
        _ => columns
            .required("start")
            .map_err(|why| {
                format!("{why}; or with the time since the one before: --columns interval=COLUMN")
            })?
            .clone(),
    };
    let duration = columns.required("duration")?.clone();
    let (mut outages, mut blank, mut now) = (Vec::new(), 0u64, 0.0);
    csv.rows(MAX_ROWS, |cells| {
        let (Some(at), Some(lasts)) = (cells.number(time.place)?, cells.number(duration.place)?) else {
            blank += 1;
            return Ok(());
        };
        now = if time.key == "interval" { now + at * time.ms() } else { at * time.ms() };
        outages.push((now, lasts * duration.ms()));
        Ok(())
    })?;
    outages.retain(|(_, lasts)| *lasts >= 1.0);
    if outages.is_empty() {
        return Err(format!("`{}` has no outage with a start and a duration", doubts.shown));
    }
    outages.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (first, last) = (outages[0].0, outages[outages.len() - 1].0);
    doubts.of_span(&time, last - first, outages.len())?;
    let median_ms = median(outages.iter().map(|outage| outage.1).collect());
    doubts.of_median(&duration, median_ms)?;
    let read = outages.len();
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (at, lasts) in outages.into_iter().map(|(at, lasts)| (at - first, lasts)) {
        match merged.last_mut() {
            Some((from, before)) if at <= *from + *before => *before = before.max(at + lasts - *from),
            _ => merged.push((at, lasts)),
        }
    }
    let overlapping = (read - merged.len()) as u64;
    let left = merged.len().saturating_sub(MOST_OUTAGES) as u64;
    merged.truncate(MOST_OUTAGES);
    let end = merged.last().map_or(0.0, |(at, lasts)| at + lasts);
    let zone = wanted.zone.clone().unwrap_or_else(|| GUESSED_ZONE.to_owned());
    let mut facts = vec![format!(
        "{} over {}, median duration {}; {} in the timeline, zoneOutage of {zone}",
        counted(read as u64, "outage"),
        span(last - first),
        span(median_ms),
        counted(merged.len() as u64, "fault")
    )];
    let told = [
        (blank, "with a blank cell, left out"),
        (overlapping, "that began before the one before had ended, made one with it"),
        (left, "beyond the first 1,000, left out"),
    ];
    facts.extend(
        told.into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{} {why}", counted(count, "outage"))),
    );
    let entry = |(at, lasts): &(f64, f64)| {
        Item::of(
            json!({ "at": written_ms(*at), "fault": "zoneOutage", "with": { "zone": zone, "for": written_ms(*lasts) } }),
        )
    };
    let hours = ((end + HOUR_MS) / HOUR_MS).ceil();
    Ok(Made {
        duration: Item::of(json!(format!("{hours}h"))).noted("an hour after the last outage"),
        aws: cluster(&zone, wanted.zone.is_some()),
        world: Item::of(json!({ "services": { "web": { "needs": 4 } } }))
            .noted(guess("the service is up while four of its six tasks are healthy")),
        timeline: merged.iter().map(entry).collect(),
        question: "How available is a service in three zones when one of them fails like this?\n".to_owned(),
        beside: None,
        facts,
    })
}

/// Six instances in three zones, the one that fails among them, and a service over them.
fn cluster(zone: &str, is_told: bool) -> Item {
    let region = zone.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let mut zones = vec![zone.to_owned()];
    zones.extend(
        ["a", "b", "c"]
            .map(|letter| format!("{region}{letter}"))
            .into_iter()
            .filter(|other| other != zone)
            .take(2),
    );
    let mut zones = Item::of(json!(zones));
    if !is_told {
        zones = zones.noted(guess(format!("{zone} is the one that fails; --zone names another")));
    }
    let instances = Item::mapping([
        ("name", Item::of(json!("ec2"))),
        ("count", Item::of(json!(6)).noted(guess("the trace does not say what was struck"))),
        ("instanceType", Item::of(json!("m5.large"))),
        ("zones", zones),
    ]);
    let definition = json!({
        "family": "web",
        "containerDefinitions": [{ "name": "app", "image": "trace/web", "cpu": 512, "memory": 1024 }],
    });
    Item::mapping([
        ("taskDefinitions", Item::of(json!([definition]))),
        ("containerInstances", Item::list(vec![instances])),
        ("services", Item::of(json!([{ "serviceName": "web", "taskDefinition": "web", "desiredCount": 6 }]))),
    ])
}
