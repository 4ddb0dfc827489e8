//! Calls of RunTask from a trace, and instances for the most that run at a time.

use serde_json::{Map, Value, json};

use super::rows::{Rows, check_name, long, wrong_unit};
use super::{FromTrace, TraceWishes, written};
use crate::import::assemble::guess;
use crate::import::yaml::Item;

const YEAR_S: f64 = 31_536_000.0;
const DAY_S: f64 = 86_400.0;
/// RunTask's sustained rate, QUO-12.
const RUN_TASK_PER_SECOND: f64 = 20.0;
/// A task without a size in the trace.
const GUESSED_SIZE: (f64, f64) = (256.0, 512.0);
/// Machines that are guessed: type, CPU units, MiB.
const MACHINES: [(&str, f64, f64); 4] = [
    ("m5.large", 2048.0, 7900.0),
    ("m5.2xlarge", 8192.0, 31_700.0),
    ("m5.8xlarge", 32_768.0, 127_000.0),
    ("m5.24xlarge", 98_304.0, 381_000.0),
];
/// More instances than these no cluster has (QUO-4).
const MOST_INSTANCES: f64 = 5_000.0;

/// How one is multiplied to be CPU units or MiB.
fn size_unit(wishes: &TraceWishes, key: &str, column: &str) -> Result<(&'static str, f64), String> {
    let units: &[(&str, f64)] = match key {
        "cpu" => &[("units", 1.0), ("milli", 1.024), ("vCPU", 1024.0)],
        _ => &[
            ("MiB", 1.0),
            ("GiB", 1024.0),
            ("KiB", 1.0 / 1024.0),
            ("B", 1.0 / 1_048_576.0),
            ("MB", 0.953_674),
            ("GB", 953.674),
        ],
    };
    let end = column.rsplit('_').next().unwrap_or_default();
    let by_name = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(end));
    let Some(named) = wishes.units.get(key) else { return Ok(*by_name.unwrap_or(&units[0])) };
    let all: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
    let found = units.iter().find(|(name, _)| name == named);
    let found = *found.ok_or_else(|| format!("--units {key}={named}: one of {}", all.join(", ")))?;
    check_name(wishes, key, column, named, by_name.map(|(name, _)| *name))?;
    Ok(found)
}

