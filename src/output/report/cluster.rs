//! The cluster as people draw it: instances in their zones, tasks on them, and everything that happened, step by step.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::csv_file::CsvFile;
use crate::observe::history::MOST_ROWS;

/// So many events are on the page; those without a word of explanation go first, then the end of the run.
const MOST_EVENTS: usize = 8_000;
/// So many tasks are.
const MOST_TASKS: usize = 4_000;

/// Names in the order in which they came, and their places.
#[derive(Default)]
struct Names {
    all: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Names {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.all.push(name.to_owned());
        self.places.insert(name.to_owned(), self.all.len() - 1);
        self.all.len() - 1
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }
}

#[derive(Default)]
struct TaskDrawn {
    name: String,
    group: String,
    revision: String,
    instance: Option<usize>,
    zone: Option<usize>,
    cpu: Option<f64>,
    memory: Option<f64>,
    states: Vec<Value>,
    why: String,
}

/// The picture of the first recorded replication; nothing where none was recorded.
///
/// # Errors
/// One sentence: a table cannot be read.
pub fn of(directory: &Path) -> Result<Option<Value>, String> {
    let Some(history) = CsvFile::open(&directory.join("history.csv"), 2 * MOST_ROWS)? else {
        return Ok(None);
    };
    if history.rows.is_empty() {
        return Ok(None);
    }
    let machines = CsvFile::open(&directory.join("instances.csv"), MOST_ROWS)?.unwrap_or_default();
    let mut thinned = Vec::new();
    if history.rows.len() >= MOST_ROWS {
        thinned.push(format!("the picture ends where history.csv ends, after {MOST_ROWS} rows"));
    }
    let last = horizon(&history, &mut thinned);
    let mut drawing = Drawing::default();
    drawing.machines(&machines);
    let silent = history.rows.len() > MOST_EVENTS;
    for row in &history.rows {
        if history.number(row, "time_s").unwrap_or(0.0) > last {
            break;
        }
        drawing.row(&history, row, silent);
    }
    drawing.end_machines(&machines, last);
    if silent {
        thinned.push(
            "steps of tasks without a reason are not in the list of events, only in the picture".to_owned(),
        );
    }
    let replication = history.number(&history.rows[0], "replication").unwrap_or(0.0);
    Ok(Some(drawing.finish(replication, &thinned)))
}

/// Until when everything fits.
fn horizon(history: &CsvFile, thinned: &mut Vec<String>) -> f64 {
    let (mut events, mut tasks) = (0, Names::default());
    let silent = history.rows.len() > MOST_EVENTS;
    let mut last = f64::INFINITY;
    for row in &history.rows {
        let is_task = history.text(row, "kind") == "task";
        events += usize::from(!(silent && is_task && history.text(row, "text").is_empty()));
        if is_task {
            tasks.place(history.text(row, "subject"));
        }
        if events > MOST_EVENTS || tasks.all.len() > MOST_TASKS {
            last = history.number(row, "time_s").unwrap_or(0.0) - 0.001;
            thinned.push(format!(
                "the picture ends {} into the run, where it has {MOST_EVENTS} events or {MOST_TASKS} tasks",
                crate::output::number::duration(last.max(0.0))
            ));
            break;
        }
    }
    last
}

#[derive(Default)]
struct Drawing {
    zones: Names,
    services: Names,
    pools: Names,
    instances: Names,
    instance_rows: Vec<Map<String, Value>>,
    tasks: Names,
    task_rows: Vec<TaskDrawn>,
    events: Vec<Value>,
}

impl Drawing {
    /// Sizes and places of machines.
    fn machines(&mut self, csv: &CsvFile) {
        let first = csv.rows.first().map(|row| csv.text(row, "replication").to_owned()).unwrap_or_default();
        for row in csv.rows.iter().filter(|row| csv.text(row, "replication") == first) {
            let place = self.instance(csv.text(row, "instance"), csv.text(row, "zone"));
            let pool = self.pools.place(csv.text(row, "group"));
            let found = &mut self.instance_rows[place];
            let kind = csv.text(row, "instance_type");
            found.insert("type".to_owned(), if kind.is_empty() { Value::Null } else { json!(kind) });
            found.insert("pool".to_owned(), json!(pool));
            found.insert("cpu".to_owned(), json!(csv.number(row, "registered_cpu")));
            found.insert("memory".to_owned(), json!(csv.number(row, "registered_memory_mib")));
            let launched = csv.number(row, "launched_s");
            if let Some(launched) = launched.filter(|launched| *launched > 0.0) {
                state(found, launched, "LAUNCHING");
            }
        }
    }

    /// Machines that were terminated are gone from then on.
    fn end_machines(&mut self, csv: &CsvFile, last: f64) {
        let first = csv.rows.first().map(|row| csv.text(row, "replication").to_owned()).unwrap_or_default();
        for row in csv.rows.iter().filter(|row| csv.text(row, "replication") == first) {
            let ended = csv.number(row, "terminated_s").filter(|ended| *ended <= last);
            let place = self.instances.find(csv.text(row, "instance"));
            // One that is lost is gone when ECS has noticed (INS-5), which the history tells.
            if let (Some(ended), Some(place)) = (ended, place)
                && !is_lost_at(&self.instance_rows[place], ended)
            {
                state(&mut self.instance_rows[place], ended, "GONE");
            }
        }
        for found in &mut self.instance_rows {
            if let Some(Value::Array(states)) = found.get_mut("states") {
                states.sort_by(|a, b| a[0].as_f64().unwrap_or(0.0).total_cmp(&b[0].as_f64().unwrap_or(0.0)));
                states.dedup_by(|next, before| next[1] == before[1]);
            }
        }
    }

