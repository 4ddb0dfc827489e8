//! Requests to a service from a trace.

use serde_json::json;

use super::rows::{Rows, long, wrong_unit};
use super::{FromTrace, TraceWishes, written};
use crate::import::assemble::guess;
use crate::import::yaml::Item;

/// The CPU utilization that the guessed service aims at.
const TARGET_PERCENT: f64 = 60.0;
/// Requests a second that a guessed task serves, at least.
const LEAST_PER_TASK: f64 = 1.0;
/// The mean load is that of so many guessed tasks.
const MEAN_TASKS: f64 = 6.0;
/// Beyond this no service is asked.
const MOST_PER_SECOND: f64 = 1e8;
const YEAR_S: f64 = 31_536_000.0;

const DAY_S: f64 = 86_400.0;
/// Longer than this the scenario does not run.
const MOST_DAYS: f64 = 28.0;

/// Requests in cells of equal length from the first row on: each row holds until the next.
fn evenly(
    points: &[(f64, f64)],
    first: f64,
    step: f64,
    cell_s: f64,
    per_second: impl Fn(f64) -> f64,
) -> Vec<f64> {
    let ends = points.iter().skip(1).map(|(at, _)| *at).chain([points[points.len() - 1].0 + step]);
    let last = (points[points.len() - 1].0 + step - first).min(MOST_DAYS * DAY_S);
    let mut cells = vec![0.0; (last / cell_s).ceil() as usize];
    for ((at, value), end) in points.iter().zip(ends) {
        let (mut from, until) = (at - first, (end - first).min(last));
        while from < until {
            let place = (from / cell_s) as usize;
            let to = ((place + 1) as f64 * cell_s).min(until);
            if let Some(cell) = cells.get_mut(place) {
                *cell += per_second(*value) * (to - from);
            }
            from = to;
        }
    }
    // A thousandth of a request is nothing; the file stays readable.
    cells.into_iter().map(|cell| (cell * 1000.0).round() / 1000.0).collect()
}

