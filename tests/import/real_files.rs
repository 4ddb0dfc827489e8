//! Every real file at hand goes through import: understood, or refused with a sentence. The table stands in docs/real-input.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::import::assemble::{Imported, Wishes, assemble};
use ecsim::import::cloudformation::{self, Parameters};
use ecsim::import::compose::{self, LaunchType};
use ecsim::import::{Gathered, Verdict, aws_cli};
use ecsim::scenario::plan::{Plan, Source};

const DATA: &str = "../shared/data";
const DOCUMENT: &str = "docs/real-input.md";
const BEGIN: &str = "<!-- import: made by tests/import/real_files.rs (ECSIM_BLESS=1) -->\n";
const END: &str = "<!-- import: end -->";

/// Folder, kind, and how many files there are.
const KINDS: [(&str, &str, usize); 5] = [
    ("aws-cli-json", "answers and requests of the AWS CLI", 155),
    ("task-definitions", "task definitions", 73),
    ("service-definitions", "service definitions", 3),
    ("cloudformation", "CloudFormation templates", 15),
    ("compose", "compose files", 18),
];

fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let entries = fs::read_dir(Path::new(DATA).join(folder)).ok()?;
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension != "csv"));
    files.sort();
    Some(files)
}

fn gather(folder: &str, file: &Path) -> Gathered {
    let files = [file.to_owned()];
    let parameters = Parameters { region: "us-east-1".to_owned(), ..Parameters::default() };
    match folder {
        "cloudformation" => cloudformation::gather(&files, &parameters),
        "compose" => compose::gather(&files, LaunchType::Fargate),
        _ => aws_cli::gather(&files),
    }
    .unwrap()
}

fn import(folder: &str, file: &Path) -> (Verdict, Result<Imported, String>) {
    let mut gathered = gather(folder, file);
    let lenient = folder == "cloudformation";
    let wishes = Wishes { lenient, made_with: "test".to_owned(), ..Wishes::default() };
    let made = assemble(&mut gathered, &wishes);
    (gathered.files[0].verdict.clone(), made)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

/// The reason of a refusal without the place, which the file's own name says.
fn reason(file: &Path, told: &str) -> String {
    let first = told.lines().find(|line| !line.starts_with("nothing is left")).unwrap_or(told);
    let shown = file.display().to_string();
    let rest = first.strip_prefix(&shown).unwrap_or(first);
    let rest =
        rest.trim_start_matches(|letter: char| letter == ':' || letter.is_ascii_digit() || letter == ' ');
    rest.trim_end_matches("; the task definition is left out").to_owned()
}

#[test]
fn every_real_file_is_understood_or_refused_with_a_reason() {
    let mut counts = String::new();
    let (mut refused, mut nothing) = (String::new(), BTreeMap::<String, usize>::new());
    for (folder, kind, expected) in KINDS {
        let Some(files) = files(folder) else {
            println!("skipped: no real files at {DATA}/{folder}");
            return;
        };
        assert_eq!(files.len(), expected, "{folder}");
        let (mut scenarios, mut of_others, mut said_nothing, mut count_refused) = (0, 0, 0, 0);
        for file in &files {
            let (verdict, made) = import(folder, file);
            match (&verdict, &made) {
                (Verdict::Taken(_), Ok(_)) => scenarios += 1,
                // A launch configuration or an account setting says something of a cluster that other files tell of.
                (Verdict::Taken(_), Err(why)) if why.starts_with("none of the files") => of_others += 1,
                (Verdict::Taken(_), Err(why)) => {
                    count_refused += 1;
                    writeln!(refused, "| {} | {} |", name(file), reason(file, why).replace('|', "\\|"))
                        .unwrap();
                }
                (Verdict::Nothing(why), _) => {
                    said_nothing += 1;
                    *nothing.entry(why.clone()).or_default() += 1;
                }
                (Verdict::Refused(why), _) => {
                    count_refused += 1;
                    assert!(why.len() > 10, "{}: a refusal is a sentence: {why}", file.display());
                    writeln!(refused, "| {} | {} |", name(file), reason(file, why).replace('|', "\\|"))
                        .unwrap();
                }
            }
        }
        let understood = (scenarios + of_others + said_nothing) * 1000 / expected;
        writeln!(
            counts,
            "| {kind} | {expected} | {scenarios} | {of_others} | {said_nothing} | {count_refused} | {}.{} % |",
            understood / 10,
            understood % 10
        )
        .unwrap();
    }
    let mut causes: Vec<(&String, &usize)> = nothing.iter().collect();
    causes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let causes: String = causes.iter().map(|(why, count)| format!("| {count} | {why} |\n")).collect();
    let section = format!(
        "{BEGIN}\n| | files | a scenario by itself | part of one | says nothing of a cluster | refused | understood |\n|---|---|---|---|---|---|---|\n{counts}\n\
         **Refused**, each with its reason:\n\n| file | field and reason |\n|---|---|\n{refused}\n\
         **Says nothing that a scenario needs**, and is told so:\n\n| files | why |\n|---|---|\n{causes}\n{END}"
    );
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the document has the section");
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{section}{after}");
    if std::env::var_os("ECSIM_BLESS").is_some() {
        fs::write(DOCUMENT, wanted).unwrap();
    } else {
        assert!(document == wanted, "{DOCUMENT} says something else: ECSIM_BLESS=1 writes it\n{section}");
    }
}

/// What must never be copied: account ids, values of environment variables, secrets, commands.
#[test]
fn no_secret_of_a_real_file_gets_into_a_scenario() {
    let Some(files) = files("task-definitions") else { return };
    for file in files {
        let (_, made) = import("task-definitions", &file);
        let Ok(made) = made else { continue };
        assert!(!made.yaml.contains("123456789012"), "{}", file.display());
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&fs::read_to_string(&file).unwrap()) else {
            continue;
        };
        let definition = json.get("taskDefinition").unwrap_or(&json);
        for container in definition["containerDefinitions"].as_array().into_iter().flatten() {
            let environment = container["environment"].as_array().into_iter().flatten();
            let secrets = container["secrets"].as_array().into_iter().flatten();
            let values = environment.map(|one| &one["value"]).chain(secrets.map(|one| &one["valueFrom"]));
            let values = values.filter_map(|value| value.as_str()).filter(|value| value.len() > 12);
            // One names its parameter after its family.
            for value in values.filter(|value| definition["family"] != *value) {
                assert!(!made.yaml.contains(value), "{}: {value}", file.display());
            }
        }
    }
}

/// The services of templates and compose files run for a day, with every invariant recounted.
#[test]
fn imported_clusters_run_for_a_simulated_day() {
    let mut ran = 0;
    for folder in ["cloudformation", "compose"] {
        let Some(files) = files(folder) else { return };
        for file in files {
            let (_, made) = import(folder, &file);
            let Ok(made) = made else { continue };
            let source = Source::Text(name(&file), made.yaml);
            let plan = Plan::load(&source, &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
            let setup = plan.base_setup().unwrap();
            let options = TrialOptions { check: true, ..TrialOptions::default() };
            let key = TrialKey { point: 0, replication: 0 };
            let (trial, _) = simulate(&setup, key, options, None::<()>).unwrap();
            assert_eq!(trial.end.0, 86_400_000, "{}", file.display());
            ran += usize::from(!setup.cluster.services.is_empty());
        }
    }
    assert!(ran >= 20, "{ran} clusters with services ran for a day");
}
