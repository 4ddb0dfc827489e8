//! What `run` and `sweep` take alike.

use std::io::Write;
use std::path::PathBuf;

use super::Failure;
use crate::kernel::time::{SimDuration, SimTime};
use crate::scenario::plan::{Plan, Source};
use crate::scenario::units::parse_duration_ms;

/// Which scenario, changed how, simulated how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ScenarioArgs {
    /// The scenario file.
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<PathBuf>,
    /// Change a value of the scenario, such as `aws.services.web.desiredCount=6`. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A CSV file of instance types that adds to the known ones and overrides them (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
    /// The root seed, in place of the scenario's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many replications, in place of the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replications: Option<u32>,
    /// Where the results go [default: results/NAME].
    #[arg(long, value_name = "DIRECTORY")]
    pub out: Option<PathBuf>,
    /// How many threads [default: one for each core].
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub threads: usize,
    /// Print nothing but errors.
    #[arg(long)]
    pub quiet: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
    /// Draw no plots.
    #[arg(long)]
    pub no_plots: bool,
    /// Recount everything from outside while simulating; a difference is a bug (exit code 5).
    #[arg(long)]
    pub check: bool,
}

impl ScenarioArgs {
    /// Reads and checks the scenario; without a file, the built-in quickstart. Warnings are told at once, before the
    /// first event (F29).
    ///
    /// # Errors
    /// Everything that is wrong with it, and where.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let source = match &self.scenario {
            Some(path) => Source::File(path.clone()),
            None => Source::BuiltIn,
        };
        let mut overrides = self.set.clone();
        if let Some(replications) = self.replications {
            overrides.push(format!("experiment.replications={replications}"));
        }
        let plan = Plan::load_with(&source, &overrides, self.seed, self.types.as_deref());
        let plan = plan.map_err(|rejected| super::validate::failure_of(&rejected))?;
        if !self.quiet {
            for warning in &plan.warnings {
                // A warning is a courtesy: whoever closed standard error does not want it.
                let _ = writeln!(std::io::stderr(), "{warning}");
            }
        }
        Ok(plan)
    }

    /// The directory of the results.
    #[must_use]
    pub fn directory(&self, plan: &Plan) -> PathBuf {
        let safe = || crate::output::directory::safe_file_name(&plan.name);
        self.out.clone().unwrap_or_else(|| PathBuf::from("results").join(safe()))
    }
}

/// Which replications leave row tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Replication 0.
    First,
    /// All.
    All,
    /// None.
    None,
    /// These.
    These(Vec<u64>),
}

impl Record {
    /// Whether this replication leaves rows.
    #[must_use]
    pub fn includes(&self, replication: u64) -> bool {
        match self {
            Record::First => replication == 0,
            Record::All => true,
            Record::None => false,
            Record::These(chosen) => chosen.contains(&replication),
        }
    }
}

impl std::str::FromStr for Record {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "first" => Ok(Record::First),
            "all" => Ok(Record::All),
            "none" => Ok(Record::None),
            numbers => numbers
                .split(',')
                .map(|number| number.trim().parse())
                .collect::<Result<_, _>>()
                .map(Record::These)
                .map_err(|_| "give first, all, none, or replication numbers such as 3,7".to_owned()),
        }
    }
}

/// The grid of samples: as given, else a 1440th of the run, rounded up to a whole minute.
///
/// # Errors
/// A duration that is none, or 0.
pub fn sample_every(given: Option<&str>, end: SimTime) -> Result<SimDuration, Failure> {
    match given {
        Some(text) => match parse_duration_ms(text) {
            Ok(0) => Err(Failure::Input("--sample: a duration above 0 is needed, such as 5m".to_owned())),
            Ok(ms) => Ok(SimDuration(ms)),
            Err(message) => Err(Failure::Input(format!("--sample: {message}"))),
        },
        None if end == SimTime::NEVER => Ok(SimDuration::from_secs(60)),
        None => Ok(SimDuration((end.0 / 1440).div_ceil(60_000).max(1) * 60_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_a_1440th_rounded_up_to_a_minute() {
        let grid = |ms| sample_every(None, SimTime(ms)).unwrap().0;
        assert_eq!(grid(86_400_000), 60_000); // a day: 1 minute
        assert_eq!(grid(7 * 86_400_000), 420_000); // a week: 7 minutes
        assert_eq!(grid(90_000_000), 120_000); // 25 h: 62.5 s → 2 minutes
    }

    #[test]
    fn replications_to_record_are_named_or_counted() {
        assert_eq!("3,7".parse(), Ok(Record::These(vec![3, 7])));
        assert!("first".parse::<Record>().unwrap().includes(0));
        assert!("3,x".parse::<Record>().is_err());
    }
}
