//! `ecsim import trace`: the scenario is checked in a directory of its own before anything is written.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Into, pair, write_new};
use crate::cli::Failure;
use crate::import::trace::{self, Kind, Played, Wanted, usual_names};
use crate::output::escape::visible_text;
use crate::scenario::plan::{Plan, Source};

/// Which trace, what it is of, and how it is read.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = usual_names())]
pub struct TraceArgs {
    /// A CSV file whose first row names the columns.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What the trace is of.
    #[arg(long = "as", value_enum, value_name = "KIND")]
    pub kind: KindName,
    /// Which column holds what, where its name is none of the usual ones: arrival=submit,duration=run.
    #[arg(long, value_name = "KEY=COLUMN", value_delimiter = ',', value_parser = pair)]
    pub columns: Vec<(String, String)>,
    /// The units of columns: arrival=ms,duration=min,memory=GiB.
    #[arg(long, value_name = "KEY=UNIT", value_delimiter = ',', value_parser = pair)]
    pub units: Vec<(String, String)>,
    /// The zone that fails, or that the Spot instances are in.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Which trace of Spot capacity, where the file has several [default: that of its first row].
    #[arg(long, value_name = "NAME")]
    pub trace: Option<String>,
    /// Take numbers that cannot be right in their unit.
    #[arg(long)]
    pub force_units: bool,
    /// Where the scenario goes.
    #[command(flatten)]
    pub into: Into,
}

/// What a trace is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum KindName {
    /// Tasks: when each came and how long it ran.
    Arrivals,
    /// Requests to a service over time.
    Demand,
    /// How many Spot instances could be had over time.
    SpotCapacity,
    /// When something was out and how long.
    Outages,
}

