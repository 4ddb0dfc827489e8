//! `ecsim explain`: the story of one thing, and why it went so.

use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;

use super::arguments::ScenarioArgs;
use super::run::{failure_of, setup_of};
use super::{Failure, table};
use crate::catalog::nearest_spelling;
use crate::engine::Setup;
use crate::engine::setup::End;
use crate::experiment::TrialKey;
use crate::experiment::explain::explain;
use crate::experiment::explain::subject::{Subject, Unknown};
use crate::kernel::time::SimTime;
use crate::output::escape::visible_text;
use crate::output::story;
use crate::output::terminal::{WIDTH, paragraph_within};
use crate::scenario::plan::Plan;
use crate::scenario::units::parse_duration_ms;

/// A narrower terminal is taken for one of so many columns.
const NARROWEST: usize = 50;
/// Lines longer than this are hard to read, however wide the terminal.
const WIDEST: usize = 120;
/// So many names are listed where one is unknown.
const NAMES_SHOWN: usize = 12;

/// Tell the story of one task, service, deployment, instance or capacity provider: what happened, and why.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// The scenario file [default: the built-in quickstart].
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<PathBuf>,
    /// Whose story.
    #[command(flatten)]
    pub whose: Whose,
    /// Only what matters at this time (10m28s, 00:10:28, or a date): the last entries before, and how things stand.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Of which replication, as numbered in trials.csv.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub replication: u64,
    /// Of which point of the scenario's sweep, as numbered in trials.csv; without it the scenario as it is written.
    #[arg(long, value_name = "N")]
    pub point: Option<usize>,
    /// Change a value of the scenario, such as `aws.services.web.desiredCount=6`. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A CSV file of instance types that adds to the known ones and overrides them (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
    /// The root seed, in place of the scenario's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print one JSON array of entries.
    #[arg(long)]
    pub json: bool,
}

/// The kinds of things that have a story.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// A task: web#17, nightly#3, RunTask/report#1.
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// A service.
    #[arg(long, value_name = "SERVICE")]
    pub service: Option<String>,
    /// A deployment of a service: web/2.
    #[arg(long, value_name = "SERVICE/N")]
    pub deployment: Option<String>,
    /// A container instance: pool-3.
    #[arg(long, value_name = "INSTANCE")]
    pub instance: Option<String>,
    /// A capacity provider over an Auto Scaling group: why it grew and shrank.
    #[arg(long, value_name = "PROVIDER")]
    pub capacity_provider: Option<String>,
}

/// Simulates one replication and tells the story.
///
/// # Errors
/// [`Failure`]: a wrong scenario, a name that means nothing, a time after the end, a bug.
pub fn run(args: &ExplainArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let ExplainArgs { scenario, set, types, seed, .. } = args.clone();
    let plan = ScenarioArgs { scenario, set, types, seed, ..ScenarioArgs::default() }.plan()?;
    let setup = setup_of(&plan, args.point)?;
    let starts_at = starts_at(&plan)?;
    let subject = args.whose.subject(&setup).map_err(|unknown| Failure::Input(words_of(&unknown)))?;
    let at = args.at.as_deref().map(|at| instant(at, starts_at, &setup)).transpose()?;
    let key = TrialKey { point: args.point.unwrap_or(0), replication: args.replication };
    let explained = explain(&setup, args.replication, &subject, at);
    let explained = explained.map_err(|error| failure_of(&setup, key, &error))?;
    if args.json {
        out.write_all(story::json(&explained.story, starts_at).as_bytes())?;
        return Ok(0);
    }
    let width = table::terminal_width().unwrap_or(WIDTH).clamp(NARROWEST, WIDEST);
    let when = match at {
        Some(at) => format!("at {at}"),
        None => format!("until {}", explained.end),
    };
    let heading = format!(
        "{subject}, {when}, in replication {} of {} (seed {}; 00:00:00 is {starts_at})",
        args.replication, plan.name, setup.seed
    );
    let text = paragraph_within(&heading, 0, width) + "\n" + &story::text(&explained.story, width);
    out.write_all(text.as_bytes())?;
    Ok(0)
}

