//! What a check leaves: words for the terminal, Markdown for a pull request, JUnit XML and JSON lines for machines.

use std::path::Path;

use serde_json::json;

use super::{Checked, Outcome, has_values};
use crate::experiment::statistics::{Compared, Shown};
use crate::experiment::trail::Parting;
use crate::observe::metrics::MetricName;
use crate::output::comparison::signed_share;
use crate::output::directory::ResultDirectory;
use crate::output::error::EnvironmentError;
use crate::output::escape::visible_text;
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::{Column, paragraph, table, value};

/// Writes `check.md`, `check.xml` and `check.jsonl`.
pub(super) fn write(directory: &ResultDirectory, checked: &[Checked]) -> Result<(), EnvironmentError> {
    directory.write("check.md", markdown(checked).as_bytes())?;
    directory.write("check.xml", junit(checked).as_bytes())?;
    directory.write("check.jsonl", json_lines(checked).as_bytes())
}

/// The answer over all scenarios.
fn headline(checked: &[Checked]) -> String {
    let count = |outcome| checked.iter().filter(|each| each.outcome == outcome).count();
    let all = [Outcome::Regression, Outcome::Inconclusive, Outcome::Pass, Outcome::Identical];
    let told: Vec<String> = all
        .into_iter()
        .map(|outcome| (count(outcome), outcome))
        .filter(|(count, _)| *count > 0)
        .map(|(count, outcome)| format!("{count} {}", outcome.word()))
        .collect();
    told.join(", ")
}

/// For people.
pub(super) fn text(checked: &[Checked], place: &Path) -> String {
    let mut text = format!("\n{}", paragraph(&format!("{}.", headline(checked)), 0));
    let columns = [
        Column::Text("metric"),
        Column::Number("was"),
        Column::Number("is"),
        Column::Number("change (95 % interval)"),
        Column::Text("verdict"),
    ];
    for each in checked {
        text += &format!("\n{}", paragraph(&format!("{}: {}", each.file, each.outcome.word()), 0));
        let shown = each.metrics.iter().filter(|(_, found)| has_values(found));
        let rows: Vec<Vec<String>> = shown.map(|(name, found)| cells(name, found)).collect();
        if !rows.is_empty() {
            text += &table(&columns, &rows);
        }
    }
    text += "\n";
    for each in checked {
        if let Some(note) = &each.note {
            text += &paragraph(&format!("{}: {note}", each.file), 2);
        }
        for (name, found) in &each.metrics {
            if let Some(needed) = found.replications_needed.filter(|_| has_values(found)) {
                let column = name.column();
                text += &paragraph(
                    &format!("{}: {column}: about {needed} replications would tell", each.file),
                    2,
                );
            }
        }
        if let Some(parting) = &each.parting {
            text += &format!("\n{}", of_parting(&each.file, parting));
        }
    }
    text + &format!(
        "\nFiles: {}\n  check.md (for a pull request), check.xml (JUnit), check.jsonl\n",
        visible_text(&place.display().to_string())
    )
}

fn of_parting(file: &str, parting: &Parting) -> String {
    let mut text = paragraph(
        &format!("{file}, replication 0: the first event that differs is number {}.", parting.at + 1),
        0,
    );
    for line in &parting.before {
        text += &paragraph(&format!("    {line}"), 6);
    }
    let ended = "(no event any more)".to_owned();
    text += &paragraph(&format!("  - {}", parting.first.as_ref().unwrap_or(&ended)), 6);
    text += &paragraph(&format!("  + {}", parting.second.as_ref().unwrap_or(&ended)), 6);
    text
}

/// A row for each metric of a scenario; one without metrics has one of its own.
fn rows(each: &Checked) -> Vec<Vec<String>> {
    let head = |first: bool| {
        if first {
            [visible_text(&each.file), each.outcome.word().to_owned()]
        } else {
            [String::new(), String::new()]
        }
    };
    let shown = each.metrics.iter().filter(|(_, found)| has_values(found));
    let mut rows: Vec<Vec<String>> = shown
        .enumerate()
        .map(|(at, (name, found))| head(at == 0).into_iter().chain(cells(name, found)).collect())
        .collect();
    if rows.is_empty() {
        rows.push(head(true).into_iter().chain(std::iter::repeat_n(String::new(), 5)).collect());
    }
    rows
}

