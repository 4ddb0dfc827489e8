//! `ecsim import`: a scenario from what people have.

mod told;
mod trace;

use std::io::Write;
use std::path::PathBuf;

use super::Failure;
use crate::catalog::instance_types::HOME_REGION;
use crate::import::assemble::assemble;
use crate::import::aws_cli::{self, SCRIPT, Unreadable};
use crate::import::cloudformation::{self, Parameters};
use crate::import::compose::{self, LaunchType};
use crate::import::{Gathered, Wishes};
use crate::scenario::document::Blame;

/// Make a scenario of what the AWS CLI prints, a CloudFormation template, a compose file or a trace.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// What is imported.
    #[command(subcommand)]
    pub from: From,
}

/// What can be imported.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum From {
    /// JSON that the AWS CLI prints or takes: a cluster that starts in the state that the files tell of.
    Aws(AwsArgs),
    /// CloudFormation templates, JSON or YAML, with their parameters and functions.
    Cloudformation(CloudformationArgs),
    /// Compose files: each of their services becomes a service.
    Compose(ComposeArgs),
    /// A CSV trace of tasks, requests, Spot capacity or outages: a scenario that plays it.
    Trace(trace::TraceArgs),
}

/// Which templates, and what their parameters are.
#[derive(Debug, Clone, clap::Args)]
pub struct CloudformationArgs {
    /// Templates, and directories of them.
    #[arg(value_name = "TEMPLATE", required = true)]
    pub paths: Vec<PathBuf>,
    /// The value of a parameter, in place of its default. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub parameter: Vec<(String, String)>,
    /// The region that the templates are deployed in.
    #[arg(long, value_name = "REGION", default_value = HOME_REGION)]
    pub region: String,
    /// Which cluster, where the templates tell of several.
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Where the scenario goes.
    #[command(flatten)]
    pub into: Into,
}

/// Which compose files, and where their services run.
#[derive(Debug, Clone, clap::Args)]
pub struct ComposeArgs {
    /// Compose files, and directories of them.
    #[arg(value_name = "FILE", required = true)]
    pub paths: Vec<PathBuf>,
    /// Where the services run.
    #[arg(long, value_enum, default_value = "fargate")]
    pub launch_type: LaunchTypeName,
    /// Where the scenario goes.
    #[command(flatten)]
    pub into: Into,
}

/// Where services of a compose file run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LaunchTypeName {
    /// On Fargate.
    Fargate,
    /// On container instances.
    Ec2,
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Which files, and what becomes of them.
#[derive(Debug, Clone, clap::Args)]
pub struct AwsArgs {
    /// Files, and directories with *.json files: answers of describe-… commands, and inputs of create-… commands.
    #[arg(value_name = "PATH", required_unless_present = "script")]
    pub paths: Vec<PathBuf>,
    /// Print a shell script that collects the files of a cluster with commands that only read.
    #[arg(long)]
    pub script: bool,
    /// Which cluster, where the files tell of several.
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Where the scenario goes.
    #[command(flatten)]
    pub into: Into,
}

/// Where a scenario goes.
#[derive(Debug, Clone, clap::Args)]
pub struct Into {
    /// The scenario's file [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "out")]
    pub force: bool,
    /// The scenario's name [default: that of the cluster or the trace].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Say nothing of what was found, left out and guessed.
    #[arg(long)]
    pub quiet: bool,
}

/// Imports.
///
/// # Errors
/// Input of which no scenario can be made, or a file that cannot be written. Nothing is written then.
pub fn run(args: &ImportArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    match &args.from {
        From::Aws(args) if args.script => {
            out.write_all(SCRIPT.as_bytes())?;
            Ok(0)
        }
        From::Aws(args) => {
            let gathered = aws_cli::gather(&args.paths).map_err(failure)?;
            let wishes = wishes(&args.into, "ecsim import aws", args.cluster.clone());
            deliver(gathered, &wishes, &args.into, out)
        }
        From::Cloudformation(args) => {
            let parameters =
                Parameters { values: args.parameter.iter().cloned().collect(), region: args.region.clone() };
            let gathered = cloudformation::gather(&args.paths, &parameters).map_err(failure)?;
            let wishes = wishes(&args.into, "ecsim import cloudformation", args.cluster.clone());
            let wishes = Wishes { lenient: true, region: Some(args.region.clone()), ..wishes };
            deliver(gathered, &wishes, &args.into, out)
        }
        From::Compose(args) => {
            let launch_type = match args.launch_type {
                LaunchTypeName::Fargate => LaunchType::Fargate,
                LaunchTypeName::Ec2 => LaunchType::Ec2,
            };
            let gathered = compose::gather(&args.paths, launch_type).map_err(failure)?;
            deliver(gathered, &wishes(&args.into, "ecsim import compose", None), &args.into, out)
        }
        From::Trace(args) => trace::run(args, out),
    }
}

fn wishes(into: &Into, made_with: &str, cluster: Option<String>) -> Wishes {
    Wishes { name: into.name.clone(), cluster, made_with: made_with.to_owned(), ..Wishes::default() }
}

fn failure(unreadable: Unreadable) -> Failure {
    let message = crate::output::escape::visible_text(&unreadable.message);
    match unreadable.blame {
        Blame::Input => Failure::Input(message),
        Blame::Environment => Failure::Environment(message),
    }
}

/// Makes the scenario, writes it whole or not at all, and tells what became of each file.
fn deliver(mut gathered: Gathered, wishes: &Wishes, into: &Into, out: &mut dyn Write) -> Result<u8, Failure> {
    let made = assemble(&mut gathered, wishes).map_err(|why| {
        let files = told::files(&gathered.files);
        let why: Vec<String> = why.lines().map(crate::output::escape::visible_text).collect();
        Failure::Input(format!("{files}{}", why.join("\n")))
    })?;
    match &into.out {
        Some(path) => write_new(path, &made.yaml, into.force)?,
        None => out.write_all(made.yaml.as_bytes())?,
    }
    if !into.quiet {
        // On standard error, so that the scenario can go through a pipe.
        let text = told::all(&gathered, &made, into.out.as_deref());
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    Ok(0)
}

/// Writes a file beside its place and moves it there, so that it is whole or not there at all.
///
/// # Errors
/// If something of that name is there already and must stay, or the disk refuses.
pub(super) fn write_new(path: &std::path::Path, text: &str, replace: bool) -> Result<(), Failure> {
    let shown = crate::output::escape::visible_text(&path.display().to_string());
    if path.is_dir() {
        return Err(Failure::Input(format!("`{shown}` is a directory; --out takes a file")));
    }
    if path.exists() && !replace {
        return Err(Failure::Input(format!("`{shown}` is there already; --force replaces it")));
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&part);
        Failure::Environment(format!("cannot write `{shown}`: {error}"))
    })
}
