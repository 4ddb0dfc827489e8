//! `ecsim import trace`.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::catalog::instance_types::HOME_REGION;
use crate::cli::Failure;
use crate::import::trace::{FromTrace, TraceKind, TraceWishes, from_trace};
use crate::output::escape::visible_text;
use crate::scenario::plan::{Plan, Source};

/// Which trace, what it is of, and how it is read.
#[derive(Debug, Clone, clap::Args)]
pub struct TraceArgs {
    /// A CSV file whose first row names the columns.
    #[arg(value_name = "CSV")]
    pub file: PathBuf,
    /// What the trace is of.
    #[arg(long = "as", value_enum, value_name = "KIND")]
    pub kind: TraceKindName,
    /// Which column holds what, as arrival=submit,duration=run: for columns of unusual names.
    #[arg(long, value_name = "WHAT=COLUMN", value_delimiter = ',', value_parser = super::pair)]
    pub columns: Vec<(String, String)>,
    /// The units of what columns hold, as duration=ms,memory=GiB, where the columns' names do not say.
    #[arg(long, value_name = "WHAT=UNIT", value_delimiter = ',', value_parser = super::pair)]
    pub units: Vec<(String, String)>,
    /// Take units that make no sense as they are.
    #[arg(long)]
    pub force_units: bool,
    /// The Availability Zone of outages and of Spot capacity.
    #[arg(long, value_name = "ZONE", default_value_t = format!("{HOME_REGION}a"))]
    pub zone: String,
    /// Which trace, where the file has a column `trace` [default: the first].
    #[arg(long, value_name = "NAME")]
    pub trace: Option<String>,
    /// The scenario's file; it names the trace as seen from its own place.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
    /// The scenario's name [default: that of the trace].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Say nothing of what was found in the trace.
    #[arg(long)]
    pub quiet: bool,
}

/// What a trace is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TraceKindName {
    /// Calls of RunTask: when, how long each runs, and what it reserves.
    Arrivals,
    /// Requests to a service over time.
    Demand,
    /// How many Spot instances could be held over time.
    SpotCapacity,
    /// Outages of a zone.
    Outages,
}

impl TraceKindName {
    fn kind(self) -> TraceKind {
        match self {
            TraceKindName::Arrivals => TraceKind::Arrivals,
            TraceKindName::Demand => TraceKind::Demand,
            TraceKindName::SpotCapacity => TraceKind::SpotCapacity,
            TraceKindName::Outages => TraceKind::Outages,
        }
    }
}

/// Makes the scenario, lets the ordinary reader check it, and only then lets it be seen.
pub(super) fn run(args: &TraceArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    free(&args.out, args.force)?;
    let kind = args.kind.kind();
    known(kind, "--columns", &args.columns, kind.columns())?;
    known(kind, "--units", &args.units, kind.units())?;
    let wishes = TraceWishes {
        file: args.file.clone(),
        kind,
        columns: args.columns.iter().cloned().collect(),
        units: args.units.iter().cloned().collect(),
        name: args.name.clone(),
        zone: args.zone.clone(),
        trace: args.trace.clone(),
        scenario: args.out.clone(),
        force_units: args.force_units,
    };
    let made = from_trace(&wishes).map_err(|why| Failure::Input(visible_text(&why)))?;
    let beside = made.beside.as_ref().map(|(name, text)| (args.out.with_file_name(name), text));
    if let Some((path, _)) = &beside {
        free(path, args.force)?;
    }
    let part = beside_itself(&args.out);
    let written =
        write_checked(&made, &part, beside.as_ref().map(|(path, text)| (path.as_path(), text.as_str())));
    let moved =
        written.and_then(|()| std::fs::rename(&part, &args.out).map_err(|error| cannot(&args.out, &error)));
    if let Err(failure) = moved {
        let _ = std::fs::remove_file(&part);
        return Err(failure);
    }
    if !args.quiet {
        for line in &made.told {
            writeln!(out, "{}.", visible_text(line))?;
        }
        let shown = visible_text(&args.out.display().to_string());
        let guesses = made.yaml.matches("# guess").count();
        writeln!(
            out,
            "{shown} is written; {guesses} values in it are guesses, each with a comment. `ecsim run {shown}` runs it."
        )?;
    }
    Ok(0)
}

/// The scenario under its passing name and what it reads beside it; on any refusal nothing of either is left.
fn write_checked(made: &FromTrace, part: &Path, beside: Option<(&Path, &str)>) -> Result<(), Failure> {
    if let Some((path, text)) = beside {
        std::fs::write(path, text).map_err(|error| cannot(path, &error))?;
    }
    let checked = std::fs::write(part, &made.yaml).map_err(|error| cannot(part, &error)).and_then(|()| {
        let read = Plan::load(&Source::File(part.to_owned()), &[], None);
        read.map(drop).map_err(|rejected| {
            Failure::Input(format!("the trace gives a scenario that cannot be:\n{rejected}"))
        })
    });
    if checked.is_err()
        && let Some((path, _)) = beside
    {
        let _ = std::fs::remove_file(path);
    }
    checked
}

/// A key that this kind of trace does not have would be passed over in silence.
fn known(kind: TraceKind, option: &str, given: &[(String, String)], keys: &[&str]) -> Result<(), Failure> {
    match given.iter().find(|(key, _)| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some((key, value)) if keys.is_empty() => Err(Failure::Input(visible_text(&format!(
            "{option} {key}={value}: the columns of {} and their units are fixed (trace, gap_seconds, start_tick, ticks, available)",
            kind.words()
        )))),
        Some((key, value)) => Err(Failure::Input(visible_text(&format!(
            "{option} {key}={value}: {} has {}",
            kind.words(),
            keys.join(", ")
        )))),
    }
}

fn free(path: &Path, replace: bool) -> Result<(), Failure> {
    let shown = visible_text(&path.display().to_string());
    match (path.is_dir(), path.exists() && !replace) {
        (true, _) => Err(Failure::Input(format!("`{shown}` is a directory; --out takes a file"))),
        (_, true) => Err(Failure::Input(format!("`{shown}` is there already; --force replaces it"))),
        _ => Ok(()),
    }
}

/// A name in the same directory, so that paths in the scenario are right while it is checked.
fn beside_itself(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.part.yaml"))
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Environment(format!("cannot write `{}`: {error}", visible_text(&path.display().to_string())))
}
