//! `ecsim report`: the page of a result, made again from its directory; and what each verb tells of itself for the page.

mod facts;

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Failure;
use crate::output::ResultDirectory;
use crate::output::directory::MANIFEST;
use crate::output::escape::visible_text;
use crate::output::manifest::Manifest;
use crate::output::report::{REPORT, ReportFacts, page_of};

pub(super) use facts::{circumstances, curves_of, of_run};

/// Make the page of a result again, from its directory.
#[derive(Debug, Clone, clap::Args)]
pub struct ReportArgs {
    /// The directory of a result.
    #[arg(value_name = "DIRECTORY")]
    pub directory: PathBuf,
}

/// Under which key of the manifest the facts stand.
const KEY: &str = "report";

/// Makes the page.
///
/// # Errors
/// No result is there, or the page cannot be written.
pub fn run(args: &ReportArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let shown = visible_text(&args.directory.display().to_string());
    let manifest = std::fs::read(args.directory.join(MANIFEST)).map_err(|error| {
        Failure::Input(format!("`{shown}` holds no result: its {MANIFEST} cannot be read ({error})"))
    })?;
    let manifest: Value = serde_json::from_slice(&manifest)
        .map_err(|error| Failure::Input(format!("`{shown}`: {MANIFEST} is no JSON: {error}")))?;
    let Some(facts) = manifest.get(KEY) else {
        let message = format!("`{shown}` was made by a version of ecsim that knew no reports: run it again");
        return Err(Failure::Input(message));
    };
    let facts: ReportFacts = serde_json::from_value(facts.clone())
        .map_err(|error| Failure::Input(format!("`{shown}`: {MANIFEST}: {KEY}: {error}")))?;
    let text = |key: &str| manifest.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let program = format!("ecsim {}", text("ecsim"));
    let page = page_of(&args.directory, &text("scenario"), &program, &facts).map_err(Failure::Input)?;
    super::import::write_new(&args.directory.join(REPORT), &page, true)?;
    writeln!(out, "{shown}/{REPORT}")?;
    Ok(0)
}

/// Writes the page of a result that is about to be finished, and notes in its manifest what the page needs.
///
/// # Errors
/// If the disk refuses; that a table cannot be read back is a bug.
pub(super) fn write(
    directory: &ResultDirectory,
    manifest: &mut Manifest,
    facts: &ReportFacts,
) -> Result<(), Failure> {
    manifest.facts.push((KEY.to_owned(), json!(facts)));
    let program = format!("ecsim {}", env!("CARGO_PKG_VERSION"));
    let page = page_of(directory.path(), &manifest.scenario, &program, facts).map_err(Failure::Internal)?;
    let mut file = directory.create(REPORT)?;
    let path = directory.path().join(REPORT);
    file.write_all(page.as_bytes()).map_err(crate::output::EnvironmentError::on("write", &path))?;
    Ok(file.commit()?)
}
