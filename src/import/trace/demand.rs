//! Requests over time: a service on Fargate that is asked for them again.

use serde_json::json;

use super::columns::{Columns, Taken, Unit, unit_word};
use super::units::{Doubts, median, span};
use super::{Made, PATH, Wanted, counted, length, written_ms};
use crate::catalog::csv_columns::{Cells, CsvColumns, MAX_ROWS};
use crate::import::assemble::guess;
use crate::import::yaml::Item;
use crate::scenario::distribution_spec::TimeUnit;

const MINUTE_MS: f64 = 60_000.0;
/// Requests a second of a task, to guess how many tasks there are.
const GUESSED_PER_TASK: f64 = 10.0;
/// The mean load, and what target tracking holds.
const TARGET: f64 = 0.6;
/// So many tasks are guessed at most.
const MOST_TASKS: f64 = 100.0;
/// No series of requests a minute is longer: two years.
const MOST_MINUTES: usize = 1_051_200;
/// A step of more than this many usual ones is a hole.
const HOLE: f64 = 1.5;

/// A series as it stands in the file.
struct Series {
    /// (time in ms, value), times ascending.
    rows: Vec<(f64, f64)>,
    blank: u64,
    dates: bool,
}

pub(super) fn read(csv: CsvColumns, columns: &Columns, wanted: &Wanted) -> Result<Made, String> {
    let doubts = Doubts { wanted, shown: csv.shown().to_owned() };
    let (time, value) = (columns.required("time")?.clone(), columns.required("value")?.clone());
    let series = series(csv, &time, &value)?;
    let rows = &series.rows;
    let [first, .., last] = &rows[..] else {
        return Err(format!(
            "`{}` has {}; a series takes two",
            doubts.shown,
            counted(rows.len() as u64, "row")
        ));
    };
    if !series.dates {
        doubts.of_span(&time, last.0 - first.0, rows.len())?;
    }
    let usual_ms = median(rows.windows(2).map(|pair| pair[1].0 - pair[0].0).collect());
    let per_ms = match value.unit {
        Unit::Requests(Some(unit)) => Some(1.0 / unit.ms() as f64),
        _ => None,
    };
    let (minutes, holes) =
        by_minute(rows, usual_ms, per_ms).map_err(|why| format!("`{}`: {why}", doubts.shown))?;
    let mean = minutes.iter().sum::<f64>() / minutes.len() as f64 / 60.0;
    let peak = minutes.iter().copied().fold(0.0, f64::max) / 60.0;
    if mean <= 0.0 {
        return Err(format!("`{}` column {:?}: no request in the whole series", doubts.shown, value.column));
    }
    let direct = direct_unit(&series, &time, per_ms);
    let mut facts = vec![format!(
        "{} over {}, a step of {}: on average {}, at most {} requests a second in a minute",
        counted(rows.len() as u64, "row"),
        span(minutes.len() as f64 * MINUTE_MS),
        span(usual_ms),
        digits(mean),
        digits(peak)
    )];
    facts.extend(
        (series.blank > 0).then(|| format!("{} with a blank cell, left out", counted(series.blank, "row"))),
    );
    facts.extend((holes > 0).then(|| format!("{} in the series, without requests", counted(holes, "hole"))));
    let (table, beside) = match direct {
        Some(unit) => {
            let unit = unit_word(Unit::Time(unit));
            (json!({ "file": PATH, "time": time.column, "value": value.column, "unit": unit }), None)
        }
        None => {
            facts.push("the file is in another form than a scenario reads: the same by the minute is written beside it".to_owned());
            let lines: String = minutes
                .iter()
                .enumerate()
                .map(|(minute, value)| format!("{minute},{}\n", six_digits(*value)))
                .collect();
            let table = json!({ "file": PATH, "time": "minute", "value": "requests", "unit": "min" });
            (table, Some(format!("minute,requests\n{lines}")))
        }
    };
    let (aws, world) = service(mean, peak, table);
    let all_ms = minutes.len() as f64 * MINUTE_MS;
    Ok(Made {
        duration: length(all_ms, &written_ms(all_ms)),
        aws,
        world,
        timeline: Vec::new(),
        question: "Does target tracking keep up with this demand, and for how much?\n".to_owned(),
        beside,
        facts,
    })
}

