//! Time lines of services and capacity, from `services.csv` and `capacity.csv`.

use std::path::Path;

use serde_json::{Value, json};

use super::csv_file::CsvFile;

/// Rows that are read of a table of samples.
const MOST_SAMPLES: usize = 400_000;
/// A chart of so many points is as fine as a screen; more are thinned, and the page says so.
const MOST_POINTS: usize = 1_500;
/// More charts than these are for nobody; the tables have all.
const MOST_OWNERS: usize = 24;

/// A line of a chart: the column, what it is called, how it is drawn.
type Line = (&'static str, &'static str, &'static str);
/// A chart: its id, title, unit, whether it is drawn in steps, and its lines.
type Chart = (&'static str, &'static str, &'static str, bool, &'static [Line]);

const OF_SERVICES: [Chart; 5] = [
    (
        "tasks",
        "Tasks",
        "tasks",
        true,
        &[
            ("desired", "desired", "limit"),
            ("running", "running", "line"),
            ("healthy", "healthy", "line"),
            ("pending", "pending", "muted"),
        ],
    ),
    (
        "load",
        "Requests",
        "requests/s",
        false,
        &[("requests_per_s", "asked", "line"), ("unserved_per_s", "not served", "area")],
    ),
    ("cpu", "CPU utilization", "%", false, &[("cpu_utilization", "CPU", "line")]),
    ("response", "Response time", "ms", false, &[("response_time_ms", "mean", "line")]),
    (
        "weight",
        "Production traffic of the new revision",
        "share",
        true,
        &[("production_weight", "weight", "line")],
    ),
];
const OF_CAPACITY: [Chart; 4] = [
    (
        "instances",
        "Instances",
        "instances",
        true,
        &[
            ("desired", "desired", "limit"),
            ("instances", "registered", "line"),
            ("draining", "draining", "line"),
            ("pending", "pending", "muted"),
            ("tasks_waiting", "tasks that wait", "area"),
        ],
    ),
    (
        "reserved",
        "Reserved",
        "share",
        true,
        &[("cpu_reserved_share", "CPU", "line"), ("memory_reserved_share", "memory", "line")],
    ),
    (
        "reservation",
        "CapacityProviderReservation",
        "%",
        true,
        &[("target_capacity", "target", "limit"), ("capacity_provider_reservation", "reservation", "line")],
    ),
    ("cost", "Cost so far", "USD", false, &[("cost_usd", "cost", "area")]),
];

/// All charts; what was thinned is added to the notes.
///
/// # Errors
/// One sentence: a table cannot be read.
pub fn of(directory: &Path, notes: &mut Vec<String>) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for (file, owner, section, charts) in [
        ("services.csv", "service", "Service", &OF_SERVICES[..]),
        ("capacity.csv", "capacity_provider", "Capacity", &OF_CAPACITY[..]),
    ] {
        let Some(csv) = CsvFile::open(&directory.join(file), MOST_SAMPLES)? else { continue };
        let first = csv.rows.first().map(|row| csv.text(row, "replication").to_owned()).unwrap_or_default();
        let mut owners: Vec<&str> = Vec::new();
        for row in &csv.rows {
            let name = csv.text(row, owner);
            if !owners.contains(&name) && owners.len() <= MOST_OWNERS {
                owners.push(name);
            }
        }
        if owners.len() > MOST_OWNERS {
            owners.truncate(MOST_OWNERS);
            notes.push(format!("Time lines are those of the first {MOST_OWNERS} in {file}."));
        }
        if csv.more {
            notes.push(format!("Time lines hold the first {MOST_SAMPLES} rows of {file}."));
        }
        for name in owners {
            let is_own =
                |row: &&Vec<String>| csv.text(row, owner) == name && csv.text(row, "replication") == first;
            let rows: Vec<&Vec<String>> = csv.rows.iter().filter(is_own).collect();
            // Fargate has no instances that anybody sees.
            let is_fargate = owner == "capacity_provider" && name.starts_with("FARGATE");
            for chart in charts.iter().filter(|chart| !is_fargate || chart.0 == "cost") {
                all.extend(one(&csv, file, &rows, &format!("{section} {name}"), chart, notes));
            }
        }
    }
    Ok(all)
}

