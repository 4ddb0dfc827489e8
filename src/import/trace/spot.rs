//! Spot capacity over time: a group of Spot instances of which only so many can be had.

use serde_json::json;

use super::columns::Columns;
use super::units::{Doubts, span};
use super::{Made, PATH, Wanted, counted, length, written_ms};
use crate::catalog::csv_columns::{CsvColumns, MAX_ROWS};
use crate::catalog::csv_text::cut;
use crate::catalog::nearest_spelling;
use crate::import::assemble::guess;
use crate::import::yaml::Item;

/// Instance type and zone where nobody says them.
const GUESSED_TYPE: &str = "m5.large";
const GUESSED_ZONE: &str = "us-east-1a";
/// The columns that a scenario reads by these names.
const NATIVE: [(&str, &str); 4] =
    [("gap", "gap_seconds"), ("start", "start_tick"), ("ticks", "ticks"), ("available", "available")];
/// A group of more is none.
const MOST_INSTANCES: f64 = 1_000.0;
/// Names of traces that a message lists.
const MOST_NAMES: usize = 1_000;

/// A trace: for so long so many instances could be had.
#[derive(Default)]
struct Capacity {
    /// The trace's own name, where the file has several.
    name: Option<String>,
    zone: Option<String>,
    others: Vec<String>,
    /// (length in ms, instances).
    runs: Vec<(f64, f64)>,
    /// In the form of a scenario, where the file's is another.
    beside: Option<String>,
}

pub(super) fn read(csv: CsvColumns, columns: &Columns, wanted: &Wanted) -> Result<Made, String> {
    let shown = csv.shown().to_owned();
    if wanted.trace.is_some() {
        columns.required("trace")?;
    }
    let is_native =
        NATIVE.iter().all(|(key, column)| columns.get(key).is_some_and(|taken| taken.column == *column));
    let capacity = match is_native {
        true => native(csv, columns, wanted)?,
        false => steps(csv, columns, wanted)?,
    };
    if capacity.runs.is_empty() {
        return Err(nothing(&shown, &capacity, wanted));
    }
    let length_ms: f64 = capacity.runs.iter().map(|run| run.0).sum();
    let most = capacity.runs.iter().map(|run| run.1).fold(0.0, f64::max);
    let mean = capacity.runs.iter().map(|(ms, count)| ms * count).sum::<f64>() / length_ms;
    if most < 1.0 {
        return Err(format!("`{shown}`: not one instance could be had in the whole trace"));
    }
    if most > MOST_INSTANCES {
        return Err(format!(
            "`{shown}`: {most} instances at once are more than {MOST_INSTANCES}; is `available` the right column?"
        ));
    }
    let drops = capacity.runs.windows(2).filter(|pair| pair[1].1 < pair[0].1).count() as u64;
    let mut facts = vec![format!(
        "{}, {} of capacity, at most {}, on average {mean:.2}",
        span(length_ms),
        counted(drops, "fall"),
        counted(most as u64, "instance")
    )];
    facts.extend(
        capacity
            .name
            .as_ref()
            .map(|name| format!("trace {name} of {}", counted(capacity.others.len() as u64 + 1, "trace"))),
    );
    let in_home = capacity
        .zone
        .clone()
        .filter(|zone| zone.starts_with("us-east-1") && zone.len() == GUESSED_ZONE.len());
    let zone = match (&wanted.zone, in_home) {
        (Some(zone), _) => (zone.clone(), None),
        (None, Some(zone)) => (zone, None),
        (None, None) => {
            (GUESSED_ZONE.to_owned(), Some("prices are known for this region; --zone names another"))
        }
    };
    let (aws, pool) = group(most as u64, zone);
    let mut availability = Item::mapping([("csv", Item::of(json!(PATH)))]);
    if let Some(name) = &capacity.name {
        availability.set("trace", Item::of(json!(name)));
    }
    let spot = Item::mapping([(pool, Item::mapping([("availability", availability)]))]);
    Ok(Made {
        duration: length(length_ms, &written_ms(length_ms)),
        aws,
        world: Item::mapping([("spot", spot)]),
        timeline: Vec::new(),
        question: "How much of the time does a service on this Spot capacity have all its tasks?\n"
            .to_owned(),
        beside: capacity.beside,
        facts,
    })
}

fn nothing(shown: &str, capacity: &Capacity, wanted: &Wanted) -> String {
    match &wanted.trace {
        Some(name) => {
            let near = nearest_spelling(name, capacity.others.iter().map(String::as_str));
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            let some: Vec<&str> = capacity.others.iter().take(3).map(String::as_str).collect();
            format!("`{shown}` has no trace {name:?}{hint} (there is {})", cut(&some.join(", ")))
        }
        None => format!("`{shown}` has no row below its header"),
    }
}