impl Whose {
    fn subject(&self, setup: &Setup) -> Result<Subject, Unknown> {
        match self {
            Whose { task: Some(name), .. } => Subject::task(setup, name),
            Whose { service: Some(name), .. } => Subject::service(setup, name),
            Whose { deployment: Some(name), .. } => Subject::deployment(setup, name),
            Whose { capacity_provider: Some(name), .. } => Subject::capacity_provider(setup, name),
            Whose { instance, .. } => Subject::instance(setup, instance.as_deref().unwrap_or_default()),
        }
    }
}

/// What is wrong, the nearest spelling, and what there is.
fn words_of(unknown: &Unknown) -> String {
    let near = nearest_spelling(&unknown.word, unknown.known.iter().map(String::as_str));
    let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    let shown = unknown.known.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let there = match unknown.known.len().saturating_sub(NAMES_SHOWN) {
        _ if unknown.known.is_empty() && unknown.word.is_empty() => String::new(),
        _ if unknown.known.is_empty() => "\nthere is none in this scenario".to_owned(),
        0 => format!("\nthere is {shown}"),
        more => format!("\nthere is {shown} and {more} more"),
    };
    let text = format!("{}{hint}{there}", unknown.problem);
    text.split('\n').map(visible_text).collect::<Vec<_>>().join("\n")
}

pub(super) fn starts_at(plan: &Plan) -> Result<Timestamp, Failure> {
    let given = &plan.scenario.starts_at;
    given.parse().map_err(|error| Failure::Input(format!("startsAt: {given}: {error}")))
}

/// A time as people write it: a duration since time zero, a clock as in the stories, or a date.
pub(super) fn instant(text: &str, starts_at: Timestamp, setup: &Setup) -> Result<SimTime, Failure> {
    let wrong = |why: &str| Failure::Input(format!("--at {}: {why}", visible_text(text)));
    let by_date = || {
        let date: Timestamp = text.parse().ok()?;
        u64::try_from(date.duration_since(starts_at).as_millis()).ok()
    };
    let ms = clock(text).or_else(|| parse_duration_ms(text).ok()).or_else(by_date);
    let at = ms.map(SimTime).ok_or_else(|| {
        wrong("a time since the start is needed, such as 10m28s or 00:10:28, or a date after startsAt")
    })?;
    match setup.end {
        End::At(end) if at > end => Err(wrong(&format!("the scenario ends at {end}"))),
        End::At(_) | End::UntilDone => Ok(at),
    }
}

/// `00:10:28`, `1d 02:03:04.005`.
fn clock(text: &str) -> Option<u64> {
    let (days, clock) = match text.split_once("d ") {
        Some((days, clock)) => (days.parse::<u64>().ok()?, clock),
        None => (0, text),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    if parts.next().is_some() || fraction.len() > 3 {
        return None;
    }
    let whole = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (minutes, seconds) = (whole(minutes)?, whole(seconds)?);
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let ms = whole(&format!("{fraction:0<3}"))?;
    let hours = days.checked_mul(24)?.checked_add(whole(hours)?)?;
    hours.checked_mul(3_600_000)?.checked_add((minutes * 60 + seconds) * 1000 + ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_a_story_writes_it() {
        assert_eq!(clock("00:10:28"), Some(628_000)); // 10 × 60 + 28
        assert_eq!(clock("1d 02:03:04.005"), Some(93_784_005)); // 86,400 + 7,200 + 180 + 4 s and 5 ms
        assert_eq!(clock("30:00:00.5"), Some(108_000_500));
        assert!(["00:60:00", "10:28", "1:2:3:4", "+1:00:00", "00:00:00.0005"].map(clock) == [None; 5]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_with_what_there_is() {
        let known = ["web", "worker"].map(str::to_owned).to_vec();
        let unknown =
            Unknown { problem: "there is no service \"wbe\"".to_owned(), word: "wbe".to_owned(), known };
        assert_eq!(
            words_of(&unknown),
            "there is no service \"wbe\"; did you mean \"web\"?\nthere is web, worker"
        );
    }
}
