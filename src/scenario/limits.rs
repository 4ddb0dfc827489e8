//! What a scenario may be at most: every bound of the text layer, by name, in one place.
//!
//! The bounds are far above what a cluster at AWS's own quotas needs and low enough that any input is refused within a
//! second and a hundred megabytes.

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

/// One bound, for people: its name, its value and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is bounded.
    pub what: &'static str,
    /// The largest value that is accepted.
    pub at_most: usize,
    /// The unit of `at_most`.
    pub unit: &'static str,
}

/// All bounds of the text layer, as `ecsim validate --limits` prints them.
pub fn limits() -> Vec<Limit> {
    let limit = |what, at_most, unit| Limit { what, at_most, unit };
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
        // 12 constants above, 12 rows.
        assert_eq!(all.len(), 12);
        assert!(all.iter().all(|limit| limit.at_most > 0 && !limit.unit.is_empty()));
    }
}
