//! Same scenario, seed and version: same digests, on any number of threads; and every shipped scenario keeps its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ecsim::experiment::parallel::in_order;
use ecsim::experiment::{TrialError, TrialKey, TrialOptions, simulate};
use ecsim::scenario::plan::{Plan, Source};

fn digest(plan: &Plan, point: usize, replication: u64) -> String {
    let setup = plan.setup(point).unwrap();
    let key = TrialKey { point, replication };
    // With every invariant recounted at every instant.
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    simulate(&setup, key, options, None::<()>).unwrap().0.digest
}

fn shipped() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir("scenarios").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

/// The digests of replications 0 and 1 at the first and the last point of every shipped scenario.
#[test]
fn every_shipped_scenario_keeps_its_golden_digests() {
    let mut found = String::new();
    for path in shipped() {
        let plan =
            Plan::load(&Source::File(path.clone()), &[], None).unwrap_or_else(|error| panic!("{error}"));
        let points = BTreeMap::from([(0, ()), (plan.points.count() - 1, ())]);
        for point in points.into_keys() {
            for replication in 0..2 {
                let digest = digest(&plan, point, replication);
                found += &format!("{} point {point} replication {replication}: {digest}\n", plan.name);
            }
        }
    }
    let golden = Path::new("tests/golden-digests.txt");
    if std::env::var_os("ECSIM_BLESS").is_some() {
        std::fs::write(golden, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(golden).unwrap(), "ECSIM_BLESS=1 rewrites the file");
}

#[test]
fn a_sweep_gives_the_same_digests_on_one_two_three_and_eight_threads() {
    let source = Source::File(PathBuf::from("scenarios/how-many-instances.yaml"));
    let plan = Plan::load(&source, &[], None).unwrap();
    let on = |threads| {
        let mut digests = Vec::new();
        let trials = plan.points.count() * 4;
        in_order(
            trials,
            threads,
            |job| digest(&plan, job / 4, (job % 4) as u64),
            |_, digest| {
                digests.push(digest);
                Ok::<(), TrialError>(())
            },
        )
        .unwrap();
        digests
    };
    let one = on(1);
    assert_eq!(one.len(), 28);
    assert!([2, 3, 8].into_iter().all(|threads| on(threads) == one));
}

fn ecsim(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_ecsim")).args(arguments).output().unwrap()
}

/// All files of a result but what `wall` holds and the plots.
fn tables(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let tables = files.filter(|path| path.extension().is_some_and(|extension| extension == "csv"));
    tables
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn two_processes_with_different_threads_write_the_same_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let results = ["1", "3"].map(|threads| {
        let out = scratch.path().join(threads);
        let to = out.to_str().unwrap();
        let scenario = "scenarios/how-many-instances.yaml";
        let done = ecsim(&[
            "sweep",
            scenario,
            "--quiet",
            "--no-plots",
            "--replications",
            "5",
            "--threads",
            threads,
            "--out",
            to,
        ]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        tables(&out)
    });
    assert!(results[0].contains_key("trials.csv") && results[0].contains_key("points.csv"));
    assert_eq!(results[0], results[1]);
}

#[test]
fn a_row_of_trials_replays_to_its_digest() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let scenario = "scenarios/how-many-instances.yaml";
    let swept =
        ecsim(&["sweep", scenario, "--quiet", "--no-plots", "--replications", "4", "--out", &at("sweep")]);
    assert!(swept.status.success(), "{}", String::from_utf8_lossy(&swept.stderr));
    let replayed = ecsim(&[
        "run",
        scenario,
        "--quiet",
        "--no-plots",
        "--point",
        "5",
        "--replication",
        "3",
        "--record",
        "all",
        "--out",
        &at("run"),
    ]);
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let digest = |name: &str, point: &str, replication: &str| {
        let text = std::fs::read_to_string(scratch.path().join(name).join("trials.csv")).unwrap();
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("{point},{replication},")))
            .unwrap()
            .to_owned();
        row.split(',').nth(3).unwrap().to_owned()
    };
    assert_eq!(digest("sweep", "5", "3"), digest("run", "5", "3"));
    assert_ne!(digest("sweep", "5", "3"), digest("sweep", "5", "2"));
}
