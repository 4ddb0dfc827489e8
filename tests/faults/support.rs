//! A scenario file, a run of the binary, and what came of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A small scenario that runs; `{}` marks nothing: tests replace its lines by text.
pub const GOOD: &str = "ecsim: 1
name: good
duration: 1h
aws:
  taskDefinitions:
    - family: web
      containerDefinitions: [{ name: app, cpu: 256, memory: 512 }]
  containerInstances:
    - { name: host, count: 2, resources: { cpu: 1024, memory: 2048 }, zones: [us-east-1a] }
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: 2 }
world:
  tasks: { web: { crash: { every: { exponential: { mean: 20m } } } } }
experiment: { replications: 2 }
";

/// `GOOD` with one piece of its text replaced.
pub fn good_but(piece: &str, by: &str) -> String {
    assert!(GOOD.contains(piece), "{piece:?} is not in the scenario");
    GOOD.replacen(piece, by, 1)
}

/// What a run of the binary left.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    directory: TempDir,
}

impl Outcome {
    /// Exit code 2, every piece in the message, no panic, and nothing written.
    pub fn is_refused_with(&self, pieces: &[&str]) {
        assert_eq!(self.code, Some(2), "stdout {:?} stderr {:?}", self.stdout, self.stderr);
        for piece in pieces {
            assert!(self.stderr.contains(piece), "{piece:?} is not in {}", self.stderr);
        }
        self.does_not_panic();
        assert!(!self.results().exists(), "a refused scenario writes nothing");
    }

    pub fn does_not_panic(&self) {
        assert!(!self.stderr.contains("panicked") && self.code.is_some(), "{}", self.stderr);
    }

    pub fn is_done(&self) {
        assert_eq!(self.code, Some(0), "stdout {:?} stderr {:?}", self.stdout, self.stderr);
        self.does_not_panic();
    }

    pub fn results(&self) -> PathBuf {
        self.path().join("results")
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A result file of scenario `name`.
    pub fn file(&self, name: &str, file: &str) -> String {
        let path = self.results().join(name).join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// Runs `ecsim` with these arguments in a directory of its own, where `scenario.yaml` holds `bytes`.
pub fn ecsim_on(bytes: impl AsRef<[u8]>, arguments: &[&str]) -> Outcome {
    ecsim_beside(None, bytes, arguments)
}

/// The same with a file of data beside the scenario: its name and text.
fn ecsim_beside(data: Option<(&str, &str)>, bytes: impl AsRef<[u8]>, arguments: &[&str]) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    if let Some((name, text)) = data {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    std::fs::write(directory.path().join("scenario.yaml"), bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ecsim"))
        .args(arguments)
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Outcome {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        directory,
    }
}

/// `ecsim run scenario.yaml` without plots.
pub fn run(bytes: impl AsRef<[u8]>) -> Outcome {
    ecsim_on(bytes, &["run", "scenario.yaml", "--no-plots", "--quiet"])
}

/// `ecsim run scenario.yaml` without plots, with a file of data beside it.
pub fn run_with_file(bytes: impl AsRef<[u8]>, data: (&str, &str)) -> Outcome {
    ecsim_beside(Some(data), bytes, &["run", "scenario.yaml", "--no-plots", "--quiet"])
}
