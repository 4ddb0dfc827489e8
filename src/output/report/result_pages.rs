//! Curves, maps, cost against others and forests: what sweeps, searches and comparisons show, from their tables.

use std::path::Path;

use serde_json::{Value, json};

use super::csv_file::CsvFile;
use super::facts::{ReportCurve, ReportFacts};

/// So many points are drawn.
const MOST_POINTS: usize = 2_000;
/// So many rows of a forest are.
const MOST_FOREST_ROWS: usize = 24;
/// More lines than these in one chart cannot be told apart.
const MOST_LINES: usize = 8;

/// What there is to show, by key of the page's data.
///
/// # Errors
/// One sentence: a table cannot be read.
pub fn of(directory: &Path, facts: &ReportFacts) -> Result<Vec<(&'static str, Value)>, String> {
    let mut all = Vec::new();
    let file = if facts.kind == "plan" { "plan.csv" } else { "points.csv" };
    if let Some(points) = CsvFile::open(&directory.join(file), MOST_POINTS)?
        && !facts.axes.is_empty()
    {
        let drawing = Drawing { csv: &points, file, facts };
        all.push(("curves", json!(drawing.curves())));
        all.push(("heat_maps", json!(drawing.heat_maps())));
        all.push(("frontiers", json!(drawing.frontiers())));
    }
    if let Some(compared) = CsvFile::open(&directory.join("compare.csv"), MOST_POINTS)? {
        all.push(("forests", json!(forest(&compared))));
    }
    if let Some(moved) = CsvFile::open(&directory.join("sensitivity.csv"), MOST_POINTS)? {
        all.push(("forests", json!(tornados(&moved))));
    }
    Ok(all)
}

struct Drawing<'a> {
    csv: &'a CsvFile,
    file: &'static str,
    facts: &'a ReportFacts,
}

impl Drawing<'_> {
    /// The values of an axis, in their order.
    fn values(&self, axis: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for row in &self.csv.rows {
            let value = self.csv.text(row, axis);
            if !found.contains(&value) {
                found.push(value);
            }
        }
        found
    }

    /// Axes that have several values; the one with the most first.
    fn axes(&self) -> Vec<(&str, Vec<&str>)> {
        let mut axes: Vec<(&str, Vec<&str>)> =
            self.facts.axes.iter().map(|axis| (axis.as_str(), self.values(axis))).collect();
        axes.retain(|(_, values)| values.len() > 1);
        axes.sort_by_key(|(_, values)| std::cmp::Reverse(values.len()));
        axes
    }

    /// Each metric over the longest axis, a line for each value of the others.
    fn curves(&self) -> Vec<Value> {
        let axes = self.axes();
        let Some((axis, values)) = axes.first() else { return Vec::new() };
        let others: Vec<&str> = axes[1..].iter().map(|(axis, _)| *axis).collect();
        let mut lines: Vec<String> = Vec::new();
        for row in &self.csv.rows {
            let line = self.line_of(row, &others);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if lines.len() > MOST_LINES {
            return Vec::new();
        }
        let chart = |curve: &ReportCurve| {
            let series: Vec<Value> = lines
                .iter()
                .map(|line| {
                    let at = |value: &&str| {
                        self.csv.rows.iter().find(|row| {
                            self.csv.text(row, axis) == *value && self.line_of(row, &others) == *line
                        })
                    };
                    let column = |end: &str| -> Vec<Option<f64>> {
                        let name = format!("{}:{end}", curve.column);
                        values.iter().map(|value| self.csv.number(at(value)?, &name)).collect()
                    };
                    let name = if line.is_empty() { &curve.title } else { line };
                    json!({ "name": name, "mean": column("mean"), "low": column("ci95_low"), "high": column("ci95_high") })
                })
                .collect();
            let limit = curve.limit.map(|value| json!({ "value": value, "text": curve.limit_text }));
            json!({ "id": format!("curve-{}", curve.column), "title": curve.title, "csv": self.file, "x_title": short(axis),
                "x": values, "unit": curve.unit, "series": series, "limit": limit })
        };
        self.facts.curves.iter().map(chart).collect()
    }

    fn line_of(&self, row: &[String], others: &[&str]) -> String {
        if let [only] = others {
            return self.csv.text(row, only).to_owned();
        }
        let parts: Vec<String> =
            others.iter().map(|axis| format!("{} {}", short(axis), self.csv.text(row, axis))).collect();
        parts.join(", ")
    }

    /// With two axes each metric as a map.
    fn heat_maps(&self) -> Vec<Value> {
        let axes = self.axes();
        let [(x_axis, x), (y_axis, y)] = &axes[..] else { return Vec::new() };
        let map = |curve: &ReportCurve| {
            let name = format!("{}:mean", curve.column);
            let cell = |x: &str, y: &str| {
                let is_it =
                    |row: &&Vec<String>| self.csv.text(row, x_axis) == x && self.csv.text(row, y_axis) == y;
                self.csv.rows.iter().find(is_it).and_then(|row| self.csv.number(row, &name))
            };
            let values: Vec<Vec<Option<f64>>> =
                y.iter().map(|y| x.iter().map(|x| cell(x, y)).collect()).collect();
            json!({ "id": format!("map-{}", curve.column), "title": curve.title, "csv": self.file, "x_title": short(x_axis),
                "y_title": short(y_axis), "x": x, "y": y, "unit": curve.unit, "values": values })
        };
        self.facts.curves.iter().map(map).collect()
    }

    /// Each metric with a direction against the cost, with the points that nothing beats.
    fn frontiers(&self) -> Vec<Value> {
        let Some(cost) = &self.facts.cost else { return Vec::new() };
        let mut all = Vec::new();
        for curve in self.facts.curves.iter().filter(|curve| curve.column != *cost) {
            let Some(higher) = curve.higher_is_better else { continue };
            let all_numbers: Vec<Option<(f64, f64)>> = self
                .csv
                .rows
                .iter()
                .map(|row| {
                    let number = |column: &str| self.csv.number(row, &format!("{column}:mean"));
                    Some((number(cost)?, number(&curve.column)?))
                })
                .collect();
            let better = |a: f64, b: f64| if higher { a >= b } else { a <= b };
            let beats = |(a_cost, a): (f64, f64), (b_cost, b): (f64, f64)| {
                a_cost <= b_cost && better(a, b) && (a_cost < b_cost || a != b)
            };
            let points: Vec<Value> = self
                .csv
                .rows
                .iter()
                .zip(&all_numbers)
                .filter_map(|(row, numbers)| {
                    let (x, y) = (*numbers)?;
                    let on_frontier = !all_numbers.iter().flatten().any(|other| beats(*other, (x, y)));
                    let label: Vec<String> =
                        self.facts.axes.iter().map(|axis| format!("{} {}", short(axis), self.csv.text(row, axis))).collect();
                    let point = self.csv.number(row, "point");
                    let chosen = self.facts.chosen.is_some() && point == self.facts.chosen.map(|point| point as f64);
                    let fails = curve.limit.is_some_and(|limit| !better(y, limit));
                    Some(json!({ "x": x, "y": y, "label": label.join(", "), "on_frontier": on_frontier, "chosen": chosen, "fails": fails }))
                })
                .collect();
            if points.len() > 1 {
                all.push(json!({ "id": format!("frontier-{}", curve.column), "title": format!("{} against cost", curve.title),
                    "csv": self.file, "x_title": "USD an hour", "y_title": curve.title, "unit": curve.unit, "points": points }));
            }
        }
        all
    }
}