fn series(csv: CsvColumns, time: &Taken, value: &Taken) -> Result<Series, String> {
    let mut series = Series { rows: Vec::new(), blank: 0, dates: false };
    csv.rows(MAX_ROWS, |cells| {
        let (Some(at), Some(number)) = (time_of(cells, time, &mut series)?, cells.number(value.place)?)
        else {
            series.blank += 1;
            return Ok(());
        };
        if let Some((before, _)) = series.rows.last()
            && at <= *before
        {
            return Err(cells.mistake(time.place, "a time after that of the row before"));
        }
        series.rows.push((at, number));
        Ok(())
    })?;
    Ok(series)
}

/// Milliseconds of a number in its unit or of a date; the first row decides which of the two a file has.
fn time_of(cells: &Cells<'_>, time: &Taken, series: &mut Series) -> Result<Option<f64>, String> {
    let cell = cells.at(time.place);
    if cell.is_empty() {
        return Ok(None);
    }
    if series.rows.is_empty() {
        series.dates = cell.parse::<f64>().is_err();
    }
    if !series.dates {
        return Ok(cells.number(time.place)?.map(|number| number * time.ms()));
    }
    let ms = cell
        .parse::<jiff::Timestamp>()
        .map(|at| at.as_millisecond())
        .ok()
        .or_else(|| cell.parse::<jiff::civil::DateTime>().ok().map(wall_clock_ms));
    ms.map(|ms| Some(ms as f64))
        .ok_or_else(|| cells.mistake(time.place, "a number, or a date such as 2014-04-10 00:04:00"))
}

/// A date without a zone, on a clock that nobody sets.
fn wall_clock_ms(at: jiff::civil::DateTime) -> i64 {
    at.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_millisecond())
}

/// The unit in which a scenario can read the file itself: a row for each step of it, from 0 on, with the requests of the step.
fn direct_unit(series: &Series, time: &Taken, per_ms: Option<f64>) -> Option<TimeUnit> {
    let Unit::Time(unit) = time.unit else { return None };
    let step = unit.ms() as f64;
    let in_steps = per_ms.is_none_or(|per_ms| per_ms * step == 1.0);
    let even = series.rows.iter().enumerate().all(|(index, (at, _))| *at == index as f64 * step);
    (!series.dates && series.blank == 0 && in_steps && even).then_some(unit)
}

/// Requests in each minute from the first row on, and how many holes there are. The requests of a row come evenly until the
/// next one, but no longer than a usual step.
fn by_minute(rows: &[(f64, f64)], usual_ms: f64, per_ms: Option<f64>) -> Result<(Vec<f64>, u64), String> {
    let start = rows.first().map_or(0.0, |row| row.0);
    let end = rows.last().map_or(0.0, |row| row.0) + usual_ms;
    let count = ((end - start) / MINUTE_MS).ceil().max(1.0) as usize;
    if count > MOST_MINUTES {
        return Err(format!("the series is {} long, and at most two years are taken", span(end - start)));
    }
    let mut minutes = vec![0.0; count];
    let mut holes = 0;
    for (index, (at, value)) in rows.iter().enumerate() {
        let gap = rows.get(index + 1).map_or(usual_ms, |next| next.0 - at);
        holes += u64::from(gap > HOLE * usual_ms);
        let lasts = if gap > HOLE * usual_ms { usual_ms } else { gap };
        let rate = per_ms.map_or(value / lasts, |per_ms| value * per_ms);
        let (mut from, to) = (at - start, at - start + lasts);
        while from < to {
            let minute = (from / MINUTE_MS) as usize;
            let until = to.min((minute + 1) as f64 * MINUTE_MS);
            if let Some(sum) = minutes.get_mut(minute) {
                *sum += rate * (until - from);
            }
            from = until;
        }
    }
    Ok((minutes, holes))
}