pub(super) fn scenario(wishes: &TraceWishes) -> Result<FromTrace, String> {
    let rows = Rows::open(wishes)?;
    let (time, time_name) =
        rows.required("time", &["time", "time_s", "minute", "second", "hour", "timestamp"])?;
    let (value, value_name) =
        rows.required("value", &["requests", "value", "count", "requests_per_s", "tweets"])?;
    let dates = Rows::holds_dates(wishes, time)?;
    let unit = rows.time_unit("time", &time_name)?;
    let seconds = if dates { 1.0 } else { unit.seconds };
    let mut points: Vec<(f64, f64)> = Vec::new();
    rows.numbers(&[Some(time), Some(value)], |cells| {
        if let (Some(at), Some(value)) = (cells[0], cells[1]) {
            points.push((at * seconds, value.max(0.0)));
        }
    })?;
    if points.len() < 2 {
        return Err(format!(
            "`{}`: {} rows have a time and a value; a trace needs at least two",
            wishes.shown(),
            points.len()
        ));
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    let span = last - first;
    let sane = |s: f64| (60.0..=20.0 * YEAR_S).contains(&s);
    if !sane(span) && !wishes.force_units {
        return Err(wrong_unit(wishes, "the trace", "time", span / seconds, unit, sane));
    }
    // A number a row: requests since the row before, unless the column says that it is a rate.
    let step = span / (points.len() - 1) as f64;
    let is_rate = value_name.ends_with("per_s") || value_name.ends_with("per_second");
    let per_second = |value: f64| if is_rate { value } else { value / step };
    let total: f64 = points.iter().map(|(_, value)| per_second(*value)).sum();
    let mean = total / points.len() as f64;
    let most = points.iter().fold(0.0f64, |most, (_, value)| most.max(per_second(*value)));
    if most > MOST_PER_SECOND && !wishes.force_units {
        return Err(format!(
            "`{}`: {most:.0} requests a second at the peak; is the time in another unit than {}? --units time=… says so, --force-units takes it as it is",
            wishes.shown(),
            unit.name
        ));
    }
    let told = vec![format!(
        "{} rows over {}: {mean:.3} requests a second on average, {most:.3} at the peak",
        points.len(),
        long(span)
    )];
    // The scenario's own reader takes the file where a value is the number of requests in one step of its unit, from zero on.
    let as_it_is = !dates && !is_rate && first >= 0.0 && (step / unit.seconds - 1.0).abs() < 1e-6;
    let (curve, beside) = match as_it_is {
        true => (
            json!({ "csv": { "file": wishes.path(), "time": time_name, "value": value_name, "unit": unit.name } }),
            None,
        ),
        false => {
            let file = format!("{}-demand.csv", wishes.name());
            let fine = step < 60.0 && span <= DAY_S;
            let (column, cell_s) = if fine { ("second", 1.0) } else { ("minute", 60.0) };
            let series = evenly(&points, first, step, cell_s, per_second);
            let rows = series.iter().enumerate().map(|(place, requests)| format!("{place},{requests}\n"));
            let text = format!("{column},requests\n") + &rows.collect::<String>();
            let unit = if fine { "s" } else { "min" };
            (
                json!({ "csv": { "file": file, "time": column, "value": "requests", "unit": unit } }),
                Some((file, text)),
            )
        }
    };
    let per_task = (mean / MEAN_TASKS * 100.0 / TARGET_PERCENT).max(LEAST_PER_TASK);
    let per_task = (per_task * 10.0).round() / 10.0;
    let tasks = |rate: f64| ((rate / per_task * 100.0 / TARGET_PERCENT).ceil()).clamp(1.0, 5000.0) as u64;
    let name = wishes.stem();
    let definition = json!({ "family": name, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "512", "memory": "1024",
        "containerDefinitions": [{ "name": "app", "image": name }] });
    let definition = Item::of(definition).noted(guess("the trace says nothing of the tasks"));
    let service = Item::of(
        json!({ "serviceName": name, "taskDefinition": name, "desiredCount": tasks(points[0].1 / if is_rate { 1.0 } else { step }), "launchType": "FARGATE" }),
    );
    let target = json!({ "RegisterScalableTarget": { "ResourceId": name, "MinCapacity": 2, "MaxCapacity": (2 * tasks(most)).min(5000) } });
    let policy = json!({ "PutScalingPolicy": { "PolicyName": "cpu", "ResourceId": name, "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": { "TargetValue": TARGET_PERCENT, "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" } } } });
    let aws = Item::mapping([
        ("taskDefinitions", Item::list(vec![definition])),
        ("services", Item::list(vec![service])),
        (
            "scalingPolicies",
            Item::list(vec![Item::of(target).noted(guess("target tracking at 60 %")), Item::of(policy)]),
        ),
    ]);
    let load = Item::mapping([
        ("requestsPerSecond", Item::of(curve)),
        ("perTask", Item::of(json!(per_task)).noted(guess("requests a second that a task serves at 100 % CPU, so that the mean load is that of six tasks at 60 %"))),
    ]);
    let world =
        Item::mapping([("services", Item::mapping([(name.clone(), Item::mapping([("load", load)]))]))]);
    let length = format!("{}m", ((span / 60.0).ceil() as u64).clamp(1, MOST_DAYS as u64 * 1440));
    let length = match span > MOST_DAYS * DAY_S {
        true => Item::of(json!(length))
            .noted(guess(format!("the first four weeks; the trace has {}", long(span)))),
        false => Item::of(json!(length)),
    };
    let experiment = json!({ "replications": 3, "objectives": [{ "metric": "served_share", "of": name, "atLeast": 0.999 }, { "metric": "cost_usd_per_hour", "goal": "minimize" }] });
    let experiment = Item::of(experiment).noted(guess("what is promised"));
    let entries = vec![("duration", length), ("aws", aws), ("world", world), ("experiment", experiment)];
    let question = format!("Does target tracking keep up with the demand of {name}, and what does it cost?");
    Ok(FromTrace { yaml: written(wishes, &question, entries), beside, told })
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn rows_are_spread_evenly_over_the_minutes_until_the_next_row() {
        // 300 requests in the two minutes from 10 s on, 60 in the two after: 2.5 a second, then 0.5.
        let points = [(10.0, 300.0), (130.0, 60.0)];
        let cells = evenly(&points, 10.0, 120.0, 60.0, |value| value / 120.0);
        assert_eq!(cells, [150.0, 150.0, 30.0, 30.0]);
    }
}
