//! Spot capacity and outages from traces.

use serde_json::{Value, json};

use super::rows::{Rows, long, wrong_unit};
use super::{FromTrace, TraceWishes, written};
use crate::import::assemble::guess;
use crate::import::yaml::Item;

/// More entries than these are no timeline that anybody reads.
const MOST_OUTAGES: usize = 1_000;
const YEAR_S: f64 = 31_536_000.0;

/// A group of Spot instances whose pool can hold what the trace says.
pub(super) fn spot_capacity(wishes: &TraceWishes) -> Result<FromTrace, String> {
    let rows = Rows::open(wishes)?;
    let place = |column: &str| rows.required(column, &[column]).map(|(place, _)| place);
    let (trace, gap_seconds, start_tick) = (place("trace")?, place("gap_seconds")?, place("start_tick")?);
    let (length, available) = (place("ticks")?, place("available")?);
    let mut chosen = wishes.trace.clone();
    let (mut ticks, mut gap, mut most) = (0.0f64, 0.0f64, 0.0f64);
    let mut others: Vec<String> = Vec::new();
    rows.each(|cells| {
        let name = cells.at(trace);
        if chosen.get_or_insert_with(|| name.to_owned()) != name {
            if others.len() < 8 && !others.iter().any(|other| other == name) {
                others.push(name.to_owned());
            }
            return Ok(());
        }
        let number = |place: usize| cells.number(place)?.ok_or_else(|| cells.mistake(place, "a number"));
        gap = number(gap_seconds)?;
        ticks = ticks.max(number(start_tick)? + number(length)?);
        most = most.max(number(available)?);
        Ok(())
    })?;
    let chosen = chosen.unwrap_or_default();
    if ticks == 0.0 {
        let there =
            if others.is_empty() { String::new() } else { format!(" (it has {})", others.join(", ")) };
        return Err(format!("`{}` has no rows of the trace {chosen:?}{there}", wishes.shown()));
    }
    let span = ticks * gap;
    let count = most.max(1.0) as u64;
    let name = wishes.stem();
    let definition = Item::of(json!({ "family": "job", "containerDefinitions": [{ "name": "job", "image": "job", "cpu": 1024, "memory": 3000 }] }))
        .noted(guess("the trace says nothing of tasks"));
    let group = json!({ "AutoScalingGroupName": "spot", "MinSize": 0, "MaxSize": count, "DesiredCapacity": count, "AvailabilityZones": [wishes.zone],
        "MixedInstancesPolicy": { "LaunchTemplate": { "Overrides": [{ "InstanceType": "m5.large" }] }, "InstancesDistribution": { "OnDemandPercentageAboveBaseCapacity": 0 } } });
    let group = Item::of(group).noted(guess("instances of this type stand for those of the trace"));
    let provider = json!({ "name": "spot-capacity", "autoScalingGroupProvider": { "autoScalingGroupArn": "spot", "managedScaling": { "status": "ENABLED" } } });
    let service = json!({ "serviceName": "workers", "taskDefinition": "job", "desiredCount": count, "placementStrategy": [{ "type": "binpack", "field": "memory" }],
        "capacityProviderStrategy": [{ "capacityProvider": "spot-capacity", "weight": 1 }] });
    let aws = Item::mapping([
        ("taskDefinitions", Item::list(vec![definition])),
        ("autoScalingGroups", Item::list(vec![group])),
        ("capacityProviders", Item::list(vec![Item::of(provider)])),
        ("cluster", Item::of(json!({ "clusterName": name, "capacityProviders": ["spot-capacity"] }))),
        ("services", Item::list(vec![Item::of(service)])),
    ]);
    let pool = format!("m5.large/{}", wishes.zone);
    let availability = json!({ "availability": { "csv": wishes.path(), "trace": chosen } });
    let world = Item::mapping([("spot", Item::mapping([(pool, Item::of(availability))]))]);
    let hours = ((span / 3600.0).ceil() as u64).clamp(1, 24 * 60);
    let length = Item::of(json!(format!("{hours}h")));
    let length = if span > hours as f64 * 3600.0 {
        length.noted(guess(format!("the trace has {}", long(span))))
    } else {
        length
    };
    let experiment = Item::of(json!({ "replications": 5, "objectives": [{ "metric": "availability", "of": "workers", "atLeast": 0.95 }] })).noted(guess("what is promised"));
    let mut told = vec![format!("trace {chosen}: {} of at most {count} instances", long(span))];
    if !others.is_empty() {
        told.push(format!("other traces in the file (--trace chooses): {}", others.join(", ")));
    }
    let entries = vec![("duration", length), ("aws", aws), ("world", world), ("experiment", experiment)];
    let question = format!("How available are workers that live on the Spot capacity of {chosen}?");
    Ok(FromTrace { yaml: written(wishes, &question, entries), beside: None, told })
}

