//! Instance types from a CSV text.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Architecture, InstanceType, InterruptionBand};
use crate::catalog::csv_text::{CsvText, Mistake, Row};
use crate::catalog::{nearest_spelling, units};

/// Reading a file ends after so many mistakes.
const MOST_MISTAKES: usize = 1_000;
/// More vCPUs, interfaces, GPUs or awsvpc tasks than any machine has.
const MOST_PIECES: u32 = 65_536;
/// 1 PiB.
const MOST_MEMORY_MIB: u32 = 1 << 30;
/// More than any machine costs an hour.
pub(in crate::catalog) const MOST_NANO_USD_PER_HOUR: u64 = 1_000_000 * units::NANO_USD_PER_USD;

/// The instance types of a file, and which of the columns that may be missing it has.
#[derive(Debug, Clone)]
pub struct TypesFile {
    /// What stands for the file in tables and messages.
    pub name: String,
    /// In the order of the file; what a missing column would say is `None` or 0.
    pub(super) rows: Vec<InstanceType>,
    pub(super) origins: Vec<String>,
    has: Optional<bool>,
}

/// What stands for each column that a file need not have.
#[derive(Debug, Clone, Copy, Default)]
struct Optional<T> {
    gpus: T,
    trunk_task_enis: T,
    on_demand: T,
    spot_savings: T,
    spot_band: T,
    source: T,
}

/// The columns of a file; those of longer lists carry the region in their name.
struct Columns {
    name: usize,
    vcpus: usize,
    memory_mib: usize,
    architecture: usize,
    max_enis: usize,
    optional: Optional<Option<usize>>,
}

impl TypesFile {
    /// Reads a text; `name` stands for it in tables. Columns are found by their names and others are left alone.
    ///
    /// # Errors
    /// Every mistake with its place: a column that is missing, a cell that does not say what its column is for, a type
    /// that stands twice.
    pub fn read(name: &str, text: &str) -> Result<TypesFile, Vec<Mistake>> {
        let csv = CsvText::open(text).map_err(|mistake| vec![mistake])?;
        let columns = Columns::of(&csv)?;
        let mut rows: Vec<InstanceType> = Vec::new();
        let mut starts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut texts: BTreeMap<String, Arc<str>> = BTreeMap::new();
        let mistakes = csv.rows(MOST_MISTAKES, |row| {
            let mut listed = columns.read(row)?;
            let source = row.cell(columns.optional.source);
            let source = if source.is_empty() { name } else { source };
            listed.source = texts.entry(source.to_owned()).or_insert_with(|| source.into()).clone();
            if let Some(first) = starts.insert(listed.name.clone(), row.start()) {
                let first = row.line_of(first);
                let message =
                    format!("the type {:?} stands twice; the first is in line {first}", listed.name);
                return Err(row.mistake_at(columns.name, message));
            }
            rows.push(listed);
            Ok(())
        });
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let comments = text.lines().take_while(|line| line.starts_with('#'));
        let said: Vec<&str> = comments.map(|line| line.trim_start_matches('#').trim()).collect();
        let origins = if said.is_empty() { Vec::new() } else { vec![format!("{name}: {}", said.join(" "))] };
        let Optional { gpus, trunk_task_enis, on_demand, spot_savings, spot_band, source } = columns.optional;
        let has = Optional {
            gpus: gpus.is_some(),
            trunk_task_enis: trunk_task_enis.is_some(),
            on_demand: on_demand.is_some(),
            spot_savings: spot_savings.is_some(),
            spot_band: spot_band.is_some(),
            source: source.is_some(),
        };
        Ok(TypesFile { name: name.to_owned(), rows, origins, has })
    }

    /// How many types it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row of the file over what is known of the type.
    pub(super) fn over(&self, known: Option<&InstanceType>, row: &InstanceType) -> InstanceType {
        let mut merged = row.clone();
        let Some(known) = known else { return merged };
        if !self.has.gpus {
            merged.gpus = known.gpus;
        }
        if !self.has.trunk_task_enis {
            merged.trunk_task_enis = known.trunk_task_enis;
        }
        if !self.has.on_demand {
            merged.on_demand_nano_usd_per_hour = known.on_demand_nano_usd_per_hour;
        }
        if !self.has.spot_savings {
            merged.spot_savings_percent = known.spot_savings_percent;
        }
        if !self.has.spot_band {
            merged.spot_interruption_band = known.spot_interruption_band;
        }
        merged
    }
}

