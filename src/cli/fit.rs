//! `ecsim fit`: from a column of numbers to a distribution of a scenario.

mod files;
mod sample;
mod told;
mod words;

use std::io::Write;
use std::path::PathBuf;

use super::Failure;
use super::new_directory::{check_free, write_all};
use crate::experiment::statistics::fit::fit;
use crate::output::escape::visible_text;
use crate::scenario::distribution_spec::TimeUnit;
use sample::Sample;
use told::Told;

/// Say which distribution the numbers of a CSV column come from, in the words of a scenario.
///
/// Exponential, lognormal, Weibull and gamma (and constant or uniform, where the data are that) are fitted by maximum
/// likelihood. Blank cells are passed over and counted; zeros are counted and left out of the fit.
#[derive(Debug, Clone, clap::Args)]
pub struct FitArgs {
    /// A CSV file whose first row names the columns.
    #[arg(value_name = "CSV")]
    pub csv: PathBuf,
    /// The column of numbers.
    #[arg(value_name = "COLUMN")]
    pub column: String,
    /// The unit of the column; `number` for what is no time.
    #[arg(long, value_enum, default_value = "s")]
    pub unit: UnitName,
    /// Take only rows that have this value in this column. May be repeated: all must hold.
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = super::import::pair)]
    pub chosen: Vec<(String, String)>,
    /// A directory for the table and the plot (fit.csv, fit.svg, fit.png); it must be empty or not there.
    #[arg(long, value_name = "DIRECTORY")]
    pub out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The unit of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum UnitName {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Minutes.
    Min,
    /// Hours.
    H,
    /// Days.
    D,
    /// No time: a size, a count.
    Number,
}

impl UnitName {
    /// The unit of time; none for plain numbers.
    fn time(self) -> Option<TimeUnit> {
        match self {
            UnitName::S => Some(TimeUnit::S),
            UnitName::Ms => Some(TimeUnit::Ms),
            UnitName::Min => Some(TimeUnit::Min),
            UnitName::H => Some(TimeUnit::H),
            UnitName::D => Some(TimeUnit::D),
            UnitName::Number => None,
        }
    }

    /// As it is written in a scenario.
    fn word(self) -> &'static str {
        match self {
            UnitName::S => "s",
            UnitName::Ms => "ms",
            UnitName::Min => "min",
            UnitName::H => "h",
            UnitName::D => "d",
            UnitName::Number => "number",
        }
    }
}

/// Fits and tells.
///
/// # Errors
/// A file or a column that cannot be used, or a directory that cannot be written; nothing is written then.
pub fn run(args: &FitArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    if let Some(directory) = &args.out {
        check_free(directory)?;
    }
    let sample = Sample::read(args).map_err(|message| Failure::Input(visible_text(&message)))?;
    let told = Told::of(args, &sample, fit(&sample.values));
    if let Some(directory) = &args.out {
        let files = files::files(&told)?;
        write_all(directory, files.iter().map(|(name, content)| (*name, content.as_slice())))?;
    }
    let text = if args.json { told.json() } else { told.text() };
    out.write_all(text.as_bytes())?;
    Ok(0)
}