fn one(
    csv: &CsvFile,
    file: &str,
    rows: &[&Vec<String>],
    section: &str,
    (id, title, unit, step, lines): &Chart,
    notes: &mut Vec<String>,
) -> Option<Value> {
    let column = |name: &str| -> Vec<Option<f64>> { rows.iter().map(|row| csv.number(row, name)).collect() };
    let said = |values: &[Option<f64>]| values.iter().flatten().any(|value| *value != 0.0);
    let series: Vec<(&Line, Vec<Option<f64>>)> =
        lines.iter().map(|line| (line, column(line.0))).filter(|(_, values)| said(values)).collect();
    // A limit alone says nothing.
    if series.iter().all(|((_, _, style), _)| *style == "limit") {
        return None;
    }
    let times = column("time_s");
    let kept = telling(&series, *step);
    let kept = match kept.len() > MOST_POINTS {
        true => {
            let nth = kept.len().div_ceil(MOST_POINTS);
            notes.push(format!("{section}, {title}: every {nth}th change is shown; {file} has all."));
            kept.into_iter().enumerate().filter(|(at, _)| at % nth == 0).map(|(_, row)| row).collect()
        }
        false => kept,
    };
    let series: Vec<Value> = series
        .iter()
        .map(|((_, name, style), values)| {
            let values: Vec<Option<f64>> = kept.iter().map(|row| values[*row].map(rounded)).collect();
            json!({ "name": name, "values": values, "style": style })
        })
        .collect();
    let x: Vec<Option<f64>> = kept.iter().map(|row| times[*row]).collect();
    let slug: String = section.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Some(json!({ "id": format!("{slug}-{id}"), "section": section, "title": title, "unit": unit, "csv": file,
        "step": step, "x": x, "series": series }))
}

/// The rows at which something changes, the last before each change of a line that is not drawn in steps, and both ends: the
/// same picture with fewer points.
fn telling(series: &[(&Line, Vec<Option<f64>>)], step: bool) -> Vec<usize> {
    let count = series.first().map_or(0, |(_, values)| values.len());
    let mut kept: Vec<usize> = Vec::new();
    for row in 0..count {
        let changes =
            row == 0 || row + 1 == count || series.iter().any(|(_, values)| values[row] != values[row - 1]);
        if changes {
            if !step && row > 0 && kept.last() != Some(&(row - 1)) {
                kept.push(row - 1);
            }
            kept.push(row);
        }
    }
    kept
}

/// Six significant digits are more than a screen shows.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// What befell the cluster, for thin lines in all charts.
///
/// # Errors
/// One sentence: the table cannot be read.
pub fn marks(directory: &Path) -> Result<Vec<Value>, String> {
    const MOST_MARKS: usize = 300;
    let Some(csv) = CsvFile::open(&directory.join("history.csv"), MOST_SAMPLES)? else {
        return Ok(Vec::new());
    };
    let mut marks = Vec::new();
    for row in &csv.rows {
        let (kind, subject, text) = (csv.text(row, "kind"), csv.text(row, "subject"), csv.text(row, "text"));
        let at = csv.number(row, "time_s").unwrap_or(0.0);
        let words = match kind {
            "fault" if csv.text(row, "status") == "DOWN" => format!("{subject} fails"),
            "fault" => format!("{subject} is back"),
            "request" if at > 0.0 && (text.starts_with("UpdateService") || text.starts_with("refused")) => {
                format!("{subject}: {text}")
            }
            "deployment" if at > 0.0 && csv.text(row, "level") != "INFO" => text.to_owned(),
            _ => continue,
        };
        if marks.len() < MOST_MARKS {
            marks.push(json!({ "t": at, "kind": kind, "text": words }));
        }
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling_of(values: &[f64], step: bool) -> Vec<usize> {
        let line: Line = ("a", "a", "line");
        telling(&[(&line, values.iter().copied().map(Some).collect())], step)
    }

    #[test]
    fn steps_keep_changes_and_slopes_the_point_before_them() {
        let values = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
        assert_eq!(telling_of(&values, true), [0, 3, 5]);
        assert_eq!(telling_of(&values, false), [0, 2, 3, 4, 5]);
        assert_eq!(telling_of(&[], true), [0; 0]);
    }

    #[test]
    fn figures_are_cut_to_what_a_screen_shows() {
        assert_eq!(rounded(1_234_567.891), 1_234_570.0);
        assert_eq!(rounded(0.000_123_456_789), 0.000_123_457);
        assert_eq!(rounded(0.0), 0.0);
    }
}