    fn instance(&mut self, name: &str, zone: &str) -> usize {
        if let Some(place) = self.instances.find(name) {
            return place;
        }
        let zone = self.zones.place(zone);
        let row = json!({ "name": name, "zone": zone, "states": [] });
        self.instance_rows.extend(row.as_object().cloned());
        self.instances.place(name)
    }

    fn row(&mut self, csv: &CsvFile, row: &[String], silent: bool) {
        let at = csv.number(row, "time_s").unwrap_or(0.0);
        let (kind, subject, status) =
            (csv.text(row, "kind"), csv.text(row, "subject"), csv.text(row, "status"));
        let mut text = csv.text(row, "text").to_owned();
        let (mut task, mut instance) = (None, None);
        match kind {
            "instance" => {
                let place = self.instance(subject, csv.text(row, "zone"));
                instance = Some(place);
                let shown = match status {
                    "INACTIVE" => "GONE",
                    "ACTIVE" if text == "its agent is disconnected" => "DISCONNECTED",
                    other => other,
                };
                state(&mut self.instance_rows[place], at, shown);
                text = match text.is_empty() {
                    true => format!("{subject} is {shown}"),
                    false => format!("{subject}: {text}"),
                };
            }
            "task" => {
                let place = self.task(csv, row, at, status);
                (task, instance) = (Some(place), self.task_rows[place].instance);
                let reason = std::mem::take(&mut text);
                if silent && reason.is_empty() {
                    return;
                }
                let on = csv.text(row, "instance");
                let place = if on.is_empty() { csv.text(row, "zone") } else { on };
                text = format!("{subject} {status}");
                if !place.is_empty() && status != "STOPPED" {
                    text.push_str(&format!(" on {place}"));
                }
                if !reason.is_empty() {
                    text.push_str(&format!(" – {reason}"));
                }
            }
            "target" => task = self.tasks.find(subject),
            "fault" => text = format!("{subject} is {status}"),
            "request" => text = format!("{subject}: {text}"),
            _ => {}
        }
        let level = match csv.text(row, "level") {
            "WARN" => "warn",
            "ERROR" => "error",
            _ => "info",
        };
        let mut event = json!({ "t": at, "kind": kind, "subject": subject, "text": text });
        if level != "info" {
            event["level"] = json!(level);
        }
        if let Some(task) = task {
            event["task"] = json!(task);
        }
        if let Some(instance) = instance {
            event["instance"] = json!(instance);
        }
        self.events.push(event);
    }

    fn task(&mut self, csv: &CsvFile, row: &[String], at: f64, status: &str) -> usize {
        let name = csv.text(row, "subject");
        let place = match self.tasks.find(name) {
            Some(place) => place,
            None => {
                let made = TaskDrawn {
                    name: name.to_owned(),
                    group: csv.text(row, "group").to_owned(),
                    cpu: csv.number(row, "cpu"),
                    memory: csv.number(row, "memory_mib"),
                    ..TaskDrawn::default()
                };
                self.task_rows.push(made);
                self.tasks.place(name)
            }
        };
        let zone = csv.text(row, "zone");
        let on = csv.text(row, "instance");
        let instance = (!on.is_empty()).then(|| self.instance(on, zone));
        let zone = (!zone.is_empty()).then(|| self.zones.place(zone));
        let task = &mut self.task_rows[place];
        task.instance = instance.or(task.instance);
        task.zone = zone.or(task.zone);
        task.revision = csv.text(row, "task_definition").to_owned();
        let shown = match csv.text(row, "text") {
            "UNHEALTHY" => "UNHEALTHY",
            _ => status,
        };
        task.states.push(json!([at, shown]));
        if csv.text(row, "text").contains(": ") {
            task.why = csv.text(row, "text").to_owned();
        }
        place
    }

    fn finish(mut self, replication: f64, thinned: &[String]) -> Value {
        let mut tasks = Vec::with_capacity(self.task_rows.len());
        for task in &self.task_rows {
            let service = task.group.strip_prefix("service:").map(|name| self.services.place(name));
            tasks.push(
                json!({ "name": task.name, "service": service, "group": task.group, "revision": task.revision,
                "zone": task.zone, "instance": task.instance, "cpu": task.cpu, "memory": task.memory,
                "states": task.states, "why": task.why }),
            );
        }
        let thinned = (!thinned.is_empty()).then(|| thinned.join("; "));
        json!({ "replication": replication, "zones": self.zones.all, "services": self.services.all, "pools": self.pools.all,
            "instances": self.instance_rows, "tasks": tasks, "events": self.events, "thinned": thinned })
    }
}

fn is_lost_at(instance: &Map<String, Value>, at: f64) -> bool {
    let states = instance.get("states").and_then(Value::as_array).into_iter().flatten();
    states.into_iter().any(|state| state[0].as_f64() == Some(at) && state[1] == "LOST")
}

fn state(instance: &mut Map<String, Value>, at: f64, status: &str) {
    if let Some(Value::Array(states)) = instance.get_mut("states") {
        states.push(json!([at, status]));
    }
}
