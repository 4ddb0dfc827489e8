//! Tasks that were asked for: a caller of RunTask who asks for them again.

use serde_json::json;

use super::columns::{Columns, Taken, Unit};
use super::instances::{Size, peak, type_for};
use super::units::{Doubts, median, span};
use super::{Made, PATH, Wanted, counted, length};
use crate::catalog::csv_columns::{Cells, CsvColumns, MAX_ROWS};
use crate::import::assemble::guess;
use crate::import::yaml::Item;
use crate::scenario::spec::{CpuUnit, MemoryUnit};

/// A task where the trace does not say its size: half of the vCPUs of the guessed instance, and less than half its memory.
const GUESSED_CPU: f64 = 1024.0;
const GUESSED_MEMORY_MIB: f64 = 2048.0;
const MIB: f64 = 1_048_576.0;

/// A task of the trace.
struct Task {
    at_ms: f64,
    duration_ms: f64,
    size: Size,
}

/// What was read and what was left out.
struct Reading {
    tasks: Vec<Task>,
    blank: u64,
    backward: u64,
}

pub(super) fn read(csv: CsvColumns, columns: &Columns, wanted: &Wanted) -> Result<Made, String> {
    let mut columns = columns.clone();
    // A duration that is named goes before two times, and two times before a duration by its usual name only if named.
    let between = columns.get("from").is_some() && columns.get("to").is_some();
    let by_two = between
        && (columns.get("duration").is_none()
            || columns.is_named("from") && columns.is_named("to") && !columns.is_named("duration"));
    match by_two {
        true => columns.drop("duration"),
        false => {
            columns.drop("from");
            columns.drop("to");
        }
    }
    let doubts = Doubts { wanted, shown: csv.shown().to_owned() };
    let arrival = columns.required("arrival")?.clone();
    let length_of = match columns.get("to") {
        Some(to) => to.clone(),
        None => columns.required("duration")?.clone(),
    };
    let reading = tasks(csv, &columns, &arrival)?;
    let tasks = &reading.tasks;
    if tasks.is_empty() {
        return Err(format!(
            "`{}` has no row that can be played; {}",
            doubts.shown,
            left_out(&reading).join("; ")
        ));
    }
    let first = tasks.iter().map(|task| task.at_ms).fold(f64::INFINITY, f64::min);
    let last = tasks.iter().map(|task| task.at_ms).fold(0.0, f64::max);
    doubts.of_span(&arrival, last - first, tasks.len())?;
    let median_ms = median(tasks.iter().map(|task| task.duration_ms).collect());
    doubts.of_median(&length_of, median_ms)?;
    let largest = tasks.iter().fold(Size::default(), |largest, task| largest.max(task.size));
    if let Some(cpu) = columns.get("cpu") {
        doubts.of_cpu(cpu, largest.cpu)?;
    }
    let Some(kind) = type_for(largest) else {
        return Err(format!(
            "`{}`: the largest task asks for {:.1} vCPU, {:.0} MiB and {} GPUs, more than any instance type that could be guessed; \
             are --units cpu=…,memory=… right?",
            doubts.shown,
            largest.cpu / 1024.0,
            largest.memory,
            largest.gpus
        ));
    };
    let end = tasks.iter().map(|task| task.at_ms + task.duration_ms).fold(last, f64::max);
    let stays = |weight: &dyn Fn(&Task) -> f64| -> Vec<(f64, f64, f64)> {
        tasks.iter().map(|task| (task.at_ms, task.at_ms + task.duration_ms, weight(task))).collect()
    };
    let most = peak(&stays(&|_| 1.0));
    // Each takes that part of an instance of which so many fit: the rest of it is lost to tasks of this size.
    let count = peak(&stays(&|task| 1.0 / task.size.on_one(kind).max(1) as f64));
    let count = ((count - 1e-6).ceil() as u64).max(1);
    let sized = columns.get("cpu").is_some() || columns.get("memory").is_some();
    let per_instance = largest.on_one(kind);
    let why = match sized {
        true => format!(
            "{} at once at the peak of the trace, each a part of an instance by how many of its size one holds",
            counted(most as u64, "task")
        ),
        false => format!(
            "{} at once at the peak of the trace, {per_instance} on an instance",
            counted(most as u64, "task")
        ),
    };
    let instances = Item::mapping([
        ("name", Item::of(json!("ec2"))),
        ("count", Item::of(json!(count)).noted(guess(why))),
        ("instanceType", Item::of(json!(*kind.name)).noted(guess(holding(&columns, largest)))),
    ]);
    let aws = Item::mapping([
        ("taskDefinitions", Item::list(vec![definition(&columns, largest)])),
        ("containerInstances", Item::list(vec![instances])),
    ]);
    let mut facts = vec![format!(
        "{} over {}, at most {} at once, median duration {}",
        counted(tasks.len() as u64, "task"),
        span(end - first),
        most,
        span(median_ms)
    )];
    facts.extend(left_out(&reading));
    Ok(Made {
        duration: length(end - first, "untilDone"),
        aws,
        world: Item::mapping([("runs", Item::list(vec![run(&columns)]))]),
        timeline: Vec::new(),
        question: "How long do tasks that come as they came wait for room?\n".to_owned(),
        beside: None,
        facts,
    })
}

fn left_out(reading: &Reading) -> Vec<String> {
    let told = [
        (reading.blank, "with a blank cell that is needed"),
        (reading.backward, "that ends before it begins"),
    ];
    told.into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}, left out", counted(count, "row")))
        .collect()
}