/// Reads the trace, checks the scenario and writes it.
///
/// # Errors
/// A trace that cannot be read or cannot be right, or a file that cannot be written; nothing is written then.
pub fn run(args: &TraceArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let input =
        |message: String| Failure::Input(message.lines().map(visible_text).collect::<Vec<_>>().join("\n"));
    if let Some(path) = &args.into.out {
        check_place(path, args.into.force)?;
    }
    check_arguments(args).map_err(Failure::Input)?;
    let kind = match args.kind {
        KindName::Arrivals => Kind::Arrivals,
        KindName::Demand => Kind::Demand,
        KindName::SpotCapacity => Kind::SpotCapacity,
        KindName::Outages => Kind::Outages,
    };
    let played = trace::read(&Wanted {
        file: args.file.clone(),
        kind,
        columns: args.columns.clone(),
        units: args.units.clone(),
        name: args.into.name.clone(),
        zone: args.zone.clone(),
        trace: args.trace.clone(),
        force_units: args.force_units,
    })
    .map_err(input)?;
    let beside = beside(&played, args.into.out.as_deref())?;
    let warnings = check(&played, &args.file, args.into.out.as_deref())?;
    let path = match (&beside, &args.into.out) {
        (Some(path), _) => {
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        }
        (None, Some(out)) => relative(&args.file, out),
        (None, None) => args.file.display().to_string(),
    };
    let yaml = played.yaml(&path);
    if let (Some(text), Some(path)) = (&played.beside, &beside) {
        write_new(path, text, false)?;
    }
    match &args.into.out {
        Some(path) => write_new(path, &yaml, args.into.force).inspect_err(|_| {
            let _ = beside.as_ref().map(std::fs::remove_file);
        })?,
        None => out.write_all(yaml.as_bytes())?,
    }
    if !args.into.quiet {
        let text = told(&played, &warnings, beside.as_deref(), args.into.out.as_deref());
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    Ok(0)
}

/// What says nothing of this kind of trace is no argument of it, and a zone has the form of one.
fn check_arguments(args: &TraceArgs) -> Result<(), String> {
    let of_spot = args.kind == KindName::SpotCapacity;
    if args.trace.is_some() && !of_spot {
        return Err("--trace goes with --as spot-capacity".to_owned());
    }
    let Some(zone) = &args.zone else { return Ok(()) };
    if !of_spot && args.kind != KindName::Outages {
        return Err("--zone goes with --as outages and --as spot-capacity".to_owned());
    }
    let region = zone.strip_suffix(|letter: char| letter.is_ascii_lowercase());
    let is_zone = region.is_some_and(|region| {
        region.contains('-') && region.ends_with(|letter: char| letter.is_ascii_digit())
    });
    match is_zone {
        true => Ok(()),
        false => Err(format!("--zone {}: write an Availability Zone such as us-east-1a", visible_text(zone))),
    }
}

/// Before a large trace is read for nothing.
fn check_place(path: &Path, replace: bool) -> Result<(), Failure> {
    let shown = visible_text(&path.display().to_string());
    if path.is_dir() {
        return Err(Failure::Input(format!("`{shown}` is a directory; --out takes a file")));
    }
    if path.exists() && !replace {
        return Err(Failure::Input(format!("`{shown}` is there already; --force replaces it")));
    }
    Ok(())
}

/// Where the trace in another form goes: beside the scenario, and never over anything.
fn beside(played: &Played, out: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
    if played.beside.is_none() {
        return Ok(None);
    }
    let Some(out) = out else {
        let message = "the trace is in a form that a scenario does not read, so that a file beside the scenario is needed: name \
                       the scenario's place with --out FILE";
        return Err(Failure::Input(message.to_owned()));
    };
    let stem = out.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let path = out.with_file_name(format!("{stem}-trace.csv"));
    match path.exists() {
        true => {
            let shown = visible_text(&path.display().to_string());
            let message = format!(
                "`{shown}`, where the trace would be written in the scenario's form, is there already; remove it, or name another --out"
            );
            Err(Failure::Input(message))
        }
        false => Ok(Some(path)),
    }
}

/// The ordinary reader has the last word, in a directory that is gone afterwards. Returns what it warns of.
fn check(played: &Played, file: &Path, out: Option<&Path>) -> Result<Vec<String>, Failure> {
    let directory = match out {
        Some(out) => {
            let mut part = out.as_os_str().to_owned();
            part.push(".part");
            PathBuf::from(part)
        }
        None => std::env::temp_dir().join(format!("ecsim-import-{}", std::process::id())),
    };
    let result = check_in(&directory, played, file);
    let _ = std::fs::remove_dir_all(&directory);
    result
}

fn check_in(directory: &Path, played: &Played, file: &Path) -> Result<Vec<String>, Failure> {
    let shown = visible_text(&directory.display().to_string());
    let failed = |error: std::io::Error| Failure::Environment(format!("cannot write `{shown}`: {error}"));
    std::fs::create_dir(directory).map_err(failed)?;
    let path = match &played.beside {
        Some(text) => {
            std::fs::write(directory.join("trace.csv"), text).map_err(failed)?;
            "trace.csv".to_owned()
        }
        None => std::fs::canonicalize(file).map_err(failed)?.display().to_string(),
    };
    let scenario = directory.join("scenario.yaml");
    std::fs::write(&scenario, played.yaml(&path)).map_err(failed)?;
    let plan = Plan::load(&Source::File(scenario), &[], None).map_err(|rejected| {
        // The place in the text is that of a file that is gone when this is read.
        let whole = |text: String| format!("the scenario that would be made of it is refused:\n{text}");
        match crate::cli::validate::failure_of(&rejected) {
            Failure::Input(text) => Failure::Input(whole(text)),
            other => other,
        }
    })?;
    Ok(plan.warnings)
}

/// The way from the scenario's directory to the trace; the whole path where there is none.
fn relative(file: &Path, out: &Path) -> String {
    let directory = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (Ok(from), Ok(to)) = (std::fs::canonicalize(directory), std::fs::canonicalize(file)) else {
        return file.display().to_string();
    };
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return to.display().to_string();
    }
    let up = from.components().skip(shared).map(|_| std::path::Component::ParentDir);
    up.chain(to.components().skip(shared)).collect::<PathBuf>().display().to_string()
}

fn told(played: &Played, warnings: &[String], beside: Option<&Path>, out: Option<&Path>) -> String {
    let mut text = String::from("Trace\n");
    text.push_str(&super::told::listed(played.facts.iter().cloned()));
    if !warnings.is_empty() {
        text.push_str("Warnings about the scenario\n");
        text.push_str(&super::told::listed(warnings.iter().cloned()));
    }
    if let Some(path) = beside {
        text.push_str(&format!(
            "Written to {}: the trace in the scenario's form.\n",
            visible_text(&path.display().to_string())
        ));
    }
    text + &super::told::end(played.guesses(), &played.name, out)
}
