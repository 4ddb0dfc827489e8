//! `trials.parquet`: the same rows as `trials.csv` in columns, for sweeps that are too large for text (a cargo feature).
//!
//! Numbers of a metric are doubles that may be missing, axes are text as they are named in tables. Rows go to the disk in
//! groups, so that memory stays flat.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::directory::{ResultDirectory, ResultFile};
use super::error::EnvironmentError;
use super::result_tables::TrialRow;
use crate::observe::metrics::MetricName;

/// The name of the file.
pub const TRIALS_PARQUET: &str = "trials.parquet";
/// Rows of a group.
const GROUP: usize = 10_000;

/// `trials.parquet`, written as trials come in.
pub struct ParquetTrials {
    writer: SerializedFileWriter<ResultFile>,
    path: std::path::PathBuf,
    seed: u64,
    numbers: [Vec<i64>; 2],
    digests: Vec<ByteArray>,
    axes: Vec<Vec<ByteArray>>,
    metrics: Vec<Vec<Option<f64>>>,
}

impl ParquetTrials {
    /// The table with a column for each axis and metric.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn begin(
        directory: &ResultDirectory,
        axes: &[String],
        names: &[MetricName],
        seed: u64,
    ) -> Result<ParquetTrials, EnvironmentError> {
        let path = directory.path().join(TRIALS_PARQUET);
        let mut fields: Vec<Result<Type, ParquetError>> = ["point", "replication", "seed"].map(number).into();
        fields.push(text("digest"));
        fields.extend(axes.iter().map(|axis| text(axis)));
        fields.extend(names.iter().map(|name| metric(&name.column())));
        let built = fields.into_iter().map(|field| field.map(Arc::new)).collect::<Result<Vec<_>, _>>();
        let schema = built.and_then(|fields| Type::group_type_builder("trials").with_fields(fields).build());
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
        let file = directory.create(TRIALS_PARQUET)?;
        let writer = schema
            .and_then(|schema| {
                SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties.build()))
            })
            .map_err(|error| refused(&path, error))?;
        Ok(ParquetTrials {
            writer,
            path,
            seed,
            numbers: Default::default(),
            digests: Vec::new(),
            axes: vec![Vec::new(); axes.len()],
            metrics: vec![Vec::new(); names.len()],
        })
    }

    /// Adds a trial.
    ///
    /// # Errors
    /// If a group of rows cannot be written.
    pub fn add(
        &mut self,
        trial: &TrialRow<'_>,
        labels: &[String],
        values: &[Option<f64>],
    ) -> Result<(), EnvironmentError> {
        self.numbers[0].push(trial.point as i64);
        self.numbers[1].push(trial.replication as i64);
        self.digests.push(trial.digest.into());
        for (column, label) in self.axes.iter_mut().zip(labels) {
            column.push(label.as_str().into());
        }
        for (column, value) in self.metrics.iter_mut().zip(values) {
            column.push(value.filter(|value| value.is_finite()));
        }
        if self.digests.len() < GROUP {
            Ok(())
        } else {
            self.write_group().map_err(|error| refused(&self.path, error))
        }
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub fn finish(mut self) -> Result<(), EnvironmentError> {
        let written = self.write_group();
        written.and_then(|()| self.writer.into_inner()).map_err(|error| refused(&self.path, error))?.commit()
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let rows = self.digests.len();
        if rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        // As a signed number of 64 bits, which is what Parquet has: a seed above 2^63 reads as its complement.
        let seeds = vec![self.seed as i64; rows];
        for numbers in [&self.numbers[0], &self.numbers[1], &seeds] {
            if let Some(mut column) = group.next_column()? {
                column.typed::<Int64Type>().write_batch(numbers, None, None)?;
                column.close()?;
            }
        }
        for texts in std::iter::once(&self.digests).chain(&self.axes) {
            if let Some(mut column) = group.next_column()? {
                column.typed::<ByteArrayType>().write_batch(texts, None, None)?;
                column.close()?;
            }
        }
        for values in &self.metrics {
            if let Some(mut column) = group.next_column()? {
                let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                let present: Vec<f64> = values.iter().flatten().copied().collect();
                column.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?;
                column.close()?;
            }
        }
        group.close()?;
        self.numbers = Default::default();
        self.digests.clear();
        self.axes.iter_mut().for_each(Vec::clear);
        self.metrics.iter_mut().for_each(Vec::clear);
        Ok(())
    }
}

fn number(name: &str) -> Result<Type, ParquetError> {
    Type::primitive_type_builder(name, Physical::INT64).with_repetition(Repetition::REQUIRED).build()
}

fn text(name: &str) -> Result<Type, ParquetError> {
    Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::String))
        .build()
}

fn metric(name: &str) -> Result<Type, ParquetError> {
    Type::primitive_type_builder(name, Physical::DOUBLE).with_repetition(Repetition::OPTIONAL).build()
}

fn refused(path: &std::path::Path, error: ParquetError) -> EnvironmentError {
    EnvironmentError::refusal("write", path, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn rows_are_read_back_as_they_were_over_more_than_one_group() {
        let home = tempfile::tempdir().unwrap();
        let directory = ResultDirectory::begin(home.path().join("r")).unwrap();
        let name = |metric: &str| MetricName { metric: metric.to_owned(), of: "web".to_owned(), unit: "s" };
        let names = [name("a"), name("b")];
        let mut table = ParquetTrials::begin(&directory, &["axis".to_owned()], &names, 7).unwrap();
        let count = GROUP + 3;
        for point in 0..count {
            let row = TrialRow { point, replication: 1, digest: "ab" };
            let b = (point % 2 == 0).then_some(0.1 * point as f64);
            table.add(&row, &[format!("label {point}")], &[Some(point as f64), b]).unwrap();
        }
        table.finish().unwrap();
        let file = std::fs::File::open(directory.path().join(TRIALS_PARQUET)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), count);
        let (even, odd) = (&rows[10_002], &rows[10_001]);
        assert_eq!((even.get_long(0).unwrap(), even.get_long(2).unwrap()), (10_002, 7));
        assert_eq!(
            (even.get_string(3).unwrap().as_str(), even.get_string(4).unwrap().as_str()),
            ("ab", "label 10002")
        );
        assert_eq!((even.get_double(5).unwrap(), even.get_double(6).unwrap()), (10_002.0, 0.1 * 10_002.0));
        assert!(odd.get_double(6).is_err(), "a missing value is null");
    }
}