fn cells(name: &MetricName, found: &Compared) -> Vec<String> {
    let quantity = quantity_of(name);
    let change = match (found.relative(), found.difference) {
        (Some((mean, (low, high))), _) => {
            format!("{} ({} to {})", signed_share(mean), signed_share(low), signed_share(high))
        }
        (None, Some(pairs)) => value(Some(pairs.mean), quantity),
        (None, None) => "–".to_owned(),
    };
    vec![
        name.column(),
        value(found.before.mean, quantity),
        value(found.after.mean, quantity),
        change,
        found.shown.map_or("", Shown::word).to_owned(),
    ]
}

/// A table for the comment of a pull request.
fn markdown(checked: &[Checked]) -> String {
    let safe = |text: &str| {
        let text = visible_text(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
        text.replace('`', "'").replace('\n', " ")
    };
    let mut text = format!("### ecsim check: {}\n\n", headline(checked));
    text += "| scenario | outcome | metric | was | is | change (95 % interval) | verdict |\n";
    text += "|---|---|---|--:|--:|--:|---|\n";
    for row in checked.iter().flat_map(rows) {
        let cells: Vec<String> = row.iter().map(|cell| safe(cell)).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    for each in checked {
        if let Some(note) = &each.note {
            text += &format!("\n{}: {}\n", safe(&each.file), safe(note));
        }
        if let Some(parting) = &each.parting {
            let block = of_parting(&each.file, parting).replace("```", "'''");
            text += &format!(
                "\n<details><summary>{}: where it begins</summary>\n\n```\n{block}```\n\n</details>\n",
                safe(&each.file)
            );
        }
    }
    text
}

/// JUnit XML: a test suite for each scenario, a test case for each metric.
fn junit(checked: &[Checked]) -> String {
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ecsim check\">\n".to_owned();
    for each in checked {
        let failures = usize::from(each.outcome == Outcome::Regression);
        let errors = usize::from(each.outcome == Outcome::Inconclusive);
        text += &format!(
            "  <testsuite name=\"{}\" tests=\"1\" failures=\"{failures}\" errors=\"{errors}\">\n    <testcase classname=\"ecsim\" name=\"{}\">\n",
            xml(&each.file),
            xml(&each.file)
        );
        let words: Vec<String> = each
            .metrics
            .iter()
            .filter(|(_, found)| has_values(found))
            .map(|(name, found)| cells(name, found).join("  "))
            .chain(each.note.clone())
            .chain(each.parting.as_ref().map(|parting| of_parting(&each.file, parting)))
            .collect();
        let body = xml(&words.join("\n"));
        match each.outcome {
            Outcome::Regression => {
                text += &format!("      <failure message=\"regression\">{body}</failure>\n")
            }
            Outcome::Inconclusive => {
                text += &format!("      <error message=\"inconclusive\">{body}</error>\n")
            }
            Outcome::Pass => text += &format!("      <system-out>{body}</system-out>\n"),
            Outcome::Identical => {}
        }
        text += "    </testcase>\n  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn xml(text: &str) -> String {
    // Control characters have no place in XML, not even escaped.
    let lines: Vec<String> = text.split('\n').map(visible_text).collect();
    let escaped = lines.join("\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;")
}

/// One JSON object for each scenario.
pub(super) fn json_lines(checked: &[Checked]) -> String {
    let metric = |(name, found): &(MetricName, Compared)| {
        json!({
            "metric": name.metric, "of": name.of, "unit": name.unit, "was": found.before.mean, "is": found.after.mean,
            "difference": found.difference.map(|pairs| pairs.mean),
            "ci95_low": found.difference.map(|pairs| pairs.ci95.0),
            "ci95_high": found.difference.map(|pairs| pairs.ci95.1),
            "margin": found.margin, "verdict": found.shown.map(Shown::word),
            "replications_needed": found.replications_needed,
        })
    };
    let line = |each: &Checked| {
        let metrics: Vec<_> = each.metrics.iter().map(metric).collect();
        let parting = each.parting.as_ref().map(|parting| {
            json!({ "event": parting.at, "before": parting.before, "was": parting.first, "is": parting.second })
        });
        let value = json!({
            "scenario": each.file, "outcome": each.outcome.word(), "note": each.note, "metrics": metrics,
            "first_difference": parting,
        });
        format!("{value}\n")
    };
    checked.iter().map(line).collect()
}