fn service(mean: f64, peak: f64, table: serde_json::Value) -> (Item, Item) {
    let desired = (mean / (TARGET * GUESSED_PER_TASK)).round().clamp(2.0, MOST_TASKS);
    let per_task = mean / (TARGET * desired);
    let most = (peak / (TARGET * per_task)).ceil().max(2.0 * desired);
    let definition = Item::mapping([
        ("family", Item::of(json!("web"))),
        ("networkMode", Item::of(json!("awsvpc"))),
        ("requiresCompatibilities", Item::of(json!(["FARGATE"]))),
        ("cpu", Item::of(json!(512)).noted(guess("the trace does not say who serves"))),
        ("memory", Item::of(json!(1024)).noted(guess("as the cpu"))),
        ("containerDefinitions", Item::of(json!([{ "name": "app", "image": "trace/web" }]))),
    ]);
    let why =
        format!("the mean load, {} requests a second, is 60 % of what these tasks can do", digits(mean));
    let service = Item::mapping([
        ("serviceName", Item::of(json!("web"))),
        ("taskDefinition", Item::of(json!("web"))),
        ("desiredCount", Item::of(json!(desired as u64)).noted(guess(why))),
        ("launchType", Item::of(json!("FARGATE"))),
    ]);
    let bounds = format!("enough for the peak, {} requests a second, at 60 %", digits(peak));
    let target = Item::mapping([
        ("ResourceId", Item::of(json!("service/trace/web"))),
        ("MinCapacity", Item::of(json!(1)).noted(guess("at least one"))),
        ("MaxCapacity", Item::of(json!(most as u64)).noted(guess(bounds))),
    ]);
    let policy = Item::of(json!({
        "PolicyName": "cpu",
        "ResourceId": "service/trace/web",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 60,
            "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" },
        },
    }))
    .noted(guess("target tracking at 60 % CPU"));
    let aws = Item::mapping([
        ("taskDefinitions", Item::list(vec![definition])),
        ("cluster", Item::of(json!({ "clusterName": "trace" }))),
        ("services", Item::list(vec![service])),
        (
            "scalingPolicies",
            Item::list(vec![
                Item::mapping([("RegisterScalableTarget", target)]),
                Item::mapping([("PutScalingPolicy", policy)]),
            ]),
        ),
    ]);
    let per_task =
        Item::of(json!(rounded(per_task))).noted(guess("requests a second that a task serves at 100 % CPU"));
    let load = Item::mapping([
        ("perTask", per_task),
        (
            "requestsPerSecond",
            Item::mapping([("csv", Item::of(table).noted("requests in each step of the unit"))]),
        ),
    ]);
    let world = Item::mapping([("services", Item::mapping([("web", Item::mapping([("load", load)]))]))]);
    (aws, world)
}

/// Three significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

fn digits(value: f64) -> String {
    format!("{}", rounded(value))
}

/// Without a tail of digits that no count has.
fn six_digits(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_minutes_of_requests_are_spread_over_five_minutes() {
        // 50 in five minutes are 10 a minute; the last row lasts as long as the usual step.
        let rows = [(0.0, 50.0), (300_000.0, 100.0)];
        let (minutes, holes) = by_minute(&rows, 300_000.0, None).unwrap();
        assert_eq!((minutes, holes), ([[10.0; 5], [20.0; 5]].concat(), 0));
    }

    #[test]
    fn a_hole_has_no_requests_and_is_counted() {
        let rows = [(0.0, 60.0), (60_000.0, 60.0), (240_000.0, 60.0)];
        let (minutes, holes) = by_minute(&rows, 60_000.0, None).unwrap();
        assert_eq!((minutes, holes), (vec![60.0, 60.0, 0.0, 0.0, 60.0], 1));
    }

    #[test]
    fn requests_a_second_are_sixty_a_minute() {
        let rows = [(0.0, 2.0), (60_000.0, 3.0)];
        let (minutes, _) = by_minute(&rows, 60_000.0, Some(0.001)).unwrap();
        assert_eq!(minutes.iter().map(|minute| minute.round()).collect::<Vec<_>>(), [120.0, 180.0]);
    }
}
