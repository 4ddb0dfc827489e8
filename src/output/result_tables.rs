//! `summary.csv`, `trials.csv` and `points.csv`.

use std::collections::BTreeMap;

use super::csv_table::Table;
use super::directory::{ResultDirectory, ResultFile};
use super::error::EnvironmentError;
use crate::experiment::Trial;
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;

/// The estimate of a metric over replications: an interval for shares stays inside [0, 1].
#[must_use]
pub fn estimate(name: &MetricName, values: impl IntoIterator<Item = Option<f64>>) -> Summary {
    if name.unit == "share" { Summary::of_shares(values) } else { Summary::of(values) }
}

/// Writes `summary.csv`: a row for each metric of an entity.
///
/// # Errors
/// If the file cannot be written.
pub fn write_summary(
    directory: &ResultDirectory,
    names: &[MetricName],
    summaries: &[Summary],
) -> Result<(), EnvironmentError> {
    let columns = ["metric", "of", "unit", "mean", "ci95_low", "ci95_high", "sd", "n"];
    let mut table = directory.table("summary.csv", &columns)?;
    for (name, summary) in names.iter().zip(summaries) {
        table
            .row()
            .text(&name.metric)
            .text(&name.of)
            .text(name.unit)
            .opt_real(summary.mean)
            .opt_real(summary.ci95_low)
            .opt_real(summary.ci95_high)
            .opt_real(summary.sd)
            .int(i128::from(summary.n))
            .end()?;
    }
    table.finish()?.commit()
}

/// Which trial a row is about.
pub struct TrialRow<'a> {
    /// The point.
    pub point: usize,
    /// The replication.
    pub replication: u64,
    /// The hash of all that became true; empty where the trial stopped on a bug.
    pub digest: &'a str,
}

impl<'a> From<&'a Trial> for TrialRow<'a> {
    fn from(trial: &'a Trial) -> Self {
        TrialRow { point: trial.key.point, replication: trial.key.replication, digest: &trial.digest }
    }
}

/// `trials.csv`, written as trials come in.
pub struct TrialsTable {
    table: Table<ResultFile>,
    seed: u64,
}

impl TrialsTable {
    /// The table with a column for each axis and metric.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn begin(
        directory: &ResultDirectory,
        axes: &[String],
        names: &[MetricName],
        seed: u64,
    ) -> Result<TrialsTable, EnvironmentError> {
        let mut columns: Vec<String> = ["point", "replication", "seed", "digest"].map(str::to_owned).into();
        columns.extend(axes.iter().cloned());
        columns.extend(names.iter().map(MetricName::column));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Ok(TrialsTable { table: directory.table("trials.csv", &columns)?, seed })
    }

    /// Adds a trial whose axes have these labels; `values` stand in the order of the columns.
    ///
    /// # Errors
    /// If the row cannot be written.
    pub fn add(
        &mut self,
        trial: &TrialRow<'_>,
        labels: &[String],
        values: &[Option<f64>],
    ) -> Result<(), EnvironmentError> {
        let row = self.table.row().int(trial.point as i128).int(i128::from(trial.replication));
        let row = row.int(i128::from(self.seed)).text(trial.digest);
        let row = labels.iter().fold(row, |row, label| row.text(label));
        values.iter().fold(row, |row, value| row.opt_real(*value)).end()
    }

    /// Gives the table its final name.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub fn finish(self) -> Result<(), EnvironmentError> {
        self.table.finish()?.commit()
    }
}

/// `points.csv`: a row for each point of a sweep.
pub struct PointsTable(Table<ResultFile>);

impl PointsTable {
    /// The table with a column for each axis and three for each metric.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn begin(
        directory: &ResultDirectory,
        axes: &[String],
        names: &[MetricName],
    ) -> Result<PointsTable, EnvironmentError> {
        let mut columns = vec!["point".to_owned()];
        columns.extend(axes.iter().cloned());
        for name in names {
            let column = name.column();
            columns.extend(["mean", "ci95_low", "ci95_high"].map(|part| format!("{column}:{part}")));
        }
        Ok(PointsTable(directory.table("points.csv", &columns)?))
    }

    /// Adds a point.
    ///
    /// # Errors
    /// If the row cannot be written.
    pub fn add(
        &mut self,
        point: usize,
        labels: &[String],
        summaries: &[Summary],
    ) -> Result<(), EnvironmentError> {
        let row = labels.iter().fold(self.0.row().int(point as i128), |row, label| row.text(label));
        let row = summaries.iter().fold(row, |row, summary| {
            row.opt_real(summary.mean).opt_real(summary.ci95_low).opt_real(summary.ci95_high)
        });
        row.end()
    }

    /// Gives the table its final name.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub fn finish(self) -> Result<(), EnvironmentError> {
        self.0.finish()?.commit()
    }
}

/// `failures.csv`: a row for each trial that stopped on a bug; there is no such file where none did.
#[derive(Default)]
pub struct FailuresTable(Option<Table<ResultFile>>);

impl FailuresTable {
    /// Adds a trial.
    ///
    /// # Errors
    /// If the row cannot be written.
    pub fn add(
        &mut self,
        directory: &ResultDirectory,
        point: usize,
        replication: usize,
        seed: u64,
        message: &str,
    ) -> Result<(), EnvironmentError> {
        let table = match &mut self.0 {
            Some(table) => table,
            empty => {
                empty.insert(directory.table("failures.csv", &["point", "replication", "seed", "message"])?)
            }
        };
        let row = table.row().int(point as i128).int(replication as i128).int(i128::from(seed));
        row.text(message).end()
    }

    /// Gives the table its final name, if there is one.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub fn finish(self) -> Result<(), EnvironmentError> {
        self.0.map_or(Ok(()), |table| table.finish()?.commit())
    }
}

/// Puts values of a point whose metrics are `own` into the order of `all`: points of a sweep can differ in what
/// exists in them.
#[must_use]
pub fn aligned(all: &[MetricName], own: &[MetricName], values: &[Option<f64>]) -> Vec<Option<f64>> {
    if all == own {
        return values.to_vec();
    }
    let by_name: BTreeMap<_, _> = own.iter().map(MetricName::column).zip(values).collect();
    all.iter().map(|name| by_name.get(&name.column()).copied().copied().flatten()).collect()
}
