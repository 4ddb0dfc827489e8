//! `tasks.csv` against the log: every task in both, with the same story.

use std::collections::BTreeMap;

use super::files::seconds_ms;
use super::report::{Check, Place, Report};
use super::world::{Known, World};

type Row = BTreeMap<String, String>;

/// The rows that no task of the log has claimed, with their lines.
pub struct Rows {
    left: BTreeMap<(u64, String), (usize, Row)>,
}

impl Rows {
    pub fn read(text: &str, report: &mut Report) -> Rows {
        let mut left = BTreeMap::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().cloned().unwrap_or_default();
        for record in reader.records() {
            let Ok(record) = record else {
                let place = Place { line: left.len() + 2, of: "the row" };
                report.expect_in("tasks.csv", Check::Rows, place, false, || ("no row", "a row of the table"));
                continue;
            };
            let line = record.position().map_or(0, |position| position.line() as usize);
            let row: Row = header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect();
            let of = |key: &str| row.get(key).cloned().unwrap_or_default();
            let (replication, task) = (of("replication").parse().unwrap_or(u64::MAX), of("task"));
            let twice = left.insert((replication, task.clone()), (line, row)).is_some();
            let place = Place { line, of: &task };
            report.expect_in("tasks.csv", Check::Rows, place, !twice, || {
                ("a second row", "one row for a task")
            });
        }
        Rows { left }
    }

    /// Compares the tasks of a replication that has ended with their rows.
    pub fn compare(&mut self, replication: u64, world: &World, report: &mut Report) {
        for (name, known) in &world.tasks {
            let row = self.left.remove(&(replication, name.clone()));
            let place = Place { line: known.line, of: name };
            report.expect(Check::Rows, place, row.is_some(), || {
                ("no row in tasks.csv", "one row for each task")
            });
            let Some((line, row)) = row else { continue };
            let place = Place { line, of: name };
            for (column, right) in columns(known) {
                let found = row.get(column).map_or("", String::as_str);
                // A text that a spreadsheet would compute has an apostrophe before it.
                let same = found == right || found.strip_prefix('\'') == Some(&right);
                report.expect_in("tasks.csv", Check::Rows, place, same, || {
                    (format!("{column} {found:?}"), format!("{right:?}, as events.jsonl says"))
                });
            }
            for (column, right) in times(known) {
                let found = row.get(column).filter(|text| !text.is_empty()).map(|text| seconds_ms(text));
                report.expect_in("tasks.csv", Check::Rows, place, found == right.map(Some), || {
                    (format!("{column} {:?}", row.get(column)), format!("{right:?} ms, as events.jsonl says"))
                });
            }
            let asked = row.get("requested_s").and_then(|text| seconds_ms(text));
            report.expect_in("tasks.csv", Check::Rows, place, asked <= Some(known.created_ms), || {
                (format!("requested_s {asked:?}"), "not after created_s")
            });
        }
    }

    /// What is left is of no task in the log.
    pub fn end(self, report: &mut Report) {
        for ((_, task), (line, _)) in self.left {
            let place = Place { line, of: &task };
            report.expect_in("tasks.csv", Check::Rows, place, false, || {
                ("a row", "a task in events.jsonl too")
            });
        }
    }
}

fn columns(known: &Known) -> Vec<(&'static str, String)> {
    let task = &known.now;
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let (code, reason) = task.stop.clone().unzip();
    vec![
        ("group", task.group.clone()),
        ("service", task.service().unwrap_or_default().to_owned()),
        ("task_definition", task.definition.clone()),
        ("launch_type", task.launch_type.clone()),
        ("capacity_provider", some(&task.provider)),
        ("instance", some(&task.instance)),
        ("zone", task.zone.clone()),
        ("stop_code", some(&code)),
        ("stopped_reason", some(&reason)),
    ]
}

/// Milliseconds from simulated zero.
fn times(known: &Known) -> Vec<(&'static str, Option<i64>)> {
    let times = &known.now.times;
    let zero = times.created.map(|created| created - known.created_ms);
    let since_zero = |at: Option<i64>| at.zip(zero).map(|(at, zero)| at - zero);
    vec![
        ("created_s", Some(known.created_ms)),
        ("placed_s", known.placed_ms),
        ("started_s", since_zero(times.started)),
        ("stopped_s", since_zero(times.stopped)),
    ]
}