pub(super) fn scenario(wishes: &TraceWishes) -> Result<FromTrace, String> {
    let rows = Rows::open(wishes)?;
    let (arrival, arrival_name) = rows.required(
        "arrival",
        &[
            "arrival",
            "arrival_s",
            "arrival_ms",
            "submit_s",
            "submit_time",
            "creation_time",
            "created",
            "start",
            "start_time",
            "time",
            "timestamp",
        ],
    )?;
    let duration = rows.column(
        "duration",
        &["duration", "duration_s", "duration_ms", "runtime", "run_time", "run_time_s"],
    )?;
    let from = rows.column("from", &["scheduled_time", "start_time", "started"])?;
    let to = rows.column("to", &["deletion_time", "end_time", "ended", "finished"])?;
    let cpu = rows.column("cpu", &["cpu", "cpu_units", "cpu_milli", "cpu_request", "cpus"])?;
    let memory = rows.column("memory", &["memory", "memory_mib", "memory_gib", "memory_request", "mem"])?;
    if duration.is_none() && (from.is_none() || to.is_none()) {
        rows.required("duration", &["duration", "duration_s", "runtime"])?;
    }
    let unit = rows.time_unit("arrival", &arrival_name)?;
    let length_name = duration.as_ref().or(from.as_ref()).map_or("", |(_, name)| name.as_str()).to_owned();
    let length_unit = match wishes.units.contains_key("duration") || duration.is_some() {
        true => rows.time_unit("duration", &length_name)?,
        false => unit,
    };
    let cpu_unit = cpu.as_ref().map(|(_, name)| size_unit(wishes, "cpu", name)).transpose()?;
    let memory_unit = memory.as_ref().map(|(_, name)| size_unit(wishes, "memory", name)).transpose()?;
    let place = |column: &Option<(usize, String)>| column.as_ref().map(|(place, _)| *place);
    let wanted = [Some(arrival), place(&duration), place(&from), place(&to), place(&cpu), place(&memory)];
    let (mut tasks, mut blank) = (Vec::new(), 0u64);
    rows.numbers(&wanted, |cells| {
        let length = cells[1].or_else(|| Some(cells[3]? - cells[2]?));
        match (cells[0], length) {
            (Some(at), Some(length)) if length >= 0.0 => {
                let of = |cell: Option<f64>, unit: Option<(&str, f64)>, guess: f64| {
                    cell.zip(unit).map_or(guess, |(cell, unit)| cell * unit.1)
                };
                let size =
                    (of(cells[4], cpu_unit, GUESSED_SIZE.0), of(cells[5], memory_unit, GUESSED_SIZE.1));
                tasks.push((at, length, size));
            }
            _ => blank += 1,
        }
    })?;
    if tasks.len() < 2 {
        return Err(format!(
            "`{}`: {} rows have an arrival and a duration; a trace needs at least two",
            wishes.shown(),
            tasks.len()
        ));
    }
    check_units(wishes, &tasks, unit, length_unit)?;
    let span = span_of(&tasks) * unit.seconds;
    let (peak, cpu_peak, memory_peak) = peak(&tasks, unit.seconds, length_unit.seconds);
    let largest =
        tasks.iter().fold((0.0f64, 0.0f64), |most, (_, _, size)| (most.0.max(size.0), most.1.max(size.1)));
    let mut told = vec![format!("{} calls over {}, at most {peak} tasks at a time", tasks.len(), long(span))];
    if blank > 0 {
        let rows = if blank == 1 { "1 row has".to_owned() } else { format!("{blank} rows have") };
        told.push(format!("{rows} a blank cell where a number is needed: left out"));
    }
    let (kind, cpu_each, memory_each) = MACHINES
        .into_iter()
        .find(|(_, cpu, memory)| largest.0 <= *cpu && largest.1 <= *memory)
        .unwrap_or(MACHINES[3]);
    let count =
        ((cpu_peak / cpu_each).max(memory_peak / memory_each) * 1.1).ceil().clamp(1.0, MOST_INSTANCES);
    let name = wishes.stem();
    let mut columns = Map::new();
    columns.insert("arrival".to_owned(), json!(arrival_name));
    match (&duration, &from, &to) {
        (Some((_, name)), ..) => columns.insert("duration".to_owned(), json!(name)),
        (None, Some((_, from)), Some((_, to))) => {
            columns.insert("duration".to_owned(), json!({ "from": from, "to": to }))
        }
        _ => None,
    };
    for (key, column) in [("cpu", &cpu), ("memory", &memory)] {
        if let Some((_, name)) = column {
            columns.insert(key.to_owned(), json!(name));
        }
    }
    let mut units = json!({ "arrival": unit.name, "duration": length_unit.name });
    if let Some((unit, _)) = cpu_unit {
        units["cpu"] = json!(unit);
    }
    if let Some((unit, _)) = memory_unit {
        units["memory"] = json!(unit);
    }
    let mut arrivals = json!({ "csv": wishes.path(), "columns": columns, "units": units });
    if cpu.is_some() || memory.is_some() {
        arrivals["leaveOutUnplaceable"] = json!(true);
    }
    let size = json!({ "name": "task", "image": name, "cpu": GUESSED_SIZE.0, "memory": GUESSED_SIZE.1 });
    let definition = Item::of(json!({ "family": name, "containerDefinitions": [whole(size)] }));
    let definition = match cpu.is_some() && memory.is_some() {
        true => definition,
        false => definition.noted(guess("what the trace does not say of a task's size")),
    };
    let machines = Item::of(json!({ "name": "ec2", "count": count as u64, "instanceType": kind }))
        .noted(guess(format!("enough for the {peak} tasks that run at a time at most, and a tenth more")));
    let aws = Item::mapping([
        ("taskDefinitions", Item::list(vec![definition])),
        ("containerInstances", Item::list(vec![machines])),
    ]);
    let run = Item::mapping([
        ("name", Item::of(json!("calls"))),
        ("taskDefinition", Item::of(json!(name))),
        ("arrivals", Item::of(arrivals)),
        (
            "onRefusal",
            Item::of(json!({ "wait": "fifo" }))
                .noted(guess("whoever finds no place waits in line; ECS itself refuses (`fail`)")),
        ),
    ]);
    let world = Item::mapping([("runs", Item::list(vec![run]))]);
    let experiment = Item::of(json!({ "replications": 1 }))
        .noted("arrivals are those of the trace; what else is random makes more of them worth while");
    let entries = vec![
        ("duration", Item::of(json!("untilDone"))),
        ("aws", aws),
        ("world", world),
        ("experiment", experiment),
    ];
    let question = format!("How long do the tasks of {name} wait, and how much capacity do they need?");
    Ok(FromTrace { yaml: written(wishes, &question, entries), beside: None, told })
}

