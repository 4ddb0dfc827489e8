//! `manifest.json`: what a result was made from and what it consists of.
//!
//! The same scenario, seed and version give the same manifest, byte for byte, except for what stands under `wall`:
//! date, time taken, threads, command line.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

/// A file of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenFile {
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl WrittenFile {
    /// Size and digest of a file on the disk.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> io::Result<WrittenFile> {
        let mut digest = Sha256::new();
        let bytes = io::copy(&mut File::open(path)?, &mut digest)?;
        Ok(WrittenFile { sha256: hexadecimal(&digest.finalize()), bytes })
    }
}

/// A model parameter as it was in force.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterInForce {
    /// Its value, in the units of the scenario file.
    pub value: Value,
    /// Whether AWS leaves it undocumented (tag M): a guess with this default.
    pub undocumented: bool,
    /// Whether the run read it; what was not read cannot have moved the answer.
    pub read: bool,
}

/// What varies from run to run and is therefore kept apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Wall {
    /// When the run began.
    pub started_at: jiff::Timestamp,
    /// Seconds it took.
    pub elapsed_s: f64,
    /// Threads it ran on.
    pub threads: usize,
    /// The command line, word by word.
    pub command: Vec<String>,
}

/// The content of `manifest.json` but for the list of files, which the directory knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of the scenario as it was run, in hexadecimal.
    pub scenario_sha256: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// Every parameter in force by name.
    pub parameters: Vec<(String, ParameterInForce)>,
    /// Further facts of the run that are the same every time: replications, points, digest.
    pub facts: Vec<(String, Value)>,
    /// What varies from run to run.
    pub wall: Wall,
}

impl Manifest {
    /// The text of `manifest.json`, keys in a fixed order, files by name.
    pub fn to_json(&self, files: &BTreeMap<String, WrittenFile>) -> String {
        let mut root = Map::new();
        root.insert("ecsim".into(), json!(env!("CARGO_PKG_VERSION")));
        root.insert("scenario".into(), json!(self.scenario));
        root.insert("scenario_sha256".into(), json!(self.scenario_sha256));
        root.insert("seed".into(), json!(self.seed));
        for (name, value) in &self.facts {
            root.insert(name.clone(), value.clone());
        }
        root.insert("parameters".into(), self.parameters_json());
        root.insert(
            "files".into(),
            files.iter().map(|(name, file)| (name.clone(), file_json(file))).collect(),
        );
        root.insert("wall".into(), self.wall.to_json());
        let mut text = format!("{:#}", Value::Object(root));
        text.push('\n');
        text
    }

    fn parameters_json(&self) -> Value {
        let entry = |parameter: &ParameterInForce| json!({ "value": parameter.value, "undocumented": parameter.undocumented, "read": parameter.read });
        self.parameters.iter().map(|(name, parameter)| (name.clone(), entry(parameter))).collect()
    }
}

impl Wall {
    /// From when it began until now; 0 threads are one for each core.
    #[must_use]
    pub fn since(started: (std::time::Instant, jiff::Timestamp), threads: usize) -> Wall {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Wall {
            started_at: started.1,
            elapsed_s: started.0.elapsed().as_secs_f64(),
            threads: if threads == 0 { cores } else { threads },
            command: std::env::args().collect(),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "started_at": self.started_at.to_string(),
            "elapsed_s": self.elapsed_s,
            "threads": self.threads,
            "command": self.command,
        })
    }
}

fn file_json(file: &WrittenFile) -> Value {
    json!({ "sha256": file.sha256, "bytes": file.bytes })
}

/// SHA-256 of some bytes in hexadecimal.
pub fn sha256_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn manifest() -> Manifest {
        let guess = ParameterInForce { value: json!("1s"), undocumented: true, read: true };
        Manifest {
            scenario: "shop".into(),
            scenario_sha256: sha256_of(b"name: shop"),
            seed: 7,
            parameters: vec![("scheduler_wake".into(), guess)],
            facts: vec![("replications".into(), json!(20))],
            wall: Wall {
                started_at: jiff::Timestamp::UNIX_EPOCH,
                elapsed_s: 1.5,
                threads: 2,
                command: vec!["ecsim".into(), "run".into()],
            },
        }
    }

    #[test]
    fn two_runs_differ_only_under_wall() {
        let files =
            BTreeMap::from([("summary.csv".to_string(), WrittenFile { sha256: "00".into(), bytes: 3 })]);
        let mut later = manifest();
        later.wall.elapsed_s = 99.0;
        later.wall.threads = 8;
        later.wall.started_at = jiff::Timestamp::from_second(1_000_000).unwrap();
        let without_wall = |manifest: &Manifest| {
            let mut value: Value = serde_json::from_str(&manifest.to_json(&files)).unwrap();
            value.as_object_mut().unwrap().remove("wall").expect("wall is there");
            value
        };
        assert_eq!(without_wall(&manifest()), without_wall(&later));
        assert_ne!(manifest().to_json(&files), later.to_json(&files));
    }

    #[test]
    fn it_says_what_was_read_and_what_was_written() {
        let files =
            BTreeMap::from([("summary.csv".to_string(), WrittenFile { sha256: "ab".into(), bytes: 3 })]);
        let value: Value = serde_json::from_str(&manifest().to_json(&files)).unwrap();
        assert_eq!(value["parameters"]["scheduler_wake"]["read"], true);
        assert_eq!(value["files"]["summary.csv"]["sha256"], "ab");
        assert_eq!(value["wall"]["started_at"], "1970-01-01T00:00:00Z");
        assert_eq!(value["replications"], 20);
    }

    #[test]
    fn sha256_of_nothing_is_the_known_digest() {
        assert_eq!(sha256_of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