/// The last two parts of a path: `web.desiredCount`.
fn short(axis: &str) -> String {
    let parts: Vec<&str> = axis.split('.').collect();
    parts[parts.len().saturating_sub(2)..].join(".")
}

fn forest(csv: &CsvFile) -> Vec<Value> {
    let has =
        |row: &&Vec<String>| csv.number(row, "ci95_low").is_some() && csv.text(row, "better") != "neither";
    let mut rows: Vec<&Vec<String>> = csv.rows.iter().filter(has).collect();
    rows.sort_by_key(|row| csv.text(row, "judged") != "yes");
    // Metrics of different units share one axis where each is told relative to what it was.
    let relative = |row: &Vec<String>| {
        let before = csv.number(row, "mean_a").filter(|before| *before != 0.0)?;
        let share = |column: &str| csv.number(row, column).map(|value| value / before.abs());
        Some((share("difference")?, share("ci95_low")?, share("ci95_high")?, share("margin")))
    };
    let shown: Vec<Value> = rows
        .iter()
        .filter_map(|row| {
            let (estimate, low, high, margin) = relative(row)?;
            let label = format!("{} of {}", csv.text(row, "metric"), csv.text(row, "of"));
            Some(json!({ "label": label, "estimate": estimate, "low": low, "high": high, "margin": margin,
                "verdict": csv.text(row, "verdict") }))
        })
        .take(MOST_FOREST_ROWS)
        .collect();
    match shown.is_empty() {
        true => Vec::new(),
        false => vec![
            json!({ "id": "compared", "title": "Difference B − A, relative to A", "csv": "compare.csv", "unit": "share", "rows": shown }),
        ],
    }
}

/// Of each metric the parameters that move it, the strongest first.
fn tornados(csv: &CsvFile) -> Vec<Value> {
    let mut metrics: Vec<String> = Vec::new();
    let name = |row: &Vec<String>| format!("{} of {}", csv.text(row, "metric"), csv.text(row, "of"));
    for row in &csv.rows {
        if !metrics.contains(&name(row)) {
            metrics.push(name(row));
        }
    }
    let forest = |metric: &String| {
        let relative = |row: &Vec<String>| {
            let mean = csv.number(row, "mean").filter(|mean| *mean != 0.0)?;
            let share = |column: &str| csv.number(row, column).map(|value| value / mean.abs());
            Some((share("difference").filter(|share| *share != 0.0)?, share("ci95_low"), share("ci95_high")))
        };
        let mut rows: Vec<(f64, Value)> = csv
            .rows
            .iter()
            .filter(|row| name(row) == *metric)
            .filter_map(|row| {
                let (estimate, low, high) = relative(row)?;
                let label = format!("{}: {}", csv.text(row, "parameter"), csv.text(row, "tried"));
                Some((estimate, json!({ "label": label, "estimate": estimate, "low": low, "high": high })))
            })
            .collect();
        rows.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let rows: Vec<Value> = rows.into_iter().take(MOST_FOREST_ROWS).map(|(_, row)| row).collect();
        (!rows.is_empty()).then(|| {
            json!({ "id": format!("moved-{metric}"), "title": format!("What moves {metric}, relative to what it is"),
                "csv": "sensitivity.csv", "unit": "share", "rows": rows })
        })
    };
    metrics.iter().filter_map(forest).collect()
}
