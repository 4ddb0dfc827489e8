//! A log as a list of lines that can be broken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use super::checks::{Check, Files, Report, check};

/// The files that `ecsim run --events` leaves of this scenario.
pub fn recorded(scenario: &Path, arguments: &[&str]) -> Files {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ecsim"))
        .args(["run", "--events", "--record", "all", "--no-plots", "--quiet", "--out"])
        .arg(directory.path().join("result"))
        .arg(scenario)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Files::read(&directory.path().join("result")).unwrap()
}

static BASE: LazyLock<Files> =
    LazyLock::new(|| recorded(Path::new("tests/checker/base.yaml"), &["--replications", "1"]));

/// The log of `base.yaml`, to be broken.
pub struct Log {
    pub events: Vec<Value>,
    /// The header and the rows of `tasks.csv`.
    pub rows: Vec<Vec<String>>,
}

impl Log {
    pub fn base() -> Log {
        let events = BASE.events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(BASE.tasks.as_bytes());
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Log { events, rows }
    }

    /// The index of the first line whose detail is like this.
    pub fn first(&self, like: impl Fn(&Value) -> bool) -> usize {
        self.events.iter().position(|event| like(&event["detail"])).expect("the base log has such a line")
    }

    /// The index of the first line of this task with this lastStatus.
    pub fn line_of(&self, task: &str, status: &str) -> usize {
        self.first(|told| told["taskArn"] == task && told["lastStatus"] == status)
    }

    pub fn task_at(&self, line: usize) -> String {
        self.events[line]["detail"]["taskArn"].as_str().unwrap().to_owned()
    }

    /// The task of the first line whose detail is like this.
    pub fn task(&self, like: impl Fn(&Value) -> bool) -> String {
        self.task_at(self.first(like))
    }

    /// The details of all lines about this task, instance or service.
    pub fn all_of<'l>(&'l mut self, name: &'l str) -> impl Iterator<Item = &'l mut Value> {
        let of_it = move |event: &&mut Value| event["resources"][0] == name;
        self.events.iter_mut().filter(of_it).map(|event| &mut event["detail"])
    }

    /// The cell of a task in `tasks.csv`.
    pub fn cell(&mut self, task: &str, column: &str) -> &mut String {
        let column = self.rows[0].iter().position(|name| name == column).unwrap();
        let row = self.rows.iter_mut().find(|row| row[1] == task).unwrap();
        &mut row[column]
    }

    /// Ids and versions count again after lines were put in or taken out, so that they do not give it away.
    pub fn renumber(&mut self) {
        let mut versions: BTreeMap<String, u64> = BTreeMap::new();
        for (index, event) in self.events.iter_mut().enumerate() {
            event["id"] = format!("0-{index}").into();
            if event["detail"].get("version").is_some() {
                let version = versions.entry(event["resources"][0].to_string()).or_insert(0);
                *version += 1;
                event["detail"]["version"] = (*version).into();
            }
        }
    }

    pub fn files(&self) -> Files {
        let events: String = self.events.iter().map(|event| format!("{event}\n")).collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let tasks = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        Files { events, tasks, ..BASE.clone() }
    }

    pub fn report(&self) -> Report {
        check(&self.files())
    }
}

/// The base log, broken like this, is refused by these checks and no others.
#[track_caller]
pub fn refused(by: &[Check], edit: impl FnOnce(&mut Log)) {
    let mut log = Log::base();
    edit(&mut log);
    let report = log.report();
    let found: BTreeSet<Check> = report.breaches.iter().map(|breach| breach.check).collect();
    let words: Vec<String> = report.breaches.iter().map(ToString::to_string).collect();
    assert_eq!(found, by.iter().copied().collect(), "{}", words.join("\n"));
}