/// Runs of ticks, as a scenario reads them. It also reads holes and overlaps, and refuses them.
fn native(csv: CsvColumns, columns: &Columns, wanted: &Wanted) -> Result<Capacity, String> {
    let [gap, _, ticks, available] = NATIVE.map(|(key, _)| columns.get(key).map_or(0, |taken| taken.place));
    let place = |key: &str| columns.get(key).map(|taken| taken.place);
    let (trace, zone) = (place("trace"), place("zone"));
    let mut capacity = Capacity::default();
    let mut name = wanted.trace.clone();
    csv.rows(MAX_ROWS, |cells| {
        let of = trace.map_or("", |place| cells.at(place));
        if trace.is_some() && name.get_or_insert_with(|| of.to_owned()) != of {
            if capacity.others.len() < MOST_NAMES && capacity.others.iter().all(|other| other != of) {
                capacity.others.push(of.to_owned());
            }
            return Ok(());
        }
        let number = |place| cells.number(place)?.ok_or_else(|| cells.mistake(place, "a number"));
        capacity.runs.push((number(gap)? * number(ticks)? * 1000.0, number(available)?));
        capacity.zone = zone.map(|place| cells.at(place).to_owned());
        Ok(())
    })?;
    capacity.name = name.filter(|_| trace.is_some());
    Ok(capacity)
}

/// A capacity that holds from a time on.
fn steps(csv: CsvColumns, columns: &Columns, wanted: &Wanted) -> Result<Capacity, String> {
    let doubts = Doubts { wanted, shown: csv.shown().to_owned() };
    let available = columns.required("available")?.clone();
    let time = columns
        .required("time")
        .map_err(|why| format!("{why}; or all of gap_seconds, start_tick, ticks and available"))?
        .clone();
    let mut rows: Vec<(f64, f64)> = Vec::new();
    csv.rows(MAX_ROWS, |cells| {
        let (Some(at), Some(count)) = (cells.number(time.place)?, cells.number(available.place)?) else {
            return Ok(());
        };
        if count.fract() != 0.0 {
            return Err(cells.mistake(available.place, "a whole number of instances"));
        }
        let at = (at * time.ms() / 1000.0).round();
        if rows.last().is_some_and(|(before, _)| at <= *before) {
            return Err(cells.mistake(time.place, "a time at least a second after that of the row before"));
        }
        rows.push((at, count));
        Ok(())
    })?;
    let (Some(first), Some(last)) = (rows.first().copied(), rows.last().copied()) else {
        return Ok(Capacity::default());
    };
    doubts.of_span(&time, (last.0 - first.0) * 1000.0, rows.len())?;
    // The last holds as long as the one before it.
    let before_last = rows.len().checked_sub(2).map_or(3600.0, |index| last.0 - rows[index].0);
    let mut capacity = Capacity::default();
    let mut text = String::from("gap_seconds,start_tick,ticks,available\n");
    for (index, (at, count)) in rows.iter().enumerate() {
        let until = rows.get(index + 1).map_or(at + before_last, |next| next.0);
        text.push_str(&format!("1,{},{},{count}\n", at - first.0, until - at));
        capacity.runs.push(((until - at) * 1000.0, *count));
    }
    capacity.beside = Some(text);
    Ok(capacity)
}

/// A group that asks for as many as could ever be had, and a service with a task on each; and the pool's name.
fn group(most: u64, (zone, why): (String, Option<&str>)) -> (Item, String) {
    let pool = format!("{GUESSED_TYPE}/{zone}");
    let mut zones = Item::of(json!([zone]));
    if let Some(why) = why {
        zones = zones.noted(guess(why));
    }
    let definition = Item::of(json!({
        "family": "work",
        "containerDefinitions": [{ "name": "app", "image": "trace/work", "cpu": 2048, "memory": 7000 }],
    }))
    .noted(guess("a task fills an instance"));
    let mixed = json!({
        "LaunchTemplate": { "Overrides": [{ "InstanceType": GUESSED_TYPE }] },
        "InstancesDistribution": {
            "OnDemandPercentageAboveBaseCapacity": 0, "SpotAllocationStrategy": "price-capacity-optimized",
        },
    });
    let group = Item::mapping([
        ("AutoScalingGroupName", Item::of(json!("spot-asg"))),
        ("MinSize", Item::of(json!(0))),
        ("MaxSize", Item::of(json!(most)).noted("the most that the trace ever had")),
        ("DesiredCapacity", Item::of(json!(most))),
        ("AvailabilityZones", zones),
        (
            "MixedInstancesPolicy",
            Item::of(mixed).noted(guess("the trace may be of another type; world.spot names the pool by it")),
        ),
    ]);
    let service = Item::mapping([
        ("serviceName", Item::of(json!("work"))),
        ("taskDefinition", Item::of(json!("work"))),
        (
            "desiredCount",
            Item::of(json!(most)).noted(guess("one on each instance that could be had at best")),
        ),
        ("capacityProviderStrategy", Item::of(json!([{ "capacityProvider": "spot", "weight": 1 }]))),
    ]);
    let provider = json!([{ "name": "spot", "autoScalingGroupProvider": {
        "autoScalingGroupArn": "spot-asg", "managedScaling": { "status": "ENABLED" } } }]);
    let aws = Item::mapping([
        ("taskDefinitions", Item::list(vec![definition])),
        ("autoScalingGroups", Item::list(vec![group])),
        ("capacityProviders", Item::of(provider)),
        ("cluster", Item::of(json!({ "clusterName": "trace", "capacityProviders": ["spot"] }))),
        ("services", Item::list(vec![service])),
    ]);
    (aws, pool)
}
