//! A story as text for people and as JSON for machines.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::number::grouped;
use super::terminal::paragraph_within;
use crate::experiment::explain::story::{Details, Entry, Kind, Placement, Step, Story};
use crate::kernel::time::SimTime;

/// So many tasks are named for one entry.
const TASKS_SHOWN: usize = 8;
/// So many choices of a task to stop are shown for one entry.
const CHOICES_SHOWN: usize = 3;

/// The story in lines of at most `width` columns: the time, what happened, the rules in brackets, and the details
/// below.
#[must_use]
pub fn text(story: &Story, width: usize) -> String {
    let times = story.entries().map(|entry| entry.at.to_string().chars().count());
    let column = times.max().unwrap_or(0) + 2;
    let mut text = String::new();
    for (index, entry) in story.entries().enumerate() {
        if story.left_out > 0 && index == story.gap() {
            let count = grouped(story.left_out as f64, 0);
            text += &format!("{:column$}… {count} more; --at TIME shows what happened around a time\n", "");
        }
        text += &paragraph_within(&format!("{:column$}{}", entry.at.to_string(), line(entry)), column, width);
        for detail in detail_lines(entry) {
            text += &paragraph_within(&format!("{:column$}· {detail}", ""), column + 2, width);
        }
    }
    text
}

fn line(entry: &Entry) -> String {
    let mut line = entry.text.clone();
    let times = grouped(entry.times as f64, 0);
    line += &match entry.times {
        1 => String::new(),
        _ if entry.last == entry.at => format!(" ({times} times)"),
        _ => format!(" ({times} times, the last at {})", entry.last),
    };
    if !entry.rules.is_empty() {
        line += &format!(" [{}]", entry.rules.join(", "));
    }
    line
}

fn detail_lines(entry: &Entry) -> Vec<String> {
    let details = &entry.details;
    let mut lines = Vec::new();
    if let Some(placement) = details.placement.as_ref().filter(|_| entry.kind == Kind::Placed) {
        placement_lines(placement, &mut lines);
    }
    // Of a folded entry, what is known is that of the last time.
    let last = if entry.times > 1 && entry.last > entry.at { "the last time: " } else { "" };
    lines.extend(details.facts.iter().map(|fact| format!("{last}{fact}")));
    if !details.tasks.is_empty() {
        let shown = details.tasks.len().min(TASKS_SHOWN);
        let more = match details.more_tasks + (details.tasks.len() - shown) as u64 {
            0 => String::new(),
            more => format!(", and {} more", grouped(more as f64, 0)),
        };
        lines.push(format!("{}{more}", details.tasks[..shown].join(", ")));
    }
    lines.extend(details.choices.iter().take(CHOICES_SHOWN).cloned());
    if let Some(stop) = details.stop.as_ref().filter(|_| entry.kind == Kind::StopOrdered) {
        lines.push(format!("stopCode {}, stoppedReason {:?}", stop.code, stop.reason));
    }
    if let Some(until) = details.until {
        let what = match entry.kind {
            Kind::Refused => "the next attempt is at",
            _ => "until",
        };
        lines.push(format!("{last}{what} {}", until.0));
    }
    lines
}

fn placement_lines(placement: &Placement, lines: &mut Vec<String>) {
    if let Some(considered) = placement.considered {
        let fell: Vec<String> = placement
            .filters
            .iter()
            .map(|filter| format!("{} at {}", filter.instances, filter.reason))
            .collect();
        let fell =
            if fell.is_empty() { "none fell".to_owned() } else { format!("fell: {}", fell.join(", ")) };
        lines.push(format!("considered: {}; {fell}", grouped(considered as f64, 0)));
    }
    lines.extend(placement.strategies.iter().map(strategy_line));
    if let Some(equals) = placement.equals.filter(|equals| *equals > 1) {
        lines.push(format!("chosen among {equals} equals (PLC-9)"));
    }
    let older = placement.counted.iter().any(|zone| zone.of_older_revisions > 0);
    if placement.counted.len() > 1 && !older {
        let zones = placement.counted.iter().map(|zone| format!("{} {}", zone.zone, zone.tasks));
        lines.push(format!("tasks by zone before: {}", zones.collect::<Vec<_>>().join(", ")));
    }
}

fn strategy_line(step: &Step) -> String {
    let keeps = format!("{} keeps {}", step.strategy, step.left);
    let side = if step.strategy.starts_with("spread") {
        "the fewest"
    } else if step.strategy == "worst fit" {
        "the most"
    } else {
        "the least"
    };
    match step.best {
        Some(best) => {
            let unit = if best == 1 { step.unit.replacen("tasks", "task", 1) } else { step.unit.to_owned() };
            format!("{keeps}: {side}, {} {unit}", grouped(best as f64, 0))
        }
        None => keeps,
    }
}

/// The story as one JSON array; dates count from `starts_at`.
#[must_use]
pub fn json(story: &Story, starts_at: Timestamp) -> String {
    let entries: Vec<Value> = story.entries().map(|entry| entry_json(entry, starts_at)).collect();
    format!("{:#}\n", Value::Array(entries))
}

fn entry_json(entry: &Entry, starts_at: Timestamp) -> Value {
    let details: &Details = &entry.details;
    json!({
        "at": entry.at.to_string(),
        "seconds": entry.at.as_secs_f64(),
        "date": date(starts_at, entry.at),
        "kind": entry.kind,
        "text": entry.text,
        "rule": entry.rules,
        "times": entry.times,
        "last": entry.last.to_string(),
        "last_seconds": entry.last.as_secs_f64(),
        "details": details,
    })
}

/// The date of an instant; nothing after the year 9999.
fn date(starts_at: Timestamp, at: SimTime) -> Option<String> {
    let since = SignedDuration::from_millis(i64::try_from(at.0).ok()?);
    starts_at.checked_add(since).ok().map(|date| format!("{date:.3}"))
}
