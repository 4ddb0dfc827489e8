//! `ecsim export`: files of the AWS CLI from a scenario.

use std::io::Write;
use std::path::PathBuf;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::explain::{instant, starts_at};
use super::new_directory::{check_free, write_all};
use super::run::{failure_of, setup_of};
use crate::experiment::state::cluster_at;
use crate::experiment::{TrialError, TrialKey};
use crate::output::escape::visible_text;
use crate::output::export::{Setting, describe, requests};

/// Write files of the AWS CLI: what a scenario says as requests, or its cluster at a time as describe answers.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportArgs {
    /// What is exported.
    #[command(subcommand)]
    pub to: To,
}

/// What can be exported.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum To {
    /// Inputs for create-… and update-… commands; with --at, the cluster as describe-… commands print it.
    Aws(AwsArgs),
}

/// Of which scenario, when, and where it goes.
#[derive(Debug, Clone, clap::Args)]
pub struct AwsArgs {
    /// The scenario file [default: the built-in quickstart].
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<PathBuf>,
    /// The cluster at this time, such as 9h or 00:10:28, in place of requests.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The directory for the files; it must be empty or not there.
    #[arg(long, value_name = "DIRECTORY")]
    pub out: PathBuf,
    /// Which point of the sweep, such as the one that `plan` found.
    #[arg(long, value_name = "N")]
    pub point: Option<usize>,
    /// Which replication, with --at.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "at")]
    pub replication: u64,
    /// Change a value of the scenario, such as `aws.services.web.desiredCount=6`. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// The root seed, in place of the scenario's.
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Exports.
///
/// # Errors
/// A wrong scenario, a time after its end, a directory that holds something or cannot be written, a bug.
pub fn run(args: &ExportArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let To::Aws(args) = &args.to;
    check_free(&args.out)?;
    let AwsArgs { scenario, set, seed, .. } = args.clone();
    let plan = ScenarioArgs { scenario, set, seed, ..ScenarioArgs::default() }.plan()?;
    let setup = setup_of(&plan, args.point)?;
    let scenario = match args.point {
        Some(point) => plan.scenario_at(point).map_err(|rejected| super::validate::failure_of(&rejected))?,
        None => plan.scenario.clone(),
    };
    let starts_at = starts_at(&plan)?;
    let setting =
        Setting { region: scenario.world.region.clone(), cluster: setup.cluster.name.clone(), starts_at };
    let files = match &args.at {
        None => requests::requests(&scenario, &setting),
        Some(at) => {
            let at = instant(at, starts_at, &setup)?;
            let cluster = cluster_at(&setup, args.replication, at).map_err(|error| {
                let key = TrialKey { point: args.point.unwrap_or(0), replication: args.replication };
                failure_of(&setup, key, &TrialError::from(error))
            })?;
            describe::describe(&scenario, &cluster, &setting)
        }
    };
    let written = files.iter().map(|file| (file.name.as_str(), file.text.as_bytes()));
    write_all(&args.out, written)?;
    let shown = visible_text(&args.out.display().to_string());
    let next = match args.at {
        Some(_) => format!("`ecsim import aws {shown}` makes a scenario of them that starts there"),
        None => format!("read {shown}/create/requests.sh and {shown}/update/requests.sh before you run them"),
    };
    writeln!(out, "{} files in {shown}; {next}.", files.len())?;
    Ok(0)
}