/// Outages of a zone at the times of the trace.
pub(super) fn outages(wishes: &TraceWishes) -> Result<FromTrace, String> {
    let rows = Rows::open(wishes)?;
    let start = rows.column("start", &["start", "start_s", "begin", "time"])?;
    let interval = rows.column("interval", &["interval", "interval_s", "interval_since_previous_s"])?;
    let (duration, duration_name) = rows.required("duration", &["duration", "duration_s", "length"])?;
    let (key, (place, name)) = match (start, interval) {
        (Some(start), _) => ("start", start),
        (None, Some(interval)) => ("interval", interval),
        (None, None) => {
            ("start", rows.required("start", &["start", "start_s", "begin", "interval_since_previous_s"])?)
        }
    };
    let unit = rows.time_unit(key, &name)?;
    let length_unit = rows.time_unit("duration", &duration_name)?;
    let (mut now, mut found) = (0.0, Vec::new());
    rows.numbers(&[Some(place), Some(duration)], |cells| {
        if let (Some(at), Some(length)) = (cells[0], cells[1]) {
            now = if key == "interval" { now + at } else { at };
            found.push((now, length));
        }
    })?;
    let Some(last) = found.last().map(|outage| outage.0) else {
        return Err(format!("`{}` has no rows with a time and a duration", wishes.shown()));
    };
    let first = found[0].0;
    let sane = |s: f64| (60.0..=20.0 * YEAR_S).contains(&s);
    if found.len() > 1 && !sane((last - first) * unit.seconds) && !wishes.force_units {
        return Err(wrong_unit(
            wishes,
            "the time from the first outage to the last",
            key,
            last - first,
            unit,
            sane,
        ));
    }
    let all = found.len();
    found.truncate(MOST_OUTAGES);
    let end = found.iter().fold(0.0f64, |most, (at, length)| {
        most.max((at - first) * unit.seconds + length * length_unit.seconds)
    });
    let seconds = |value: f64| format!("{}s", value.max(0.0).round());
    let entry = |(at, length): &(f64, f64)| -> Value {
        json!({ "at": seconds((at - first) * unit.seconds), "fault": "zoneOutage", "with": { "zone": wishes.zone, "for": seconds((length * length_unit.seconds).max(1.0)) } })
    };
    let timeline: Vec<Item> = found.iter().map(|outage| Item::of(entry(outage))).collect();
    let region = wishes.zone.trim_end_matches(|letter: char| letter.is_ascii_lowercase()).to_owned();
    let mut zones = vec![wishes.zone.clone()];
    zones.extend(
        ["a", "b", "c"]
            .iter()
            .map(|letter| format!("{region}{letter}"))
            .filter(|zone| *zone != wishes.zone)
            .take(2),
    );
    let definition = Item::of(
        json!({ "family": "web", "containerDefinitions": [{ "name": "app", "image": "web", "cpu": 512, "memory": 1024 }] }),
    );
    let aws = Item::mapping([
        (
            "taskDefinitions",
            Item::list(vec![definition.noted(guess("the trace says nothing of the cluster"))]),
        ),
        (
            "containerInstances",
            Item::list(vec![Item::of(
                json!({ "name": "ec2", "count": 9, "instanceType": "m5.large", "zones": zones }),
            )]),
        ),
        (
            "services",
            Item::list(vec![Item::of(
                json!({ "serviceName": "web", "taskDefinition": "web", "desiredCount": 12 }),
            )]),
        ),
    ]);
    let mut world = Item::mapping([("region", Item::of(json!(region)))]);
    if region != crate::catalog::instance_types::HOME_REGION {
        world.set(
            "prices",
            Item::of(json!({ "list": [{ "instanceType": "m5.large", "usdPerHour": 0.096 }] }))
                .noted(guess("the price of us-east-1")),
        );
    }
    let hours = (end / 3600.0).ceil().max(1.0) as u64;
    let experiment = Item::of(json!({ "replications": 3, "objectives": [{ "metric": "availability", "of": "web", "atLeast": 0.99 }] })).noted(guess("what is promised"));
    let mut told = vec![format!("{} outages over {}", found.len(), long(end))];
    if all > found.len() {
        told.push(format!(
            "{} later outages are left out: a timeline of {MOST_OUTAGES} is enough",
            all - found.len()
        ));
    }
    let entries = vec![
        ("duration", Item::of(json!(format!("{hours}h")))),
        ("aws", aws),
        ("world", world),
        ("timeline", Item::list(timeline)),
        ("experiment", experiment),
    ];
    let question = format!("How available is a service through the outages of {}?", wishes.stem());
    Ok(FromTrace { yaml: written(wishes, &question, entries), beside: None, told })
}