/// Whole numbers without a fraction, as requests have them.
fn whole(mut container: Value) -> Value {
    for key in ["cpu", "memory"] {
        container[key] = json!(container[key].as_f64().unwrap_or(0.0) as u64);
    }
    container
}

type Task = (f64, f64, (f64, f64));

fn span_of(tasks: &[Task]) -> f64 {
    let first = tasks.iter().fold(f64::INFINITY, |least, task| least.min(task.0));
    let last = tasks.iter().fold(f64::NEG_INFINITY, |most, task| most.max(task.0));
    last - first
}

fn check_units(
    wishes: &TraceWishes,
    tasks: &[Task],
    unit: super::TimeUnitName,
    length_unit: super::TimeUnitName,
) -> Result<(), String> {
    if wishes.force_units {
        return Ok(());
    }
    let span = span_of(tasks);
    let sane = |seconds: f64| seconds <= 2.0 * YEAR_S && (seconds >= 1.0 || tasks.len() < 10);
    if !sane(span * unit.seconds) {
        return Err(wrong_unit(
            wishes,
            "the time from the first call to the last",
            "arrival",
            span,
            unit,
            |s| (60.0..=2.0 * YEAR_S).contains(&s),
        ));
    }
    let rate = tasks.len() as f64 / (span * unit.seconds);
    if rate > RUN_TASK_PER_SECOND && tasks.len() >= 1_000 {
        return Err(format!(
            "`{}`: {rate:.0} calls a second on average if the column is in {}; ECS takes {RUN_TASK_PER_SECOND} (QUO-12). --units arrival=… \
             says another, --force-units takes it as it is",
            wishes.shown(),
            unit.name
        ));
    }
    let mut lengths: Vec<f64> = tasks.iter().map(|task| task.1).collect();
    lengths.sort_by(f64::total_cmp);
    let median = lengths[lengths.len() / 2];
    if median * length_unit.seconds > 30.0 * DAY_S {
        return Err(wrong_unit(wishes, "the median duration", "duration", median, length_unit, |s| {
            (0.001..=30.0 * DAY_S).contains(&s)
        }));
    }
    let most = tasks.iter().fold(0.0f64, |most, task| most.max(task.2.0)) / 1024.0;
    if most > 1_000.0 {
        return Err(format!(
            "`{}`: a task would reserve {most:.0} vCPU; if the column is in thousandths of a vCPU, say --units cpu=milli. --force-units takes it as it is",
            wishes.shown()
        ));
    }
    Ok(())
}

/// The most tasks, CPU units and MiB at a time, if nobody waits.
fn peak(tasks: &[Task], unit: f64, length_unit: f64) -> (u64, f64, f64) {
    let mut steps: Vec<(f64, i64, f64, f64)> = Vec::with_capacity(2 * tasks.len());
    for (at, length, (cpu, memory)) in tasks {
        let begin = at * unit;
        steps.push((begin, 1, *cpu, *memory));
        steps.push((begin + length * length_unit, -1, -cpu, -memory));
    }
    steps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut now, mut most) = ((0i64, 0.0, 0.0), (0u64, 0.0f64, 0.0f64));
    for (_, task, cpu, memory) in steps {
        now = (now.0 + task, now.1 + cpu, now.2 + memory);
        most = (most.0.max(now.0.max(0) as u64), most.1.max(now.1), most.2.max(now.2));
    }
    most
}
