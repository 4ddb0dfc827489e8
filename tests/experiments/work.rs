//! A directory with a scenario in which `ecsim` is run again and again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::good_but;

/// A small sweep: 6 points × `replications`.
pub fn sweep_of(replications: u32) -> String {
    good_but(
        "replications: 2",
        &format!(
            "replications: {replications}, sweep: {{ aws.services.web.desiredCount: [1, 2, 3], \
             aws.containerInstances.host.count: [1, 2] }}"
        ),
    )
}

/// A directory, the scenario in it, and the binary.
pub struct Work {
    directory: TempDir,
}

impl Work {
    pub fn with(scenario: &str) -> Work {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("scenario.yaml"), scenario).unwrap();
        Work { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecsim"));
        command.args(arguments.split_whitespace()).current_dir(self.directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, arguments: &str) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    pub fn start(&self, arguments: &str) -> Child {
        self.command(arguments).spawn().unwrap()
    }
}

/// What a run of the binary left.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Run {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Exits with this code and without a panic that nobody asked for.
    #[track_caller]
    pub fn exits_with(&self, code: i32) -> &Run {
        assert_eq!(self.code, Some(code), "stdout {:?} stderr {:?}", self.stdout, self.stderr);
        self
    }

    /// Says this on standard error.
    #[track_caller]
    pub fn complains(&self, piece: &str) -> &Run {
        assert!(self.stderr.contains(piece), "{piece:?} is not in {:?}", self.stderr);
        self
    }

    /// Says this on standard output.
    #[track_caller]
    pub fn says(&self, piece: &str) -> &Run {
        let flat = self.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(piece), "{piece:?} is not in {:?}", self.stdout);
        self
    }
}

/// Everything of a result but what differs from run to run: by name, the bytes; of the manifest, all but `wall`.
pub fn result(place: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![place.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(place).unwrap().to_string_lossy().into_owned();
            let mut bytes = std::fs::read(&path).unwrap();
            if name == "manifest.json" {
                let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                manifest.as_object_mut().unwrap().remove("wall");
                bytes = manifest.to_string().into_bytes();
            }
            found.insert(name, bytes);
        }
    }
    found
}

/// Whether two results are the same bytes; names the first file that is not.
#[track_caller]
pub fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (result(one), result(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(bytes == &other[name], "{name} differs");
    }
}
