//! The lines of a journal: cells between tabs, the last of them the checksum of the others.

use super::Record;
use crate::observe::metrics::MetricName;
use crate::output::csv_table::shortest;
use crate::output::manifest::sha256_of;

/// Cells joined by tabs, with the checksum and a line end.
pub(super) fn line(cells: &[&str]) -> String {
    let content = cells.join("\t");
    let checksum = checksum(&content);
    format!("{content}\t{checksum}\n")
}

fn checksum(content: &str) -> String {
    let mut hash = sha256_of(content.as_bytes());
    hash.truncate(16);
    hash
}

/// The content of a line that is as it was written.
pub(super) fn whole(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes.strip_suffix(b"\n")?).ok()?;
    let (content, found) = text.rsplit_once('\t')?;
    (checksum(content) == found).then_some(content)
}

/// The line of a trial; `read` is [`Journal::read_so_far`](super::Journal::read_so_far) at some moment after what the trial read was added.
#[must_use]
pub fn line_of(job: u64, record: &Record, read: usize) -> String {
    let job = job.to_string();
    match record {
        Record::Done { digest, values, names } => {
            let cells: Vec<String> =
                values.iter().map(|value| value.map_or_else(String::new, shortest)).collect();
            line(&["trial", &job, &names.to_string(), &read.to_string(), digest, &cells.join(",")])
        }
        Record::Failed(message) => {
            line(&["failed", &job, &serde_json::to_string(message).unwrap_or_default()])
        }
    }
}

pub(super) fn record_of(content: &str) -> Option<Record> {
    let cells: Vec<&str> = content.split('\t').collect();
    match cells[..] {
        ["trial", _, names, _, digest, values] => {
            let value = |cell: &str| if cell.is_empty() { Some(None) } else { cell.parse().ok().map(Some) };
            let values = values.split(',').map(value).collect::<Option<_>>()?;
            Some(Record::Done { digest: digest.to_owned(), values, names: names.parse().ok()? })
        }
        ["failed", _, message] => Some(Record::Failed(serde_json::from_str(message).ok()?)),
        _ => None,
    }
}

pub(super) fn names_of(rest: &str) -> Option<(usize, Vec<MetricName>)> {
    let (number, names) = rest.split_once('\t')?;
    let names: Vec<[String; 3]> = serde_json::from_str(names).ok()?;
    let name = |[metric, of, unit]: [String; 3]| MetricName { metric, of, unit: lasting(unit) };
    Some((number.parse().ok()?, names.into_iter().map(name).collect()))
}

/// Units are few words of the program's own; those of a journal are kept for the life of the process.
fn lasting(unit: String) -> &'static str {
    match unit.as_str() {
        "share" => "share",
        "s" => "s",
        "USD" => "USD",
        _ => Box::leak(unit.into_boxed_str()),
    }
}
