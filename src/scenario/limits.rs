//! What a scenario may be at most: every bound of the text layer, by name, in one place. The ranges of single values
//! stand in the schema (`ecsim schema`), AWS's own quotas in the rules (`ecsim rules QUO`).
//!
//! The bounds are far above what a cluster at AWS's own quotas needs and low enough that any input is refused within a
//! second and a hundred megabytes.

use crate::engine::simulation::MAX_EVENTS_IN_ONE_INSTANT;

/// Largest scenario file, or file named by a `file:` entry, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;
/// Largest sum of all files that one scenario reads through `file:` entries, in bytes.
pub const MAX_TOTAL_BYTES: usize = 16 * 1024 * 1024;
/// Most files that one scenario names through `file:` entries.
pub const MAX_FILE_ENTRIES: usize = 1_000;
/// Deepest nesting of lists and mappings, aliases expanded.
pub const MAX_DEPTH: usize = 64;
/// Most values of a scenario, its `file:` documents included and aliases expanded; also bounds the copies that anchors
/// need.
pub const MAX_NODES: usize = 250_000;
/// Most aliases (`*name`) in a scenario.
pub const MAX_ALIASES: usize = 10_000;
/// Longest mapping key, in characters (YAML's own limit for a plain key).
pub const MAX_KEY_CHARACTERS: usize = 1_024;
/// Most errors kept of one file; reading goes on, but further ones are only counted as "more".
pub const MAX_PROBLEMS_KEPT: usize = 1_000;
/// Most problems printed; the rest is a number.
pub const MAX_PROBLEMS_LISTED: usize = 20;
/// Longest piece of a value quoted in a message, in characters.
pub const MAX_QUOTED_CHARACTERS: usize = 80;
/// Most steps of the schema check of one file, so that no schema and input together can take long.
pub const MAX_CHECK_STEPS: usize = 4_000_000;
/// Most segments of a path given to `--set`, a sweep axis or an objective.
pub const MAX_PATH_SEGMENTS: usize = MAX_DEPTH;

/// Most points of a sweep: combinations of the values of its axes.
pub const MAX_POINTS: usize = 1_000_000;
/// Most rows read from one CSV file.
pub const MAX_CSV_ROWS: usize = 20_000_000;
/// The longest duration, and so the longest run: a thousand years of 365 days. Below it every whole millisecond is exact
/// as a float.
pub const MAX_DURATION_MS: u64 = 1000 * 365 * 86_400_000;
/// The largest size in bytes: 8 PiB, below which every byte is exact as a float.
pub const MAX_SIZE_BYTES: u64 = 1 << 53;

/// Largest plain number of a distribution, a curve, a weight, an objective or a model parameter: 2^53, below which every
/// whole number is exact as a float.
pub const MAX_NUMBER: u64 = crate::catalog::model_parameters::MAX_NUMBER;
/// The highest rate of calls, a second: a thousand in every millisecond, the smallest step of time.
pub const MAX_RATE_PER_SECOND: u64 = 1_000_000;

/// One bound, for people: its name, its value and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is bounded.
    pub what: &'static str,
    /// The largest value that is accepted.
    pub at_most: u64,
    /// The unit of `at_most`.
    pub unit: &'static str,
}

/// All bounds, as `ecsim validate --limits` prints them.
pub fn limits() -> Vec<Limit> {
    let limit = |what, at_most: usize, unit| Limit { what, at_most: at_most as u64, unit };
    vec![
        limit("size of a scenario or `file:` document", MAX_FILE_BYTES, "bytes"),
        limit("size of all `file:` documents together", MAX_TOTAL_BYTES, "bytes"),
        limit("`file:` documents of a scenario", MAX_FILE_ENTRIES, "files"),
        limit("nesting of lists and mappings", MAX_DEPTH, "levels"),
        limit("values in a scenario, aliases expanded", MAX_NODES, "values"),
        limit("aliases in a scenario", MAX_ALIASES, "aliases"),
        limit("length of a mapping key", MAX_KEY_CHARACTERS, "characters"),
        limit("problems kept of a file", MAX_PROBLEMS_KEPT, "problems"),
        limit("problems printed", MAX_PROBLEMS_LISTED, "problems"),
        limit("piece of a value quoted in a message", MAX_QUOTED_CHARACTERS, "characters"),
        limit("steps of the schema check", MAX_CHECK_STEPS, "steps"),
        limit("length of a path", MAX_PATH_SEGMENTS, "segments"),
        limit("points of a sweep", MAX_POINTS, "points"),
        limit("rows of a CSV file", MAX_CSV_ROWS, "rows"),
        Limit { what: "a duration, and so a run", at_most: MAX_DURATION_MS / 86_400_000, unit: "days" },
        Limit {
            what: "an amount of data, and its growth in an hour",
            at_most: MAX_SIZE_BYTES,
            unit: "bytes",
        },
        Limit {
            what: "a number without a unit that has no range of its own",
            at_most: MAX_NUMBER,
            unit: "units",
        },
        Limit { what: "a rate of calls", at_most: MAX_RATE_PER_SECOND, unit: "a second" },
        Limit { what: "events at one instant", at_most: MAX_EVENTS_IN_ONE_INSTANT, unit: "events" },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_listed_once_with_a_unit() {
        let all = limits();
        let names: std::collections::BTreeSet<_> = all.iter().map(|limit| limit.what).collect();
        assert_eq!(names.len(), all.len());
        let constants =
            include_str!("limits.rs").lines().filter(|line| line.starts_with("pub const MAX_")).count();
        // The constants above, and the engine's guard against time that stands still.
        assert_eq!(all.len(), constants + 1);
        assert!(all.iter().all(|limit| limit.at_most > 0 && !limit.unit.is_empty()));
    }
}
