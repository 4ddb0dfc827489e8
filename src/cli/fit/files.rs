//! The table and the plot of a fit as files.

use super::told::{NAMES, Told};
use crate::cli::Failure;
use crate::experiment::statistics::fit::Law;
use crate::output::csv_table::{Table, shortest};
use crate::output::plot::{Chart, FitCurves, LawCurve, cumulative, png};

/// The values that `--where` chose, for `empirical`.
pub(super) const VALUES: &str = "values.csv";
/// Steps of the sample that are drawn.
const MOST_STEPS: usize = 2_000;
/// Points of a law that are drawn.
const POINTS: usize = 300;
/// Beyond this factor between its ends an axis is logarithmic.
const TWO_DECADES: f64 = 100.0;

/// Names and contents.
pub(super) fn files(told: &Told<'_>) -> Result<Vec<(&'static str, Vec<u8>)>, Failure> {
    let svg = plot(told).svg();
    let png = png(&svg).map_err(|error| Failure::Internal(error.to_string()))?;
    let mut files = vec![("fit.csv", fit_csv(told)?), ("fit.svg", svg.into_bytes()), ("fit.png", png)];
    if !told.args.chosen.is_empty() {
        files.push((VALUES, values_csv(told)?));
    }
    Ok(files)
}

fn fit_csv(told: &Told<'_>) -> Result<Vec<u8>, Failure> {
    let errors = NAMES.map(|name| format!("relative_error_{name}"));
    let names = ["distribution", "snippet", "log_likelihood", "aic_difference", "ks_distance"];
    let columns: Vec<&str> = names.into_iter().chain(errors.iter().map(String::as_str)).collect();
    let mut table = Table::create(Vec::new(), "fit.csv", &columns)?;
    for row in &told.rows {
        let mut cells = table
            .row()
            .text(row.fitted.law.name())
            .text(&format!("{{ {} }}", row.written))
            .real(row.fitted.log_likelihood)
            .real(row.aic_difference)
            .real(row.fitted.distance);
        for error in row.errors {
            cells = cells.real(error);
        }
        cells.end()?;
    }
    Ok(table.finish()?)
}

/// The column under its own name, so that nothing but the path changes where it is named.
fn values_csv(told: &Told<'_>) -> Result<Vec<u8>, Failure> {
    let broken = |error: csv::Error| Failure::Environment(format!("cannot write {VALUES}: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([told.args.column.as_str()]).map_err(broken)?;
    let zeros = (0..told.sample.zeros).map(|_| 0.0);
    for value in zeros.chain(told.sample.values.iter().copied()) {
        writer.write_record([shortest(value)]).map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Failure::Environment(format!("cannot write {VALUES}: {error}")))
}

fn plot(told: &Told<'_>) -> FitCurves {
    let values = &told.sample.values;
    let (low, high) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
    let logarithmic = low > 0.0 && high / low > TWO_DECADES;
    let scale = told.args.unit.time().map_or(1.0, |unit| unit.ms() as f64 / 1000.0);
    let curve = |law: &Law| -> Vec<(f64, f64)> {
        let at = |index: usize| {
            let part = index as f64 / POINTS as f64;
            match logarithmic {
                true => low * libm::pow(high / low, part),
                false => high * part,
            }
        };
        (0..=POINTS).map(|index| (at(index) * scale, law.below(at(index)))).collect()
    };
    let laws = told.rows.iter().map(|row| LawCurve {
        name: row.fitted.law.name().to_owned(),
        detail: format!("D = {:.3}, p99 {}", row.fitted.distance, told.said(row.fitted.law.quantile(0.99))),
        points: curve(&row.fitted.law),
    });
    let steps =
        cumulative(values, MOST_STEPS).into_iter().map(|(value, share)| (value * scale, share)).collect();
    FitCurves {
        title: format!("Which distribution? {}", told.source()),
        subtitle: told.facts(),
        x_label: told.args.column.clone(),
        quantity: told.args.unit.axis(),
        logarithmic,
        sample: ("the data".to_owned(), format!("p99 {}", told.said(told.quantile(0.99)))),
        steps,
        laws: laws.collect(),
        note: told.advice(),
    }
}
