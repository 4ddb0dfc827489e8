//! `report.html`: one page that holds a result, to be opened from the disk and shown to others.
//!
//! The page is made from the files of a result directory alone, so that `ecsim report DIRECTORY` makes the same page later. What
//! it shows is JSON inside it; how it shows that is a bundle of JavaScript that is built from `report/` and kept beside this file
//! as an artefact.

pub mod cluster;
pub mod csv_file;
pub mod facts;
pub mod page;
pub mod result_pages;
pub mod time_lines;

use std::path::Path;

use serde_json::{Map, Value, json};

use csv_file::CsvFile;
pub use facts::{ReportFacts, ReportFigure, ReportObjective};

/// The name of the page in a result directory.
pub const REPORT: &str = "report.html";
/// So many rows of a table are on the page; the rest is in its file.
const MOST_ROWS: usize = 1_000;

/// The page of a result, from its directory and what its manifest tells of it.
///
/// # Errors
/// One sentence: a file that is there cannot be read as a table.
pub fn page_of(directory: &Path, name: &str, program: &str, facts: &ReportFacts) -> Result<String, String> {
    let mut data = Map::new();
    let mut put = |key: &str, value: Value| {
        let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !is_nothing {
            data.insert(key.to_owned(), value);
        }
    };
    put("format", json!(1));
    put("program", json!(program));
    put("kind", json!(facts.kind));
    put("name", json!(name));
    put("question", json!(facts.question));
    put("answer", json!(facts.answer));
    put("verdict", json!(facts.verdict));
    put("facts", json!(facts.facts));
    put("objectives", json!(facts.objectives));
    put("figures", json!(facts.figures));
    put("warnings", json!(facts.warnings));
    put("starts_at", json!(facts.starts_at));
    put("end_s", json!(facts.end_s));
    put("warm_up_s", json!(facts.warm_up_s));
    put("files", json!(files_in(directory)));
    let mut notes = facts.notes.clone();
    let picture = cluster::of(directory)?;
    let lines = time_lines::of(directory, &mut notes)?;
    put("timelines", json!(lines));
    put("marks", json!(time_lines::marks(directory)?));
    put("cluster", picture.unwrap_or(Value::Null));
    for (key, value) in result_pages::of(directory, facts)? {
        put(key, value);
    }
    put("tables", json!(tables(directory)?));
    put("notes", json!(notes));
    Ok(page::html(name, &Value::Object(data)))
}

/// Tables of a directory that people read, the most telling first.
const TABLES: [(&str, &str); 13] = [
    ("summary.csv", "Metrics"),
    ("compare.csv", "Comparison"),
    ("plan.csv", "Points of the search"),
    ("sensitivity.csv", "Sensitivity"),
    ("points.csv", "Points"),
    ("deployments.csv", "Deployments"),
    ("tasks.csv", "Tasks"),
    ("unplaced.csv", "Requests without a place"),
    ("instances.csv", "Instances"),
    ("bill.csv", "Bill by the hour"),
    ("trials.csv", "Trials"),
    ("history.csv", "What happened"),
    ("failures.csv", "Trials that failed"),
];
/// Tables as wide as these are for programs.
const MOST_COLUMNS: usize = 40;

fn tables(directory: &Path) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for (file, title) in TABLES {
        let Some(csv) = CsvFile::open(&directory.join(file), MOST_ROWS)? else { continue };
        if csv.rows.is_empty() || csv.columns.len() > MOST_COLUMNS {
            continue;
        }
        let is_number = |column: usize| {
            let mut cells = csv.rows.iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty());
            let first = cells.next();
            first.is_some_and(|cell| cell.parse::<f64>().is_ok())
                && cells.all(|cell| cell.parse::<f64>().is_ok())
        };
        let numbers: Vec<bool> = (0..csv.columns.len()).map(is_number).collect();
        let columns: Vec<Value> = csv
            .columns
            .iter()
            .zip(&numbers)
            .map(|(name, is_number)| json!({ "title": name, "kind": if *is_number { "number" } else { "text" } }))
            .collect();
        let cell = |(cell, is_number): (&String, &bool)| match (cell.as_str(), is_number) {
            ("", _) => Value::Null,
            (text, true) => text.parse::<f64>().map_or(Value::Null, |number| json!(number)),
            (text, false) => json!(text),
        };
        let rows: Vec<Vec<Value>> =
            csv.rows.iter().map(|row| row.iter().zip(&numbers).map(cell).collect()).collect();
        let thinned = csv.more.then(|| format!("the first {} rows; {file} has all", csv.rows.len()));
        let id = file.trim_end_matches(".csv");
        all.push(json!({ "id": id, "title": title, "csv": file, "columns": columns, "rows": rows, "thinned": thinned }));
    }
    Ok(all)
}

/// The files beside the page that people open.
fn files_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let shown = |name: &String| {
        [".csv", ".jsonl", ".parquet"].iter().any(|end| name.ends_with(end)) && !name.starts_with('.')
    };
    let mut names: Vec<String> = names.filter(shown).collect();
    names.push("manifest.json".to_owned());
    names.sort();
    names
}