fn tasks(csv: CsvColumns, columns: &Columns, arrival: &Taken) -> Result<Reading, String> {
    let mut reading = Reading { tasks: Vec::new(), blank: 0, backward: 0 };
    let number = |cells: &Cells<'_>, key: &str| match columns.get(key) {
        Some(taken) => cells.number(taken.place).map(Some),
        None => Ok(None),
    };
    let duration_ms = columns.get("duration").or_else(|| columns.get("from")).map_or(1000.0, Taken::ms);
    csv.rows(MAX_ROWS, |cells| {
        let at = cells.number(arrival.place)?;
        let keys = ["duration", "from", "to", "cpu", "memory", "gpu"];
        let mut found = [None; 6];
        for (slot, key) in found.iter_mut().zip(keys) {
            *slot = number(cells, key)?;
        }
        let (Some(at), false) = (at, found.contains(&Some(None))) else {
            reading.blank += 1;
            return Ok(());
        };
        let [duration, from, to, cpu, memory, gpus] = found.map(Option::flatten);
        let duration = match (duration, from, to) {
            (Some(duration), _, _) => duration,
            (None, Some(from), Some(to)) if to >= from => to - from,
            _ => {
                reading.backward += 1;
                return Ok(());
            }
        };
        let size = Size {
            cpu: cpu.map_or(GUESSED_CPU, |cpu| cpu_units(columns, cpu)),
            memory: memory.map_or(GUESSED_MEMORY_MIB, |memory| mib(columns, memory)),
            gpus: gpus.unwrap_or(0.0),
        };
        reading.tasks.push(Task { at_ms: at * arrival.ms(), duration_ms: duration * duration_ms, size });
        Ok(())
    })?;
    Ok(reading)
}

fn cpu_units(columns: &Columns, value: f64) -> f64 {
    let unit = match columns.get("cpu").map(|cpu| cpu.unit) {
        Some(Unit::Cpu(unit)) => unit,
        _ => CpuUnit::Units,
    };
    (value * 1024.0 / f64::from(unit.per_vcpu())).ceil()
}

fn mib(columns: &Columns, value: f64) -> f64 {
    let unit = match columns.get("memory").map(|memory| memory.unit) {
        Some(Unit::Memory(unit)) => unit,
        _ => MemoryUnit::MiB,
    };
    (value * unit.bytes() as f64 / MIB).ceil()
}

fn holding(columns: &Columns, largest: Size) -> String {
    let what = match (columns.get("cpu"), columns.get("memory")) {
        (None, None) => "the trace does not say what ran the tasks".to_owned(),
        _ => format!("it holds the largest task, {} CPU units and {} MiB", largest.cpu, largest.memory),
    };
    match largest.gpus > 0.0 {
        true => format!("{what}, with {} GPUs", largest.gpus),
        false => what,
    }
}

/// A task definition; rows of the trace put their own sizes over it.
fn definition(columns: &Columns, largest: Size) -> Item {
    let size = |key: &str, of_rows: f64, guessed: f64| match columns.get(key) {
        Some(_) => {
            Item::of(json!(of_rows.max(1.0) as u64)).noted("the largest of the trace; each row has its own")
        }
        None => Item::of(json!(guessed as u64)).noted(guess("the trace does not say it")),
    };
    let container = json!([{ "name": "work", "image": "trace/work", "essential": true }]);
    let mut definition = Item::mapping([
        ("family", Item::of(json!("work"))),
        ("cpu", size("cpu", largest.cpu, GUESSED_CPU)),
        ("memory", size("memory", largest.memory, GUESSED_MEMORY_MIB)),
        ("containerDefinitions", Item::of(container)),
    ]);
    if largest.gpus > 0.0 {
        let gpus = format!("{}", largest.gpus.ceil());
        let container = json!([{ "name": "work", "image": "trace/work", "essential": true,
            "resourceRequirements": [{ "type": "GPU", "value": gpus }] }]);
        definition.set("containerDefinitions", Item::of(container));
    }
    definition
}

fn run(columns: &Columns) -> Item {
    let mut named = Item::mapping::<&str>([]);
    let mut units = Item::mapping::<&str>([]);
    for taken in &columns.all {
        let word = super::columns::unit_word(taken.unit);
        match taken.key {
            "from" | "to" => {}
            key => named.set(key, Item::of(json!(taken.column))),
        }
        match taken.key {
            "from" => units.set("duration", Item::of(json!(word))),
            "to" | "gpu" => {}
            key => units.set(key, Item::of(json!(word))),
        }
    }
    if let (Some(from), Some(to)) = (columns.get("from"), columns.get("to")) {
        named.set("duration", Item::of(json!({ "from": from.column, "to": to.column })));
    }
    let arrivals = Item::mapping([("csv", Item::of(json!(PATH))), ("columns", named), ("units", units)]);
    Item::mapping([
        ("name", Item::of(json!("trace"))),
        ("taskDefinition", Item::of(json!("work"))),
        ("arrivals", arrivals),
        (
            "placementStrategy",
            Item::of(json!([{ "type": "binpack", "field": "memory" }]))
                .noted(guess("as few instances as will do")),
        ),
        ("onRefusal", Item::of(json!({ "wait": "fifo" })).noted(guess("who finds no room stands in line"))),
    ])
}