impl Columns {
    fn of(csv: &CsvText<'_>) -> Result<Columns, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut required = |names: &[&str]| {
            csv.required(names).unwrap_or_else(|mistake| {
                mistakes.push(mistake);
                0
            })
        };
        let name = required(&["instance_type", "type"]);
        let vcpus = required(&["vcpu", "vcpus"]);
        let memory_mib = required(&["memory_mib"]);
        let architecture = required(&["arch", "architecture"]);
        let max_enis = required(&["max_enis"]);
        let mut optional = |names: &[&str]| {
            csv.column(names).unwrap_or_else(|mistake| {
                mistakes.push(mistake);
                None
            })
        };
        let optional = Optional {
            gpus: optional(&["gpus"]),
            trunk_task_enis: optional(&["trunk_task_enis"]),
            on_demand: optional(&["on_demand_usd_per_hour_us_east_1", "on_demand_usd_per_hour"]),
            spot_savings: optional(&["spot_savings_pct_us_east_1", "spot_savings_pct"]),
            spot_band: optional(&["spot_interruption_band_us_east_1", "spot_interruption_band"]),
            source: optional(&["source"]),
        };
        if mistakes.is_empty() {
            Ok(Columns { name, vcpus, memory_mib, architecture, max_enis, optional })
        } else {
            Err(mistakes)
        }
    }

    /// The type of a row; its source is not filled in.
    fn read(&self, row: &Row<'_>) -> Result<InstanceType, Mistake> {
        let of = &self.optional;
        let name = row.cell(Some(self.name));
        let is_name =
            name.split_once('.').is_some_and(|(family, size)| !family.is_empty() && !size.is_empty());
        let is_plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name || !is_plain {
            return Err(row.mistake(self.name, "the name of an instance type such as m5.large"));
        }
        Ok(InstanceType {
            name: name.into(),
            vcpus: whole(row, self.vcpus, 1, MOST_PIECES)?,
            memory_mib: whole(row, self.memory_mib, 1, MOST_MEMORY_MIB)?,
            architecture: word(
                row,
                self.architecture,
                Architecture::of,
                Architecture::ALL,
                Architecture::name,
            )?,
            max_enis: whole(row, self.max_enis, 1, MOST_PIECES)?,
            gpus: maybe(row, of.gpus, |place| whole(row, place, 0, MOST_PIECES))?.unwrap_or(0),
            trunk_task_enis: maybe(row, of.trunk_task_enis, |place| whole(row, place, 0, MOST_PIECES))?,
            on_demand_nano_usd_per_hour: maybe(row, of.on_demand, |place| usd(row, place))?,
            spot_savings_percent: maybe(row, of.spot_savings, |place| whole(row, place, 0, 100))?,
            spot_interruption_band: maybe(row, of.spot_band, |place| {
                word(row, place, InterruptionBand::of, InterruptionBand::ALL, InterruptionBand::name)
            })?,
            source: Arc::default(),
        })
    }
}

/// What a cell says, `None` where there is no such column or the cell is blank.
fn maybe<T>(
    row: &Row<'_>,
    place: Option<usize>,
    read: impl FnOnce(usize) -> Result<T, Mistake>,
) -> Result<Option<T>, Mistake> {
    match place {
        Some(place) if !row.cell(Some(place)).is_empty() => read(place).map(Some),
        _ => Ok(None),
    }
}

fn whole(row: &Row<'_>, place: usize, least: u32, most: u32) -> Result<u32, Mistake> {
    let value = row.cell(Some(place)).parse().ok().filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| row.mistake(place, &format!("a whole number from {least} to {most}")))
}

/// A price in a cell, in nano-dollars.
pub(in crate::catalog) fn usd(row: &Row<'_>, place: usize) -> Result<u64, Mistake> {
    let value = units::nano_usd(row.cell(Some(place))).filter(|price| *price <= MOST_NANO_USD_PER_HOUR);
    value.ok_or_else(|| {
        row.mistake(place, "US dollars an hour such as 0.096, at most 1000000, in whole nano-dollars")
    })
}

/// A word in a cell that is one of a list.
pub(in crate::catalog) fn word<T: Copy>(
    row: &Row<'_>,
    place: usize,
    of: fn(&str) -> Option<T>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, Mistake> {
    let cell = row.cell(Some(place));
    of(cell).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        let near = nearest_spelling(cell, names.iter().copied());
        let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        row.mistake(place, &format!("one of {}{hint}", names.join(", ")))
    })
}
