//! PutScheduledAction: other bounds at set times (AAS-16).

use super::{VALIDATION, check_kind, scaling_of, service_of};
use crate::aws::application_auto_scaling::PutScheduledAction;
use crate::engine::api::ApiError;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::cron::Cron;
use crate::model::scaling::{ScalingSchedule, Times};
use crate::model::{Change, Cluster};

/// What PutScheduledAction makes true.
///
/// # Errors
/// The exception Application Auto Scaling would raise; `NotModelled` for time zones other than UTC.
pub fn put(cluster: &Cluster, input: &PutScheduledAction) -> Result<Vec<Change>, ApiError> {
    let (service, found) = service_of(cluster, &input.resource_id)?;
    check_kind(input.service_namespace.as_deref(), input.scalable_dimension.as_deref())?;
    let Some(target) = found.scaling.as_deref() else {
        let message = format!(
            "No scalable target registered for {:?}: RegisterScalableTarget comes first",
            input.resource_id
        );
        return Err(ApiError::new("ObjectNotFoundException", "ResourceId", message));
    };
    if input.timezone.as_deref().is_some_and(|zone| !["UTC", "Etc/UTC", "GMT"].contains(&zone)) {
        return Err(ApiError::not_modelled("Timezone", "a time zone other than UTC"));
    }
    let bounds = input.scalable_target_action.unwrap_or_default();
    if bounds.min_capacity.is_none() && bounds.max_capacity.is_none() {
        let message = "a scheduled action sets MinCapacity, MaxCapacity or both (AAS-16)";
        return Err(ApiError::new(VALIDATION, "ScalableTargetAction", message));
    }
    let (min, max) = (bounds.min_capacity.unwrap_or(target.min), bounds.max_capacity.unwrap_or(target.max));
    if min > max {
        let message = format!("Maximum capacity cannot be less than minimum capacity: {max} and {min}");
        return Err(ApiError::new(VALIDATION, "ScalableTargetAction", message));
    }
    let zero = cluster.zero_unix_ms;
    let date = |given: Option<&str>, field: &str| given.map(|text| date_of(text, zero, field)).transpose();
    let action = ScalingSchedule {
        name: input.scheduled_action_name.clone(),
        times: times_of(&input.schedule, zero)?,
        start: date(input.start_time.as_deref(), "StartTime")?,
        end: date(input.end_time.as_deref(), "EndTime")?,
        min: bounds.min_capacity,
        max: bounds.max_capacity,
    };
    let mut target = target.clone();
    target.scheduled.retain(|other| other.name != action.name);
    target.scheduled.push(action);
    Ok(vec![scaling_of(service, target)])
}

fn refusal(field: &str, message: String) -> ApiError {
    ApiError::new(VALIDATION, field, message)
}

/// A date as simulated time; one before time zero is time zero.
fn date_of(text: &str, zero_unix_ms: i64, field: &str) -> Result<SimTime, ApiError> {
    let full = if text.ends_with('Z') || text.contains('+') { text.to_owned() } else { format!("{text}Z") };
    let date: jiff::Timestamp = full
        .parse()
        .map_err(|_| refusal(field, format!("{text:?} is no date such as 2026-01-05T08:00:00 in UTC")))?;
    Ok(SimTime(u64::try_from(date.as_millisecond() - zero_unix_ms).unwrap_or(0)))
}

fn times_of(schedule: &str, zero_unix_ms: i64) -> Result<Times, ApiError> {
    let inside = |name: &str| schedule.trim().strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(date) = inside("at") {
        return date_of(date, zero_unix_ms, "Schedule").map(Times::At);
    }
    if let Some(rate) = inside("rate") {
        let words: Vec<&str> = rate.split_whitespace().collect();
        let seconds = match words[..] {
            [_, "minute" | "minutes"] => 60,
            [_, "hour" | "hours"] => 3600,
            [_, "day" | "days"] => 86_400,
            _ => 0,
        };
        let number: u64 = words.first().and_then(|word| word.parse().ok()).unwrap_or(0);
        return match number.checked_mul(seconds).filter(|seconds| (60..=1_000_000_000).contains(seconds)) {
            Some(seconds) => Ok(Times::Rate(SimDuration::from_secs(seconds))),
            None => Err(refusal("Schedule", format!("rate({rate}) is no rate such as rate(30 minutes)"))),
        };
    }
    if let Some(fields) = inside("cron") {
        return cron_of(fields).map(Times::Cron);
    }
    let message = format!("{schedule:?} is none of at(…), rate(…) and cron(…) (AAS-16)");
    Err(refusal("Schedule", message))
}

/// AWS's cron has a sixth field, the year, `?` for either day, and Sunday as 1.
fn cron_of(text: &str) -> Result<Cron, ApiError> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday, year] = fields[..] else {
        let message = format!(
            "{} fields found in cron({text}); it has six: minute, hour, day of month, month, day of week, year, as \
             cron(0 8 ? * MON-FRI *)",
            fields.len()
        );
        return Err(refusal("Schedule", message));
    };
    if year != "*" {
        return Err(ApiError::not_modelled("Schedule", "a cron expression for certain years"));
    }
    let any = |field: &str| if field == "?" { "*".to_owned() } else { field.to_owned() };
    let one_less = |digit: char| match digit.to_digit(10) {
        Some(number @ 1..=7) => char::from_digit(number - 1, 10).unwrap_or(digit),
        Some(_) | None => digit,
    };
    let weekday: String = match weekday.split_once('/') {
        Some((from, step)) => format!("{}/{step}", from.chars().map(one_less).collect::<String>()),
        None => any(weekday).chars().map(one_less).collect(),
    };
    Cron::parse(&format!("{minute} {hour} {} {month} {weekday}", any(day)))
        .map_err(|error| refusal("Schedule", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time zero is Monday, 5 January 2026, 00:00 UTC.
    const ZERO: i64 = 1_767_571_200_000;

    fn first(schedule: &str) -> u64 {
        let times = times_of(schedule, ZERO).unwrap();
        let action =
            ScalingSchedule { name: String::new(), times, start: None, end: None, min: None, max: None };
        action.next_after(SimTime::ZERO, ZERO).unwrap().0 / 60_000
    }

    /// AAS-16: in minutes from time zero; Sunday is 1 and SUN, six days on.
    #[test]
    fn schedules_are_read_as_aws_writes_them() {
        assert_eq!(first("at(2026-01-05T08:30:00)"), 8 * 60 + 30);
        assert_eq!(first("rate(30 minutes)"), 30);
        assert_eq!(first("cron(0 8 * * ? *)"), 8 * 60);
        assert_eq!(first("cron(0 8 ? * SUN *)"), 6 * 1440 + 8 * 60);
        assert_eq!(first("cron(0 8 ? * 1 *)"), 6 * 1440 + 8 * 60);
        assert_eq!(first("cron(15 10 ? * 2-6 *)"), 10 * 60 + 15);
    }

    #[test]
    fn a_schedule_that_never_comes_or_is_none_is_refused() {
        for wrong in
            ["8 am", "cron(0 8 * * *)", "cron(61 8 * * ? *)", "rate(0 minutes)", "rate(5 weeks)", "at(soon)"]
        {
            let error = times_of(wrong, ZERO).unwrap_err();
            assert_eq!(
                (error.exception, error.field.as_str()),
                ("ValidationException", "Schedule"),
                "{wrong}"
            );
        }
    }
}
